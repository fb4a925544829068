//! The limits that hold for one message of one sender, worked out from a platform's figures.

use super::{Cap, CapAmount, Counted, Figures, Limit, Message, MessageLimits, Per, Platform};
use crate::name::Name;
use crate::value::Share;
use indexmap::IndexMap;

/// The limits that hold for one message of one sender, every share worked out.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// Caps with plain limits; of those that count the same thing the same way the lowest counts.
    pub caps: Vec<(Limit, Cap)>,
    /// What the message itself may be.
    pub message: MessageLimits,
}

impl Platform {
    /// A platform that limits nothing.
    pub fn nowhere() -> Platform {
        Platform {
            name: Name::new(""),
            title: None,
            profile: None,
            figures: Figures::default(),
            tiers: IndexMap::new(),
            is_built_in: false,
        }
    }

    /// How people know it: its title, else its name.
    pub fn label(&self) -> &str {
        self.title.as_deref().unwrap_or(self.name.as_str())
    }

    /// The figures for a sender of a tier.
    pub fn figures(&self, tier: Option<&Name>) -> Figures {
        let over = tier.and_then(|tier| self.tiers.get(tier));
        match over {
            Some(over) => self.figures.overridden(over),
            None => self.figures.clone(),
        }
    }
}

impl Cap {
    /// Whether two caps count the same thing the same way.
    pub fn counts_like(&self, other: &Cap) -> bool {
        (
            self.counted,
            self.per,
            self.is_per_recipient,
            self.is_rolling,
        ) == (
            other.counted,
            other.per,
            other.is_per_recipient,
            other.is_rolling,
        )
    }
}

impl Figures {
    /// These figures with those that another set states in their place.
    fn overridden(&self, over: &Figures) -> Figures {
        let mut messages = self.messages.clone();
        for (kind, limits) in &over.messages {
            let merged = match messages.get(kind) {
                Some(base) => base.overridden(limits),
                None => limits.clone(),
            };
            messages.insert(kind.clone(), merged);
        }
        Figures {
            caps: merged(&self.caps, &over.caps),
            messages,
            cost: over.cost.clone().or_else(|| self.cost.clone()),
            arrives: over.arrives.or(self.arrives),
            arrives_source: over
                .arrives_source
                .clone()
                .or_else(|| self.arrives_source.clone()),
            converts: over.converts.or(self.converts),
            converts_source: over
                .converts_source
                .clone()
                .or_else(|| self.converts_source.clone()),
            zone: over.zone.clone().or_else(|| self.zone.clone()),
            source: over.source.clone().or_else(|| self.source.clone()),
            is_by_hand: self.is_by_hand || over.is_by_hand,
        }
    }

    /// The limits that hold for a message (or for none in particular).
    pub fn limits(&self, message: Option<&Message>) -> Limits {
        let of_kind = message.and_then(|message| self.messages.get(&message.kind));
        let of_kind = of_kind.cloned().unwrap_or_default();
        let applies = |cap: &&Cap| match (&cap.when, message) {
            (None, _) => true,
            (Some(when), Some(message)) => when.holds(message),
            (Some(_), None) => false,
        };
        let every: Vec<&Cap> = self.caps.iter().chain(&of_kind.caps).collect();
        let plain = |cap: &Cap| -> Limit {
            let mut bases = every.iter().filter(|base| base.counts_like(cap));
            let base = bases.find_map(|base| match base.amount {
                CapAmount::Limit(limit) if base.when.is_none() => Some(limit),
                CapAmount::Limit(_) | CapAmount::Share(_) => None,
            });
            base.unwrap_or(Limit::Unknown)
        };
        let caps = every.iter().copied().filter(applies).map(|cap| {
            let limit = match &cap.amount {
                CapAmount::Limit(limit) => *limit,
                CapAmount::Share(share) => match plain(cap) {
                    Limit::Number(base) => Limit::Number(share_of(base, share)),
                    other => other,
                },
            };
            (limit, cap.clone())
        });
        Limits {
            caps: caps.collect(),
            message: of_kind.clone(),
        }
    }
}

/// A share of a number, rounded down.
fn share_of(base: u64, share: &Share) -> u64 {
    let percent = share.percent();
    let Some(divisor) = 10i128.checked_pow(u32::from(percent.scale)) else {
        return 0;
    };
    let part = i128::from(base) * percent.digits / (divisor * 100);
    u64::try_from(part).unwrap_or(0)
}

impl MessageLimits {
    fn overridden(&self, over: &MessageLimits) -> MessageLimits {
        MessageLimits {
            length: over.length.or(self.length),
            images: over.images.or(self.images),
            attachments: over.attachments.or(self.attachments),
            internal_links: over.internal_links.or(self.internal_links),
            external_links: over.external_links.or(self.external_links),
            is_account_required: self.is_account_required || over.is_account_required,
            caps: merged(&self.caps, &over.caps),
        }
    }
}

/// Caps with those that another set states in their place.
fn merged(base: &[Cap], over: &[Cap]) -> Vec<Cap> {
    let is_replaced = |cap: &&Cap| {
        !over
            .iter()
            .any(|new| new.counts_like(cap) && new.when == cap.when)
    };
    base.iter()
        .filter(is_replaced)
        .chain(over)
        .cloned()
        .collect()
}

impl Limits {
    /// The lowest number among the caps that pass a test.
    pub fn lowest(&self, passes: impl Fn(&Cap) -> bool) -> Option<u64> {
        let fitting = self.caps.iter().filter(|(_, cap)| passes(cap));
        fitting.filter_map(|(limit, _)| limit.number()).min()
    }

    /// The most people one send reaches; `None` when nothing says.
    pub fn recipients_per_send(&self) -> Option<u64> {
        self.lowest(|cap| {
            cap.per == Per::Send && matches!(cap.counted, Counted::Recipients | Counted::Messages)
        })
    }

    /// The most people one call reaches; `None` when nothing says.
    pub fn recipients_per_call(&self) -> Option<u64> {
        self.lowest(|cap| {
            cap.per == Per::Call && matches!(cap.counted, Counted::Recipients | Counted::Messages)
        })
    }
}
