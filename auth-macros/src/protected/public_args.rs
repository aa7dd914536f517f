//! Arguments under `#[public]` that are open to nobody who is not signed in.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{FnArg, Type};

use super::model::Policy;
use super::outer_scope::OuterScope;
use crate::item_fn::ItemFn;
use crate::types;

/// Generates the question for each argument whether it refuses whoever is not signed in. An `Option` of one does not.
/// The trait system answers, so that an alias is asked, too; arguments of a type that is not known here are not.
pub(super) fn refuse_signed_in(handler: &ItemFn, policy: &Policy) -> TokenStream {
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
            let cfgs = argument.attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
            let text = types::text(ty);
            let message = format!(
                "`#[public]` is open to everybody, and this argument refuses whoever is not signed in: write `#[protected]`, or `Option<{text}>` here"
            );
            quote_spanned! {ty.span()=>
                #(#cfgs)*
                ::core::assert!(!#private::Argument::<#ty>::IS_USER && !#private::Argument::<#ty>::IS_CLAIMS, #message);
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
