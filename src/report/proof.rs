//! What is known of a claim, as text and JSON.

use super::diff::Shown;
use super::to_json_line;
use crate::diag::{Lang, Phrase, escape_controls};
use crate::say;
use serde::Serialize;
use std::fmt::Write;

/// A claim with its answer.
#[derive(Clone, Debug, Serialize)]
pub struct Proof {
    /// The format's version: 1.
    pub version: u32,
    /// The run's `now`, RFC 3339 in UTC.
    pub now: String,
    /// The run's zone.
    pub zone: String,
    /// The claim as given.
    pub claim: String,
    /// Whether it holds.
    pub answer: ProofAnswer,
    /// Why it stays undecided.
    #[serde(serialize_with = "in_english")]
    pub why: Option<Phrase>,
    /// A contact that shows the opposite.
    pub witness: Option<Shown>,
    /// The claim's conditions.
    pub conditions: Vec<String>,
    /// Whether the witness is in each of them.
    pub in_each: Vec<bool>,
}

/// Whether a claim holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProofAnswer {
    /// For every contact.
    Holds,
    /// Not for the witness.
    Fails,
    /// Neither was found.
    Undecided,
}

/// Keys and reasons in JSON stay the same in every language.
pub(super) fn in_english<S: serde::Serializer>(
    phrase: &Option<Phrase>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    phrase
        .as_ref()
        .map(|phrase| &phrase.en)
        .serialize(serializer)
}

impl Proof {
    /// The documented JSON (`docs/json`).
    pub fn to_json(&self) -> String {
        to_json_line(self)
    }

    /// The answer, with the contact that shows the opposite.
    pub fn to_text(&self, lang: Lang) -> String {
        let claim = escape_controls(&self.claim);
        let headline = match self.answer {
            ProofAnswer::Holds => say!(
                "holds for every contact: {claim}",
                "对所有联系人都成立：{claim}"
            ),
            ProofAnswer::Fails => say!("does not hold: {claim}", "不成立：{claim}"),
            ProofAnswer::Undecided => {
                let why = self.why.clone().unwrap_or_default();
                let (en, zh) = (why.en, why.zh);
                let mut phrase = say!("undecided: {claim}", "无法判定：{claim}");
                phrase.en += &format!(" ({en})");
                phrase.zh += &format!("（{zh}）");
                phrase
            }
        };
        let mut out = format!("{}\n", headline.get(lang));
        if let Some(witness) = &self.witness {
            let label = say!("this contact shows it", "以下联系人为证");
            let _ = writeln!(out, "{}:", label.get(lang));
            out.push_str(&witness.to_text(lang, "  "));
            for (condition, is_in) in self.conditions.iter().zip(&self.in_each) {
                let condition = escape_controls(condition);
                let line = match is_in {
                    true => say!("✓ in {condition}", "✓ 在 {condition} 之内"),
                    false => say!("✗ not in {condition}", "✗ 不在 {condition} 之内"),
                };
                let _ = writeln!(out, "  {}", line.get(lang));
            }
        }
        out
    }
}
