//! Turns the carried tables of China's divisions into a hierarchy.
//!
//! Invariant: the tables are part of the program; a line that cannot be read is left out, and the
//! tests count the lines.

use super::names::NameIndex;
use super::tree::{Draft, Text, codes, drafts_to_places};
use super::{Hierarchy, Level, RegionCode};
use hashbrown::HashMap;

const DIVISIONS: &str = include_str!("china.csv");
const ALIASES: &str = include_str!("china_aliases.csv");

/// The data lines of a carried table: no comments, no header.
pub(super) fn data_lines(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.starts_with('#')).skip(1)
}

pub(super) fn build() -> Hierarchy {
    let places = drafts_to_places(drafts());
    let by_code = codes(&places);
    let mut names = NameIndex::new(&places);
    for line in data_lines(ALIASES) {
        let place = line.split_once(',').and_then(|(alias, code)| {
            let code: u32 = code.parse().ok()?;
            Some((alias, *by_code.get(&code)?))
        });
        if let Some((alias, index)) = place {
            names.add_alias(Text::Borrowed(alias), index);
        }
    }
    let level_names = ["province", "city", "district"].map(str::to_owned).to_vec();
    Hierarchy {
        name: "region".to_owned(),
        level_names,
        is_china: true,
        places,
        by_code,
        names,
    }
}

/// The level that a word means beside the levels' own names.
pub(super) fn level_word(word: &str) -> Option<usize> {
    match word {
        "省" | "省级" => Some(0),
        "市" | "地级" | "地级市" => Some(1),
        "区" | "县" | "区县" | "县级" | "county" => Some(2),
        _ => None,
    }
}

fn drafts() -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::with_capacity(3300);
    let mut positions: HashMap<u32, u32> = HashMap::with_capacity(3300);
    let rows: Vec<Row> = data_lines(DIVISIONS).filter_map(line_to_row).collect();
    for (position, row) in (0u32..).zip(&rows) {
        positions.insert(row.code, position);
    }
    for row in rows {
        let parent = row.parent(&positions);
        drafts.push(Draft {
            code: RegionCode(row.code),
            parent: parent.and_then(|code| positions.get(&code).copied()),
            level: level_of(row.code),
            name: Text::Borrowed(row.name),
            short: Text::Borrowed(row.short),
            pinyin: Text::Borrowed(row.pinyin),
        });
    }
    drafts
}

struct Row {
    code: u32,
    name: &'static str,
    short: &'static str,
    pinyin: &'static str,
    given_parent: Option<u32>,
}

impl Row {
    fn parent(&self, positions: &HashMap<u32, u32>) -> Option<u32> {
        let city = self.code / 100 * 100;
        let province = self.code / 10_000 * 10_000;
        self.given_parent.or_else(|| {
            [city, province]
                .into_iter()
                .find(|code| *code != self.code && positions.contains_key(code))
        })
    }
}

fn line_to_row(line: &'static str) -> Option<Row> {
    let mut cells = line.split(',');
    let code = cells.next()?.parse().ok()?;
    let name = cells.next()?;
    let short = cells.next().filter(|cell| !cell.is_empty());
    let pinyin = cells.next()?;
    let given_parent = cells.next().and_then(|cell| cell.parse().ok());
    Some(Row {
        code,
        name,
        short: short.unwrap_or_else(|| without_last(name)),
        pinyin,
        given_parent,
    })
}

fn without_last(name: &'static str) -> &'static str {
    let mut chars = name.chars();
    chars.next_back();
    chars.as_str()
}

fn level_of(code: u32) -> Level {
    if code.is_multiple_of(10_000) {
        Level::Province
    } else if code.is_multiple_of(100) {
        Level::City
    } else {
        Level::District
    }
}
