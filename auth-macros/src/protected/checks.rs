//! The checks of a rule, as a tuple of types.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Ident, Path};

use super::model::{Atom, Rule, path_text};
use crate::call_site::CallSite;

/// The types, and the functions among them that seem to lack `#[check]`.
pub(super) struct Checks<'a> {
    paths: Vec<&'a Path>,
    forgotten: Vec<Forgotten<'a>>,
}

/// A function of the same file that is not under `#[check]`, as far as one can see there.
struct Forgotten<'a> {
    path: &'a Path,
    alias: Ident,
}

impl<'a> Checks<'a> {
    pub(super) fn of(rule: Option<&'a Rule>, call_site: &CallSite) -> Self {
        let atoms: Vec<&Atom> = rule.map(Rule::checks).unwrap_or_default();
        let paths: Vec<&Path> = atoms.into_iter().map(|atom| &atom.path).collect();
        let forgotten = paths.iter().enumerate().filter_map(|(index, path)| {
            let name = path.get_ident()?.unraw().to_string();
            let alias = format_ident!("__auth_check_{index}", span = path.span());
            call_site.lacks_check(&name).then_some(Forgotten { path, alias })
        });
        let forgotten = forgotten.collect();
        Self { paths, forgotten }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// Generates the tuple.
    pub(super) fn types(&self) -> TokenStream {
        let types = self.paths.iter().map(|path| {
            let forgotten = self.forgotten.iter().find(|forgotten| std::ptr::eq(forgotten.path, *path));
            forgotten.map_or_else(|| quote!(#path), |Forgotten { alias, .. }| quote!(#alias))
        });
        quote!((#(#types,)*))
    }

    /// Surrounds an implementation that names the types. Of a function without `#[check]` the compiler would say that it
    /// is no type. So the name is imported: where there is no type to import, another one outside is found, and a
    /// constant says what is missing. For every other name this is the same with more words.
    pub(super) fn around(
        &self,
        private: &TokenStream,
        cfgs: &[&Attribute],
        implementation: TokenStream,
    ) -> TokenStream {
        if self.forgotten.is_empty() {
            return implementation;
        }
        let aliases: Vec<_> = self.forgotten.iter().map(|forgotten| &forgotten.alias).collect();
        let imports = self.forgotten.iter().map(|Forgotten { path, alias }| quote!(use #path as #alias;));
        let asserts = self.forgotten.iter().map(|Forgotten { path, alias }| {
            let name = path_text(path);
            let message = format!("`{name}` is a function, and not a check yet: put `#[check]` on it");
            quote_spanned! {path.span()=>
                const _: () = ::core::assert!(#private::Question::<#alias>::IS_CHECK, #message);
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
