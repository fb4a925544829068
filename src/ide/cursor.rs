//! Turns a text and an offset into what stands before the cursor, whether the text parses or not.
//!
//! Invariants: one pass over the text; pieces before the cursor belong to the item the cursor is in.

use crate::syntax::{ItemWord, Piece, PieceKind, item_word, pieces};
use std::ops::Range;

/// Where somebody types.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'t> {
    pub(super) text: &'t str,
    /// The pieces of the item before the word at the cursor; the first is the item's word.
    pub(super) before: Vec<Piece>,
    /// The word at the cursor, with the quote that opens it; empty between words.
    pub(super) word: Range<usize>,
    /// What was typed of that word.
    pub(super) typed: &'t str,
    /// The quote that the word stands in.
    pub(super) quote: Option<char>,
    /// The word is the first on its line.
    pub(super) is_first_on_line: bool,
    /// Open braces around the cursor.
    pub(super) depth: usize,
    /// The word stands at the margin, outside all braces, where an item may start.
    pub(super) may_start_item: bool,
}

/// What a cursor stands in.
#[derive(Clone, Debug)]
pub(super) enum Spot<'t> {
    /// Rule text.
    Code(Cursor<'t>),
    /// A comment: what stands before the cursor in it, and where it starts.
    Comment(&'t str, usize),
}

impl<'t> Cursor<'t> {
    /// Looks at a rule file, or at one expression.
    pub(super) fn at(text: &'t str, offset: usize, is_expression: bool) -> Spot<'t> {
        let offset = floor_char(text, offset);
        let mut cursor = Cursor {
            text,
            before: Vec::new(),
            word: offset..offset,
            typed: "",
            quote: None,
            is_first_on_line: starts_line(text, offset),
            depth: 0,
            may_start_item: false,
        };
        for piece in pieces(text).take_while(|piece| piece.start < offset) {
            if piece.kind == PieceKind::Comment {
                if offset <= piece.end {
                    let said = text.get(piece.start..offset).unwrap_or("");
                    return Spot::Comment(said, piece.start);
                }
                continue;
            }
            if is_under(&piece, offset) {
                cursor.take_word(piece, offset);
                break;
            }
            cursor.pass(piece, is_expression);
        }
        let margin = text.get(..cursor.word.start).unwrap_or("");
        let is_at_margin = margin.is_empty() || margin.ends_with('\n');
        cursor.may_start_item =
            !is_expression && is_at_margin && (cursor.depth == 0 || cursor.typed.is_empty());
        cursor.join_dotted();
        Spot::Code(cursor)
    }

    fn pass(&mut self, piece: Piece, is_expression: bool) {
        let starts_item = !is_expression
            && piece.is_first_on_line
            && (piece.is_at_margin || self.depth == 0)
            && item_word(piece.text(self.text)).is_some();
        if starts_item {
            self.before.clear();
            self.depth = 0;
        }
        match piece.kind {
            PieceKind::Sign('{') => self.depth += 1,
            PieceKind::Sign('}') => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.before.push(piece);
    }

    fn take_word(&mut self, piece: Piece, offset: usize) {
        let end = match piece.kind {
            // The rest of the line is not part of what is being typed.
            PieceKind::Unclosed(_) => offset,
            _ => piece.end,
        };
        self.word = piece.start..end;
        self.typed = self.text.get(piece.start..offset).unwrap_or("");
        self.is_first_on_line = piece.is_first_on_line;
        self.quote = self
            .typed
            .chars()
            .next()
            .filter(|first| matches!(first, '"' | '“' | '＂' | '`' | '/'));
    }

    /// Takes the parts of a dotted name before the cursor into the word.
    fn join_dotted(&mut self) {
        if self.quote.is_some() {
            return;
        }
        while let [.., name, dot] = self.before.as_slice() {
            let is_name = matches!(name.kind, PieceKind::Word | PieceKind::Quoted);
            let is_joined = dot.is_sign('.') && name.end == dot.start && dot.end == self.word.start;
            if !(is_name && is_joined) {
                return;
            }
            let typed_end = self.word.start + self.typed.len();
            self.word.start = name.start;
            self.typed = self.text.get(name.start..typed_end).unwrap_or("");
            self.is_first_on_line = name.is_first_on_line;
            let rest = self.before.len() - 2;
            self.before.truncate(rest);
        }
    }

    /// The same cursor with the last words before it taken as typed, when only blanks lie between:
    /// `starts w` of `starts with`.
    pub(super) fn widened(&self, words: usize) -> Option<Cursor<'t>> {
        let rest = self.before.len().checked_sub(words)?;
        let first = self.before.get(rest)?;
        let taken = self.before.get(rest..)?;
        let typed_end = self.word.start + self.typed.len();
        let typed = self.text.get(first.start..typed_end)?;
        let are_words = taken.iter().all(|piece| piece.kind == PieceKind::Word);
        if !are_words || typed.contains('\n') {
            return None;
        }
        let mut wide = self.clone();
        wide.before.truncate(rest);
        wide.word.start = first.start;
        wide.typed = typed;
        wide.is_first_on_line = first.is_first_on_line;
        wide.may_start_item &= first.is_at_margin;
        wide.may_start_item |= first.is_at_margin && self.depth == 0;
        Some(wide)
    }

    /// What was typed, without the quote that opens it.
    pub(super) fn bare_typed(&self) -> &'t str {
        let skipped = self.quote.map_or(0, char::len_utf8);
        self.typed.get(skipped..).unwrap_or("")
    }

    /// The item the cursor is in.
    pub(super) fn item(&self) -> Option<ItemWord> {
        item_word(self.before.first()?.text(self.text))
    }

    /// The text of a piece before the cursor, counted from the start of the item.
    pub(super) fn nth(&self, place: usize) -> &'t str {
        self.before
            .get(place)
            .map_or("", |piece| piece.text(self.text))
    }
}

/// Whether a piece is what is being typed at an offset.
fn is_under(piece: &Piece, offset: usize) -> bool {
    match piece.kind {
        PieceKind::Word | PieceKind::Unclosed(_) => offset <= piece.end,
        PieceKind::Text | PieceKind::Quoted | PieceKind::Regex | PieceKind::SingleQuoted => {
            offset < piece.end
        }
        PieceKind::Number | PieceKind::Sign(_) | PieceKind::Hidden | PieceKind::Comment => false,
    }
}

/// The nearest character boundary at or before an offset.
pub(super) fn floor_char(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

fn starts_line(text: &str, offset: usize) -> bool {
    let before = text.get(..offset).unwrap_or("");
    let line = before.rsplit('\n').next().unwrap_or("");
    line.trim().is_empty()
}
