//! What changed between two versions of the rules, as text and JSON.

use super::proof::in_english;
use super::{grouped, to_json_line};
use crate::diag::{Lang, Phrase, escape_controls};
use crate::say;
use indexmap::IndexMap;
use serde::Serialize;
use std::fmt::Write;

/// Two versions of the rules, segment by segment.
#[derive(Clone, Debug, Serialize)]
pub struct Difference {
    /// The format's version: 1.
    pub version: u32,
    /// The old rules.
    pub old: Side,
    /// The new rules.
    pub new: Side,
    /// The zone of both.
    pub zone: String,
    /// Fields of the schema that changed.
    pub fields: Vec<ChangedField>,
    /// Parameters whose value changed.
    pub params: Vec<ChangedParam>,
    /// Lists whose values changed.
    pub lists: Vec<ChangedList>,
    /// The segments: those of the new rules in the order written, then those that are gone.
    pub segments: Vec<SegmentChange>,
}

/// One version of the rules.
#[derive(Clone, Debug, Serialize)]
pub struct Side {
    /// The path or revision given.
    pub rules: String,
    /// Its `now`, RFC 3339 in UTC.
    pub now: String,
}

/// A field that changed.
#[derive(Clone, Debug, Serialize)]
pub struct ChangedField {
    /// Its name.
    pub name: String,
    /// `added`, `removed` or `changed`.
    pub change: &'static str,
}

/// A parameter that changed.
#[derive(Clone, Debug, Serialize)]
pub struct ChangedParam {
    /// Its name.
    pub name: String,
    /// Its old value; none when it is new.
    pub old: Option<String>,
    /// Its new value; none when it is gone.
    pub new: Option<String>,
}

/// A list that changed.
#[derive(Clone, Debug, Serialize)]
pub struct ChangedList {
    /// Its name.
    pub name: String,
    /// How many values it had; none when it is new.
    pub old: Option<usize>,
    /// How many values it has; none when it is gone.
    pub new: Option<usize>,
    /// Values that only the new one has.
    pub added: usize,
    /// Values that only the old one had.
    pub removed: usize,
}

/// How the audience of a segment changes, over all contacts the schema allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The same contacts.
    #[default]
    Equal,
    /// Contacts can only leave.
    Narrower,
    /// Contacts can only come.
    Wider,
    /// Both.
    Changed,
    /// Only the new rules have it.
    Added,
    /// Only the old rules have it.
    Removed,
    /// Not everything was proved.
    Undecided,
}

/// A contact with the cells that are not missing, as people read them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shown {
    /// Its id.
    pub id: String,
    /// Its cells by field.
    pub cells: IndexMap<String, String>,
}

/// Which way people move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// In only the old version.
    Lost,
    /// In only the new version.
    Gained,
}

/// A clause with the people it moved.
#[derive(Clone, Debug, Serialize)]
pub struct MovedBy {
    /// Gained or lost.
    pub direction: Direction,
    /// The clause's text.
    pub clause: String,
    /// The version the clause stands in: `old` or `new`.
    pub of: &'static str,
    /// How many people.
    pub people: u64,
}

impl MovedBy {
    /// A clause that has moved nobody yet.
    pub fn new(direction: Direction, clause: &str, is_of_new: bool) -> MovedBy {
        MovedBy {
            direction,
            clause: clause.to_string(),
            of: if is_of_new { "new" } else { "old" },
            people: 0,
        }
    }
}

/// Who moved among the contacts given.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Moves {
    /// Members under the old rules.
    pub old: u64,
    /// Members under the new rules.
    pub new: u64,
    /// In only now.
    pub gained: u64,
    /// No longer in.
    pub lost: u64,
    /// Of those gained: quarantined under the old rules.
    pub gained_from_quarantine: u64,
    /// Of those lost: quarantined under the new rules.
    pub lost_to_quarantine: u64,
    /// The first ids gained, in the order of the data.
    pub gained_ids: Vec<String>,
    /// The first ids lost.
    pub lost_ids: Vec<String>,
    /// People by clause, in the order of the questions.
    #[serde(skip)]
    pub by_clause: Vec<u64>,
}

/// One segment in both versions.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SegmentChange {
    /// The segment.
    pub name: String,
    /// How it changes.
    #[serde(rename = "change")]
    pub kind: Kind,
    /// Why not everything was proved.
    #[serde(serialize_with = "in_english")]
    pub why: Option<Phrase>,
    /// For segments of one version only: a segment of the other one with the same condition.
    pub same_as: Option<String>,
    /// Clauses only the old version has.
    pub removed_clauses: Vec<String>,
    /// Clauses only the new version has.
    pub added_clauses: Vec<String>,
    /// A contact that is in only now.
    pub gained_example: Option<Shown>,
    /// A contact that is no longer in.
    pub lost_example: Option<Shown>,
    /// Counts, when contacts were given.
    pub data: Option<Moves>,
    /// By which clause people of the data moved; clauses that moved nobody are left out.
    pub moved_by: Vec<MovedBy>,
}

impl SegmentChange {
    /// A segment of which nothing is known yet.
    pub fn new(name: &str) -> SegmentChange {
        SegmentChange {
            name: name.to_string(),
            ..SegmentChange::default()
        }
    }

    /// Adds the counts of one part of the data.
    pub fn add(&mut self, moves: Moves, most_ids: usize) {
        let total = self.data.get_or_insert_default();
        total.old += moves.old;
        total.new += moves.new;
        total.gained += moves.gained;
        total.lost += moves.lost;
        total.gained_from_quarantine += moves.gained_from_quarantine;
        total.lost_to_quarantine += moves.lost_to_quarantine;
        total.gained_ids.extend(moves.gained_ids);
        total.gained_ids.truncate(most_ids);
        total.lost_ids.extend(moves.lost_ids);
        total.lost_ids.truncate(most_ids);
        total.by_clause.resize(moves.by_clause.len(), 0);
        for (total, part) in total.by_clause.iter_mut().zip(moves.by_clause) {
            *total += part;
        }
    }

    /// Gives the counts by clause their names.
    pub fn settle(&mut self, labels: Vec<MovedBy>) {
        let people = self.data.get_or_insert_default().by_clause.clone();
        let named = labels.into_iter().zip(people);
        let named = named.map(|(label, people)| MovedBy { people, ..label });
        self.moved_by = named.filter(|moved| moved.people > 0).collect();
    }
}

impl Shown {
    /// Its id, then a line a cell.
    pub fn to_text(&self, lang: Lang, indent: &str) -> String {
        let mut out = format!("{indent}{}\n", self.to_line(lang));
        if self.cells.is_empty() {
            let nothing = say!("every cell missing", "所有字段均缺失");
            let _ = writeln!(out, "{indent}  {}", nothing.get(lang));
        }
        for (field, value) in &self.cells {
            let (field, value) = (escape_controls(field), escape_controls(value));
            let _ = writeln!(out, "{indent}  {field} = {value}");
        }
        out
    }

    /// Which contact.
    pub(super) fn to_line(&self, lang: Lang) -> String {
        let id = escape_controls(&self.id);
        say!("contact {id}", "联系人 {id}").get(lang).to_string()
    }

    /// Everything in one line.
    fn brief(&self, lang: Lang) -> String {
        let cells: Vec<String> = self
            .cells
            .iter()
            .map(|(field, value)| format!("{field} = {value}"))
            .collect();
        let cells = match cells.is_empty() {
            true => say!("every cell missing", "所有字段均缺失")
                .get(lang)
                .to_string(),
            false => escape_controls(&cells.join(", ")),
        };
        format!("{} ({cells})", self.to_line(lang))
    }
}

/// Text of rules as messages show it.
fn quoted(text: &str) -> String {
    format!("`{}`", escape_controls(text))
}

impl Kind {
    /// The kind in words.
    pub(super) fn phrase(self) -> Phrase {
        match self {
            Kind::Equal => say!("equal", "相同"),
            Kind::Narrower => say!("narrower", "变窄"),
            Kind::Wider => say!("wider", "变宽"),
            Kind::Changed => say!("changed", "改变"),
            Kind::Added => say!("added", "新增"),
            Kind::Removed => say!("removed", "删除"),
            Kind::Undecided => say!("undecided", "未能判定"),
        }
    }
}

impl Difference {
    /// Whether any segment is not proved equal.
    pub fn has_changes(&self) -> bool {
        let is_open =
            |change: &SegmentChange| !matches!(change.kind, Kind::Equal | Kind::Undecided);
        self.segments.iter().any(is_open)
    }

    /// Whether something was left undecided.
    pub fn has_undecided(&self) -> bool {
        self.segments
            .iter()
            .any(|change| change.kind == Kind::Undecided)
    }

    /// The documented JSON (`docs/json`).
    pub fn to_json(&self) -> String {
        to_json_line(self)
    }

    /// For people: what changed, then how many segments are equal.
    pub fn to_text(&self, lang: Lang) -> String {
        let mut out = String::new();
        for line in self.definition_lines(lang) {
            let _ = writeln!(out, "{line}");
        }
        for change in self.segments.iter().filter(|change| change.is_told()) {
            change.write(&mut out, lang);
        }
        let _ = writeln!(out, "{}", self.summary().get(lang));
        out
    }

    /// How many segments stay as they are.
    pub(super) fn summary(&self) -> Phrase {
        let equal = self
            .segments
            .iter()
            .filter(|change| change.kind == Kind::Equal)
            .count();
        let all = self.segments.len();
        say!(
            "{equal} of {all} segments are proved equal",
            "{all} 个人群中有 {equal} 个已证明相同"
        )
    }

    /// A line for each field, parameter and list that changed.
    pub(super) fn definition_lines(&self, lang: Lang) -> Vec<String> {
        let fields = self.fields.iter().map(|field| {
            let name = escape_controls(&field.name);
            match field.change {
                "added" => say!("field {name}: added", "字段 {name}：新增"),
                "removed" => say!("field {name}: removed", "字段 {name}：删除"),
                _ => say!("field {name}: read in another way", "字段 {name}：读法改变"),
            }
        });
        let params = self.params.iter().map(|param| {
            let name = escape_controls(&param.name);
            let value = |value: &Option<String>| value.as_deref().map(escape_controls);
            match (value(&param.old), value(&param.new)) {
                (Some(old), Some(new)) => {
                    say!("param {name}: {old} → {new}", "参数 {name}：{old} → {new}")
                }
                (None, _) => say!("param {name}: added", "参数 {name}：新增"),
                (_, None) => say!("param {name}: removed", "参数 {name}：删除"),
            }
        });
        let lists = self.lists.iter().map(|list| {
            let name = escape_controls(&list.name);
            let (added, removed) = (list.added, list.removed);
            match (list.old, list.new) {
                (Some(_), Some(_)) => say!(
                    "list {name}: {added} added, {removed} removed",
                    "名单 {name}：增加 {added} 项，减少 {removed} 项"
                ),
                (None, _) => say!("list {name}: added", "名单 {name}：新增"),
                (_, None) => say!("list {name}: removed", "名单 {name}：删除"),
            }
        });
        let lines = fields.chain(params).chain(lists);
        lines.map(|line| line.get(lang).to_string()).collect()
    }
}

impl MovedBy {
    /// What the clause did; `shown` is how the clause is written.
    pub(super) fn phrase(&self, shown: impl Fn(&str) -> String) -> Phrase {
        let people = grouped(self.people);
        let clause = shown(&self.clause);
        match (self.direction, self.of) {
            (Direction::Lost, "new") => {
                say!(
                    "{people} left out by {clause}",
                    "{people} 人因 {clause} 而离开"
                )
            }
            (Direction::Lost, _) => {
                say!(
                    "{people} were in by {clause}",
                    "{people} 人原因 {clause} 而在内"
                )
            }
            (Direction::Gained, "new") => {
                say!(
                    "{people} let in by {clause}",
                    "{people} 人因 {clause} 而加入"
                )
            }
            (Direction::Gained, _) => say!(
                "{people} no longer left out by {clause}",
                "{people} 人不再因 {clause} 而在外"
            ),
        }
    }
}

impl SegmentChange {
    /// What stands behind the kind: why it is undecided, and what says the same.
    /// `shown` is how a name is written.
    pub(super) fn remark(&self, lang: Lang, shown: impl Fn(&str) -> String) -> String {
        let mut out = String::new();
        if let Some(why) = &self.why {
            let (en, zh) = (&why.en, &why.zh);
            out.push_str(say!(" ({en})", "（{zh}）").get(lang));
        }
        if let Some(same) = &self.same_as {
            let same = shown(same);
            let phrase = match self.kind {
                Kind::Removed => say!(" (now {same})", "（现为 {same}）"),
                _ => say!(" (the same as {same} before)", "（与之前的 {same} 相同）"),
            };
            out.push_str(phrase.get(lang));
        }
        out
    }

    /// Clauses that are gone (`-`), new (`+`), or written as before while what they refer to has
    /// changed or time has passed (`~`).
    pub(super) fn marked_clauses(&self) -> Vec<(char, &str)> {
        let is_kept = |clause: &&String| self.added_clauses.contains(clause);
        let (kept, gone): (Vec<_>, Vec<_>) = self.removed_clauses.iter().partition(is_kept);
        let fresh = self.added_clauses.iter();
        let fresh = fresh.filter(|clause| !self.removed_clauses.contains(clause));
        let gone = gone.into_iter().map(|clause| ('-', clause.as_str()));
        let fresh = fresh.map(|clause| ('+', clause.as_str()));
        let kept = kept.into_iter().map(|clause| ('~', clause.as_str()));
        gone.chain(fresh).chain(kept).collect()
    }

    fn write(&self, out: &mut String, lang: Lang) {
        let name = escape_controls(&self.name);
        let (en, zh) = (self.kind.phrase().en, self.kind.phrase().zh);
        let headline = say!("{name}: {en}", "{name}：{zh}");
        let _ = writeln!(out, "{}{}", headline.get(lang), self.remark(lang, quoted));
        for (mark, clause) in self.marked_clauses() {
            let _ = writeln!(out, "  {mark} {}", escape_controls(clause));
        }
        if let Some(data) = &self.data {
            self.write_data(out, data, lang);
        }
        let examples = [
            (&self.lost_example, say!("could leave", "可能离开")),
            (&self.gained_example, say!("could come", "可能加入")),
        ];
        for (example, label) in examples {
            if let Some(example) = example {
                let _ = writeln!(out, "  {}: {}", label.get(lang), example.brief(lang));
            }
        }
    }

    fn write_data(&self, out: &mut String, data: &Moves, lang: Lang) {
        let (old, new) = (grouped(data.old), grouped(data.new));
        let (gained, lost) = (grouped(data.gained), grouped(data.lost));
        let line = say!(
            "{old} → {new}: {gained} gained, {lost} lost",
            "{old} → {new}：增加 {gained} 人，减少 {lost} 人"
        );
        let _ = writeln!(out, "  {}", line.get(lang));
        for moved in &self.moved_by {
            let line = moved.phrase(quoted);
            let _ = writeln!(out, "    {}", line.get(lang));
        }
        let quarantine = [
            (
                data.lost_to_quarantine,
                say!("quarantined now", "现在被隔离"),
            ),
            (
                data.gained_from_quarantine,
                say!("quarantined before", "原先被隔离"),
            ),
        ];
        for (people, label) in quarantine.iter().filter(|(people, _)| *people > 0) {
            let _ = writeln!(out, "    {} {}", grouped(*people), label.get(lang));
        }
        let ids = [
            (&data.gained_ids, data.gained, say!("gained", "增加")),
            (&data.lost_ids, data.lost, say!("lost", "减少")),
        ];
        for (ids, people, label) in ids.iter().filter(|(ids, ..)| !ids.is_empty()) {
            let dots = if *people > ids.len() as u64 {
                ", …"
            } else {
                ""
            };
            let ids = escape_controls(&ids.join(", "));
            let _ = writeln!(out, "    {}: {ids}{dots}", label.get(lang));
        }
    }
}
