//! Row evaluation is the definition; columnar evaluation is compared with it on generated input.

use super::generate::{INT, cells, clock, condition, dirty, rules, schema, span};
use proptest::prelude::*;
use segrule::check::typed::*;
use segrule::dag::{Dag, Root};
use segrule::eval::columnar::{Program, Worker};
use segrule::eval::row::{Contact, RowEvaluator, is_quarantined};
use segrule::name::{Name, SegmentId};
use segrule::table::{Bitmap, Chunk};
use segrule::value::*;
use std::collections::BTreeSet;

struct Expected {
    members: Bitmap,
    quarantined: Bitmap,
    certain: Bitmap,
}

fn by_rows(rules: &RuleSet, clock: &Clock, rows: &[(String, Vec<Value>)]) -> Vec<Expected> {
    let segments = rules.segments.iter().enumerate();
    segments
        .map(|(index, segment)| {
            let mut expected = Expected {
                members: Bitmap::default(),
                quarantined: Bitmap::default(),
                certain: Bitmap::default(),
            };
            for (id, cells) in rows {
                let contact = Contact { id, cells };
                let is_out = is_quarantined(&segment.reads, &contact);
                let mut evaluator = RowEvaluator::new(rules, clock, contact);
                let verdict = evaluator.verdict(&segment.condition);
                let is_member = evaluator.is_member(SegmentId::from_index(index));
                assert_eq!(verdict.is_in, is_member);
                expected.quarantined.push(is_out);
                expected.members.push(verdict.is_in && !is_out);
                expected
                    .certain
                    .push(verdict.is_in && verdict.kleene == Some(true) && !is_out);
            }
            expected
        })
        .collect()
}

fn borrowed(rows: &[(String, Vec<Value>)]) -> Vec<(&str, &[Value])> {
    rows.iter().map(|(id, cells)| (&**id, &**cells)).collect()
}

fn numbered(cells: Vec<Vec<Value>>) -> Vec<(String, Vec<Value>)> {
    cells
        .into_iter()
        .enumerate()
        .map(|(index, mut cells)| {
            let id = format!("c{index}");
            cells[0] = Value::Text(id.as_str().into());
            (id, cells)
        })
        .collect()
}

fn compile(rules: &RuleSet, clock: &Clock) -> (Dag, Vec<Root>) {
    let mut dag = Dag::new(clock.clone());
    let roots = dag.add_segments(rules);
    (dag, roots)
}

/// A segment for each set of numbers of one field: more ends than a byte can count.
fn thresholds(sets: Vec<Vec<(i64, i64)>>) -> RuleSet {
    let mut rules = RuleSet {
        schema: schema(),
        ..RuleSet::default()
    };
    for (index, set) in sets.into_iter().enumerate() {
        let ranges = set.into_iter().map(|(from, width)| (from, from + width));
        let set = Intervals::new(ranges.collect());
        rules.segments.push(Segment {
            name: Name::new(&format!("s{index}")),
            title: None,
            doc: None,
            span: span(),
            name_span: span(),
            condition: condition(ConditionKind::Ask(Question::Number(INT, set))),
            reads: BTreeSet::from([INT]),
        });
    }
    rules
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn columns_answer_as_rows_do(
        rules in rules(),
        clock in clock(),
        cells in prop::collection::vec(cells(), 0..150),
        cut in 1usize..100,
    ) {
        let rows = numbered(cells);
        let (dag, roots) = compile(&rules, &clock);
        let program = Program::new(&dag, &rules.schema, &roots);
        let mut worker = Worker::new(&program);
        let expected = by_rows(&rules, &clock, &rows);
        let mut start = 0;
        for part in rows.chunks(cut) {
            let chunk = Chunk::from_rows(&rules.schema, program.projection(), &borrowed(part));
            let answers = worker.answer(&chunk);
            let mut packed = chunk.clone();
            packed.pack();
            prop_assert_eq!(&worker.answer(&packed), &answers);
            for (answer, expected) in answers.iter().zip(&expected) {
                prop_assert_eq!(answer.member_count, answer.members.count());
                for row in 0..part.len() {
                    prop_assert_eq!(answer.members.get(row), expected.members.get(start + row), "member, row {}", start + row);
                    prop_assert_eq!(answer.quarantined.get(row), expected.quarantined.get(start + row), "quarantined");
                    let certain = answer.certain().get(row);
                    let is_certain = expected.certain.get(start + row);
                    prop_assert_eq!(certain, is_certain, "certain, row {}", start + row);
                }
            }
            start += part.len();
        }
    }

    #[test]
    fn many_thresholds_on_one_column_answer_as_rows_do(
        sets in prop::collection::vec(prop::collection::vec((-3_000i64..3_000, 0i64..900), 1..3), 200..400),
        numbers in prop::collection::vec(dirty((-3_500i64..4_500).prop_map(Value::Int)), 1..200),
        clock in clock(),
    ) {
        let rules = thresholds(sets);
        let rows = numbered(numbers.into_iter().map(|number| vec![Value::Missing, number]).collect());
        let (dag, roots) = compile(&rules, &clock);
        let program = Program::new(&dag, &rules.schema, &roots);
        let chunk = Chunk::from_rows(&rules.schema, program.projection(), &borrowed(&rows));
        let mut worker = Worker::new(&program);
        let answers = worker.answer(&chunk);
        let mut packed = chunk.clone();
        packed.pack();
        prop_assert_eq!(&worker.answer(&packed), &answers);
        for (answer, expected) in answers.iter().zip(by_rows(&rules, &clock, &rows)) {
            for row in 0..rows.len() {
                prop_assert_eq!(answer.members.get(row), expected.members.get(row), "row {}", row);
                prop_assert_eq!(answer.quarantined.get(row), expected.quarantined.get(row));
            }
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter(
        rules in rules(),
        clock in clock(),
        cells in prop::collection::vec(cells(), 1..90),
    ) {
        let rows = numbered(cells);
        let (dag, roots) = compile(&rules, &clock);
        let program = Program::new(&dag, &rules.schema, &roots);
        let members = |rows: &[(String, Vec<Value>)]| {
            let chunk = Chunk::from_rows(&rules.schema, program.projection(), &borrowed(rows));
            let answers = Worker::new(&program).answer(&chunk);
            let ids = |answer: &segrule::eval::columnar::Answers| -> BTreeSet<String> {
                answer.members.rows().map(|row| rows[row].0.clone()).collect()
            };
            answers.iter().map(ids).collect::<Vec<_>>()
        };
        let mut turned = rows.clone();
        turned.reverse();
        let middle = turned.len() / 2;
        turned.rotate_left(middle);
        prop_assert_eq!(members(&rows), members(&turned));
    }

    #[test]
    fn a_condition_and_its_complement_share_out_everyone(
        rules in rules(),
        clock in clock(),
        cells in prop::collection::vec(cells(), 1..80),
    ) {
        let rows = numbered(cells);
        let segment = &rules.segments[3];
        let complement = condition(ConditionKind::Not(Box::new(segment.condition.clone())));
        for (id, cells) in &rows {
            let mut evaluator = RowEvaluator::new(&rules, &clock, Contact { id, cells });
            prop_assert_ne!(evaluator.is_in(&segment.condition), evaluator.is_in(&complement));
        }
    }

    #[test]
    fn de_morgan_holds(
        rules in rules(),
        clock in clock(),
        cells in prop::collection::vec(cells(), 1..40),
    ) {
        let rows = numbered(cells);
        let not = |of: Condition| condition(ConditionKind::Not(Box::new(of)));
        let (a, b) = (rules.segments[2].condition.clone(), rules.segments[3].condition.clone());
        let left = not(condition(ConditionKind::And(vec![a.clone(), b.clone()])));
        let right = condition(ConditionKind::Or(vec![not(a), not(b)]));
        for (id, cells) in &rows {
            let mut evaluator = RowEvaluator::new(&rules, &clock, Contact { id, cells });
            prop_assert_eq!(evaluator.is_in(&left), evaluator.is_in(&right));
        }
    }

    #[test]
    fn a_name_equals_its_text(
        rules in rules(),
        clock in clock(),
        cells in prop::collection::vec(cells(), 1..40),
    ) {
        let rows = numbered(cells);
        let named = condition(ConditionKind::Segment(SegmentId(3)));
        let (mut dag, roots) = compile(&rules, &clock);
        let reads = rules.segments[3].reads.clone();
        let by_name = dag.add(&rules, &roots, &named, &reads);
        prop_assert_eq!(&by_name, &roots[3]);
        for (id, cells) in &rows {
            let mut evaluator = RowEvaluator::new(&rules, &clock, Contact { id, cells });
            prop_assert_eq!(evaluator.is_in(&named), evaluator.is_in(&rules.segments[3].condition));
        }
    }
}

#[test]
fn a_chain_of_fifty_doublings_costs_fifty_nodes() {
    let mut rules = RuleSet {
        schema: schema(),
        ..RuleSet::default()
    };
    let ask = |number| {
        condition(ConditionKind::Ask(Question::Number(
            INT,
            Intervals::single(number),
        )))
    };
    for index in 0..50u32 {
        let kind = match index.checked_sub(1) {
            None => ask(1).kind,
            Some(before) => {
                let named = || condition(ConditionKind::Segment(SegmentId(before)));
                ConditionKind::Or(vec![
                    named(),
                    condition(ConditionKind::And(vec![named(), ask(i64::from(index))])),
                ])
            }
        };
        rules.segments.push(Segment {
            name: Name::new(&format!("s{index}")),
            title: None,
            doc: None,
            span: span(),
            name_span: span(),
            condition: condition(kind),
            reads: BTreeSet::from([INT]),
        });
    }
    let clock = Clock {
        now: Instant(0),
        zone: Zone::utc(),
    };
    let (dag, roots) = compile(&rules, &clock);
    assert!(dag.len() < 250, "{} nodes", dag.len());
    let cells = vec![Value::Missing, Value::Int(1)];
    let mut evaluator = RowEvaluator::new(
        &rules,
        &clock,
        Contact {
            id: "1",
            cells: &cells,
        },
    );
    assert!(evaluator.is_member(SegmentId(49)));
    assert_eq!(roots.len(), 50);
}

#[test]
fn parts_say_together_what_the_whole_does() {
    let sets = (0..300i64).map(|at| vec![(at * 17 % 900 - 300, at % 50), (at * 31 % 700, 3)]);
    let rules = thresholds(sets.collect());
    let numbers = (0..30_000i64).map(|row| match row % 97 {
        0 if row > 20_000 => Value::Invalid,
        1 => Value::Missing,
        _ => Value::Int(row * row % 1_301 - 350),
    });
    let rows = numbered(numbers.map(|number| vec![Value::Missing, number]).collect());
    let clock = Clock {
        now: Instant(0),
        zone: Zone::utc(),
    };
    let (dag, roots) = compile(&rules, &clock);
    let program = Program::new(&dag, &rules.schema, &roots);
    let mut chunk = Chunk::from_rows(&rules.schema, program.projection(), &borrowed(&rows));
    chunk.duplicates = Bitmap::from_fn(rows.len(), |row| row % 1_000 == 999);
    let mut worker = Worker::new(&program);
    let whole = worker.answer(&chunk);
    // Memory that other answers have left something in.
    let mut answers = whole.clone();
    let mut parts = Vec::new();
    worker.answer_parts(&chunk, &mut answers, |rows, answers| {
        for (answer, whole) in answers.iter().zip(&whole) {
            for (at, row) in rows.clone().enumerate() {
                assert_eq!(answer.members.get(at), whole.members.get(row), "row {row}");
                assert_eq!(answer.quarantined.get(at), whole.quarantined.get(row));
            }
            assert_eq!(answer.members.len(), rows.len());
        }
        parts.push(rows);
    });
    assert!(parts.len() > 1, "{parts:?}");
    assert!(parts.windows(2).all(|pair| pair[0].end == pair[1].start));
    assert_eq!(parts.last().map(|rows| rows.end), Some(rows.len()));
    for (segment, answer) in rules.segments.iter().zip(&whole) {
        let ConditionKind::Ask(Question::Number(_, set)) = &segment.condition.kind else {
            unreachable!("segments of thresholds ask about numbers");
        };
        for (row, (_, cells)) in rows.iter().enumerate() {
            let passes = matches!(&cells[1], Value::Int(number) if set.contains(*number));
            let is_live = row % 1_000 != 999;
            assert_eq!(answer.members.get(row), passes && is_live, "row {row}");
            let is_invalid = cells[1] == Value::Invalid;
            assert_eq!(answer.quarantined.get(row), is_invalid && is_live);
        }
    }
}
