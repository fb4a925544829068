//! What the contacts show about rules: values nobody has while others have nearly the same, days that
//! stand for nothing, fields that are hardly ever there.
//!
//! Only fields that rules read are looked at.

use super::Rules;
use super::literal::{Written, written};
use crate::diag::{Code, Diagnostic, Edit, Phrase, Severity, escape_controls};
use crate::name::FieldId;
use crate::say;
use crate::schema::Type;
use crate::source::Span;
use crate::syntax::ast::{FieldItem, Item};
use crate::table::FieldProfile;
use crate::value::{Date, Value, fold_text, grouped};
use indexmap::IndexMap;
use std::collections::{BTreeSet, HashMap};

/// What the cells of the fields look like that rules read.
pub type Profiles = IndexMap<FieldId, FieldProfile>;

/// Values offered.
const MOST_OFFERED: usize = 3;

/// A field with at least this share of its cells missing is mostly missing, in per cent.
const MOSTLY_PERCENT: u64 = 90;

/// Contacts below which shares mean little.
const LEAST_CONTACTS: u64 = 20;

/// Values compared letter by letter in search of a typing mistake.
const MOST_COMPARED: usize = 20_000;

/// Days that no date of a person's is: a record of databases, spreadsheets or forms.
const NEVER: [(i32, u8, u8); 9] = [
    (1, 1, 1),
    (1753, 1, 1),
    (1899, 12, 30),
    (1899, 12, 31),
    (1900, 1, 1),
    (2099, 12, 31),
    (2999, 12, 31),
    (9999, 1, 1),
    (9999, 12, 31),
];

/// Days that may be real, and are not when very many have them.
const SELDOM: [(i32, u8, u8); 5] = [
    (1969, 12, 31),
    (1970, 1, 1),
    (1980, 1, 1),
    (2000, 1, 1),
    (2038, 1, 19),
];

/// What the contacts show.
pub fn data(rules: Rules, profiles: &Profiles) -> Vec<Diagnostic> {
    let mut found = unseen(rules, profiles);
    let places = Places::new(rules);
    for (id, profile) in profiles {
        let Some(place) = places.of(*id) else {
            continue;
        };
        let Some(field) = rules.typed.schema.field(*id) else {
            continue;
        };
        let name = field.name.as_str();
        found.extend(mostly_missing(name, &field.kind, &place, profile));
        if matches!(field.kind, Type::Date(_) | Type::Datetime(_)) {
            found.extend(sentinels(name, &field.kind, &place, profile));
        }
    }
    found
}

/// Where a field is spoken of: where it is declared, else where it is first read.
struct Place<'a> {
    span: Span,
    item: Option<&'a FieldItem>,
}

struct Places<'a> {
    declared: HashMap<FieldId, &'a FieldItem>,
    read: HashMap<FieldId, Span>,
}

impl<'a> Places<'a> {
    fn new(rules: Rules<'a>) -> Places<'a> {
        let mut places = Places {
            declared: HashMap::new(),
            read: HashMap::new(),
        };
        for item in rules.items() {
            let Item::Schema(schema) = item else {
                continue;
            };
            for field in &schema.fields {
                let parts = field.path.parts.iter().map(|part| &*part.text);
                let name = parts.collect::<Vec<_>>().join(".");
                let id = rules.typed.schema.find(&name);
                places.declared.extend(id.map(|id| (id, field)));
            }
        }
        for segment in &rules.typed.segments {
            segment.condition.visit(&mut |part| {
                if let crate::check::typed::ConditionKind::Ask(question) = &part.kind {
                    for field in question.fields() {
                        places.read.entry(field).or_insert(part.span);
                    }
                }
            });
        }
        places
    }

    fn of(&self, id: FieldId) -> Option<Place<'a>> {
        let item = self.declared.get(&id).copied();
        let span = item.map(|item| item.path.span);
        let span = span.or_else(|| self.read.get(&id).copied())?;
        Some(Place { span, item })
    }
}

/// Values that no contact has, while some have nearly the same.
fn unseen(rules: Rules, profiles: &Profiles) -> Vec<Diagnostic> {
    let mut known: HashMap<FieldId, Values> = HashMap::new();
    let mut found = Vec::new();
    for written in written(rules).iter().filter(|written| written.is_whole) {
        let Some(profile) = profiles.get(&written.field) else {
            continue;
        };
        if !profile.is_complete || profile.values.is_empty() {
            continue;
        }
        let values = known
            .entry(written.field)
            .or_insert_with(|| Values::new(profile, written.is_folded));
        if !values.has(written) {
            found.extend(tell_unseen(rules, written, values));
        }
    }
    found
}

/// The texts in rules of which the contacts say whether they are right: nothing more need be said of how
/// they are written.
pub fn judged(rules: Rules, profiles: &Profiles) -> BTreeSet<Span> {
    let is_known = |written: &Written| {
        let profile = profiles.get(&written.field);
        written.is_whole && profile.is_some_and(|profile| profile.is_complete)
    };
    let written = written(rules).into_iter().filter(is_known);
    written.map(|written| written.span).collect()
}

/// The values of one field.
struct Values<'p> {
    is_folded: bool,
    counts: HashMap<String, u64>,
    /// By what is left of them without case, width and blanks; the most frequent first.
    plain: HashMap<String, Vec<(&'p str, u64)>>,
    all: Vec<(&'p str, u64)>,
}

impl<'p> Values<'p> {
    fn new(profile: &'p FieldProfile, is_folded: bool) -> Values<'p> {
        let mut values = Values {
            is_folded,
            counts: HashMap::new(),
            plain: HashMap::new(),
            all: Vec::new(),
        };
        for (value, count) in &profile.values {
            let Value::Text(text) = value else {
                continue;
            };
            let text: &str = text;
            *values.counts.entry(values.seen(text)).or_default() += count;
            let plain = values.plain.entry(plain(text)).or_default();
            plain.push((text, *count));
            values.all.push((text, *count));
        }
        values
    }

    fn seen(&self, text: &str) -> String {
        match self.is_folded {
            true => fold_text(text).into_owned(),
            false => text.to_string(),
        }
    }

    fn has(&self, written: &Written) -> bool {
        self.counts.contains_key(&self.seen(&written.text))
    }
}

/// A text without case, width and blanks.
fn plain(text: &str) -> String {
    let folded = fold_text(text);
    folded.chars().filter(|c| !c.is_whitespace()).collect()
}

fn tell_unseen(rules: Rules, written: &Written, values: &Values) -> Option<Diagnostic> {
    let (near, severity, label) = match values.plain.get(&plain(&written.text)) {
        Some(same) => (
            same.clone(),
            Severity::Warning,
            say!(
                "differs by case, width or blanks",
                "仅大小写、全半角或空白不同"
            ),
        ),
        None => (
            one_letter_away(&written.text, &values.all),
            Severity::Note,
            say!("differs by one letter", "仅差一个字"),
        ),
    };
    let (first, _) = *near.first()?;
    let field = rules.typed.schema.field(written.field)?;
    let (name, text) = (&field.name, escape_controls(&written.text));
    let offers: Vec<String> = near
        .iter()
        .take(MOST_OFFERED)
        .map(|(value, count)| format!("\"{}\" ({})", escape_controls(value), grouped(*count)))
        .collect();
    let (en, zh) = (offers.join(", "), offers.join("、"));
    let mut diagnostic = Diagnostic::new(
        Code::UnseenValue,
        written.span,
        say!(
            "no contact has \"{text}\" as `{name}`, but {en}",
            "没有联系人的 `{name}` 是 \"{text}\"，但有 {zh}"
        ),
    )
    .label(label)
    .help(say!(
        "write it as the contacts have it; `text folded` in the schema makes case and width the same",
        "请按联系人数据书写；在档案里声明 `text folded` 可不分大小写与全半角"
    ));
    diagnostic.severity = severity;
    if first.contains(['"', '\\']) || first.contains(crate::diag::is_hidden) {
        return Some(diagnostic);
    }
    let edit = Edit {
        span: written.span,
        text: format!("\"{first}\""),
    };
    Some(diagnostic.unsafe_fix(say!("write \"{first}\"", "写成 \"{first}\""), vec![edit]))
}

/// Values that one letter more, less or other makes of a text; digits are never taken for a mistake.
fn one_letter_away<'p>(text: &str, values: &[(&'p str, u64)]) -> Vec<(&'p str, u64)> {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() < 3 || values.len() > MOST_COMPARED {
        return Vec::new();
    }
    let is_near = |(value, _): &&(&str, u64)| is_one_away(&letters, value);
    values.iter().filter(is_near).copied().collect()
}

fn is_one_away(letters: &[char], value: &str) -> bool {
    let other: Vec<char> = value.chars().collect();
    if letters.len().abs_diff(other.len()) > 1 {
        return false;
    }
    let same = |(a, b): &(&char, &char)| a == b;
    let start = letters.iter().zip(&other).take_while(same).count();
    let (left, right) = (letters.get(start..), other.get(start..));
    let (left, right) = (left.unwrap_or(&[]), right.unwrap_or(&[]));
    let end = left.iter().rev().zip(right.iter().rev());
    let end = end.take_while(same).count();
    let middle = |part: &[char]| {
        part.iter()
            .take(part.len() - end)
            .copied()
            .collect::<Vec<_>>()
    };
    let (left, right) = (middle(left), middle(right));
    let has_digit = left.iter().chain(&right).any(|c| c.is_numeric());
    left.len() <= 1 && right.len() <= 1 && !has_digit
}

fn mostly_missing(
    name: &str,
    kind: &Type,
    place: &Place,
    profile: &FieldProfile,
) -> Option<Diagnostic> {
    let FieldProfile {
        contacts, missing, ..
    } = *profile;
    let is_list = matches!(kind, Type::List { .. });
    let is_mostly = missing.saturating_mul(100) >= contacts.saturating_mul(MOSTLY_PERCENT);
    // A list without elements is an empty list, not an unknown one.
    if contacts < LEAST_CONTACTS || !is_mostly || (is_list && missing < contacts) {
        return None;
    }
    let is_all = missing == contacts;
    let (missing, contacts) = (grouped(missing), grouped(contacts));
    let mut diagnostic = Diagnostic::new(
        Code::MostlyMissing,
        place.span,
        match is_all {
            true => say!("no contact has `{name}`", "没有联系人有 `{name}`"),
            false => say!(
                "{missing} of {contacts} contacts have no `{name}`",
                "{contacts} 个联系人中有 {missing} 个没有 `{name}`"
            ),
        },
    )
    .label(say!("rules read it", "有规则用到它"))
    .help(say!(
        "look whether the data is complete; rules that compare it leave those people out, negated ones take them in",
        "请检查数据是否完整：用它比较的规则会漏掉这些人，否定的规则会包含这些人"
    ));
    if is_all {
        diagnostic.severity = Severity::Warning;
    }
    Some(diagnostic)
}

/// Days that very many contacts have and that stand for nothing.
fn sentinels(name: &str, kind: &Type, place: &Place, profile: &FieldProfile) -> Vec<Diagnostic> {
    let present = profile.contacts - profile.missing - profile.invalid;
    let distinct = profile.values.len() as u64;
    let day = |(year, month, day): &(i32, u8, u8)| Date::from_ymd(*year, *month, *day);
    let never: Vec<Date> = NEVER.iter().filter_map(day).collect();
    let seldom: Vec<Date> = SELDOM.iter().filter_map(day).collect();
    let is_sentinel = |date: &Date, count: u64| {
        let is_many = count >= 10
            && count.saturating_mul(100) >= present
            && count.saturating_mul(distinct) >= present.saturating_mul(10);
        (never.contains(date) && count >= 2) || (seldom.contains(date) && is_many)
    };
    let found = profile.values.iter().filter_map(|(value, count)| {
        let Value::Date(date) = value else {
            return None;
        };
        is_sentinel(date, *count).then_some((*date, *count))
    });
    let told = found.map(|(date, count)| {
        let (count, present) = (grouped(count), grouped(present));
        let diagnostic = Diagnostic::new(
            Code::SentinelDate,
            place.span,
            say!(
                "{count} of {present} dates in `{name}` are {date}",
                "`{name}` 的 {present} 个日期中有 {count} 个是 {date}"
            ),
        )
        .label(say!(
            "looks like a day that stands for nothing",
            "像是代表“无”的占位日期"
        ))
        .help(match kind {
            Type::Datetime(_) => say!(
                "if it does, say so where the field is declared: `missing when (…)` with the time as the cells have it",
                "若确为占位，请在声明字段处写 `missing when (…)`，时间与单元格中的一致"
            ),
            _ => say!(
                "if it does, say so where the field is declared: `missing when ({date})`",
                "若确为占位，请在声明字段处写 `missing when ({date})`"
            ),
        });
        match place.item.and_then(|item| missing_when(item, kind, date)) {
            Some(edit) => diagnostic.unsafe_fix(declared_missing(date), vec![edit]),
            None => diagnostic,
        }
    });
    told.collect()
}

fn declared_missing(date: Date) -> Phrase {
    say!("{date} is missing", "{date} 视为缺失")
}

/// Adds a day to what counts as missing. Of datetimes only the first instant of the day would count.
fn missing_when(item: &FieldItem, kind: &Type, date: Date) -> Option<Edit> {
    if !matches!(kind, Type::Date(_)) {
        return None;
    }
    let at = |span: Span, text: String| Edit {
        span: Span {
            start: span.end,
            ..span
        },
        text,
    };
    Some(match item.missing_when.last() {
        Some(last) => at(last.span, format!(", {date}")),
        None => at(item.kind.span, format!(" missing when ({date})")),
    })
}
