//! Turns schema, segment, list, parameter, hierarchy and test nodes into [`ast::Item`]s.
//!
//! Invariants: fields with errors are left out of their schema, other items with errors altogether.

use super::{Builder, Built, doc_above, is_meaningful};
use crate::syntax::ast;
use crate::syntax::kind::Kind;
use crate::syntax::tree::Node;

impl Builder {
    /// Any item but a schema.
    pub(in crate::syntax) fn item(&mut self, text: &str, node: Node<'_>) -> Built<ast::Item> {
        let doc = doc_above(text, node.range().start);
        Ok(match node.kind() {
            Kind::SchemaItem => ast::Item::Schema(self.schema(text, node)?),
            Kind::ListItem => ast::Item::List(self.list(node, doc)?),
            Kind::ParamItem => ast::Item::Param(self.param(node, doc)?),
            Kind::HierarchyItem => ast::Item::Hierarchy(ast::HierarchyItem {
                name: self.name(node)?,
                path: self.text_in(node)?,
                span: self.span(node),
            }),
            Kind::TestItem => ast::Item::Test(self.test(node)?),
            Kind::PlatformItem => ast::Item::Platform(self.platform(text, node, doc)?),
            Kind::CampaignItem => ast::Item::Campaign(self.campaign(node, doc)?),
            _ => ast::Item::Segment(self.segment(node, doc)?),
        })
    }

    /// A schema with the fields that could be read.
    fn schema(&mut self, text: &str, node: Node<'_>) -> Built<ast::SchemaItem> {
        let name = self.name(node)?;
        let mut fields = Vec::new();
        for child in node.children().filter(|child| child.kind() == Kind::Field) {
            if let Ok(field) = self.field(text, child) {
                fields.push(field);
            }
        }
        Ok(ast::SchemaItem {
            name,
            fields,
            span: self.span(node),
        })
    }

    /// One field of a schema.
    pub(in crate::syntax) fn field(&mut self, text: &str, node: Node<'_>) -> Built<ast::FieldItem> {
        let path = self.child(node, Kind::Path)?;
        let is_type = |child: &Node<'_>| {
            matches!(
                child.kind(),
                Kind::TypeExpr
                    | Kind::TypeList
                    | Kind::TypeOneOf
                    | Kind::TypeNumber
                    | Kind::TypeText
                    | Kind::TypeTime
                    | Kind::TypeId
                    | Kind::TypePlain
                    | Kind::TypeNamed
            )
        };
        let kind = match node.children().find(is_type) {
            Some(kind) => self.type_expr(kind)?,
            None => {
                let kind = self.child(node, Kind::TypeExpr)?;
                self.type_expr(kind)?
            }
        };
        let mut field = ast::FieldItem {
            path: self.path(path),
            kind,
            aka: Vec::new(),
            optional: None,
            missing_when: Vec::new(),
            doc: doc_above(text, node.range().start),
            span: self.span(node),
        };
        for child in node.children() {
            match child.kind() {
                Kind::Aka => field.aka.extend(self.paths(child)),
                Kind::Optional => field.optional = Some(self.span(child)),
                Kind::MissingWhen => {
                    let values = self.child(child, Kind::Literals)?;
                    field.missing_when.extend(self.literals(values)?);
                }
                _ => {}
            }
        }
        Ok(field)
    }

    fn type_expr(&mut self, node: Node<'_>) -> Built<ast::TypeExpr> {
        let kind = match node.kind() {
            Kind::TypeExpr => {
                let inner = node.children().find(is_meaningful);
                return match inner {
                    Some(inner) => self.type_expr(inner),
                    None => Err(super::Rejected),
                };
            }
            Kind::TypeList => self.type_list(node)?,
            Kind::TypeOneOf => {
                let values = self.child(node, Kind::Literals)?;
                ast::TypeKind::OneOf(self.literals(values)?)
            }
            Kind::TypeNumber => self.type_number(node)?,
            Kind::TypeText => ast::TypeKind::Text {
                folded: node.child(Kind::KwFolded).is_some(),
            },
            Kind::TypeTime => self.type_time(node)?,
            Kind::TypeId => ast::TypeKind::Id {
                row: node.child(Kind::KwRow).is_some(),
            },
            Kind::TypePlain => match node.text() {
                "bool" | "布尔" => ast::TypeKind::Bool,
                _ => ast::TypeKind::Version,
            },
            _ => {
                let name = self.name(node)?;
                let from = node.child(Kind::FromColumns);
                let from = from.map(|from| self.paths(from)).unwrap_or_default();
                match &*name.text {
                    "region" | "地区" if !name.quoted => ast::TypeKind::Region { from },
                    _ => ast::TypeKind::Named { name, from },
                }
            }
        };
        Ok(ast::TypeExpr {
            kind,
            span: self.span(node),
        })
    }

    fn type_list(&mut self, node: Node<'_>) -> Built<ast::TypeKind> {
        let is_part = |kind: Kind| matches!(kind, Kind::KwListOf | Kind::SeparatedBy);
        let element = node
            .children()
            .find(|child| is_meaningful(child) && !is_part(child.kind()));
        let element = match element {
            Some(element) => self.type_expr(element)?,
            None => return Err(super::Rejected),
        };
        let separator = node.child(Kind::SeparatedBy);
        Ok(ast::TypeKind::List {
            element: Box::new(element),
            separator: separator.map(|by| self.text_in(by)).transpose()?,
        })
    }

    fn type_number(&mut self, node: Node<'_>) -> Built<ast::TypeKind> {
        let word = self.child(node, Kind::KwNumberType)?;
        let range = match node.child(Kind::Bounds) {
            Some(bounds) => Some(self.bounds(bounds)?),
            None => None,
        };
        let places = match node.child(Kind::Places) {
            Some(places) => {
                let number = self.child(places, Kind::Number)?;
                Some(self.literal(number)?)
            }
            None => None,
        };
        Ok(match (word.text(), places) {
            ("decimal" | "小数", places) => ast::TypeKind::Decimal { places, range },
            ("int" | "整数", None) => ast::TypeKind::Int(range),
            ("float" | "浮点数", None) => ast::TypeKind::Float(range),
            (written, Some(_)) => {
                return self.reject(
                    node,
                    crate::diag::Code::BadSchema,
                    crate::say!("`{written}` has no places", "`{written}` 没有小数位"),
                    crate::say!(
                        "write `decimal(2)` or leave the parentheses out",
                        "写 `decimal(2)`，或去掉括号"
                    ),
                );
            }
            (_, None) => ast::TypeKind::Int(range),
        })
    }

    fn bounds(&mut self, node: Node<'_>) -> Built<ast::Range> {
        let dots = self.child(node, Kind::RangeOp)?;
        let mut range = ast::Range {
            from: None,
            to: None,
            includes_end: super::expression::includes_end(dots),
            span: self.span(node),
        };
        for child in node
            .children()
            .filter(|child| child.kind() != Kind::RangeOp)
        {
            let literal = self.literal(child)?;
            let end = Some(Box::new(ast::Expr {
                span: literal.span,
                kind: ast::ExprKind::Literal(literal),
            }));
            if child.range().start < dots.range().start {
                range.from = end;
            } else {
                range.to = end;
            }
        }
        Ok(range)
    }

    fn type_time(&mut self, node: Node<'_>) -> Built<ast::TypeKind> {
        let word = self.child(node, Kind::KwTimeType)?;
        let is_date = matches!(word.text(), "date" | "日期");
        let format = match node.child(Kind::LayoutFormat) {
            Some(layout) => Some(self.text_in(layout)?),
            None => None,
        };
        if let Some(epoch) = node.child(Kind::LayoutEpoch) {
            let unit = self.name(epoch)?;
            if is_date {
                return self.reject(
                    epoch,
                    crate::diag::Code::BadSchema,
                    crate::say!(
                        "an epoch is a datetime, not a date",
                        "时间戳是日期时间，不是日期"
                    ),
                    crate::say!("write `datetime epoch s`", "请写 `datetime epoch s`"),
                );
            }
            return Ok(ast::TypeKind::Datetime(Some(ast::TimeLayout::Epoch(unit))));
        }
        Ok(match is_date {
            true => ast::TypeKind::Date(format),
            false => ast::TypeKind::Datetime(format.map(ast::TimeLayout::Format)),
        })
    }

    fn segment(
        &mut self,
        node: Node<'_>,
        doc: Option<std::sync::Arc<str>>,
    ) -> Built<ast::SegmentItem> {
        let is_head = |child: &Node<'_>| {
            !is_meaningful(child)
                || matches!(
                    child.kind(),
                    Kind::KwSegment | Kind::Name | Kind::Title | Kind::Equals
                )
        };
        let body = node.children().find(|child| !is_head(child));
        let title = node.child(Kind::Title);
        Ok(ast::SegmentItem {
            name: self.name(node)?,
            title: title.map(|title| self.text_in(title)).transpose()?,
            doc,
            body: body.map(|body| self.expression(body)).transpose()?,
            span: self.span(node),
        })
    }

    fn list(&mut self, node: Node<'_>, doc: Option<std::sync::Arc<str>>) -> Built<ast::ListItem> {
        let values = match node.child(Kind::ListFile) {
            Some(file) => ast::ListSource::File {
                path: self.text_in(file)?,
                column: self.optional_name(file.child(Kind::Column))?,
            },
            None => {
                let inline = self.child(node, Kind::ListInline)?;
                let list = self.child(inline, Kind::SetList)?;
                ast::ListSource::Inline(self.set_entries(list)?)
            }
        };
        Ok(ast::ListItem {
            name: self.name(node)?,
            values,
            doc,
            span: self.span(node),
        })
    }

    fn param(&mut self, node: Node<'_>, doc: Option<std::sync::Arc<str>>) -> Built<ast::ParamItem> {
        let name = self.name(node)?;
        let value = node.children().filter(is_meaningful).last();
        let value = match value {
            Some(value) => self.literal(value)?,
            None => return Err(super::Rejected),
        };
        Ok(ast::ParamItem {
            name,
            value,
            doc,
            span: self.span(node),
        })
    }

    fn test(&mut self, node: Node<'_>) -> Built<ast::TestItem> {
        let mut test = ast::TestItem {
            title: self.text_in(node)?,
            now: None,
            zone: None,
            cases: Vec::new(),
            span: self.span(node),
        };
        for child in node.children() {
            match child.kind() {
                Kind::NowEntry => {
                    let value = child.children().filter(is_meaningful).last();
                    test.now = value.map(|value| self.literal(value)).transpose()?;
                }
                Kind::ZoneEntry => test.zone = Some(self.text_in(child)?),
                Kind::TestCase => test.cases.push(self.test_case(child)?),
                _ => {}
            }
        }
        Ok(test)
    }

    fn test_case(&mut self, node: Node<'_>) -> Built<ast::TestCase> {
        let mut cells = Vec::new();
        for cell in node
            .children()
            .filter(|child| child.kind() == Kind::TestCell)
        {
            cells.push(self.test_cell(cell)?);
        }
        let expected = match () {
            () if node.child(Kind::KwIn).is_some() => ast::Expectation::In,
            () if node.child(Kind::KwNotIn).is_some() => ast::Expectation::NotIn,
            () => ast::Expectation::Quarantined,
        };
        Ok(ast::TestCase {
            cells,
            expected,
            segment: self.name(node)?,
            span: self.span(node),
        })
    }

    fn test_cell(&mut self, node: Node<'_>) -> Built<ast::TestCell> {
        let path = self.child(node, Kind::Path)?;
        let value = match node.child(Kind::Literals) {
            Some(values) => self.literals(values)?,
            None => match node.children().filter(is_meaningful).last() {
                Some(value) => vec![self.literal(value)?],
                None => Vec::new(),
            },
        };
        Ok(ast::TestCell {
            path: self.path(path),
            value,
            is_list: node.child(Kind::Literals).is_some(),
            span: self.span(node),
        })
    }
}
