//! `segrule classify`

use super::Exit;
use super::args::{DataArgs, RuleArgs, TimeArgs, load};
use super::host::{Failure, Host};
use super::output::{OutputArgs, finish};
use super::questions::{QuestionArgs, questions};
use segrule::data::Format;
use segrule::data::write::{BitmapFolder, BitmapPart, ClassWriter};
use segrule::say;
use segrule::workspace::{classify, classify_each, classify_stream};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    question: QuestionArgs,

    /// Writes one Roaring bitmap a segment over record numbers into a new folder
    #[arg(long, value_name = "DIR", conflicts_with_all = ["path", "to"])]
    bitmaps: Option<PathBuf>,

    /// Answers lines of JSON from standard input one by one, each at once
    #[arg(
        long,
        conflicts_with_all = ["data", "bitmaps", "path", "to", "force", "whom", "input_format",
            "separator", "column_names", "encoding", "max_rejects", "rejects", "threads"],
    )]
    stdin: bool,

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
    if args.stdin {
        return stream(args, host);
    }
    let input = args.data.input()?;
    let clock = args.time.clock(host)?;
    let mut workspace = load(&args.rules, &args.data, host, args.question.is_expression())?;
    let wanted = questions(&mut workspace, &args.question)?;
    args.time.warn_without_zone(&workspace, &wanted, host);
    let options = args.data.options(&clock, host)?;
    let names: Vec<String> = wanted.iter().map(|each| each.name.clone()).collect();
    let report = if let Some(path) = &args.bitmaps {
        let mut folder = BitmapFolder::create(path, &names)?;
        let report = classify_each(
            &workspace,
            &wanted,
            &input,
            &options,
            |chunk, answers| {
                let answers = answers.iter();
                BitmapPart::new(chunk, answers.map(|answer| &answer.members))
            },
            |part| {
                folder.add_part(part?);
                Ok(())
            },
        )?;
        folder.finish()?;
        report
    } else {
        let format = args.output.given_format()?.unwrap_or(Format::Ndjson);
        let target = args.output.open()?;
        let mut writer = ClassWriter::new(
            target,
            workspace.schema(),
            names,
            format,
            args.output.is_for_people(),
        )?;
        let report = classify(&workspace, &wanted, &input, &options, |chunk, answers| {
            let members: Vec<_> = answers.iter().map(|answer| &answer.members).collect();
            let quarantined: Vec<_> = answers.iter().map(|answer| &answer.quarantined).collect();
            writer.write(chunk, &members, &quarantined)
        })?;
        finish(writer.end()?)?;
        report
    };
    args.data.finish(&report, host)?;
    Ok(Exit::Clean)
}

/// Answers contacts while they arrive.
fn stream(args: &Args, host: &Host) -> Result<Exit, Failure> {
    let clock = args.time.clock(host)?;
    let mut workspace = load(&args.rules, &args.data, host, false)?;
    if workspace.schema().is_empty() {
        return Err(Failure::Message(say!(
            "the rules have no schema: --stdin needs one, because a stream cannot be looked at first",
            "规则里没有档案（schema）：--stdin 无法预先查看数据，必须先定义档案"
        )));
    }
    let wanted = questions(&mut workspace, &args.question)?;
    args.time.warn_without_zone(&workspace, &wanted, host);
    let mut failure = None;
    let reader = Box::new(std::io::stdin());
    let result = classify_stream(&workspace, &wanted, reader, &clock, |lines| {
        host.print(lines).map_err(|error| {
            failure = Some(error);
            say!("standard output is closed", "标准输出已关闭")
        })
    });
    if let Some(failure) = failure {
        return Err(failure);
    }
    args.data.finish(&result?, host)?;
    Ok(Exit::Clean)
}
