//! What tests say of every clause, as text with the clauses in their source, and for JSON and JUnit.

use super::diagnostics::escape_xml;
use crate::check::clause::Joint;
use crate::diag::{Label, Lang, Phrase, RenderStyle, escape_controls, render_labels};
use crate::ruletest::Sides;
use crate::say;
use crate::source::{Sources, Span};
use serde::{Serialize, Serializer};
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// Clauses that tests cover, both ways each.
#[derive(Clone, Debug, Default, Serialize, PartialEq)]
pub struct CoverageReport {
    /// Sides of clauses that are covered.
    pub covered: u64,
    /// Sides that can be covered, as far as is known.
    pub coverable: u64,
    /// The one of the other, in per cent, rounded down to two places.
    pub percent: Percent,
    /// The segments in the order written.
    pub segments: Vec<SegmentReport>,
}

/// The clauses of one segment.
#[derive(Clone, Debug, Serialize, PartialEq)]
pub struct SegmentReport {
    /// Its name.
    pub name: String,
    /// Where it is: `file:line:column`.
    pub place: String,
    /// Cases that looked at it, through other segments included.
    pub cases: u64,
    /// Sides of its clauses that are covered.
    pub covered: u64,
    /// Sides that can be.
    pub coverable: u64,
    /// The one of the other.
    pub percent: Percent,
    /// Its clauses in the order written, groups before their parts.
    pub clauses: Vec<ClauseReport>,
}

/// One clause.
#[derive(Clone, Debug, Serialize, PartialEq)]
pub struct ClauseReport {
    /// As written.
    pub text: String,
    /// Where: `file:line:column`.
    pub place: String,
    /// The clause it is a part of, by its place in the list.
    pub parent: Option<usize>,
    /// Whether it has parts of its own.
    pub is_group: bool,
    /// What is known of it when it holds.
    pub holds: SideReport,
    /// What is known of it when it does not.
    pub fails: SideReport,
    /// Where it is written.
    #[serde(skip)]
    pub span: Span,
    /// How it stands beside its neighbours.
    #[serde(skip)]
    pub joint: Joint,
}

/// One side of a clause.
#[derive(Clone, Copy, Debug, Serialize, PartialEq)]
pub struct SideReport {
    /// Cases that saw it so.
    pub seen: u64,
    /// Of these: cases where the group around it hung on it.
    pub beside: u64,
    /// Of these: cases whose answer hung on it.
    pub decided: u64,
    /// What that makes it.
    pub state: SideState,
}

/// Whether a side of a clause is covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SideState {
    /// A case hung on it.
    Covered,
    /// None did, and one could.
    Open,
    /// Proved: none can.
    Impossible,
    /// None did, and nothing is proved.
    Undecided,
}

/// A share in hundredths of a per cent; of nothing there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Percent(pub Option<u64>);

impl Percent {
    /// Rounded down, so that 100 means all.
    pub fn of(part: u64, whole: u64) -> Percent {
        let hundredths = (u128::from(part) * 10_000).checked_div(u128::from(whole));
        Percent(hundredths.and_then(|hundredths| u64::try_from(hundredths).ok()))
    }
}

impl std::fmt::Display for Percent {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(hundredths) => write!(out, "{}.{:02}%", hundredths / 100, hundredths % 100),
            None => out.write_str("-"),
        }
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Percent(Some(hundredths)) = self else {
            return serializer.serialize_none();
        };
        // The nearest double prints as the two places it was made from.
        let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
        serializer.serialize_f64(text.parse().unwrap_or_default())
    }
}

impl SideReport {
    /// What is known of one side.
    pub fn new(holds: bool, seen: Sides, beside: Sides, decided: Sides, state: SideState) -> Self {
        SideReport {
            seen: seen.of(holds),
            beside: beside.of(holds),
            decided: decided.of(holds),
            state,
        }
    }

    fn is_covered(&self) -> bool {
        self.state == SideState::Covered
    }

    fn is_impossible(&self) -> bool {
        self.state == SideState::Impossible
    }

    /// How far it came.
    fn reached(&self) -> Reached {
        match (self.seen, self.beside) {
            (0, _) => Reached::Never,
            (_, 0) => Reached::Seen,
            _ => Reached::Beside,
        }
    }
}

/// How far a side that is not covered came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reached {
    Never,
    Seen,
    Beside,
}

impl SegmentReport {
    /// Adds up the sides.
    pub fn settle(&mut self) {
        let sides = || {
            let both = |clause: &ClauseReport| [clause.holds, clause.fails];
            self.clauses.iter().flat_map(both)
        };
        self.covered = sides().filter(SideReport::is_covered).count() as u64;
        self.coverable = sides().filter(|side| !side.is_impossible()).count() as u64;
        self.percent = Percent::of(self.covered, self.coverable);
    }

    /// What to say of its clauses: of a group only when there is nothing to say of its parts.
    fn labels(&self) -> Vec<Label> {
        if self.cases == 0 {
            return Vec::new();
        }
        let mut has_told_parts = vec![false; self.clauses.len()];
        let mut labels = Vec::new();
        for (at, clause) in self.clauses.iter().enumerate().rev() {
            let is_told = has_told_parts.get(at).copied().unwrap_or(false);
            let label = clause.label().filter(|_| !is_told);
            if (label.is_some() || is_told)
                && let Some(parent) = clause.parent
                && let Some(told) = has_told_parts.get_mut(parent)
            {
                *told = true;
            }
            labels.extend(label);
        }
        labels.reverse();
        labels
    }

    fn headline(&self) -> Phrase {
        let name = escape_controls(&self.name);
        let (covered, coverable, percent) = (self.covered, self.coverable, self.percent);
        say!(
            "{name}: {covered} of {coverable} covered ({percent})",
            "{name}：{coverable} 项中覆盖了 {covered} 项（{percent}）"
        )
    }
}

impl ClauseReport {
    fn label(&self) -> Option<Label> {
        let text = match (self.holds.is_covered(), self.fails.is_covered()) {
            (true, true) => return None,
            (false, true) => self.open(&self.holds, true),
            (true, false) => self.open(&self.fails, false),
            (false, false) => self.both_open(),
        };
        Some(Label {
            span: self.span,
            text,
        })
    }

    /// What is missing of one side.
    fn open(&self, side: &SideReport, holds: bool) -> Phrase {
        let (en, zh) = match holds {
            true => ("true", "成立"),
            false => ("false", "不成立"),
        };
        if side.is_impossible() {
            return say!(
                "cannot decide when {en} (proved)",
                "{zh}时不可能左右结果（已证明）"
            );
        }
        match (side.reached(), self.joint) {
            (Reached::Never, _) => say!("never {en}", "从未{zh}"),
            (Reached::Seen, Joint::And) => say!(
                "never {en} while the others were true",
                "其余条件成立时从未{zh}"
            ),
            (Reached::Seen, Joint::Or) => say!(
                "never {en} while the others were false",
                "其余条件不成立时从未{zh}"
            ),
            (Reached::Seen, Joint::Count) => {
                say!("never {en} where it tips the count", "从未在左右计数时{zh}")
            }
            (Reached::Seen, Joint::Whole) | (Reached::Beside, _) => say!(
                "never {en} where the answer hung on it",
                "从未在左右结果时{zh}"
            ),
        }
    }

    fn both_open(&self) -> Phrase {
        let (holds, fails) = (&self.holds, &self.fails);
        if holds.is_impossible() && fails.is_impossible() {
            return say!(
                "cannot decide the answer (proved)",
                "不可能左右结果（已证明）"
            );
        }
        let is_alike =
            holds.reached() == fails.reached() && holds.is_impossible() == fails.is_impossible();
        match (is_alike, holds.reached(), self.joint) {
            (true, Reached::Seen, Joint::And) => {
                say!("the others were never all true", "其余条件从未全部成立")
            }
            (true, Reached::Seen, Joint::Or) => {
                say!("the others were never all false", "其余条件从未全部不成立")
            }
            (true, Reached::Seen, Joint::Count) => {
                say!("never tipped the count", "从未左右计数")
            }
            (true, Reached::Seen, Joint::Whole) | (true, Reached::Beside, _) => {
                say!("the answer never hung on it", "结果从未取决于它")
            }
            (true, Reached::Never, _) | (false, ..) => {
                let (one, other) = (self.open(holds, true), self.open(fails, false));
                Phrase::new(
                    format!("{}; {}", one.en, other.en),
                    format!("{}；{}", one.zh, other.zh),
                )
            }
        }
    }
}

impl CoverageReport {
    /// Adds up the segments.
    pub fn settle(&mut self) {
        for segment in &mut self.segments {
            segment.settle();
        }
        self.covered = self.segments.iter().map(|segment| segment.covered).sum();
        self.coverable = self.segments.iter().map(|segment| segment.coverable).sum();
        self.percent = Percent::of(self.covered, self.coverable);
    }

    /// Whether it reaches a share, in hundredths of a per cent. Nothing to cover is enough.
    pub fn reaches(&self, hundredths: u64) -> bool {
        self.percent.0.is_none_or(|percent| percent >= hundredths)
    }

    /// The clauses that are not covered, in their source, then a line a segment.
    pub fn to_text(&self, sources: &Sources, style: RenderStyle) -> String {
        let mut out = String::new();
        for segment in &self.segments {
            let labels = segment.labels();
            if !labels.is_empty() {
                out.push_str(&render_labels(&segment.headline(), &labels, sources, style));
            }
        }
        let title = say!(
            "coverage of clauses, both ways",
            "条件覆盖率（成立与不成立）"
        );
        let all = say!("all", "合计").get(style.lang).to_string();
        let _ = writeln!(out, "\n{}", title.get(style.lang));
        let lines = self.segments.iter().map(|segment| {
            let name = escape_controls(&segment.name);
            let counts = (segment.covered, segment.coverable);
            (name, segment.percent, counts, segment.cases > 0)
        });
        let total = (all, self.percent, (self.covered, self.coverable), true);
        let lines: Vec<_> = lines.chain([total]).collect();
        let width = lines.iter().map(|(name, ..)| name.width()).max();
        for (name, percent, (covered, coverable), has_cases) in &lines {
            let gap = " ".repeat(width.unwrap_or(0) - name.width());
            let percent = percent.to_string();
            let counts = match (coverable, has_cases) {
                (0, _) => say!("nothing to cover", "没有可覆盖的条件"),
                (_, false) => say!(
                    "{covered} of {coverable}, no test looks at it",
                    "{covered} / {coverable}，没有测试涉及它"
                ),
                _ => say!("{covered} of {coverable}", "{covered} / {coverable}"),
            };
            let counts = counts.get(style.lang);
            let _ = writeln!(out, "  {name}{gap}  {percent:>7}  {counts}");
        }
        out
    }

    /// A line for each clause that is not covered: what cannot be covered, and what nobody knows.
    pub fn rest(&self, lang: Lang) -> String {
        let mut out = String::new();
        for clause in self.segments.iter().flat_map(|segment| &segment.clauses) {
            let sides = [(&clause.holds, true), (&clause.fails, false)];
            for (side, holds) in sides.into_iter().filter(|(side, _)| !side.is_covered()) {
                let text = escape_controls(&clause.text);
                let place = &clause.place;
                let what = match side.state {
                    SideState::Impossible => clause.open(side, holds),
                    SideState::Covered | SideState::Open | SideState::Undecided => match holds {
                        true => say!(
                            "undecided whether it can decide when true",
                            "未能判定它成立时能否左右结果"
                        ),
                        false => say!(
                            "undecided whether it can decide when false",
                            "未能判定它不成立时能否左右结果"
                        ),
                    },
                };
                let _ = writeln!(out, "{place}: {text}: {}", what.get(lang));
            }
        }
        out
    }

    /// A test suite of JUnit XML: a case a segment, and one that fails below `min`.
    pub(super) fn to_junit(&self, min: Option<u64>, lang: Lang) -> String {
        let percent = self.percent;
        let fails = min.is_some_and(|min| !self.reaches(min));
        let tests = self.segments.len() + usize::from(min.is_some());
        let failures = usize::from(fails);
        let mut out = format!(
            "  <testsuite name=\"coverage\" tests=\"{tests}\" failures=\"{failures}\">\n    \
             <properties><property name=\"coverage\" value=\"{percent}\"/></properties>\n"
        );
        if let Some(min) = min {
            let wanted = Percent(Some(min));
            let name = say!("coverage is at least {wanted}", "覆盖率不低于 {wanted}");
            let name = escape_xml(name.get(lang));
            let _ = write!(out, "    <testcase name=\"{name}\" classname=\"coverage\">");
            if fails {
                let found = say!("coverage is {percent}", "覆盖率为 {percent}");
                let _ = write!(
                    out,
                    "<failure message=\"{}\"/>",
                    escape_xml(found.get(lang))
                );
            }
            out.push_str("</testcase>\n");
        }
        for segment in &self.segments {
            let name = escape_xml(&segment.name);
            let place = escape_xml(&segment.place);
            let _ = write!(out, "    <testcase name=\"{name}\" classname=\"{place}\">");
            let mut lines = format!("{}\n", segment.headline().get(lang));
            for (clause, label) in segment.clauses.iter().filter_map(|clause| {
                let label = clause.label()?;
                Some((clause, label))
            }) {
                let text = escape_controls(&clause.text);
                let _ = writeln!(lines, "{}: {text}: {}", clause.place, label.text.get(lang));
            }
            let _ = write!(out, "<system-out>{}</system-out>", escape_xml(&lines));
            out.push_str("</testcase>\n");
        }
        out.push_str("  </testsuite>\n");
        out
    }
}
