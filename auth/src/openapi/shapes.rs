//! Converts what is known about types into schemas.

use serde_json::Value;
use utoipa::openapi::schema::{AdditionalProperties, SchemaType};
use utoipa::openapi::{Array, KnownFormat, Object, ObjectBuilder, RefOr, Schema, SchemaFormat, Type};

use crate::model::json_shape::Shape;

/// Returns a schema for the values of `shape`.
pub(super) fn schema(shape: &Shape) -> RefOr<Schema> {
    of(shape, false)
}

fn of(shape: &Shape, nullable: bool) -> RefOr<Schema> {
    let plain = |ty: Type| Object::builder().schema_type(typed(ty, nullable));
    let object = match shape {
        Shape::Optional(inner) => return of(inner, true),
        Shape::List(inner) => {
            let mut array = Array::new(of(inner, false));
            array.schema_type = typed(Type::Array, nullable);
            return array.into();
        }
        Shape::Any => Object::builder().schema_type(SchemaType::AnyValue),
        Shape::Boolean => plain(Type::Boolean),
        Shape::Integer(format) => {
            plain(Type::Integer).format(format.map(|format| SchemaFormat::Custom(format.to_owned())))
        }
        Shape::Wide(format) => {
            let digits = if format.starts_with('u') { "^(0|[1-9][0-9]*)$" } else { "^(0|-?[1-9][0-9]*)$" };
            plain(Type::String).format(Some(SchemaFormat::Custom((*format).to_owned()))).pattern(Some(digits))
        }
        Shape::Number => plain(Type::Number),
        Shape::Text => plain(Type::String),
        Shape::Choice(words) => {
            let null = nullable.then_some(Value::Null);
            plain(Type::String).enum_values(Some(words.iter().map(|word| Value::from(*word)).chain(null)))
        }
        Shape::Map(inner) => {
            plain(Type::Object).additional_properties(Some(AdditionalProperties::RefOr(of(inner, false))))
        }
        Shape::Object => plain(Type::Object),
    };
    object.into()
}

fn typed(ty: Type, nullable: bool) -> SchemaType {
    if nullable { SchemaType::Array(vec![ty, Type::Null]) } else { SchemaType::Type(ty) }
}

/// A type that may also be `null`.
pub(super) fn nullable(ty: Type) -> SchemaType {
    typed(ty, true)
}

/// Builds an object of a response: every field is present, if only as `null`.
pub(super) fn object<'a>(fields: impl IntoIterator<Item = &'a (&'static str, Shape)>) -> ObjectBuilder {
    fields.into_iter().fold(Object::builder().schema_type(Type::Object), |object, (name, shape)| {
        object.property(*name, schema(shape)).required(*name)
    })
}

/// Builds an object of a request: optional fields may be left out, and unknown fields are refused.
pub(super) fn body<'a>(fields: impl IntoIterator<Item = &'a (&'static str, Shape)>) -> ObjectBuilder {
    let closed =
        Object::builder().schema_type(Type::Object).additional_properties(Some(AdditionalProperties::FreeForm(false)));
    fields.into_iter().fold(closed, |object, (name, shape)| {
        let object = object.property(*name, schema(shape));
        if matches!(shape, Shape::Optional(_)) { object } else { object.required(*name) }
    })
}

/// Adds a password field to a request.
pub(super) fn with_password(object: ObjectBuilder, name: &str) -> ObjectBuilder {
    let format = SchemaFormat::KnownFormat(KnownFormat::Password);
    let password = Object::builder().schema_type(Type::String).format(Some(format)).write_only(true);
    object.property(name, password).required(name)
}
