//! Orders segments by what they refer to, finds cycles, and checks each definition.

use super::condition::Scope;
use super::items::Items;
use super::memory::Memory;
use super::schemas::path_name;
use super::typed::{RuleSet, Segment};
use crate::diag::{Code, Diagnostic};
use crate::name::{FieldId, Name, SegmentId};
use crate::say;
use crate::syntax::ast::{Expr, ExprKind, Path, SegmentItem};
use foldhash::fast::FixedState;
use indexmap::IndexMap;
use std::collections::{BTreeSet, HashMap};

/// Checks every segment; those with errors, and those that refer to them, are left out.
pub(super) fn segments(items: &Items, rules: &mut RuleSet, diagnostics: &mut Vec<Diagnostic>) {
    let order = order(items, diagnostics);
    // No segment is in the rules yet: what is not there when it is referred to is broken.
    let mut memory = Memory::new(items, rules);
    for name in &order {
        let Some(item) = items.segments.get(name) else {
            continue;
        };
        let mut scope = Scope::new(rules, memory);
        let condition = definition(&mut scope, item);
        let (found, uses) = (scope.diagnostics, scope.uses.take());
        memory = scope.memory;
        let has_errors = found.iter().any(Diagnostic::is_error);
        diagnostics.extend(found);
        let Some(condition) = condition.filter(|_| !has_errors) else {
            continue;
        };
        let mut reads: BTreeSet<FieldId> = condition.own_fields();
        for id in condition.segments() {
            reads.extend(rules.segment(id).iter().flat_map(|segment| &segment.reads));
        }
        memory.broken.remove(name);
        let id = SegmentId::from_index(rules.segments.len());
        rules.segment_names.insert(name.clone(), id);
        rules.uses.push(uses);
        rules.segments.push(Segment {
            name: name.clone(),
            title: item.title.as_ref().map(|title| title.value.clone()),
            doc: item.doc.clone(),
            span: item.span,
            name_span: item.name.span,
            condition,
            reads,
        });
    }
    rules.declared = items
        .segments
        .keys()
        .filter_map(|name| rules.find_segment(name.as_str()))
        .collect();
}

fn definition(scope: &mut Scope, item: &SegmentItem) -> Option<super::typed::Condition> {
    match &item.body {
        Some(body) => scope.definition(body),
        None => {
            let name = &item.name.text;
            scope.report(
                Diagnostic::new(
                    Code::EmptySegment,
                    item.name.span,
                    say!("`{name}` has no definition", "`{name}` 没有定义"),
                )
                .label(say!("selects whom?", "选谁？"))
                .help(say!(
                    "write a condition after =, or `everyone` or `nobody`",
                    "请在 = 后写条件，或写“所有人”“无人”"
                )),
            );
            None
        }
    }
}

/// Names in an order in which each comes after those it refers to. Segments on a cycle are reported
/// and left out.
fn order(items: &Items, diagnostics: &mut Vec<Diagnostic>) -> Vec<Name> {
    let mut search = Search {
        items,
        state: HashMap::default(),
        order: Vec::with_capacity(items.segments.len()),
        diagnostics,
    };
    for name in items.segments.keys() {
        search.visit(name);
    }
    search.order
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Done,
    OnCycle,
}

struct Search<'a, 'd> {
    items: &'a Items<'a>,
    state: HashMap<Name, State, FixedState>,
    order: Vec<Name>,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl Search<'_, '_> {
    /// Depth first through a list, not by recursion: chains of segments may be very long.
    fn visit(&mut self, start: &Name) {
        if self.state.contains_key(start) {
            return;
        }
        let mut stack = vec![(start.clone(), self.references(start), 0)];
        self.state.insert(start.clone(), State::Open);
        while let Some((name, references, at)) = stack.last_mut() {
            let Some((next, path)) = references
                .get_index(*at)
                .map(|(next, path)| (next.clone(), path.clone()))
            else {
                if self.state.get(name) == Some(&State::Open) {
                    self.state.insert(name.clone(), State::Done);
                    self.order.push(name.clone());
                }
                stack.pop();
                continue;
            };
            *at += 1;
            match self.state.get(&next) {
                Some(State::Open) => {
                    let names = stack.iter().map(|(name, ..)| name.clone());
                    let cycle: Vec<Name> = names.skip_while(|name| *name != next).collect();
                    self.report_cycle(&cycle, &path);
                }
                Some(State::Done | State::OnCycle) => {}
                None => {
                    self.state.insert(next.clone(), State::Open);
                    let references = self.references(&next);
                    stack.push((next, references, 0));
                }
            }
        }
    }

    fn references(&self, name: &Name) -> IndexMap<Name, Path> {
        let mut found = IndexMap::new();
        if let Some(body) = self
            .items
            .segments
            .get(name)
            .and_then(|item| item.body.as_ref())
        {
            visit_conditions(body, &mut |path| {
                let name = path_name(path);
                if self.items.segments.contains_key(&name) {
                    found.entry(name).or_insert_with(|| path.clone());
                }
            });
        }
        found
    }

    fn report_cycle(&mut self, cycle: &[Name], closing: &Path) {
        for name in cycle {
            self.state.insert(name.clone(), State::OnCycle);
        }
        let mut path: Vec<&str> = cycle.iter().map(Name::as_str).collect();
        path.extend(cycle.first().map(Name::as_str));
        let path = path.join(" → ");
        let mut diagnostic = Diagnostic::new(
            Code::SegmentCycle,
            closing.span,
            say!("segments refer to each other in a circle", "人群循环引用"),
        )
        .label(say!("closes the circle", "在此形成循环"))
        .help(say!(
            "{path}: take one of these references out",
            "{path}：请去掉其中一个引用"
        ));
        for name in cycle {
            if let Some(item) = self.items.segments.get(name)
                && !item.span.touches(closing.span.start as usize)
            {
                diagnostic =
                    diagnostic.also(item.name.span, say!("part of the circle", "循环中的一环"));
            }
        }
        self.diagnostics.push(diagnostic);
    }
}

/// Calls `visit` with every bare name that stands where a condition stands.
fn visit_conditions(expr: &Expr, visit: &mut impl FnMut(&Path)) {
    match &expr.kind {
        ExprKind::Name(path) => visit(path),
        ExprKind::Or(of) | ExprKind::And(of) | ExprKind::Count { conditions: of, .. } => {
            for each in of {
                visit_conditions(each, visit);
            }
        }
        ExprKind::Not(inner) | ExprKind::Group(inner) => visit_conditions(inner, visit),
        ExprKind::Compare { .. }
        | ExprKind::In { .. }
        | ExprKind::Holds { .. }
        | ExprKind::Matches { .. }
        | ExprKind::Missing { .. }
        | ExprKind::Within { .. }
        | ExprKind::When { .. }
        | ExprKind::Sample { .. }
        | ExprKind::Everyone
        | ExprKind::Nobody
        | ExprKind::Arithmetic { .. }
        | ExprKind::Negate(_)
        | ExprKind::Call { .. }
        | ExprKind::Ago(_)
        | ExprKind::Literal(_) => {}
    }
}
