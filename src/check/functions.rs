//! The catalogue of functions: what each takes and gives, as data for the checker, hover and docs.

use crate::diag::Phrase;

/// One function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// What it takes and gives.
    pub signature: &'static str,
    /// What it does, in English.
    pub en: &'static str,
    /// What it does, in Chinese.
    pub zh: &'static str,
    /// A condition that uses it.
    pub example: &'static str,
    /// What it computes.
    pub kind: FunctionKind,
}

/// What a function computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionKind {
    /// The year of a local date.
    Year,
    /// The month of a local date.
    Month,
    /// The day of the month of a local date.
    Day,
    /// The day of the week of a local date.
    Weekday,
    /// The hour of a local time.
    Hour,
    /// Days from a date to today.
    DaysSince,
    /// Characters of a text, elements of a list.
    Length,
    /// Elements of a list.
    Count,
    /// A text in lower case.
    Lower,
}

/// Every function of the language.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "year",
        signature: "year(date or datetime) -> number",
        en: "The year of the local date.",
        zh: "当地日期的年份。",
        example: "year(birthday) = 2000",
        kind: FunctionKind::Year,
    },
    Function {
        name: "month",
        signature: "month(date or datetime) -> number",
        en: "The month of the local date, 1 to 12.",
        zh: "当地日期的月份，1 到 12。",
        example: "month(birthday) = 6",
        kind: FunctionKind::Month,
    },
    Function {
        name: "day",
        signature: "day(date or datetime) -> number",
        en: "The day of the month of the local date, 1 to 31.",
        zh: "当地日期在月内的日，1 到 31。",
        example: "day(last_login) in 1..7",
        kind: FunctionKind::Day,
    },
    Function {
        name: "weekday",
        signature: "weekday(date or datetime) -> number",
        en: "The day of the week of the local date, Monday 1 to Sunday 7; mon to sun may be written.",
        zh: "当地日期是星期几，周一为 1，周日为 7；也可写 mon 到 sun。",
        example: "weekday(last_active) in (sat, sun)",
        kind: FunctionKind::Weekday,
    },
    Function {
        name: "hour",
        signature: "hour(datetime) -> number",
        en: "The hour of the local time, 0 to 23.",
        zh: "当地时间的小时，0 到 23。",
        example: "hour(last_active) in 20..23",
        kind: FunctionKind::Hour,
    },
    Function {
        name: "days_since",
        signature: "days_since(date or datetime) -> number",
        en: "Local calendar days from the date to today; negative in the future.",
        zh: "从该日期到今天的天数；将来的日期为负。",
        example: "days_since(last_purchase) > 30",
        kind: FunctionKind::DaysSince,
    },
    Function {
        name: "length",
        signature: "length(text or list) -> number",
        en: "How many characters a text has, or elements a list has (0 when it is missing).",
        zh: "文本的字符数，或列表的元素数（缺失的列表为 0）。",
        example: "length(name) > 3",
        kind: FunctionKind::Length,
    },
    Function {
        name: "count",
        signature: "count(list) -> number",
        en: "How many elements a list has, duplicates counted; 0 when it is missing.",
        zh: "列表的元素数，重复的也算；缺失时为 0。",
        example: "count(tags) >= 2",
        kind: FunctionKind::Count,
    },
    Function {
        name: "lower",
        signature: "lower(text) -> text",
        en: "The text in lower case.",
        zh: "小写的文本。",
        example: "lower(email) ends with \"@example.com\"",
        kind: FunctionKind::Lower,
    },
];

impl Function {
    /// Finds a function by name.
    pub fn named(name: &str) -> Option<&'static Function> {
        FUNCTIONS.iter().find(|function| function.name == name)
    }

    /// What it does.
    pub fn description(&self) -> Phrase {
        Phrase::new(self.en, self.zh)
    }
}

/// The number of a day of the week by its English name or abbreviation or its Chinese name, Monday 1.
pub fn weekday_named(word: &str) -> Option<i64> {
    const DAYS: [[&str; 4]; 7] = [
        ["mon", "monday", "周一", "星期一"],
        ["tue", "tuesday", "周二", "星期二"],
        ["wed", "wednesday", "周三", "星期三"],
        ["thu", "thursday", "周四", "星期四"],
        ["fri", "friday", "周五", "星期五"],
        ["sat", "saturday", "周六", "星期六"],
        ["sun", "sunday", "周日", "星期日"],
    ];
    let is_named = |names: &[&str; 4]| names.iter().any(|name| name.eq_ignore_ascii_case(word));
    let at = DAYS.iter().position(is_named)?;
    i64::try_from(at + 1).ok()
}
