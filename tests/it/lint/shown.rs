//! Findings of how rules are written, and of what the contacts show.

use crate::cli::{folder, run_in};
use serde_json::Value;
use std::path::Path;

const SCHEMA: &str = "schema contact {\n  id: id\n  city: text\n  device: one of (android, ios)\n  \
                      seen: datetime aka 最近\n  born: date\n  blocked: bool\n  tags: list of text separated by \";\"\n}\n";

/// Code, line, severity and message of every finding.
fn findings(place: &Path, args: &[&str]) -> Vec<(String, u64, String, String)> {
    let all = [
        "check",
        "a.seg",
        "--format",
        "json",
        "--now",
        "2026-11-22T09:00+08:00",
    ];
    let found = run_in(place, &[&all, args].concat());
    let document: Value = serde_json::from_str(&found.out).expect(&found.err);
    let text = |found: &Value, key: &str| found[key].as_str().unwrap().to_string();
    let all = document["diagnostics"].as_array().unwrap().iter();
    let all = all.map(|found| {
        (
            text(found, "code"),
            found["line"].as_u64().unwrap() - 9,
            text(found, "severity"),
            text(found, "message"),
        )
    });
    all.collect()
}

fn of<'f>(found: &'f [(String, u64, String, String)], code: &str) -> Vec<(u64, &'f str, &'f str)> {
    let found = found.iter().filter(|found| found.0 == code);
    found
        .map(|(_, line, severity, message)| (*line, severity.as_str(), message.as_str()))
        .collect()
}

fn lines(found: &[(String, u64, String, String)], code: &str) -> Vec<u64> {
    of(found, code).into_iter().map(|(line, ..)| line).collect()
}

#[test]
fn a_negated_question_is_told_where_it_lets_somebody_in() {
    let rules = [
        "segment l1 = device != ios",
        "segment l2 = device != ios and device is not missing",
        "segment l3 = device not in (ios, android)",
        "segment l4 = not (seen within 30d)",
        "segment l5 = not seen within 30d and seen after 2020-01-01",
        "segment l6 = city != \"x\" and city starts with \"y\"",
        "segment l7 = device != ios or device is missing",
        "segment l8 = tags has none of (\"a\") and count(tags) != 3",
        "segment l9 = not l1 and not blocked",
        "segment l10 = id != \"7\"",
        "segment l11 = not (device = ios and city = \"x\")",
        "segment l12 = not (device != ios)",
        "segment l13 = at most 1 of (device = ios, city = \"x\")",
        "segment l14 = not (seen before 2020-01-01 and not born before 2000-01-01)",
        "segment l15 = days_since(seen) != 3",
    ];
    let place = folder(&[("a.seg", &format!("{SCHEMA}{}\n", rules.join("\n")))]);
    let found = findings(place.path(), &[]);
    let found: Vec<(u64, &str, &str)> = of(&found, "negated-nullable");
    let lines: Vec<u64> = found.iter().map(|(line, ..)| *line).collect();
    assert_eq!(lines, [1, 3, 4, 11, 11, 13, 13, 14, 15]);
    assert!(found.iter().all(|(_, severity, _)| *severity == "note"));
    assert_eq!(found[0].2, "contacts without `device` are in `l1`");
}

#[test]
fn guards_are_added_once_an_and_in_the_language_of_the_rule() {
    let rules = "segment a = device != ios and device != android and city = \"x\"\n\
                 segment b = device != ios or city = \"x\"\n\
                 人群 己 = 非 (最近 within 30天) 且 city = \"x\"\n";
    let place = folder(&[("a.seg", &format!("{SCHEMA}{rules}"))]);
    let found = run_in(place.path(), &["check", "--fix", "--unsafe-fixes", "a.seg"]);
    assert_eq!(found.code, 0, "{}{}", found.out, found.err);
    let text = std::fs::read_to_string(place.path().join("a.seg")).unwrap();
    assert_eq!(
        text,
        format!(
            "{SCHEMA}segment a = device != ios and device is not missing and device != android and city = \"x\"\n\
             segment b = (device != ios and device is not missing) or city = \"x\"\n\
             人群 己 = 非 (最近 within 30天) 且 seen 不为空 且 city = \"x\"\n"
        )
    );
}

#[test]
fn contacts_say_how_many_people_a_negation_lets_in() {
    let rules = "segment a = device != ios\nsegment b = city != \"x\"\nsegment c = not blocked\n\
                 # allow: negated-nullable nobody is without a city\nsegment d = city != \"y\"\n";
    let data = "id,city,device,seen,born,blocked,tags\n1,x,,,,,\n2,x,,,,true,\n3,x,ios,,,false,\n4,y,android,,,,\n";
    let place = folder(&[("a.seg", &format!("{SCHEMA}{rules}")), ("p.csv", data)]);
    let found = findings(place.path(), &["--data", "p.csv"]);
    assert_eq!(
        of(&found, "negated-nullable"),
        [
            (
                1,
                "warning",
                "2 of 3 contacts in `a` are there only because `device` is missing"
            ),
            (
                3,
                "note",
                "2 of 3 contacts in `c` are there only because `blocked` is missing"
            ),
        ]
    );
    assert_eq!(lines(&found, "unused-allow"), Vec::<u64>::new());
    let without = findings(place.path(), &[]);
    assert_eq!(lines(&without, "negated-nullable"), [1, 2]);
    assert_eq!(lines(&without, "unused-allow"), Vec::<u64>::new());
}

#[test]
fn what_nothing_names_is_told_and_what_is_named_anywhere_is_not() {
    let rules = "list used = (\"a\")\nlist inside_text = (\"b\")\nparam days = 3d\nparam lost = 4d\n\
                 segment a = city in used and seen within days and city != \"inside_text\"\n\
                 segment b = city = \"q\"\ntest \"t\" { contact { id: \"1\" } not in b }\n";
    let place = folder(&[("a.seg", &format!("{SCHEMA}{rules}"))]);
    let found = findings(place.path(), &[]);
    assert_eq!(lines(&found, "unused-list"), [2]);
    assert_eq!(lines(&found, "unused-param"), [4]);
    assert_eq!(lines(&found, "unused-segment"), Vec::<u64>::new());
    let levels = "[levels]\nnames = \"error\"\nunused-segment = \"note\"\n";
    std::fs::write(place.path().join("segrule.toml"), levels).unwrap();
    let found = findings(place.path(), &[]);
    assert_eq!(
        of(&found, "unused-segment"),
        [(5, "note", "no segment, campaign or test names `a`")]
    );
    assert_eq!(of(&found, "unused-list")[0].1, "error");
    // A category turns nothing on that is off.
    std::fs::write(
        place.path().join("segrule.toml"),
        "[levels]\nnames = \"error\"\n",
    )
    .unwrap();
    let found = findings(place.path(), &[]);
    assert_eq!(lines(&found, "unused-segment"), Vec::<u64>::new());
    run_in(place.path(), &["check", "--fix", "--unsafe-fixes", "a.seg"]);
    let text = std::fs::read_to_string(place.path().join("a.seg")).unwrap();
    assert!(
        !text.contains("list inside_text") && !text.contains("param lost"),
        "{text}"
    );
    assert!(
        text.contains("list used = (\"a\")\nparam days = 3d\nsegment a"),
        "{text}"
    );
}

#[test]
fn a_duration_that_four_segments_repeat_gets_a_name() {
    let four: String = (1..=4)
        .map(|n| {
            format!(
                "segment s{n} = {} within 30d and city = \"c{n}\"\n",
                if n == 2 { "最近" } else { "seen" }
            )
        })
        .collect();
    let place = folder(&[("a.seg", &format!("{SCHEMA}## First.\n{four}"))]);
    let found = findings(place.path(), &[]);
    assert_eq!(
        of(&found, "magic-duration"),
        [(2, "note", "`seen within 30d` stands in 4 places")]
    );
    run_in(place.path(), &["check", "--fix", "--unsafe-fixes", "a.seg"]);
    let text = std::fs::read_to_string(place.path().join("a.seg")).unwrap();
    let named = four.replace("30d", "seen_window");
    assert_eq!(
        text,
        format!("{SCHEMA}param seen_window = 30d\n\n## First.\n{named}")
    );
    let three: String = four
        .lines()
        .take(3)
        .map(|line| format!("{line}\n"))
        .collect();
    std::fs::write(place.path().join("a.seg"), format!("{SCHEMA}{three}")).unwrap();
    assert_eq!(
        lines(&findings(place.path(), &[]), "magic-duration"),
        Vec::<u64>::new()
    );
}

#[test]
fn values_are_held_against_the_contacts() {
    let rules = "list towns = (\"shanghai\", \"Beijing\")\n\
                 segment a = city in towns\n\
                 segment b = tags has \"ＶＩＰ\"\n\
                 segment c = city = \"ＢＪ\"\n\
                 segment d = city = \"Beijin\"\n\
                 segment e = city = \"nowhere\"\n\
                 segment f = city contains \"BEI\"\n";
    let data = "id,city,device,seen,born,blocked,tags\n1,Shanghai,,,,,vip;a\n2,Shanghai,,,,,\n3,SHANGHAI,,,,,\n\
                4,Shang hai,,,,,\n5,ＢＪ,,,,,\n6,Beijing,,,,,\n7,s hanghai,,,,,\n";
    let place = folder(&[("a.seg", &format!("{SCHEMA}{rules}")), ("p.csv", data)]);
    let found = findings(place.path(), &["--data", "p.csv"]);
    assert_eq!(
        of(&found, "unseen-value"),
        [
            (
                1,
                "warning",
                "no contact has \"shanghai\" as `city`, but \"Shanghai\" (2), \"SHANGHAI\" (1), \"Shang hai\" (1)"
            ),
            (
                3,
                "warning",
                "no contact has \"ＶＩＰ\" as `tags`, but \"vip\" (1)"
            ),
            (
                5,
                "note",
                "no contact has \"Beijin\" as `city`, but \"Beijing\" (1)"
            ),
        ]
    );
    // The contacts do have it this way.
    assert_eq!(lines(&found, "lookalike-text"), Vec::<u64>::new());
    assert_eq!(
        lines(&findings(place.path(), &[]), "lookalike-text"),
        [3, 4]
    );
    run_in(
        place.path(),
        &[
            "check",
            "a.seg",
            "--data",
            "p.csv",
            "--fix",
            "--unsafe-fixes",
        ],
    );
    let text = std::fs::read_to_string(place.path().join("a.seg")).unwrap();
    assert!(
        text.contains("(\"Shanghai\", \"Beijing\")") && text.contains("has \"vip\""),
        "{text}"
    );
}

#[test]
fn placeholder_days_and_empty_fields_are_told_where_the_field_is_declared() {
    let rules = "segment a = born before 1950-01-01\nsegment b = seen before 1980-01-01\nsegment c = city = \"x\"\n";
    let mut data = String::from("id,city,device,seen,born,blocked,tags\n");
    for n in 0..100 {
        let seen = if n < 40 {
            "1970-01-01".to_string()
        } else {
            format!("20{:02}-{:02}-01", n % 20, 1 + n % 12)
        };
        let born = if n < 3 {
            "9999-12-31".to_string()
        } else {
            format!("19{:02}-01-01", n % 60)
        };
        data.push_str(&format!("{n},,,{seen},{born},,\n"));
    }
    let place = folder(&[("a.seg", &format!("{SCHEMA}{rules}")), ("p.csv", &data)]);
    let found = run_in(
        place.path(),
        &["check", "a.seg", "--data", "p.csv", "--zone", "UTC"],
    );
    for part in [
        "40 of 100 dates in `seen` are 1970-01-01",
        "3 of 100 dates in `born` are 9999-12-31",
        "no contact has `city`",
        "a.seg:6:3",
    ] {
        assert!(found.out.contains(part), "{part}: {}", found.out);
    }
    // Nothing reads them.
    assert!(
        !found.out.contains("`blocked`") && !found.out.contains("`device`"),
        "{}",
        found.out
    );
    run_in(
        place.path(),
        &[
            "check",
            "a.seg",
            "--data",
            "p.csv",
            "--fix",
            "--unsafe-fixes",
        ],
    );
    let text = std::fs::read_to_string(place.path().join("a.seg")).unwrap();
    assert!(
        text.contains("born: date missing when (9999-12-31)\n"),
        "{text}"
    );
    let again = run_in(place.path(), &["check", "a.seg", "--data", "p.csv"]);
    assert!(!again.out.contains("are 9999"), "{}", again.out);
    let piped = run_in(place.path(), &["check", "a.seg", "--data", "-"]);
    assert_eq!(piped.code, 2);
}

#[test]
fn clauses_and_comments_that_do_nothing_are_taken_out() {
    let rules = "# allow: mixed-and-or no more\nsegment a = age >= 18 and (age >= 16) and city = \"x\"\n\
                 segment b = age >= 30\nsegment c = not (age < 30) and age is not missing  # allow: empty-set why\n";
    let schema = "schema contact { id: id  age: int  city: text }\n";
    let place = folder(&[("a.seg", &format!("{schema}{rules}"))]);
    let read = || std::fs::read_to_string(place.path().join("a.seg")).unwrap();
    run_in(place.path(), &["check", "a.seg", "--fix"]);
    assert_eq!(
        read(),
        format!(
            "{schema}{}",
            rules
                .replace("# allow: mixed-and-or no more\n", "")
                .replace("  # allow: empty-set why", "")
        )
    );
    run_in(place.path(), &["check", "a.seg", "--fix", "--unsafe-fixes"]);
    assert_eq!(
        read(),
        format!(
            "{schema}segment a = age >= 18 and city = \"x\"\nsegment b = age >= 30\nsegment c = b\n"
        )
    );
}
