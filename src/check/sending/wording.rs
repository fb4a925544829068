//! Turns caps, what they count and their periods into words: those of rules, and those people read.

use super::{Cap, Counted, Limit, Per};
use crate::diag::Phrase;
use crate::say;
use crate::value::LengthUnit;

impl Counted {
    /// The word of the language.
    pub fn word(self) -> &'static str {
        match self {
            Counted::Recipients => "recipients",
            Counted::Sends => "sends",
            Counted::Calls => "calls",
            Counted::Messages => "messages",
            Counted::Segments => "segments",
        }
    }

    /// The word behind a number; in Chinese it is the measure.
    pub fn unit(self, count: u64) -> Phrase {
        let word = self.word();
        let en = match count {
            1 => word.strip_suffix('s').unwrap_or(word),
            _ => word,
        };
        let zh = match self {
            Counted::Recipients => "人",
            Counted::Sends => "次发送",
            Counted::Calls => "次调用",
            Counted::Messages => "条",
            Counted::Segments => "段",
        };
        Phrase::new(en, zh)
    }

    /// How many there are, as a thing: `发送次数`.
    fn number_in_chinese(self) -> &'static str {
        match self {
            Counted::Recipients => "人数",
            Counted::Sends => "发送次数",
            Counted::Calls => "调用次数",
            Counted::Messages => "条数",
            Counted::Segments => "段数",
        }
    }
}

/// The word behind a length; in Chinese it is the measure.
pub fn length_phrase(unit: LengthUnit) -> Phrase {
    let zh = match unit {
        LengthUnit::Chars => "个字符",
        LengthUnit::Bytes => "字节",
        LengthUnit::Utf16 => "个 UTF-16 单元",
        LengthUnit::Sms => "个短信字符（sms）",
        LengthUnit::SmsCn => "个短信字符（sms_cn）",
    };
    Phrase::new(unit.word(), zh)
}

impl std::fmt::Display for Per {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Per::Send => out.write_str("send"),
            Per::Call => out.write_str("call"),
            Per::Second => out.write_str("second"),
            Per::Minute => out.write_str("minute"),
            Per::Hour => out.write_str("hour"),
            Per::Days(1) => out.write_str("day"),
            Per::Days(days) => write!(out, "{days}d"),
            Per::Month => out.write_str("month"),
        }
    }
}

impl Per {
    fn in_chinese(self) -> String {
        match self {
            Per::Send => "每次发送".to_string(),
            Per::Call => "每次调用".to_string(),
            Per::Second => "每秒".to_string(),
            Per::Minute => "每分钟".to_string(),
            Per::Hour => "每小时".to_string(),
            Per::Days(1) => "每天".to_string(),
            Per::Days(days) => format!("每 {days} 天"),
            Per::Month => "每月".to_string(),
        }
    }
}

impl Cap {
    /// `recipients per day per recipient rolling`, as rules write it behind the number.
    pub fn words(&self) -> String {
        let (counted, per) = (self.counted.word(), self.per);
        let person = if self.is_per_recipient {
            " per recipient"
        } else {
            ""
        };
        let rolling = if self.is_rolling { " rolling" } else { "" };
        format!("{counted} per {per}{person}{rolling}")
    }

    /// The cap with what it allows, as people read it.
    pub fn phrase(&self, limit: Limit) -> Phrase {
        let words = self.words();
        let (_, rest) = words.split_once(' ').unwrap_or(("", &words));
        let person = if self.is_per_recipient { "每人" } else { "" };
        let rolling = if self.is_rolling { "（滚动）" } else { "" };
        let per = format!("{person}{}{rolling}", self.per.in_chinese());
        let number = self.counted.number_in_chinese();
        match limit {
            Limit::Number(most) => {
                let Phrase { en, zh } = self.counted.unit(most);
                say!("{most} {en} {rest}", "{per} {most} {zh}")
            }
            Limit::None => say!("{words}: no limit", "{per}{number}不限"),
            Limit::Unknown => say!("{words}: limit unknown", "{per}{number}上限未知"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sending::{CapAmount, Excess};
    use crate::source::{SourceId, Span};

    #[test]
    fn caps_read_well_in_both_languages() {
        let cap = |counted, per, is_per_recipient, is_rolling| Cap {
            amount: CapAmount::Limit(Limit::None),
            counted,
            per,
            is_per_recipient,
            is_rolling,
            when: None,
            excess: Excess::Reject,
            source: None,
            span: Span::new(SourceId(0), 0, 0),
        };
        let check = |cap: Cap, limit, en: &str, zh: &str| {
            let phrase = cap.phrase(limit);
            assert_eq!((&*phrase.en, &*phrase.zh), (en, zh));
        };
        check(
            cap(Counted::Messages, Per::Days(1), true, true),
            Limit::Number(1),
            "1 message per day per recipient rolling",
            "每人每天（滚动） 1 条",
        );
        check(
            cap(Counted::Sends, Per::Days(7), false, false),
            Limit::Unknown,
            "sends per 7d: limit unknown",
            "每 7 天发送次数上限未知",
        );
        check(
            cap(Counted::Calls, Per::Minute, false, false),
            Limit::None,
            "calls per minute: no limit",
            "每分钟调用次数不限",
        );
    }
}
