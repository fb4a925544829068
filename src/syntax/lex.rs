//! Turns rule text into rough pieces: enough to find items, enforce limits and explain mistakes.
//!
//! Invariants: pieces and the white space between them cover the text; every piece is found in one
//! look; whatever the text, the lexer ends.

use unicode_ident::{is_xid_continue, is_xid_start};

/// What a piece is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PieceKind {
    /// Letters, digits, underscores.
    Word,
    /// Digits, perhaps with a point.
    Number,
    /// Text in quotes that ends.
    Text,
    /// A name in backquotes that ends.
    Quoted,
    /// `/…/` after `matches`.
    Regex,
    /// `# …`
    Comment,
    /// One character, full-width read as ASCII.
    Sign(char),
    /// Text, a name or a pattern whose end is missing; the character that should end it.
    Unclosed(char),
    /// Text in single quotes.
    SingleQuoted,
    /// A character that must not stand here: control, direction, zero-width.
    Hidden,
}

/// One piece of rule text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Piece {
    /// What it is.
    pub kind: PieceKind,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Nothing but white space before it on its line.
    pub is_first_on_line: bool,
    /// It stands at the very start of its line.
    pub is_at_margin: bool,
}

impl Piece {
    /// As written.
    pub fn text<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start..self.end).unwrap_or("")
    }

    /// Whether it is this sign, full-width or not.
    pub fn is_sign(&self, sign: char) -> bool {
        self.kind == PieceKind::Sign(sign)
    }
}

/// Reads pieces one after the other.
#[derive(Clone)]
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
    end: usize,
    line_start: usize,
    is_line_empty: bool,
    is_after_matches: bool,
    /// No `"""` follows any more: looked for once, so that scanning stays linear.
    has_no_triple: bool,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str, range: std::ops::Range<usize>) -> Lexer<'t> {
        Lexer {
            text,
            at: range.start,
            end: range.end.min(text.len()),
            line_start: range.start,
            is_line_empty: true,
            is_after_matches: false,
            has_no_triple: false,
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..self.end).unwrap_or("")
    }

    /// Steps over white space; a lone carriage return is none.
    fn skip_space(&mut self) {
        let rest = self.rest();
        for (at, character) in rest.char_indices() {
            match character {
                ' ' | '\t' | '\u{3000}' | '\u{a0}' => {}
                '\r' if rest.as_bytes().get(at + 1) == Some(&b'\n') => {}
                '\n' => {
                    self.line_start = self.at + at + 1;
                    self.is_line_empty = true;
                }
                _ => {
                    self.at += at;
                    return;
                }
            }
        }
        self.at = self.end;
    }

    fn read(&mut self, first: char) -> (PieceKind, usize) {
        let rest = self.rest();
        let one = first.len_utf8();
        match first {
            '#' | '＃' => (PieceKind::Comment, line_length(rest)),
            '"' if rest.starts_with("\"\"\"") => self.read_long_text(rest),
            '"' => read_closed(rest, '"', PieceKind::Text, true),
            '“' => read_closed(rest, '”', PieceKind::Text, true),
            '＂' => read_closed(rest, '＂', PieceKind::Text, true),
            '`' => read_closed(rest, '`', PieceKind::Quoted, false),
            '\'' => read_single(rest, '\''),
            '‘' => read_single(rest, '’'),
            '/' if self.is_after_matches => read_closed(rest, '/', PieceKind::Regex, true),
            '0'..='9' | '０'..='９' => (PieceKind::Number, number_length(rest)),
            '_' | '＿' => (PieceKind::Word, word_length(rest)),
            _ if is_xid_start(first) => (PieceKind::Word, word_length(rest)),
            _ if is_hidden(first) || (first.is_control() && first != '\n') => {
                (PieceKind::Hidden, one)
            }
            _ => (PieceKind::Sign(narrow_sign(first)), one),
        }
    }

    /// `"""…"""`; when its end is missing, it ends before the next line that starts at the margin.
    fn read_long_text(&mut self, rest: &str) -> (PieceKind, usize) {
        let body = rest.get(3..).unwrap_or("");
        if !self.has_no_triple
            && let Some(end) = long_text_end(body)
        {
            return (PieceKind::Text, end + 6);
        }
        self.has_no_triple = true;
        let mut length = 3;
        for line in body.split_inclusive('\n') {
            let is_margin = length > 3 && line.starts_with(|first: char| is_xid_start(first));
            if is_margin && super::split::names_item(line) {
                break;
            }
            length += line.len();
        }
        (PieceKind::Unclosed('"'), length)
    }
}

/// Where the body of a long text ends, escapes aside.
fn long_text_end(body: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let rest = body.get(from..)?;
        let stop = memchr::memchr2(b'"', b'\\', rest.as_bytes())?;
        let tail = rest.get(stop..)?;
        if tail.starts_with("\"\"\"") {
            return Some(from + stop);
        }
        let skipped = match tail.strip_prefix('\\') {
            Some(escaped) => 1 + escaped.chars().next().map_or(0, char::len_utf8),
            None => 1,
        };
        from += stop + skipped;
    }
}

impl Iterator for Lexer<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        self.skip_space();
        let first = self.rest().chars().next()?;
        let (kind, length) = self.read(first);
        let start = self.at;
        self.at += length.max(first.len_utf8());
        let piece = Piece {
            kind,
            start,
            end: self.at,
            is_first_on_line: self.is_line_empty,
            is_at_margin: self.is_line_empty && start == self.line_start,
        };
        self.is_line_empty = false;
        if kind != PieceKind::Comment {
            let word = piece.text(self.text);
            self.is_after_matches =
                kind == PieceKind::Word && matches!(word, "matches" | "匹配" | "不匹配");
        }
        Some(piece)
    }
}

pub(super) fn line_length(rest: &str) -> usize {
    let Some(line) = memchr::memchr(b'\n', rest.as_bytes()) else {
        return rest.len();
    };
    line - usize::from(rest.get(..line).is_some_and(|line| line.ends_with('\r')))
}

/// Text up to its closing sign on the same line.
fn read_closed(rest: &str, close: char, kind: PieceKind, has_escapes: bool) -> (PieceKind, usize) {
    let mut is_escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            '\n' => return (PieceKind::Unclosed(close), line_length(rest)),
            _ if is_escaped => is_escaped = false,
            '\\' if has_escapes => is_escaped = true,
            _ if character == close => return (kind, at + character.len_utf8()),
            _ => {}
        }
    }
    (PieceKind::Unclosed(close), line_length(rest))
}

fn read_single(rest: &str, close: char) -> (PieceKind, usize) {
    match read_closed(rest, close, PieceKind::SingleQuoted, false) {
        (PieceKind::Unclosed(_), _) => {
            let first = rest.chars().next().unwrap_or('\'');
            (PieceKind::Sign(first), first.len_utf8())
        }
        closed => closed,
    }
}

fn number_length(rest: &str) -> usize {
    let is_digit = |c: char| matches!(c, '0'..='9' | '０'..='９');
    let digits = |text: &str| text.find(|c| !is_digit(c)).unwrap_or(text.len());
    let whole = digits(rest);
    let tail = rest.get(whole..).unwrap_or("");
    let Some(fraction) = tail.strip_prefix(['.', '．']) else {
        return whole;
    };
    match digits(fraction) {
        0 => whole,
        length => whole + (tail.len() - fraction.len()) + length,
    }
}

fn word_length(rest: &str) -> usize {
    let first = rest.chars().next().map_or(0, char::len_utf8);
    let tail = rest.get(first..).unwrap_or("");
    first + tail.find(|c| !is_xid_continue(c)).unwrap_or(tail.len())
}

/// The ASCII sign that a full-width or typographic one stands for.
pub(super) fn narrow_sign(sign: char) -> char {
    match sign {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(sign) - 0xfee0).unwrap_or(sign),
        '、' => ',',
        '−' => '-',
        '×' => '*',
        '÷' => '/',
        other => other,
    }
}

/// Direction controls and characters without width, which make text read differently than it is.
pub(super) fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
    )
}

/// Direction controls alone: they reorder what stands after them.
pub(super) fn is_direction(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
