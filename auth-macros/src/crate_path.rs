//! `crate = path`: where generated code finds the runtime crate.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Ident, Path, Token};

use crate::diagnostics::Diagnostics;
use crate::set_once::SetOnce;

/// The path of the runtime crate.
pub(crate) struct CratePath(Path);

impl CratePath {
    /// Takes the path from the attribute, or `::auth`.
    pub(crate) fn new(written: SetOnce<Path>, diagnostics: &mut Diagnostics) -> Self {
        let path = written.into_value().unwrap_or_else(default);
        let keyword = path.segments.first().is_some_and(|first| first.ident == "crate");
        if path.leading_colon.is_none() && !keyword {
            // A relative path would mean something else wherever a module has an item of that name.
            let text = path.to_token_stream().to_string().replace(' ', "");
            let message =
                format!("`{text}` is a relative path; write `::{text}` for a crate, `crate::{text}` for a module");
            diagnostics.error(&path, message);
        }
        Self(path)
    }

    /// Returns the module with everything that generated code may name.
    pub(crate) fn private(&self) -> TokenStream {
        let path = &self.0;
        quote!(#path::__private)
    }

    /// Returns `path::__private::name` as text, for attributes that take a string.
    pub(crate) fn private_text(&self, name: &str) -> String {
        let segments: Vec<String> = self.0.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let colons = if self.0.leading_colon.is_some() { "::" } else { "" };
        format!("{colons}{}::__private::{name}", segments.join("::"))
    }
}

fn default() -> Path {
    let segments = std::iter::once(syn::PathSegment::from(Ident::new("auth", Span::call_site()))).collect();
    Path { leading_colon: Some(Token![::](Span::call_site())), segments }
}
