//! Finds out how types of the application look in JSON by asking their own `Deserialize`. No type is recognized by its
//! name, so an alias, a newtype or a `Uuid` is described by its wire format.

#[cfg(feature = "openapi")]
mod fields;
#[cfg(feature = "openapi")]
mod found;
#[cfg(feature = "openapi")]
mod notes;
#[cfg(not(feature = "openapi"))]
#[path = "no_notes.rs"]
mod notes;
#[cfg(feature = "openapi")]
mod probe;
#[cfg(feature = "openapi")]
mod user;

#[cfg(feature = "openapi")]
pub(crate) use found::Shape;
pub(crate) use notes::Notes;
#[cfg(feature = "openapi")]
pub(crate) use user::UserShape;
