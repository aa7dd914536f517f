//! The built-in routes, described with the fields of the user type.

use axum::routing::MethodFilter;
use utoipa::openapi::path::{Operation, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{AllOfBuilder, AnyOfBuilder};
use utoipa::openapi::{
    Array, Components, Content, Object, ObjectBuilder, OneOfBuilder, Ref, RefOr, Required, ResponseBuilder, Schema,
    Type,
};

use super::guard::{CROSS_SITE, TOO_LONG};
use super::{api_keys, guard, schemas, shapes};
use crate::http::routing::{BuiltinRoute, CookieNames, RequestBody, RouteInfo, Success, SuccessContent};
use crate::http_settings::HandleCookie;
use crate::model::json_shape::{Shape, UserShape};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
/// The responses of a route that reads a form.
const OF_FORMS: [(u16, &str); 5] = [
    (400, "Malformed form, or a member twice: `invalid_request`"),
    (408, "Body not received within ten seconds: `request_timeout`"),
    (413, "Body larger than 16 KiB: `body_too_large`"),
    (415, "Body not declared as a form: `unsupported_media_type`"),
    (431, TOO_LONG),
];
/// The responses of every route that reads JSON.
const OF_BODIES: [(u16, &str); 6] = [
    (400, "Malformed request: `invalid_request`, `malformed_body`"),
    (408, "Body not received within ten seconds: `request_timeout`"),
    (413, "Body larger than 8 KiB, or than 64 KiB at a sign-up: `body_too_large`"),
    (415, "Body not declared as `application/json`: `unsupported_media_type`"),
    (422, "Invalid fields, all of them listed in `errors`: `invalid_fields`"),
    (431, TOO_LONG),
];
/// For routes that try passwords, create accounts or exchange tokens.
const TOO_MANY: &str = "Rate limited, by client or by account: `too_many_requests`";

/// Returns the operation of a built-in route; `None` for any other.
pub(super) fn operation(route: &RouteInfo, components: &mut Components) -> Option<Operation> {
    let builtin = route.about.builtin.as_ref()?;
    let (cookies, public) = (builtin.cookies.is_some(), route.access.is_public());
    let shape = route.about.shape?();
    let about = About { shape, cookies, public, components };
    Some(about.operation(builtin.route, builtin.cookies.as_ref()))
}

/// The user type of the route, whose fields its schemas have.
pub(super) struct About<'a> {
    pub(super) shape: UserShape,
    /// Whether a handle may be in a cookie.
    pub(super) cookies: bool,
    /// Whether it is open to everybody by itself, whatever is around it.
    public: bool,
    pub(super) components: &'a mut Components,
}

impl About<'_> {
    fn operation(mut self, route: &BuiltinRoute, cookies: Option<&CookieNames>) -> Operation {
        let body = self.body(route.body);
        let content = self.content(route.success.content);
        let operation = OperationBuilder::new().summary(Some(route.summary)).build();
        let mut described = Described { operation, cookies, public: self.public, components: self.components };
        if let Some(body) = body {
            let is_optional = match route.body {
                RequestBody::RefreshToken | RequestBody::SignInHandle => cookies.is_some(),
                RequestBody::OptionalRefreshToken | RequestBody::KeyOverlap => true,
                _ => false,
            };
            described.body(body, !is_optional, route.body);
        }
        described.success(route.success, content);
        for (status, says) in route.failures {
            described.failure(*status, says);
        }
        if route.limited {
            described.limited();
        }
        described.cross_site(route);
        described.unavailable();
        described.operation
    }

    fn content(&mut self, content: SuccessContent) -> Option<RefOr<Schema>> {
        match content {
            // Tokens and handles depend on the cookies.
            SuccessContent::None
            | SuccessContent::ClearedCookies
            | SuccessContent::Tokens
            | SuccessContent::TokensOrAccessToken
            | SuccessContent::Enrolled
            | SuccessContent::Mailed(_)
            | SuccessContent::Pending
            | SuccessContent::Html
            | SuccessContent::Script
            | SuccessContent::Redirect => None,
            SuccessContent::AccessToken => {
                Some(schemas::register(self.components, "AuthAccessToken", schemas::access_token()).into())
            }
            SuccessContent::Profile => {
                let profile = shapes::object(&self.shape.profile);
                Some(self.of_user("Profile", profile).into())
            }
            SuccessContent::ExpiresIn => {
                Some(schemas::register(self.components, "AuthExpiresIn", schemas::expires_in()).into())
            }
            SuccessContent::WaitingFor => {
                Some(schemas::register(self.components, "AuthWaitingFor", schemas::waiting_for()).into())
            }
            SuccessContent::Factors => {
                Some(schemas::register(self.components, "AuthFactors", schemas::factors()).into())
            }
            SuccessContent::TotpEnrolment => {
                Some(schemas::register(self.components, "AuthTotpEnrolment", schemas::totp_enrolment()).into())
            }
            SuccessContent::RecoveryCodes => {
                Some(schemas::register(self.components, "AuthRecoveryCodes", schemas::recovery_codes()).into())
            }
            SuccessContent::PasskeyOptions => {
                Some(schemas::register(self.components, "AuthPasskeyOptions", schemas::passkey_options()).into())
            }
            SuccessContent::RelatedOrigins => {
                Some(schemas::register(self.components, "AuthRelatedOrigins", schemas::related_origins()).into())
            }
            SuccessContent::PasskeyEndpoints => {
                Some(schemas::register(self.components, "AuthPasskeyEndpoints", schemas::passkey_endpoints()).into())
            }
            SuccessContent::KeySet => Some(schemas::register(self.components, "AuthKeySet", schemas::key_set()).into()),
            SuccessContent::IssuerMetadata => {
                Some(schemas::register(self.components, "AuthIssuerMetadata", schemas::issuer_metadata()).into())
            }
            SuccessContent::Introspection => {
                Some(schemas::register(self.components, "AuthIntrospection", api_keys::introspection()).into())
            }
            SuccessContent::Passkey => {
                Some(schemas::register(self.components, "AuthPasskey", schemas::passkey()).into())
            }
            SuccessContent::AcceptedPasskeys => {
                let accepted = schemas::accepted_passkeys();
                Some(schemas::register(self.components, "AuthAcceptedPasskeys", accepted).into())
            }
            SuccessContent::Passkeys => {
                let passkey = schemas::register(self.components, "AuthPasskey", schemas::passkey());
                Some(Array::new(passkey).into())
            }
            SuccessContent::NewApiKey => {
                Some(schemas::register(self.components, "AuthCreatedApiKey", api_keys::created_api_key()).into())
            }
            SuccessContent::ApiKeys => {
                let key = schemas::register(self.components, "AuthApiKey", api_keys::api_key());
                Some(Array::new(key).into())
            }
            SuccessContent::Sessions => {
                let session = schemas::register(self.components, "AuthSession", schemas::session());
                Some(Array::new(session).into())
            }
        }
    }

    /// Registers a schema specific to this user type: `UserLogin`.
    pub(super) fn of_user(&mut self, what: &str, schema: impl Into<RefOr<Schema>>) -> Ref {
        let name: String = self.shape.schema.name.chars().filter(char::is_ascii_alphanumeric).collect();
        schemas::register(self.components, &format!("{name}{what}"), schema)
    }
}

/// An operation under construction.
struct Described<'a> {
    operation: Operation,
    cookies: Option<&'a CookieNames>,
    public: bool,
    components: &'a mut Components,
}

impl Described<'_> {
    fn body(&mut self, schema: Ref, required: bool, kind: RequestBody) {
        let required = if required { Required::True } else { Required::False };
        let is_form = kind == RequestBody::Introspection;
        let declared = if is_form { FORM } else { JSON };
        let body = RequestBodyBuilder::new().content(declared, Content::new(Some(schema))).required(Some(required));
        self.operation.request_body = Some(RefOr::T(body.build()));
        if is_form {
            for (status, says) in OF_FORMS {
                self.failure(status, says);
            }
            return;
        }
        for (status, says) in OF_BODIES {
            self.failure(status, says);
        }
    }

    fn success(&mut self, success: Success, content: Option<RefOr<Schema>>) {
        let mut response = ResponseBuilder::new().description(success.description);
        let content = match (success.content, self.cookies) {
            (SuccessContent::Tokens | SuccessContent::TokensOrAccessToken | SuccessContent::Enrolled, cookies) => {
                if let Some(cookies) = cookies {
                    let header = format!("`{}` and `{}`", cookies.access, cookies.refresh);
                    response = response.header("Set-Cookie", schemas::text_header(&header));
                }
                let tokens = self.tokens();
                Some(if success.content == SuccessContent::Tokens {
                    tokens
                } else {
                    let alone = schemas::register(self.components, "AuthAccessToken", schemas::access_token());
                    let tokens = AnyOfBuilder::new().item(tokens).item(alone);
                    if success.content == SuccessContent::Enrolled {
                        let codes = schemas::recovery_codes();
                        let codes = schemas::register(self.components, "AuthRecoveryCodes", codes);
                        AllOfBuilder::new().item(tokens).item(codes).into()
                    } else {
                        tokens.into()
                    }
                })
            }
            (SuccessContent::Mailed(which), cookies) => {
                response = keeping(response, cookies, which);
                Some(self.handle("AuthMailed", &[EXPIRES_IN]))
            }
            (SuccessContent::Pending, cookies) => {
                response = keeping(response, cookies, HandleCookie::SignIn);
                let needs = ("needs", Shape::Choice(vec!["mailbox", "enrolment"]));
                Some(self.handle("AuthPending", &[needs, EXPIRES_IN]))
            }
            (SuccessContent::Html | SuccessContent::Script, _) => {
                let kind = if success.content == SuccessContent::Html { "text/html" } else { "text/javascript" };
                response = response.content(kind, Content::new(Some(Object::with_type(Type::String))));
                content
            }
            (SuccessContent::Redirect, _) => {
                response = response.header("Location", schemas::text_header("The page"));
                content
            }
            (SuccessContent::ClearedCookies, Some(_)) => {
                response = response.header("Set-Cookie", schemas::text_header("Clears the cookies"));
                content
            }
            _ => content,
        };
        if let Some(content) = content {
            response = response.content(JSON, Content::new(Some(content)));
        }
        guard::answer(&mut self.operation, &success.status.to_string(), || response.build());
    }

    /// Describes tokens, in the body or in cookies.
    fn tokens(&mut self) -> RefOr<Schema> {
        let Some(cookies) = self.cookies else { return self.tokens_in_body().into() };
        let in_cookies = schemas::register(self.components, "AuthTokensInCookies", schemas::tokens_in_cookies());
        if cookies.always {
            return in_cookies.into();
        }
        self.ask_for_cookies();
        let in_body = self.tokens_in_body();
        OneOfBuilder::new().item(in_body).item(in_cookies).into()
    }

    /// Describes a handle and what goes with it.
    fn handle(&mut self, name: &str, with: &[(&'static str, Shape)]) -> RefOr<Schema> {
        let cookies = self.cookies.is_some();
        if self.cookies.is_some_and(|cookies| !cookies.always) {
            self.ask_for_cookies();
        }
        schemas::register(self.components, &in_browser(name, cookies), schemas::handle(cookies, with)).into()
    }

    fn tokens_in_body(&mut self) -> Ref {
        schemas::register(self.components, "AuthTokens", schemas::tokens())
    }

    /// Whoever is signed in already is answered as they asked, with a token or with cookies.
    fn ask_for_cookies(&mut self) {
        if !self.public {
            return;
        }
        let parameter = ParameterBuilder::new()
            .name("cookies")
            .parameter_in(ParameterIn::Query)
            .required(Required::False)
            .description(Some("`true` returns tokens and handles in cookies, for pages of the application itself"))
            .schema(Some(ObjectBuilder::new().schema_type(Type::Boolean).default(Some(false.into()))));
        self.operation.parameters.get_or_insert_default().push(RefOr::T(parameter.build()));
    }

    fn failure(&mut self, status: u16, says: &'static str) {
        if status == 202 {
            // Another way in which it succeeds, as below.
            return self.success(Success { status, description: says, content: SuccessContent::Pending }, None);
        }
        let Self { operation, components, .. } = self;
        guard::answer(operation, &status.to_string(), || match status {
            401 => schemas::unauthorized(components, says),
            // Another way in which it succeeds.
            204 => ResponseBuilder::new().description(says).build(),
            _ => schemas::problem(components, says).build(),
        });
    }

    fn unavailable(&mut self) {
        let Self { operation, components, .. } = self;
        guard::answer(operation, "503", || schemas::unavailable(components));
    }

    fn limited(&mut self) {
        let Self { operation, components, .. } = self;
        guard::answer(operation, "429", || schemas::too_many(components, TOO_MANY));
    }

    /// Requests that change something with a cookie must come from a page of the application.
    fn cross_site(&mut self, route: &BuiltinRoute) {
        if self.cookies.is_some() && route.method != MethodFilter::GET {
            self.failure(403, CROSS_SITE);
        }
    }
}

/// The name of a schema with a handle, which browsers may leave out.
pub(super) fn in_browser(name: &str, cookies: bool) -> String {
    format!("{name}{}", if cookies { "InBrowser" } else { "" })
}

/// Adds the cookie that keeps a handle.
fn keeping(response: ResponseBuilder, cookies: Option<&CookieNames>, which: HandleCookie) -> ResponseBuilder {
    let Some(cookies) = cookies else { return response };
    let name = match which {
        HandleCookie::SignIn => &cookies.sign_in,
        HandleCookie::AddressChange => &cookies.address_change,
    };
    response.header("Set-Cookie", schemas::text_header(&format!("`{name}`")))
}

const EXPIRES_IN: (&str, Shape) = ("expires_in", Shape::Integer(Some("int32")));
