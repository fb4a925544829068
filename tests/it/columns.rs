//! Few and many questions about columns of few and many values answer as rows do, whatever way is quickest.

use super::generate::{INT, TAGS, TEXT, condition, schema, span};
use segrule::check::typed::*;
use segrule::dag::Dag;
use segrule::eval::columnar::{Program, Worker};
use segrule::eval::row::{Contact, RowEvaluator, is_quarantined};
use segrule::name::{FieldId, Name};
use segrule::table::{
    Bitmap, Chunk, CodeVec, CodedColumn, Column, Dictionary, FIRST_ENTRY, INVALID, ListColumn,
    MISSING, NumberColumn,
};
use segrule::value::*;
use std::collections::BTreeSet;
use std::sync::Arc;

/// One block of rows, and some of another.
const ROWS: usize = 2_048 + 70;

/// Small numbers that look random.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005) + 1;
        (self.0 >> 33) as usize % sides
    }
}

fn clock() -> Clock {
    Clock {
        now: Instant(0),
        zone: Zone::utc(),
    }
}

/// A segment a question, all about one field.
fn segments(field: FieldId, questions: Vec<Question>) -> RuleSet {
    let mut rules = RuleSet {
        schema: schema(),
        ..RuleSet::default()
    };
    for (index, question) in questions.into_iter().enumerate() {
        rules.segments.push(Segment {
            name: Name::new(&format!("s{index}")),
            title: None,
            doc: None,
            span: span(),
            name_span: span(),
            condition: condition(ConditionKind::Ask(question)),
            reads: BTreeSet::from([field]),
        });
    }
    rules
}

/// What every segment says of a cell: whether it is in, and whether it is quarantined.
fn by_row(rules: &RuleSet, field: FieldId, cell: Value) -> Vec<(bool, bool)> {
    let mut cells = vec![Value::Missing; 13];
    cells[field.0 as usize] = cell;
    let contact = Contact {
        id: "c",
        cells: &cells,
    };
    let clock = clock();
    let each = rules.segments.iter().map(|segment| {
        let is_out = is_quarantined(&segment.reads, &contact);
        let verdict = RowEvaluator::new(rules, &clock, contact).verdict(&segment.condition);
        (verdict.is_in && !is_out, is_out)
    });
    each.collect()
}

/// Asks one worker about one chunk after the other; `cell` is the cell of a row of a chunk.
fn check(
    rules: &RuleSet,
    field: FieldId,
    columns: Vec<Column>,
    cell: impl Fn(&Column, usize) -> Value,
) {
    let mut dag = Dag::new(clock());
    let roots = dag.add_segments(rules);
    let program = Program::new(&dag, &rules.schema, &roots);
    let mut worker = Worker::new(&program);
    let mut known: Vec<(Value, Vec<(bool, bool)>)> = Vec::new();
    for column in columns {
        let chunk = Chunk {
            rows: ROWS,
            columns: vec![column],
            ..Chunk::default()
        };
        let answers = worker.answer(&chunk);
        let mut packed = chunk.clone();
        packed.pack();
        assert_eq!(worker.answer(&packed), answers);
        for row in 0..ROWS {
            let cell = cell(&chunk.columns[0], row);
            let place = known.iter().position(|(known, _)| *known == cell);
            let place = place.unwrap_or_else(|| {
                known.push((cell.clone(), by_row(rules, field, cell)));
                known.len() - 1
            });
            for (index, (answer, expected)) in answers.iter().zip(&known[place].1).enumerate() {
                let found = (answer.members.get(row), answer.quarantined.get(row));
                assert_eq!(found, *expected, "row {row}, {:?}", rules.segments[index]);
            }
        }
    }
}

/// Texts in groups of ten.
fn spelling(value: usize) -> String {
    format!("p{}/{value}", value / 10)
}

fn texts(values: usize) -> Vec<Value> {
    let texts = (0..values).map(|value| Value::Text(spelling(value).as_str().into()));
    texts.collect()
}

/// Questions about texts: single ones, groups of ten, any of many, any but a few.
fn text_tests(count: usize, values: usize) -> Vec<TextTest> {
    let questions = (0..count).map(|index| match index % 7 {
        3 => TextQuestion::StartsWith(vec![format!("p{}/", index / 7 % 40).into()]),
        5 => {
            let some = (0..values).filter(|value| value % (index + 2) == 1);
            let some = some.map(|value| Arc::from(spelling(value)));
            TextQuestion::OneOf(Arc::new(some.collect()))
        }
        6 => {
            let most = (0..values).filter(|value| value % (index + 5) != 0);
            let most = most.map(|value| Arc::from(spelling(value)));
            TextQuestion::OneOf(Arc::new(most.collect()))
        }
        _ => {
            let one = [Arc::from(spelling(index * 7 % values))];
            TextQuestion::OneOf(Arc::new(one.into_iter().collect()))
        }
    });
    let view = TextView::Exact;
    questions
        .map(|question| TextTest { view, question })
        .collect()
}

/// How many questions are asked about how many values.
const ASKED: [(usize, usize); 12] = [
    (2, 300),
    (3, 1_500),
    (1, 9),
    (5, 200),
    (8, 800),
    (9, 30),
    (30, 240),
    (30, 254),
    (20, 700),
    (90, 600),
    (330, 300),
    (330, 500),
];

#[test]
fn questions_about_texts_are_answered_as_by_rows() {
    for (count, values) in ASKED {
        let mut dice = Dice(values as u64);
        let tests = text_tests(count, values).into_iter();
        let mut questions: Vec<Question> = tests.map(|test| Question::Text(TEXT, test)).collect();
        questions.push(Question::Missing(TEXT));
        let rules = segments(TEXT, questions);
        let entries = texts(values);
        let identity = Dictionary::new().identity;
        // The dictionary grows from chunk to chunk.
        let columns = [values / 20 + 1, values / 2 + 1, values].map(|known| {
            let codes = (0..ROWS).map(|_| match dice.roll(40) {
                0 => MISSING,
                1 => INVALID,
                _ => FIRST_ENTRY + dice.roll(known) as u32,
            });
            Column::Coded(CodedColumn {
                codes: codes.collect(),
                dictionary: Arc::new(Dictionary {
                    identity,
                    entries: entries[..known].to_vec(),
                }),
            })
        });
        check(&rules, TEXT, columns.into(), |column, row| match column {
            Column::Coded(coded) => coded.dictionary.value(coded.codes.get(row).unwrap()),
            _ => unreachable!("texts are coded"),
        });
    }
}

#[test]
fn questions_about_elements_are_answered_as_by_rows() {
    for (count, values) in [
        (1, 700),
        (2, 40),
        (3, 40),
        (8, 300),
        (30, 240),
        (60, 500),
        (300, 290),
    ] {
        let mut dice = Dice(values as u64);
        let tests = text_tests(count, values).into_iter();
        let mut questions: Vec<Question> = tests
            .map(|test| Question::Element(TAGS, ElementTest::Text(test)))
            .collect();
        questions.push(Question::Missing(TAGS));
        let rules = segments(TAGS, questions);
        let entries = texts(values);
        let identity = Dictionary::new().identity;
        let columns = [values / 9 + 1, values].map(|known| {
            let mut lists = ListColumn {
                offsets: vec![0],
                codes: CodeVec::default(),
                invalid: Bitmap::default(),
                dictionary: Arc::new(Dictionary {
                    identity,
                    entries: entries[..known].to_vec(),
                }),
            };
            // Few different lists, so that rows need not be asked too often.
            let pool: Vec<Vec<u32>> = (0..300)
                .map(|at| {
                    let length = if at == 0 { 260 } else { dice.roll(7) };
                    let codes = (0..length).map(|_| FIRST_ENTRY + dice.roll(known) as u32);
                    codes.collect()
                })
                .collect();
            for _ in 0..ROWS {
                let is_invalid = dice.roll(50) == 0;
                if !is_invalid {
                    lists
                        .codes
                        .extend(pool[dice.roll(pool.len())].iter().copied());
                }
                lists.invalid.push(is_invalid);
                lists.offsets.push(lists.codes.len() as u32);
            }
            Column::List(lists)
        });
        check(&rules, TAGS, columns.into(), |column, row| match column {
            Column::List(lists) if lists.invalid.get(row) => Value::Invalid,
            Column::List(lists) => {
                let codes = lists.row(row);
                let values: Vec<Value> = codes.map(|code| lists.dictionary.value(code)).collect();
                match values.is_empty() {
                    true => Value::Missing,
                    false => Value::List(values),
                }
            }
            _ => unreachable!("tags are lists"),
        });
    }
}

#[test]
fn numbers_on_a_grid_and_beside_it_are_answered_as_by_rows() {
    let steps = [1, 97, 86_400_000, 1 << 42];
    let counts = [3, 5, 20, 90];
    for (step, count) in steps
        .iter()
        .flat_map(|step| counts.map(|count| (*step, count)))
    {
        for stray in [None, Some(step / 2)] {
            let mut dice = Dice(count as u64);
            let first = 1_700_000_000_000 - 20 * step;
            let mut sets: Vec<Intervals> = (0..count)
                .map(|_| {
                    let from = first + dice.roll(60) as i64 * step;
                    match dice.roll(3) {
                        0 => Intervals::at_least(from),
                        1 => Intervals::at_most(from - 1),
                        _ => Intervals::new(vec![
                            (from, from + step - 1),
                            (from + 3 * step, from + 5 * step - 1),
                        ]),
                    }
                })
                .collect();
            sets.extend(stray.map(|stray| Intervals::at_least(first + stray)));
            let questions = sets.into_iter().map(|set| Question::Number(INT, set));
            let rules = segments(INT, questions.collect());
            let cells: Vec<Option<i64>> = (0..ROWS)
                .map(|_| match dice.roll(30) {
                    0 => None,
                    1 => Some(i64::MAX),
                    2 => Some(i64::MIN),
                    _ => {
                        let near = [-1, 0, 1, step / 2][dice.roll(4)];
                        Some(first + (dice.roll(70) as i64 - 3) * step + near)
                    }
                })
                .collect();
            let column = Column::Number(NumberColumn {
                values: cells.iter().map(|cell| cell.unwrap_or(0)).collect(),
                present: Bitmap::from_fn(ROWS, |row| cells[row].is_some()),
                invalid: Bitmap::default(),
            });
            check(&rules, INT, vec![column], |_, row| match cells[row] {
                Some(number) => Value::Int(number),
                None => Value::Missing,
            });
        }
    }
}
