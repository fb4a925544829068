//! Walks one JSON record with every rule: keys are decoded and unique, nesting is limited.

use super::scan::{Raw, Scan, scan_key, scan_value, skip_space, unescape};
use crate::data::RejectReason;
use crate::data::limit;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// A value met on the way.
#[derive(Clone, Copy, Debug)]
pub(in crate::data) struct Met<'p> {
    /// The keys down to it, with dots between.
    pub(in crate::data) path: &'p str,
    pub(in crate::data) raw: Raw,
    /// How many objects it stands in.
    pub(in crate::data) depth: usize,
    /// Where the value starts and ends; an object ends where it starts.
    pub(in crate::data) start: usize,
    pub(in crate::data) end: usize,
}

/// Walks a record that is one object with nothing around it but white space.
pub(in crate::data) fn walk(bytes: &[u8], visit: &mut dyn FnMut(Met)) -> Result<(), RejectReason> {
    let start = skip_space(bytes, 0);
    if bytes.get(start) != Some(&b'{') {
        return Err(RejectReason::BrokenJson);
    }
    let mut path = String::new();
    let end = walk_object(bytes, start + 1, 1, &mut path, visit)?;
    match skip_space(bytes, end) == bytes.len() {
        true => Ok(()),
        false => Err(RejectReason::BrokenJson),
    }
}

fn walk_object(
    bytes: &[u8],
    at: usize,
    depth: usize,
    path: &mut String,
    visit: &mut dyn FnMut(Met),
) -> Scan<usize> {
    if depth > limit::JSON_DEPTH {
        return Err(RejectReason::TooDeep);
    }
    let mut at = skip_space(bytes, at);
    if bytes.get(at) == Some(&b'}') {
        return Ok(at + 1);
    }
    let mut keys = KeySet::default();
    let outer = path.len();
    loop {
        let (key, start) = scan_key(bytes, at)?;
        let key = decode_key(bytes, key)?;
        if outer > 0 {
            path.push('.');
        }
        path.push_str(std::str::from_utf8(&key).map_err(|_| RejectReason::BrokenJson)?);
        keys.insert(key)?;
        let (end, raw) = scan_value(bytes, start, depth)?;
        let met = Met {
            path,
            raw,
            depth,
            start,
            end,
        };
        visit(met);
        at = match raw {
            Raw::Object => walk_object(bytes, start + 1, depth + 1, path, visit)?,
            Raw::Null | Raw::Text { .. } | Raw::Bare(_) | Raw::Array(_) => end,
        };
        path.truncate(outer);
        at = skip_space(bytes, at);
        match bytes.get(at) {
            Some(b',') => at = skip_space(bytes, at + 1),
            Some(b'}') => return Ok(at + 1),
            Some(_) | None => return Err(RejectReason::BrokenJson),
        }
    }
}

fn decode_key(bytes: &[u8], key: Raw) -> Scan<Cow<'_, [u8]>> {
    let Raw::Text { span, is_escaped } = key else {
        return Err(RejectReason::BrokenJson);
    };
    if !is_escaped {
        return Ok(Cow::Borrowed(span.of(bytes)));
    }
    let mut text = Vec::new();
    unescape(span.of(bytes), &mut text).ok_or(RejectReason::BrokenJson)?;
    Ok(Cow::Owned(text))
}

/// The keys of one object: a list while they are few.
#[derive(Default)]
struct KeySet<'b> {
    few: Vec<Cow<'b, [u8]>>,
    many: BTreeSet<Cow<'b, [u8]>>,
}

/// Looking through so many keys is quicker than a tree.
const FEW_KEYS: usize = 24;

impl<'b> KeySet<'b> {
    /// Adds a key that is not there already.
    fn insert(&mut self, key: Cow<'b, [u8]>) -> Scan<()> {
        if self.many.len() >= limit::COLUMNS {
            return Err(RejectReason::TooLong);
        }
        if self.few.contains(&key) {
            return Err(RejectReason::DuplicateKey);
        }
        if self.few.len() < FEW_KEYS {
            self.few.push(key);
            return Ok(());
        }
        let is_new = self.many.insert(key);
        is_new.then_some(()).ok_or(RejectReason::DuplicateKey)
    }
}
