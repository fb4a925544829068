//! Checks the names and conditions of campaigns, and that platforms they name exist.

use super::condition::Scope;
use super::items::Items;
use super::memory::Memory;
use super::platforms::platforms;
use super::problem::Unknown;
use super::schemas::path_name;
use super::subject::Subject;
use super::typed::{Campaign, Condition, Exclusion, Quantity, RuleSet, SortBy, SortKey};
use crate::diag::{Code, Diagnostic};
use crate::name::{FieldId, Name};
use crate::say;
use crate::schema::Type;
use crate::syntax::ast::{self, ClauseKind, Expr, ExprKind, Path};
use crate::value::Share;
use std::collections::BTreeSet;

/// Checks platforms and campaigns; a campaign with errors is left out.
pub(super) fn campaigns(items: &Items, rules: &mut RuleSet, diagnostics: &mut Vec<Diagnostic>) {
    rules.platforms = items.platforms.iter().map(|item| (*item).clone()).collect();
    diagnostics.extend(platforms(&rules.platforms));
    let mut found = Vec::new();
    let mut scope = Scope::new(rules, Memory::new(items, rules));
    for (name, item) in &items.campaigns {
        let before = scope.diagnostics.len();
        let campaign = scope.campaign(item);
        let new = scope.diagnostics.iter().skip(before);
        if !new.clone().any(Diagnostic::is_error) {
            found.push((name.clone(), campaign));
        }
    }
    diagnostics.append(&mut scope.diagnostics);
    rules.campaigns = found.into_iter().collect();
}

impl Scope<'_> {
    fn campaign(&mut self, item: &ast::CampaignItem) -> Campaign {
        let mut campaign = Campaign {
            item: item.clone(),
            audience: None,
            exclude: Vec::new(),
            prefer: Vec::new(),
            order: Vec::new(),
            defer: Vec::new(),
            keep: None,
            slow: Vec::new(),
            reads: BTreeSet::new(),
        };
        for clause in &item.clauses {
            self.clause(&clause.kind, &mut campaign);
        }
        if campaign.audience.is_none()
            && !item
                .clauses
                .iter()
                .any(|clause| matches!(clause.kind, ClauseKind::Audience(_)))
        {
            self.report(
                Diagnostic::new(
                    Code::BadCampaign,
                    item.name.span,
                    say!("the campaign has no audience", "群发没有受众"),
                )
                .label(say!("for whom?", "发给谁？"))
                .help(say!(
                    "add `audience` and a segment",
                    "请加上 `audience` 和人群"
                )),
            );
        }
        campaign
    }

    fn exclude(&mut self, paths: &[Path], campaign: &mut Campaign) {
        let found: Vec<Exclusion> = paths
            .iter()
            .filter_map(|path| self.exclusion(path))
            .collect();
        for exclusion in &found {
            if let Exclusion::Segment(id) = exclusion {
                let reads = self.rules.segment(*id).map(|segment| &segment.reads);
                campaign.reads.extend(reads.into_iter().flatten());
            }
        }
        campaign.exclude.extend(found);
    }

    fn clause(&mut self, clause: &ClauseKind, campaign: &mut Campaign) {
        match clause {
            ClauseKind::Audience(expr) => campaign.audience = self.read(expr, campaign),
            ClauseKind::Exclude(paths) => self.exclude(paths, campaign),
            ClauseKind::Forbid(paths) => {
                for path in paths {
                    self.known_list(path);
                }
            }
            ClauseKind::Prefer(conditions) => {
                let found: Vec<Condition> = conditions
                    .iter()
                    .filter_map(|each| self.read(each, campaign))
                    .collect();
                campaign.prefer.extend(found);
            }
            ClauseKind::Defer(condition) => {
                let condition = self.read(condition, campaign);
                campaign.defer.extend(condition);
            }
            ClauseKind::Order(keys) => campaign.order = self.sort_keys(keys, campaign),
            ClauseKind::OverLimit(keys) => campaign.keep = Some(self.sort_keys(keys, campaign)),
            ClauseKind::Slow { condition, percent } => {
                let found = self.read(condition, campaign);
                if let (Some(found), Some(share)) = (found, Share::from_percent(*percent)) {
                    campaign.slow.push((found, share));
                }
            }
            ClauseKind::Rotate { field, .. } => {
                let found =
                    self.typed_field(field, |kind| matches!(kind, Type::Region { .. }), "region");
                campaign.reads.extend(found);
            }
            ClauseKind::Window {
                local: Some(field), ..
            } => {
                let found = self.typed_field(
                    field,
                    |kind| matches!(kind, Type::Text { .. } | Type::OneOf(_)),
                    "text",
                );
                campaign.reads.extend(found);
            }
            ClauseKind::Platform {
                name,
                profile,
                tier,
            } => self.known_platform(name, profile.as_ref(), tier.as_ref()),
            ClauseKind::Window { local: None, .. }
            | ClauseKind::Message { .. }
            | ClauseKind::Start(_)
            | ClauseKind::Until(_)
            | ClauseKind::Batch { .. }
            | ClauseKind::Sends(_)
            | ClauseKind::AtMost { .. }
            | ClauseKind::Split { .. }
            | ClauseKind::Budget { .. } => {}
        }
    }

    /// A condition, with the fields it reads added to the campaign's.
    fn read(&mut self, expr: &Expr, campaign: &mut Campaign) -> Option<Condition> {
        let condition = self.definition(expr)?;
        campaign.reads.extend(condition.own_fields());
        for id in condition.segments() {
            let reads = self.rules.segment(id).map(|segment| &segment.reads);
            campaign.reads.extend(reads.into_iter().flatten());
        }
        Some(condition)
    }

    fn exclusion(&mut self, path: &Path) -> Option<Exclusion> {
        let name = path_name(path);
        if let Some(id) = self.rules.find_segment(name.as_str()) {
            return Some(Exclusion::Segment(id));
        }
        self.known_list(path).map(Exclusion::List)
    }

    fn known_list(&mut self, path: &Path) -> Option<Name> {
        let name = path_name(path);
        if self.rules.lists.contains_key(&name) {
            return Some(name);
        }
        if !self.memory.broken.contains(&name) {
            let segments = self.rules.segment_names.keys();
            let known = self.rules.lists.keys().chain(segments).map(Name::as_str);
            let unknown = Unknown {
                code: Code::UnknownList,
                what: say!("list or segment", "名单或人群"),
                name: name.as_str(),
                span: path.span,
            };
            self.report_unknown(unknown, known);
        }
        None
    }

    fn typed_field(
        &mut self,
        path: &Path,
        fits: impl Fn(&Type) -> bool,
        what: &str,
    ) -> Option<FieldId> {
        let id = self.known_field(path)?;
        if fits(&self.field(id)?.kind) {
            return Some(id);
        }
        self.report(super::problem::mismatch(
            path.span,
            say!("not a {what} field", "不是 {what} 字段"),
            say!("name a {what} field", "请给出 {what} 字段"),
        ));
        None
    }

    fn sort_keys(&mut self, keys: &[ast::SortKey], campaign: &mut Campaign) -> Vec<SortKey> {
        keys.iter()
            .filter_map(|key| {
                Some(SortKey {
                    by: self.sort_by(&key.key, campaign)?,
                    is_descending: key.descending,
                })
            })
            .collect()
    }

    fn sort_by(&mut self, expr: &Expr, campaign: &mut Campaign) -> Option<SortBy> {
        let is_segment = matches!(&expr.kind, ExprKind::Name(path)
            if self.rules.find_segment(path_name(path).as_str()).is_some());
        let is_value = matches!(
            &expr.kind,
            ExprKind::Name(_)
                | ExprKind::Arithmetic { .. }
                | ExprKind::Call { .. }
                | ExprKind::Negate(_)
        );
        if is_segment || !is_value {
            return self.read(expr, campaign).map(SortBy::Condition);
        }
        match self.subject(expr)? {
            Subject::Field(id) | Subject::Lower(id) => {
                campaign.reads.insert(id);
                Some(SortBy::Field(id))
            }
            Subject::Quantity(quantity) => {
                let reads = fields_of(&quantity);
                campaign.reads.extend(reads);
                Some(SortBy::Quantity(quantity))
            }
        }
    }
}

fn fields_of(quantity: &Quantity) -> BTreeSet<FieldId> {
    let mut fields = BTreeSet::new();
    quantity.visit_fields(&mut |field| {
        fields.insert(field);
    });
    fields
}
