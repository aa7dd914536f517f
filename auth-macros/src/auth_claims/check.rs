//! [`Raw`] → [`Checked`]: the rules that concern more than one attribute.

use syn::ext::IdentExt;
use syn::{LitStr, Type};

use super::model::{Checked, Field, How, PlaceOfField, Raw, RawField, Word};
use super::paths;
use crate::crate_path::CratePath;
use crate::diagnostics::Diagnostics;
use crate::types;

/// Returns the claims, as far as they were understood: without them, every use of the type would be reported, too.
pub(super) fn checked(raw: Raw, diagnostics: &mut Diagnostics) -> Option<Checked> {
    let (mut places, tree) = places(&raw.fields, diagnostics);
    let subject = one(&raw.fields, Word::Subject, diagnostics);
    if subject.is_none() {
        let message = "whom is a token about? put `#[auth(subject)]` on that field, as on `sub: String`";
        diagnostics.error(&raw.ident, message);
    }
    let roles = one(&raw.fields, Word::Roles, diagnostics);
    let roles = roles.and_then(|index| set_of(&raw.fields, index, "Roles", "Role", diagnostics));
    let permissions = one(&raw.fields, Word::Permissions, diagnostics);
    let permissions =
        permissions.and_then(|index| set_of(&raw.fields, index, "Permissions", "Permission", diagnostics));
    let verified = one(&raw.fields, Word::Verified, diagnostics);
    for place in &mut places {
        // A field of another type than a set is reported, and read as what it is.
        let is_set = [&roles, &permissions].into_iter().flatten().any(|(index, _)| *index == place.field);
        if matches!(place.how, How::Names | How::Scope | How::Keys) && !is_set {
            place.how = How::Value;
        }
    }
    let before = diagnostics.count();
    let krate = CratePath::new(raw.krate, diagnostics);
    if diagnostics.count() > before {
        return None;
    }
    let fields: Vec<_> = raw.fields.into_iter().map(|RawField { ident, ty, .. }| Field { ident, ty }).collect();
    Some(Checked {
        ident: raw.ident,
        krate,
        mfa: raw.mfa.into_value().unwrap_or_default(),
        subject: fields.get(subject?)?.clone(),
        roles,
        permissions,
        verified,
        fields,
        places,
        tree,
    })
}

/// Returns every place that is read, and the names that lead there.
fn places(fields: &[RawField], diagnostics: &mut Diagnostics) -> (Vec<PlaceOfField>, Vec<super::model::Node>) {
    let (mut places, mut tree) = (Vec::new(), Vec::new());
    for (field, raw) in fields.iter().enumerate() {
        let is = word(raw);
        if is.is_some_and(|is| is != Word::Claim) && fields.iter().take(field).any(|other| word(other) == is) {
            // A second one is reported as such.
            continue;
        }
        if let (None, Some(renamed)) = (is, &raw.renamed) {
            let message = format!("serde does not read tokens: write `#[auth(claim(\"{}\"))]`, too", renamed.value());
            diagnostics.error(renamed, message);
        }
        let own = LitStr::new(&own_name(raw, is), raw.ident.span());
        let sources = raw.sources.iter().map(|source| (&source.path, source.keys));
        let sources: Vec<_> = if raw.sources.is_empty() { vec![(&own, false)] } else { sources.collect() };
        for (path, keys) in sources {
            let Some(segments) = paths::segments(path, diagnostics) else { continue };
            if let Some(danger) = is.and_then(danger) {
                paths::refuse_own_words(danger, path, &segments, diagnostics);
            }
            let how = match is {
                Some(Word::Subject) => How::Subject,
                Some(Word::Roles | Word::Permissions) if keys => How::Keys,
                Some(Word::Roles | Word::Permissions) if is_scope(&segments) => How::Scope,
                Some(Word::Roles | Word::Permissions) => How::Names,
                Some(Word::Verified | Word::Claim) | None => How::Value,
            };
            paths::insert(&mut tree, path, &segments, places.len(), diagnostics);
            places.push(PlaceOfField { field, how });
        }
    }
    (places, tree)
}

fn word(raw: &RawField) -> Option<Word> {
    raw.is.as_ref().map(|(is, _)| *is)
}

/// Returns the claim that a field is read from if it does not say.
fn own_name(raw: &RawField, is: Option<Word>) -> String {
    match is {
        Some(Word::Subject) => "sub".to_owned(),
        Some(Word::Roles) => "roles".to_owned(),
        Some(Word::Permissions) => "permissions".to_owned(),
        Some(Word::Verified | Word::Claim) | None => raw.ident.unraw().to_string(),
    }
}

/// `scope` (RFC 8693 §4.2), or `scp` as Entra has it.
fn is_scope(segments: &[String]) -> bool {
    segments.last().is_some_and(|last| last == "scope" || last == "scp")
}

/// Returns what users could do who write the claim themselves.
fn danger(is: Word) -> Option<&'static str> {
    match is {
        Word::Subject => Some("say that they are somebody else"),
        Word::Roles => Some("give themselves any role"),
        Word::Permissions => Some("give themselves any permission"),
        Word::Verified => Some("confirm any address"),
        Word::Claim => None,
    }
}

/// Returns the one field of this kind; a second one is a mistake.
fn one(fields: &[RawField], word: Word, diagnostics: &mut Diagnostics) -> Option<usize> {
    let mut found = fields.iter().enumerate().filter(|(_, raw)| self::word(raw) == Some(word));
    let (index, first) = found.next()?;
    for (_, second) in found {
        let Some((_, word)) = &second.is else { continue };
        let why = if matches!(self::word(second), Some(Word::Roles | Word::Permissions)) {
            format!("several claims are read into one field, as in `{word}(\"…\", \"…\")`")
        } else {
            "a token has one".to_owned()
        };
        diagnostics.error(word, format_args!("`{}` is the `{word}` already; {why}", first.ident));
    }
    Some(index)
}

/// Returns the field with the enum whose set it holds.
fn set_of(
    fields: &[RawField],
    index: usize,
    set: &str,
    example: &str,
    diagnostics: &mut Diagnostics,
) -> Option<(usize, Type)> {
    let ty = &fields.get(index)?.ty;
    let inner = types::argument_of(ty, set);
    if inner.is_none() {
        let of = types::argument_of(ty, "Vec").map_or_else(|| example.to_owned(), types::text);
        let word = set.to_lowercase();
        diagnostics.error(ty, format_args!("`{word}` wants a field of type `auth::{set}<{of}>`"));
    }
    inner.map(|of| (index, of.clone()))
}
