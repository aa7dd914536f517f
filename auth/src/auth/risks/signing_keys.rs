//! What to think about where others verify the tokens.

use super::Risk;
use crate::auth::AuthBuilder;
use crate::keys::TokenType;
use crate::model::issuer_url::IssuerUrl;
use crate::model::user::AuthUser;

impl<U: AuthUser> AuthBuilder<U> {
    /// Returns what the settings of key pairs risk in production.
    pub(super) fn signing_key_risks(&self) -> Vec<Risk> {
        let (keys, mut risks) = (&self.signing_keys, Vec::new());
        if !keys.has_pairs() {
            return risks;
        }
        let issuer = self.settings.issuer.as_deref();
        if issuer.and_then(IssuerUrl::parse).is_some_and(|url| url.is_loopback()) {
            risks.push(Risk::new(
                "issuer_is_local",
                "the issuer of access tokens is this machine: no other one finds the keys",
                "call `.issuer(…)` with the public `https` URL of this service",
            ));
        }
        if keys.has_weak_rsa() {
            risks.push(Risk::note(
                "weak_rsa_key",
                "an RSA key of fewer than 3,072 bits signs or verifies access tokens",
                "rotate to a key of P-256: `keys new` prints one",
            ));
        }
        if keys.token_type != TokenType::AtJwt {
            risks.push(Risk::note(
                "token_type",
                "access tokens have the type `JWT`, which other tokens have, too",
                "leave out `.token_type(…)` when every verifier knows `at+jwt` (RFC 9068)",
            ));
        }
        risks
    }
}
