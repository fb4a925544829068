//! Times the classifier of single contacts: `cargo bench --bench one_contact`
//!
//! Prints a Markdown table: conditions, how many hold for a contact on average, seconds to prepare
//! them, CPU microseconds a contact, and the 50th and 99th percentile of single contacts. One thread;
//! contacts are in memory and come in turn, each several times.

#![allow(
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a program that prints and may stop"
)]

mod generate;

use generate::{Mix, conditions, contacts, schema};
use segrule::eval::classifier::Classifier;
use segrule::eval::row::Contact;
use std::time::Instant;

const CONTACTS: usize = 20_000;

/// Seconds this process has used a core; the clock on the wall where the system does not tell.
fn cpu_seconds(start: Instant) -> f64 {
    let told = std::fs::read_to_string("/proc/self/schedstat").ok();
    let first = told.and_then(|told| told.split(' ').next().map(str::to_string));
    let nanoseconds = first.and_then(|first| first.parse::<f64>().ok());
    nanoseconds.map_or(start.elapsed().as_secs_f64(), |taken| taken / 1e9)
}

fn main() {
    let contacts = contacts(7, CONTACTS);
    println!("| conditions | mix | hold | prepared in s | CPU µs | p50 µs | p99 µs |");
    println!("|---|---|---|---|---|---|---|");
    for (name, mix) in [("usual", Mix::Usual), ("selective", Mix::Selective)] {
        for count in [1, 10, 100, 1_000, 10_000, 100_000] {
            measure(count, name, mix, &contacts);
        }
    }
}

fn measure(count: usize, name: &str, mix: Mix, contacts: &[(String, Vec<segrule::value::Value>)]) {
    let start = Instant::now();
    let (dag, roots) = conditions(42, count, mix);
    let before = cpu_seconds(start);
    let classifier = Classifier::new(&dag, &schema(), &roots);
    let prepared = cpu_seconds(start) - before;
    let mut matcher = classifier.matcher();
    let contact = |(id, cells): &'_ (String, Vec<_>)| -> usize {
        let found = matcher.classify(&Contact { id, cells });
        found.members.len()
    };
    let mut classify = contact;
    let turns = (2_000_000 / CONTACTS)
        .min(40_000_000 / (CONTACTS * count.max(1)))
        .max(1);
    // The first turn fills what is remembered.
    let mut members: usize = contacts.iter().map(&mut classify).sum();
    let before = cpu_seconds(start);
    for _ in 0..turns {
        members += contacts.iter().map(&mut classify).sum::<usize>();
    }
    let each = (cpu_seconds(start) - before) / (turns * CONTACTS) as f64 * 1e6;
    let hold = members as f64 / ((turns + 1) * CONTACTS) as f64;
    let mut singles: Vec<f64> = contacts
        .iter()
        .map(|each| {
            let start = Instant::now();
            members += classify(each);
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    singles.sort_by(f64::total_cmp);
    let (p50, p99) = (singles[CONTACTS / 2], singles[CONTACTS * 99 / 100]);
    println!("| {count} | {name} | {hold:.2} | {prepared:.3} | {each:.3} | {p50:.2} | {p99:.2} |");
    assert!(members < usize::MAX);
}
