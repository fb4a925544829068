//! Writes a plan as a folder that appears whole: `plan.json`, `plan.html`, `batches/0001.csv` ….

use super::Gathered;
use crate::campaign::Batch;
use crate::data::write::{NewFolder, push_csv_field};
use crate::diag::Lang;
use crate::report::plan::PlanReport;
use crate::workspace::WorkspaceError;
use std::io::Write;
use std::path::Path;

/// How a plan's folder is written.
#[derive(Clone, Copy, Debug)]
pub struct FolderOptions {
    /// Replaces the folder of an earlier plan.
    pub replaces: bool,
    /// Guards ids that a spreadsheet would take for formulas.
    pub is_for_people: bool,
    /// The language of `plan.html`.
    pub lang: Lang,
}

/// Writes a plan.
///
/// # Errors
/// The folder exists already or cannot be written; nothing is left then.
pub fn write_plan(
    path: &Path,
    report: &PlanReport<'_>,
    gathered: &Gathered,
    id_column: &str,
    options: FolderOptions,
) -> Result<(), WorkspaceError> {
    let mut folder = NewFolder::create(path, options.replaces.then_some("plan.json"))?;
    folder.subfolder("batches")?;
    let has_arms = report.campaign.split.is_some();
    let has_deferred = !report.campaign.defer.is_empty();
    let per_send = report.per_send();
    for batch in &report.plan.batches {
        let mut text = String::new();
        push_csv_field(&mut text, id_column, options.is_for_people);
        text.push_str(",send");
        if has_arms {
            text.push_str(",arm");
        }
        if has_deferred {
            text.push_str(",deferred");
        }
        text.push('\n');
        push_people(
            &mut text,
            batch,
            report,
            gathered,
            (per_send, options.is_for_people),
        );
        folder.file(&batch_file(batch), |out| out.write_all(text.as_bytes()))?;
    }
    folder.file("plan.html", |out| {
        out.write_all(report.to_html(options.lang).as_bytes())
    })?;
    folder.file("plan.json", |out| {
        out.write_all(report.to_json().as_bytes())
    })?;
    Ok(folder.finish()?)
}

/// The name of a batch's file within the plan's folder.
fn batch_file(batch: &Batch) -> String {
    crate::report::plan::batch_file(batch.number)
}

fn push_people(
    text: &mut String,
    batch: &Batch,
    report: &PlanReport<'_>,
    gathered: &Gathered,
    (per_send, is_for_people): (u64, bool),
) {
    let people = report.plan.people.get(batch.people.clone()).unwrap_or(&[]);
    let arms = report.campaign.split.as_ref().map(|split| &split.arms);
    for (place, member) in (0u64..).zip(people) {
        push_csv_field(text, gathered.contacts.id(member.person), is_for_people);
        text.push_str(&format!(",{}", place / per_send + 1));
        if let Some(arms) = arms {
            let arm = arms.get(usize::from(member.arm));
            text.push(',');
            push_csv_field(text, arm.map_or("", |arm| arm.name.as_str()), is_for_people);
        }
        if !report.campaign.defer.is_empty() {
            text.push_str(if member.is_deferred {
                ",true"
            } else {
                ",false"
            });
        }
        text.push('\n');
    }
}
