//! Everything that generated code may name. Not part of the public interface: it changes without notice, together with
//! the macro crate, whose version is pinned to this one.

pub use axum;
pub use serde;
#[cfg(feature = "_sqlx")]
pub use sqlx;

pub use crate::http::extract::{
    Argument, Asked, Check, CheckFuture, CheckType, Checks, FromState, Guard, IsCheck, NoCheck, NoPermissionAsked,
    NotTheCaller, Of, ReadsNoBody, RuleOf, RunCheck, extract_claims, extract_claims_opt, extract_user,
    extract_user_opt, run_check,
};
pub use crate::http::extract::{extract_foreign, extract_foreign_opt};
pub use crate::http::rejection::Rejection;
pub use crate::http::state::InState;
pub use crate::issuer::Issuer;
pub use crate::model::body_fields::Fields;
pub use crate::model::claims::{
    Amr, Audience, Claims, Registered, RowStamp, SessionId, StoreId, TokenClaims, TokenId, subject,
};
pub use crate::model::foreign::{
    ClaimNode, NotClaims, Place, ReadClaims, ReadPlaces, Verified, or_absent, read_keys, read_names, read_payload,
    read_scope, read_subject, read_value, subject_of,
};
pub use crate::model::hash::{HoldsHash, PasswordHash};
pub use crate::model::interned_name::Name;
pub use crate::model::name_enum::{NameEnum, deserialize_name, parse_name, union};
pub use crate::model::permission::{
    AuthPermission, GrantsOnly, NoPermission, NoPermissions, Permissions, close_grants, grants_of, held,
    scope_from_text, scope_to_text,
};
pub use crate::model::principal::{
    HasPermission, HasRole, IsPrincipal, MfaRule, Principal, Realm, claims_may, permission_by_roles, put_permissions,
    row_may, ungranted,
};
pub use crate::model::profile::Profile;
pub use crate::model::role::{AuthRole, NoRoles, RoleSet, Roles};
pub use crate::model::schema::{Login, MarkForm, Schema, Sql, Statements};
pub use crate::model::type_queries::{
    Marked, Nullable, SetByDatabase, Shows, ShowsNothing, TimeOfDatabase, by_form, disable,
};
pub use crate::model::user::{
    AuthUser, Flag, HasApiKeys, HasTable, NewUser, Registration, UserId, needs_api_keys, needs_table,
};
pub use crate::policy::{Access, Facts, Open, Policy, Requirement, Rule, SignedIn, held_by};
#[cfg(feature = "_sqlx")]
pub use crate::store::sql::{
    Column, Known, KnownOption, Probe, SqlBigDecimal, SqlChrono, SqlColumns, SqlDecimal, SqlIpNetwork, SqlJson,
    SqlTime, SqlUser, SqlUuid, SqlValue, Unknown,
};
pub use crate::{
    __auth_claims_extractors as claims_extractors, __auth_extractors as extractors, __auth_if_sqlx as if_sqlx,
    __auth_name_codecs as name_codecs, __auth_sql_user as sql_user,
};
