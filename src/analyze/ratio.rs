//! Fractions with checked arithmetic, for the thresholds of quantities.
//!
//! Invariants: the denominator is above 0 and the fraction is in lowest terms; whatever does not fit
//! is `None`, never rounded.

use crate::value::Number;
use std::cmp::Ordering;

/// An exact fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Ratio {
    top: i128,
    bottom: i128,
}

impl Ratio {
    pub(super) const ZERO: Ratio = Ratio { top: 0, bottom: 1 };
    pub(super) const ONE: Ratio = Ratio { top: 1, bottom: 1 };

    /// `top / bottom`.
    pub(super) fn new(top: i128, bottom: i128) -> Option<Ratio> {
        let divisor = i128::try_from(greatest_divisor(top.unsigned_abs(), bottom.unsigned_abs()));
        let divisor = divisor.ok()?.checked_mul(bottom.signum())?;
        let top = top.checked_div(divisor)?;
        let bottom = bottom.checked_div(divisor)?;
        Some(Ratio { top, bottom })
    }

    pub(super) fn whole(number: i128) -> Ratio {
        Ratio {
            top: number,
            bottom: 1,
        }
    }

    pub(super) fn of(number: &Number) -> Option<Ratio> {
        Ratio::new(number.digits, 10i128.checked_pow(u32::from(number.scale))?)
    }

    pub(super) fn plus(self, other: Ratio) -> Option<Ratio> {
        let left = self.top.checked_mul(other.bottom)?;
        let right = other.top.checked_mul(self.bottom)?;
        Ratio::new(
            left.checked_add(right)?,
            self.bottom.checked_mul(other.bottom)?,
        )
    }

    pub(super) fn times(self, other: Ratio) -> Option<Ratio> {
        Ratio::new(
            self.top.checked_mul(other.top)?,
            self.bottom.checked_mul(other.bottom)?,
        )
    }

    /// `1 / self`; none for 0.
    pub(super) fn inverse(self) -> Option<Ratio> {
        Ratio::new(self.bottom, self.top)
    }

    pub(super) fn negative(self) -> Option<Ratio> {
        Some(Ratio {
            top: self.top.checked_neg()?,
            bottom: self.bottom,
        })
    }

    pub(super) fn is_zero(self) -> bool {
        self.top == 0
    }

    pub(super) fn is_below_zero(self) -> bool {
        self.top < 0
    }

    /// The denominator.
    pub(super) fn bottom(self) -> i128 {
        self.bottom
    }

    /// The whole number it is, if any.
    pub(super) fn as_whole(self) -> Option<i128> {
        (self.bottom == 1).then_some(self.top)
    }

    /// The largest whole number not above.
    pub(super) fn floor(self) -> i128 {
        self.top.div_euclid(self.bottom)
    }

    /// The smallest whole number not below.
    pub(super) fn ceil(self) -> i128 {
        self.floor() + i128::from(self.bottom != 1)
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Ratio) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    /// Whole parts first, then the flipped remainders, so that nothing overflows.
    fn cmp(&self, other: &Ratio) -> Ordering {
        let (mut left, mut right) = (*self, *other);
        let mut is_flipped = false;
        loop {
            let order = left.floor().cmp(&right.floor());
            let (a, b) = (
                left.top.rem_euclid(left.bottom),
                right.top.rem_euclid(right.bottom),
            );
            let order = match (order, a, b) {
                (Ordering::Equal, 0, 0) => Ordering::Equal,
                (Ordering::Equal, 0, _) => Ordering::Less,
                (Ordering::Equal, _, 0) => Ordering::Greater,
                (Ordering::Equal, _, _) => {
                    left = Ratio {
                        top: left.bottom,
                        bottom: a,
                    };
                    right = Ratio {
                        top: right.bottom,
                        bottom: b,
                    };
                    is_flipped = !is_flipped;
                    continue;
                }
                (order, _, _) => order,
            };
            return if is_flipped { order.reverse() } else { order };
        }
    }
}

/// The greatest common divisor, at least 1.
pub(super) fn greatest_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

/// A stretch of numbers; an end says whether it is inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Stretch {
    pub(super) from: Option<(Ratio, bool)>,
    pub(super) to: Option<(Ratio, bool)>,
}

impl Stretch {
    /// Whether the whole of `other` lies inside; `other` lies inside or outside as one piece.
    pub(super) fn holds(&self, other: &Stretch) -> bool {
        let is_above = match (self.from, other.from) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some((mine, includes)), Some((its, its_includes))) => {
                mine < its || mine == its && (includes || !its_includes)
            }
        };
        let is_below = match (self.to, other.to) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some((mine, includes)), Some((its, its_includes))) => {
                its < mine || mine == its && (includes || !its_includes)
            }
        };
        is_above && is_below
    }

    /// The first and last whole number inside; `None` ends are open.
    pub(super) fn whole_numbers(&self) -> (Option<i128>, Option<i128>) {
        let from = self.from.map(|(at, includes)| match at.as_whole() {
            Some(whole) if !includes => whole.saturating_add(1),
            Some(_) | None => at.ceil(),
        });
        let to = self.to.map(|(at, includes)| match at.as_whole() {
            Some(whole) if !includes => whole.saturating_sub(1),
            Some(_) | None => at.floor(),
        });
        (from, to)
    }

    /// Whether some whole number lies inside.
    pub(super) fn has_whole(&self) -> bool {
        !matches!(self.whole_numbers(), (Some(from), Some(to)) if from > to)
    }

    /// Cuts the line of all numbers at every end of the stretches: points and what lies between.
    pub(super) fn cells(stretches: &[Stretch]) -> Vec<Stretch> {
        let ends = stretches
            .iter()
            .flat_map(|stretch| [stretch.from, stretch.to]);
        let mut cuts: Vec<Ratio> = ends.flatten().map(|(at, _)| at).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let mut cells = Vec::with_capacity(2 * cuts.len() + 1);
        let mut from = None;
        for cut in cuts {
            cells.push(Stretch {
                from,
                to: Some((cut, false)),
            });
            cells.push(Stretch {
                from: Some((cut, true)),
                to: Some((cut, true)),
            });
            from = Some((cut, false));
        }
        cells.push(Stretch { from, to: None });
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_ordered_and_cut() {
        let third = Ratio::new(1, 3).unwrap();
        let half = Ratio::new(-1, -2).unwrap();
        assert!(third < half && third.negative().unwrap() > half.negative().unwrap());
        assert_eq!(third.plus(half), Ratio::new(5, 6));
        assert_eq!((third.negative().unwrap().floor(), third.ceil()), (-1, 1));
        let between = Stretch {
            from: Some((third, true)),
            to: Some((half, true)),
        };
        assert!(!between.has_whole());
        let cells = Stretch::cells(&[between]);
        assert_eq!(cells.len(), 5);
        let inside = cells.iter().filter(|cell| between.holds(cell)).count();
        assert_eq!(inside, 3);
    }
}
