//! The extractors for handlers: the guard added for the rule, the user, the claims.

mod access_token;
mod admitted_rule;
mod argument;
mod authenticate;
mod caller;
mod caller_cache;
mod check;
mod client;
mod credential;
mod erased_checks;
mod gate;
mod generated;
mod guard;
mod issuer_gate;
mod key_caller;
mod renew;
mod require;
mod session_gate;
mod session_token;
#[cfg(feature = "testing")]
pub(crate) mod test_probe;
#[cfg(not(feature = "testing"))]
#[path = "no_test_probe.rs"]
pub(crate) mod test_probe;
mod user_and_claims;
mod verified_claims;

pub use access_token::AccessToken;
pub use argument::{Argument, Asked, CheckType, IsCheck, NoCheck, NoPermissionAsked, NotTheCaller, ReadsNoBody};
pub(crate) use caller::{Caller, refused};
pub(crate) use check::NoChecks;
pub use check::{Check, CheckFuture, Checks, RunCheck, run_check};
pub(crate) use client::client;
#[cfg(fuzzing)]
pub(crate) use client::fuzz;
pub(crate) use gate::Gate;
pub use guard::{FromState, Guard, Of, RuleOf};
pub(crate) use guard::{Selects, admit};
pub(crate) use renew::renew;
pub use require::{Require, Required};
pub use user_and_claims::{extract_claims, extract_claims_opt, extract_user, extract_user_opt};
pub use verified_claims::{extract_foreign, extract_foreign_opt};
