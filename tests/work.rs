//! Guards speed by counting work and not seconds: the numbers are the same on every machine.
//!
//! A bound that is passed is either a mistake or a choice: then write the new number here and say why.
//! This binary is apart from the others because it counts allocations, of one test at a time.

#![allow(
    unsafe_code,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, and an allocator is unsafe by nature"
)]

#[path = "../benches/one_contact/generate.rs"]
mod generate;

use generate::{Mix, conditions, contacts, schema};
use segrule::dag::Node;
use segrule::eval::classifier::{Classifier, Work};
use segrule::eval::columnar::{Program, Tally, Worker};
use segrule::eval::row::Contact;
use segrule::table::Chunk;
use segrule::value::Value;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// Counts what this thread asks for.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

fn count_one() {
    // Threads that are ending have nothing to count with.
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
}

// SAFETY: everything is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count_one();
        // SAFETY: the caller's promises are handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are handed on.
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        count_one();
        // SAFETY: the caller's promises are handed on.
        unsafe { System.realloc(place, layout, bytes) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(work: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.with(Cell::get);
    work();
    ALLOCATIONS.with(Cell::get) - before
}

const CONTACTS: usize = 2_000;

fn people() -> Vec<(String, Vec<Value>)> {
    contacts(7, CONTACTS)
}

#[test]
fn questions_are_shared_by_all_segments() {
    let (dag, roots) = conditions(42, 1_000, Mix::Usual);
    let uses: usize = dag
        .iter()
        .map(|(_, node)| match node {
            Node::And(of) | Node::Or(of) | Node::AtLeast(_, of) => of.len(),
            Node::Nobody | Node::Everyone | Node::Ask(_) | Node::Not(_) => 0,
        })
        .sum();
    let classifier = Classifier::new(&dag, &schema(), &roots);
    let program = Program::new(&dag, &schema(), &roots);
    assert_eq!(classifier.question_count(), program.question_count());
    assert!(uses > 5_000, "{uses} uses");
    assert!(
        program.question_count() <= 1_080,
        "{}",
        program.question_count()
    );
}

#[test]
fn a_contact_costs_a_lookup_an_aspect() {
    let people = people();
    let (dag, roots) = conditions(42, 1_000, Mix::Usual);
    let classifier = Classifier::new(&dag, &schema(), &roots);
    let mut matcher = classifier.matcher();
    let mut members = 0;
    let mut turn = || {
        for (id, cells) in &people {
            members += matcher.classify(&Contact { id, cells }).members.len();
        }
        matcher.work()
    };
    let first = turn();
    let mut second = first;
    let allocated = allocations(|| second = turn());
    let work = Work {
        lookups: second.lookups - first.lookups,
        questions: second.questions - first.questions,
        decided: second.decided - first.decided,
        words: second.words - first.words,
    };
    assert!(members > 300 * CONTACTS, "{members} members");
    assert_eq!(work.decided, 0, "texts are remembered");
    assert_eq!(
        work.questions, 0,
        "every question of these segments is indexed"
    );
    assert_eq!(allocated, 0, "a contact allocates nothing");
    assert!(first.decided <= 927, "{first:?}");
    assert!(work.lookups <= 15 * CONTACTS as u64, "{work:?}");
    assert!(work.words <= 449 * CONTACTS as u64, "{work:?}");
}

#[test]
fn a_few_segments_are_asked_until_they_are_decided() {
    let people = people();
    let (dag, roots) = conditions(42, 5, Mix::Selective);
    let classifier = Classifier::new(&dag, &schema(), &roots);
    let mut matcher = classifier.matcher();
    let allocated = allocations(|| {
        for (id, cells) in &people {
            matcher.classify(&Contact { id, cells });
        }
    });
    let work = matcher.work();
    assert_eq!(work.lookups, 0);
    assert!(work.questions <= 15_410, "{work:?}");
    assert!(allocated <= 3, "{allocated} allocations");
}

/// The first people as columns.
fn chunk_of(people: &[(String, Vec<Value>)], rows: usize, program: &Program) -> Chunk {
    let rows: Vec<(&str, &[Value])> = people
        .iter()
        .take(rows)
        .map(|(id, cells)| (id.as_str(), cells.as_slice()))
        .collect();
    Chunk::from_rows(&schema(), program.projection(), &rows)
}

#[test]
fn a_chunk_allocates_nothing_for_its_rows() {
    let people = people();
    let (dag, roots) = conditions(42, 300, Mix::Usual);
    let program = Program::new(&dag, &schema(), &roots);
    let chunk = |rows: usize| chunk_of(&people, rows, &program);
    let mut worker = Worker::new(&program);
    let mut tallies = vec![Tally::default(); program.root_count()];
    let mut cost = |chunk: &Chunk| {
        worker.tally(chunk, &mut tallies);
        allocations(|| worker.tally(chunk, &mut tallies))
    };
    let (few, many) = (cost(&chunk(100)), cost(&chunk(CONTACTS)));
    assert_eq!(few, many);
    assert!(few <= 1);
}

#[test]
fn answers_use_their_memory_again() {
    let people = people();
    let (dag, roots) = conditions(42, 300, Mix::Usual);
    let program = Program::new(&dag, &schema(), &roots);
    let chunk = |rows: usize| chunk_of(&people, rows, &program);
    let mut worker = Worker::new(&program);
    let mut answers = Vec::new();
    worker.answer_into(&chunk(CONTACTS), &mut answers);
    let next = chunk(1_500);
    worker.answer_into(&next, &mut answers);
    let fresh = Worker::new(&program).answer(&next);
    assert_eq!(answers, fresh, "nothing is left of the chunk before");
    let allocated = allocations(|| worker.answer_into(&next, &mut answers));
    assert!(allocated <= 1, "{allocated} allocations");
}

#[test]
fn many_segments_need_few_slots() {
    let (dag, roots) = conditions(42, 3_000, Mix::Usual);
    let program = Program::new(&dag, &schema(), &roots);
    let more = program.slot_count() - program.question_count();
    assert!(more <= 60, "{more} slots besides those of questions");
}
