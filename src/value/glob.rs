//! Patterns of `*` and `?`.

/// A glob: `*` stands for any text, `?` for one character; nothing else is special.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Glob {
    pattern: String,
    parts: Vec<char>,
}

impl Glob {
    /// Makes a glob; every text is one.
    pub fn new(pattern: &str) -> Glob {
        let mut parts: Vec<char> = pattern.chars().collect();
        parts.dedup_by(|a, b| *a == '*' && *b == '*');
        Glob {
            pattern: pattern.to_string(),
            parts,
        }
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.pattern
    }

    /// Whether the whole text matches. On a mismatch only the last `*` is tried further on, which is
    /// enough, so the cost is at most text × pattern.
    pub fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut at, mut part) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        while at < text.len() {
            match self.parts.get(part) {
                Some('*') => {
                    retry = Some((at, part));
                    part += 1;
                }
                Some(&wanted) if wanted == '?' || text.get(at) == Some(&wanted) => {
                    at += 1;
                    part += 1;
                }
                Some(_) | None => match retry {
                    Some((from, star)) => {
                        retry = Some((from + 1, star));
                        at = from + 1;
                        part = star + 1;
                    }
                    None => return false,
                },
            }
        }
        self.parts.iter().skip(part).all(|&rest| rest == '*')
    }
}
