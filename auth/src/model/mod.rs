//! The terms of the field as types: users, roles, claims, logins, settings. Nothing here does anything by itself.

pub(crate) mod api_key_id;
pub(crate) mod body_fields;
pub(crate) mod canonical;
pub mod claims;
pub(crate) mod client_info;
pub(crate) mod client_ip;
pub(crate) mod config;
pub mod event;
pub(crate) mod foreign;
pub(crate) mod forwarding;
pub(crate) mod given_name;
pub(crate) mod hash;
pub(crate) mod hooks;
pub(crate) mod interned_name;
pub(crate) mod issuer_url;
pub(crate) mod json_shape;
pub(crate) mod locale;
pub(crate) mod login_rules;
pub(crate) mod name_enum;
#[cfg_attr(not(feature = "cookies"), allow(dead_code, reason = "requests with cookies have origins"))]
pub(crate) mod origin;
pub(crate) mod permission;
pub(crate) mod principal;
pub(crate) mod profile;
pub(crate) mod role;
pub mod schema;
pub(crate) mod type_queries;
pub(crate) mod user;
pub(crate) mod uuid_v7;
