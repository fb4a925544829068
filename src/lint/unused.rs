//! Lists, parameters and segments that nothing names.
//!
//! A name counts as used wherever it is written outside its own definition, be it as a value. Segments
//! are what a rule set is for: one that nothing names is told only on request.

use super::Rules;
use crate::diag::{Code, Diagnostic, Edit, Phrase};
use crate::name::Name;
use crate::say;
use crate::source::{SourceId, Sources, Span};
use crate::syntax::ast::{Ident, Item};
use crate::syntax::names;
use std::collections::{BTreeSet, HashMap};

pub(super) fn unused(
    rules: Rules,
    told: &[Diagnostic],
    is_wanted: &dyn Fn(Code) -> bool,
) -> Vec<Diagnostic> {
    let with_segments = is_wanted(Code::UnusedSegment);
    let defined: Vec<Defined> = rules
        .items()
        .filter_map(|item| Defined::new(item, with_segments))
        .collect();
    if defined.is_empty() {
        return Vec::new();
    }
    let mut uses: HashMap<&str, usize> = HashMap::new();
    uses.extend(defined.iter().map(|each| (each.name.as_str(), 0)));
    for (_, source) in rules.sources.iter().take(rules.files.len()) {
        for (_, name) in names(source.text()) {
            if let Some(count) = uses.get_mut(&*name) {
                *count += 1;
            }
        }
    }
    // Each name stands once where it is defined. What is wrong already is not told again.
    let starts: BTreeSet<(SourceId, u32)> = told
        .iter()
        .map(|found| (found.span().source, found.span().start))
        .collect();
    let is_told = |item: Span| {
        let inside = (item.source, item.start)..=(item.source, item.end);
        starts.range(inside).next().is_some()
    };
    let unused = defined.iter().filter(|each| {
        let is_unused = uses.get(each.name.as_str()).is_some_and(|count| *count < 2);
        is_unused && !is_told(each.item)
    });
    unused.map(|each| each.tell(rules.sources)).collect()
}

struct Defined {
    code: Code,
    name: Name,
    name_span: Span,
    item: Span,
}

impl Defined {
    fn new(item: &Item, with_segments: bool) -> Option<Defined> {
        let (code, ident): (Code, &Ident) = match item {
            Item::List(list) => (Code::UnusedList, &list.name),
            Item::Param(param) => (Code::UnusedParam, &param.name),
            Item::Segment(segment) if with_segments => (Code::UnusedSegment, &segment.name),
            Item::Segment(_)
            | Item::Schema(_)
            | Item::Hierarchy(_)
            | Item::Test(_)
            | Item::Platform(_)
            | Item::Campaign(_) => return None,
        };
        Some(Defined {
            code,
            name: Name::new(&ident.text),
            name_span: ident.span,
            item: item.span(),
        })
    }

    fn tell(&self, sources: &Sources) -> Diagnostic {
        let name = &self.name;
        let (message, help): (Phrase, Phrase) = match self.code {
            Code::UnusedList => (
                say!(
                    "no rule uses the list `{name}`",
                    "没有规则用到名单 `{name}`"
                ),
                say!(
                    "delete it, or name it where it is meant",
                    "请删去它，或在需要处写上它"
                ),
            ),
            Code::UnusedParam => (
                say!(
                    "no rule uses the parameter `{name}`",
                    "没有规则用到参数 `{name}`"
                ),
                say!(
                    "delete it, or write it in place of the value it stands for",
                    "请删去它，或用它代替相应的值"
                ),
            ),
            _ => (
                say!(
                    "no segment, campaign or test names `{name}`",
                    "没有人群、群发或测试提到 `{name}`"
                ),
                say!(
                    "delete it, test it, or say that it is an output: `# allow: unused-segment …`",
                    "请删去它、为它写测试，或注明它是输出：`# allow: unused-segment …`"
                ),
            ),
        };
        let diagnostic = Diagnostic::new(self.code, self.name_span, message)
            .label(say!("never named", "从未提到"))
            .help(help);
        match whole_lines(sources, self.item) {
            Some(span) => {
                let text = String::new();
                diagnostic.unsafe_fix(say!("delete it", "删去它"), vec![Edit { span, text }])
            }
            None => diagnostic,
        }
    }
}

/// The lines of an item with the comments right above it, when nothing else stands on them.
fn whole_lines(sources: &Sources, item: Span) -> Option<Span> {
    let source = sources.get(item.source)?;
    let mut first = source.line_column(item.start as usize).line;
    let last = source.line_column(item.end as usize).line;
    let end = source.line_start(last + 1);
    let before = source
        .text()
        .get(source.line_start(first)..item.start as usize)?;
    let after = source.text().get(item.end as usize..end)?;
    if !before.trim().is_empty() || !after.trim().is_empty() {
        return None;
    }
    while first > 1 && source.line(first - 1).trim_start().starts_with('#') {
        first -= 1;
    }
    // One empty line goes with it.
    let is_blank = |line: u32| source.line(line).trim().is_empty();
    let end = match first > 1 && is_blank(first - 1) && is_blank(last + 1) {
        true => source.line_start(last + 2),
        false => end,
    };
    Some(Span::new(item.source, source.line_start(first), end))
}
