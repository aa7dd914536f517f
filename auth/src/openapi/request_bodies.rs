//! The bodies that built-in routes read.

use utoipa::openapi::schema::OneOfBuilder;
use utoipa::openapi::{Object, Ref, RefOr, Schema};

use super::builtin::{About, in_browser};
use super::{api_keys, schemas, shapes};
use crate::http::routing::RequestBody;
use crate::model::json_shape::Shape;

impl About<'_> {
    pub(super) fn body(&mut self, body: RequestBody) -> Option<Ref> {
        Some(match body {
            RequestBody::None => return None,
            RequestBody::Registration => {
                let fields = shapes::with_password(shapes::body(&self.shape.registration), "password");
                self.of_user("Registration", fields)
            }
            RequestBody::Login => {
                let login = self.login();
                self.of_user("Login", login)
            }
            RequestBody::Password => {
                let fields = shapes::with_password(shapes::body(&[]), "password");
                schemas::register(self.components, "AuthReauthentication", fields)
            }
            RequestBody::PasswordChange => {
                let fields = shapes::with_password(shapes::body(&[]), "current_password");
                let fields = shapes::with_password(fields, "new_password");
                schemas::register(self.components, "AuthPasswordChange", fields)
            }
            RequestBody::Address => {
                self.of_user("Address", shapes::body(&[(self.shape.schema.address_column(), Shape::Text)]))
            }
            RequestBody::PasswordReset => {
                let link = shapes::with_password(shapes::body(&[("token", Shape::Text)]), "new_password");
                let code = shapes::body(&[self.handle(), ("code", Shape::Text)]);
                let code = shapes::with_password(code, "new_password");
                let either = OneOfBuilder::new().item(link.build()).item(code.build());
                let either = either.description(Some("What the link has, or the code and what asking for it returned"));
                self.with_handle("AuthPasswordReset", either)
            }
            RequestBody::SignInHandle => self.with_handle("AuthSignInHandle", shapes::body(&[self.handle()])),
            RequestBody::SignInCode => {
                self.with_handle("AuthSignInCode", shapes::body(&[self.handle(), ("code", Shape::Text)]))
            }
            RequestBody::SignInFactor => {
                let fields = shapes::body(&[self.handle(), ("code", Shape::Text), trust_device()]);
                self.with_handle("AuthSignInFactor", fields)
            }
            RequestBody::SignInPasskey => {
                let fields = shapes::body(&[self.handle(), ("credential", Shape::Object), trust_device()]);
                self.with_handle("AuthSignInPasskey", fields)
            }
            RequestBody::SignInNewPasskey => {
                let fields = [self.handle(), ("credential", Shape::Object), ("name", Shape::Text)];
                self.with_handle("AuthSignInNewPasskey", shapes::body(&fields))
            }
            RequestBody::MailedLink => {
                self.with_handle("AuthMailedLink", shapes::body(&[self.handle(), ("token", Shape::Text)]))
            }
            RequestBody::Token => self.texts("AuthMailedToken", &["token"]),
            RequestBody::TokenInBrowser => {
                let handle = Shape::Optional(Box::new(Shape::Text));
                let fields = shapes::body(&[("token", Shape::Text), ("sign_in", handle)]);
                schemas::register(self.components, "AuthMailedTokenInBrowser", fields)
            }
            RequestBody::Code => self.texts("AuthCode", &["code"]),
            RequestBody::NewAddress => self.texts("AuthNewAddress", &["new_email"]),
            RequestBody::PasskeyCredential => {
                let fields = shapes::body(&[("credential", Shape::Object)]);
                schemas::register(self.components, "AuthPasskeyCredential", fields)
            }
            RequestBody::PasskeyRegistration => {
                let fields = shapes::body(&[("credential", Shape::Object), ("name", Shape::Text)]);
                schemas::register(self.components, "AuthPasskeyRegistration", fields)
            }
            RequestBody::PasskeyName => self.texts("AuthPasskeyName", &["name"]),
            RequestBody::Introspection => {
                schemas::register(self.components, "AuthIntrospectionRequest", api_keys::introspection_request())
            }
            RequestBody::NewApiKey => schemas::register(self.components, "AuthNewApiKey", api_keys::new_api_key()),
            RequestBody::KeyOverlap => schemas::register(self.components, "AuthKeyOverlap", api_keys::overlap()),
            RequestBody::TokenOrCode => {
                let one = |name| shapes::body(&[(name, Shape::Text)]).build();
                let either = OneOfBuilder::new().item(one("token")).item(one("code"));
                let either = either.description(Some("What the link has, or the code"));
                schemas::register(self.components, "AuthMailedTokenOrCode", either)
            }
            RequestBody::RefreshToken | RequestBody::OptionalRefreshToken => {
                let token = Shape::Optional(Box::new(Shape::Text));
                schemas::register(self.components, "AuthRefreshToken", shapes::body(&[("refresh_token", token)]))
            }
        })
    }

    /// The handle of a sign-in, which a browser may keep.
    fn handle(&self) -> (&'static str, Shape) {
        let shape = if self.cookies { Shape::Optional(Box::new(Shape::Text)) } else { Shape::Text };
        ("sign_in", shape)
    }

    /// Registers a body with it, under a name that says whether it may be left out.
    fn with_handle(&mut self, name: &str, schema: impl Into<RefOr<Schema>>) -> Ref {
        schemas::register(self.components, &in_browser(name, self.cookies), schema)
    }

    /// Registers a body whose fields are all text.
    fn texts(&mut self, name: &str, fields: &[&'static str]) -> Ref {
        let fields: Vec<(&'static str, Shape)> = fields.iter().map(|field| (*field, Shape::Text)).collect();
        schemas::register(self.components, name, shapes::body(&fields))
    }

    /// One of the login fields, and the password.
    fn login(&self) -> RefOr<Schema> {
        let logins = self.shape.schema.logins.iter();
        let mut bodies: Vec<Object> = logins
            .map(|login| {
                let fields = [(login.column, Shape::Text), ("device", Shape::Optional(Box::new(Shape::Text)))];
                shapes::with_password(shapes::body(&fields), "password").build()
            })
            .collect();
        if bodies.len() == 1 {
            return bodies.remove(0).into();
        }
        let one_of = bodies.into_iter().fold(OneOfBuilder::new(), OneOfBuilder::item);
        one_of.description(Some("Exactly one of the login fields")).into()
    }
}

/// Asks for a device that is trusted from then on, where devices can be.
fn trust_device() -> (&'static str, Shape) {
    ("trust_device", Shape::Optional(Box::new(Shape::Boolean)))
}
