//! Turns a place in rule text into what may be written there.
//!
//! Invariants: what is offered is legal at that place as far as the text before it tells; the best
//! comes first; nothing is offered in comments and texts that are no values.

mod names;
mod rank;
mod values;

use super::cursor::{Cursor, Spot};
use super::expect::{Want, expected};
use super::seen::SeenValues;
use crate::diag::{Code, Phrase};
use crate::syntax::{KEYWORDS, Keyword, is_han, keyword};
use crate::workspace::Workspace;
use rank::{Rank, rank};
use std::ops::Range;

/// Most things offered at once.
const MOST_OFFERED: usize = 200;
/// Keywords have at most so many words.
const MOST_WORDS: usize = 3;

/// What somebody has typed.
#[derive(Clone, Copy, Debug)]
pub struct Typed<'t> {
    /// The rule file or expression, finished or not.
    pub text: &'t str,
    /// The cursor, in bytes.
    pub offset: usize,
    /// Whether the text is one expression, as the prompt takes it.
    pub is_expression: bool,
}

/// One thing that may be written at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What people see.
    pub label: String,
    /// What is written.
    pub insert: String,
    /// What it replaces, in bytes of the text.
    pub replace: Range<usize>,
    /// What it is.
    pub kind: CompletionKind,
    /// A few words about it: a type, a title, the word in the other language.
    pub detail: Phrase,
    /// More about it; empty when there is no more.
    pub doc: Phrase,
    /// In how many contacts of the data the value is seen.
    pub count: Option<u64>,
}

/// What a completion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompletionKind {
    /// A word of the language.
    Keyword,
    /// A sign or a word that tests a value.
    Operator,
    /// A field.
    Field,
    /// A segment.
    Segment,
    /// A list.
    List,
    /// A parameter.
    Param,
    /// A function.
    Function,
    /// A value.
    Value,
    /// A place.
    Place,
    /// A type.
    Type,
    /// A platform, tier, profile or kind of message.
    Platform,
    /// A diagnostic code.
    Code,
}

/// What may be written at the cursor, the best first.
pub fn complete(workspace: &Workspace, typed: Typed, seen: &SeenValues) -> Vec<Completion> {
    let cursor = match Cursor::at(typed.text, typed.offset, typed.is_expression) {
        Spot::Comment(said, start) => return codes(said, start),
        Spot::Code(cursor) => cursor,
    };
    let wider: Vec<Cursor> = (1..MOST_WORDS)
        .map_while(|words| cursor.widened(words))
        .collect();
    let mut offer = Offer::new(workspace, seen, &cursor);
    for want in expected(&cursor, workspace, typed.is_expression) {
        offer.add(&want);
    }
    offer.is_wide = true;
    // Between words what goes on is offered as it is: `is` may be followed by `missing`.
    let has_enough = cursor.typed.is_empty() && !offer.found.is_empty();
    for wide in wider.iter().filter(|_| !has_enough) {
        offer.cursor = wide;
        for want in expected(wide, workspace, typed.is_expression) {
            if let Want::Words(_) = want {
                offer.add(&want);
            }
        }
    }
    offer.finish()
}

/// What is offered while it is gathered.
struct Offer<'a> {
    workspace: &'a Workspace,
    seen: &'a SeenValues,
    cursor: &'a Cursor<'a>,
    /// Words are written in Chinese around here.
    is_chinese: bool,
    /// Several words were typed of one: what fits them fits best.
    is_wide: bool,
    found: Vec<(Rank, Completion)>,
}

impl<'a> Offer<'a> {
    fn new(workspace: &'a Workspace, seen: &'a SeenValues, cursor: &'a Cursor<'a>) -> Offer<'a> {
        let mut words = cursor.before.iter().map(|piece| piece.text(cursor.text));
        let last = words.rfind(|word| keyword(word).is_some());
        let is_chinese = last.is_some_and(is_han);
        Offer {
            workspace,
            seen,
            cursor,
            is_chinese,
            is_wide: false,
            found: Vec::new(),
        }
    }

    fn finish(mut self) -> Vec<Completion> {
        self.found.sort_by_key(|(rank, _)| *rank);
        let text = self.cursor.text;
        let starts = self.found.iter().map(|(_, found)| found.replace.start);
        let first = starts.min().unwrap_or(0);
        let mut written = std::collections::HashSet::new();
        let mut found = Vec::new();
        for (_, completion) in self.found {
            // `any of` after `has` and `has any of` in its place are the same.
            let kept = text.get(first..completion.replace.start).unwrap_or("");
            let is_new = written.insert(format!("{kept}{}", completion.insert));
            if is_new && found.len() < MOST_OFFERED {
                found.push(completion);
            }
        }
        found
    }

    fn add(&mut self, want: &Want) {
        match want {
            Want::Words(words) => words.iter().for_each(|word| self.word(word)),
            Want::Plain(words) => words.iter().for_each(|word| self.plain(word)),
            Want::Fields(fits) => self.fields(*fits),
            Want::OtherFields(id) => self.other_fields(*id),
            Want::Segments => self.segments(),
            Want::Lists => self.lists(),
            Want::Params => self.params(|_| true),
            Want::ParamsFor(id) => self.params_for(*id),
            Want::Functions => self.functions(),
            Want::Values(id) => self.values(*id),
            Want::Weekdays => self.weekdays(),
            Want::Types => self.types(),
            Want::Platforms => self.platforms(),
            Want::Tiers(platform) => self.tiers(platform),
            Want::Profiles(platform) => self.profiles(platform),
            Want::Messages(platform) => self.messages(platform),
            Want::Levels(id) => self.levels(*id),
            Want::Columns => self.columns(),
        }
    }

    /// Offers something when it goes with what was typed; `spellings` are what may have been typed
    /// for it.
    fn push(&mut self, completion: Completion, spellings: &[&str]) {
        let is_quoted = self.cursor.quote.is_some();
        let fits_quote = match self.cursor.quote {
            None => true,
            Some('`') => completion.insert.starts_with('`') || is_name(completion.kind),
            Some(_) => matches!(
                completion.kind,
                CompletionKind::Value | CompletionKind::Place
            ),
        };
        let typed = self.cursor.bare_typed();
        let best = spellings
            .iter()
            .filter_map(|spelling| rank(typed, spelling))
            .min();
        let Some(closeness) = best.filter(|_| fits_quote) else {
            return;
        };
        let mut completion = completion;
        if is_quoted && !completion.insert.starts_with(['"', '`']) {
            completion.insert = match self.cursor.quote {
                Some('`') => format!("`{}`", completion.insert),
                _ => crate::syntax::quoted(&completion.insert),
            };
        }
        let rank = Rank {
            closeness: match self.is_wide {
                true => 0,
                false => closeness + 1,
            },
            place: self.found.len(),
        };
        self.found.push((rank, completion));
    }

    fn completion(&self, label: &str, insert: String, kind: CompletionKind) -> Completion {
        Completion {
            label: label.to_string(),
            insert,
            replace: self.cursor.word.clone(),
            kind,
            detail: Phrase::default(),
            doc: Phrase::default(),
            count: None,
        }
    }

    /// A word in both languages, the one used around here first.
    fn word(&mut self, english: &str) {
        let chinese = in_chinese(english);
        let both = match self.is_chinese {
            true => [chinese.as_str(), english],
            false => [english, chinese.as_str()],
        };
        for (at, spelling) in both.into_iter().enumerate() {
            if spelling.is_empty() {
                continue;
            }
            let other = both.get(1 - at).copied().unwrap_or("");
            let kind = kind_of(english);
            let mut word = self.completion(spelling, spelling.to_string(), kind);
            word.detail = Phrase::new(other, other);
            self.push(word, &[spelling]);
        }
    }

    fn plain(&mut self, text: &str) {
        let is_sign = !text.starts_with(char::is_alphanumeric);
        let kind = match is_sign {
            true => CompletionKind::Operator,
            false => CompletionKind::Keyword,
        };
        let word = self.completion(text, text.to_string(), kind);
        self.push(word, &[text]);
    }
}

fn is_name(kind: CompletionKind) -> bool {
    use CompletionKind::{Field, List, Param, Platform, Segment};
    matches!(kind, Field | List | Param | Platform | Segment)
}

fn kind_of(english: &str) -> CompletionKind {
    let first = keyword(english).or_else(|| keyword(english.split(' ').next().unwrap_or("")));
    match first.map(|word| word.kind) {
        Some(crate::syntax::KeywordKind::Operator) => CompletionKind::Operator,
        Some(crate::syntax::KeywordKind::Type) => CompletionKind::Type,
        _ => CompletionKind::Keyword,
    }
}

/// Words of the language in Chinese, those of several keywords joined; empty when there are none.
fn in_chinese(english: &str) -> String {
    let starts = |word: &&Keyword| {
        let rest = english.strip_prefix(word.en);
        !word.zh.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    let longest = KEYWORDS
        .iter()
        .filter(starts)
        .rev()
        .max_by_key(|word| word.en.len());
    let Some(word) = longest else {
        return String::new();
    };
    let rest = english.get(word.en.len()..).unwrap_or("").trim_start();
    match rest {
        "" => word.zh.to_string(),
        rest => match in_chinese(rest) {
            rest if rest.is_empty() => rest,
            rest => format!("{} {rest}", word.zh),
        },
    }
}

/// The codes that `# allow:` may name.
fn codes(said: &str, start: usize) -> Vec<Completion> {
    let after = said.trim_start_matches(['#', '＃']).trim_start();
    let Some(typed) = after
        .strip_prefix("allow")
        .and_then(|rest| rest.trim_start().strip_prefix([':', '：']))
        .map(str::trim_start)
        .filter(|typed| !typed.contains(char::is_whitespace))
    else {
        return Vec::new();
    };
    let end = start + said.len();
    let silent = |code: &&Code| code.severity() != crate::diag::Severity::Error;
    Code::ALL
        .iter()
        .filter(silent)
        .filter(|code| rank(typed, code.name()).is_some())
        .map(|code| Completion {
            label: code.name().to_string(),
            insert: code.name().to_string(),
            replace: end - typed.len()..end,
            kind: CompletionKind::Code,
            detail: Phrase::default(),
            doc: Phrase::default(),
            count: None,
        })
        .collect()
}
