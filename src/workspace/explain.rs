//! Finds one contact and says why it is in or out.

use super::run::{RunOptions, Wanted, scan_options};
use super::{Workspace, WorkspaceError};
use crate::analyze::nearest;
use crate::data::{Input, Projection, scan};
use crate::eval::row::{Contact, RowEvaluator, is_quarantined};
use crate::name::FieldId;
use crate::report::nearest::NearestChange;
use crate::report::verdict::{Clause, Explanation, Surroundings};
use crate::say;
use crate::value::{Clock, Value, Zone, normalise_text};

/// Why the contact with an id is in or out of a condition.
///
/// # Errors
/// There is no such contact, or the contacts cannot be read.
pub fn explain(
    workspace: &Workspace,
    wanted: &Wanted,
    id: &str,
    input: &Input,
    options: &RunOptions,
) -> Result<Explanation, WorkspaceError> {
    let id = normalise_text(id);
    let cells = find_contact(workspace, wanted, &id, input, options)?;
    let cells = cells.ok_or_else(|| no_contact(&id))?;
    let contact = Contact {
        id: &id,
        cells: &cells,
    };
    Ok(explanation(workspace, wanted, contact, &options.clock))
}

/// Nobody has this id.
pub(super) fn no_contact(id: &str) -> WorkspaceError {
    WorkspaceError::new(say!(
        "there is no contact `{id}` in the data",
        "数据里没有联系人 `{id}`"
    ))
}

/// Why a contact is in or out of a condition.
pub(super) fn explanation(
    workspace: &Workspace,
    wanted: &Wanted,
    contact: Contact,
    clock: &Clock,
) -> Explanation {
    let rules = &workspace.rules;
    let around = Surroundings {
        rules,
        sources: &workspace.sources,
        zone: &clock.zone,
    };
    let invalid_fields = wanted
        .reads
        .iter()
        .filter(|field| contact.cell(**field) == Value::Invalid)
        .filter_map(|field| Some(rules.schema.field(*field)?.name.to_string()))
        .collect();
    let (condition, reads) = (&wanted.condition, &wanted.reads);
    let nearest = nearest(rules, clock, condition, reads, contact);
    let mut explanation = Explanation {
        version: 1,
        now: Zone::utc().rfc3339(clock.now),
        zone: clock.zone.name().to_string(),
        name: wanted.name.clone(),
        contact: contact.id.to_string(),
        answer: "quarantined",
        missing_included: false,
        invalid_fields,
        condition: None,
        nearest: NearestChange::new(&nearest, &rules.schema, &clock.zone, contact),
    };
    if !is_quarantined(reads, &contact) {
        let mut evaluator = RowEvaluator::new(rules, clock, contact);
        let verdict = evaluator.explained(condition);
        explanation.answer = if verdict.is_in { "in" } else { "out" };
        explanation.missing_included = verdict.is_in && verdict.kleene != Some(true);
        explanation.condition = Some(Clause::new(&verdict, around));
    }
    explanation
}

/// The cells of a contact, by field; fields that the condition does not read stay missing.
fn find_contact(
    workspace: &Workspace,
    wanted: &Wanted,
    id: &str,
    input: &Input,
    options: &RunOptions,
) -> Result<Option<Vec<Value>>, WorkspaceError> {
    let schema = &workspace.rules.schema;
    let fields: Vec<FieldId> = wanted.reads.iter().copied().collect();
    let projection = Projection {
        fields: fields.clone(),
        ids: true,
        ..Projection::default()
    };
    let mut found = None;
    scan(
        input,
        schema,
        &projection,
        &scan_options(options),
        || (),
        |(), chunk| {
            let is_it = |row: &usize| chunk.ids.get(*row) == id && !chunk.duplicates.get(*row);
            let row = (0..chunk.rows).find(is_it)?;
            let mut cells = vec![Value::Missing; schema.len()];
            for (column, field) in fields.iter().enumerate() {
                if let (Some(place), Some(declared)) =
                    (cells.get_mut(field.index()), schema.field(*field))
                {
                    *place = chunk.value(column, row, &declared.kind);
                }
            }
            Some(cells)
        },
        |cells| {
            found = found.take().or(cells);
            Ok(())
        },
    )?;
    Ok(found)
}
