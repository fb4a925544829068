//! Turns campaign items into campaigns ready to plan, and says what about them can never work.
//!
//! Invariants: a campaign with errors is left out; what hangs on contacts or on the run's time is the
//! planner's business, what can be told from the rules alone is told here.

mod clauses;
mod dispatch;
mod fit;
mod message;
mod sensitive;

use super::condition::Scope;
use super::items::Items;
use super::memory::Memory;
use super::platform::platforms;
use super::problem::Unknown;
use super::schemas::path_name;
use super::sending::{Campaign, Exclusion, Platform, SortBy, SortKey};
use super::subject::Subject;
use super::typed::{Condition, Quantity, RuleSet, Uses};
use crate::diag::{Code, Diagnostic, Phrase};
use crate::name::{FieldId, Name};
use crate::say;
use crate::schema::Type;
use crate::source::{Sources, Span};
use crate::syntax::ast::{self, ClauseKind, Expr, ExprKind, Path};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Checks platforms and campaigns; a campaign with errors is left out.
pub(super) fn campaigns(
    sources: &Sources,
    items: &Items,
    rules: &mut RuleSet,
    diagnostics: &mut Vec<Diagnostic>,
) {
    if items.platforms.is_empty() && items.campaigns.is_empty() {
        return;
    }
    rules.platforms = platforms(&items.platforms, diagnostics);
    let mut found = Vec::new();
    let mut scope = Scope::new(rules, Memory::new(items, rules));
    for (name, item) in &items.campaigns {
        let before = scope.diagnostics.len();
        let campaign = scope.campaign(sources, item);
        let new = scope.diagnostics.iter().skip(before);
        if let Some(campaign) = campaign
            && !new.clone().any(Diagnostic::is_error)
        {
            found.push((name.clone(), campaign));
        }
    }
    diagnostics.append(&mut scope.diagnostics);
    rules.campaigns = found.into_iter().collect();
}

/// What a campaign's platform clause names.
type Sender = (Arc<Platform>, Option<Name>);

/// A campaign while its clauses are read; what it must have may still be missing.
struct Draft {
    campaign: Campaign,
    sender: Option<Sender>,
    audience: Option<Condition>,
    forbidden: Vec<Name>,
}

impl Draft {
    fn new(item: &ast::CampaignItem) -> Draft {
        Draft {
            campaign: Campaign {
                name: Name::new(&item.name.text),
                title: item.title.as_ref().map(|title| Arc::clone(&title.value)),
                doc: item.doc.clone(),
                name_span: item.name.span,
                platform: Arc::new(Platform::nowhere()),
                tier: None,
                audience: Condition::nobody(item.name.span),
                exclude: Vec::new(),
                message: None,
                start: None,
                until: None,
                window: None,
                prefer: Vec::new(),
                order: Vec::new(),
                defer: Vec::new(),
                keep: None,
                batch: None,
                sends: None,
                rotate: None,
                slow: Vec::new(),
                at_most: Vec::new(),
                split: None,
                budget: None,
                reads: BTreeSet::new(),
                own_reads: BTreeSet::new(),
                uses: Uses::default(),
            },
            sender: None,
            audience: None,
            forbidden: Vec::new(),
        }
    }
}

impl Scope<'_> {
    fn campaign(&mut self, sources: &Sources, item: &ast::CampaignItem) -> Option<Campaign> {
        let mut draft = Draft::new(item);
        self.uses.take();
        self.refuse_repeated(item);
        for clause in &item.clauses {
            self.clause(sources, clause, &mut draft);
        }
        self.require(item, "platform", |kind| {
            matches!(kind, ClauseKind::Platform { .. })
        });
        self.require(item, "audience", |kind| {
            matches!(kind, ClauseKind::Audience(_))
        });
        self.check_sensitive(sources, item, &draft.forbidden);
        let (platform, tier) = draft.sender?;
        let mut campaign = draft.campaign;
        (campaign.platform, campaign.tier) = (platform, tier);
        self.check_message(item, &campaign);
        self.check_fit(item, &campaign);
        campaign.audience = draft.audience?;
        self.check_audience(&campaign);
        campaign.reads.extend(&campaign.own_reads);
        campaign.uses = self.uses.take();
        Some(campaign)
    }

    /// Says when a clause that every campaign needs is not there.
    fn require(
        &mut self,
        item: &ast::CampaignItem,
        word: &str,
        is_it: impl Fn(&ClauseKind) -> bool,
    ) {
        if item.clauses.iter().any(|clause| is_it(&clause.kind)) {
            return;
        }
        self.report(
            Diagnostic::new(
                Code::BadCampaign,
                item.name.span,
                say!("the campaign has no {word}", "群发没有写 {word}"),
            )
            .label(say!("`{word}` is missing", "缺少 `{word}`"))
            .help(say!("add a line `{word} …`", "请加上一行 `{word} …`")),
        );
    }

    /// A condition, with the fields it reads added to the campaign's.
    fn read(&mut self, expr: &Expr, draft: &mut Draft) -> Option<Condition> {
        let condition = self.definition(expr)?;
        draft.campaign.own_reads.extend(condition.own_fields());
        let reads = &mut draft.campaign.reads;
        for id in condition.segments() {
            let of_segment = self.rules.segment(id).map(|segment| &segment.reads);
            reads.extend(of_segment.into_iter().flatten());
        }
        Some(condition)
    }

    fn exclude(&mut self, paths: &[Path], draft: &mut Draft) {
        for path in paths {
            let name = path_name(path);
            let Some(exclusion) = self.exclusion(path) else {
                continue;
            };
            if draft
                .campaign
                .exclude
                .iter()
                .any(|(known, _)| *known == name)
            {
                self.report(impossible(
                    path.span,
                    say!("left out already", "前面已经排除"),
                    say!("name it once", "只写一次"),
                ));
            }
            if let Exclusion::Segment(id) = exclusion {
                let reads = self.rules.segment(id).map(|segment| &segment.reads);
                draft.campaign.reads.extend(reads.into_iter().flatten());
            }
            draft.campaign.exclude.push((name, exclusion));
        }
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
            self.uses.borrow_mut().lists.insert(name.clone());
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

    fn sort_keys(&mut self, keys: &[ast::SortKey], draft: &mut Draft) -> Vec<SortKey> {
        keys.iter()
            .filter_map(|key| {
                Some(SortKey {
                    by: self.sort_by(&key.key, draft)?,
                    is_descending: key.descending,
                })
            })
            .collect()
    }

    fn sort_by(&mut self, expr: &Expr, draft: &mut Draft) -> Option<SortBy> {
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
            return self.read(expr, draft).map(SortBy::Condition);
        }
        match self.subject(expr)? {
            Subject::Field(id) | Subject::Lower(id) => {
                if matches!(self.field(id)?.kind, Type::List { .. }) {
                    self.report(super::problem::mismatch(
                        expr.span,
                        say!("a list", "这是列表"),
                        say!("sort by `count(…)` of it", "请按它的 `count(…)` 排序"),
                    ));
                    return None;
                }
                draft.campaign.own_reads.insert(id);
                Some(SortBy::Field(id))
            }
            Subject::Quantity(quantity) => {
                let reads = fields_of(&quantity);
                draft.campaign.own_reads.extend(reads);
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

/// Something about a campaign that cannot be.
fn impossible(span: Span, label: Phrase, help: Phrase) -> Diagnostic {
    Diagnostic::new(
        Code::BadCampaign,
        span,
        say!("the campaign cannot be like this", "群发不能这样写"),
    )
    .label(label)
    .help(help)
}
