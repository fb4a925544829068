//! Finds the members of a condition who are in only because a value is missing, and which value.

use super::run::{RunOptions, Wanted, scan_options};
use super::{Workspace, WorkspaceError};
use crate::dag::{Dag, Root};
use crate::data::{Input, LoadReport, Projection, scan};
use crate::eval::columnar::{Answers, Program, Worker};
use crate::name::FieldId;
use crate::report::missing::{MissingContact, MissingField, MissingMembers};
use crate::schema::Schema;
use crate::table::{Bitmap, Chunk};
use crate::value::{Value, Zone};

/// Lists who is in a condition only because a value is missing; at most `limit` people by id.
///
/// # Errors
/// Contacts that cannot be read, or too many rejected records.
pub fn missing(
    workspace: &Workspace,
    wanted: &Wanted,
    limit: usize,
    input: &Input,
    options: &RunOptions,
) -> Result<(MissingMembers, LoadReport), WorkspaceError> {
    let schema = &workspace.rules.schema;
    let fields: Vec<FieldId> = wanted.reads.iter().copied().collect();
    let program = program(workspace, wanted, &fields, options);
    let projection = Projection {
        fields: program.projection().to_vec(),
        ids: true,
        ..Projection::default()
    };
    let mut found = Leaning::new(fields.len());
    let report = scan(
        input,
        schema,
        &projection,
        &scan_options(options),
        || (Worker::new(&program), Vec::new()),
        |(worker, answers), chunk| {
            worker.answer_into(chunk, answers);
            Leaning::of(answers, chunk, &fields, schema, limit)
        },
        |part| {
            found.add(part, limit);
            Ok(())
        },
    )?;
    let name_of = |field: &FieldId| schema.field(*field).map(|field| field.name.to_string());
    let by_field = fields.iter().zip(&found.by_field);
    let mut by_field: Vec<MissingField> = by_field
        .filter(|(_, contacts)| **contacts > 0)
        .filter_map(|(field, contacts)| {
            Some(MissingField {
                field: name_of(field)?,
                contacts: *contacts,
            })
        })
        .collect();
    by_field.sort_by_key(|field| std::cmp::Reverse(field.contacts));
    let contacts = found.people.into_iter().map(|person| MissingContact {
        fields: person.fields.iter().filter_map(name_of).collect(),
        id: person.id,
        together: person.is_together,
    });
    let contacts: Vec<MissingContact> = contacts.collect();
    let members = MissingMembers {
        version: 1,
        now: Zone::utc().rfc3339(options.clock.now),
        zone: options.clock.zone.name().to_string(),
        name: wanted.name.clone(),
        members: found.members,
        missing_included: found.all,
        together: found.together,
        fields: by_field,
        more: found.all - contacts.len() as u64,
        contacts,
    };
    Ok((members, report))
}

/// The condition, then the condition once a field, certain when that field's missing values alone
/// count as unknown.
fn program(
    workspace: &Workspace,
    wanted: &Wanted,
    fields: &[FieldId],
    options: &RunOptions,
) -> Program {
    let rules = &workspace.rules;
    let mut dag = Dag::new(options.clock.clone());
    let segments = dag.add_segments(rules);
    let whole = dag.add(rules, &segments, &wanted.condition, &wanted.reads);
    let mut roots = vec![whole.clone()];
    for field in fields {
        roots.push(Root {
            certain: dag.certain_about(whole.node, *field),
            ..whole.clone()
        });
    }
    Program::new(&dag, &rules.schema, &roots)
}

/// People who are in only because a value is missing.
struct Leaning {
    members: u64,
    all: u64,
    together: u64,
    by_field: Vec<u64>,
    people: Vec<Person>,
}

struct Person {
    id: String,
    fields: Vec<FieldId>,
    is_together: bool,
}

impl Leaning {
    fn new(fields: usize) -> Leaning {
        Leaning {
            members: 0,
            all: 0,
            together: 0,
            by_field: vec![0; fields],
            people: Vec::new(),
        }
    }

    fn add(&mut self, part: Leaning, limit: usize) {
        self.members += part.members;
        self.all += part.all;
        self.together += part.together;
        for (total, contacts) in self.by_field.iter_mut().zip(part.by_field) {
            *total += contacts;
        }
        let room = limit.saturating_sub(self.people.len());
        self.people.extend(part.people.into_iter().take(room));
    }

    /// Those of one chunk; the first answer is that of the condition, the others those of the fields.
    fn of(
        answers: &[Answers],
        chunk: &Chunk,
        fields: &[FieldId],
        schema: &Schema,
        limit: usize,
    ) -> Leaning {
        let mut found = Leaning::new(fields.len());
        let Some((whole, by_field)) = answers.split_first() else {
            return found;
        };
        let all = leaning(whole);
        let by_field: Vec<Bitmap> = by_field.iter().map(leaning).collect();
        let mut together = all.clone();
        for (total, rows) in found.by_field.iter_mut().zip(&by_field) {
            *total = rows.count();
            together.and_not(rows);
        }
        found.members = whole.members.count();
        found.all = all.count();
        found.together = together.count();
        found.people = all
            .rows()
            .take(limit)
            .map(|row| {
                let is_together = together.get(row);
                let carries = |(column, field): &(usize, &FieldId)| match is_together {
                    true => is_missing(chunk, *column, row, **field, schema),
                    false => by_field.get(*column).is_some_and(|rows| rows.get(row)),
                };
                let carrying = fields.iter().enumerate().filter(carries);
                Person {
                    id: chunk.ids.get(row).to_string(),
                    fields: carrying.map(|(_, field)| *field).collect(),
                    is_together,
                }
            })
            .collect();
        found
    }
}

fn leaning(answer: &Answers) -> Bitmap {
    let mut rows = answer.members.clone();
    rows.and_not(answer.certain());
    rows
}

fn is_missing(chunk: &Chunk, column: usize, row: usize, field: FieldId, schema: &Schema) -> bool {
    let kind = schema.field(field).map(|field| &field.kind);
    kind.is_some_and(|kind| chunk.value(column, row, kind) == Value::Missing)
}
