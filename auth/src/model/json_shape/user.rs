use std::any::TypeId;

use serde_json::Value;

use super::fields::fields_of;
use super::recorder::FieldRecorder;
use super::shape::Shape;
use crate::model::body_fields::Fields;
use crate::model::profile::to_json;
use crate::model::role::NoRoles;
use crate::model::schema::Schema;
use crate::model::user::{AuthUser, Registration};

/// Claims about the token rather than the user.
const OF_THE_TOKEN: [&str; 13] =
    ["iss", "aud", "sub", "iat", "exp", "nbf", "jti", "sid", "auth_time", "amr", "gen", "auth_row", "auth_store"];

/// A user type on the wire.
#[derive(Clone, Debug)]
pub(crate) struct UserShape {
    pub(crate) schema: &'static Schema,
    /// What sign-up takes, apart from the password.
    pub(crate) registration: Vec<(&'static str, Shape)>,
    /// The response of `GET /me`.
    pub(crate) profile: Vec<(&'static str, Shape)>,
}

impl UserShape {
    pub(crate) fn of<U: AuthUser>() -> Self {
        Self { schema: U::SCHEMA, registration: registration::<U>(), profile: profile::<U>() }
    }
}

/// Lets sign-up read a body that only records its fields.
fn registration<U: AuthUser>() -> Vec<(&'static str, Shape)> {
    let mut fields = Fields::describing(FieldRecorder::open());
    drop(U::Registration::from_fields(&mut fields));
    fields.into_recorder().read()
}

/// In the order of `AuthUser::profile`: id, logins, roles, claim fields.
fn profile<U: AuthUser>() -> Vec<(&'static str, Shape)> {
    let Schema { logins, .. } = U::SCHEMA;
    let mut profile = vec![("id", id::<U>())];
    profile.extend(logins.iter().map(|login| {
        let shape = if login.optional { Shape::Optional(Box::new(Shape::Text)) } else { Shape::Text };
        (login.column, shape)
    }));
    let has_roles = TypeId::of::<U::Roles>() != TypeId::of::<NoRoles>();
    if has_roles {
        profile.push(("roles", Shape::List(Box::new(Shape::Text))));
    }
    let is_known = |name: &str| {
        OF_THE_TOKEN.contains(&name)
            || (has_roles && matches!(name, "role" | "roles"))
            || logins.iter().any(|login| login.column == name)
    };
    profile.extend(fields_of::<U::Claims>().into_iter().filter(|(name, _)| !is_known(name)));
    profile
}

/// An id need not be `Deserialize`, but it is written as JSON, so a sample id shows its type.
fn id<U: AuthUser>() -> Shape {
    const UUID: &str = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    let id = U::new_id(UUID).or_else(|| "1".parse().ok()).or_else(|| UUID.parse().ok());
    let written = id.as_ref().and_then(|id| to_json(id).ok());
    let is_number = id.and_then(|id| serde_json::to_value(&id).ok()).is_some_and(|plain| plain.is_number());
    match written {
        Some(Value::Number(_)) => Shape::Integer(None),
        Some(Value::String(_)) if is_number => Shape::Wide("int64"),
        Some(Value::String(_)) => Shape::Text,
        _ => Shape::Any,
    }
}
