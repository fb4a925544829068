//! Contacts in memory: the answers are those of a run over the files, and nothing is asked twice.

use super::cli::folder;
use super::generate::{cells, conditions, rules};
use proptest::prelude::*;
use segrule::data::Input;
use segrule::report::people::Relation;
use segrule::value::{Clock, Instant, Value, Zone};
use segrule::workspace::{
    Config, DefineError, RunOptions, Session, Wanted, Workspace, count, explain, funnel,
};
use std::fmt::Write;
use std::path::Path;
use tempfile::TempDir;

const SCHEMA: &str = r#"schema contact {
  id: id
  int: int
  decimal: decimal(2)
  float: float
  bool: bool
  text: text
  folded: text folded
  date: date
  datetime: datetime
  region: region
  version: version
  tags: list of text separated by ";"
  ints: list of int separated by ";"
}
"#;

fn clock() -> Clock {
    Clock {
        now: Instant(1_780_000_000_000),
        zone: Zone::named("Asia/Shanghai").unwrap(),
    }
}

fn options() -> RunOptions {
    RunOptions {
        clock: clock(),
        max_rejects: None,
        threads: Some(2),
        progress: None,
    }
}

fn text_of(value: &Value, is_text: bool) -> String {
    match value {
        Value::Missing => String::new(),
        Value::Invalid if is_text => String::new(),
        Value::Invalid => "?!".to_string(),
        Value::Text(text) => text.to_string(),
        Value::Instant(instant) => Zone::utc().rfc3339(*instant),
        Value::List(elements) => {
            let texts: Vec<String> = elements.iter().map(|each| text_of(each, is_text)).collect();
            texts.join(";")
        }
        value => value.to_string(),
    }
}

/// A contact file; the last of several contacts has the id of the first, which rejects it.
fn csv(contacts: &[Vec<Value>]) -> String {
    let mut csv = "id,int,decimal,float,bool,text,folded,date,datetime,region,version,tags,ints\n"
        .to_string();
    for (index, cells) in contacts.iter().enumerate() {
        let id = match index + 1 == contacts.len() {
            true => 0,
            false => index,
        };
        let cells = cells.iter().enumerate().skip(1);
        let cells: Vec<String> = cells
            .map(|(field, value)| text_of(value, [5, 6, 11].contains(&field)))
            .collect();
        let _ = writeln!(csv, "c{id},{}", cells.join(","));
    }
    csv
}

fn load(folder: &TempDir, rules: &str, data: &str) -> (Workspace, Input) {
    let path = |name: &str| folder.path().join(name);
    let input = Input {
        paths: vec![path(data)],
        ..Input::default()
    };
    let files = match rules {
        "" => Vec::new(),
        rules => vec![path(rules)],
    };
    let params = Default::default();
    let workspace =
        Workspace::load(&files, &params, &Config::default(), Some(&input), None).unwrap();
    assert!(!workspace.has_errors(), "{:?}", workspace.diagnostics);
    (workspace, input)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn a_session_counts_what_a_run_counts(
        rules in rules(),
        asked in prop::collection::vec(conditions(4), 3),
        contacts in prop::collection::vec(cells(), 120),
    ) {
        let folder = folder(&[("a.seg", SCHEMA), ("c.csv", &csv(&contacts))]);
        let with_rules = || {
            let (mut workspace, input) = load(&folder, "a.seg", "c.csv");
            let schema = workspace.rules.schema.clone();
            workspace.rules = rules.clone();
            workspace.rules.schema = schema;
            (workspace, input)
        };
        let mut options = options();
        options.max_rejects = segrule::value::Share::from_percent(segrule::value::Number::new(5, 0));
        let (workspace, input) = with_rules();
        let mut session = Session::load(with_rules().0, &input, &options).unwrap();
        for condition in asked {
            let wanted = Wanted::new(&workspace.rules, "it", condition);
            let (counted, _) = count(&workspace, std::slice::from_ref(&wanted), &input, &options).unwrap();
            prop_assert_eq!(counted.to_json(), session.counts(std::slice::from_ref(&wanted)).to_json());
            let (expected, _) = funnel(&workspace, &wanted, &input, &options).unwrap();
            prop_assert_eq!(expected.to_json(), session.funnel(&wanted).to_json());
            let id = "c7";
            let expected = explain(&workspace, &wanted, id, &input, &options).unwrap();
            prop_assert_eq!(expected.to_json(), session.explain(&wanted, id).unwrap().to_json());
            let asked = session.questions_asked();
            session.counts(std::slice::from_ref(&wanted));
            prop_assert_eq!(asked, session.questions_asked());
        }
    }
}

fn demo() -> Session {
    let root = super::layers::root();
    let input = Input {
        paths: vec![root.join("rules/demo/contacts.csv")],
        ..Input::default()
    };
    let params = Default::default();
    let rules = [root.join("rules/demo")];
    let workspace =
        Workspace::load(&rules, &params, &Config::default(), Some(&input), None).unwrap();
    let now = Instant(1_795_309_200_000);
    let mut options = options();
    options.clock.now = now;
    Session::load(workspace, &input, &options).unwrap()
}

fn members(session: &mut Session, text: &str) -> u64 {
    let wanted = session.question(text).unwrap();
    session.count(&wanted).members
}

#[test]
fn what_is_known_is_not_asked_again() {
    let mut session = demo();
    assert_eq!(session.questions_asked(), 0);
    members(&mut session, "age in 18..24 and region = 北京");
    // Nobody hangs on a missing value here, so two questions are all.
    assert_eq!(session.questions_asked(), 2);
    members(&mut session, "age in 18..24 and region = 北京");
    members(&mut session, "region = 北京");
    members(&mut session, "所在地 = 北京 或 年龄 在 18..24");
    assert_eq!(session.questions_asked(), 2);
    members(
        &mut session,
        "age in 18..24 and region = 北京 and device = ios",
    );
    assert_eq!(session.questions_asked(), 3);
    // Whether an age is there was not asked before.
    members(&mut session, "not (age in 18..24)");
    assert_eq!(session.questions_asked(), 4);
    session.define("young = age in 18..24").unwrap();
    members(&mut session, "young and device = ios");
    assert_eq!(session.questions_asked(), 4);
}

#[test]
fn another_now_gives_other_answers() {
    let mut session = demo();
    let before = members(&mut session, "活跃");
    let now = session.clock().now;
    session.move_to(Instant(now.0 + 40 * 86_400_000));
    assert_eq!(members(&mut session, "活跃"), 0);
    session.move_to(now);
    assert_eq!(members(&mut session, "活跃"), before);
    assert!(before > 0);
}

#[test]
fn definitions_are_checked_like_those_of_files() {
    let mut session = demo();
    let (name, _) = session.define("young \"年轻人\" = age < 30").unwrap();
    assert_eq!(name.as_str(), "young");
    session
        .define("young_ios = young and device = ios")
        .unwrap();
    let before = members(&mut session, "young_ios");
    // What refers to it follows.
    session.define("young = age < 20").unwrap();
    let after = members(&mut session, "young_ios");
    assert_eq!(after, members(&mut session, "age < 20 and device = ios"));
    assert!(after < before);
    for (text, code) in [
        ("x = agee > 3", "unknown-field"),
        ("young = young_ios", "segment-cycle"),
        ("zombies = age > 3", "duplicate-name"),
        ("x = ", "empty-segment"),
    ] {
        let Err(DefineError::Rules(found)) = session.define(text) else {
            panic!("{text}");
        };
        let codes: Vec<&str> = found.iter().map(|found| found.code.name()).collect();
        assert!(codes.contains(&code), "{text}: {codes:?}");
    }
    assert!(matches!(
        session.define("a = age > 3\nsegment b = age > 4"),
        Err(DefineError::Message(_))
    ));
    assert_eq!(members(&mut session, "young_ios"), after);
    let names: Vec<String> = session.defined().map(ToString::to_string).collect();
    assert_eq!(names, ["young", "young_ios"]);
}

#[test]
fn definitions_are_added_to_a_file_and_never_replace_others() {
    let mut session = demo();
    session.define("young = age<30").unwrap();
    session.define("best = young   and spend>500.00").unwrap();
    let folder = folder(&[
        ("old.seg", "segment other = everyone"),
        ("bad.seg", "segment = 3"),
    ]);
    let path = |name: &str| folder.path().join(name);
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    let names = session.save(&path("new.seg"), Some("best")).unwrap();
    let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
    assert_eq!(names, ["young", "best"]);
    let both = "segment young = age < 30\n\nsegment best = young and spend > 500.00\n";
    assert_eq!(read(&path("new.seg")), both);
    assert!(session.save(&path("new.seg"), None).is_err());
    assert_eq!(read(&path("new.seg")), both);
    session.save(&path("old.seg"), None).unwrap();
    assert_eq!(
        read(&path("old.seg")),
        format!("segment other = everyone\n\n{both}")
    );
    assert!(session.save(&path("bad.seg"), None).is_err());
    assert_eq!(read(&path("bad.seg")), "segment = 3");
    assert!(session.save(&path("new2.seg"), Some("zombies")).is_err());
    assert!(demo().save(&path("new3.seg"), None).is_err());
    assert!(!path("new2.seg").exists() && !path("new3.seg").exists());
}

#[test]
fn two_audiences_are_compared_by_counting_and_by_proof() {
    let mut session = demo();
    let mut compare = |left: &str, right: &str| {
        let wanted = [left, right].map(|text| session.question(text).unwrap());
        session.compare(&wanted[0], &wanted[1])
    };
    let found = compare("age in 18..24", "age < 30");
    assert_eq!((found.relation, found.only_left), (Relation::Narrower, 0));
    assert!(found.both > 0 && found.only_right > 0);
    assert_eq!(
        compare("age < 30", "age in 18..24").relation,
        Relation::Wider
    );
    assert_eq!(
        compare("beijing_students", "北京学生").relation,
        Relation::Equal
    );
    let found = compare("age < 30", "age > 40");
    assert_eq!((found.relation, found.both), (Relation::Disjoint, 0));
    let found = compare("age < 30", "device = ios");
    assert_eq!(found.relation, Relation::Overlapping);
    let (young, ios) = (
        members(&mut session, "age < 30"),
        members(&mut session, "device = ios"),
    );
    assert_eq!(found.both + found.only_left, young);
    assert_eq!(found.both + found.only_right, ios);
    let texts = ["matches /a+b/", "matches /ab+/"].map(|test| format!("last_visit {test}"));
    let wanted = texts.map(|text| session.question(&text).unwrap());
    assert_eq!(session.compare(&wanted[0], &wanted[1]).both, 0);
}

#[test]
fn people_are_shown_with_what_is_asked_about() {
    let mut session = demo();
    let wanted = session
        .question("age > 30 and last_visit = \"课程页\"")
        .unwrap();
    let people = session.people(&wanted, 3);
    assert_eq!(people.fields, ["age", "last_visit"]);
    assert_eq!(people.people.len(), 3);
    for person in &people.people {
        let age: u32 = person.cells[0].as_ref().unwrap().parse().unwrap();
        assert!(age > 30);
        assert_eq!(person.cells[1].as_deref(), Some("课程页"));
        assert_eq!(session.explain(&wanted, &person.id).unwrap().answer, "in");
    }
    let wanted = session
        .question("sample 10% salt \"a\" and id != \"c00001\"")
        .unwrap();
    assert!(session.people(&wanted, 3).fields.is_empty());
    assert!(session.explain(&wanted, "no such id").is_err());
}

#[test]
fn no_rules_and_no_schema_are_needed() {
    let folder = folder(&[("c.csv", "id,年龄,城市\n1,20,北京\n2,,上海\n")]);
    let (workspace, input) = load(&folder, "", "c.csv");
    let mut session = Session::load(workspace, &input, &options()).unwrap();
    assert_eq!(members(&mut session, "年龄 > 18"), 1);
    session.define("成年 = 年龄 > 18").unwrap();
    assert_eq!(members(&mut session, "not 成年"), 1);
    let field = session.workspace().schema().find("城市").unwrap();
    assert_eq!(session.profile(field).unwrap().values.len(), 2);
}

#[test]
fn a_condition_as_large_as_allowed_is_answered() {
    let mut session = demo();
    let many: Vec<String> = (0..3_000).map(|age| format!("orders = {age}")).collect();
    let text = many.join(" or ");
    assert_eq!(
        members(&mut session, &text),
        members(&mut session, "orders in 0..2999")
    );
    let of: Vec<String> = (0..40).map(|age| format!("age > {age}")).collect();
    let text = format!("at least 20 of ({})", of.join(", "));
    assert_eq!(
        members(&mut session, &text),
        members(&mut session, "age > 19")
    );
}
