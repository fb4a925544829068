//! Times the classifier of single contacts beside an interpreter of JSONLogic that asks condition after
//! condition: `cargo run --release --manifest-path benches/one_contact_peers/Cargo.toml`
//!
//! Both get the same conditions and the same contacts in memory, each in its own form, and must find the
//! same. Prints a Markdown table of CPU microseconds a contact on one thread. JSONLogic takes a missing
//! number for 0, so its contacts have a number below every other in place of it, and an empty text.

#[path = "../one_contact/generate.rs"]
mod generate;

use bumpalo::Bump;
use datalogic_rs::{DataValue, Engine, Logic, ParsedData};
use generate::{Mix, conditions, contacts, schema};
use segrule::check::typed::{TextQuestion, TextTest};
use segrule::dag::{Atom, Dag, ElementAtom, Node, NodeId};
use segrule::eval::classifier::Classifier;
use segrule::eval::row::Contact;
use segrule::name::FieldId;
use segrule::value::{Intervals, Value};
use std::time::Instant;

/// Stands for a missing number: lower than any.
const NO_NUMBER: i64 = -9_000_000_000_000_000;
/// Asking takes about so long a run.
const QUESTIONS: usize = 20_000_000;

fn main() {
    println!("| conditions | mix | hold | segrule µs | datalogic-rs µs | times |");
    println!("|---|---|---|---|---|---|");
    for (name, mix) in [("usual", Mix::Usual), ("selective", Mix::Selective)] {
        for count in [1, 10, 100, 1_000, 10_000, 100_000] {
            compare(count, name, mix);
        }
    }
}

fn compare(count: usize, name: &str, mix: Mix) {
    let contacts = contacts(7, (QUESTIONS / count).clamp(200, 20_000));
    let (dag, roots) = conditions(42, count, mix);
    let classifier = Classifier::new(&dag, &schema(), &roots);
    let mut matcher = classifier.matcher();
    let mut ours = || -> usize {
        let found = contacts
            .iter()
            .map(|(id, cells)| matcher.classify(&Contact { id, cells }).members.len());
        found.sum()
    };
    let engine = Engine::new();
    let texts = roots.iter().map(|root| logic(&dag, root.node));
    let compiled: Vec<Logic> = texts
        .map(|text| engine.compile(&text).expect("a rule"))
        .collect();
    let records = contacts
        .iter()
        .map(|(id, cells)| ParsedData::from_json(&record(id, cells)).expect("a record"));
    let records: Vec<ParsedData> = records.collect();
    let mut arena = Bump::new();
    let mut theirs = || -> usize {
        let mut found = 0;
        for record in &records {
            arena.reset();
            let record: &DataValue = record.value();
            let holds = |logic: &&Logic| {
                engine
                    .evaluate(logic, record, &arena)
                    .is_ok_and(|held| held.as_bool() == Some(true))
            };
            found += compiled.iter().filter(holds).count();
        }
        found
    };
    // The first turn fills what is remembered.
    let (found, also_found) = (ours(), theirs());
    assert_eq!(found, also_found, "{count} {name}: both must find the same");
    // In turn, so that a busy machine slows both.
    let runs: Vec<(f64, f64)> = (0..5)
        .map(|_| (seconds(&mut ours), seconds(&mut theirs)))
        .collect();
    let each = |of: fn(&(f64, f64)) -> f64| {
        let mut sorted: Vec<f64> = runs.iter().map(of).collect();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2] / contacts.len() as f64 * 1e6
    };
    let (own, other) = (each(|run| run.0), each(|run| run.1));
    let hold = found as f64 / contacts.len() as f64;
    println!(
        "| {count} | {name} | {hold:.2} | {own:.3} | {other:.3} | {:.1} |",
        other / own
    );
}

fn seconds(work: &mut dyn FnMut() -> usize) -> f64 {
    let start = Instant::now();
    let before = cpu_seconds(start);
    let found = work();
    assert!(found < usize::MAX);
    cpu_seconds(start) - before
}

/// Seconds this process has used a core; the clock on the wall where the system does not tell.
fn cpu_seconds(start: Instant) -> f64 {
    let told = std::fs::read_to_string("/proc/self/schedstat").ok();
    let first = told.and_then(|told| told.split(' ').next().map(str::to_string));
    let nanoseconds = first.and_then(|first| first.parse::<f64>().ok());
    nanoseconds.map_or(start.elapsed().as_secs_f64(), |taken| taken / 1e9)
}

/// A contact as JSON: fields by their place.
fn record(id: &str, cells: &[Value]) -> String {
    let schema = schema();
    let fields = schema.iter().zip(cells).map(|((field, declared), cell)| {
        let number = matches!(
            declared.name.as_str(),
            "age" | "last_active" | "last_login" | "last_purchase" | "orders" | "spend"
        );
        let written = match cell {
            Value::Missing if number => NO_NUMBER.to_string(),
            Value::Missing if declared.name.as_str() == "tags" => "[]".to_string(),
            Value::Missing => "\"\"".to_string(),
            cell => json(cell),
        };
        format!("{}:{written}", quoted(&key(field)))
    });
    let fields: Vec<String> = fields.collect();
    format!("{{\"id\":{},{}}}", quoted(id), fields.join(","))
}

fn json(cell: &Value) -> String {
    match cell {
        Value::Text(text) => quoted(text),
        Value::Int(number) => number.to_string(),
        Value::Decimal { units, .. } => units.to_string(),
        Value::Bool(is_true) => u8::from(*is_true).to_string(),
        Value::Instant(instant) => instant.0.to_string(),
        Value::List(elements) => format!(
            "[{}]",
            elements.iter().map(json).collect::<Vec<_>>().join(",")
        ),
        other => panic!("no contact has {other:?}"),
    }
}

fn key(field: FieldId) -> String {
    format!("f{}", field.index())
}

/// No text here has a sign that JSON would escape.
fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

fn var(field: FieldId) -> String {
    format!("{{\"var\":{}}}", quoted(&key(field)))
}

/// A condition as JSONLogic.
fn logic(dag: &Dag, node: NodeId) -> String {
    let all = |of: &[NodeId]| {
        of.iter()
            .map(|node| logic(dag, *node))
            .collect::<Vec<_>>()
            .join(",")
    };
    match dag.node(node) {
        Node::Ask(atom) => question(atom),
        Node::Not(of) => format!("{{\"!\":[{}]}}", logic(dag, *of)),
        Node::And(of) => format!("{{\"and\":[{}]}}", all(of)),
        Node::Or(of) => format!("{{\"or\":[{}]}}", all(of)),
        Node::Everyone => "true".to_string(),
        Node::Nobody => "false".to_string(),
        Node::AtLeast(..) => panic!("no condition counts"),
    }
}

fn question(atom: &Atom) -> String {
    match atom {
        Atom::Number(field, set) => numbers(*field, set),
        Atom::Text(field, test) => text(&var(*field), test),
        Atom::Element(field, ElementAtom::Text(test)) => match &test.question {
            TextQuestion::OneOf(texts) => {
                let has = texts
                    .iter()
                    .map(|text| format!("{{\"in\":[{},{}]}}", quoted(text), var(*field)));
                any(has.collect())
            }
            other => panic!("no list is asked {other:?}"),
        },
        Atom::Present(field) => {
            let is_number = matches!(
                schema()
                    .field(*field)
                    .map(|field| field.name.to_string())
                    .as_deref(),
                Some("age" | "last_purchase")
            );
            let missing = if is_number {
                NO_NUMBER.to_string()
            } else {
                "\"\"".to_string()
            };
            format!("{{\"!==\":[{},{missing}]}}", var(*field))
        }
        other => panic!("no condition asks {other:?}"),
    }
}

fn numbers(field: FieldId, set: &Intervals) -> String {
    let ranges = set.iter().map(|(from, to)| match (from, to) {
        (from, to) if from == to => format!("{{\"===\":[{},{from}]}}", var(field)),
        (from, i64::MAX) => format!("{{\">=\":[{},{from}]}}", var(field)),
        (from, to) => format!(
            "{{\"<=\":[{},{},{to}]}}",
            from.max(NO_NUMBER + 1),
            var(field)
        ),
    });
    any(ranges.collect())
}

fn text(cell: &str, test: &TextTest) -> String {
    match &test.question {
        TextQuestion::OneOf(texts) => match texts.iter().collect::<Vec<_>>().as_slice() {
            [one] => format!("{{\"===\":[{cell},{}]}}", quoted(one)),
            several => {
                let texts: Vec<String> = several.iter().map(|text| quoted(text)).collect();
                format!("{{\"in\":[{cell},[{}]]}}", texts.join(","))
            }
        },
        TextQuestion::StartsWith(starts) => {
            let each = starts
                .iter()
                .map(|start| format!("{{\"starts_with\":[{cell},{}]}}", quoted(start)));
            any(each.collect())
        }
        other => panic!("no text is asked {other:?}"),
    }
}

fn any(each: Vec<String>) -> String {
    match each.as_slice() {
        [one] => one.clone(),
        _ => format!("{{\"or\":[{}]}}", each.join(",")),
    }
}
