//! Shared by the benchmarks of a single token: its user, the handles that issue it, and what `jsonwebtoken` needs.

use auth::store::{MemoryRecords, MemoryUsers};
use auth::{Auth, AuthBuilder, PasswordHash};
use aws_lc_rs::hmac;
use jsonwebtoken::{Algorithm, Validation};

use crate::user::{Role, SECRET, User};

pub(crate) fn ada() -> User {
    User {
        id: 42,
        email: "ada@example.org".to_owned(),
        password_hash: PasswordHash::from_stored(""),
        is_active: true,
        role: Role::Member,
        display_name: "Ada Lovelace".to_owned(),
    }
}

/// A runtime with a second thread for polling the feed: without polls, guards trust memory for no longer than a second.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// A handle with default settings. Its stores are never queried.
pub(crate) async fn handle() -> Auth<User> {
    builder().build().await.unwrap()
}

/// A handle without token cache, which verifies every token every time.
pub(crate) async fn forgetful() -> Auth<User> {
    builder().token_cache(0).build().await.unwrap()
}

pub(crate) fn builder() -> AuthBuilder<User> {
    let users = MemoryUsers::<User>::new(|_, _| unreachable!("nobody signs up"), |_, _| ());
    Auth::<User>::builder((users, MemoryRecords::new())).secret(SECRET.clone())
}

/// The key that signs access tokens, derived by the documented formula.
pub(crate) fn derived_key() -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET.expose()), b"auth:access-token:User:users")
}

/// The subset of our rules that `jsonwebtoken` can check.
pub(crate) fn their_rules() -> Validation {
    let mut rules = Validation::new(Algorithm::HS256);
    rules.set_issuer(&["User"]);
    rules.set_audience(&["User"]);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    rules.validate_nbf = true;
    rules.leeway = 5;
    rules
}
