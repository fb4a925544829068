//! Proofs about rules, compared with row evaluation on generated input.

use super::generate::{cells, clock, conditions, rules};
use proptest::prelude::*;
use segrule::analyze::{Answer, Claim, Prover};
use segrule::check::typed::*;
use segrule::eval::row::{Contact, RowEvaluator};
use segrule::value::*;

fn in_each(rules: &RuleSet, clock: &Clock, claim: &Claim, id: &str, cells: &[Value]) -> Vec<bool> {
    let mut evaluator = RowEvaluator::new(rules, clock, Contact { id, cells });
    let conditions = claim.conditions();
    conditions
        .into_iter()
        .map(|condition| evaluator.is_in(condition))
        .collect()
}

fn claims<'c>(left: &'c Condition, right: &'c Condition) -> [Claim<'c>; 5] {
    [
        Claim::Implies(left, right),
        Claim::Disjoint(left, right),
        Claim::Equals(left, right),
        Claim::Never(left),
        Claim::Always(left),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, ..ProptestConfig::default() })]

    #[test]
    fn proofs_have_no_counterexample_and_witnesses_are_confirmed(
        rules in rules(),
        clock in clock(),
        other in conditions(4),
        contacts in prop::collection::vec(cells(), 60),
    ) {
        let contacts: Vec<Vec<Value>> = contacts
            .into_iter()
            .enumerate()
            .map(|(index, mut cells)| {
                for cell in &mut cells {
                    if *cell == Value::Invalid {
                        *cell = Value::Missing;
                    }
                }
                cells[0] = Value::Text(format!("c{index}").into());
                cells
            })
            .collect();
        let mut prover = Prover::new(&rules, clock.clone());
        for claim in claims(&rules.segments[3].condition, &other) {
            match prover.prove(claim) {
                Answer::Holds => {
                    for (index, cells) in contacts.iter().enumerate() {
                        let answers = in_each(&rules, &clock, &claim, &format!("c{index}"), cells);
                        prop_assert!(!claim.is_broken_by(&answers), "{claim:?} fails for {cells:?}");
                    }
                }
                Answer::Fails(witness) => {
                    let answers = in_each(&rules, &clock, &claim, &witness.id, &witness.cells);
                    prop_assert!(claim.is_broken_by(&answers));
                    prop_assert_eq!(answers, witness.answers);
                }
                Answer::Undecided(_) => {}
            }
        }
    }
}
