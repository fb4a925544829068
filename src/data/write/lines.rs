//! Writes one JSON line a contact: the segments it is in, and those it is quarantined from.

use super::cell::push_json;
use crate::data::RejectReason;

/// Writes `{"id":…,"segments":[…],"quarantined":[…]}` lines.
///
/// ```
/// use segrule::data::write::ClassLines;
///
/// let lines = ClassLines::new(&["young".to_string(), "rich".to_string()]);
/// let mut out = String::new();
/// lines.push_contact(&mut out, "7", &[0], &[1]);
/// assert_eq!(out, "{\"id\":\"7\",\"segments\":[\"young\"],\"quarantined\":[\"rich\"]}\n");
/// ```
#[derive(Clone, Debug)]
pub struct ClassLines {
    /// The names as JSON strings, written once.
    quoted: Vec<String>,
}

impl ClassLines {
    /// Lines about segments with these names.
    pub fn new(names: &[String]) -> ClassLines {
        let quote = |name: &String| {
            let mut quoted = String::new();
            push_json(&mut quoted, name);
            quoted
        };
        ClassLines {
            quoted: names.iter().map(quote).collect(),
        }
    }

    /// Adds the line of a contact; segments are given by their places among the names.
    pub fn push_contact(&self, out: &mut String, id: &str, segments: &[u32], quarantined: &[u32]) {
        out.push_str("{\"id\":");
        push_json(out, id);
        out.push_str(",\"segments\":[");
        self.push_names(out, segments);
        out.push_str("],\"quarantined\":[");
        self.push_names(out, quarantined);
        out.push_str("]}\n");
    }

    /// Adds the line that stands for a record which is no contact: its line from 1, and why.
    pub fn push_reject(&self, out: &mut String, line: u64, reason: RejectReason) {
        out.push_str("{\"line\":");
        out.push_str(&line.to_string());
        out.push_str(",\"error\":");
        push_json(out, reason.name());
        out.push_str("}\n");
    }

    fn push_names(&self, out: &mut String, places: &[u32]) {
        for (index, place) in places.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            out.push_str(self.quoted.get(*place as usize).map_or("", String::as_str));
        }
    }
}
