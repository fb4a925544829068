//! Turns syntax trees into one [`typed::RuleSet`] and says everything that is wrong with them.
//!
//! Invariants: checking never fails; an item with an error is left out of the rule set and the
//! others go on; a mistake is told once, where it was made, and not again where its name is used;
//! nothing here knows the time, the zone or any contact.

mod allow;
mod campaign;
pub mod clause;
mod compare;
mod condition;
mod counts;
pub mod functions;
mod holds;
mod items;
mod lists;
mod memory;
mod moment;
mod numbers;
pub mod platform;
mod problem;
mod quantity;
mod ranges;
mod reads;
mod regions;
mod schemas;
mod segments;
pub mod sending;
mod sets;
mod subject;
mod tests;
mod texts;
mod times;
pub mod typed;
mod values;

pub use allow::apply_allows;

use crate::diag::{Diagnostic, Phrase};
use crate::name::Name;
use crate::schema::Schema;
use crate::source::{SourceId, Sources};
use crate::syntax::ast;
use condition::Scope;
use indexmap::IndexMap;
use std::sync::Arc;
use typed::{Condition, RuleSet};

/// Rules with what is wrong with them.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// What the files define, without broken items.
    pub rules: RuleSet,
    /// What there is to say, in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
}

/// What checking looks at.
#[derive(Clone, Copy)]
pub struct CheckInput<'a> {
    /// The texts.
    pub sources: &'a Sources,
    /// Their syntax trees.
    pub files: &'a [(SourceId, Arc<ast::File>)],
    /// Reads the files that lists and hierarchies name.
    pub list_files: &'a dyn ListFiles,
    /// Values of parameters that replace the defaults (`--set`).
    pub params: &'a IndexMap<Name, String>,
    /// The schema, when the files define none (inferred from data).
    pub schema: Option<&'a Schema>,
}

/// Reads files named by rule text, wherever they are kept.
pub trait ListFiles {
    /// The bytes of a file named in the rule file `from`.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn read(&self, from: SourceId, path: &str) -> Result<Arc<[u8]>, ListFileError>;
}

/// Why a file named by rule text cannot be read; never with its content.
#[derive(Clone, Debug, PartialEq)]
pub struct ListFileError(pub Phrase);

/// No files at all: for expressions and tests.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoListFiles;

impl ListFiles for NoListFiles {
    fn read(&self, _: SourceId, _: &str) -> Result<Arc<[u8]>, ListFileError> {
        Err(ListFileError(crate::say!(
            "files cannot be read here",
            "此处不能读取文件"
        )))
    }
}

/// Checks rule files.
pub fn check(input: &CheckInput) -> Checked {
    let mut diagnostics = Vec::new();
    let items = items::collect(input, &mut diagnostics);
    let mut rules = RuleSet {
        schema: schemas::schema(input, &items, &mut diagnostics),
        ..RuleSet::default()
    };
    rules.params = values::params(input, &items, &rules.schema, &mut diagnostics);
    rules.lists = lists::lists(input, &items, &mut diagnostics);
    segments::segments(&items, &mut rules, &mut diagnostics);
    rules.tests = tests::tests(&items, &rules, &mut diagnostics);
    campaign::campaigns(input.sources, &items, &mut rules, &mut diagnostics);
    Checked { rules, diagnostics }
}

/// Checks one expression against rules that are already checked (`--where`, a prompt).
pub fn check_expression(
    rules: &RuleSet,
    expression: &ast::Expr,
) -> (Option<Condition>, Vec<Diagnostic>) {
    let mut scope = Scope::new(rules, memory::Memory::default());
    let condition = scope.definition(expression);
    (condition, scope.diagnostics)
}
