//! What JSON the types of an application are, found by asking their own `Deserialize`: no type is known by its spelling,
//! so an alias, a newtype or a `Uuid` is described as what it is on the wire.

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
