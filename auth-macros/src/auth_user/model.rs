//! The two models: the input as written, and the validated form.

use proc_macro2::TokenStream;
use syn::{Ident, LitStr, Path, Type, Visibility};

use crate::crate_path::CratePath;
use crate::protected::HeldRule;
use crate::set_once::SetOnce;

/// The struct as written.
pub(super) struct Raw {
    pub(super) ident: Ident,
    pub(super) vis: Visibility,
    pub(super) table: SetOnce<LitStr>,
    pub(super) claims: SetOnce<Ident>,
    pub(super) registration: SetOnce<Ident>,
    pub(super) krate: SetOnce<Path>,
    pub(super) mfa: SetOnce<Mfa>,
    pub(super) rename_all: SetOnce<LitStr>,
    /// Whether the attributes on the struct were understood; otherwise a missing one may be a misspelled one.
    pub(super) understood: bool,
    pub(super) fields: Vec<RawField>,
}

/// Who needs a second factor.
pub(super) enum Mfa {
    Everybody,
    /// Those who meet a rule.
    Those(HeldRule),
}

/// A field as written.
pub(super) struct RawField {
    pub(super) ident: Ident,
    pub(super) ty: Type,
    /// The attributes that were recognized on it, in order.
    pub(super) field_roles: Vec<(FieldRole, Ident)>,
    pub(super) id: SetOnce<IdSource>,
    /// `login(exact)`?
    pub(super) login: SetOnce<bool>,
    pub(super) password_hash: SetOnce<()>,
    /// `active(when = "is_null")`?
    pub(super) active: SetOnce<bool>,
    pub(super) role: SetOnce<()>,
    pub(super) roles: SetOnce<()>,
    /// `permissions(scope)`?
    pub(super) permissions: SetOnce<bool>,
    /// `verified(required)`?
    pub(super) verified: SetOnce<bool>,
    pub(super) mail: SetOnce<()>,
    pub(super) locale: SetOnce<()>,
    pub(super) created: SetOnce<()>,
    pub(super) claim: SetOnce<()>,
    pub(super) register: SetOnce<()>,
    pub(super) default: SetOnce<TokenStream>,
    pub(super) skip: SetOnce<()>,
    pub(super) sqlx: SqlxField,
}

/// The relevant part of `#[sqlx(…)]` on a field.
#[derive(Default)]
pub(super) struct SqlxField {
    pub(super) rename: SetOnce<LitStr>,
    pub(super) skip: bool,
    pub(super) flatten: Option<Ident>,
    /// `json`, `try_from`: the type of the field is not that of the column.
    pub(super) converted: bool,
}

/// What the attributes say that a field is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldRole {
    Id,
    Login,
    PasswordHash,
    Active,
    Role,
    Roles,
    Permissions,
    Verified,
    Mail,
    Locale,
    Created,
    Claim,
    Register,
    Default,
    Skip,
}

impl FieldRole {
    pub(super) const ALL: [(&'static str, FieldRole); 15] = [
        ("id", FieldRole::Id),
        ("login", FieldRole::Login),
        ("password_hash", FieldRole::PasswordHash),
        ("active", FieldRole::Active),
        ("role", FieldRole::Role),
        ("roles", FieldRole::Roles),
        ("permissions", FieldRole::Permissions),
        ("verified", FieldRole::Verified),
        ("mail", FieldRole::Mail),
        ("locale", FieldRole::Locale),
        ("created", FieldRole::Created),
        ("claim", FieldRole::Claim),
        ("register", FieldRole::Register),
        ("default", FieldRole::Default),
        ("skip", FieldRole::Skip),
    ];

    pub(super) fn parse(ident: &Ident) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| ident == name).map(|(_, kind)| *kind)
    }
}

/// What generates primary keys.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum IdSource {
    /// `id(generate)`: the library.
    Generate,
    /// `id(database)`: the database.
    Database,
    /// `id`: the library, if the type's spelling suggests that it can be created from text.
    BySpelling,
}

/// A user type that can be expanded.
pub(super) struct Checked {
    pub(super) ident: Ident,
    pub(super) vis: Visibility,
    pub(super) krate: CratePath,
    /// As written: `app.users`.
    pub(super) table: String,
    pub(super) claims_ident: Ident,
    pub(super) registration_ident: Ident,
    /// Every column, in the order of the fields.
    pub(super) columns: Vec<String>,
    /// The columns whose field types say what is stored.
    pub(super) typed: Vec<Field>,
    pub(super) id: Field,
    /// Whether the library generates ids.
    pub(super) generates_id: bool,
    pub(super) logins: Vec<Login>,
    /// The login that mail goes to: the one under `mail`, or else the first address.
    pub(super) mail: Option<usize>,
    pub(super) password: Option<Field>,
    pub(super) active: Option<Active>,
    pub(super) roles: Option<Roles>,
    pub(super) permissions: Option<Permissions>,
    pub(super) verified: Option<Verified>,
    /// The language of mail.
    pub(super) locale: Option<Field>,
    /// What tells a row from a later one with the same id.
    pub(super) created: Option<Field>,
    pub(super) claims: Vec<Field>,
    pub(super) register: Vec<Field>,
    pub(super) defaults: Vec<(Field, TokenStream)>,
    pub(super) mfa: Option<Mfa>,
}

/// A field with a column.
#[derive(Clone)]
pub(super) struct Field {
    pub(super) ident: Ident,
    pub(super) ty: Type,
    pub(super) column: String,
}

pub(super) struct Login {
    pub(super) field: Field,
    pub(super) exact: bool,
    pub(super) optional: bool,
    /// Whether it holds addresses.
    pub(super) address: bool,
}

pub(super) struct Verified {
    pub(super) field: Field,
    /// Whether an account must have confirmed its address.
    pub(super) required: bool,
}

pub(super) struct Active {
    pub(super) field: Field,
    pub(super) form: ActiveForm,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ActiveForm {
    /// A `bool`.
    Flag,
    /// A nullable time: seconds, which we write, or a type that the database can write.
    Null,
}

pub(super) struct Roles {
    pub(super) field: Field,
    /// The enum.
    pub(super) role: Type,
    /// Whether the attribute is `roles`, not `role`.
    pub(super) many: bool,
}

pub(super) struct Permissions {
    pub(super) field: Field,
    /// The enum.
    pub(super) permission: Type,
    /// Whether tokens have it as `scope`.
    pub(super) scope: bool,
}
