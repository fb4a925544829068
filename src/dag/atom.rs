//! The questions about cells that are left when every name, unit and time is settled.

use crate::check::typed::{NumberRange, Quantity, TextTest, TimePart, VersionRange};
use crate::name::FieldId;
use crate::region::RegionCode;
use crate::syntax::ast::Comparison;
use crate::value::{Intervals, MonthDays, Share};
use std::collections::BTreeSet;
use std::sync::Arc;

/// One question. A missing or invalid cell answers no.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Atom {
    /// The cell holds a value.
    Present(FieldId),
    /// The number of the cell lies in the set: ints, decimal units, float keys, bools as 0 and 1,
    /// days and milliseconds since 1970.
    Number(FieldId, Intervals),
    /// A part of the local date or time lies in the set.
    Part(TimePart, FieldId, Intervals),
    /// Month and day are among these.
    MonthDay(FieldId, MonthDays),
    /// The text passes.
    Text(FieldId, TextTest),
    /// The place lies within one of these.
    Region(FieldId, BTreeSet<RegionCode>),
    /// The version lies in one of these ranges.
    Version(FieldId, Vec<VersionRange>),
    /// Some element passes.
    Element(FieldId, ElementAtom),
    /// So many elements; a missing list has 0.
    ElementCount(FieldId, Intervals),
    /// Two cells hold the same.
    SameValue {
        /// One field.
        left: FieldId,
        /// The other.
        right: FieldId,
        /// Compared by NFKC and case folding.
        is_folded: bool,
    },
    /// Two quantities compare so (never `NotEqual`).
    Compare(Quantity, Comparison, Quantity),
    /// The quantity lies in one of the ranges.
    Within(Quantity, Vec<NumberRange>),
    /// All these quantities have a value.
    Known(Vec<Quantity>),
    /// In the sample.
    Sample(Share, Arc<str>),
}

/// A question about one element of a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ElementAtom {
    /// Numbers and times as in [`Atom::Number`].
    Number(Intervals),
    /// Texts.
    Text(TextTest),
    /// Places.
    Region(BTreeSet<RegionCode>),
    /// Versions.
    Version(Vec<VersionRange>),
}

impl Atom {
    /// The fields whose cells are looked at, ascending.
    pub fn fields(&self) -> Vec<FieldId> {
        let mut fields = Vec::new();
        match self {
            Atom::Present(field)
            | Atom::Number(field, _)
            | Atom::Part(_, field, _)
            | Atom::MonthDay(field, _)
            | Atom::Text(field, _)
            | Atom::Region(field, _)
            | Atom::Version(field, _)
            | Atom::Element(field, _)
            | Atom::ElementCount(field, _) => fields.push(*field),
            Atom::SameValue { left, right, .. } => fields.extend([*left, *right]),
            Atom::Compare(left, _, right) => {
                left.visit_fields(&mut |field| fields.push(field));
                right.visit_fields(&mut |field| fields.push(field));
            }
            Atom::Within(quantity, _) => quantity.visit_fields(&mut |field| fields.push(field)),
            Atom::Known(quantities) => {
                for quantity in quantities {
                    quantity.visit_fields(&mut |field| fields.push(field));
                }
            }
            Atom::Sample(..) => {}
        }
        fields.sort_unstable();
        fields.dedup();
        fields
    }
}
