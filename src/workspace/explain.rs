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
use crate::value::{Value, Zone, normalise_text};

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
    let cells = find_contact(workspace, wanted, &id, input, options)?.ok_or_else(|| {
        WorkspaceError::new(say!(
            "there is no contact `{id}` in the data",
            "数据里没有联系人 `{id}`"
        ))
    })?;
    let rules = &workspace.rules;
    let contact = Contact {
        id: &id,
        cells: &cells,
    };
    let around = Surroundings {
        rules,
        sources: &workspace.sources,
        zone: &options.clock.zone,
    };
    let invalid_fields = wanted
        .reads
        .iter()
        .filter(|field| contact.cell(**field) == Value::Invalid)
        .filter_map(|field| Some(rules.schema.field(*field)?.name.to_string()))
        .collect();
    let mut explanation = Explanation {
        version: 1,
        now: Zone::utc().rfc3339(options.clock.now),
        zone: options.clock.zone.name().to_string(),
        name: wanted.name.clone(),
        contact: id.to_string(),
        answer: "quarantined",
        missing_included: false,
        invalid_fields,
        condition: None,
        nearest: NearestChange::new(
            &nearest(
                rules,
                &options.clock,
                &wanted.condition,
                &wanted.reads,
                contact,
            ),
            &rules.schema,
            &options.clock.zone,
            contact,
        ),
    };
    if !is_quarantined(&wanted.reads, &contact) {
        let mut evaluator = RowEvaluator::new(rules, &options.clock, contact);
        let verdict = evaluator.explained(&wanted.condition);
        explanation.answer = if verdict.is_in { "in" } else { "out" };
        explanation.missing_included = verdict.is_in && verdict.kleene != Some(true);
        explanation.condition = Some(Clause::new(&verdict, around));
    }
    Ok(explanation)
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
