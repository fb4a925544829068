//! All segments related with each other: against single proofs on generated rules, and at size.

use super::cli::{folder, run_in};
use super::generate::{clock, conditions, rules};
use proptest::prelude::*;
use segrule::analyze::{Answer, Claim, Prover, Related, Relation, relations};
use segrule::check::typed::{RuleSet, Segment};
use segrule::name::{Name, SegmentId};
use segrule::value::Clock;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Rules with a few more segments.
fn more(mut rules: RuleSet, conditions: Vec<segrule::check::typed::Condition>) -> RuleSet {
    let reads: BTreeSet<_> = rules.schema.iter().map(|(id, _)| id).collect();
    for condition in conditions {
        let name = Name::new(&format!("more{}", rules.segments.len()));
        rules.segments.push(Segment {
            name,
            title: None,
            doc: None,
            span: condition.span,
            name_span: condition.span,
            condition,
            reads: reads.clone(),
        });
    }
    rules.declared = (0..rules.segments.len())
        .map(SegmentId::from_index)
        .collect();
    rules
}

/// How two segments stand to each other by single proofs; none when something is undecided.
fn proved(
    rules: &RuleSet,
    clock: &Clock,
    left: SegmentId,
    right: SegmentId,
) -> Option<Option<Relation>> {
    let mut prover = Prover::new(rules, clock.clone());
    let (left, right) = (
        &rules.segment(left).unwrap().condition,
        &rules.segment(right).unwrap().condition,
    );
    let mut holds = |claim: Claim| match prover.prove(claim) {
        Answer::Holds => Some(true),
        Answer::Fails(_) => Some(false),
        Answer::Undecided(_) => None,
    };
    let inside = holds(Claim::Implies(left, right))?;
    let contains = holds(Claim::Implies(right, left))?;
    let disjoint = holds(Claim::Disjoint(left, right))?;
    Some(match (inside, contains, disjoint) {
        (true, true, _) => Some(Relation::Equal),
        (true, ..) => Some(Relation::Inside),
        (_, true, _) => Some(Relation::Contains),
        (.., true) => Some(Relation::Disjoint),
        _ => None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn relations_are_those_of_single_proofs(
        rules in rules(),
        clock in clock(),
        others in prop::collection::vec(conditions(4), 3),
    ) {
        let rules = more(rules, others);
        let found = relations(&rules, clock.clone(), &BTreeSet::new());
        let is_open = |id: &SegmentId| !found.never.contains(id) && !found.always.contains(id);
        let open: Vec<SegmentId> = rules.declared.iter().copied().filter(is_open).collect();
        prop_assert_eq!(found.pairs as usize, open.len() * open.len().saturating_sub(1) / 2);
        for (at, &left) in open.iter().enumerate() {
            for &right in &open[at + 1..] {
                let is_pair = |pair: &&Related| (pair.left, pair.right) == (left, right);
                let told = found.related.iter().find(is_pair).map(|pair| pair.relation);
                let is_undecided = found.undecided.iter().any(|pair| (pair.0, pair.1) == (left, right));
                if let Some(wanted) = proved(&rules, &clock, left, right) {
                    let is_right = told == wanted || is_undecided;
                    prop_assert!(is_right, "{told:?} {wanted:?}");
                }
            }
        }
        for (ids, claim) in [(&found.never, true), (&found.always, false)] {
            for id in ids {
                let condition = &rules.segment(*id).unwrap().condition;
                let claim = match claim {
                    true => Claim::Never(condition),
                    false => Claim::Always(condition),
                };
                let answer = Prover::new(&rules, clock.clone()).prove(claim);
                prop_assert_eq!(answer, Answer::Holds);
            }
        }
    }
}

/// Segments as people write many of: places, ages, devices, tags, times, put together in turn.
fn many(count: usize) -> String {
    let places = [
        "北京",
        "上海",
        "广东",
        "广东/深圳",
        "广东/广州",
        "浙江",
        "浙江/杭州",
        "四川",
    ];
    let devices = ["android", "ios", "harmony", "pc"];
    let mut text = "schema contact {
  id: id
  region: region
  age: int 0..150
  device: one of (android, ios, harmony, pc)
  spend: decimal(2)
  orders: int 0..
  seen: datetime
  tags: list of text
  blocked: bool
}
"
    .to_string();
    let mut state = 7u64;
    let mut next = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for number in 0..count {
        let from = next(60);
        let (to, spend) = (from + 1 + next(30), next(50) * 100);
        let clauses = [
            format!("region = \"{}\"", places[next(places.len())]),
            format!("age in {from}..{to}"),
            format!("device in ({}, {})", devices[next(4)], devices[next(4)]),
            format!("spend > {spend}"),
            format!("(orders >= {} or spend > {spend}.50)", 1 + next(9)),
            format!("seen within {}d", 1 + next(90)),
            format!("tags has \"t{}\"", next(20)),
            "not blocked".to_string(),
        ];
        let chosen: Vec<&str> = (0..3)
            .map(|_| clauses[next(clauses.len())].as_str())
            .collect();
        writeln!(text, "segment s{number} = {}", chosen.join(" and ")).unwrap();
    }
    text
}

#[test]
fn hundreds_of_segments_are_related_with_few_proofs() {
    let count = 300;
    let place = folder(&[("a.seg", &many(count))]);
    let paths = [place.path().join("a.seg")];
    let workspace = segrule::workspace::Workspace::load(
        &paths,
        &Default::default(),
        &Default::default(),
        None,
        None,
    )
    .unwrap();
    assert!(!workspace.has_errors());
    let clock = Clock {
        now: segrule::value::Instant(1_795_309_200_000),
        zone: segrule::value::Zone::utc(),
    };
    let found = relations(&workspace.rules, clock, &BTreeSet::new());
    assert_eq!(found.undecided, []);
    assert!(found.pairs > 40_000, "{}", found.pairs);
    assert!(found.related.len() > 5_000, "{}", found.related.len());
    // A member and an outsider of each, and hardly more.
    assert!(found.proofs < 3 * count, "{}", found.proofs);
}

const RULES: &str = "schema contact { id: id  age: int 0..150  city: text }
segment grown = age >= 18
segment young = age in 18..24
segment twenty = age in 20..20
segment 二十 = age = 20
segment child = age < 18
segment ghost = age > 3 and age < 2
segment x = city = x
";

#[test]
fn all_segments_are_related_from_the_command_line() {
    let place = folder(&[("a.seg", RULES)]);
    let prove = |arguments: &[&str]| {
        run_in(
            place.path(),
            &[&["prove", "--rules", "a.seg"], arguments].concat(),
        )
    };
    let found = prove(&["--all"]);
    assert_eq!(found.code, 0, "{}", found.err);
    insta::assert_snapshot!("relations", found.out);
    insta::assert_snapshot!("relations_zh", prove(&["--all", "--lang", "zh"]).out);
    let found = prove(&["--all", "child", "--format", "json"]);
    let json: Json = serde_json::from_str(&found.out).unwrap();
    assert_eq!(json["pairs"], 5);
    assert_eq!(json["never"], serde_json::json!(["ghost"]));
    assert_eq!(json["related"].as_array().unwrap().len(), 4);
    assert_eq!(json["related"][0]["relation"], "disjoint");
    assert_eq!(prove(&["--all", "nobody_knows"]).code, 2);
    assert_eq!(prove(&[]).code, 2);
    // A claim needs no quotes around it.
    assert_eq!(prove(&["young", "implies", "grown"]).code, 0);
}
