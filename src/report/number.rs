//! Numbers as people read them.

/// A count with a comma every three digits.
///
/// ```
/// assert_eq!(segrule::report::grouped(1_234_567), "1,234,567");
/// ```
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

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
