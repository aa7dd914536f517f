//! [`Raw`] → [`Checked`]: the rules that concern more than one attribute.
//!
//! After a mistake the result contains what was understood, as long as it can be expanded: without the user type, every
//! use of it would be reported as well.

use proc_macro2::TokenStream;
use quote::format_ident;
use syn::ext::IdentExt;
use syn::{LitStr, Type};

use super::model::{
    Active, ActiveForm, Checked, Field, FieldRole, IdSource, Login, Mfa, Permissions, Raw, RawField, Roles, Verified,
};
use super::{conflicts, names};
use crate::case::Case;
use crate::crate_path::CratePath;
use crate::diagnostics::Diagnostics;
use crate::set_once::SetOnce;
use crate::types;

/// Returns the user type, if enough of it was understood.
pub(super) fn checked(raw: Raw, diagnostics: &mut Diagnostics) -> Option<Checked> {
    let table = table(&raw, diagnostics);
    let case = raw.rename_all.value().and_then(|text| Case::parse(&text.value()));
    let columns = columns(&raw.fields, case, diagnostics);
    let (role, roles) =
        (one(&columns, "role", |raw| &raw.role, diagnostics), one(&columns, "roles", |raw| &raw.roles, diagnostics));
    if let (Some(_), Some((_, roles))) = (&role, &roles) {
        let message = "a user has a `role` or `roles`, not both; use `roles` for several";
        diagnostics.error(roles.roles.key(), message);
    }
    let permissions = one(&columns, "permissions", |raw| &raw.permissions, diagnostics);
    let id = one(&columns, "id", |raw| &raw.id, diagnostics);
    let password = one(&columns, "password_hash", |raw| &raw.password_hash, diagnostics);
    let active = one(&columns, "active", |raw| &raw.active, diagnostics);
    let verified = one(&columns, "verified", |raw| &raw.verified, diagnostics);
    let mail = one(&columns, "mail", |raw| &raw.mail, diagnostics).map(|(field, _)| field.ident.clone());
    let locale = one(&columns, "locale", |raw| &raw.locale, diagnostics).map(|(field, _)| field.clone());
    let created = one(&columns, "created", |raw| &raw.created, diagnostics).map(|(field, _)| field.clone());
    // An attribute with a mistake in it still counts as present.
    let has =
        |kind: FieldRole| raw.fields.iter().any(|field| field.field_roles.iter().any(|(known, _)| *known == kind));
    if !has(FieldRole::Id) {
        diagnostics.error(&raw.ident, "which field is the primary key? put `#[auth(id)]` on it");
    }
    let logins = logins(&columns, mail.as_ref(), diagnostics);
    let mail = match &mail {
        Some(named) => logins.iter().position(|login| login.field.ident == *named),
        None => logins.iter().position(|login| login.address),
    };
    if !has(FieldRole::Login) {
        diagnostics.error(
            &raw.ident,
            "what do people sign in with? put `#[auth(login)]` on that field, for example on `email`",
        );
    }
    if !has(FieldRole::PasswordHash) {
        for (field, _) in columns.iter().filter(|(_, raw)| raw.field_roles.is_empty()) {
            if types::is_named(&field.ty, "PasswordHash") {
                let message = "sign-up would leave this field empty: put `#[auth(password_hash)]` on it";
                diagnostics.error(&field.ident, message);
            }
        }
    }
    let active = active.and_then(|(field, raw)| self::active(field, raw, diagnostics));
    let roles = role
        .map(|(field, raw)| Roles { field: field.clone(), role: raw.ty.clone(), many: false })
        .or_else(|| roles.and_then(|(field, raw)| self::roles(field, raw, diagnostics)));
    let permissions = permissions.and_then(|(field, raw)| self::permissions(field, raw, diagnostics));
    let holds_something = [FieldRole::Role, FieldRole::Roles, FieldRole::Permissions].into_iter().any(has);
    if let (Some(Mfa::Those(rule)), false) = (raw.mfa.value(), holds_something) {
        let message = "no user of this type holds anything that a rule could name: write `mfa` for everybody, or put \
                       `#[auth(role)]`, `#[auth(roles)]` or `#[auth(permissions)]` on a field";
        diagnostics.error(rule, message);
    }
    let claims = claims(&columns, diagnostics);
    let register = register(&columns, diagnostics);
    let defaults = defaults(&columns);
    let name = raw.ident.unraw();
    let id = id.map(|(field, raw)| (field.clone(), generates_id(raw)));
    let password = password.map(|(field, _)| field.clone());
    let verified = verified.map(|(field, raw)| self::verified(field, raw, (&logins, mail), diagnostics));
    let typed = columns.iter().filter(|(_, raw)| !raw.sqlx.converted).map(|(field, _)| field.clone()).collect();
    let columns = columns.iter().map(|(field, _)| field.column.clone()).collect();
    let before = diagnostics.count();
    let krate = CratePath::new(raw.krate, diagnostics);
    if let Some(dollar) = krate.dollar_crate() {
        let message =
            "serde takes the path as text, which cannot say `$crate`: write the name of the crate, as in `::web`";
        diagnostics.error(dollar, message);
    }
    if diagnostics.count() > before {
        return None;
    }

    let (id, generates_id) = id?;
    Some(Checked {
        claims_ident: raw.claims.into_value().unwrap_or_else(|| format_ident!("{name}Claims")),
        registration_ident: raw.registration.into_value().unwrap_or_else(|| format_ident!("{name}Registration")),
        ident: raw.ident,
        vis: raw.vis,
        krate,
        table,
        columns,
        typed,
        id,
        generates_id,
        logins,
        mail,
        password,
        active,
        roles,
        permissions,
        verified,
        locale,
        created,
        claims,
        register,
        defaults,
        // The compiler would report the same once more.
        mfa: raw.mfa.into_value().filter(|mfa| holds_something || matches!(mfa, Mfa::Everybody)),
    })
}

fn table(raw: &Raw, diagnostics: &mut Diagnostics) -> String {
    let Some(table) = raw.table.value() else {
        if raw.understood {
            diagnostics
                .error(&raw.ident, "which table are the rows in? put `#[auth(table = \"users\")]` on the struct");
        }
        return String::new();
    };
    names::check_table(&table.value(), table, diagnostics);
    table.value()
}

/// Returns the fields that have a column, each with its own.
fn columns<'a>(
    fields: &'a [RawField],
    case: Option<Case>,
    diagnostics: &mut Diagnostics,
) -> Vec<(Field, &'a RawField)> {
    let mut columns: Vec<(Field, &RawField)> = Vec::new();
    for raw in fields {
        if let Some(flatten) = &raw.sqlx.flatten {
            diagnostics
                .error(flatten, "`flatten` hides columns that the statements must name; write the fields out here");
        }
        let consistent = conflicts::check(raw, diagnostics);
        if raw.skip.is_set() {
            continue;
        }
        if raw.sqlx.skip {
            if let (Some((_, word)), true) = (raw.field_roles.first(), consistent) {
                diagnostics
                    .error(word, format_args!("`{word}` needs a column, and `#[sqlx(skip)]` says there is none"));
            }
            continue;
        }
        let name = raw.ident.unraw().to_string();
        let renamed = raw.sqlx.rename.value();
        let column = renamed.map_or_else(|| case.map_or(name.clone(), |case| case.apply(&name)), LitStr::value);
        let span = renamed.map_or_else(|| raw.ident.span(), LitStr::span);
        names::check_column(&column, span, diagnostics);
        if let Some((other, _)) = columns.iter().find(|(other, _)| other.column == column) {
            diagnostics.error_at(span, format_args!("`{}` is the column `{column}` already", other.ident));
        }
        columns.push((Field { ident: raw.ident.clone(), ty: raw.ty.clone(), column }, raw));
    }
    columns
}

/// Returns the one field with that attribute; a second one is a mistake.
fn one<'a, T: 'a>(
    columns: &'a [(Field, &'a RawField)],
    name: &str,
    slot: impl Fn(&'a RawField) -> &'a SetOnce<T>,
    diagnostics: &mut Diagnostics,
) -> Option<(&'a Field, &'a RawField)> {
    let mut found = columns.iter().filter(|(_, raw)| slot(raw).is_set());
    let (field, raw) = found.next()?;
    for (_, second) in found {
        let more = match name {
            "active" => {
                ": if an account must meet several conditions, put them into one column (in the database, a generated one), or \
                 refuse the others in a hook (`Hooks::before_login`)"
            }
            _ => "",
        };
        let message = format!("`{}` is the `{name}` already; a user has one{more}", field.ident);
        diagnostics.error(slot(second).key(), message);
    }
    Some((field, raw))
}

fn generates_id(raw: &RawField) -> bool {
    match raw.id.value() {
        Some(IdSource::Generate) => true,
        Some(IdSource::Database) => false,
        _ => types::is_named(&raw.ty, "String") || types::is_named(&raw.ty, "Uuid"),
    }
}

/// Returns the login fields. An address is one whose column says "mail", or that is named by `mail`.
fn logins(columns: &[(Field, &RawField)], mail: Option<&syn::Ident>, diagnostics: &mut Diagnostics) -> Vec<Login> {
    let mut logins = Vec::new();
    for (field, raw) in columns {
        let (Some(exact), Some(word)) = (raw.login.value(), raw.login.key()) else { continue };
        not_password(&field.column, word, diagnostics);
        let named = mail == Some(&field.ident);
        let address = named || field.column.to_ascii_lowercase().contains("mail");
        let optional = types::is_named(&raw.ty, "Option");
        logins.push(Login { field: field.clone(), exact: *exact, optional, address });
    }
    logins
}

fn verified(
    field: &Field,
    raw: &RawField,
    (logins, mail): (&[Login], Option<usize>),
    diagnostics: &mut Diagnostics,
) -> Verified {
    let required = raw.verified.value().copied().unwrap_or_default();
    if required && !logins.is_empty() && mail.is_none() {
        let message = "which address has to be confirmed? no login has \"mail\" in its name: put `mail` on it, as in \
                       `#[auth(login, mail)]`";
        diagnostics.error(raw.verified.key(), message);
    }
    Verified { field: field.clone(), required }
}

/// Refuses `password`, which is taken in every request body.
fn not_password(column: &str, word: &syn::Ident, diagnostics: &mut Diagnostics) {
    if column == "password" {
        diagnostics.error(word, "`password` is what request bodies call the password; this column needs another name");
    }
}

fn active(field: &Field, raw: &RawField, diagnostics: &mut Diagnostics) -> Option<Active> {
    let when_null = *raw.active.value()?;
    let nullable = types::is_named(&raw.ty, "Option");
    if nullable && !when_null {
        let message =
            "is the account active when this is null? then write `active(when = \"is_null\")`; else use a `bool`";
        diagnostics.error(raw.active.key(), message);
    } else if when_null && types::is_primitive(&raw.ty) {
        diagnostics.error(&raw.ty, "`active(when = \"is_null\")` wants an `Option`; for a `bool` write `active`");
        return None;
    }
    let form = if when_null || nullable { ActiveForm::Null } else { ActiveForm::Flag };
    Some(Active { field: field.clone(), form })
}

fn roles(field: &Field, raw: &RawField, diagnostics: &mut Diagnostics) -> Option<Roles> {
    let other = "`roles` wants a field of type `auth::Roles<Role>`; for a single role use `role`";
    let role = set_of(&raw.ty, "Roles", "roles", other, diagnostics)?;
    Some(Roles { field: field.clone(), role, many: true })
}

fn permissions(field: &Field, raw: &RawField, diagnostics: &mut Diagnostics) -> Option<Permissions> {
    let other = "`permissions` wants a field of type `auth::Permissions<Permission>`";
    let permission = set_of(&raw.ty, "Permissions", "permissions", other, diagnostics)?;
    Some(Permissions { field: field.clone(), permission, scope: raw.permissions.value().copied().unwrap_or_default() })
}

/// Returns the enum in a field that holds a set of it.
fn set_of(ty: &Type, set: &str, many: &str, other: &str, diagnostics: &mut Diagnostics) -> Option<Type> {
    let of = types::argument_of(ty, set);
    if of.is_none() {
        let message = types::argument_of(ty, "Vec").map_or_else(
            || other.to_owned(),
            |of| {
                let of = types::text(of);
                format!("a list of {many} is stored as text, which a `Vec` is not: write `auth::{set}<{of}>`")
            },
        );
        diagnostics.error(ty, message);
    }
    of.cloned()
}

fn claims(columns: &[(Field, &RawField)], diagnostics: &mut Diagnostics) -> Vec<Field> {
    let mut claims = Vec::new();
    for (field, raw) in columns.iter().filter(|(_, raw)| conflicts::is_allowed(FieldRole::Claim, raw)) {
        let before = diagnostics.count();
        names::check_claim(&field.ident.unraw().to_string(), &field.ident, diagnostics);
        let inner = types::without_option(&raw.ty);
        if let Some(secret) = ["PasswordHash", "Secret"].iter().find(|name| types::is_named(inner, name)) {
            let message = format!("a token can be read by whoever holds it: a `{secret}` cannot be a claim");
            diagnostics.error(raw.claim.key(), message);
        }
        if diagnostics.count() == before {
            claims.push(field.clone());
        }
    }
    claims
}

fn register(columns: &[(Field, &RawField)], diagnostics: &mut Diagnostics) -> Vec<Field> {
    let mut register = Vec::new();
    for (field, raw) in columns.iter().filter(|(_, raw)| conflicts::is_allowed(FieldRole::Register, raw)) {
        if let Some(word) = raw.register.key() {
            not_password(&field.column, word, diagnostics);
        }
        register.push(field.clone());
    }
    register
}

fn defaults(columns: &[(Field, &RawField)]) -> Vec<(Field, TokenStream)> {
    let allowed = columns.iter().filter(|(_, raw)| conflicts::is_allowed(FieldRole::Default, raw));
    allowed.filter_map(|(field, raw)| Some((field.clone(), raw.default.value()?.clone()))).collect()
}
