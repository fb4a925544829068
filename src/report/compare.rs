//! One campaign over every platform, as a table for people and as JSON.

use super::plan::{exact_number, money_text, reason_phrase};
use super::{grouped, to_json_line};
use crate::campaign::{Change, Outcome};
use crate::check::sending::{Campaign, Limit, Objection, Platform, length_phrase};
use crate::diag::{Lang, Phrase};
use crate::name::Name;
use crate::say;
use crate::value::{Clock, Number, Zone};
use serde::Serialize;
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// A campaign over platforms.
#[derive(Clone, Debug)]
pub struct Comparison {
    campaign: String,
    now: String,
    zone: String,
    rows: Vec<Row>,
}

/// A campaign on one platform.
#[derive(Clone, Debug)]
pub struct Row {
    platform: String,
    title: Option<String>,
    tier: Option<String>,
    /// The platform that the campaign names.
    is_own: bool,
    /// Why it does not go out there.
    refusal: Option<Phrase>,
    figures: Option<Numbers>,
}

/// What a plan on a platform comes to.
#[derive(Clone, Debug)]
struct Numbers {
    sent: u64,
    batches: u64,
    days: u64,
    /// Some limit of the platform is not known: the plan takes it as none.
    is_unsure: bool,
    cost: Option<(Number, String)>,
    conversions: Option<Number>,
    cost_per_conversion: Option<Number>,
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    campaign: &'a str,
    now: &'a str,
    zone: &'a str,
    platforms: Vec<RowJson<'a>>,
}

#[derive(Serialize)]
struct RowJson<'a> {
    platform: &'a str,
    title: Option<&'a str>,
    tier: Option<&'a str>,
    own: bool,
    fits: bool,
    reason: Option<&'a str>,
    sent: Option<u64>,
    batches: Option<u64>,
    days: Option<u64>,
    unknown_limits: Option<bool>,
    cost: Option<serde_json::Number>,
    currency: Option<&'a str>,
    conversions: Option<serde_json::Number>,
    cost_per_conversion: Option<serde_json::Number>,
}

impl Row {
    /// What became of the campaign on a platform: its objections to the message, else the plan.
    pub fn new(
        platform: &Platform,
        tier: Option<&Name>,
        is_own: bool,
        objections: &[Objection],
        outcome: Option<&Outcome>,
        clock: &Clock,
    ) -> Row {
        let refusal = match (objections.first(), outcome) {
            (Some(objection), _) => Some(objection_phrase(objection)),
            (None, Some(Outcome::Misfit(misfit))) => {
                let reason = reason_phrase(&misfit.reason);
                let later = misfit.changes.iter().find_map(|change| match change {
                    Change::Until(last) => Some(clock.zone.date_of(*last).to_string()),
                    _ => None,
                });
                Some(match later {
                    None => reason,
                    Some(day) => {
                        let (en, zh) = (&reason.en, &reason.zh);
                        say!("{en} (would fit by {day})", "{zh}（到 {day} 可以发完）")
                    }
                })
            }
            (None, _) => None,
        };
        let figures = match outcome {
            Some(Outcome::Plan(plan)) => {
                let day = |at| i64::from(clock.zone.date_of(at).0);
                let ends = plan.batches.first().zip(plan.batches.last());
                let days = ends.map_or(0, |(first, last)| day(last.start) - day(first.start) + 1);
                Some(Numbers {
                    sent: plan.sent,
                    batches: plan.batches.len() as u64,
                    days: u64::try_from(days).unwrap_or(0),
                    is_unsure: plan.caps.iter().any(|each| each.limit == Limit::Unknown),
                    cost: plan
                        .cost
                        .as_ref()
                        .map(|(total, price)| (*total, price.currency.to_string())),
                    conversions: plan.conversions,
                    cost_per_conversion: plan.cost_per_conversion,
                })
            }
            Some(Outcome::Misfit(_)) | None => None,
        };
        Row {
            platform: platform.name.to_string(),
            title: platform.title.as_ref().map(ToString::to_string),
            tier: tier.map(ToString::to_string),
            is_own,
            refusal,
            figures,
        }
    }

    fn cells(&self, lang: Lang) -> Vec<String> {
        let title = self.title.as_deref().unwrap_or(&self.platform);
        let mark = if self.is_own { "* " } else { "  " };
        let mut cells = vec![format!("{mark}{title}")];
        let Some(figures) = &self.figures else {
            let refusal = self
                .refusal
                .as_ref()
                .map_or("", |refusal| refusal.get(lang));
            let no = say!("no: {refusal}", "否：{refusal}");
            cells.push(no.get(lang).to_string());
            return cells;
        };
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_string());
        cells.extend([
            match figures.is_unsure {
                true => say!("yes ?", "是 ?"),
                false => say!("yes", "是"),
            }
            .get(lang)
            .to_string(),
            grouped(figures.sent),
            grouped(figures.batches),
            grouped(figures.days),
            or_dash(
                figures
                    .cost
                    .as_ref()
                    .map(|(total, currency)| format!("{} {currency}", money_text(*total))),
            ),
            or_dash(figures.conversions.map(|count| count.to_string())),
            or_dash(figures.cost_per_conversion.map(money_text)),
        ]);
        cells
    }
}

fn objection_phrase(objection: &Objection) -> Phrase {
    match objection {
        Objection::Kind(known) => {
            let known: Vec<&str> = known.iter().map(Name::as_str).collect();
            let known = known.join(", ");
            say!(
                "carries only messages of kind {known}",
                "只能发 {known} 类消息"
            )
        }
        Objection::Length { units, most, unit } => {
            let Phrase { en, zh } = length_phrase(*unit);
            say!(
                "the text is too long: {units} {en} of {most}",
                "正文过长：{units} {zh}，上限 {most}"
            )
        }
        Objection::Count { what, count, most } => {
            let what = what.phrase();
            let (en, zh) = (&what.en, &what.zh);
            say!(
                "too many {en}: {count} of {most}",
                "{zh}过多：{count}，上限 {most}"
            )
        }
        Objection::Account => say!("needs a linked account", "需要关联账号"),
    }
}

impl Comparison {
    /// Puts the rows together: platforms that carry the campaign first, the cheapest conversion first
    /// among them.
    pub fn new(campaign: &Campaign, clock: &Clock, mut rows: Vec<Row>) -> Comparison {
        rows.sort_by(|a, b| {
            let key = |row: &Row| {
                let each = row
                    .figures
                    .as_ref()
                    .and_then(|figures| figures.cost_per_conversion);
                (row.figures.is_none(), each.is_none())
            };
            let each = |row: &Row| {
                row.figures
                    .as_ref()
                    .and_then(|each| each.cost_per_conversion)
            };
            key(a).cmp(&key(b)).then_with(|| {
                each(a)
                    .partial_cmp(&each(b))
                    .unwrap_or(std::cmp::Ordering::Equal)
            })
        });
        Comparison {
            campaign: campaign.name.to_string(),
            now: Zone::utc().rfc3339(clock.now),
            zone: clock.zone.name().to_string(),
            rows,
        }
    }

    /// Whether the campaign fits the platform it names.
    pub fn fits_own(&self) -> bool {
        self.rows
            .iter()
            .any(|row| row.is_own && row.figures.is_some())
    }

    /// A line a platform.
    pub fn to_text(&self, lang: Lang) -> String {
        let heads = [
            say!("platform", "平台"),
            say!("fits", "可行"),
            say!("people", "人数"),
            say!("batches", "批数"),
            say!("days", "天数"),
            say!("cost", "费用"),
            say!("conversions", "预计转化"),
            say!("cost of one", "每个转化费用"),
        ];
        let heads_text: Vec<String> = heads
            .iter()
            .map(|head| head.get(lang).to_string())
            .collect();
        let mut lines = vec![with_indent(&heads_text)];
        lines.extend(self.rows.iter().map(|row| row.cells(lang)));
        let width = |column: usize| {
            let full = lines
                .iter()
                .filter(|cells: &&Vec<String>| cells.len() == heads.len());
            full.filter_map(|cells| cells.get(column))
                .map(|cell| cell.width())
                .max()
                .unwrap_or(0)
        };
        let first = lines
            .iter()
            .filter_map(|cells| cells.first())
            .map(|cell| cell.width())
            .max();
        let mut out = format!("{}\n", crate::diag::escape_controls(&self.campaign));
        for cells in &lines {
            let mut line = String::new();
            for (column, cell) in cells.iter().enumerate() {
                let wanted = if column == 0 {
                    first.unwrap_or(0)
                } else {
                    width(column)
                };
                let pad = " ".repeat(wanted.saturating_sub(cell.width()));
                // Numbers stand right, words left.
                match column {
                    0 | 1 => {
                        let _ = write!(line, "{cell}{pad}  ");
                    }
                    _ => {
                        let _ = write!(line, "{pad}{cell}  ");
                    }
                }
            }
            let _ = writeln!(out, "{}", line.trim_end());
        }
        let figures = self.rows.iter().filter_map(|row| row.figures.as_ref());
        if figures.clone().any(|figures| figures.is_unsure) {
            let note = say!(
                "?: a limit of the platform is not known and taken as none",
                "?：该平台有上限未知，按不限处理"
            );
            let _ = writeln!(out, "  {}", note.get(lang));
        }
        out
    }

    /// The documented JSON.
    pub fn to_json(&self) -> String {
        let platforms = self.rows.iter().map(|row| {
            let figures = row.figures.as_ref();
            RowJson {
                platform: &row.platform,
                title: row.title.as_deref(),
                tier: row.tier.as_deref(),
                own: row.is_own,
                fits: figures.is_some(),
                reason: row.refusal.as_ref().map(|refusal| refusal.en.as_str()),
                sent: figures.map(|figures| figures.sent),
                batches: figures.map(|figures| figures.batches),
                days: figures.map(|figures| figures.days),
                unknown_limits: figures.map(|figures| figures.is_unsure),
                cost: figures
                    .and_then(|each| each.cost.as_ref())
                    .map(|(total, _)| exact_number(*total)),
                currency: figures
                    .and_then(|each| each.cost.as_ref())
                    .map(|(_, currency)| currency.as_str()),
                conversions: figures.and_then(|each| each.conversions).map(exact_number),
                cost_per_conversion: figures
                    .and_then(|each| each.cost_per_conversion)
                    .map(exact_number),
            }
        });
        to_json_line(&Document {
            version: 1,
            campaign: &self.campaign,
            now: &self.now,
            zone: &self.zone,
            platforms: platforms.collect(),
        })
    }
}

/// The head of the first column stands over the names, behind their marks.
fn with_indent(cells: &[String]) -> Vec<String> {
    let mut cells = cells.to_vec();
    if let Some(first) = cells.first_mut() {
        first.insert_str(0, "  ");
    }
    cells
}
