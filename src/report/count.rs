//! Counts of segments as text and JSON.

use super::{grouped, percent, plural, to_json_line};
use crate::diag::{Lang, Phrase, escape_controls};
use crate::eval::columnar::Tally;
use crate::say;
use serde::Serialize;
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// What `count` found.
#[derive(Clone, Debug, Serialize)]
pub struct Counts {
    /// The format's version: 1.
    pub version: u32,
    /// The run's `now`, RFC 3339 in UTC.
    pub now: String,
    /// The run's zone.
    pub zone: String,
    /// Records that are contacts.
    pub contacts: u64,
    /// Records that could not be read at all.
    pub rejected: u64,
    /// One entry a segment, in the order asked for.
    pub segments: Vec<SegmentCount>,
}

/// The counts of one segment.
#[derive(Clone, Debug, Serialize)]
pub struct SegmentCount {
    /// Its name, or the expression given.
    pub name: String,
    /// Who is in.
    pub members: u64,
    /// Left out because a cell that is read is invalid.
    pub quarantined: u64,
    /// Members only because a value is missing.
    pub missing_included: u64,
}

impl SegmentCount {
    /// Names a tally.
    pub fn new(name: &str, tally: Tally) -> SegmentCount {
        SegmentCount {
            name: name.to_string(),
            members: tally.members,
            quarantined: tally.quarantined,
            missing_included: tally.missing_included,
        }
    }
}

impl Counts {
    /// The documented JSON (`docs/json/count.md`).
    pub fn to_json(&self) -> String {
        to_json_line(self)
    }

    /// A line a segment with columns that line up.
    pub fn to_text(&self, lang: Lang) -> String {
        let names: Vec<String> = self
            .segments
            .iter()
            .map(|segment| escape_controls(&segment.name))
            .collect();
        let name_width = names.iter().map(|name| name.width()).max().unwrap_or(0);
        let counts: Vec<String> = self
            .segments
            .iter()
            .map(|segment| grouped(segment.members))
            .collect();
        let count_width = counts.iter().map(String::len).max().unwrap_or(0);
        let mut out = String::new();
        for ((segment, name), count) in self.segments.iter().zip(&names).zip(&counts) {
            let pad = " ".repeat(name_width - name.width());
            let share = percent(segment.members, self.contacts);
            let notes = segment.notes().get(lang).to_string();
            let _ = writeln!(out, "{name}{pad}  {count:>count_width$}  {share:>7}{notes}");
        }
        let _ = writeln!(out, "{}", self.footer().get(lang));
        out
    }

    fn footer(&self) -> Phrase {
        let contacts = grouped(self.contacts);
        let (now, zone) = (&self.now, &self.zone);
        let rejected = grouped(self.rejected);
        let people = plural(self.contacts, "contact", "contacts");
        let records = plural(self.rejected, "record", "records");
        if self.rejected == 0 {
            say!(
                "of {contacts} {people}, now {now}, zone {zone}",
                "共 {contacts} 位联系人，当前时间 {now}，时区 {zone}"
            )
        } else {
            say!(
                "of {contacts} {people}, {rejected} {records} rejected, now {now}, zone {zone}",
                "共 {contacts} 位联系人，另有 {rejected} 条记录被拒绝，当前时间 {now}，时区 {zone}"
            )
        }
    }
}

impl SegmentCount {
    /// The count of one condition in a line.
    pub fn to_line(&self, contacts: u64, lang: Lang) -> String {
        let (members, all) = (grouped(self.members), grouped(contacts));
        let share = percent(self.members, contacts);
        let people = plural(contacts, "contact", "contacts");
        let line = say!(
            "{members} of {all} {people}  {share}",
            "{members} / {all} 位联系人  {share}"
        );
        format!("{}{}\n", line.get(lang), self.notes().get(lang))
    }

    fn notes(&self) -> Phrase {
        let mut notes = Phrase::default();
        if self.missing_included > 0 {
            let count = grouped(self.missing_included);
            notes.en += &format!("  {count} only because a value is missing");
            notes.zh += &format!("  其中 {count} 位只因缺失值而入选");
        }
        if self.quarantined > 0 {
            let count = grouped(self.quarantined);
            notes.en += &format!("  {count} quarantined");
            notes.zh += &format!("  {count} 位因无效值被隔离");
        }
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_the_documented_shape() {
        let counts = Counts {
            version: 1,
            now: "2026-11-22T01:00:00Z".into(),
            zone: "Asia/Shanghai".into(),
            contacts: 5000,
            rejected: 0,
            segments: vec![SegmentCount::new(
                "beijing_students",
                Tally {
                    members: 876,
                    quarantined: 0,
                    missing_included: 0,
                },
            )],
        };
        assert_eq!(
            counts.to_json(),
            concat!(
                r#"{"version":1,"now":"2026-11-22T01:00:00Z","zone":"Asia/Shanghai","contacts":5000,"rejected":0,"#,
                r#""segments":[{"name":"beijing_students","members":876,"quarantined":0,"missing_included":0}]}"#,
                "\n"
            )
        );
        assert!(counts.to_text(Lang::En).contains("876   17.52%"));
    }
}
