//! Schemas and responses shared by several operations.

use utoipa::openapi::schema::{AnyOfBuilder, Array};
use utoipa::openapi::{
    Components, Content, Header, KnownFormat, Object, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Schema,
    SchemaFormat, Type,
};

use super::codes::CODES;
use super::shapes;
use crate::model::json_shape::Shape;

/// Adds `schema` to the components and returns a reference to it. If the name is taken by another schema, that one
/// keeps it.
pub(super) fn register(components: &mut Components, name: &str, schema: impl Into<RefOr<Schema>>) -> Ref {
    let schema = schema.into();
    let mut free = name.to_owned();
    let mut number = 1;
    while components.schemas.get(&free).is_some_and(|other| *other != schema) {
        number += 1;
        free = format!("{name}{number}");
    }
    components.schemas.insert(free.clone(), schema);
    Ref::from_schema_name(free)
}

/// Builds a problem document (RFC 9457) for one status. `says` names the codes that come with it.
pub(super) fn problem(components: &mut Components, says: &str) -> ResponseBuilder {
    let schema = register(components, "AuthProblem", problem_schema());
    ResponseBuilder::new().description(says).content("application/problem+json", Content::new(Some(schema)))
}

/// Builds the 401, with the challenge of RFC 6750.
pub(super) fn unauthorized(components: &mut Components, says: &str) -> Response {
    let challenge = "The scheme and `realm=\"…\"`, with `error=\"…\"` if a token was sent (RFC 6750 §3, RFC 9470 §3)";
    problem(components, says).header("WWW-Authenticate", text_header(challenge)).build()
}

/// Builds the 503: the store failed, or the server is overloaded.
pub(super) fn unavailable(components: &mut Components) -> Response {
    problem(components, "Temporarily unavailable: `unavailable`, `busy`").header("Retry-After", seconds()).build()
}

/// Builds the 429: a limit.
pub(super) fn too_many(components: &mut Components, says: &str) -> Response {
    problem(components, says).header("Retry-After", seconds()).build()
}

fn seconds() -> Header {
    let mut seconds = Header::new(Object::with_type(Type::Integer));
    seconds.description = Some("Seconds to wait before trying again".to_owned());
    seconds
}

pub(super) fn text_header(says: &str) -> Header {
    let mut header = Header::new(Object::with_type(Type::String));
    header.description = Some(says.to_owned());
    header
}

fn problem_schema() -> Object {
    let text = || Object::with_type(Type::String);
    let said = |says: &str| Object::builder().schema_type(Type::String).description(Some(says));
    let number = |says: &str| Object::builder().schema_type(Type::Integer).description(Some(says));
    let known = Object::builder().schema_type(Type::String).enum_values(Some(CODES)).build();
    let own = Object::builder().schema_type(Type::String).description(Some("A code of the application")).build();
    let code = AnyOfBuilder::new().item(known).item(own).description(Some("Stable across versions, for programs"));
    let error = [("field", Shape::Text), ("code", Shape::Text), ("message", Shape::Text)];
    let errors = Array::new(shapes::object(&error));
    let methods = Array::new(shapes::object(&[("method", Shape::Text)]));
    let status =
        Object::builder().schema_type(Type::Integer).format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)));
    let object = Object::builder()
        .schema_type(Type::Object)
        .description(Some("A problem document (RFC 9457)"))
        .property("type", text())
        .property("title", text())
        .property("status", status)
        .property("code", code)
        .property("detail", text())
        .property("errors", errors)
        .property("max_age", number("With `step_up_required`: the maximum age of the login, in seconds"))
        .property("tries_left", number("With `invalid_code`: how many more codes may be tried"))
        .property("sign_in", said("With `factor_required`: the handle to send with the next step"))
        .property("needs", said("With `factor_required`: what is missing"))
        .property("methods", methods)
        .property("expires_in", number("With `factor_required`: how long `sign_in` works, in seconds"))
        .property("acr_values", said("With `step_up_required`: the required authentication context class"));
    ["type", "title", "status", "code", "detail"].into_iter().fold(object, ObjectBuilder::required).build()
}

/// The response of a login (RFC 6749 §5.1).
pub(super) fn tokens() -> Object {
    let fields = [
        ("access_token", Shape::Text),
        ("refresh_token", Shape::Text),
        ("token_type", Shape::Choice(vec!["Bearer"])),
        ("expires_in", Shape::Integer(Some("int32"))),
    ];
    let says = "`expires_in` is the lifetime of the access token, in seconds. After a second step with `trust_device`, where \
                devices can be trusted, `device` goes with the next password, for `device_expires_in` seconds";
    let device = Object::with_type(Type::String);
    let expires = shapes::schema(&Shape::Integer(Some("int32")));
    let tokens = shapes::object(&fields).property("device", device).property("device_expires_in", expires);
    tokens.description(Some(says)).build()
}

/// The same, with the tokens in cookies.
pub(super) fn tokens_in_cookies() -> Object {
    let fields = [("token_type", Shape::Choice(vec!["Cookie"])), ("expires_in", Shape::Integer(Some("int32")))];
    shapes::object(&fields).description(Some("The tokens are in `HttpOnly` cookies")).build()
}

/// A fresh access token alone.
pub(super) fn access_token() -> Object {
    let fields =
        [("access_token", Shape::Text), ("token_type", Shape::Text), ("expires_in", Shape::Integer(Some("int32")))];
    shapes::object(&fields).build()
}

/// What somebody who waits for a mail is answered: a handle, unless `cookies` may keep it, and what goes with it.
pub(super) fn handle(cookies: bool, with: &[(&'static str, Shape)]) -> Object {
    let says = if cookies {
        "`sign_in` goes with what was mailed; it is absent if it is in an `HttpOnly` cookie. `expires_in` is how long it works, \
         in seconds"
    } else {
        "`sign_in` goes with what was mailed. `expires_in` is how long it works, in seconds"
    };
    let object = shapes::object(with).property("sign_in", Object::with_type(Type::String)).description(Some(says));
    if cookies { object.build() } else { object.required("sign_in").build() }
}

/// How long something works that was mailed.
pub(super) fn expires_in() -> Object {
    shapes::object(&[("expires_in", Shape::Integer(Some("int32")))]).description(Some("In seconds")).build()
}

/// Which address has to confirm a change.
pub(super) fn waiting_for() -> Object {
    shapes::object(&[("waiting_for", Shape::Choice(vec!["old", "new"]))]).build()
}

/// What the caller has beside the password.
pub(super) fn factors() -> Object {
    let fields = [
        ("second_step", Shape::Boolean),
        ("totp", Shape::Boolean),
        ("recovery_codes_left", Shape::Integer(Some("int32"))),
    ];
    let says = "`second_step`: whether a sign-in needs one; `totp`: whether there is an authenticator app";
    shapes::object(&fields).description(Some(says)).build()
}

/// What an authenticator app needs to know.
pub(super) fn totp_enrolment() -> Object {
    let fields = [
        ("secret", Shape::Text),
        ("uri", Shape::Text),
        ("qr_svg", Shape::Text),
        ("expires_in", Shape::Integer(Some("int32"))),
    ];
    let says = "The secret in base32; `otpauth://…`, and the same as an SVG; how long it can be confirmed, in seconds";
    shapes::object(&fields).description(Some(says)).build()
}

/// Recovery codes.
pub(super) fn recovery_codes() -> Object {
    let codes = ("recovery_codes", Shape::List(Box::new(Shape::Text)));
    shapes::object(&[codes]).description(Some("Each works once. Nobody can show them again")).build()
}

/// The options of a ceremony: their members are those of the standard.
pub(super) fn passkey_options() -> Object {
    let says = "What `PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON` reads";
    Object::builder().schema_type(Type::Object).description(Some(says)).build()
}

/// The passkeys of an account, for its browser: the members are those of the standard.
pub(super) fn accepted_passkeys() -> Object {
    let fields = [
        ("rpId", Shape::Text),
        ("userId", Shape::Text),
        ("allAcceptedCredentialIds", Shape::List(Box::new(Shape::Text))),
    ];
    let says = "What `PublicKeyCredential.signalAllAcceptedCredentials` takes; ids are in base64url";
    shapes::object(&fields).description(Some(says)).build()
}

/// Origins outside of the domain that may use its passkeys.
pub(super) fn related_origins() -> Object {
    shapes::object(&[("origins", Shape::List(Box::new(Shape::Text)))]).build()
}

/// The pages for passkeys. What is not set is left out.
pub(super) fn passkey_endpoints() -> Object {
    let page = || Object::builder().schema_type(Type::String).format(Some(SchemaFormat::Custom("uri".into())));
    Object::builder().schema_type(Type::Object).property("enroll", page()).property("manage", page()).build()
}

/// The public keys of the issuer (RFC 7517 §5).
pub(super) fn key_set() -> Object {
    let text = || Object::builder().schema_type(Type::String);
    let key = Object::builder()
        .schema_type(Type::Object)
        .description(Some("A public key; the other members depend on `kty`"));
    let key = ["kty", "use", "alg", "kid"].into_iter().fold(key, |key, name| key.property(name, text()).required(name));
    let key = ["crv", "x", "y", "n", "e"].into_iter().fold(key, |key, name| key.property(name, text()));
    Object::builder().schema_type(Type::Object).property("keys", Array::new(key)).required("keys").build()
}

/// Where services that verify tokens find the keys (RFC 8414 §3.2).
pub(super) fn issuer_metadata() -> Object {
    let text = || Object::builder().schema_type(Type::String);
    let document = Object::builder()
        .schema_type(Type::Object)
        .property("issuer", text())
        .required("issuer")
        .property("jwks_uri", text().format(Some(SchemaFormat::Custom("uri".into()))))
        .required("jwks_uri");
    let lists = [
        "response_types_supported",
        "grant_types_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
        "token_endpoint_auth_methods_supported",
    ];
    let document =
        lists.into_iter().fold(document, |document, name| document.property(name, Array::new(text())).required(name));
    document
        .property("introspection_endpoint", text().format(Some(SchemaFormat::Custom("uri".into()))))
        .property("introspection_endpoint_auth_methods_supported", Array::new(text()))
        .build()
}

/// One passkey in the user's list.
pub(super) fn passkey() -> Object {
    let fields = [
        ("id", Shape::Text),
        ("name", Shape::Text),
        ("created_at", Shape::Text),
        ("last_used_at", Shape::Optional(Box::new(Shape::Text))),
        ("synced", Shape::Boolean),
        ("aaguid", Shape::Text),
    ];
    shapes::object(&fields).description(Some("A passkey. Times are RFC 3339; its id is not a credential")).build()
}

/// One session in the user's list.
pub(super) fn session() -> Object {
    let optional = || Shape::Optional(Box::new(Shape::Text));
    let fields = [("id", Shape::Text), ("ip", optional()), ("user_agent", optional()), ("current", Shape::Boolean)];
    let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
    let time = Object::builder().schema_type(Type::String).format(Some(format)).build();
    let times = ["created_at", "last_used_at", "expires_at"].into_iter();
    times
        .fold(shapes::object(&fields), |object, name| object.property(name, time.clone()).required(name))
        // There only where it is true.
        .property("former_token", Object::with_type(Type::Boolean))
        .description(Some("A session. Its id is not a credential"))
        .build()
}
