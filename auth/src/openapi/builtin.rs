//! The routes of the library, described with the fields of the user type.

use utoipa::openapi::path::{Operation, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::{
    Array, Components, Content, Object, ObjectBuilder, OneOfBuilder, Ref, RefOr, Required, ResponseBuilder, Schema,
    Type,
};

use super::guard::{CROSS_SITE, TOO_LONG};
use super::{guard, schemas, shapes};
use crate::routing::{CookieNames, RouteInfo};
use crate::shape::{Shape, UserShape};

const JSON: &str = "application/json";
/// The responses of every route that reads a body.
const OF_BODIES: [(&str, &str); 6] = [
    ("400", "Not a request: `invalid_request`, `malformed_body`"),
    ("408", "The body took longer than ten seconds: `request_timeout`"),
    ("413", "More than 64 KiB: `body_too_large`"),
    ("415", "Not `application/json`: `unsupported_media_type`"),
    ("422", "Every field that breaks a rule is in `errors`: `invalid_fields`"),
    ("431", TOO_LONG),
];
/// For routes that try passwords, create accounts or exchange tokens.
const TOO_MANY: &str = "Too often, of this client or at this account: `too_many_requests`";

/// Returns the operation of a route of the library; `None` for any other.
pub(super) fn operation(route: &RouteInfo, components: &mut Components) -> Option<Operation> {
    let own = route.about.own.as_ref()?;
    let mut about = About { route, user: (route.about.shape)(), cookies: own.cookies.as_ref(), components };
    Some(match own.path {
        "/register" => about.register(),
        "/login" => about.login(),
        "/refresh" => about.refresh(),
        "/logout" => about.logout(),
        "/logout-all" => about.summary("Ends every session").signed_out(),
        "/me" => about.me(),
        "/sessions" => about.sessions(),
        "/sessions/{id}" => about.end_session(),
        "/password/change" => about.change_password(),
        "/reauthenticate" => about.reauthenticate(),
        _ => return None,
    })
}

struct About<'a> {
    route: &'a RouteInfo,
    user: UserShape,
    cookies: Option<&'a CookieNames>,
    components: &'a mut Components,
}

impl About<'_> {
    fn register(&mut self) -> Operation {
        let body = shapes::with_password(shapes::body(&self.user.registration), "password");
        let body = self.of_user("Registration", body);
        let mut operation = self.summary("Makes an account and signs in").body(body, true).tokens("201", "Signed up");
        operation.says("409", "A login that somebody has: `taken`");
        operation.limited();
        operation
            .says("403", "Made, but not active yet: `inactive_user`; `cross_site`, or a code of the application's own");
        operation.done()
    }

    fn login(&mut self) -> Operation {
        let logins = self.route.about.user.logins.iter();
        let mut bodies: Vec<Object> = logins
            .map(|login| shapes::with_password(shapes::body(&[(login.column, Shape::Text)]), "password").build())
            .collect();
        let body: RefOr<Schema> = if bodies.len() == 1 {
            bodies.remove(0).into()
        } else {
            let one_of = bodies.into_iter().fold(OneOfBuilder::new(), OneOfBuilder::item);
            one_of.description(Some("One login, not several")).into()
        };
        let body = self.of_user("Login", body);
        let mut operation = self.summary("Signs in").body(body, true).tokens("200", "Signed in");
        operation.unauthorized("An unknown login, as a wrong password: `invalid_credentials`");
        let says = "Switched off: `inactive_user`; `cross_site`, or a code of the application's own";
        operation.says("403", says);
        operation.limited();
        operation.done()
    }

    fn refresh(&mut self) -> Operation {
        let (body, required) = (refresh_token(self.components), self.cookies.is_none());
        let summary = "Exchanges the refresh token, in the body or in the cookie, for new tokens";
        let mut operation = self.summary(summary).body(body, required).tokens("200", "New tokens");
        operation.unauthorized("Spent, ended or unknown: `invalid_refresh_token`");
        operation.limited();
        operation.cross_site();
        operation.done()
    }

    fn logout(&mut self) -> Operation {
        let body = refresh_token(self.components);
        let summary = "Ends the session of the bearer token, the refresh token or the cookies";
        let mut operation = self.summary(summary).body(body, false);
        operation.limited();
        operation.unavailable();
        operation.signed_out()
    }

    fn me(&mut self) -> Operation {
        let profile = shapes::object(&self.user.profile);
        let profile = self.of_user("Profile", profile);
        self.summary("Who is signed in").answers("200", "The user", Some(profile.into())).done()
    }

    fn sessions(&mut self) -> Operation {
        let session = schemas::register(self.components, "AuthSession", schemas::session());
        let sessions = Array::new(session);
        self.summary("The live sessions").answers("200", "The latest used first", Some(sessions.into())).done()
    }

    fn end_session(&mut self) -> Operation {
        let mut operation = self.summary("Ends one session").answers("204", "It is ended", None);
        operation.says("404", "No such session of this user: `not_found`");
        operation.cross_site();
        operation.done()
    }

    fn change_password(&mut self) -> Operation {
        let body = shapes::with_password(shapes::body(&[]), "current_password");
        let body =
            schemas::register(self.components, "AuthPasswordChange", shapes::with_password(body, "new_password"));
        let summary = "Changes the password and ends the other sessions";
        let mut operation = self.summary(summary).body(body, true).answers("204", "It is changed", None);
        operation.limited();
        operation.cross_site();
        operation.done()
    }

    fn reauthenticate(&mut self) -> Operation {
        let body = shapes::with_password(shapes::body(&[]), "password");
        let body = schemas::register(self.components, "AuthReauthentication", body);
        let token = schemas::register(self.components, "AuthAccessToken", schemas::access_token());
        let summary = "Proves again who is signed in";
        let mut operation =
            self.summary(summary).body(body, true).answers("200", "A fresh access token", Some(token.into()));
        operation.limited();
        operation.cross_site();
        operation.done()
    }

    /// Registers a schema specific to this user type: `UserLogin`.
    fn of_user(&mut self, what: &str, schema: impl Into<RefOr<Schema>>) -> Ref {
        let name: String = self.route.about.user.name.chars().filter(char::is_ascii_alphanumeric).collect();
        schemas::register(self.components, &format!("{name}{what}"), schema)
    }

    fn summary(&mut self, says: &str) -> Described<'_> {
        let operation = OperationBuilder::new().summary(Some(says)).build();
        Described { operation, cookies: self.cookies, components: self.components }
    }
}

fn refresh_token(components: &mut Components) -> Ref {
    let token = Shape::Optional(Box::new(Shape::Text));
    schemas::register(components, "AuthRefreshToken", shapes::body(&[("refresh_token", token)]))
}

/// An operation under construction.
struct Described<'a> {
    operation: Operation,
    cookies: Option<&'a CookieNames>,
    components: &'a mut Components,
}

impl Described<'_> {
    fn body(mut self, schema: Ref, required: bool) -> Self {
        let required = if required { Required::True } else { Required::False };
        let body = RequestBodyBuilder::new().content(JSON, Content::new(Some(schema))).required(Some(required));
        self.operation.request_body = Some(RefOr::T(body.build()));
        for (status, says) in OF_BODIES {
            self.says(status, says);
        }
        self
    }

    fn answers(mut self, status: &str, says: &str, schema: Option<RefOr<Schema>>) -> Self {
        let response = ResponseBuilder::new().description(says);
        let response = match schema {
            Some(schema) => response.content(JSON, Content::new(Some(schema))),
            None => response,
        };
        guard::answer(&mut self.operation, status, || response.build());
        self
    }

    /// Describes tokens, in the body or in cookies.
    fn tokens(mut self, status: &str, says: &str) -> Self {
        let mut response = ResponseBuilder::new().description(says);
        let schema: RefOr<Schema> = match self.cookies {
            None => self.tokens_in_body().into(),
            Some(cookies) => {
                let header = format!("`{}` and `{}`", cookies.access, cookies.refresh);
                response = response.header("Set-Cookie", schemas::text_header(&header));
                let name = "AuthTokensInCookies";
                let in_cookies = schemas::register(self.components, name, schemas::tokens_in_cookies());
                if cookies.always {
                    in_cookies.into()
                } else {
                    self.ask_for_cookies();
                    let in_body = self.tokens_in_body();
                    OneOfBuilder::new().item(in_body).item(in_cookies).into()
                }
            }
        };
        let response = response.content(JSON, Content::new(Some(schema)));
        guard::answer(&mut self.operation, status, || response.build());
        self.unavailable();
        self
    }

    fn tokens_in_body(&mut self) -> Ref {
        schemas::register(self.components, "AuthTokens", schemas::tokens())
    }

    fn ask_for_cookies(&mut self) {
        let parameter = ParameterBuilder::new()
            .name("cookies")
            .parameter_in(ParameterIn::Query)
            .required(Required::False)
            .description(Some("`true`: the tokens come in cookies, for pages of the application itself"))
            .schema(Some(ObjectBuilder::new().schema_type(Type::Boolean).default(Some(false.into()))));
        self.operation.parameters.get_or_insert_default().push(RefOr::T(parameter.build()));
    }

    /// Describes 204, which removes the cookies.
    fn signed_out(mut self) -> Operation {
        let mut response = ResponseBuilder::new().description("Signed out");
        if self.cookies.is_some() {
            response = response.header("Set-Cookie", schemas::text_header("Takes the cookies back"));
        }
        guard::answer(&mut self.operation, "204", || response.build());
        self.cross_site();
        self.done()
    }

    fn says(&mut self, status: &str, says: &str) {
        let Self { operation, components, .. } = self;
        guard::answer(operation, status, || schemas::problem(components, says).build());
    }

    fn unauthorized(&mut self, says: &str) {
        let Self { operation, components, .. } = self;
        guard::answer(operation, "401", || schemas::unauthorized(components, says));
    }

    fn unavailable(&mut self) {
        let Self { operation, components, .. } = self;
        guard::answer(operation, "503", || schemas::unavailable(components));
    }

    fn limited(&mut self) {
        let Self { operation, components, .. } = self;
        guard::answer(operation, "429", || schemas::too_many(components, TOO_MANY));
    }

    /// Requests with cookies must come from a page of the application.
    fn cross_site(&mut self) {
        if self.cookies.is_some() {
            self.says("403", CROSS_SITE);
        }
    }

    fn done(self) -> Operation {
        self.operation
    }
}
