//! Turns claims about rules into proofs or contacts that show the opposite, and rules into findings.
//!
//! Claims are about every contact the schema allows, missing cells included (any cell but the id may
//! be missing); contacts with invalid cells are quarantined and no claim is about them. The cells of
//! each field are cut into classes that the questions can tell apart, the rest is yes and no, and a
//! SAT solver looks for a contact that breaks the claim.
//!
//! Invariants: `Holds` is said only when no contact can break the claim; a contact is shown only when
//! [`crate::eval::row`] confirms it; everything between is undecided. Work is limited by counting, so
//! the same rules get the same answer everywhere.

mod calendar;
mod change;
mod claim;
mod classes;
mod clauses;
mod encode;
mod evidence;
mod facts;
mod findings;
mod linear;
mod lists;
mod model;
mod nearest;
mod negated;
mod normal;
mod numbers;
mod patterns;
mod places;
mod ratio;
mod relations;
mod same;
mod sat;
mod space;
mod texts;
mod versions;
mod ways;

pub use change::{Change, Comparer, Somebody, Version};
pub use claim::{Answer, Claim, Prover, Why, Witness};
pub use findings::{Findings, findings};
pub use nearest::{Certainty, Flip, Nearest, NewCell, nearest};
pub use negated::Leaning;
pub use relations::{Related, Relation, Relations, relations};
