//! The word `keys`: what a rule that admits API keys has to ask for.
//!
//! A key has permissions and nothing else, so a rule that asks for none of them, and runs no check, is one that no key
//! meets, or every key. The macro sees names only; the trait system knows which of them are permissions.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::model::{Access, Atom, Attribute, Policy, path_key};

/// Returns the error for a rule that no key is meant to meet.
pub(super) fn message(attribute: Attribute) -> String {
    let example = match attribute {
        Attribute::Rule => "rule!(Permission::ReportsRead, keys)",
        Attribute::Protected | Attribute::Public => "#[protected(Permission::ReportsRead, keys)]",
    };
    format!("an API key has permissions, and no roles: name a permission or a check, as in `{example}`")
}

/// Generates the question whether one of the types in the rule is an enum of permissions. A check may ask for anything.
pub(super) fn asks_for_permissions(policy: &Policy, cfgs: &[&syn::Attribute]) -> Option<TokenStream> {
    let Access::Protected { rule: Some(rule), keys: Some(word), .. } = &policy.access else { return None };
    let atoms = rule.atoms();
    if atoms.iter().any(|atom| atom.is_check()) {
        return None;
    }
    let private = policy.krate.private();
    let mut seen = HashSet::new();
    let types: Vec<_> = atoms.into_iter().map(Atom::ty).filter(|ty| seen.insert(path_key(ty))).collect();
    let message = message(Attribute::Protected);
    let assert = quote_spanned! {word.span()=>
        ::core::assert!(#(#private::Asked::<#types>::IS_PERMISSION)||*, #message);
    };
    Some(quote! {
        #(#cfgs)*
        const _: () = {
            #[allow(unused_imports)]
            use #private::NoPermissionAsked as _;
            #assert
        };
    })
}
