//! Turns a text into its length as messaging platforms count it.
//!
//! Invariants: nothing is cut or changed; an escape pair of GSM-7 and a surrogate pair of UTF-16 are
//! never split over two segments.

/// What a platform counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LengthUnit {
    /// Unicode code points; an emoji of one code point is 1.
    Chars,
    /// Bytes of UTF-8.
    Bytes,
    /// UTF-16 code units; most emoji are 2.
    Utf16,
    /// International SMS: GSM-7 septets when every character has one, else UTF-16 code units.
    Sms,
    /// SMS in mainland China: every character is 1, ASCII too.
    SmsCn,
}

/// How long a text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextLength {
    /// In the unit asked for.
    pub units: u64,
    /// Messages that an SMS is billed as; 1 in every other unit.
    pub segments: u64,
}

impl LengthUnit {
    /// Every unit, in the order people are told of them.
    pub const ALL: [LengthUnit; 5] = [
        LengthUnit::Chars,
        LengthUnit::Bytes,
        LengthUnit::Utf16,
        LengthUnit::Sms,
        LengthUnit::SmsCn,
    ];

    /// The word of the language: `chars`, `bytes`, `utf16`, `sms`, `sms_cn`.
    pub fn word(self) -> &'static str {
        match self {
            LengthUnit::Chars => "chars",
            LengthUnit::Bytes => "bytes",
            LengthUnit::Utf16 => "utf16",
            LengthUnit::Sms => "sms",
            LengthUnit::SmsCn => "sms_cn",
        }
    }

    /// Whether messages in this unit are billed by the segment.
    pub fn is_segmented(self) -> bool {
        match self {
            LengthUnit::Sms | LengthUnit::SmsCn => true,
            LengthUnit::Chars | LengthUnit::Bytes | LengthUnit::Utf16 => false,
        }
    }

    /// Measures a text.
    ///
    /// ```
    /// use segrule::value::LengthUnit;
    /// let length = LengthUnit::Sms.measure("Price: 5 €");
    /// assert_eq!((length.units, length.segments), (11, 1));
    /// assert_eq!(LengthUnit::SmsCn.measure(&"汉".repeat(71)).segments, 2);
    /// ```
    pub fn measure(self, text: &str) -> TextLength {
        let one = |units: usize| TextLength {
            units: units as u64,
            segments: 1,
        };
        match self {
            LengthUnit::Chars => one(text.chars().count()),
            LengthUnit::Bytes => one(text.len()),
            LengthUnit::Utf16 => one(text.encode_utf16().count()),
            LengthUnit::Sms => sms(text),
            LengthUnit::SmsCn => segmented(text.chars().map(|_| 1), 70, 67),
        }
    }
}

/// GSM-7 when every character has septets, else UTF-16.
fn sms(text: &str) -> TextLength {
    if text.chars().all(|character| septets(character).is_some()) {
        return segmented(text.chars().filter_map(septets), 160, 153);
    }
    segmented(text.chars().map(char::len_utf16), 70, 67)
}

/// Adds up the widths of characters, which are never split; more than `single` units go out as
/// segments of at most `part` units.
fn segmented(
    widths: impl Iterator<Item = usize> + Clone,
    single: usize,
    part: usize,
) -> TextLength {
    let units: usize = widths.clone().sum();
    if units <= single {
        return TextLength {
            units: units as u64,
            segments: 1,
        };
    }
    let (mut segments, mut used) = (1, 0);
    for width in widths {
        if used + width > part {
            segments += 1;
            used = 0;
        }
        used += width;
    }
    TextLength {
        units: units as u64,
        segments,
    }
}

/// Characters of the GSM 7-bit default alphabet (3GPP TS 23.038) beside ASCII letters and digits.
const GSM_SIGNS: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// Its extension table: an escape and one more septet.
const GSM_EXTENDED: &str = "\u{c}^{}\\[~]|€";

fn septets(character: char) -> Option<usize> {
    if character.is_ascii_alphanumeric() || GSM_SIGNS.contains(character) {
        Some(1)
    } else if GSM_EXTENDED.contains(character) {
        Some(2)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(unit: LengthUnit, text: &str, units: u64, segments: u64) {
        assert_eq!(unit.measure(text), TextLength { units, segments }, "{text}");
    }

    #[test]
    fn international_messages_are_counted_in_septets_or_utf16() {
        let a = |count| "a".repeat(count);
        for (count, segments) in [(160, 1), (161, 2), (306, 2), (307, 3), (350, 3)] {
            check(LengthUnit::Sms, &a(count), count as u64, segments);
        }
        check(LengthUnit::Sms, &"€".repeat(80), 160, 1);
        check(LengthUnit::Sms, &"€".repeat(81), 162, 2);
        check(LengthUnit::Sms, &format!("{}€{}", a(152), a(10)), 164, 2);
        for (count, segments) in [(70, 1), (71, 2), (134, 2), (135, 3), (150, 3), (160, 3)] {
            check(LengthUnit::Sms, &"汉".repeat(count), count as u64, segments);
        }
        check(LengthUnit::Sms, &"😀".repeat(35), 70, 1);
        check(LengthUnit::Sms, &"😀".repeat(36), 72, 2);
        check(LengthUnit::Sms, &"😀".repeat(67), 134, 3);
        check(LengthUnit::Sms, &format!("{}ê", a(100)), 101, 2);
        check(LengthUnit::Sms, &format!("{}é", a(150)), 151, 1);
        check(LengthUnit::Sms, &format!("{}“", a(70)), 71, 2);
        check(LengthUnit::Sms, "", 0, 1);
    }

    #[test]
    fn an_escape_pair_moves_whole_to_the_next_segment() {
        // 152 + 2 do not fit into 153: 152, then 2 + 151, then what is left.
        let text = format!("{}€{}", "a".repeat(152), "a".repeat(151));
        check(LengthUnit::Sms, &text, 305, 2);
        check(LengthUnit::Sms, &format!("{text}a"), 306, 3);
    }

    #[test]
    fn mainland_messages_count_every_character_as_one() {
        check(LengthUnit::SmsCn, &"a".repeat(160), 160, 3);
        check(LengthUnit::SmsCn, &"a".repeat(70), 70, 1);
        check(LengthUnit::SmsCn, &"汉".repeat(135), 135, 3);
        check(LengthUnit::SmsCn, "😀", 1, 1);
    }

    #[test]
    fn other_units_are_plain() {
        check(LengthUnit::Chars, "课a😀", 3, 1);
        check(LengthUnit::Bytes, "课a😀", 8, 1);
        check(LengthUnit::Utf16, "课a😀", 4, 1);
        check(LengthUnit::Bytes, &"汉".repeat(682), 2046, 1);
    }
}
