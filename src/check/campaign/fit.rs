//! Says what can never fit, whoever the contacts are: hours that never open, batches no cap lets
//! through, an audience that is nobody.

use super::clauses::closed;
use crate::check::condition::Scope;
use crate::check::sending::{Campaign, Counted, Exclusion, Limits, Per};
use crate::check::typed::{ConditionKind, Moment};
use crate::diag::{Code, Diagnostic, Phrase};
use crate::say;
use crate::source::Span;
use crate::syntax::ast::{CampaignItem, ClauseKind};

const MINUTES_A_DAY: i64 = 24 * 60;

impl Scope<'_> {
    pub(super) fn check_fit(&mut self, item: &CampaignItem, campaign: &Campaign) {
        self.check_openings(item, campaign);
        self.check_budget(item, campaign);
        let figures = campaign.platform.figures(campaign.tier.as_ref());
        let limits = figures.limits(campaign.message.as_ref());
        let Some(batch) = &campaign.batch else {
            return self.check_one_person(campaign, &limits);
        };
        let span = clause_span(item, |kind| matches!(kind, ClauseKind::Batch { .. }));
        if let Some((size, label)) = too_big(batch.size, &limits) {
            let help = match size {
                0 => say!("choose another platform or tier", "请换平台或级别"),
                _ => say!("write `batch {size}` or less", "请写 `batch {size}` 或更少"),
            };
            self.report(never_fits(span.unwrap_or(campaign.name_span), label, help));
        }
    }

    fn check_one_person(&mut self, campaign: &Campaign, limits: &Limits) {
        if let Some((_, label)) = too_big(1, limits) {
            let help = say!("choose another platform or tier", "请换平台或级别");
            self.report(never_fits(campaign.name_span, label, help));
        }
    }

    pub(super) fn check_audience(&mut self, campaign: &Campaign) {
        let own = match &campaign.audience.kind {
            ConditionKind::Nobody => {
                return self.report(never_fits(
                    campaign.audience.span,
                    say!("the audience is nobody", "受众为无人"),
                    say!("name a segment", "请写一个人群"),
                ));
            }
            ConditionKind::Segment(id) => *id,
            _ => return,
        };
        let is_own = |exclusion: &Exclusion| *exclusion == Exclusion::Segment(own);
        if campaign
            .exclude
            .iter()
            .any(|(_, exclusion)| is_own(exclusion))
        {
            self.report(never_fits(
                campaign.audience.span,
                say!("the whole audience is excluded", "受众全部被排除"),
                say!("take it out of `exclude`", "请从 `exclude` 中去掉"),
            ));
        }
        let arms = campaign.split.iter().flat_map(|split| &split.arms);
        if campaign.split.is_some() && arms.clone().all(|arm| arm.is_control) {
            self.report(never_fits(
                campaign.name_span,
                say!("everybody is held out", "所有人都在对照组"),
                say!(
                    "give `split` an arm that is sent to",
                    "请在 `split` 中加一个要发送的组"
                ),
            ));
        }
    }

    /// Start, end and window, as far as local clocks tell without a zone.
    fn check_openings(&mut self, item: &CampaignItem, campaign: &Campaign) {
        let until_span = clause_span(item, |kind| matches!(kind, ClauseKind::Until(_)));
        let (Some(start), Some(until), Some(span)) = (
            campaign
                .start
                .as_ref()
                .and_then(|start| local_minute(start, false)),
            campaign
                .until
                .as_ref()
                .and_then(|until| local_minute(until, true)),
            until_span,
        ) else {
            return;
        };
        if until <= start {
            return self.report(closed(
                span,
                say!("not after the start", "不晚于开始时间"),
                say!("end later, or start earlier", "请推迟结束或提前开始"),
            ));
        }
        let Some(window) = &campaign.window else {
            return;
        };
        let (from, to) = (i64::from(window.from_minute), i64::from(window.to_minute));
        let of_day = start.rem_euclid(MINUTES_A_DAY);
        let is_open = match from < to {
            true => (from..to).contains(&of_day),
            false => of_day >= from || of_day < to,
        };
        let next_opening = start + (from - of_day).rem_euclid(MINUTES_A_DAY);
        if !is_open && next_opening >= until {
            self.report(closed(
                span,
                say!(
                    "the hours do not open between start and end",
                    "开始与结束之间没有可发送的时段"
                ),
                say!("end later, or widen the window", "请推迟结束或放宽时段"),
            ));
        }
    }

    fn check_budget(&mut self, item: &CampaignItem, campaign: &Campaign) {
        let figures = campaign.platform.figures(campaign.tier.as_ref());
        let (Some((_, budget)), Some(cost)) = (&campaign.budget, figures.cost) else {
            return;
        };
        if *budget != cost.currency {
            let span = clause_span(item, |kind| matches!(kind, ClauseKind::Budget { .. }));
            let currency = &cost.currency;
            self.report(super::impossible(
                span.unwrap_or(campaign.name_span),
                say!(
                    "the platform charges in {currency}",
                    "平台以 {currency} 计费"
                ),
                say!("write the budget in {currency}", "请以 {currency} 写预算"),
            ));
        }
    }
}

fn clause_span(item: &CampaignItem, is_it: impl Fn(&ClauseKind) -> bool) -> Option<Span> {
    let mut clauses = item.clauses.iter();
    clauses
        .find(|clause| is_it(&clause.kind))
        .map(|clause| clause.span)
}

/// Minutes of a local clock; `None` for moments that hang on a zone. The end of a date is its last.
fn local_minute(moment: &Moment, is_end: bool) -> Option<i64> {
    match moment {
        Moment::Date(date) => {
            let day = i64::from(date.0) + i64::from(is_end);
            Some(day * MINUTES_A_DAY)
        }
        Moment::Local(date, ms) => {
            Some(i64::from(date.0) * MINUTES_A_DAY + i64::from(*ms).div_euclid(60_000))
        }
        Moment::Instant(_) | Moment::Period(_) | Moment::Ago(_) => None,
    }
}

/// When a batch of so many people can never go out at one time: the largest that can, and why.
fn too_big(size: u64, limits: &Limits) -> Option<(u64, Phrase)> {
    let per_send = limits.recipients_per_send();
    let per_call = limits.recipients_per_call();
    let mut worst: Option<(u64, Phrase)> = None;
    for (limit, cap) in &limits.caps {
        let Some(most) = limit.number() else { continue };
        if cap.is_per_recipient {
            if most == 0 {
                worst = Some((0, say!("nobody may be sent anything", "任何人都不能发")));
            }
            continue;
        }
        let each = match (cap.per, cap.counted) {
            (Per::Send | Per::Call, Counted::Recipients | Counted::Messages) if most > 0 => {
                continue;
            }
            (Per::Send | Per::Call, _) if most > 0 => continue,
            (_, Counted::Recipients | Counted::Messages | Counted::Segments) => Some(1),
            (_, Counted::Sends) => per_send,
            (_, Counted::Calls) => match (per_send, per_call) {
                (Some(send), Some(call)) => Some(send.min(call)),
                (send, call) => send.or(call),
            },
        };
        let room = each.map_or(if most == 0 { 0 } else { u64::MAX }, |each| {
            each.saturating_mul(most)
        });
        let is_worse = worst.as_ref().is_none_or(|(least, _)| room < *least);
        if room < size && is_worse {
            let Phrase { en, zh } = cap.phrase(*limit);
            let label = say!(
                "{en}: at one time {room} people at most",
                "{zh}：一次最多 {room} 人"
            );
            worst = Some((room, label));
        }
    }
    worst
}

fn never_fits(span: Span, label: Phrase, help: Phrase) -> Diagnostic {
    Diagnostic::new(
        Code::NeverFits,
        span,
        say!("the campaign can never fit", "群发永远无法安排"),
    )
    .label(label)
    .help(help)
}
