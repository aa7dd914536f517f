//! The library's own types as text columns: password hashes, lists of roles and lists of permissions.

use crate::PasswordHash;
use crate::model::name_enum::{NameEnum, SetOf};

crate::__auth_text_codec! {
    impl [] for PasswordHash,
    |hash| hash.expose(),
    |text| Ok::<_, sqlx::error::BoxDynError>(PasswordHash::from_stored(text))
}

crate::__auth_text_codec! {
    impl [E: NameEnum + Clone,] for SetOf<E>,
    |set| set,
    |text| text.parse()
}
