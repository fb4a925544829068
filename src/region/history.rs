//! Turns former names and codes of divisions into hints at what stands in their place.
//!
//! Invariant: history is asked only for what nothing of today matches; its table is read on first use.

use super::spelling::{Part, adcode};
use super::{Hierarchy, RegionCode, Resolution, china};
use hashbrown::HashMap;
use std::sync::OnceLock;

const CHANGES: &str = include_str!("china_history.csv");

/// More former places of one name are not all spelled out in a hint.
const MOST_PATHS: usize = 3;

/// One former place.
struct Change {
    year: u16,
    /// `湖北省/襄樊市`
    path: &'static str,
    now: Vec<RegionCode>,
}

#[derive(Default)]
struct History {
    changes: Vec<Change>,
    by_code: HashMap<u32, Vec<usize>>,
    by_name: HashMap<String, Vec<usize>>,
}

fn history() -> &'static History {
    static HISTORY: OnceLock<History> = OnceLock::new();
    HISTORY.get_or_init(|| {
        let mut history = History::default();
        china::data_lines(CHANGES).for_each(|line| history.add_line(line));
        history
    })
}

impl History {
    fn add_line(&mut self, line: &'static str) {
        let mut cells = line.split(',');
        let (Some(Ok(year)), Some(code), Some(path)) =
            (cells.next().map(str::parse), cells.next(), cells.next())
        else {
            return;
        };
        let codes = cells.next().unwrap_or_default().split(' ');
        let now = codes
            .filter_map(|code| code.parse().ok().map(RegionCode))
            .collect();
        let position = self.changes.len();
        self.changes.push(Change { year, path, now });
        if let Ok(code) = code.parse() {
            self.by_code.entry(code).or_default().push(position);
        }
        let shorts: Vec<&str> = path.split('/').map(short).collect();
        let last = path.rsplit('/').next().unwrap_or(path);
        // People leave the province out: 杭州市江干区.
        let (_, below) = path.split_once('/').unwrap_or(("", path));
        for key in [
            last.to_owned(),
            short(last).to_owned(),
            path.replace('/', ""),
            shorts.concat(),
            below.replace('/', ""),
            shorts.get(1..).unwrap_or_default().concat(),
        ] {
            let positions = self.by_name.entry(key).or_default();
            if positions.last() != Some(&position) {
                positions.push(position);
            }
        }
    }

    fn named(&self, name: &str) -> Vec<&Change> {
        let positions = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
        positions
            .iter()
            .filter_map(|position| self.changes.get(*position))
            .collect()
    }

    fn coded(&self, code: u32) -> Vec<&Change> {
        let positions = self.by_code.get(&code).map_or(&[][..], Vec::as_slice);
        positions
            .iter()
            .filter_map(|position| self.changes.get(*position))
            .collect()
    }
}

impl Change {
    /// Whether every part is a part of the former path, in full or short.
    fn has_all(&self, parts: &[&str]) -> bool {
        parts.iter().all(|part| {
            self.path
                .split('/')
                .any(|name| name == *part || short(name) == short(part))
        })
    }
}

/// A name without the word for its level.
fn short(name: &str) -> &str {
    const ENDINGS: [&str; 11] = [
        "维吾尔自治区",
        "壮族自治区",
        "回族自治区",
        "自治区",
        "地区",
        "省",
        "市",
        "县",
        "区",
        "盟",
        "旗",
    ];
    let stem = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending));
    stem.filter(|stem| stem.chars().nth(1).is_some())
        .unwrap_or(name)
}

/// The hint for a path of which nothing of today is meant.
pub(super) fn former(china: &Hierarchy, parts: &[&str]) -> Option<Resolution> {
    let history = history();
    let (last, upper) = parts.split_last()?;
    if let (Some(code), []) = (adcode(last), upper) {
        return hint(china, &history.coded(code));
    }
    let mut found = history.named(&parts.concat());
    if found.is_empty() {
        found = history.named(last);
        found.retain(|change| change.has_all(upper));
    }
    hint(china, &found)
        .or_else(|| below_former_part(china, parts))
        .or_else(|| below_former_prefix(china, parts))
}

fn hint(china: &Hierarchy, changes: &[&Change]) -> Option<Resolution> {
    let year = changes.iter().map(|change| change.year).max()?;
    let mut now: Vec<RegionCode> = changes
        .iter()
        .flat_map(|change| change.now.clone())
        .collect();
    now.sort_unstable();
    now.dedup();
    let mut paths: Vec<&str> = Vec::new();
    for change in changes {
        if !paths.contains(&change.path) {
            paths.push(change.path);
        }
    }
    let is_cut = paths.len() > MOST_PATHS;
    paths.truncate(MOST_PATHS);
    let path = paths.join("、") + if is_cut { "…" } else { "" };
    Some(Resolution::Former {
        year,
        new_path: paths_of(china, &now),
        now,
        path,
    })
}

fn paths_of(china: &Hierarchy, codes: &[RegionCode]) -> String {
    let paths: Vec<String> = codes.iter().map(|code| china.path(*code)).collect();
    paths.join("、")
}

/// 湖北省/襄樊市/襄城区: an upper part is former, what follows still exists below its successor.
fn below_former_part(china: &Hierarchy, parts: &[&str]) -> Option<Resolution> {
    (1..parts.len()).rev().find_map(|split| {
        let (upper, rest) = parts.split_at_checked(split)?;
        let (name, above) = upper.split_last()?;
        let mut changes = history().named(name);
        changes.retain(|change| change.has_all(above));
        moved(china, &changes, rest, &parts.join("/"))
    })
}

/// 湖北省襄樊市襄城区: the same without separators.
fn below_former_prefix(china: &Hierarchy, parts: &[&str]) -> Option<Resolution> {
    let [text] = parts else {
        return None;
    };
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).skip(2).collect();
    ends.into_iter().rev().find_map(|end| {
        let (prefix, rest) = text.split_at_checked(end)?;
        moved(china, &history().named(prefix), &[rest], text)
    })
}

fn moved(china: &Hierarchy, changes: &[&Change], rest: &[&str], path: &str) -> Option<Resolution> {
    changes.iter().find_map(|change| {
        let [successor] = change.now.as_slice() else {
            return None;
        };
        let start = china.path(*successor);
        let texts = start.split('/').chain(rest.iter().copied());
        let parts: Vec<Part<'_>> = texts
            .map(|text| Part {
                text,
                is_loose: false,
            })
            .collect();
        let [reached] = china.readings(&parts)[..] else {
            return None;
        };
        let code = china.at(reached)?.code;
        let new_path = china.path(code);
        Some(Resolution::Former {
            year: change.year,
            now: vec![code],
            path: path.to_owned(),
            new_path,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read_and_every_successor_exists() {
        let china = Hierarchy::china();
        let lines = china::data_lines(CHANGES).count();
        assert_eq!(history().changes.len(), lines);
        assert!(lines > 1000);
        for change in &history().changes {
            assert!(
                change.now.iter().all(|code| china.is_known(*code)),
                "{}",
                change.path
            );
        }
    }

    #[test]
    fn every_former_code_and_path_is_understood() {
        let china = Hierarchy::china();
        let mut hints = 0;
        for line in china::data_lines(CHANGES) {
            let cells: Vec<&str> = line.split(',').collect();
            for spelling in [cells[1], cells[2]].iter().filter(|cell| !cell.is_empty()) {
                let found = china.resolve(spelling);
                hints += usize::from(matches!(found, Resolution::Former { .. }));
                assert_ne!(found, Resolution::Unknown, "{spelling}");
            }
        }
        assert!(hints > 1500, "{hints}");
    }
}
