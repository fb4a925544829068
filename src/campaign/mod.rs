//! Turns a campaign, its contacts and the platform's limits into a plan, or into what does not fit.
//!
//! Invariants: planning is pure and reproducible: the same contacts in any order, ledger, rules and
//! clock give the same plan; every person of the audience ends in exactly one place, counted at the
//! first stage that takes them, and the counts are added up on every run; no batch starts outside its
//! window or breaks a cap that is known, together with what the ledger holds.

mod calendar;
mod change;
mod contacts;
mod cost;
mod fit;
mod groups;
mod key;
mod ledger;
mod notes;
mod plan;
mod quota;
mod schedule;
mod stage;

pub use calendar::Openings;
pub use change::Change;
pub use contacts::{Asked, Contacts, ContactsPart};
pub use cost::money;
pub use fit::{Misfit, Reason};
pub use ledger::{Ledger, LedgerEntry};
pub use plan::{Batch, CapUse, Member, Outcome, Plan, Stage, StageKind, Terms, plan};
