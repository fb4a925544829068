//! The type that reads most cells of a column, where a few of them leave only text, or where the type
//! cannot be told from cells alone.
//!
//! Nothing is run with such a type: people read it and put it into their schema.

use crate::diag::Phrase;
use crate::region::{Hierarchy, Resolution};
use crate::say;
use crate::schema::Type;
use crate::syntax::quoted;
use crate::table::{FieldProfile, Spread};
use crate::value::{Intervals, TimeFormat, Value, Zone, grouped, narrow};
use crate::value::{parse_bool, parse_float, parse_int};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Of ten cells so many have to be read.
const LEAST_OF_TEN: u64 = 8;
/// Most values of `one of`, and how often each has to be seen on average.
const MOST_CHOICES: usize = 12;
const LEAST_SEEN: u64 = 5;
/// Most different elements of a list.
const MOST_ELEMENTS: usize = 200;
const SEPARATORS: [&str; 6] = [";", "；", "|", ",", "，", "、"];
/// Layouts that people's tables have besides ISO 8601.
const LAYOUTS: [&str; 5] = ["%Y/%m/%d", "%Y%m%d", "%Y.%m.%d", "%d/%m/%Y", "%Y年%m月%d日"];
const LAYOUTS_WITH_TIME: [&str; 2] = ["%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S"];
/// 2000-01-01 and 2100-01-01 in seconds since 1970.
const EPOCH: (i64, i64) = (946_684_800, 4_102_444_800);
const MOST_ODD: usize = 3;

/// A type that a column could be declared as.
#[derive(Clone, Debug)]
pub struct NearType {
    /// The type.
    pub kind: Type,
    /// Cells that it reads.
    pub reads: u64,
    /// Cells that hold something.
    pub filled: u64,
    /// The commonest texts that it does not read, at most three.
    pub odd: Vec<Arc<str>>,
}

impl NearType {
    /// How many cells it reads, and which it does not.
    pub fn remark(&self) -> Phrase {
        let (reads, filled) = (grouped(self.reads), grouped(self.filled));
        if self.reads == self.filled {
            return say!("all {filled} cells", "全部 {filled} 个单元格");
        }
        let odd: Vec<String> = self.odd.iter().map(|text| quoted(text)).collect();
        let (en, zh) = (odd.join(", "), odd.join("、"));
        say!(
            "{reads} of {filled} cells, not such as {en}",
            "{filled} 个单元格中的 {reads} 个，读不出如 {zh}"
        )
    }
}

/// The type that reads most cells of a column inferred as `kind`, when there is a better one.
pub fn near_type(kind: &Type, profile: &FieldProfile) -> Option<NearType> {
    match kind {
        Type::Text { .. } => {
            let cells = Cells::new(profile)?;
            cells.near_type()
        }
        Type::Int(_) => epoch(profile),
        _ => None,
    }
}

/// Numbers that lie where moments of this century do.
fn epoch(profile: &FieldProfile) -> Option<NearType> {
    let filled = profile.contacts - profile.missing;
    let Some(Spread { least, most, .. }) = &profile.spread else {
        return None;
    };
    let (Value::Int(least), Value::Int(most)) = (least, most) else {
        return None;
    };
    let lies = |unit: i64| *least >= EPOCH.0 * unit && *most < EPOCH.1 * unit;
    let format = match () {
        () if lies(1) => TimeFormat::EpochSeconds,
        () if lies(1000) => TimeFormat::EpochMillis,
        () => return None,
    };
    Some(NearType {
        kind: Type::Datetime(format),
        reads: filled,
        filled,
        odd: Vec::new(),
    })
}

/// The texts of a column with how often each is seen.
struct Cells<'p> {
    texts: Vec<(&'p Arc<str>, u64)>,
    filled: u64,
}

impl<'p> Cells<'p> {
    fn new(profile: &'p FieldProfile) -> Option<Cells<'p>> {
        let texts: Vec<(&Arc<str>, u64)> = profile
            .values
            .iter()
            .filter_map(|(value, count)| match value {
                Value::Text(text) => Some((text, *count)),
                _ => None,
            })
            .collect();
        let filled = texts.iter().map(|(_, count)| count).sum();
        (filled > 0).then_some(Cells { texts, filled })
    }

    fn near_type(&self) -> Option<NearType> {
        let utc = Zone::utc();
        let number = |text: &str| parse_float(text).is_some();
        let bool = self.read(Type::Bool, |text| parse_bool(text).is_some());
        let found =
            bool.or_else(|| self.read(Type::Int(Intervals::all()), |t| parse_int(t).is_some()));
        let found = found.or_else(|| self.read(self.number(), number));
        let found = found.or_else(|| self.time(&utc)).or_else(|| self.place());
        found.or_else(|| self.list()).or_else(|| self.choices())
    }

    /// The type, when it reads most cells.
    fn read(&self, kind: Type, reads: impl Fn(&str) -> bool) -> Option<NearType> {
        let (mut read, mut odd) = (0, Vec::new());
        for (text, count) in &self.texts {
            match reads(text) {
                true => read += count,
                false if odd.len() < MOST_ODD => odd.push(Arc::clone(text)),
                false => {}
            }
        }
        (read * 10 >= self.filled * LEAST_OF_TEN).then_some(NearType {
            kind,
            reads: read,
            filled: self.filled,
            odd,
        })
    }

    /// `decimal` with the most places seen, as long as that is possible.
    fn number(&self) -> Type {
        let numbers = self
            .texts
            .iter()
            .filter(|(text, _)| parse_float(text).is_some());
        let places = numbers.map(|(text, _)| {
            let text = narrow(text);
            match text.contains(['e', 'E']) {
                true => usize::MAX,
                false => text
                    .split_once('.')
                    .map_or(0, |(_, places)| places.trim_end().len()),
            }
        });
        match places.max().map(u8::try_from) {
            Some(Ok(places)) if places <= 9 => Type::Decimal {
                places,
                range: Intervals::all(),
            },
            _ => Type::Float(Intervals::all()),
        }
    }

    fn time(&self, utc: &Zone) -> Option<NearType> {
        let day = |format: TimeFormat| {
            self.read(Type::Date(format.clone()), |text| {
                format.parse_date(text, utc).is_some()
            })
        };
        let moment = |format: TimeFormat| {
            let reads = |text: &str| format.parse_instant(text, utc).is_some();
            self.read(Type::Datetime(format.clone()), reads)
        };
        let pattern = |layout: &&str| TimeFormat::Pattern(Arc::from(*layout));
        let iso = day(TimeFormat::Iso).or_else(|| moment(TimeFormat::Iso));
        let found = iso.or_else(|| LAYOUTS.iter().map(pattern).find_map(day));
        found.or_else(|| LAYOUTS_WITH_TIME.iter().map(pattern).find_map(moment))
    }

    fn place(&self) -> Option<NearType> {
        let hierarchy = Hierarchy::china();
        let reads = |text: &str| {
            let found = hierarchy.resolve(text);
            matches!(found, Resolution::Found(_) | Resolution::Preferred { .. })
        };
        let kind = Type::Region {
            hierarchy: Arc::clone(&hierarchy),
            from: Arc::from([]),
        };
        self.read(kind, reads)
    }

    /// A list, when a few elements make up all the texts.
    fn list(&self) -> Option<NearType> {
        let several = |separator: &str| -> u64 {
            let cells = self
                .texts
                .iter()
                .filter(|(text, _)| text.contains(separator));
            cells.map(|(_, count)| count).sum()
        };
        let (cells, separator) = SEPARATORS.iter().map(|each| (several(each), *each)).max()?;
        if cells * 10 < self.filled {
            return None;
        }
        let parts = self
            .texts
            .iter()
            .flat_map(|(text, _)| text.split(separator));
        let elements: BTreeSet<&str> = parts.map(str::trim).collect();
        if elements.len() > MOST_ELEMENTS || elements.len() >= self.texts.len() {
            return None;
        }
        let kind = Type::List {
            element: Box::new(Type::Text { is_folded: false }),
            separator: Some(Arc::from(separator)),
        };
        self.read(kind, |_| true)
    }

    fn choices(&self) -> Option<NearType> {
        let values: BTreeSet<Arc<str>> = self
            .texts
            .iter()
            .map(|(text, _)| Arc::clone(text))
            .collect();
        let is_often = self.filled >= LEAST_SEEN * values.len() as u64;
        if values.len() > MOST_CHOICES || !is_often {
            return None;
        }
        self.read(Type::OneOf(values.into_iter().collect()), |_| true)
    }
}
