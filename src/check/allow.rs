//! Applies `# allow: code reason` comments.

use crate::diag::{Code, Diagnostic};
use crate::name::nearest;
use crate::say;
use crate::source::{SourceId, Sources};
use crate::syntax::ast::{Allow, File};
use std::collections::{BTreeSet, HashMap};

/// Drops what a comment on the line above allows, and reports comments that allow nothing. Comes
/// last, when every pass has said what it has to say.
pub fn apply_allows(
    sources: &Sources,
    files: &[(SourceId, File)],
    diagnostics: Vec<Diagnostic>,
    is_analyzed: bool,
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
        .filter(|allow| is_analyzed || !is_proved(allow))
        .collect();
    unused.sort_by_key(|allow| allow.span);
    kept.extend(unused.into_iter().map(unused_allow));
    kept
}

/// Whether a comment allows what only analysis finds.
fn is_proved(allow: &Allow) -> bool {
    Code::named(&allow.code.text).is_some_and(Code::is_proved)
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

fn unused_allow(allow: &Allow) -> Diagnostic {
    let code = &allow.code.text;
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
            .help(say!("delete the comment", "请删去这条注释")),
    }
}
