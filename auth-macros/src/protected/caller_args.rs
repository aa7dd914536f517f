//! Arguments that are the caller: under `#[public]` none that refuses whoever is not signed in, and beside `keys` no claims,
//! which an API key does not have.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{FnArg, Ident, Type};

use super::model::{Access, Policy};
use super::outer_scope::OuterScope;
use crate::item_fn::ItemFn;
use crate::types;

/// Generates the question for each argument whether it refuses whoever is not signed in. An `Option` of one does not.
/// The trait system answers, so that an alias is asked, too; arguments of a type that is not known here are not.
pub(super) fn refuse_signed_in(handler: &ItemFn, policy: &Policy) -> TokenStream {
    let private = policy.krate.private();
    asserts(handler, policy, |ty| {
        let text = types::text(ty);
        let message = format!(
            "`#[public]` is open to everybody, and this argument refuses whoever is not signed in: write `#[protected]`, or `Option<{text}>` here"
        );
        let allowed = quote!(!#private::Argument::<#ty>::IS_USER && !#private::Argument::<#ty>::IS_CLAIMS);
        (allowed, message)
    })
}

/// Generates the question for each argument beside `keys` whether it is the claims of a token.
pub(super) fn refuse_claims_of_keys(handler: &ItemFn, policy: &Policy) -> TokenStream {
    let Access::Protected { keys: Some(_), .. } = &policy.access else { return TokenStream::new() };
    let private = policy.krate.private();
    asserts(handler, policy, |ty| {
        let text = types::text(ty);
        // The derive calls the claims of a `User` `UserClaims`, unless it is told otherwise.
        let user = text.strip_suffix("Claims").filter(|user| syn::parse_str::<Ident>(user).is_ok());
        let message = format!(
            "an API key has no claims: take `KeyCaller<{}>`, a user or a key, in place of `{text}`, or leave out `keys`",
            user.unwrap_or("…")
        );
        (quote!(!#private::Argument::<#ty>::IS_CLAIMS), message)
    })
}

/// Generates an assertion for each argument.
fn asserts(handler: &ItemFn, policy: &Policy, allowed: impl Fn(&Type) -> (TokenStream, String)) -> TokenStream {
    let private = policy.krate.private();
    let cfgs: Vec<_> = handler.cfgs().collect();
    let scope = OuterScope::of(&handler.sig);
    let asserts: Vec<_> = handler
        .sig
        .inputs
        .iter()
        .filter_map(|argument| if let FnArg::Typed(argument) = argument { Some(argument) } else { None })
        .flat_map(|argument| single(&argument.ty).into_iter().map(move |ty| (argument, ty)))
        .filter(|(_, ty)| scope.can_name(ty))
        .map(|(argument, ty)| {
            let (allowed, message) = allowed(ty);
            let cfgs = argument.attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
            quote_spanned! {ty.span()=>
                #(#cfgs)*
                ::core::assert!(#allowed, #message);
            }
        })
        .collect();
    if asserts.is_empty() {
        return TokenStream::new();
    }
    quote! {
        #(#cfgs)*
        const _: () = {
            #[allow(unused_imports)]
            use #private::NotTheCaller as _;
            #(#asserts)*
        };
    }
}

/// Returns the type, or those in a tuple of extractors.
fn single(ty: &Type) -> Vec<&Type> {
    match ty {
        Type::Tuple(tuple) => tuple.elems.iter().flat_map(single).collect(),
        Type::Paren(paren) => single(&paren.elem),
        Type::Group(group) => single(&group.elem),
        _ => vec![ty],
    }
}
