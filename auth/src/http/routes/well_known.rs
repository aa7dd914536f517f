//! What others ask at the root of a domain, where [`Auth::routes`] usually is not: keys, passkeys, the password page.

#[cfg(not(feature = "password"))]
use super::no_well_known_pages as well_known_pages;
#[cfg(feature = "password")]
use super::well_known_pages;
use super::{key_set, resource_metadata};
use crate::auth::Auth;
use crate::http::routing::Routes;
use crate::model::user::AuthUser;

impl<U: AuthUser> Auth<U> {
    /// Returns what other services, browsers and password managers ask at the root of a domain. Merge it there, beside
    /// the routes that are nested elsewhere:
    ///
    /// ```
    /// # use auth::{Auth, AuthUser, PasswordHash};
    /// # use auth::routing::Routes;
    /// # #[derive(Clone, Debug, sqlx::FromRow, AuthUser)] #[auth(table = "users")]
    /// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash }
    /// # fn demo(auth: Auth<User>) -> Routes<Auth<User>> {
    /// Routes::new().nest("/auth", auth.routes()).merge(auth.well_known())
    /// # }
    /// ```
    ///
    /// | route | is there with | answer |
    /// |---|---|---|
    /// | `GET /.well-known/jwks.json` | [`signing_key`](crate::AuthBuilder::signing_key), or another key pair | `{"keys": […]}`: the public keys that access tokens are verified with (RFC 7517 §5), with an `ETag`; good for five minutes |
    /// | `GET /.well-known/oauth-authorization-server`, `GET /.well-known/openid-configuration` | the same | `{"issuer", "jwks_uri", …}`: the issuer and the address of its keys (RFC 8414 §3.2), for services that are configured with the issuer alone. For an issuer with a path, also at the addresses with the path |
    /// | `GET /.well-known/oauth-protected-resource` | [`resource`](crate::AuthBuilder::resource) | `{"resource", "authorization_servers", …}`: who issues tokens for this service (RFC 9728 §3.2); behind it the path of the resource, if it has one |
    /// | `GET /.well-known/webauthn` | `PasskeySettings::related_origin` | `{"origins": […]}`: who may use the passkeys of this domain beside its own pages (`WebAuthn` §5.11) |
    /// | `GET /.well-known/passkey-endpoints` | `AuthBuilder::passkeys` | `{"enroll", "manage"}`: the pages for passkeys, as far as they are set |
    /// | `GET /.well-known/change-password` | `AuthBuilder::change_password_page` | 303 to that page |
    ///
    /// Browsers ask for `webauthn` at the domain that passkeys belong to, over `https`. Unknown addresses below
    /// `/.well-known/` have to be 404, or clients do not believe the last one.
    pub fn well_known<S: Clone + Send + Sync + 'static>(&self) -> Routes<S> {
        let mut routes = key_set::add_to(Routes::new(), self);
        resource_metadata::add_to::<U, S>(&mut routes, &self.http_settings());
        well_known_pages::add_to(&mut routes, self);
        routes
    }
}
