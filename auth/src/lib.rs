//! Draft.
#[doc(hidden)]
pub mod __private;
// 1 ground
mod clock;
mod error;
mod random;
mod secret;
// 2 vocabulary
mod canonical;
mod claims;
mod event;
mod fields;
mod hash;
mod profile;
mod role;
mod schema;
mod user;
// 3 mechanisms
pub mod policy;
pub mod store;
pub use claims::*;
pub use clock::*;
pub use error::*;
pub use event::*;
pub use fields::*;
pub use hash::PasswordHash;
pub use profile::*;
pub use random::*;
pub use role::*;
pub use schema::*;
pub use secret::*;
#[cfg(feature = "_sqlx")]
pub use store::migrations;
pub use user::*;
