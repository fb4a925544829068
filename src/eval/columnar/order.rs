//! Puts the steps of a program in order, and gives them slots.
//!
//! What a root needs is computed just before its answer is taken, and a slot is free again once nobody
//! needs what it holds: so the slots in use at a time are few, however many roots there are, and stay in
//! the caches nearest to the processor.

use super::program::{How, Operand, Step, Target};
use std::collections::BTreeSet;

/// What is done with a block once the questions are answered, one after the other.
#[derive(Debug)]
pub(super) enum Turn {
    /// Computes a step into a slot; its operands are those of the program up to `end`, from where the
    /// turn before ended.
    Compute { how: How, to: u32, end: u32 },
    /// Takes the answer of a root.
    Take { root: u32, target: Target },
}

/// Turns, and how many slots they need.
#[derive(Debug, Default)]
pub(super) struct Order {
    pub(super) turns: Vec<Turn>,
    /// The operands of all turns, one after the other.
    pub(super) operands: Vec<Operand>,
    pub(super) slot_count: usize,
}

/// The slots of a program while turns are written.
struct Slots<'s> {
    leaf_count: usize,
    steps: &'s [Step],
    /// How often each step's slot is still to be read.
    reads_left: Vec<u32>,
    /// Where each step is, once computed.
    places: Vec<Option<u32>>,
    free: Vec<u32>,
    order: Order,
}

/// Orders steps, whose operands name leaves, then steps by their places, children first.
pub(super) fn order(leaf_count: usize, steps: &[Step], roots: &[Target]) -> Order {
    let mut slots = Slots {
        leaf_count,
        steps,
        reads_left: vec![0; steps.len()],
        places: vec![None; steps.len()],
        free: Vec::new(),
        order: Order {
            slot_count: leaf_count,
            ..Order::default()
        },
    };
    slots.count_reads(roots);
    for (index, root) in (0..).zip(roots) {
        slots.compute(&[root.node, root.certain]);
        let target = Target {
            node: slots.read(root.node),
            certain: slots.read(root.certain),
            quarantine: root.quarantine,
        };
        slots.order.turns.push(Turn::Take {
            root: index,
            target,
        });
        slots.release(&[root.node, root.certain]);
    }
    slots.order
}

impl Slots<'_> {
    /// Counts how often steps are read by roots and by steps that roots need.
    fn count_reads(&mut self, roots: &[Target]) {
        let mut open: Vec<Operand> = Vec::new();
        open.extend(roots.iter().flat_map(|root| [root.node, root.certain]));
        while let Some(operand) = open.pop() {
            let Some(place) = operand.slot().checked_sub(self.leaf_count) else {
                continue;
            };
            let Some(reads) = self.reads_left.get_mut(place) else {
                continue;
            };
            *reads += 1;
            if *reads == 1 {
                open.extend(self.steps.get(place).iter().flat_map(|step| &step.of));
            }
        }
    }

    /// Writes the turns of everything that operands stand on and that is not computed yet.
    fn compute(&mut self, wanted: &[Operand]) {
        let mut needed = BTreeSet::new();
        let mut open: Vec<Operand> = wanted.to_vec();
        while let Some(operand) = open.pop() {
            let Some(place) = operand.slot().checked_sub(self.leaf_count) else {
                continue;
            };
            let is_known = self.places.get(place).is_none_or(Option::is_some);
            if !is_known && needed.insert(place) {
                open.extend(self.steps.get(place).iter().flat_map(|step| &step.of));
            }
        }
        // Children stand before their parents.
        for place in needed {
            if let Some(step) = self.steps.get(place) {
                self.write(place, step);
            }
        }
    }

    fn write(&mut self, place: usize, step: &Step) {
        let to = self.free.pop().unwrap_or_else(|| {
            self.order.slot_count += 1;
            (self.order.slot_count - 1) as u32
        });
        for operand in &step.of {
            let operand = self.read(*operand);
            self.order.operands.push(operand);
        }
        self.order.turns.push(Turn::Compute {
            how: step.how,
            to,
            end: self.order.operands.len() as u32,
        });
        if let Some(known) = self.places.get_mut(place) {
            *known = Some(to);
        }
        self.release(&step.of);
    }

    /// Where an operand is.
    fn read(&self, operand: Operand) -> Operand {
        let place = operand.slot().checked_sub(self.leaf_count);
        match place.and_then(|place| self.places.get(place).copied().flatten()) {
            Some(to) => operand.moved(to as usize),
            None => operand,
        }
    }

    /// Frees the slots of operands that nobody reads again.
    fn release(&mut self, read: &[Operand]) {
        for operand in read {
            let Some(place) = operand.slot().checked_sub(self.leaf_count) else {
                continue;
            };
            let Some(left) = self.reads_left.get_mut(place) else {
                continue;
            };
            *left = left.saturating_sub(1);
            if *left == 0
                && let Some(to) = self.places.get(place).copied().flatten()
            {
                self.free.push(to);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAVES: usize = 6;

    /// Small numbers that look random.
    fn dice(state: &mut u64, sides: usize) -> usize {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (*state >> 33) as usize % sides
    }

    fn value(how: How, of: impl Iterator<Item = u64>) -> u64 {
        match how {
            How::All => of.fold(u64::MAX, |all, each| all & each),
            How::AtLeast(count) => super::super::block::at_least(count, of),
        }
    }

    fn random(state: &mut u64) -> (Vec<Step>, Vec<Target>) {
        let operand = |state: &mut u64, known: usize| {
            let operand = Operand::of(dice(state, LEAVES + known));
            if dice(state, 2) == 0 {
                operand
            } else {
                operand.complement()
            }
        };
        let mut steps = Vec::new();
        for place in 0..dice(state, 40) {
            let how = match dice(state, 4) {
                0 => How::AtLeast(dice(state, 4) as u32),
                _ => How::All,
            };
            let of = (0..dice(state, 5)).map(|_| operand(state, place));
            steps.push(Step {
                how,
                of: of.collect(),
            });
        }
        let target = |state: &mut u64| Target {
            node: operand(state, steps.len()),
            certain: operand(state, steps.len()),
            quarantine: 0,
        };
        let mut roots: Vec<Target> = (0..dice(state, 9)).map(|_| target(state)).collect();
        // Now and then every step is needed.
        if dice(state, 2) == 0 {
            roots.extend((0..steps.len()).map(|place| Target {
                node: Operand::of(LEAVES + place),
                certain: Operand::of(LEAVES + place),
                quarantine: 0,
            }));
        }
        (steps, roots)
    }

    #[test]
    fn slots_that_are_used_again_change_no_answer() {
        let mut state = 1;
        for _ in 0..300 {
            let (steps, roots) = random(&mut state);
            let leaves: Vec<u64> = (0..LEAVES as u64)
                .map(|leaf| leaf.wrapping_mul(0x9e37_79b9_7f4a_7c15))
                .collect();
            let mut expected = leaves.clone();
            let read = |slots: &[u64], operand: Operand| slots[operand.slot()] ^ operand.flip();
            for step in &steps {
                let of = step.of.iter().map(|operand| read(&expected, *operand));
                let computed = value(step.how, of);
                expected.push(computed);
            }
            let order = order(LEAVES, &steps, &roots);
            let mut slots = leaves;
            slots.resize(order.slot_count, 0x5555);
            let (mut start, mut taken) = (0, 0);
            for turn in &order.turns {
                match turn {
                    Turn::Compute { how, to, end } => {
                        let of = order.operands[start..*end as usize].iter();
                        let computed = value(*how, of.map(|operand| read(&slots, *operand)));
                        slots[*to as usize] = computed;
                        start = *end as usize;
                    }
                    Turn::Take { root, target } => {
                        let wanted = &roots[*root as usize];
                        assert_eq!(read(&slots, target.node), read(&expected, wanted.node));
                        assert_eq!(
                            read(&slots, target.certain),
                            read(&expected, wanted.certain)
                        );
                        taken += 1;
                    }
                }
            }
            assert_eq!(taken, roots.len());
        }
    }

    #[test]
    fn what_one_root_needs_is_forgotten_after_it() {
        let steps = (0..1000).map(|place| Step {
            how: How::All,
            of: vec![Operand::of(place % LEAVES), Operand::of(place / 7 % LEAVES)],
        });
        let steps: Vec<Step> = steps.collect();
        let roots = (0..500).map(|root| Target {
            node: Operand::of(LEAVES + 2 * root),
            certain: Operand::of(LEAVES + 2 * root + 1),
            quarantine: 0,
        });
        let order = order(LEAVES, &steps, &roots.collect::<Vec<Target>>());
        assert_eq!(order.slot_count, LEAVES + 2);
    }
}
