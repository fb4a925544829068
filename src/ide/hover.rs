//! What there is to read about a place: types, docs, values seen, days that times reach.

use super::names::Named;
use super::project::View;
use super::shown::field_text;
use crate::check::functions::Function;
use crate::diag::{Lang, Phrase};
use crate::name::Name;
use crate::region::Resolution;
use crate::say;
use crate::schema::{Field, Type};
use crate::source::{SourceId, Span};
use crate::syntax::{Keyword, KeywordKind, keyword};
use std::fmt::Write;

/// Most values, places and fields listed.
const MOST_LISTED: usize = 8;

/// What there is to read about a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// What it is about.
    pub span: Span,
    /// Markdown.
    pub text: String,
}

impl View<'_> {
    /// What there is to read about a place.
    pub fn hover(&self, source: SourceId, offset: usize) -> Option<Hover> {
        if let Some((span, named)) = self.named_at(source, offset)
            && let Some(text) = self.about(&named)
        {
            return Some(Hover { span, text });
        }
        let stretches = self.stretches(source).into_iter();
        let mut around = stretches.filter(|stretch| stretch.span.touches(offset));
        if let Some(stretch) = around.next_back() {
            let said = stretch.text.get(self.facts.lang);
            let zone = self.facts.clock.zone.name();
            return Some(Hover {
                span: stretch.span,
                text: format!("{said} ({zone})"),
            });
        }
        self.about_word(source, offset)
    }

    fn about(&self, named: &Named) -> Option<String> {
        let lang = self.facts.lang;
        let mut text = String::new();
        match named {
            Named::Field(name) => self.about_field(name, &mut text)?,
            Named::Segment(name) => self.about_segment(named, name, &mut text)?,
            Named::List(name) => self.about_list(name, &mut text)?,
            Named::Function(name) => about_function(Function::named(name)?, lang, &mut text),
            Named::Value(field, value) => self.about_value(field, value, &mut text)?,
            Named::Platform(name) => self.about_platform(name, &mut text)?,
            Named::Param(_)
            | Named::Hierarchy(_)
            | Named::Campaign(_)
            | Named::Schema(_)
            | Named::Tier(..)
            | Named::Message(_) => code(self.first_line(named)?, &mut text),
        }
        if let Some(definition) = self.names().definitions.get(named) {
            paragraph(definition.doc.as_deref().unwrap_or(""), &mut text);
        }
        Some(text)
    }

    /// The first line of a definition.
    fn first_line(&self, named: &Named) -> Option<&str> {
        let definition = self.names().definitions.get(named)?;
        let text = self.workspace.sources.text_at(definition.span);
        text.lines().next()
    }

    fn about_field(&self, name: &Name, text: &mut String) -> Option<()> {
        let schema = &self.workspace.rules.schema;
        let field = schema.find(name.as_str()).and_then(|id| schema.field(id))?;
        code(&field_text(field), text);
        let names: Vec<String> = field.aka.iter().map(|name| format!("`{name}`")).collect();
        if !names.is_empty() {
            let names = names.join(", ");
            self.say(&say!("also called {names}", "又名 {names}"), text);
        }
        self.list_seen(field, text);
        Some(())
    }

    fn list_seen(&self, field: &Field, text: &mut String) {
        let seen = self.facts.seen.of(&field.name);
        if seen.is_empty() {
            return;
        }
        let shown = seen.iter().take(MOST_LISTED);
        let shown: Vec<String> = shown
            .map(|value| format!("{} ({})", escaped(&value.text), value.count))
            .collect();
        let shown = shown.join(", ");
        self.say(&say!("in the data: {shown}", "数据中：{shown}"), text);
    }

    fn about_segment(&self, named: &Named, name: &Name, text: &mut String) -> Option<()> {
        let definition = self.names().definitions.get(named)?;
        let item = self.workspace.sources.text_at(definition.span);
        code(item, text);
        if let Some(audience) = self.audience(name) {
            self.say(&audience.phrase(), text);
        }
        let rules = &self.workspace.rules;
        let segment = rules
            .find_segment(name.as_str())
            .and_then(|id| rules.segment(id));
        let reads = segment.into_iter().flat_map(|segment| &segment.reads);
        let reads = reads.filter_map(|id| rules.schema.field(*id));
        let reads: Vec<String> = reads.map(|field| format!("`{}`", field.name)).collect();
        if !reads.is_empty() {
            let reads = reads.join(", ");
            self.say(&say!("reads {reads}", "读取 {reads}"), text);
        }
        Some(())
    }

    fn about_list(&self, name: &Name, text: &mut String) -> Option<()> {
        code(self.first_line(&Named::List(name.clone()))?, text);
        let list = self.workspace.rules.lists.get(name)?;
        let first: Vec<String> = list
            .values
            .iter()
            .take(MOST_LISTED)
            .map(|value| escaped(value))
            .collect();
        let (count, first) = (list.values.len(), first.join(", "));
        let more = if count > MOST_LISTED { " …" } else { "" };
        self.say(
            &say!(
                "{count} values: {first}{more}",
                "{count} 个值：{first}{more}"
            ),
            text,
        );
        Some(())
    }

    fn about_value(&self, field: &Name, value: &str, text: &mut String) -> Option<()> {
        let schema = &self.workspace.rules.schema;
        let field = schema
            .find(field.as_str())
            .and_then(|id| schema.field(id))?;
        let kind = match &field.kind {
            Type::List { element, .. } => element,
            kind => kind,
        };
        match kind {
            Type::Region { hierarchy, .. } => match hierarchy.resolve(value) {
                Resolution::Found(place) | Resolution::Preferred { code: place, .. } => {
                    code(&hierarchy.path(place), text);
                }
                Resolution::Ambiguous(_) | Resolution::Former { .. } | Resolution::Unknown => {
                    return None;
                }
            },
            _ => code(&field_text(field), text),
        }
        let seen = self.facts.seen.of(&field.name);
        if let Some(known) = seen.iter().find(|seen| seen.text == value) {
            let count = known.count;
            self.say(
                &say!("{count} contacts have it", "{count} 人是这个值"),
                text,
            );
        }
        Some(())
    }

    fn about_platform(&self, name: &Name, text: &mut String) -> Option<()> {
        let rules = &self.workspace.rules;
        let mut own = rules
            .platforms
            .iter()
            .filter(|platform| platform.name == *name);
        let platform = own.next()?;
        let title = platform.title.as_deref().unwrap_or("");
        code(format!("platform {name} {title}").trim_end(), text);
        let tiers: Vec<String> = platform
            .tiers
            .keys()
            .map(|tier| format!("`{tier}`"))
            .collect();
        if !tiers.is_empty() {
            let tiers = tiers.join(", ");
            self.say(&say!("tiers {tiers}", "等级 {tiers}"), text);
        }
        if platform.is_built_in {
            self.say(&say!("comes with segrule", "segrule 自带"), text);
        }
        Some(())
    }

    fn say(&self, phrase: &Phrase, text: &mut String) {
        paragraph(phrase.get(self.facts.lang), text);
    }

    /// A keyword in the other language, with what it does where a sentence says it.
    fn about_word(&self, source: SourceId, offset: usize) -> Option<Hover> {
        let text = self.text(source);
        let range = super::broken::word_at(text, offset)?;
        let word = keyword(text.get(range.clone())?)?;
        Some(Hover {
            span: Span::new(source, range.start, range.end),
            text: about_keyword(word, self.facts.lang),
        })
    }
}

fn about_keyword(word: &Keyword, lang: Lang) -> String {
    let kind = match word.kind {
        KeywordKind::Item => say!("starts an item", "开始一个条目"),
        KeywordKind::Type => say!("a type", "类型"),
        KeywordKind::Logic => say!("joins or negates conditions", "组合或否定条件"),
        KeywordKind::Operator => say!("tests a value", "检验一个值"),
        KeywordKind::Constant => say!("stands for itself", "固定含义的词"),
        KeywordKind::Period => say!("a stretch of days", "一段日子"),
        KeywordKind::Clause => say!("a clause of a campaign", "群发的子句"),
        KeywordKind::Entry => say!("starts a statement", "开始一条陈述"),
        KeywordKind::Detail => say!("goes on with what stands before it", "接在前文之后"),
    };
    let names = match word.zh {
        "" => word.en.to_string(),
        zh => format!("{} · {zh}", word.en),
    };
    format!("**{names}** — {}", kind.get(lang))
}

fn about_function(function: &Function, lang: Lang, text: &mut String) {
    code(function.signature, text);
    paragraph(function.description().get(lang), text);
    code(function.example, text);
}

fn code(rule_text: &str, text: &mut String) {
    if !text.is_empty() {
        text.push_str("\n\n");
    }
    // A fence that the text itself cannot close.
    let fence = match rule_text.contains("```") {
        true => "~~~~",
        false => "```",
    };
    let _ = write!(text, "{fence}seg\n{rule_text}\n{fence}");
}

fn paragraph(said: &str, text: &mut String) {
    if said.is_empty() {
        return;
    }
    if !text.is_empty() {
        text.push_str("\n\n");
    }
    text.push_str(said);
}

/// A value that Markdown must not read as anything else.
fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for character in crate::diag::escape_controls(value).chars() {
        if matches!(
            character,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '!'
        ) {
            out.push('\\');
        }
        out.push(character);
    }
    out
}
