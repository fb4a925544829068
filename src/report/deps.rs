//! What definitions read, and who reads something, as text, JSON and a graph.

use super::to_json_line;
use crate::diag::{Lang, Phrase, escape_controls};
use crate::say;
use indexmap::IndexMap;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Segments inside segments that a tree shows.
const DEEPEST: usize = 32;

/// What some definitions read.
#[derive(Clone, Debug, Serialize)]
pub struct Dependencies {
    /// The format's version: 1.
    pub version: u32,
    /// The definitions asked for.
    pub rules: Vec<Rule>,
    /// What every segment reads itself, by name.
    #[serde(skip)]
    pub segments: IndexMap<String, Reads>,
}

/// What one definition reads.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rule {
    /// A segment or campaign.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// What it names itself.
    pub reads: Reads,
    /// What the segments read that it names, and so on; sorted.
    pub through: Reads,
}

/// What can be read, and what reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A field of the schema.
    Field,
    /// A segment.
    Segment,
    /// A list.
    List,
    /// A parameter.
    Param,
    /// A campaign.
    Campaign,
    /// A test.
    Test,
}

/// Names by what they are names of.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Reads {
    /// Fields.
    pub fields: Vec<String>,
    /// Segments.
    pub segments: Vec<String>,
    /// Lists.
    pub lists: Vec<String>,
    /// Parameters.
    pub params: Vec<String>,
}

/// Who reads something.
#[derive(Clone, Debug, Serialize)]
pub struct UsedBy {
    /// The format's version: 1.
    pub version: u32,
    /// The things of that name: a field and a segment may share one.
    pub uses: Vec<Use>,
}

/// Who reads one thing.
#[derive(Clone, Debug, Serialize)]
pub struct Use {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Who reads it.
    pub used_by: Vec<Named>,
}

/// Somebody who reads something.
#[derive(Clone, Debug, Serialize)]
pub struct Named {
    /// A segment, campaign or test.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Whether it names the thing itself.
    pub direct: bool,
    /// The segments it names that read it.
    pub through: Vec<String>,
}

impl Rule {
    /// Whether it goes by this name.
    pub fn is_named(&self, name: &str) -> bool {
        self.name == name
    }
}

impl Reads {
    /// The names of one kind.
    pub fn of(&self, kind: Kind) -> &[String] {
        match kind {
            Kind::Field => &self.fields,
            Kind::Segment => &self.segments,
            Kind::List => &self.lists,
            Kind::Param => &self.params,
            Kind::Campaign | Kind::Test => &[],
        }
    }

    /// Adds the names of others.
    pub fn add(&mut self, other: &Reads) {
        self.fields.extend_from_slice(&other.fields);
        self.segments.extend_from_slice(&other.segments);
        self.lists.extend_from_slice(&other.lists);
        self.params.extend_from_slice(&other.params);
    }

    /// Sorts the names, each once.
    pub fn sort(&mut self) {
        for names in [
            &mut self.fields,
            &mut self.segments,
            &mut self.lists,
            &mut self.params,
        ] {
            names.sort_unstable();
            names.dedup();
        }
    }

    fn leaves(&self) -> impl Iterator<Item = (Kind, &String)> {
        [Kind::Field, Kind::List, Kind::Param]
            .into_iter()
            .flat_map(|kind| self.of(kind).iter().map(move |name| (kind, name)))
    }
}

impl Kind {
    fn word(self, lang: Lang) -> String {
        let word = match self {
            Kind::Field => say!("field", "字段"),
            Kind::Segment => say!("segment", "人群"),
            Kind::List => say!("list", "名单"),
            Kind::Param => say!("param", "参数"),
            Kind::Campaign => say!("campaign", "群发"),
            Kind::Test => say!("test", "测试"),
        };
        word.get(lang).to_string()
    }
}

impl Dependencies {
    /// The documented JSON (`docs/json`).
    pub fn to_json(&self) -> String {
        to_json_line(self)
    }

    /// A tree a definition; a segment is opened where it is met first.
    pub fn to_text(&self, lang: Lang) -> String {
        let mut out = String::new();
        for rule in &self.rules {
            let name = escape_controls(&rule.name);
            let _ = writeln!(out, "{} {name}", rule.kind.word(lang));
            let mut seen = BTreeSet::new();
            self.branches(&mut out, &rule.reads, "", &mut seen, lang);
        }
        out
    }

    fn branches<'a>(
        &'a self,
        out: &mut String,
        reads: &'a Reads,
        indent: &str,
        seen: &mut BTreeSet<&'a str>,
        lang: Lang,
    ) {
        let segments = reads.segments.iter().map(|name| (Kind::Segment, name));
        let all: Vec<(Kind, &String)> = segments.chain(reads.leaves()).collect();
        for (index, (kind, name)) in all.iter().enumerate() {
            let is_last = index + 1 == all.len();
            let (branch, deeper) = match is_last {
                true => ("└─ ", "   "),
                false => ("├─ ", "│  "),
            };
            let shown = escape_controls(name);
            let _ = write!(out, "{indent}{branch}{} {shown}", kind.word(lang));
            let inner = self.segments.get(*name).filter(|_| *kind == Kind::Segment);
            let is_deep = indent.chars().count() >= DEEPEST * 3;
            match inner {
                Some(inner) if seen.insert(name) && !is_deep => {
                    out.push('\n');
                    self.branches(out, inner, &format!("{indent}{deeper}"), seen, lang);
                }
                Some(_) => out.push_str(" …\n"),
                None => out.push('\n'),
            }
        }
    }

    /// A graph for Graphviz: an arrow from each definition to what it names.
    pub fn to_dot(&self) -> String {
        let mut arrows = BTreeSet::new();
        let mut open: Vec<(String, &Reads)> = Vec::new();
        let mut nodes = BTreeSet::new();
        let node = |kind: Kind, name: &str| {
            let name = name.replace('\\', "\\\\").replace('"', "\\\"");
            format!("\"{} {name}\"", kind.word(Lang::En))
        };
        for rule in &self.rules {
            let name = node(rule.kind, &rule.name);
            nodes.insert(name.clone());
            open.push((name, &rule.reads));
        }
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        while let Some((from, reads)) = open.pop() {
            for (kind, name) in reads.leaves() {
                arrows.insert((from.clone(), node(kind, name)));
            }
            for name in &reads.segments {
                let to = node(Kind::Segment, name);
                arrows.insert((from.clone(), to.clone()));
                if let Some(inner) = self.segments.get(name)
                    && seen.insert(name)
                {
                    open.push((to, inner));
                }
            }
        }
        let mut out = "digraph rules {\n  rankdir = LR;\n".to_string();
        for node in nodes {
            let _ = writeln!(out, "  {node};");
        }
        for (from, to) in arrows {
            let _ = writeln!(out, "  {from} -> {to};");
        }
        out + "}\n"
    }
}

impl UsedBy {
    /// The documented JSON (`docs/json`).
    pub fn to_json(&self) -> String {
        to_json_line(self)
    }

    /// A line for everyone who reads it.
    pub fn to_text(&self, lang: Lang) -> String {
        let mut out = String::new();
        for one in &self.uses {
            let name = format!("{} {}", one.kind.word(lang), escape_controls(&one.name));
            let headline: Phrase = match one.used_by.is_empty() {
                true => say!("{name} is read by nobody", "{name} 没有被任何规则使用"),
                false => say!("{name} is read by", "使用 {name} 的有"),
            };
            let _ = writeln!(out, "{}", headline.get(lang));
            for user in &one.used_by {
                let through = escape_controls(&user.through.join(", "));
                let how: Phrase = match (user.direct, user.through.is_empty()) {
                    (_, true) => Phrase::default(),
                    (true, false) => {
                        say!("  itself and through {through}", "  自身以及经由 {through}")
                    }
                    (false, false) => say!("  through {through}", "  经由 {through}"),
                };
                let name = escape_controls(&user.name);
                let kind = user.kind.word(lang);
                let _ = writeln!(out, "  {kind} {name}{}", how.get(lang));
            }
        }
        out
    }
}
