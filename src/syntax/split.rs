//! Turns a rule file into chunks, one for each item, and finds what no grammar needs to see.
//!
//! Invariants: one pass; chunks and comments stand in the order of the text and never overlap; an
//! item starts at the first word of a line, and a chunk ends with its last piece that is no comment.

use super::lex::{Lexer, Piece, PieceKind};
use super::problem;
use super::words::{self, ItemWord};
use crate::diag::Diagnostic;
use crate::source::{SourceId, Span};
use std::ops::Range;

/// A part of a file.
#[derive(Debug)]
pub(super) enum Part {
    Comment(Range<usize>),
    Chunk(Chunk),
}

/// The text from where an item starts to where the next one does.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) range: Range<usize>,
    /// The word it starts with; `None` for text that starts no item.
    pub(super) word: Option<ItemWord>,
    /// What is wrong whatever the grammar says; warnings too.
    pub(super) problems: Vec<Diagnostic>,
    /// The bracket that is not closed or not open: told unless the grammar fails before it.
    pub(super) bracket: Option<(usize, Diagnostic)>,
}

impl Chunk {
    /// Whether only the grammar can find something wrong with it.
    pub(super) fn looks_sound(&self) -> bool {
        self.problems.is_empty()
            && self.bracket.is_none()
            && self.word.is_some_and(|word| word != ItemWord::Events)
    }

    pub(super) fn has_error(&self) -> bool {
        self.problems.iter().any(Diagnostic::is_error)
    }
}

/// Splits a file.
pub(super) fn text_to_parts(source: SourceId, text: &str) -> Vec<Part> {
    let mut splitter = Splitter {
        source,
        text,
        parts: Vec::new(),
        chunk: None,
        pieces: 0,
        nesting: Nesting::default(),
        comments: Vec::new(),
    };
    let mut lexer = Lexer::new(text, 0..text.len());
    while let Some(piece) = lexer.next() {
        splitter.take(piece, &lexer);
    }
    splitter.finish_chunk();
    splitter.parts
}

/// Whether a line names an item as only an item can (used to end text that is never closed).
pub(super) fn names_item(line: &str) -> bool {
    let mut lexer = Lexer::new(line, 0..line.len());
    let Some(first) = lexer.next() else {
        return false;
    };
    words::item_word(first.text(line))
        .is_some_and(|word| item_start(word, line, &lexer) == Start::Certain)
}

/// How much a line looks like the start of an item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Start {
    No,
    Likely,
    Certain,
}

fn item_start(word: ItemWord, text: &str, after: &Lexer<'_>) -> Start {
    let mut pieces = after
        .clone()
        .filter(|piece| piece.kind != PieceKind::Comment);
    let Some(second) = pieces.next() else {
        return Start::Likely;
    };
    let third = pieces.next();
    let is_text =
        |piece: &Piece| matches!(piece.kind, PieceKind::Text | PieceKind::Unclosed('"' | '”'));
    if word == ItemWord::Test {
        return match second.is_sign('{') {
            _ if is_text(&second) => Start::Certain,
            true => Start::Likely,
            false => Start::No,
        };
    }
    let is_name = matches!(second.kind, PieceKind::Word | PieceKind::Quoted);
    let is_reserved = words::continues_expression(second.text(text));
    let third_fits = third.is_some_and(|third| {
        let is_word = |wanted: &[&str]| wanted.contains(&third.text(text));
        match word {
            ItemWord::Segment | ItemWord::Param => third.is_sign('=') || is_text(&third),
            ItemWord::List => third.is_sign('=') || is_word(&["from", "来自"]),
            ItemWord::Hierarchy => is_word(&["from", "来自"]),
            ItemWord::Schema => third.is_sign('{'),
            ItemWord::Platform | ItemWord::Campaign => {
                third.is_sign('{') || is_text(&third) || is_word(&["profile", "版"])
            }
            ItemWord::Test | ItemWord::Events => false,
        }
    });
    match (is_name, is_reserved, third_fits) {
        (true, _, true) => Start::Certain,
        (true, false, false) => Start::Likely,
        (true, true, false) | (false, _, _) => Start::No,
    }
}

struct Splitter<'t> {
    source: SourceId,
    text: &'t str,
    parts: Vec<Part>,
    chunk: Option<Chunk>,
    pieces: usize,
    nesting: Nesting,
    /// Comments since the last piece of the chunk.
    comments: Vec<Range<usize>>,
}

impl Splitter<'_> {
    fn take(&mut self, piece: Piece, lexer: &Lexer<'_>) {
        if piece.kind == PieceKind::Comment {
            self.check(&piece);
            self.comments.push(piece.start..piece.end);
            return;
        }
        let word = self.starts_item(&piece, lexer);
        if word.is_some() || self.chunk.is_none() {
            self.finish_chunk();
            self.pieces = 0;
            self.chunk = Some(Chunk {
                range: piece.start..piece.end,
                word,
                problems: Vec::new(),
                bracket: None,
            });
        }
        self.comments.clear();
        self.check(&piece);
        let text = piece.text(self.text);
        if let Some(chunk) = &mut self.chunk {
            chunk.range.end = piece.end;
            self.pieces += 1;
            if self.pieces == super::limit::ITEM_PIECES && !chunk.has_error() {
                let span = Span::new(self.source, chunk.range.start, chunk.range.start);
                chunk.problems.push(problem::item_too_large(span));
            }
            if self.nesting.take(&piece, text) {
                let span = Span::new(self.source, piece.start, piece.end);
                chunk.problems.push(problem::too_deep(span));
            }
        }
    }

    fn starts_item(&self, piece: &Piece, lexer: &Lexer<'_>) -> Option<ItemWord> {
        if !piece.is_first_on_line || piece.kind != PieceKind::Word {
            return None;
        }
        let word = words::item_word(piece.text(self.text))?;
        let start = item_start(word, self.text, lexer);
        let is_outside = self.chunk.is_none() || self.nesting.open.is_empty();
        let is_start = match start {
            Start::No => false,
            Start::Likely => is_outside && piece.is_at_margin,
            Start::Certain => is_outside || piece.is_at_margin,
        };
        is_start.then_some(word)
    }

    /// Adds what is wrong with a piece by itself.
    fn check(&mut self, piece: &Piece) {
        let found = problem::of_piece(self.source, self.text, piece);
        if found.is_empty() {
            return;
        }
        if let Some(chunk) = &mut self.chunk {
            chunk.problems.extend(found);
        } else {
            // A comment before the first item: an empty chunk carries the problem.
            self.parts.push(Part::Chunk(Chunk {
                range: piece.start..piece.start,
                word: None,
                problems: found,
                bracket: None,
            }));
        }
    }

    fn finish_chunk(&mut self) {
        let nesting = std::mem::take(&mut self.nesting);
        if let Some(mut chunk) = self.chunk.take() {
            chunk.bracket = nesting.bracket(self.source);
            self.parts.push(Part::Chunk(chunk));
        }
        let comments = self.comments.drain(..).map(Part::Comment);
        self.parts.extend(comments);
    }
}

/// Open brackets of a chunk and how deep its expressions nest.
#[derive(Default)]
struct Nesting {
    open: Vec<Level>,
    /// `not`s, minus signs and operators of the current operand outside all brackets.
    run: usize,
    depth: usize,
    is_too_deep: bool,
    /// A closing bracket without an opening one, or one of the other kind.
    mismatch: Option<Mismatch>,
}

#[derive(Clone, Copy)]
struct Level {
    sign: char,
    at: usize,
    end: usize,
    run: usize,
}

enum Mismatch {
    NotOpen(char, usize, usize),
    NotClosed(char, usize, usize),
}

impl Nesting {
    /// Takes the next piece; says whether it is the first one too deep.
    fn take(&mut self, piece: &Piece, text: &str) -> bool {
        match piece.kind {
            PieceKind::Sign(sign @ ('(' | '{')) => {
                self.open.push(Level {
                    sign,
                    at: piece.start,
                    end: piece.end,
                    run: std::mem::take(&mut self.run),
                });
                self.depth += 1;
            }
            PieceKind::Sign(')') => self.close('(', piece),
            PieceKind::Sign('}') => self.close('{', piece),
            PieceKind::Sign('+' | '-' | '*' | '/') => self.deepen(),
            PieceKind::Sign(_) => self.reset(),
            PieceKind::Word if matches!(text, "not" | "非") => self.deepen(),
            PieceKind::Word if words::continues_expression(text) => self.reset(),
            PieceKind::Word
            | PieceKind::Number
            | PieceKind::Text
            | PieceKind::Quoted
            | PieceKind::Regex
            | PieceKind::Comment
            | PieceKind::Unclosed(_)
            | PieceKind::SingleQuoted
            | PieceKind::Hidden => {}
        }
        let is_first = self.depth > super::limit::NESTING && !self.is_too_deep;
        self.is_too_deep |= is_first;
        is_first
    }

    fn deepen(&mut self) {
        self.run += 1;
        self.depth += 1;
    }

    fn reset(&mut self) {
        self.depth -= std::mem::take(&mut self.run);
    }

    fn close(&mut self, sign: char, piece: &Piece) {
        let Some(place) = self.open.iter().rposition(|level| level.sign == sign) else {
            let found = Mismatch::NotOpen(sign, piece.start, piece.end);
            self.mismatch.get_or_insert(found);
            return;
        };
        // Only a brace closes over parentheses that were left open.
        if place + 1 < self.open.len() && sign == '(' {
            let found = Mismatch::NotOpen(sign, piece.start, piece.end);
            self.mismatch.get_or_insert(found);
            return;
        }
        while self.open.len() > place
            && let Some(level) = self.open.pop()
        {
            self.reset();
            self.depth -= 1;
            self.run = level.run;
            if self.open.len() > place {
                let found = Mismatch::NotClosed(level.sign, level.at, level.end);
                self.mismatch.get_or_insert(found);
            }
        }
    }

    /// The first bracket that has no partner.
    fn bracket(&self, source: SourceId) -> Option<(usize, Diagnostic)> {
        let open = self.open.first();
        match (&self.mismatch, open) {
            (Some(Mismatch::NotOpen(sign, start, end)), _) => {
                let span = Span::new(source, *start, *end);
                Some((*start, problem::not_open(span, *sign)))
            }
            (Some(Mismatch::NotClosed(sign, at, end)), _) => Some((
                *at,
                problem::not_closed(Span::new(source, *at, *end), *sign),
            )),
            (None, Some(level)) => {
                let span = Span::new(source, level.at, level.end);
                Some((level.at, problem::not_closed(span, level.sign)))
            }
            (None, None) => None,
        }
    }
}
