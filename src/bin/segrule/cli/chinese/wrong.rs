//! What is wrong with arguments, in Chinese.

use super::super::args::Told;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use segrule::diag::Lang;
use std::error::Error;
use std::fmt::Write;

/// The message for arguments that do not fit; none when the parser only prints help.
pub fn message(error: &clap::Error) -> Option<String> {
    let wrong = wrong(error)?;
    let mut out = format!("错误：{wrong}\n");
    let near = [
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedValue,
    ];
    for text in near.into_iter().filter_map(|kind| text(error, kind)) {
        let _ = writeln!(out, "\n  是不是 {text}？");
    }
    let possible = [ContextKind::ValidValue, ContextKind::ValidSubcommand];
    if let Some(possible) = possible.into_iter().find_map(|kind| text(error, kind)) {
        let _ = writeln!(out, "  可选：{possible}");
    }
    out.push_str("\n更多信息请用 --help\n");
    Some(out)
}

fn wrong(error: &clap::Error) -> Option<String> {
    let of = |kind| text(error, kind).unwrap_or_default();
    let argument = of(ContextKind::InvalidArg);
    let value = of(ContextKind::InvalidValue);
    Some(match error.kind() {
        ErrorKind::UnknownArgument => format!("没有参数 {argument}"),
        ErrorKind::InvalidSubcommand => {
            format!("没有命令 {}", of(ContextKind::InvalidSubcommand))
        }
        ErrorKind::InvalidValue if value.is_empty() => format!("{argument} 需要一个值"),
        ErrorKind::InvalidValue => format!("{argument} 的值“{value}”无效"),
        ErrorKind::ValueValidation => match why(error) {
            Some(why) => format!("{argument} 的值“{value}”无效：应为{why}"),
            None => format!("{argument} 的值“{value}”无效"),
        },
        ErrorKind::NoEquals => format!("{argument} 的值要用等号给出"),
        ErrorKind::TooManyValues => format!("{argument} 不接受多余的值“{value}”"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("{argument} 的值的个数不对")
        }
        ErrorKind::ArgumentConflict => match text(error, ContextKind::PriorArg) {
            Some(prior) if prior != argument => format!("{argument} 不能与 {prior} 同用"),
            Some(_) | None => format!("{argument} 只能给出一次"),
        },
        ErrorKind::MissingRequiredArgument => format!("缺少参数 {argument}"),
        ErrorKind::MissingSubcommand => "缺少命令".to_string(),
        ErrorKind::InvalidUtf8 => "参数不是有效的 UTF-8".to_string(),
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        | ErrorKind::DisplayVersion => return None,
        _ => "参数有误".to_string(),
    })
}

/// What our own readers of values say.
fn why(error: &clap::Error) -> Option<String> {
    let Told(phrase) = error.source()?.downcast_ref::<Told>()?;
    Some(phrase.get(Lang::Zh).to_string())
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => Some(texts.join("、")),
        ContextValue::Number(number) => Some(number.to_string()),
        _ => None,
    }
    .filter(|text| !text.is_empty())
}
