//! Struct → [`Raw`]: reads attributes and judges each word by itself.

use proc_macro2::TokenStream;
use syn::{Data, DeriveInput, Fields, Generics, LitStr, Path};

use super::model::{IdSource, Kind, Raw, RawField, SqlxField};
use crate::diagnostics::{Diagnostics, did_you_mean, one_of};
use crate::slot::Slot;
use crate::types;
use crate::words::{self, Word};

/// Reads the struct as written; returns `None` if there is nothing to continue with.
pub(super) fn raw(input: TokenStream, diagnostics: &mut Diagnostics) -> Option<Raw> {
    let input = diagnostics.keep(syn::parse2::<DeriveInput>(input))?;
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
        table: Slot::default(),
        claims: Slot::default(),
        registration: Slot::default(),
        krate: Slot::default(),
        rename_all: Slot::default(),
        understood: true,
        fields: Vec::new(),
    };
    for word in words::of(&input.attrs, "auth", diagnostics) {
        struct_word(&mut raw, &word, diagnostics);
    }
    raw.understood = diagnostics.count() == before;
    for word in words::of_foreign(&input.attrs, "sqlx") {
        if word.is("rename_all") {
            // sqlx reports a wrong value itself.
            let text = word.text(&mut Diagnostics::default());
            set(&mut raw.rename_all, &word, text, &mut Diagnostics::default());
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

fn struct_word(raw: &mut Raw, word: &Word, diagnostics: &mut Diagnostics) {
    const KNOWN: [&str; 4] = ["table", "claims", "registration", "crate"];
    if word.is("table") {
        let table: Option<LitStr> = word.text(diagnostics);
        set(&mut raw.table, word, table, diagnostics);
    } else if word.is("claims") {
        let claims = word.ident(diagnostics);
        set(&mut raw.claims, word, claims, diagnostics);
    } else if word.is("registration") {
        let registration = word.ident(diagnostics);
        set(&mut raw.registration, word, registration, diagnostics);
    } else if word.is("crate") {
        let path: Option<Path> = word.path(diagnostics);
        set(&mut raw.krate, word, path, diagnostics);
    } else if Kind::parse(&word.name).is_some() {
        diagnostics.error(&word.name, format_args!("`{}` belongs on a field, not on the struct", word.name));
    } else {
        unknown(word, "a user type", &KNOWN, diagnostics);
    }
}

fn field(field: syn::Field, diagnostics: &mut Diagnostics) -> Option<RawField> {
    let words = words::of(&field.attrs, "auth", diagnostics);
    let mut raw = RawField {
        ident: field.ident?,
        ty: field.ty,
        words: Vec::new(),
        id: Slot::default(),
        login: Slot::default(),
        password_hash: Slot::default(),
        active: Slot::default(),
        role: Slot::default(),
        roles: Slot::default(),
        permissions: Slot::default(),
        verified: Slot::default(),
        created: Slot::default(),
        claim: Slot::default(),
        register: Slot::default(),
        default: Slot::default(),
        skip: Slot::default(),
        sqlx: sqlx_field(&words::of_foreign(&field.attrs, "sqlx")),
    };
    for word in words {
        field_word(&mut raw, &word, diagnostics);
    }
    Some(raw)
}

fn field_word(raw: &mut RawField, word: &Word, diagnostics: &mut Diagnostics) {
    let Some(kind) = Kind::parse(&word.name) else {
        if ["table", "claims", "registration", "crate"].iter().any(|name| word.is(name)) && !word.is("claims") {
            diagnostics.error(&word.name, format_args!("`{}` belongs on the struct, not on a field", word.name));
        } else {
            unknown(word, "a field", &Kind::ALL.map(|(name, _)| name), diagnostics);
        }
        return;
    };
    match kind {
        Kind::Id => {
            let source = word.choice(&["generate", "database"], diagnostics).map(|choice| match choice {
                "generate" => IdSource::Generate,
                "database" => IdSource::Database,
                _ => IdSource::BySpelling,
            });
            raw.id.set(&word.name, source.unwrap_or(IdSource::BySpelling), diagnostics);
        }
        Kind::Login => {
            let exact = word.choice(&["exact"], diagnostics).map(|choice| choice == "exact");
            raw.login.set(&word.name, exact.unwrap_or_default(), diagnostics);
        }
        Kind::Permissions => {
            let scope = word.choice(&["scope"], diagnostics).map(|choice| choice == "scope");
            raw.permissions.set(&word.name, scope.unwrap_or_default(), diagnostics);
        }
        Kind::Active => {
            let when_null = active(word, diagnostics);
            raw.active.set(&word.name, when_null.unwrap_or_else(|| types::is_named(&raw.ty, "Option")), diagnostics);
        }
        Kind::Default => {
            let value = word.expr(diagnostics);
            set(&mut raw.default, word, value, diagnostics);
        }
        Kind::PasswordHash => flag(&mut raw.password_hash, word, diagnostics),
        Kind::Role => flag(&mut raw.role, word, diagnostics),
        Kind::Roles => flag(&mut raw.roles, word, diagnostics),
        Kind::Verified => flag(&mut raw.verified, word, diagnostics),
        Kind::Created => flag(&mut raw.created, word, diagnostics),
        Kind::Claim => flag(&mut raw.claim, word, diagnostics),
        Kind::Register => flag(&mut raw.register, word, diagnostics),
        Kind::Skip => flag(&mut raw.skip, word, diagnostics),
    }
    // A repeated word has already been reported; don't let it conflict with itself.
    if !raw.words.iter().any(|(known, _)| *known == kind) {
        raw.words.push((kind, word.name.clone()));
    }
}

/// Reads `active` or `active(when = "is_null")`.
fn active(word: &Word, diagnostics: &mut Diagnostics) -> Option<bool> {
    let words = word.words(diagnostics)?;
    let [condition] = words else {
        if let Some(second) = words.get(1) {
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

fn sqlx_field(words: &[Word]) -> SqlxField {
    let mut field = SqlxField::default();
    // sqlx reports errors in its own attributes.
    let silent = &mut Diagnostics::default();
    for word in words {
        if word.is("rename") {
            let text = word.text(silent);
            set(&mut field.rename, word, text, silent);
        } else if word.is("skip") {
            field.skip = true;
        } else if word.is("flatten") {
            field.flatten = Some(word.name.clone());
        } else if word.is("json") || word.is("try_from") {
            field.converted = true;
        }
    }
    field
}

fn flag(slot: &mut Slot<()>, word: &Word, diagnostics: &mut Diagnostics) {
    word.bare(diagnostics);
    slot.set(&word.name, (), diagnostics);
}

fn set<T>(slot: &mut Slot<T>, word: &Word, value: Option<T>, diagnostics: &mut Diagnostics) {
    if let Some(value) = value {
        slot.set(&word.name, value, diagnostics);
    }
}

fn unknown(word: &Word, on: &str, known: &[&'static str], diagnostics: &mut Diagnostics) {
    let name = word.name.to_string();
    let hint = did_you_mean(&name, known.iter().copied());
    let hint = if hint.is_empty() { format!("; write {}", one_of(known.iter().copied())) } else { hint };
    diagnostics.error(&word.name, format_args!("`{name}` is not an argument of `#[auth(…)]` on {on}{hint}"));
}
