//! Durations that many segments repeat, and durations in hours that are days.

use super::Rules;
use crate::diag::{Code, Diagnostic, Edit};
use crate::name::FieldId;
use crate::say;
use crate::source::Span;
use crate::syntax::ast::{ExprKind, Given, Window};
use crate::value::{Duration, Unit};
use indexmap::IndexMap;
use std::collections::HashSet;
use std::sync::Arc;

/// So many segments may say the same of one field before a name is better.
const MOST_REPEATED: usize = 3;

/// Places shown besides the first.
const MOST_SHOWN: usize = 3;

/// Hours from which on days are easier to read.
const LONGEST_HOURS: u32 = 7 * 24;

/// One duration as written.
struct Use {
    segment: Arc<str>,
    /// The start of the item it stands in.
    item: Span,
    /// The duration.
    span: Span,
}

pub(super) fn durations(rules: Rules) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut last: IndexMap<(FieldId, Duration), Vec<Use>> = IndexMap::new();
    for (segment, body) in rules.segments() {
        body.visit(&mut |expr| {
            let ExprKind::Within {
                subject,
                window,
                anniversary,
                ..
            } = &expr.kind
            else {
                return;
            };
            for (duration, span) in written(window) {
                found.extend(hours(rules, duration, span));
            }
            if let (ExprKind::Name(path), Window::Last(Given::Written(duration, span)), false) =
                (&subject.kind, window.as_ref(), anniversary)
                && let Some(field) = rules.field(path)
            {
                let uses = last.entry((field, *duration)).or_default();
                uses.push(Use {
                    segment: Arc::clone(&segment.name.text),
                    item: segment.span,
                    span: *span,
                });
            }
        });
    }
    let repeated = last.iter().filter(|(_, uses)| {
        let segments: HashSet<&str> = uses.iter().map(|each| &*each.segment).collect();
        segments.len() > MOST_REPEATED
    });
    found.extend(repeated.filter_map(|((field, _), uses)| repeats(rules, *field, uses)));
    found
}

/// The durations that are written out.
fn written(window: &Window) -> Vec<(Duration, Span)> {
    let given = match window {
        Window::Last(duration) | Window::Next(duration, _) => vec![duration],
        Window::Ago { newer, older, .. } => vec![newer, older],
    };
    let written = given.into_iter().filter_map(|given| match given {
        Given::Written(duration, span) => Some((*duration, *span)),
        Given::Param(_) => None,
    });
    written.collect()
}

/// Hours that make whole days from a week on.
fn hours(rules: Rules, duration: Duration, span: Span) -> Option<Diagnostic> {
    let Duration { count, unit } = duration;
    if unit != Unit::Hour || count < LONGEST_HOURS || !count.is_multiple_of(24) {
        return None;
    }
    let days = count / 24;
    let text = rules.sources.text_at(span);
    let unit = if text.contains('时') { "天" } else { "d" };
    let diagnostic = Diagnostic::new(
        Code::MagicDuration,
        span,
        say!(
            "{count} hours are {days} days",
            "{count} 小时就是 {days} 天"
        ),
    )
    .label(say!(
        "must be divided by 24 to be read",
        "需要除以 24 才看得懂"
    ))
    .help(say!(
        "write `{days}d` for whole local days; hours count back from this very instant",
        "按当地整天计请写 `{days}天`；小时从此刻倒推"
    ))
    .unsafe_fix(
        say!("write `{days}{unit}`", "写成 `{days}{unit}`"),
        vec![Edit {
            span,
            text: format!("{days}{unit}"),
        }],
    );
    Some(diagnostic)
}

fn repeats(rules: Rules, field: FieldId, uses: &[Use]) -> Option<Diagnostic> {
    let field = rules.typed.schema.field(field)?.name.as_str();
    let first = uses.first()?;
    let count = uses.len();
    let text = rules.sources.text_at(first.span);
    let name = format!("{}_window", field.replace('.', "_"));
    let mut diagnostic = Diagnostic::new(
        Code::MagicDuration,
        first.span,
        say!(
            "`{field} within {text}` stands in {count} places",
            "`{field} within {text}` 出现在 {count} 处"
        ),
    )
    .label(say!("the same duration", "同一个时长"))
    .help(say!(
        "give it one name: `param {name} = {text}`, and write `within {name}`",
        "请起一个名字：`param {name} = {text}`，再写 `within {name}`"
    ));
    for other in uses.iter().skip(1).take(MOST_SHOWN) {
        diagnostic = diagnostic.also(other.span, say!("here too", "此处相同"));
    }
    if is_taken(rules, &name) {
        return Some(diagnostic);
    }
    let start = Span {
        end: first.item.start,
        ..first.item
    };
    let definition = Edit {
        span: before_comments(rules, start),
        text: format!("param {name} = {text}\n\n"),
    };
    let replacements = uses.iter().map(|each| Edit {
        span: each.span,
        text: name.clone(),
    });
    Some(diagnostic.unsafe_fix(
        say!("name it `{name}`", "命名为 `{name}`"),
        std::iter::once(definition).chain(replacements).collect(),
    ))
}

/// Whether the name stands anywhere, for whatever.
fn is_taken(rules: Rules, name: &str) -> bool {
    let mut texts = rules.sources.iter();
    texts.any(|(_, source)| source.text().contains(name))
}

/// The start of an item's line, or of the comments right above it.
fn before_comments(rules: Rules, start: Span) -> Span {
    let Some(source) = rules.sources.get(start.source) else {
        return start;
    };
    let mut line = source.line_column(start.start as usize).line;
    while line > 1 && source.line(line - 1).trim_start().starts_with('#') {
        line -= 1;
    }
    let at = source.line_start(line);
    Span::new(start.source, at, at)
}
