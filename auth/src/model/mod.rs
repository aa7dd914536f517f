//! The terms of the field as types: users, roles, claims, logins, settings. Nothing here does anything by itself.

pub(crate) mod address;
#[cfg(feature = "cookies")]
pub(crate) mod authority;
pub(crate) mod canonical;
pub mod claims;
pub(crate) mod client_info;
pub(crate) mod config;
pub mod event;
pub(crate) mod fields;
pub(crate) mod hash;
pub(crate) mod hooks;
pub(crate) mod ids;
pub(crate) mod json_shape;
pub(crate) mod login_rules;
pub(crate) mod name;
pub(crate) mod name_enum;
pub(crate) mod permission;
pub(crate) mod profile;
pub(crate) mod reflect;
pub(crate) mod role;
pub mod schema;
pub(crate) mod user;
