//! The classes of places: the innermost of the places that questions name decides every answer.

use super::facts::Around;
use super::space::Space;
use crate::dag::Atom;
use crate::region::{Hierarchy, RegionCode};
use crate::schema::Type;
use crate::value::Value;
use std::collections::BTreeSet;

/// The classes of the values of a region.
pub(super) fn values(
    around: &Around,
    kind: &Type,
    hierarchy: &Hierarchy,
    absent: &[Value],
    atoms: &[Atom],
) -> Space {
    let mut named: BTreeSet<RegionCode> = BTreeSet::new();
    for atom in atoms {
        if let Atom::Region(_, codes) = atom {
            named.extend(codes.iter().copied());
        }
    }
    let is_allowed = |code: &RegionCode| !absent.contains(&Value::Region(code.0));
    let mut space = Space::default();
    let mut add = |code: RegionCode| {
        space.add_value(around, kind, atoms, Value::Region(code.0));
    };
    // A place within a named one, but within no other named one that is further in.
    let innermost = |code: &RegionCode, outer: RegionCode| {
        let mut at = Some(*code);
        while let Some(place) = at {
            if named.contains(&place) {
                return place == outer;
            }
            at = hierarchy.parent(place);
        }
        false
    };
    for &outer in &named {
        let inside = hierarchy.descendants(outer).filter(is_allowed);
        if let Some(code) = inside.into_iter().find(|code| innermost(code, outer)) {
            add(code);
        }
    }
    // And a place within none of them.
    let is_outside =
        |code: &RegionCode| named.iter().all(|outer| !hierarchy.contains(*outer, *code));
    if let Some(code) = hierarchy.iter().filter(is_allowed).find(is_outside) {
        add(code);
    }
    space
}
