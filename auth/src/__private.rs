//! What generated code may name.

pub use crate::role::parse_role;
#[cfg(feature = "_sqlx")]
pub use crate::store::sql::SqlUser;
pub use crate::user::NewUser;
pub use crate::{__auth_role_codecs as role_codecs, __auth_sql_user as sql_user};
#[cfg(feature = "_sqlx")]
pub use sqlx;
