//! [`Checked`] → tokens. Nothing here can fail or decide: the runtime crate reads the payload along a constant tree of
//! names, and asks for one call at each place.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Ident, Type};

use super::model::{Checked, Field, How, Node, Then};
use crate::crate_path::Private;
use crate::holds::Holds;
use crate::spans;

pub(super) fn expand(claims: &Checked) -> TokenStream {
    let holds = holds(claims);
    let items = [
        read_claims(claims),
        principal(claims),
        holds.has_role().unwrap_or_default(),
        holds.has_permission().unwrap_or_default(),
        in_state(claims),
    ];
    items.into_iter().collect()
}

fn holds(claims: &Checked) -> Holds<'_> {
    let of_field = |index: usize| {
        let ident = &claims.fields.get(index)?.ident;
        // What a guard has verified is the struct and the registered claims beside it.
        Some((quote!(self.#ident), quote!(claims.claims.#ident)))
    };
    Holds {
        private: claims.krate.private(),
        ident: &claims.ident,
        role: claims.roles.as_ref().map(|(_, role)| role),
        own_permission: claims.permissions.as_ref().map(|(_, permission)| permission),
        roles: claims.roles.as_ref().and_then(|(index, _)| of_field(*index)),
        permissions: claims.permissions.as_ref().and_then(|(index, _)| of_field(*index)),
    }
}

fn principal(claims: &Checked) -> TokenStream {
    let private = claims.krate.private();
    let (ident, name) = (&claims.ident, claims.ident.unraw().to_string());
    let Field { ident: subject, ty: id } = &claims.subject;
    let of_field = |index: usize| claims.fields.get(index).map(|field| &field.ty);
    let held = |field: Option<&Type>, none: &str| {
        let none = format_ident!("{none}");
        field.map_or_else(|| quote!(#private::#none), |ty| quote!(#ty))
    };
    let roles = held(claims.roles.as_ref().and_then(|(index, _)| of_field(*index)), "NoRoles");
    let permissions = held(claims.permissions.as_ref().and_then(|(index, _)| of_field(*index)), "NoPermissions");
    let verified = claims.verified.and_then(|index| claims.fields.get(index)).map(|Field { ident, ty }| {
        let is_set = quote_spanned!(ty.span()=> #private::Flag::is_set(&self.#ident));
        quote! {
            fn row_verified(&self) -> ::core::option::Option<bool> {
                ::core::option::Option::Some(#is_set)
            }
        }
    });
    quote! {
        #[automatically_derived]
        impl #private::Principal for #ident {
            type Id = #id;
            type Claims = #private::Verified<Self>;
            type Roles = #roles;
            type Permissions = #permissions;

            const REALM: #private::Realm = #private::Realm { name: #name, table: ::core::option::Option::None };

            fn subject(claims: &Self::Claims) -> &Self::Id {
                &claims.claims.#subject
            }

            #verified
        }
    }
}

/// Generates the parser: a place for each field, one call for each place, and the names that lead there.
fn read_claims(claims: &Checked) -> TokenStream {
    let private = claims.krate.private();
    let Checked { ident, mfa, fields, places, .. } = claims;
    let read = fields.iter().enumerate().map(|(index, field)| (place_ident(index), field, is_set(claims, index)));
    let slots =
        read.clone().map(
            |(slot, Field { ty, .. }, is_set)| {
                if is_set { quote!(#slot: #ty,) } else { quote!(#slot: ::core::option::Option<#ty>,) }
            },
        );
    let empty = read.clone().map(|(slot, Field { ty, .. }, is_set)| {
        if is_set { quote!(#slot: <#ty>::new(),) } else { quote!(#slot: ::core::option::Option::None,) }
    });
    let calls = places.iter().enumerate().map(|(number, place)| {
        let slot = place_ident(place.field);
        let function = match place.how {
            How::Value => format_ident!("read_value"),
            How::Subject => format_ident!("read_subject"),
            How::Names => format_ident!("read_names"),
            How::Scope => format_ident!("read_scope"),
            How::Keys => format_ident!("read_keys"),
        };
        let span = fields.get(place.field).map_or_else(|| ident.span(), |field| field.ty.span());
        let call = spans::at(quote!(#private::#function(&mut self.#slot, map)), span);
        quote!(#number => #call,)
    });
    let values = read.map(|(slot, Field { ident, ty }, is_set)| {
        if is_set {
            return quote!(#ident: read.#slot,);
        }
        let function = if *ident == claims.subject.ident { quote!(subject_of) } else { quote!(or_absent) };
        let value = spans::at(quote!(#private::#function(read.#slot)?), ty.span());
        quote!(#ident: #value,)
    });
    let tree = tree(private, &claims.tree);
    quote! {
        const _: () = {
            struct __Read {
                #(#slots)*
            }

            #[automatically_derived]
            impl<'de> #private::ReadPlaces<'de> for __Read {
                fn read<A: #private::serde::de::MapAccess<'de>>(
                    &mut self,
                    place: usize,
                    map: &mut A,
                ) -> ::core::result::Result<(), A::Error> {
                    match place {
                        #(#calls)*
                        _ => ::core::result::Result::Ok(()),
                    }
                }
            }

            #[automatically_derived]
            impl #private::ReadClaims for #ident {
                fn read_claims(
                    payload: &str,
                ) -> ::core::result::Result<#private::Verified<Self>, #private::NotClaims> {
                    let mut read = __Read { #(#empty)* };
                    let registered = #private::read_payload(payload, #tree, &[#(#mfa),*], &mut read)?;
                    let claims = #ident { #(#values)* };
                    ::core::result::Result::Ok(#private::Verified::new(registered, claims))
                }
            }
        };
    }
}

/// Whether the field is a set of names, which several claims fill and which is empty without any.
fn is_set(claims: &Checked, index: usize) -> bool {
    [&claims.roles, &claims.permissions].into_iter().flatten().any(|(of, _)| *of == index)
}

fn place_ident(index: usize) -> Ident {
    format_ident!("field_{index}")
}

fn tree(private: Private<'_>, nodes: &[Node]) -> TokenStream {
    let nodes = nodes.iter().map(|Node { name, then }| {
        let place = match then {
            Then::Place(number) => quote!(Value(#number)),
            Then::Members(members) => {
                let members = tree(private, members);
                quote!(Object(#members))
            }
        };
        quote!(#private::ClaimNode { name: #name, place: #private::Place::#place })
    });
    quote!(&[#(#nodes),*])
}

/// Finds the handle in the state, and makes the claims an argument of handlers.
fn in_state(claims: &Checked) -> TokenStream {
    let private = claims.krate.private();
    let ident = &claims.ident;
    quote! {
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl<__S> #private::InState<__S> for #ident
        where
            #private::Issuer<#ident>: #private::axum::extract::FromRef<__S>,
        {
            type Gate = #private::Issuer<#ident>;

            fn gate(state: &__S) -> #private::Issuer<#ident> {
                #private::axum::extract::FromRef::from_ref(state)
            }
        }

        #private::claims_extractors! { impl<__S> #ident where { #ident: #private::InState<__S> } }
    }
}
