//! What the spelling of a type reveals, which is little: an alias is spelled like anything. So spelling only picks the
//! words of an error about something that the types refuse in any case (a list of roles in a `Vec`, a `bool` that is to
//! be null, a secret as a claim, a hash that sign-up would not write), the inside of what must be written out
//! (`Roles<Role>`, an optional login), and one default that an attribute overrides (`id(generate)`). Whatever could let
//! something through asks the type, with what is in `reflect` of the runtime crate.

use quote::ToTokens;
use syn::{GenericArgument, Path, PathArguments, PathSegment, Type, TypeReference};

/// Returns a type as people write it: a printed token stream has a blank between all tokens.
pub(crate) fn text(ty: &impl ToTokens) -> String {
    let printed = ty.to_token_stream().to_string();
    let mut text = String::with_capacity(printed.len());
    let mut blank = false;
    for c in printed.chars() {
        if c.is_whitespace() {
            blank = true;
            continue;
        }
        let last = text.chars().next_back();
        let between_words = last.is_some_and(is_word) && (is_word(c) || c == '\'');
        if blank && (between_words || matches!(last, Some(',' | ';' | '+' | '=')) || matches!(c, '+' | '=')) {
            text.push(' ');
        }
        blank = false;
        text.push(c);
    }
    text
}

/// Returns a path without generic arguments as people write it.
pub(crate) fn path_text(path: &Path) -> String {
    let mut text = String::new();
    for (index, segment) in path.segments.iter().enumerate() {
        if index > 0 || path.leading_colon.is_some() {
            text.push_str("::");
        }
        text.push_str(&segment.ident.to_string());
    }
    text
}

/// Returns whether it can be part of a name.
pub(crate) fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// Returns `Option` for `std::option::Option<i64>`.
pub(crate) fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) if path.qself.is_none() => path.path.segments.last(),
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}

/// Returns whether the last segment is `name`.
pub(crate) fn is_named(ty: &Type, name: &str) -> bool {
    last_segment(ty).is_some_and(|segment| segment.ident == name)
}

/// Returns whether it is spelled like a type that no `use` brings in: `bool`, `i64`.
pub(crate) fn is_primitive(ty: &Type) -> bool {
    last_segment(ty).is_some_and(|segment| segment.ident.to_string().starts_with(char::is_lowercase))
}

/// Returns the `T` of `Name<T>`.
pub(crate) fn argument_of<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let segment = last_segment(ty).filter(|segment| segment.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    match arguments.args.first() {
        Some(GenericArgument::Type(ty)) if arguments.args.len() == 1 => Some(ty),
        _ => None,
    }
}

/// Returns the `T` of `Name<T, …>`, for one of these names.
pub(crate) fn first_argument_of<'a>(ty: &'a Type, names: &[&str]) -> Option<&'a Type> {
    let segment = last_segment(ty).filter(|segment| names.iter().any(|name| segment.ident == name))?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    match arguments.args.first() {
        Some(GenericArgument::Type(ty)) => Some(ty),
        _ => None,
    }
}

/// Returns the type itself, or the one inside the `Option`.
pub(crate) fn without_option(ty: &Type) -> &Type {
    argument_of(ty, "Option").unwrap_or(ty)
}

/// Returns the reference, unless it is one that lives forever, which an extractor could make.
pub(crate) fn reference(ty: &Type) -> Option<&TypeReference> {
    match ty {
        Type::Reference(reference) => {
            let forever = reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static");
            (!forever).then_some(reference)
        }
        Type::Group(group) => reference(&group.elem),
        Type::Paren(paren) => reference(&paren.elem),
        _ => None,
    }
}
