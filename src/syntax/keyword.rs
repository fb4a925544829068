//! The words of the language in both of its languages, as data: for completion, colours and editors.
//!
//! Invariants: every word of the grammar's `kw_` rules and periods is here, and nothing else; a word
//! is written with single spaces.

use std::collections::HashMap;
use std::sync::LazyLock;

use KeywordKind::{Clause, Constant, Detail, Entry, Item, Logic, Operator, Period, Type};

/// What a keyword does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum KeywordKind {
    /// Starts an item.
    Item,
    /// Names a type.
    Type,
    /// Joins or negates conditions.
    Logic,
    /// Tests a value, or belongs to such a test.
    Operator,
    /// Stands for a value or a condition.
    Constant,
    /// Names a stretch of days.
    Period,
    /// Starts a clause of a campaign.
    Clause,
    /// Starts a statement of a platform, message or test.
    Entry,
    /// Goes on with a field, clause or statement.
    Detail,
}

/// One word in both languages; empty where a language has none of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Keyword {
    /// In English.
    pub en: &'static str,
    /// In Chinese.
    pub zh: &'static str,
    /// What it does.
    pub kind: KeywordKind,
}

const fn word(en: &'static str, zh: &'static str, kind: KeywordKind) -> Keyword {
    Keyword { en, zh, kind }
}

/// Every word.
pub const KEYWORDS: &[Keyword] = &[
    word("schema", "档案", Item),
    word("segment", "人群", Item),
    word("list", "名单", Item),
    word("param", "参数", Item),
    word("hierarchy", "层级", Item),
    word("test", "测试", Item),
    word("platform", "平台", Item),
    word("campaign", "群发", Item),
    word("bool", "布尔", Type),
    word("int", "整数", Type),
    word("decimal", "小数", Type),
    word("float", "浮点数", Type),
    word("text", "文本", Type),
    word("one of", "取值", Type),
    word("date", "日期", Type),
    word("datetime", "日期时间", Type),
    word("version", "版本", Type),
    word("list of", "列表", Type),
    word("id", "编号", Type),
    word("aka", "又名", Detail),
    word("missing when", "缺失值", Detail),
    word("optional", "可缺", Detail),
    word("separated by", "分隔符", Detail),
    word("folded", "不分大小写", Detail),
    word("format", "格式", Detail),
    word("epoch", "时间戳", Detail),
    word("row", "行号", Detail),
    word("from", "来自", Detail),
    word("column", "列", Detail),
    word("and", "且", Logic),
    word("or", "或", Logic),
    word("not", "非", Logic),
    word("at least", "至少", Logic),
    word("at most", "至多", Logic),
    word("exactly", "恰好", Logic),
    word("of", "的", Logic),
    word("in", "在", Operator),
    word("not in", "不在", Operator),
    word("not in", "非 在", Operator),
    word("within", "近", Operator),
    word("next", "未来", Operator),
    word("anniversary", "周年", Operator),
    word("ago", "前", Operator),
    word("contains", "包含", Operator),
    word("has", "含有", Operator),
    word("starts with", "开头是", Operator),
    word("ends with", "结尾是", Operator),
    word("any of", "任一", Operator),
    word("all of", "全部", Operator),
    word("none of", "皆无", Operator),
    word("matches", "匹配", Operator),
    word("before", "早于", Operator),
    word("after", "晚于", Operator),
    word("on", "于", Operator),
    word("is missing", "为空", Operator),
    word("is not missing", "不为空", Operator),
    word("sample", "抽样", Operator),
    word("salt", "盐", Operator),
    word("everyone", "所有人", Constant),
    word("nobody", "无人", Constant),
    word("true", "真", Constant),
    word("false", "假", Constant),
    word("today", "今天", Period),
    word("yesterday", "昨天", Period),
    word("tomorrow", "明天", Period),
    word("this week", "本周", Period),
    word("last week", "上周", Period),
    word("next week", "下周", Period),
    word("this month", "本月", Period),
    word("last month", "上个月", Period),
    word("last month", "上月", Period),
    word("next month", "下个月", Period),
    word("next month", "下月", Period),
    word("this quarter", "本季度", Period),
    word("last quarter", "上季度", Period),
    word("next quarter", "下季度", Period),
    word("this year", "今年", Period),
    word("last year", "去年", Period),
    word("next year", "明年", Period),
    word("now", "现在", Entry),
    word("zone", "时区", Entry),
    word("contact", "联系人", Entry),
    word("quarantined from", "隔离于", Detail),
    word("cap", "上限", Entry),
    word("tier", "等级", Entry),
    word("message", "消息", Entry),
    word("length", "长度", Entry),
    word("images", "图片", Entry),
    word("attachments", "附件", Entry),
    word("links", "链接", Entry),
    word("account required", "须有账号", Entry),
    word("cost", "费用", Entry),
    word("arrives", "到达", Entry),
    word("converts", "转化", Entry),
    word("source", "来源", Entry),
    word("api none", "无接口", Entry),
    word("per", "每", Detail),
    word("per recipient", "每人", Detail),
    word("rolling", "滚动", Detail),
    word("when", "当", Detail),
    word("on excess", "超出时", Detail),
    word("none", "无限", Detail),
    word("unknown", "未知", Detail),
    word("profile", "版", Detail),
    word("messages", "条", Detail),
    word("segments", "", Detail),
    word("recipients", "", Detail),
    word("recipient", "", Detail),
    word("calls", "", Detail),
    word("call", "", Detail),
    word("send", "", Detail),
    word("day", "天", Detail),
    word("week", "周", Detail),
    word("month", "月", Detail),
    word("year", "年", Detail),
    word("audience", "受众", Clause),
    word("exclude", "排除", Clause),
    word("forbid", "禁用", Clause),
    word("start", "开始", Clause),
    word("until", "截止", Clause),
    word("window", "时段", Clause),
    word("order by", "排序", Clause),
    word("prefer", "优先", Clause),
    word("defer", "推迟", Clause),
    word("over limit keep", "超限保留", Clause),
    word("batch", "每批", Clause),
    word("sends", "次数", Clause),
    word("rotate", "轮流", Clause),
    word("slow", "放慢", Clause),
    word("split", "拆分", Clause),
    word("budget", "预算", Clause),
    word("local", "当地", Detail),
    word("desc", "降序", Detail),
    word("asc", "升序", Detail),
    word("every", "每隔", Detail),
    word("by", "按", Detail),
    word("to", "至", Detail),
    word("exact", "精确", Detail),
];

/// The keyword with this spelling in either language.
///
/// ```
/// assert_eq!(segrule::syntax::keyword("且").map(|word| word.en), Some("and"));
/// ```
pub fn keyword(spelling: &str) -> Option<&'static Keyword> {
    BY_SPELLING.get(spelling).copied()
}

/// The first keyword of each spelling.
static BY_SPELLING: LazyLock<HashMap<&str, &Keyword>> = LazyLock::new(|| {
    let mut found = HashMap::new();
    for word in KEYWORDS {
        let spellings = [word.en, word.zh].into_iter();
        for spelling in spellings.filter(|spelling| !spelling.is_empty()) {
            found.entry(spelling).or_insert(word);
        }
    }
    found
});

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const GRAMMAR: &str = include_str!("../../grammar/segrule.pest");

    #[test]
    fn every_spelling_finds_the_first_keyword_that_has_it() {
        for word in KEYWORDS {
            for spelling in [word.en, word.zh] {
                let first = KEYWORDS
                    .iter()
                    .find(|word| word.en == spelling || word.zh == spelling);
                let first = first.filter(|_| !spelling.is_empty());
                assert_eq!(keyword(spelling), first, "{spelling:?}");
            }
        }
        assert_eq!(keyword("no such word"), None);
    }

    /// The quoted texts of a piece of grammar, `~ blanks ~` between them as a space.
    fn words_of(rule: &str) -> BTreeSet<String> {
        let joined = rule.replace("\" ~ blanks ~ \"", " ");
        let quoted = joined.split('"').skip(1).step_by(2);
        quoted.map(str::to_string).collect()
    }

    fn body(name: &str) -> &'static str {
        let start = format!("\n{name} = ");
        let from = GRAMMAR.find(&start).unwrap() + start.len();
        let rest = &GRAMMAR[from..];
        let end = rest.find("\n}").unwrap_or(rest.len());
        rest[..rest.find("}\n").unwrap_or(end).min(end)].trim()
    }

    #[test]
    fn the_words_are_those_of_the_grammar() {
        let mut grammar = BTreeSet::new();
        for line in GRAMMAR.lines() {
            if let Some((name, rule)) = line.split_once(" = ")
                && name.starts_with("kw_")
            {
                let rule = rule.split(" ~ edge").next().unwrap();
                grammar.extend(words_of(rule));
            }
        }
        grammar.extend(words_of(body("bool")));
        let periods = words_of(body("period"));
        for first in ["this", "last", "next"] {
            for unit in ["week", "month", "quarter", "year"] {
                assert!(periods.contains(first) && periods.contains(unit));
                grammar.insert(format!("{first} {unit}"));
            }
        }
        let is_day =
            |word: &&String| !word.is_ascii() || word.contains("day") || *word == "tomorrow";
        grammar.extend(periods.iter().filter(is_day).cloned());
        let ago = words_of(body("duration_ago"));
        grammar.extend(ago.into_iter().filter(|word| word == "ago" || word == "前"));
        let table: BTreeSet<String> = KEYWORDS
            .iter()
            .flat_map(|word| [word.en, word.zh])
            .filter(|word| !word.is_empty())
            .map(str::to_string)
            .collect();
        let missing: Vec<_> = grammar.difference(&table).collect();
        let extra: Vec<_> = table.difference(&grammar).collect();
        assert!(
            missing.is_empty() && extra.is_empty(),
            "{missing:?} {extra:?}"
        );
    }
}
