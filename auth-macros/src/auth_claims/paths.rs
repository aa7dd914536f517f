//! Where a claim is in a token: `"realm_access.roles"` is the member `roles` of the claim `realm_access`. A dot that is
//! part of a name is written `\\.` in the literal; a name that is a URL, as Auth0 asks for, has its dots in any case.

use syn::LitStr;

use super::model::{Node, Then};
use crate::diagnostics::Diagnostics;

/// What people write about themselves, at the issuers that have it.
const WRITTEN_BY_USERS: [&str; 4] = ["user_metadata", "raw_user_meta_data", "unsafe_metadata", "unsafeMetadata"];

/// Returns the names on the way, the last of which is the claim that is read.
pub(super) fn segments(path: &LitStr, diagnostics: &mut Diagnostics) -> Option<Vec<String>> {
    let text = path.value();
    if text.starts_with("https://") || text.starts_with("http://") {
        return Some(vec![text]);
    }
    let mut segments = vec![String::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('.')) => segments.last_mut()?.extend(chars.next()),
            ('.', _) => segments.push(String::new()),
            _ => segments.last_mut()?.push(c),
        }
    }
    if segments.iter().any(String::is_empty) {
        let message = "a claim has a name: write the names on the way to it with dots between them, as in \
                       `\"realm_access.roles\"`; a dot in a name is `\\\\.`";
        diagnostics.error(path, message);
        return None;
    }
    Some(segments)
}

/// Reports a source that users write themselves.
pub(super) fn refuse_own_words(danger: &str, path: &LitStr, segments: &[String], diagnostics: &mut Diagnostics) {
    let parts = segments.iter().flat_map(|segment| segment.split('/'));
    let mut own = parts.filter(|part| WRITTEN_BY_USERS.iter().any(|own| own.eq_ignore_ascii_case(part)));
    if let Some(own) = own.next() {
        let message = format!(
            "users write `{own}` themselves, so they could {danger}: let the issuer put it where only \
             administrators write, as in `app_metadata`"
        );
        diagnostics.error(path, message);
    }
}

/// Adds the place of a path; reports one that is read already, or is part of one that is.
pub(super) fn insert(
    tree: &mut Vec<Node>,
    path: &LitStr,
    segments: &[String],
    place: usize,
    diagnostics: &mut Diagnostics,
) {
    let [name, rest @ ..] = segments else { return };
    let known = tree.iter_mut().find(|node| node.name == *name);
    match (known.map(|node| &mut node.then), rest) {
        (Some(Then::Members(members)), [_, ..]) => insert(members, path, rest, place, diagnostics),
        (Some(Then::Place(_)), []) => {
            diagnostics.error(path, "this claim is read already; a claim goes into one field");
        }
        (Some(_), _) => {
            let message = format!("`{name}` would be read as a whole and in part; leave one out");
            diagnostics.error(path, message);
        }
        (None, _) => {
            let mut then = Then::Place(place);
            for inner in rest.iter().rev() {
                then = Then::Members(vec![Node { name: inner.clone(), then }]);
            }
            tree.push(Node { name: name.clone(), then });
        }
    }
}
