//! Rule text into its one layout.

use proptest::prelude::*;
use segrule::format::{format_checked, format_file};
use segrule::source::SourceId;
use segrule::syntax::parse;

/// Formats a text, twice, and checks that nothing changed but the layout.
#[track_caller]
fn formatted(text: &str) -> String {
    let once = format_checked(text).unwrap_or_else(|error| {
        let laid_out = format_file(&parse(SourceId(0), text));
        panic!(
            "{error}\n{laid_out}\n{:?}",
            parse(SourceId(0), &laid_out).diagnostics
        )
    });
    let twice = format_checked(&once).unwrap();
    assert_eq!(once, twice, "formatting twice is formatting once");
    once
}

fn corpus(folder: &str) -> Vec<(String, String)> {
    let mut paths: Vec<_> = std::fs::read_dir(format!("tests/corpus/{folder}"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read_to_string(path).unwrap())
    };
    paths.iter().map(read).collect()
}

#[test]
fn sound_files_have_one_layout() {
    for (name, text) in corpus("ok") {
        insta::assert_snapshot!(format!("format_{name}"), formatted(&text));
    }
}

#[test]
fn broken_files_keep_their_meaning_and_comments() {
    for (_, text) in corpus("err") {
        formatted(&text);
    }
}

#[test]
fn a_comment_keeps_a_carriage_return_at_its_end() {
    assert_eq!(formatted("#\r"), "#\r \n");
    assert_eq!(
        formatted("# a\r\nsegment a = vip\r\n"),
        "# a\nsegment a = vip\n"
    );
}

#[test]
fn a_comment_between_a_keyword_and_its_name_ends_the_broken_text_above() {
    assert_eq!(formatted("n\nsegment#\ni="), "n\nsegment  #\ni =\n");
    assert_eq!(formatted("n\nx # why\ni="), "n\nx  # why\ni=\n");
}

#[test]
fn spaces_and_line_breaks_do_not_matter() {
    let expected = "segment a = x > 3 and (b or not c)\n";
    for text in [
        "segment a = x > 3 and (b or not c)",
        "segment   a=x>3 and(b or not c)\n\n\n",
        "\n\nsegment a\n=\nx > 3\n  and (\n b\n or not c )",
        "\u{3000}segment a ＝ x ＞ ３ and （b or not c）\r\n",
    ] {
        assert_eq!(formatted(text), expected);
    }
}

#[test]
fn comments_stay_where_they_are() {
    let text = "# one\n\n\n\n## doc\nsegment a = # two\n  x # three\n  or # four\n  # five\n  y in (1, # six\n 2) # seven\n# eight\n";
    insta::assert_snapshot!("format_comments", formatted(text));
}

/// Conditions as people might write them, each in parentheses where it must be.
fn conditions() -> impl Strategy<Value = String> {
    let operand = prop_oneof![
        Just("age"),
        Just("`and`"),
        Just("profile.city"),
        Just("年龄"),
        Just("-3"),
        Just("200.50"),
        Just("\"课程\\n页\""),
        Just("“甲\"乙”"),
        Just("year(birthday)"),
        Just("2026-01-02"),
        Just("30 天 前"),
        Just("10％"),
        Just("上个月"),
        Just("last   month"),
        Just("(a + 2 * b)"),
        Just("true"),
    ];
    let tail = prop_oneof![
        Just("＝ 3"),
        Just("!= x"),
        Just("in (a, b , 18..<24, ..3,)"),
        Just("not in ..24"),
        Just("不在 名单"),
        Just("contains none of (\"x\",\"y\")"),
        Just("is  not  missing"),
        Just("within 30d..90d ago"),
        Just("within next 7d anniversary"),
        Just("matches /a\"#\\/b/"),
        Just("before 2026-01-01T08:00Z"),
        Just("≥ １８ * 2 - -x"),
    ];
    let test = (operand, tail).prop_map(|(operand, tail)| format!("{operand} {tail}"));
    let leaf = prop_oneof![
        6 => test,
        1 => Just("sample 10% salt \"s\"".to_owned()),
        1 => Just("所有人".to_owned()),
        1 => Just("vip".to_owned()),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..5).prop_map(|all| all.join(" or ")),
            proptest::collection::vec(inner.clone(), 2..5).prop_map(|all| all.join("\n  且 ")),
            inner.clone().prop_map(|one| format!("not {one}")),
            inner.clone().prop_map(|one| format!("（{one})")),
            inner.clone().prop_map(|one| format!("({one} # why\n)")),
            proptest::collection::vec(inner, 1..4)
                .prop_map(|all| format!("at least 1 of ({})", all.join(", "))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn generated_conditions_keep_their_meaning(condition in conditions()) {
        let text = format!("segment a = {condition}\nlist b = (x)\n");
        let parsed = parse(SourceId(0), &text);
        prop_assert_eq!(parsed.file.items.len(), 2, "{:?}", parsed.diagnostics);
        let once = formatted(&text);
        for line in once.lines() {
            prop_assert_eq!(line.trim_end(), line);
        }
    }
}
