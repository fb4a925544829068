//! A plan as one HTML page that needs nothing else: no script, no font, no picture from elsewhere.

use super::text::{is_told, platform_text};
use super::timeline::Timeline;
use super::{PlanReport, batch_file, local_text, stage_label};
use crate::campaign::{Batch, CapUse, Stage, StageKind};
use crate::check::sending::Limit;
use crate::diag::{Lang, Phrase};
use crate::report::{grouped, percent};
use crate::say;
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("plan.css");
/// Batches listed in the page; all of them are in `plan.json`.
const MOST_BATCHES: usize = 500;
/// Regions listed.
const MOST_REGIONS: usize = 40;

impl PlanReport<'_> {
    /// The page.
    pub fn to_html(&self, lang: Lang) -> String {
        let page = Page { report: self, lang };
        page.to_markup().into_string()
    }
}

struct Page<'r> {
    report: &'r PlanReport<'r>,
    lang: Lang,
}

impl Page<'_> {
    fn say<'p>(&self, phrase: &'p Phrase) -> &'p str {
        phrase.get(self.lang)
    }

    fn heading(&self, phrase: &Phrase) -> Markup {
        html! { h2 { (self.say(phrase)) } }
    }

    fn to_markup(&self) -> Markup {
        let report = self.report;
        let campaign = report.campaign;
        let title = campaign.title.as_deref().unwrap_or(campaign.name.as_str());
        let code = match self.lang {
            Lang::En => "en",
            Lang::Zh => "zh-CN",
        };
        html! {
            (DOCTYPE)
            html lang=(code) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                    title { (title) " · segrule" }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    header {
                        h1 { (title) }
                        p .sub { (platform_text(report.platform, report.tier)) }
                        @if let Some(doc) = &campaign.doc { p { (doc) } }
                    }
                    main {
                        (self.tiles())
                        (self.notes())
                        (self.stages())
                        (self.timeline())
                        (self.caps())
                        (self.money())
                        (self.regions())
                        (self.batches())
                        (self.origin())
                    }
                }
            }
        }
    }

    fn tiles(&self) -> Markup {
        let plan = self.report.plan;
        let time = |at: Option<&Batch>| {
            at.map_or("-".to_string(), |batch| {
                local_text(&batch.zone, batch.start)
            })
        };
        let cost = plan
            .cost
            .as_ref()
            .map(|(total, price)| format!("{} {}", super::money_text(*total), price.currency));
        let tiles = [
            (say!("people sent to", "发送人数"), grouped(plan.sent)),
            (say!("batches", "批数"), grouped(plan.batches.len() as u64)),
            (say!("first start", "首批"), time(plan.batches.first())),
            (say!("last start", "末批"), time(plan.batches.last())),
            (
                say!("cost", "费用"),
                cost.unwrap_or_else(|| "-".to_string()),
            ),
        ];
        html! {
            dl .tiles {
                @for (label, value) in &tiles {
                    div { dt { (self.say(label)) } dd { (value) } }
                }
            }
        }
    }

    fn notes(&self) -> Markup {
        html! {
            @if !self.report.plan.notes.is_empty() {
                section .notes {
                    (self.heading(&say!("To know", "须知")))
                    ul { @for note in &self.report.plan.notes { li { (self.say(note)) } } }
                }
            }
        }
    }

    fn stages(&self) -> Markup {
        let plan = self.report.plan;
        let whole = plan.members + plan.quarantined;
        let row = |stage: &Stage| {
            let class = match stage.kind {
                StageKind::Audience => "audience",
                StageKind::Sent => "sent",
                _ => "out",
            };
            let share = percent(stage.people, whole);
            html! {
                tr class=(class) {
                    th scope="row" { (self.say(&stage_label(stage))) }
                    td .number { (grouped(stage.people)) }
                    td .number { (share) }
                    td .bar { span style={ "width:" (share.replace('-', "0%")) } {} }
                }
            }
        };
        let (placed, members) = (grouped(plan.placed()), grouped(plan.members));
        let quarantined = grouped(plan.quarantined);
        let sum = say!(
            "together {placed} = {members} members + {quarantined} quarantined of the audience",
            "合计 {placed} = 受众 {members} + 受众中被隔离 {quarantined}"
        );
        html! {
            section {
                (self.heading(&say!("Where everybody ends", "每个人的去处")))
                table .bars { tbody {
                    @for stage in plan.stages.iter().filter(|stage| is_told(stage)) { (row(stage)) }
                } }
                p .sum { (self.say(&sum)) }
            }
        }
    }

    fn timeline(&self) -> Markup {
        let timeline = Timeline::new(self.report);
        let zone = timeline.zone();
        let (hours_en, hours_zh) = match timeline.has_hours() {
            true => (" quiet hours shaded;", "灰色为静默时段；"),
            false => ("", ""),
        };
        let caption = say!(
            "a bar for five minutes, as high as people are sent to;{hours_en} at the end the day's people and the cap it uses most; times of {zone}",
            "每五分钟一条，高度为发送人数；{hours_zh}右侧为当天人数和用得最满的限额；时间按 {zone}"
        );
        let left_out = timeline.days_left_out();
        html! {
            section {
                (self.heading(&say!("When", "时间线")))
                figure {
                    div .wide { (timeline.to_svg(self.lang)) }
                    figcaption {
                        (self.say(&caption))
                        @if left_out > 0 {
                            " · "
                            (self.say(&say!("{left_out} more days are in plan.json", "另有 {left_out} 天见 plan.json")))
                        }
                    }
                }
            }
        }
    }

    fn caps(&self) -> Markup {
        let source = self.report.plan.figures.source.as_deref();
        let row = |each: &CapUse| {
            let share = match (each.limit, each.peak) {
                (Limit::Number(most), Some(peak)) if most > 0 => Some(percent(peak, most)),
                _ => None,
            };
            html! {
                tr {
                    th scope="row" { (self.say(&each.cap.phrase(each.limit))) }
                    td .number { (each.peak.map_or("-".to_string(), grouped)) }
                    td .bar { @if let Some(share) = share { span style={ "width:" (share) } {} } }
                    td .source { (each.cap.source.as_deref().or(source).unwrap_or("-")) }
                }
            }
        };
        html! {
            @if !self.report.plan.caps.is_empty() {
                section {
                    (self.heading(&say!("Limits of the platform", "平台限额")))
                    div .wide {
                        table {
                            thead { tr {
                                th { (self.say(&say!("limit", "限额"))) }
                                th .number { (self.say(&say!("most used", "最多用到"))) }
                                th {}
                                th { (self.say(&say!("source", "来源"))) }
                            } }
                            tbody { @for each in &self.report.plan.caps { (row(each)) } }
                        }
                    }
                }
            }
        }
    }

    fn money(&self) -> Markup {
        let mut lines: Vec<Phrase> = self.report.money().into_iter().collect();
        lines.extend(self.report.hopes());
        html! {
            @if !lines.is_empty() {
                section {
                    (self.heading(&say!("Cost and expectation", "费用与预期")))
                    ul { @for line in &lines { li { (self.say(line)) } } }
                }
            }
        }
    }

    fn regions(&self) -> Markup {
        let regions = &self.report.regions;
        let most = regions.first().map_or(0, |(_, people)| *people);
        let unknown = say!("unknown", "未知");
        html! {
            @if !regions.is_empty() {
                section {
                    (self.heading(&say!("Where people are", "地区分布")))
                    table .bars { tbody {
                        @for (name, people) in regions.iter().take(MOST_REGIONS) {
                            tr {
                                th scope="row" { @if name.is_empty() { (self.say(&unknown)) } @else { (name) } }
                                td .number { (grouped(*people)) }
                                td .bar { span style={ "width:" (percent(*people, most)) } {} }
                            }
                        }
                    } }
                }
            }
        }
    }

    fn batches(&self) -> Markup {
        let batches = &self.report.plan.batches;
        let has_places = batches.iter().any(|batch| batch.place.is_some());
        let left_out = batches.len().saturating_sub(MOST_BATCHES);
        let row = |batch: &Batch| {
            html! {
                tr {
                    td .number { (batch.number) }
                    td .time { (local_text(&batch.zone, batch.start)) }
                    td { (batch.zone.name()) }
                    @if has_places { td { (self.report.place(batch.place).unwrap_or("-")) } }
                    td .number { (grouped(batch.people.len() as u64)) }
                    td .number { (batch.sends) }
                    td .number { (batch.deferred) }
                    td { code { (batch_file(batch.number)) } }
                }
            }
        };
        html! {
            section {
                details open[batches.len() <= 20] {
                    summary { h2 { (self.say(&say!("Batches", "批次"))) " (" (grouped(batches.len() as u64)) ")" } }
                    div .wide {
                        table .batches {
                            thead { tr {
                                th .number { "#" }
                                th { (self.say(&say!("start", "开始"))) }
                                th { (self.say(&say!("zone", "时区"))) }
                                @if has_places { th { (self.say(&say!("place", "地区"))) } }
                                th .number { (self.say(&say!("people", "人数"))) }
                                th .number { (self.say(&say!("sends", "发送"))) }
                                th .number { (self.say(&say!("deferred", "延后"))) }
                                th { (self.say(&say!("file", "文件"))) }
                            } }
                            tbody { @for batch in batches.iter().take(MOST_BATCHES) { (row(batch)) } }
                        }
                    }
                    @if left_out > 0 {
                        p { (self.say(&say!("{left_out} more are in plan.json", "其余 {left_out} 批见 plan.json"))) }
                    }
                }
            }
        }
    }

    /// What the plan was made from.
    fn origin(&self) -> Markup {
        let report = self.report;
        let now = local_text(&report.clock.zone, report.clock.now);
        let files = report
            .provenance
            .data
            .iter()
            .chain(&report.provenance.ledger);
        html! {
            section .origin {
                (self.heading(&say!("Made from", "依据")))
                dl {
                    dt { (self.say(&say!("now", "当前时刻"))) } dd { (now) " " (report.clock.zone.name()) }
                    dt { (self.say(&say!("rules", "规则"))) } dd { code { (report.provenance.rules_sha256) } }
                    @for (name, value) in &report.provenance.set {
                        dt { (name) } dd { code { (value) } }
                    }
                    @for file in files {
                        dt { (file.name) }
                        dd { code { (file.sha256.as_deref().unwrap_or("-")) } }
                    }
                    dt { (self.say(&say!("figures", "平台数值"))) } dd { code { (report.figures_sha256()) } }
                }
            }
        }
    }
}
