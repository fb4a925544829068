//! What texts and lists hold: `contains`, `starts with`, `ends with`, `has`.

use super::condition::{Scope, negated_if};
use super::lists::MOST_INLINE_VALUES;
use super::problem::mismatch;
use super::schemas::path_name;
use super::sets::{Entry, Values};
use super::subject::Subject;
use super::typed::{Condition, ConditionKind, List, Question, TextQuestion, TextTest, TextView};
use crate::diag::{Code, Diagnostic};
use crate::name::FieldId;
use crate::say;
use crate::schema::Type;
use crate::source::Span;
use crate::syntax::ast::{Expr, Holding, Literal, LiteralKind, Quantifier, Set, SetEntry};
use std::sync::Arc;

impl Scope<'_> {
    /// `x contains …`, `starts with`, `ends with`, `has`
    pub(super) fn holds(
        &mut self,
        subject: &Expr,
        relation: Holding,
        quantifier: Option<Quantifier>,
        set: &Set,
        span: Span,
    ) -> Option<ConditionKind> {
        let found = self.subject(subject)?;
        let values = match (set, quantifier) {
            // One plain value.
            (Set::Value(expr), None) => {
                Values::Entries(vec![self.entry(&SetEntry::Value((**expr).clone()))?])
            }
            (set, _) => self.values(set)?,
        };
        if let (Some(Quantifier::All), Values::List(list, list_span)) = (quantifier, &values)
            && list.values.len() > MOST_INLINE_VALUES
        {
            self.report(too_many_at_once(*list_span));
            return None;
        }
        if relation == Holding::Has {
            return self.has(&found, quantifier, &values, subject.span, span);
        }
        let (id, view) = match found {
            Subject::Field(id) => (id, self.view(id)),
            Subject::Lower(id) => (id, TextView::Lower),
            Subject::Quantity(_) => {
                self.not_text(subject.span);
                return None;
            }
        };
        match &self.field(id)?.kind {
            Type::Text { .. } | Type::OneOf(_) | Type::Id => {}
            Type::List { .. } => {
                let name = &self.field(id)?.name;
                self.report(mismatch(
                    subject.span,
                    say!("`{name}` is a list", "`{name}` 是列表"),
                    say!("write `{name} has …`", "请写 `{name} 含有 …`"),
                ));
                return None;
            }
            _ => {
                self.not_text(subject.span);
                return None;
            }
        }
        let texts = self.parts(view, &values)?;
        Some(quantified_texts(
            id, view, relation, quantifier, texts, span,
        ))
    }

    /// Texts to look for: any text, not only values a `one of` field takes.
    fn parts(&mut self, view: TextView, values: &Values) -> Option<Vec<Arc<str>>> {
        let entries = match values {
            Values::List(list, _) => {
                return Some(
                    list.values
                        .iter()
                        .map(|text| self.viewed(view, text.clone()))
                        .collect(),
                );
            }
            Values::Entries(entries) => entries,
        };
        let texts: Vec<Option<Arc<str>>> = entries
            .iter()
            .map(|entry| {
                let text = match entry {
                    Entry::Value(Literal {
                        kind: LiteralKind::Text(text),
                        span,
                    }) => self.text(text, *span)?,
                    Entry::Word(path) => {
                        let word = path_name(path);
                        self.not_glued(path)?;
                        self.warn_ambiguous(path, word.as_str());
                        Arc::from(word.as_str())
                    }
                    Entry::Value(Literal { span, .. }) | Entry::Range { span, .. } => {
                        self.report(mismatch(
                            *span,
                            say!("not a text", "不是文本"),
                            say!("put the text in quotes", "请给文本加引号"),
                        ));
                        return None;
                    }
                };
                Some(self.viewed(view, text))
            })
            .collect();
        texts.into_iter().collect()
    }

    fn has(
        &mut self,
        subject: &Subject,
        quantifier: Option<Quantifier>,
        values: &Values,
        subject_span: Span,
        span: Span,
    ) -> Option<ConditionKind> {
        let list = match subject {
            Subject::Field(id) => match &self.field(*id)?.kind {
                Type::List { element, .. } => Some((*id, element)),
                _ => None,
            },
            Subject::Quantity(_) | Subject::Lower(_) => None,
        };
        let Some((id, element)) = list else {
            self.report(mismatch(
                subject_span,
                say!("not a list", "不是列表"),
                say!(
                    "`has` is for list fields; for text write `contains` or `=`",
                    "“含有”用于列表字段；文本请用“包含”或 ="
                ),
            ));
            return None;
        };
        if matches!(**element, Type::Bool) {
            self.report(mismatch(
                subject_span,
                say!("a list of yes and no", "是非列表"),
                say!("ask for something else", "不支持这种判断"),
            ));
            return None;
        }
        let ask = |test| ConditionKind::Ask(Question::Element(id, test));
        match (quantifier, values) {
            (Some(Quantifier::All), Values::Entries(entries)) => {
                let mut parts = Vec::with_capacity(entries.len());
                for entry in entries {
                    let single = Values::Entries(vec![entry.clone_entry()]);
                    parts.push(self.among(id, element, &single, span).map(&ask));
                }
                let parts: Vec<ConditionKind> = parts.into_iter().collect::<Option<_>>()?;
                Some(all_of(parts, span))
            }
            (Some(Quantifier::All), Values::List(list, list_span)) => {
                let mut parts = Vec::with_capacity(list.values.len());
                for value in list.values.iter() {
                    let single = List {
                        values: Arc::from([value.clone()]),
                        ..(*list).clone()
                    };
                    parts.push(ask(self.among(
                        id,
                        element,
                        &Values::List(&single, *list_span),
                        span,
                    )?));
                }
                Some(all_of(parts, span))
            }
            (Some(Quantifier::None), values) => {
                let any = ask(self.among(id, element, values, span)?);
                Some(negated_if(true, any, span))
            }
            (Some(Quantifier::Any) | None, values) => {
                Some(ask(self.among(id, element, values, span)?))
            }
        }
    }
}

fn too_many_at_once(span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::TooLarge,
        span,
        say!(
            "all of more than {MOST_INLINE_VALUES} values",
            "要求同时含有超过 {MOST_INLINE_VALUES} 个值"
        ),
    )
    .label(say!("a long list", "名单过长"))
    .help(say!(
        "ask for any of them, or shorten the list",
        "请改问其中任一，或缩短名单"
    ))
}

fn quantified_texts(
    id: FieldId,
    view: TextView,
    relation: Holding,
    quantifier: Option<Quantifier>,
    texts: Vec<Arc<str>>,
    span: Span,
) -> ConditionKind {
    let ask = |texts: Vec<Arc<str>>| {
        let question = match relation {
            Holding::Contains | Holding::Has => TextQuestion::Contains(texts),
            Holding::StartsWith => TextQuestion::StartsWith(texts),
            Holding::EndsWith => TextQuestion::EndsWith(texts),
        };
        ConditionKind::Ask(Question::Text(id, TextTest { view, question }))
    };
    match quantifier {
        Some(Quantifier::All) => all_of(
            texts.into_iter().map(|text| ask(vec![text])).collect(),
            span,
        ),
        Some(Quantifier::None) => negated_if(true, ask(texts), span),
        Some(Quantifier::Any) | None => ask(texts),
    }
}

fn all_of(mut parts: Vec<ConditionKind>, span: Span) -> ConditionKind {
    if parts.len() == 1
        && let Some(one) = parts.pop()
    {
        return one;
    }
    ConditionKind::And(
        parts
            .into_iter()
            .map(|kind| Condition { kind, span })
            .collect(),
    )
}
