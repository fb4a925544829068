//! Which segments or expression a verb is asked about.

use super::host::Failure;
use segrule::say;
use segrule::workspace::{Wanted, Workspace};

#[derive(clap::Args)]
pub struct QuestionArgs {
    /// Segments by name [default: all of them]
    names: Vec<String>,

    /// An expression in place of named segments
    #[arg(
        long = "where",
        value_name = "EXPR",
        allow_hyphen_values = true,
        conflicts_with = "names"
    )]
    expression: Option<String>,
}

#[derive(clap::Args)]
pub struct OneQuestionArgs {
    /// The segment's name
    name: Option<String>,

    /// An expression in place of a named segment
    #[arg(
        long = "where",
        value_name = "EXPR",
        allow_hyphen_values = true,
        conflicts_with = "name"
    )]
    expression: Option<String>,
}

impl QuestionArgs {
    /// Whether an expression was given, so that rule files are optional.
    pub fn is_expression(&self) -> bool {
        self.expression.is_some()
    }
}

impl OneQuestionArgs {
    /// The name given.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Whether an expression was given, so that rule files are optional.
    pub fn is_expression(&self) -> bool {
        self.expression.is_some()
    }
}

/// The conditions asked about.
pub fn questions(workspace: &mut Workspace, args: &QuestionArgs) -> Result<Vec<Wanted>, Failure> {
    match &args.expression {
        Some(text) => Ok(vec![expression(workspace, text)?]),
        None => {
            let wanted = workspace.wanted(&args.names)?;
            if wanted.is_empty() {
                return Err(Failure::Message(say!(
                    "the rules define no segment: name one in a rule file, or give --where EXPR",
                    "规则里没有人群：请在规则文件中定义，或给出 --where 表达式"
                )));
            }
            Ok(wanted)
        }
    }
}

/// The one condition asked about.
pub fn question(workspace: &mut Workspace, args: &OneQuestionArgs) -> Result<Wanted, Failure> {
    if let Some(text) = &args.expression {
        return expression(workspace, text);
    }
    let name = args.name.as_ref().ok_or_else(|| {
        say!(
            "name a segment, or give --where EXPR",
            "请给出人群名称，或 --where 表达式"
        )
    })?;
    let found = workspace
        .wanted(std::slice::from_ref(name))?
        .into_iter()
        .next();
    found.ok_or_else(|| Failure::Message(say!("there is no segment `{name}`", "没有人群 `{name}`")))
}

fn expression(workspace: &mut Workspace, text: &str) -> Result<Wanted, Failure> {
    workspace
        .expression("--where", text)
        .map_err(|diagnostics| Failure::Rules(workspace.sources.clone(), diagnostics))
}
