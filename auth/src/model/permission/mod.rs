//! Permissions: an enum of the application, the ones that roles grant, and the ones a user has in addition.

mod grants;
mod held;
mod scope_claim;

use crate::model::name_enum::{NameEnum, SetOf};

pub use grants::{GrantsOnly, close_grants, grants_of};
pub use held::{HeldPermissions, NoPermissions, OwnPermissions, held};
pub use scope_claim::{deserialize as scope_from_text, serialize as scope_to_text};

/// An enum of permissions. Derive it with `#[derive(AuthPermission)]`; there is no reason to implement it by hand.
///
/// In tokens and in the table, a permission is its name, in `snake_case` unless the derive says otherwise.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an enum of permissions",
    label = "no `AuthPermission` for this type",
    note = "put `#[derive(AuthPermission)]` on the enum"
)]
pub trait AuthPermission: NameEnum + Clone + PartialEq {}

/// The permission type of roles that grant nothing. It has no values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPermission {}

impl NameEnum for NoPermission {
    type Bits = [u64; 1];

    const PLURAL: &'static str = "permissions";
    const ALL: &'static [Self] = &[];
    const NAMES: &'static [&'static str] = &[];
    const INCLUDES: &'static [u64] = &[];

    fn index(&self) -> usize {
        match *self {}
    }
}

impl AuthPermission for NoPermission {}

/// A set of permissions, stored as a comma-separated list of names (`"posts_read,posts_write"`) and written into tokens
/// as an array.
///
/// ```
/// # #[derive(Clone, Debug, PartialEq, auth::AuthPermission)]
/// # enum Permission { PostsRead, #[permission(includes(PostsRead))] PostsWrite }
/// let mut permissions = auth::Permissions::from([Permission::PostsWrite]);
/// assert!(permissions.holds(&Permission::PostsRead), "it is included");
/// permissions.insert(&Permission::PostsRead);
/// assert_eq!(permissions.to_string(), "posts_read,posts_write");
/// assert_eq!("posts_write , posts_read".parse(), Ok(permissions));
/// ```
pub type Permissions<P> = SetOf<P>;
