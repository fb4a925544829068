//! Looks at people of a session: some of them, one of them, and how two conditions overlap.

use super::Session;
use crate::analyze::{Answer, Claim, Prover};
use crate::data::{schema_text, schema_text_with};
use crate::diag::Lang;
use crate::eval::row::Contact;
use crate::name::FieldId;
use crate::report::people::{People, Person, Relation, SetComparison};
use crate::report::verdict::{Explanation, shown_value};
use crate::schema::IdSource;
use crate::table::{Bitmap, FieldProfile, FieldTally};
use crate::value::{Value, normalise_text};
use crate::workspace::explain::{explanation, no_contact};
use crate::workspace::{Profile, Wanted, WorkspaceError};
use rayon::prelude::*;

impl Session {
    /// The first members of a condition, with the cells it reads.
    pub fn people(&mut self, wanted: &Wanted, most: usize) -> People {
        let root = self.root(wanted);
        let members = self.found(&root).members;
        let schema = &self.workspace.rules.schema;
        let shown = wanted.reads.iter();
        let shown = shown.filter(|field| schema.id != IdSource::Field(**field));
        let fields: Vec<FieldId> = shown.copied().collect();
        let mut people = Vec::new();
        for (place, rows) in members.iter().enumerate() {
            let room = most.saturating_sub(people.len());
            for row in rows.rows().take(room) {
                people.push(self.person(place, row, &fields));
            }
        }
        let names = fields.iter().filter_map(|field| schema.field(*field));
        People {
            fields: names.map(|field| field.name.to_string()).collect(),
            people,
        }
    }

    fn person(&self, place: usize, row: usize, fields: &[FieldId]) -> Person {
        let zone = &self.options.clock.zone;
        let schema = &self.workspace.rules.schema;
        let cell = |field: &FieldId| {
            let kind = &schema.field(*field)?.kind;
            match self.contacts.cell(place, row, *field, kind) {
                Value::Missing => None,
                value => Some(shown_value(&value, kind, zone)),
            }
        };
        Person {
            id: self.contacts.id(place, row).to_string(),
            cells: fields.iter().map(cell).collect(),
        }
    }

    /// Why the contact with an id is in or out of a condition.
    ///
    /// # Errors
    /// There is no such contact.
    pub fn explain(&self, wanted: &Wanted, id: &str) -> Result<Explanation, WorkspaceError> {
        let id = normalise_text(id);
        let (place, row) = self.contacts.find(&id).ok_or_else(|| no_contact(&id))?;
        let schema = &self.workspace.rules.schema;
        let cells: Vec<Value> = schema
            .iter()
            .map(|(field, declared)| match wanted.reads.contains(&field) {
                true => self.contacts.cell(place, row, field, &declared.kind),
                false => Value::Missing,
            })
            .collect();
        let contact = Contact {
            id: &id,
            cells: &cells,
        };
        let clock = &self.options.clock;
        Ok(explanation(&self.workspace, wanted, contact, clock))
    }

    /// What the cells of a field look like.
    pub fn profile(&mut self, field: FieldId) -> Option<&FieldProfile> {
        if !self.profiles.fields.contains_key(&field) {
            let kind = &self.workspace.rules.schema.field(field)?.kind;
            let column = self.contacts.column(field)?;
            let start = || FieldTally::new(kind, &self.options.clock.zone);
            let tally = self
                .contacts
                .chunks
                .par_iter()
                .fold(start, |mut tally, chunk| {
                    tally.add_chunk(chunk, column);
                    tally
                });
            let tally = tally.reduce(start, |mut tally, other| {
                tally.add(other);
                tally
            });
            self.profiles.fields.insert(field, tally.profile());
        }
        self.profiles.fields.get(&field)
    }

    /// The schema as rule text; beside inferred types stand those that people may want instead.
    pub fn schema_text(&mut self, lang: Lang) -> String {
        let schema = self.workspace.schema().clone();
        if self.workspace.inferred.is_none() {
            return schema_text(&schema);
        }
        for (id, _) in schema.iter() {
            self.profile(id);
        }
        let near = self.profiles.near_types(&schema);
        schema_text_with(&schema, lang, |id| near.get(&id))
    }

    /// What the cells of the fields look like that were asked for so far.
    pub fn profiles(&self) -> &Profile {
        &self.profiles
    }

    /// How the members of two conditions overlap, in the data and over all contacts the schema allows.
    pub fn compare(&mut self, left: &Wanted, right: &Wanted) -> SetComparison {
        let (one, other) = (self.root(left), self.root(right));
        let (one, other) = (self.found(&one).members, self.found(&other).members);
        let count = |rows: &dyn Fn(&mut Bitmap, &Bitmap)| -> u64 {
            let pairs = one.iter().zip(&other);
            let counts = pairs.map(|(one, other)| {
                let mut both = one.clone();
                rows(&mut both, other);
                both.count()
            });
            counts.sum()
        };
        let both = count(&|one, other| one.and(other));
        let only_left = count(&|one, other| one.and_not(other));
        let all_right: u64 = other.iter().map(Bitmap::count).sum();
        SetComparison {
            left: left.name.clone(),
            right: right.name.clone(),
            contacts: self.report.contacts,
            both,
            only_left,
            only_right: all_right - both,
            relation: self.relation(left, right),
        }
    }

    fn relation(&self, left: &Wanted, right: &Wanted) -> Relation {
        let mut prover = Prover::new(&self.workspace.rules, self.options.clock.clone());
        let (left, right) = (&left.condition, &right.condition);
        let mut holds = |claim| match prover.prove(claim) {
            Answer::Holds => Some(true),
            Answer::Fails(_) => Some(false),
            Answer::Undecided(_) => None,
        };
        let inside = holds(Claim::Implies(left, right));
        let outside = holds(Claim::Implies(right, left));
        match (inside, outside) {
            (Some(true), Some(true)) => Relation::Equal,
            (Some(true), Some(false)) => Relation::Narrower,
            (Some(false), Some(true)) => Relation::Wider,
            (Some(false), Some(false)) => match holds(Claim::Disjoint(left, right)) {
                Some(true) => Relation::Disjoint,
                Some(false) => Relation::Overlapping,
                None => Relation::Undecided,
            },
            (None, _) | (_, None) => Relation::Undecided,
        }
    }
}
