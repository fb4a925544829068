//! Generated schemas, rules and contacts, dirty cells included.

use proptest::prelude::*;
use segrule::check::typed::*;
use segrule::name::{FieldId, Name, SegmentId};
use segrule::region::{Hierarchy, RegionCode};
use segrule::schema::{Field, Schema, Type};
use segrule::source::{SourceId, Span};
use segrule::syntax::ast::{Comparison, CountRelation, Operator};
use segrule::value::*;
use std::collections::BTreeSet;
use std::sync::Arc;

pub const INT: FieldId = FieldId(1);
pub const DECIMAL: FieldId = FieldId(2);
pub const FLOAT: FieldId = FieldId(3);
pub const BOOL: FieldId = FieldId(4);
pub const TEXT: FieldId = FieldId(5);
pub const FOLDED: FieldId = FieldId(6);
pub const DATE: FieldId = FieldId(7);
pub const DATETIME: FieldId = FieldId(8);
pub const REGION: FieldId = FieldId(9);
pub const VERSION: FieldId = FieldId(10);
pub const TAGS: FieldId = FieldId(11);
pub const INTS: FieldId = FieldId(12);

pub fn schema() -> Schema {
    let mut schema = Schema::new(Some(Name::new("contact")));
    let list = |element| Type::List {
        element: Box::new(element),
        separator: Some(Arc::from(";")),
    };
    let fields = [
        ("id", Type::Id),
        ("int", Type::Int(Intervals::all())),
        (
            "decimal",
            Type::Decimal {
                places: 2,
                range: Intervals::all(),
            },
        ),
        ("float", Type::Float(Intervals::all())),
        ("bool", Type::Bool),
        ("text", Type::Text { is_folded: false }),
        ("folded", Type::Text { is_folded: true }),
        ("date", Type::Date(TimeFormat::Iso)),
        ("datetime", Type::Datetime(TimeFormat::Iso)),
        (
            "region",
            Type::Region {
                hierarchy: Hierarchy::china(),
                from: Arc::from([]),
            },
        ),
        ("version", Type::Version),
        ("tags", list(Type::Text { is_folded: false })),
        ("ints", list(Type::Int(Intervals::all()))),
    ];
    for (name, kind) in fields {
        let field = Field {
            name: Name::new(name),
            aka: Vec::new(),
            kind,
            is_optional: false,
            missing_when: Vec::new(),
            doc: None,
            span: None,
        };
        schema.add(field).unwrap();
    }
    schema
}

pub fn span() -> Span {
    Span::new(SourceId(0), 0, 0)
}

pub fn condition(kind: ConditionKind) -> Condition {
    Condition { kind, span: span() }
}

pub fn dirty(values: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Value> {
    prop_oneof![
        2 => Just(Value::Missing),
        1 => Just(Value::Invalid),
        7 => values,
    ]
    .boxed()
}

pub const TEXTS: [&str; 7] = ["a", "ab", "B", "课程页", "首页", "ß", "xaby"];
pub const PLACES: [u32; 6] = [110000, 110108, 440000, 440300, 440305, 310115];
pub const VERSIONS: [&str; 5] = ["8.0.30", "8.0.100", "8", "8.0", "7.9"];

pub fn text() -> impl Strategy<Value = Value> {
    prop::sample::select(&TEXTS[..]).prop_map(|text| Value::Text(text.into()))
}

pub fn cells() -> impl Strategy<Value = Vec<Value>> {
    let list =
        |element: BoxedStrategy<Value>| prop::collection::vec(element, 1..4).prop_map(Value::List);
    (
        (
            dirty((-5i64..30).prop_map(Value::Int)),
            dirty((-300i64..900).prop_map(|units| Value::Decimal { units, places: 2 })),
            dirty(
                prop::sample::select(vec![-1.5, -0.0, 0.0, 0.1, 0.3, 7.0, 1e300])
                    .prop_map(Value::Float),
            ),
            dirty(any::<bool>().prop_map(Value::Bool)),
            dirty(text()),
            dirty(text()),
        ),
        (
            dirty((20_400i32..20_900).prop_map(|days| Value::Date(Date(days)))),
            dirty(
                (1_762_000_000_000i64..1_802_000_000_000)
                    .prop_map(|ms| Value::Instant(Instant(ms))),
            ),
            dirty(prop::sample::select(&PLACES[..]).prop_map(Value::Region)),
            dirty(
                prop::sample::select(&VERSIONS[..])
                    .prop_map(|text| Value::Version(Version::parse(text).unwrap())),
            ),
            dirty(list(text().boxed())),
            dirty(list((0i64..5).prop_map(Value::Int).boxed())),
        ),
    )
        .prop_map(|(a, b)| {
            let id = Value::Text("set by the caller".into());
            vec![
                id, a.0, a.1, a.2, a.3, a.4, a.5, b.0, b.1, b.2, b.3, b.4, b.5,
            ]
        })
}

pub fn intervals() -> impl Strategy<Value = Intervals> {
    prop::collection::vec((-10i64..40, 0i64..20), 0..4).prop_map(|pairs| {
        Intervals::new(
            pairs
                .into_iter()
                .map(|(from, width)| (from, from + width))
                .collect(),
        )
    })
}

pub fn text_test() -> impl Strategy<Value = TextTest> {
    let some = || prop::collection::vec(prop::sample::select(&TEXTS[..]), 1..3);
    let arcs = |texts: Vec<&str>| texts.into_iter().map(Arc::from).collect::<Vec<Arc<str>>>();
    let question = prop_oneof![
        some().prop_map(move |texts| TextQuestion::OneOf(Arc::new(
            arcs(texts).into_iter().collect()
        ))),
        some().prop_map(move |texts| TextQuestion::Contains(arcs(texts))),
        some().prop_map(move |texts| TextQuestion::StartsWith(arcs(texts))),
        some().prop_map(move |texts| TextQuestion::EndsWith(arcs(texts))),
        prop::sample::select(vec!["*a*", "?", "*页", "ab"])
            .prop_map(|text| TextQuestion::Glob(Box::new(Glob::new(text)))),
        prop::sample::select(vec!["^a", "页$", "."]).prop_map(|text| TextQuestion::Regex(
            Box::new(Pattern {
                text: text.into(),
                regex: regex::Regex::new(text).unwrap(),
            })
        )),
        intervals().prop_map(TextQuestion::Length),
    ];
    let view = prop::sample::select(vec![TextView::Exact, TextView::Folded, TextView::Lower]);
    (view, question).prop_map(|(view, question)| TextTest { view, question })
}

pub fn duration() -> impl Strategy<Value = Duration> {
    let unit = prop::sample::select(vec![
        Unit::Hour,
        Unit::Day,
        Unit::Week,
        Unit::Month,
        Unit::Year,
    ]);
    (0u32..200, unit).prop_map(|(count, unit)| Duration { count, unit })
}

pub fn day_duration() -> impl Strategy<Value = Duration> {
    duration().prop_map(|duration| match duration.unit {
        Unit::Hour => Duration {
            count: duration.count,
            unit: Unit::Day,
        },
        _ => duration,
    })
}

pub fn moment() -> impl Strategy<Value = Moment> {
    prop_oneof![
        (20_400i32..20_900).prop_map(|days| Moment::Date(Date(days))),
        (1_762_000_000_000i64..1_802_000_000_000).prop_map(|ms| Moment::Instant(Instant(ms))),
        (20_400i32..20_900, 0u32..86_400_000).prop_map(|(days, ms)| Moment::Local(Date(days), ms)),
        prop::sample::select(vec![
            Period::Today,
            Period::Last(PeriodUnit::Month),
            Period::This(PeriodUnit::Week)
        ])
        .prop_map(Moment::Period),
        duration().prop_map(Moment::Ago),
    ]
}

pub fn bound() -> impl Strategy<Value = Option<TimeBound>> {
    let bound =
        (moment(), any::<bool>(), any::<bool>()).prop_map(|(moment, is_first, is_included)| {
            TimeBound {
                moment,
                edge: if is_first { Edge::First } else { Edge::Last },
                is_included,
            }
        });
    prop::option::of(bound)
}

pub fn times(durations: BoxedStrategy<Duration>) -> BoxedStrategy<TimeSet> {
    prop_oneof![
        durations.clone().prop_map(TimeSet::Last),
        durations.clone().prop_map(TimeSet::Next),
        (durations.clone(), durations).prop_map(|(newer, older)| TimeSet::Ago { newer, older }),
        prop::collection::vec((bound(), bound()), 0..3).prop_map(|pairs| {
            TimeSet::Ranges(
                pairs
                    .into_iter()
                    .map(|(from, to)| TimeRange { from, to })
                    .collect(),
            )
        }),
    ]
    .boxed()
}

pub fn versions() -> impl Strategy<Value = Vec<VersionRange>> {
    let end =
        prop::option::of((prop::sample::select(&VERSIONS[..]), any::<bool>())).prop_map(|end| {
            end.map(|(text, is_included)| (Version::parse(text).unwrap(), is_included))
        });
    prop::collection::vec((end.clone(), end), 0..3).prop_map(|pairs| {
        pairs
            .into_iter()
            .map(|(from, to)| VersionRange { from, to })
            .collect()
    })
}

pub fn places() -> impl Strategy<Value = BTreeSet<RegionCode>> {
    prop::collection::btree_set(prop::sample::select(&PLACES[..]).prop_map(RegionCode), 0..3)
}

pub fn number() -> impl Strategy<Value = Number> {
    (-3000i128..4000, 0u8..3).prop_map(|(digits, scale)| Number::new(digits, scale))
}

pub fn quantity() -> impl Strategy<Value = Quantity> {
    let leaf = prop_oneof![
        number().prop_map(Quantity::Literal),
        prop::sample::select(vec![INT, DECIMAL, FLOAT]).prop_map(Quantity::Field),
        prop::sample::select(vec![DATE, DATETIME]).prop_map(Quantity::DaysSince),
        (
            prop::sample::select(vec![
                TimePart::Year,
                TimePart::Month,
                TimePart::Day,
                TimePart::Weekday
            ]),
            prop::sample::select(vec![DATE, DATETIME])
        )
            .prop_map(|(part, field)| Quantity::Part(part, field)),
        Just(Quantity::Part(TimePart::Hour, DATETIME)),
        prop::sample::select(vec![TEXT, FOLDED]).prop_map(Quantity::Length),
        prop::sample::select(vec![TAGS, INTS]).prop_map(Quantity::Count),
    ];
    let operator = prop::sample::select(vec![
        Operator::Add,
        Operator::Subtract,
        Operator::Multiply,
        Operator::Divide,
    ]);
    leaf.prop_recursive(2, 6, 2, move |inner| {
        prop_oneof![
            inner
                .clone()
                .prop_map(|inner| Quantity::Negate(Box::new(inner))),
            (inner.clone(), operator.clone(), inner).prop_map(|(left, operator, right)| {
                Quantity::Arithmetic(Box::new(left), operator, Box::new(right))
            }),
        ]
    })
}

pub fn relation() -> impl Strategy<Value = Comparison> {
    prop::sample::select(vec![
        Comparison::Equal,
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
    ])
}

pub fn ranges() -> impl Strategy<Value = Vec<NumberRange>> {
    let range = (
        prop::option::of(number()),
        prop::option::of(number()),
        any::<bool>(),
    )
        .prop_map(|(from, to, includes_end)| NumberRange {
            from,
            to,
            includes_end,
        });
    prop::collection::vec(range, 0..3)
}

pub fn question() -> impl Strategy<Value = Question> {
    let any_field = (1u32..13).prop_map(FieldId);
    let element = prop_oneof![
        text_test().prop_map(|test| (TAGS, ElementTest::Text(test))),
        intervals().prop_map(|set| (INTS, ElementTest::Number(set))),
    ];
    let share =
        (0i128..=100).prop_map(|percent| Share::from_percent(Number::new(percent, 0)).unwrap());
    prop_oneof![
        any_field.prop_map(Question::Missing),
        (prop::sample::select(vec![INT, DECIMAL, BOOL]), intervals())
            .prop_map(|(field, set)| Question::Number(field, set)),
        intervals().prop_map(|set| {
            let keys = set
                .iter()
                .map(|(from, to)| (float_key(from as f64), float_key(to as f64)));
            Question::Number(FLOAT, Intervals::new(keys.collect()))
        }),
        times(duration().boxed()).prop_map(|set| Question::Time(DATETIME, set)),
        times(day_duration().boxed()).prop_map(|set| Question::Time(DATE, set)),
        (prop::sample::select(vec![TEXT, FOLDED]), text_test())
            .prop_map(|(field, test)| Question::Text(field, test)),
        places().prop_map(|codes| Question::Region(REGION, codes)),
        versions().prop_map(|ranges| Question::Version(VERSION, ranges)),
        element.prop_map(|(field, test)| Question::Element(field, test)),
        (
            prop::sample::select(vec![DATE, DATETIME]),
            day_duration(),
            any::<bool>()
        )
            .prop_map(|(field, duration, is_next)| {
                let window = if is_next {
                    AnniversaryWindow::Next(duration)
                } else {
                    AnniversaryWindow::Last(duration)
                };
                Question::Anniversary(field, window)
            }),
        any::<bool>().prop_map(|is_folded| Question::SameValue {
            left: TEXT,
            right: FOLDED,
            is_folded
        }),
        (quantity(), relation(), quantity()).prop_map(|(left, relation, right)| {
            Question::Compare {
                left: Box::new(left),
                relation,
                right: Box::new(right),
            }
        }),
        relation().prop_map(|relation| Question::Compare {
            left: Box::new(Quantity::Moment(DATE)),
            relation,
            right: Box::new(Quantity::Moment(DATETIME)),
        }),
        (quantity(), ranges())
            .prop_map(|(quantity, ranges)| Question::Within(Box::new(quantity), ranges)),
        (share, "[a-c]").prop_map(|(share, salt)| Question::Sample {
            share: Box::new(share),
            salt: salt.into()
        }),
    ]
}

pub fn conditions(segments: u32) -> impl Strategy<Value = Condition> {
    let leaf = prop_oneof![
        10 => question().prop_map(ConditionKind::Ask),
        1 => Just(ConditionKind::Everyone),
        1 => Just(ConditionKind::Nobody),
        3 => (0..segments.max(1)).prop_map(move |id| {
            if segments == 0 { ConditionKind::Everyone } else { ConditionKind::Segment(SegmentId(id)) }
        }),
    ]
    .prop_map(condition);
    leaf.prop_recursive(3, 12, 4, |inner| {
        let some = || prop::collection::vec(inner.clone(), 2..4);
        let relation = prop::sample::select(vec![
            CountRelation::AtLeast,
            CountRelation::AtMost,
            CountRelation::Exactly,
        ]);
        prop_oneof![
            some().prop_map(ConditionKind::And),
            some().prop_map(ConditionKind::Or),
            inner
                .clone()
                .prop_map(|inner| ConditionKind::Not(Box::new(inner))),
            (relation, 0u32..4, some()).prop_map(|(relation, count, of)| ConditionKind::Count {
                relation,
                count,
                of
            }),
        ]
        .prop_map(condition)
    })
}

pub fn rules() -> impl Strategy<Value = RuleSet> {
    (conditions(0), conditions(1), conditions(2), conditions(3)).prop_map(|(a, b, c, d)| {
        let mut rules = RuleSet {
            schema: schema(),
            ..RuleSet::default()
        };
        for (index, condition) in [a, b, c, d].into_iter().enumerate() {
            let mut reads = condition.own_fields();
            for id in condition.segments() {
                reads.extend(rules.segments[id.index()].reads.iter().copied());
            }
            let name = Name::new(&format!("s{index}"));
            let id = SegmentId::from_index(index);
            rules.segment_names.insert(name.clone(), id);
            rules.declared.push(id);
            rules.segments.push(Segment {
                name,
                title: None,
                doc: None,
                span: span(),
                name_span: span(),
                condition,
                reads,
            });
        }
        rules
    })
}

pub fn clock() -> impl Strategy<Value = Clock> {
    let zone = prop::sample::select(vec![
        "UTC",
        "Asia/Shanghai",
        "America/New_York",
        "Australia/Lord_Howe",
    ]);
    (1_770_000_000_000i64..1_795_000_000_000, zone).prop_map(|(now, zone)| Clock {
        now: Instant(now),
        zone: Zone::named(zone).unwrap(),
    })
}
