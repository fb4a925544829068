//! Places by name.

use super::condition::Scope;
use super::memory::Place;
use super::problem::{bad_value, joined, mismatch, replace};
use super::texts::element_kind;
use super::typed::Question;
use super::values::Right;
use crate::diag::{Code, Diagnostic, Phrase, escape_controls};
use crate::name::FieldId;
use crate::region::{Hierarchy, RegionCode, Resolution};
use crate::say;
use crate::schema::Type;
use crate::source::Span;
use crate::syntax::ast::{Expr, Literal, LiteralKind};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a search for the nearest places costs, in comparisons of names.
const SEARCH_COMPARISONS: usize = 2_000;
/// How many candidates a message lists.
const MOST_CANDIDATES: usize = 8;

impl Scope<'_> {
    pub(super) fn region_equality(&mut self, id: FieldId, right: &Expr) -> Option<Question> {
        let code = match self.right(right)? {
            Right::Literal(literal) => self.place_literal(id, &literal)?,
            Right::Word(path) => {
                let word = super::schemas::path_name(path);
                self.not_glued(path)?;
                self.warn_ambiguous(path, word.as_str());
                self.place(id, word.as_str(), path.span)?
            }
            Right::Other(other) => return self.same_value(id, other),
        };
        Some(Question::Region(id, BTreeSet::from([code])))
    }

    /// A place written as a text or an adcode.
    pub(super) fn place_literal(&mut self, id: FieldId, literal: &Literal) -> Option<RegionCode> {
        match &literal.kind {
            LiteralKind::Text(text) | LiteralKind::Word(text) => {
                let text = self.text(text, literal.span)?;
                self.place(id, &text, literal.span)
            }
            LiteralKind::Number(number) if number.scale == 0 => {
                self.place(id, &number.to_string(), literal.span)
            }
            _ => {
                self.report(mismatch(
                    literal.span,
                    say!("no place", "不是地区"),
                    say!(
                        "write a place, such as 北京 or \"广东/深圳\"",
                        "请写地区，如 北京 或 \"广东/深圳\""
                    ),
                ));
                None
            }
        }
    }

    /// The place a spelling names; each distinct spelling is resolved, and reported, once.
    pub(super) fn place(&mut self, id: FieldId, spelling: &str, span: Span) -> Option<RegionCode> {
        let Type::Region { hierarchy, .. } = element_kind(&self.field(id)?.kind) else {
            return None;
        };
        let key = (Arc::as_ptr(hierarchy) as usize, spelling.to_string());
        let place = match self.memory.places.get(&key) {
            Some(known) => known.clone(),
            None => {
                let place = self.resolve(hierarchy, spelling, span);
                self.memory.places.insert(key, place.clone());
                place
            }
        };
        if let Some(said) = place.said {
            self.report(moved(said, span));
        }
        place.code
    }

    fn resolve(&mut self, hierarchy: &Hierarchy, spelling: &str, span: Span) -> Place {
        let shown = escape_controls(spelling);
        let (code, said) = match hierarchy.resolve(spelling) {
            Resolution::Found(code) => (Some(code), None),
            Resolution::Preferred { code, others } => {
                let path = hierarchy.path(code).to_string();
                let others = paths(hierarchy, &others);
                (Some(code), Some(preferred(&shown, &path, &others, span)))
            }
            Resolution::Ambiguous(codes) => {
                (None, Some(ambiguous(hierarchy, &shown, &codes, span)))
            }
            Resolution::Former {
                year, now, path, ..
            } => {
                let label = say!("{path} until {year}", "{year} 年以前的 {path}");
                let now = paths(hierarchy, &now);
                (None, Some(former(&shown, label, &now, span)))
            }
            Resolution::Unknown => {
                let near = match self.memory.may_compare(SEARCH_COMPARISONS) {
                    true => hierarchy.nearest(spelling, 3),
                    false => Vec::new(),
                };
                let near = joined(near.iter().map(|(name, _)| name.as_str()));
                (None, Some(unknown(&shown, &near, span)))
            }
        };
        Place { code, said }
    }

    /// A place from a named list; `None` when it cannot be resolved, with the list's use reported.
    pub(super) fn listed_place(
        &mut self,
        id: FieldId,
        text: &str,
        span: Span,
    ) -> Option<RegionCode> {
        let Type::Region { hierarchy, .. } = element_kind(&self.field(id)?.kind) else {
            return None;
        };
        match hierarchy.resolve(text) {
            Resolution::Found(code) | Resolution::Preferred { code, .. } => Some(code),
            Resolution::Ambiguous(_) | Resolution::Former { .. } | Resolution::Unknown => {
                let shown = escape_controls(text);
                self.report(bad_value(
                    span,
                    say!(
                        "its value `{shown}` is no single place",
                        "其中的 `{shown}` 不是唯一的地区"
                    ),
                    say!(
                        "write the place's path in the list",
                        "请在名单里写地区的完整路径"
                    ),
                ));
                None
            }
        }
    }
}

/// What was said of a spelling, said of another use of it.
fn moved(mut said: Diagnostic, span: Span) -> Diagnostic {
    for label in &mut said.labels {
        label.span = span;
    }
    for edit in said.fixes.iter_mut().flat_map(|fix| &mut fix.edits) {
        edit.span = span;
    }
    said
}

/// Some of the places, by their paths.
fn paths(hierarchy: &Hierarchy, codes: &[RegionCode]) -> String {
    let paths: Vec<String> = codes
        .iter()
        .take(MOST_CANDIDATES)
        .map(|code| hierarchy.path(*code).to_string())
        .collect();
    let more = if codes.len() > MOST_CANDIDATES {
        " …"
    } else {
        ""
    };
    joined(paths.iter().map(String::as_str)) + more
}

fn preferred(shown: &str, path: &str, others: &str, span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::PreferredRegion,
        span,
        say!(
            "`{shown}` is also the name of smaller places",
            "`{shown}` 也是下级地区的名称"
        ),
    )
    .label(say!("read as {path}", "按 {path} 理解"))
    .help(say!(
        "write \"{path}\"; others are {others}",
        "请写 \"{path}\"；同名的还有 {others}"
    ))
    .fix(
        say!("write the full name", "写全称"),
        vec![replace(span, &format!("\"{path}\""))],
    )
}

fn ambiguous(hierarchy: &Hierarchy, shown: &str, codes: &[RegionCode], span: Span) -> Diagnostic {
    let candidates = paths(hierarchy, codes);
    let mut diagnostic = Diagnostic::new(
        Code::AmbiguousRegion,
        span,
        say!("`{shown}` names several places", "`{shown}` 对应多个地区"),
    )
    .label(say!("which one?", "是哪一个？"))
    .help(say!(
        "write a path: {candidates}",
        "请写完整路径：{candidates}"
    ));
    for code in codes.iter().take(MOST_CANDIDATES) {
        let path = hierarchy.path(*code);
        diagnostic = diagnostic.unsafe_fix(
            say!("write \"{path}\"", "改为 \"{path}\""),
            vec![replace(span, &format!("\"{path}\""))],
        );
    }
    diagnostic
}

fn former(shown: &str, label: Phrase, now: &str, span: Span) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code::UnknownRegion,
        span,
        say!("`{shown}` is a former name", "`{shown}` 是旧地名"),
    )
    .label(label);
    if now.is_empty() {
        diagnostic.help(say!(
            "write the place it belongs to today",
            "请写它今天所属的地区"
        ))
    } else {
        diagnostic.help(say!("today it is {now}", "如今是 {now}"))
    }
}

fn unknown(shown: &str, near: &str, span: Span) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code::UnknownRegion,
        span,
        say!("there is no place `{shown}`", "没有地区 `{shown}`"),
    )
    .label(say!("no province, city or district", "不是省、市或区县"));
    if near.is_empty() {
        diagnostic.help(say!(
            "write a province, city or district, such as 北京 or \"广东/深圳\"",
            "请写省、市或区县，如 北京 或 \"广东/深圳\""
        ))
    } else {
        diagnostic.help(say!("did you mean {near}?", "是不是 {near}？"))
    }
}
