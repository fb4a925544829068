//! The manual runs: rules are checked, tables of contacts are read and evaluated both ways.

use super::layers::root;
use segrule::check::typed::RuleSet;
use segrule::check::{CheckInput, ListFileError, ListFiles, apply_allows, check};
use segrule::dag::Dag;
use segrule::diag::{Pass, Severity};
use segrule::eval::columnar::{Program, Worker};
use segrule::eval::row::{Contact, RowEvaluator, is_quarantined};
use segrule::ruletest::run_tests;
use segrule::schema::CellContext;
use segrule::source::{Source, SourceId, Sources};
use segrule::table::Chunk;
use segrule::value::{Clock, Value, Zone, parse_instant};
use std::collections::BTreeMap;
use std::sync::Arc;

struct Page<'a> {
    blocks: Vec<Block<'a>>,
    files: Files<'a>,
}

/// The files that a page shows, by name: blocks that start with `csv NAME`.
struct Files<'a>(BTreeMap<&'a str, &'a str>);

impl ListFiles for Files<'_> {
    fn read(&self, _: SourceId, path: &str) -> Result<Arc<[u8]>, ListFileError> {
        let text = self.0.get(path);
        text.map(|text| text.as_bytes().into())
            .ok_or_else(|| ListFileError(segrule::say!("no such file", "没有这个文件")))
    }
}

/// A `seg` block with the table and the claims that follow it.
#[derive(Default)]
struct Block<'a> {
    rules: &'a str,
    header: Vec<&'a str>,
    rows: Vec<Vec<&'a str>>,
    claims: Vec<Claim<'a>>,
}

struct Claim<'a> {
    segment: &'a str,
    is_quarantine: bool,
    ids: Vec<&'a str>,
}

fn read_page(text: &str) -> Page<'_> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut files = BTreeMap::new();
    for (index, part) in text.split("```").enumerate() {
        if let Some(file) = part.strip_prefix("csv ").filter(|_| index % 2 == 1) {
            files.extend(file.split_once('\n'));
        } else if let Some(rules) = part.strip_prefix("seg\n").filter(|_| index % 2 == 1) {
            blocks.push(Block {
                rules,
                ..Block::default()
            });
        } else if let Some(block) = blocks.last_mut() {
            part.lines().for_each(|line| read_line(line, block));
        }
    }
    Page {
        blocks,
        files: Files(files),
    }
}

fn read_line<'a>(line: &'a str, block: &mut Block<'a>) {
    if let Some(row) = line.strip_prefix('|') {
        let cells: Vec<&str> = row.trim_end().trim_end_matches('|').split('|').collect();
        if cells
            .iter()
            .all(|cell| cell.trim().chars().all(|c| c == '-') && !cell.trim().is_empty())
        {
            return;
        }
        if block.header.is_empty() {
            block.header = cells.iter().map(|cell| cell.trim()).collect();
        } else {
            block.rows.push(cells);
        }
        return;
    }
    for (start, is_quarantine) in [("- members of ", false), ("- quarantined from ", true)] {
        if let Some((segment, ids)) = line
            .strip_prefix(start)
            .and_then(|rest| rest.split_once(':'))
        {
            let ids = ids
                .split(',')
                .map(str::trim)
                .filter(|id| !id.is_empty())
                .collect();
            block.claims.push(Claim {
                segment,
                is_quarantine,
                ids,
            });
        }
    }
}

/// What comments say is wrong, by line: `# error: [code]`, `# warning: [code]`.
fn expected(rules: &str) -> BTreeMap<u32, Vec<String>> {
    let mut expected: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for (line, text) in (1..).zip(rules.lines()) {
        for kind in ["error", "warning"] {
            if let Some((_, rest)) = text.split_once(&format!("# {kind}: [")) {
                let code = rest.split(']').next().unwrap();
                expected
                    .entry(line)
                    .or_default()
                    .push(format!("{kind} {code}"));
            }
        }
    }
    expected
}

#[track_caller]
fn check_rules(page: &str, files_shown: &Files, rules: &str) -> RuleSet {
    let mut sources = Sources::new();
    let id = sources.add(page, rules);
    let source = sources.get(id).unwrap().clone();
    let parsed = segrule::syntax::parse(id, source.text());
    let files = [(id, parsed.file)];
    let checked = check(&CheckInput {
        sources: &sources,
        files: &files,
        list_files: files_shown,
        params: &indexmap::IndexMap::new(),
        schema: None,
    });
    let mut found: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    let all = [parsed.diagnostics, checked.diagnostics].concat();
    for diagnostic in apply_allows(&sources, &files, all, &|code| code.pass() == Pass::Check) {
        let line = source.line_column(diagnostic.span().start as usize).line;
        let kind = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning | Severity::Note => "warning",
        };
        found
            .entry(line)
            .or_default()
            .push(format!("{kind} {}", diagnostic.code.name()));
    }
    assert_eq!(found, expected(rules), "{page}:\n{rules}");
    check_tests(page, &source, &checked.rules);
    checked.rules
}

/// Runs the tests of a block: all pass, but for lines that say `# fails`.
#[track_caller]
fn check_tests(page: &str, source: &Source, rules: &RuleSet) {
    let outcomes = run_tests(rules, &clock()).unwrap();
    for case in outcomes.iter().flat_map(|outcome| &outcome.cases) {
        let line = source.line_column(case.span.start as usize).line;
        let text = source.text().lines().nth(line as usize - 1).unwrap();
        assert_eq!(
            !case.has_passed(),
            text.ends_with("# fails"),
            "{page}: {text}"
        );
    }
}

fn clock() -> Clock {
    let zone = Zone::named("Asia/Shanghai").unwrap();
    Clock {
        now: parse_instant("2026-11-22T09:00+08:00", &zone).unwrap(),
        zone,
    }
}

fn run_block(page: &str, rules: &RuleSet, block: &Block) {
    // A table that nothing is claimed about explains words; it holds no contacts.
    if block.claims.is_empty() {
        return;
    }
    let clock = clock();
    let context = CellContext { zone: &clock.zone };
    let rows: Vec<(&str, Vec<Value>)> = block
        .rows
        .iter()
        .map(|row| {
            let mut cells = vec![Value::Missing; rules.schema.len()];
            for (name, cell) in block.header.iter().zip(row) {
                let id = rules
                    .schema
                    .find(name)
                    .unwrap_or_else(|| panic!("{page}: column {name}"));
                cells[id.index()] = rules.schema.field(id).unwrap().read(cell, &context);
            }
            (row[0].trim(), cells)
        })
        .collect();
    let mut dag = Dag::new(clock.clone());
    let roots = dag.add_segments(rules);
    let program = Program::new(&dag, &rules.schema, &roots);
    let borrowed: Vec<(&str, &[Value])> = rows.iter().map(|(id, cells)| (*id, &**cells)).collect();
    let chunk = Chunk::from_rows(&rules.schema, program.projection(), &borrowed);
    let answers = Worker::new(&program).answer(&chunk);
    for claim in &block.claims {
        let id = rules
            .find_segment(claim.segment)
            .unwrap_or_else(|| panic!("{page}: {}", claim.segment));
        let segment = rules.segment(id).unwrap();
        let mut by_row = Vec::new();
        for (contact_id, cells) in &borrowed {
            let contact = Contact {
                id: contact_id,
                cells,
            };
            let is_out = is_quarantined(&segment.reads, &contact);
            let is_in = RowEvaluator::new(rules, &clock, contact).is_member(id);
            if if claim.is_quarantine {
                is_out
            } else {
                is_in && !is_out
            } {
                by_row.push(*contact_id);
            }
        }
        assert_eq!(by_row, claim.ids, "{page}: {}", claim.segment);
        let answer = &answers[id.index()];
        let set = if claim.is_quarantine {
            &answer.quarantined
        } else {
            &answer.members
        };
        let by_column: Vec<&str> = set.rows().map(|row| borrowed[row].0).collect();
        assert_eq!(by_column, claim.ids, "{page}: {} by columns", claim.segment);
    }
}

#[test]
fn every_example_of_the_manual_is_true() {
    let folder = root().join("docs/language");
    let mut pages: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    pages.sort();
    let mut claims = 0;
    for path in pages {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let page = read_page(&text);
        let mut before = String::new();
        for block in &page.blocks {
            // Later blocks of a page build on the first one, unless they have a schema of their own.
            let has_schema = block.rules.starts_with("schema ");
            let base = if has_schema { "" } else { &before };
            let rules = format!("{base}{}", block.rules);
            let rules = check_rules(&name, &page.files, &rules);
            run_block(&name, &rules, block);
            claims += block.claims.len();
            if before.is_empty() {
                before = block.rules.to_string();
            }
        }
    }
    assert!(claims > 70, "{claims} claims");
}

#[test]
fn the_manual_lists_every_word_of_both_languages() {
    let grammar = std::fs::read_to_string(root().join("grammar/segrule.pest")).unwrap();
    let page = std::fs::read_to_string(root().join("docs/language/words.md")).unwrap();
    let mut words = 0;
    for line in grammar.lines().filter(|line| line.starts_with("kw_")) {
        let (_, definition) = line.split_once(" = ").unwrap();
        // What is only looked ahead at is no part of the word.
        let definition = definition.split(" ~ !(").next().unwrap();
        let definition = definition.split(" ~ &(").next().unwrap();
        let alternatives = definition.split(" | ").map(|alternative| {
            let words = alternative.split('"').skip(1).step_by(2);
            words.collect::<Vec<_>>().join(" ")
        });
        for word in alternatives.filter(|word| !word.is_empty()) {
            words += 1;
            assert!(page.contains(&format!("`{word}`")), "{word} is not listed");
        }
    }
    assert!(words > 200, "only {words} words were seen");
}

#[test]
fn the_manual_lists_every_function() {
    let page = std::fs::read_to_string(root().join("docs/language/functions.md")).unwrap();
    for function in segrule::check::functions::FUNCTIONS {
        let row = format!(
            "| `{}` | {} | `{}` |",
            function.signature, function.en, function.example
        );
        assert!(page.contains(&row), "{row}");
    }
}
