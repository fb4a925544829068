//! What was odd about the contacts, in a few lines.

use super::{grouped, plural};
use crate::data::LoadReport;
use crate::diag::{Lang, Phrase, escape_controls};
use crate::say;
use std::fmt::Write;

/// How many columns, fields or reasons one line names.
const MOST_NAMES: usize = 8;

/// Rejected records by reason, invalid cells by field with a look-alike and a line, columns that were
/// ignored; empty when nothing was odd.
pub fn to_text(report: &LoadReport, lang: Lang) -> String {
    let mut lines: Vec<Phrase> = Vec::new();
    lines.extend(rejected(report));
    lines.extend(report.invalid.iter().map(|field| {
        let (name, count) = (&field.name, grouped(field.count));
        let mut line = say!("{name}: {count} invalid", "{name}：{count} 个无效值");
        if let Some(sample) = field.samples.first() {
            let place = format!("{}:{}", sample.file, sample.line);
            let shape = match sample.shape.as_str() {
                "" => Phrase::default(),
                shape => say!(", such as `{shape}`", "，例如形如 `{shape}`"),
            };
            line.en += &format!("{} (first at {place})", shape.en);
            line.zh += &format!("{}（首见于 {place}）", shape.zh);
        }
        line
    }));
    if !report.absent.is_empty() {
        let names = joined(report.absent.iter().map(|name| name.as_str()));
        lines.push(say!(
            "columns not in the data: {names}",
            "数据中没有的列：{names}"
        ));
    }
    if !report.ignored.is_empty() {
        let names = joined(report.ignored.iter().map(String::as_str));
        lines.push(say!(
            "columns that the schema does not name are ignored: {names}",
            "档案中没有的列已忽略：{names}"
        ));
    }
    lines.extend(report.notes.iter().cloned());
    let mut out = String::new();
    for line in lines {
        let _ = writeln!(out, "{}", escape_controls(line.get(lang)));
    }
    out
}

fn rejected(report: &LoadReport) -> Option<Phrase> {
    let first = report.rejects.first()?;
    let count = grouped(report.rejected);
    let place = format!("{}:{}", first.file, first.line);
    let reasons = |lang: Lang| {
        let parts = report.reasons.iter().take(MOST_NAMES);
        let parts = parts
            .map(|(reason, count)| format!("{} {}", grouped(*count), reason.phrase().get(lang)));
        parts.collect::<Vec<_>>().join("; ")
    };
    let (en, zh) = (reasons(Lang::En), reasons(Lang::Zh));
    let records = plural(report.rejected, "record", "records");
    Some(say!(
        "{count} {records} rejected: {en} (first at {place})",
        "{count} 条记录被拒收：{zh}（首见于 {place}）"
    ))
}

fn joined<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> String {
    let more = names.len() > MOST_NAMES;
    let mut text = names.take(MOST_NAMES).collect::<Vec<_>>().join(", ");
    if more {
        text.push_str(", …");
    }
    text
}
