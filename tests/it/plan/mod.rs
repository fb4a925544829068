//! Campaigns into plans, from outside: rules and contacts in, batches, sums and refusals out.

mod checker;
mod files;
mod message;
mod misfit;
mod page;
mod property;

use super::cli::{Run, folder, run_in};
use serde_json::Value;
use std::fmt::Write;

const SCHEMA: &str = "schema contact { id: id; region: region optional; spend: decimal(2) optional; \
    last_purchase: datetime optional; zone: text optional; name: text optional; blocked: bool optional }\n";

/// Plans campaign `c` and gives the JSON and exit code.
#[track_caller]
pub fn planned(campaign: &str, contacts: &str, more: &[&str]) -> (Value, i32) {
    let found = plan_run(campaign, contacts, more);
    let json = serde_json::from_str(&found.out);
    (
        json.unwrap_or_else(|_| panic!("{}{}", found.out, found.err)),
        found.code,
    )
}

#[track_caller]
fn plan_run(campaign: &str, contacts: &str, more: &[&str]) -> Run {
    let files = [
        ("rules/c.seg", format!("{SCHEMA}{campaign}")),
        ("contacts.csv", contacts.to_string()),
    ];
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let folder = folder(&files);
    let args = [
        "plan",
        "c",
        "--data",
        "contacts.csv",
        "--zone",
        "Asia/Shanghai",
        "--now",
        "2026-11-22T09:00+08:00",
        "--format",
        "json",
    ];
    run_in(folder.path(), &[&args[..], more].concat())
}

/// Contacts with nothing but ids.
pub fn people(count: usize) -> String {
    let mut text = String::from("id\n");
    for number in 0..count {
        let _ = writeln!(text, "p{number:06}");
    }
    text
}

fn stage(plan: &Value, name: &str) -> u64 {
    let stages = plan["stages"].as_array().unwrap().iter();
    stages
        .filter(|stage| stage["stage"] == name)
        .map(|stage| stage["people"].as_u64().unwrap())
        .sum()
}

fn starts(plan: &Value) -> Vec<&str> {
    let batches = plan["batches"].as_array().unwrap().iter();
    batches
        .map(|batch| batch["start"].as_str().unwrap())
        .collect()
}

const SHOP: &str = "campaign c {
  platform dingtalk
  audience everyone
  start    2026-11-23T08:00
  batch    2500 every 15min
";

#[test]
fn half_a_million_people_take_four_days_in_the_daytime() {
    let campaign = format!("{SHOP}  window 08:00..22:00\n}}\n");
    let (plan, code) = planned(&campaign, &people(500_000), &[]);
    assert_eq!(code, 0);
    let starts = starts(&plan);
    assert_eq!(starts.len(), 200);
    let mut days: Vec<(&str, usize)> = Vec::new();
    for start in &starts {
        match days.last_mut() {
            Some((day, count)) if *day == &start[..10] => *count += 1,
            _ => days.push((&start[..10], 1)),
        }
    }
    let counts: Vec<usize> = days.iter().map(|(_, count)| *count).collect();
    assert_eq!(counts, [56, 56, 56, 32]);
    assert_eq!(
        (starts[0], starts[55]),
        ("2026-11-23T08:00:00+08:00", "2026-11-23T21:45:00+08:00")
    );
    assert_eq!(starts[199], "2026-11-26T15:45:00+08:00");
    assert_eq!(stage(&plan, "sent"), 500_000);
}

#[test]
fn without_a_window_the_last_batch_starts_49_hours_45_minutes_after_the_first() {
    let (plan, _) = planned(&format!("{SHOP}}}\n"), &people(500_000), &[]);
    let starts = starts(&plan);
    assert_eq!(starts.len(), 200);
    assert_eq!(starts[199], "2026-11-25T09:45:00+08:00");
}

#[test]
fn a_personal_account_gets_lists_of_200_to_hand_over() {
    let campaign = "campaign c { platform wechat\n audience everyone\n start 2026-11-23T10:00 }\n";
    let (plan, _) = planned(campaign, &people(876), &[]);
    let sizes: Vec<u64> = plan["batches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|batch| batch["recipients"].as_u64().unwrap())
        .collect();
    assert_eq!(sizes, [200, 200, 200, 200, 76]);
    assert_eq!(
        (plan["calls"].as_u64(), &plan["platform"]["by_hand"]),
        (Some(0), &Value::Bool(true))
    );
}

#[test]
fn a_share_of_a_cap_holds_for_messages_that_meet_its_condition() {
    let platform =
        "platform post { cap 99 recipients per send; tier small { cap 51 recipients per send }
        message article { cap 50% recipients per send when images >= 5 } }\n";
    let campaign = |images: u32, tier: &str| {
        format!(
            "{platform}campaign c {{ platform post {tier}\n audience everyone\n start 2026-11-23\n message article {{ images {images} }}\n batch 100 every 1h }}\n"
        )
    };
    let sends = |images, tier| {
        planned(&campaign(images, tier), &people(100), &[]).0["sends"]
            .as_u64()
            .unwrap()
    };
    assert_eq!(sends(4, ""), 2);
    // 49 of 99, 25 of 51: rounded down.
    assert_eq!(sends(5, ""), 3);
    assert_eq!(sends(5, "tier small"), 4);
}

#[test]
fn stages_take_people_in_their_order_and_add_up() {
    let campaign = "list staff = (p000001, p000002)
segment rich = spend > 100
campaign c {
  platform wecom
  audience not blocked
  exclude  staff, rich
  start    2026-11-23T09:00
  split    exact treatment 75%, control 25%
}
";
    let mut contacts = String::from("id,spend,blocked\n");
    for number in 0..100 {
        let spend = match number {
            1 | 3 => "500.00",
            4 => "much",
            _ => "5.00",
        };
        let blocked = match number {
            5 => "perhaps",
            6 => "true",
            _ => "false",
        };
        let _ = writeln!(contacts, "p{number:06},{spend},{blocked}");
    }
    let (plan, code) = planned(campaign, &contacts, &[]);
    assert_eq!(code, 0);
    assert_eq!(
        (plan["members"].as_u64(), plan["quarantined"].as_u64()),
        (Some(98), Some(1))
    );
    let rows: Vec<(String, String, u64)> = plan["stages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stage| {
            let name = stage["name"].as_str().unwrap_or("").to_string();
            (
                stage["stage"].as_str().unwrap().to_string(),
                name,
                stage["people"].as_u64().unwrap(),
            )
        })
        .collect();
    let row = |stage: &str, name: &str, people| (stage.to_string(), name.to_string(), people);
    // p000001 is on the list and rich: the list comes first. The unreadable spend hides whether
    // p000004 is rich.
    assert_eq!(
        rows,
        [
            row("audience", "", 98),
            row("quarantined", "", 2),
            row("suppressed", "staff", 2),
            row("suppressed", "rich", 1),
            row("capped", "", 0),
            row("held_out", "control", 23),
            row("sent", "treatment", 71),
        ]
    );
}

#[test]
fn what_does_not_fit_says_what_would() {
    let campaign = "campaign c {
  platform wecom tier basic
  audience everyone
  start    2026-11-23T09:00
  until    2026-11-24
}
";
    let (misfit, code) = planned(campaign, &people(6_000), &[]);
    assert_eq!((code, &misfit["fits"]), (1, &Value::Bool(false)));
    assert_eq!(
        (misfit["fitting"].as_u64(), misfit["left"].as_u64()),
        (Some(5_000), Some(1_000))
    );
    assert_eq!(misfit["reason"], "until");
    let changes: Vec<(&str, &str)> = misfit["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| {
            (
                change["change"].as_str().unwrap(),
                change["to"].as_str().unwrap_or(""),
            )
        })
        .collect();
    assert_eq!(
        changes,
        [
            ("tier", "certified"),
            ("until", "2026-11-25T00:00:00+08:00"),
            ("keep", "")
        ]
    );
    // Each of the changes does fit.
    for (from, to) in [
        ("tier basic", "tier certified"),
        ("until    2026-11-24", "until 2026-11-25"),
    ] {
        let (plan, code) = planned(&campaign.replace(from, to), &people(6_000), &[]);
        assert_eq!((code, stage(&plan, "sent")), (0, 6_000));
    }
}

#[test]
fn over_limit_keeps_the_best() {
    let mut contacts = String::from("id,spend,last_purchase\n");
    for number in 0..30 {
        let bought = if number % 3 == 0 {
            "2026-11-20T10:00:00"
        } else {
            ""
        };
        let _ = writeln!(contacts, "p{number:06},{}.00,{bought}", number);
    }
    let campaign = "campaign c {
  platform wechat
  audience everyone
  start    2026-11-23T09:00
  over limit keep last_purchase within 30d, spend desc
  batch    4 every 1h
  sends    3
}
";
    let folder = folder(&[
        ("rules/c.seg", &format!("{SCHEMA}{campaign}")),
        ("contacts.csv", &contacts),
    ]);
    let args = [
        "plan",
        "c",
        "--data",
        "contacts.csv",
        "--zone",
        "Asia/Shanghai",
        "--now",
        "2026-11-22T09:00+08:00",
        "-o",
        "plan",
    ];
    let found = run_in(folder.path(), &args);
    assert_eq!(found.code, 0, "{}", found.err);
    assert!(found.out.contains("over the limit  18"), "{}", found.out);
    let mut kept = Vec::new();
    for number in 1..=3 {
        let path = folder.path().join(format!("plan/batches/000{number}.csv"));
        let text = std::fs::read_to_string(path).unwrap();
        kept.extend(
            text.lines()
                .skip(1)
                .map(|line| line.split(',').next().unwrap().to_string()),
        );
    }
    // The ten buyers, and of the others those who spent most; in order of id.
    let buyers = (0..30).step_by(3);
    let mut expected: Vec<String> = buyers
        .chain([28, 29])
        .map(|number| format!("p{number:06}"))
        .collect();
    expected.sort();
    assert_eq!(kept, expected);
    // The folder of a plan is replaced only when asked, and only the folder of a plan.
    assert_eq!(run_in(folder.path(), &args).code, 2);
    assert_eq!(
        run_in(folder.path(), &[&args[..], &["--force"]].concat()).code,
        0
    );
    std::fs::create_dir(folder.path().join("mine")).unwrap();
    let other = run_in(folder.path(), &[&args[..10], &["mine", "--force"]].concat());
    assert_eq!(other.code, 2, "{}", other.out);
}

#[test]
fn places_take_turns() {
    let mut contacts = String::from("id,region\n");
    let places = [("广东/深圳", 5), ("北京", 7), ("上海", 2), ("", 1)];
    for (place, count) in places {
        for number in 0..count {
            let _ = writeln!(contacts, "{place}{number},{place}");
        }
    }
    let campaign = "campaign c {
  platform wecom_assistant
  audience everyone
  start    2026-11-23T09:00
  window   09:00..21:00
  batch    3 every 10min
  rotate   region by province every 30min
}
";
    let (plan, _) = planned(campaign, &contacts, &[]);
    let rows: Vec<(&str, &str, u64)> = plan["batches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|batch| {
            let place = batch["place"].as_str().unwrap_or("-");
            (
                &batch["start"].as_str().unwrap()[11..16],
                place,
                batch["recipients"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("09:00", "北京市", 3),
            ("09:10", "北京市", 3),
            ("09:20", "北京市", 1),
            ("09:30", "广东省", 3),
            ("09:40", "广东省", 2),
            ("10:00", "上海市", 2),
            ("10:30", "-", 1),
        ]
    );
}

#[test]
fn hours_are_those_of_the_recipient() {
    let contacts =
        "id,zone\na,Asia/Shanghai\nb,America/New_York\nc,\nd,Atlantis/Poseidonis\ne,Europe/Paris\n";
    let campaign = "campaign c {
  platform email
  audience everyone
  start    2026-11-23T09:00
  window   09:00..12:00 local zone or \"Europe/Paris\"
}
";
    let (plan, _) = planned(campaign, contacts, &[]);
    assert_eq!(
        starts(&plan),
        [
            "2026-11-23T09:00:00+08:00",
            "2026-11-23T09:00:00+01:00",
            "2026-11-23T09:00:00-05:00"
        ]
    );
    assert_eq!(plan["batches"][1]["recipients"], 3);
    let notes = plan["notes"].to_string();
    assert!(notes.contains("2 people have no known zone"), "{notes}");
}

#[test]
fn the_ledger_counts_people_sends_and_this_campaign() {
    let campaign = "campaign c {
  platform wecom
  audience everyone
  start    2026-11-23T09:00
  at most  1 message per 3d per recipient
  batch    2 every 1h
}
";
    let ledger = "id,at,platform,campaign,send
p000000,2026-11-21T10:00:00,sms,old,1
p000001,2026-11-20T10:00:00,sms,old,1
p000002,2026-10-01T10:00:00,wecom,c,1
x,2026-11-23T07:00:00,wecom,other,1
x,2026-11-23T07:00:00,wecom,other,2
x,2026-11-23T07:00:00,wecom,other,3
y,2026-11-23T07:00:00,wecom,other,3
";
    let files = [
        ("rules/c.seg", format!("{SCHEMA}{campaign}")),
        ("contacts.csv", people(10)),
        ("ledger.csv", ledger.to_string()),
    ];
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let folder = folder(&files);
    let args = [
        "plan",
        "c",
        "--data",
        "contacts.csv",
        "--zone",
        "Asia/Shanghai",
        "--now",
        "2026-11-22T09:00+08:00",
        "--format",
        "json",
        "--ledger",
        "ledger.csv",
    ];
    let found = run_in(folder.path(), &args);
    let plan: Value = serde_json::from_str(&found.out).unwrap();
    // p000000 was written to two days before, p000002 got this campaign; p000001 is free again.
    assert_eq!((stage(&plan, "capped"), stage(&plan, "sent")), (2, 8));
    // Three of the day's five sends are used: two batches today, the rest tomorrow.
    let starts = starts(&plan);
    assert_eq!(starts.len(), 4);
    assert_eq!(
        (&starts[1][..16], &starts[2][..16]),
        ("2026-11-23T10:00", "2026-11-24T00:00")
    );
    std::fs::write(folder.path().join("ledger.csv"), "id,at\np1,yesterday\n").unwrap();
    let found = run_in(folder.path(), &args);
    assert_eq!(found.code, 2, "{}", found.out);
}

#[test]
fn limits_hold_exactly_and_never_overflow() {
    let campaign = |cap: u64, batch: u64| {
        format!("platform post {{ cap {cap} recipients per send; cap {cap} messages per day; cap 2 sends per day }}
campaign c {{ platform post\n audience everyone\n start 2026-11-23\n batch {batch} every 1min }}\n")
    };
    for (count, days) in [(9, 1), (10, 1), (11, 2)] {
        let (plan, code) = planned(&campaign(10, 5), &people(count), &[]);
        assert_eq!(code, 0);
        let starts = starts(&plan);
        let last = starts.last().unwrap();
        assert_eq!(&last[..10], format!("2026-11-{}", 22 + days), "{count}");
    }
    let (plan, code) = planned(&campaign(u64::MAX, u64::MAX), &people(3), &[]);
    assert_eq!((code, stage(&plan, "sent")), (0, 3));
}

#[test]
fn ids_are_guarded_unless_for_machines() {
    let campaign = "campaign c { platform wechat\n audience everyone\n start 2026-11-23 }\n";
    let files = [
        ("rules/c.seg", format!("{SCHEMA}{campaign}")),
        ("contacts.csv", "id\n=1+1\nb\n".to_string()),
    ];
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let folder = folder(&files);
    for (whom, id) in [("spreadsheet", "'=1+1"), ("machine", "=1+1")] {
        let args = [
            "plan",
            "c",
            "--data",
            "contacts.csv",
            "-o",
            whom,
            "--for",
            whom,
        ];
        let found = run_in(folder.path(), &args);
        assert_eq!(found.code, 0, "{}", found.err);
        let text =
            std::fs::read_to_string(folder.path().join(whom).join("batches/0001.csv")).unwrap();
        assert_eq!(text, format!("id,send\n{id},1\nb,1\n"));
    }
}
