//! Finds out what separates the fields of a CSV file.

use super::careful::split_record;

/// How much of a file is looked at.
pub(super) const HEAD_BYTES: usize = 1 << 16;
const MOST_RECORDS: usize = 100;
const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The separator that fits the first records best: the one that shows most known names in the
/// header, then gives the same number of fields most often, then most fields.
pub(super) fn separator(head: &[u8], known: &[&str]) -> u8 {
    let scored = CANDIDATES
        .iter()
        .map(|&separator| (score(head, separator, known), separator));
    // Of equals the first candidate wins.
    scored
        .rev()
        .max_by_key(|(score, _)| *score)
        .map_or(b',', |(_, separator)| separator)
}

fn score(head: &[u8], separator: u8, known: &[&str]) -> (usize, usize, usize) {
    let mut fields = Vec::new();
    let mut at = head
        .iter()
        .take_while(|byte| matches!(byte, b'\n' | b'\r'))
        .count();
    let mut names = 0;
    let mut columns = 0;
    let (mut records, mut regular) = (0, 0);
    while at < head.len() && records < MOST_RECORDS {
        let record = split_record(head, separator, at, &mut fields);
        let is_cut = record.next >= head.len() && records > 0;
        if is_cut {
            break;
        }
        if records == 0 {
            columns = fields.len();
            let is_known = |text: &[u8]| {
                known
                    .iter()
                    .any(|name| name.as_bytes() == text.trim_ascii())
            };
            names = fields
                .iter()
                .filter(|field| is_known(field.text.of(head)))
                .count();
        }
        regular += usize::from(fields.len() == columns && record.fault.is_none());
        records += 1;
        at = record.next;
        at += head
            .iter()
            .skip(at)
            .take_while(|byte| matches!(byte, b'\n' | b'\r'))
            .count();
    }
    // One column is what every wrong separator shows.
    let regular = if columns > 1 {
        regular * 100 / records.max(1)
    } else {
        0
    };
    (names, regular, columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separator_is_the_one_that_fits() {
        assert_eq!(separator(b"id,age\n1,2\n", &[]), b',');
        assert_eq!(separator(b"id;price\n1;2,5\n2;3,5\n", &[]), b';');
        assert_eq!(separator(b"id\ttags\n1\ta;b\n2\tc;d\n", &[]), b'\t');
        assert_eq!(separator(b"id|tags\n1|\"a|b\"\n2|c;d\n", &[]), b'|');
        assert_eq!(separator(b"id\n1\n", &[]), b',');
        assert_eq!(separator(b"id,a;b\n1,2;3\n", &["id", "a;b"]), b',');
    }
}
