//! [`Checked`] → tokens, one method per generated item. Nothing here can fail or decide: constants, field accesses,
//! single calls. If an expansion seems to need an `if`, it needs a function in the runtime crate.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::model::{ActiveForm, Checked, Field, Mfa};
use super::{bindings, claims, redaction, registration, roles, sql};
use crate::types;

pub(super) fn expand(user: &Checked) -> TokenStream {
    let holds = roles::holds(user);
    let items = [
        claims::claims(user),
        registration::registration(user),
        principal(user),
        auth_user(user),
        holds.has_role().unwrap_or_default(),
        holds.has_permission().unwrap_or_default(),
        roles::asked_of_claims(user).unwrap_or_default(),
        extractors(user),
        bindings::sql_user(user),
        redaction::hash_stays_hidden(user).unwrap_or_default(),
    ];
    items.into_iter().collect()
}

fn principal(user: &Checked) -> TokenStream {
    let Checked { ident, claims_ident, table, id, .. } = user;
    let private = user.krate.private();
    let (id_ty, name) = (&id.ty, user.ident.unraw().to_string());
    let roles = user.roles.as_ref().map_or_else(
        || quote!(#private::NoRoles),
        |roles| {
            let ty = &roles.field.ty;
            quote!(#ty)
        },
    );
    let permissions = user.permissions.as_ref().map_or_else(
        || quote!(#private::NoPermissions),
        |permissions| {
            let ty = &permissions.field.ty;
            quote!(#ty)
        },
    );
    let mfa = mfa(user);
    let verified = row_verified(user);
    quote! {
        #[automatically_derived]
        impl #private::Principal for #ident {
            type Id = #id_ty;
            type Claims = #claims_ident;
            type Roles = #roles;
            type Permissions = #permissions;

            const REALM: #private::Realm =
                #private::Realm { name: #name, table: ::core::option::Option::Some(#table) };
            #mfa

            fn subject(claims: &Self::Claims) -> &Self::Id {
                &claims.sub
            }

            #verified
        }
    }
}

fn auth_user(user: &Checked) -> TokenStream {
    let Checked { ident, registration_ident, id, .. } = user;
    let private = user.krate.private();
    let id_ident = &id.ident;
    let schema = schema(user);
    let login = login(user);
    let password_hash = password_hash(user);
    let is_active = is_active(user);
    let locale = locale(user);
    let created = created(user);
    let claims = claims::of_user(user);
    let profile = profile(user);
    let ungranted = roles::holds(user).permission().map(|permission| {
        quote! {
            fn ungranted_permissions() -> ::std::vec::Vec<&'static ::core::primitive::str> {
                #private::ungranted::<Self, #permission>()
            }
        }
    });
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
            type Registration = #registration_ident;

            const SCHEMA: &'static #private::Schema = &#schema;

            fn id(&self) -> &Self::Id {
                &self.#id_ident
            }

            #login
            #password_hash
            #is_active
            #locale
            #created
            #claims
            #profile
            #ungranted
            #new_id
        }
    }
}

/// Generates `Schema { … }`.
fn schema(user: &Checked) -> TokenStream {
    let private = user.krate.private();
    let name = user.ident.unraw().to_string();
    let (table, id, columns) = (&user.table, &user.id.column, &user.columns);
    let logins = user.logins.iter().map(|login| {
        let (column, exact, optional, address) = (&login.field.column, login.exact, login.optional, login.address);
        let (select, update) = (sql::select(user, &login.field), sql::set_login(user, &login.field));
        quote! {
            #private::Login {
                column: #column,
                exact: #exact,
                optional: #optional,
                address: #address,
                select: #select,
                update: #update,
            }
        }
    });
    let inserted = sql::inserted_columns(user);
    let password = column(user.password.as_ref());
    let active = column(user.active.as_ref().map(|active| &active.field));
    let verified = column(user.verified.as_ref().map(|verified| &verified.field));
    let verified_required = user.verified.as_ref().is_some_and(|verified| verified.required);
    let mail = index(user.mail);
    let roles = column(user.roles.as_ref().map(|roles| &roles.field));
    let permissions = column(user.permissions.as_ref().map(|permissions| &permissions.field));
    let statements = sql::statements(user);
    quote! {
        #private::Schema {
            name: #name,
            table: #table,
            id: #id,
            columns: &[#(#columns),*],
            logins: &[#(#logins),*],
            inserted: &[#(#inserted),*],
            password: #password,
            active: #active,
            verified: #verified,
            verified_required: #verified_required,
            mail: #mail,
            roles: #roles,
            permissions: #permissions,
            sql: #statements,
        }
    }
}

/// Generates who needs a second factor, if anybody does.
fn mfa(user: &Checked) -> Option<TokenStream> {
    let private = user.krate.private();
    let rule = match user.mfa.as_ref()? {
        Mfa::Everybody => quote!(#private::Rule::SignedIn),
        Mfa::Those(rule) => rule.tree(private, &user.ident),
    };
    Some(quote! {
        const MFA: ::core::option::Option<&'static dyn #private::MfaRule<Self>> = ::core::option::Option::Some(&#rule);
    })
}

/// Generates `Some("column")`, or `None` if the type has no such field.
fn column(field: Option<&Field>) -> TokenStream {
    field.map_or_else(
        || quote!(::core::option::Option::None),
        |Field { column, .. }| quote!(::core::option::Option::Some(#column)),
    )
}

/// Generates `Some(index)`, or `None`.
fn index(index: Option<usize>) -> TokenStream {
    index.map_or_else(|| quote!(::core::option::Option::None), |index| quote!(::core::option::Option::Some(#index)))
}

fn login(user: &Checked) -> TokenStream {
    let values = user.logins.iter().map(|login| text(&login.field, login.optional));
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

/// Generates `Some(&self.field)`, or the same of what an `Option` holds.
fn text(field: &Field, optional: bool) -> TokenStream {
    let ident = &field.ident;
    let as_str = quote_spanned!(field.ty.span()=> ::core::convert::AsRef::<str>::as_ref);
    if optional {
        quote!(self.#ident.as_ref().map(#as_str))
    } else {
        quote!(::core::option::Option::Some(#as_str(&self.#ident)))
    }
}

fn locale(user: &Checked) -> Option<TokenStream> {
    let field = user.locale.as_ref()?;
    let text = text(field, types::is_named(&field.ty, "Option"));
    Some(quote! {
        fn locale(&self) -> ::core::option::Option<&str> {
            #text
        }
    })
}

fn password_hash(user: &Checked) -> TokenStream {
    let private = user.krate.private();
    let text = user.password.as_ref().map_or_else(
        || quote!(::core::option::Option::None),
        |password| {
            let (ident, span) = (&password.ident, password.ty.span());
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
        |active| match active.form {
            ActiveForm::Flag => spanned_value(&active.field, &TokenStream::new()),
            ActiveForm::Null => spanned_value(&active.field, &quote!(.is_none())),
        },
    );
    quote! {
        fn is_active(&self) -> bool {
            #active
        }
    }
}

fn row_verified(user: &Checked) -> Option<TokenStream> {
    let private = user.krate.private();
    let Field { ident, ty, .. } = &user.verified.as_ref()?.field;
    let value = quote_spanned!(ty.span()=> #private::Flag::is_set(&self.#ident));
    Some(quote! {
        fn row_verified(&self) -> ::core::option::Option<bool> {
            ::core::option::Option::Some(#value)
        }
    })
}

fn created(user: &Checked) -> Option<TokenStream> {
    let private = user.krate.private();
    let Field { ident, ty, .. } = user.created.as_ref()?;
    let stamp = quote_spanned!(ty.span()=> #private::RowStamp::of(&self.#ident));
    Some(quote! {
        fn created(&self) -> ::core::option::Option<#private::RowStamp> {
            ::core::option::Option::Some(#stamp)
        }
    })
}

/// Generates `self.field…`, so that an error about its type points at the field.
fn spanned_value(field: &Field, method: &TokenStream) -> TokenStream {
    let ident = &field.ident;
    quote_spanned!(field.ty.span()=> self.#ident #method)
}

/// Generates the response of `GET /me`.
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
            quote!(profile.put("roles", &[#private::NameEnum::name(&self.#ident)]);)
        }
    });
    let permissions = roles::holds(user)
        .permission()
        .map(|permission| quote!(#private::put_permissions::<Self, #permission>(self, profile);));
    let is_login = |field: &Field| user.logins.iter().any(|login| field.ident.unraw() == login.field.column);
    let claims =
        user.claims.iter().filter(|field| !is_login(field)).map(|field| put(&field.ident.unraw().to_string(), field));
    let id = put("id", &user.id);
    quote! {
        fn profile(&self, profile: &mut #private::Profile) {
            #id
            #(#logins)*
            #roles
            #permissions
            #(#claims)*
        }
    }
}

/// Makes the user and the claims arguments of handlers, required and optional. The runtime crate has the four
/// implementations.
fn extractors(user: &Checked) -> TokenStream {
    let private = user.krate.private();
    let (ident, claims) = (&user.ident, &user.claims_ident);
    quote! {
        #private::extractors! { impl<__S> #ident, #claims where { #ident: #private::InState<__S> } }
    }
}
