//! What the cells of contact files look like.

use super::cli::folder;
use indexmap::IndexMap;
use segrule::data::Input;
use segrule::value::{Clock, Date, Instant, Value, Zone};
use segrule::workspace::{Config, Profile, RunOptions, Workspace, profile};

fn profiled(rules: &str, contacts: &str, names: &[&str]) -> Profile {
    let place = folder(&[("a.seg", rules), ("a.csv", contacts)]);
    let path = |name: &str| place.path().join(name);
    let (params, config) = (IndexMap::new(), Config::default());
    let workspace = Workspace::load(&[path("a.seg")], &params, &config, None, None).unwrap();
    let input = Input::file(path("a.csv"));
    let fields: Vec<_> = names
        .iter()
        .map(|name| workspace.schema().find(name).unwrap())
        .collect();
    let options = RunOptions {
        clock: Clock {
            now: Instant(0),
            zone: Zone::named("Asia/Shanghai").unwrap(),
        },
        max_rejects: None,
        threads: Some(2),
        progress: None,
    };
    profile(&workspace, &fields, &input, &options).unwrap().0
}

#[test]
fn cells_of_every_kind_are_counted() {
    let rules = "schema contact {\n  id: id\n  city: text\n  age: int 0..150\n  seen: datetime\n  \
                 tags: list of text separated by \";\"\n}\n";
    let contacts = "id,city,age,seen,tags\n\
                    1,北京,20,2026-11-21T23:59:59+08:00,a;b;a\n\
                    2,,30,2026-11-21T16:00:00Z,a\n\
                    3,北京,200,1900-01-01,\n\
                    4,上海,20,,b;a\n";
    let found = profiled(rules, contacts, &["city", "age", "seen", "tags", "id"]);
    let fields: Vec<_> = found.fields.values().collect();
    let [city, age, seen, tags, id] = fields.as_slice() else {
        panic!("five fields")
    };
    let text = |text: &str| Value::Text(text.into());
    let day = |year, month, day| Value::Date(Date::from_ymd(year, month, day).unwrap());
    assert_eq!(found.contacts, 4);
    assert_eq!(city.values, [(text("北京"), 2), (text("上海"), 1)]);
    assert_eq!((city.missing, city.invalid), (1, 0));
    assert_eq!(age.values, [(Value::Int(20), 2), (Value::Int(30), 1)]);
    assert_eq!((age.missing, age.invalid), (0, 1));
    let days = [day(1900, 1, 1), day(2026, 11, 21), day(2026, 11, 22)].map(|day| (day, 1));
    assert_eq!(seen.values, days);
    let spread = seen.spread.as_ref().unwrap();
    assert_eq!(
        (&spread.least, &spread.most),
        (&day(1900, 1, 1), &day(2026, 11, 22))
    );
    assert_eq!(tags.values, [(text("a"), 3), (text("b"), 2)]);
    assert_eq!((tags.missing, tags.invalid), (1, 0));
    assert_eq!((id.missing, id.values.len()), (0, 0));
}

#[test]
fn a_contact_given_twice_is_counted_once() {
    let mut contacts = String::from("id,city\n");
    for contact in 0..3_000 {
        contacts += &format!("{contact},c{}\n", contact % 7);
    }
    contacts += "5,c9\n";
    let rules = "schema contact { id: id  city: text }\n";
    let found = profiled(rules, &contacts, &["city"]);
    let city = &found.fields[0];
    assert_eq!((found.contacts, city.contacts), (3_000, 3_000));
    assert_eq!(city.values.len(), 7);
    assert_eq!(city.values.iter().map(|(_, n)| n).sum::<u64>(), 3_000);
}
