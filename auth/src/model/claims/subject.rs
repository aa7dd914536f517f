//! Writes and reads `sub` as the text of the id. Generated code names this module in `#[serde(with)]`.

use serde::{Deserializer, Serializer};

use crate::model::user::UserId;

/// Writes the id as text.
///
/// # Errors
/// Only those of the serializer.
pub fn serialize<I: UserId, S: Serializer>(id: &I, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

/// Reads the id from its text.
///
/// # Errors
/// If it is not a string, or not the text of an `I`.
pub fn deserialize<'de, I: UserId, D: Deserializer<'de>>(deserializer: D) -> Result<I, D::Error> {
    super::parsed(deserializer)
}
