//! Users, roles and permissions.

use auth::{AuthPermission, AuthRole, AuthUser, PasswordHash};
use serde::Deserialize;
use utoipa::ToSchema;

/// What users may do to posts and to each other. Rules require permissions; the roles below grant them.
#[derive(Clone, Copy, Debug, PartialEq, AuthPermission)]
pub enum Permission {
    /// Write drafts, and publish them.
    PostsWrite,
    /// Edit the published posts of others.
    PostsEdit,
    /// Turn a published post back into a draft.
    PostsWithdraw,
    /// Remove a post for good.
    PostsDelete,
    /// Change the role of a user.
    PeopleManage,
}

/// The role of a user. Each includes the one before it.
#[derive(Clone, Copy, Debug, PartialEq, AuthRole, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Role {
    /// The role of new accounts.
    Reader,
    /// Writes posts.
    #[role(includes(Reader), grants(Permission::PostsWrite))]
    Author,
    /// Looks after published posts.
    #[role(includes(Author), grants(Permission::PostsEdit, Permission::PostsWithdraw))]
    Editor,
    /// May do everything.
    #[role(includes(Editor), grants(Permission::PostsDelete, Permission::PeopleManage))]
    Admin,
}

/// A row of the table `users`.
#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
pub struct User {
    /// The primary key.
    #[auth(id)]
    pub id: i64,
    /// The address to sign in with.
    #[auth(login)]
    pub email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(active)]
    is_active: bool,
    /// A reader, until an admin changes it.
    #[auth(role, default = Role::Reader)]
    pub role: Role,
    /// The name under which posts appear.
    #[auth(register, claim)]
    pub pen_name: String,
}

/// The body of `PUT /people/{id}/role`.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewRole {
    /// The new role.
    pub role: Role,
}
