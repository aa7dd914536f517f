//! What proxies report about the client: the values of `Forwarded` and `X-Forwarded-For`.
//!
//! They are split from the right, quotes included: the right end was written by a trusted proxy, and nothing to the left
//! of that can change how it is parsed.

use std::net::{IpAddr, SocketAddr};

/// The maximum length of an address, with port, brackets and quotes. Longer entries are not parsed.
const MAX_CHARS: usize = 64;

/// Returns the addresses in the values of `Forwarded`, last one first.
pub(crate) fn forwarded(values: Vec<Option<&str>>) -> impl Iterator<Item = Option<IpAddr>> {
    entries(values).map(|entry| node(entry?))
}

/// Returns the addresses in the values of `X-Forwarded-For`, last one first.
pub(crate) fn x_forwarded_for(values: Vec<Option<&str>>) -> impl Iterator<Item = Option<IpAddr>> {
    entries(values).map(|entry| ip(entry?))
}

/// Returns the entries of a list header, last one first; several headers with the same name form one list
/// (RFC 9110 §5.3).
pub(crate) fn entries(mut values: Vec<Option<&str>>) -> impl Iterator<Item = Option<&str>> {
    let mut rest: Option<&str> = None;
    std::iter::from_fn(move || {
        let text = match rest.take() {
            Some(text) => text,
            None => match values.pop()? {
                Some(text) => text,
                None => return Some(None),
            },
        };
        let mut quoted = false;
        let comma = text.char_indices().rev().find_map(|(index, c)| {
            quoted ^= c == '"' && !is_escaped(text, index);
            (c == ',' && !quoted).then_some(index)
        });
        let entry = match comma {
            Some(index) => {
                rest = text.get(..index);
                text.get(index + 1..).unwrap_or_default()
            }
            None => text,
        };
        Some(Some(entry.trim()))
    })
}

/// Whether an odd number of backslashes precedes the character: within quotes, it then ends nothing.
fn is_escaped(text: &str, index: usize) -> bool {
    text.get(..index).is_some_and(|before| before.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1)
}

/// Returns the address in `for=` of one element of `Forwarded` (RFC 7239 §4): `for="[2001:db8::1]:4711";proto=https`.
///
/// Other values of the element may come from the client (`host`), so they are parsed by the grammar. An element that is
/// malformed or has two addresses yields none.
pub(crate) fn node(element: &str) -> Option<IpAddr> {
    let (mut found, mut rest) = (None, element);
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let (value, after) = value(after.trim_start())?;
        if name.trim().eq_ignore_ascii_case("for") && found.replace(value).is_some() {
            return None;
        }
        let after = after.trim_start();
        rest = if after.is_empty() { after } else { after.strip_prefix(';')? };
    }
    ip(found?)
}

/// Splits off one value: a quoted string, or everything up to the next semicolon. (A token may contain neither colons
/// nor brackets, but addresses are also written without quotes.)
fn value(text: &str) -> Option<(&str, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_at(text.find(';').unwrap_or(text.len()));
        return (!value.contains(['"', '='])).then_some((value.trim_end(), rest));
    };
    let end = quoted.char_indices().find(|(index, c)| *c == '"' && !is_escaped(quoted, *index))?.0;
    let (value, rest) = (quoted.get(..end)?, quoted.get(end + 1..)?);
    // An escaped value is not an address, and no other value is used.
    Some((value, rest))
}

/// Parses an address, with or without brackets and port.
pub(crate) fn ip(text: &str) -> Option<IpAddr> {
    if text.len() > MAX_CHARS {
        return None;
    }
    let in_brackets = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let bare = in_brackets.map_or_else(|| text.parse().ok(), |text| text.parse().ok().map(IpAddr::V6));
    bare.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}
