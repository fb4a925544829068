//! Turns the text of a broken item into the parts that can be read by themselves.
//!
//! Invariants: parts never overlap and lie inside the item.

use crate::syntax::lex::{Lexer, Piece, PieceKind};
use crate::syntax::words;
use std::ops::Range;

/// The name of an item, in the text after its first word.
pub(in crate::syntax) fn item_name(text: &str, range: &Range<usize>) -> Option<Range<usize>> {
    let second = Lexer::new(text, range.clone()).nth(1)?;
    matches!(second.kind, PieceKind::Word | PieceKind::Quoted).then_some(second.start..second.end)
}

/// The first piece of a stretch of text.
pub(in crate::syntax) fn first_word(text: &str, range: &Range<usize>) -> Range<usize> {
    Lexer::new(text, range.clone())
        .next()
        .map_or(range.start..range.start, |piece| piece.start..piece.end)
}

/// A line inside an item's chunk that belongs to no item.
pub(in crate::syntax) struct Stray {
    /// Where the text before it ends.
    pub(in crate::syntax) sound_end: usize,
    /// Where the line starts.
    pub(in crate::syntax) start: usize,
}

/// Whether the grammar failed at the first word of a line at the margin.
pub(in crate::syntax) fn stray_line(text: &str, range: &Range<usize>, at: usize) -> Option<Stray> {
    let mut sound_end = range.start;
    for piece in Lexer::new(text, range.clone()).filter(|piece| piece.kind != PieceKind::Comment) {
        if piece.end > at {
            let is_stray = piece.is_at_margin && piece.start >= at && sound_end > range.start;
            return is_stray.then_some(Stray {
                sound_end,
                start: piece.start,
            });
        }
        sound_end = piece.end;
    }
    None
}

/// Cuts a broken item before each line at the margin that looks like a definition of its own.
pub(in crate::syntax) fn margin_cuts(text: &str, range: &Range<usize>) -> Vec<Range<usize>> {
    let pieces: Vec<Piece> = Lexer::new(text, range.clone())
        .filter(|piece| piece.kind != PieceKind::Comment)
        .collect();
    let mut parts = Vec::new();
    let mut start = range.start;
    for (at, window) in pieces.windows(3).enumerate() {
        let &[before, first, second] = window else {
            continue;
        };
        let is_open = before.is_sign('=')
            || before.is_sign(',')
            || before.is_sign('(')
            || words::continues_expression(before.text(text));
        let third_is_equals = pieces.get(at + 3).is_some_and(|third| third.is_sign('='));
        let is_definition =
            second.is_sign('=') || (third_is_equals && second.kind == PieceKind::Word);
        let is_named = matches!(first.kind, PieceKind::Word | PieceKind::Quoted);
        if first.is_at_margin && is_named && is_definition && !is_open && before.end > start {
            parts.push(start..before.end);
            start = first.start;
        }
    }
    parts.push(start..range.end);
    parts
}

/// A block cut into its entries.
pub(in crate::syntax) struct Block {
    pub(in crate::syntax) name: Range<usize>,
    /// Where the block opens.
    pub(in crate::syntax) open: usize,
    pub(in crate::syntax) entries: Vec<Range<usize>>,
}

/// Cuts a schema or campaign into its fields or clauses, by how their first words look.
pub(in crate::syntax) fn block_entries(text: &str, range: &Range<usize>) -> Option<Block> {
    let name = item_name(text, range)?;
    let pieces: Vec<Piece> = Lexer::new(text, range.clone())
        .filter(|piece| piece.kind != PieceKind::Comment)
        .collect();
    let is_schema = words::item_word(pieces.first()?.text(text)) == Some(words::ItemWord::Schema);
    let open_at = pieces.iter().position(|piece| piece.is_sign('{'))?;
    let open = pieces.get(open_at)?.start;
    let (last, body) = pieces.get(open_at + 1..)?.split_last()?;
    if !last.is_sign('}') {
        return None;
    }
    let mut entries: Vec<Range<usize>> = Vec::new();
    let mut depth = 0usize;
    for (at, piece) in body.iter().enumerate() {
        let is_named = matches!(piece.kind, PieceKind::Word | PieceKind::Quoted);
        let starts = match is_schema {
            true => is_named && (piece.is_first_on_line || names_field(body, at)),
            false => is_named && piece.is_first_on_line && words::starts_clause(piece.text(text)),
        };
        match entries.last_mut() {
            Some(entry) if depth > 0 || !starts => entry.end = piece.end,
            _ => entries.push(piece.start..piece.end),
        }
        match piece.kind {
            PieceKind::Sign('(' | '{') => depth += 1,
            PieceKind::Sign(')' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Some(Block {
        name,
        open,
        entries,
    })
}

/// `name:` or `a.b:`
fn names_field(body: &[Piece], at: usize) -> bool {
    let is_dot = |offset: usize| body.get(offset).is_some_and(|piece| piece.is_sign('.'));
    let follows_dot = at > 0 && is_dot(at - 1);
    let mut end = at + 1;
    while is_dot(end) {
        end += 2;
    }
    !follows_dot && body.get(end).is_some_and(|piece| piece.is_sign(':'))
}
