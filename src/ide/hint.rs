//! Small texts beside the code: the days that times reach, how many people a segment selects.

use super::project::View;
use crate::diag::Phrase;
use crate::source::SourceId;
use std::ops::Range;

/// A small text beside the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The byte it stands at.
    pub offset: usize,
    /// What it says.
    pub text: Phrase,
}

/// Something that can be run from above an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lens {
    /// The bytes of the name it is about.
    pub range: Range<usize>,
    /// What it does.
    pub action: LensAction,
    /// What is shown.
    pub title: Phrase,
}

/// What can be run from above an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LensAction {
    /// Counts the members of a segment.
    Count(String),
    /// Runs the test that starts at a byte.
    RunTest(usize),
}

impl View<'_> {
    /// The hints of a file inside a range of bytes, in the order of the text.
    pub fn hints(&self, source: SourceId, range: &Range<usize>) -> Vec<Hint> {
        let stretches = self.stretches(source).into_iter().map(|stretch| Hint {
            offset: stretch.span.end as usize,
            text: stretch.text,
        });
        let segments = self.workspace.rules.segments.iter();
        let own = segments.filter(|segment| segment.name_span.source == source);
        let audiences = own.filter_map(|segment| {
            let audience = self.audience(&segment.name)?;
            Some(Hint {
                offset: segment.name_span.end as usize,
                text: audience.phrase(),
            })
        });
        let mut hints: Vec<Hint> = stretches.chain(audiences).collect();
        hints.retain(|hint| range.start <= hint.offset && hint.offset <= range.end);
        hints.sort_by_key(|hint| hint.offset);
        hints
    }

    /// What can be run from a file: a count above each segment when there is data, each test.
    pub fn lenses(&self, source: SourceId, has_data: bool) -> Vec<Lens> {
        let rules = &self.workspace.rules;
        let segments = rules.segments.iter().filter(|_| has_data);
        let counts = segments
            .filter(|segment| segment.name_span.source == source)
            .map(|segment| Lens {
                range: segment.name_span.range(),
                action: LensAction::Count(segment.name.to_string()),
                title: crate::say!("count", "计数"),
            });
        let tests = rules.tests.iter().filter(|test| test.span.source == source);
        let tests = tests.map(|test| {
            let start = test.span.start as usize;
            Lens {
                range: start..start,
                action: LensAction::RunTest(start),
                title: crate::say!("run test", "运行测试"),
            }
        });
        let mut lenses: Vec<Lens> = counts.chain(tests).collect();
        lenses.sort_by_key(|lens| lens.range.start);
        lenses
    }
}
