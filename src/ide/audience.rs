//! How many people segments select, as long as the rules say what they said when it was counted.

use super::names::{Named, Names};
use super::project::View;
use crate::diag::Phrase;
use crate::name::Name;
use crate::report::count::{Counts, SegmentCount};
use crate::report::{grouped, percent};
use crate::say;
use crate::workspace::Workspace;
use foldhash::fast::FixedState;
use indexmap::IndexMap;
use std::collections::BTreeSet;
use std::hash::BuildHasher;

/// How many people a segment selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    /// Who is in.
    pub members: u64,
    /// Left out because a cell that is read is invalid.
    pub quarantined: u64,
    /// Of all contacts.
    pub contacts: u64,
    /// What the rules said when it was counted.
    meaning: u64,
}

impl Audience {
    /// `876 of 5,000 (17.52%)`
    pub fn phrase(&self) -> Phrase {
        let share = match self.contacts {
            0 => String::new(),
            contacts => format!(" ({})", percent(self.members, contacts)),
        };
        let (members, contacts) = (grouped(self.members), grouped(self.contacts));
        let more = match self.quarantined {
            0 => Phrase::default(),
            quarantined => say!(", {quarantined} quarantined", "，隔离 {quarantined} 人"),
        };
        let (en, zh) = (more.en, more.zh);
        say!(
            "{members} of {contacts}{share}{en}",
            "{members} 人，共 {contacts} 人{share}{zh}"
        )
    }
}

/// The audiences counted so far.
#[derive(Clone, Debug, Default)]
pub struct Audiences {
    by_name: IndexMap<Name, Audience>,
}

impl Audiences {
    /// Forgets everything, because the data changed.
    pub fn clear(&mut self) {
        self.by_name.clear();
    }

    /// Takes what was counted over `view`'s rules.
    pub fn take(&mut self, counts: &Counts, meanings: &Meanings) {
        for count in &counts.segments {
            let SegmentCount {
                name,
                members,
                quarantined,
                ..
            } = count;
            let name = Name::new(name);
            let Some(meaning) = meanings.of.get(&name) else {
                continue;
            };
            let audience = Audience {
                members: *members,
                quarantined: *quarantined,
                contacts: counts.contacts,
                meaning: *meaning,
            };
            self.by_name.insert(name, audience);
        }
    }
}

/// What segments mean, as numbers that change when anything they are made of does.
#[derive(Clone, Debug, Default)]
pub struct Meanings {
    of: IndexMap<Name, u64>,
}

impl View<'_> {
    /// What every segment means now.
    pub fn meanings(&self) -> Meanings {
        let segments = self.workspace.rules.segments.iter();
        let of = segments.map(|segment| {
            let named = Named::Segment(segment.name.clone());
            (
                segment.name.clone(),
                meaning(self.names(), self.workspace, &named),
            )
        });
        Meanings { of: of.collect() }
    }

    /// The audience of a segment, when it was counted and nothing it is made of changed since.
    pub fn audience(&self, segment: &Name) -> Option<&Audience> {
        let known = self.facts.audiences.by_name.get(segment)?;
        let named = Named::Segment(segment.clone());
        let now = meaning(self.names(), self.workspace, &named);
        (known.meaning == now).then_some(known)
    }

    /// Whether some segment has no audience yet.
    pub fn has_uncounted(&self) -> bool {
        let mut segments = self.workspace.rules.segments.iter();
        segments.any(|segment| self.audience(&segment.name).is_none())
    }
}

/// The text of a definition and of everything it names, in one number.
fn meaning(names: &Names, workspace: &Workspace, named: &Named) -> u64 {
    let hasher = FixedState::with_seed(0);
    let mut done: BTreeSet<(u32, u32)> = BTreeSet::new();
    let mut open = vec![named.clone()];
    let mut sum = 0u64;
    while let Some(named) = open.pop() {
        let Some(definition) = names.definitions.get(&named) else {
            continue;
        };
        let span = definition.span;
        if !done.insert((span.source.0, span.start)) {
            continue;
        }
        let text = workspace.sources.text_at(span);
        // The order in which things are met says nothing.
        sum = sum.wrapping_add(hasher.hash_one(text));
        let mentions = names.within(workspace, span).into_iter();
        open.extend(mentions.map(|mention| mention.named));
    }
    sum
}
