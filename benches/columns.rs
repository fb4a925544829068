//! Times many segments over columns that are in memory already:
//! `cargo run --release --example columns -- RULES DATA [RUNS]`
//!
//! Prints the seconds of each run on two threads, the first ones left out: for counts, and for membership
//! bitmaps, which are handed over some rows after the other, in memory that is used again, with how many
//! members there are.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement for people"
)]

use segrule::dag::{Dag, Root};
use segrule::data::{Input, Projection, ScanOptions, scan};
use segrule::eval::columnar::{Answers, Program, Tally, Worker};
use segrule::table::Chunk;
use segrule::value::{Clock, Instant, Zone};
use segrule::workspace::{Config, Workspace};
use std::error::Error;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Runs that are not counted.
const WARMING_UP: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [rules, data, rest @ ..] = arguments.as_slice() else {
        return Err("give RULES and DATA".into());
    };
    let runs: usize = rest.first().map_or(Ok(5), |runs| runs.parse())?;
    let paths = [PathBuf::from(rules)];
    let params = indexmap::IndexMap::new();
    let workspace = Workspace::load(&paths, &params, &Config::default(), None, None)?;
    let clock = Clock {
        now: Instant(1_780_272_000_000),
        zone: Zone::utc(),
    };
    let wanted = workspace.wanted(&[])?;
    let mut dag = Dag::new(clock);
    let segments = dag.add_segments(&workspace.rules);
    let roots: Vec<_> = wanted
        .iter()
        .map(|each| dag.add(&workspace.rules, &segments, &each.condition, &each.reads))
        .collect();
    let program = Program::new(&dag, workspace.schema(), &roots);
    // As `classify` asks: not who leans on missing values.
    let of_members = |root: &Root| Root {
        certain: root.node,
        ..root.clone()
    };
    let roots: Vec<Root> = roots.iter().map(of_members).collect();
    let of_members = Program::new(&dag, workspace.schema(), &roots);
    let chunks = load(&workspace, &program, data)?;
    let rows: usize = chunks.iter().map(|chunk| chunk.rows).sum();
    let mut rooms = [Vec::new(), Vec::new()];
    println!("{rows} contacts, {} segments", roots.len());
    // The first runs wake threads up and fetch memory; nobody's are counted.
    for run in 0..runs + WARMING_UP {
        let counts = count(&program, &chunks);
        let members = answer(&of_members, &chunks, &mut rooms);
        assert_eq!(counts.1, members.1, "both ways find the same");
        if run < WARMING_UP {
            continue;
        }
        println!(
            "counts {:.4} s, membership {:.4} s, {} memberships",
            counts.0, members.0, counts.1
        );
    }
    Ok(())
}

/// All contacts as chunks.
fn load(
    workspace: &Workspace,
    program: &Program,
    data: &str,
) -> Result<Vec<Chunk>, Box<dyn Error>> {
    let input = Input {
        paths: vec![PathBuf::from(data)],
        ..Input::default()
    };
    let projection = Projection {
        fields: program.projection().to_vec(),
        ids: program.needs_ids(),
        cuts: program.cuts(),
    };
    let mut chunks = Vec::new();
    let options = ScanOptions::new(Zone::utc());
    scan(
        &input,
        workspace.schema(),
        &projection,
        &options,
        || (),
        |(), chunk| {
            let mut kept = std::mem::take(chunk);
            kept.pack();
            kept
        },
        |chunk| {
            chunks.push(chunk);
            Ok(())
        },
    )?;
    Ok(chunks)
}

/// Seconds and how many memberships there are.
fn count(program: &Program, chunks: &[Chunk]) -> (f64, u64) {
    let started = std::time::Instant::now();
    let next = AtomicUsize::new(0);
    let sum = on_two_threads(&mut [(), ()], |()| {
        let mut worker = Worker::new(program);
        let mut tallies = vec![Tally::default(); program.root_count()];
        while let Some(chunk) = chunks.get(next.fetch_add(1, Relaxed)) {
            worker.tally(chunk, &mut tallies);
        }
        tallies.iter().map(|tally| tally.members).sum()
    });
    (started.elapsed().as_secs_f64(), sum)
}

/// The same from bitmaps.
fn answer(program: &Program, chunks: &[Chunk], rooms: &mut [Vec<Answers>; 2]) -> (f64, u64) {
    let started = std::time::Instant::now();
    let next = AtomicUsize::new(0);
    let sum = on_two_threads(rooms, |answers| {
        let mut worker = Worker::new(program);
        let mut sum = 0;
        while let Some(chunk) = chunks.get(next.fetch_add(1, Relaxed)) {
            worker.answer_parts(chunk, answers, |_, answers| {
                sum += answers.iter().map(|each| each.member_count).sum::<u64>();
            });
        }
        sum
    });
    (started.elapsed().as_secs_f64(), sum)
}

/// The sum of what two threads find.
fn on_two_threads<R: Send>(rooms: &mut [R; 2], work: impl Fn(&mut R) -> u64 + Sync) -> u64 {
    let [one, other] = rooms;
    let (found, more) = rayon::join(|| work(one), || work(other));
    found + more
}
