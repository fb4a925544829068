//! Coverage of clauses by tests: against changed rules, on generated rules, and the command.

use super::cli::{folder, run, run_in};
use proptest::prelude::*;
use segrule::check::typed::{Condition, ConditionKind, RuleSet};
use segrule::diag::Lang;
use segrule::eval::row::{Contact, RowEvaluator};
use segrule::name::SegmentId;
use segrule::report::coverage::{CoverageReport, SideReport, SideState};
use segrule::ruletest::{Coverage, Outcome, run_tests};
use segrule::schema::CellContext;
use segrule::value::{Clock, Instant, Value, Zone};
use segrule::workspace::{Config, CoverOptions, Workspace, cover};
use serde_json::Value as Json;

const SCHEMA: &str = r#"schema contact {
  id: id
  age: int 0..150 missing when (-1)
  spend: decimal(2)
  weight: float
  blocked: bool
  city: text
  `nick name`: text folded
  device: one of (android, ios, "h m")
  born: date format "%Y%m%d"
  seen: datetime
  since: datetime epoch s
  region: region
  app: version
  tags: list of text separated by ";"
  sizes: list of int
}
"#;

/// Questions about all types.
const LEAVES: [&str; 24] = [
    "age in 18..24",
    "age >= 21",
    "not age = 30",
    "age is missing",
    "spend > 99.99",
    "spend / age > 10",
    "weight < 0.5",
    "blocked",
    "city = x",
    "city contains \"\u{201d}\\\"\"",
    "length(city) > 3",
    "city matches \"a*z\"",
    "`nick name` = \"Ｂob\"",
    "device in (ios, \"h m\")",
    "born before 2000-01-01",
    "born within next 7d anniversary",
    "seen within 72h",
    "weekday(seen) in (sat, sun)",
    "since within 30d",
    "region = \"北京市/海淀区\"",
    "app >= \"8.0.30\"",
    "tags has all of (\"a\", \"b\")",
    "sizes has any of (1, 2)",
    "sample 50% salt \"s\"",
];

fn clock() -> Clock {
    Clock {
        now: Instant(1_795_309_200_000),
        zone: Zone::named("Asia/Shanghai").unwrap(),
    }
}

fn expressions() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        20 => prop::sample::select(&LEAVES[..]).prop_map(String::from),
        1 => Just("everyone".to_string()),
        2 => Just("first".to_string()),
    ];
    leaf.prop_recursive(3, 10, 3, |inner| {
        let several = prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            several
                .clone()
                .prop_map(|of| format!("({})", of.join(" and "))),
            several
                .clone()
                .prop_map(|of| format!("({})", of.join(" or "))),
            inner.prop_map(|of| format!("not ({of})")),
            (several.clone(), 0u32..3)
                .prop_map(|(of, n)| format!("exactly {n} of ({})", of.join(", "))),
            (several, 1u32..3).prop_map(|(of, n)| format!("at least {n} of ({})", of.join(", "))),
        ]
    })
}

/// Rules with two segments, the second of which may name the first.
fn rules(first: &str, second: &str) -> String {
    let first = first.replace("first", "blocked");
    format!("{SCHEMA}segment first = {first}\nsegment second = {second}\n")
}

fn load(text: &str) -> (tempfile::TempDir, Workspace) {
    let place = folder(&[("rules.seg", text)]);
    let paths = [place.path().join("rules.seg")];
    let workspace =
        Workspace::load(&paths, &Default::default(), &Config::default(), None, None).unwrap();
    assert!(
        !workspace.has_errors(),
        "{text}\n{:?}",
        workspace.diagnostics
    );
    (place, workspace)
}

fn options(clock: &Clock) -> CoverOptions<'_> {
    CoverOptions {
        clock,
        segments: &[],
        lang: Lang::En,
    }
}

fn sides(report: &CoverageReport) -> impl Iterator<Item = &SideReport> {
    let clauses = report.segments.iter().flat_map(|segment| &segment.clauses);
    clauses.flat_map(|clause| [&clause.holds, &clause.fails])
}

/// Contacts from a few texts of each field.
fn contacts() -> impl Strategy<Value = Vec<Vec<usize>>> {
    prop::collection::vec(prop::collection::vec(0usize..4, 15), 40)
}

const CELLS: [[&str; 3]; 15] = [
    ["1", "2", "3"],
    ["17", "18", "30"],
    ["0", "100.00", "5000"],
    ["0.1", "0.5", "7"],
    ["true", "false", "true"],
    ["x", "abcz", "”\""],
    ["bob", "B", "x"],
    ["android", "ios", "h m"],
    ["19991231", "20000101", "19901125"],
    ["2026-11-20T10:00:00", "2026-11-21T10:00:00", "2020-01-01"],
    ["1795000000", "1700000000", "1795309200"],
    ["北京市/海淀区", "北京", "上海"],
    ["8.0.30", "8.0.4", "9"],
    ["a;b", "a", "c"],
    ["1", "2", "9"],
];

fn cells(rules: &RuleSet, chosen: &[usize]) -> (String, Vec<Value>) {
    let clock = clock();
    let context = CellContext { zone: &clock.zone };
    let read = |((_, field), at): ((_, &segrule::schema::Field), &usize)| {
        let texts = &CELLS[rules.schema.find(field.name.as_str()).unwrap().index()];
        match texts.get(*at) {
            Some(text) if matches!(field.kind, segrule::schema::Type::List { .. }) => {
                field.read_list(text.split(';'), &context)
            }
            Some(text) => field.read(text, &context),
            None => Value::Missing,
        }
    };
    let cells: Vec<Value> = rules.schema.iter().zip(chosen).map(read).collect();
    let id = match &cells[0] {
        Value::Text(id) => id.to_string(),
        _ => String::new(),
    };
    (id, cells)
}

/// The same condition with one clause turned around.
fn turned(condition: &Condition, clause: &Condition) -> Condition {
    let kind = match &condition.kind {
        _ if std::ptr::eq(condition, clause) => ConditionKind::Not(Box::new(clause.clone())),
        ConditionKind::And(of) => {
            ConditionKind::And(of.iter().map(|part| turned(part, clause)).collect())
        }
        ConditionKind::Or(of) => {
            ConditionKind::Or(of.iter().map(|part| turned(part, clause)).collect())
        }
        ConditionKind::Not(of) => ConditionKind::Not(Box::new(turned(of, clause))),
        ConditionKind::Count {
            relation,
            count,
            of,
        } => ConditionKind::Count {
            relation: *relation,
            count: *count,
            of: of.iter().map(|part| turned(part, clause)).collect(),
        },
        other => other.clone(),
    };
    Condition {
        kind,
        span: condition.span,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn a_case_hangs_on_the_clauses_whose_mistakes_it_would_find(
        first in expressions(),
        second in expressions(),
        contacts in contacts(),
    ) {
        let (_place, workspace) = load(&rules(&first, &second));
        let rules = &workspace.rules;
        let clock = clock();
        let asked = rules.find_segment("second").unwrap();
        for chosen in contacts.iter().take(6) {
            let (id, cells) = cells(rules, chosen);
            let contact = Contact { id: &id, cells: &cells };
            let mut coverage = Coverage::new(rules);
            coverage.add(rules, &clock, asked, contact);
            let answer = RowEvaluator::new(rules, &clock, contact).is_member(asked);
            for (index, segment) in coverage.segments.iter().enumerate().filter(|(_, of)| of.cases > 0) {
                let condition = &rules.segments[index].condition;
                for (clause, found) in condition.clauses().iter().zip(&segment.clauses) {
                    let mut mistaken = rules.clone();
                    mistaken.segments[index].condition = turned(condition, clause.condition);
                    let otherwise = RowEvaluator::new(&mistaken, &clock, contact).is_member(asked);
                    let hangs = found.decided.holds + found.decided.fails == 1;
                    prop_assert_eq!(hangs, answer != otherwise, "{:?}", clause);
                    prop_assert_eq!(found.seen.holds + found.seen.fails, 1);
                }
            }
        }
    }

    #[test]
    fn suggested_tests_pass_and_cover_what_they_promise(
        first in expressions(),
        second in expressions(),
        contacts in contacts(),
    ) {
        let text = rules(&first, &second);
        let (_place, workspace) = load(&text);
        let clock = clock();
        let found = cover(&workspace, &options(&clock)).unwrap();
        prop_assert_eq!(found.report.covered, 0);
        // Pasted into the rules they give what was promised, and nothing is left to suggest.
        let (_place, pasted) = load(&format!("{text}{}", found.suggested));
        let outcomes = run_tests(&pasted.rules, &clock).unwrap();
        prop_assert!(outcomes.iter().all(Outcome::has_passed), "{}", found.suggested);
        let again = cover(&pasted, &options(&clock)).unwrap();
        prop_assert_eq!(&again.suggested, "");
        prop_assert_eq!(again.report.percent, found.with_suggested.percent);
        let is_settled = |side: &SideReport| side.state != SideState::Open;
        prop_assert!(sides(&again.report).all(is_settled));
        // Formatting changes nothing.
        let formatted = segrule::format::format_checked(&found.suggested).unwrap();
        prop_assert_eq!(&formatted, &found.suggested);
        // What is proved impossible does not happen.
        let rules = &workspace.rules;
        let mut seen = Coverage::new(rules);
        for chosen in &contacts {
            let (id, cells) = cells(rules, chosen);
            for segment in (0..2).map(SegmentId::from_index) {
                let mut alone = Coverage::new(rules);
                alone.add(rules, &clock, segment, Contact { id: &id, cells: &cells });
                seen.segments[segment.index()] = alone.segments[segment.index()].clone();
                let report = &found.with_suggested.segments[segment.index()];
                for (clause, told) in seen.segments[segment.index()].clauses.iter().zip(&report.clauses) {
                    for (holds, side) in [(true, told.holds), (false, told.fails)] {
                        let is_wrong = side.state == SideState::Impossible && clause.decided.of(holds) > 0;
                        prop_assert!(!is_wrong, "{} {holds} {cells:?}", told.text);
                    }
                }
            }
        }
    }
}

const RULES: &str = "schema contact { id: id  age: int 0..150  city: text  vip: bool }
segment young = age in 18..24 and city = x
segment odd = not (age is missing) and age > 3
segment pick = vip or young
test \"in\" {
  contact { age: 20, city: \"x\" } in young
  contact { age: 30 } not in young
  contact { age: 4 } in odd
  contact { age: 20, city: \"x\", vip: true } in pick
}
";

#[test]
fn clauses_that_nothing_hangs_on_are_shown_in_their_source() {
    let place = folder(&[("a.seg", RULES)]);
    let found = run_in(place.path(), &["test", "--rules", "a.seg", "--coverage"]);
    assert_eq!(found.code, 0, "{}", found.err);
    insta::assert_snapshot!("coverage", found.out);
    let found = run_in(
        place.path(),
        &["test", "--rules", "a.seg", "--coverage", "--lang", "zh"],
    );
    insta::assert_snapshot!("coverage_zh", found.out);
}

#[test]
fn suggested_tests_bring_coverage_to_the_least_wanted() {
    let place = folder(&[("a.seg", RULES)]);
    let run = |arguments: &[&str]| {
        run_in(
            place.path(),
            &[&["test", "--rules", "a.seg"], arguments].concat(),
        )
    };
    let found = run(&["--min", "90"]);
    assert_eq!(found.code, 1);
    assert_eq!(found.err, "coverage is 47.05%, less than 90.00%\n");
    let found = run(&["--suggest"]);
    assert_eq!(found.code, 0);
    insta::assert_snapshot!("suggested", format!("{}---\n{}", found.out, found.err));
    std::fs::write(place.path().join("a.seg"), format!("{RULES}{}", found.out)).unwrap();
    let found = run(&["--min", "100%", "--format", "json"]);
    assert_eq!(found.code, 0, "{}", found.err);
    let json: Json = serde_json::from_str(&found.out).unwrap();
    assert_eq!(json["failed"], 0);
    assert_eq!(json["coverage"]["percent"], 100.0);
    assert_eq!(json["coverage"]["covered"], json["coverage"]["coverable"]);
    let clauses = json["coverage"]["segments"][1]["clauses"]
        .as_array()
        .unwrap();
    assert_eq!(clauses[1]["text"], "not (age is missing)");
    assert_eq!(clauses[1]["parent"], 0);
    assert_eq!(clauses[1]["fails"]["state"], "impossible");
    let found = run(&["--suggest"]);
    assert_eq!(found.out, "");
    assert!(
        found
            .err
            .starts_with("coverage is 100.00%: there is nothing to suggest\n")
    );
    assert_eq!(run(&["--min", "101"]).code, 2);
}

#[test]
fn suggested_tests_go_to_a_file_that_is_not_overwritten() {
    let place = folder(&[("rules/a.seg", RULES)]);
    let suggest = ["test", "--suggest", "-o", "rules/more.seg"];
    let found = run_in(place.path(), &suggest);
    assert_eq!((found.code, found.out.as_str()), (0, ""), "{}", found.err);
    let found = run_in(place.path(), &["test", "--min", "100"]);
    assert_eq!(found.code, 0, "{}{}", found.out, found.err);
    assert_eq!(run_in(place.path(), &suggest).code, 2);
}

#[test]
fn junit_has_a_suite_for_coverage() {
    let place = folder(&[("a.seg", RULES)]);
    let found = run_in(
        place.path(),
        &[
            "test", "--rules", "a.seg", "--min", "50", "--format", "junit",
        ],
    );
    assert_eq!(found.code, 1);
    let suite = "<testsuite name=\"coverage\" tests=\"4\" failures=\"1\">";
    assert!(found.out.contains(suite), "{}", found.out);
    assert!(
        found
            .out
            .contains("<failure message=\"coverage is 47.05%\"/>")
    );
}

#[test]
fn the_demo_can_be_covered() {
    let found = run(&[
        "test",
        "--rules",
        "rules/demo",
        "--suggest",
        "--now",
        "2026-11-22T09:00+08:00",
    ]);
    assert_eq!(found.code, 0);
    assert!(
        found.err.ends_with("with these tests 100.00%\n"),
        "{}",
        found.err
    );
}
