//! Turns what is wrong with rule text into [`Diagnostic`]s: one struct for every pass and every output.
//!
//! Invariants: a diagnostic always points at rule text; both languages are written where the
//! diagnostic is made; codes never change their meaning; fixes never overlap within one diagnostic.

mod catalogue;
mod excerpt;
mod io_reason;
mod phrase;
mod render;

pub use catalogue::{Category, Code, Pass};
pub use io_reason::io_reason;
pub use phrase::{Lang, Phrase};
pub use render::{RenderStyle, escape_controls, is_hidden, place, render_labels, render_text};

use crate::source::Span;

/// How much a diagnostic weighs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// Something worth knowing.
    Note,
    /// Legal, but probably not meant.
    Warning,
    /// The item cannot be used.
    Error,
}

/// What a stretch of text is, said in a few words beside the caret.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// The text it speaks of.
    pub span: Span,
    /// What that text is.
    pub text: Phrase,
}

/// One replacement of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

/// A change that repairs what a diagnostic reports.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// What the change does.
    pub title: Phrase,
    /// Whether the meaning certainly stays what was intended (`check --fix` applies it).
    pub safe: bool,
    /// The replacements.
    pub edits: Vec<Edit>,
}

/// One thing to tell about rule text.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Which kind.
    pub code: Code,
    /// How much it weighs.
    pub severity: Severity,
    /// One terse phrase.
    pub message: Phrase,
    /// The first label is the primary place.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Option<Phrase>,
    /// Mechanical repairs.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// Starts a diagnostic with its code's usual severity at a place.
    ///
    /// ```
    /// use segrule::diag::{Code, Diagnostic, Phrase};
    /// use segrule::source::{SourceId, Span};
    /// let at = Span::new(SourceId(0), 0, 3);
    /// let found = Diagnostic::new(Code::UnknownField, at, Phrase::new("unknown field `agee`", "没有字段 `agee`"))
    ///     .label(Phrase::new("not in the schema", "档案里没有"))
    ///     .help(Phrase::new("did you mean `age`?", "是不是 `age`？"));
    /// assert_eq!(found.span(), at);
    /// ```
    pub fn new(code: Code, span: Span, message: Phrase) -> Diagnostic {
        Diagnostic {
            code,
            severity: code.severity(),
            message,
            labels: vec![Label {
                span,
                text: Phrase::default(),
            }],
            help: None,
            fixes: Vec::new(),
        }
    }

    /// Says what the primary text is.
    pub fn label(mut self, text: Phrase) -> Diagnostic {
        if let Some(first) = self.labels.first_mut() {
            first.text = text;
        }
        self
    }

    /// Adds another place, with what the text there is.
    pub fn also(mut self, span: Span, text: Phrase) -> Diagnostic {
        self.labels.push(Label { span, text });
        self
    }

    /// Says what to do.
    pub fn help(mut self, help: Phrase) -> Diagnostic {
        self.help = Some(help);
        self
    }

    /// Adds a repair whose meaning is certain.
    pub fn fix(mut self, title: Phrase, edits: Vec<Edit>) -> Diagnostic {
        self.fixes.push(Fix {
            title,
            safe: true,
            edits,
        });
        self
    }

    /// Adds a repair that a person should look at.
    pub fn unsafe_fix(mut self, title: Phrase, edits: Vec<Edit>) -> Diagnostic {
        self.fixes.push(Fix {
            title,
            safe: false,
            edits,
        });
        self
    }

    /// The primary place.
    pub fn span(&self) -> Span {
        self.labels
            .first()
            .map_or(Span::new(crate::source::SourceId(0), 0, 0), |label| {
                label.span
            })
    }

    /// Whether it is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
