//! The claims struct. Flat, never `serde(flatten)`, which would parse every token twice and accept duplicate claims.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;

use super::model::{Checked, Permissions, Roles};

/// Returns the claim for roles, whatever the field is called.
pub(super) fn roles_claim(roles: &Roles) -> Ident {
    if roles.many { format_ident!("roles") } else { format_ident!("role") }
}

/// Returns the claim for the user's own permissions, whatever the field is called.
pub(super) fn permissions_claim(permissions: &Permissions) -> Ident {
    if permissions.scope { format_ident!("scope") } else { format_ident!("permissions") }
}

/// Generates the struct and its `impl Claims`.
pub(super) fn claims(user: &Checked) -> TokenStream {
    let Checked { ident, vis, claims_ident, id, .. } = user;
    let private = user.krate.private();
    let id_ty = &id.ty;
    let (serde, subject) = (user.krate.private_text("serde"), user.krate.private_text("subject"));
    let doc = format!("What an access token says about a [`{ident}`].");
    let roles = user.roles.as_ref().map(|roles| {
        let (name, ty) = (roles_claim(roles), &roles.field.ty);
        let doc = if roles.many { "The roles when it was issued." } else { "The role when it was issued." };
        quote!(#[doc = #doc] pub #name: #ty,)
    });
    let permissions = permissions(user);
    let email_verified = user.verified.as_ref().map(|_| {
        quote! {
            /// Whether the e-mail address was confirmed when the token was issued.
            pub email_verified: bool,
        }
    });
    let verified = user.verified.as_ref().map(|_| {
        quote! {
            fn verified(&self) -> ::core::option::Option<bool> {
                ::core::option::Option::Some(self.email_verified)
            }
        }
    });
    let row_stamp = user.created.as_ref().map(|_| {
        quote! {
            /// Tells the user's row from a later one with the same id.
            #[serde(default, skip_serializing_if = "::core::option::Option::is_none")]
            pub auth_row: ::core::option::Option<#private::RowStamp>,
        }
    });
    let created = user.created.as_ref().map(|_| {
        quote! {
            fn created(&self) -> ::core::option::Option<#private::RowStamp> {
                self.auth_row
            }
        }
    });
    let names = user.claims.iter().map(|field| &field.ident);
    let types = user.claims.iter().map(|field| &field.ty);
    let docs = user.claims.iter().map(|field| format!("`{}` when it was issued.", field.ident));
    quote! {
        #[doc = #doc]
        #[derive(
            ::core::clone::Clone,
            ::core::fmt::Debug,
            #private::serde::Serialize,
            #private::serde::Deserialize,
        )]
        #[serde(crate = #serde)]
        #vis struct #claims_ident {
            /// The issuer (`iss`).
            pub iss: #private::Name,
            /// The audience (`aud`).
            pub aud: #private::Audience,
            /// The user's id (`sub`).
            #[serde(with = #subject)]
            pub sub: #id_ty,
            /// When the token was issued, in seconds since 1970.
            pub iat: u64,
            /// When the token expires, in seconds since 1970.
            pub exp: u64,
            /// When the token becomes valid, in seconds since 1970.
            #[serde(default, skip_serializing_if = "::core::option::Option::is_none")]
            pub nbf: ::core::option::Option<u64>,
            /// The token's id.
            pub jti: #private::TokenId,
            /// The session the token belongs to.
            pub sid: #private::SessionId,
            /// When the user last authenticated, in seconds since 1970.
            pub auth_time: u64,
            /// How the user authenticated.
            pub amr: #private::Amr,
            /// The user's generation when the token was issued: raising it revokes older tokens.
            #[serde(rename = "gen")]
            pub generation: u64,
            /// The store that the session is in.
            #[serde(default, skip_serializing_if = "::core::option::Option::is_none")]
            pub auth_store: ::core::option::Option<#private::StoreId>,
            #roles
            #permissions
            #email_verified
            #row_stamp
            #(#[doc = #docs] pub #names: #types,)*
        }

        #[automatically_derived]
        impl #private::Claims for #claims_ident {
            fn registered(&self) -> #private::Registered<'_> {
                #private::Registered {
                    iss: &self.iss,
                    aud: &self.aud,
                    iat: self.iat,
                    exp: self.exp,
                    nbf: self.nbf,
                    sid: &self.sid,
                    auth_time: self.auth_time,
                    amr: &self.amr,
                    generation: self.generation,
                    store: self.auth_store,
                }
            }

            #verified
            #created
        }
    }
}

/// Generates the field for the user's own permissions: a list, or a space-separated text.
fn permissions(user: &Checked) -> Option<TokenStream> {
    let permissions = user.permissions.as_ref()?;
    let (name, ty) = (permissions_claim(permissions), &permissions.field.ty);
    let attribute = permissions.scope.then(|| {
        let path = |function: &str| user.krate.private_text(function);
        let (serialize, deserialize, empty) =
            (path("scope_to_text"), path("scope_from_text"), path("Permissions::is_empty"));
        quote! {
            #[serde(
                default,
                skip_serializing_if = #empty,
                serialize_with = #serialize,
                deserialize_with = #deserialize
            )]
        }
    });
    Some(quote! {
        /// The permissions the user had when the token was issued, in addition to those granted by roles.
        #attribute
        pub #name: #ty,
    })
}

/// Generates `fn claims` of `AuthUser`.
pub(super) fn of_user(user: &Checked) -> TokenStream {
    let private = user.krate.private();
    let (claims_ident, id) = (&user.claims_ident, &user.id.ident);
    let clone = quote!(::core::clone::Clone::clone);
    let roles = user.roles.as_ref().map(|roles| {
        let (claim, field) = (roles_claim(roles), &roles.field.ident);
        quote!(#claim: #clone(&self.#field),)
    });
    let permissions = user.permissions.as_ref().map(|permissions| {
        let (claim, field) = (permissions_claim(permissions), &permissions.field.ident);
        quote!(#claim: #clone(&self.#field),)
    });
    // A user type with a `verified` field always returns `Some`.
    let verified = user
        .verified
        .as_ref()
        .map(|_| quote!(email_verified: #private::Principal::row_verified(self).unwrap_or_default(),));
    let created = user.created.as_ref().map(|_| quote!(auth_row: #private::AuthUser::created(self),));
    let fields = user.claims.iter().map(|field| &field.ident);
    quote! {
        fn claims(&self, token: #private::TokenClaims) -> Self::Claims {
            #claims_ident {
                iss: token.iss,
                aud: token.aud,
                sub: #clone(&self.#id),
                iat: token.iat,
                exp: token.exp,
                nbf: ::core::option::Option::None,
                jti: token.jti,
                sid: token.sid,
                auth_time: token.auth_time,
                amr: token.amr,
                generation: token.generation,
                auth_store: token.store,
                #roles
                #permissions
                #verified
                #created
                #(#fields: #clone(&self.#fields),)*
            }
        }
    }
}
