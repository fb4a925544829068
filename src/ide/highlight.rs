//! What each stretch of a file is, for colours.
//!
//! Invariants: stretches stand in the order of the text and never overlap.

use super::names::Named;
use super::project::View;
use crate::source::SourceId;
use crate::syntax::{KeywordKind, Kind, PieceKind, keyword, pieces};
use std::borrow::Cow;
use std::ops::Range;

/// What a stretch of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HighlightKind {
    /// A word of the language.
    Keyword,
    /// A sign or a word that tests a value.
    Operator,
    /// A comment.
    Comment,
    /// A text.
    Text,
    /// A pattern.
    Pattern,
    /// A number, share, date or length of time.
    Number,
    /// A type.
    Type,
    /// A field.
    Field,
    /// A segment.
    Segment,
    /// A list.
    List,
    /// A parameter.
    Param,
    /// A function.
    Function,
    /// A value written as a bare word.
    Value,
    /// A platform, tier, kind of message, campaign, schema or hierarchy.
    Name,
}

/// One stretch of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Highlight {
    /// Where, in bytes.
    pub range: Range<usize>,
    /// What.
    pub kind: HighlightKind,
    /// A name where it is defined.
    pub is_definition: bool,
    /// A comment that documents what stands below it.
    pub is_doc: bool,
}

impl View<'_> {
    /// What each stretch of a file is.
    pub fn highlights(&self, source: SourceId) -> Vec<Highlight> {
        let Some(tree) = self.tree(source) else {
            return Vec::new();
        };
        let mut mentions = self
            .names()
            .in_file(self.workspace, source)
            .iter()
            .peekable();
        let mut found = Vec::new();
        let mut done = 0;
        for token in tree.tokens() {
            let range = token.start..token.start + token.text.len();
            let first = found.len();
            while let Some(mention) =
                mentions.next_if(|mention| (mention.span.start as usize) < range.end)
            {
                let mut name = highlight(mention.span.range(), kind_of_name(&mention.named));
                name.is_definition = mention.is_definition;
                done = done.max(mention.span.end as usize);
                found.push(name);
            }
            if token.kind == Kind::Broken {
                self.highlight_broken(range, token.text, first, &mut found);
            } else if range.start >= done {
                found.extend(of_token(range, token.kind, token.text));
            }
        }
        found
    }

    /// Text that does not parse is coloured word by word, around the names in it that are known.
    fn highlight_broken(
        &self,
        range: Range<usize>,
        text: &str,
        first: usize,
        found: &mut Vec<Highlight>,
    ) {
        let names = found.split_off(first);
        let mut names = names.into_iter().peekable();
        for piece in pieces(text) {
            let place = range.start + piece.start..range.start + piece.end;
            while let Some(name) = names.next_if(|name| name.range.start < place.end) {
                found.push(name);
            }
            let is_taken = found
                .last()
                .is_some_and(|last| last.range.end > place.start);
            if is_taken {
                continue;
            }
            let kind = match piece.kind {
                PieceKind::Comment => Some(HighlightKind::Comment),
                PieceKind::Number => Some(HighlightKind::Number),
                PieceKind::Text | PieceKind::Unclosed(_) | PieceKind::SingleQuoted => {
                    Some(HighlightKind::Text)
                }
                PieceKind::Regex => Some(HighlightKind::Pattern),
                PieceKind::Sign('=' | '<' | '>' | '!' | '+' | '-' | '*' | '/') => {
                    Some(HighlightKind::Operator)
                }
                PieceKind::Word | PieceKind::Quoted => self.kind_of_word(piece.text(text)),
                PieceKind::Sign(_) | PieceKind::Hidden => None,
            };
            found.extend(kind.map(|kind| highlight(place, kind)));
        }
        found.extend(names);
    }

    fn kind_of_word(&self, word: &str) -> Option<HighlightKind> {
        if let Some(named) = self.known(word.trim_matches('`')) {
            return Some(kind_of_name(&named));
        }
        let is_first = |spelling: &str| spelling.split(' ').any(|part| part == word);
        let known = crate::syntax::KEYWORDS.iter();
        let mut known = known.filter(|known| is_first(known.en) || known.zh == word);
        known.next().map(|known| match known.kind {
            KeywordKind::Operator => HighlightKind::Operator,
            KeywordKind::Type => HighlightKind::Type,
            _ => HighlightKind::Keyword,
        })
    }
}

fn of_token(range: Range<usize>, kind: Kind, text: &str) -> Option<Highlight> {
    if kind == Kind::Comment {
        let mut comment = highlight(range, HighlightKind::Comment);
        comment.is_doc = text.starts_with("##");
        return Some(comment);
    }
    kind_of_token(kind, text).map(|kind| highlight(range, kind))
}

fn highlight(range: Range<usize>, kind: HighlightKind) -> Highlight {
    Highlight {
        range,
        kind,
        is_definition: false,
        is_doc: false,
    }
}

fn kind_of_name(named: &Named) -> HighlightKind {
    match named {
        Named::Field(_) => HighlightKind::Field,
        Named::Segment(_) => HighlightKind::Segment,
        Named::List(_) => HighlightKind::List,
        Named::Param(_) => HighlightKind::Param,
        Named::Function(_) => HighlightKind::Function,
        Named::Value(..) => HighlightKind::Value,
        Named::Schema(_)
        | Named::Hierarchy(_)
        | Named::Platform(_)
        | Named::Tier(..)
        | Named::Message(_)
        | Named::Campaign(_) => HighlightKind::Name,
    }
}

/// What a token of the tree is; names that mean nothing are left alone.
fn kind_of_token(kind: Kind, text: &str) -> Option<HighlightKind> {
    Some(match kind {
        Kind::Text => HighlightKind::Text,
        Kind::Regex => HighlightKind::Pattern,
        Kind::Number
        | Kind::Percent
        | Kind::Duration
        | Kind::DurationAgo
        | Kind::Date
        | Kind::Datetime
        | Kind::Clock => HighlightKind::Number,
        Kind::CompareOp
        | Kind::RangeOp
        | Kind::Plus
        | Kind::Minus
        | Kind::Times
        | Kind::Over
        | Kind::Equals => HighlightKind::Operator,
        Kind::Bool | Kind::Period | Kind::KwEveryone | Kind::KwNobody => HighlightKind::Value,
        Kind::KwNumberType
        | Kind::KwText
        | Kind::KwTimeType
        | Kind::KwId
        | Kind::KwPlainType
        | Kind::KwListOf
        | Kind::KwOneOf => HighlightKind::Type,
        Kind::Name if text == "region" => HighlightKind::Type,
        Kind::Negation => HighlightKind::Operator,
        Kind::Space
        | Kind::OpenParen
        | Kind::CloseParen
        | Kind::OpenBrace
        | Kind::CloseBrace
        | Kind::Comma
        | Kind::Colon
        | Kind::Semicolon
        | Kind::Dot
        | Kind::Name
        | Kind::Part
        | Kind::Word => return None,
        _ => match keyword(&one_space(text)).map(|word| word.kind) {
            Some(KeywordKind::Operator) => HighlightKind::Operator,
            Some(_) => HighlightKind::Keyword,
            None => return None,
        },
    })
}

fn one_space(text: &str) -> Cow<'_, str> {
    match text.contains(char::is_whitespace) {
        true => text.split_whitespace().collect::<Vec<_>>().join(" ").into(),
        false => text.into(),
    }
}
