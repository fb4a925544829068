//! Turns platform and campaign nodes into [`ast::Item`]s.
//!
//! Invariants: `source "…"` on the line of a statement belongs to it, on a line of its own to the block.

use super::{Builder, Built, Rejected, is_meaningful};
use crate::diag::Code;
use crate::say;
use crate::syntax::ast::{
    Amount, CampaignClause, CampaignItem, CapEntry, CapPer, ClauseKind, ImageKind, MessagePart,
    MessagePartKind, PlatformEntry, PlatformEntryKind, PlatformItem, SortKey, SplitArm,
};
use crate::syntax::kind::Kind;
use crate::syntax::literal;
use crate::syntax::tree::Node;
use crate::value::{Duration, Unit};
use std::sync::Arc;

impl Builder {
    pub(super) fn platform(
        &mut self,
        text: &str,
        node: Node<'_>,
        doc: Option<Arc<str>>,
    ) -> Built<PlatformItem> {
        let title = node.child(Kind::Title);
        let block = self.child(node, Kind::PlatformBlock)?;
        Ok(PlatformItem {
            name: self.name(node)?,
            title: title.map(|title| self.text_in(title)).transpose()?,
            profile: self.optional_name(node.child(Kind::Profile))?,
            doc,
            entries: self.platform_entries(text, block)?,
            span: self.span(node),
        })
    }

    fn platform_entries(&mut self, text: &str, block: Node<'_>) -> Built<Vec<PlatformEntry>> {
        let mut entries: Vec<PlatformEntry> = Vec::new();
        let mut is_apart = true;
        for child in block.children() {
            if child.kind() == Kind::Semicolon {
                is_apart = true;
            }
            if !is_meaningful(&child) {
                continue;
            }
            if child.kind() == Kind::SourceNote {
                let source = self.text_in(child)?;
                match entries.last_mut() {
                    Some(last)
                        if !is_apart && is_same_line(text, last.span.end as usize, child) =>
                    {
                        last.span = last.span.to(self.span(child));
                        last.source = Some(source);
                    }
                    _ => entries.push(PlatformEntry {
                        kind: PlatformEntryKind::Source(source),
                        source: None,
                        span: self.span(child),
                    }),
                }
            } else {
                entries.push(PlatformEntry {
                    kind: self.platform_entry(text, child)?,
                    source: None,
                    span: self.span(child),
                });
            }
            is_apart = false;
        }
        Ok(entries)
    }

    fn platform_entry(&mut self, text: &str, node: Node<'_>) -> Built<PlatformEntryKind> {
        Ok(match node.kind() {
            Kind::Cap => PlatformEntryKind::Cap(self.cap(node)?),
            Kind::Tier => PlatformEntryKind::Tier {
                name: self.name(node)?,
                entries: self.block_in(text, node)?,
            },
            Kind::MessageKind => PlatformEntryKind::Message {
                kind: self.name(node)?,
                entries: self.block_in(text, node)?,
            },
            Kind::Length => PlatformEntryKind::Length {
                limit: self.amount_in(node)?,
                unit: self.word(node)?,
            },
            Kind::Images => PlatformEntryKind::Images(self.amount_in(node)?, image_kind(node)),
            Kind::PlatformLinks => PlatformEntryKind::Links {
                kind: self.word(node)?,
                limit: self.amount_in(node)?,
            },
            Kind::AccountRequired => PlatformEntryKind::AccountRequired,
            Kind::Cost => self.cost(node)?,
            Kind::Arrives => self.arrives(node)?,
            Kind::Converts => {
                let percent = self.child(node, Kind::Percent)?;
                PlatformEntryKind::Converts(self.number(percent)?)
            }
            Kind::ZoneEntry => PlatformEntryKind::Zone(self.text_in(node)?),
            Kind::ApiNone => PlatformEntryKind::ApiNone,
            _ => PlatformEntryKind::Source(self.text_in(node)?),
        })
    }

    fn block_in(&mut self, text: &str, node: Node<'_>) -> Built<Vec<PlatformEntry>> {
        let block = self.child(node, Kind::PlatformBlock)?;
        self.platform_entries(text, block)
    }

    fn word(&mut self, node: Node<'_>) -> Built<crate::syntax::ast::Ident> {
        let word = self.child(node, Kind::Word)?;
        Ok(self.ident(word))
    }

    fn amount_in(&mut self, node: Node<'_>) -> Built<Amount> {
        let amount = self.child(node, Kind::Amount)?;
        if amount.child(Kind::KwNone).is_some() {
            return Ok(Amount::None);
        }
        if amount.child(Kind::KwUnknown).is_some() {
            return Ok(Amount::Unknown);
        }
        if let Some(percent) = amount.child(Kind::Percent) {
            return Ok(Amount::Percent(self.number(percent)?));
        }
        Ok(Amount::Number(self.whole_in(amount)?))
    }

    fn cap(&mut self, node: Node<'_>) -> Built<CapEntry> {
        let amount = self.child(node, Kind::Amount)?;
        let per = self.child(node, Kind::CapPer)?;
        let per = match per.child(Kind::Duration) {
            Some(duration) => CapPer::Duration(self.duration(duration)?, self.span(duration)),
            None => CapPer::Word(self.word(per)?),
        };
        let when = node.child(Kind::CapWhen);
        let on_excess = node.child(Kind::OnExcess);
        Ok(CapEntry {
            amount: self.amount_in(node)?,
            amount_span: self.span(amount),
            counted: self.word(node)?,
            per,
            per_recipient: node.child(Kind::PerRecipient).is_some(),
            rolling: node.child(Kind::KwRolling).is_some(),
            when: when.map(|when| self.expression_in(when)).transpose()?,
            on_excess: on_excess.map(|excess| self.word(excess)).transpose()?,
        })
    }

    fn cost(&mut self, node: Node<'_>) -> Built<PlatformEntryKind> {
        let numbers: Vec<Node<'_>> = node
            .children()
            .filter(|child| child.kind() == Kind::Number)
            .collect();
        let (Some(&amount), per) = (numbers.first(), numbers.get(1)) else {
            return Err(Rejected);
        };
        let per_count = match per {
            Some(per) => match literal::whole(per.text()) {
                Some(count) if count > 0 => count,
                _ => return self.bad_value(*per),
            },
            None => 1,
        };
        let priced = node.child(Kind::KwPriced);
        Ok(PlatformEntryKind::Cost {
            amount: self.number(amount)?,
            currency: self.word(node)?,
            per_count,
            per_unit: priced.map(|priced| self.ident(priced)),
        })
    }

    fn arrives(&mut self, node: Node<'_>) -> Built<PlatformEntryKind> {
        let mut durations = Vec::new();
        for child in node
            .children()
            .filter(|child| child.kind() == Kind::Duration)
        {
            durations.push(self.duration(child)?);
        }
        match durations.as_slice() {
            [first] => Ok(PlatformEntryKind::Arrives(*first, None)),
            [first, second, ..] => Ok(PlatformEntryKind::Arrives(*first, Some(*second))),
            [] => Err(Rejected),
        }
    }

    pub(super) fn campaign(
        &mut self,
        node: Node<'_>,
        doc: Option<Arc<str>>,
    ) -> Built<CampaignItem> {
        let title = node.child(Kind::Title);
        let mut clauses = Vec::new();
        let is_head = |kind: Kind| matches!(kind, Kind::KwCampaign | Kind::Name | Kind::Title);
        let name = self.name(node)?;
        let title = title.map(|title| self.text_in(title)).transpose()?;
        let children = node.children().filter(is_meaningful);
        for child in children.filter(|child| !is_head(child.kind())) {
            clauses.push(CampaignClause {
                kind: self.clause(child)?,
                span: self.span(child),
            });
        }
        Ok(CampaignItem {
            name,
            title,
            doc,
            clauses,
            span: self.span(node),
        })
    }

    fn clause(&mut self, node: Node<'_>) -> Built<ClauseKind> {
        Ok(match node.kind() {
            Kind::UsePlatform => ClauseKind::Platform {
                name: self.name(node)?,
                profile: self.optional_name(node.child(Kind::Profile))?,
                tier: self.optional_name(node.child(Kind::UseTier))?,
            },
            Kind::Audience => ClauseKind::Audience(self.expression_in(node)?),
            Kind::Exclude => ClauseKind::Exclude(self.paths(node)),
            Kind::Message => ClauseKind::Message {
                kind: self.name(node)?,
                parts: self.message_parts(node)?,
            },
            Kind::Forbid => ClauseKind::Forbid(self.paths(node)),
            Kind::Start => ClauseKind::Start(self.last_literal(node)?),
            Kind::Until => ClauseKind::Until(self.last_literal(node)?),
            Kind::Hours => self.hours(node)?,
            Kind::Order => ClauseKind::Order(self.sort_keys(node)?),
            Kind::Prefer => ClauseKind::Prefer(self.expressions(node)?),
            Kind::Defer => ClauseKind::Defer(self.expression_in(node)?),
            Kind::OverLimit => ClauseKind::OverLimit(self.sort_keys(node)?),
            Kind::Batch => ClauseKind::Batch {
                size: self.whole_in(node)?,
                every: node
                    .child(Kind::Duration)
                    .map(|every| self.duration(every))
                    .transpose()?,
            },
            Kind::Sends => ClauseKind::Sends(self.whole_in(node)?),
            Kind::Rotate => self.rotate(node)?,
            Kind::Slow => {
                let percent = self.child(node, Kind::Percent)?;
                ClauseKind::Slow {
                    condition: self.expression_in(node)?,
                    percent: self.number(percent)?,
                }
            }
            Kind::AtMost => self.at_most(node)?,
            Kind::Split => self.split(node)?,
            _ => {
                let amount = self.child(node, Kind::Number)?;
                ClauseKind::Budget {
                    amount: self.number(amount)?,
                    currency: self.name(node)?,
                }
            }
        })
    }

    fn last_literal(&mut self, node: Node<'_>) -> Built<crate::syntax::ast::Literal> {
        match node.children().filter(is_meaningful).last() {
            Some(value) => self.literal(value),
            None => Err(Rejected),
        }
    }

    fn hours(&mut self, node: Node<'_>) -> Built<ClauseKind> {
        let mut minutes = Vec::new();
        for clock in node.children().filter(|child| child.kind() == Kind::Clock) {
            match literal::minutes(clock.text()) {
                Some(minute) => minutes.push(minute),
                None => return self.bad_value(clock),
            }
        }
        let [from_minute, to_minute] = minutes.as_slice() else {
            return Err(Rejected);
        };
        let local = node.child(Kind::Local);
        let fallback = local.and_then(|local| local.child(Kind::Text));
        Ok(ClauseKind::Window {
            from_minute: *from_minute,
            to_minute: *to_minute,
            local: local
                .and_then(|local| local.child(Kind::Path))
                .map(|path| self.path(path)),
            fallback: fallback.map(|text| self.text(text)).transpose()?,
        })
    }

    fn sort_keys(&mut self, node: Node<'_>) -> Built<Vec<SortKey>> {
        let mut keys = Vec::new();
        for key in node
            .children()
            .filter(|child| child.kind() == Kind::SortKey)
        {
            keys.push(SortKey {
                key: self.expression_in(key)?,
                descending: key.child(Kind::KwDesc).is_some(),
            });
        }
        Ok(keys)
    }

    fn rotate(&mut self, node: Node<'_>) -> Built<ClauseKind> {
        let field = self.child(node, Kind::Path)?;
        let every = self.child(node, Kind::Duration)?;
        Ok(ClauseKind::Rotate {
            field: self.path(field),
            level: self.name(node)?,
            every: self.duration(every)?,
        })
    }

    fn at_most(&mut self, node: Node<'_>) -> Built<ClauseKind> {
        let per = match node.child(Kind::Duration) {
            Some(duration) => self.duration(duration)?,
            None => {
                let word = self.child(node, Kind::KwDayWord)?;
                one_of_unit(word.text())
            }
        };
        Ok(ClauseKind::AtMost {
            count: self.whole_in(node)?,
            per,
            rolling: node.child(Kind::KwRolling).is_some(),
        })
    }

    fn split(&mut self, node: Node<'_>) -> Built<ClauseKind> {
        let mut arms = Vec::new();
        for arm in node.children().filter(|child| child.kind() == Kind::Arm) {
            let percent = self.child(arm, Kind::Percent)?;
            arms.push(SplitArm {
                name: self.name(arm)?,
                percent: self.number(percent)?,
                span: self.span(arm),
            });
        }
        let salt = node.child(Kind::Salt);
        Ok(ClauseKind::Split {
            exact: node.child(Kind::KwExact).is_some(),
            arms,
            salt: salt.map(|salt| self.text_in(salt)).transpose()?,
        })
    }

    fn message_parts(&mut self, node: Node<'_>) -> Built<Vec<MessagePart>> {
        let mut parts = Vec::new();
        for child in node.children() {
            let span = self.span(child);
            match child.kind() {
                Kind::PartCount => {
                    let count = self.whole_in(child)?;
                    let kind = match image_kind(child) {
                        ImageKind::Images => MessagePartKind::Images(count),
                        ImageKind::Attachments => MessagePartKind::Attachments(count),
                    };
                    parts.push(MessagePart { kind, span });
                }
                Kind::PartLinks => {
                    for link in child.children().filter(|link| link.kind() == Kind::Link) {
                        parts.push(MessagePart {
                            kind: MessagePartKind::Link {
                                kind: self.word(link)?,
                                target: self.text_in(link)?,
                            },
                            span: self.span(link),
                        });
                    }
                }
                Kind::PartText => parts.push(MessagePart {
                    kind: self.part_text(child)?,
                    span,
                }),
                _ => {}
            }
        }
        Ok(parts)
    }

    fn part_text(&mut self, node: Node<'_>) -> Built<MessagePartKind> {
        let word = self.word(node)?;
        let text = self.text_in(node)?;
        if word.text.is_empty() {
            return self.reject(
                node,
                Code::BadCampaign,
                say!("a text without a name", "文本没有名字"),
                say!("write `text \"…\"`", "请写 `text \"…\"`"),
            );
        }
        Ok(match &*word.text {
            "text" | "正文" => MessagePartKind::Text(text),
            "account" | "账号" => MessagePartKind::Account(text),
            _ => MessagePartKind::Field(word, text),
        })
    }
}

fn image_kind(node: Node<'_>) -> ImageKind {
    let word = node.child(Kind::KwImages).map_or("", Node::text);
    match word {
        "attachments" | "附件" => ImageKind::Attachments,
        _ => ImageKind::Images,
    }
}

fn one_of_unit(word: &str) -> Duration {
    let unit = match word {
        "week" | "周" => Unit::Week,
        "month" | "月" => Unit::Month,
        "year" | "年" => Unit::Year,
        _ => Unit::Day,
    };
    Duration { count: 1, unit }
}

/// Whether a node stands on the line on which something else ends.
fn is_same_line(text: &str, end: usize, node: Node<'_>) -> bool {
    text.get(end..node.range().start)
        .is_some_and(|gap| !gap.contains('\n'))
}
