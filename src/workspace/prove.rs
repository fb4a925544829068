//! Claims in words: `a implies b`, `a disjoint b`, `a equals b`, `a never`, `a always`; and all segments
//! with each other.

use super::diff::shown_contact;
use super::{Wanted, Workspace, WorkspaceError};
use crate::analyze::{Answer, Claim, Prover, Relation, relations};
use crate::diag::Diagnostic;
use crate::name::SegmentId;
use crate::report::proof::{Proof, ProofAnswer};
use crate::report::relations::{RelatedPair, RelationWord, RelationsReport, UndecidedPair};
use crate::say;
use crate::value::{Clock, Zone};
use std::collections::BTreeSet;

/// Relates all segments with each other; with names, the pairs that hold one of these.
///
/// # Errors
/// A name that no segment has.
pub fn relate(
    workspace: &Workspace,
    names: &[String],
    clock: &Clock,
) -> Result<RelationsReport, WorkspaceError> {
    let rules = &workspace.rules;
    let wanted = workspace.wanted(names)?;
    let only = match names.is_empty() {
        true => BTreeSet::new(),
        false => wanted
            .iter()
            .filter_map(|wanted| rules.find_segment(&wanted.name))
            .collect(),
    };
    let found = relations(rules, clock.clone(), &only);
    let name = |id: SegmentId| {
        let segment = rules.segment(id);
        segment.map_or(String::new(), |segment| segment.name.to_string())
    };
    let names_of = |ids: &[SegmentId]| ids.iter().map(|id| name(*id)).collect();
    let related = found.related.iter().map(|pair| RelatedPair {
        left: name(pair.left),
        right: name(pair.right),
        relation: match pair.relation {
            Relation::Equal => RelationWord::Equal,
            Relation::Inside => RelationWord::Inside,
            Relation::Contains => RelationWord::Contains,
            Relation::Disjoint => RelationWord::Disjoint,
        },
    });
    let undecided = found
        .undecided
        .iter()
        .map(|(left, right, why)| UndecidedPair {
            left: name(*left),
            right: name(*right),
            why: Some(why.phrase()),
        });
    Ok(RelationsReport {
        version: 1,
        now: Zone::utc().rfc3339(clock.now),
        zone: clock.zone.name().to_string(),
        segments: names_of(&rules.declared),
        never: names_of(&found.never),
        always: names_of(&found.always),
        pairs: found.pairs,
        related: related.collect(),
        undecided: undecided.collect(),
        is_cut: names.is_empty(),
    })
}

/// What a claim says of its conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Implies,
    Disjoint,
    Equals,
    Never,
    Always,
}

/// The words of claims, in both languages.
const WORDS: [(&str, Word); 15] = [
    ("implies", Word::Implies),
    ("disjoint", Word::Disjoint),
    ("equals", Word::Equals),
    ("never", Word::Never),
    ("always", Word::Always),
    ("蕴含", Word::Implies),
    ("包含于", Word::Implies),
    ("推出", Word::Implies),
    ("互斥", Word::Disjoint),
    ("不相交", Word::Disjoint),
    ("等同", Word::Equals),
    ("等于", Word::Equals),
    ("不可能", Word::Never),
    ("无人", Word::Never),
    ("必然", Word::Always),
];

/// Why a claim was not even tried.
#[derive(Debug)]
pub enum ClaimError {
    /// It is no claim.
    Message(WorkspaceError),
    /// A condition in it is wrong.
    Rules(Vec<Diagnostic>),
}

/// Proves a claim about segments and expressions over every contact the schema allows, or finds a
/// contact that shows the opposite.
///
/// # Errors
/// The text is no claim, or one of its conditions is wrong.
pub fn prove(workspace: &mut Workspace, text: &str, clock: &Clock) -> Result<Proof, ClaimError> {
    let (left, word, right) = split(text).ok_or_else(|| ClaimError::Message(no_claim(text)))?;
    let mut condition = |text: &str| -> Result<Wanted, ClaimError> {
        workspace
            .expression("claim", text)
            .map_err(ClaimError::Rules)
    };
    let left = condition(left)?;
    let right = match right {
        Some(right) => Some(condition(right)?),
        None => None,
    };
    let claim = match (word, &right) {
        (Word::Implies, Some(right)) => Claim::Implies(&left.condition, &right.condition),
        (Word::Disjoint, Some(right)) => Claim::Disjoint(&left.condition, &right.condition),
        (Word::Equals, Some(right)) => Claim::Equals(&left.condition, &right.condition),
        (Word::Always, _) => Claim::Always(&left.condition),
        (Word::Never | Word::Implies | Word::Disjoint | Word::Equals, _) => {
            Claim::Never(&left.condition)
        }
    };
    let names = std::iter::once(&left)
        .chain(&right)
        .map(|wanted| wanted.name.clone());
    let mut proof = Proof {
        version: 1,
        now: Zone::utc().rfc3339(clock.now),
        zone: clock.zone.name().to_string(),
        claim: text.split_whitespace().collect::<Vec<_>>().join(" "),
        answer: ProofAnswer::Holds,
        why: None,
        witness: None,
        conditions: names.collect(),
        in_each: Vec::new(),
    };
    match Prover::new(&workspace.rules, clock.clone()).prove(claim) {
        Answer::Holds => {}
        Answer::Fails(witness) => {
            proof.answer = ProofAnswer::Fails;
            let schema = workspace.schema();
            proof.witness = Some(shown_contact(
                schema,
                &clock.zone,
                &witness.id,
                &witness.cells,
            ));
            proof.in_each = witness.answers;
        }
        Answer::Undecided(why) => {
            proof.answer = ProofAnswer::Undecided;
            proof.why = Some(why.phrase());
        }
    }
    Ok(proof)
}

fn no_claim(text: &str) -> WorkspaceError {
    WorkspaceError::new(say!(
        "`{text}` is no claim: write `a implies b`, `a disjoint b`, `a equals b`, `a never` or `a always`, where a and b are segments or expressions",
        "`{text}` 不是命题：请写“甲 蕴含 乙”“甲 互斥 乙”“甲 等同 乙”“甲 不可能”或“甲 必然”，甲、乙是人群或表达式"
    ))
}

/// The two sides of the word of a claim that stands outside texts and brackets.
fn split(text: &str) -> Option<(&str, Word, Option<&str>)> {
    let mut depth = 0usize;
    let mut quote = None;
    let mut is_escaped = false;
    let mut is_start = true;
    for (at, character) in text.char_indices() {
        let rest = text.get(at..)?;
        match (quote, character) {
            (Some('"'), '\\') if !is_escaped => {
                is_escaped = true;
                continue;
            }
            (Some(end), character) if character == end && !is_escaped => quote = None,
            (Some(_), _) => {}
            (None, '"' | '`') => quote = Some(character),
            (None, '(' | '（') => depth += 1,
            (None, ')' | '）') => depth = depth.saturating_sub(1),
            (None, _) if depth == 0 && is_start => {
                if let Some(found) = word_at(text, at, rest) {
                    return Some(found);
                }
            }
            (None, _) => {}
        }
        is_escaped = false;
        is_start = character.is_whitespace() || matches!(character, ')' | '）' | '"' | '`');
    }
    None
}

fn word_at<'t>(
    text: &'t str,
    at: usize,
    rest: &'t str,
) -> Option<(&'t str, Word, Option<&'t str>)> {
    let left = text.get(..at)?.trim();
    let (right, word) = WORDS.iter().find_map(|(spelling, word)| {
        let right = rest.strip_prefix(spelling)?;
        let is_whole = right
            .chars()
            .next()
            .is_none_or(|next| next.is_whitespace() || matches!(next, '(' | '（' | '"' | '`'));
        is_whole.then_some((right.trim(), *word))
    })?;
    let is_alone = matches!(word, Word::Never | Word::Always);
    match (left.is_empty(), is_alone, right.is_empty()) {
        (false, true, true) => Some((left, word, None)),
        (false, false, false) => Some((left, word, Some(right))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Word, split};

    #[test]
    fn claims_are_split_at_their_word() {
        let two = |text| split(text).map(|(left, word, right)| (left, word, right.unwrap_or("")));
        assert_eq!(two("a implies b"), Some(("a", Word::Implies, "b")));
        assert_eq!(two("a 互斥 b"), Some(("a", Word::Disjoint, "b")));
        assert_eq!(two("a never"), Some(("a", Word::Never, "")));
        assert_eq!(two("a never b"), None);
        assert_eq!(two("implies b"), None);
        assert_eq!(
            two(r#"x = "a implies b" equals (c implies d)"#),
            Some((r#"x = "a implies b""#, Word::Equals, "(c implies d)"))
        );
        assert_eq!(two("(a)implies(b)"), Some(("(a)", Word::Implies, "(b)")));
        assert_eq!(two("implies_x never"), Some(("implies_x", Word::Never, "")));
        assert_eq!(
            two(r#"x = "\" never" disjoint y"#).map(|found| found.1),
            Some(Word::Disjoint)
        );
    }
}
