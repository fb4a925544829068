//! Takes a line apart: an expression, or a command with what it is given.

use segrule::diag::Phrase;
use segrule::say;

/// What a line asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Defines a segment.
    Let,
    /// Says why somebody is in or out.
    Explain,
    /// Draws a field.
    Field,
    /// Writes definitions into a file.
    Save,
    /// Compares two conditions.
    Diff,
    /// Proves a claim.
    Prove,
    /// Prints the schema.
    Schema,
    /// Counts every segment.
    Segments,
    /// Tells or sets the time.
    Now,
    /// Sets the language.
    Lang,
    /// Lists the commands.
    Help,
    /// Ends.
    Quit,
}

/// A command with its words in both languages, what it is given and what it does.
pub struct Command {
    pub verb: Verb,
    pub word: &'static str,
    pub chinese: &'static str,
    pub given: fn() -> Phrase,
    pub about: fn() -> Phrase,
}

macro_rules! commands {
    ($($verb:ident $word:literal $chinese:literal ($given:literal, $zh_given:literal) $en:literal $zh:literal;)*) => {
        &[$(Command {
            verb: Verb::$verb,
            word: $word,
            chinese: $chinese,
            given: || say!($given, $zh_given),
            about: || say!($en, $zh),
        }),*]
    };
}

/// All commands, in the order help shows them.
pub const COMMANDS: &[Command] = commands! {
    Let "let" "定义" ("NAME = EXPR", "名称 = 表达式") "defines a segment for this session" "为本次会话定义一个人群";
    Explain "explain" "解释" ("ID [EXPR]", "编号 [表达式]") "says why somebody is in or out, and what would change it" "说明某人为什么在或不在，以及怎样会改变";
    Field "field" "字段" ("NAME", "名称") "draws what the cells of a field hold" "画出字段取值的分布";
    Save "save" "保存" ("FILE [NAME]", "文件 [名称]") "adds what was defined here to a rule file" "把此处定义的人群加入规则文件";
    Diff "diff" "比较" ("A B", "甲 乙") "counts who is in both or in one, and proves how they stand" "统计两者的共同与各自成员，并证明其关系";
    Prove "prove" "证明" ("CLAIM", "命题") "proves a claim, such as `a implies b`, or shows who breaks it" "证明命题，如“甲 蕴含 乙”，或给出反例";
    Schema "schema" "档案" ("", "") "prints the schema" "显示档案";
    Segments "segments" "人群" ("", "") "counts every segment" "统计每个人群";
    Now "now" "时间" ("[TIME]", "[时间]") "tells or sets the time of answers" "显示或设置答案所用的时间";
    Lang "lang" "语言" ("zh|en", "zh|en") "sets the language of messages" "设置消息的语言";
    Help "help" "帮助" ("", "") "shows this" "显示本帮助";
    Quit "quit" "退出" ("", "") "ends; so does Ctrl-D" "结束；Ctrl-D 亦可";
};

/// A line taken apart.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'t> {
    /// Nothing to do.
    Nothing,
    /// An expression.
    Question(&'t str),
    /// A command and what it is given.
    Command(Verb, &'t str),
    /// A word after the colon that is no command.
    Unknown(&'t str),
}

/// Takes a line apart.
pub fn read(text: &str) -> Line<'_> {
    let text = text.trim();
    let Some(rest) = text.strip_prefix([':', '：']) else {
        let is_comment = text
            .lines()
            .all(|line| line.trim_start().starts_with(['#', '＃']));
        return match text.is_empty() || is_comment {
            true => Line::Nothing,
            false => Line::Question(text),
        };
    };
    let rest = rest.trim_start();
    let (word, given) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let given = given.trim();
    let found = COMMANDS.iter().find(|command| {
        let is_start = !word.is_empty() && command.word.starts_with(word);
        is_start && is_only(word) || command.chinese == word
    });
    match (found, word) {
        (Some(command), _) => Line::Command(command.verb, given),
        (None, "?") => Line::Command(Verb::Help, given),
        (None, word) => Line::Unknown(word),
    }
}

/// Whether a beginning fits one command only, or is its whole name.
fn is_only(word: &str) -> bool {
    let fitting = COMMANDS
        .iter()
        .filter(|command| command.word.starts_with(word));
    fitting.count() == 1 || COMMANDS.iter().any(|command| command.word == word)
}

/// The first word, which may be in quotes or backquotes, and the rest.
pub fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    for quote in ['"', '`'] {
        if let Some(rest) = text.strip_prefix(quote)
            && let Some((word, rest)) = rest.split_once(quote)
        {
            return (word, rest.trim());
        }
    }
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim())
}

/// Two expressions: two names, or expressions of which all but names stand in parentheses.
pub fn two(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    let end = match text.starts_with(['(', '（']) {
        true => closing(text)?,
        false => text.find(char::is_whitespace)?,
    };
    let (left, right) = text.split_at_checked(end)?;
    let right = right.trim();
    (!right.is_empty()).then_some((left.trim(), right))
}

/// One past the parenthesis that closes the first.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for piece in segrule::syntax::pieces(text) {
        if piece.is_sign('(') {
            depth += 1;
        } else if piece.is_sign(')') {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(piece.end);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Line, Verb, first_word, read, two};

    #[test]
    fn lines_are_taken_apart() {
        assert_eq!(read("  "), Line::Nothing);
        assert_eq!(read("# a remark"), Line::Nothing);
        assert_eq!(read("age > 3"), Line::Question("age > 3"));
        assert_eq!(read(":field  age "), Line::Command(Verb::Field, "age"));
        assert_eq!(read("：字段 年龄"), Line::Command(Verb::Field, "年龄"));
        assert_eq!(read(":q"), Line::Command(Verb::Quit, ""));
        assert_eq!(read(":s x"), Line::Unknown("s"));
        assert_eq!(
            read(":let a = b\nand c"),
            Line::Command(Verb::Let, "a = b\nand c")
        );
        assert_eq!(read(":nothing"), Line::Unknown("nothing"));
    }

    #[test]
    fn words_and_pairs_are_split() {
        assert_eq!(first_word("c1 age > 3"), ("c1", "age > 3"));
        assert_eq!(first_word("\"c 1\" age > 3"), ("c 1", "age > 3"));
        assert_eq!(two("a b"), Some(("a", "b")));
        assert_eq!(
            two("(a or \")\") b and c"),
            Some(("(a or \")\")", "b and c"))
        );
        assert_eq!(two("a"), None);
        assert_eq!(two("(a b"), None);
    }
}
