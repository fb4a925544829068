//! What a campaign says, what can be counted of it, and why a platform would not carry it.

use super::{Figures, Limit};
use crate::diag::Phrase;
use crate::name::{FieldId, Name};
use crate::say;
use crate::source::Span;
use crate::value::LengthUnit;
use std::sync::Arc;

/// A condition on a message.
#[derive(Clone, Debug, PartialEq)]
pub enum MessageCondition {
    /// All of them.
    All(Vec<MessageCondition>),
    /// Any of them.
    Any(Vec<MessageCondition>),
    /// Not this.
    Not(Box<MessageCondition>),
    /// A count of the message lies between the two, both included.
    Between(MessageCount, u64, u64),
}

/// What can be counted of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageCount {
    /// `images`
    Images,
    /// `attachments`
    Attachments,
    /// `links`: both kinds.
    Links,
    /// `internal_links`
    InternalLinks,
    /// `external_links`
    ExternalLinks,
}

/// What a campaign says.
#[derive(Clone, Debug)]
pub struct Message {
    /// The kind of message.
    pub kind: Name,
    /// Where the kind is written.
    pub kind_span: Span,
    /// `text`, `subject` … in the order written.
    pub texts: Vec<(Name, Template)>,
    /// Images.
    pub images: u64,
    /// Attachments.
    pub attachments: u64,
    /// Links.
    pub links: Vec<Link>,
    /// The linked account.
    pub account: Option<Arc<str>>,
}

/// One link of a message.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Leads to the platform's own pages.
    pub is_internal: bool,
    /// Where it leads.
    pub target: Arc<str>,
    /// Where it is written.
    pub span: Span,
}

/// A text with places for a contact's values.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// Its pieces in order.
    pub pieces: Vec<TemplatePiece>,
    /// Where it is written.
    pub span: Span,
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum TemplatePiece {
    /// As it stands.
    Text(Arc<str>),
    /// The value of a field; nothing when it is missing. Values are never read as templates again.
    Field(FieldId),
}

impl Template {
    /// The fields it shows.
    pub fn fields(&self) -> impl Iterator<Item = FieldId> {
        self.pieces.iter().filter_map(|piece| match piece {
            TemplatePiece::Field(field) => Some(*field),
            TemplatePiece::Text(_) => None,
        })
    }

    /// The text for a contact, `value` giving what each field shows.
    pub fn fill(&self, value: &mut dyn FnMut(FieldId, &mut String)) -> String {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                TemplatePiece::Text(piece) => text.push_str(piece),
                TemplatePiece::Field(field) => value(*field, &mut text),
            }
        }
        text
    }
}

impl Message {
    /// The text that the platform's length limit is about: `text`, when there is one.
    pub fn body(&self) -> Option<&Template> {
        let body = self.texts.iter().find(|(name, _)| name.as_str() == "text");
        body.map(|(_, template)| template)
    }

    /// A count of the message.
    pub fn count(&self, what: MessageCount) -> u64 {
        let links = |is_internal: bool| {
            let of_kind = self.links.iter();
            of_kind
                .filter(|link| link.is_internal == is_internal)
                .count() as u64
        };
        match what {
            MessageCount::Images => self.images,
            MessageCount::Attachments => self.attachments,
            MessageCount::Links => self.links.len() as u64,
            MessageCount::InternalLinks => links(true),
            MessageCount::ExternalLinks => links(false),
        }
    }
}

impl MessageCondition {
    /// Whether it holds for a message.
    pub fn holds(&self, message: &Message) -> bool {
        match self {
            MessageCondition::All(of) => of.iter().all(|each| each.holds(message)),
            MessageCondition::Any(of) => of.iter().any(|each| each.holds(message)),
            MessageCondition::Not(inner) => !inner.holds(message),
            MessageCondition::Between(what, from, to) => {
                (*from..=*to).contains(&message.count(*what))
            }
        }
    }
}

/// Why a platform does not carry a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Objection {
    /// It has no such kind of message; these it has.
    Kind(Vec<Name>),
    /// The text is too long before any value is filled in.
    Length {
        /// How long it is.
        units: u64,
        /// What is allowed.
        most: u64,
        /// In which unit.
        unit: LengthUnit,
    },
    /// There is too much of something; with `most` 0 it is forbidden.
    Count {
        /// Of what.
        what: MessageCount,
        /// How much there is.
        count: u64,
        /// What is allowed.
        most: u64,
    },
    /// An account must be linked and none is.
    Account,
}

impl Figures {
    /// What keeps a message from being carried; a platform that says nothing about messages carries
    /// any.
    pub fn objections(&self, message: &Message) -> Vec<Objection> {
        if self.messages.is_empty() {
            return Vec::new();
        }
        let Some(limits) = self.messages.get(&message.kind) else {
            return vec![Objection::Kind(self.messages.keys().cloned().collect())];
        };
        let mut found = Vec::new();
        if let (Some(body), Some((Limit::Number(most), unit))) = (message.body(), limits.length) {
            let units = unit.measure(&body.fill(&mut |_, _| {})).units;
            if units > most {
                found.push(Objection::Length { units, most, unit });
            }
        }
        let counts = [
            (MessageCount::Images, limits.images),
            (MessageCount::Attachments, limits.attachments),
            (MessageCount::InternalLinks, limits.internal_links),
            (MessageCount::ExternalLinks, limits.external_links),
        ];
        for (what, limit) in counts {
            let count = message.count(what);
            if let Some(most) = limit.and_then(Limit::number).filter(|most| count > *most) {
                found.push(Objection::Count { what, count, most });
            }
        }
        if limits.is_account_required && message.account.is_none() {
            found.push(Objection::Account);
        }
        found
    }

    /// The unit that the text of a message is counted in, when the platform says.
    pub fn length_unit(&self, message: &Message) -> Option<LengthUnit> {
        let limits = self.messages.get(&message.kind)?;
        limits.length.map(|(_, unit)| unit)
    }
}

impl MessageCount {
    /// What it is called, in both languages.
    pub fn phrase(self) -> Phrase {
        match self {
            MessageCount::Images => say!("images", "图片"),
            MessageCount::Attachments => say!("attachments", "附件"),
            MessageCount::Links => say!("links", "链接"),
            MessageCount::InternalLinks => say!("internal links", "站内链接"),
            MessageCount::ExternalLinks => say!("external links", "站外链接"),
        }
    }
}
