//! Schemas of API keys.

use utoipa::openapi::schema::{AnyOfBuilder, Array};
use utoipa::openapi::{KnownFormat, Object, ObjectBuilder, RefOr, Schema, SchemaFormat, Type};

use super::shapes;
use crate::model::json_shape::Shape;

/// One key in its owner's list.
pub(super) fn api_key() -> ObjectBuilder {
    let optional = || Shape::Optional(Box::new(Shape::Text));
    let fields = [
        ("id", Shape::Text),
        ("name", Shape::Text),
        ("permissions", Shape::List(Box::new(Shape::Text))),
        ("created_at", Shape::Text),
        ("expires_at", optional()),
        ("last_used_on", optional()),
        ("replaced_by", optional()),
    ];
    shapes::object(&fields)
        .description(Some("An API key. Times are RFC 3339, `last_used_on` is a date; its id is not a credential"))
}

/// A key that was just made, with its text.
pub(super) fn created_api_key() -> Object {
    let says = "The text of the key, for `Authorization: Bearer`. It is shown this once";
    let format = SchemaFormat::KnownFormat(KnownFormat::Password);
    let text = Object::builder().schema_type(Type::String).format(Some(format)).description(Some(says));
    api_key().property("key", text).required("key").build()
}

/// What makes a key.
pub(super) fn new_api_key() -> ObjectBuilder {
    let permissions: Schema = Array::new(Object::with_type(Type::String)).into();
    shapes::body(&[("name", Shape::Text)])
        .property("permissions", permissions)
        .required("permissions")
        .property("expires_in", expires_in())
}

/// How long a key lives.
fn expires_in() -> RefOr<Schema> {
    let seconds = Object::builder().schema_type(Type::Integer).minimum(Some(60)).maximum(Some(366 * 24 * 60 * 60));
    let never = Object::builder().schema_type(Type::String).enum_values(Some(["never"]));
    let says = "Seconds from now on: 90 days unless given. `\"never\"` until it is revoked";
    AnyOfBuilder::new().item(seconds).item(never).item(Object::with_type(Type::Null)).description(Some(says)).into()
}

/// How long a key works that another one replaces.
pub(super) fn overlap() -> ObjectBuilder {
    let says = "How many seconds the former key works: a day unless given, 0 for no more, otherwise 60 at least";
    let seconds =
        Object::builder().schema_type(shapes::nullable(Type::Integer)).minimum(Some(0)).maximum(Some(7 * 24 * 60 * 60));
    shapes::body(&[]).property("overlap", seconds.description(Some(says)))
}

/// What asks about a token (RFC 7662 §2.1). Other members are ignored.
pub(super) fn introspection_request() -> ObjectBuilder {
    let text = || Object::builder().schema_type(Type::String);
    let format = SchemaFormat::KnownFormat(KnownFormat::Password);
    Object::builder()
        .schema_type(Type::Object)
        .property("token", text().format(Some(format)).description(Some("An access token or an API key")))
        .required("token")
        .property("token_type_hint", text().description(Some("Changes nothing")))
}

/// What is said of a token (RFC 7662 §2.2).
pub(super) fn introspection() -> ObjectBuilder {
    let says = "Of a token that does not count, `active` alone; of an active one, what it says itself";
    let plain = |kind| Object::builder().schema_type(kind);
    let object = plain(Type::Object).description(Some(says));
    let object = object.property("active", plain(Type::Boolean)).required("active");
    let texts = ["iss", "sub", "jti", "client_id", "scope", "sid", "token_type"];
    let object = texts.into_iter().fold(object, |object, name| object.property(name, plain(Type::String)));
    let numbers = ["iat", "exp", "auth_time"];
    let object = numbers.into_iter().fold(object, |object, name| object.property(name, plain(Type::Integer)));
    let names = || Array::new(Object::with_type(Type::String));
    let audience = AnyOfBuilder::new().item(Object::with_type(Type::String)).item(names());
    object.property("aud", audience).property("amr", names())
}
