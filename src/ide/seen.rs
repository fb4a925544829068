//! What a data file holds: values with how often each is seen.

use crate::name::Name;
use crate::report::verdict::shown_value;
use crate::schema::{Schema, Type};
use crate::value::Zone;
use crate::workspace::Profile;
use indexmap::IndexMap;

/// Most values of one field that are kept.
const MOST_VALUES: usize = 200;

/// The values seen in the data, by field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenValues {
    /// Per field the most frequent values first; elements for a list. Places are paths.
    pub fields: IndexMap<Name, Vec<SeenValue>>,
}

/// One value with how often it is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenValue {
    /// As a cell says it.
    pub text: String,
    /// In so many contacts.
    pub count: u64,
}

impl SeenValues {
    /// The values of a profile, as rules would write them. Ids and values of free numbers are left
    /// out: nobody chooses from them.
    pub fn of_profile(profile: &Profile, schema: &Schema, zone: &Zone) -> SeenValues {
        let mut seen = SeenValues::default();
        for (id, found) in &profile.fields {
            let Some(field) = schema.field(*id) else {
                continue;
            };
            let kind = match &field.kind {
                Type::List { element, .. } => element,
                kind => kind,
            };
            let values = found.values.iter().take(MOST_VALUES);
            let values = values.map(|(value, count)| SeenValue {
                text: shown_value(value, kind, zone),
                count: *count,
            });
            seen.fields.insert(field.name.clone(), values.collect());
        }
        seen
    }

    /// The values of a field, the most frequent first.
    pub fn of(&self, field: &Name) -> &[SeenValue] {
        self.fields.get(field).map_or(&[], Vec::as_slice)
    }
}
