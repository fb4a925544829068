//! Turns a model of the clauses into contacts that may show it, or into a reason why none can.

use super::encode::{Encoded, NumberPart};
use super::linear::Sum;
use super::normal::is_date;
use super::numbers::value_of;
use super::ratio::Stretch;
use super::sat::Lit;
use crate::check::typed::Quantity;
use crate::name::FieldId;
use crate::schema::{IdSource, Schema, Type};
use crate::value::{Clock, Date, Instant, Value, sample_hash};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Ids tried until the samples are as wanted.
const MOST_IDS: u32 = 200_000;

/// Contacts tried for one model when several cells must fit together.
const MOST_TRIES: usize = 60;

/// What a model says of one field.
pub(super) struct Part {
    /// The literals that say so.
    pub(super) chosen: Vec<Lit>,
    pub(super) field: FieldId,
    /// Cells that are so.
    pub(super) examples: Vec<Value>,
    /// Numbers: the lowest and highest.
    pub(super) hull: Option<(i64, i64)>,
    /// Lists: how many elements.
    pub(super) count: Option<(i64, i64)>,
}

/// A model, field by field.
pub(super) struct Model<'a> {
    schema: &'a Schema,
    clock: &'a Clock,
    parts: BTreeMap<FieldId, Part>,
    /// Sums and the stretch each must lie in.
    sums: Vec<(&'a Sum, Lit, Stretch)>,
    samples: Vec<(Arc<str>, u128, u128)>,
    /// Literals of everything that is chosen, to rule the model out.
    chosen: Vec<Lit>,
    /// Whether cells must fit together in ways the clauses do not know.
    is_loose: bool,
}

impl<'a> Model<'a> {
    /// Reads the model that was found last.
    pub(super) fn read(schema: &'a Schema, clock: &'a Clock, encoded: &'a Encoded) -> Model<'a> {
        let clauses = &encoded.clauses;
        let mut parts = BTreeMap::new();
        for field in &encoded.fields {
            let mut options = field.lits.iter().zip(field.space.classes.values());
            if let Some((lit, class)) = options.find(|(lit, _)| clauses.is_true(**lit)) {
                let part = Part {
                    chosen: vec![*lit],
                    field: field.field,
                    examples: class.examples.clone(),
                    hull: class.hull,
                    count: None,
                };
                parts.insert(field.field, part);
            }
        }
        for list in &encoded.lists {
            let part = list.part(clauses);
            parts.insert(part.field, part);
        }
        let chosen_of = |number: &'a NumberPart| {
            let mut options = number.options.iter();
            options.find(|(lit, _)| clauses.is_true(*lit)).copied()
        };
        let mut sums = Vec::new();
        let mut chosen: Vec<Lit> = parts
            .values()
            .flat_map(|part: &Part| &part.chosen)
            .copied()
            .collect();
        for number in &encoded.numbers {
            if let Some((lit, stretch)) = chosen_of(number) {
                chosen.push(lit);
                sums.extend(number.sum.as_ref().map(|sum| (sum, lit, stretch)));
            }
        }
        let mut samples = Vec::new();
        for sample in &encoded.samples {
            let mut options = sample.options.iter();
            if let Some((lit, from, to)) = options.find(|(lit, ..)| clauses.is_true(*lit)) {
                chosen.push(*lit);
                samples.push((sample.salt.clone(), *from, *to));
            }
        }
        let free = encoded.free.iter();
        chosen.extend(free.map(|lit| lit.apply_sign(clauses.is_true(*lit))));
        Model {
            schema,
            clock,
            parts,
            sums,
            samples,
            chosen,
            is_loose: !encoded.numbers.is_empty() || !encoded.free.is_empty(),
        }
    }

    /// A clause that this model breaks and every contact keeps, when sums show one.
    pub(super) fn refuted(&self) -> Option<Vec<Lit>> {
        self.sums.iter().find_map(|(sum, lit, stretch)| {
            let (mut low, mut high) = (Some(0i128), Some(0i128));
            let mut clause = vec![!*lit];
            for (factor, quantity) in &sum.0 {
                let (from, to) = self.bounds(quantity, &mut clause);
                let (from, to) = if *factor < 0 { (to, from) } else { (from, to) };
                let times = |end: Option<i128>| end?.checked_mul(*factor);
                low = low
                    .zip(times(from))
                    .and_then(|(sum, end)| sum.checked_add(end));
                high = high
                    .zip(times(to))
                    .and_then(|(sum, end)| sum.checked_add(end));
            }
            let (from, to) = stretch.whole_numbers();
            let is_below = high.zip(from).is_some_and(|(high, from)| high < from);
            let is_above = low.zip(to).is_some_and(|(low, to)| low > to);
            (is_below || is_above).then_some(clause)
        })
    }

    /// Between which numbers a quantity lies in this model; the literals that say so are added, as
    /// their opposites.
    fn bounds(&self, quantity: &Quantity, why: &mut Vec<Lit>) -> (Option<i128>, Option<i128>) {
        let mut hull_of = |field: FieldId| -> Option<(i64, i64)> {
            let part = self.parts.get(&field)?;
            why.extend(part.chosen.iter().map(|lit| !*lit));
            part.hull.or(part.count)
        };
        let bounds = match quantity {
            Quantity::Field(field) => hull_of(*field),
            Quantity::Count(field) => hull_of(*field),
            Quantity::Day(field) if is_date(self.schema, *field) => hull_of(*field),
            Quantity::Moment(field) => hull_of(*field).map(|(from, to)| {
                match self.schema.field(*field).map(|field| &field.kind) {
                    Some(Type::Date(_)) => (self.first_ms(from), self.first_ms(to)),
                    _ => (from, to),
                }
            }),
            Quantity::Literal(_)
            | Quantity::Part(..)
            | Quantity::DaysSince(_)
            | Quantity::Day(_)
            | Quantity::Length(_)
            | Quantity::Negate(_)
            | Quantity::Arithmetic(..) => None,
        };
        (
            bounds.map(|(from, _)| i128::from(from)),
            bounds.map(|(_, to)| i128::from(to)),
        )
    }

    fn first_ms(&self, day: i64) -> i64 {
        let Instant(ms) = self
            .clock
            .zone
            .start_of_day(Date(i32::try_from(day).unwrap_or_default()));
        ms
    }

    /// A clause that rules out this model alone.
    pub(super) fn blocked(&self) -> Vec<Lit> {
        self.chosen.iter().map(|lit| !*lit).collect()
    }

    /// The first contact that `shows` what is wanted.
    pub(super) fn contact(
        &self,
        shows: &mut dyn FnMut(&str, &[Value]) -> bool,
    ) -> Option<(String, Vec<Value>)> {
        let tries = if self.is_loose { MOST_TRIES } else { 1 };
        let id_field = match self.schema.id {
            IdSource::Field(field) => Some(field),
            IdSource::Row => None,
        };
        for round in 0..tries {
            let mut cells = self.cells(round)?;
            for id in self.ids(id_field, &cells) {
                if let Some(field) = id_field
                    && let Some(cell) = cells.get_mut(field.index())
                {
                    *cell = Value::Text(Arc::from(id.as_str()));
                }
                if shows(&id, &cells) {
                    return Some((id, cells));
                }
            }
        }
        None
    }

    /// The cells of one try; none when a class has no example.
    fn cells(&self, round: usize) -> Option<Vec<Value>> {
        let mut cells = vec![Value::Missing; self.schema.len()];
        for (index, part) in self.parts.values().enumerate() {
            // The first round takes the most natural example of each, later ones mix them.
            let turn = mixed(round, index) % part.examples.len().max(1);
            let value = part.examples.get(turn)?.clone();
            if let Some(cell) = cells.get_mut(part.field.index()) {
                *cell = value;
            }
        }
        if self.is_loose {
            if round % 3 == 1 {
                self.copy_texts(round, &mut cells);
            }
            for turn in 0..self.sums.len() * 2 {
                self.mend(round + turn, &mut cells);
            }
        }
        Some(cells)
    }

    /// Gives one text field the text of another: for questions about equal fields.
    fn copy_texts(&self, round: usize, cells: &mut [Value]) {
        let is_text = |part: &&Part| matches!(part.examples.first(), Some(Value::Text(_)));
        let texts: Vec<FieldId> = self
            .parts
            .values()
            .filter(is_text)
            .map(|part| part.field)
            .collect();
        let from = texts.get(mixed(round, 1) % texts.len().max(1));
        let to = texts.get(mixed(round, 2) % texts.len().max(1));
        if let (Some(from), Some(to)) = (from, to)
            && let Some(value) = cells.get(from.index()).cloned()
            && let Some(cell) = cells.get_mut(to.index())
        {
            *cell = value;
        }
    }

    /// Changes one number so that a sum lies where it must.
    fn mend(&self, turn: usize, cells: &mut [Value]) {
        let Some((sum, _, stretch)) = self.sums.get(turn % self.sums.len().max(1)) else {
            return;
        };
        let number_at = |quantity: &Quantity| -> Option<(FieldId, i128)> {
            let (Quantity::Field(field) | Quantity::Moment(field)) = quantity else {
                return None;
            };
            let value = cells.get(field.index())?;
            let number = super::facts::number(value)?;
            let is_day = matches!((quantity, value), (Quantity::Moment(_), Value::Date(_)));
            let number = if is_day {
                self.first_ms(number)
            } else {
                number
            };
            Some((*field, i128::from(number)))
        };
        let numbers: Option<Vec<(FieldId, i128)>> = sum
            .0
            .iter()
            .map(|(_, quantity)| number_at(quantity))
            .collect();
        let Some(numbers) = numbers else {
            return;
        };
        let chosen = mixed(turn, 7) % sum.0.len().max(1);
        let others = sum.0.iter().zip(&numbers).enumerate();
        let others = others.filter(|(index, _)| *index != chosen);
        let rest = others.map(|(_, ((factor, _), (_, number)))| factor.saturating_mul(*number));
        let rest = rest.fold(0i128, i128::saturating_add);
        let (Some((factor, quantity)), Some((field, now))) =
            (sum.0.get(chosen), numbers.get(chosen))
        else {
            return;
        };
        let wanted = solved(stretch, *factor, rest, *now);
        self.set(quantity, *field, wanted, cells);
    }

    /// Sets the number of a field, kept within its class.
    fn set(&self, quantity: &Quantity, field: FieldId, wanted: i128, cells: &mut [Value]) {
        let Some(kind) = self.schema.field(field).map(|field| &field.kind) else {
            return;
        };
        let wanted = i64::try_from(wanted).unwrap_or(if wanted < 0 { i64::MIN } else { i64::MAX });
        let wanted = match (quantity, kind) {
            (Quantity::Moment(_), Type::Date(_)) => {
                i64::from(self.clock.zone.date_of(Instant(wanted)).0)
            }
            _ => wanted,
        };
        let hull = self.parts.get(&field).and_then(|part| part.hull);
        let wanted = hull.map_or(wanted, |(from, to)| wanted.clamp(from, to));
        if let Some(value) = value_of(kind, wanted)
            && let Some(cell) = cells.get_mut(field.index())
        {
            *cell = value;
        }
    }

    /// Ids whose samples are as wanted, a few.
    fn ids(&self, id_field: Option<FieldId>, cells: &[Value]) -> Vec<String> {
        let given = id_field.and_then(|field| match cells.get(field.index()) {
            Some(Value::Text(text)) => Some(text.to_string()),
            _ => None,
        });
        if self.samples.is_empty() {
            return vec![given.unwrap_or_else(|| "1".to_string())];
        }
        let is_wanted = |id: &String| {
            self.samples.iter().all(|(salt, from, to)| {
                let hash = u128::from(sample_hash(salt, id));
                (*from..*to).contains(&hash)
            })
        };
        let numbers = (1..MOST_IDS).map(|number| number.to_string());
        given
            .into_iter()
            .chain(numbers)
            .filter(is_wanted)
            .take(3)
            .collect()
    }
}

/// The number nearest to `now` with `factor · number + rest` in the stretch.
fn solved(stretch: &Stretch, factor: i128, rest: i128, now: i128) -> i128 {
    let (from, to) = stretch.whole_numbers();
    let least = from.map(|from| from.saturating_sub(rest));
    let most = to.map(|to| to.saturating_sub(rest));
    let total = factor.saturating_mul(now);
    let wanted = least.map_or(total, |least| total.max(least));
    let wanted = most.map_or(wanted, |most| wanted.min(most));
    if wanted == total || factor == 0 {
        return now;
    }
    // Rounded towards the inside of the stretch.
    let below = wanted.div_euclid(factor);
    let is_inside = |number: i128| {
        let total = factor.saturating_mul(number);
        least.is_none_or(|least| least <= total) && most.is_none_or(|most| total <= most)
    };
    [below, below.saturating_add(1), below.saturating_sub(1)]
        .into_iter()
        .find(|number| is_inside(*number))
        .unwrap_or(below)
}

/// A number that looks like chance and is the same on every run; 0 in the first round.
fn mixed(round: usize, index: usize) -> usize {
    if round == 0 {
        return 0;
    }
    let mut seed = (round as u64) << 32 | index as u64;
    seed = (seed ^ (seed >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    seed = (seed ^ (seed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    usize::try_from((seed ^ (seed >> 33)) & 0xffff_ffff).unwrap_or(0)
}
