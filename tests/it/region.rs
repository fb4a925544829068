//! China's divisions by every spelling that data and rules hold, and hierarchies loaded from files.

use proptest::prelude::*;
use segrule::region::{Hierarchy, Level, RegionCode, Resolution};
use std::collections::BTreeMap;

fn resolve(spelling: &str) -> Resolution {
    Hierarchy::china().resolve(spelling)
}

#[track_caller]
fn check(spelling: &str, code: u32) {
    assert_eq!(
        resolve(spelling),
        Resolution::Found(RegionCode(code)),
        "{spelling}"
    );
}

#[track_caller]
fn check_ambiguous(spelling: &str) -> Vec<String> {
    match resolve(spelling) {
        Resolution::Ambiguous(codes) => codes
            .iter()
            .map(|code| Hierarchy::china().path(*code))
            .collect(),
        other => panic!("`{spelling}` is {other:?}"),
    }
}

#[track_caller]
fn check_former(spelling: &str, year_expected: u16, now_expected: &[u32]) {
    match resolve(spelling) {
        Resolution::Former {
            year, now, path, ..
        } => {
            let now: Vec<u32> = now.iter().map(|code| code.0).collect();
            assert_eq!(
                (year, now.as_slice()),
                (year_expected, now_expected),
                "{spelling} {path}"
            );
        }
        other => panic!("`{spelling}` is {other:?}"),
    }
}

/// The places by some text of theirs.
fn by(text: impl Fn(&Hierarchy, RegionCode) -> String) -> BTreeMap<String, Vec<RegionCode>> {
    let china = Hierarchy::china();
    let mut places: BTreeMap<String, Vec<RegionCode>> = BTreeMap::new();
    for code in china.iter() {
        places.entry(text(&china, code)).or_default().push(code);
    }
    places
}

#[test]
fn every_place_is_found_by_path_and_by_code() {
    let china = Hierarchy::china();
    for code in china.iter() {
        let path = china.path(code);
        for spelling in [
            &path,
            &path.replace('/', ""),
            &path.replace('/', " > "),
            &code.0.to_string(),
        ] {
            assert_eq!(
                china.resolve(spelling),
                Resolution::Found(code),
                "{spelling}"
            );
        }
        let parts: Vec<&str> = path.split('/').collect();
        assert_eq!(
            china.resolve_parts(&parts),
            Resolution::Found(code),
            "{path}"
        );
    }
}

#[test]
fn every_unique_name_is_found_alone() {
    let china = Hierarchy::china();
    let fulls = by(|china, code| china.name(code).to_owned());
    for (name, codes) in &fulls {
        match codes.as_slice() {
            [code] => assert_eq!(china.resolve(name), Resolution::Found(*code), "{name}"),
            several => assert_eq!(china.resolve(name), Resolution::Ambiguous(several.to_vec())),
        }
    }
    for (short, codes) in by(|china, code| china.short_name(code).to_owned()) {
        if let ([code], false) = (codes.as_slice(), fulls.contains_key(&short)) {
            assert_eq!(china.resolve(&short), Resolution::Found(*code), "{short}");
        }
    }
}

#[test]
fn the_known_ambiguities_are_all_there_and_none_is_guessed() {
    let china = Hierarchy::china();
    let shorts = by(|china, code| china.short_name(code).to_owned());
    let several: Vec<_> = shorts.iter().filter(|(_, codes)| codes.len() > 1).collect();
    assert_eq!(several.len(), 120);
    let mut preferred = Vec::new();
    for (short, codes) in several {
        match china.resolve(short) {
            Resolution::Ambiguous(_) => {}
            Resolution::Preferred { code, .. } => {
                let holds_all = codes.iter().all(|inner| china.contains(code, *inner));
                assert!(holds_all || china.level(code) == Level::Province, "{short}");
                preferred.push(short.as_str());
            }
            other => panic!("`{short}` is {other:?}"),
        }
    }
    assert_eq!(preferred.len(), 44);
    for wide in ["吉林", "河北", "海南", "长沙", "乌鲁木齐"] {
        assert!(preferred.contains(&wide), "{wide}");
    }
    for split in ["朝阳", "西安", "鼓楼"] {
        assert!(!preferred.contains(&split), "{split}");
    }
    let fulls = by(|china, code| china.name(code).to_owned());
    let shared: Vec<usize> = fulls
        .values()
        .map(Vec::len)
        .filter(|count| *count > 1)
        .collect();
    assert_eq!((shared.len(), shared.iter().sum::<usize>()), (29, 66));
    let mut pinyin = by(|china, code| china.pinyin(code).to_owned());
    pinyin
        .values_mut()
        .for_each(|codes| codes.retain(|code| china.level(*code) == Level::City));
    pinyin.retain(|_, codes| codes.len() > 1);
    let collisions: Vec<&str> = pinyin.keys().map(String::as_str).collect();
    assert_eq!(
        collisions,
        ["Fuzhou", "Suzhou", "Taizhou", "Yichun", "Yulin"]
    );
    for collision in collisions {
        check_ambiguous(collision);
    }
}

#[test]
fn the_spellings_of_data_in_the_wild_mean_the_same() {
    for spelling in [
        "北京",
        "北京市",
        "北京市市辖区",
        "110000",
        "110100",
        "Beijing",
        "beijing",
        "BEIJING",
        "Bei Jing",
        "Beijing Shi",
        "Beijing City",
        "Běijīng",
        "京",
        "Peking",
        "北京/北京",
        "北京市/北京市",
        "北京市/市辖区",
        " 北京 ",
        "　北京市　",
        "１１００００",
        "Ｂｅｉｊｉｎｇ",
    ] {
        check(spelling, 110000);
    }
    for spelling in [
        "北京-朝阳",
        "北京/朝阳区",
        "北京市朝阳区",
        "北京市市辖区朝阳区",
        "Beijing/Chaoyang",
        "Beijing-Chaoyang",
        "Beijing Chaoyang",
        "北京 朝阳",
        "北京，朝阳",
        "北京、朝阳区",
        "北京>朝阳",
        "北京\\朝阳",
        "北京·朝阳",
        "北京　朝阳",
        "北京／北京／朝阳",
        "Beijing Shi, Chaoyang Qu",
        "北京朝阳",
        "110000/110105",
    ] {
        check(spelling, 110105);
    }
    for spelling in [
        "上海市/市辖区/浦东新区",
        "上海浦东",
        "沪/浦东",
        "310115",
        "上海市上海市浦东新区",
    ] {
        check(spelling, 310115);
    }
}

#[test]
fn paths_need_no_separator_and_may_skip_levels() {
    check("北京市海淀区", 110108);
    check("北京/北京/海淀", 110108);
    check("广东省深圳市南山区", 440305);
    check("广东深圳", 440300);
    check("广东/南山区", 440305);
    check("海南藏族自治州共和县", 632521);
    check("吉林吉林", 220200);
    check("吉林省吉林市船营区", 220204);
    check("Guangdong Sheng Shenzhen Shi", 440300);
    check("Inner Mongolia Baotou", 150200);
    check("Inner Mongolia/Hohhot", 150100);
    check("Hong Kong", 810000);
    check("香港/香港/湾仔", 810002);
}

#[test]
fn a_full_name_beats_a_short_one() {
    check("吉林市", 220200);
    check("朝阳市", 211300);
    let candidates = check_ambiguous("朝阳区");
    assert_eq!(candidates, ["北京市/朝阳区", "吉林省/长春市/朝阳区"]);
    assert_eq!(check_ambiguous("鼓楼区").len(), 4);
    check_ambiguous("朝阳");
    check_ambiguous("Chaoyang");
    assert_eq!(check_ambiguous("Xi'an"), check_ambiguous("西安"));
    check("Xi'an Shi", 610100);
    check("Chaoyang Shi", 211300);
}

#[test]
fn a_bare_province_is_preferred_and_names_the_others() {
    for (spelling, province, others) in [
        ("吉林", 220000, 1),
        ("海南", 460000, 2),
        ("河南", 410000, 1),
        ("Hainan", 460000, 2),
    ] {
        let Resolution::Preferred {
            code,
            others: named,
        } = resolve(spelling)
        else {
            panic!("`{spelling}` is {:?}", resolve(spelling));
        };
        assert_eq!((code.0, named.len()), (province, others), "{spelling}");
    }
}

#[test]
fn romanised_names_forgive_case_blanks_apostrophes_and_umlauts() {
    for spelling in ["Ya'an", "yaan", "YA AN", "Ya-an", "Ya’an", "Ya'an Shi"] {
        check(spelling, 511800);
    }
    for spelling in ["Lüliang", "Lvliang", "Luliang Shi", "lyuliang", "Lǚliáng"] {
        check(spelling, 141100);
    }
    check("Shaanxi", 610000);
    check("Shanxi", 140000);
    check("Inner Mongolia", 150000);
    check("内蒙", 150000);
    check("HK", 810000);
    check("Nanjing", 320100);
}

#[test]
fn contradictions_and_other_codes_are_unknown() {
    for spelling in [
        "",
        " ",
        "/",
        "市辖区",
        "广东省/海淀区",
        "北京/上海",
        "河北省海淀区",
        "广东/深圳/广东",
        "110108001",
        "110108001001",
        "11",
        "999999",
        "429000",
        "440100/440305",
        "火星",
        "深圳市人民公园",
        "-",
    ] {
        assert_eq!(resolve(spelling), Resolution::Unknown, "{spelling}");
    }
    let china = Hierarchy::china();
    assert_eq!(
        china.resolve_parts(&["广东省", "北京市"]),
        Resolution::Unknown
    );
    assert_eq!(
        china.resolve_parts(&["广东省", "深圳市", "火星区"]),
        Resolution::Unknown
    );
    assert_eq!(china.resolve_parts(&["", " "]), Resolution::Unknown);
}

#[test]
fn parts_are_read_as_a_path_with_blanks_skipped() {
    let china = Hierarchy::china();
    for (parts, code) in [
        (["北京市", "北京市", "海淀区"], 110108),
        (["北京市", "市辖区", ""], 110000),
        (["广东省", "", "南山区"], 440305),
        (["广东省", "广东省深圳市", "南山"], 440305),
        (["", "深圳", ""], 440300),
        (["440000", "440300", "440305"], 440305),
        (["Guangdong", "Shenzhen", "Nanshan"], 440305),
        (["Inner Mongolia", "", "Baotou"], 150200),
    ] {
        assert_eq!(
            china.resolve_parts(&parts),
            Resolution::Found(RegionCode(code)),
            "{parts:?}"
        );
    }
    assert!(matches!(
        china.resolve_parts(&["", "", "朝阳区"]),
        Resolution::Ambiguous(_)
    ));
}

#[test]
fn former_names_and_codes_hint_at_their_successors() {
    check_former("襄樊市", 2010, &[420600]);
    check_former("襄樊", 2010, &[420600]);
    check_former("湖北省/襄樊市", 2010, &[420600]);
    check_former("湖北襄樊", 2010, &[420600]);
    check_former("湖北省/襄樊市/襄城区", 2010, &[420602]);
    check_former("湖北省襄樊市襄城区", 2010, &[420602]);
    check_former("上海市卢湾区", 2011, &[310101]);
    check_former("浙江省杭州市江干区", 2021, &[330102]);
    check_former("福建/三明/梅列", 2021, &[350404]);
    check_former("下城区", 2021, &[330105]);
    check_former("广州市东山区", 2005, &[440104]);
    check_former("杭州江干", 2021, &[330102]);
    check_former("上海/卢湾", 2011, &[310101]);
    check_former("310103", 2011, &[310101]);
    check_former("莱芜市", 2018, &[370116]);
    check_former("中甸", 2001, &[533401]);
    check_former("广东省/广州市/东山区", 2005, &[440104]);
    check_former("上海市/南市区", 2000, &[]);
    let Resolution::Former { path, new_path, .. } = resolve("萝岗区") else {
        panic!("{:?}", resolve("萝岗区"));
    };
    assert_eq!(
        (path.as_str(), new_path.as_str()),
        ("广东省/广州市/萝岗区", "广东省/广州市/黄埔区")
    );
}

#[test]
fn containment_agrees_with_walking_the_parents() {
    let china = Hierarchy::china();
    let outers: Vec<RegionCode> = china
        .iter()
        .filter(|code| china.level(*code) != Level::District)
        .collect();
    for inner in china.iter() {
        let mut above = vec![inner];
        while let Some(parent) = above.last().and_then(|code| china.parent(*code)) {
            above.push(parent);
        }
        for outer in outers.iter().copied().chain([inner]) {
            assert_eq!(
                china.contains(outer, inner),
                above.contains(&outer),
                "{outer:?} {inner:?}"
            );
        }
    }
    for outer in outers {
        let within: Vec<RegionCode> = china
            .iter()
            .filter(|code| china.contains(outer, *code))
            .collect();
        assert_eq!(china.descendants(outer).collect::<Vec<_>>(), within);
    }
}

#[test]
fn a_hierarchy_loads_from_paths() {
    let text = "\u{feff}area,city,shop\r\nNorth,Oslo,\"Main, 1\"\r\nNorth,Oslo,Port\r\nSouth,Rome,Port\r\n\r\nSouth,,\r\n";
    let stores = Hierarchy::from_csv("store", text).unwrap();
    let found = |spelling: &str| match stores.resolve(spelling) {
        Resolution::Found(code) => stores.path(code),
        other => format!("{other:?}"),
    };
    assert_eq!(stores.level_names(), ["area", "city", "shop"]);
    assert_eq!(found("Main, 1"), "North/Oslo/Main, 1");
    assert_eq!(found("south/port"), "South/Rome/Port");
    assert_eq!(found("OSLO"), "North/Oslo");
    assert!(matches!(stores.resolve("Port"), Resolution::Ambiguous(codes) if codes.len() == 2));
    let (north, port) = (code_of(&stores, "North"), code_of(&stores, "North/Port"));
    assert!(stores.contains(north, port));
    assert_eq!(stores.level(port), Level::Number(3));
    assert_eq!(stores.ancestor_at(port, "area"), Some(north));
    assert_eq!(stores.ancestor_at(port, "1"), Some(north));
}

#[test]
fn a_hierarchy_loads_from_codes_and_parents_in_any_order() {
    let text = "code,name,parent,aliases\nS1,Harbour,R2,docks|pier\nR2,West,,\nR1,East,,\n";
    let stores = Hierarchy::from_csv("store", text).unwrap();
    let west = code_of(&stores, "R2");
    for spelling in [
        "S1",
        "s1",
        "Harbour",
        "docks",
        "PIER",
        "West/Harbour",
        "R2/S1",
    ] {
        if spelling != "s1" {
            assert_eq!(
                stores.parent(code_of(&stores, spelling)),
                Some(west),
                "{spelling}"
            );
        }
    }
    assert_eq!(stores.resolve("s1"), Resolution::Unknown);
    assert_eq!(
        stores
            .nearest("harbor", 1)
            .first()
            .map(|(name, _)| name.as_str()),
        Some("Harbour")
    );
    assert_eq!(
        stores
            .iter()
            .map(|code| stores.name(code).to_owned())
            .collect::<Vec<_>>(),
        ["West", "Harbour", "East"]
    );
}

#[track_caller]
fn code_of(hierarchy: &Hierarchy, spelling: &str) -> RegionCode {
    match hierarchy.resolve(spelling) {
        Resolution::Found(code) => code,
        other => panic!("`{spelling}` is {other:?}"),
    }
}

/// Made of what places' names are made of, so that the walk has something to follow.
fn placelike() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "北京",
        "市",
        "吉林",
        "朝阳",
        "区",
        "县",
        "市辖区",
        "/",
        "-",
        " ",
        "海南",
        "襄樊",
        "省",
        "110000",
        "Hong",
        "Kong",
        "Xi'an",
        "ü",
        "\u{308}",
        "　",
        "ａ",
        "Shi",
        "长沙",
        "省直辖",
    ]);
    prop::collection::vec(pieces, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_spelling_panics(spelling in "\\PC*", parts in prop::collection::vec(".*", 0..5)) {
        let china = Hierarchy::china();
        china.resolve(&spelling);
        china.nearest(&spelling, 3);
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        china.resolve_parts(&parts);
    }

    #[test]
    fn no_placelike_spelling_panics(spelling in placelike()) {
        if let Resolution::Found(code) = resolve(&spelling) {
            prop_assert!(Hierarchy::china().is_known(code));
        }
    }

    #[test]
    fn no_text_panics_as_a_hierarchy(text in "[a-c,\"\n]{0,60}") {
        for header in ["code,parent,name\n", "name,parent\n", "x,y\n", ""] {
            if let Ok(loaded) = Hierarchy::from_csv("x", &format!("{header}{text}")) {
                prop_assert!(loaded.iter().all(|code| loaded.contains(code, code)));
            }
        }
    }
}
