//! Expressions as written: one uniform grammar, what is boolean is decided when checking.
//!
//! Invariants: the same as of the whole tree; parentheses are kept only where they mean something.

use super::{Ident, Path, Text};
use crate::source::Span;
use crate::value::{Date, Duration, Number, Period};
use std::sync::Arc;

/// An expression with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Which.
    pub kind: ExprKind,
    /// Where.
    pub span: Span,
}

/// The one expression grammar; the checker says what is boolean.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `a or b or c`: two or more.
    Or(Vec<Expr>),
    /// `a and b and c`: two or more.
    And(Vec<Expr>),
    /// `not a`
    Not(Box<Expr>),
    /// `(a)`
    Group(Box<Expr>),
    /// `a = b` and the other comparisons.
    Compare {
        /// Left side.
        left: Box<Expr>,
        /// Which.
        operator: Comparison,
        /// Where the sign stands.
        operator_span: Span,
        /// Right side.
        right: Box<Expr>,
    },
    /// `x in …`, `x not in …`
    In {
        /// What is tested.
        subject: Box<Expr>,
        /// `not in`
        negated: bool,
        /// The values.
        set: Set,
    },
    /// `x contains …`, `starts with`, `ends with`, `has`
    Holds {
        /// What is tested.
        subject: Box<Expr>,
        /// `not contains`
        negated: bool,
        /// Which.
        relation: Holding,
        /// `any of`, `all of`, `none of`; `None` for one plain value.
        quantifier: Option<Quantifier>,
        /// The values: one plain value, a list in parentheses, or a named list.
        set: Set,
    },
    /// `x matches "*@a.com"`, `x matches /^1/`
    Matches {
        /// What is tested.
        subject: Box<Expr>,
        /// `not matches`
        negated: bool,
        /// The pattern.
        pattern: Pattern,
    },
    /// `x is missing`, `x is not missing`
    Missing {
        /// What is tested.
        subject: Box<Expr>,
        /// `is not missing`
        negated: bool,
    },
    /// `x within 30d` and its forms, `anniversary` included.
    Within {
        /// What is tested.
        subject: Box<Expr>,
        /// `not within`
        negated: bool,
        /// Which stretch of time.
        window: Box<Window>,
        /// `anniversary`: only month and day count.
        anniversary: bool,
    },
    /// `x before …`, `after`, `on`
    When {
        /// What is tested.
        subject: Box<Expr>,
        /// `not before`
        negated: bool,
        /// Which.
        relation: When,
        /// A date, datetime, period, `30d ago`, parameter or other field.
        moment: Box<Expr>,
    },
    /// `at least 2 of (a, b, c)`
    Count {
        /// `at least`, `at most`, `exactly`
        relation: CountRelation,
        /// How many.
        count: Box<Expr>,
        /// The conditions.
        conditions: Vec<Expr>,
    },
    /// `sample 10% salt "exp-7"`
    Sample {
        /// The share in per cent, as written before `%`.
        percent: Box<Given<Number>>,
        /// The salt; missing is an error that the checker reports.
        salt: Option<Box<Given<Arc<str>>>>,
    },
    /// `everyone`
    Everyone,
    /// `nobody`
    Nobody,
    /// `a + b`, `a - b`, `a * b`, `a / b`
    Arithmetic {
        /// Left operand.
        left: Box<Expr>,
        /// Which.
        operator: Operator,
        /// Right operand.
        right: Box<Expr>,
    },
    /// `-a`
    Negate(Box<Expr>),
    /// `year(x)`
    Call {
        /// The function's name.
        function: Ident,
        /// What it is given.
        arguments: Vec<Expr>,
    },
    /// A bare or backquoted name.
    Name(Path),
    /// A literal.
    Literal(Literal),
    /// `lately ago`: a parameter's length of time.
    Ago(Path),
}

/// A value where only a literal or a parameter can stand.
#[derive(Clone, Debug, PartialEq)]
pub enum Given<T> {
    /// Written out.
    Written(T, Span),
    /// A parameter that holds it.
    Param(Path),
}

impl<T> Given<T> {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Given::Written(_, span) => *span,
            Given::Param(path) => path.span,
        }
    }
}

/// The comparison signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// The arithmetic signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

/// The tests of what a text or list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holding {
    /// `contains`
    Contains,
    /// `starts with`
    StartsWith,
    /// `ends with`
    EndsWith,
    /// `has`
    Has,
}

/// `any of`, `all of`, `none of`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// `any of`
    Any,
    /// `all of`
    All,
    /// `none of`
    None,
}

/// `before`, `after`, `on`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum When {
    /// `before`
    Before,
    /// `after`
    After,
    /// `on`
    On,
}

/// `at least`, `at most`, `exactly`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CountRelation {
    /// `at least`
    AtLeast,
    /// `at most`
    AtMost,
    /// `exactly`
    Exactly,
}

/// What stands to the right of `in`, `has`, `contains`.
#[derive(Clone, Debug, PartialEq)]
pub enum Set {
    /// `18..24`
    Range(Range),
    /// `(a, b, 18..24)` with the span of the parentheses; may be empty.
    Inline(Vec<SetEntry>, Span),
    /// A bare name: always a list. Also one plain value after `has` and `contains`.
    Value(Box<Expr>),
}

/// One entry of a list in parentheses.
#[derive(Clone, Debug, PartialEq)]
pub enum SetEntry {
    /// A value: a literal, a bare word, a period.
    Value(Expr),
    /// `18..24`
    Range(Range),
}

/// `18..24`, `18..<24`, `18..`, `..24`
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// First value, included.
    pub from: Option<Box<Expr>>,
    /// Last value.
    pub to: Option<Box<Expr>>,
    /// Whether the last value is included (`..`) or not (`..<`).
    pub includes_end: bool,
    /// The whole range.
    pub span: Span,
}

/// What `matches` is given.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    /// A text literal with `*` and `?`.
    Glob(Text),
    /// `/…/`, the text between the slashes with `\/` unescaped.
    Regex(Text),
    /// A parameter that holds a text with `*` and `?`.
    Param(Path),
}

/// The stretch of time after `within`.
#[derive(Clone, Debug, PartialEq)]
pub enum Window {
    /// `within 30d`
    Last(Given<Duration>),
    /// `within next 7d`
    Next(Given<Duration>, Span),
    /// `within 30d..90d ago`, as written (the first may be the longer one: that is an error).
    Ago {
        /// The nearer end as written.
        newer: Given<Duration>,
        /// The farther end as written.
        older: Given<Duration>,
        /// Both.
        span: Span,
    },
}

/// A literal with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Literal {
    /// Which.
    pub kind: LiteralKind,
    /// Where.
    pub span: Span,
}

/// What a literal says.
#[derive(Clone, Debug, PartialEq)]
pub enum LiteralKind {
    /// `18`, `-3`, `200.00`
    Number(Number),
    /// `10%`
    Percent(Number),
    /// `"课程页"`
    Text(Arc<str>),
    /// A bare word where only a literal can stand (`one of (android)`).
    Word(Arc<str>),
    /// `true`, `真`
    Bool(bool),
    /// `2026-11-22`
    Date(Date),
    /// `2026-11-22T09:00+08:00`, as written; `value::parse_instant` reads it.
    Datetime(Arc<str>),
    /// `30d`
    Duration(Duration),
    /// `30d ago`
    Ago(Duration),
    /// `today`, `last month`
    Period(Period),
}
