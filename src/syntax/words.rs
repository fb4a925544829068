//! The words that mark items and operators, for what is looked at before or after the grammar.
//!
//! Invariants: every word here is also in the grammar.

/// The words that start items.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ItemWord {
    /// `schema`
    Schema,
    /// `segment`
    Segment,
    /// `list`
    List,
    /// `param`
    Param,
    /// `hierarchy`
    Hierarchy,
    /// `test`
    Test,
    /// `platform`
    Platform,
    /// `campaign`
    Campaign,
    /// Reserved.
    Events,
}

/// The item that a word starts.
pub fn item_word(word: &str) -> Option<ItemWord> {
    Some(match word {
        "schema" | "档案" => ItemWord::Schema,
        "segment" | "人群" => ItemWord::Segment,
        "list" | "名单" => ItemWord::List,
        "param" | "参数" => ItemWord::Param,
        "hierarchy" | "层级" => ItemWord::Hierarchy,
        "test" | "测试" => ItemWord::Test,
        "platform" | "平台" => ItemWord::Platform,
        "campaign" | "群发" => ItemWord::Campaign,
        "events" | "事件" => ItemWord::Events,
        _ => return None,
    })
}

/// Whether a word can only go on with an expression, never name anything.
pub(super) fn continues_expression(word: &str) -> bool {
    matches!(
        word,
        "and"
            | "or"
            | "in"
            | "not"
            | "within"
            | "contains"
            | "has"
            | "matches"
            | "before"
            | "after"
            | "on"
            | "is"
            | "starts"
            | "ends"
            | "且"
            | "或"
            | "在"
            | "近"
            | "包含"
            | "含有"
            | "匹配"
            | "早于"
            | "晚于"
            | "于"
            | "为空"
            | "不为空"
            | "不在"
            | "不包含"
            | "不含有"
            | "不匹配"
            | "开头是"
            | "结尾是"
            | "非"
    )
}

/// Whether a word is reserved: only backquotes make it a name.
pub fn is_reserved(word: &str) -> bool {
    let is_operator = continues_expression(word) && !matches!(word, "starts" | "ends");
    is_operator
        || matches!(
            word,
            "true"
                | "false"
                | "everyone"
                | "nobody"
                | "today"
                | "yesterday"
                | "tomorrow"
                | "不早于"
                | "不晚于"
                | "真"
                | "假"
                | "所有人"
                | "无人"
                | "今天"
                | "昨天"
                | "明天"
                | "本周"
                | "上周"
                | "下周"
                | "本月"
                | "上个月"
                | "上月"
                | "下个月"
                | "下月"
                | "本季度"
                | "上季度"
                | "下季度"
                | "今年"
                | "去年"
                | "明年"
        )
}

/// Whether a word has Han characters: then operators beside it are written in Chinese.
pub fn is_han(text: &str) -> bool {
    text.chars()
        .any(|character| matches!(character, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}'))
}

/// The first words of the clauses of a campaign.
pub(super) const CLAUSES: &[&str] = &[
    "platform",
    "audience",
    "exclude",
    "message",
    "forbid",
    "start",
    "until",
    "window",
    "order",
    "prefer",
    "defer",
    "over",
    "batch",
    "sends",
    "rotate",
    "slow",
    "at",
    "split",
    "budget",
    "平台",
    "受众",
    "排除",
    "消息",
    "禁用",
    "开始",
    "截止",
    "时段",
    "排序",
    "优先",
    "推迟",
    "超限保留",
    "每批",
    "次数",
    "轮流",
    "放慢",
    "至多",
    "拆分",
    "预算",
];

/// Whether a word starts a clause of a campaign.
pub(super) fn starts_clause(word: &str) -> bool {
    CLAUSES.contains(&word)
}
