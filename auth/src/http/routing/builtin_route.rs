//! What everybody who lists a built-in route says about it: the router, the route table, the `OpenAPI` document and the
//! documentation. Each route has one such value, beside its handler in `routes`.

use axum::routing::MethodFilter;

use crate::http_settings::HandleCookie;

/// The description of a built-in route, for any user type.
#[derive(Debug, PartialEq)]
#[cfg_attr(not(feature = "openapi"), allow(dead_code, reason = "documents read more of it than the router does"))]
pub(crate) struct BuiltinRoute {
    pub(crate) method: MethodFilter,
    /// The path before any nesting: `/login`.
    pub(crate) path: &'static str,
    /// What it does, as an imperative: the summary of the operation.
    pub(crate) summary: &'static str,
    pub(crate) body: RequestBody,
    pub(crate) success: Success,
    /// Whether attempts are limited, so that it can answer 429.
    pub(crate) limited: bool,
    /// Whether it is there for those, too, who have to sign in with several factors and have not: to show another one, to
    /// see which they have, to sign out.
    pub(crate) any_factors: bool,
    /// Whether it is for programs alone: an API key that meets the rule is taken, and nothing else.
    pub(crate) keys_only: bool,
    /// Statuses that only this route has, or that mean something special here, with their codes.
    pub(crate) failures: &'static [(u16, &'static str)],
}

// axum's filter is a set of bits that does not say so.
impl Eq for BuiltinRoute {}

/// What a built-in route reads from the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "password"), allow(dead_code, reason = "most bodies have a password"))]
pub(crate) enum RequestBody {
    None,
    /// The fields of a sign-up, with the password.
    Registration,
    /// One login field and the password, and `device`, which may be left out.
    Login,
    /// `password`.
    Password,
    /// `current_password` and `new_password`.
    PasswordChange,
    /// The login that is an address.
    Address,
    /// `new_password`, and either `token`, or `sign_in` and `code`.
    PasswordReset,
    /// `sign_in`, unless it is in a cookie, as in the following.
    SignInHandle,
    /// `sign_in` and `code`.
    SignInCode,
    /// `sign_in`, `code`, and `trust_device`, which may be left out.
    SignInFactor,
    /// `sign_in`, `credential`, and `trust_device`, which may be left out.
    SignInPasskey,
    /// `sign_in`, `credential` and `name`.
    SignInNewPasskey,
    /// `sign_in` and `token`.
    MailedLink,
    /// `token`.
    Token,
    /// `token`, and `sign_in`, which may be left out.
    TokenInBrowser,
    /// `token`, or `code`.
    TokenOrCode,
    /// `code`.
    Code,
    /// `new_email`.
    NewAddress,
    /// `credential`, as the browser writes it.
    PasskeyCredential,
    /// `credential` and `name`.
    PasskeyRegistration,
    /// `name`.
    PasskeyName,
    /// `name`, `permissions`, and `expires_in`, which may be left out.
    NewApiKey,
    /// `overlap`, which may be left out.
    KeyOverlap,
    /// A form with `token`.
    Introspection,
    /// `refresh_token`, unless it is in a cookie.
    RefreshToken,
    /// `refresh_token`, which may be left out.
    OptionalRefreshToken,
}

impl RequestBody {
    /// Returns the size in bytes of the largest body that is read. A sign-up has fields of the application. All other
    /// bodies have logins, passwords and tokens, which are short; a larger one would cost reading and parsing before any
    /// limit of attempts holds.
    pub(crate) const fn max_bytes(self) -> usize {
        match self {
            // An authenticator may send certificates along.
            Self::Registration
            | Self::PasskeyCredential
            | Self::PasskeyRegistration
            | Self::SignInPasskey
            | Self::SignInNewPasskey => 64 * 1024,
            // A token of the longest kind, and the hint beside it.
            Self::Introspection => 16 * 1024,
            _ => 8 * 1024,
        }
    }
}

/// What a built-in route answers when all is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Success {
    pub(crate) status: u16,
    pub(crate) description: &'static str,
    pub(crate) content: SuccessContent,
}

/// The content of a successful response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "password"), allow(dead_code, reason = "some follow a password"))]
pub(crate) enum SuccessContent {
    None,
    /// None, and cookies are cleared.
    ClearedCookies,
    /// Access and refresh token, in the body or in cookies.
    Tokens,
    /// An access token alone, in the body.
    AccessToken,
    /// Either of these two.
    TokensOrAccessToken,
    /// The caller's profile.
    Profile,
    /// A list of sessions.
    Sessions,
    /// `sign_in` and `expires_in`; the handle may be in this cookie.
    Mailed(HandleCookie),
    /// `sign_in`, `needs` and `expires_in`.
    Pending,
    /// `expires_in`.
    ExpiresIn,
    /// `waiting_for`.
    WaitingFor,
    /// `second_step`, `totp` and `recovery_codes_left`.
    Factors,
    /// `secret`, `uri`, `qr_svg` and `expires_in`.
    TotpEnrolment,
    /// `recovery_codes`.
    RecoveryCodes,
    /// `recovery_codes`, and tokens or an access token alone.
    Enrolled,
    /// The options of a ceremony.
    PasskeyOptions,
    /// What `signalAllAcceptedCredentials` takes.
    AcceptedPasskeys,
    /// A list of passkeys.
    Passkeys,
    /// One passkey.
    Passkey,
    /// A list of API keys.
    ApiKeys,
    /// One API key, with its text.
    NewApiKey,
    /// `active`, and what an active token says.
    Introspection,
    /// A page.
    Html,
    /// A script.
    Script,
    /// None, and a `Location`.
    Redirect,
    /// `origins`.
    RelatedOrigins,
    /// `enroll` and `manage`.
    PasskeyEndpoints,
    /// `keys`.
    KeySet,
    /// `issuer`, `jwks_uri` and what is supported.
    IssuerMetadata,
}
