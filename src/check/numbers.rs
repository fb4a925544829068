//! Number literals as sets of a field's units.

use super::condition::Scope;
use super::problem::mismatch;
use crate::diag::{Code, Diagnostic};
use crate::say;
use crate::schema::Type;
use crate::source::Span;
use crate::syntax::ast::{Comparison, Expr, ExprKind, Literal, LiteralKind, Range};
use crate::value::{Intervals, Number, float_key};

/// A range of plain literals; `ends` gives the lowest unit not below a number and the highest not
/// above it. `None` when an end is no number literal.
pub(super) fn literal_range(
    range: &Range,
    ends: impl Fn(&Number) -> (i64, i64),
) -> Option<Intervals> {
    let number = |end: &Option<Box<Expr>>| -> Option<Option<Number>> {
        match end {
            None => Some(None),
            Some(expr) => plain_number(expr).map(Some),
        }
    };
    let (from, to) = (number(&range.from)?, number(&range.to)?);
    Some(number_interval(
        from.as_ref(),
        to.as_ref(),
        range.includes_end,
        ends,
    ))
}

fn plain_number(expr: &Expr) -> Option<Number> {
    match &expr.kind {
        ExprKind::Literal(Literal {
            kind: LiteralKind::Number(number),
            ..
        }) => Some(*number),
        ExprKind::Negate(inner) => {
            plain_number(inner).map(|number| Number::new(-number.digits, number.scale))
        }
        ExprKind::Group(inner) => plain_number(inner),
        _ => None,
    }
}

/// The units between two numbers.
pub(super) fn number_interval(
    from: Option<&Number>,
    to: Option<&Number>,
    includes_end: bool,
    ends: impl Fn(&Number) -> (i64, i64),
) -> Intervals {
    let low = from.map_or(i64::MIN, |from| ends(from).0);
    let high = to.map_or(i64::MAX, |to| {
        let (above, below) = ends(to);
        // Exact at this many places: leaving the end out is one unit less.
        if !includes_end && above == below {
            below.saturating_sub(1)
        } else {
            below
        }
    });
    Intervals::new(vec![(low, high)])
}

/// How a number field counts: the lowest unit not below a number and the highest not above it.
pub(super) fn unit_ends(kind: &Type) -> Option<impl Fn(&Number) -> (i64, i64)> {
    let places = match kind {
        Type::Int(_) => Some(0),
        Type::Decimal { places, .. } => Some(*places),
        Type::Float(_) => None,
        _ => return None,
    };
    Some(move |number: &Number| match places {
        Some(places) => (number.ceil_at(places), number.floor_at(places)),
        None => {
            let key = float_key(number.to_f64());
            (key, key)
        }
    })
}

/// The values a number field may have.
pub(super) fn declared(kind: &Type) -> Option<&Intervals> {
    match kind {
        Type::Int(range) | Type::Float(range) | Type::Decimal { range, .. } => Some(range),
        _ => None,
    }
}

impl Scope<'_> {
    /// A comparison of a number field with a literal, as the set of its units.
    pub(super) fn number_set(
        &mut self,
        kind: &Type,
        operator: Comparison,
        number: &Number,
        span: Span,
    ) -> Option<Intervals> {
        let ends = unit_ends(kind)?;
        if !fits(kind, number) {
            // Beyond every cell: all lie on one side of it.
            let is_above = number.digits > 0;
            return match operator {
                Comparison::Equal | Comparison::NotEqual => {
                    self.report_outside(kind, span);
                    None
                }
                Comparison::Less | Comparison::LessOrEqual => Some(all_if(is_above)),
                Comparison::Greater | Comparison::GreaterOrEqual => Some(all_if(!is_above)),
            };
        }
        let (above, below) = ends(number);
        self.warn_inexact(kind, above != below, span);
        Some(match operator {
            Comparison::Equal | Comparison::NotEqual => {
                let set = match above == below {
                    true => Intervals::single(above),
                    false => Intervals::none(),
                };
                self.declared_value(kind, &set, span)?;
                set
            }
            Comparison::Less => Intervals::at_most(match above == below {
                true => below.saturating_sub(1),
                false => below,
            }),
            Comparison::LessOrEqual => Intervals::at_most(below),
            Comparison::Greater => Intervals::at_least(match above == below {
                true => above.saturating_add(1),
                false => above,
            }),
            Comparison::GreaterOrEqual => Intervals::at_least(above),
        })
    }

    /// A value that lies outside what the schema declares can never be found.
    pub(super) fn declared_value(
        &mut self,
        kind: &Type,
        set: &Intervals,
        span: Span,
    ) -> Option<()> {
        let range = declared(kind)?;
        if set.is_empty() || !range.intersect(set).is_empty() {
            return Some(());
        }
        self.report_outside(kind, span);
        None
    }

    fn report_outside(&mut self, kind: &Type, span: Span) {
        let shown: Vec<String> = declared(kind)
            .into_iter()
            .flat_map(Intervals::iter)
            .map(|(from, to)| shown_range(kind, from, to))
            .collect();
        let label = match shown.join(", ").as_str() {
            // No range is declared: what 64 bits hold is the limit.
            ".." => say!("too large for the field", "超出该字段能表示的范围"),
            shown => say!("outside {shown}", "不在 {shown} 之内"),
        };
        self.report(
            Diagnostic::new(
                Code::OutOfRange,
                span,
                say!("no contact can have this value", "没有联系人会有这个值"),
            )
            .label(label)
            .help(say!(
                "change the value, or the range in the schema",
                "请修改这个值，或修改档案中的范围"
            )),
        );
    }

    /// A literal between two values of the field is compared exactly; that is said.
    pub(super) fn warn_inexact(&mut self, kind: &Type, is_between: bool, span: Span) {
        if !is_between {
            return;
        }
        let places = match kind {
            Type::Decimal { places, .. } => *places,
            _ => 0,
        };
        self.report(
            Diagnostic::new(
                Code::InexactLiteral,
                span,
                say!("more places than the field has", "小数位数超过该字段"),
            )
            .label(say!("the field has {places}", "该字段有 {places} 位小数"))
            .help(say!(
                "it is compared exactly: no cell equals it",
                "按精确值比较：没有单元格等于它"
            )),
        );
    }

    /// A number literal, reported when it is something else.
    pub(super) fn number_of(&mut self, literal: &Literal) -> Option<Number> {
        match &literal.kind {
            LiteralKind::Number(number) => Some(*number),
            LiteralKind::Text(_) => {
                self.report(mismatch(
                    literal.span,
                    say!("a text", "这是文本"),
                    say!("write the number without quotes", "请写数字，不要加引号"),
                ));
                None
            }
            _ => {
                self.report(mismatch(
                    literal.span,
                    say!("no number", "不是数字"),
                    say!("the field holds numbers", "该字段是数字"),
                ));
                None
            }
        }
    }
}

/// Whether a number lies inside what 64 bits of units hold.
pub(super) fn fits(kind: &Type, number: &Number) -> bool {
    if matches!(kind, Type::Float(_)) {
        return true;
    }
    let places = match kind {
        Type::Decimal { places, .. } => *places,
        _ => 0,
    };
    let floor = number.floor_at(places);
    floor != i64::MIN && floor != i64::MAX
}

/// Every cell, or none.
fn all_if(is_all: bool) -> Intervals {
    match is_all {
        true => Intervals::all(),
        false => Intervals::none(),
    }
}

fn shown_range(kind: &Type, from: i64, to: i64) -> String {
    let shown = |units: i64| match kind {
        Type::Decimal { places, .. } => Number::new(i128::from(units), *places).to_string(),
        Type::Float(_) => crate::value::float_of_key(units).to_string(),
        _ => units.to_string(),
    };
    let from = if from == i64::MIN {
        String::new()
    } else {
        shown(from)
    };
    let to = if to == i64::MAX {
        String::new()
    } else {
        shown(to)
    };
    format!("{from}..{to}")
}
