//! Makes contacts and conditions from a seed, the same on every machine: a shop's customers, and
//! segments as people write them for campaigns.

use segrule::check::typed::{TextQuestion, TextTest, TextView};
use segrule::dag::{Atom, Dag, ElementAtom, NodeId, Root};
use segrule::name::{FieldId, Name};
use segrule::schema::{Field, Schema, Type};
use segrule::value::{Clock, Instant, Intervals, TimeFormat, Value, Zone};
use std::collections::BTreeSet;
use std::sync::Arc;

/// 2026-06-01T00:00:00Z
const NOW_MS: i64 = 1_780_272_000_000;
const DAY_MS: i64 = 86_400_000;

const REGION: FieldId = FieldId(1);
const AGE: FieldId = FieldId(2);
const DEVICE: FieldId = FieldId(3);
const NETWORK: FieldId = FieldId(4);
const LAST_ACTIVE: FieldId = FieldId(5);
const LAST_LOGIN: FieldId = FieldId(6);
const LAST_PURCHASE: FieldId = FieldId(7);
const LAST_VISIT: FieldId = FieldId(8);
const TAGS: FieldId = FieldId(9);
const BLOCKED: FieldId = FieldId(10);
const ORDERS: FieldId = FieldId(11);
const SPEND: FieldId = FieldId(12);

/// Numbers that look random (SplitMix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// From 0 up to 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    /// A number from 0 on, small ones more often.
    fn low(&mut self, limit: usize) -> usize {
        ((limit as f64).powf(self.share()) - 1.0) as usize
    }

    /// Waiting times with this mean.
    fn wait(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.share()).ln()
    }
}

fn provinces() -> Vec<String> {
    (0..31).map(|number| format!("第{number}省")).collect()
}

/// Province, city, district; the first are the largest.
fn region(dice: &mut Dice) -> (String, String, String) {
    let province = format!("第{}省", dice.low(31));
    let city = format!("{province}/第{}市", dice.low(13));
    let district = format!("{city}/第{}区", dice.low(9));
    (province, city, district)
}

fn page(dice: &mut Dice) -> String {
    format!("专题页{}", dice.low(200))
}

fn tag(dice: &mut Dice) -> String {
    format!("标签{}", dice.low(500))
}

/// The fields of a contact, in the order of their ids.
pub fn schema() -> Schema {
    let mut schema = Schema::new(None);
    let text = || Type::Text { is_folded: false };
    let int = || Type::Int(Intervals::all());
    let time = || Type::Datetime(TimeFormat::Iso);
    let tags = Type::List {
        element: Box::new(text()),
        separator: None,
    };
    let spend = Type::Decimal {
        places: 2,
        range: Intervals::all(),
    };
    let fields = [
        ("id", Type::Id),
        ("region", text()),
        ("age", int()),
        ("device", text()),
        ("network", text()),
        ("last_active", time()),
        ("last_login", time()),
        ("last_purchase", time()),
        ("last_visit", text()),
        ("tags", tags),
        ("blocked", Type::Bool),
        ("orders", int()),
        ("spend", spend),
    ];
    for (name, kind) in fields {
        let field = Field {
            name: Name::new(name),
            aka: Vec::new(),
            kind,
            is_optional: false,
            missing_when: Vec::new(),
            doc: None,
            span: None,
        };
        schema.add(field).expect("the names differ");
    }
    schema
}

/// So many contacts.
pub fn contacts(seed: u64, count: usize) -> Vec<(String, Vec<Value>)> {
    let mut dice = Dice(seed);
    (0..count)
        .map(|number| contact(&mut dice, number))
        .collect()
}

fn contact(dice: &mut Dice, number: usize) -> (String, Vec<Value>) {
    let text = |text: String| Value::Text(text.into());
    let maybe = |dice: &mut Dice, missing: u64, value: Value| match dice.chance(missing) {
        true => Value::Missing,
        false => value,
    };
    let ago = |days: f64| Value::Instant(Instant(NOW_MS - (days * DAY_MS as f64) as i64));
    let id = format!("u{number:09}");
    let age = 12.0 + (dice.share() + dice.share() + dice.share()) * 25.0;
    let active = dice.wait(45.0);
    let login = active + dice.wait(6.0);
    let has_bought = dice.chance(45);
    let orders = if has_bought {
        1 + dice.wait(3.0) as i64
    } else {
        0
    };
    let spent = orders * (dice.wait(16_000.0) as i64);
    let tags: BTreeSet<String> = (0..dice.wait(2.2) as usize).map(|_| tag(dice)).collect();
    let network = match dice.below(100) {
        0..38 => "4g",
        38..72 => "5g",
        _ => "wifi",
    };
    let cells = vec![
        text(id.clone()),
        text(region(dice).2),
        maybe(dice, 8, Value::Int(age as i64)),
        text(if dice.chance(34) { "ios" } else { "android" }.to_string()),
        text(network.to_string()),
        maybe(dice, 2, ago(active)),
        maybe(dice, 5, ago(login)),
        if has_bought {
            ago(dice.wait(120.0))
        } else {
            Value::Missing
        },
        {
            let page = text(page(dice));
            maybe(dice, 10, page)
        },
        match tags.is_empty() {
            true => Value::Missing,
            false => Value::List(tags.into_iter().map(text).collect()),
        },
        Value::Bool(dice.below(1000) < 12),
        Value::Int(orders),
        Value::Decimal {
            units: spent,
            places: 2,
        },
    ];
    (id, cells)
}

/// How conditions are made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mix {
    /// About one in seven holds for a contact.
    Usual,
    /// Longer conjunctions, of which about one in seventy holds.
    Selective,
}

/// So many conditions in one table.
pub fn conditions(seed: u64, count: usize, mix: Mix) -> (Dag, Vec<Root>) {
    let mut dag = Dag::new(Clock {
        now: Instant(NOW_MS),
        zone: Zone::utc(),
    });
    let mut dice = Dice(seed);
    let roots = (0..count).map(|_| condition(&mut dice, &mut dag, mix));
    let roots = roots.collect();
    (dag, roots)
}

fn condition(dice: &mut Dice, dag: &mut Dag, mix: Mix) -> Root {
    let is_selective = mix == Mix::Selective;
    let (fewest, any, not) = if is_selective {
        (4, 12, 20)
    } else {
        (2, 22, 30)
    };
    let mut left = fewest + dice.below(9 - fewest);
    let mut reads = BTreeSet::new();
    let mut parts = Vec::new();
    while left > 0 {
        let what = dice.below(100);
        if left >= 2 && what < any {
            let count = left.min(2 + dice.below(2));
            let choices: Vec<NodeId> = (0..count)
                .map(|_| question(dice, dag, &mut reads))
                .collect();
            parts.push(dag.or(choices));
            left -= count;
        } else {
            let asked = question(dice, dag, &mut reads);
            parts.push(if what < not { dag.not(asked) } else { asked });
            left -= 1;
        }
    }
    let node = match is_selective || dice.chance(88) {
        true => dag.and(parts),
        false => dag.or(parts),
    };
    Root {
        node,
        certain: node,
        reads,
    }
}

fn question(dice: &mut Dice, dag: &mut Dag, reads: &mut BTreeSet<FieldId>) -> NodeId {
    let one_of = |texts: Vec<String>| {
        TextQuestion::OneOf(Arc::new(texts.into_iter().map(Arc::from).collect()))
    };
    let ask = |field: FieldId, question: TextQuestion| {
        let view = TextView::Exact;
        Atom::Text(field, TextTest { view, question })
    };
    let atom = match dice.below(104) {
        0..18 => region_question(dice, &ask, &one_of),
        18..34 => {
            let from = dice.pick(&[18, 20, 22, 25, 30, 35, 40, 45, 50, 55, 60]);
            let width = dice.pick(&[4, 5, 6, 9, 10, 14, 19]);
            let set = match dice.below(10) {
                0..6 => Intervals::new(vec![(from, from + width)]),
                6..8 => Intervals::at_least(from),
                _ => Intervals::at_most(from - 1),
            };
            Atom::Number(AGE, set)
        }
        34..40 => ask(DEVICE, one_of(vec![dice.pick(&["android", "ios"]).into()])),
        40..46 => ask(
            NETWORK,
            one_of(vec![dice.pick(&["4g", "5g", "wifi"]).into()]),
        ),
        46..66 => {
            let field = dice.pick(&[LAST_ACTIVE, LAST_LOGIN, LAST_PURCHASE]);
            let days = dice.pick(&[1, 3, 7, 14, 15, 30, 45, 60, 90, 120, 180, 365]);
            let from = NOW_MS - days * DAY_MS;
            let set = match dice.chance(70) {
                true => Intervals::new(vec![(from, NOW_MS)]),
                false => Intervals::at_most(from - 1),
            };
            Atom::Number(field, set)
        }
        66..74 => {
            let more = if dice.chance(70) {
                1
            } else {
                2 + dice.below(4)
            };
            ask(LAST_VISIT, one_of((0..more).map(|_| page(dice)).collect()))
        }
        74..88 => {
            let view = TextView::Exact;
            let question = one_of(vec![tag(dice)]);
            Atom::Element(TAGS, ElementAtom::Text(TextTest { view, question }))
        }
        88..93 => Atom::Number(BLOCKED, Intervals::single(0)),
        93..98 => Atom::Number(ORDERS, Intervals::at_least(dice.pick(&[1, 2, 3, 5, 8, 10]))),
        98..103 => {
            let units = dice.pick(&[50, 100, 200, 500, 1000, 2000, 5000]) * 100;
            let set = match dice.chance(50) {
                true => Intervals::at_least(units),
                false => Intervals::at_most(units - 1),
            };
            Atom::Number(SPEND, set)
        }
        _ => Atom::Present(dice.pick(&[LAST_PURCHASE, LAST_VISIT, AGE])),
    };
    reads.extend(atom.fields());
    dag.ask(atom)
}

fn region_question(
    dice: &mut Dice,
    ask: &dyn Fn(FieldId, TextQuestion) -> Atom,
    one_of: &dyn Fn(Vec<String>) -> TextQuestion,
) -> Atom {
    let starts = |text: String| TextQuestion::StartsWith(vec![format!("{text}/").into()]);
    let question = match dice.below(100) {
        0..40 => {
            let provinces = provinces();
            let place = dice.below(provinces.len() as u64) as usize;
            starts(provinces[place].clone())
        }
        40..65 => starts(region(dice).1),
        65..80 => one_of(vec![region(dice).2]),
        _ => one_of((0..2 + dice.below(11)).map(|_| region(dice).2).collect()),
    };
    ask(REGION, question)
}
