//! The sign-up type.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::model::{Checked, Field};

/// Generates the type for the sign-up body.
pub(super) fn registration(user: &Checked) -> TokenStream {
    let Checked { ident, vis, registration_ident, .. } = user;
    let private = user.krate.private();
    let doc = format!("What sign-up takes from the body, beside the password, to make a [`{ident}`].");
    let logins: Vec<&Field> = user.logins.iter().map(|login| &login.field).collect();
    let string = quote!(::std::string::String);
    let fields: Vec<(&Field, TokenStream)> = logins
        .iter()
        .map(|field| (*field, string.clone()))
        .chain(user.register.iter().map(|field| {
            (field, {
                let ty = &field.ty;
                quote!(#ty)
            })
        }))
        .collect();
    let names: Vec<_> = fields.iter().map(|(field, _)| &field.ident).collect();
    let types: Vec<_> = fields.iter().map(|(_, ty)| ty).collect();
    let columns: Vec<_> = fields.iter().map(|(field, _)| &field.column).collect();
    let docs = fields.iter().map(|(field, _)| format!("`{}`", field.column));
    // Fields that go into the token are limited in length; otherwise a user could make a token too long for a header.
    let takes = fields.iter().map(|(field, _)| {
        let claimed = user.claims.iter().any(|claim| claim.ident == field.ident);
        if claimed { quote!(take_claim) } else { quote!(take) }
    });
    // Numbered, because a field may be called `fields`.
    let taken: Vec<_> = (0..fields.len()).map(|number| format_ident!("field_{number}")).collect();
    // Only then: a field need not be `Serialize` otherwise.
    let required = user.verified.as_ref().is_some_and(|verified| verified.required);
    let to_body = required.then(|| {
        let puts = fields.iter().map(|(field, _)| {
            let Field { ident, ty, column } = field;
            quote_spanned!(ty.span()=> body.put(#column, &self.#ident);)
        });
        quote! {
            fn to_body(&self) -> ::core::option::Option<#private::Profile> {
                let mut body = <#private::Profile as ::core::default::Default>::default();
                #(#puts)*
                ::core::option::Option::Some(body)
            }
        }
    });
    let indices: Vec<usize> = (0..logins.len()).collect();
    let login_names: Vec<_> = logins.iter().map(|field| &field.ident).collect();
    quote! {
        #[doc = #doc]
        #[derive(::core::clone::Clone)]
        #vis struct #registration_ident {
            #(#[doc = #docs] pub #names: #types,)*
        }

        #[automatically_derived]
        impl #private::Registration for #registration_ident {
            fn from_fields(fields: &mut #private::Fields) -> ::core::option::Option<Self> {
                #(let #taken = fields.#takes::<#types>(#columns);)*
                ::core::option::Option::Some(Self { #(#names: #taken?,)* })
            }

            #to_body

            fn login(&self, index: usize) -> ::core::option::Option<&::core::primitive::str> {
                match index {
                    #(#indices => ::core::option::Option::Some(&self.#login_names),)*
                    _ => ::core::option::Option::None,
                }
            }

            fn login_mut(&mut self, index: usize) -> ::core::option::Option<&mut #string> {
                match index {
                    #(#indices => ::core::option::Option::Some(&mut self.#login_names),)*
                    _ => ::core::option::Option::None,
                }
            }
        }
    }
}
