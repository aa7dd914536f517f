//! Finds out how types of the application look in JSON by asking their own `Deserialize`. No type is recognized by its
//! name, so an alias, a newtype or a `Uuid` is described by its wire format.

#[cfg(feature = "openapi")]
mod deserializer;
#[cfg(feature = "openapi")]
mod fields;
#[cfg(feature = "openapi")]
mod recorder;
#[cfg(not(feature = "openapi"))]
#[path = "no_recorder.rs"]
mod recorder;
#[cfg(feature = "openapi")]
mod shape;
#[cfg(feature = "openapi")]
mod user;

pub(crate) use recorder::FieldRecorder;
#[cfg(feature = "openapi")]
pub(crate) use shape::Shape;
#[cfg(feature = "openapi")]
pub(crate) use user::UserShape;
