//! The library's own types as text columns: password hashes, lists of roles and lists of permissions.

use crate::PasswordHash;
use crate::permission::{AuthPermission, Permissions};
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

crate::__auth_text_codec! {
    impl [P: AuthPermission,] for Permissions<P>,
    |permissions| permissions,
    |text| text.parse()
}
