//! Who there is, and what each may do.

use auth::{AuthPermission, AuthRole, AuthUser, PasswordHash};
use serde::Deserialize;
use utoipa::ToSchema;

/// What can be done to posts and people. Rules ask for these; which role has them is decided below, in one place.
#[derive(Clone, Copy, Debug, PartialEq, AuthPermission)]
pub enum Permission {
    /// Write drafts, and publish them.
    PostsWrite,
    /// Mend what others have published.
    PostsEdit,
    /// Turn a published post back into a draft.
    PostsWithdraw,
    /// Remove a post for good.
    PostsDelete,
    /// Make somebody an author, an editor, an admin.
    PeopleManage,
}

/// One role a person. Each has all that the one before it has.
#[derive(Clone, Copy, Debug, PartialEq, AuthRole, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Role {
    /// Whoever signs up.
    Reader,
    /// Writes.
    #[role(includes(Reader), grants(Permission::PostsWrite))]
    Author,
    /// Looks after what is published.
    #[role(includes(Author), grants(Permission::PostsEdit, Permission::PostsWithdraw))]
    Editor,
    /// Everything.
    #[role(includes(Editor), grants(Permission::PostsDelete, Permission::PeopleManage))]
    Admin,
}

/// The row.
#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
pub struct User {
    /// The key.
    #[auth(id)]
    pub id: i64,
    /// What people sign in with.
    #[auth(login)]
    pub email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(active)]
    is_active: bool,
    /// A reader, until an admin says otherwise.
    #[auth(role, default = Role::Reader)]
    pub role: Role,
    /// What posts are signed with.
    #[auth(register, claim)]
    pub pen_name: String,
}

/// The body of `PUT /people/{id}/role`.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewRole {
    /// What the person becomes.
    pub role: Role,
}
