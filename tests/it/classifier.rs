//! The classifier of single contacts is compared with row evaluation on generated input.

use super::generate::{cells, clock, rules};
use proptest::prelude::*;
use segrule::check::typed::RuleSet;
use segrule::dag::{Dag, Root};
use segrule::eval::classifier::Classifier;
use segrule::eval::columnar::{Program, Worker};
use segrule::eval::row::{Contact, RowEvaluator, is_quarantined};
use segrule::name::SegmentId;
use segrule::table::Chunk;
use segrule::value::{Clock, Value};
use std::collections::BTreeSet;

/// The members and the quarantined by definition.
fn by_rows(rules: &[RuleSet], clock: &Clock, contact: Contact) -> (Vec<u32>, Vec<u32>) {
    let (mut members, mut quarantined) = (Vec::new(), Vec::new());
    let mut place = 0;
    for rules in rules {
        let mut evaluator = RowEvaluator::new(rules, clock, contact);
        for (index, segment) in rules.segments.iter().enumerate() {
            if is_quarantined(&segment.reads, &contact) {
                quarantined.push(place);
            } else if evaluator.is_member(SegmentId::from_index(index)) {
                members.push(place);
            }
            place += 1;
        }
    }
    (members, quarantined)
}

fn compile(rules: &[RuleSet], clock: &Clock) -> (Dag, Vec<Root>) {
    let mut dag = Dag::new(clock.clone());
    let roots = rules.iter().flat_map(|rules| dag.add_segments(rules));
    let roots = roots.collect();
    (dag, roots)
}

fn named(number: usize, mut cells: Vec<Value>) -> (String, Vec<Value>) {
    let id = format!("c{number}");
    cells[0] = Value::Text(id.as_str().into());
    (id, cells)
}

fn agree(rules: &[RuleSet], clock: &Clock, rows: Vec<Vec<Value>>) -> Result<(), TestCaseError> {
    let (dag, roots) = compile(rules, clock);
    let classifier = Classifier::new(&dag, &rules[0].schema, &roots);
    let mut matcher = classifier.matcher();
    let rows = rows.into_iter().enumerate();
    let rows: Vec<(String, Vec<Value>)> = rows.map(|(number, row)| named(number, row)).collect();
    // Columns are asked about very many questions too.
    let program = Program::new(&dag, &rules[0].schema, &roots);
    let borrowed: Vec<(&str, &[Value])> = rows.iter().map(|(id, row)| (&**id, &**row)).collect();
    let chunk = Chunk::from_rows(&rules[0].schema, program.projection(), &borrowed);
    let answers = Worker::new(&program).answer(&chunk);
    for (row, (id, cells)) in rows.iter().enumerate() {
        let contact = Contact { id, cells };
        let (members, quarantined) = by_rows(rules, clock, contact);
        let columns = (0u32..).zip(&answers);
        let columns = columns.filter(|(_, answer)| answer.members.get(row));
        let columns: Vec<u32> = columns.map(|(place, _)| place).collect();
        prop_assert_eq!(&columns, &members, "columns, {:?}", cells);
        // The second time everything comes from what is remembered.
        for _ in 0..2 {
            let found = matcher.classify(&contact);
            prop_assert_eq!(found.members, &members[..], "{:?}", cells);
            prop_assert_eq!(found.quarantined, &quarantined[..], "{:?}", cells);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn few_conditions_answer_as_rows_do(
        rules in rules(),
        clock in clock(),
        rows in prop::collection::vec(cells(), 1..12),
    ) {
        agree(std::slice::from_ref(&rules), &clock, rows)?;
    }

    #[test]
    fn many_conditions_answer_as_rows_do(
        rules in prop::collection::vec(rules(), 8..30),
        clock in clock(),
        rows in prop::collection::vec(cells(), 1..12),
    ) {
        agree(&rules, &clock, rows)?;
    }
}

#[test]
fn no_condition_has_no_member() {
    let clock = Clock {
        now: segrule::value::Instant(0),
        zone: segrule::value::Zone::utc(),
    };
    let classifier = Classifier::new(&Dag::new(clock), &super::generate::schema(), &[]);
    let contact = Contact {
        id: "1",
        cells: &[],
    };
    let mut matcher = classifier.matcher();
    let found = matcher.classify(&contact);
    assert_eq!((found.members, found.quarantined), (&[][..], &[][..]));
    assert_eq!(
        BTreeSet::from([classifier.root_count()]),
        BTreeSet::from([0])
    );
}
