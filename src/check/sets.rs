//! `in`, and what texts and lists hold.

use super::compare::weekday_of;
use super::condition::Scope;
use super::lists::{MOST_INLINE_VALUES, too_many};
use super::problem::{Unknown, mismatch, replace};
use super::schemas::{literal_text, path_name};
use super::subject::Subject;
use super::texts::element_kind;
use super::typed::{ConditionKind, ElementTest, List, Quantity, Question, TextView, TimePart};
use super::values::Right;
use crate::diag::{Code, Diagnostic};
use crate::name::{FieldId, Name};
use crate::region::RegionCode;
use crate::say;
use crate::schema::Type;
use crate::source::Span;
use crate::syntax::ast::{Comparison, Expr, ExprKind, Literal, LiteralKind, Range, Set, SetEntry};
use crate::value::{Intervals, Number, float_key, normalise_text};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// One entry of a set with its literals looked up.
pub(super) enum Entry {
    /// One value.
    Value(Literal),
    /// A bare word.
    Word(crate::syntax::ast::Path),
    /// From one literal to another.
    Range {
        from: Option<Literal>,
        to: Option<Literal>,
        includes_end: bool,
        span: Span,
    },
}

/// The values of a set.
pub(super) enum Values<'a> {
    /// Written here.
    Entries(Vec<Entry>),
    /// A named list, and where it is named.
    List(&'a List, Span),
}

impl<'a> Scope<'a> {
    /// `x in …`
    pub(super) fn is_in(&mut self, subject: &Expr, set: &Set, span: Span) -> Option<ConditionKind> {
        let subject_span = subject.span;
        let subject = self.subject(subject);
        let days = match &subject {
            Some(Subject::Quantity(Quantity::Part(TimePart::Weekday, _))) => with_day_numbers(set),
            Some(_) | None => None,
        };
        let values = self.values(days.as_ref().unwrap_or(set));
        let (subject, values) = (subject?, values?);
        let question = match subject {
            Subject::Field(id) => {
                let field = self.field(id)?;
                if let Type::List { .. } = field.kind {
                    let name = &field.name;
                    self.report(mismatch(
                        subject_span,
                        say!("`{name}` is a list", "`{name}` 是列表"),
                        say!(
                            "write `{name} has any of (…)`",
                            "请写 `{name} 含有 任一 (…)`"
                        ),
                    ));
                    return None;
                }
                self.among(id, &field.kind, &values, span)?.of_field(id)
            }
            Subject::Lower(id) => {
                let texts = self.texts(id, TextView::Exact, &values)?;
                Question::Text(id, self.one_of(TextView::Lower, texts))
            }
            Subject::Quantity(quantity) => self.quantity_in(quantity, &values, span)?,
        };
        Some(ConditionKind::Ask(question))
    }

    /// The values of a set; parameters are put in, limits are kept, duplicates are told.
    pub(super) fn values(&mut self, set: &Set) -> Option<Values<'a>> {
        match set {
            Set::Range(range) => Some(Values::Entries(vec![self.range_entry(range)?])),
            Set::Inline(entries, span) => self.inline(entries, *span).map(Values::Entries),
            Set::Value(expr) => self.named_list(expr),
        }
    }

    fn inline(&mut self, entries: &[SetEntry], span: Span) -> Option<Vec<Entry>> {
        if entries.is_empty() {
            self.report(
                Diagnostic::new(
                    Code::EmptySet,
                    span,
                    say!("nothing is in an empty list", "空列表不含任何值"),
                )
                .label(say!("no value", "没有值"))
                .help(say!(
                    "write the values, or `is missing` for blanks",
                    "请写出值；要判断空白请用“为空”"
                )),
            );
            return None;
        }
        if entries.len() > MOST_INLINE_VALUES {
            self.report(too_many(span));
            return None;
        }
        let checked: Vec<Option<Entry>> = entries.iter().map(|entry| self.entry(entry)).collect();
        let checked: Vec<Entry> = checked.into_iter().collect::<Option<_>>()?;
        self.warn_duplicates(&checked);
        Some(checked)
    }

    pub(super) fn entry(&mut self, entry: &SetEntry) -> Option<Entry> {
        match entry {
            SetEntry::Range(range) => self.range_entry(range),
            SetEntry::Value(expr) => match self.right(expr)? {
                Right::Literal(literal) => Some(Entry::Value(literal)),
                Right::Word(path) => Some(Entry::Word(path.clone())),
                Right::Other(other) => {
                    self.report(mismatch(
                        other.span,
                        say!("not a value", "不是值"),
                        say!(
                            "a list in parentheses holds plain values",
                            "括号里只能写普通的值"
                        ),
                    ));
                    None
                }
            },
        }
    }

    fn range_entry(&mut self, range: &Range) -> Option<Entry> {
        let from = self.range_end(range.from.as_deref());
        let to = self.range_end(range.to.as_deref());
        Some(Entry::Range {
            from: from?,
            to: to?,
            includes_end: range.includes_end,
            span: range.span,
        })
    }

    fn range_end(&mut self, end: Option<&Expr>) -> Option<Option<Literal>> {
        let Some(end) = end else { return Some(None) };
        match self.right(end)? {
            Right::Literal(literal) => Some(Some(literal)),
            Right::Word(_) | Right::Other(_) => {
                self.report(mismatch(
                    end.span,
                    say!("not a value", "不是值"),
                    say!(
                        "a range goes from one number, date or version to another",
                        "范围的两端应为数字、日期或版本号"
                    ),
                ));
                None
            }
        }
    }

    fn warn_duplicates(&mut self, entries: &[Entry]) {
        let mut seen = HashSet::new();
        for entry in entries {
            let (text, span) = match entry {
                // 1 and 1.0 are one value.
                Entry::Value(Literal {
                    kind: LiteralKind::Number(number),
                    span,
                }) => (number.reduced().to_string(), *span),
                Entry::Value(literal) => match literal_text(literal) {
                    Some(text) => (normalise_text(&text).into_owned(), literal.span),
                    None => continue,
                },
                Entry::Word(path) => (path_name(path).to_string(), path.span),
                Entry::Range { .. } => continue,
            };
            let shown = crate::diag::escape_controls(&text);
            if !seen.insert(text) {
                self.report(stands_twice(&shown, span));
            }
        }
    }

    /// A bare name without parentheses is always a list; periods are stretches of time.
    fn named_list(&mut self, expr: &Expr) -> Option<Values<'a>> {
        match &expr.kind {
            ExprKind::Name(path) => {
                let name = path_name(path);
                if let Some(list) = self.rules.lists.get(name.as_str()) {
                    self.uses.borrow_mut().lists.insert(name);
                    return Some(Values::List(list, path.span));
                }
                if self.memory.broken.contains(&name) {
                    return None;
                }
                if self.rules.segment_names.contains_key(&name) {
                    self.report(mismatch(
                        path.span,
                        say!("a segment", "这是一个人群"),
                        say!(
                            "a segment stands alone: combine it with and, or, not",
                            "人群单独使用，请用且、或、非组合"
                        ),
                    ));
                    return None;
                }
                let known = self.rules.lists.keys().map(Name::as_str);
                let unknown = Unknown {
                    code: Code::UnknownList,
                    what: say!("list", "名单"),
                    name: name.as_str(),
                    span: path.span,
                };
                let mut diagnostic = self.memory.unknown(unknown, known);
                if diagnostic.fixes.is_empty() {
                    diagnostic = diagnostic
                        .help(say!(
                            "for one value write `= {name}` or `in ({name})`",
                            "单个值请写 `= {name}` 或 `在 ({name})`"
                        ))
                        .unsafe_fix(
                            say!("put it in parentheses", "加上括号"),
                            vec![replace(path.span, &format!("({name})"))],
                        );
                }
                self.report(diagnostic);
                None
            }
            ExprKind::Literal(literal) => {
                Some(Values::Entries(vec![Entry::Value(literal.clone())]))
            }
            ExprKind::Group(inner) => self.named_list(inner),
            _ => {
                self.report(mismatch(
                    expr.span,
                    say!("no values", "不是值"),
                    say!(
                        "write a range, values in parentheses, or a list's name",
                        "请写范围、括号里的值或名单名"
                    ),
                ));
                None
            }
        }
    }

    /// Whether a value of a type is among the values.
    pub(super) fn among(
        &mut self,
        id: FieldId,
        kind: &Type,
        values: &Values,
        span: Span,
    ) -> Option<ElementTest> {
        match kind {
            Type::Bool => {
                self.report(mismatch(
                    span,
                    say!("yes or no needs no list", "是非字段不需要列表"),
                    say!("write `= true` or `= false`", "请写 `= 真` 或 `= 假`"),
                ));
                None
            }
            Type::Int(_) | Type::Decimal { .. } | Type::Float(_) => {
                self.numbers(kind, values).map(ElementTest::Number)
            }
            Type::Date(_) | Type::Datetime(_) => self.times(id, values).map(ElementTest::Time),
            Type::Text { .. } | Type::OneOf(_) | Type::Id => {
                let view = self.view(id);
                let texts = self.texts(id, view, values)?;
                Some(ElementTest::Text(self.one_of(view, texts)))
            }
            Type::Region { .. } => self.places(id, values).map(ElementTest::Region),
            Type::Version => self.versions(values).map(ElementTest::Version),
            Type::List { .. } => None,
        }
    }

    fn numbers(&mut self, kind: &Type, values: &Values) -> Option<Intervals> {
        let entries = match values {
            Values::List(list, span) => return self.listed_numbers(kind, list, *span),
            Values::Entries(entries) => entries,
        };
        let mut all = Intervals::none();
        let mut is_good = true;
        for entry in entries {
            match self.number_entry(kind, entry) {
                Some(set) => all = all.union(&set),
                None => is_good = false,
            }
        }
        is_good.then_some(all)
    }

    fn number_entry(&mut self, kind: &Type, entry: &Entry) -> Option<Intervals> {
        match entry {
            Entry::Value(literal) => {
                let number = self.number_of(literal)?;
                self.number_set(kind, Comparison::Equal, &number, literal.span)
            }
            Entry::Word(path) => {
                self.report(mismatch(
                    path.span,
                    say!("no number", "不是数字"),
                    say!("the field holds numbers", "该字段是数字"),
                ));
                None
            }
            Entry::Range {
                from,
                to,
                includes_end,
                span,
            } => {
                let set = self.number_range(kind, from.as_ref(), to.as_ref(), *includes_end)?;
                if set.is_empty() {
                    self.report_empty(from.as_ref(), to.as_ref(), *includes_end, *span);
                    return None;
                }
                self.declared_value(kind, &set, *span)?;
                Some(set)
            }
        }
    }

    pub(super) fn report_empty(
        &mut self,
        from: Option<&Literal>,
        to: Option<&Literal>,
        includes_end: bool,
        span: Span,
    ) {
        let diagnostic = Diagnostic::new(
            Code::EmptyRange,
            span,
            say!("no value lies in this range", "没有值落在这个范围内"),
        );
        let texts = (from.and_then(literal_text), to.and_then(literal_text));
        let numbers = (
            from.map(|literal| &literal.kind),
            to.map(|literal| &literal.kind),
        );
        let is_reversed = match numbers {
            (Some(LiteralKind::Number(from)), Some(LiteralKind::Number(to))) => from > to,
            _ => true,
        };
        let diagnostic = match texts {
            (Some(from), Some(to)) if is_reversed => {
                let dots = if includes_end { ".." } else { "..<" };
                let turned = format!("{to}{dots}{from}");
                diagnostic
                    .label(say!("{from} is above {to}", "{from} 大于 {to}"))
                    .help(say!("write {turned}", "请写 {turned}"))
                    .unsafe_fix(
                        say!("turn it around", "调换两端"),
                        vec![replace(span, &turned)],
                    )
            }
            _ => diagnostic
                .label(say!("empty", "空范围"))
                .help(say!("widen the range", "请扩大范围")),
        };
        self.report(diagnostic);
    }

    fn listed_numbers(&mut self, kind: &Type, list: &List, span: Span) -> Option<Intervals> {
        let mut pairs = Vec::with_capacity(list.values.len());
        for text in list.values.iter() {
            let number = match kind {
                Type::Float(_) => crate::value::parse_float(text).map(float_key),
                Type::Decimal { places, .. } => crate::value::parse_decimal(text, *places),
                _ => crate::value::parse_int(text),
            };
            match number {
                Some(number) => pairs.push((number, number)),
                None => {
                    self.report_listed(text, span);
                    return None;
                }
            }
        }
        Some(Intervals::new(pairs))
    }

    pub(super) fn report_listed(&mut self, text: &str, span: Span) {
        let shown: String = crate::diag::escape_controls(text)
            .chars()
            .take(40)
            .collect();
        self.report(super::problem::bad_value(
            span,
            say!("the list holds `{shown}`", "名单里有 `{shown}`"),
            say!(
                "the list's values must fit the field",
                "名单的值必须与字段类型相符"
            ),
        ));
    }

    pub(super) fn texts(
        &mut self,
        id: FieldId,
        view: TextView,
        values: &Values,
    ) -> Option<Vec<Arc<str>>> {
        match values {
            Values::List(list, span) => {
                let kind = self.field(id).map(|field| element_kind(&field.kind));
                if let Some(Type::OneOf(known)) = kind
                    && let Some(odd) = list.values.iter().find(|text| !known.contains(text))
                {
                    self.report_listed(odd, *span);
                    return None;
                }
                let texts = list.values.iter();
                Some(texts.map(|text| self.viewed(view, text.clone())).collect())
            }
            Values::Entries(entries) => {
                let texts: Vec<Option<Arc<str>>> = entries
                    .iter()
                    .map(|entry| self.text_entry(id, entry))
                    .collect();
                texts.into_iter().collect()
            }
        }
    }

    fn text_entry(&mut self, id: FieldId, entry: &Entry) -> Option<Arc<str>> {
        match entry {
            Entry::Value(literal) => self.literal_for(id, literal),
            Entry::Word(path) => self.word_for(id, path),
            Entry::Range { span, .. } => {
                self.report(mismatch(
                    *span,
                    say!("text has no order", "文本没有大小之分"),
                    say!("list the values", "请逐个列出值"),
                ));
                None
            }
        }
    }

    fn places(&mut self, id: FieldId, values: &Values) -> Option<BTreeSet<RegionCode>> {
        let codes: Vec<Option<RegionCode>> = match values {
            Values::List(list, span) => list
                .values
                .iter()
                .map(|text| self.listed_place(id, text, *span))
                .collect(),
            Values::Entries(entries) => entries
                .iter()
                .map(|entry| match entry {
                    Entry::Value(literal) => self.place_literal(id, literal),
                    Entry::Word(path) => {
                        let word = path_name(path);
                        self.not_glued(path)?;
                        self.warn_ambiguous(path, word.as_str());
                        self.place(id, word.as_str(), path.span)
                    }
                    Entry::Range { span, .. } => {
                        self.report(mismatch(
                            *span,
                            say!("places have no order", "地区没有大小之分"),
                            say!("list the places", "请逐个列出地区"),
                        ));
                        None
                    }
                })
                .collect(),
        };
        codes.into_iter().collect()
    }
}

/// A set with the days of the week in it as numbers.
fn with_day_numbers(set: &Set) -> Option<Set> {
    let mut set = set.clone();
    let ranges = |range: &mut Range| {
        let ends = [&mut range.from, &mut range.to];
        ends.into_iter().flatten().for_each(|end| name_to_day(end));
    };
    match &mut set {
        Set::Range(range) => ranges(range),
        Set::Inline(entries, _) => {
            for entry in entries {
                match entry {
                    SetEntry::Range(range) => ranges(range),
                    SetEntry::Value(value) => name_to_day(value),
                }
            }
        }
        Set::Value(_) => return None,
    }
    Some(set)
}

fn name_to_day(expr: &mut Expr) {
    if let ExprKind::Name(path) = &expr.kind
        && let Some(day) = weekday_of(path)
    {
        expr.kind = ExprKind::Literal(Literal {
            kind: LiteralKind::Number(Number::new(i128::from(day), 0)),
            span: expr.span,
        });
    }
}

/// A value that a list holds already.
pub(super) fn stands_twice(shown: &str, span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::DuplicateValue,
        span,
        say!("`{shown}` stands here twice", "`{shown}` 重复出现"),
    )
    .label(say!("again", "再次出现"))
    .help(say!("delete one", "请删去一个"))
}

impl Entry {
    pub(super) fn clone_entry(&self) -> Entry {
        match self {
            Entry::Value(literal) => Entry::Value(literal.clone()),
            Entry::Word(path) => Entry::Word(path.clone()),
            Entry::Range {
                from,
                to,
                includes_end,
                span,
            } => Entry::Range {
                from: from.clone(),
                to: to.clone(),
                includes_end: *includes_end,
                span: *span,
            },
        }
    }
}

impl ElementTest {
    /// The question about a field that holds one such value.
    fn of_field(self, id: FieldId) -> Question {
        match self {
            ElementTest::Number(set) => Question::Number(id, set),
            ElementTest::Time(set) => Question::Time(id, set),
            ElementTest::Text(test) => Question::Text(id, test),
            ElementTest::Region(codes) => Question::Region(id, codes),
            ElementTest::Version(ranges) => Question::Version(id, ranges),
        }
    }
}
