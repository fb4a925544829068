//! How `test` items went, as text, JSON and JUnit XML.

use super::coverage::CoverageReport;
use super::diagnostics::escape_xml;
use super::to_json_line;
use super::verdict::{Clause, Surroundings};
use crate::diag::{Lang, Phrase, escape_controls, place};
use crate::ruletest::{CaseOutcome, Outcome};
use crate::say;
use crate::syntax::ast::Expectation;
use serde::Serialize;
use std::fmt::Write;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    passed: usize,
    failed: usize,
    tests: Vec<JsonTest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<&'a CoverageReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggested: Option<&'a str>,
}

/// What is asked besides whether tests pass.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// What tests say of clauses.
    pub coverage: Option<&'a CoverageReport>,
    /// The least coverage, in hundredths of a per cent.
    pub min: Option<u64>,
    /// Tests for clauses that are not covered, as rule text.
    pub suggested: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonTest {
    title: String,
    place: String,
    passed: bool,
    failures: Vec<JsonFailure>,
}

#[derive(Serialize)]
struct JsonFailure {
    place: String,
    expected: &'static str,
    found: &'static str,
    condition: Option<Clause>,
}

/// `test --format json` (`docs/json`).
pub fn to_json(outcomes: &[Outcome], around: Surroundings, beside: Beside) -> String {
    let tests = outcomes.iter().map(|outcome| JsonTest {
        title: outcome.title.to_string(),
        place: place(outcome.span, around.sources),
        passed: outcome.has_passed(),
        failures: failures(outcome)
            .map(|case| JsonFailure {
                place: place(case.span, around.sources),
                expected: word(case.expected),
                found: word(case.found),
                condition: case
                    .verdict
                    .as_ref()
                    .map(|verdict| Clause::new(verdict, around)),
            })
            .collect(),
    });
    let failed = outcomes
        .iter()
        .filter(|outcome| !outcome.has_passed())
        .count();
    to_json_line(&Document {
        version: 1,
        passed: outcomes.len() - failed,
        failed,
        tests: tests.collect(),
        coverage: beside.coverage,
        suggested: beside.suggested,
    })
}

fn failures(outcome: &Outcome) -> impl Iterator<Item = &CaseOutcome> {
    outcome.cases.iter().filter(|case| !case.has_passed())
}

fn word(expectation: Expectation) -> &'static str {
    match expectation {
        Expectation::In => "in",
        Expectation::NotIn => "not in",
        Expectation::Quarantined => "quarantined",
    }
}

/// A line a test, and for every failed case why.
pub fn to_text(outcomes: &[Outcome], around: Surroundings, lang: Lang) -> String {
    let mut out = String::new();
    for outcome in outcomes {
        let mark = if outcome.has_passed() { "✓" } else { "✗" };
        let _ = writeln!(out, "{mark} {}", escape_controls(&outcome.title));
        for case in failures(outcome) {
            let _ = writeln!(out, "  {}", case_message(case, around).get(lang));
            if let Some(verdict) = &case.verdict {
                write_parts(&mut out, &Clause::new(verdict, around), 2);
            }
        }
    }
    let failed = outcomes
        .iter()
        .filter(|outcome| !outcome.has_passed())
        .count();
    let passed = outcomes.len() - failed;
    let summary = say!(
        "{passed} passed, {failed} failed",
        "{passed} 个通过，{failed} 个失败"
    );
    let _ = writeln!(out, "{}", summary.get(lang));
    out
}

fn case_message(case: &CaseOutcome, around: Surroundings) -> Phrase {
    let place = place(case.span, around.sources);
    let (expected, found) = (word(case.expected), word(case.found));
    say!(
        "{place}: expected `{expected}`, found `{found}`",
        "{place}：应为 `{expected}`，实为 `{found}`"
    )
}

fn write_parts(out: &mut String, clause: &Clause, depth: usize) {
    let mark = if clause.holds { "✓" } else { "✗" };
    let seen: Vec<String> = clause
        .seen
        .iter()
        .map(|seen| format!("{} = {}", seen.field, seen.value))
        .collect();
    let seen = match seen.is_empty() {
        true => String::new(),
        false => format!("   [{}]", seen.join(", ")),
    };
    let line = escape_controls(&format!("{mark} {}{seen}", clause.text));
    let _ = writeln!(out, "{}{line}", "  ".repeat(depth));
    for part in &clause.parts {
        write_parts(out, part, depth + 1);
    }
}

/// JUnit XML: one case a test; a suite of its own for coverage.
pub fn to_junit(outcomes: &[Outcome], around: Surroundings, beside: Beside, lang: Lang) -> String {
    let failed = outcomes
        .iter()
        .filter(|outcome| !outcome.has_passed())
        .count();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"segrule test\">\n  <testsuite name=\"rules\" tests=\"{}\" failures=\"{failed}\">\n",
        outcomes.len()
    );
    for outcome in outcomes {
        let title = escape_xml(&outcome.title);
        let file = escape_xml(&place(outcome.span, around.sources));
        let _ = write!(out, "    <testcase name=\"{title}\" classname=\"{file}\">");
        for case in failures(outcome) {
            let message = escape_xml(case_message(case, around).get(lang));
            let _ = write!(out, "<failure message=\"{message}\"/>");
        }
        out.push_str("</testcase>\n");
    }
    out.push_str("  </testsuite>\n");
    if let Some(coverage) = beside.coverage {
        out.push_str(&coverage.to_junit(beside.min, lang));
    }
    out.push_str("</testsuites>\n");
    out
}
