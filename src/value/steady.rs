//! Offsets of a zone for stretches of time in which they stay the same: one look instead of a search.

/// A stretch has 2 to this power milliseconds, some 12 days.
const STRETCH_BITS: u32 = 30;
/// Stretches that are known: from 1900 to 2200, about.
const FIRST: i64 = -2_057;
const LAST: i64 = 6_760;
/// Stands for a stretch that is too near to a change.
const CHANGES: i32 = i32::MIN;
/// No offset is as large.
const DAY_MS: i64 = 86_400_000;

/// The offsets of a zone, a stretch each.
#[derive(Debug)]
pub(super) struct Steady(Box<[i32]>);

impl Steady {
    /// The stretches of offsets, each given with the millisecond it starts at, the last one ending
    /// before `end_ms`.
    pub(super) fn new(offsets: &[(i64, i64)], end_ms: i64) -> Steady {
        let mut stretches = vec![CHANGES; (LAST - FIRST) as usize];
        let ends = offsets.iter().skip(1).map(|(from, _)| *from);
        for ((from, offset), end) in offsets.iter().zip(ends.chain([end_ms])) {
            let start = from.saturating_add(DAY_MS);
            let end = end.saturating_sub(DAY_MS);
            // Only whole stretches, a day away from the changes.
            let first = (start.saturating_sub(1) >> STRETCH_BITS).saturating_add(1);
            let place = |stretch: i64| (stretch.clamp(FIRST, LAST) - FIRST) as usize;
            let whole = place(first)..place(end >> STRETCH_BITS);
            let offset = i32::try_from(*offset).unwrap_or(CHANGES);
            let stretches = stretches.get_mut(whole).unwrap_or(&mut []);
            stretches.fill(offset);
        }
        Steady(stretches.into())
    }

    /// The offset of some milliseconds, whether they are an instant or a local time.
    #[inline]
    pub(super) fn offset_ms(&self, ms: i64) -> Option<i64> {
        let place = usize::try_from((ms >> STRETCH_BITS) - FIRST).ok()?;
        let offset = self.0.get(place).filter(|offset| **offset != CHANGES)?;
        Some(i64::from(*offset))
    }
}
