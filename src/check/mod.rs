//! Turns syntax trees into one [`typed::RuleSet`] and says everything that is wrong with them.
//!
//! Invariants: checking never fails; an item with an error is left out of the rule set and the
//! others go on; nothing here knows the time, the zone or any contact.

mod moment;
mod reads;
pub mod typed;
