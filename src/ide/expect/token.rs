//! Turns the pieces before a cursor into tokens in one language.

use crate::name::Name;
use crate::syntax::{Keyword, KeywordKind, Piece, PieceKind, keyword};

/// The units of time, in both languages.
pub(super) const UNITS: &[&str] = &[
    "d", "h", "w", "mo", "y", "min", "s", "天", "小时", "周", "个月", "年", "分钟", "秒",
];

/// A piece as the language reads it, Chinese words in English.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A bare word or a dotted name; Chinese words of expressions in English.
    Word(String),
    /// Another Chinese keyword, which may also be a name.
    Chinese {
        /// As written.
        written: String,
        /// In English.
        en: &'static str,
    },
    /// A name in backquotes.
    Quoted(String),
    /// A number, length of time, date or share.
    Number,
    /// A text or pattern.
    Text,
    /// A sign, full-width read as ASCII.
    Sign(char),
}

impl Token {
    pub(super) fn is_sign(&self, sign: char) -> bool {
        *self == Token::Sign(sign)
    }

    pub(super) fn is(&self, word: &str) -> bool {
        match self {
            Token::Word(own) => own == word,
            Token::Chinese { en, .. } => *en == word,
            Token::Quoted(_) | Token::Number | Token::Text | Token::Sign(_) => false,
        }
    }

    /// The name it may be.
    pub(super) fn name(&self) -> Option<Name> {
        match self {
            Token::Word(word) | Token::Quoted(word) | Token::Chinese { written: word, .. } => {
                Some(Name::new(word))
            }
            Token::Number | Token::Text | Token::Sign(_) => None,
        }
    }
}

/// The tokens that pieces are.
pub(super) fn tokens(pieces: &[Piece], text: &str) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::with_capacity(pieces.len());
    let mut last_end = 0;
    for piece in pieces {
        let is_joined = last_end == piece.start && !found.is_empty();
        last_end = piece.end;
        if !(is_joined && join(&mut found, piece, text)) {
            push(&mut found, piece, text);
        }
    }
    found
}

/// Takes a piece into the token it touches: `30d`, `profile.city`, `2026-11-22`.
fn join(found: &mut Vec<Token>, piece: &Piece, text: &str) -> bool {
    match (found.as_mut_slice(), piece.kind) {
        ([.., Token::Number], PieceKind::Word) => true,
        ([.., Token::Number], PieceKind::Sign('%')) => true,
        ([.., Token::Number, Token::Sign('-')], PieceKind::Number) => {
            found.pop();
            true
        }
        ([.., Token::Number, Token::Sign(':')], PieceKind::Number) => {
            found.pop();
            true
        }
        (
            [
                ..,
                Token::Word(name) | Token::Quoted(name),
                Token::Sign('.'),
            ],
            PieceKind::Word,
        ) => {
            name.push('.');
            name.push_str(piece.text(text));
            found.pop();
            true
        }
        _ => false,
    }
}

fn push(found: &mut Vec<Token>, piece: &Piece, text: &str) {
    let written = piece.text(text);
    match piece.kind {
        PieceKind::Word => push_word(found, written),
        PieceKind::Quoted => found.push(Token::Quoted(written.trim_matches('`').to_string())),
        PieceKind::Number => found.push(Token::Number),
        PieceKind::Text | PieceKind::Regex | PieceKind::SingleQuoted => found.push(Token::Text),
        PieceKind::Unclosed('`') => found.push(Token::Quoted(written.replace('`', ""))),
        PieceKind::Unclosed(_) => found.push(Token::Text),
        PieceKind::Sign(sign) => push_sign(found, sign),
        PieceKind::Hidden | PieceKind::Comment => {}
    }
}

fn push_sign(found: &mut Vec<Token>, sign: char) {
    let sign = match sign {
        '≠' | '≤' | '≥' => '=',
        other => other,
    };
    found.push(Token::Sign(sign));
}

/// Pushes a word, a Chinese keyword as its English words.
fn push_word(found: &mut Vec<Token>, written: &str) {
    if written.is_ascii() {
        return found.push(Token::Word(written.to_string()));
    }
    let (is_negated, known) = chinese(written);
    let Some(known) = known else {
        return found.push(Token::Word(written.to_string()));
    };
    if is_negated {
        found.push(Token::Word("not".to_string()));
    }
    match known.kind {
        KeywordKind::Logic
        | KeywordKind::Operator
        | KeywordKind::Constant
        | KeywordKind::Period => {
            let words = known.en.split(' ');
            found.extend(words.map(|word| Token::Word(word.to_string())));
        }
        KeywordKind::Item
        | KeywordKind::Type
        | KeywordKind::Clause
        | KeywordKind::Entry
        | KeywordKind::Detail => found.push(Token::Chinese {
            written: written.to_string(),
            en: known.en,
        }),
    }
}

/// The keyword that a Chinese word is, alone or behind `不`.
fn chinese(written: &str) -> (bool, Option<&'static Keyword>) {
    let is_operator = |word: &&Keyword| word.kind == KeywordKind::Operator;
    if let Some(known) = keyword(written) {
        return (false, Some(known));
    }
    let rest = written.strip_prefix('不').unwrap_or("");
    (true, keyword(rest).filter(is_operator))
}
