//! What the hierarchy answers, place by place.

use super::*;

fn code(spelling: &str) -> u32 {
    match Hierarchy::china().resolve(spelling) {
        Resolution::Found(code) => code.0,
        other => panic!("`{spelling}` is {other:?}"),
    }
}

#[test]
fn china_has_every_row_of_its_table() {
    let china = Hierarchy::china();
    let count = |level| {
        china
            .iter()
            .filter(|code| china.level(*code) == level)
            .count()
    };
    assert_eq!(china.len(), 3240);
    assert_eq!(count(Level::Province), 34);
    assert_eq!(count(Level::City), 333);
    assert_eq!(count(Level::District), 2873);
}

#[test]
fn a_municipality_is_its_own_city() {
    let china = Hierarchy::china();
    let city = |code| {
        china
            .ancestor_at(RegionCode(code), "city")
            .map(|code| code.0)
    };
    assert_eq!(city(110108), Some(110000));
    assert_eq!(city(110000), Some(110000));
    assert_eq!(city(440305), Some(440300));
    assert_eq!(city(419001), Some(419001));
    assert_eq!(city(440000), None);
    assert_eq!(
        china.ancestor_at(RegionCode(440305), "省"),
        Some(RegionCode(440000))
    );
    assert_eq!(
        china.ancestor_at(RegionCode(440305), "1"),
        Some(RegionCode(440000))
    );
    assert_eq!(china.ancestor_at(RegionCode(440305), "4"), None);
    assert_eq!(china.ancestor_at(RegionCode(440305), "planet"), None);
}

#[test]
fn unknown_codes_answer_quietly() {
    let china = Hierarchy::china();
    let nowhere = RegionCode(1);
    assert_eq!(china.name(nowhere), "");
    assert_eq!(china.path(nowhere), "");
    assert_eq!(china.descendants(nowhere).count(), 0);
    assert!(!china.contains(nowhere, nowhere));
    assert_eq!(china.ancestor_at(nowhere, "province"), None);
}

#[test]
fn a_path_settles_what_a_name_leaves_open() {
    assert_eq!(code("北京/朝阳"), 110105);
    assert_eq!(code("辽宁·朝阳市"), 211300);
    assert_eq!(code("湖南/长沙"), 430100);
    assert_eq!(code("湖南/长沙/长沙"), 430121);
    assert_eq!(code("甘肃/酒泉/Suzhou"), 620902);
}

#[test]
fn fillers_and_second_mentions_are_passed_over() {
    for spelling in [
        "北京市市辖区",
        "北京/北京",
        "北京市北京市市辖区",
        "110100",
        "500000/500200",
    ] {
        let expected = if spelling.starts_with('5') {
            500000
        } else {
            110000
        };
        assert_eq!(code(spelling), expected, "{spelling}");
    }
    assert_eq!(code("重庆市/县/云阳县"), 500235);
    assert_eq!(code("重庆市县云阳县"), 500235);
    assert_eq!(code("河南省/省直辖县级行政区划/济源市"), 419001);
    assert_eq!(code("广东省/东莞市/东莞市"), 441900);
}

#[test]
fn near_spellings_lead_to_places() {
    let china = Hierarchy::china();
    let first = |spelling| china.nearest(spelling, 3).first().map(|(_, code)| code.0);
    assert_eq!(first("Beijin"), Some(110000));
    assert_eq!(first("黑龙港省"), Some(230000));
    assert_eq!(first("广东省/深训市"), Some(440300));
    assert!(china.nearest("zzzzzzzz", 3).is_empty());
}

#[test]
fn cycles_orphans_and_duplicates_are_refused_with_their_line() {
    let kind = |text| Hierarchy::from_csv("store", text).unwrap_err();
    let cycle = kind("code,parent,name\n1,3,a\n2,1,b\n3,2,c\n");
    assert_eq!(cycle.line, 2);
    let names = ["a", "c", "b", "a"].map(str::to_owned).to_vec();
    assert_eq!(cycle.kind, HierarchyErrorKind::Cycle(names));
    let orphan = kind("code,parent,name\n1,,a\n2,9,b\n");
    let expected = HierarchyErrorKind::UnknownParent("9".to_owned());
    assert_eq!(
        orphan,
        HierarchyError {
            line: 3,
            kind: expected
        }
    );
    let twice = kind("chain,shop\nx,1\nx,1\n");
    let expected = HierarchyErrorKind::Duplicate {
        what: "x/1".to_owned(),
        first_line: 2,
    };
    assert_eq!(
        twice,
        HierarchyError {
            line: 3,
            kind: expected
        }
    );
    assert_eq!(kind("chain,shop\n,1\n").kind, HierarchyErrorKind::Blank);
    assert_eq!(
        kind("chain,shop\nx\n").kind,
        HierarchyErrorKind::Ragged {
            found: 1,
            wanted: 2
        }
    );
    assert_eq!(
        kind("chain,shop\n\"x,1\n").kind,
        HierarchyErrorKind::OpenQuote
    );
    assert_eq!(kind("chain,shop\n").kind, HierarchyErrorKind::Empty);
    assert_eq!(
        kind("a,a\n1,2\n").kind,
        HierarchyErrorKind::BadHeader("a".to_owned())
    );
}

#[test]
fn a_chain_deeper_than_the_limit_is_refused() {
    let mut text = "code,parent,name\n0,,n0\n".to_owned();
    for row in 1..40 {
        text += &format!("{row},{},n{row}\n", row - 1);
    }
    let error = Hierarchy::from_csv("store", &text).unwrap_err();
    assert_eq!(
        error,
        HierarchyError {
            line: 34,
            kind: HierarchyErrorKind::TooDeep
        }
    );
}
