//! Turns clauses into a model, or into the certainty that there is none.
//!
//! Invariants: the same clauses give the same answer on every machine; the work of one question is
//! limited by counting decisions, never by the clock.

use batsat::{Callbacks, Solver, SolverInterface, SolverOpts, lbool};
use std::cell::Cell;

pub(super) use batsat::Lit;

/// Decisions of the solver that one question may cost.
const MOST_DECISIONS: u64 = 300_000;

/// Stops the solver when its work is used up.
struct Limit {
    left: Cell<u64>,
}

impl Callbacks for Limit {
    fn stop(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left == 0
    }
}

/// What a solver found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A model; ask [`Clauses::is_true`].
    Model,
    /// There is none.
    Nothing,
    /// The work limit came first.
    Unknown,
}

/// A growing set of clauses over yes-or-no variables.
pub(super) struct Clauses {
    solver: Solver<Limit>,
    yes: Lit,
    scratch: Vec<Lit>,
    /// Clauses so far.
    pub(super) count: usize,
}

impl Clauses {
    pub(super) fn new() -> Clauses {
        let limit = Limit {
            left: Cell::new(MOST_DECISIONS),
        };
        let mut solver = Solver::new(SolverOpts::default(), limit);
        let yes = Lit::new(solver.new_var_default(), true);
        let mut clauses = Clauses {
            solver,
            yes,
            scratch: Vec::new(),
            count: 0,
        };
        clauses.add(&[yes]);
        clauses
    }

    /// The literal that is always true.
    pub(super) fn yes(&self) -> Lit {
        self.yes
    }

    /// A new variable, as its positive literal.
    pub(super) fn fresh(&mut self) -> Lit {
        Lit::new(self.solver.new_var_default(), true)
    }

    /// Requires one of the literals.
    pub(super) fn add(&mut self, clause: &[Lit]) {
        self.scratch.clear();
        self.scratch.extend_from_slice(clause);
        self.count += 1;
        self.solver.add_clause_reuse(&mut self.scratch);
    }

    /// A literal that is true exactly when all are.
    pub(super) fn all_of(&mut self, of: &[Lit]) -> Lit {
        let flipped: Vec<Lit> = of.iter().map(|&lit| !lit).collect();
        !self.any_of(&flipped)
    }

    /// A literal that is true exactly when any is.
    pub(super) fn any_of(&mut self, of: &[Lit]) -> Lit {
        match of {
            [] => return !self.yes,
            [one] => return *one,
            _ => {}
        }
        let any = self.fresh();
        for &lit in of {
            self.add(&[any, !lit]);
        }
        let mut clause = of.to_vec();
        clause.push(!any);
        self.add(&clause);
        any
    }

    /// A literal that is true exactly when at least `count` of the positions are.
    pub(super) fn at_least(&mut self, count: usize, of: &[Lit]) -> Lit {
        // enough[k]: at least k + 1 of the positions seen so far.
        let mut enough: Vec<Lit> = vec![!self.yes; count];
        for &lit in of {
            let mut before = self.yes;
            for place in &mut enough {
                let one_more = self.all_of(&[lit, before]);
                before = *place;
                *place = self.any_of(&[*place, one_more]);
            }
        }
        enough.last().copied().unwrap_or(self.yes)
    }

    /// Looks for a model.
    pub(super) fn solve(&mut self) -> Found {
        match self.solver.solve_limited(&[]) {
            answer if answer == lbool::TRUE => Found::Model,
            answer if answer == lbool::FALSE => Found::Nothing,
            _ => Found::Unknown,
        }
    }

    /// Whether a literal is true in the model found last.
    pub(super) fn is_true(&self, lit: Lit) -> bool {
        self.solver.value_lit(lit) == lbool::TRUE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_least_counts_positions() {
        for wanted in 0..5 {
            for holding in 0..4usize {
                let mut clauses = Clauses::new();
                let lits: Vec<Lit> = (0..3).map(|_| clauses.fresh()).collect();
                for (at, &lit) in lits.iter().enumerate() {
                    clauses.add(&[if at < holding { lit } else { !lit }]);
                }
                let enough = clauses.at_least(wanted, &lits);
                assert_eq!(clauses.solve(), Found::Model);
                assert_eq!(clauses.is_true(enough), holding.min(3) >= wanted);
            }
        }
    }

    #[test]
    fn contradictions_have_no_model() {
        let mut clauses = Clauses::new();
        let (a, b) = (clauses.fresh(), clauses.fresh());
        let both = clauses.all_of(&[a, b]);
        clauses.add(&[both]);
        clauses.add(&[!a, !b]);
        assert_eq!(clauses.solve(), Found::Nothing);
    }
}
