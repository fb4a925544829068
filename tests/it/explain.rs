//! Why somebody is in or out, what would change it, and who is in only because something is missing:
//! compared with row evaluation on generated input, and as the command prints it.

use super::cli::run;
use super::generate::{INTS, TAGS, cells, clock, rules};
use proptest::prelude::*;
use segrule::analyze::{Certainty, nearest};
use segrule::check::typed::{Condition, ConditionKind, RuleSet};
use segrule::dag::{Dag, Root};
use segrule::eval::columnar::{Program, Worker};
use segrule::eval::row::{Contact, RowEvaluator, Verdict, is_quarantined};
use segrule::name::FieldId;
use segrule::table::Chunk;
use segrule::value::{Clock, Value, float_key};
use serde_json::Value as Json;
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

/// The condition with every question that is unknown answered no, unless it is about the field.
fn unknown_about(
    rules: &RuleSet,
    clock: &Clock,
    condition: &Condition,
    field: FieldId,
    contact: Contact,
) -> Condition {
    let all = |of: &[Condition]| -> Vec<Condition> {
        of.iter()
            .map(|part| unknown_about(rules, clock, part, field, contact))
            .collect()
    };
    let kind = match &condition.kind {
        ConditionKind::And(of) => ConditionKind::And(all(of)),
        ConditionKind::Or(of) => ConditionKind::Or(all(of)),
        ConditionKind::Not(inner) => {
            ConditionKind::Not(Box::new(all(std::slice::from_ref(inner)).remove(0)))
        }
        ConditionKind::Count {
            relation,
            count,
            of,
        } => ConditionKind::Count {
            relation: *relation,
            count: *count,
            of: all(of),
        },
        ConditionKind::Segment(id) => {
            return unknown_about(
                rules,
                clock,
                &rules.segments[id.index()].condition,
                field,
                contact,
            );
        }
        ConditionKind::Ask(question) => {
            let verdict = RowEvaluator::new(rules, clock, contact).verdict(condition);
            let is_about =
                question.fields().contains(&field) && contact.cell(field) == Value::Missing;
            match verdict.kleene {
                None if !is_about => ConditionKind::Nobody,
                _ => condition.kind.clone(),
            }
        }
        kind => kind.clone(),
    };
    Condition {
        kind,
        span: condition.span,
    }
}

/// Every part that decides does, and every other does not: its answer is turned around by force.
fn check_deciding(condition: &Condition, verdict: &Verdict) {
    let of = match &condition.kind {
        ConditionKind::And(of) | ConditionKind::Or(of) | ConditionKind::Count { of, .. } => of,
        _ => return,
    };
    let forced = |turned: usize| -> Vec<Condition> {
        let answers = verdict.parts.iter().enumerate();
        answers
            .map(|(index, part)| Condition {
                kind: match part.is_in != (index == turned) {
                    true => ConditionKind::Everyone,
                    false => ConditionKind::Nobody,
                },
                span: part.span,
            })
            .collect()
    };
    let rules = RuleSet::default();
    let clock = Clock {
        now: segrule::value::Instant(0),
        zone: segrule::value::Zone::utc(),
    };
    for (index, (part, inner)) in verdict.parts.iter().zip(of).enumerate() {
        let kind = match &condition.kind {
            ConditionKind::And(_) => ConditionKind::And(forced(index)),
            ConditionKind::Or(_) => ConditionKind::Or(forced(index)),
            ConditionKind::Count {
                relation, count, ..
            } => ConditionKind::Count {
                relation: *relation,
                count: *count,
                of: forced(index),
            },
            kind => kind.clone(),
        };
        let turned = Condition {
            kind,
            span: condition.span,
        };
        let contact = Contact { id: ID, cells: &[] };
        let is_in = RowEvaluator::new(&rules, &clock, contact).is_in(&turned);
        assert_eq!(part.is_deciding, is_in != verdict.is_in, "{condition:?}");
        check_deciding(inner, part);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, ..ProptestConfig::default() })]

    #[test]
    fn missing_values_are_laid_to_the_field_that_carries_them(
        rules in rules(),
        clock in clock(),
        contacts in prop::collection::vec(cells(), 70),
    ) {
        let segment = &rules.segments[3];
        let mut dag = Dag::new(clock.clone());
        let segments = dag.add_segments(&rules);
        let whole = segments[3].clone();
        let fields: Vec<FieldId> = segment.reads.iter().copied().collect();
        let by_field = fields.iter().map(|field| Root {
            certain: dag.certain_about(whole.node, *field),
            ..whole.clone()
        });
        let roots: Vec<Root> = by_field.collect();
        let program = Program::new(&dag, &rules.schema, &roots);
        let rows: Vec<(&str, &[Value])> = contacts.iter().map(|cells| (ID, cells.as_slice())).collect();
        let chunk = Chunk::from_rows(&rules.schema, program.projection(), &rows);
        let answers = Worker::new(&program).answer(&chunk);
        for (field, answer) in fields.iter().zip(&answers) {
            // A list that a sum counts has 0 elements when it is missing, which is known.
            if [TAGS, INTS].contains(field) {
                continue;
            }
            for (row, cells) in contacts.iter().enumerate() {
                let contact = Contact { id: ID, cells };
                if !answer.members.get(row) {
                    continue;
                }
                let about = unknown_about(&rules, &clock, &segment.condition, *field, contact);
                let kleene = RowEvaluator::new(&rules, &clock, contact).verdict(&about).kleene;
                prop_assert_eq!(answer.certain().get(row), kleene == Some(true), "{:?} {:?}", field, cells);
            }
        }
    }

    #[test]
    fn the_parts_that_decide_are_those_that_would_turn_the_answer(
        rules in rules(),
        clock in clock(),
        contact in cells(),
    ) {
        let contact = Contact { id: ID, cells: &contact };
        let condition = &rules.segments[3].condition;
        let mut evaluator = RowEvaluator::new(&rules, &clock, contact);
        check_deciding(condition, &evaluator.verdict(condition));
        let (plain, explained) = (evaluator.verdict(condition), evaluator.explained(condition));
        prop_assert_eq!((plain.is_in, plain.kleene), (explained.is_in, explained.kleene));
        check_entered(&explained);
    }
}

/// The condition of a segment that was entered has the segment's answer.
fn check_entered(verdict: &Verdict) {
    if verdict.segment.is_some() {
        for inner in &verdict.parts {
            assert_eq!((inner.is_in, inner.kleene), (verdict.is_in, verdict.kleene));
        }
    }
    verdict.parts.iter().for_each(check_entered);
}

fn explain(args: &[&str]) -> (i32, String) {
    let demo = [
        "--rules",
        "rules/demo",
        "--data",
        "rules/demo/contacts.csv",
        "--now",
        "2026-11-22T09:00+08:00",
        "--zone",
        "Asia/Shanghai",
    ];
    let found = run(&[&["explain"], args, &demo].concat());
    (found.code, found.out + &found.err)
}

fn explain_json(args: &[&str]) -> Json {
    let (code, out) = explain(&[args, &["--format", "json"]].concat());
    assert_eq!(code, 0, "{out}");
    serde_json::from_str(out.lines().next().unwrap()).unwrap()
}

#[test]
fn an_explanation_enters_segments_counts_and_complements() {
    let (code, out) = explain(&["reachable_students", "--contact", "c00002"]);
    assert_eq!(code, 0, "{out}");
    for line in [
        "      ✗ beijing_students\n        ✗ region = Beijing and age",
        "      ✗ not zombies\n        ✓ zombies\n          ✓ not (last_login within 30d)",
        "✗ (last_login within 30d)   [last_login = missing]",
    ] {
        assert!(out.contains(line), "{out}");
    }
    let (_, out) = explain(&["engaged", "--contact", "c00003"]);
    assert!(
        out.contains("=>    ✗ 活跃\n=>      ✗ 最近活跃 within 72h"),
        "{out}"
    );
    assert!(out.contains("      ✓ tags has \"高价值\""), "{out}");
    let (_, out) = explain(&["beijing_students", "--contact", "c01499"]);
    assert!(
        out.contains("quarantined from beijing_students: invalid"),
        "{out}"
    );
}

#[test]
fn the_nearest_change_is_told_with_both_values() {
    let found = explain_json(&["beijing_students", "--contact", "c00000"]);
    assert_eq!(
        found["nearest"],
        serde_json::json!({
            "would_be": "in", "proved": true, "why": null,
            "changes": [{"cells": [
                {"field": "last_visit", "from": "直播间", "to": "课程页", "any_other": false}
            ]}],
        })
    );
    let found = explain_json(&[
        "--where",
        "age > 30 or tags has \"学生\"",
        "--contact",
        "c00001",
    ]);
    let cells = &found["nearest"]["changes"][0]["cells"];
    assert_eq!(cells[0]["field"], "tags");
    assert_eq!(
        (&cells[0]["from"], &found["answer"]),
        (&Json::from("学生"), &Json::from("in"))
    );
    let found = explain_json(&[
        "--where",
        "spend > 1102.71 and orders in 3..9",
        "--contact",
        "c00001",
    ]);
    let cells = &found["nearest"]["changes"][0]["cells"];
    assert_eq!(cells[0]["to"], "1102.72");
    let (_, out) = explain(&["--lang", "zh", "beijing_students", "--contact", "c00001"]);
    assert!(
        out.contains("以下任一改动便会落选：\n    - age: 19 → 17\n"),
        "{out}"
    );
    assert!(
        out.contains("    - last_visit: 课程页 → 其他任何值\n"),
        "{out}"
    );
    let (_, out) = explain(&["trial", "--contact", "c00001"]);
    assert!(out.contains("no change of values would put it in"), "{out}");
}

#[test]
fn people_who_are_in_because_something_is_missing_are_listed() {
    let expression = "not (age > 30 and last_visit = \"课程页\")";
    let found = explain_json(&["--where", expression, "--missing", "--limit", "3"]);
    let count = |key: &str| found[key].as_u64().unwrap();
    assert_eq!(found["contacts"].as_array().unwrap().len(), 3);
    assert_eq!(count("more") + 3, count("missing_included"));
    let by_field: u64 = found["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| field["contacts"].as_u64().unwrap())
        .sum();
    // With two questions nobody hangs on both fields singly.
    assert_eq!(by_field + count("together"), count("missing_included"));
    assert_eq!(
        found["contacts"][1],
        serde_json::json!({"id": "c00034", "fields": ["age", "last_visit"], "together": true})
    );
    let counted = run(&[
        "count",
        "--where",
        expression,
        "--rules",
        "rules/demo",
        "--data",
        "rules/demo/contacts.csv",
        "--format",
        "json",
    ]);
    let counted: Json = serde_json::from_str(&counted.out).unwrap();
    assert_eq!(
        counted["segments"][0]["missing_included"],
        found["missing_included"]
    );
    let (_, out) = explain(&["--lang", "zh", "zombies", "--missing", "--limit", "1"]);
    assert!(
        out.starts_with("zombies 共 3,918 人，其中 548 人只因缺失值而入选\n"),
        "{out}"
    );
    assert!(out.contains("另有 547 人（--limit 可多列）"), "{out}");
    let (_, out) = explain(&["beijing_students", "--missing"]);
    assert!(
        out.starts_with(
            "nobody is in beijing_students only because a value is missing (876 members)"
        ),
        "{out}"
    );
}
