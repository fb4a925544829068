//! Numbers as people read them.

/// A share in per cent with two places; nothing of nothing is `-`.
///
/// ```
/// assert_eq!(segrule::report::percent(876, 5000), "17.52%");
/// ```
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "-".to_string();
    }
    // Hundredths of a per cent, rounded half up, in integers.
    let hundredths = (u128::from(part) * 20_000 + u128::from(whole)) / (u128::from(whole) * 2);
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}
