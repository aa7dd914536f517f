//! Draft.
// 1 ground
mod clock;
mod error;
mod random;
mod secret;
// 2 vocabulary
mod claims;
mod event;
mod fields;
mod hash;
mod profile;
mod role;
mod schema;
mod user;
// 3 mechanisms
#[cfg(feature = "password")]
pub mod password;
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
pub use user::*;
