use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::str::FromStr;

use serde::Serialize;

/// The type of a primary key: `i32`, `i64`, `String`, `Uuid`, or a newtype of one.
///
/// Tokens carry it as text (`sub` is a string, RFC 7519 §4.1.2), hence `Display` and `FromStr`; `GET /me` returns it as
/// JSON, hence `Serialize`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the id of a user",
    label = "this type is the field under `#[auth(id)]` or `#[auth(subject)]`",
    note = "an id needs `Clone + Eq + Hash + Debug + Display + FromStr + serde::Serialize + Send + Sync`: a newtype must have them all",
    note = "`uuid::Uuid` has `serde::Serialize` with the feature `serde` of `uuid`, and is stored with the feature `uuid` of `sqlx`"
)]
pub trait UserId: Clone + Eq + Hash + Debug + Display + FromStr + Serialize + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T> UserId for T where T: Clone + Eq + Hash + Debug + Display + FromStr + Serialize + Send + Sync + 'static {}
