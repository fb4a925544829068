//! Turns diagnostics into text with source excerpts for terminals.
//!
//! Invariants: lines and columns count from 1, columns in characters; text taken from files is shown
//! with control and direction characters escaped; the caret lines up under wide characters.

use super::excerpt::Excerpt;
use super::{Diagnostic, Label, Lang, Phrase, Severity};
use crate::source::{SourceId, Sources, Span};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode, SourceSpan};
use std::fmt::{self, Write};

/// How diagnostics are drawn.
#[derive(Clone, Copy, Debug)]
pub struct RenderStyle {
    /// The language of messages.
    pub lang: Lang,
    /// Whether colours are used.
    pub has_color: bool,
    /// Whether box-drawing characters are used (otherwise ASCII).
    pub is_unicode: bool,
    /// Columns of the terminal.
    pub width: usize,
}

impl Default for RenderStyle {
    fn default() -> RenderStyle {
        RenderStyle {
            lang: Lang::En,
            has_color: false,
            is_unicode: true,
            width: 100,
        }
    }
}

/// Draws diagnostics one after the other; a note takes one line.
pub fn render_text(diagnostics: &[Diagnostic], sources: &Sources, style: RenderStyle) -> String {
    let handler = handler(style);
    let mut out = String::new();
    for diagnostic in diagnostics {
        if diagnostic.severity == Severity::Note {
            let place = place(diagnostic.span(), sources);
            let message = escape_controls(diagnostic.message.get(style.lang));
            let _ = writeln!(out, "{place}: {message} [{}]", diagnostic.code.name());
            continue;
        }
        let labels = &diagnostic.labels;
        let shown = Shown {
            code: Some(diagnostic.code.name()),
            severity: diagnostic.severity,
            message: &diagnostic.message,
            labels,
            lang: style.lang,
            help: help_text(diagnostic.help.as_ref(), labels, sources, style.lang),
            excerpt: excerpt(labels, sources),
        };
        let fallback = || format!("{}: {}\n", diagnostic.code.name(), shown);
        out.push_str(&draw(&handler, &shown).unwrap_or_else(fallback));
    }
    out
}

/// Draws labels in their text, as diagnostics are drawn: for what is worth showing and is no mistake.
pub fn render_labels(
    message: &Phrase,
    labels: &[Label],
    sources: &Sources,
    style: RenderStyle,
) -> String {
    let shown = Shown {
        code: None,
        severity: Severity::Note,
        message,
        labels,
        lang: style.lang,
        help: help_text(None, labels, sources, style.lang),
        excerpt: excerpt(labels, sources),
    };
    draw(&handler(style), &shown).unwrap_or_else(|| format!("{shown}\n"))
}

/// Nothing when drawing failed (a span outside its file): the message must still get through.
fn draw(handler: &GraphicalReportHandler, shown: &Shown) -> Option<String> {
    let mut drawn = String::new();
    handler.render_report(&mut drawn, shown).ok()?;
    Some(match shown.lang {
        Lang::En => drawn,
        Lang::Zh => with_chinese_help(drawn),
    })
}

/// The word before the help in Chinese, as wide as it was. Only help starts a line so: excerpts have
/// numbers before them.
fn with_chinese_help(drawn: String) -> String {
    drawn
        .replace("\n  help: ", "\n  建议：")
        .replace("\n\u{1b}[36m  help: ", "\n\u{1b}[36m  建议：")
}

fn handler(style: RenderStyle) -> GraphicalReportHandler {
    let theme = match (style.has_color, style.is_unicode) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::ascii(),
        (false, true) => GraphicalTheme::unicode_nocolor(),
        (false, false) => GraphicalTheme::none(),
    };
    GraphicalReportHandler::new_themed(theme)
        .with_width(style.width)
        .with_links(false)
        .with_cause_chain()
}

/// The file of the first label.
fn home(labels: &[Label]) -> SourceId {
    labels
        .first()
        .map_or(SourceId(0), |label| label.span.source)
}

fn excerpt(labels: &[Label], sources: &Sources) -> Option<Excerpt> {
    let home = home(labels);
    let spans = labels.iter().map(|label| label.span);
    let here: Vec<Span> = spans.filter(|span| span.source == home).collect();
    Some(Excerpt::new(sources.get(home)?, &here))
}

/// The help, and places in other files, which the excerpt cannot show.
fn help_text(
    help: Option<&Phrase>,
    labels: &[Label],
    sources: &Sources,
    lang: Lang,
) -> Option<String> {
    let mut help = help.map_or(String::new(), |help| help.get(lang).to_string());
    let home = home(labels);
    for label in labels.iter().filter(|label| label.span.source != home) {
        if !help.is_empty() {
            help.push('\n');
        }
        let _ = write!(
            help,
            "{}: {}",
            place(label.span, sources),
            label.text.get(lang)
        );
    }
    (!help.is_empty()).then(|| escape_controls(&help))
}

/// `file:line:column` of a span's start.
pub fn place(span: Span, sources: &Sources) -> String {
    let Some(source) = sources.get(span.source) else {
        return String::new();
    };
    let at = source.line_column(span.start as usize);
    let path = escape_controls(&source.path().to_string_lossy());
    format!("{path}:{}:{}", at.line, at.column)
}

/// Writes control, direction and zero-width characters as `\u{…}`, so that text from files can
/// neither move the cursor nor reorder what people read. Line breaks and tabs stay.
pub fn escape_controls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hidden(character) {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
        } else {
            out.push(character);
        }
    }
    out
}

/// Whether a character is invisible, moves the cursor or changes the reading direction.
pub fn is_hidden(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' => true,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        other => other.is_control(),
    }
}

struct Shown<'a> {
    code: Option<&'static str>,
    severity: Severity,
    message: &'a Phrase,
    labels: &'a [Label],
    lang: Lang,
    help: Option<String>,
    excerpt: Option<Excerpt>,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&escape_controls(self.message.get(self.lang)))
    }
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl std::error::Error for Shown<'_> {}

impl miette::Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let code = self.code?;
        Some(Box::new(code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Note => miette::Severity::Advice,
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.help.as_deref()?;
        Some(Box::new(help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt
            .as_ref()
            .map(|excerpt| excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let home = home(self.labels);
        let here = self
            .labels
            .iter()
            .filter(move |label| label.span.source == home);
        Some(Box::new(here.enumerate().map(|(index, label)| {
            let (text, span) = self.label(label);
            if index == 0 {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            }
        })))
    }
}

impl Shown<'_> {
    fn label(&self, label: &Label) -> (Option<String>, SourceSpan) {
        let text = label.text.get(self.lang);
        let text = (!text.is_empty()).then(|| escape_controls(text));
        let span = match &self.excerpt {
            Some(excerpt) => excerpt.span(label.span),
            None => SourceSpan::new(0.into(), 0),
        };
        (text, span)
    }
}
