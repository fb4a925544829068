//! Texts that change a little at a time: what is known of each must be what a fresh look gives.

use proptest::prelude::*;
use segrule::diag::Diagnostic;
use segrule::ide::{Facts, Hint, Lens, Project, Symbol};
use segrule::source::SourceId;
use segrule::syntax::{parse, parse_again, parse_file};
use std::path::Path;

/// Text that people type, whole or in part; much of it changes where items start and end.
const TYPED: &[&str] = &[
    "\n",
    " ",
    "\"",
    "\"\"\"",
    "(",
    ")",
    "{\n",
    "}\n",
    "`",
    "#",
    "## a doc\n",
    "# allow: unknown-field it is known\n",
    "segment x = age >= 18\n",
    "segment ",
    "\nsegment 年轻 \"年轻人 😀\" = 年龄 < 30 且 vip\n",
    "list staff = (\"1\", b)\n",
    "param floor = 20\n",
    "schema contact {\n  age: int aka 年龄\n  vip: bool\n}\n",
    "test \"t\" { contact { age: 20 } in x }\n",
    "campaign c {\n  platform sms\n  audience x\n}\n",
    "platform p {\n  cap 1 per day\n}\n",
    "age = = 3",
    "matches /a/",
    "events",
    "😀",
    "\u{200b}",
    "\r\n",
    "且",
];

/// One change: where it starts and how much it deletes, in parts of the text, and what is typed.
type Change = (f64, usize, usize);

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = (0.0..1.0, 0..40usize, 0..TYPED.len());
    prop::collection::vec(change, 1..30)
}

/// The text after a change.
pub fn changed(text: &str, (place, deleted, typed): Change) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss
    )]
    let mut start = (text.len() as f64 * place) as usize;
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = (start + deleted.saturating_sub(20)).min(text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    format!("{}{}{}", &text[..start], TYPED[typed], &text[end..])
}

fn start() -> impl Strategy<Value = String> {
    let demo = std::fs::read_to_string("rules/demo/demo.seg").unwrap();
    let half = demo[..demo.find("\n\n").unwrap()].to_string();
    let typed = prop::collection::vec(0..TYPED.len(), 0..25);
    let typed = typed.prop_map(|parts| parts.into_iter().map(|part| TYPED[part]).collect());
    prop_oneof![typed, Just(demo), Just(half)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn a_text_parsed_again_is_as_if_parsed_anew(start in start(), changes in changes()) {
        let source = SourceId(3);
        let mut text = start;
        let mut known = parse(source, &text);
        for change in changes {
            text = changed(&text, change);
            let fresh = parse(source, &text);
            known = parse_again(known, source, &text);
            prop_assert_eq!(&known.file, &fresh.file);
            prop_assert_eq!(&known.diagnostics, &fresh.diagnostics);
            prop_assert_eq!(&known.tree, &fresh.tree);
        }
    }
}

/// Much more text than one thread reads alone; every so many are broken or as deep as can be.
fn large(broken_every: usize) -> String {
    let deep = format!("segment deep = {}vip{}\n", "(".repeat(128), ")".repeat(128));
    let mut text = String::from("# allow: unknown-field all of them\n");
    for number in 0..6_000 {
        text += &format!(
            "## Doc of {number}\nsegment s{number} = age > {number} and 年龄 < 30 # why\n"
        );
        if number % broken_every == 0 {
            text += "segment broken = age = = 3\n# allow: mixed-and-or it is meant\n";
            text += &deep;
        }
    }
    text
}

#[test]
fn a_large_file_is_read_on_all_cores_as_it_would_be_on_one() {
    let source = SourceId(2);
    for broken_every in [500, 100] {
        let text = large(broken_every);
        let shared = parse(source, &text);
        // From nothing on everything is read again, one item after the other.
        let alone = parse_again(parse(source, ""), source, &text);
        assert_eq!(shared.file, alone.file);
        assert_eq!(shared.diagnostics, alone.diagnostics);
        assert_eq!(shared.tree, alone.tree);
        let (file, diagnostics) = parse_file(source, &text);
        assert_eq!(file, alone.file);
        assert_eq!(diagnostics, alone.diagnostics);
        assert_eq!(file.allows.len(), 1 + 6_000_usize.div_ceil(broken_every));
        let after = text.replacen("s7 =", "s7 = vip or", 1);
        let again = parse_again(shared, source, &after);
        assert_eq!(again.tree, parse(source, &after).tree);
    }
}

const SCHEMA: &str = "\
schema contact {
  id: id
  ## In full years.
  age: int 0..150 aka 年龄
  device: one of (android, ios, \"4g\") aka 设备
  last_active: datetime aka 最近活跃
  tags: list of text separated by \";\"
  vip: bool
}
segment 活跃 = 最近活跃 within 72h
";

/// Everything an editor is told of the second file.
#[derive(Debug, PartialEq)]
struct Told {
    symbols: Vec<Symbol>,
    colours: String,
    diagnostics: Vec<Diagnostic>,
    hints: Vec<Hint>,
    lenses: Vec<Lens>,
    places: Vec<String>,
    layout: String,
}

fn told(project: &mut Project) -> Told {
    let source = SourceId(1);
    let layout = format!("{:?}", project.layout(source));
    let view = project.view();
    let length = view.source(source).unwrap().text().len();
    let places = (0..length).step_by(length / 40 + 1).map(|offset| {
        let hover = view.hover(source, offset);
        let target = view.definition(source, offset);
        let places = view.references(source, offset);
        format!("{offset}: {hover:?} {target:?} {places:?}")
    });
    Told {
        symbols: view.symbols(source),
        colours: format!("{:?}", view.highlights(source)),
        diagnostics: view.diagnostics(source).cloned().collect(),
        hints: view.hints(source, &(0..length)),
        lenses: view.lenses(source, true),
        places: places.collect(),
        layout,
    }
}

fn project(text: &str) -> Project {
    let mut project = Project::empty(Facts::default());
    project.edit(Path::new("0.seg"), SCHEMA.into());
    project.edit(Path::new("1.seg"), text.into());
    project
}

#[test]
fn a_layout_prepared_meanwhile_is_that_of_the_text_as_it_is_now() {
    let text = large(7_000).replace("segment broken = age = = 3\n", "");
    let mut known = project(&text);
    let unlaid = known.unlaid().expect("the file is large");
    assert!(known.unlaid().is_none(), "it is prepared once");
    // Typing goes on while another thread lays it out.
    let text = text.replacen("segment s7 =", "segment  s7  =  vip or", 1);
    known.edit(Path::new("1.seg"), text.as_str().into());
    known.take_layout(unlaid.lay_out().unwrap());
    assert!(known.unlaid().is_none(), "it is known");
    let edit = known.layout(SourceId(1)).unwrap();
    assert!(edit.is_some());
    assert_eq!(edit, project(&text).layout(SourceId(1)).unwrap());
    // Small files are laid out when somebody asks.
    assert!(project("segment  a=vip\n").unlaid().is_none());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn after_any_edits_an_editor_is_told_what_a_fresh_one_is(
        start in start(),
        changes in changes(),
        is_asked in prop::collection::vec(any::<bool>(), 30),
    ) {
        let mut text = start;
        let mut known = project(&text);
        for (change, is_asked) in changes.into_iter().zip(is_asked) {
            text = changed(&text, change);
            known.edit(Path::new("1.seg"), text.as_str().into());
            if is_asked {
                prop_assert_eq!(told(&mut known), told(&mut project(&text)));
            }
        }
        // Analysed meanwhile, as a language server does when it is quiet.
        let draft = known.draft();
        known.view();
        known.adopt(draft.checked());
        prop_assert_eq!(told(&mut known), told(&mut project(&text)));
    }
}
