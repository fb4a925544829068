//! Turns a place in rule text into what an editor shows there: hover, completion, edits.
//!
//! Invariants: nothing here knows an editor's protocol; places are byte offsets; texts that do not
//! parse are answered as far as they can be.

mod action;
mod audience;
mod broken;
mod completion;
mod cursor;
mod expect;
mod highlight;
mod hint;
mod hover;
mod moments;
mod names;
mod navigate;
mod project;
mod rename;
mod seen;
mod shown;
mod symbol;

pub use action::{Action, LaidOut, Unlaid};
pub use audience::{Audience, Audiences, Meanings};
pub use completion::{Completion, CompletionKind, Typed, complete};
pub use highlight::{Highlight, HighlightKind};
pub use hint::{Hint, Lens, LensAction};
pub use hover::Hover;
pub use navigate::{Reference, Target};
pub use project::{Facts, Project, View};
pub use seen::{SeenValue, SeenValues};
pub use symbol::{Symbol, SymbolKind};
