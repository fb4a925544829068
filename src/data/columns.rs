//! Finds the columns of a file that the fields of a schema stand for.

use super::{DataError, DataErrorKind};
use crate::diag::Phrase;
use crate::name::{FieldId, Name, nearest};
use crate::say;
use crate::schema::{Field, IdSource, Schema, Type};
use crate::value::normalise_text;
use indexmap::IndexMap;

/// Which columns the fields stand for.
#[derive(Clone, Debug, Default)]
pub(super) struct ColumnMap {
    /// By field: its column, or the columns of its parts; `None` for what the file lacks.
    fields: Vec<Vec<Option<usize>>>,
    /// Columns that no field names.
    pub(super) ignored: Vec<String>,
    /// Optional fields without a column.
    pub(super) absent: Vec<Name>,
}

impl ColumnMap {
    /// Matches column names with the schema.
    ///
    /// # Errors
    /// A name twice, a field under two names, a field without a column, no field at all.
    pub(super) fn new(
        schema: &Schema,
        columns: &[String],
        file: &str,
    ) -> Result<ColumnMap, DataError> {
        let fail = |what: Phrase| DataError::in_file(DataErrorKind::Columns, file, &what);
        let places = column_places(columns).map_err(fail)?;
        let mut map = ColumnMap::default();
        let mut lacking = Vec::new();
        let mut used = vec![false; columns.len()];
        for (_, field) in schema.iter() {
            let found = field_columns(field, &places, columns).map_err(fail)?;
            for &column in found.iter().flatten() {
                if let Some(used) = used.get_mut(column) {
                    *used = true;
                }
            }
            if found.iter().all(Option::is_none) {
                match field.is_optional {
                    true => map.absent.push(field.name.clone()),
                    false => lacking.push(field.name.as_str()),
                }
            }
            map.fields.push(found);
        }
        let unused = columns.iter().zip(&used).filter(|(_, used)| !**used);
        map.ignored = unused.map(|(column, _)| column.clone()).collect();
        match lacking.is_empty() {
            true => Ok(map),
            false if lacking.len() == schema.len() => Err(fail(no_header(&lacking))),
            false => Err(fail(lacking_columns(&lacking, &map.ignored))),
        }
    }

    /// The columns of data that has keys instead: one a field (whatever name it goes by), one a part
    /// of a region; and the column of each key.
    pub(super) fn of_keys(schema: &Schema) -> (ColumnMap, IndexMap<Name, usize>) {
        let mut map = ColumnMap::default();
        let mut columns = IndexMap::new();
        let mut count = 0;
        let mut part_columns: IndexMap<Name, usize> = IndexMap::new();
        for (_, field) in schema.iter() {
            let from: &[Name] = match &field.kind {
                Type::Region { from, .. } => from,
                _ => &[],
            };
            if from.is_empty() {
                for name in std::iter::once(&field.name).chain(&field.aka) {
                    columns.insert(name.clone(), count);
                }
                map.fields.push(vec![Some(count)]);
                count += 1;
            } else {
                let places = from.iter().map(|part| {
                    Some(*part_columns.entry(part.clone()).or_insert_with(|| {
                        count += 1;
                        count - 1
                    }))
                });
                map.fields.push(places.collect());
            }
        }
        // A part may be a field of its own as well: then both read its column.
        for (part, column) in part_columns {
            match columns.get(&part).copied() {
                Some(shared) => map.redirect(column, shared),
                None => {
                    columns.insert(part, column);
                }
            }
        }
        (map, columns)
    }

    fn redirect(&mut self, from: usize, to: usize) {
        for column in self.fields.iter_mut().flatten().flatten() {
            if *column == from {
                *column = to;
            }
        }
    }

    /// The columns of a field: one, or one a part of a region; empty for unknown fields.
    pub(super) fn of(&self, field: FieldId) -> &[Option<usize>] {
        self.fields.get(field.index()).map_or(&[], Vec::as_slice)
    }

    /// The column of the id.
    pub(super) fn id_column(&self, schema: &Schema) -> Option<usize> {
        match schema.id {
            IdSource::Field(id) => self.of(id).first().copied().flatten(),
            IdSource::Row => None,
        }
    }

    /// Whether a field has any column.
    pub(super) fn is_present(&self, field: FieldId) -> bool {
        self.of(field).iter().any(Option::is_some)
    }
}

/// Column numbers by normalised name; nameless columns are left out.
fn column_places(columns: &[String]) -> Result<IndexMap<Name, usize>, Phrase> {
    let mut places = IndexMap::new();
    for (column, name) in columns.iter().enumerate() {
        let name = Name::new(&normalise_text(name));
        if name.as_str().is_empty() {
            continue;
        }
        if let Some(first) = places.insert(name.clone(), column) {
            let (first, second) = (first + 1, column + 1);
            return Err(say!(
                "columns {first} and {second} are both called `{name}`: rename one",
                "第 {first} 列和第 {second} 列都叫 `{name}`：请改掉一个"
            ));
        }
    }
    Ok(places)
}

fn field_columns(
    field: &Field,
    places: &IndexMap<Name, usize>,
    columns: &[String],
) -> Result<Vec<Option<usize>>, Phrase> {
    if let Type::Region { from, .. } = &field.kind
        && !from.is_empty()
    {
        return Ok(from.iter().map(|part| places.get(part).copied()).collect());
    }
    let names = std::iter::once(&field.name).chain(&field.aka);
    let mut found: Vec<usize> = names.filter_map(|name| places.get(name).copied()).collect();
    found.dedup();
    if let [first, second, ..] = *found.as_slice() {
        let name = &field.name;
        let spelling = |column: usize| columns.get(column).map_or("", String::as_str).trim();
        let (first, second) = (spelling(first), spelling(second));
        return Err(say!(
            "columns `{first}` and `{second}` are both the field `{name}`: remove one",
            "列 `{first}` 和 `{second}` 都是字段 `{name}`：请去掉一个"
        ));
    }
    Ok(vec![found.first().copied()])
}

fn no_header(fields: &[&str]) -> Phrase {
    let first = fields.first().copied().unwrap_or_default();
    say!(
        "no column is a field of the schema (`{first}` …): give a file without a header its column names with --names",
        "没有一列是档案中的字段（`{first}` …）：文件没有表头时请用 --names 给出列名"
    )
}

fn lacking_columns(fields: &[&str], columns: &[String]) -> Phrase {
    let describe = |or: &str, open: &str, close: &str| {
        let one = |field: &&str| {
            let near = nearest(field, columns.iter().map(String::as_str), 3);
            match near.is_empty() {
                true => format!("`{field}`"),
                false => format!("`{field}`{open}{}{close}", near.join(or)),
            }
        };
        fields.iter().map(one).collect::<Vec<_>>()
    };
    let en = describe(" or ", " (is it ", "?)").join(", ");
    let zh = describe(" 或 ", "（是不是 ", "？）").join("、");
    say!(
        "the file has no column for {en}: rename the column, add its name with `aka`, or make the field `optional`",
        "文件中没有字段 {zh} 的列：请改列名、用 `aka` 加上列名，或把字段标为 `optional`"
    )
}
