//! Messages, prices, platforms beside each other, and the examples.

use super::super::cli::{folder, run, run_in};
use super::{SCHEMA, people, plan_run, planned, stage};
use serde_json::Value;

#[test]
fn messages_are_measured_with_each_persons_values() {
    let platform =
        "platform post { message text { length 10 sms_cn }; cost 0.10 CNY per segment }\n";
    let campaign = format!(
        "{platform}campaign c {{ platform post\n audience everyone\n start 2026-11-23\n message text {{ text \"Hi {{name}}!\" }} }}\n"
    );
    let (plan, _) = planned(&campaign, "id,name\n1,Ann\n2,\n3,123456\n", &[]);
    assert_eq!(
        (plan["segments"].as_u64(), stage(&plan, "sent")),
        (Some(3), 3)
    );
    assert!(plan["notes"].to_string().contains("1 person has no value"));
    let (misfit, code) = planned(&campaign, "id,name\n1,Ann\n2,Bartholomew\n", &[]);
    assert_eq!(
        (code, &misfit["reason"]),
        (1, &Value::from("message_too_long"))
    );
    assert_eq!(misfit["changes"][0]["to"], "5");
    // A value is never read as a template again.
    let (plan, code) = planned(&campaign, "id,name\n1,{id}\n", &[]);
    assert_eq!((code, stage(&plan, "sent")), (0, 1));
}

#[test]
fn a_budget_bounds_who_is_sent_to() {
    let campaign = |more: &str| {
        format!(
            "campaign c {{ platform aliyun_sms\n audience everyone\n start 2026-11-23\n message text {{ text \"x\" }}\n budget 0.60 CNY\n {more} }}\n"
        )
    };
    let (misfit, code) = planned(&campaign(""), &people(11), &[]);
    assert_eq!((code, misfit["fitting"].as_u64()), (1, Some(10)));
    assert_eq!(misfit["changes"][0]["to"], "0.66");
    let (plan, code) = planned(&campaign("over limit keep spend desc"), &people(11), &[]);
    assert_eq!(
        (code, stage(&plan, "sent"), stage(&plan, "over_limit")),
        (0, 10, 1)
    );
    assert_eq!(plan["cost"]["amount"].to_string(), "0.6");
}

#[test]
fn a_campaign_that_breaks_three_limits_says_all_three() {
    let campaign = "list taboo = (\"cheapest\")
campaign c {
  platform miniprogram
  audience everyone
  message notice {
    text  \"The CHEAPEST course in town, for everybody who comes today or tomorrow\"
    links external \"https://example.com\"
  }
  forbid taboo
}
";
    let found = plan_run(campaign, "id\n1\n", &[]);
    assert_eq!(found.code, 1);
    for code in [
        "message-too-long",
        "forbidden-part",
        "missing-account",
        "sensitive-word",
    ] {
        assert!(found.err.contains(code), "{code}: {}", found.err);
    }
    let mended = campaign
        .replace(
            "The CHEAPEST course in town, for everybody who comes today or tomorrow",
            "A course in town",
        )
        .replace(
            "links external \"https://example.com\"",
            "account \"School\"",
        );
    assert_eq!(plan_run(&mended, "id\n1\n", &[]).code, 0);
}

#[test]
fn clauses_that_go_wrong_show_how_they_are_written() {
    for (clause, help) in [
        ("window 9:00-21:00", "write it like `window 09:00..21:00`"),
        (
            "window 09:00 to 21:00",
            "write it like `window 09:00..21:00`",
        ),
        (
            "batch 2500 every 15 minutes",
            "write it like `batch 2500 every 15min`",
        ),
        (
            "split 90/10",
            "write it like `split treatment 90%, control 10%`",
        ),
        ("budget 500元", "write it like `budget 500.00 CNY`"),
        ("budget 500", "write it like `budget 500.00 CNY`"),
        (
            "start tomorrow 09:00",
            "write it like `start 2026-11-23T09:00`",
        ),
        ("until 2026/11/30", "write it like `until 2026-11-30`"),
        (
            "at most 2 per week",
            "write it like `at most 2 messages per 7d per recipient`",
        ),
        (
            "rotate region by province",
            "write it like `rotate region by province every 30min`",
        ),
        (
            "order by spend descending",
            "write it like `order by spend desc, age`",
        ),
        ("slow spend < 20", "write it like `slow age < 20 to 50%`"),
        (
            "over limit keep",
            "write it like `over limit keep buyers, spend desc`",
        ),
        ("sends twice", "write it like `sends 5`"),
        ("sends 2\n colour red", "clauses start with `audience`"),
        ("sends 2\n budgett 5 CNY", "did you mean `budget`?"),
        ("slow spend = 4g to 50%", "put quotes around a text"),
        (
            "message text { text \"hi\"\n link \"https://a.cn\" }",
            "did you mean `links`?",
        ),
        ("message text { txt \"hi\" }", "did you mean `text`?"),
    ] {
        let campaign =
            format!("campaign c {{\n platform email\n audience everyone\n {clause}\n}}\n");
        let found = plan_run(&campaign, "id\n1\n", &[]);
        assert_eq!(found.code, 1, "{clause}");
        assert!(found.err.contains(help), "{clause}: {}", found.err);
    }
    // Any other name is the platform's own.
    let campaign = "campaign c { platform email\n audience everyone\n start 2026-11-23\n message text { text \"hi\"; subject \"you\"; thing1 \"x\" } }\n";
    assert_eq!(plan_run(campaign, "id\n1\n", &[]).code, 0);
}

#[test]
fn statements_that_go_wrong_show_how_they_are_written() {
    for (statement, help) in [
        ("cap 5 a day", "write it like `cap 5 sends per day`"),
        (
            "cap five sends per day",
            "write it like `cap 5 sends per day`",
        ),
        (
            "cost 5.00 per message",
            "write it like `cost 5.00 CNY per 1000 messages`",
        ),
        (
            "message text { length 99 }",
            "write it like `length 2048 chars`",
        ),
        ("converts 3", "write it like `converts 3.5%`"),
    ] {
        let found = plan_run(&format!("platform p {{ {statement} }}\n"), "id\n1\n", &[]);
        assert!(found.err.contains(help), "{statement}: {}", found.err);
    }
}

#[test]
fn platforms_compare_as_in_the_channel_table() {
    let campaign = "campaign c { platform wechat\n audience everyone\n start 2026-11-23\n message text { text \"hello\" } }\n";
    let files = [
        ("rules/c.seg", format!("{SCHEMA}{campaign}")),
        ("contacts.csv", people(1000)),
    ];
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let folder = folder(&files);
    let args = ["compare", "c", "--data", "contacts.csv", "--format", "json"];
    let found = run_in(folder.path(), &args);
    let table: Value = serde_json::from_str(&found.out).unwrap();
    let rows: Vec<(String, String, String)> = table["platforms"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| !row["cost"].is_null())
        .map(|row| {
            let name = row["platform"].as_str().unwrap().to_string();
            (
                name,
                row["cost"].to_string(),
                row["cost_per_conversion"].to_string(),
            )
        })
        .collect();
    let row = |name: &str, cost: &str, each: &str| (name.into(), cost.into(), each.into());
    assert_eq!(
        rows,
        [
            row("wecom_assistant", "5", "0.1429"),
            row("email", "1.5", "0.1875"),
            row("wechat_template", "2.8", "0.2333"),
            row("aliyun_sms", "60", "20"),
        ]
    );
    let text = run_in(folder.path(), &["compare", "c", "--data", "contacts.csv"]).out;
    let line = |title: &str| {
        let line = text.lines().find(|line| line.contains(title));
        line.unwrap()
            .split_whitespace()
            .skip(1)
            .collect::<Vec<_>>()
            .join(" ")
    };
    // What a plan rests on is told: no brief says how many e-mails may go out at once.
    assert_eq!(line("企业微信助手"), "yes ? 1,000 1 1 5.00 CNY 35 0.1429");
    assert_eq!(line("阿里云短信"), "yes 1,000 1 1 60.00 CNY 3 20.00");
    assert!(
        text.contains("?: a limit of the platform is not known"),
        "{text}"
    );
    let unsure = table["platforms"].as_array().unwrap().iter();
    let unsure = unsure.filter(|row| row["unknown_limits"] == true).count();
    assert_eq!(unsure, 3, "{table}");
    let refused = table["platforms"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["platform"] == "miniprogram");
    assert_eq!(refused.unwrap()["fits"], false);
}

#[test]
fn the_examples_plan_and_their_pages_need_no_script() {
    let folder = tempfile::tempdir().unwrap();
    let campaigns = [
        ("spring_course", 4),
        ("spring_by_hand", 5),
        ("anniversary", 2),
        ("anniversary_short", 5),
        ("new_lipstick", 1),
        ("checkup_reminder", 20),
    ];
    for (name, batches) in campaigns {
        for lang in ["en", "zh"] {
            let place = folder.path().join(format!("{name}-{lang}"));
            let found = run(&[
                "plan",
                name,
                "--rules",
                "rules",
                "--data",
                "rules/demo/contacts.csv",
                "--now",
                "2026-11-22T09:00+08:00",
                "--lang",
                lang,
                "-o",
                place.to_str().unwrap(),
            ]);
            assert_eq!(found.code, 0, "{name}: {}{}", found.out, found.err);
            let plan: Value =
                serde_json::from_str(&std::fs::read_to_string(place.join("plan.json")).unwrap())
                    .unwrap();
            assert_eq!(plan["batches"].as_array().unwrap().len(), batches, "{name}");
            let ends: u64 = [
                "quarantined",
                "suppressed",
                "capped",
                "slowed",
                "held_out",
                "over_limit",
                "sent",
            ]
            .iter()
            .map(|end| stage(&plan, end))
            .sum();
            assert_eq!(
                ends,
                plan["members"].as_u64().unwrap() + plan["quarantined"].as_u64().unwrap()
            );
            let page = std::fs::read_to_string(place.join("plan.html")).unwrap();
            assert!(
                !page.contains("<script") && !page.contains("http://") && !page.contains(" src=")
            );
            assert!(page.contains(if lang == "zh" {
                "每个人的去处"
            } else {
                "Where everybody ends"
            }));
        }
    }
}

#[test]
fn the_built_in_platforms_can_be_shown_and_replaced() {
    let shown = run(&["show", "platforms"]);
    assert_eq!(shown.code, 0);
    let folder = folder(&[("rules/p.seg", &shown.out)]);
    let found = run_in(folder.path(), &["check", "--deny", "warnings"]);
    assert_eq!(found.code, 0, "{}", found.err);
    let found = run_in(folder.path(), &["fmt", "--check"]);
    assert_eq!(found.code, 0, "{}", found.out);
    let campaign = "platform wechat { cap 3 recipients per send; api none }
campaign c { platform wechat\n audience everyone\n start 2026-11-23T10:00 }\n";
    let (plan, _) = planned(campaign, &people(10), &[]);
    assert_eq!(plan["batches"].as_array().unwrap().len(), 4);
}
