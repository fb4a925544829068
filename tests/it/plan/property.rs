//! Random campaigns with every clause: nobody lost, nobody twice, no cap broken, nothing outside the
//! hours, in the order asked for, the same plan whatever the order of rows.

use super::super::cli::{folder, run_in};
use super::SCHEMA;
use super::checker::{
    Count, HOUR_MS, Sent, Span, TestCap, Told, check_caps, check_people, check_person_cap,
    check_window,
};
use proptest::prelude::*;
use serde_json::Value;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt::Write;

/// One contact, as its cells are written.
#[derive(Clone, Debug)]
struct Person {
    region: &'static str,
    spend: &'static str,
    blocked: &'static str,
    zone: &'static str,
    name: &'static str,
}

#[derive(Clone, Debug)]
struct Case {
    contacts: Vec<Person>,
    ledger: Vec<Sent>,
    caps: Vec<TestCap>,
    person_cap: Option<TestCap>,
    at_most: Option<TestCap>,
    window: Option<(i64, i64)>,
    is_local: bool,
    per_send: Option<u64>,
    per_call: Option<u64>,
    sends: Option<u64>,
    batch: Option<(u64, u32)>,
    until: Option<u32>,
    clauses: Clauses,
}

/// Which of the other clauses are there.
#[derive(Clone, Copy, Debug)]
struct Clauses {
    excludes: bool,
    slows: bool,
    splits: u8,
    prefers: bool,
    orders: bool,
    defers: bool,
    rotates: bool,
    keeps: bool,
    has_message: bool,
}

const ZONES: [(&str, &str); 5] = [
    ("Asia/Shanghai", "+08:00"),
    ("America/Bogota", "-05:00"),
    ("Asia/Kolkata", "+05:30"),
    ("", "+01:00"),
    ("Atlantis/Poseidonis", "+01:00"),
];

fn cap(spans: &'static [Span]) -> impl Strategy<Value = TestCap> {
    let count = prop_oneof![
        Just(Count::Sends),
        Just(Count::Recipients),
        Just(Count::Messages),
        Just(Count::Calls)
    ];
    (
        1u64..12,
        count,
        proptest::sample::select(spans),
        any::<bool>(),
    )
        .prop_map(|(most, count, span, is_rolling)| TestCap {
            most,
            count,
            span,
            is_rolling,
        })
}

fn person_cap(spans: &'static [Span]) -> impl Strategy<Value = Option<TestCap>> {
    proptest::option::of(cap(spans).prop_map(|cap| TestCap {
        most: 1 + cap.most % 3,
        count: Count::Messages,
        ..cap
    }))
}

const DAYS: [Span; 3] = [Span::Ms(24 * HOUR_MS), Span::Ms(72 * HOUR_MS), Span::Month];
const ALL: [Span; 5] = [
    Span::Ms(60_000),
    Span::Ms(HOUR_MS),
    Span::Ms(24 * HOUR_MS),
    Span::Ms(72 * HOUR_MS),
    Span::Month,
];

fn contact() -> impl Strategy<Value = Person> {
    let region = proptest::sample::select(&["北京", "上海", "广东/深圳", "", "nowhere at all"][..]);
    let spend = proptest::sample::select(&["", "1.00", "20.50", "300.00", "300.00", "x"][..]);
    let blocked = proptest::sample::select(&["false", "false", "false", "true", "", "?"][..]);
    let zone = proptest::sample::select(&ZONES[..]);
    let name = proptest::sample::select(&["Ann", "", "王小明"][..]);
    (region, spend, blocked, zone, name).prop_map(|(region, spend, blocked, zone, name)| Person {
        region,
        spend,
        blocked,
        zone: zone.0,
        name,
    })
}

/// Hours after the morning of 19 November: before, while and after the campaign runs.
fn sent() -> impl Strategy<Value = Sent> {
    let platform = proptest::sample::select(&["post", "post", "elsewhere", ""][..]);
    let campaign = proptest::sample::select(&["old", "old", "", "c"][..]);
    (-700i64..300, 0usize..8, platform, campaign).prop_map(|(hours, person, platform, campaign)| {
        Sent {
            at: 1_795_050_000_000 + hours * HOUR_MS,
            person,
            platform,
            campaign,
        }
    })
}

prop_compose! {
    fn clauses()(flags in proptest::collection::vec(any::<bool>(), 8), splits in 0u8..4) -> Clauses {
        Clauses {
            excludes: flags[0],
            slows: flags[1],
            splits,
            prefers: flags[2],
            orders: flags[3],
            defers: flags[4],
            rotates: flags[5],
            keeps: flags[6],
            has_message: flags[7],
        }
    }
}

prop_compose! {
    fn case()(
        contacts in proptest::collection::vec(contact(), 0..60),
        caps in proptest::collection::vec(cap(&ALL), 0..5),
        (person_cap, at_most) in (person_cap(&ALL), person_cap(&DAYS)),
        (per_send, per_call) in (proptest::option::of(1u64..9), proptest::option::of(1u64..5)),
        window in proptest::option::of((0i64..24, 0i64..24)),
        is_local in any::<bool>(),
        batch in proptest::option::of((1u64..9, 1u32..200)),
        sends in proptest::option::of(1u64..20),
        ledger in proptest::collection::vec(sent(), 0..10),
        until in proptest::option::of(24u32..29),
        clauses in clauses(),
    ) -> Case {
        let mut kept: Vec<TestCap> = Vec::new();
        for cap in caps {
            let is_new = kept.iter().all(|other| (other.count, other.span, other.is_rolling) != (cap.count, cap.span, cap.is_rolling));
            if is_new {
                kept.push(cap);
            }
        }
        let mut case = Case {
            contacts, ledger, caps: kept, person_cap, at_most, is_local, per_send, per_call, sends, batch,
            until, clauses, window: window.filter(|(from, to)| from != to),
        };
        // A batch that no cap ever lets through is a mistake in the rules, not a plan.
        if case.batch.is_some_and(|(size, _)| !case.could_send(size)) {
            case.batch = None;
        }
        case
    }
}

impl Case {
    fn could_send(&self, size: u64) -> bool {
        let per_send = self.per_send.unwrap_or(u64::MAX);
        let per_call = self.per_call.unwrap_or(u64::MAX).min(per_send);
        self.caps.iter().all(|cap| {
            let room = match cap.count {
                Count::Sends => cap.most.saturating_mul(per_send),
                Count::Calls => cap.most.saturating_mul(per_call),
                Count::Recipients | Count::Messages => cap.most,
            };
            // A call at the end of each send may be half empty.
            size <= room && (size <= per_call || cap.count != Count::Calls || size * 2 <= room)
        })
    }

    fn has_one_queue(&self) -> bool {
        !(self.clauses.rotates || self.is_local && self.window.is_some())
    }

    fn platform(&self) -> String {
        let mut text =
            String::from("platform post {\n zone \"Asia/Shanghai\"\n cost 0.10 CNY per message\n");
        for cap in &self.caps {
            let _ = writeln!(text, " cap {}{}", cap.text(), cap.rolling());
        }
        if let Some(cap) = &self.person_cap {
            let _ = writeln!(text, " cap {} per recipient{}", cap.text(), cap.rolling());
        }
        for (most, per) in [(self.per_send, "send"), (self.per_call, "call")] {
            if let Some(most) = most {
                let _ = writeln!(text, " cap {most} recipients per {per}");
            }
        }
        text.push_str(" message text { length 99 chars }\n}\n");
        text
    }

    fn rules(&self) -> String {
        let mut text = String::from("list staff = (p3, p7)\nsegment rich = spend > 100\n");
        text.push_str(&self.platform());
        text.push_str(
            "campaign c {\n platform post\n audience not blocked\n start 2026-11-23T09:30\n",
        );
        if let Some((from, to)) = self.window {
            let local = if self.is_local {
                " local zone or \"Africa/Lagos\""
            } else {
                ""
            };
            let _ = writeln!(text, " window {from:02}:00..{to:02}:00{local}");
        }
        if let Some((size, minutes)) = self.batch {
            let _ = writeln!(text, " batch {size} every {minutes}min");
        }
        if let Some(sends) = self.sends {
            let _ = writeln!(text, " sends {sends}");
        }
        if let Some(day) = self.until {
            let _ = writeln!(text, " until 2026-11-{day}T23:00");
        }
        if let Some(cap) = &self.at_most {
            let _ = writeln!(
                text,
                " at most {} messages {} per recipient{}",
                cap.most,
                cap.per().replace("month", "1mo"),
                cap.rolling()
            );
        }
        let clauses = self.clauses;
        let split = [
            "",
            " split exact a 60%, control 40%\n",
            " split a 30%, b 50%, control 20% salt \"s\"\n",
            "",
        ];
        text.push_str(split[usize::from(clauses.splits)]);
        for (is_in, line) in [
            (clauses.excludes, " exclude staff\n"),
            (clauses.slows, " slow rich to 50%\n"),
            (
                clauses.prefers,
                " prefer region is missing, spend = 20.50\n",
            ),
            (clauses.orders, " order by spend desc\n"),
            (clauses.defers, " defer rich\n"),
            (clauses.rotates, " rotate region by province every 45min\n"),
            (
                clauses.keeps,
                " over limit keep name is missing, spend desc\n",
            ),
            (
                clauses.has_message,
                " message text { text \"Hello {name}\" }\n",
            ),
        ] {
            if is_in {
                text.push_str(line);
            }
        }
        text.push_str("}\n");
        text
    }

    /// The plan and its batches. With `is_mixed` the rows stand the other way round, some of them twice.
    fn planned(&self, is_mixed: bool) -> (Value, Vec<Told>) {
        let mut rows: Vec<String> = (0..)
            .zip(&self.contacts)
            .map(|(number, each): (usize, _)| {
                let Person {
                    region,
                    spend,
                    blocked,
                    zone,
                    name,
                } = each;
                format!("p{number},{region},{spend},{blocked},{zone},{name}")
            })
            .collect();
        if is_mixed {
            rows.reverse();
            let again: Vec<String> = rows.iter().step_by(3).cloned().collect();
            rows.extend(again);
        }
        let contacts = format!("id,region,spend,blocked,zone,name\n{}\n", rows.join("\n"));
        let mut ledger = String::from("id,at,platform,campaign,send\n");
        for (number, sent) in self.ledger.iter().enumerate() {
            let at = utc(sent.at / 1000);
            let _ = writeln!(
                ledger,
                "p{},{at},{},{},{number}",
                sent.person, sent.platform, sent.campaign
            );
        }
        let rules = format!("{SCHEMA}{}", self.rules());
        let files = [
            ("rules/c.seg", rules.as_str()),
            ("contacts.csv", contacts.as_str()),
            ("ledger.csv", ledger.as_str()),
        ];
        let folder = folder(&files);
        let args = "plan c --data contacts.csv --zone Asia/Shanghai --now 2026-11-22T09:00+08:00 \
            --format json -o plan --max-rejects 100%";
        let mut args: Vec<&str> = args.split_whitespace().collect();
        if !self.ledger.is_empty() {
            args.extend(["--ledger", "ledger.csv"]);
        }
        let found = run_in(folder.path(), &args);
        let all = format!("{}\n{}{}", self.rules(), found.out, found.err);
        assert!(found.code == 0 || found.code == 1, "{all}");
        let plan: Value = serde_json::from_str(&found.out).unwrap_or_else(|_| panic!("{all}"));
        let batches = plan["batches"].as_array().cloned().unwrap_or_default();
        let told = batches.iter().map(|batch| {
            let file = batch["file"].as_str().unwrap();
            let text = std::fs::read_to_string(folder.path().join("plan").join(file)).unwrap();
            let id = |line: &str| line[1..].split(',').next().unwrap().parse().unwrap();
            Told::new(batch, text.lines().skip(1).map(id).collect())
        });
        let told = told.collect();
        (plan, told)
    }

    /// The order that the campaign asks for.
    fn order(&self, number: usize) -> impl Ord + use<> {
        let (clauses, person) = (self.clauses, &self.contacts[number]);
        let spend = person
            .spend
            .parse::<f64>()
            .ok()
            .map(|spend| (spend * 100.0) as u64);
        let is_nowhere = person.region.is_empty();
        (
            clauses.defers && spend > Some(10_000),
            clauses.prefers && !is_nowhere,
            clauses.prefers && spend != Some(2_050),
            (clauses.orders).then_some((spend.is_none(), Reverse(spend))),
            format!("p{number}"),
        )
    }

    fn keep_order(&self, number: usize) -> impl Ord + use<> {
        let person = &self.contacts[number];
        let spend = person
            .spend
            .parse::<f64>()
            .ok()
            .map(|spend| (spend * 100.0) as u64);
        (
            !person.name.is_empty(),
            spend.is_none(),
            Reverse(spend),
            format!("p{number}"),
        )
    }

    /// People who are left when everything that looks at one person is done, where that is simple.
    fn candidates(&self) -> Option<BTreeSet<usize>> {
        let clauses = self.clauses;
        let is_simple = !clauses.slows && matches!(clauses.splits, 0 | 3) && self.ledger.is_empty();
        // An unreadable cell that a condition looks at hides people; sorting does not.
        let reads_spend = clauses.defers || clauses.prefers;
        let stays = |(number, person): (usize, &Person)| {
            let is_hidden = reads_spend && person.spend == "x"
                || clauses.prefers && person.region.starts_with('n');
            let is_out = clauses.excludes && (number == 3 || number == 7);
            let is_in = matches!(person.blocked, "false" | "");
            (is_in && !is_hidden && !is_out).then_some(number)
        };
        is_simple.then(|| self.contacts.iter().enumerate().filter_map(stays).collect())
    }
}

fn utc(seconds: i64) -> String {
    let date = segrule::value::Date(i32::try_from(seconds.div_euclid(86_400)).unwrap());
    let rest = seconds.rem_euclid(86_400);
    format!(
        "{date}T{:02}:{:02}:{:02}Z",
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

fn check(case: &Case) {
    let rules = case.rules();
    let (plan, batches) = case.planned(false);
    let (again, again_batches) = case.planned(true);
    let ids = |batches: &[Told]| -> Vec<(i64, Vec<usize>)> {
        batches
            .iter()
            .map(|each| (each.at, each.ids.clone()))
            .collect()
    };
    assert_eq!(
        (&plan["stages"], &plan["fits"], ids(&batches)),
        (&again["stages"], &again["fits"], ids(&again_batches)),
        "the order of rows does not matter\n{rules}"
    );
    if plan["fits"] == false {
        assert!(!case.clauses.keeps, "who stays was said\n{rules}");
        assert!(plan["left"].as_u64().unwrap() > 0);
        return;
    }
    check_people(&plan, &batches);
    let sends: u64 = batches.iter().map(|each| each.sends).sum();
    assert!(case.sends.is_none_or(|most| sends <= most));
    for each in &batches {
        assert!(
            case.batch
                .is_none_or(|(most, _)| each.ids.len() as u64 <= most)
        );
        let is_late = case
            .until
            .is_some_and(|day| each.at >= end_ms(day, &each.offset));
        assert!(!is_late, "{rules}");
    }
    if let Some(window) = case.window {
        check_window(window, &batches, &rules);
    }
    check_caps(
        &case.caps,
        &case.ledger,
        &batches,
        (case.per_send, case.per_call),
        &rules,
    );
    for (cap, counts_all) in [(&case.person_cap, false), (&case.at_most, true)] {
        if let Some(cap) = cap {
            check_person_cap(cap, counts_all, &case.ledger, &batches, &rules);
        }
    }
    check_groups(case, &batches, &rules);
    check_order(case, &plan, &batches, &rules);
    check_stages(case, &plan, &batches, &rules);
}

/// 23:00 of a day of November on the batch's own clock.
fn end_ms(day: u32, offset: &str) -> i64 {
    let text = format!("2026-11-{day}T23:00:00{offset}");
    segrule::value::parse_instant(&text, &segrule::value::Zone::utc())
        .unwrap()
        .0
}

/// Each batch is on the clock of its people, and of their province when places rotate.
fn check_groups(case: &Case, batches: &[Told], rules: &str) {
    for each in batches {
        for id in &each.ids {
            let person = &case.contacts[*id];
            if case.is_local && case.window.is_some() {
                let own = ZONES.iter().find(|(name, _)| *name == person.zone).unwrap();
                assert_eq!(each.offset, own.1, "{rules}");
            } else {
                assert_eq!(each.offset, "+08:00", "{rules}");
            }
            let place = match person.region {
                "北京" => Some("北京市"),
                "上海" => Some("上海市"),
                "广东/深圳" => Some("广东省"),
                _ => None,
            };
            let place = place.filter(|_| case.clauses.rotates);
            assert_eq!(each.place.as_deref(), place, "{rules}");
        }
    }
}

fn check_order(case: &Case, plan: &Value, batches: &[Told], rules: &str) {
    let all: Vec<usize> = batches.iter().flat_map(|each| each.ids.clone()).collect();
    if case.has_one_queue() {
        assert!(
            all.is_sorted_by_key(|id| case.order(*id)),
            "{all:?}\n{rules}"
        );
    }
    for each in batches {
        assert!(
            each.ids.is_sorted_by_key(|id| case.order(*id)),
            "{:?}\n{rules}",
            each.ids
        );
    }
    if case.clauses.keeps
        && let Some(candidates) = case.candidates()
    {
        let sent: BTreeSet<usize> = all.into_iter().collect();
        let left = candidates
            .difference(&sent)
            .map(|id| case.keep_order(*id))
            .min();
        let kept = sent.iter().map(|id| case.keep_order(*id)).max();
        let over = plan["stages"].as_array().unwrap().iter();
        let over = over.filter(|stage| stage["stage"] == "over_limit").count();
        assert_eq!(over, 1);
        assert!(
            left.is_none() || kept < left,
            "the first by the keys stay\n{rules}"
        );
    }
}

/// Nobody is counted out who need not be.
fn check_stages(case: &Case, plan: &Value, batches: &[Told], rules: &str) {
    let count = |name: &str| -> u64 {
        let stages = plan["stages"].as_array().unwrap().iter();
        let named = stages.filter(|stage| stage["stage"] == name);
        named.map(|stage| stage["people"].as_u64().unwrap()).sum()
    };
    let in_ledger: BTreeSet<usize> = case.ledger.iter().map(|sent| sent.person).collect();
    assert!(count("capped") <= in_ledger.len() as u64, "{rules}");
    let has_caps = case.at_most.is_some() || case.person_cap.is_some();
    let got_it: BTreeSet<usize> = case
        .ledger
        .iter()
        .filter(|sent| sent.campaign == "c")
        .map(|sent| sent.person)
        .collect();
    for each in batches {
        assert!(each.ids.iter().all(|id| !got_it.contains(id)), "{rules}");
    }
    if !has_caps {
        assert!(count("capped") <= got_it.len() as u64, "{rules}");
    }
    if case.clauses.splits == 1 {
        let arrived = count("sent") + count("held_out") + count("over_limit");
        assert_eq!(
            count("held_out"),
            (arrived * 40 + 49) / 100,
            "{arrived}\n{rules}"
        );
    }
    if let Some(candidates) = case.candidates() {
        let sent: BTreeSet<usize> = batches.iter().flat_map(|each| each.ids.clone()).collect();
        assert!(sent.is_subset(&candidates), "{rules}");
        assert_eq!(
            sent.len() as u64 + count("over_limit"),
            candidates.len() as u64,
            "{rules}"
        );
    }
}

/// A few, unless `PROPTEST_CASES` asks for another number than what it is without it.
fn cases() -> u32 {
    match ProptestConfig::default().cases {
        256 => 60,
        cases => cases,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn plans_keep_every_limit_and_lose_nobody(case in case()) {
        check(&case);
    }
}
