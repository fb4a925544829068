//! Turns a place where the grammar fails into one diagnostic that says what to write instead.
//!
//! Invariants: one diagnostic for each failure; headlines name no grammar rule; fixes only where the
//! meaning is plain.

mod block;
mod clause;
mod expected;
mod glue;
mod habit;
mod misfit;
mod near;
mod spoken;
mod tags;

pub(super) use block::{block_entries, first_word, item_name, margin_cuts, stray_line};
pub use glue::{GluedPlace, glued_word};

use super::kind::Kind;
use super::lex::{Lexer, Piece, PieceKind};
use super::text_to_tree::Failure;
use crate::diag::{Code, Diagnostic, Edit, Phrase};
use crate::say;
use crate::source::{SourceId, Span};
use std::ops::Range;

/// A failure with what stands around it.
pub(super) struct Spot<'t> {
    source: SourceId,
    text: &'t str,
    /// The pieces of the broken text without comments.
    pieces: Vec<Piece>,
    /// Which piece the grammar refused; past the end when the text stops too early.
    place: usize,
    failure: &'t Failure,
}

/// How many pieces before and after a failure are looked at.
const SEEN_PIECES: usize = 64;

impl<'t> Spot<'t> {
    fn new(source: SourceId, text: &'t str, range: Range<usize>, failure: &'t Failure) -> Spot<'t> {
        let is_comment = |piece: &Piece| piece.kind == PieceKind::Comment;
        let mut pieces: Vec<Piece> = Vec::new();
        let mut after = 0;
        for piece in Lexer::new(text, range).filter(|piece| !is_comment(piece)) {
            after += usize::from(piece.end > failure.at);
            pieces.push(piece);
            if after > SEEN_PIECES {
                break;
            }
        }
        let place = pieces.iter().position(|piece| piece.end > failure.at);
        let place = place.unwrap_or(pieces.len());
        Spot {
            source,
            text,
            pieces,
            place,
            failure,
        }
    }

    /// The piece so many places after the refused one.
    fn piece(&self, offset: isize) -> Option<&Piece> {
        self.pieces.get(self.place.checked_add_signed(offset)?)
    }

    /// Its text; empty when there is none.
    fn word(&self, offset: isize) -> &'t str {
        self.piece(offset).map_or("", |piece| piece.text(self.text))
    }

    fn is_sign(&self, offset: isize, sign: char) -> bool {
        self.piece(offset).is_some_and(|piece| piece.is_sign(sign))
    }

    fn span(&self, from: isize, to: isize) -> Span {
        let end = self.pieces.last().map_or(self.failure.at, |last| last.end);
        let start = self.piece(from).map_or(end, |piece| piece.start);
        let stop = self.piece(to).map_or(end, |piece| piece.end);
        Span::new(self.source, start, stop.max(start))
    }

    /// Whether two neighbours touch.
    fn touches(&self, offset: isize) -> bool {
        match (self.piece(offset), self.piece(offset + 1)) {
            (Some(first), Some(second)) => first.end == second.start,
            _ => false,
        }
    }

    /// The text from one piece to another.
    fn written(&self, from: isize, to: isize) -> String {
        let written = self.text.get(self.span(from, to).range()).unwrap_or("");
        written.chars().take(super::limit::SHOWN_CHARS).collect()
    }

    /// Whether a condition ended here and `and` could have followed.
    fn expects_more_conditions(&self) -> bool {
        self.failure.expected.contains(&Kind::KwAnd)
    }

    /// Whether `=` should have stood here.
    fn expects_equals(&self) -> bool {
        self.failure.expected.contains(&Kind::Equals)
    }

    /// Whether a name or value should have stood here.
    fn expects_value(&self) -> bool {
        let starts = [
            Kind::Name,
            Kind::Path,
            Kind::Reference,
            Kind::Word,
            Kind::Number,
            Kind::Literal,
            Kind::OrExpr,
            Kind::AndExpr,
            Kind::NotExpr,
            Kind::Comparison,
            Kind::Sum,
            Kind::Product,
            Kind::Unary,
            Kind::SetEntry,
            Kind::SetList,
        ];
        starts
            .iter()
            .any(|kind| self.failure.expected.contains(kind))
    }

    fn error(&self, from: isize, to: isize, message: Phrase) -> Diagnostic {
        Diagnostic::new(Code::SyntaxError, self.span(from, to), message)
    }

    /// A fix that puts text in the place of some pieces.
    fn replace(&self, from: isize, to: isize, text: impl Into<String>) -> Vec<Edit> {
        vec![Edit {
            span: self.span(from, to),
            text: text.into(),
        }]
    }
}

/// Says why a stretch of text does not parse.
pub(super) fn explain(
    source: SourceId,
    text: &str,
    range: Range<usize>,
    failure: &Failure,
) -> Diagnostic {
    if let Some(found) = tags::tag_notation(source, text, &range) {
        return found;
    }
    let spot = Spot::new(source, text, range, failure);
    near::meant(&spot)
        .or_else(|| glue::glued(&spot, false))
        .or_else(|| habit::habit(&spot))
        .or_else(|| spoken::spoken(&spot))
        .or_else(|| near::misspelt(&spot))
        .or_else(|| glue::glued(&spot, true))
        .or_else(|| clause::clause(&spot))
        .or_else(|| misfit::misfit(&spot))
        .or_else(|| clause::clause_after_all(&spot))
        .unwrap_or_else(|| expected::expected(&spot))
}

/// `events` items come next; the word is kept for them.
pub(super) fn reserved_events(source: SourceId, text: &str, range: &Range<usize>) -> Diagnostic {
    let word = first_word(text, range);
    Diagnostic::new(
        Code::ReservedWord,
        Span::new(source, word.start, word.end),
        say!("`events` is reserved", "`events` 是保留字"),
    )
    .label(say!(
        "conditions on what people did are not part of the language yet",
        "行为条件还不是语言的一部分"
    ))
    .help(say!(
        "keep counts of what people did as fields",
        "请把行为次数作为字段"
    ))
}
