//! API keys: what a program presents in place of somebody who signs in, and that can do less than they can.
//!
//! (Not the keys that sign tokens, which are in `keys`.) A key is a random text that is shown once, and stored as its
//! SHA-256. It names permissions, of which it has those that its owner has at the moment of a request: never more, never a
//! role, never a recent login or a second factor. So what must not be done by a program cannot be, whatever the key was
//! given: every route refuses keys unless it says `keys`, and of ours only `POST /introspect` does, which answers questions
//! about tokens and makes none.
//!
//! A key ends with its life, by revocation, with its account, when the account is disabled, when somebody gets it back by
//! mail or with the help of an operator, and when everything is ended. It survives a change of the password: programs do
//! not know the password, and people who change it because of a thief are told to look at their keys.

mod attempts;
mod caller;
mod find;
mod found_keys;
mod introspect;
mod key_info;
mod last_used;
mod remove;
mod service;
mod slots;
mod stored_key;
mod text;
mod wanted;

pub use caller::KeyCaller;
pub(crate) use caller::VerifiedKey;
pub(crate) use found_keys::FoundKey;
pub(crate) use introspect::ActiveKey;
pub use key_info::{ApiKey, ApiKeyInfo, NewApiKey};
pub(crate) use remove::end_all;
pub(crate) use service::{ApiKeys, KeyOwner, KeySettings, Rotated};
pub(crate) use slots::MAX_KEYS;
pub(crate) use text::KeyPrefix;

pub use crate::model::api_key_id::ApiKeyId;
