//! Turns the platform and message clauses into what is sent on what.

use super::{Draft, impossible};
use crate::check::condition::Scope;
use crate::check::sending::{Link, Message, Template, TemplatePiece};
use crate::diag::{Code, Diagnostic, escape_controls};
use crate::name::{Name, nearest};
use crate::say;
use crate::source::{Sources, Span};
use crate::syntax::ast::{CampaignClause, ClauseKind, Ident, MessagePart, MessagePartKind, Text};
use std::sync::Arc;

/// Parts of a message that mean something.
const PARTS: [&str; 6] = [
    "text",
    "account",
    "images",
    "attachments",
    "links",
    "subject",
];

impl Scope<'_> {
    pub(super) fn dispatch(
        &mut self,
        sources: &Sources,
        clause: &CampaignClause,
        draft: &mut Draft,
    ) {
        match &clause.kind {
            ClauseKind::Platform {
                name,
                profile,
                tier,
            } => draft.sender = self.known_platform(name, profile.as_ref(), tier.as_ref()),
            ClauseKind::Message { kind, parts } => {
                let message = self.message(sources, kind, parts);
                for (_, template) in &message.texts {
                    draft.campaign.own_reads.extend(template.fields());
                }
                draft.campaign.message = Some(message);
            }
            _ => {}
        }
    }

    fn message(&mut self, sources: &Sources, kind: &Ident, parts: &[MessagePart]) -> Message {
        let mut message = Message {
            kind: Name::new(&kind.text),
            kind_span: kind.span,
            texts: Vec::new(),
            images: 0,
            attachments: 0,
            links: Vec::new(),
            account: None,
        };
        let mut has_images = false;
        let mut has_attachments = false;
        for part in parts {
            let is_new = match &part.kind {
                MessagePartKind::Text(text) => {
                    self.message_text(sources, Name::new("text"), text, &mut message)
                }
                MessagePartKind::Field(name, text) => {
                    self.check_part_name(name);
                    self.message_text(sources, Name::new(&name.text), text, &mut message)
                }
                MessagePartKind::Images(count) => {
                    message.images = *count;
                    !std::mem::replace(&mut has_images, true)
                }
                MessagePartKind::Attachments(count) => {
                    message.attachments = *count;
                    !std::mem::replace(&mut has_attachments, true)
                }
                MessagePartKind::Link { kind, target } => {
                    message.links.extend(self.link(kind, target));
                    true
                }
                MessagePartKind::Account(account) => message
                    .account
                    .replace(Arc::clone(&account.value))
                    .is_none(),
            };
            if !is_new {
                self.report(impossible(
                    part.span,
                    say!("said already above", "上面已经写过"),
                    say!("keep one of the two", "请只保留一处"),
                ));
            }
        }
        message
    }

    /// A part of a message may have any name, but not one that is nearly that of another kind of part.
    fn check_part_name(&mut self, name: &Ident) {
        let near = crate::name::nearest(&name.text, PARTS.iter().copied(), 1);
        if let Some(near) = near.first().filter(|near| **near != &*name.text) {
            self.report(impossible(
                name.span,
                say!("no part of a message", "不是消息的一部分"),
                say!("did you mean `{near}`?", "是不是 `{near}`？"),
            ));
        }
    }

    fn link(&mut self, kind: &Ident, target: &Text) -> Option<Link> {
        let is_internal = match &*kind.text {
            "internal" | "站内" => true,
            "external" | "站外" => false,
            _ => {
                self.report(impossible(
                    kind.span,
                    say!("no kind of link", "不是链接的种类"),
                    say!(
                        "write `internal` or `external`",
                        "请写 `internal` 或 `external`"
                    ),
                ));
                return None;
            }
        };
        Some(Link {
            is_internal,
            target: Arc::clone(&target.value),
            span: kind.span.to(target.span),
        })
    }

    fn message_text(
        &mut self,
        sources: &Sources,
        name: Name,
        text: &Text,
        message: &mut Message,
    ) -> bool {
        let is_new = !message.texts.iter().any(|(known, _)| *known == name);
        let template = self.template(sources, text);
        message.texts.push((name, template));
        is_new
    }

    /// The pieces of `Dear {name}, …`; `{{` and `}}` are braces.
    fn template(&mut self, sources: &Sources, text: &Text) -> Template {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest: &str = &text.value;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            plain.push_str(before);
            if let Some(after) = from.strip_prefix("{{") {
                plain.push('{');
                rest = after;
            } else if let Some(after) = from.strip_prefix("}}") {
                plain.push('}');
                rest = after;
            } else if let Some((name, after)) = placeholder(from) {
                if !plain.is_empty() {
                    pieces.push(TemplatePiece::Text(std::mem::take(&mut plain).into()));
                }
                let found = self.rules.schema.find(Name::new(name.trim()).as_str());
                match found {
                    Some(field) => pieces.push(TemplatePiece::Field(field)),
                    None => self.unknown_placeholder(sources, name, text),
                }
                rest = after;
            } else {
                self.lone_brace(sources, from, text);
                rest = from.get(1..).unwrap_or("");
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(TemplatePiece::Text(plain.into()));
        }
        Template {
            pieces,
            span: text.span,
        }
    }

    fn unknown_placeholder(&mut self, sources: &Sources, name: &str, text: &Text) {
        let span = within(sources, text, &format!("{{{name}}}"));
        let shown = escape_controls(name.trim());
        let known = self.rules.schema.names().map(Name::as_str);
        let near = nearest(name.trim(), known, 3).join(", ");
        self.report(
            Diagnostic::new(
                Code::UnknownPlaceholder,
                span,
                say!("unknown placeholder `{shown}`", "没有占位字段 `{shown}`"),
            )
            .label(say!("not in the schema", "档案里没有"))
            .help(match near.as_str() {
                "" => say!(
                    "name a field, or write `{{{{` for a brace",
                    "请写字段名；花括号本身写作 `{{{{`"
                ),
                near => say!("did you mean {near}?", "是不是 {near}？"),
            }),
        );
    }

    fn lone_brace(&mut self, sources: &Sources, from: &str, text: &Text) {
        let brace = from.get(..1).unwrap_or("{");
        self.report(
            Diagnostic::new(
                Code::UnknownPlaceholder,
                within(sources, text, brace),
                say!("a brace without its partner", "花括号不成对"),
            )
            .label(say!("stands alone", "单独一个"))
            .help(say!(
                "write `{brace}{brace}` for a brace in the text",
                "正文里的花括号请写作 `{brace}{brace}`"
            )),
        );
    }
}

/// `{name} rest` as the name and the rest; names hold no braces and no line breaks.
fn placeholder(from: &str) -> Option<(&str, &str)> {
    let (name, after) = from.strip_prefix('{')?.split_once('}')?;
    (!name.contains(['{', '\n']) && !name.trim().is_empty()).then_some((name, after))
}

/// Where a piece of a text literal is written; the whole literal when escapes hide it.
fn within(sources: &Sources, text: &Text, piece: &str) -> Span {
    let written = sources.text_at(text.span);
    match written.find(piece) {
        Some(at) => {
            let start = text.span.start as usize + at;
            Span::new(text.span.source, start, start + piece.len())
        }
        None => text.span,
    }
}
