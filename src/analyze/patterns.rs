//! Which questions about one text can be true together, found by walking through all automata at once.
//!
//! Every question about a text under one view is a regular language. Their automata are walked side
//! by side, byte by byte, together with one for texts that cells can hold; each state at a text's end
//! is one combination of answers, and the way there is an example.
//!
//! Invariants: a walk is limited in states and says so when it was cut short; examples are shortest
//! and made of common characters first.

use super::space::Gap;
use crate::check::typed::TextQuestion;
use crate::value::Intervals;
use foldhash::fast::FixedState;
use indexmap::{IndexMap, IndexSet};
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::util::primitives::StateID;
use regex_automata::util::{start, syntax};
use regex_automata::{Anchored, MatchKind};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// States that one walk may see.
const MOST_STATES: usize = 20_000;

/// Combinations of answers that one walk may find.
const MOST_COMBINATIONS: usize = 512;

/// Bytes that the tables of one question may take.
const MOST_TABLE_BYTES: usize = 1 << 20;

/// Counting characters takes a state each.
const LONGEST_COUNT: i64 = 300;

/// There are more letters than so many, so that a text goes on in a way of its own.
const MOST_BEGINNINGS: usize = 10_000;

/// Texts kept for each combination.
const MOST_TEXTS: usize = 3;

/// Texts that cells can hold: not empty, no NUL, no white space at the ends.
const CELL_TEXT: &str = r"\A[^\x00\t-\r ](?:[^\x00]*[^\x00\t-\r ])?\z";

#[derive(Debug)]
struct Table {
    automaton: dense::DFA<Vec<u32>>,
    is_anchored: bool,
}

/// What a walk found.
#[derive(Clone, Debug, Default)]
pub(super) struct Combinations {
    /// The answers with some texts that give them.
    pub(super) found: IndexMap<Vec<bool>, Vec<String>>,
    /// Whether there may be more.
    pub(super) gap: Option<Gap>,
}

/// The questions of a walk, and whether texts may have capitals.
type Asked = (Vec<TextQuestion>, bool);

/// The automata made so far.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    tables: Mutex<HashMap<String, Option<Arc<Table>>, FixedState>>,
    walks: Mutex<HashMap<Asked, Arc<Combinations>, FixedState>>,
}

impl Patterns {
    /// All combinations of answers to questions about the text as one view shows it. Lower-case and
    /// folded views never show an ASCII capital (`has_capitals`).
    pub(super) fn combinations(
        &self,
        questions: &[TextQuestion],
        has_capitals: bool,
    ) -> Arc<Combinations> {
        let key = (questions.to_vec(), has_capitals);
        if let Some(known) = open(&self.walks).get(&key) {
            return known.clone();
        }
        let found = match Beginnings::of(questions) {
            Some(beginnings) => beginnings.combinations(has_capitals),
            None => self.walk(questions, has_capitals),
        };
        let found = Arc::new(found);
        open(&self.walks).insert(key, found.clone());
        found
    }

    fn walk(&self, questions: &[TextQuestion], has_capitals: bool) -> Combinations {
        let mut tables = vec![self.table(CELL_TEXT)];
        tables.extend(
            questions
                .iter()
                .map(|question| self.table(&pattern(question)?)),
        );
        let tables: Option<Vec<Arc<Table>>> = tables.into_iter().collect();
        let walk = tables.and_then(|tables| Walk::new(tables, has_capitals));
        match walk {
            Some(mut walk) => walk.run(),
            None => Combinations {
                found: IndexMap::new(),
                gap: Some(Gap::Patterns),
            },
        }
    }

    fn table(&self, pattern: &str) -> Option<Arc<Table>> {
        if let Some(known) = open(&self.tables).get(pattern) {
            return known.clone();
        }
        let table = build(pattern).map(Arc::new);
        open(&self.tables).insert(pattern.to_string(), table.clone());
        table
    }
}

/// What is remembered; several threads prove at once. What was remembered before a panic is whole.
pub(super) fn open<T>(memory: &Mutex<T>) -> MutexGuard<'_, T> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Questions that ask for values and beginnings alone need no walk: a value has its answers, and the
/// answers of any other text are those of the longest beginning that it has.
struct Beginnings<'q> {
    questions: &'q [TextQuestion],
    whole: BTreeSet<&'q str>,
    /// The empty one included: every text begins with it.
    parts: BTreeSet<&'q str>,
}

impl<'q> Beginnings<'q> {
    /// The questions, when each asks for nothing else.
    fn of(questions: &'q [TextQuestion]) -> Option<Beginnings<'q>> {
        let mut found = Beginnings {
            questions,
            whole: BTreeSet::new(),
            parts: BTreeSet::from([""]),
        };
        for question in questions {
            match question {
                TextQuestion::OneOf(texts) => found.whole.extend(texts.iter().map(|text| &**text)),
                TextQuestion::StartsWith(texts) => {
                    found.parts.extend(texts.iter().map(|text| &**text));
                }
                _ => return None,
            }
        }
        (found.whole.len() + found.parts.len() <= MOST_BEGINNINGS).then_some(found)
    }

    /// What a walk finds.
    fn combinations(&self, has_capitals: bool) -> Combinations {
        let mut combinations = Combinations::default();
        let mut add = |text: &str| {
            let texts = combinations.found.entry(self.answers(text)).or_default();
            if texts.len() < MOST_TEXTS && !texts.iter().any(|known| known == text) {
                texts.push(text.to_string());
            }
        };
        let mut known: Vec<&str> = self.whole.union(&self.parts).copied().collect();
        known.sort_by_key(|text| text.len());
        self.others("").for_each(|text| add(&text));
        known
            .iter()
            .filter(|text| is_cell(text, has_capitals))
            .for_each(|text| add(text));
        for part in &self.parts {
            // What comes after it makes a blank at its end fit.
            let others = self.others(part).filter(|text| is_cell(text, has_capitals));
            others.for_each(|text| add(&text));
        }
        combinations
    }

    fn answers(&self, text: &str) -> Vec<bool> {
        let answer = |question: &TextQuestion| match question {
            TextQuestion::OneOf(texts) => texts.contains(text),
            TextQuestion::StartsWith(parts) => parts.iter().any(|part| text.starts_with(&**part)),
            _ => false,
        };
        self.questions.iter().map(answer).collect()
    }

    /// Texts that begin with a part and with no longer one, and are no value.
    fn others(&self, part: &str) -> impl Iterator<Item = String> {
        let letters = ('a'..='z').chain('0'..='9').chain('一'..='龥');
        let texts = letters.map(move |end| format!("{part}{end}"));
        let is_free = move |text: &String| {
            let is_longer = |other: &&str| other.len() > part.len() && text.starts_with(*other);
            !self.whole.contains(text.as_str()) && !self.parts.iter().any(is_longer)
        };
        texts.filter(is_free).take(MOST_TEXTS)
    }
}

/// Whether a cell can hold a text, and a view show it.
fn is_cell(text: &str, has_capitals: bool) -> bool {
    let is_trimmed = !text.starts_with(is_blank) && !text.ends_with(is_blank);
    let is_shown = has_capitals || !text.bytes().any(|byte| byte.is_ascii_uppercase());
    !text.is_empty() && is_trimmed && is_shown && !text.contains('\0')
}

/// White space as [`CELL_TEXT`] has it.
fn is_blank(letter: char) -> bool {
    matches!(letter, '\t'..='\r' | ' ')
}

fn build(pattern: &str) -> Option<Table> {
    let automaton = dense::Builder::new()
        .configure(
            dense::Config::new()
                .match_kind(MatchKind::All)
                .start_kind(StartKind::Both)
                .accelerate(false)
                .dfa_size_limit(Some(MOST_TABLE_BYTES))
                .determinize_size_limit(Some(MOST_TABLE_BYTES)),
        )
        .syntax(syntax::Config::new())
        .build(pattern)
        .ok()?;
    Some(Table {
        automaton,
        is_anchored: pattern.starts_with(r"\A"),
    })
}

/// The regular expression of a question; none when it would be too large.
fn pattern(question: &TextQuestion) -> Option<String> {
    let any = |texts: &mut dyn Iterator<Item = &Arc<str>>| {
        let parts: Vec<String> = texts.map(|text| regex::escape(text)).collect();
        // No alternative at all: a class without characters matches nothing.
        match parts.is_empty() {
            true => r"[^\x00-\x{10FFFF}]".to_string(),
            false => format!("(?:{})", parts.join("|")),
        }
    };
    Some(match question {
        TextQuestion::OneOf(texts) => format!(r"\A{}\z", any(&mut texts.iter())),
        TextQuestion::Contains(texts) => any(&mut texts.iter()),
        TextQuestion::StartsWith(texts) => format!(r"\A{}", any(&mut texts.iter())),
        TextQuestion::EndsWith(texts) => format!(r"{}\z", any(&mut texts.iter())),
        TextQuestion::Glob(glob) => {
            let mut text = String::from(r"\A(?s:");
            for sign in glob.as_str().chars() {
                match sign {
                    '*' => text.push_str(".*"),
                    '?' => text.push('.'),
                    other => text.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
                }
            }
            text + r")\z"
        }
        TextQuestion::Regex(pattern) => pattern.regex.as_str().to_string(),
        TextQuestion::Length(set) => lengths(set)?,
    })
}

fn lengths(set: &Intervals) -> Option<String> {
    let set = set.intersect(&Intervals::at_least(0));
    let mut parts = Vec::new();
    for (from, to) in set.iter() {
        if from > LONGEST_COUNT || to > LONGEST_COUNT && to != i64::MAX {
            return None;
        }
        parts.push(match to {
            i64::MAX => format!(".{{{from},}}"),
            _ => format!(".{{{from},{to}}}"),
        });
    }
    match parts.is_empty() {
        true => Some(r"[^\x00-\x{10FFFF}]".to_string()),
        false => Some(format!(r"\A(?s:{})\z", parts.join("|"))),
    }
}

/// Where each automaton stands; none once its question is answered with yes for good.
type Place = Box<[Option<StateID>]>;

/// One walk through several automata. The first one says which texts cells can hold.
struct Walk {
    tables: Vec<Arc<Table>>,
    bytes: Vec<u8>,
    places: IndexSet<Place, FixedState>,
    /// For each place the one before and the byte between.
    origins: Vec<(usize, u8)>,
}

impl Walk {
    fn new(tables: Vec<Arc<Table>>, has_capitals: bool) -> Option<Walk> {
        let start = |table: &Arc<Table>| {
            let anchored = match table.is_anchored {
                true => Anchored::Yes,
                false => Anchored::No,
            };
            let config = start::Config::new().anchored(anchored);
            table.automaton.start_state(&config).ok().map(Some)
        };
        let start: Option<Place> = tables.iter().map(start).collect();
        let mut walk = Walk {
            bytes: bytes(&tables, has_capitals),
            tables,
            places: IndexSet::default(),
            origins: Vec::new(),
        };
        walk.places.insert(start?);
        walk.origins.push((0, 0));
        Some(walk)
    }

    fn run(&mut self) -> Combinations {
        let mut combinations = Combinations::default();
        let mut at = 0;
        while let Some(place) = self.places.get_index(at).cloned() {
            if let Some(answers) = self.answers(&place) {
                let texts = combinations.found.entry(answers).or_default();
                if texts.len() < MOST_TEXTS {
                    texts.extend(self.text(at));
                }
            }
            for index in 0..self.bytes.len() {
                let byte = self.bytes.get(index).copied().unwrap_or_default();
                if let Some(next) = self.step(&place, byte)
                    && self.places.insert(next)
                {
                    self.origins.push((at, byte));
                }
            }
            at += 1;
            if self.places.len() > MOST_STATES || combinations.found.len() > MOST_COMBINATIONS {
                combinations.gap = Some(Gap::Patterns);
                break;
            }
        }
        combinations
    }

    /// The next place; none when no text that a cell can hold goes on so.
    fn step(&self, place: &Place, byte: u8) -> Option<Place> {
        let mut next = Vec::with_capacity(place.len());
        for (index, (table, state)) in self.tables.iter().zip(place).enumerate() {
            let Some(state) = *state else {
                next.push(None);
                continue;
            };
            let to = table.automaton.next_state(state, byte);
            if index == 0 && table.automaton.is_dead_state(to) {
                return None;
            }
            // The first automaton matches at ends only, and is never done before.
            next.push((index == 0 || !table.automaton.is_match_state(to)).then_some(to));
        }
        Some(next.into())
    }

    /// The answers when the text ends here; none when a cell cannot hold it.
    fn answers(&self, place: &Place) -> Option<Vec<bool>> {
        let mut answers = self.tables.iter().zip(place).map(|(table, state)| {
            state.is_none_or(|state| {
                table
                    .automaton
                    .is_match_state(table.automaton.next_eoi_state(state))
            })
        });
        answers.next()?.then(|| answers.collect())
    }

    fn text(&self, mut at: usize) -> Option<String> {
        let mut bytes = Vec::new();
        while at > 0 {
            let (before, byte) = self.origins.get(at).copied()?;
            bytes.push(byte);
            at = before;
        }
        bytes.reverse();
        String::from_utf8(bytes).ok()
    }
}

/// One byte of each kind that any automaton tells apart, common characters first.
fn bytes(tables: &[Arc<Table>], has_capitals: bool) -> Vec<u8> {
    let common = (b'a'..=b'z').chain(b'0'..=b'9').chain(b'A'..=b'Z');
    let all = common.chain(0..=255);
    let mut kinds: IndexMap<Vec<u8>, u8, FixedState> = IndexMap::default();
    for byte in all.filter(|byte| has_capitals || !byte.is_ascii_uppercase()) {
        let kind = tables
            .iter()
            .map(|table| table.automaton.byte_classes().get(byte));
        kinds.entry(kind.collect()).or_insert(byte);
    }
    kinds.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Glob;

    fn found(questions: &[TextQuestion]) -> Vec<(Vec<bool>, Vec<String>)> {
        let found = Patterns::default().combinations(questions, true);
        assert_eq!(found.gap, None);
        found.found.clone().into_iter().collect()
    }

    #[test]
    fn values_and_beginnings_need_no_walk() {
        let texts = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| Arc::from(*text))
                .collect::<Vec<_>>()
        };
        let set =
            |values: &[&str]| TextQuestion::OneOf(Arc::new(texts(values).into_iter().collect()));
        let starts = |parts: &[&str]| TextQuestion::StartsWith(texts(parts));
        let letters: Vec<String> = ('a'..='z').map(|letter| letter.to_string()).collect();
        let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
        for questions in [
            vec![set(&["课程页"])],
            vec![set(&["b", "c d"]), set(&["c d", " e", "f ", "", "g\0h"])],
            vec![set(&["Big", "small"]), set(&["small"]), set(&[])],
            vec![set(&letters), set(&["a", "zz"])],
            vec![
                starts(&["北京"]),
                starts(&["北京市/", "上"]),
                set(&["北京", "上海"]),
            ],
            vec![starts(&["a", "ab "]), starts(&["abc", "A"]), set(&["ab x"])],
            vec![starts(&letters), starts(&["B", "bb", " c", "d\0"])],
            vec![starts(&[""]), starts(&[]), set(&["x"])],
        ] {
            for has_capitals in [true, false] {
                let walked = Patterns::default().walk(&questions, has_capitals);
                let beginnings = Beginnings::of(&questions).unwrap();
                let told = beginnings.combinations(has_capitals);
                assert_eq!(walked.gap, None);
                let answers = |found: &Combinations| -> BTreeSet<Vec<bool>> {
                    found.found.keys().cloned().collect()
                };
                assert_eq!(answers(&told), answers(&walked), "{questions:?}");
                // What walking finds is answered alike.
                for (answers, texts) in &walked.found {
                    assert!(
                        texts
                            .iter()
                            .all(|text| beginnings.answers(text) == *answers)
                    );
                }
            }
        }
    }

    #[test]
    fn prefixes_that_differ_exclude_each_other() {
        let starts = |text: &str| TextQuestion::StartsWith(vec![text.into()]);
        let found = found(&[starts("ab"), starts("ac"), starts("a")]);
        let answers: Vec<&[bool]> = found.iter().map(|(answers, _)| &**answers).collect();
        assert!(!answers.contains(&&[true, true, true][..]));
        assert!(!answers.contains(&&[true, false, false][..]));
        assert_eq!(answers.len(), 4);
    }

    #[test]
    fn examples_pass_the_questions_they_stand_for() {
        let questions = [
            TextQuestion::Contains(vec!["课程".into(), "b".into()]),
            TextQuestion::EndsWith(vec!["页".into()]),
            TextQuestion::Glob(Box::new(Glob::new("?课*"))),
            TextQuestion::Length(Intervals::new(vec![(2, 4)])),
        ];
        let found = found(&questions);
        assert!(found.len() > 8, "{found:?}");
        for (answers, texts) in found {
            for text in texts {
                let contains = text.contains("课程") || text.contains('b');
                assert_eq!(answers[0], contains, "{text}");
                assert_eq!(answers[1], text.ends_with('页'), "{text}");
                assert_eq!(answers[2], Glob::new("?课*").matches(&text), "{text}");
                assert_eq!(answers[3], (2..=4).contains(&text.chars().count()));
            }
        }
    }
}
