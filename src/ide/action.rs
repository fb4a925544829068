//! Edits that an editor offers: repairs of what is wrong, and the one layout.

use super::project::{Project, View};
use crate::diag::{Diagnostic, Edit, Fix, Phrase};
use crate::format::{FormatError, Layout};
use crate::source::{SourceId, Span};
use crate::syntax::Parsed;
use std::collections::BTreeSet;
use std::ops::Range;

/// A repair that can be applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Action<'v> {
    /// What it repairs.
    pub diagnostic: &'v Diagnostic,
    /// The change.
    pub fix: &'v Fix,
    /// It is the only repair, and its meaning is certain.
    pub is_preferred: bool,
}

impl<'p> View<'p> {
    /// The repairs of what is wrong inside a range of bytes.
    pub fn actions(&self, source: SourceId, range: &Range<usize>) -> Vec<Action<'p>> {
        let touching = self.diagnostics(source).filter(|diagnostic| {
            let span = diagnostic.span().range();
            span.start <= range.end && range.start <= span.end
        });
        let actions = touching.flat_map(|diagnostic| {
            diagnostic.fixes.iter().map(move |fix| Action {
                diagnostic,
                fix,
                is_preferred: fix.safe && diagnostic.fixes.len() == 1,
            })
        });
        actions.collect()
    }

    /// Every safe repair of a file at once, as `check --fix` applies them.
    pub fn fix_all(&self, source: SourceId) -> Vec<Edit> {
        let fixes = self
            .diagnostics(source)
            .flat_map(|diagnostic| &diagnostic.fixes);
        let mut taken = BTreeSet::new();
        let mut edits: Vec<Edit> = Vec::new();
        for fix in fixes.filter(|fix| fix.safe) {
            let is_here = fix.edits.iter().all(|edit| edit.span.source == source);
            let overlaps = |edit: &Edit| overlaps(edit.span, &taken);
            if is_here && !fix.edits.iter().any(overlaps) {
                taken.extend(fix.edits.iter().map(|edit| edit.span));
                edits.extend(fix.edits.iter().cloned());
            }
        }
        edits.sort_by_key(|edit| edit.span);
        edits
    }
}

/// Shorter files are laid out while somebody waits.
const LEAST_PREPARED: usize = 64 << 10;

/// A large file whose layout nobody has asked for yet, to be laid out on another thread.
#[derive(Debug)]
pub struct Unlaid {
    source: SourceId,
    parsed: Parsed,
}

/// What is known of a file that was laid out on another thread.
#[derive(Debug)]
pub struct LaidOut {
    source: SourceId,
    layout: Layout,
}

impl Unlaid {
    /// Lays the file out; nothing when the layout is not proved.
    pub fn lay_out(self) -> Option<LaidOut> {
        let mut layout = Layout::default();
        layout.of(self.source, &self.parsed).ok()?;
        let source = self.source;
        Some(LaidOut { source, layout })
    }
}

impl Project {
    /// The file that was typed in last, when it is large and its layout is not known: laying it out
    /// before somebody asks makes the first answer as quick as the next ones.
    pub fn unlaid(&mut self) -> Option<Unlaid> {
        let path = self.typed_in.take()?;
        let known = self.laid_out.as_ref().map(|(source, _)| *source);
        let view = self.view();
        let source = view.file(&path).filter(|source| known != Some(*source))?;
        let parsed = view.parsed(source)?;
        let is_large = parsed.tree.text().len() >= LEAST_PREPARED;
        is_large.then(|| Unlaid {
            source,
            parsed: parsed.clone(),
        })
    }

    /// Takes what was laid out meanwhile. The text may have changed since: what is known is known by
    /// the text of each item.
    pub fn take_layout(&mut self, laid_out: LaidOut) {
        let LaidOut { source, layout } = laid_out;
        if self.laid_out.as_ref().is_none_or(|(own, _)| *own != source) {
            self.laid_out = Some((source, layout));
        }
    }

    /// The edit that lays a file out, if it is not laid out yet.
    ///
    /// # Errors
    /// The layout could not be proved to say the same.
    pub fn layout(&mut self, source: SourceId) -> Result<Option<Edit>, Phrase> {
        let known = self.laid_out.take().filter(|(own, _)| *own == source);
        let mut layout = known.map_or_else(Layout::default, |(_, layout)| layout);
        let view = self.view();
        let Some(before) = view.parsed(source) else {
            return Ok(None);
        };
        let after = layout.of(source, before);
        let after = after.map_err(|error| not_proved(&error))?;
        let edit = changed(view.text(source), &after).map(|(range, new)| Edit {
            span: Span::new(source, range.start, range.end),
            text: new.to_string(),
        });
        self.laid_out = Some((source, layout));
        Ok(edit)
    }
}

fn not_proved(error: &FormatError) -> Phrase {
    match error {
        FormatError::Meaning => crate::say!(
            "left as it is: the layout would mean something else",
            "保持原样：重排会改变含义"
        ),
        FormatError::Comments => crate::say!(
            "left as it is: the layout would lose a comment",
            "保持原样：重排会丢失注释"
        ),
    }
}

/// Whether an edit reaches into one that was taken; those lie apart, so that few can.
fn overlaps(span: Span, taken: &BTreeSet<Span>) -> bool {
    let last = Span {
        start: span.end,
        end: u32::MAX,
        ..span
    };
    let before = taken.range(..=last).rev();
    let mut near = before.take_while(|other| other.end >= span.start);
    near.any(|other| other.start < span.end && span.start < other.end || *other == span)
}

/// The smallest stretch that turns one text into the other.
fn changed<'n>(old: &str, new: &'n str) -> Option<(Range<usize>, &'n str)> {
    if old == new {
        return None;
    }
    let bytes = (old.as_bytes(), new.as_bytes());
    let same = bytes.0.iter().zip(bytes.1);
    let mut start = same.take_while(|(a, b)| a == b).count();
    while !old.is_char_boundary(start) || !new.is_char_boundary(start) {
        start -= 1;
    }
    let (old_rest, new_rest) = (old.get(start..)?, new.get(start..)?);
    let same = old_rest.bytes().rev().zip(new_rest.bytes().rev());
    let mut end = same.take_while(|(a, b)| a == b).count();
    let splits = |text: &str, end: usize| !text.is_char_boundary(text.len() - end);
    while splits(old_rest, end) || splits(new_rest, end) {
        end -= 1;
    }
    let text = new_rest.get(..new_rest.len() - end)?;
    Some((start..old.len() - end, text))
}

#[cfg(test)]
mod tests {
    use super::changed;

    #[test]
    fn only_what_differs_is_replaced() {
        assert_eq!(changed("a  = 3\n", "a = 3\n"), Some((2..3, "")));
        assert_eq!(changed("甲乙丙", "甲丁丙"), Some((3..6, "丁")));
        // Characters that begin or end alike.
        assert_eq!(changed("a一b", "a丁b"), Some((1..4, "丁")));
        assert_eq!(changed("é", "ĩ"), Some((0..2, "ĩ")));
        assert_eq!(changed("ȩ", "ɩ"), Some((0..2, "ɩ")));
        assert_eq!(changed("aa", "aaa"), Some((2..2, "a")));
        assert_eq!(changed("a", "a"), None);
    }
}
