//! `segrule explain`

use super::Exit;
use super::args::{DataArgs, ResultFormat, RuleArgs, TimeArgs, load};
use super::host::{Failure, Host};
use super::questions::{OneQuestionArgs, question};
use segrule::diag::{Code, Lang};
use segrule::say;
use segrule::workspace::{explain, missing};

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    question: OneQuestionArgs,

    /// The contact to explain a segment for
    #[arg(long, value_name = "ID")]
    contact: Option<String>,

    /// Lists who is in only because a value is missing, and which value
    #[arg(long, conflicts_with = "contact")]
    missing: bool,

    /// People that --missing lists by id
    #[arg(long, value_name = "N", default_value_t = 20, requires = "missing")]
    limit: usize,

    #[command(flatten)]
    rules: RuleArgs,

    #[command(flatten)]
    data: DataArgs,

    #[command(flatten)]
    time: TimeArgs,

    /// How the explanation is written
    #[arg(long, value_enum, default_value_t = ResultFormat::Text)]
    format: ResultFormat,
}

pub fn run(args: &Args, host: &Host) -> Result<Exit, Failure> {
    if args.contact.is_none() && !args.missing {
        return code(args, host);
    }
    let input = args.data.input()?;
    let clock = args.time.clock(host)?;
    let mut workspace = load(&args.rules, &args.data, host, args.question.is_expression())?;
    let wanted = question(&mut workspace, &args.question)?;
    args.time
        .warn_without_zone(&workspace, std::slice::from_ref(&wanted), host);
    let options = args.data.options(&clock, host)?;
    let text = match &args.contact {
        Some(contact) => {
            let found = explain(&workspace, &wanted, contact, &input, &options)?;
            match args.format {
                ResultFormat::Text => found.to_text(host.lang),
                ResultFormat::Json => found.to_json(),
            }
        }
        None => {
            let (found, report) = missing(&workspace, &wanted, args.limit, &input, &options)?;
            args.data.finish(&report, host)?;
            match args.format {
                ResultFormat::Text => found.to_text(host.lang),
                ResultFormat::Json => found.to_json(),
            }
        }
    };
    host.print(&text)?;
    Ok(Exit::Clean)
}

/// Prints the page of a diagnostic code.
fn code(args: &Args, host: &Host) -> Result<Exit, Failure> {
    let Some(name) = args.question.name() else {
        return Err(Failure::Message(say!(
            "give a diagnostic code, or a segment and --contact ID",
            "请给出诊断代码，或人群名称加 --contact 编号"
        )));
    };
    let code = Code::named(name).ok_or_else(|| {
        let codes = Code::ALL.iter().map(|code| code.name());
        let near = segrule::name::nearest(name, codes, 3).join(", ");
        if near.is_empty() {
            say!(
                "`{name}` is no diagnostic code; for a segment add --contact ID",
                "`{name}` 不是诊断代码；要解释人群请加 --contact 编号"
            )
        } else {
            say!(
                "`{name}` is no diagnostic code: did you mean {near}?",
                "`{name}` 不是诊断代码：是不是 {near}？"
            )
        }
    })?;
    let (english, chinese) = code
        .page()
        .split_once("\n---\n")
        .unwrap_or((code.page(), ""));
    let page = match host.lang {
        Lang::Zh if !chinese.trim().is_empty() => format!("# {name}\n{chinese}"),
        Lang::Zh | Lang::En => english.to_string(),
    };
    host.print(&for_terminals(&page))?;
    Ok(Exit::Clean)
}

/// A page without the fences around its examples, which are indented instead.
fn for_terminals(page: &str) -> String {
    let mut text = String::new();
    let mut is_example = false;
    for line in page.trim().lines() {
        if line.starts_with("```") {
            is_example = !is_example;
        } else {
            let indent = if is_example { "    " } else { "" };
            text.push_str(format!("{indent}{line}").trim_end());
            text.push('\n');
        }
    }
    text
}
