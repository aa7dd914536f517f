//! The checks of a rule, as a tuple of types.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Ident, Path};

use super::model::{Atom, Rule};
use crate::call_site::CallSite;
use crate::crate_path::Private;
use crate::types::path_text;

/// The types, each with another name if it may turn out that there is none.
pub(super) struct Checks<'a> {
    types: Vec<(&'a Path, Option<Ident>)>,
}

impl<'a> Checks<'a> {
    pub(super) fn of(rule: Option<&'a Rule>, call_site: &CallSite) -> Self {
        let atoms: Vec<&Atom> = rule.map(Rule::checks).unwrap_or_default();
        let types = atoms.into_iter().enumerate().map(|(index, Atom { path, .. })| {
            (path, call_site.may_lack_check(path).then(|| format_ident!("__auth_check_{index}")))
        });
        Self { types: types.collect() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.types.is_empty()
    }

    /// Generates the tuple.
    pub(super) fn types(&self) -> TokenStream {
        let types = self.types.iter().map(|(path, alias)| match alias {
            // At the path, where the compiler is to point.
            Some(alias) => Ident::new(&alias.to_string(), path.span()).into_token_stream(),
            None => path.to_token_stream(),
        });
        quote!((#(#types,)*))
    }

    /// Surrounds an implementation that names the types. Of a function without `#[check]` the compiler would say that it
    /// is no type. So the name is imported: where there is no type to import, another one outside is found, and a
    /// constant says what is missing. For every other name this is the same with more words, so that it is done only for
    /// functions that are not seen under `#[check]` in the same file.
    pub(super) fn around(&self, private: Private<'_>, cfgs: &[&Attribute], implementation: TokenStream) -> TokenStream {
        let aliased: Vec<_> = self.types.iter().filter_map(|(path, alias)| Some((*path, alias.as_ref()?))).collect();
        if aliased.is_empty() {
            return implementation;
        }
        let aliases = aliased.iter().map(|(_, alias)| alias);
        let imports = aliased.iter().map(|(path, alias)| quote!(use #path as #alias;));
        let asserts = aliased.iter().map(|(path, alias)| {
            let message = format!("`{}` is a function, and not a check yet: put `#[check]` on it", path_text(path));
            quote_spanned! {path.span()=>
                const _: () = ::core::assert!(#private::CheckType::<#alias>::IS_CHECK, #message);
            }
        });
        quote! {
            #(#cfgs)*
            #[allow(unused_imports, unused_qualifications, non_camel_case_types, non_local_definitions)]
            const _: () = {
                #(use #private::NoCheck as #aliases;)*
                const _: () = {
                    use #private::IsCheck as _;
                    #(#imports)*
                    #(#asserts)*
                    #implementation
                };
            };
        }
    }
}
