//! Plans campaigns over contact files and writes plans as folders.

mod folder;
mod gather;

pub use folder::{FolderOptions, write_plan};
pub use gather::{Gathered, gather};

use super::{Workspace, WorkspaceError};
use crate::campaign::{Outcome, Terms, plan};
use crate::check::sending::{Campaign, Objection, Platform};
use crate::name::Name;
use crate::report::compare::{Comparison, Row};
use crate::say;
use crate::value::Clock;
use std::sync::Arc;

impl Workspace {
    /// A campaign of the rules.
    ///
    /// # Errors
    /// There is none by that name; the message names the nearest.
    pub fn campaign(&self, name: &str) -> Result<&Campaign, WorkspaceError> {
        let campaigns = &self.rules.campaigns;
        campaigns.get(&Name::new(name)).ok_or_else(|| {
            let near = crate::name::nearest(name, campaigns.keys().map(Name::as_str), 3).join(", ");
            WorkspaceError::new(match near.as_str() {
                "" => say!("there is no campaign `{name}`", "没有群发 `{name}`"),
                near => say!(
                    "there is no campaign `{name}`: did you mean {near}?",
                    "没有群发 `{name}`：是不是 {near}？"
                ),
            })
        })
    }
}

/// Plans a campaign on its own platform.
pub fn plan_campaign(campaign: &Campaign, gathered: &Gathered, clock: &Clock) -> Outcome {
    let terms = Terms {
        campaign,
        platform: Arc::clone(&campaign.platform),
        tier: campaign.tier.clone(),
        clock: clock.clone(),
        ledger: gathered.ledger.as_ref(),
    };
    plan(&terms, &gathered.contacts)
}

/// Plans a campaign on every platform that the rules know, each with its default figures.
pub fn compare_campaign(
    workspace: &Workspace,
    campaign: &Campaign,
    gathered: &Gathered,
    clock: &Clock,
) -> Comparison {
    let platforms = workspace.rules.platforms.iter();
    let rows = platforms
        .filter(|platform| is_compared(platform, campaign))
        .map(|platform| {
            let is_own = Arc::ptr_eq(platform, &campaign.platform);
            let tier = campaign.tier.clone().filter(|_| is_own);
            let figures = platform.figures(tier.as_ref());
            let objections: Vec<Objection> = match &campaign.message {
                Some(message) => figures.objections(message),
                None => Vec::new(),
            };
            let terms = Terms {
                campaign,
                platform: Arc::clone(platform),
                tier,
                clock: clock.clone(),
                ledger: gathered.ledger.as_ref(),
            };
            let is_carried = objections.is_empty();
            let outcome = is_carried.then(|| plan(&terms, &gathered.contacts));
            Row::new(
                platform,
                terms.tier.as_ref(),
                is_own,
                &objections,
                outcome.as_ref(),
                clock,
            )
        });
    Comparison::new(campaign, clock, rows.collect())
}

/// The campaign's own platform, and of the others those without a profile.
fn is_compared(platform: &Arc<Platform>, campaign: &Campaign) -> bool {
    let is_own = Arc::ptr_eq(platform, &campaign.platform);
    is_own || (platform.profile.is_none() && platform.name != campaign.platform.name)
}
