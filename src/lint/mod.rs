//! Turns rules without errors, and what is known of the contacts, into findings about how they are
//! written.
//!
//! Invariants: nothing here is an error; a finding is told once, where somebody would change something;
//! names that might be meant count as used.

mod data;
mod duration;
mod literal;
mod platform;
mod text;
mod unused;

pub use data::{Profiles, data, judged};

use crate::check::typed::RuleSet;
use crate::diag::{Code, Diagnostic};
use crate::name::FieldId;
use crate::source::{SourceId, Sources};
use crate::syntax::ast::{self, Item};
use std::sync::Arc;

/// The rules looked at.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// The texts.
    pub sources: &'a Sources,
    /// Their syntax trees.
    pub files: &'a [(SourceId, Arc<ast::File>)],
    /// What they mean.
    pub typed: &'a RuleSet,
}

impl<'a> Rules<'a> {
    fn items(self) -> impl Iterator<Item = &'a Item> {
        self.files.iter().flat_map(|(_, file)| &file.items)
    }

    /// The field that a path names.
    fn field(self, path: &ast::Path) -> Option<FieldId> {
        let schema = &self.typed.schema;
        let name = dotted(path);
        let plain = name.strip_prefix("contact.");
        let find = |name: &str| schema.find(name);
        find(&name).or_else(|| plain.and_then(find))
    }

    /// The bodies of segments, in the order written.
    fn segments(self) -> impl Iterator<Item = (&'a ast::SegmentItem, &'a ast::Expr)> {
        self.items().filter_map(|item| match item {
            Item::Segment(segment) => Some((segment, segment.body.as_ref()?)),
            _ => None,
        })
    }
}

fn dotted(path: &ast::Path) -> String {
    let parts = path.parts.iter().map(|part| &*part.text);
    parts.collect::<Vec<_>>().join(".")
}

/// What the rules alone show. `told` was said already; `is_wanted` says of codes that are off by default whether they are on.
pub fn rules(
    rules: Rules,
    told: &[Diagnostic],
    is_wanted: &dyn Fn(Code) -> bool,
) -> Vec<Diagnostic> {
    let mut found = unused::unused(rules, told, is_wanted);
    found.extend(duration::durations(rules));
    found.extend(platform::shadowed(rules));
    found.extend(text::lookalikes(rules));
    found
}
