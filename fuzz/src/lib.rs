//! What several targets need.

use auth::{AuthPermission, AuthRole, AuthUser, PasswordHash, Permissions, Roles};
use axum::http::HeaderValue;
use axum::http::header::HeaderName;
use axum::http::request::Parts;

#[derive(Clone, Debug, PartialEq, AuthRole)]
pub enum Role {
    Member,
    #[role(includes(Member))]
    Admin,
}

#[derive(Clone, Debug, PartialEq, AuthPermission)]
#[permission(rename_all = "kebab-case")]
pub enum May {
    Read,
    #[permission(name = "posts:write")]
    Write,
}

/// A user with a field of every kind.
#[derive(Clone, Debug, AuthUser)]
#[auth(table = "users")]
pub struct User {
    #[auth(id)]
    pub id: i64,
    #[auth(login)]
    pub email: String,
    #[auth(login(exact))]
    pub badge: Option<String>,
    #[auth(password_hash)]
    pub password_hash: PasswordHash,
    #[auth(active)]
    pub is_active: bool,
    #[auth(verified)]
    pub is_verified: bool,
    #[auth(roles)]
    pub roles: Roles<Role>,
    #[auth(permissions(scope))]
    pub may: Permissions<May>,
    #[auth(created)]
    pub created_at: i64,
    #[auth(register, claim)]
    pub display_name: String,
    #[auth(register)]
    pub age: Option<u8>,
    #[auth(register)]
    pub tags: Option<Vec<String>>,
}

/// Returns the parts of a request. Each line of the input is a header: a letter for its name, and the value. `None` if
/// no server would have read such a request.
pub fn request(input: &[u8], names: &[(u8, &'static str)]) -> Option<Parts> {
    let (mut parts, ()) = axum::http::Request::new(()).into_parts();
    for line in input.split(|byte| *byte == b'\n').take(32) {
        let Some((letter, value)) = line.split_first() else { continue };
        let (_, name) = names.iter().find(|(known, _)| known == letter)?;
        let value = HeaderValue::from_bytes(value.trim_ascii()).ok()?;
        parts.headers.append(HeaderName::from_static(name), value);
    }
    Some(parts)
}

/// The secret of every target.
pub const SECRET: &str = "t6m3Q1x9Zb0Vw8KpLr5NcYfHsUjDgEaO";
