//! Rule files that are wrong, and what is said about them.

mod hidden;

use indexmap::IndexMap;
use segrule::check::{CheckInput, Checked, NoListFiles, apply_allows, check};
use segrule::diag::{Diagnostic, Pass};
use segrule::name::Name;
use segrule::source::Sources;
use segrule::syntax::parse;

const SCHEMA: &str = "\
schema contact {
  id: id
  region: region aka 所在地, 地区
  age: int 0..150 aka 年龄
  device: one of (android, ios, \"4g\")
  last_active: datetime
  birthday: date
  last_visit: text aka 最近访问
  nick: text folded
  tags: list of text separated by \";\"
  spend: decimal(2)
  score: float
  blocked: bool
  app: version
}
";

fn checked(text: &str, settings: &[(&str, &str)]) -> (Checked, Sources) {
    checked_whole(&format!("{SCHEMA}{text}"), settings)
}

fn checked_whole(text: &str, settings: &[(&str, &str)]) -> (Checked, Sources) {
    let mut sources = Sources::new();
    let id = sources.add("rules.seg", text);
    let parsed = parse(id, sources.get(id).unwrap().text());
    let files = [(id, parsed.file)];
    let params: IndexMap<Name, String> = settings
        .iter()
        .map(|(name, value)| (Name::new(name), (*value).to_string()))
        .collect();
    let mut found = check(&CheckInput {
        sources: &sources,
        files: &files,
        list_files: &NoListFiles,
        params: &params,
        schema: None,
    });
    let mut all = parsed.diagnostics;
    all.append(&mut found.diagnostics);
    found.diagnostics = apply_allows(&sources, &files, all, &|code| code.pass() == Pass::Check);
    found.diagnostics.sort_by_key(Diagnostic::span);
    (found, sources)
}

/// Every diagnostic as `code @text`, in the order of the text.
fn said(text: &str) -> Vec<String> {
    let (found, sources) = checked(text, &[]);
    listed(&found, &sources)
}

fn listed(found: &Checked, sources: &Sources) -> Vec<String> {
    found
        .diagnostics
        .iter()
        .map(|diagnostic| {
            format!(
                "{} @{}",
                diagnostic.code.name(),
                sources.text_at(diagnostic.span())
            )
        })
        .collect()
}

#[track_caller]
fn check_said(text: &str, expected: &[&str]) {
    assert_eq!(said(text), expected, "{text}");
}

#[track_caller]
fn check_clean(text: &str) {
    check_said(text, &[]);
}

#[test]
fn everything_legal_is_silent() {
    for expression in [
        "region = Beijing and age in 18..24 and last_visit = \"课程页\"",
        "地区 = 北京 且 年龄 在 18..24",
        "region in (北京, 上海, \"广东/深圳\") and region != 天津",
        "age in (1, 3, 18..24, 60..) and age not in (20..21)",
        "5 < age and 18 <= age",
        "device = ios or device in (android, \"4g\")",
        "last_active within 72h and last_active within 30d..90d ago",
        "last_active within next 7d and birthday within 30d",
        "last_active before 2026-01-01 and last_active after 30d ago and last_active on 2026-11-11",
        "last_active in 2026-01-01..2026-06-30 and last_active in last month",
        "last_active = 2026-11-22T09:00+08:00 or last_active < 2026-11-22T09:00",
        "birthday within next 7d anniversary or birthday within 7d anniversary",
        "birthday before last_active and last_active >= birthday",
        "tags has \"vip\" and tags has any of (\"a\", b) and tags has none of (c)",
        "tags has all of (a, b) and count(tags) >= 2 and length(tags) = 2",
        "last_visit contains any of (\"x\", \"y\") and last_visit not contains \"z\"",
        "last_visit starts with \"a\" and nick ends with \"B\" and lower(last_visit) = \"abc\"",
        "last_visit matches \"*页\" and last_visit matches /^1[3-9]\\d{9}$/",
        "last_visit = contact.nick and device != contact.last_visit",
        "spend > 500.00 and spend / age > 3 and 2026 - age in 18..24 and -age < 3",
        "score > 0.5 and score in (0.1, 1..2)",
        "blocked and not blocked = false",
        "app >= \"8.0.30\" and app in (\"8\"..\"9\", \"10.1\")",
        "year(birthday) = 2000 and weekday(last_active) in (sat, sun) and hour(last_active) in 20..23",
        "days_since(last_active) > 30 and length(last_visit) > 3 and weekday(birthday) = mon",
        "at least 2 of (blocked, age > 3, spend > 3) and exactly 1 of (blocked, age > 3)",
        "sample 10% salt \"a\" and everyone and not nobody",
        "id in (\"1\", \"00123\") and id = \"1\"",
        "age in 5..5",
        "age is missing or region is not missing",
    ] {
        check_clean(&format!("segment a = {expression}"));
    }
}

#[test]
fn ten_mistakes_give_ten_diagnostics() {
    check_said(
        "\
segment s1 = agee > 3
segment s2 = region = 朝阳
segment s3 = age in 24..18
segment s4 = tags = \"vip\"
segment s5 = device = iOS
segment s6 = age = 300
segment s7 = last_visit < \"a\"
segment s8 = sample 10%
segment s9 = s99
segment s10 = birthday within 3h
segment good = s1 and s9 and s10
",
        &[
            "unknown-field @agee",
            "ambiguous-region @朝阳",
            "empty-range @24..18",
            "type-mismatch @=",
            "unknown-value @iOS",
            "out-of-range @300",
            "type-mismatch @<",
            "sample-needs-salt @sample 10%",
            "unknown-segment @s99",
            "type-mismatch @3h",
        ],
    );
}

#[test]
fn mistakes_in_one_expression_are_all_told() {
    check_said(
        "segment a = agee > 3 and regoin = 北京 or device = iPhone",
        &[
            "unknown-field @agee",
            "mixed-and-or @agee > 3 and regoin = 北京",
            "unknown-field @regoin",
            "unknown-value @iPhone",
        ],
    );
}

#[test]
fn cycles_are_listed_in_order() {
    let (found, _) = checked(
        "segment a = b\nsegment b = c\nsegment c = a\nsegment d = d\nsegment e = a",
        &[],
    );
    let help: Vec<&str> = found
        .diagnostics
        .iter()
        .map(|diagnostic| diagnostic.help.as_ref().unwrap().en.as_str())
        .collect();
    assert_eq!(
        help,
        [
            "a → b → c → a: take one of these references out",
            "d → d: take one of these references out"
        ]
    );
}

#[test]
fn a_long_chain_of_segments_is_no_problem() {
    let mut text = String::from("segment s0 = age > 3\n");
    for index in 1..20_000 {
        text.push_str(&format!(
            "segment s{index} = s{} or age = {}\n",
            index - 1,
            index % 150
        ));
    }
    let (found, _) = checked(&text, &[]);
    assert!(found.diagnostics.is_empty());
    assert_eq!(found.rules.segments.len(), 20_000);
}

#[test]
fn names_defined_twice_show_both_places() {
    let (found, sources) = checked("segment a = blocked\nlist a = (x)\nparam a = 3", &[]);
    assert_eq!(found.diagnostics.len(), 2);
    for diagnostic in &found.diagnostics {
        assert_eq!(diagnostic.code.name(), "duplicate-name");
        assert_eq!(sources.text_at(diagnostic.labels[1].span), "a");
    }
}

#[test]
fn look_alike_letters_name_both() {
    check_said(
        "segment a = t\u{430}gs has \"x\"",
        &["confusable-name @t\u{430}gs"],
    );
}

#[test]
fn literals_are_compared_exactly() {
    check_said("segment a = age = 18.5", &["inexact-literal @18.5"]);
    check_said("segment a = spend > 1.005", &["inexact-literal @1.005"]);
    check_clean("segment a = spend > 1.500");
    check_said(
        "segment a = last_visit = \" x \"",
        &["untrimmed-text @\" x \""],
    );
    check_said("segment a = last_visit = \"  \"", &["empty-text @\"  \""]);
    check_said(
        "segment a = age = 151 or age in 200..300",
        &["out-of-range @151", "out-of-range @200..300"],
    );
    check_clean("segment a = age > 200");
}

#[test]
fn bare_words_are_values_and_said_so_when_ambiguous() {
    check_said("segment a = last_visit = age", &["ambiguous-word @age"]);
    check_said("segment ios = device = ios", &[]);
    check_said(
        "segment b = blocked\nsegment a = last_visit = b",
        &["ambiguous-word @b"],
    );
    check_said("segment a = id = abc", &["type-mismatch @abc"]);
    check_said("segment a = app > 8", &["type-mismatch @8"]);
}

#[test]
fn times_are_checked_against_dates() {
    check_said(
        "segment a = hour(birthday) = 3",
        &["type-mismatch @birthday"],
    );
    check_said(
        "segment a = birthday = 2026-01-01T09:00",
        &["type-mismatch @2026-01-01T09:00"],
    );
    check_said(
        "segment a = last_active within 90d..30d ago",
        &["empty-range @90d..30d ago"],
    );
    check_said(
        "segment a = last_active in 2026-06-30..2026-01-01",
        &["empty-range @2026-06-30..2026-01-01"],
    );
    check_said("segment a = age within 30d", &["type-mismatch @age"]);
    check_said("segment a = last_active > 3", &["type-mismatch @3"]);
}

#[test]
fn sets_are_checked() {
    check_said("segment a = age in ()", &["empty-set @()"]);
    check_said("segment a = age in (1, 2, 1)", &["duplicate-value @1"]);
    check_said("segment a = region in staff", &["unknown-list @staff"]);
    check_said(
        "segment a = device in (ios, symbian)",
        &["unknown-value @symbian"],
    );
    check_said("segment a = tags in (a)", &["type-mismatch @tags"]);
    check_said(
        "segment a = last_visit has \"x\"",
        &["type-mismatch @last_visit"],
    );
    check_said("segment a = tags contains \"x\"", &["type-mismatch @tags"]);
    let many: Vec<String> = (0..10_001).map(|number| number.to_string()).collect();
    let (found, _) = checked(&format!("segment a = spend in ({})", many.join(",")), &[]);
    assert_eq!(found.diagnostics[0].code.name(), "too-large");
}

#[test]
fn patterns_compile_or_say_why() {
    check_said("segment a = last_visit matches /(/", &["bad-pattern @/(/"]);
    check_said(
        "segment a = last_visit matches /(a{1000}){1000}/",
        &["bad-pattern @/(a{1000}){1000}/"],
    );
    check_said(
        "segment a = last_visit matches /a(?=b)/",
        &["bad-pattern @/a(?=b)/"],
    );
    check_said("segment a = last_visit matches \"\"", &["empty-text @\"\""]);
}

#[test]
fn counts_that_decide_nothing_are_refused() {
    check_said(
        "segment a = at least 3 of (blocked, age > 3)",
        &["impossible-count @at least 3 of (blocked, age > 3)"],
    );
    check_said(
        "segment a = at most 2 of (blocked, age > 3)",
        &["impossible-count @at most 2 of (blocked, age > 3)"],
    );
}

#[test]
fn mixed_and_or_has_a_fix_that_keeps_the_meaning() {
    let text = "segment a = blocked or age > 3 and spend > 3";
    check_said(text, &["mixed-and-or @age > 3 and spend > 3"]);
    check_clean("segment a = blocked or (age > 3 and spend > 3)");
    let (found, _) = checked(text, &[]);
    assert!(found.diagnostics[0].fixes[0].safe);
}

#[test]
fn samples_need_a_salt_and_a_share() {
    check_said(
        "segment a = sample 101% salt \"x\"",
        &["out-of-range @101%"],
    );
    check_said(
        "segment a = sample 100% salt \"x\"",
        &["trivial-sample @100%"],
    );
    check_clean("segment a = sample 0.5% salt \"x\"");
}

#[test]
fn parameters_stand_for_literals() {
    check_clean(
        "param min = 200.00\nparam pages = \"课程页\"\nsegment a = spend > min and last_visit = pages",
    );
    check_clean(
        "param days = 30d\nparam since = 2026-01-01\nsegment a = last_active within days and last_active >= since",
    );
    let (found, _) = checked(
        "param min = 200.00\nsegment a = spend > min",
        &[("min", "300")],
    );
    assert!(found.diagnostics.is_empty());
    let (found, _) = checked(
        "param min = 200.00\nsegment a = spend > min",
        &[("min", "many")],
    );
    assert_eq!(found.diagnostics[0].code.name(), "bad-value");
    let (found, _) = checked(
        "param min = 200.00\nsegment a = spend > min",
        &[("mim", "300")],
    );
    assert_eq!(found.diagnostics[0].code.name(), "unknown-param");
}

#[test]
fn broken_patterns_are_told_what_to_do() {
    for (pattern, help) in [
        ("(?=a)b", "ask two questions"),
        ("(a)\\1", "ask two questions"),
        ("(a{1000}){1000}", "repeat less"),
        ("[a", "close it"),
        ("*a", "correct the pattern"),
    ] {
        let (found, _) = checked(&format!("segment a = last_visit matches /{pattern}/"), &[]);
        let [only] = found.diagnostics.as_slice() else {
            panic!("{pattern}: {} diagnostics", found.diagnostics.len());
        };
        let told = only.help.as_ref().map_or("", |help| &help.en);
        assert!(told.contains(help), "{pattern}: {told}");
    }
}

#[test]
fn a_share_given_on_the_command_line_is_never_guessed() {
    let rules = "param share = 10%\nsegment a = sample share salt \"x\"";
    for (given, is_taken) in [
        ("20", true),
        ("20%", true),
        ("0.5%", true),
        ("0.5", false),
        ("1", false),
    ] {
        let (found, _) = checked(rules, &[("share", given)]);
        assert_eq!(found.diagnostics.is_empty(), is_taken, "{given}");
    }
}

#[test]
fn parameters_of_another_type_are_told_where_they_are_used() {
    let params = "param days = 30d\nparam word = \"a\"\nparam share = 5%\n";
    for (condition, expected) in [
        ("birthday before days ago and last_active in days ago..", ""),
        (
            "birthday within next days or birthday within days..90d ago",
            "",
        ),
        ("last_visit matches word and sample share salt word", ""),
        ("days ago > last_active", ""),
        ("birthday before word ago", "type-mismatch @word"),
        ("birthday within next share", "type-mismatch @share"),
        ("last_visit matches days", "type-mismatch @days"),
        ("sample word salt word", "type-mismatch @word"),
        ("sample share salt days", "type-mismatch @days"),
        ("sample share salt lost", "unknown-param @lost"),
        (
            "birthday within 60d..days ago",
            "empty-range @60d..days ago",
        ),
        ("age > days ago", "type-mismatch @days ago"),
        ("days ago", "not-a-condition @days ago"),
        ("sample 10 salt word", "syntax-error @10"),
    ] {
        let expected: Vec<&str> = Some(expected)
            .filter(|code| !code.is_empty())
            .into_iter()
            .collect();
        check_said(&format!("{params}segment a = {condition}"), &expected);
    }
}

#[test]
fn no_parameter_or_segment_takes_a_fields_place_unseen() {
    check_said(
        "param age = 3\nsegment a = orders > 3",
        &["duplicate-name @age", "unknown-field @orders"],
    );
    check_said("param 年龄 = 3", &["duplicate-name @年龄"]);
    check_said(
        "param ios = \"android\"\nsegment a = device = ios",
        &["ambiguous-word @ios"],
    );
    check_said(
        "segment blocked = age > 5\nsegment a = not blocked",
        &["ambiguous-word @blocked"],
    );
    check_clean("segment blocked = age > 5\nsegment a = not contact.blocked");
}

#[test]
fn allow_comments_silence_and_are_reported_when_idle() {
    check_clean("# allow: mixed-and-or reads well\nsegment a = blocked or age > 3 and spend > 3");
    check_said(
        "# allow: mixed-and-or\nsegment a = blocked",
        &["unused-allow @# allow: mixed-and-or"],
    );
    check_said(
        "# allow: unknown-field why not\nsegment a = agee > 3",
        &[
            "unused-allow @# allow: unknown-field why not",
            "unknown-field @agee",
        ],
    );
}

#[test]
fn former_places_are_hinted() {
    let (found, _) = checked("segment a = region = \"北京/崇文区\"", &[]);
    assert_eq!(found.diagnostics[0].code.name(), "unknown-region");
    let help = &found.diagnostics[0].help.as_ref().unwrap().en;
    assert!(help.contains("东城区"), "{help}");
}

#[test]
fn schemas_are_checked() {
    let said = |text: &str| {
        let mut sources = Sources::new();
        let id = sources.add("s.seg", text);
        let parsed = parse(id, sources.get(id).unwrap().text());
        let files = [(id, parsed.file)];
        let found = check(&CheckInput {
            sources: &sources,
            files: &files,
            list_files: &NoListFiles,
            params: &IndexMap::new(),
            schema: None,
        });
        let all = parsed.diagnostics.iter().chain(&found.diagnostics);
        all.map(|diagnostic| diagnostic.code.name().to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        said("schema c { id: id\n a: int\n b: text aka a }"),
        ["duplicate-name"]
    );
    assert_eq!(said("schema c { id: id\n a: innt }"), ["unknown-type"]);
    assert_eq!(said("schema c { a: int }"), ["bad-schema"]);
    assert_eq!(said("schema c { id: id\n a: id }"), ["bad-schema"]);
    assert_eq!(said("schema c { id: id\n a: decimal(12) }"), ["bad-schema"]);
    assert_eq!(said("schema c { id: id\n a: int 5..3 }"), ["empty-range"]);
    assert_eq!(
        said("schema c { id: id\n a: innt }\nsegment x = a = 3"),
        ["unknown-type"]
    );
    assert!(
        said("schema c { id: row\n a: int 0..150 missing when (-1, \"N/A\") }\nsegment x = a = 3")
            .is_empty()
    );
}

#[test]
fn tests_and_campaigns_are_checked() {
    check_said(
        "segment a = blocked\ntest \"x\" { contact { id: \"1\", agee: 3 } in a }",
        &["unknown-field @agee"],
    );
    check_said(
        "segment a = blocked\ntest \"x\" { contact { id: \"1\" } in b }",
        &["unknown-segment @b"],
    );
    check_said(
        "segment a = blocked\nplatform wecom { api none }\ncampaign c { platform wecom\n audience aa\n exclude staff }",
        &["unknown-segment @aa", "unknown-list @staff"],
    );
}

#[test]
fn the_words_and_figures_of_platforms_are_checked() {
    check_said(
        "platform p { cap 5 people per day; cap 5 sends per fortnight on excess drip; cap 120% sends per day }",
        &[
            "bad-platform @people",
            "bad-platform @fortnight",
            "bad-platform @drip",
            "bad-platform @120%",
        ],
    );
    check_said(
        "platform p { cap 1 send per 7d; message text { length 5% bytes; length 5 letters; links outside 1 }; zone \"Asia/Shanghia\" }",
        &[
            "bad-platform @length 5% bytes",
            "bad-platform @letters",
            "bad-platform @outside",
            "bad-platform @\"Asia/Shanghia\"",
        ],
    );
}

#[test]
fn campaigns_name_platforms_profiles_and_tiers_that_exist() {
    let platforms = "platform p { tier small { cap 5 sends per day } }\nplatform p profile documented { api none }\n";
    check_said(
        &format!(
            "{platforms}campaign c {{ platform p profile documented tier small\n audience everyone }}"
        ),
        &["unknown-platform @small"],
    );
    check_said(
        &format!("{platforms}campaign c {{ platform q\n audience everyone }}"),
        &["unknown-platform @q"],
    );
    check_said(
        &format!(
            "{platforms}campaign c {{ platform p profile real tier smal\n audience everyone }}"
        ),
        &["unknown-platform @real", "unknown-platform @smal"],
    );
}
