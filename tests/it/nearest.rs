//! The nearest changes that flip an answer, compared with row evaluation on generated input.

use super::generate::{cells, clock, rules};
use proptest::prelude::*;
use segrule::analyze::{Certainty, nearest};
use segrule::check::typed::{Condition, RuleSet};
use segrule::eval::row::{Contact, RowEvaluator, is_quarantined};
use segrule::name::FieldId;
use segrule::value::{Clock, Value, float_key};
use std::collections::BTreeSet;

const ID: &str = "c7";

/// Whether somebody is in, the quarantined out.
fn is_in(
    rules: &RuleSet,
    clock: &Clock,
    condition: &Condition,
    reads: &BTreeSet<FieldId>,
    cells: &[Value],
) -> bool {
    let contact = Contact { id: ID, cells };
    !is_quarantined(reads, &contact) && RowEvaluator::new(rules, clock, contact).is_in(condition)
}

/// A contact with some of its cells taken from another, as far as they are valid.
fn mixed(cells: &[Value], other: &[Value], fields: &[FieldId]) -> Vec<Value> {
    let mut mixed = cells.to_vec();
    for field in fields {
        let cell = &other[field.0 as usize];
        if *cell != Value::Invalid {
            mixed[field.0 as usize] = cell.clone();
        }
    }
    mixed
}

fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        Value::Decimal { units, .. } => Some(*units),
        Value::Float(number) => Some(float_key(*number)),
        Value::Date(date) => Some(i64::from(date.0)),
        Value::Instant(instant) => Some(instant.0),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn changes_flip_the_answer_and_nothing_smaller_does(
        rules in rules(),
        clock in clock(),
        mut contact in cells(),
        others in prop::collection::vec(cells(), 60),
    ) {
        contact[0] = Value::Text(ID.into());
        let segment = &rules.segments[3];
        let (condition, reads) = (&segment.condition, &segment.reads);
        let of = |cells: &[Value]| is_in(&rules, &clock, condition, reads, cells);
        let before = of(&contact);
        let found = nearest(&rules, &clock, condition, reads, Contact { id: ID, cells: &contact });
        prop_assert_eq!(found.would_be_in, !before);
        let count = found.flips.first().map(|flip| flip.cells.len());
        for flip in &found.flips {
            prop_assert_eq!(Some(flip.cells.len()), count);
            let mut cells = contact.clone();
            for cell in &flip.cells {
                prop_assert_ne!(&cells[cell.field.0 as usize], &cell.value);
                cells[cell.field.0 as usize] = cell.value.clone();
            }
            prop_assert_eq!(of(&cells), !before, "{:?}", flip);
        }
        let fields: Vec<FieldId> = reads.iter().copied().filter(|field| field.0 != 0).collect();
        for other in &others {
            for one in &flips_with_any_other(&found) {
                let cells = mixed(&contact, other, &[*one]);
                let value = &cells[one.0 as usize];
                let is_value = !matches!(value, Value::Missing | Value::Invalid);
                prop_assert!(!is_value || *value == contact[one.0 as usize] || of(&cells) != before);
            }
        }
        if found.certainty != Certainty::Proved {
            return Ok(());
        }
        for (index, other) in others.iter().enumerate() {
            if count.is_none() {
                prop_assert_eq!(of(&mixed(&contact, other, &fields)), before);
            } else if count > Some(1) {
                for field in &fields {
                    prop_assert_eq!(of(&mixed(&contact, other, &[*field])), before, "{:?}", field);
                }
            }
            if count > Some(2) {
                let pair: Vec<FieldId> = (0..2).map(|at| fields[(index + at) % fields.len()]).collect();
                prop_assert_eq!(of(&mixed(&contact, other, &pair)), before, "{:?}", pair);
            }
            for flip in found.flips.iter().filter(|flip| flip.cells.len() == 1) {
                let field = flip.cells[0].field;
                let number_of = |cells: &[Value]| number(&cells[field.0 as usize]);
                let (Some(old), Some(new)) = (number_of(&contact), number(&flip.cells[0].value)) else {
                    continue;
                };
                let is_closer = number_of(other)
                    .is_some_and(|there| there.abs_diff(old) < new.abs_diff(old));
                if is_closer {
                    prop_assert_eq!(of(&mixed(&contact, other, &[field])), before, "{:?}", other);
                }
            }
        }
    }
}

fn flips_with_any_other(found: &segrule::analyze::Nearest) -> Vec<FieldId> {
    let cells = found.flips.iter().flat_map(|flip| &flip.cells);
    let any = cells.filter(|cell| cell.is_any_other);
    any.map(|cell| cell.field).collect()
}
