//! Plain texts of rows, one after the other.

/// Plain texts, UTF-8, trimmed and NFC.
#[derive(Clone, Debug, Default)]
pub struct TextColumn {
    /// Where each row's text ends in `text`.
    pub ends: Vec<u32>,
    /// The texts one after the other.
    pub text: String,
    /// The texts, when they stand at even distances; the other two are empty then.
    pub even: Option<EvenTexts>,
}

/// Texts of one length, as a file holds them: at even distances, with something else in between.
#[derive(Clone, Debug, Default)]
pub struct EvenTexts {
    /// Where they stand.
    pub bytes: Vec<u8>,
    /// Where the first starts.
    pub first: usize,
    /// From the start of one to the start of the next.
    pub step: usize,
    /// Bytes of each.
    pub length: usize,
    /// How many there are.
    pub rows: usize,
}

impl EvenTexts {
    /// The bytes of a row's text.
    #[inline]
    pub fn get(&self, row: usize) -> Option<&[u8]> {
        let start = self.first + (row < self.rows).then_some(row)? * self.step;
        self.bytes.get(start..start + self.length)
    }
}

impl TextColumn {
    /// The text of a row.
    pub fn get(&self, row: usize) -> &str {
        if let Some(even) = &self.even {
            let text = even.get(row).map(str::from_utf8);
            return text.and_then(Result::ok).unwrap_or("");
        }
        let start = match row {
            0 => 0,
            _ => self.ends.get(row - 1).map_or(0, |&end| end as usize),
        };
        let end = self.ends.get(row).map_or(start, |&end| end as usize);
        self.text.get(start..end).unwrap_or("")
    }

    /// Adds a row.
    pub fn push(&mut self, text: &str) {
        if self.even.is_some() {
            *self = self.close();
        }
        self.text.push_str(text);
        self.ends
            .push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        match &self.even {
            Some(even) => even.rows,
            None => self.ends.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The same texts with nothing in between.
    pub fn close(&self) -> TextColumn {
        let mut closed = TextColumn::default();
        (0..self.len()).for_each(|row| closed.push(self.get(row)));
        closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_texts_are_those_of_a_column() {
        let texts = ["ab", "cd", "\u{e9}"];
        let even = EvenTexts {
            bytes: "..ab,cd,\u{e9}.".into(),
            first: 2,
            step: 3,
            length: 2,
            rows: 3,
        };
        let mut even = TextColumn {
            even: Some(even),
            ..TextColumn::default()
        };
        let closed = even.close();
        assert!(closed.even.is_none() && even.even.is_some());
        for (row, text) in texts.iter().enumerate() {
            assert_eq!((even.get(row), closed.get(row)), (*text, *text));
        }
        assert_eq!((even.len(), even.get(3)), (3, ""));
        even.push("longer");
        assert_eq!((even.len(), even.get(1), even.get(3)), (4, "cd", "longer"));
    }
}
