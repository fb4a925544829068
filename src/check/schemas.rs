//! Turns the `schema` item into a [`Schema`].

use super::items::Items;
use super::problem::{Unknown, bad_value};
use super::sets::stands_twice;
use super::{CheckInput, numbers};
use crate::diag::{Code, Diagnostic};
use crate::name::Name;
use crate::region::Hierarchy;
use crate::say;
use crate::schema::{CellContext, Field, IdSource, Schema, Type};
use crate::source::Span;
use crate::syntax::ast::{
    FieldItem, Literal, LiteralKind, Parts, Path, Range, TimeLayout, TypeExpr, TypeKind,
};
use crate::value::{Intervals, TimeFormat, Value, Zone, normalise_text};
use foldhash::fast::FixedState;
use indexmap::IndexMap;
use std::collections::HashSet;
use std::sync::Arc;

const TYPES: [&str; 11] = [
    "bool", "int", "decimal", "float", "text", "one of", "date", "datetime", "region", "version",
    "id",
];

/// `id: row`: the record's number is the id, and no column is read.
fn is_row_id(kind: &TypeExpr) -> bool {
    match &kind.kind {
        TypeKind::Id { row } => *row,
        TypeKind::Named { name, .. } => &*name.text == "row",
        _ => false,
    }
}

/// The schema of the files, else the one given.
pub(super) fn schema(
    input: &CheckInput,
    items: &Items,
    diagnostics: &mut Vec<Diagnostic>,
) -> Schema {
    let hierarchies = hierarchies(input, items, diagnostics);
    let names = items.hierarchies.keys();
    let mut broken: HashSet<Name, FixedState> = items.broken.clone();
    broken.extend(
        names
            .filter(|name| !hierarchies.contains_key(*name))
            .cloned(),
    );
    let mut builder = Builder {
        broken,
        hierarchies,
        diagnostics,
    };
    let Some(item) = items.schema else {
        return input.schema.cloned().unwrap_or_default();
    };
    let mut schema = Schema::new(Some(Name::new(&item.name.text)));
    let mut has_row_id = false;
    for field in &item.fields {
        if is_row_id(&field.kind) {
            has_row_id = true;
            continue;
        }
        let ids_so_far = schema
            .iter()
            .any(|(_, known)| matches!(known.kind, Type::Id));
        if ids_so_far && matches!(field.kind.kind, TypeKind::Id { .. }) {
            builder.bad(
                field.span,
                say!("a second id", "第二个 id"),
                say!(
                    "a schema has one id: make this a text field",
                    "档案只能有一个 id：请改为 text 字段"
                ),
            );
            continue;
        }
        builder.add(&mut schema, field, item);
    }
    let is_broken = item.fields.is_empty() || !items.broken.is_empty();
    if !has_row_id && schema.id == IdSource::Row && !is_broken {
        builder.bad(
            item.name.span,
            say!("no field of type `id`", "没有 id 类型的字段"),
            say!(
                "add `id: id`, or `id: row` when the file has no key",
                "请加上 `id: id`；文件没有主键时写 `id: row`"
            ),
        );
    }
    schema
}

fn hierarchies(
    input: &CheckInput,
    items: &Items,
    diagnostics: &mut Vec<Diagnostic>,
) -> IndexMap<Name, Arc<Hierarchy>> {
    let mut loaded = IndexMap::new();
    for (name, item) in &items.hierarchies {
        let file = |message: crate::diag::Phrase| {
            let path = &item.path.value;
            let (en, zh) = (message.en, message.zh);
            Diagnostic::new(
                Code::ListFile,
                item.path.span,
                say!(
                    "hierarchy file \"{path}\": {en}",
                    "层级文件 \"{path}\"：{zh}"
                ),
            )
            .label(say!("cannot be used", "无法使用"))
            .help(say!("check the path and the file", "请检查路径和文件"))
        };
        let bytes = match input
            .list_files
            .read(item.path.span.source, &item.path.value)
        {
            Ok(bytes) => bytes,
            Err(error) => {
                diagnostics.push(file(error.0));
                continue;
            }
        };
        let Ok(text) = std::str::from_utf8(&bytes) else {
            diagnostics.push(file(say!("not UTF-8", "不是 UTF-8")));
            continue;
        };
        match Hierarchy::from_csv(name.as_str(), text) {
            Ok(hierarchy) => {
                loaded.insert(name.clone(), Arc::new(hierarchy));
            }
            Err(error) => {
                let error = error.to_string();
                diagnostics.push(file(say!("{error}", "{error}")));
            }
        }
    }
    loaded
}

struct Builder<'d> {
    /// Hierarchies that could not be loaded, which is reported at their definition.
    broken: HashSet<Name, FixedState>,
    hierarchies: IndexMap<Name, Arc<Hierarchy>>,
    diagnostics: &'d mut Vec<Diagnostic>,
}

/// The name of a field: its parts with dots.
pub(super) fn path_name(path: &Path) -> Name {
    if let Parts::One(part) = &path.parts {
        return Name::shared(&part.text);
    }
    let parts: Vec<&str> = path.parts.iter().map(|part| &*part.text).collect();
    Name::new(&parts.join("."))
}

impl Builder<'_> {
    fn bad(&mut self, span: Span, label: crate::diag::Phrase, help: crate::diag::Phrase) {
        let message = say!("the schema does not work like this", "档案不能这样写");
        self.diagnostics.push(
            Diagnostic::new(Code::BadSchema, span, message)
                .label(label)
                .help(help),
        );
    }

    fn add(
        &mut self,
        schema: &mut Schema,
        item: &FieldItem,
        whole: &crate::syntax::ast::SchemaItem,
    ) {
        let Some(kind) = self.kind(&item.kind) else {
            return;
        };
        let mut field = Field {
            name: path_name(&item.path),
            aka: item.aka.iter().map(path_name).collect(),
            kind,
            is_optional: item.optional.is_some(),
            missing_when: Vec::new(),
            doc: item.doc.clone(),
            span: Some(item.path.span),
        };
        if let Some(odd) = item
            .missing_when
            .iter()
            .find(|literal| literal_text(literal).is_none())
        {
            self.diagnostics.push(bad_value(
                odd.span,
                say!("no cell", "不是单元格的值"),
                say!(
                    "write what the data would hold, such as \"N/A\" or -1",
                    "请写数据中会有的值，如 \"N/A\" 或 -1"
                ),
            ));
            return;
        }
        field.missing_when = item
            .missing_when
            .iter()
            .map(|literal| missing_value(literal, &field))
            .collect();
        let own: Vec<&Path> = std::iter::once(&item.path).chain(&item.aka).collect();
        for (at, path) in own.iter().enumerate() {
            let name = path_name(path);
            if let Some(first) = own.iter().take(at).find(|other| path_name(other) == name) {
                self.diagnostics
                    .push(taken_twice(&name, path.span, Some(first.span)));
                return;
            }
        }
        if let Err(taken) = schema.add(field) {
            let is_taken = |other: &&FieldItem| {
                other.span != item.span
                    && std::iter::once(&other.path)
                        .chain(&other.aka)
                        .any(|path| path_name(path) == taken)
            };
            let place = std::iter::once(&item.path)
                .chain(&item.aka)
                .find(|path| path_name(path) == taken)
                .unwrap_or(&item.path);
            let first = whole.fields.iter().find(is_taken).and_then(|first| {
                std::iter::once(&first.path)
                    .chain(&first.aka)
                    .find(|path| path_name(path) == taken)
            });
            let first = first.map(|path| path.span);
            self.diagnostics
                .push(taken_twice(&taken, place.span, first));
        }
    }

    fn kind(&mut self, item: &TypeExpr) -> Option<Type> {
        match &item.kind {
            TypeKind::Bool => Some(Type::Bool),
            TypeKind::Version => Some(Type::Version),
            TypeKind::Id { .. } => Some(Type::Id),
            TypeKind::Text { folded } => Some(Type::Text { is_folded: *folded }),
            TypeKind::Int(range) => Some(Type::Int(self.range(range.as_ref(), 0)?)),
            TypeKind::Float(range) => Some(Type::Float(self.float_range(range.as_ref())?)),
            TypeKind::Decimal { places, range } => {
                let places = self.places(places.as_ref(), item.span)?;
                let range = self.range(range.as_ref(), places)?;
                Some(Type::Decimal { places, range })
            }
            TypeKind::OneOf(values) => self.one_of(values, item.span),
            TypeKind::Date(format) => Some(Type::Date(match format {
                None => TimeFormat::Iso,
                Some(pattern) => self.pattern(&pattern.value, pattern.span)?,
            })),
            TypeKind::Datetime(layout) => Some(Type::Datetime(self.layout(layout.as_ref())?)),
            TypeKind::Region { from } => Some(region(Hierarchy::china(), from)),
            TypeKind::Named { name, from } => self.named(name, from),
            TypeKind::List { element, separator } => self.list(element, separator.as_ref()),
        }
    }

    fn named(&mut self, name: &crate::syntax::ast::Ident, from: &[Path]) -> Option<Type> {
        if let Some(hierarchy) = self.hierarchies.get(&*name.text) {
            return Some(region(hierarchy.clone(), from));
        }
        if self.broken.contains(&*name.text) {
            return None;
        }
        let known = TYPES
            .iter()
            .copied()
            .chain(self.hierarchies.keys().map(Name::as_str));
        let diagnostic = Unknown {
            code: Code::UnknownType,
            what: say!("type", "类型"),
            name: &name.text,
            span: name.span,
        }
        .with(known);
        self.diagnostics.push(diagnostic);
        None
    }

    fn list(
        &mut self,
        element: &TypeExpr,
        separator: Option<&crate::syntax::ast::Text>,
    ) -> Option<Type> {
        if matches!(element.kind, TypeKind::List { .. } | TypeKind::Id { .. }) {
            self.bad(
                element.span,
                say!("not an element of a list", "不能作为列表元素"),
                say!(
                    "lists hold texts, numbers, times, regions or versions",
                    "列表元素可以是文本、数字、时间、地区或版本"
                ),
            );
            return None;
        }
        let element = Box::new(self.kind(element)?);
        if let Some(separator) = separator.filter(|separator| separator.value.is_empty()) {
            self.bad(
                separator.span,
                say!("separates nothing", "空的分隔符"),
                say!(
                    "write the character between elements, such as \";\"",
                    "请写元素之间的字符，如 \";\""
                ),
            );
            return None;
        }
        Some(Type::List {
            element,
            separator: separator.map(|separator| separator.value.clone()),
        })
    }

    fn places(&mut self, places: Option<&Literal>, span: Span) -> Option<u8> {
        let number = match places.map(|places| &places.kind) {
            Some(LiteralKind::Number(number)) => number.at_scale(0),
            _ => None,
        };
        match number
            .and_then(|number| u8::try_from(number).ok())
            .filter(|places| *places <= 9)
        {
            Some(places) => Some(places),
            None => {
                self.bad(
                    places.map_or(span, |places| places.span),
                    say!("not 0 to 9 places", "小数位数应为 0 到 9"),
                    say!("write decimal(2) for two places", "两位小数写作 decimal(2)"),
                );
                None
            }
        }
    }

    fn range(&mut self, range: Option<&Range>, places: u8) -> Option<Intervals> {
        let Some(range) = range else {
            return Some(Intervals::all());
        };
        let set = numbers::literal_range(range, |number| {
            (number.ceil_at(places), number.floor_at(places))
        });
        self.declared(set, range)
    }

    fn float_range(&mut self, range: Option<&Range>) -> Option<Intervals> {
        let Some(range) = range else {
            return Some(Intervals::all());
        };
        let set = numbers::literal_range(range, |number| {
            let key = crate::value::float_key(number.to_f64());
            (key, key)
        });
        self.declared(set, range)
    }

    fn declared(&mut self, set: Option<Intervals>, range: &Range) -> Option<Intervals> {
        match set {
            Some(set) if !set.is_empty() => Some(set),
            Some(_) => {
                self.diagnostics.push(
                    Diagnostic::new(
                        Code::EmptyRange,
                        range.span,
                        say!("no value lies in this range", "没有值落在这个范围内"),
                    )
                    .label(say!("the first value is larger", "起点大于终点"))
                    .help(say!("write the smaller value first", "请把小的值写在前面")),
                );
                None
            }
            None => {
                self.bad(
                    range.span,
                    say!("no numbers", "不是数字"),
                    say!("write numbers, such as 0..150", "请写数字，如 0..150"),
                );
                None
            }
        }
    }

    fn one_of(&mut self, values: &[Literal], span: Span) -> Option<Type> {
        let mut texts: Vec<Arc<str>> = Vec::with_capacity(values.len());
        for value in values {
            let Some(text) = literal_text(value) else {
                self.diagnostics.push(bad_value(
                    value.span,
                    say!("no text", "不是文本"),
                    say!("put the value in quotes", "请给值加引号"),
                ));
                return None;
            };
            let text: Arc<str> = Arc::from(&*normalise_text(&text));
            if texts.contains(&text) {
                let shown = crate::diag::escape_controls(&text);
                self.diagnostics.push(stands_twice(&shown, value.span));
            } else {
                texts.push(text);
            }
        }
        if texts.is_empty() {
            self.bad(
                span,
                say!("lists no value", "没有列出任何值"),
                say!(
                    "list the values, such as one of (android, ios)",
                    "请列出取值，如 one of (android, ios)"
                ),
            );
            return None;
        }
        Some(Type::OneOf(texts.into()))
    }

    fn layout(&mut self, layout: Option<&TimeLayout>) -> Option<TimeFormat> {
        match layout {
            None => Some(TimeFormat::Iso),
            Some(TimeLayout::Format(pattern)) => self.pattern(&pattern.value, pattern.span),
            Some(TimeLayout::Epoch(unit)) => match &*unit.text {
                "s" | "秒" => Some(TimeFormat::EpochSeconds),
                "ms" | "毫秒" => Some(TimeFormat::EpochMillis),
                _ => {
                    self.bad(
                        unit.span,
                        say!("no unit", "不是单位"),
                        say!(
                            "write `epoch s` or `epoch ms`",
                            "请写 `epoch s` 或 `epoch ms`"
                        ),
                    );
                    None
                }
            },
        }
    }

    fn pattern(&mut self, pattern: &Arc<str>, span: Span) -> Option<TimeFormat> {
        let format = TimeFormat::Pattern(pattern.clone());
        if format.is_readable() {
            return Some(format);
        }
        self.bad(
            span,
            say!("names no whole date", "没有写全年月日"),
            say!(
                "write a pattern such as \"%Y%m%d\" or \"%Y/%m/%d %H:%M\"",
                "请写成 \"%Y%m%d\" 或 \"%Y/%m/%d %H:%M\" 的形式"
            ),
        );
        None
    }
}

/// A name or alias that another field, or the same one, has already.
fn taken_twice(name: &Name, again: Span, first: Option<Span>) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code::DuplicateName,
        again,
        say!("`{name}` is defined twice", "`{name}` 定义了两次"),
    )
    .label(say!("defined again", "再次定义"))
    .help(say!(
        "rename one of them, or delete it",
        "请改名或删去其中一个"
    ));
    match first {
        Some(first) => diagnostic.also(first, say!("first defined here", "最初定义于此")),
        None => diagnostic,
    }
}

fn region(hierarchy: Arc<Hierarchy>, from: &[Path]) -> Type {
    Type::Region {
        hierarchy,
        from: from.iter().map(path_name).collect(),
    }
}

/// The text a literal stands for in `one of` and `missing when`.
pub(super) fn literal_text(literal: &Literal) -> Option<Arc<str>> {
    match &literal.kind {
        LiteralKind::Text(text) | LiteralKind::Word(text) => Some(text.clone()),
        LiteralKind::Number(number) => Some(Arc::from(number.to_string())),
        LiteralKind::Bool(is_true) => Some(Arc::from(is_true.to_string())),
        LiteralKind::Date(date) => Some(Arc::from(date.to_string())),
        LiteralKind::Datetime(text) => Some(text.clone()),
        LiteralKind::Percent(_)
        | LiteralKind::Duration(_)
        | LiteralKind::Ago(_)
        | LiteralKind::Period(_) => None,
    }
}

/// A marker of missing values: compared by the field's type where it can be read as that, as text
/// otherwise.
fn missing_value(literal: &Literal, field: &Field) -> Value {
    let text = literal_text(literal).unwrap_or_else(|| Arc::from(""));
    let text = normalise_text(&text);
    let context = CellContext { zone: &Zone::utc() };
    let anything_goes = Field {
        kind: match &field.kind {
            Type::List { element, .. } => element.without_limits(),
            kind => kind.without_limits(),
        },
        missing_when: Vec::new(),
        ..field.clone()
    };
    match anything_goes.read(&text, &context) {
        Value::Invalid | Value::Missing | Value::List(_) => Value::Text(Arc::from(&*text)),
        value => value,
    }
}
