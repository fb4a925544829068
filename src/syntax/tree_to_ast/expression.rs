//! Turns expression nodes into [`ast::Expr`]s.
//!
//! Invariants: chains of `or` and `and` become one node; a minus before a number becomes the number.

use super::{Builder, Built, is_meaningful, negated};
use crate::diag::{Code, Diagnostic, Edit};
use crate::say;
use crate::syntax::ast::{self, Expr, ExprKind};
use crate::syntax::kind::Kind;
use crate::syntax::tree::Node;
use crate::syntax::{literal, words};
use crate::value::Duration;

impl Builder {
    /// Whether a node is an expression (or one that only wraps one).
    fn is_expression(node: &Node<'_>) -> bool {
        matches!(
            node.kind(),
            Kind::OrExpr
                | Kind::AndExpr
                | Kind::NotExpr
                | Kind::Comparison
                | Kind::Sum
                | Kind::Product
                | Kind::Unary
                | Kind::Group
                | Kind::Counted
                | Kind::Sample
                | Kind::Constant
                | Kind::Reference
                | Kind::Path
                | Kind::Text
                | Kind::Number
                | Kind::Percent
                | Kind::Bool
                | Kind::Date
                | Kind::Datetime
                | Kind::Duration
                | Kind::DurationAgo
                | Kind::Period
        )
    }

    /// The expressions directly below a node.
    pub(super) fn expressions(&mut self, node: Node<'_>) -> Built<Vec<Expr>> {
        let count = node.children().filter(Self::is_expression).count();
        let mut found = Vec::with_capacity(count);
        for child in node.children().filter(Self::is_expression) {
            found.push(self.expression(child)?);
        }
        Ok(found)
    }

    /// The first expression directly below a node.
    pub(super) fn expression_in(&mut self, node: Node<'_>) -> Built<Expr> {
        match node.children().find(Self::is_expression) {
            Some(child) => self.expression(child),
            None => self.reject(
                node,
                Code::SyntaxError,
                say!("a value is missing", "缺少值"),
                say!("write a value", "请写一个值"),
            ),
        }
    }

    /// An expression.
    pub(in crate::syntax) fn expression(&mut self, node: Node<'_>) -> Built<Expr> {
        let span = self.span(node);
        let kind = match node.kind() {
            Kind::OrExpr => ExprKind::Or(self.expressions(node)?),
            Kind::AndExpr => ExprKind::And(self.expressions(node)?),
            Kind::NotExpr => return self.prefixed(node, Kind::KwNot),
            Kind::Unary => return self.prefixed(node, Kind::Minus),
            Kind::Comparison => return self.comparison(node),
            Kind::Sum | Kind::Product => return self.arithmetic(node),
            Kind::Group => ExprKind::Group(Box::new(self.expression_in(node)?)),
            Kind::Counted => self.counted(node)?,
            Kind::Sample => self.sample(node)?,
            Kind::Constant => match node.child(Kind::KwEveryone) {
                Some(_) => ExprKind::Everyone,
                None => ExprKind::Nobody,
            },
            Kind::Reference => self.call(node)?,
            Kind::Path => ExprKind::Name(self.path(node)),
            _ => ExprKind::Literal(ast::Literal {
                kind: self.literal_kind(node)?,
                span,
            }),
        };
        Ok(Expr { kind, span })
    }

    /// `not not a`, `--a`: each sign wraps what follows it.
    fn prefixed(&mut self, node: Node<'_>, sign: Kind) -> Built<Expr> {
        let mut inner = self.expression_in(node)?;
        let signs: Vec<Node<'_>> = node
            .children()
            .filter(|child| child.kind() == sign)
            .collect();
        let mut is_innermost = true;
        for sign in signs.into_iter().rev() {
            let span = self.span(sign).to(inner.span);
            let kind = match (sign.kind(), &inner.kind) {
                (
                    Kind::Minus,
                    ExprKind::Literal(ast::Literal {
                        kind: ast::LiteralKind::Number(number),
                        ..
                    }),
                ) if is_innermost => {
                    let kind = ast::LiteralKind::Number(negated(*number));
                    ExprKind::Literal(ast::Literal { kind, span })
                }
                (Kind::Minus, _) => ExprKind::Negate(Box::new(inner)),
                (_, _) => ExprKind::Not(Box::new(inner)),
            };
            is_innermost = false;
            inner = Expr { kind, span };
        }
        Ok(inner)
    }

    /// `2026-1-5`, `2026/1/5`: a date, not a difference.
    fn refuse_loose_date(&mut self, node: Node<'_>) -> Built<()> {
        if node.range().len() > 30 {
            return Ok(());
        }
        let written = crate::value::narrow(node.text());
        let parts: Vec<&str> = written.split(['-', '/']).collect();
        let &[year, month, day] = parts.as_slice() else {
            return Ok(());
        };
        let is_part = |part: &str| part.len() <= 2 && part.parse::<u8>().is_ok();
        if year.len() != 4 || year.parse::<u32>().is_err() || !is_part(month) || !is_part(day) {
            return Ok(());
        }
        let date = format!("{year}-{month:0>2}-{day:0>2}");
        let date = date.as_str();
        let span = self.span(node);
        let edit = Edit {
            span,
            text: date.to_owned(),
        };
        let found = Diagnostic::new(
            Code::SyntaxError,
            span,
            say!("dates are written `{date}`", "日期写作 `{date}`"),
        )
        .label(say!("this is arithmetic", "这是算术"))
        .help(say!(
            "put spaces around the signs if you mean to calculate",
            "如果要计算，请在符号两边加空格"
        ))
        .fix(say!("write `{date}`", "写成 `{date}`"), vec![edit]);
        self.diagnostics.push(found);
        Err(super::Rejected)
    }

    fn arithmetic(&mut self, node: Node<'_>) -> Built<Expr> {
        self.refuse_loose_date(node)?;
        let mut left: Option<Expr> = None;
        let mut operator = ast::Operator::Add;
        let children: Vec<Node<'_>> = node.children().filter(is_meaningful).collect();
        for child in children {
            operator = match child.kind() {
                Kind::Plus => ast::Operator::Add,
                Kind::Minus => ast::Operator::Subtract,
                Kind::Times => ast::Operator::Multiply,
                Kind::Over => ast::Operator::Divide,
                _ => {
                    let right = self.expression(child)?;
                    left = Some(match left {
                        None => right,
                        Some(left) => Expr {
                            span: left.span.to(right.span),
                            kind: ExprKind::Arithmetic {
                                left: Box::new(left),
                                operator,
                                right: Box::new(right),
                            },
                        },
                    });
                    operator
                }
            };
        }
        match left {
            Some(sum) => Ok(sum),
            None => self.expression_in(node),
        }
    }

    fn comparison(&mut self, node: Node<'_>) -> Built<Expr> {
        let subject = Box::new(self.expression_in(node)?);
        let is_tail = |child: &Node<'_>| {
            matches!(
                child.kind(),
                Kind::CompareTail
                    | Kind::MissingTail
                    | Kind::InTail
                    | Kind::WithinTail
                    | Kind::HoldsTail
                    | Kind::WhenTail
                    | Kind::MatchesTail
            )
        };
        let Some(tail) = node.children().find(is_tail) else {
            return Ok(*subject);
        };
        let negated = node
            .child(Kind::KwNot)
            .or(node.child(Kind::Negation))
            .is_some();
        let kind = match tail.kind() {
            Kind::CompareTail => self.compare(node, subject, tail)?,
            Kind::MissingTail => ExprKind::Missing {
                subject,
                negated: tail.child(Kind::KwIsNotMissing).is_some(),
            },
            Kind::InTail => ExprKind::In {
                subject,
                negated,
                set: self.set(tail)?,
            },
            Kind::WithinTail => ExprKind::Within {
                subject,
                negated,
                window: Box::new(self.window(tail)?),
                anniversary: tail.child(Kind::KwAnniversary).is_some(),
            },
            Kind::WhenTail => ExprKind::When {
                subject,
                negated,
                relation: when(tail),
                moment: Box::new(self.expression_in(tail)?),
            },
            Kind::MatchesTail => ExprKind::Matches {
                subject,
                negated,
                pattern: self.pattern(tail)?,
            },
            _ => self.holds(subject, negated, tail)?,
        };
        Ok(Expr {
            kind,
            span: self.span(node),
        })
    }

    fn compare(&mut self, node: Node<'_>, left: Box<Expr>, tail: Node<'_>) -> Built<ExprKind> {
        let sign = self.child(tail, Kind::CompareOp)?;
        let right = Box::new(self.expression_in(tail)?);
        let operator = comparison_sign(sign.text());
        self.refuse_nothing(node, &left, operator, &right)?;
        Ok(ExprKind::Compare {
            left,
            operator,
            operator_span: self.span(sign),
            right,
        })
    }

    /// `x = ""` and `x = null` ask for `is missing`.
    fn refuse_nothing(
        &mut self,
        node: Node<'_>,
        left: &Expr,
        operator: ast::Comparison,
        right: &Expr,
    ) -> Built<()> {
        let (code, written) = match &right.kind {
            ExprKind::Literal(ast::Literal {
                kind: ast::LiteralKind::Text(text),
                ..
            }) if text.trim().is_empty() => (Code::EmptyText, "\"\""),
            ExprKind::Name(path) => match &*path.parts {
                [only]
                    if !only.quoted
                        && matches!(
                            only.text.to_ascii_lowercase().as_str(),
                            "null" | "nil" | "none"
                        ) =>
                {
                    (Code::SyntaxError, "null")
                }
                _ => return Ok(()),
            },
            _ => return Ok(()),
        };
        let is_han = words::is_han(node.text());
        let test = match (operator, is_han) {
            (ast::Comparison::NotEqual, false) => "is not missing",
            (ast::Comparison::NotEqual, true) => "不为空",
            (_, false) => "is missing",
            (_, true) => "为空",
        };
        let edit = Edit {
            span: crate::source::Span::new(
                self.source,
                left.span.end as usize,
                right.span.end as usize,
            ),
            text: format!(" {test}"),
        };
        let found = Diagnostic::new(
            code,
            right.span,
            say!(
                "nothing compares equal to `{written}`",
                "没有值等于 `{written}`"
            ),
        )
        .label(say!("empty cells are missing", "空单元格就是缺失"))
        .help(say!("write `{test}`", "请写 `{test}`"))
        .fix(say!("write `{test}`", "写成 `{test}`"), vec![edit]);
        self.diagnostics.push(found);
        Err(super::Rejected)
    }

    /// What stands to the right of `in`, `has`, `contains`.
    fn set(&mut self, tail: Node<'_>) -> Built<ast::Set> {
        if let Some(list) = tail.child(Kind::SetList) {
            return Ok(ast::Set::Inline(self.set_entries(list)?, self.span(list)));
        }
        let is_entry = |child: &Node<'_>| {
            matches!(child.kind(), Kind::SetEntry | Kind::RangeRest) || Self::is_expression(child)
        };
        let Some(entry) = tail.children().find(is_entry) else {
            return Ok(ast::Set::Value(Box::new(self.expression_in(tail)?)));
        };
        Ok(match self.set_entry(entry)? {
            ast::SetEntry::Value(value) => ast::Set::Value(Box::new(value)),
            ast::SetEntry::Range(range) => ast::Set::Range(range),
        })
    }

    pub(super) fn set_entries(&mut self, list: Node<'_>) -> Built<Vec<ast::SetEntry>> {
        let mut entries = Vec::new();
        for child in list.children().filter(is_meaningful) {
            entries.push(self.set_entry(child)?);
        }
        Ok(entries)
    }

    fn set_entry(&mut self, node: Node<'_>) -> Built<ast::SetEntry> {
        let rest = match node.kind() {
            Kind::RangeRest => Some(node),
            _ => node.child(Kind::RangeRest),
        };
        let Some(rest) = rest else {
            return Ok(ast::SetEntry::Value(self.expression(node)?));
        };
        let from = match node.kind() {
            Kind::SetEntry => Some(Box::new(self.expression_in(node)?)),
            _ => None,
        };
        let dots = self.child(rest, Kind::RangeOp)?;
        let end = rest.children().find(Self::is_expression);
        let to = match end {
            Some(end) => Some(Box::new(self.expression(end)?)),
            None => None,
        };
        self.refuse_no_ends(node, from.is_none() && to.is_none())?;
        Ok(ast::SetEntry::Range(ast::Range {
            from,
            to,
            includes_end: includes_end(dots),
            span: self.span(node),
        }))
    }

    fn refuse_no_ends(&mut self, node: Node<'_>, has_no_ends: bool) -> Built<()> {
        if !has_no_ends {
            return Ok(());
        }
        self.reject(
            node,
            Code::SyntaxError,
            say!("a range without ends", "区间没有两端"),
            say!(
                "write a first value, a last value or both: `18..24`",
                "写上起点或终点：`18..24`"
            ),
        )
    }

    fn holds(&mut self, subject: Box<Expr>, negated: bool, tail: Node<'_>) -> Built<ExprKind> {
        let mut relation = ast::Holding::Has;
        let mut quantifier = None;
        for child in tail.children() {
            match child.kind() {
                Kind::KwContains => relation = ast::Holding::Contains,
                Kind::KwStartsWith => relation = ast::Holding::StartsWith,
                Kind::KwEndsWith => relation = ast::Holding::EndsWith,
                Kind::KwAnyOf => quantifier = Some(ast::Quantifier::Any),
                Kind::KwAllOf => quantifier = Some(ast::Quantifier::All),
                Kind::KwNoneOf => quantifier = Some(ast::Quantifier::None),
                _ => {}
            }
        }
        Ok(ExprKind::Holds {
            subject,
            negated,
            relation,
            quantifier,
            set: self.set(tail)?,
        })
    }

    fn pattern(&mut self, tail: Node<'_>) -> Built<ast::Pattern> {
        if let Some(regex) = tail.child(Kind::Regex) {
            return Ok(ast::Pattern::Regex(ast::Text {
                value: literal::regex(regex.text()),
                span: self.span(regex),
            }));
        }
        if let Some(path) = tail.child(Kind::Path) {
            return Ok(ast::Pattern::Param(self.path(path)));
        }
        Ok(ast::Pattern::Glob(self.text_in(tail)?))
    }

    fn window(&mut self, tail: Node<'_>) -> Built<ast::Window> {
        if let Some(next) = tail.child(Kind::WindowNext) {
            return Ok(ast::Window::Next(self.stretch(next)?, self.span(next)));
        }
        let past = self.child(tail, Kind::WindowPast)?;
        let newer = self.stretch(past)?;
        let older = match (past.child(Kind::DurationAgo), past.child(Kind::ParamAgo)) {
            (Some(ago), _) => ast::Given::Written(self.duration(ago)?, self.span(ago)),
            (None, Some(ago)) => ast::Given::Param(self.path_in(ago)?),
            (None, None) => return Ok(ast::Window::Last(newer)),
        };
        Ok(ast::Window::Ago {
            newer,
            older,
            span: self.span(past),
        })
    }

    /// A length of time below a node, or the parameter that holds it.
    fn stretch(&mut self, node: Node<'_>) -> Built<ast::Given<Duration>> {
        let stretch = self.child(node, Kind::Stretch)?;
        Ok(match stretch.child(Kind::Path) {
            Some(path) => ast::Given::Param(self.path(path)),
            None => {
                let written = self.child(stretch, Kind::Duration)?;
                ast::Given::Written(self.duration(written)?, self.span(written))
            }
        })
    }

    fn path_in(&mut self, node: Node<'_>) -> Built<ast::Path> {
        let path = self.child(node, Kind::Path)?;
        Ok(self.path(path))
    }

    fn counted(&mut self, node: Node<'_>) -> Built<ExprKind> {
        let relation = match () {
            () if node.child(Kind::KwAtLeast).is_some() => ast::CountRelation::AtLeast,
            () if node.child(Kind::KwAtMost).is_some() => ast::CountRelation::AtMost,
            () => ast::CountRelation::Exactly,
        };
        let mut values = self.expressions(node)?.into_iter();
        let count = match values.next() {
            Some(count) => Box::new(count),
            None => Box::new(self.expression_in(node)?),
        };
        Ok(ExprKind::Count {
            relation,
            count,
            conditions: values.collect(),
        })
    }

    fn sample(&mut self, node: Node<'_>) -> Built<ExprKind> {
        let percent = match node.child(Kind::Path) {
            Some(path) => ast::Given::Param(self.path(path)),
            None => {
                let written = self.child(node, Kind::Percent)?;
                ast::Given::Written(self.number(written)?, self.span(written))
            }
        };
        let salt = node.child(Kind::SampleSalt);
        let salt = salt.map(|salt| match salt.child(Kind::Path) {
            Some(path) => Ok(ast::Given::Param(self.path(path))),
            None => self
                .text_in(salt)
                .map(|text| ast::Given::Written(text.value, text.span)),
        });
        Ok(ExprKind::Sample {
            percent: Box::new(percent),
            salt: salt.transpose()?.map(Box::new),
        })
    }

    fn call(&mut self, node: Node<'_>) -> Built<ExprKind> {
        let callee = self.child(node, Kind::Path)?;
        if node.child(Kind::KwAgo).is_some() {
            return Ok(ExprKind::Ago(self.path(callee)));
        }
        let arguments = self.child(node, Kind::Arguments)?;
        let path = self.path(callee);
        let ast::Parts::One(function) = path.parts else {
            return self.reject(
                callee,
                Code::UnknownFunction,
                say!("a function's name has no dots", "函数名里没有点"),
                say!(
                    "write the function first: `year(x)`",
                    "先写函数名：`year(x)`"
                ),
            );
        };
        Ok(ExprKind::Call {
            function,
            arguments: self.expressions(arguments)?,
        })
    }
}

fn comparison_sign(written: &str) -> ast::Comparison {
    match crate::value::narrow(written).as_ref() {
        "!=" | "≠" => ast::Comparison::NotEqual,
        "<" => ast::Comparison::Less,
        "<=" | "≤" => ast::Comparison::LessOrEqual,
        ">" => ast::Comparison::Greater,
        ">=" | "≥" => ast::Comparison::GreaterOrEqual,
        _ => ast::Comparison::Equal,
    }
}

fn when(tail: Node<'_>) -> ast::When {
    match () {
        () if tail.child(Kind::KwBefore).is_some() => ast::When::Before,
        () if tail.child(Kind::KwAfter).is_some() => ast::When::After,
        () => ast::When::On,
    }
}

/// Whether the dots include the end.
pub(super) fn includes_end(dots: Node<'_>) -> bool {
    !dots.text().ends_with(['<', '＜'])
}
