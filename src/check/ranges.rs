//! Sets of times, versions and computed numbers.

use super::condition::Scope;
use super::functions::weekday_named;
use super::problem::mismatch;
use super::schemas::path_name;
use super::sets::{Entry, Values};
use super::texts::version_range;
use super::times::{comparison_range, is_empty, moment_range};
use super::typed::{NumberRange, Quantity, Question, TimeRange, TimeSet, VersionRange};
use crate::name::FieldId;
use crate::say;
use crate::source::Span;
use crate::syntax::ast::Comparison;
use crate::value::{Date, Number, Version};

impl Scope<'_> {
    pub(super) fn times(&mut self, id: FieldId, values: &Values) -> Option<TimeSet> {
        let mut ranges = Vec::new();
        match values {
            Values::List(list, span) => {
                for text in list.values.iter() {
                    let moment = match Date::parse(text) {
                        Some(date) => Some(super::typed::Moment::Date(date)),
                        None => super::times::moment_of(text),
                    };
                    match moment {
                        Some(moment) => ranges.push(comparison_range(Comparison::Equal, moment)),
                        None => {
                            self.report_listed(text, *span);
                            return None;
                        }
                    }
                }
            }
            Values::Entries(entries) => {
                let checked: Vec<Option<TimeRange>> = entries
                    .iter()
                    .map(|entry| self.time_entry(id, entry))
                    .collect();
                ranges = checked.into_iter().collect::<Option<_>>()?;
            }
        }
        Some(TimeSet::Ranges(ranges))
    }

    fn time_entry(&mut self, id: FieldId, entry: &Entry) -> Option<TimeRange> {
        match entry {
            Entry::Value(literal) => {
                let moment = self.moment(id, literal)?;
                Some(comparison_range(Comparison::Equal, moment))
            }
            Entry::Word(path) => {
                self.report(mismatch(
                    path.span,
                    say!("no time", "不是时间"),
                    say!(
                        "write dates such as 2026-11-22, or periods such as today",
                        "请写日期（如 2026-11-22）或时段（如 today）"
                    ),
                ));
                None
            }
            Entry::Range {
                from,
                to,
                includes_end,
                span,
            } => {
                let from_moment = from.as_ref().map(|literal| self.moment(id, literal));
                let to_moment = to.as_ref().map(|literal| self.moment(id, literal));
                let (from_moment, to_moment) = (all_or_none(from_moment)?, all_or_none(to_moment)?);
                if let (Some(first), Some(last)) = (&from_moment, &to_moment)
                    && is_empty(first, last, *includes_end)
                {
                    self.report_empty(from.as_ref(), to.as_ref(), *includes_end, *span);
                    return None;
                }
                Some(moment_range(from_moment, to_moment, *includes_end))
            }
        }
    }

    pub(super) fn versions(&mut self, values: &Values) -> Option<Vec<VersionRange>> {
        let ranges: Vec<Option<VersionRange>> = match values {
            Values::List(list, span) => list
                .values
                .iter()
                .map(|text| match Version::parse(text) {
                    Some(version) => Some(version_range(Comparison::Equal, version)),
                    None => {
                        self.report_listed(text, *span);
                        None
                    }
                })
                .collect(),
            Values::Entries(entries) => entries
                .iter()
                .map(|entry| self.version_entry(entry))
                .collect(),
        };
        ranges.into_iter().collect()
    }

    fn version_entry(&mut self, entry: &Entry) -> Option<VersionRange> {
        match entry {
            Entry::Value(literal) => {
                let version = self.version_of(literal)?;
                Some(version_range(Comparison::Equal, version))
            }
            Entry::Word(path) => {
                self.report(mismatch(
                    path.span,
                    say!("no version", "不是版本号"),
                    say!(
                        "write the version in quotes, such as \"8.0.30\"",
                        "请写带引号的版本号，如 \"8.0.30\""
                    ),
                ));
                None
            }
            Entry::Range {
                from,
                to,
                includes_end,
                span,
            } => {
                let low = from.as_ref().map(|literal| self.version_of(literal));
                let high = to.as_ref().map(|literal| self.version_of(literal));
                let (low, high) = (all_or_none(low)?, all_or_none(high)?);
                if let (Some(first), Some(last)) = (&low, &high)
                    && (first > last || first == last && !includes_end)
                {
                    self.report_empty(from.as_ref(), to.as_ref(), *includes_end, *span);
                    return None;
                }
                Some(VersionRange {
                    from: low.map(|version| (version, true)),
                    to: high.map(|version| (version, *includes_end)),
                })
            }
        }
    }

    pub(super) fn quantity_in(
        &mut self,
        quantity: Quantity,
        values: &Values,
        span: Span,
    ) -> Option<Question> {
        let Values::Entries(entries) = values else {
            self.report(mismatch(
                span,
                say!("a computed number", "这是计算出的数字"),
                say!(
                    "write numbers or ranges in parentheses",
                    "请在括号里写数字或范围"
                ),
            ));
            return None;
        };
        let ranges: Vec<Option<NumberRange>> = entries
            .iter()
            .map(|entry| self.quantity_entry(&quantity, entry))
            .collect();
        let ranges = ranges.into_iter().collect::<Option<_>>()?;
        Some(Question::Within(Box::new(quantity), ranges))
    }

    fn quantity_entry(&mut self, quantity: &Quantity, entry: &Entry) -> Option<NumberRange> {
        let one = |number: Number| NumberRange {
            from: Some(number),
            to: Some(number),
            includes_end: true,
        };
        match entry {
            Entry::Value(literal) => {
                let number = self.number_of(literal)?;
                self.possible_part(quantity, &number, literal.span)?;
                Some(one(number))
            }
            Entry::Word(path) => {
                let help = match weekday_named(path_name(path).as_str()) {
                    Some(_) => say!(
                        "days of the week go with `weekday(x)`",
                        "星期只能用于 `weekday(x)`"
                    ),
                    None => say!("write a number", "请写数字"),
                };
                self.report(mismatch(path.span, say!("no number", "不是数字"), help));
                None
            }
            Entry::Range {
                from,
                to,
                includes_end,
                span,
            } => {
                let low = from.as_ref().map(|literal| self.number_of(literal));
                let high = to.as_ref().map(|literal| self.number_of(literal));
                let (low, high) = (all_or_none(low)?, all_or_none(high)?);
                if let (Some(first), Some(last)) = (&low, &high)
                    && (first > last || first == last && !includes_end)
                {
                    self.report_empty(from.as_ref(), to.as_ref(), *includes_end, *span);
                    return None;
                }
                Some(NumberRange {
                    from: low,
                    to: high,
                    includes_end: *includes_end,
                })
            }
        }
    }
}

/// `None` when one end was wrong; `Some(None)` when there is no end.
fn all_or_none<T>(end: Option<Option<T>>) -> Option<Option<T>> {
    match end {
        None => Some(None),
        Some(None) => None,
        Some(Some(value)) => Some(Some(value)),
    }
}
