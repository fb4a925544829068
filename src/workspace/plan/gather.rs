//! Reads the contacts a campaign is about, what was sent before, and the hashes a plan is bound to.

use crate::campaign::{Asked, Contacts, Ledger, LedgerEntry};
use crate::check::sending::{Campaign, Exclusion};
use crate::data::{Input, LoadReport, Projection, scan};
use crate::eval::columnar::Worker;
use crate::name::{FieldId, Name};
use crate::report::plan::{FileHash, Provenance};
use crate::say;
use crate::schema::{Field, IdSource, Schema, Type};
use crate::table::Chunk;
use crate::value::{Instant, LengthUnit, TimeFormat, Value, normalise_text};
use crate::workspace::run::{Compiled, RunOptions, Wanted, scan_options};
use crate::workspace::{Workspace, WorkspaceError};
use sha2::{Digest, Sha256};
use std::path::Path;

/// Everything a plan is made from.
#[derive(Debug)]
pub struct Gathered {
    /// The audience.
    pub contacts: Contacts,
    /// What was asked of it.
    pub asked: Asked,
    /// What was sent before, when a ledger was given.
    pub ledger: Option<Ledger>,
    /// What was odd about the contacts.
    pub report: LoadReport,
    /// The hashes of all inputs.
    pub provenance: Provenance,
}

/// Reads contacts and ledger for a campaign. With `is_comparing` texts are measured in the units of
/// every platform.
///
/// # Errors
/// Files that cannot be read, too many rejected records, a ledger without ids or times.
pub fn gather(
    workspace: &Workspace,
    campaign: &Campaign,
    input: &Input,
    ledger: Option<&Input>,
    is_comparing: bool,
    options: &RunOptions,
) -> Result<Gathered, WorkspaceError> {
    let provenance = provenance(workspace, input, ledger)?;
    let ledger = ledger
        .map(|ledger| read_ledger(ledger, options))
        .transpose()?;
    let units = units(workspace, campaign, is_comparing);
    let asked = Asked::new(&workspace.rules, campaign, &units, &options.clock);
    let rules = &workspace.rules;
    let wanted = wanted(workspace, campaign, &asked);
    let compiled = Compiled::new(rules, &options.clock, &wanted);
    let (projection, places) = compiled.projection_with(asked.fields());
    let mut contacts = Contacts::new(&asked);
    let report = scan(
        input,
        &rules.schema,
        &projection,
        &scan_options(options),
        || (Worker::new(&compiled.program), Vec::new()),
        |(worker, answers), chunk| {
            worker.answer_into(chunk, answers);
            asked.part(&chunk.pick(&places), answers)
        },
        |part| {
            contacts.add(part);
            Ok(())
        },
    )?;
    Ok(Gathered {
        contacts,
        asked,
        ledger,
        report,
        provenance,
    })
}

/// What platforms count this campaign's text in.
fn units(workspace: &Workspace, campaign: &Campaign, is_comparing: bool) -> Vec<LengthUnit> {
    let Some(message) = &campaign.message else {
        return Vec::new();
    };
    let own = campaign
        .platform
        .figures(campaign.tier.as_ref())
        .length_unit(message);
    let mut units: Vec<LengthUnit> = own.into_iter().collect();
    if is_comparing {
        let all = workspace.rules.platforms.iter();
        units.extend(all.filter_map(|platform| platform.figures(None).length_unit(message)));
    }
    units.sort_unstable();
    units.dedup();
    units
}

/// The conditions with the fields that quarantine people from them.
fn wanted(workspace: &Workspace, campaign: &Campaign, asked: &Asked) -> Vec<Wanted> {
    let rules = &workspace.rules;
    let segments = campaign
        .exclude
        .iter()
        .filter_map(|(_, exclusion)| match exclusion {
            Exclusion::Segment(id) => Wanted::segment(rules, *id),
            Exclusion::List(_) => None,
        });
    let segments: Vec<Wanted> = segments.collect();
    let conditions = asked.conditions().iter().enumerate();
    let wanted = conditions.map(|(place, condition)| {
        let segment = place.checked_sub(1).and_then(|place| segments.get(place));
        match segment {
            Some(segment) => segment.clone(),
            None => Wanted::new(rules, "", condition.clone()),
        }
    });
    wanted.collect()
}

/// The columns of a ledger.
const LEDGER_FIELDS: [&str; 5] = ["id", "at", "platform", "campaign", "send"];

/// A ledger is read as contacts are: any format, a column each for who and when, and where it is
/// known for the platform, the campaign and its send.
fn read_ledger(input: &Input, options: &RunOptions) -> Result<Ledger, WorkspaceError> {
    let schema = ledger_schema()?;
    let projection = Projection {
        fields: schema.iter().map(|(id, _)| id).collect(),
        ids: false,
        ..Projection::default()
    };
    let mut ledger = Ledger::new();
    let mut broken = 0u64;
    let report = scan(
        input,
        &schema,
        &projection,
        &scan_options(options),
        || (),
        |(), chunk| entries(chunk, &schema),
        |(found, wrong)| {
            found.into_iter().for_each(|entry| ledger.add(entry));
            broken += wrong;
            Ok(())
        },
    )?;
    let missing: Vec<&str> = report.absent.iter().map(Name::as_str).collect();
    if let Some(column) = ["id", "at"].iter().find(|column| missing.contains(*column)) {
        return Err(WorkspaceError::new(say!(
            "the ledger has no column `{column}`: it needs `id` and `at`, and may have `platform`, `campaign` and `send`",
            "发送台账没有 `{column}` 列：必须有 `id` 和 `at`，还可以有 `platform`、`campaign`、`send`"
        )));
    }
    if broken > 0 || report.rejected > 0 {
        let lines = broken + report.rejected;
        return Err(WorkspaceError::new(say!(
            "{lines} lines of the ledger have no readable id or time: mend them, a message that is not counted may be sent twice",
            "发送台账有 {lines} 行的编号或时间无法读取：请先修正，漏计的消息可能会重复发送"
        )));
    }
    Ok(ledger)
}

fn ledger_schema() -> Result<Schema, WorkspaceError> {
    let mut schema = Schema::new(None);
    for name in LEDGER_FIELDS {
        let field = Field {
            name: Name::new(name),
            aka: Vec::new(),
            kind: match name {
                "at" => Type::Datetime(TimeFormat::Iso),
                _ => Type::Text { is_folded: false },
            },
            is_optional: true,
            missing_when: Vec::new(),
            doc: None,
            span: None,
        };
        let added = schema.add(field);
        added.map_err(|name| WorkspaceError::new(say!("`{name}` twice", "`{name}` 重复")))?;
    }
    schema.id = IdSource::Row;
    Ok(schema)
}

/// The entries of a chunk, and how many lines could not be read.
fn entries(chunk: &Chunk, schema: &Schema) -> (Vec<LedgerEntry>, u64) {
    let mut found = Vec::with_capacity(chunk.rows);
    let mut broken = 0;
    let cell = |name: usize, row: usize| {
        let field = schema.field(FieldId(name as u32));
        field.map_or(Value::Missing, |field| chunk.value(name, row, &field.kind))
    };
    let text = |name: usize, row: usize| match cell(name, row) {
        Value::Text(text) => Some(text),
        _ => None,
    };
    for row in 0..chunk.rows {
        let at: Option<Instant> = match cell(1, row) {
            Value::Instant(at) => Some(at),
            _ => None,
        };
        match (text(0, row), at) {
            (Some(id), Some(at)) => found.push(LedgerEntry {
                id: normalise_text(&id).as_ref().into(),
                at,
                platform: text(2, row),
                campaign: text(3, row),
                send: text(4, row),
            }),
            _ => broken += 1,
        }
    }
    (found, broken)
}

/// The hashes of rules, contacts and ledger.
fn provenance(
    workspace: &Workspace,
    input: &Input,
    ledger: Option<&Input>,
) -> Result<Provenance, WorkspaceError> {
    let mut rules = Sha256::new();
    for (_, source) in workspace.sources.iter() {
        let text = source.text().as_bytes();
        rules.update((text.len() as u64).to_be_bytes());
        rules.update(text);
    }
    // Lists from files are part of the rules.
    for list in workspace.rules.lists.values() {
        if let Some((_, hash)) = &list.file {
            rules.update(hash);
        }
    }
    let files = |input: &Input| -> Result<Vec<FileHash>, WorkspaceError> {
        input.paths.iter().map(|path| file_hash(path)).collect()
    };
    Ok(Provenance {
        rules_sha256: hex(&rules.finalize()),
        set: workspace
            .params
            .iter()
            .map(|(name, value)| (name.to_string(), value.clone()))
            .collect(),
        data: files(input)?,
        ledger: ledger.map(files).transpose()?.unwrap_or_default(),
    })
}

/// The hash of a file's bytes; standard input and pipes can be read only once and have none.
fn file_hash(path: &Path) -> Result<FileHash, WorkspaceError> {
    let name = path.file_name().map_or(path.as_os_str(), |name| name);
    let name = name.to_string_lossy().into_owned();
    let is_regular = std::fs::metadata(path).is_ok_and(|found| found.is_file());
    if path == Path::new("-") || !is_regular {
        return Ok(FileHash { name, sha256: None });
    }
    let failed = |error: std::io::Error| WorkspaceError::io(path, &error);
    let mut file = std::fs::File::open(path).map_err(failed)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match std::io::Read::read(&mut file, &mut buffer) {
            Ok(0) => break,
            Ok(count) => hash.update(buffer.get(..count).unwrap_or(&[])),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
    Ok(FileHash {
        name,
        sha256: Some(hex(&hash.finalize())),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
