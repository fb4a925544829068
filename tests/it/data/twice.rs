//! Ids that come again are found wherever they stand: after runs of numbers, in another piece, in
//! another file, on another thread.

use super::{Files, lenient, load_with, names};
use segrule::data::Input;
use std::collections::BTreeSet;

/// Small numbers that look random.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Ids as people give them out: runs with gaps, some that come again, some that only look alike.
fn ids(dice: &mut Dice, count: usize) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    let mut next = dice.roll(2_000);
    let padded = dice.roll(2) == 0;
    while ids.len() < count {
        let known = ids.len() as u64;
        let again = |dice: &mut Dice, ids: &[String]| {
            let at = dice.roll(known.max(1)) as usize;
            ids.get(at).cloned().unwrap_or_default()
        };
        match dice.roll(60) {
            0 => next += dice.roll(50),
            1 => next = next.saturating_sub(dice.roll(3)),
            2 if dice.roll(8) == 0 => ids.push(again(dice, &ids)),
            // The same number, but another text.
            3 if dice.roll(8) == 0 => ids.push(format!("0{}", again(dice, &ids))),
            4 if dice.roll(8) == 0 => ids.push(format!("name{}", dice.roll(40))),
            _ => {}
        }
        let step = 1 + dice.roll(30);
        for _ in 0..step {
            ids.push(match padded {
                true => format!("u{next:07}"),
                false => format!("{next}"),
            });
            next += 1;
        }
    }
    ids.retain(|id| !id.is_empty());
    ids.truncate(count);
    ids
}

#[test]
fn ids_that_come_again_are_found_wherever_they_stand() {
    let mut dice = Dice(7);
    for round in 0..40 {
        let files = Files::new();
        let mut input = Input::default();
        let (mut seen, mut kept, mut twice) = (BTreeSet::new(), Vec::new(), Vec::new());
        for file in 0..1 + dice.roll(3) {
            let count = 1 + dice.roll(4_000) as usize;
            let ids = ids(&mut dice, count);
            let mut text = String::from("id,name\n");
            for (line, id) in (2..).zip(&ids) {
                text.push_str(&format!("{id},n\n"));
                match seen.insert(id.clone()) {
                    true => kept.push(id.clone()),
                    false => twice.push((line, "duplicate-id")),
                }
            }
            input.paths.push(files.write(&format!("{file}.csv"), text));
        }
        let mut options = lenient();
        options.block_bytes = [200, 3_000, 1 << 20][round % 3];
        options.threads = Some(1 + round % 3);
        let loaded = load_with(&input, &names(), &options).unwrap();
        assert_eq!(loaded.ids(), kept);
        assert_eq!(loaded.report.rejected, twice.len() as u64);
        let told = loaded.rejects();
        assert_eq!(told, twice[..told.len()]);
        assert!(
            round != 0 || !twice.is_empty(),
            "there is something to find"
        );
    }
}

#[test]
fn numbers_are_compared_as_texts() {
    let text = "id,name\n9,a\n10,b\n07,c\n7,d\n007,e\n9,f\n10,g\n8,h\n";
    let loaded = super::csv(text, &names());
    assert_eq!(loaded.ids(), ["9", "10", "07", "7", "007", "8"]);
    assert_eq!(loaded.rejects(), [(7, "duplicate-id"), (8, "duplicate-id")]);
}
