//! Which fields and segments a condition, question or quantity looks at.

use super::typed::{Condition, ConditionKind, Quantity, Question};
use crate::name::{FieldId, SegmentId};
use std::collections::BTreeSet;

impl Condition {
    /// Calls `visit` with this condition and all its parts, outermost first; segments named are not
    /// entered.
    pub fn visit<'c>(&'c self, visit: &mut impl FnMut(&'c Condition)) {
        visit(self);
        match &self.kind {
            ConditionKind::And(of) | ConditionKind::Or(of) | ConditionKind::Count { of, .. } => {
                for part in of {
                    part.visit(visit);
                }
            }
            ConditionKind::Not(inner) => inner.visit(visit),
            ConditionKind::Segment(_)
            | ConditionKind::Everyone
            | ConditionKind::Nobody
            | ConditionKind::Ask(_) => {}
        }
    }

    /// The segments named here, each once, in the order written.
    pub fn segments(&self) -> Vec<SegmentId> {
        let mut seen = BTreeSet::new();
        let mut segments = Vec::new();
        self.visit(&mut |part| {
            if let ConditionKind::Segment(id) = part.kind
                && seen.insert(id)
            {
                segments.push(id);
            }
        });
        segments
    }

    /// The fields named here, segments not entered.
    pub fn own_fields(&self) -> BTreeSet<FieldId> {
        let mut fields = BTreeSet::new();
        self.visit(&mut |part| {
            if let ConditionKind::Ask(question) = &part.kind {
                question.visit_fields(&mut |field| {
                    fields.insert(field);
                });
            }
        });
        fields
    }
}

impl Quantity {
    /// Calls `visit` with every field that is read.
    pub fn visit_fields(&self, visit: &mut impl FnMut(FieldId)) {
        match self {
            Quantity::Literal(_) => {}
            Quantity::Field(field)
            | Quantity::Moment(field)
            | Quantity::Part(_, field)
            | Quantity::DaysSince(field)
            | Quantity::Day(field)
            | Quantity::Length(field)
            | Quantity::Count(field) => visit(*field),
            Quantity::Negate(inner) => inner.visit_fields(visit),
            Quantity::Arithmetic(left, _, right) => {
                left.visit_fields(visit);
                right.visit_fields(visit);
            }
        }
    }
}

impl Question {
    /// The fields looked at, in order, each once.
    pub fn fields(&self) -> Vec<FieldId> {
        let mut fields = Vec::new();
        self.visit_fields(&mut |field| {
            if !fields.contains(&field) {
                fields.push(field);
            }
        });
        fields
    }

    /// Calls `visit` with every field that is looked at, in order, some of them perhaps several times.
    pub fn visit_fields(&self, visit: &mut impl FnMut(FieldId)) {
        match self {
            Question::Missing(field)
            | Question::Number(field, _)
            | Question::Time(field, _)
            | Question::Text(field, _)
            | Question::Region(field, _)
            | Question::Version(field, _)
            | Question::Element(field, _)
            | Question::Anniversary(field, _) => visit(*field),
            Question::SameValue { left, right, .. } => {
                visit(*left);
                visit(*right);
            }
            Question::Compare { left, right, .. } => {
                left.visit_fields(visit);
                right.visit_fields(visit);
            }
            Question::Within(quantity, _) => quantity.visit_fields(visit),
            Question::Sample { .. } => {}
        }
    }
}
