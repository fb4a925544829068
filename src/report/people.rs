//! Some people of an audience as a table, and how two audiences overlap.

use super::{grouped, percent};
use crate::diag::{Lang, escape_controls};
use crate::say;
use std::fmt::Write;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of a terminal that one cell may take.
const WIDEST_CELL: usize = 28;

/// Some people with some of their cells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct People {
    /// The fields shown.
    pub fields: Vec<String>,
    /// The people in file order.
    pub people: Vec<Person>,
}

/// One person.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// The id.
    pub id: String,
    /// The cells by field; none where it is missing.
    pub cells: Vec<Option<String>>,
}

/// How two audiences overlap.
#[derive(Clone, Debug, PartialEq)]
pub struct SetComparison {
    /// The first condition.
    pub left: String,
    /// The second.
    pub right: String,
    /// All contacts.
    pub contacts: u64,
    /// Members of both.
    pub both: u64,
    /// Members of the first alone.
    pub only_left: u64,
    /// Members of the second alone.
    pub only_right: u64,
    /// What is proved over all contacts the schema allows.
    pub relation: Relation,
}

/// How two conditions stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// They always have the same members.
    Equal,
    /// Whoever is in the first is in the second.
    Narrower,
    /// Whoever is in the second is in the first.
    Wider,
    /// They never share a member.
    Disjoint,
    /// They can share members, and each can have its own.
    Overlapping,
    /// Not everything was proved.
    Undecided,
}

impl People {
    /// A table whose columns line up, wide characters included.
    pub fn to_text(&self, lang: Lang) -> String {
        if self.people.is_empty() {
            return String::new();
        }
        let missing = say!("missing", "缺失");
        let head = std::iter::once("id").chain(self.fields.iter().map(String::as_str));
        let mut rows: Vec<Vec<String>> = vec![head.map(cut).collect()];
        rows.extend(self.people.iter().map(|person| {
            let cells = person.cells.iter();
            let cells = cells.map(|cell| cell.as_deref().unwrap_or(missing.get(lang)));
            std::iter::once(person.id.as_str())
                .chain(cells)
                .map(cut)
                .collect()
        }));
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.width()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut out = String::new();
        for row in &rows {
            let mut line = String::from(" ");
            for (cell, width) in row.iter().zip(&widths) {
                let pad = " ".repeat(width - cell.width());
                let _ = write!(line, " {cell}{pad} ");
            }
            let _ = writeln!(out, "{}", line.trim_end());
        }
        out
    }
}

/// A cell that fits its column.
fn cut(text: &str) -> String {
    let text = escape_controls(text);
    if text.width() <= WIDEST_CELL {
        return text;
    }
    let mut columns = 1;
    let kept: String = text
        .chars()
        .take_while(|character| {
            columns += character.width().unwrap_or(0);
            columns <= WIDEST_CELL
        })
        .collect();
    kept + "…"
}

impl SetComparison {
    /// The counts and what is proved.
    pub fn to_text(&self, lang: Lang) -> String {
        let (left, right) = (escape_controls(&self.left), escape_controls(&self.right));
        let rows = [
            (say!("in both", "两者皆在"), self.both),
            (say!("only in {left}", "仅在 {left}"), self.only_left),
            (say!("only in {right}", "仅在 {right}"), self.only_right),
        ];
        let labels = rows.iter().map(|(label, _)| label.get(lang).width());
        let width = labels.max().unwrap_or(0);
        let counts = rows.iter().map(|(_, count)| grouped(*count).len());
        let digits = counts.max().unwrap_or(0);
        let mut out = String::new();
        for (label, count) in &rows {
            let label = label.get(lang);
            let pad = " ".repeat(width - label.width());
            let share = percent(*count, self.contacts);
            let _ = writeln!(
                out,
                "  {label}{pad}  {:>digits$}  {share:>7}",
                grouped(*count)
            );
        }
        let proved = match self.relation {
            Relation::Equal => say!(
                "proved: both always have the same members",
                "已证明：两者的成员总是相同"
            ),
            Relation::Narrower => say!(
                "proved: whoever is in {left} is in {right}",
                "已证明：在 {left} 的必在 {right}"
            ),
            Relation::Wider => say!(
                "proved: whoever is in {right} is in {left}",
                "已证明：在 {right} 的必在 {left}"
            ),
            Relation::Disjoint => say!(
                "proved: nobody can be in both",
                "已证明：没有人能同时在两者之内"
            ),
            Relation::Overlapping => say!(
                "proved: they can share members, and each can have its own",
                "已证明：两者可以有共同成员，也可以各有自己的成员"
            ),
            Relation::Undecided => say!(
                "how they stand to each other over all contacts is undecided",
                "对所有联系人而言，两者的关系无法判定"
            ),
        };
        let _ = writeln!(out, "{}", proved.get(lang));
        out
    }
}
