//! Draft.
#![cfg_attr(
    not(feature = "password"),
    allow(dead_code, reason = "sessions begin with a login method, and a build without passwords has none yet")
)]

// 1 ground
mod clock;
mod error;
mod random;
mod secret;
// 2 vocabulary
mod canonical;
mod claims;
mod config;
mod event;
mod fields;
mod hash;
mod ids;
mod login_rules;
mod profile;
mod role;
mod schema;
mod user;
// 3 mechanisms
mod keys;
#[cfg(feature = "password")]
pub mod password;
pub mod policy;
pub mod store;
// 4 tokens
mod proof;
mod token;
// 5 handle
mod auth;
// 6 HTTP edge
mod extract;
mod rejection;
mod routes;
pub mod routing;
mod serve;
mod state;
mod transport;
// 7 plug-ins
#[cfg(feature = "testing")]
pub mod testing;

#[doc(hidden)]
pub mod __private;

#[cfg(feature = "password")]
pub use auth::Credentials;
pub use auth::{Auth, AuthBuilder, Hooks, Management, SessionInfo, Tokens};
#[cfg(feature = "macros")]
pub use auth_macros::{AuthRole, AuthUser, protected, public};
pub use claims::{Amr, Audience, Claims, Registered, SessionId, TokenClaims, TokenId};
pub use clock::{Clock, SystemClock, Timestamp};
pub use config::{ConfigError, parse_duration};
pub use error::{AuthError, Error, FieldError, Result};
pub use event::{Event, EventKind, LoginFailure, Observer, RefreshRefusal, Refusal};
pub use extract::Guard;
pub use fields::Fields;
pub use hash::PasswordHash;
#[cfg(feature = "password")]
pub use password::{
    BrokenRule, HashParams, LegacyVerdict, LegacyVerifier, PasswordConfig, PasswordConfigError, PasswordPolicy, Pepper,
};
pub use policy::Requirement;
pub use profile::Profile;
pub use proof::Proof;
pub use random::{OsRandom, Random, RandomError};
pub use rejection::Rejection;
pub use role::{AuthRole, HasRole, NoRoles, RoleSet, Roles, UnknownRole};
pub use schema::{Login, Schema, Sql, Statements};
pub use secret::{MIN_SECRET_BYTES, Secret, SecretError};
pub use serve::serve;
pub use state::{AuthState, InState};
#[cfg(feature = "_sqlx")]
pub use store::migrations;
pub use token::session::Client;
#[cfg(feature = "cookies")]
pub use transport::cookie::CookieSettings;
pub use user::{AuthUser, HoldsHash, NewUser, Registration, UserId};
