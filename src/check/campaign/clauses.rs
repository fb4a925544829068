//! Turns the clauses of a campaign into their settled forms.

use super::{Draft, impossible};
use crate::check::condition::Scope;
use crate::check::sending::{Arm, Batch, FrequencyCap, Per, Rotation, Slow, Split, Window};
use crate::check::times::moment_of;
use crate::check::typed::Moment;
use crate::diag::{Code, Diagnostic, Phrase};
use crate::name::Name;
use crate::say;
use crate::schema::Type;
use crate::source::{Sources, Span};
use crate::syntax::ast::{
    CampaignClause, CampaignItem, ClauseKind, Expr, Literal, LiteralKind, Path, SplitArm, Text,
};
use crate::value::{Duration, Number, Share, Unit, Zone};
use std::sync::Arc;

/// Names of an arm whose people get nothing.
const CONTROL: [&str; 3] = ["control", "对照", "对照组"];

impl Scope<'_> {
    pub(super) fn clause(&mut self, sources: &Sources, clause: &CampaignClause, draft: &mut Draft) {
        let span = clause.span;
        match &clause.kind {
            ClauseKind::Platform { .. } | ClauseKind::Message { .. } => {
                self.dispatch(sources, clause, draft);
            }
            ClauseKind::Audience(expr) => draft.audience = self.read(expr, draft),
            ClauseKind::Exclude(paths) => self.exclude(paths, draft),
            ClauseKind::Forbid(paths) => {
                let lists = paths.iter().filter_map(|path| self.known_list_only(path));
                draft.forbidden.extend(lists);
            }
            ClauseKind::Prefer(conditions) => {
                for condition in conditions {
                    let found = self.read(condition, draft);
                    draft.campaign.prefer.extend(found);
                }
            }
            ClauseKind::Defer(condition) => {
                let found = self.read(condition, draft);
                draft.campaign.defer.extend(found);
            }
            ClauseKind::Order(keys) => draft.campaign.order = self.sort_keys(keys, draft),
            ClauseKind::OverLimit(keys) => draft.campaign.keep = Some(self.sort_keys(keys, draft)),
            ClauseKind::Slow { condition, percent } => self.slow(condition, *percent, span, draft),
            ClauseKind::Rotate {
                field,
                level,
                every,
            } => {
                self.rotate(field, &level.text, level.span, *every, draft);
            }
            ClauseKind::Window {
                from_minute,
                to_minute,
                local,
                fallback,
            } => {
                let window = Window {
                    from_minute: *from_minute,
                    to_minute: *to_minute,
                    local: local.as_ref().and_then(|path| self.zone_field(path, draft)),
                    fallback: fallback.as_ref().and_then(|zone| self.zone(zone)),
                };
                draft.campaign.window = self.open_window(window, span);
            }
            ClauseKind::Start(_)
            | ClauseKind::Until(_)
            | ClauseKind::Batch { .. }
            | ClauseKind::Sends(_)
            | ClauseKind::AtMost { .. }
            | ClauseKind::Split { .. }
            | ClauseKind::Budget { .. } => self.bound(clause, draft),
        }
    }

    /// The clauses that say when, how many and for how much.
    fn bound(&mut self, clause: &CampaignClause, draft: &mut Draft) {
        let span = clause.span;
        match &clause.kind {
            ClauseKind::Start(literal) => draft.campaign.start = self.sending_time(literal),
            ClauseKind::Until(literal) => draft.campaign.until = self.sending_time(literal),
            ClauseKind::Batch { size, every } => {
                self.at_least_one(*size, span);
                if let Some(every) = every {
                    self.interval(*every, span);
                }
                draft.campaign.batch = Some(Batch {
                    size: *size,
                    every: *every,
                });
            }
            ClauseKind::Sends(count) => {
                self.at_least_one(*count, span);
                draft.campaign.sends = Some(*count);
            }
            ClauseKind::AtMost {
                count,
                per,
                rolling,
            } => {
                self.at_least_one(*count, span);
                let per = self.frequency_period(*per, span);
                draft.campaign.at_most.extend(per.map(|per| FrequencyCap {
                    count: *count,
                    per,
                    is_rolling: *rolling,
                }));
            }
            ClauseKind::Split { exact, arms, salt } => {
                draft.campaign.split = self.split(*exact, arms, salt.as_ref(), span, draft);
            }
            ClauseKind::Budget { amount, currency } => {
                draft.campaign.budget = Some((*amount, Arc::clone(&currency.text)));
            }
            _ => {}
        }
    }

    /// A list; segments hold people and not words.
    fn known_list_only(&mut self, path: &Path) -> Option<Name> {
        let name = self.known_list_or_segment(path)?;
        if self.rules.lists.contains_key(&name) {
            return Some(name);
        }
        self.report(impossible(
            path.span,
            say!("a segment: its people are no words", "这是人群，不是词"),
            say!("name a list of words", "请给出词的名单"),
        ));
        None
    }

    fn known_list_or_segment(&mut self, path: &Path) -> Option<Name> {
        let name = crate::check::schemas::path_name(path);
        match self.rules.find_segment(name.as_str()) {
            Some(_) => Some(name),
            None => self.known_list(path),
        }
    }

    fn slow(&mut self, condition: &Expr, percent: Number, span: Span, draft: &mut Draft) {
        let found = self.read(condition, draft);
        let Some(share) = Share::from_percent(percent) else {
            self.report(bad_shares(
                span,
                say!("more than everybody", "超过所有人"),
                say!("write a share from 0% to 100%", "请写 0% 到 100% 的比例"),
            ));
            return;
        };
        let slow = found.map(|condition| Slow { condition, share });
        draft.campaign.slow.extend(slow);
    }

    fn rotate(
        &mut self,
        path: &Path,
        level: &Arc<str>,
        level_span: Span,
        every: Duration,
        draft: &mut Draft,
    ) {
        let is_region = |kind: &Type| matches!(kind, Type::Region { .. });
        let found = self.typed_field(path, is_region, "region");
        self.interval(every, level_span);
        let Some(field) = found else { return };
        draft.campaign.own_reads.insert(field);
        if let Some(Type::Region { hierarchy, .. }) = self.field(field).map(|field| &field.kind)
            && !hierarchy.has_level(level)
        {
            let known = hierarchy.level_names().join(", ");
            self.report(impossible(
                level_span,
                say!("no level of this field's places", "该字段的地区没有这一级"),
                say!("write one of {known}", "请写 {known} 之一"),
            ));
            return;
        }
        draft.campaign.rotate = Some(Rotation {
            field,
            level: Arc::clone(level),
            every,
        });
    }

    fn zone_field(&mut self, path: &Path, draft: &mut Draft) -> Option<crate::name::FieldId> {
        let is_text = |kind: &Type| matches!(kind, Type::Text { .. } | Type::OneOf(_));
        let field = self.typed_field(path, is_text, "text")?;
        draft.campaign.own_reads.insert(field);
        Some(field)
    }

    fn zone(&mut self, zone: &Text) -> Option<Arc<str>> {
        if Zone::named(&zone.value).is_ok() {
            return Some(Arc::clone(&zone.value));
        }
        self.report(impossible(
            zone.span,
            say!("no such time zone", "没有这个时区"),
            say!(
                "write a name such as \"Asia/Shanghai\"",
                "请写时区名，如 \"Asia/Shanghai\""
            ),
        ));
        None
    }

    fn open_window(&mut self, window: Window, span: Span) -> Option<Window> {
        if window.from_minute != window.to_minute {
            return Some(window);
        }
        self.report(closed(
            span,
            say!("opens and closes at once", "开始和结束是同一时刻"),
            say!(
                "write the hours, or leave the line out for all day",
                "请写明时段；全天可发则删去这一行"
            ),
        ));
        None
    }

    /// A date, or a date and time; a parameter may stand for it.
    fn sending_time(&mut self, literal: &Literal) -> Option<Moment> {
        let kind = match &literal.kind {
            LiteralKind::Word(word) => self.rules.params.get(&**word).map(|param| &param.kind),
            kind => Some(kind),
        };
        let moment = match kind {
            Some(LiteralKind::Date(date)) => Some(Moment::Date(*date)),
            Some(LiteralKind::Datetime(text)) => moment_of(text),
            _ => None,
        };
        if moment.is_none() {
            self.report(impossible(
                literal.span,
                say!("not a date or time", "不是日期或时间"),
                say!(
                    "write one like 2026-11-23T09:00",
                    "请写成 2026-11-23T09:00 的形式"
                ),
            ));
        }
        moment
    }

    fn at_least_one(&mut self, count: u64, span: Span) {
        if count == 0 {
            self.report(impossible(
                span,
                say!("nobody would get anything", "没有人会收到"),
                say!("write a number from 1 on", "请写 1 以上的数"),
            ));
        }
    }

    /// Says when the time between two starts is no fixed time.
    fn interval(&mut self, every: Duration, span: Span) {
        if every.even_ms().is_none() {
            self.report(impossible(
                span,
                say!("months and years differ in length", "月和年长短不一"),
                say!(
                    "write minutes, hours, days or weeks",
                    "请写分钟、小时、天或周"
                ),
            ));
        }
    }

    fn frequency_period(&mut self, per: Duration, span: Span) -> Option<Per> {
        let count = u64::from(per.count);
        let days = match per.unit {
            Unit::Month if count == 1 => return Some(Per::Month),
            Unit::Day => count,
            Unit::Week => count * 7,
            _ => 0,
        };
        match u32::try_from(days) {
            Ok(days) if (1..=366).contains(&days) => Some(Per::Days(days)),
            Ok(_) | Err(_) => {
                self.report(impossible(
                    span,
                    say!("not a number of days from 1 to 366", "不是 1 到 366 天"),
                    say!("write days or weeks, such as 7d", "请写天或周，如 7d"),
                ));
                None
            }
        }
    }

    fn split(
        &mut self,
        is_exact: bool,
        written: &[SplitArm],
        salt: Option<&Text>,
        span: Span,
        draft: &Draft,
    ) -> Option<Split> {
        let mut arms: Vec<Arm> = Vec::new();
        for arm in written {
            let name = Name::new(&arm.name.text);
            let share = Share::from_percent(arm.percent);
            let is_known = arms.iter().any(|known| known.name == name);
            match share {
                Some(share) if !is_known => arms.push(Arm {
                    is_control: CONTROL.contains(&name.as_str()),
                    name,
                    share,
                }),
                Some(_) | None => self.report(bad_shares(
                    arm.span,
                    match is_known {
                        true => say!("an arm by this name stands above", "前面已有同名的组"),
                        false => say!("more than everybody", "超过所有人"),
                    },
                    say!("give each arm its own name and share", "每组各有名字和比例"),
                )),
            }
        }
        if arms.len() < written.len() {
            return None;
        }
        let total = sum(written.iter().map(|arm| arm.percent));
        if total != Some(Number::new(100, 0)) {
            let shown = total.map_or(String::new(), |total| total.to_string());
            self.report(bad_shares(
                span,
                say!("the shares add up to {shown}%", "各组合计 {shown}%"),
                say!("make them 100% together", "请使合计为 100%"),
            ));
            return None;
        }
        let name = draft.campaign.name.as_str();
        Some(Split {
            is_exact,
            arms,
            salt: match salt {
                Some(salt) => Arc::clone(&salt.value),
                // `slow` samples with the campaign's name: the split must not follow that sample.
                None => format!("{name}/split").into(),
            },
        })
    }

    /// Says when a clause that can hold only once is written again.
    pub(super) fn refuse_repeated(&mut self, item: &CampaignItem) {
        let mut seen: Vec<std::mem::Discriminant<ClauseKind>> = Vec::new();
        for clause in &item.clauses {
            let may_repeat = matches!(
                clause.kind,
                ClauseKind::Exclude(_)
                    | ClauseKind::Forbid(_)
                    | ClauseKind::Prefer(_)
                    | ClauseKind::Defer(_)
                    | ClauseKind::Slow { .. }
                    | ClauseKind::AtMost { .. }
            );
            let kind = std::mem::discriminant(&clause.kind);
            if !may_repeat && seen.contains(&kind) {
                self.report(impossible(
                    clause.span,
                    say!("said already above", "上面已经写过"),
                    say!("keep one of the two", "请只保留一处"),
                ));
            }
            seen.push(kind);
        }
    }
}

/// The sum of percentages; `None` beyond what numbers hold.
fn sum(mut numbers: impl Iterator<Item = Number>) -> Option<Number> {
    let total = numbers.try_fold(Number::new(0, 0), Number::checked_add)?;
    Some(total.reduced())
}

pub(super) fn bad_shares(span: Span, label: Phrase, help: Phrase) -> Diagnostic {
    Diagnostic::new(
        Code::BadShares,
        span,
        say!("the shares do not add up", "比例不成立"),
    )
    .label(label)
    .help(help)
}

pub(super) fn closed(span: Span, label: Phrase, help: Phrase) -> Diagnostic {
    Diagnostic::new(
        Code::NeverOpen,
        span,
        say!("no batch can ever start", "任何批次都无法开始"),
    )
    .label(label)
    .help(help)
}
