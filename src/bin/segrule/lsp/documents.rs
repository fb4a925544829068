//! The texts that an editor has open.

use super::colours::Given;
use super::position::{Encoding, Lines};
use super::protocol::Change;
use indexmap::IndexMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One open file.
pub struct Document {
    /// Its address as the editor writes it.
    pub uri: String,
    /// The editor's number for this text.
    pub version: Option<i64>,
    /// The text, a byte-order mark included.
    pub text: Arc<str>,
    /// The colours it was given last.
    pub colours: Option<Given>,
}

/// The open files by path.
#[derive(Default)]
pub struct Documents {
    open: IndexMap<PathBuf, Document>,
    /// How often colours were given.
    given: u64,
}

impl Documents {
    pub fn open(&mut self, path: PathBuf, document: Document) {
        self.open.insert(path, document);
    }

    pub fn close(&mut self, path: &Path) {
        self.open.shift_remove(path);
    }

    pub fn get(&self, path: &Path) -> Option<&Document> {
        self.open.get(path)
    }

    /// The colours that an open text was given last; they are no longer kept.
    pub fn take_given(&mut self, path: &Path) -> Option<Given> {
        self.open.get_mut(path)?.colours.take()
    }

    /// The name of the next colours that an open text is given.
    pub fn next_name(&mut self, path: &Path) -> Option<String> {
        self.open.get(path)?;
        self.given += 1;
        Some(self.given.to_string())
    }

    /// Keeps the colours that an open text is given.
    pub fn give(&mut self, path: &Path, name: Option<String>, data: Vec<u32>) {
        if let (Some(document), Some(name)) = (self.open.get_mut(path), name) {
            document.colours = Some(Given::new(name, data));
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (&PathBuf, &Document)> {
        self.open.iter()
    }

    /// Takes changes in order; gives the text that comes out.
    pub fn change(
        &mut self,
        path: &Path,
        version: Option<i64>,
        changes: &[Change],
        encoding: Encoding,
    ) -> Option<Arc<str>> {
        let document = self.open.get_mut(path)?;
        let mut text = document.text.to_string();
        for change in changes {
            match change.range {
                None => text.clone_from(&change.text),
                Some(range) => {
                    let lines = Lines::new(&text, encoding);
                    let start = lines.raw_offset(range.start);
                    let end = lines.raw_offset(range.end).max(start);
                    text.replace_range(start..end, &change.text);
                }
            }
        }
        document.text = Arc::from(text);
        document.version = version;
        Some(Arc::clone(&document.text))
    }
}
