//! What editors are told about a place in rule text; `$0` marks the cursor.

mod completion;
mod places;

use indexmap::IndexMap;
use segrule::ide::{Completion, SeenValue, SeenValues, Typed, complete};
use segrule::name::Name;
use segrule::workspace::{Drafts, Levels, Workspace};
use std::path::Path;

pub const SCHEMA: &str = "\
schema contact {
  id: id
  region: region aka 所在地
  ## In full years.
  age: int 0..150 aka 年龄
  device: one of (android, ios, \"4g\") aka 设备
  last_active: datetime aka 最近活跃
  birthday: date
  last_visit: text aka 最近访问
  tags: list of text separated by \";\"
  spend: decimal(2)
  blocked: bool
  app: version
}
list staff = (\"1\", \"2\")
param min_spend = 200.00
segment buyers \"买家\" = spend > 0
segment 活跃 = 最近活跃 within 72h
";

/// The text without its mark, and where the mark stood.
pub fn marked(text: &str) -> (String, usize) {
    let offset = text.find("$0").expect("a mark");
    (text.replacen("$0", "", 1), offset)
}

/// Rules from texts that are on no disk.
pub fn workspace(files: &[(&str, &str)]) -> (Drafts, Workspace) {
    let mut drafts = Drafts::default();
    for (path, text) in files {
        drafts.edit(Path::new(path), (*text).into());
    }
    let workspace = drafts.compile(&IndexMap::new(), &Levels::default(), None);
    (drafts, workspace)
}

pub fn seen() -> SeenValues {
    let value = |text: &str, count| SeenValue {
        text: text.to_string(),
        count,
    };
    let mut seen = SeenValues::default();
    let mut add = |field: &str, values| seen.fields.insert(Name::new(field), values);
    add(
        "last_visit",
        vec![value("课程页", 40), value("优惠券页", 7)],
    );
    add("device", vec![value("ios", 9), value("android", 3)]);
    add("tags", vec![value("高价值", 5), value("new \"x\"", 1)]);
    add("region", vec![value("广东省/深圳市", 12)]);
    add("city", vec![]);
    seen
}

/// What is offered at the mark, as `insert` texts.
pub fn offered(text: &str) -> Vec<Completion> {
    let (text, offset) = marked(text);
    let (_, workspace) = workspace(&[("schema.seg", SCHEMA), ("own.seg", &text)]);
    let typed = Typed {
        text: &text,
        offset,
        is_expression: false,
    };
    complete(&workspace, typed, &seen())
}
