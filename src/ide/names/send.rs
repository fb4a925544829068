//! Names in tests, platforms and campaigns.

use super::Named;
use super::walk::Walk;
use crate::name::Name;
use crate::syntax::ast::{
    CampaignItem, ClauseKind, PlatformEntry, PlatformEntryKind, PlatformItem, TestItem,
};

impl Walk<'_> {
    pub(super) fn test(&mut self, item: &TestItem) {
        for case in &item.cases {
            for cell in &case.cells {
                let field = self.field(&cell.path);
                for value in &cell.value {
                    self.literal(value, field.as_ref());
                }
            }
            let name = Name::new(&case.segment.text);
            self.mention(case.segment.span, Named::Segment(name));
        }
    }

    pub(super) fn platform(&mut self, item: &PlatformItem) {
        self.define(&item.name, Named::Platform);
        let name = Name::new(&item.name.text);
        for entry in &item.entries {
            self.statement(&name, entry);
        }
    }

    fn statement(&mut self, platform: &Name, entry: &PlatformEntry) {
        let own = Name::new;
        match &entry.kind {
            PlatformEntryKind::Tier { name, entries } => {
                self.define_as(name.span, Named::Tier(platform.clone(), own(&name.text)));
                entries
                    .iter()
                    .for_each(|entry| self.statement(platform, entry));
            }
            PlatformEntryKind::Message { kind, entries } => {
                self.mention(kind.span, Named::Message(own(&kind.text)));
                entries
                    .iter()
                    .for_each(|entry| self.statement(platform, entry));
            }
            _ => {}
        }
    }

    pub(super) fn campaign(&mut self, item: &CampaignItem) {
        self.define(&item.name, Named::Campaign);
        for clause in &item.clauses {
            self.clause(&clause.kind);
        }
    }

    fn clause(&mut self, clause: &ClauseKind) {
        match clause {
            ClauseKind::Platform { name, tier, .. } => {
                let platform = Name::new(&name.text);
                self.mention(name.span, Named::Platform(platform.clone()));
                if let Some(tier) = tier {
                    self.mention(tier.span, Named::Tier(platform, Name::new(&tier.text)));
                }
            }
            ClauseKind::Audience(condition)
            | ClauseKind::Defer(condition)
            | ClauseKind::Slow { condition, .. } => self.condition(condition),
            ClauseKind::Prefer(conditions) => {
                conditions.iter().for_each(|each| self.condition(each));
            }
            ClauseKind::Order(keys) | ClauseKind::OverLimit(keys) => {
                keys.iter().for_each(|key| self.condition(&key.key));
            }
            ClauseKind::Exclude(paths) => {
                for path in paths {
                    if !self.list(path) {
                        self.segment_or_field(path);
                    }
                }
            }
            ClauseKind::Forbid(paths) => {
                for path in paths {
                    self.list(path);
                }
            }
            ClauseKind::Message { kind, .. } => {
                self.mention(kind.span, Named::Message(Name::new(&kind.text)));
            }
            ClauseKind::Rotate { field, .. } => {
                self.field(field);
            }
            ClauseKind::Window {
                local: Some(field), ..
            } => {
                self.field(field);
            }
            ClauseKind::Window { local: None, .. }
            | ClauseKind::Start(_)
            | ClauseKind::Until(_)
            | ClauseKind::Batch { .. }
            | ClauseKind::Sends(_)
            | ClauseKind::AtMost { .. }
            | ClauseKind::Split { .. }
            | ClauseKind::Budget { .. } => {}
        }
    }
}
