//! Arguments that read the body of the request, which only the last one can.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, FnArg, PatType, Type};

use super::model::Policy;
use super::outer_scope::OuterScope;
use crate::item_fn::ItemFn;
use crate::types;

/// Extractors that read the body, by the names they usually have.
const READERS: [&str; 10] =
    ["Body", "Bytes", "Form", "Json", "JsonLines", "Multipart", "Payload", "RawForm", "Request", "String"];

/// Generates the question for each argument that is not the last whether it reads the body. A right program has no
/// argument of such a name there, and pays nothing. The name only decides whether to ask: the answer is the trait
/// system's, so that another type of that name is not refused. What has an uncommon name is found at the route.
/// A middleware for `axum::middleware::from_fn` ends with what comes next, and has the request before it.
pub(super) fn body_is_last(handler: &ItemFn, policy: &Policy) -> TokenStream {
    let suspects: Vec<_> = early(handler).filter(|argument| reads_body_by_name(&argument.ty)).collect();
    if suspects.is_empty() {
        return TokenStream::new();
    }
    let private = policy.krate.private();
    let scope = OuterScope::of(&handler.sig);
    let last = handler.sig.inputs.last().and_then(|last| match last {
        FnArg::Typed(last) if scope.can_name(&last.ty) => Some(&last.ty),
        _ => None,
    });
    let next = last.map(|last| quote!(|| #private::Argument::<#last>::IS_NEXT));
    let asserts =
        suspects.into_iter().filter(|argument| scope.can_name(&argument.ty)).map(|PatType { attrs, ty, .. }| {
            let cfgs = attrs.iter().filter(|attr| is_cfg(attr));
            let message =
                format!("`{}` reads the body of the request, so it must be the last argument", types::text(ty));
            quote_spanned! {ty.span()=>
                #(#cfgs)*
                ::core::assert!(!#private::Argument::<#ty>::READS_BODY #next, #message);
            }
        });
    let asserts: Vec<_> = asserts.collect();
    if asserts.is_empty() {
        return TokenStream::new();
    }
    let cfgs = handler.cfgs();
    quote! {
        #(#cfgs)*
        const _: () = {
            #[allow(unused_imports)]
            use #private::ReadsNoBody as _;
            #(#asserts)*
        };
    }
}

/// Returns the arguments before one that is there under every configuration.
fn early(handler: &ItemFn) -> impl Iterator<Item = &PatType> {
    let arguments = handler.sig.inputs.iter().filter_map(|argument| match argument {
        FnArg::Typed(argument) => Some(argument),
        FnArg::Receiver(_) => None,
    });
    let last = arguments.clone().enumerate().filter(|(_, argument)| !argument.attrs.iter().any(is_cfg)).last();
    arguments.take(last.map_or(0, |(index, _)| index))
}

fn is_cfg(attr: &Attribute) -> bool {
    attr.path().is_ident("cfg")
}

/// Also for one that may fail: `Option<Json<T>>`, `Result<Json<T>, E>`.
fn reads_body_by_name(ty: &Type) -> bool {
    let inner = types::first_argument_of(ty, &["Option", "Result"]).unwrap_or(ty);
    types::last_segment(inner).is_some_and(|segment| READERS.iter().any(|name| segment.ident == name))
}
