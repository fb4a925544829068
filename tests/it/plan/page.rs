//! What a plan says to its readers: the page, the summary and the notes.

use super::super::cli::{folder, run_in};
use super::{SCHEMA, people, planned};
use std::fmt::Write;

const ZONE: [&str; 4] = ["--zone", "Asia/Shanghai", "--now", "2026-11-22T09:00+08:00"];

/// The page of campaign `c`, and the summary.
#[track_caller]
fn page(campaign: &str, contacts: &str, lang: &str) -> (String, String) {
    let rules = format!("{SCHEMA}{campaign}");
    let folder = folder(&[("rules/c.seg", &rules), ("contacts.csv", contacts)]);
    let args = [
        "plan",
        "c",
        "--data",
        "contacts.csv",
        "-o",
        "plan",
        "--lang",
        lang,
    ];
    let found = run_in(folder.path(), &[&args[..], &ZONE].concat());
    assert_eq!(found.code, 0, "{}{}", found.out, found.err);
    let page = std::fs::read_to_string(folder.path().join("plan/plan.html")).unwrap();
    (page, found.out)
}

const BASIC: &str = "campaign c {
  platform wecom tier basic
  audience everyone
  start    2026-11-23T08:00
  window   08:00..22:00
  batch    500 every 15min
}
";

#[test]
fn the_page_shows_how_far_each_days_caps_are_used() {
    let contacts = people(3_100);
    let (english, _) = page(BASIC, &contacts, "en");
    assert!(english.contains(">5 of 5 sends<"), "the first day is full");
    assert!(english.contains(">2 of 5 sends<"), "the second is not");
    assert!(english.contains(">2,500<") && english.contains(">600<"));
    let (chinese, _) = page(BASIC, &contacts, "zh");
    assert!(chinese.contains(">5/5 次发送<") && chinese.contains("lang=\"zh-CN\""));
    // Without a ledger nobody can be capped: no row says so.
    assert!(!english.contains("capped"));
}

#[test]
fn regions_are_shown_whether_or_not_they_rotate() {
    let mut contacts = String::from("id,region\n");
    for number in 0..9 {
        let place = ["北京/海淀区", "广东/深圳", "广东"][number % 3];
        let _ = writeln!(contacts, "p{number},{place}");
    }
    let (page, _) = page(BASIC, &contacts, "en");
    assert!(page.contains("Where people are"));
    assert!(page.contains("广东省") && page.contains("北京市"));
    assert!(!page.contains("深圳"), "provinces are told, not cities");
}

#[test]
fn members_quarantined_by_another_clause_are_told_apart() {
    let campaign = BASIC.replace("  window", "  prefer   spend > 5\n  window");
    let (_, text) = page(&campaign, "id,spend\n1,x\n2,3.00\n", "en");
    assert!(
        text.contains("1 person of the audience is quarantined: a cell that another clause looks at is invalid"),
        "{text}"
    );
}

#[test]
fn a_budget_that_no_price_can_be_held_against_is_no_secret() {
    let campaign = BASIC.replace("  window", "  budget   500 CNY\n  window");
    let (_, text) = page(&campaign, &people(2), "en");
    assert!(
        text.contains("has no price here: the budget is not checked"),
        "{text}"
    );
    let (_, text) = page(&campaign, &people(2), "zh");
    assert!(text.contains("没有价格数据：未核对预算"), "{text}");
    // On a platform that charges in another currency `compare` neither compares the amounts.
    let rules = "platform post { cost 1.00 USD per message }
campaign c { platform email\n audience everyone\n start 2026-11-23\n budget 0.01 CNY }\n";
    let rules = format!("{SCHEMA}{rules}");
    let contacts = people(2);
    let folder = folder(&[("rules/c.seg", &rules), ("contacts.csv", &contacts)]);
    let args = ["compare", "c", "--data", "contacts.csv", "--format", "json"];
    let found = run_in(folder.path(), &args);
    let table: serde_json::Value = serde_json::from_str(&found.out).unwrap();
    let rows = table["platforms"].as_array().unwrap();
    let post = rows.iter().find(|row| row["platform"] == "post").unwrap();
    assert_eq!(post["fits"], true, "{post}");
}

#[test]
fn chinese_summaries_have_no_english_units() {
    let campaign = "platform post \"邮局\" { cap unknown sends per 7d; cap 2 messages per hour per recipient;
  cap 9 calls per minute on excess queue; cost 1.00 CNY per segment; message text { length 99 sms_cn } }
campaign c { platform post\n audience everyone\n start 2026-11-23T10:00\n message text { text \"您好\" } }\n";
    let (_, text) = page(campaign, &people(3), "zh");
    for words in [
        "邮局每 7 天发送次数上限未知，计划按不限处理",
        "邮局每人每小时 2 条：需要发送台账",
        "邮局每分钟 9 次调用，超出部分会排队",
        "每段 1.00",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    for word in ["sends", "messages", "calls", "segments"] {
        assert!(!text.contains(word), "{word}: {text}");
    }
}

#[test]
fn the_hash_of_the_figures_hangs_on_every_figure_and_not_on_the_layout() {
    let hash = |platform: &str| {
        let rules = format!(
            "{platform}campaign c {{ platform post\n audience everyone\n start 2026-11-23\n message text {{ text \"x\" }} }}\n"
        );
        let (plan, _) = planned(&rules, &people(2), &[]);
        plan["platform"]["figures_sha256"]
            .as_str()
            .unwrap()
            .to_string()
    };
    let base = "platform post { cap 9 sends per day; message text { length 9 chars; images 2 }; cost 1.00 CNY per message; arrives 1h }\n";
    assert_eq!(hash(base), hash(&base.replace("; ", "\n  ")));
    for (from, to) in [
        ("9 sends", "8 sends"),
        ("per day", "per day on excess drop"),
        ("length 9", "length 8"),
        ("chars", "bytes"),
        ("images 2", "images none"),
        ("1.00 CNY", "1.01 CNY"),
        ("arrives 1h", "arrives 2h"),
        ("arrives 1h", "arrives 1h; api none"),
    ] {
        assert_ne!(hash(base), hash(&base.replace(from, to)), "{from} -> {to}");
    }
}

#[test]
fn an_end_that_is_too_early_says_what_batches_wait_for() {
    let campaign = BASIC.replace("  window", "  until    2026-11-23\n  window");
    let (misfit, code) = planned(&campaign, &people(2_600), &[]);
    assert_eq!(code, 1);
    let message = misfit["message"].as_str().unwrap();
    assert!(
        message.ends_with("batches wait for 5 sends per day"),
        "{message}"
    );
}

#[test]
fn a_plan_tells_which_parameters_it_was_made_with() {
    let campaign = "param most = 100.00
segment poor = spend < most
campaign c { platform wecom\n audience poor\n start 2026-11-23T08:00 }\n";
    let contacts = "id,spend\n1,50.00\n2,150.00\n";
    let (plain, _) = planned(campaign, contacts, &[]);
    assert_eq!(plain["provenance"]["set"], serde_json::Value::Null);
    let (plan, _) = planned(campaign, contacts, &["--set", "most=200"]);
    assert_eq!(plan["provenance"]["set"]["most"], "200");
    assert_eq!(
        (plain["sent"].as_u64(), plan["sent"].as_u64()),
        (Some(1), Some(2))
    );
}

#[test]
fn only_hours_that_all_share_are_shaded() {
    let (shared, _) = page(BASIC, &people(3), "en");
    assert!(shared.contains("quiet hours shaded") && shared.contains("class=\"quiet\""));
    let local = BASIC.replace("22:00", "22:00 local zone");
    let contacts = "id,zone\n1,Asia/Shanghai\n2,Asia/Tokyo\n";
    let (own, _) = page(&local, contacts, "en");
    assert!(!own.contains("quiet hours shaded") && !own.contains("class=\"quiet\""));
}
