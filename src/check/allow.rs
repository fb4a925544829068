//! Applies `# allow: code reason` comments.

use crate::diag::{Code, Diagnostic, Edit};
use crate::name::nearest;
use crate::say;
use crate::source::{SourceId, Sources, Span};
use crate::syntax::ast::{Allow, File};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Drops what a comment on the line above allows, and reports comments that allow nothing, unless
/// what they allow was not looked for. Comes last, when every pass has said what it has to say.
pub fn apply_allows(
    sources: &Sources,
    files: &[(SourceId, Arc<File>)],
    diagnostics: Vec<Diagnostic>,
    was_looked_for: &dyn Fn(Code) -> bool,
) -> Vec<Diagnostic> {
    let line_of = |source: SourceId, offset: u32| {
        let source = sources.get(source);
        source.map_or(0, |source| source.line_column(offset as usize).line)
    };
    let mut allows: HashMap<(SourceId, u32, &str), (&Allow, bool)> = HashMap::new();
    for (_, file) in files {
        let lines = file
            .allows
            .iter()
            .map(|allow| line_of(allow.span.source, allow.span.end));
        let targets = targets(lines.collect());
        for allow in &file.allows {
            let line = line_of(allow.span.source, allow.span.end);
            let line = targets.get(&line).copied().unwrap_or(line + 1);
            allows.insert((allow.span.source, line, &allow.code.text), (allow, false));
        }
    }
    if allows.is_empty() {
        return diagnostics;
    }
    let mut kept = Vec::with_capacity(diagnostics.len());
    for diagnostic in diagnostics {
        let span = diagnostic.span();
        let key = (
            span.source,
            line_of(span.source, span.start),
            diagnostic.code.name(),
        );
        match allows.get_mut(&key) {
            // Errors keep an item from being used: nothing can allow them.
            Some((_, is_used)) if !diagnostic.is_error() => *is_used = true,
            Some(_) | None => kept.push(diagnostic),
        }
    }
    let mut unused: Vec<&Allow> = allows
        .into_values()
        .filter(|(_, is_used)| !is_used)
        .map(|(allow, _)| allow)
        .filter(|allow| Code::named(&allow.code.text).is_none_or(was_looked_for))
        .collect();
    unused.sort_by_key(|allow| allow.span);
    kept.extend(unused.into_iter().map(|allow| unused_allow(sources, allow)));
    kept
}

/// The line each comment speaks of: the next one without such a comment, so that several may stand
/// above one line.
fn targets(lines: BTreeSet<u32>) -> HashMap<u32, u32> {
    let mut targets = HashMap::with_capacity(lines.len());
    for line in lines.into_iter().rev() {
        let target = targets.get(&(line + 1)).copied().unwrap_or(line + 1);
        targets.insert(line, target);
    }
    targets
}

/// What is deleted with a comment: its line, or the blanks before it.
fn line_of_its_own(sources: &Sources, comment: Span) -> Span {
    let Some(source) = sources.get(comment.source) else {
        return comment;
    };
    let at = source.line_column(comment.start as usize).line;
    let start = source.line_start(at);
    let before = source.text().get(start..comment.start as usize);
    let before = before.unwrap_or("");
    match before.trim().is_empty() {
        true => Span::new(comment.source, start, source.line_start(at + 1)),
        false => {
            let start = start + before.trim_end().len();
            Span::new(comment.source, start, comment.end as usize)
        }
    }
}

fn unused_allow(sources: &Sources, allow: &Allow) -> Diagnostic {
    let code = &allow.code.text;
    let deletion = Edit {
        span: line_of_its_own(sources, allow.span),
        text: String::new(),
    };
    let diagnostic = Diagnostic::new(
        Code::UnusedAllow,
        allow.span,
        say!("this allows nothing", "这条 allow 没有作用"),
    );
    match Code::named(code) {
        None => {
            let near = nearest(code, Code::ALL.iter().map(|code| code.name()), 1).join("");
            let diagnostic = diagnostic.label(say!("`{code}` is no code", "`{code}` 不是诊断代码"));
            match near.as_str() {
                "" => diagnostic.help(say!("delete the comment", "请删去这条注释")),
                near => diagnostic.help(say!("did you mean `{near}`?", "是不是 `{near}`？")),
            }
        }
        Some(_) => diagnostic
            .label(say!("the next line has no `{code}`", "下一行没有 `{code}`"))
            .fix(say!("delete the comment", "删去这条注释"), vec![deletion])
            .help(say!("delete the comment", "请删去这条注释")),
    }
}
