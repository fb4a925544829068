//! `segrule select`

use super::Exit;
use super::args::{DataArgs, RuleArgs, TimeArgs, load};
use super::host::{Failure, Host};
use super::output::{OutputArgs, finish};
use super::questions::{OneQuestionArgs, question};
use segrule::data::write::{ColumnSet, RowFormat, RowWriter};
use segrule::name::FieldId;
use segrule::say;
use segrule::schema::Schema;
use segrule::workspace::select;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    question: OneQuestionArgs,

    /// Fields to write beside the id, or `all`
    #[arg(long, value_name = "A,B,…|all", value_delimiter = ',')]
    columns: Vec<String>,

    #[command(flatten)]
    output: OutputArgs,

    #[command(flatten)]
    rules: RuleArgs,

    #[command(flatten)]
    data: DataArgs,

    #[command(flatten)]
    time: TimeArgs,
}

pub fn run(args: &Args, host: &Host) -> Result<Exit, Failure> {
    let input = args.data.input()?;
    let clock = args.time.clock(host)?;
    let mut workspace = load(&args.rules, &args.data, host, args.question.is_expression())?;
    let wanted = question(&mut workspace, &args.question)?;
    args.time
        .warn_without_zone(&workspace, std::slice::from_ref(&wanted), host);
    let fields = fields(workspace.schema(), &args.columns)?;
    let options = args.data.options(&clock, host)?;
    // The place is opened before any work, so that it is told at once when it cannot be written.
    let target = args.output.open()?;
    let format = RowFormat {
        format: args.output.format()?,
        is_for_people: args.output.is_for_people(),
        zone: clock.zone.clone(),
    };
    let columns = ColumnSet::new(workspace.schema(), &fields);
    let mut writer = RowWriter::new(target, columns, format)?;
    let report = select(
        &workspace,
        &wanted,
        &fields,
        &input,
        &options,
        |chunk, answers| writer.write(chunk, &answers.members),
    )?;
    finish(writer.end()?)?;
    args.data.finish(&report, host)?;
    Ok(Exit::Clean)
}

/// The fields asked for; the id is always written.
fn fields(schema: &Schema, names: &[String]) -> Result<Vec<FieldId>, Failure> {
    let is_id = |id: &FieldId| schema.id == segrule::schema::IdSource::Field(*id);
    let mut fields = Vec::new();
    for name in names {
        if name == "all" {
            fields.extend(schema.iter().map(|(id, _)| id).filter(|id| !is_id(id)));
            continue;
        }
        let found = schema.find(name).ok_or_else(|| {
            let known = schema.names().map(segrule::name::Name::as_str);
            let near = segrule::name::nearest(name, known, 3).join(", ");
            match near.as_str() {
                "" => say!("there is no field `{name}`", "没有字段 `{name}`"),
                near => say!(
                    "there is no field `{name}`: did you mean {near}?",
                    "没有字段 `{name}`：是不是 {near}？"
                ),
            }
        })?;
        if !is_id(&found) && !fields.contains(&found) {
            fields.push(found);
        }
    }
    Ok(fields)
}
