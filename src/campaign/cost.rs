//! Turns prices and numbers of people into money.

use crate::check::sending::{Cost, Counted};
use crate::value::Number;

/// How much of everything a plan sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Used {
    pub(super) recipients: u64,
    pub(super) sends: u64,
    pub(super) calls: u64,
    pub(super) segments: u64,
}

impl Used {
    /// How much of one thing; a recipient gets one message.
    pub(super) fn of(&self, counted: Counted) -> u64 {
        match counted {
            Counted::Recipients | Counted::Messages => self.recipients,
            Counted::Sends => self.sends,
            Counted::Calls => self.calls,
            Counted::Segments => self.segments,
        }
    }
}

/// Places behind the point that a price is kept to.
const PLACES: u8 = 6;

/// `count` things at `amount` for every `per_count` of them, rounded up at the sixth place; `None`
/// beyond what numbers hold.
///
/// ```
/// use segrule::campaign::money;
/// use segrule::value::Number;
/// let price = Number::parse("2.80").unwrap();
/// assert_eq!(money(price, 1000, 876).unwrap().to_string(), "2.4528");
/// ```
pub fn money(amount: Number, per_count: u64, count: u64) -> Option<Number> {
    let power = 10i128.checked_pow(u32::from(PLACES))?;
    let digits = amount
        .digits
        .checked_mul(i128::from(count))?
        .checked_mul(power)?;
    let per = i128::from(per_count.max(1));
    let exact = digits.div_euclid(per) + i128::from(digits.rem_euclid(per) > 0);
    Some(Number::new(exact, amount.scale.checked_add(PLACES)?).reduced())
}

/// What so much costs.
pub(super) fn total(cost: &Cost, used: &Used) -> Option<Number> {
    money(cost.amount, cost.per_count, used.of(cost.unit))
}
