//! Holds a campaign's message against what its platform carries.

use crate::check::condition::Scope;
use crate::check::problem::Unknown;
use crate::check::sending::{Campaign, Message, MessageCount, Objection, length_phrase};
use crate::diag::{Code, Diagnostic, Phrase};
use crate::name::Name;
use crate::say;
use crate::source::Span;
use crate::syntax::ast::{CampaignItem, ClauseKind, MessagePartKind};
use crate::value::LengthUnit;

impl Scope<'_> {
    pub(super) fn check_message(&mut self, item: &CampaignItem, campaign: &Campaign) {
        let Some(message) = &campaign.message else {
            return;
        };
        let figures = campaign.platform.figures(campaign.tier.as_ref());
        let platform = campaign.platform.label();
        for objection in figures.objections(message) {
            let diagnostic = match objection {
                Objection::Kind(known) => unknown_kind(message, &known),
                Objection::Length { units, most, unit } => {
                    too_long(message, platform, (units, most, unit))
                }
                Objection::Count { what, count, most } => {
                    let span = part_span(item, what, message).unwrap_or(message.kind_span);
                    too_many(message, platform, span, (what, count, most))
                }
                Objection::Account => no_account(message, platform),
            };
            self.report(diagnostic);
        }
    }
}

fn unknown_kind(message: &Message, known: &[Name]) -> Diagnostic {
    let unknown = Unknown {
        code: Code::UnknownPlatform,
        what: say!("kind of message on this platform", "该平台的消息类型"),
        name: message.kind.as_str(),
        span: message.kind_span,
    };
    unknown.with(known.iter().map(Name::as_str))
}

/// The text without its placeholders must fit; with them it is measured for each person.
fn too_long(
    message: &Message,
    platform: &str,
    (units, most, unit): (u64, u64, LengthUnit),
) -> Diagnostic {
    let over = units - most;
    let Phrase { en, zh } = length_phrase(unit);
    let body = message.body();
    let has_fields = body.is_some_and(|body| body.fields().next().is_some());
    let label = match has_fields {
        true => say!(
            "{units} {en} before any value is filled in",
            "尚未填入任何值已有 {units} {zh}"
        ),
        false => say!("{units} {en}", "{units} {zh}"),
    };
    Diagnostic::new(
        Code::MessageTooLong,
        body.map_or(message.kind_span, |body| body.span),
        say!(
            "the message is too long: {platform} takes {most} {en}",
            "消息过长：{platform} 最多 {most} {zh}"
        ),
    )
    .label(label)
    .help(say!("shorten it by {over}", "请缩短 {over}"))
}

fn too_many(
    message: &Message,
    platform: &str,
    span: Span,
    (what, count, most): (MessageCount, u64, u64),
) -> Diagnostic {
    let (kind, over, what) = (message.kind.as_str(), count - most, what.phrase());
    let (en, zh) = (&what.en, &what.zh);
    match most {
        0 => Diagnostic::new(
            Code::ForbiddenPart,
            span,
            say!("{en} are forbidden in this message", "这类消息不能带{zh}"),
        )
        .label(say!(
            "`{kind}` on {platform} takes none",
            "{platform} 的 `{kind}` 不允许"
        ))
        .help(say!("take it out", "请去掉")),
        _ => Diagnostic::new(
            Code::TooManyParts,
            span,
            say!(
                "too many {en}: {count} of {most}",
                "{zh}过多：{count}，上限 {most}"
            ),
        )
        .label(say!(
            "`{kind}` on {platform} takes {most}",
            "{platform} 的 `{kind}` 最多 {most}"
        ))
        .help(say!("take {over} out", "请去掉 {over}")),
    }
}

fn no_account(message: &Message, platform: &str) -> Diagnostic {
    Diagnostic::new(
        Code::MissingAccount,
        message.kind_span,
        say!("the message needs a linked account", "消息需要关联账号"),
    )
    .label(say!("{platform} asks for one", "{platform} 要求关联"))
    .help(say!(
        "add `account \"…\"` to the message",
        "请在消息里加上 `account \"…\"`"
    ))
}

/// Where the message says so: the count, or the first link of the kind.
fn part_span(item: &CampaignItem, what: MessageCount, message: &Message) -> Option<Span> {
    let parts = item.clauses.iter().find_map(|clause| match &clause.kind {
        ClauseKind::Message { parts, .. } => Some(parts),
        _ => None,
    })?;
    let of_link = |is_internal: bool| {
        let mut links = message.links.iter();
        let link = links.find(|link| link.is_internal == is_internal);
        link.map(|link| link.span)
    };
    let of_count = |is_it: fn(&MessagePartKind) -> bool| {
        let mut parts = parts.iter();
        parts.find(|part| is_it(&part.kind)).map(|part| part.span)
    };
    match what {
        MessageCount::Images => of_count(|kind| matches!(kind, MessagePartKind::Images(_))),
        MessageCount::Attachments => {
            of_count(|kind| matches!(kind, MessagePartKind::Attachments(_)))
        }
        MessageCount::InternalLinks => of_link(true),
        MessageCount::ExternalLinks => of_link(false),
        MessageCount::Links => message.links.first().map(|link| link.span),
    }
}
