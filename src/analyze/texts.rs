//! The classes of texts that questions about a text field can tell apart.
//!
//! Under one view they are found exactly ([`super::patterns`]); views of one field are joined by
//! looking at real texts, and combinations that no text was found for stay possible but unproved.

use super::facts::Around;
use super::patterns::Combinations;
use super::space::{Answers, Gap, MOST_CLASSES, Space};
use crate::check::typed::{TextQuestion, TextTest, TextView};
use crate::dag::Atom;
use crate::eval::text_passes;
use crate::schema::{Type, is_spreadsheet_number};
use crate::value::{Value, fold_text, normalise_text};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Sets of values up to this size are walked like patterns; larger ones are looked at one by one.
const SMALL_SET: usize = 64;

/// The classes of the values of a text, `one of` or id.
pub(super) fn values(around: &Around, kind: &Type, absent: &[Value], atoms: &[Atom]) -> Space {
    let mut space = Space::default();
    if let Type::OneOf(allowed) = kind {
        for text in allowed.iter() {
            add_text(around, kind, absent, atoms, text, &mut space);
        }
        return space;
    }
    let tests: Vec<Option<&TextTest>> = atoms.iter().map(text_test).collect();
    let is_exact = tests
        .iter()
        .flatten()
        .all(|test| test.view == TextView::Exact);
    for text in constants(&tests) {
        add_text(around, kind, absent, atoms, &text, &mut space);
        if !is_exact {
            for spelling in spellings(&text).iter().skip(1) {
                add_text(around, kind, absent, atoms, spelling, &mut space);
            }
        }
    }
    let views: Vec<View> = [TextView::Exact, TextView::Folded, TextView::Lower]
        .into_iter()
        .filter_map(|view| View::new(around, view, &tests))
        .collect();
    for view in &views {
        for text in view.found.found.values().flatten() {
            for spelling in spellings(text) {
                add_text(around, kind, absent, atoms, &spelling, &mut space);
            }
        }
        if let Some(gap) = view.found.gap {
            space.gap(gap);
        }
    }
    if views.is_empty() {
        for text in ["x", "y", "z"] {
            add_text(around, kind, absent, atoms, text, &mut space);
        }
    }
    add_joined(&tests, &views, &mut space);
    space
}

/// The questions of one view, with what walking found.
struct View {
    /// The answers that go together, by place of the question.
    combinations: Vec<Vec<(usize, bool)>>,
    found: Arc<Combinations>,
}

impl View {
    fn new(around: &Around, view: TextView, tests: &[Option<&TextTest>]) -> Option<View> {
        let of_view = tests.iter().enumerate().filter_map(|(place, test)| {
            let test = (*test)?;
            (test.view == view).then_some((place, &test.question))
        });
        let of_view: Vec<(usize, &TextQuestion)> = of_view.collect();
        if of_view.is_empty() {
            return None;
        }
        let (large, walked): (Vec<_>, Vec<_>) = of_view
            .iter()
            .copied()
            .partition(|(_, question)| is_large(question));
        let questions: Vec<TextQuestion> = walked
            .iter()
            .map(|(_, question)| (*question).clone())
            .collect();
        let patterns = around.patterns;
        let found = patterns.combinations(&questions, view == TextView::Exact);
        let outside = found.found.keys().map(|answers| {
            let walked = walked.iter().map(|(place, _)| *place);
            let large = large.iter().map(|(place, _)| (*place, false));
            walked.zip(answers.iter().copied()).chain(large).collect()
        });
        let mut combinations: Vec<Vec<(usize, bool)>> = outside.collect();
        if view != TextView::Exact {
            // What a text looks like under the view is one of the values: that settles the rest.
            let values = large.iter().filter_map(|(_, question)| match question {
                TextQuestion::OneOf(texts) => Some(texts),
                _ => None,
            });
            for value in values.flat_map(|texts| texts.iter()) {
                combinations.push(shown_as(&of_view, value));
            }
            combinations.sort_unstable();
            combinations.dedup();
        }
        Some(View {
            combinations,
            found,
        })
    }
}

fn is_large(question: &TextQuestion) -> bool {
    matches!(question, TextQuestion::OneOf(texts) if texts.len() > SMALL_SET)
}

/// The answers about a text that a view shows as `value`.
fn shown_as(questions: &[(usize, &TextQuestion)], value: &str) -> Vec<(usize, bool)> {
    let answer = |(place, question): &(usize, &TextQuestion)| {
        let test = TextTest {
            view: TextView::Exact,
            question: (*question).clone(),
        };
        (*place, text_passes(&test, value))
    };
    questions.iter().map(answer).collect()
}

fn text_test(atom: &Atom) -> Option<&TextTest> {
    match atom {
        Atom::Text(_, test) => Some(test),
        _ => None,
    }
}

/// Every value that a set names, and the parts that patterns look for.
fn constants(tests: &[Option<&TextTest>]) -> BTreeSet<Arc<str>> {
    let mut found = BTreeSet::new();
    for test in tests.iter().flatten() {
        match &test.question {
            TextQuestion::OneOf(texts) => found.extend(texts.iter().cloned()),
            TextQuestion::Contains(parts)
            | TextQuestion::StartsWith(parts)
            | TextQuestion::EndsWith(parts) => found.extend(parts.iter().cloned()),
            TextQuestion::Glob(_) | TextQuestion::Regex(_) | TextQuestion::Length(_) => {}
        }
    }
    found
}

/// The text, and others that a folded or lower-case view shows as the same.
fn spellings(text: &str) -> Vec<String> {
    let mut found = vec![text.to_string()];
    for other in [text.to_uppercase(), text.to_lowercase()] {
        if !found.contains(&other) {
            found.push(other);
        }
    }
    found
}

/// Adds a real text, if a cell can hold it.
fn add_text(
    around: &Around,
    kind: &Type,
    absent: &[Value],
    atoms: &[Atom],
    text: &str,
    space: &mut Space,
) {
    let text = normalise_text(text);
    let is_folded = matches!(kind, Type::Text { is_folded: true });
    let is_absent = absent.iter().any(|marker| match marker {
        Value::Text(marker) if is_folded => fold_text(marker) == fold_text(&text),
        Value::Text(marker) => **marker == *text,
        _ => false,
    });
    let is_refused = text.is_empty()
        || text.contains('\0')
        || matches!(kind, Type::Id) && is_spreadsheet_number(&text);
    if !is_absent && !is_refused {
        space.add_value(around, kind, atoms, Value::Text(Arc::from(&*text)));
    }
}

/// Adds what the views may say together, with or without a text that does.
fn add_joined(tests: &[Option<&TextTest>], views: &[View], space: &mut Space) {
    let blank: Answers = tests.iter().map(|test| test.is_none()).collect();
    let mut joined = vec![blank];
    for view in views {
        if joined.len() * view.combinations.len() > MOST_CLASSES {
            space.gap(Gap::Classes);
            return;
        }
        let mut next = Vec::with_capacity(joined.len() * view.combinations.len());
        for answers in &joined {
            for combination in &view.combinations {
                let mut answers = answers.clone();
                for (place, answer) in combination {
                    if let Some(slot) = answers.get_mut(*place) {
                        *slot = *answer;
                    }
                }
                next.push(answers);
            }
        }
        joined = next;
    }
    // Where an exact set says yes, the text is one of its values, and those were all looked at.
    let is_exact_set = |place: usize| {
        let test = tests.get(place).copied().flatten();
        test.is_some_and(|test| {
            test.view == TextView::Exact && matches!(test.question, TextQuestion::OneOf(_))
        })
    };
    for answers in joined {
        let names_a_value = (0..answers.len())
            .any(|place| is_exact_set(place) && answers.get(place) == Some(&true));
        if !names_a_value {
            space.add(answers);
        }
    }
}
