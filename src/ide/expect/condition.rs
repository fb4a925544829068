//! What may stand next in a condition: a small machine over the tokens before the cursor.

use super::token::Token;
use super::{Fits, Want};
use crate::check::functions::{Function, FunctionKind};
use crate::name::FieldId;
use crate::schema::Type;
use crate::workspace::Workspace;

/// What a test is about.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Subject {
    Field(FieldId),
    Number,
    Weekday,
    Text,
    /// A segment, or something that is a condition already.
    Condition,
    Unknown,
}

/// How a subject is tested.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Test {
    Compare,
    In,
    Holds,
    Matches,
    Within,
    Moment,
}

/// Where the machine stands.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// A condition or the left side of a test.
    Operand,
    /// The right side of `+ - * /`.
    Amount,
    /// What a function is given.
    Argument(FunctionKind),
    /// `at least`: how many.
    Count,
    /// `at least 2`
    Of,
    /// `sample`
    Share,
    /// `sample 10%`
    Salt,
    /// After the left side.
    After(Subject),
    /// After the left side and `not`.
    AfterNot(Subject),
    /// `is`, `is not`
    Is(bool),
    /// `at`
    At,
    /// A value.
    Value(Subject, Test),
    /// After a value.
    AfterValue(Subject, Test),
    /// After a whole test.
    Done,
}

/// What an open parenthesis is part of.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Open {
    Group,
    Values(Subject, Test),
    Call(FunctionKind),
    Count,
}

struct Machine<'w> {
    workspace: &'w Workspace,
    state: State,
    open: Vec<Open>,
}

/// What may stand after the tokens of a condition.
pub(super) fn wanted(tokens: &[Token], workspace: &Workspace) -> Vec<Want> {
    let mut machine = Machine {
        workspace,
        state: State::Operand,
        open: Vec::new(),
    };
    for (at, token) in tokens.iter().enumerate() {
        machine.take(token, tokens.get(at + 1));
    }
    machine.wants()
}

impl Machine<'_> {
    fn take(&mut self, token: &Token, next: Option<&Token>) {
        match token {
            Token::Sign('(') => self.open(),
            Token::Sign(')') => self.close(),
            Token::Sign(',') => self.comma(),
            Token::Word(word) if matches!(word.as_str(), "and" | "or") => {
                self.state = State::Operand;
            }
            _ => self.state = self.next(token, next),
        }
    }

    fn open(&mut self) {
        let open = match self.state {
            State::Value(subject, test) => Open::Values(subject, test),
            State::Argument(kind) => Open::Call(kind),
            State::Of => {
                self.state = State::Operand;
                Open::Count
            }
            _ => {
                self.state = State::Operand;
                Open::Group
            }
        };
        self.open.push(open);
    }

    fn close(&mut self) {
        self.state = match self.open.pop() {
            Some(Open::Call(FunctionKind::Weekday)) => State::After(Subject::Weekday),
            Some(Open::Call(FunctionKind::Lower)) => State::After(Subject::Text),
            Some(Open::Call(_)) => State::After(Subject::Number),
            // Arithmetic in parentheses goes on as a number.
            Some(Open::Group) if self.state == State::After(Subject::Number) => self.state,
            Some(Open::Group | Open::Values(..) | Open::Count) | None => State::Done,
        };
    }

    fn comma(&mut self) {
        self.state = match self.open.last() {
            Some(Open::Values(subject, test)) => State::Value(*subject, *test),
            Some(Open::Call(kind)) => State::Argument(*kind),
            Some(Open::Count | Open::Group) | None => State::Operand,
        };
    }

    fn next(&self, token: &Token, next: Option<&Token>) -> State {
        match self.state {
            State::Operand => self.operand(token, next),
            State::Amount => State::After(Subject::Number),
            State::Argument(kind) => State::Argument(kind),
            State::Count => State::Of,
            State::Of => State::Of,
            State::Share => State::Salt,
            State::Salt if token.is("salt") => State::Salt,
            State::Salt => State::Done,
            State::At if token.is("least") || token.is("most") => State::Count,
            State::At => State::Done,
            State::After(subject) => self.after(subject, token),
            State::AfterNot(subject) => {
                test_of(token).map_or(State::AfterNot(subject), |test| State::Value(subject, test))
            }
            State::Is(_) if token.is("not") => State::Is(true),
            State::Is(_) => State::Done,
            State::Value(subject, test) => value(subject, test, token),
            State::AfterValue(subject, test) => match token {
                Token::Sign('.' | '+' | '-' | '*' | '/' | '<') => State::Value(subject, test),
                _ => State::AfterValue(subject, test),
            },
            State::Done => State::Done,
        }
    }

    fn operand(&self, token: &Token, next: Option<&Token>) -> State {
        if let Token::Word(word) = token {
            match word.as_str() {
                "not" => return State::Operand,
                "at" if next.is_none_or(|next| next.is("least") || next.is("most")) => {
                    return State::At;
                }
                "exactly" => return State::Count,
                "sample" => return State::Share,
                "everyone" | "nobody" => return State::Done,
                _ => {}
            }
        }
        match token {
            Token::Sign('-') => State::Amount,
            Token::Sign(_) => State::Operand,
            Token::Number | Token::Text => State::After(Subject::Number),
            Token::Word(_) | Token::Quoted(_) | Token::Chinese { .. } => self.name(token, next),
        }
    }

    fn name(&self, token: &Token, next: Option<&Token>) -> State {
        let Some(name) = token.name() else {
            return State::After(Subject::Unknown);
        };
        if next.is_some_and(|next| next.is_sign('('))
            && let Some(function) = Function::named(name.as_str())
        {
            return State::Argument(function.kind);
        }
        let rules = &self.workspace.rules;
        let inner = name.as_str().strip_prefix("contact.").unwrap_or("");
        let schema = &rules.schema;
        if rules.find_segment(name.as_str()).is_some() {
            return State::After(Subject::Condition);
        }
        match schema.find(name.as_str()).or_else(|| schema.find(inner)) {
            Some(id) => State::After(Subject::Field(id)),
            None if rules.params.contains_key(&name) => State::After(Subject::Number),
            None => State::After(Subject::Unknown),
        }
    }

    fn after(&self, subject: Subject, token: &Token) -> State {
        match token {
            Token::Sign('+' | '-' | '*' | '/') => State::Amount,
            Token::Sign('=' | '<' | '>' | '!') => State::Value(subject, Test::Compare),
            Token::Word(word) => match word.as_str() {
                "not" => State::AfterNot(subject),
                "is" => State::Is(false),
                _ => test_of(token).map_or(State::Done, |test| State::Value(subject, test)),
            },
            _ => State::Done,
        }
    }
}

fn test_of(token: &Token) -> Option<Test> {
    let Token::Word(word) = token else {
        return None;
    };
    Some(match word.as_str() {
        "in" => Test::In,
        "contains" | "has" | "starts" | "ends" => Test::Holds,
        "matches" => Test::Matches,
        "within" => Test::Within,
        "before" | "after" | "on" => Test::Moment,
        _ => return None,
    })
}

/// After a token where a value stands: words that belong to the test, or the value itself.
fn value(subject: Subject, test: Test, token: &Token) -> State {
    let belongs = match token {
        Token::Sign(_) => true,
        Token::Word(word) => match test {
            Test::Holds => matches!(word.as_str(), "with" | "any" | "all" | "none" | "of"),
            Test::Within => word == "next",
            Test::Moment | Test::Compare | Test::In => {
                matches!(word.as_str(), "this" | "last" | "next")
            }
            Test::Matches => false,
        },
        _ => false,
    };
    match belongs {
        true => State::Value(subject, test),
        false => State::AfterValue(subject, test),
    }
}

const CONDITION_WORDS: &[&str] = &[
    "not", "at least", "at most", "exactly", "everyone", "nobody", "sample",
];
const JOINTS: Want = Want::Words(&["and", "or"]);
const PERIODS: &[&str] = &[
    "today",
    "yesterday",
    "tomorrow",
    "this week",
    "last week",
    "next week",
    "this month",
    "last month",
    "next month",
    "this quarter",
    "last quarter",
    "next quarter",
    "this year",
    "last year",
    "next year",
];

impl Machine<'_> {
    fn kind(&self, id: FieldId) -> Option<&Type> {
        let field = self.workspace.rules.schema.field(id)?;
        Some(&field.kind)
    }

    fn wants(&self) -> Vec<Want> {
        match self.state {
            State::Operand => vec![
                Want::Fields(Fits::Any),
                Want::Segments,
                Want::Functions,
                Want::Words(CONDITION_WORDS),
            ],
            State::Amount => vec![Want::Fields(Fits::Number), Want::Params, Want::Functions],
            State::Argument(kind) => vec![Want::Fields(argument(kind))],
            State::Count => vec![Want::Plain(&["2"]), Want::Params],
            State::Of => vec![Want::Words(&["of"])],
            State::Share => vec![Want::Plain(&["10%"]), Want::Params],
            State::Salt => vec![Want::Words(&["salt"])],
            State::At => vec![Want::Words(&["least", "most"])],
            State::Is(true) => vec![Want::Words(&["missing"])],
            State::Is(false) => vec![Want::Words(&["missing", "not missing"])],
            State::After(subject) => self.operators(subject),
            State::AfterNot(subject) => self.negatable(subject),
            State::Value(subject, test) => self.values(subject, test),
            State::AfterValue(_, Test::Within) => {
                vec![JOINTS, Want::Words(&["ago", "anniversary"])]
            }
            State::AfterValue(_, Test::Moment) => vec![JOINTS, Want::Words(&["ago"])],
            State::AfterValue(..) | State::Done => vec![JOINTS],
        }
    }

    fn operators(&self, subject: Subject) -> Vec<Want> {
        let kind = match subject {
            Subject::Field(id) => self.kind(id),
            Subject::Condition => return vec![JOINTS],
            Subject::Number | Subject::Weekday => {
                return vec![
                    Want::Plain(COMPARISONS),
                    Want::Words(&["in", "not in"]),
                    Want::Plain(&["+", "-", "*", "/"]),
                ];
            }
            Subject::Text => return vec![Want::Plain(EQUALITY), Want::Words(TEXT_TESTS)],
            Subject::Unknown => None,
        };
        let mut wants = match kind {
            Some(kind) => field_operators(kind),
            None => vec![Want::Plain(COMPARISONS), JOINTS],
        };
        if kind.is_some() {
            wants.push(Want::Words(&["is missing", "is not missing"]));
        }
        wants
    }

    fn negatable(&self, subject: Subject) -> Vec<Want> {
        let plain = |want: Want| match want {
            Want::Words(words) if words == TEXT_TESTS => Some(Want::Words(PLAIN_TEXT_TESTS)),
            Want::Words(words) if words == TIME_TESTS => Some(Want::Words(PLAIN_TIME_TESTS)),
            Want::Words(words) if words == LIST_TESTS => Some(want),
            Want::Words(["in", "not in"]) => Some(Want::Words(&["in"])),
            _ => None,
        };
        self.operators(subject)
            .into_iter()
            .filter_map(plain)
            .collect()
    }

    fn values(&self, subject: Subject, test: Test) -> Vec<Want> {
        let id = match subject {
            Subject::Field(id) => id,
            Subject::Weekday => return vec![Want::Weekdays],
            Subject::Number if test == Test::In => return vec![Want::Plain(&["("])],
            Subject::Number => {
                return vec![Want::Params, Want::Fields(Fits::Number), Want::Functions];
            }
            Subject::Text | Subject::Condition | Subject::Unknown => return vec![Want::Params],
        };
        let is_in_list = matches!(self.open.last(), Some(Open::Values(..)));
        match test {
            Test::Matches => vec![Want::Params],
            Test::Within => vec![
                Want::Plain(&["7d", "30d", "90d", "24h", "72h", "12mo"]),
                Want::Words(&["next"]),
                Want::Params,
            ],
            Test::Moment => vec![
                Want::Words(PERIODS),
                Want::Plain(&["30d ago"]),
                Want::ParamsFor(id),
                Want::OtherFields(id),
            ],
            Test::Holds => {
                let mut wants = vec![Want::Values(id)];
                if !is_in_list {
                    wants.push(Want::Words(&["any of", "all of", "none of"]));
                }
                wants.push(Want::ParamsFor(id));
                wants
            }
            Test::Compare | Test::In => self.compared(id, test, is_in_list),
        }
    }

    fn compared(&self, id: FieldId, test: Test, is_in_list: bool) -> Vec<Want> {
        let mut wants = vec![Want::Values(id)];
        let is_time = self.kind(id).is_some_and(|kind| Fits::Time.takes(kind));
        if is_time {
            wants.push(Want::Words(PERIODS));
        }
        if test == Test::In && !is_in_list {
            // A bare name is always a list here; periods stand alone.
            wants = match is_time {
                true => vec![Want::Words(PERIODS)],
                false => vec![Want::Lists, Want::Plain(&["("])],
            };
        }
        if test == Test::Compare || is_in_list {
            wants.push(Want::ParamsFor(id));
        }
        if test == Test::Compare {
            wants.push(Want::OtherFields(id));
        }
        wants
    }
}

fn argument(kind: FunctionKind) -> Fits {
    match kind {
        FunctionKind::Year
        | FunctionKind::Month
        | FunctionKind::Day
        | FunctionKind::Weekday
        | FunctionKind::DaysSince => Fits::Time,
        FunctionKind::Hour => Fits::Datetime,
        FunctionKind::Length => Fits::Length,
        FunctionKind::Count => Fits::List,
        FunctionKind::Lower => Fits::Text,
    }
}

const COMPARISONS: &[&str] = &["=", ">=", "<=", ">", "<", "!="];
const EQUALITY: &[&str] = &["=", "!="];
const TEXT_TESTS: &[&str] = &[
    "in",
    "not in",
    "contains",
    "contains any of",
    "starts with",
    "ends with",
    "matches",
];
const PLAIN_TEXT_TESTS: &[&str] = &["in", "contains", "starts with", "ends with", "matches"];
const TIME_TESTS: &[&str] = &["within", "within next", "before", "after", "on", "in"];
const PLAIN_TIME_TESTS: &[&str] = &["within", "before", "after", "on", "in"];
const LIST_TESTS: &[&str] = &["has", "has any of", "has all of", "has none of"];

/// The operators that fit a field's type, the likeliest first.
fn field_operators(kind: &Type) -> Vec<Want> {
    match kind {
        Type::Bool => vec![JOINTS, Want::Plain(EQUALITY)],
        Type::Int(_) | Type::Decimal { .. } | Type::Float(_) => vec![
            Want::Plain(COMPARISONS),
            Want::Words(&["in", "not in"]),
            Want::Plain(&["+", "-", "*", "/"]),
        ],
        Type::Text { .. } | Type::Id => vec![Want::Plain(EQUALITY), Want::Words(TEXT_TESTS)],
        Type::OneOf(_) | Type::Region { .. } => {
            vec![Want::Plain(EQUALITY), Want::Words(&["in", "not in"])]
        }
        Type::Date(_) | Type::Datetime(_) => {
            vec![Want::Words(TIME_TESTS), Want::Plain(COMPARISONS)]
        }
        Type::Version => vec![Want::Plain(COMPARISONS), Want::Words(&["in", "not in"])],
        Type::List { .. } => vec![Want::Words(LIST_TESTS)],
    }
}
