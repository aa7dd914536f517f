//! Access tokens of other issuers: Keycloak, Entra, Auth0, Cognito, Supabase, Zitadel, and whatever else speaks OpenID
//! Connect. A service that only reads such tokens needs no database, and no [`Auth`](crate::Auth).
//!
//! ```no_run
//! use auth::issuer::{Issuer, ReadClaims};
//!
//! async fn caller<Employee: ReadClaims>(token: &str) -> auth::Result<()> {
//!     let staff = Issuer::<Employee>::keycloak("https://sso.example.org/realms/shop")
//!         .audience("shop-api")
//!         .also_known_as("http://keycloak:8080/realms/shop") // another `iss`, the same keys
//!         .keys(std::fs::read_to_string("realm-keys.json")?) // or a client: the feature `oidc`
//!         .build()?;
//!     let employee = staff.verify(token).await?;
//!     println!("signed in at {}", employee.registered.issuer());
//!     Ok(())
//! }
//! ```
//!
//! # What is checked
//!
//! In this order, and the first failure ends it: size; form; header (strict JSON of at most 1 KiB, without `crit`); the key
//! that `kid` names, among those that the issuer publishes; that key's one algorithm; the signature; the claims that the
//! application reads; `iss`, byte by byte; `aud`; `exp`, `nbf` and `iat`, a minute more or less; and that it is an access
//! token, which every issuer marks in its own way. Keys and addresses in a token are never used. Algorithms with a shared
//! secret do not exist here.
//!
//! # Keys
//!
//! | | |
//! |---|---|
//! | fetched | in the background as soon as the handle is built; requests wait for them for 1.5 s at most, then they are answered with 503 |
//! | renewed | at 80 % of their life: `max-age`, but at least 5 minutes and at most a day, and 10 minutes if there is none |
//! | a token names an unknown key, or is not signed with the one that it names | they are fetched at once, at most once a minute, and the request is judged with the new ones |
//! | the issuer does not answer | the last keys serve for another day. Tokens with known keys are accepted; with unknown ones, the answer is 503, never 401 |
//! | bounds | 256 KiB, 100 keys, 2 s to connect, 5 s altogether, no redirects, no link-local address |

//!
//! # Opaque tokens
//!
//! [`Issuer::introspect`] asks the issuer about tokens that only it can read (RFC 7662). [`Issuer::any`] accepts the tokens
//! of several issuers: each judges those that name it, no token is shown to an issuer that it does not name, and no answer
//! counts that names another one. Who somebody is, `iss` and `sub` say together.

mod build;
mod builder;
mod claim_rules;
mod constructors;
#[cfg(not(feature = "oidc"))]
#[path = "no_fetch.rs"]
mod default_fetch;
#[cfg(feature = "oidc")]
#[path = "reqwest_fetch.rs"]
mod default_fetch;
mod fetch;
mod freshness;
mod handle;
mod introspection;
mod issuer_keys;
mod key_cache;
mod opaque;
mod peek;
mod presets;
mod provider_url;
mod refused;
mod signed;
mod source;
#[cfg(feature = "testing")]
mod test_tokens;
mod token_kind;
mod verifier;

pub use builder::IssuerBuilder;
pub use fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
pub use handle::Issuer;
pub use introspection::IntrospectionClient;
#[cfg(feature = "testing")]
pub(crate) use test_tokens::{Fault, TestTokens};
pub use token_kind::TokenKind;

pub use crate::keys::SignatureAlgorithm;
pub use crate::model::foreign::{ForeignRegistered, NotClaims, ReadClaims, Verified};
