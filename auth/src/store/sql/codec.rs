//! Our own types as columns: a password hash, and a list of roles, are text.

use crate::PasswordHash;
use crate::role::{AuthRole, Roles};

crate::__auth_text_codec! {
    impl [] for PasswordHash,
    |hash| hash.expose(),
    |text| Ok::<_, sqlx::error::BoxDynError>(PasswordHash::from_stored(text))
}

crate::__auth_text_codec! {
    impl [R: AuthRole,] for Roles<R>,
    |roles| roles,
    |text| text.parse()
}
