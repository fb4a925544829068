//! Answers as the text that goes out: a long one is written straight away, and never stands in memory as
//! a tree of values.
//!
//! Invariants: fields stand in the order in which their shapes name them.

use super::protocol::Range;
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::rc::Rc;

/// A JSON text.
pub struct Json(String);

impl Json {
    pub fn of(value: &(impl Serialize + ?Sized)) -> Json {
        // None of the shapes can fail: keys are texts.
        Json(serde_json::to_string(value).unwrap_or_else(|_| Value::Null.to_string()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A place in a file.
#[derive(Serialize)]
pub struct Location {
    #[serde(serialize_with = "as_text")]
    pub uri: Rc<str>,
    pub range: Range,
}

fn as_text<S: Serializer>(text: &Rc<str>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(text)
}

/// An item of an outline.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outlined<'s> {
    pub name: &'s str,
    pub detail: &'s str,
    pub kind: u32,
    pub range: Range,
    pub selection_range: Range,
    pub children: Vec<Outlined<'s>>,
}

/// An item of the workspace.
#[derive(Serialize)]
pub struct Found {
    pub name: String,
    pub kind: u32,
    pub location: Location,
}

/// All colours.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Colours<'d> {
    pub data: &'d [u32],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_id: Option<&'d str>,
}

/// What changed of colours.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ColoursSince<'d> {
    pub edits: &'d [ColourEdit<'d>],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_id: Option<&'d str>,
}

/// Numbers for others.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ColourEdit<'d> {
    pub start: usize,
    pub delete_count: usize,
    pub data: &'d [u32],
}

/// A text for a stretch.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TextEdit<'t> {
    pub range: Range,
    pub new_text: &'t str,
}
