//! `crate = path`: where generated code finds the runtime crate.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, TokenStreamExt};
use syn::{Ident, Path, Token};

use crate::diagnostics::Diagnostics;
use crate::set_once::SetOnce;
use crate::types::path_text;

/// `path::__private`. It writes its tokens one by one: each stream that is interpolated into another costs several calls
/// of the compiler, and this is in every line of what is generated.
#[derive(Clone, Copy)]
pub(crate) struct Private<'a>(&'a Path);

impl ToTokens for Private<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
        <Token![::]>::default().to_tokens(tokens);
        tokens.append(Ident::new("__private", Span::call_site()));
    }
}

/// The path of the runtime crate.
pub(crate) struct CratePath(Path);

impl CratePath {
    /// Takes the path from the attribute, or `::auth`.
    pub(crate) fn new(written: SetOnce<Path>, diagnostics: &mut Diagnostics) -> Self {
        let path = written.into_value().unwrap_or_else(default);
        // `$crate` is how a macro of a crate that re-exports this one says it.
        let keyword = path.segments.first().is_some_and(|first| first.ident == "crate" || first.ident == "$crate");
        if path.leading_colon.is_none() && !keyword {
            // A relative path would mean something else wherever a module has an item of that name.
            let text = path_text(&path);
            let message =
                format!("`{text}` is a relative path; write `::{text}` for a crate, `crate::{text}` for a module");
            diagnostics.error(&path, message);
        }
        Self(path)
    }

    /// Returns `$crate`, if it begins with that.
    pub(crate) fn dollar_crate(&self) -> Option<&Ident> {
        self.0.segments.first().map(|first| &first.ident).filter(|first| *first == "$crate")
    }

    /// Returns the module with everything that generated code may name.
    pub(crate) fn private(&self) -> Private<'_> {
        Private(&self.0)
    }

    /// Returns `path::__private::name` as text, for attributes that take a string.
    pub(crate) fn private_text(&self, name: &str) -> String {
        format!("{}::__private::{name}", path_text(&self.0))
    }
}

fn default() -> Path {
    let segments = std::iter::once(syn::PathSegment::from(Ident::new("auth", Span::call_site()))).collect();
    Path { leading_colon: Some(Token![::](Span::call_site())), segments }
}
