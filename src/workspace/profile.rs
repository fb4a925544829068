//! Turns contact files into what the cells of each field look like.

use super::run::{RunOptions, scan_options};
use super::{Workspace, WorkspaceError};
use crate::data::{Input, LoadReport, NearType, Projection, near_type, scan};
use crate::name::FieldId;
use crate::schema::Schema;
use crate::table::{FieldProfile, FieldTally};
use indexmap::IndexMap;

/// What the cells of some fields look like.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// Contacts looked at.
    pub contacts: u64,
    /// By field, in the order asked for.
    pub fields: IndexMap<FieldId, FieldProfile>,
}

impl Profile {
    /// The types that fields could be declared as where their cells alone leave less to say.
    pub fn near_types(&self, schema: &Schema) -> IndexMap<FieldId, NearType> {
        let better = |(id, profile): (&FieldId, &FieldProfile)| {
            let near = near_type(&schema.field(*id)?.kind, profile)?;
            Some((*id, near))
        };
        self.fields.iter().filter_map(better).collect()
    }
}

/// Reads all contacts and counts what `fields` hold: missing and invalid cells, values, how numbers
/// and days are spread. Ids are only looked at for whether they are there.
///
/// # Errors
/// Contacts that cannot be read, or too many rejected records.
///
/// ```no_run
/// # fn demo(workspace: &segrule::workspace::Workspace, input: &segrule::data::Input,
/// #         options: &segrule::workspace::RunOptions) -> Option<()> {
/// let age = workspace.schema().find("age")?;
/// let (profile, _) = segrule::workspace::profile(workspace, &[age], input, options).ok()?;
/// let age = profile.fields.get(&age)?;
/// println!("{} of {} have no age", age.missing, age.contacts);
/// # None
/// # }
/// ```
pub fn profile(
    workspace: &Workspace,
    fields: &[FieldId],
    input: &Input,
    options: &RunOptions,
) -> Result<(Profile, LoadReport), WorkspaceError> {
    let schema = workspace.schema();
    let fields: Vec<FieldId> = fields
        .iter()
        .copied()
        .filter(|id| schema.field(*id).is_some())
        .collect();
    let fresh = || -> Vec<FieldTally> {
        let kinds = fields.iter().filter_map(|id| schema.field(*id));
        kinds
            .map(|field| FieldTally::new(&field.kind, &options.clock.zone))
            .collect()
    };
    let mut totals = fresh();
    let projection = Projection {
        fields: fields.clone(),
        ids: false,
        ..Projection::default()
    };
    let report = scan(
        input,
        schema,
        &projection,
        &scan_options(options),
        || (),
        |(), chunk| {
            let mut tallies = fresh();
            for (column, tally) in tallies.iter_mut().enumerate() {
                tally.add_chunk(chunk, column);
            }
            tallies
        },
        |tallies| {
            for (total, tally) in totals.iter_mut().zip(tallies) {
                total.add(tally);
            }
            Ok(())
        },
    )?;
    let profile = Profile {
        contacts: report.contacts,
        fields: fields
            .into_iter()
            .zip(totals.iter().map(FieldTally::profile))
            .collect(),
    };
    Ok((profile, report))
}
