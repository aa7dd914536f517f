//! What is bound to the SQL statements.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{Ident, Type};

use super::model::{Checked, Field};
use super::sql::{Inserted, inserted};
use crate::types;

/// Generates what is bound to the statements. The runtime crate turns it into an impl if it was built with sqlx: a
/// derive cannot see the features of another crate.
pub(super) fn sql_user(user: &Checked) -> TokenStream {
    let private = user.krate.private();
    let ident = &user.ident;
    // Invisible to the expressions in `default = …`.
    let name = |name: &str| Ident::new(name, Span::mixed_site());
    let (id, new, args, roles, value) = (name("id"), name("new"), name("args"), name("roles"), name("value"));
    let bind_new = inserted(user).map(|inserted| match inserted {
        Inserted::Id(_) => quote!(#args.add(&#new.id)?;),
        Inserted::Body(field) => {
            let field = &field.ident;
            quote!(#args.add(&#new.registration.#field)?;)
        }
        Inserted::Password(_) => quote!(#args.add(&#new.password_hash)?;),
        Inserted::Fixed(field, fixed) => {
            let ty = &field.ty;
            quote!(let #value: #ty = #fixed; #args.add(#value)?;)
        }
    });
    let bind_roles = user.roles.as_ref().map_or_else(
        || quote!(fn roles(_roles, _args) {}),
        |_| quote!(fn roles(#roles, #args) { #args.add(#roles)?; }),
    );
    let permissions = name("permissions");
    let bind_permissions = user.permissions.as_ref().map_or_else(
        || quote!(fn permissions(_permissions, _args) {}),
        |_| quote!(fn permissions(#permissions, #args) { #args.add(#permissions)?; }),
    );
    let typed = user.typed.iter().map(|Field { column, ty, .. }| quote!(#column: #ty));
    let db = Ident::new("__DB", Span::call_site());
    let values = values(user, &db);
    quote! {
        #private::sql_user! {
            impl<#db> #ident where { #(#values,)* } {
                fn id(#id, #args) {
                    #args.add(#id)?;
                }
                fn new(#new, #args) {
                    #(#bind_new)*
                }
                #bind_roles
                #bind_permissions
            }
            columns { #(#typed),* }
        }
    }
}

/// Returns, for the type of each value that is bound, that the driver can take it: at the field, where the compiler
/// points if one cannot.
fn values(user: &Checked, db: &Ident) -> Vec<TokenStream> {
    let private = user.krate.private();
    let new = inserted(user).map(|inserted| match inserted {
        Inserted::Id(field) => (field, some(&field.ty)),
        Inserted::Body(field) if user.logins.iter().any(|login| login.field.ident == field.ident) => {
            (field, quote!(::std::string::String))
        }
        Inserted::Password(field) => (field, some(&quote!(#private::PasswordHash))),
        Inserted::Body(field) | Inserted::Fixed(field, _) => (field, field.ty.to_token_stream()),
    });
    let roles = user.roles.as_ref().map(|roles| &roles.field);
    let permissions = user.permissions.as_ref().map(|permissions| &permissions.field);
    let written = std::iter::once(&user.id).chain(roles).chain(permissions);
    let written = written.map(|field| (field, field.ty.to_token_stream()));
    let condition = |(field, ty): (&Field, TokenStream)| {
        // Every token of it, or else the compiler shows the derive.
        let at = |token: TokenTree| located(token, field.ty.span());
        let value = value_trait(&field.ty);
        let can_take: TokenStream = quote!(#private::#value<#db>).into_iter().map(at).collect();
        quote!(#ty: #can_take)
    };
    written.chain(new).map(condition).collect()
}

/// Returns what the compiler is to ask about a type. They are all the same, but those with the name of a type that sqlx
/// has a feature for say so.
fn value_trait(ty: &Type) -> Ident {
    let ty = types::without_option(ty);
    let name = types::last_segment(ty).map(|segment| segment.ident.to_string());
    let value = match name.as_deref() {
        Some("Uuid") => "SqlUuid",
        Some("DateTime" | "NaiveDate" | "NaiveDateTime" | "NaiveTime") => "SqlChrono",
        Some("OffsetDateTime" | "PrimitiveDateTime") => "SqlTime",
        Some("Value") => "SqlJson",
        Some("Decimal") => "SqlDecimal",
        Some("BigDecimal") => "SqlBigDecimal",
        Some("IpNetwork") => "SqlIpNetwork",
        _ => "SqlValue",
    };
    Ident::new(value, Span::call_site())
}

fn located(mut token: TokenTree, span: Span) -> TokenTree {
    token.set_span(token.span().located_at(span));
    token
}

fn some(ty: &impl ToTokens) -> TokenStream {
    quote!(::core::option::Option<#ty>)
}
