//! How well a spelling goes with what was typed.

/// The order of what is offered: closeness first, then the order in which it came up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    pub(super) closeness: u8,
    pub(super) place: usize,
}

/// How close a spelling is to what was typed, 0 the closest; `None` when it does not fit.
pub(super) fn rank(typed: &str, spelling: &str) -> Option<u8> {
    if typed.is_empty() || spelling.starts_with(typed) {
        return Some(0);
    }
    let (typed, spelling) = (typed.to_lowercase(), spelling.to_lowercase());
    if spelling.starts_with(&typed) {
        return Some(1);
    }
    let is_edge = |before: Option<char>| before.is_some_and(|before| !before.is_alphanumeric());
    match spelling.find(&typed) {
        Some(at) if is_edge(spelling.get(..at).and_then(|before| before.chars().last())) => Some(2),
        Some(_) => Some(3),
        None => is_scattered(&typed, &spelling).then_some(4),
    }
}

/// Whether the characters typed occur in their order, the first one first: `lp` in `last_purchase`.
fn is_scattered(typed: &str, spelling: &str) -> bool {
    let mut rest = spelling.chars();
    let mut typed = typed.chars();
    typed.next() == rest.next() && typed.all(|wanted| rest.any(|given| given == wanted))
}

#[cfg(test)]
mod tests {
    use super::rank;

    #[test]
    fn closer_spellings_come_first() {
        assert_eq!(rank("", "age"), Some(0));
        assert_eq!(rank("AG", "age"), Some(1));
        assert_eq!(rank("purch", "last_purchase"), Some(2));
        assert_eq!(rank("urch", "last_purchase"), Some(3));
        assert_eq!(rank("lp", "last_purchase"), Some(4));
        assert_eq!(rank("pl", "last_purchase"), None);
        assert_eq!(rank("京", "北京"), Some(3));
    }
}
