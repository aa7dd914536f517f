//! Struct → [`Raw`]: reads attributes and judges each argument by itself.

use proc_macro2::TokenStream;
use syn::{Data, DeriveInput, Fields, Generics, LitStr, Path};

use super::model::{FieldRole, IdSource, Mfa, Raw, RawField, SqlxField};
use crate::attr::{self, MetaItem};
use crate::diagnostics::{Diagnostics, did_you_mean, one_of};
use crate::protected::held_rule;
use crate::set_once::SetOnce;
use crate::types;

/// Reads the struct as written; returns `None` if there is nothing to continue with.
pub(super) fn raw(input: TokenStream, diagnostics: &mut Diagnostics) -> Option<Raw> {
    let input = diagnostics.ok_or_record(syn::parse2::<DeriveInput>(input))?;
    let before = diagnostics.count();
    no_generics(&input.generics, diagnostics);
    let fields = match input.data {
        Data::Struct(data) => match data.fields {
            Fields::Named(fields) => fields.named,
            Fields::Unnamed(_) | Fields::Unit => {
                diagnostics.error(&input.ident, "a user is a struct with named fields: `struct User { id: i64, … }`");
                return None;
            }
        },
        Data::Enum(data) => {
            diagnostics.error(
                data.enum_token,
                "a user is a struct; for an enum of roles derive `AuthRole`, for one of permissions `AuthPermission`",
            );
            return None;
        }
        Data::Union(data) => {
            diagnostics.error(data.union_token, "a user is a struct, not a union");
            return None;
        }
    };
    // Bounds do not help either: a user type stands for one table.
    if diagnostics.count() > before {
        return None;
    }

    let mut raw = Raw {
        ident: input.ident,
        vis: input.vis,
        table: SetOnce::default(),
        claims: SetOnce::default(),
        registration: SetOnce::default(),
        krate: SetOnce::default(),
        mfa: SetOnce::default(),
        rename_all: SetOnce::default(),
        understood: true,
        fields: Vec::new(),
    };
    for item in attr::meta_items(&input.attrs, "auth", diagnostics) {
        struct_argument(&mut raw, &item, diagnostics);
    }
    raw.understood = diagnostics.count() == before;
    for item in attr::foreign_meta_items(&input.attrs, "sqlx") {
        if item.is("rename_all") {
            // sqlx reports a wrong value itself.
            let text = item.text(&mut Diagnostics::default());
            set(&mut raw.rename_all, &item, text, &mut Diagnostics::default());
        }
    }
    raw.fields = fields.into_iter().filter_map(|field| self::field(field, diagnostics)).collect();
    Some(raw)
}

fn no_generics(generics: &Generics, diagnostics: &mut Diagnostics) {
    if !generics.params.is_empty() {
        let message = "a user type stands for one table and cannot be generic; write the concrete type";
        diagnostics.error(&generics.params, message);
    } else if let Some(clause) = &generics.where_clause {
        diagnostics.error(clause, "a user type cannot have a `where` clause");
    }
}

/// The arguments on the struct.
const OF_STRUCT: [&str; 5] = ["table", "claims", "registration", "crate", "mfa"];

fn struct_argument(raw: &mut Raw, item: &MetaItem, diagnostics: &mut Diagnostics) {
    if item.is("table") {
        let table: Option<LitStr> = item.text(diagnostics);
        set(&mut raw.table, item, table, diagnostics);
    } else if item.is("claims") {
        let claims = item.ident(diagnostics);
        set(&mut raw.claims, item, claims, diagnostics);
    } else if item.is("registration") {
        let registration = item.ident(diagnostics);
        set(&mut raw.registration, item, registration, diagnostics);
    } else if item.is("crate") {
        let path: Option<Path> = item.path(diagnostics);
        set(&mut raw.krate, item, path, diagnostics);
    } else if item.is("mfa") {
        let mfa = mfa(item, diagnostics);
        set(&mut raw.mfa, item, mfa, diagnostics);
    } else if FieldRole::parse(&item.name).is_some() {
        diagnostics.error(&item.name, format_args!("`{}` belongs on a field, not on the struct", item.name));
    } else {
        unknown(item, "a user type", &OF_STRUCT, diagnostics);
    }
}

/// Reads `mfa` or `mfa(Role::Admin || Permission::Pay)`.
fn mfa(item: &MetaItem, diagnostics: &mut Diagnostics) -> Option<Mfa> {
    match item.rule() {
        Some(rule) => held_rule(&item.name, rule.clone(), diagnostics).map(Mfa::Those),
        None => item.list(diagnostics).map(|_| Mfa::Everybody),
    }
}

fn field(field: syn::Field, diagnostics: &mut Diagnostics) -> Option<RawField> {
    let items = attr::meta_items(&field.attrs, "auth", diagnostics);
    let mut raw = RawField {
        ident: field.ident?,
        ty: field.ty,
        field_roles: Vec::new(),
        id: SetOnce::default(),
        login: SetOnce::default(),
        password_hash: SetOnce::default(),
        active: SetOnce::default(),
        role: SetOnce::default(),
        roles: SetOnce::default(),
        permissions: SetOnce::default(),
        verified: SetOnce::default(),
        mail: SetOnce::default(),
        locale: SetOnce::default(),
        created: SetOnce::default(),
        claim: SetOnce::default(),
        register: SetOnce::default(),
        default: SetOnce::default(),
        skip: SetOnce::default(),
        sqlx: sqlx_field(&attr::foreign_meta_items(&field.attrs, "sqlx")),
    };
    for item in items {
        field_argument(&mut raw, &item, diagnostics);
    }
    Some(raw)
}

fn field_argument(raw: &mut RawField, item: &MetaItem, diagnostics: &mut Diagnostics) {
    let Some(kind) = FieldRole::parse(&item.name) else {
        if OF_STRUCT.iter().any(|name| item.is(name)) && !item.is("claims") {
            diagnostics.error(&item.name, format_args!("`{}` belongs on the struct, not on a field", item.name));
        } else {
            unknown(item, "a field", &FieldRole::ALL.map(|(name, _)| name), diagnostics);
        }
        return;
    };
    match kind {
        FieldRole::Id => {
            let source = item.choice(&["generate", "database"], diagnostics).map(|choice| match choice {
                "generate" => IdSource::Generate,
                "database" => IdSource::Database,
                _ => IdSource::BySpelling,
            });
            raw.id.set(&item.name, source.unwrap_or(IdSource::BySpelling), diagnostics);
        }
        FieldRole::Login => {
            let exact = item.choice(&["exact"], diagnostics).map(|choice| choice == "exact");
            raw.login.set(&item.name, exact.unwrap_or_default(), diagnostics);
        }
        FieldRole::Permissions => {
            let scope = item.choice(&["scope"], diagnostics).map(|choice| choice == "scope");
            raw.permissions.set(&item.name, scope.unwrap_or_default(), diagnostics);
        }
        FieldRole::Active => {
            let when_null = active(item, diagnostics);
            raw.active.set(&item.name, when_null.unwrap_or_else(|| types::is_named(&raw.ty, "Option")), diagnostics);
        }
        FieldRole::Default => {
            let value = item.expr(diagnostics);
            set(&mut raw.default, item, value, diagnostics);
        }
        FieldRole::PasswordHash => flag(&mut raw.password_hash, item, diagnostics),
        FieldRole::Role => flag(&mut raw.role, item, diagnostics),
        FieldRole::Roles => flag(&mut raw.roles, item, diagnostics),
        FieldRole::Verified => {
            let required = item.choice(&["required"], diagnostics).map(|choice| choice == "required");
            raw.verified.set(&item.name, required.unwrap_or_default(), diagnostics);
        }
        FieldRole::Mail => flag(&mut raw.mail, item, diagnostics),
        FieldRole::Locale => flag(&mut raw.locale, item, diagnostics),
        FieldRole::Created => flag(&mut raw.created, item, diagnostics),
        FieldRole::Claim => flag(&mut raw.claim, item, diagnostics),
        FieldRole::Register => flag(&mut raw.register, item, diagnostics),
        FieldRole::Skip => flag(&mut raw.skip, item, diagnostics),
    }
    // A repeated argument has already been reported; don't let it conflict with itself.
    if !raw.field_roles.iter().any(|(known, _)| *known == kind) {
        raw.field_roles.push((kind, item.name.clone()));
    }
}

/// Reads `active` or `active(when = "is_null")`.
fn active(item: &MetaItem, diagnostics: &mut Diagnostics) -> Option<bool> {
    let items = item.list(diagnostics)?;
    let [condition] = items else {
        if let Some(second) = items.get(1) {
            diagnostics.error(&second.name, "`active` takes one condition: `active(when = \"is_null\")`");
            return None;
        }
        return Some(false);
    };
    if !condition.is("when") {
        diagnostics.error(&condition.name, "write `active` or `active(when = \"is_null\")`");
        return None;
    }
    let text = condition.text(diagnostics)?;
    if text.value() != "is_null" {
        diagnostics.error(&text, "the one condition there is: `when = \"is_null\"`");
        return None;
    }
    Some(true)
}

fn sqlx_field(items: &[MetaItem]) -> SqlxField {
    let mut field = SqlxField::default();
    // sqlx reports errors in its own attributes.
    let silent = &mut Diagnostics::default();
    for item in items {
        if item.is("rename") {
            let text = item.text(silent);
            set(&mut field.rename, item, text, silent);
        } else if item.is("skip") {
            field.skip = true;
        } else if item.is("flatten") {
            field.flatten = Some(item.name.clone());
        } else if item.is("json") || item.is("try_from") {
            field.converted = true;
        }
    }
    field
}

fn flag(slot: &mut SetOnce<()>, item: &MetaItem, diagnostics: &mut Diagnostics) {
    item.require_path_only(diagnostics);
    slot.set(&item.name, (), diagnostics);
}

fn set<T>(slot: &mut SetOnce<T>, item: &MetaItem, value: Option<T>, diagnostics: &mut Diagnostics) {
    if let Some(value) = value {
        slot.set(&item.name, value, diagnostics);
    }
}

fn unknown(item: &MetaItem, on: &str, known: &[&'static str], diagnostics: &mut Diagnostics) {
    let name = item.name.to_string();
    let hint = did_you_mean(&name, known.iter().copied());
    let hint = if hint.is_empty() { format!("; write {}", one_of(known.iter().copied())) } else { hint };
    diagnostics.error(&item.name, format_args!("`{name}` is not an argument of `#[auth(…)]` on {on}{hint}"));
}
