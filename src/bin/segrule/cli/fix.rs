//! Applies fixes to rule files, or shows them.

use super::host::{Failure, Host};
use segrule::diag::Phrase;
use segrule::report::patch::unified_diff;
use segrule::report::plural;
use segrule::say;
use segrule::workspace::{Repair, Repaired, rewrite_file};

/// Prints what fixing would change.
pub fn show(repair: &Repair, host: &Host) -> Result<(), Failure> {
    for Repaired {
        path,
        before,
        after,
    } in &repair.files
    {
        host.print(&unified_diff(&path.to_string_lossy(), before, after))?;
    }
    host.remark(&remark(repair, false));
    Ok(())
}

/// Writes what fixing changes.
pub fn write(repair: &Repair, host: &Host) -> Result<(), Failure> {
    for Repaired {
        path,
        before,
        after,
    } in &repair.files
    {
        rewrite_file(path, before, after)?;
        let path = path.display();
        host.remark(&say!("fixed {path}", "已修复 {path}"));
    }
    host.remark(&remark(repair, true));
    Ok(())
}

/// What was fixed and what could be.
fn remark(repair: &Repair, is_done: bool) -> Phrase {
    let (applied, refused) = (repair.applied, repair.refused);
    let found = &repair.workspace.diagnostics;
    let fixable = found.iter().filter(|found| !found.fixes.is_empty());
    let left = fixable.count();
    let problems = plural(applied as u64, "problem", "problems");
    let mut phrase = match is_done {
        true => say!("{applied} {problems} fixed", "修复了 {applied} 个问题"),
        false => say!(
            "{applied} {problems} would be fixed",
            "将修复 {applied} 个问题"
        ),
    };
    let mut add = |more: Phrase| {
        phrase.en.push_str(&more.en);
        phrase.zh.push_str(&more.zh);
    };
    if refused > 0 {
        add(say!(
            "; {refused} fixes left out, they would make new errors",
            "；{refused} 个修复会带来新的错误，未采用"
        ));
    }
    if left > refused {
        let left = left - refused;
        add(say!(
            "; fixes to look at first: {left} more with --unsafe-fixes",
            "；另有 {left} 个问题的修复需人工确认：--unsafe-fixes"
        ));
    }
    phrase
}
