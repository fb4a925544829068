//! Random campaigns: nobody lost, nobody twice, no cap broken, nothing outside the hours, the same
//! plan whatever the order of rows. The checker here knows nothing of the planner.

use super::super::cli::{folder, run_in};
use super::SCHEMA;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

const HOUR_MS: i64 = 3_600_000;
const OFFSET_MS: i64 = 8 * HOUR_MS;

#[derive(Clone, Debug)]
struct Case {
    rules: String,
    contacts: Vec<String>,
    ledger: Vec<(i64, u32)>,
    caps: Vec<TestCap>,
    window: Option<(i64, i64)>,
    per_send: Option<u64>,
    sends: Option<u64>,
    batch: Option<u64>,
    has_keep: bool,
}

/// `most` of sends or recipients in `length_ms`, by the clock or rolling.
#[derive(Clone, Debug)]
struct TestCap {
    most: u64,
    is_sends: bool,
    length_ms: i64,
    is_rolling: bool,
}

impl TestCap {
    fn text(&self) -> String {
        let what = if self.is_sends { "sends" } else { "recipients" };
        let per = match self.length_ms / HOUR_MS {
            1 => "hour".to_string(),
            24 => "day".to_string(),
            hours => format!("{}d", hours / 24),
        };
        let rolling = if self.is_rolling { " rolling" } else { "" };
        format!("cap {} {what} per {per}{rolling}", self.most)
    }

    /// The stretch counted for a moment.
    fn stretch(&self, at: i64) -> (i64, i64) {
        if self.is_rolling {
            return (at - self.length_ms + 1, at + 1);
        }
        let unit = self.length_ms.min(24 * HOUR_MS);
        let unit_start = (at + OFFSET_MS).div_euclid(unit) * unit - OFFSET_MS;
        (unit_start + unit - self.length_ms, unit_start + unit)
    }
}

fn cap() -> impl Strategy<Value = TestCap> {
    let length = prop_oneof![Just(1), Just(24), Just(72)];
    (1u64..12, any::<bool>(), length, any::<bool>()).prop_map(
        |(most, is_sends, hours, is_rolling)| TestCap {
            most,
            is_sends,
            length_ms: hours * HOUR_MS,
            is_rolling,
        },
    )
}

fn contact() -> impl Strategy<Value = String> {
    let region = prop_oneof![
        Just("北京"),
        Just("上海"),
        Just("广东/深圳"),
        Just(""),
        Just("nowhere at all")
    ];
    let spend = prop_oneof![
        Just(""),
        Just("1.00"),
        Just("20.50"),
        Just("300.00"),
        Just("x")
    ];
    let blocked = prop_oneof![4 => Just("false"), 1 => Just("true"), 1 => Just(""), 1 => Just("?")];
    (region, spend, blocked)
        .prop_map(|(region, spend, blocked)| format!("{region},{spend},{blocked}"))
}

/// The rule text of a case.
fn rules(
    caps: &[TestCap],
    per_send: Option<u64>,
    window: Option<(u32, u32)>,
    batch: Option<(u64, u32)>,
    sends: Option<u64>,
    days: Option<u32>,
    extras: &[bool],
) -> String {
    let mut rules = String::from(
        "list staff = (p3, p7)\nsegment rich = spend > 100\nplatform post {\n zone \"Asia/Shanghai\"\n",
    );
    for cap in caps {
        let _ = writeln!(rules, " {}", cap.text());
    }
    if let Some(most) = per_send {
        let _ = writeln!(rules, " cap {most} recipients per send");
    }
    rules.push_str(
        "}\ncampaign c {\n platform post\n audience not blocked\n start 2026-11-23T09:30\n",
    );
    if let Some((from, to)) = window {
        let _ = writeln!(rules, " window {from:02}:00..{to:02}:00");
    }
    if let Some((size, minutes)) = batch {
        let _ = writeln!(rules, " batch {size} every {minutes}min");
    }
    if let Some(sends) = sends {
        let _ = writeln!(rules, " sends {sends}");
    }
    if let Some(day) = days {
        let _ = writeln!(rules, " until 2026-11-{day}T23:00");
    }
    let lines = [
        " exclude staff\n",
        " slow rich to 50%\n",
        " split exact a 60%, control 40%\n",
        " order by spend desc\n",
        " defer rich\n",
        " rotate region by province every 45min\n",
        " at most 1 message per 2d per recipient\n",
    ];
    for (line, is_in) in lines.iter().zip(extras) {
        if *is_in {
            rules.push_str(line);
        }
    }
    if extras[7] {
        rules.push_str(" over limit keep spend desc\n");
    }
    rules.push_str("}\n");
    rules
}

prop_compose! {
    fn case()(
        contacts in proptest::collection::vec(contact(), 0..60),
        mut caps in proptest::collection::vec(cap(), 0..3),
        per_send in proptest::option::of(1u64..9),
        window in proptest::option::of((0u32..24, 0u32..24)),
        batch in proptest::option::of((1u64..9, 1u32..200)),
        sends in proptest::option::of(1u64..20),
        ledger in proptest::collection::vec((0i64..200, 0u32..3), 0..6),
        extras in proptest::collection::vec(any::<bool>(), 8),
        days in proptest::option::of(24u32..29),
    ) -> Case {
        caps.dedup_by(|a, b| (a.is_sends, a.length_ms, a.is_rolling) == (b.is_sends, b.length_ms, b.is_rolling));
        if let [a, b] = caps.as_slice() && a.text()[5..].split_once(' ').map(|x| x.1) == b.text()[5..].split_once(' ').map(|x| x.1) {
            caps.pop();
        }
        let batch = batch.filter(|(size, _)| {
            let needed = |cap: &TestCap| if cap.is_sends { per_send.map_or(1, |most| size.div_ceil(most)) } else { *size };
            caps.iter().all(|cap| needed(cap) <= cap.most)
        });
        let window = window.filter(|(from, to)| from != to);
        let has_keep = extras[7];
        let rules = rules(&caps, per_send, window, batch, sends, days, &extras);
        Case {
            rules,
            contacts,
            ledger,
            caps,
            window: window.map(|(from, to)| (i64::from(from) * HOUR_MS, i64::from(to) * HOUR_MS)),
            per_send,
            sends,
            batch: batch.map(|(size, _)| size),
            has_keep,
        }
    }
}

/// The plan and the ids of each batch.
fn planned(case: &Case, rows: &[String], reversed: bool) -> (Value, Vec<Vec<String>>) {
    let mut numbered: Vec<String> = rows
        .iter()
        .enumerate()
        .map(|(number, row)| format!("p{number},{row}"))
        .collect();
    if reversed {
        numbered.reverse();
    }
    let contacts = format!("id,region,spend,blocked\n{}\n", numbered.join("\n"));
    let mut ledger = String::from("id,at,platform,campaign,send\n");
    for (number, (hours, person)) in case.ledger.iter().enumerate() {
        let at = ledger_ms(*hours) / 1000;
        let _ = writeln!(ledger, "p{person},{},post,old,{number}", utc(at));
    }
    let rules = format!("{SCHEMA}{}", case.rules);
    let folder = folder(&[
        ("rules/c.seg", &rules),
        ("contacts.csv", &contacts),
        ("ledger.csv", &ledger),
    ]);
    let mut args = vec![
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
        "-o",
        "plan",
        "--max-rejects",
        "100%",
    ];
    if !case.ledger.is_empty() {
        args.extend(["--ledger", "ledger.csv"]);
    }
    let found = run_in(folder.path(), &args);
    assert!(
        found.code == 0 || found.code == 1,
        "{}\n{}{}",
        case.rules,
        found.out,
        found.err
    );
    let plan: Value = serde_json::from_str(&found.out)
        .unwrap_or_else(|_| panic!("{}\n{}", case.rules, found.err));
    let batches = plan["batches"].as_array().cloned().unwrap_or_default();
    let ids = batches.iter().map(|batch| {
        let path = folder
            .path()
            .join("plan")
            .join(batch["file"].as_str().unwrap());
        let text = std::fs::read_to_string(path).unwrap();
        text.lines()
            .skip(1)
            .map(|line| line.split(',').next().unwrap().to_string())
            .collect()
    });
    let ids = ids.collect();
    (plan, ids)
}

/// Hours after the morning of 19 November: before, while and after the campaign runs.
fn ledger_ms(hours: i64) -> i64 {
    1_795_050_000_000 + hours * HOUR_MS
}

fn utc(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400);
    let date = segrule::value::Date(i32::try_from(days).unwrap());
    let rest = seconds.rem_euclid(86_400);
    format!(
        "{date}T{:02}:{:02}:{:02}Z",
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

fn start_ms(batch: &Value) -> i64 {
    let text = batch["start"].as_str().unwrap();
    segrule::value::parse_instant(text, &segrule::value::Zone::utc())
        .unwrap()
        .0
}

fn check(case: &Case) {
    let (plan, ids) = planned(case, &case.contacts, false);
    let (again, again_ids) = planned(case, &case.contacts, true);
    assert_eq!(
        (&plan["stages"], &plan["fits"]),
        (&again["stages"], &again["fits"]),
        "{}",
        case.rules
    );
    assert_eq!(
        ids, again_ids,
        "the order of rows does not matter\n{}",
        case.rules
    );
    if plan["fits"] == false {
        assert!(!case.has_keep, "who stays was said\n{}", case.rules);
        assert!(plan["left"].as_u64().unwrap() > 0);
        return;
    }
    let whole = plan["members"].as_u64().unwrap() + plan["quarantined"].as_u64().unwrap();
    let ends: u64 = plan["stages"]
        .as_array()
        .unwrap()
        .iter()
        .skip(1)
        .map(|stage| stage["people"].as_u64().unwrap())
        .sum();
    assert_eq!(ends, whole, "everybody ends in one place\n{}", case.rules);
    check_people(&plan, &ids);
    check_limits(case, &plan, &ids);
}

fn check_people(plan: &Value, ids: &[Vec<String>]) {
    let all: Vec<&String> = ids.iter().flatten().collect();
    assert_eq!(
        all.iter().collect::<BTreeSet<_>>().len(),
        all.len(),
        "nobody is sent to twice"
    );
    assert_eq!(all.len() as u64, plan["sent"].as_u64().unwrap());
}

fn check_limits(case: &Case, plan: &Value, ids: &[Vec<String>]) {
    let mut used: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
    for (hours, _) in &case.ledger {
        let entry = used.entry(ledger_ms(*hours)).or_default();
        *entry = (entry.0 + 1, entry.1 + 1);
    }
    let mut total_sends = 0;
    for (batch, ids) in plan["batches"].as_array().unwrap().iter().zip(ids) {
        let (sends, people) = (batch["sends"].as_u64().unwrap(), ids.len() as u64);
        assert_eq!(people, batch["recipients"].as_u64().unwrap());
        assert!(
            case.per_send.is_none_or(|most| people <= most * sends),
            "{}",
            case.rules
        );
        assert!(case.batch.is_none_or(|most| people <= most));
        let at = start_ms(batch);
        if let Some((from, to)) = case.window {
            let of_day = (at + OFFSET_MS).rem_euclid(24 * HOUR_MS);
            let is_open = if from < to {
                (from..to).contains(&of_day)
            } else {
                of_day >= from || of_day < to
            };
            assert!(is_open, "{at} is outside the hours\n{}", case.rules);
        }
        let entry = used.entry(at).or_default();
        *entry = (entry.0 + sends, entry.1 + people);
        total_sends += sends;
    }
    assert!(case.sends.is_none_or(|most| total_sends <= most));
    let planned: BTreeSet<i64> = plan["batches"]
        .as_array()
        .unwrap()
        .iter()
        .map(start_ms)
        .collect();
    for cap in &case.caps {
        for end in used.keys() {
            let (from, to) = cap.stretch(*end);
            let count: u64 = used
                .range(from..to)
                .map(|(_, (sends, people))| if cap.is_sends { *sends } else { *people })
                .sum();
            // What the ledger alone breaks is no fault of the plan.
            let is_ours = planned.range(from..to).next().is_some();
            assert!(
                !is_ours || count <= cap.most,
                "{} has {count} at {end}\n{}",
                cap.text(),
                case.rules
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn plans_keep_every_limit_and_lose_nobody(case in case()) {
        check(&case);
    }
}
