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

#[cfg(test)]
mod tests {
    use super::super::protocol::Position;
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(shape: &(impl Serialize + ?Sized), expected: &Value) {
        assert_eq!(Json::of(shape).as_str(), expected.to_string());
    }

    fn range() -> (Range, Value) {
        let [start, end] = [(0, 4), (7, 0)].map(|(line, character)| Position { line, character });
        let expected = json!({
            "start": { "line": 0, "character": 4 },
            "end": { "line": 7, "character": 0 },
        });
        (Range { start, end }, expected)
    }

    #[test]
    fn colours_are_written_as_values_are() {
        let mut data = vec![0, 1, u32::MAX];
        for result_id in [None, Some("12")] {
            let mut expected = json!({ "data": data });
            let mut since = json!({
                "edits": [{ "start": 5, "deleteCount": 0, "data": data }],
            });
            for value in [&mut expected, &mut since] {
                if let Some(id) = result_id {
                    value["resultId"] = json!(id);
                }
            }
            let colours = Colours {
                data: &data,
                result_id,
            };
            check(&colours, &expected);
            let edits = [ColourEdit {
                start: 5,
                delete_count: 0,
                data: &data,
            }];
            check(
                &ColoursSince {
                    edits: &edits,
                    result_id,
                },
                &since,
            );
            data.clear();
        }
        let none = ColoursSince {
            edits: &[],
            result_id: Some("3"),
        };
        check(&none, &json!({ "edits": [], "resultId": "3" }));
    }

    #[test]
    fn outlines_and_places_are_written_as_values_are() {
        let (range, place) = range();
        let inner = json!({
            "name": "?", "detail": "第 \"1\" 组\n", "kind": 13,
            "range": place, "selectionRange": place, "children": [],
        });
        let mut outer = inner.clone();
        outer["children"] = json!([inner]);
        check(
            &[Outlined {
                children: vec![outlined(range)],
                ..outlined(range)
            }],
            &json!([outer]),
        );
        let location = || Location {
            uri: "file:///甲.seg".into(),
            range,
        };
        let at = json!({ "uri": "file:///甲.seg", "range": place });
        check(&Some(location()), &at);
        check(&None::<Location>, &Value::Null);
        let found = Found {
            name: "a".into(),
            kind: 5,
            location: location(),
        };
        check(
            &[found],
            &json!([{ "name": "a", "kind": 5, "location": at }]),
        );
        let edit = TextEdit {
            range,
            new_text: "\t年",
        };
        check(&edit, &json!({ "range": place, "newText": "\t年" }));
    }

    fn outlined(range: Range) -> Outlined<'static> {
        Outlined {
            name: "?",
            detail: "第 \"1\" 组\n",
            kind: 13,
            range,
            selection_range: range,
            children: Vec::new(),
        }
    }
}
