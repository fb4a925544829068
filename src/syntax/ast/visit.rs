//! Walks through expressions.

use super::{Expr, ExprKind, Range, Set, SetEntry};

impl Expr {
    /// Calls `visit` with this expression and everything in it, outermost first, in the order written.
    pub fn visit<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr)) {
        visit(self);
        match &self.kind {
            ExprKind::Or(of) | ExprKind::And(of) => all(of, visit),
            ExprKind::Not(inner) | ExprKind::Group(inner) | ExprKind::Negate(inner) => {
                inner.visit(visit);
            }
            ExprKind::Compare { left, right, .. } | ExprKind::Arithmetic { left, right, .. } => {
                left.visit(visit);
                right.visit(visit);
            }
            ExprKind::In { subject, set, .. } | ExprKind::Holds { subject, set, .. } => {
                subject.visit(visit);
                values(set, visit);
            }
            ExprKind::Matches { subject, .. }
            | ExprKind::Missing { subject, .. }
            | ExprKind::Within { subject, .. } => subject.visit(visit),
            ExprKind::When {
                subject, moment, ..
            } => {
                subject.visit(visit);
                moment.visit(visit);
            }
            ExprKind::Count {
                count, conditions, ..
            } => {
                count.visit(visit);
                all(conditions, visit);
            }
            ExprKind::Call { arguments, .. } => all(arguments, visit),
            ExprKind::Sample { .. }
            | ExprKind::Everyone
            | ExprKind::Nobody
            | ExprKind::Name(_)
            | ExprKind::Ago(_)
            | ExprKind::Literal(_) => {}
        }
    }
}

fn all<'e>(of: &'e [Expr], visit: &mut dyn FnMut(&'e Expr)) {
    for each in of {
        each.visit(visit);
    }
}

fn values<'e>(set: &'e Set, visit: &mut dyn FnMut(&'e Expr)) {
    match set {
        Set::Range(range) => ends(range, visit),
        Set::Inline(entries, _) => {
            for entry in entries {
                match entry {
                    SetEntry::Value(value) => value.visit(visit),
                    SetEntry::Range(range) => ends(range, visit),
                }
            }
        }
        Set::Value(value) => value.visit(visit),
    }
}

fn ends<'e>(range: &'e Range, visit: &mut dyn FnMut(&'e Expr)) {
    for end in [&range.from, &range.to].into_iter().flatten() {
        end.visit(visit);
    }
}
