//! Two versions of rules: proofs against row evaluation, counts against `count`, and the command.

use super::cli::{folder, run, run_in};
use super::generate::{cells, clock, conditions, rules};
use proptest::prelude::*;
use segrule::analyze::{Comparer, Somebody, Version};
use segrule::check::typed::{Condition, RuleSet};
use segrule::eval::row::{Contact, RowEvaluator};
use segrule::value::{Clock, Instant, Value};
use serde_json::Value as Json;
use std::process::Command;

fn is_in(rules: &RuleSet, clock: &Clock, condition: &Condition, id: &str, cells: &[Value]) -> bool {
    RowEvaluator::new(rules, clock, Contact { id, cells }).is_in(condition)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn nobody_moves_where_it_is_proved_and_examples_do_move(
        before in rules(),
        after in rules(),
        clock in clock(),
        later_days in 0i64..40,
        other in conditions(4),
        contacts in prop::collection::vec(cells(), 40),
    ) {
        let Instant(now) = clock.now;
        let later = Clock { now: Instant(now + later_days * 86_400_000), zone: clock.zone.clone() };
        let old = Version { rules: &before, now: clock.now };
        let new = Version { rules: &after, now: later.now };
        let mut comparer = Comparer::new(old, new, &clock);
        for (was, is) in [(&before.segments[3].condition, &after.segments[3].condition), (&other, &other)] {
            let change = comparer.compare(was, is);
            let moved = |id: &str, cells: &[Value]| {
                (is_in(&before, &clock, was, id, cells), is_in(&after, &later, is, id, cells))
            };
            for (somebody, wanted) in [(&change.gained, (false, true)), (&change.lost, (true, false))] {
                match somebody {
                    Somebody::Somebody(id, cells) => prop_assert_eq!(moved(id, cells), wanted),
                    Somebody::Nobody => for (index, cells) in contacts.iter().enumerate() {
                        let id = format!("c{index}");
                        let mut cells = cells.clone();
                        for cell in &mut cells {
                            if *cell == Value::Invalid {
                                *cell = Value::Missing;
                            }
                        }
                        cells[0] = Value::Text(id.as_str().into());
                        prop_assert_ne!(moved(&id, &cells), wanted, "{:?}", cells);
                    },
                    Somebody::Undecided(_) => {}
                }
            }
        }
    }
}

/// The exit code, and the JSON that was printed.
fn json(args: &[&str]) -> (i32, Json) {
    let found = run(args);
    let parsed = serde_json::from_str(&found.out);
    (
        found.code,
        parsed.unwrap_or_else(|error| panic!("{error}: {}{}", found.out, found.err)),
    )
}

const DEMO: &str = "rules/demo/demo.seg";
const SETTING: [&str; 6] = [
    "--now",
    "2026-11-22T09:00+08:00",
    "--data",
    "rules/demo/contacts.csv",
    "--format",
    "json",
];

#[test]
fn people_gained_and_lost_add_up_and_agree_with_count() {
    let text = std::fs::read_to_string(super::layers::root().join(DEMO)).unwrap();
    let text = text
        .replace(
            "age in 18..24 and last_visit",
            "age in 18..22 and last_visit",
        )
        .replace("within 72h", "within 96h")
        .replace("orders >= 3 and", "orders >= 2 and");
    let changed = folder(&[("demo.seg", &text)]);
    let changed = changed.path().join("demo.seg");
    let changed = changed.to_str().unwrap();
    let (code, found) = json(&[&["diff", DEMO, changed][..], &SETTING].concat());
    assert_eq!(code, 1);
    let counts = |rules: &str| {
        let (_, counts) = json(&[&["count", "--rules", rules][..], &SETTING].concat());
        counts["segments"].as_array().unwrap().clone()
    };
    let (old, new) = (counts(DEMO), counts(changed));
    let number = |value: &Json| value.as_u64().unwrap();
    let segments = found["segments"].as_array().unwrap();
    assert_eq!(segments.len(), old.len());
    for segment in segments {
        let data = &segment["data"];
        let same = |count: &&Json| count["name"] == segment["name"];
        assert_eq!(data["old"], old.iter().find(same).unwrap()["members"]);
        assert_eq!(data["new"], new.iter().find(same).unwrap()["members"]);
        let (gained, lost) = (number(&data["gained"]), number(&data["lost"]));
        assert_eq!(number(&data["old"]) + gained, number(&data["new"]) + lost);
        let by = |direction: &str| -> u64 {
            let moved = segment["moved_by"].as_array().unwrap().iter();
            let moved = moved.filter(|moved| moved["direction"] == direction);
            moved.map(|moved| number(&moved["people"])).sum()
        };
        assert_eq!(
            by("gained") + number(&data["gained_from_quarantine"]),
            gained
        );
        assert_eq!(by("lost") + number(&data["lost_to_quarantine"]), lost);
    }
    let kind = |name: &str| {
        let segment = segments
            .iter()
            .find(|segment| segment["name"] == name)
            .unwrap();
        segment["change"].as_str().unwrap().to_string()
    };
    assert_eq!(kind("beijing_students"), "narrower");
    assert_eq!(kind("活跃"), "wider");
    assert_eq!(kind("reachable_students"), "changed");
    assert_eq!(kind("zombies"), "equal");
}

#[test]
fn the_same_rules_at_two_times_are_compared() {
    let later = [
        "diff",
        "--rules",
        DEMO,
        "--then",
        "2026-12-22T09:00+08:00",
        "--segment",
        "zombies",
    ];
    let (code, found) = json(&[&later[..], &SETTING].concat());
    assert_eq!(code, 1);
    let zombies = &found["segments"][0];
    assert_eq!(zombies["change"], "changed");
    assert_eq!(zombies["data"]["lost"], 0);
    assert!(zombies["data"]["gained"].as_u64().unwrap() > 0);
    assert_eq!(found["old"]["now"], "2026-11-22T01:00:00Z");
    assert_eq!(found["new"]["now"], "2026-12-22T01:00:00Z");
}

#[test]
fn a_revision_is_compared_with_the_files_and_the_repository_is_only_read() {
    let schema = "schema contact { id: id  age: int 0..150 }\n";
    let first = format!("{schema}segment a = age > 18\nsegment gone = age < 3\n");
    let place = folder(&[("rules/a.seg", &first)]);
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        let command = command.current_dir(place.path()).args(arguments);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    let author = ["-c", "user.name=a", "-c", "user.email=a@b.example"];
    git(&[&author[..], &["commit", "-q", "-m", "first"]].concat());
    let second =
        format!("{schema}segment a = age >= 19\nsegment fresh = age < 3\nsegment b = age = 3\n");
    std::fs::write(place.path().join("rules/a.seg"), second).unwrap();
    let before = git(&["status", "--porcelain"]);
    let found = run_in(place.path(), &["diff", "HEAD"]);
    assert_eq!(
        found.out,
        "fresh: added (the same as `gone` before)\nb: added\ngone: removed (now `fresh`)\n\
         1 of 4 segments are proved equal\n"
    );
    assert_eq!(found.code, 1);
    assert_eq!(git(&["status", "--porcelain"]), before);
    assert_eq!(run_in(place.path(), &["diff", "HEAD", "HEAD"]).code, 0);
    let found = run_in(place.path(), &["diff", "nowhere"]);
    assert_eq!(found.code, 2);
    assert_eq!(
        found.err,
        "error: `nowhere` is neither a file or folder nor a git revision\n"
    );
}

#[test]
fn fields_that_changed_are_told_and_nothing_is_guessed_about_them() {
    let place = folder(&[
        (
            "old.seg",
            "schema contact { id: id  years: int 0..150 aka 年龄  city: text  gone: bool }\n\
             segment a = years > 18\nsegment b = city = x\nsegment c = gone\n",
        ),
        (
            "new.seg",
            "schema contact { id: id  age: int 0..120 aka 年龄  city: text  fresh: bool }\n\
             segment a = age > 18\nsegment b = city = x and fresh\nsegment c = city is missing\n",
        ),
    ]);
    let found = run_in(place.path(), &["diff", "old.seg", "new.seg"]);
    assert_eq!(
        found.out,
        "field age: read in another way\nfield fresh: added\nfield gone: removed\n\
         a: undecided (the field `age` is read in another way now)\n\
         b: narrower\n  + fresh\n  could leave: contact 1 (city = x)\n\
         c: changed\n  - gone\n  + city is missing\n\
         \x20 could leave: contact 1 (city = x, gone = true)\n\
         \x20 could come: contact 1 (every cell missing)\n\
         0 of 3 segments are proved equal\n"
    );
}

#[test]
fn claims_end_with_the_exit_code_of_their_answer() {
    let rules = "schema contact { id: id  age: int 0..150  名: text }\nsegment 成年 = age >= 18\n";
    let place = folder(&[("a.seg", rules)]);
    let prove = |claim: &str| {
        let found = run_in(
            place.path(),
            &["prove", claim, "--rules", "a.seg", "--format", "json"],
        );
        let json: Json = serde_json::from_str(&found.out).unwrap();
        (found.code, json)
    };
    let (code, found) = prove("age in 20..30 implies 成年");
    assert_eq!((code, found["answer"].as_str()), (0, Some("holds")));
    let (code, found) = prove("成年 蕴含 age in 20..30");
    assert_eq!((code, found["answer"].as_str()), (1, Some("fails")));
    let age: u64 = found["witness"]["cells"]["age"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!(age >= 18 && !(20..=30).contains(&age));
    assert_eq!(found["in_each"], serde_json::json!([true, false]));
    let (code, found) =
        prove(r#"(名 matches /^(a|b)*a(a|b){14}$/) disjoint (名 matches /b(a|b){13}$/)"#);
    assert_eq!((code, found["answer"].as_str()), (3, Some("undecided")));
    let found = run_in(place.path(), &["prove", "成年", "--rules", "a.seg"]);
    assert_eq!(found.code, 2);
    assert!(found.err.contains("`成年` is no claim"), "{}", found.err);
}

#[test]
fn calculated_days_are_those_of_each_time() {
    let rules = "schema contact { id: id  born: date }\nsegment old = days_since(born) * 2 > 60\n";
    let place = folder(&[("a.seg", rules), ("a.csv", "id,born\n1,2026-01-01\n")]);
    let times = ["--now", "2026-01-20", "--then", "2026-02-20"];
    let found = run_in(
        place.path(),
        &[
            &[
                "diff", "--rules", "a.seg", "--data", "a.csv", "--zone", "UTC",
            ][..],
            &times,
        ]
        .concat(),
    );
    assert_eq!(found.code, 1);
    assert!(found.out.starts_with("old: wider"), "{}", found.out);
}

/// Two versions whose parameters, lists, names and files differ.
fn versions() -> tempfile::TempDir {
    let schema = "schema contact { id: id  age: int 0..150  spend: decimal(2)  tags: list of text separated by \";\" }\n";
    let old = format!(
        "{schema}param least = 100.00\nlist staff = (\"1\", \"2\", \"3\")\nlist vip from \"vip.csv\"\n\
         segment adults = age >= 18\nsegment buyers = spend > least and age >= 18\n\
         segment target = adults and not (id in staff)\nsegment ab = tags has any of vip\n\
         segment kept = age in (3, 4)\n"
    );
    let new = format!(
        "{schema}param least = 200.00\nlist staff = (\"1\", \"2\")\nlist vip from \"vip.csv\"\n\
         segment grown_ups = age >= 18\nsegment buyers = spend > least and age >= 21\n\
         segment target = grown_ups and not (id in staff)\nsegment ab = tags has any of vip\n"
    );
    folder(&[
        ("old/a.seg", old.as_str()),
        ("old/vip.csv", "gold\n"),
        ("new/a.seg", new.as_str()),
        ("new/more/b.seg", "segment kept = age = 3 or age = 4\n"),
        ("new/vip.csv", "gold\nsilver\n"),
        (
            "a.csv",
            "id,age,spend,tags\n1,19,150,gold\n2,30,250,silver\n3,25,300,\n",
        ),
    ])
}

#[test]
fn parameters_lists_names_and_files_that_changed_are_told() {
    let place = versions();
    let found = run_in(place.path(), &["diff", "old", "new"]);
    assert_eq!(found.code, 1, "{}", found.err);
    insta::assert_snapshot!("diff", found.out);
    let found = run_in(place.path(), &["diff", "old", "new", "--format", "json"]);
    let json: Json = serde_json::from_str(&found.out).unwrap();
    assert_eq!(
        json["params"],
        serde_json::json!([{"name": "least", "old": "100.00", "new": "200.00"}])
    );
    assert_eq!(json["lists"][0]["name"], "staff");
    assert_eq!(json["lists"][0]["removed"], 1);
    assert_eq!(json["lists"][1]["added"], 1);
}

#[test]
fn a_pull_request_is_told_in_markdown_without_naming_contacts() {
    let place = versions();
    let arguments = [
        "diff", "old", "new", "--data", "a.csv", "--format", "markdown",
    ];
    let found = run_in(place.path(), &arguments);
    assert_eq!(found.code, 1, "{}", found.err);
    insta::assert_snapshot!("diff_markdown", found.out);
    let found = run_in(place.path(), &[&arguments[..], &["--lang", "zh"]].concat());
    insta::assert_snapshot!("diff_markdown_zh", found.out);
}
