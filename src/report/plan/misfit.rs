//! Why a campaign does not fit, and what would, as text and JSON.

use super::json::StageJson;
use super::text::{platform_text, stages_text};
use super::{local_text, money_text};
use crate::campaign::{Change, Misfit, Reason};
use crate::check::sending::{Campaign, Cap, Limit, Platform, length_phrase};
use crate::diag::{Lang, Phrase, escape_controls};
use crate::name::Name;
use crate::report::{grouped, to_json_line};
use crate::say;
use crate::value::{Clock, Zone};
use serde::Serialize;
use std::fmt::Write;

/// A campaign that does not fit.
#[derive(Clone, Debug)]
pub struct MisfitReport<'a> {
    /// The campaign.
    pub campaign: &'a Campaign,
    /// The platform it was planned for.
    pub platform: &'a Platform,
    /// The tier there.
    pub tier: Option<&'a Name>,
    /// The run's now and zone.
    pub clock: &'a Clock,
    /// What does not fit.
    pub misfit: &'a Misfit,
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    fits: bool,
    campaign: &'a str,
    platform: &'a str,
    tier: Option<&'a str>,
    now: String,
    zone: &'a str,
    reason: &'static str,
    message: String,
    fitting: u64,
    left: u64,
    changes: Vec<ChangeJson>,
    /// What must be spent with each of the changes but `keep`.
    needs_budget: Option<String>,
    stages: Vec<StageJson<'a>>,
}

#[derive(Serialize)]
struct ChangeJson {
    change: &'static str,
    to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    batch: Option<u64>,
}

/// The first limit that is hit, in words.
pub fn reason_phrase(reason: &Reason) -> Phrase {
    let cap = |most: u64, cap: &Cap| cap.phrase(Limit::Number(most));
    match reason {
        Reason::Until(None) => say!(
            "the campaign ends before everybody is sent to",
            "活动在全部发完之前结束"
        ),
        Reason::Until(Some((most, waited))) => {
            let Phrase { en, zh } = cap(*most, waited);
            say!(
                "the campaign ends before everybody is sent to: batches wait for {en}",
                "活动在全部发完之前结束：批次受{zh}的限额而等待"
            )
        }
        Reason::Sends(most) => say!(
            "`sends {most}` does not reach everybody",
            "`sends {most}` 不够所有人使用"
        ),
        Reason::Cap(most, broken) => {
            let Phrase { en, zh } = cap(*most, broken);
            say!(
                "one batch is more than the platform ever lets through: {en}",
                "一批超过了平台的限额：{zh}"
            )
        }
        Reason::TooLong(None) => say!(
            "it would take more than ten years or a million batches",
            "需要十年以上或一百万批以上"
        ),
        Reason::TooLong(Some((most, waited))) => {
            let Phrase { en, zh } = cap(*most, waited);
            say!(
                "it would take more than ten years: batches wait for {en}",
                "需要十年以上：批次受{zh}的限额而等待"
            )
        }
        Reason::Budget {
            cost,
            budget,
            currency,
        } => {
            let (cost, budget) = (money_text(*cost), money_text(*budget));
            say!(
                "it costs {cost} {currency}, the budget is {budget}",
                "需要 {cost} {currency}，预算为 {budget}"
            )
        }
        Reason::MessageTooLong {
            longest,
            most,
            unit,
            id,
        } => {
            let id = escape_controls(id);
            let Phrase { en, zh } = length_phrase(*unit);
            say!(
                "with their values the message is too long: {longest} {en} of {most} for contact {id}",
                "填入各人的值后消息过长：联系人 {id} 为 {longest} {zh}，上限 {most}"
            )
        }
    }
}

fn reason_word(reason: &Reason) -> &'static str {
    match reason {
        Reason::Until(_) => "until",
        Reason::Sends(_) => "sends",
        Reason::Cap(..) => "cap",
        Reason::TooLong(_) => "too_long",
        Reason::Budget { .. } => "budget",
        Reason::MessageTooLong { .. } => "message_too_long",
    }
}

impl MisfitReport<'_> {
    /// The limit, by how much, and what would fit.
    pub fn to_text(&self, lang: Lang) -> String {
        let misfit = self.misfit;
        let name = escape_controls(self.campaign.name.as_str());
        let platform = platform_text(self.platform, self.tier);
        let (left, all) = (grouped(misfit.left), grouped(misfit.left + misfit.fitting));
        let head = say!(
            "{name} does not fit {platform}: {left} of {all} people would get nothing",
            "{name} 排不进 {platform}：{all} 人中有 {left} 人收不到"
        );
        let mut out = format!("{}\n", head.get(lang));
        let _ = writeln!(out, "  {}", reason_phrase(&misfit.reason).get(lang));
        let whole = misfit.stages.iter().take(2).map(|stage| stage.people).sum();
        out.push_str(&stages_text(&misfit.stages, whole, lang));
        if !misfit.changes.is_empty() {
            let _ = writeln!(out, "  {}", self.changes_head().get(lang));
        }
        for change in &misfit.changes {
            let _ = writeln!(out, "    {}", self.change(change).get(lang));
        }
        out
    }

    fn changes_head(&self) -> Phrase {
        match &self.misfit.needs {
            None => say!("any one of these would fit:", "以下任一改动即可："),
            Some((amount, currency)) => {
                let amount = money_text(*amount);
                say!(
                    "any one of these would fit; all but the last need `budget {amount} {currency}` as well:",
                    "以下任一改动即可；除最后一项外，还须 `budget {amount} {currency}`："
                )
            }
        }
    }

    fn change(&self, change: &Change) -> Phrase {
        match change {
            Change::Tier(tier, None) => say!("another tier: tier {tier}", "换级别：tier {tier}"),
            Change::Tier(tier, Some(size)) => say!(
                "another tier with larger batches: tier {tier}, batch {size}",
                "换级别并加大批次：tier {tier}，batch {size}"
            ),
            Change::Until(last) => {
                let last = local_text(&self.clock.zone, *last);
                say!(
                    "end later: the last batch would start {last}",
                    "推迟结束：末批将于 {last} 开始"
                )
            }
            Change::Sends(sends) => say!("more sends: sends {sends}", "增加次数：sends {sends}"),
            Change::BatchSize(size) => {
                let now = self.campaign.batch.map_or(0, |batch| batch.size);
                match *size > now {
                    true => say!("larger batches: batch {size}", "加大批次：batch {size}"),
                    false => say!("smaller batches: batch {size}", "减小批次：batch {size}"),
                }
            }
            Change::Budget(amount, currency) => {
                let amount = money_text(*amount);
                say!(
                    "more money: budget {amount} {currency}",
                    "增加预算：budget {amount} {currency}"
                )
            }
            Change::Shorten(by) => say!(
                "shorten the text by {by}, or exclude those people",
                "把正文缩短 {by}，或排除这些人"
            ),
            Change::Keep => {
                let fitting = grouped(self.misfit.fitting);
                say!(
                    "say who stays: `over limit keep …` ({fitting} fit)",
                    "写明保留谁：`over limit keep …`（可容纳 {fitting} 人）"
                )
            }
        }
    }

    /// The documented JSON.
    pub fn to_json(&self) -> String {
        let changes = self.misfit.changes.iter().map(|change| {
            let batch = match change {
                Change::Tier(_, batch) => *batch,
                _ => None,
            };
            let (change, to) = match change {
                Change::Tier(tier, _) => ("tier", Some(tier.to_string())),
                Change::Until(last) => ("until", Some(self.clock.zone.rfc3339(*last))),
                Change::Sends(sends) => ("sends", Some(sends.to_string())),
                Change::BatchSize(size) => ("batch", Some(size.to_string())),
                Change::Budget(amount, _) => ("budget", Some(money_text(*amount))),
                Change::Shorten(by) => ("shorten", Some(by.to_string())),
                Change::Keep => ("keep", None),
            };
            ChangeJson { change, to, batch }
        });
        to_json_line(&Document {
            version: 1,
            fits: false,
            campaign: self.campaign.name.as_str(),
            platform: self.platform.name.as_str(),
            tier: self.tier.map(Name::as_str),
            now: Zone::utc().rfc3339(self.clock.now),
            zone: self.clock.zone.name(),
            reason: reason_word(&self.misfit.reason),
            message: reason_phrase(&self.misfit.reason).en.to_string(),
            fitting: self.misfit.fitting,
            left: self.misfit.left,
            changes: changes.collect(),
            needs_budget: self
                .misfit
                .needs
                .as_ref()
                .map(|(amount, _)| money_text(*amount)),
            stages: self.misfit.stages.iter().map(StageJson::new).collect(),
        })
    }
}
