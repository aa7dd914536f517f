//! What a handler can ask for: the guard that its rule put first, the user, the claims.

mod caller;
mod client;
mod guard;

pub(crate) use caller::{Caller, refused, required};
pub use caller::{extract_claims, extract_claims_opt, extract_user, extract_user_opt};
pub(crate) use client::client;
pub(crate) use guard::Selects;
pub use guard::{FromState, Guard, Of};
