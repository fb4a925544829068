//! Turns chunks of contacts with their answers into the people a plan is about.
//!
//! Invariants: only people of the audience are kept, the quarantined among them by number alone; what
//! is kept of a person does not hang on the order of rows.

use super::key::{push_condition, push_rank, push_value};
use crate::check::sending::{Campaign, Exclusion, SortBy, SortKey, Template};
use crate::check::typed::{Condition, Quantity, RuleSet};
use crate::eval::columnar::Answers;
use crate::eval::rank;
use crate::name::FieldId;
use crate::schema::{Schema, Type};
use crate::table::{Bitmap, Chunk};
use crate::value::{Clock, LengthUnit, Value};
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};
use indexmap::{IndexMap, IndexSet};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a campaign asks of every contact: conditions, in a fixed order, and cells.
#[derive(Clone, Debug)]
pub struct Asked {
    conditions: Vec<Condition>,
    fields: Vec<FieldId>,
    kinds: Vec<Type>,
    lists: Vec<Option<Arc<Ids>>>,
    campaign: Campaign,
    body: Option<Template>,
    units: Vec<LengthUnit>,
    /// The field that says where a person is, and the level places are told at.
    place: Option<(FieldId, Arc<str>)>,
    clock: Clock,
    hierarchies: IndexMap<FieldId, Arc<crate::region::Hierarchy>>,
}

/// Ids that are left out.
type Ids = HashSet<Arc<str>, FixedState>;

/// Where the answers of each clause start.
struct Places {
    exclude: usize,
    prefer: usize,
    defer: usize,
    slow: usize,
    sort: usize,
}

impl Asked {
    /// What `campaign` asks. `units` are those that the platforms looked at count texts in.
    pub fn new(rules: &RuleSet, campaign: &Campaign, units: &[LengthUnit], clock: &Clock) -> Asked {
        let segment = |exclusion: &Exclusion| match exclusion {
            Exclusion::Segment(id) => rules.segment(*id).map(|found| found.condition.clone()),
            Exclusion::List(_) => None,
        };
        let mut conditions = vec![campaign.audience.clone()];
        conditions.extend(
            campaign
                .exclude
                .iter()
                .filter_map(|(_, each)| segment(each)),
        );
        conditions.extend(campaign.prefer.iter().cloned());
        conditions.extend(campaign.defer.iter().cloned());
        conditions.extend(campaign.slow.iter().map(|slow| slow.condition.clone()));
        conditions.extend(sort_keys(campaign).filter_map(|key| match &key.by {
            SortBy::Condition(condition) => Some(condition.clone()),
            SortBy::Field(_) | SortBy::Quantity(_) => None,
        }));
        let body = campaign.message.as_ref().and_then(|message| message.body());
        let place = place_field(&rules.schema, campaign);
        let mut fields = shown_fields(campaign);
        fields.extend(place.as_ref().map(|(field, _)| *field));
        let fields: Vec<FieldId> = fields.into_iter().collect();
        let kinds = fields.iter().map(|field| kind_of(&rules.schema, *field));
        let list = |exclusion: &Exclusion| match exclusion {
            Exclusion::List(name) => {
                let values = rules
                    .lists
                    .get(name)
                    .map(|list| list.values.iter().cloned());
                Some(Arc::new(values.into_iter().flatten().collect()))
            }
            Exclusion::Segment(_) => None,
        };
        Asked {
            conditions,
            kinds: kinds.collect(),
            lists: campaign
                .exclude
                .iter()
                .map(|(_, each)| list(each))
                .collect(),
            campaign: campaign.clone(),
            body: body.cloned(),
            units: units.to_vec(),
            place,
            clock: clock.clone(),
            hierarchies: hierarchies(&rules.schema, &fields),
            fields,
        }
    }

    /// The conditions to answer, in the order of the answers [`Asked::part`] takes.
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// The fields whose cells [`Asked::part`] reads, in the order of the chunk's columns.
    pub fn fields(&self) -> &[FieldId] {
        &self.fields
    }

    fn places(&self) -> Places {
        let segments = self.lists.iter().filter(|list| list.is_none()).count();
        let exclude = 1;
        let prefer = exclude + segments;
        let defer = prefer + self.campaign.prefer.len();
        let slow = defer + self.campaign.defer.len();
        Places {
            exclude,
            prefer,
            defer,
            slow,
            sort: slow + self.campaign.slow.len(),
        }
    }

    /// The people of a chunk whose columns are [`Asked::fields`].
    pub fn part(&self, chunk: &Chunk, answers: &[Answers]) -> ContactsPart {
        let mut part = ContactsPart::default();
        let Some(audience) = answers.first() else {
            return part;
        };
        part.members = audience.members.count();
        part.quarantined = audience.quarantined.count();
        let places = self.places();
        // An unreadable cell behind any other clause makes it unknowable: better nobody is sent what
        // they may have refused.
        let mut unclear = Bitmap::none(chunk.rows);
        for answer in answers.iter().skip(1) {
            unclear.or(&answer.quarantined);
        }
        for row in audience.members.rows() {
            if unclear.get(row) {
                part.unclear += 1;
                continue;
            }
            self.person(chunk, answers, &places, row, &mut part);
        }
        part
    }

    fn person(
        &self,
        chunk: &Chunk,
        answers: &[Answers],
        places: &Places,
        row: usize,
        part: &mut ContactsPart,
    ) {
        let id = chunk.ids.get(row);
        let holds = |place: usize| {
            answers
                .get(place)
                .is_some_and(|answer| answer.members.get(row))
        };
        let mut next_segment = places.exclude;
        let mut excluded = None;
        for (number, list) in self.lists.iter().enumerate() {
            let is_out = match list {
                Some(ids) => ids.contains(id),
                None => {
                    next_segment += 1;
                    holds(next_segment - 1)
                }
            };
            if is_out && excluded.is_none() {
                excluded = Some(u16::try_from(number).unwrap_or(u16::MAX));
            }
        }
        let mut person = Person {
            excluded,
            is_deferred: (places.defer..places.slow).any(holds),
            slow: self.slowest(places, &holds),
            ..Person::default()
        };
        if excluded.is_none() {
            self.order(chunk, places, row, &holds, part, &mut person);
            self.measure(chunk, row, part);
            person.zone = self.zone(chunk, row, part);
            person.place = self.place(chunk, row);
        }
        part.lengths
            .resize((part.people.len() + 1) * self.stride(), Length::default());
        part.ids.push(id);
        person.keys_end = part.keys.len() as u64;
        part.people.push(person);
    }

    /// Of the `slow` clauses that hold, the one that lets fewest through.
    fn slowest(&self, places: &Places, holds: &impl Fn(usize) -> bool) -> Option<u16> {
        let clauses = self.campaign.slow.iter().enumerate();
        let holding = clauses.filter(|(number, _)| holds(places.slow + number));
        let slowest = holding.min_by_key(|(number, slow)| (slow.share.threshold(), *number));
        slowest.and_then(|(number, _)| u16::try_from(number).ok())
    }

    /// Writes the keys of a person: in what order they are sent to, then who stays.
    fn order(
        &self,
        chunk: &Chunk,
        places: &Places,
        row: usize,
        holds: &impl Fn(usize) -> bool,
        part: &mut ContactsPart,
        person: &mut Person,
    ) {
        let start = part.keys.len();
        for place in places.prefer..places.defer {
            push_condition(&mut part.keys, holds(place), false);
        }
        let mut next_condition = places.sort;
        let mut push = |keys: &mut Vec<u8>, key: &SortKey| match &key.by {
            SortBy::Condition(_) => {
                push_condition(keys, holds(next_condition), key.is_descending);
                next_condition += 1;
            }
            SortBy::Field(field) => {
                push_value(keys, &self.cell(chunk, row, *field), key.is_descending);
            }
            SortBy::Quantity(quantity) => {
                let cell = |field: FieldId| self.cell(chunk, row, field);
                push_rank(keys, rank(quantity, &self.clock, &cell), key.is_descending);
            }
        };
        for key in &self.campaign.order {
            push(&mut part.keys, key);
        }
        person.order_bytes = (part.keys.len() - start) as u32;
        for key in self.campaign.keep.iter().flatten() {
            push(&mut part.keys, key);
        }
    }

    fn cell(&self, chunk: &Chunk, row: usize, field: FieldId) -> Value {
        let Some(column) = self.fields.iter().position(|known| *known == field) else {
            return Value::Missing;
        };
        match self.kinds.get(column) {
            Some(kind) => chunk.value(column, row, kind),
            None => Value::Missing,
        }
    }

    /// Lengths kept of every person: none when the message is the same for all.
    fn stride(&self) -> usize {
        let has_fields = self
            .body
            .as_ref()
            .is_some_and(|body| body.fields().next().is_some());
        if has_fields { self.units.len() } else { 0 }
    }

    /// The lengths of a message that is the same for all.
    fn fixed(&self) -> Vec<Length> {
        let text = self
            .body
            .as_ref()
            .map_or(String::new(), |body| body.fill(&mut |_, _| {}));
        self.units
            .iter()
            .map(|unit| Length::of(*unit, &text))
            .collect()
    }

    /// Adds how long the message is with this person's values.
    fn measure(&self, chunk: &Chunk, row: usize, part: &mut ContactsPart) {
        let Some(body) = self.body.as_ref().filter(|_| self.stride() > 0) else {
            return;
        };
        let mut is_blank = false;
        let text = body.fill(&mut |field, out| {
            let value = self.cell(chunk, row, field);
            is_blank |= matches!(value, Value::Missing | Value::Invalid);
            show(&value, self.hierarchies.get(&field), out);
        });
        part.blanks += u64::from(is_blank);
        let lengths = self.units.iter().map(|unit| Length::of(*unit, &text));
        part.lengths.extend(lengths);
    }

    /// The number of the person's zone among those seen; `None` when the cell names none.
    fn zone(&self, chunk: &Chunk, row: usize, part: &mut ContactsPart) -> Option<u32> {
        let field = self.campaign.window.as_ref()?.local?;
        match self.cell(chunk, row, field) {
            Value::Text(name) => u32::try_from(part.zones.insert_full(name).0).ok(),
            _ => None,
        }
    }

    /// The place of a person, at the level places are told at.
    fn place(&self, chunk: &Chunk, row: usize) -> Option<u32> {
        let (field, level) = self.place.as_ref()?;
        let Value::Region(code) = self.cell(chunk, row, *field) else {
            return None;
        };
        let hierarchy = self.hierarchies.get(field)?;
        let place = hierarchy.ancestor_at(crate::region::RegionCode(code), level);
        place.map(|place| place.0)
    }

    /// The name of a place that people of [`Contacts`] are in.
    pub fn place_name(&self, place: u32) -> &str {
        let hierarchy = self
            .place
            .as_ref()
            .and_then(|(field, _)| self.hierarchies.get(field));
        hierarchy.map_or("", |hierarchy| {
            hierarchy.name(crate::region::RegionCode(place))
        })
    }
}

/// The region field of `rotate`, else the schema's first, at its highest level.
fn place_field(schema: &Schema, campaign: &Campaign) -> Option<(FieldId, Arc<str>)> {
    if let Some(rotation) = &campaign.rotate {
        return Some((rotation.field, Arc::clone(&rotation.level)));
    }
    let mut fields = schema.iter();
    let first = fields.find(|(_, field)| matches!(field.kind, Type::Region { .. }));
    first.map(|(field, _)| (field, "1".into()))
}

fn sort_keys(campaign: &Campaign) -> impl Iterator<Item = &SortKey> {
    campaign.order.iter().chain(campaign.keep.iter().flatten())
}

/// Every field whose cells are looked at one by one.
fn shown_fields(campaign: &Campaign) -> BTreeSet<FieldId> {
    let mut fields = BTreeSet::new();
    for key in sort_keys(campaign) {
        match &key.by {
            SortBy::Field(field) => {
                fields.insert(*field);
            }
            SortBy::Quantity(quantity) => add_fields(quantity, &mut fields),
            SortBy::Condition(_) => {}
        }
    }
    let body = campaign.message.as_ref().and_then(|message| message.body());
    fields.extend(body.into_iter().flat_map(Template::fields));
    fields.extend(campaign.window.as_ref().and_then(|window| window.local));
    fields
}

fn add_fields(quantity: &Quantity, fields: &mut BTreeSet<FieldId>) {
    quantity.visit_fields(&mut |field| {
        fields.insert(field);
    });
}

fn kind_of(schema: &Schema, field: FieldId) -> Type {
    let found = schema.field(field).map(|field| field.kind.clone());
    found.unwrap_or(Type::Text { is_folded: false })
}

fn hierarchies(
    schema: &Schema,
    fields: &[FieldId],
) -> IndexMap<FieldId, Arc<crate::region::Hierarchy>> {
    let of = |field: &FieldId| match &schema.field(*field)?.kind {
        Type::Region { hierarchy, .. } => Some((*field, Arc::clone(hierarchy))),
        _ => None,
    };
    fields.iter().filter_map(of).collect()
}

/// Writes a value as a reader of the message sees it: places by name, lists with commas between.
fn show(value: &Value, hierarchy: Option<&Arc<crate::region::Hierarchy>>, out: &mut String) {
    match value {
        Value::Missing | Value::Invalid => {}
        Value::Region(code) => {
            let code = crate::region::RegionCode(*code);
            out.push_str(hierarchy.map_or("", |hierarchy| hierarchy.name(code)));
        }
        Value::List(elements) => {
            for (number, element) in elements.iter().enumerate() {
                if number > 0 {
                    out.push_str(", ");
                }
                show(element, hierarchy, out);
            }
        }
        Value::Text(text) => out.push_str(text),
        Value::Bool(_)
        | Value::Int(_)
        | Value::Decimal { .. }
        | Value::Float(_)
        | Value::Date(_)
        | Value::Instant(_)
        | Value::Version(_) => out.push_str(&value.to_string()),
    }
}

impl Length {
    fn of(unit: LengthUnit, text: &str) -> Length {
        let length = unit.measure(text);
        Length {
            units: u32::try_from(length.units).unwrap_or(u32::MAX),
            segments: u32::try_from(length.segments).unwrap_or(u32::MAX),
        }
    }
}

/// The length of one person's message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Length {
    pub(super) units: u32,
    pub(super) segments: u32,
}

/// What a plan keeps of one person.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Person {
    /// Bytes of the sending order at the start of the person's keys.
    pub(super) order_bytes: u32,
    /// Where the person's keys end among all keys.
    pub(super) keys_end: u64,
    pub(super) zone: Option<u32>,
    pub(super) place: Option<u32>,
    /// The first exclusion that takes the person.
    pub(super) excluded: Option<u16>,
    /// The `slow` clause that holds and lets fewest through.
    pub(super) slow: Option<u16>,
    pub(super) is_deferred: bool,
}

/// The people of one chunk.
#[derive(Debug, Default)]
pub struct ContactsPart {
    members: u64,
    quarantined: u64,
    unclear: u64,
    blanks: u64,
    ids: crate::table::TextColumn,
    people: Vec<Person>,
    lengths: Vec<Length>,
    keys: Vec<u8>,
    zones: IndexSet<Arc<str>>,
}

/// The audience of a campaign.
#[derive(Debug, Default)]
pub struct Contacts {
    /// Members of the audience.
    pub members: u64,
    /// Contacts kept out of the audience by an invalid cell.
    pub quarantined: u64,
    /// Members for whom an invalid cell hides the answer of another clause.
    pub unclear: u64,
    /// Members with nothing to show in some placeholder.
    pub blanks: u64,
    pub(super) people: Vec<Person>,
    pub(super) zones: IndexSet<Arc<str>>,
    ids: Vec<Arc<crate::table::TextColumn>>,
    /// First person of each piece of ids.
    firsts: Vec<u32>,
    keys: Vec<u8>,
    units: Vec<LengthUnit>,
    /// Lengths of a message that is the same for all, one a unit.
    fixed: Vec<Length>,
    /// Lengths of every person's message, one a unit.
    lengths: Vec<Length>,
    zone_numbers: HashMap<Arc<str>, u32, FixedState>,
}

impl Contacts {
    /// An audience of nobody yet.
    pub fn new(asked: &Asked) -> Contacts {
        Contacts {
            units: asked.units.clone(),
            fixed: asked.fixed(),
            ..Contacts::default()
        }
    }

    /// How long a person's message is in a unit that was asked for.
    pub(super) fn length(&self, person: u32, unit: LengthUnit) -> Length {
        let place = self.units.iter().position(|known| *known == unit);
        let own = place.and_then(|place| {
            let first = person as usize * self.units.len();
            self.lengths
                .get(first + place)
                .or_else(|| self.fixed.get(place))
        });
        own.copied().unwrap_or(Length {
            units: 0,
            segments: 1,
        })
    }

    /// The place of a person, as a code of the region field.
    pub fn place(&self, person: u32) -> Option<u32> {
        self.people.get(person as usize)?.place
    }

    /// Adds the people of a chunk.
    pub fn add(&mut self, part: ContactsPart) {
        self.members += part.members;
        self.quarantined += part.quarantined;
        self.unclear += part.unclear;
        self.blanks += part.blanks;
        let numbers: Vec<u32> = part
            .zones
            .iter()
            .map(|zone| self.zone_number(zone))
            .collect();
        let base = self.keys.len() as u64;
        self.firsts
            .push(u32::try_from(self.people.len()).unwrap_or(u32::MAX));
        self.people.extend(part.people.iter().map(|person| {
            Person {
                keys_end: base + person.keys_end,
                zone: person
                    .zone
                    .and_then(|zone| numbers.get(zone as usize).copied()),
                ..*person
            }
        }));
        self.lengths.extend_from_slice(&part.lengths);
        self.keys.extend_from_slice(&part.keys);
        self.ids.push(Arc::new(part.ids));
    }

    fn zone_number(&mut self, zone: &Arc<str>) -> u32 {
        let next = u32::try_from(self.zones.len()).unwrap_or(u32::MAX);
        let number = *self.zone_numbers.entry(Arc::clone(zone)).or_insert(next);
        self.zones.insert(Arc::clone(zone));
        number
    }

    /// The id of a person.
    pub fn id(&self, person: u32) -> &str {
        let piece = self
            .firsts
            .partition_point(|first| *first <= person)
            .saturating_sub(1);
        match (self.ids.get(piece), self.firsts.get(piece)) {
            (Some(ids), Some(first)) => ids.get((person - first) as usize),
            _ => "",
        }
    }

    fn keys_of(&self, person: u32) -> &[u8] {
        let before = person
            .checked_sub(1)
            .and_then(|before| self.people.get(before as usize));
        let start = before.map_or(0, |before| before.keys_end);
        let end = self
            .people
            .get(person as usize)
            .map_or(start, |person| person.keys_end);
        self.keys.get(start as usize..end as usize).unwrap_or(&[])
    }

    /// The bytes that people are sent to by.
    pub(super) fn order_key(&self, person: u32) -> &[u8] {
        let order = self
            .people
            .get(person as usize)
            .map_or(0, |person| person.order_bytes);
        self.keys_of(person).get(..order as usize).unwrap_or(&[])
    }

    /// The bytes that people stay by when not everybody fits.
    pub(super) fn keep_key(&self, person: u32) -> &[u8] {
        let order = self
            .people
            .get(person as usize)
            .map_or(0, |person| person.order_bytes);
        self.keys_of(person).get(order as usize..).unwrap_or(&[])
    }
}
