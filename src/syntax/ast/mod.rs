//! The owned syntax tree of a rule file: what was written, with spans, before names mean anything.
//!
//! Invariants: nothing is resolved here (a bare word is a [`Path`], whether it is a field, a segment
//! or a value); every node keeps its span; Chinese and English keywords, full-width and ASCII
//! punctuation give the same tree; text literals are unescaped but not trimmed.

mod expression;
mod places;
mod send;
mod visit;

pub use expression::*;
pub(in crate::syntax) use places::{Placed, moved};
pub use send::*;

use crate::source::Span;
use std::sync::Arc;

/// One rule file.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct File {
    /// Its items in order, broken ones left out.
    pub items: Vec<Item>,
    /// The `# allow: code reason` comments in it.
    pub allows: Vec<Allow>,
    /// The names of items and fields left out because of an error: nobody need be told again that
    /// they are unknown.
    pub broken: Vec<Ident>,
}

/// A comment `# allow: code reason`, which silences a diagnostic on the next line.
#[derive(Clone, Debug, PartialEq)]
pub struct Allow {
    /// The code as written.
    pub code: Ident,
    /// Why; may be empty.
    pub reason: Arc<str>,
    /// The whole comment.
    pub span: Span,
}

/// A named thing at the top level.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// `schema contact { … }`
    Schema(SchemaItem),
    /// `segment students = …`
    Segment(SegmentItem),
    /// `list staff from "staff.csv"`
    List(ListItem),
    /// `param min_spend = 200.00`
    Param(ParamItem),
    /// `hierarchy store from "stores.csv"`
    Hierarchy(HierarchyItem),
    /// `test "…" { … }`
    Test(TestItem),
    /// `platform wecom { … }`
    Platform(PlatformItem),
    /// `campaign spring { … }`
    Campaign(CampaignItem),
}

impl Item {
    /// The whole item.
    pub fn span(&self) -> Span {
        match self {
            Item::Schema(item) => item.span,
            Item::Segment(item) => item.span,
            Item::List(item) => item.span,
            Item::Param(item) => item.span,
            Item::Hierarchy(item) => item.span,
            Item::Test(item) => item.span,
            Item::Platform(item) => item.span,
            Item::Campaign(item) => item.span,
        }
    }
}

/// A name as written. `text` is NFC, without backquotes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ident {
    /// The name.
    pub text: Arc<str>,
    /// Where.
    pub span: Span,
    /// Written in backquotes.
    pub quoted: bool,
}

/// A possibly dotted name: `profile.city`, `contact.other`.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The parts, at least one.
    pub parts: Parts,
    /// From the first to the last part.
    pub span: Span,
}

/// The parts of a path. Nearly all have one, and there are very many.
#[derive(Clone, PartialEq)]
pub enum Parts {
    /// A name without dots.
    One(Ident),
    /// Names with dots between them.
    Many(Box<[Ident]>),
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_list().entries(self.iter()).finish()
    }
}

impl std::ops::Deref for Parts {
    type Target = [Ident];

    fn deref(&self) -> &[Ident] {
        match self {
            Parts::One(part) => std::slice::from_ref(part),
            Parts::Many(parts) => parts,
        }
    }
}

/// A text literal: the value after escapes.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// What it says.
    pub value: Arc<str>,
    /// With its quotes.
    pub span: Span,
}

/// `schema contact { fields }`
#[derive(Clone, Debug, PartialEq)]
pub struct SchemaItem {
    /// The schema's name.
    pub name: Ident,
    /// Its fields in order.
    pub fields: Vec<FieldItem>,
    /// The whole item.
    pub span: Span,
}

/// `age: int 0..150 aka 年龄 missing when (-1) optional`
#[derive(Clone, Debug, PartialEq)]
pub struct FieldItem {
    /// The name, possibly dotted.
    pub path: Path,
    /// Its type.
    pub kind: TypeExpr,
    /// Other names.
    pub aka: Vec<Path>,
    /// `optional`: the file may lack the column.
    pub optional: Option<Span>,
    /// `missing when (…)`: values that count as missing.
    pub missing_when: Vec<Literal>,
    /// The doc comment above it.
    pub doc: Option<Arc<str>>,
    /// The whole line.
    pub span: Span,
}

/// A type as written.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeExpr {
    /// Which.
    pub kind: TypeKind,
    /// Where.
    pub span: Span,
}

/// The types of section 4 as written; `Other` is a word that is no type.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeKind {
    /// `bool`
    Bool,
    /// `int`, `int 0..150`
    Int(Option<Range>),
    /// `decimal(2)`, `decimal(2) 0..`
    Decimal {
        /// Places as written.
        places: Option<Literal>,
        /// Declared range.
        range: Option<Range>,
    },
    /// `float`, `float 0..1`
    Float(Option<Range>),
    /// `text`, `text folded`
    Text {
        /// `folded`: compared by NFKC and case folding.
        folded: bool,
    },
    /// `one of (android, "4g")`
    OneOf(Vec<Literal>),
    /// `date`, `date format "%Y%m%d"`
    Date(Option<Text>),
    /// `datetime`, `datetime format "…"`, `datetime epoch s`
    Datetime(Option<TimeLayout>),
    /// `region`, `region from (省, 市, 区)`; a loaded hierarchy is written by its name: `store`
    Region {
        /// The columns it is put together from.
        from: Vec<Path>,
    },
    /// `version`
    Version,
    /// `id`, `id row`
    Id {
        /// `row`: the record's number is the id.
        row: bool,
    },
    /// `list of text separated by ";"`
    List {
        /// Element type.
        element: Box<TypeExpr>,
        /// `separated by` for CSV cells.
        separator: Option<Text>,
    },
    /// Another word: the name of a loaded hierarchy, or a mistake. `from (…)` may follow.
    Named {
        /// The word.
        name: Ident,
        /// Columns after `from`.
        from: Vec<Path>,
    },
}

/// How a datetime cell is written.
#[derive(Clone, Debug, PartialEq)]
pub enum TimeLayout {
    /// `format "%Y/%m/%d %H:%M"`
    Format(Text),
    /// `epoch s`, `epoch ms`: the unit as written.
    Epoch(Ident),
}

/// `segment students "title" = expression`
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentItem {
    /// The name.
    pub name: Ident,
    /// The title in quotes.
    pub title: Option<Text>,
    /// The doc comment above it.
    pub doc: Option<Arc<str>>,
    /// What it selects; `None` when the definition is empty.
    pub body: Option<Expr>,
    /// The whole item.
    pub span: Span,
}

/// `list staff from "staff.csv" column id` or `list vip = (a, b)`
#[derive(Clone, Debug, PartialEq)]
pub struct ListItem {
    /// The name.
    pub name: Ident,
    /// Where its values come from.
    pub values: ListSource,
    /// The doc comment above it.
    pub doc: Option<Arc<str>>,
    /// The whole item.
    pub span: Span,
}

/// Where the values of a list come from.
#[derive(Clone, Debug, PartialEq)]
pub enum ListSource {
    /// In place.
    Inline(Vec<SetEntry>),
    /// A file relative to the rule file: one value a line, or a named column.
    File {
        /// The path as written.
        path: Text,
        /// `column id`
        column: Option<Ident>,
    },
}

/// `param min_spend = 200.00`
#[derive(Clone, Debug, PartialEq)]
pub struct ParamItem {
    /// The name.
    pub name: Ident,
    /// The default.
    pub value: Literal,
    /// The doc comment above it.
    pub doc: Option<Arc<str>>,
    /// The whole item.
    pub span: Span,
}

/// `hierarchy store from "stores.csv"`
#[derive(Clone, Debug, PartialEq)]
pub struct HierarchyItem {
    /// The name, used as a type.
    pub name: Ident,
    /// The path as written.
    pub path: Text,
    /// The whole item.
    pub span: Span,
}

/// `test "a student" { now …  zone "…"  contact { … } in students }`
#[derive(Clone, Debug, PartialEq)]
pub struct TestItem {
    /// What it shows.
    pub title: Text,
    /// `now 2026-11-22T09:00+08:00`
    pub now: Option<Literal>,
    /// `zone "Asia/Shanghai"`
    pub zone: Option<Text>,
    /// `contact { … } in students`
    pub cases: Vec<TestCase>,
    /// The whole item.
    pub span: Span,
}

/// `contact { id: "1", age: 20 } not in students`
#[derive(Clone, Debug, PartialEq)]
pub struct TestCase {
    /// The cells given, in order.
    pub cells: Vec<TestCell>,
    /// `in`: member; `not in`: not a member; `quarantined from`: neither.
    pub expected: Expectation,
    /// The segment.
    pub segment: Ident,
    /// The whole case.
    pub span: Span,
}

/// What a test says of a contact and a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// `in`
    In,
    /// `not in`
    NotIn,
    /// `quarantined from`
    Quarantined,
}

/// `age: 20`
#[derive(Clone, Debug, PartialEq)]
pub struct TestCell {
    /// The field's name.
    pub path: Path,
    /// A literal, or several in parentheses for a list field.
    pub value: Vec<Literal>,
    /// Whether the value was written in parentheses.
    pub is_list: bool,
    /// The whole pair.
    pub span: Span,
}
