//! [`Checked`] → tokens, one method a generated item. Nothing here can fail, and nothing here decides: constants, field
//! access, single calls. Whoever wants to write an `if` into an expansion wants a function in the runtime crate.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::model::{ActiveForm, Checked, Field};
use super::{claims, sql};

pub(super) fn expand(user: &Checked) -> TokenStream {
    let items = [
        claims::claims(user),
        registration(user),
        auth_user(user),
        has_role(user).unwrap_or_default(),
        extractor(user, &user.ident, "extract_user"),
        extractor(user, &user.claims_ident, "extract_claims"),
        sql_user(user),
        hash_stays_hidden(user).unwrap_or_default(),
    ];
    items.into_iter().collect()
}

/// What sign-up takes from the body.
fn registration(user: &Checked) -> TokenStream {
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
    // Numbered, because a field may be called `fields`.
    let taken: Vec<_> = (0..fields.len()).map(|number| format_ident!("field_{number}")).collect();
    let indices = Vec::from_iter(0..logins.len());
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
                #(let #taken = fields.take::<#types>(#columns);)*
                ::core::option::Option::Some(Self { #(#names: #taken?,)* })
            }

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

fn auth_user(user: &Checked) -> TokenStream {
    let Checked { ident, claims_ident, registration_ident, id, .. } = user;
    let private = user.krate.private();
    let (id_ident, id_ty) = (&id.ident, &id.ty);
    let roles = user.roles.as_ref().map_or_else(
        || quote!(#private::NoRoles),
        |roles| {
            let ty = &roles.field.ty;
            quote!(#ty)
        },
    );
    let schema = schema(user);
    let login = login(user);
    let password_hash = password_hash(user);
    let is_active = is_active(user);
    let is_verified = is_verified(user);
    let claims = claims::of_user(user);
    let profile = profile(user);
    let new_id = user.generates_id.then(|| {
        quote! {
            fn new_id(uuid: &str) -> ::core::option::Option<Self::Id> {
                ::core::str::FromStr::from_str(uuid).ok()
            }
        }
    });
    quote! {
        #[automatically_derived]
        impl #private::AuthUser for #ident {
            type Id = #id_ty;
            type Claims = #claims_ident;
            type Registration = #registration_ident;
            type Roles = #roles;

            const SCHEMA: &'static #private::Schema = &#schema;

            fn id(&self) -> &Self::Id {
                &self.#id_ident
            }

            #login
            #password_hash
            #is_active
            #is_verified
            #claims

            fn subject(claims: &Self::Claims) -> &Self::Id {
                &claims.sub
            }

            #profile
            #new_id
        }
    }
}

/// `Schema { … }`
fn schema(user: &Checked) -> TokenStream {
    let private = user.krate.private();
    let name = user.ident.unraw().to_string();
    let (table, id, columns) = (&user.table, &user.id.column, &user.columns);
    let logins = user.logins.iter().map(|login| {
        let (column, exact, select) = (&login.field.column, login.exact, sql::select(user, &login.field));
        quote!(#private::Login { column: #column, exact: #exact, select: #select })
    });
    let password = user.password.as_ref().map(|password| &password.field.column);
    let password = password
        .map_or_else(|| quote!(::core::option::Option::None), |column| quote!(::core::option::Option::Some(#column)));
    let statements = sql::statements(user);
    quote! {
        #private::Schema {
            name: #name,
            table: #table,
            id: #id,
            columns: &[#(#columns),*],
            logins: &[#(#logins),*],
            password: #password,
            sql: #statements,
        }
    }
}

fn login(user: &Checked) -> TokenStream {
    let values = user.logins.iter().map(|login| {
        let ident = &login.field.ident;
        let as_str = quote_spanned!(login.field.ty.span()=> ::core::convert::AsRef::<str>::as_ref);
        if login.optional {
            quote!(self.#ident.as_ref().map(#as_str))
        } else {
            quote!(::core::option::Option::Some(#as_str(&self.#ident)))
        }
    });
    let indices = 0..user.logins.len();
    quote! {
        fn login(&self, index: usize) -> ::core::option::Option<&str> {
            match index {
                #(#indices => #values,)*
                _ => ::core::option::Option::None,
            }
        }
    }
}

fn password_hash(user: &Checked) -> TokenStream {
    let private = user.krate.private();
    let text = user.password.as_ref().map_or_else(
        || quote!(::core::option::Option::None),
        |password| {
            let (ident, span) = (&password.field.ident, password.field.ty.span());
            quote_spanned!(span=> #private::HoldsHash::hash_text(&self.#ident))
        },
    );
    quote! {
        fn password_hash(&self) -> ::core::option::Option<&str> {
            #text
        }
    }
}

fn is_active(user: &Checked) -> TokenStream {
    let active = user.active.as_ref().map_or_else(
        || quote!(true),
        |active| {
            let ident = &active.field.ident;
            if active.form == ActiveForm::Flag { quote!(self.#ident) } else { quote!(self.#ident.is_none()) }
        },
    );
    quote! {
        fn is_active(&self) -> bool {
            #active
        }
    }
}

fn is_verified(user: &Checked) -> TokenStream {
    let verified = user.verified.as_ref().map_or_else(
        || quote!(::core::option::Option::None),
        |verified| {
            let ident = &verified.field.ident;
            let value = if verified.nullable { quote!(self.#ident.is_some()) } else { quote!(self.#ident) };
            quote!(::core::option::Option::Some(#value))
        },
    );
    quote! {
        fn is_verified(&self) -> ::core::option::Option<bool> {
            #verified
        }
    }
}

/// What `GET /me` answers.
fn profile(user: &Checked) -> TokenStream {
    let private = user.krate.private();
    let put = |name: &str, field: &Field| {
        let ident = &field.ident;
        quote!(profile.put(#name, &self.#ident);)
    };
    let logins = user.logins.iter().map(|login| put(&login.field.column, &login.field));
    let roles = user.roles.as_ref().map(|roles| {
        let ident = &roles.field.ident;
        if roles.many {
            put("roles", &roles.field)
        } else {
            quote!(profile.put("roles", &[#private::AuthRole::name(&self.#ident)]);)
        }
    });
    let is_login =
        |field: &Field| user.logins.iter().any(|login| login.field.column == field.ident.unraw().to_string());
    let claims =
        user.claims.iter().filter(|field| !is_login(field)).map(|field| put(&field.ident.unraw().to_string(), field));
    let id = put("id", &user.id);
    quote! {
        fn profile(&self, profile: &mut #private::Profile) {
            #id
            #(#logins)*
            #roles
            #(#claims)*
        }
    }
}

fn has_role(user: &Checked) -> Option<TokenStream> {
    let roles = user.roles.as_ref()?;
    let private = user.krate.private();
    let (ident, role, field) = (&user.ident, &roles.role, &roles.field.ident);
    let claim = claims::roles_claim(roles);
    Some(quote! {
        #[automatically_derived]
        impl #private::HasRole<#role> for #ident {
            fn row_holds(&self, role: &#role) -> bool {
                #private::RoleSet::holds(&self.#field, role)
            }

            fn claims_hold(claims: &Self::Claims, role: &#role) -> bool {
                #private::RoleSet::holds(&claims.#claim, role)
            }
        }
    })
}

/// `FromRequestParts` for `target`, required and optional: one call each.
fn extractor(user: &Checked, target: &syn::Ident, call: &str) -> TokenStream {
    let private = user.krate.private();
    let ident = &user.ident;
    let (required, optional) = (format_ident!("{call}"), format_ident!("{call}_opt"));
    quote! {
        #[automatically_derived]
        impl<__S> #private::axum::extract::FromRequestParts<__S> for #target
        where
            __S: ::core::marker::Send + ::core::marker::Sync,
            #ident: #private::InState<__S>,
        {
            type Rejection = #private::Rejection;

            async fn from_request_parts(
                parts: &mut #private::axum::http::request::Parts,
                state: &__S,
            ) -> ::core::result::Result<Self, Self::Rejection> {
                #private::#required::<#ident, __S>(parts, state).await
            }
        }

        #[automatically_derived]
        impl<__S> #private::axum::extract::OptionalFromRequestParts<__S> for #target
        where
            __S: ::core::marker::Send + ::core::marker::Sync,
            #ident: #private::InState<__S>,
        {
            type Rejection = #private::Rejection;

            async fn from_request_parts(
                parts: &mut #private::axum::http::request::Parts,
                state: &__S,
            ) -> ::core::result::Result<::core::option::Option<Self>, Self::Rejection> {
                #private::#optional::<#ident, __S>(parts, state).await
            }
        }
    }
}

/// What is bound to the statements. The runtime crate makes it an impl if it was built with sqlx: a derive cannot see
/// the features of another crate.
fn sql_user(user: &Checked) -> TokenStream {
    let private = user.krate.private();
    let ident = &user.ident;
    // Invisible to the expressions under `default = …`.
    let name = |name: &str| syn::Ident::new(name, Span::mixed_site());
    let (id, new, args, roles, value) = (name("id"), name("new"), name("args"), name("roles"), name("value"));
    let new_id = user.generates_id.then(|| quote!(#args.add(&#new.id)?;));
    let password =
        user.password.as_ref().map(|_| quote!(#args.add(#new.password_hash.as_ref().map(|hash| hash.expose()))?;));
    let registration = user.logins.iter().map(|login| &login.field).chain(&user.register).map(|field| &field.ident);
    let (logins, register): (Vec<_>, Vec<_>) =
        registration.enumerate().partition(|(place, _)| *place < user.logins.len());
    let (logins, register) = (logins.into_iter().map(|(_, ident)| ident), register.into_iter().map(|(_, ident)| ident));
    let defaults = user.defaults.iter().map(|(field, default)| {
        let ty = &field.ty;
        quote!(let #value: #ty = #default; #args.add(#value)?;)
    });
    let bind_roles = user.roles.as_ref().map_or_else(
        || quote!(fn roles(_roles, _args) {}),
        |_| quote!(fn roles(#roles, #args) { #args.add(#roles)?; }),
    );
    quote! {
        #private::sql_user! {
            impl #ident {
                fn id(#id, #args) {
                    #args.add(#id)?;
                }
                fn new(#new, #args) {
                    #new_id
                    #(#args.add(&#new.registration.#logins)?;)*
                    #password
                    #(#args.add(&#new.registration.#register)?;)*
                    #(#defaults)*
                }
                #bind_roles
            }
        }
    }
}

/// A hash in a bare `String` is printed by `Debug` and sent by `Serialize`, and a derive cannot see its siblings. So
/// the type is asked, in a constant: an inherent item is preferred to a trait's of the same name, if its bounds hold.
fn hash_stays_hidden(user: &Checked) -> Option<TokenStream> {
    let password = user.password.as_ref().filter(|password| !password.redacted)?;
    let private = user.krate.private();
    let serde = quote!(#private::serde);
    let (ident, hash) = (&user.ident, &password.field.ty);
    let message = |derived: &str, does: &str| {
        let (user, field) = (user.ident.unraw(), password.field.ident.unraw());
        format!(
            "`{user}` is `{derived}`, which {does} the password hash: give the field `{field}` the type `auth::PasswordHash`, or remove `{derived}`"
        )
    };
    let (debug, serialize) = (message("Debug", "prints"), message("Serialize", "sends"));
    let span = hash.span();
    let debug = quote_spanned! {span=>
        ::core::assert!(<__Ask<#hash>>::REDACTED || !<__Ask<#ident>>::DEBUG, #debug);
    };
    let serialize = quote_spanned! {span=>
        ::core::assert!(<__Ask<#hash>>::REDACTED || !<__Ask<#ident>>::SERIALIZE, #serialize);
    };
    Some(quote! {
        #[allow(dead_code)]
        const _: () = {
            struct __Ask<T>(T);
            trait __Otherwise {
                const REDACTED: bool = false;
                const DEBUG: bool = false;
                const SERIALIZE: bool = false;
            }
            impl<T> __Otherwise for __Ask<T> {}
            impl __Ask<#private::PasswordHash> {
                const REDACTED: bool = true;
            }
            impl __Ask<::core::option::Option<#private::PasswordHash>> {
                const REDACTED: bool = true;
            }
            impl<T: ::core::fmt::Debug> __Ask<T> {
                const DEBUG: bool = true;
            }
            impl<T: #serde::Serialize> __Ask<T> {
                const SERIALIZE: bool = true;
            }
            #debug
            #serialize
        };
    })
}
