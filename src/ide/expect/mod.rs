//! Turns a cursor into what may stand there: words, names, values.
//!
//! Invariants: only what stands before the cursor counts; nothing here needs the text to parse.

mod block;
mod condition;
mod token;

use super::cursor::Cursor;
use crate::name::FieldId;
use crate::schema::Type;
use crate::syntax::{ItemWord, PieceKind};
use crate::workspace::Workspace;
use token::{Token, tokens};

/// One kind of thing that may stand at the cursor, the likeliest first.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Want {
    /// Words by their English spelling; several as one are joined by spaces.
    Words(&'static [&'static str]),
    /// Signs and lengths of time, as they are written in every language.
    Plain(&'static [&'static str]),
    /// Fields of such types.
    Fields(Fits),
    /// Fields as `contact.x`, to be compared with a field.
    OtherFields(FieldId),
    /// Segments.
    Segments,
    /// Lists.
    Lists,
    /// Parameters.
    Params,
    /// Parameters that a field may be compared with.
    ParamsFor(FieldId),
    /// Functions.
    Functions,
    /// Values of a field.
    Values(FieldId),
    /// Days of the week.
    Weekdays,
    /// Types.
    Types,
    /// Platforms.
    Platforms,
    /// The tiers of a platform.
    Tiers(String),
    /// The profiles of a platform.
    Profiles(String),
    /// The kinds of messages of a platform.
    Messages(String),
    /// The levels of a region field.
    Levels(FieldId),
    /// Columns of the data that the schema does not name.
    Columns,
}

/// Which fields fit a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fits {
    /// Every field.
    Any,
    /// Numbers.
    Number,
    /// Dates and datetimes.
    Time,
    /// Datetimes alone.
    Datetime,
    /// Texts, values, ids.
    Text,
    /// Texts and lists.
    Length,
    /// Lists.
    List,
    /// Regions.
    Region,
}

impl Fits {
    pub(super) fn takes(self, kind: &Type) -> bool {
        match self {
            Fits::Any => true,
            Fits::Number => matches!(kind, Type::Int(_) | Type::Decimal { .. } | Type::Float(_)),
            Fits::Time => matches!(kind, Type::Date(_) | Type::Datetime(_)),
            Fits::Datetime => matches!(kind, Type::Datetime(_)),
            Fits::Text => matches!(kind, Type::Text { .. } | Type::OneOf(_) | Type::Id),
            Fits::Length => Fits::List.takes(kind) || matches!(kind, Type::Text { .. }),
            Fits::List => matches!(kind, Type::List { .. }),
            Fits::Region => matches!(kind, Type::Region { .. }),
        }
    }
}

/// What may stand at the cursor.
pub(super) fn expected(cursor: &Cursor, workspace: &Workspace, is_expression: bool) -> Vec<Want> {
    let is_after_number = cursor
        .before
        .last()
        .is_some_and(|last| last.kind == PieceKind::Number && last.end == cursor.word.start);
    let wanted = after_tokens(cursor, workspace, is_expression);
    if !is_after_number {
        return wanted;
    }
    // `30` may become `30d` where a length of time stands; `30m` always wants to.
    let is_time = wanted
        .iter()
        .any(|want| matches!(want, Want::Words(["ago", ..])));
    match is_time || !cursor.typed.is_empty() {
        true => vec![Want::Plain(token::UNITS)],
        false => Vec::new(),
    }
}

fn after_tokens(cursor: &Cursor, workspace: &Workspace, is_expression: bool) -> Vec<Want> {
    let tokens = tokens(&cursor.before, cursor.text);
    if is_expression {
        return condition::wanted(&tokens, workspace);
    }
    let mut wanted = match cursor.item() {
        Some(word) => in_item(word, cursor, &tokens, workspace),
        None => Vec::new(),
    };
    if cursor.may_start_item || cursor.before.is_empty() {
        wanted.insert(0, Want::Words(ITEMS));
    }
    wanted
}

const ITEMS: &[&str] = &[
    "segment",
    "campaign",
    "list",
    "param",
    "test",
    "schema",
    "platform",
    "hierarchy",
];

fn in_item(word: ItemWord, cursor: &Cursor, tokens: &[Token], workspace: &Workspace) -> Vec<Want> {
    // The item's word and its name say nothing of what follows.
    let Some(body) = tokens.get(2..) else {
        return Vec::new();
    };
    match word {
        ItemWord::Segment => {
            let start = body.iter().position(|token| token.is_sign('='));
            let body = start.and_then(|start| body.get(start + 1..));
            body.map_or(Vec::new(), |body| condition::wanted(body, workspace))
        }
        ItemWord::Schema => block::in_schema(cursor, body, workspace),
        ItemWord::Campaign => block::in_campaign(cursor, body, workspace),
        ItemWord::Platform => block::in_platform(cursor, body),
        ItemWord::Test => block::in_test(cursor, body, workspace),
        ItemWord::List => match body {
            [] => vec![Want::Words(&["from"]), Want::Plain(&["="])],
            [from, path] if from.is("from") && *path == Token::Text => {
                vec![Want::Words(&["column"])]
            }
            _ => Vec::new(),
        },
        ItemWord::Hierarchy if body.is_empty() => vec![Want::Words(&["from"])],
        ItemWord::Param if body.len() == 1 => vec![Want::Words(&["true", "false", "today"])],
        ItemWord::Param | ItemWord::Hierarchy | ItemWord::Events => Vec::new(),
    }
}
