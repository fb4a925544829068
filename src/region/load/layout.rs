//! Turns records into drafts of places, by either of the two layouts.

use super::record::Record;
use super::{
    HierarchyError, HierarchyErrorKind, LONGEST_NAME_BYTES, MOST_LEVELS, MOST_PLACES, error,
};
use crate::region::tree::{Draft, Text};
use crate::region::{Level, RegionCode};
use indexmap::IndexMap;
use indexmap::map::Entry;

/// What the rows say, before the places are put in order.
#[derive(Default)]
pub(super) struct Layout {
    pub(super) drafts: Vec<Draft>,
    pub(super) level_names: Vec<String>,
    /// Codes as written, which are spellings too.
    pub(super) codes: Vec<(RegionCode, String)>,
    pub(super) aliases: Vec<(RegionCode, String)>,
}

/// Reads the rows by the layout that the header tells.
pub(super) fn rows_to_layout(header: &[String], rows: &[Record]) -> Result<Layout, HierarchyError> {
    for (position, cell) in header.iter().enumerate() {
        if cell.is_empty() || header.iter().take(position).any(|other| other == cell) {
            return Err(error(1, HierarchyErrorKind::BadHeader(cell.clone())));
        }
    }
    let column = |name: &str| {
        header
            .iter()
            .position(|cell| cell.eq_ignore_ascii_case(name))
    };
    match (column("name"), column("parent")) {
        (Some(name), Some(parent)) => {
            let columns = Columns {
                name,
                parent,
                code: column("code"),
                short: column("short"),
                pinyin: column("pinyin"),
                aliases: column("aliases"),
            };
            columns.rows_to_layout(rows)
        }
        (None, _) | (_, None) => paths_to_layout(header, rows),
    }
}

fn code_at(position: usize) -> RegionCode {
    RegionCode(u32::try_from(position).unwrap_or(u32::MAX))
}

fn level_at(depth: usize) -> Level {
    Level::Number(u8::try_from(depth + 1).unwrap_or(u8::MAX))
}

fn check_size(count: usize, name: &str, line: u32) -> Result<(), HierarchyError> {
    if count >= MOST_PLACES {
        return Err(error(line, HierarchyErrorKind::TooMany));
    }
    if name.len() > LONGEST_NAME_BYTES {
        return Err(error(line, HierarchyErrorKind::TooLong));
    }
    Ok(())
}

/// Each column a level, each row a path.
fn paths_to_layout(header: &[String], rows: &[Record]) -> Result<Layout, HierarchyError> {
    if header.len() > MOST_LEVELS {
        return Err(error(1, HierarchyErrorKind::TooDeep));
    }
    let mut drafts: Vec<Draft> = Vec::new();
    let mut known: IndexMap<(Option<u32>, &str), u32> = IndexMap::new();
    let mut given: IndexMap<u32, u32> = IndexMap::new();
    for row in rows {
        let mut at: Option<u32> = None;
        let depth = row.cells.iter().take_while(|cell| !cell.is_empty()).count();
        if row.cells.iter().skip(depth).any(|cell| !cell.is_empty()) {
            return Err(error(row.line, HierarchyErrorKind::Blank));
        }
        for (level, name) in row.cells.iter().take(depth).enumerate() {
            let place = match known.entry((at, name)) {
                Entry::Occupied(entry) => *entry.get(),
                Entry::Vacant(entry) => {
                    check_size(drafts.len(), name, row.line)?;
                    let code = code_at(drafts.len());
                    drafts.push(plain_draft(code, at, level_at(level), name));
                    *entry.insert(code.0)
                }
            };
            at = Some(place);
        }
        let Some(place) = at else { continue };
        if let Some(first_line) = given.insert(place, row.line) {
            let what = row
                .cells
                .iter()
                .take(depth)
                .cloned()
                .collect::<Vec<_>>()
                .join("/");
            return Err(error(
                row.line,
                HierarchyErrorKind::Duplicate { what, first_line },
            ));
        }
    }
    Ok(Layout {
        drafts,
        level_names: header.to_vec(),
        ..Layout::default()
    })
}

fn plain_draft(code: RegionCode, parent: Option<u32>, level: Level, name: &str) -> Draft {
    Draft {
        code,
        parent,
        level,
        name: Text::Owned(name.to_owned()),
        short: Text::Borrowed(""),
        pinyin: Text::Borrowed(""),
    }
}

/// Where the columns of the code, parent, name layout stand.
struct Columns {
    name: usize,
    parent: usize,
    code: Option<usize>,
    short: Option<usize>,
    pinyin: Option<usize>,
    aliases: Option<usize>,
}

impl Columns {
    /// Each row a place that names its parent.
    fn rows_to_layout(&self, rows: &[Record]) -> Result<Layout, HierarchyError> {
        let keys = self.keys(rows)?;
        let mut layout = Layout::default();
        for (position, row) in rows.iter().enumerate() {
            let parent = match cell(row, self.parent) {
                "" => None,
                parent => match keys.get_index_of(parent) {
                    Some(found) => Some(code_at(found).0),
                    None => {
                        let kind = HierarchyErrorKind::UnknownParent(parent.to_owned());
                        return Err(error(row.line, kind));
                    }
                },
            };
            self.add_row(code_at(position), parent, row, &mut layout);
        }
        set_levels(&mut layout.drafts, rows)?;
        let deepest = layout.drafts.iter().map(|draft| draft.level).max();
        let levels = deepest.map_or(0, |level| crate::region::tree::level_index(level) + 1);
        layout.level_names = (1..=levels).map(|level| level.to_string()).collect();
        Ok(layout)
    }

    /// The key of each row, with its line; keys stand in the order of the rows.
    fn keys<'a>(&self, rows: &'a [Record]) -> Result<IndexMap<&'a str, u32>, HierarchyError> {
        let mut keys = IndexMap::with_capacity(rows.len());
        for row in rows {
            let name = cell(row, self.name);
            let key = self.code.map_or(name, |code| cell(row, code));
            if name.is_empty() || key.is_empty() {
                return Err(error(row.line, HierarchyErrorKind::Blank));
            }
            check_size(keys.len(), name, row.line)?;
            if let Some(first_line) = keys.insert(key, row.line) {
                let what = key.to_owned();
                return Err(error(
                    row.line,
                    HierarchyErrorKind::Duplicate { what, first_line },
                ));
            }
        }
        Ok(keys)
    }

    fn add_row(&self, code: RegionCode, parent: Option<u32>, row: &Record, layout: &mut Layout) {
        let optional = |column: Option<usize>| column.map_or("", |column| cell(row, column));
        let mut draft = plain_draft(code, parent, level_at(0), cell(row, self.name));
        draft.short = Text::Owned(optional(self.short).to_owned());
        draft.pinyin = Text::Owned(optional(self.pinyin).to_owned());
        layout.drafts.push(draft);
        if self.code.is_some() {
            layout.codes.push((code, optional(self.code).to_owned()));
        }
        let aliases = optional(self.aliases).split([';', '|']).map(str::trim);
        let aliases = aliases.filter(|alias| !alias.is_empty());
        layout
            .aliases
            .extend(aliases.map(|alias| (code, alias.to_owned())));
    }
}

fn cell(row: &Record, column: usize) -> &str {
    row.cells.get(column).map_or("", String::as_str)
}

/// Counts each place's depth; a cycle and a hierarchy that is too deep are refused.
fn set_levels(drafts: &mut [Draft], rows: &[Record]) -> Result<(), HierarchyError> {
    for position in 0..drafts.len() {
        let mut depth = 0;
        let mut at = parent_of(drafts, position);
        while let Some(parent) = at {
            depth += 1;
            if depth >= MOST_LEVELS {
                let line = rows.get(position).map_or(1, |row| row.line);
                let kind = cycle_through(drafts, position).unwrap_or(HierarchyErrorKind::TooDeep);
                return Err(error(line, kind));
            }
            at = parent_of(drafts, parent);
        }
        if let Some(draft) = drafts.get_mut(position) {
            draft.level = level_at(depth);
        }
    }
    Ok(())
}

fn parent_of(drafts: &[Draft], position: usize) -> Option<usize> {
    let parent = drafts.get(position)?.parent?;
    usize::try_from(parent).ok()
}

/// The names of a cycle that is met on the way up, its first name again at the end.
fn cycle_through(drafts: &[Draft], start: usize) -> Option<HierarchyErrorKind> {
    let mut seen = indexmap::IndexSet::new();
    let mut at = start;
    while seen.insert(at) {
        at = parent_of(drafts, at)?;
    }
    let on_cycle = seen.iter().skip_while(|position| **position != at);
    let names = on_cycle
        .chain(std::iter::once(&at))
        .filter_map(|position| drafts.get(*position))
        .take(MOST_LEVELS);
    Some(HierarchyErrorKind::Cycle(
        names.map(|draft| draft.name.to_string()).collect(),
    ))
}
