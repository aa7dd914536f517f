//! Which of the tokens that an issuer signs count: it signs ID tokens, refresh tokens and others with the same keys
//! (RFC 8725 §3.11, §3.12).

use crate::model::foreign::ForeignRegistered;

/// How access tokens of an issuer are told from its other tokens. Each preset has its own; [`Issuer::new`] takes
/// [`AccessToken`](Self::AccessToken).
///
/// [`Issuer::new`]: crate::issuer::Issuer::new
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenKind {
    /// By the header `typ: at+jwt`, which RFC 9068 §2.1 demands, and nothing else has.
    AccessToken,
    /// By the claim `typ: Bearer`: Keycloak. Its ID tokens have `ID`, its refresh tokens `Refresh`.
    BearerClaim,
    /// By the claim `token_use: access`: Cognito. Its ID tokens have `id`.
    TokenUseAccess,
    /// By what they are not: tokens with a claim that only ID tokens have (`nonce`, `at_hash`, `c_hash`) are refused, and
    /// those that report events (`events`, RFC 8417 §2.2), such as logout tokens. For issuers whose access tokens nothing sets apart: Auth0, Entra, Supabase, Zitadel. Weaker than the others, because an
    /// ID token need not have one of these claims; what separates the two then is the audience, so name one here that is
    /// no client's id.
    NotAnIdToken,
    /// Everything that the issuer signs for the audience to say who somebody is, ID tokens as well.
    AnyToken,
}

impl TokenKind {
    /// Whether a token with this `typ` in its header and these claims is of the kind.
    pub(super) fn accepts(self, typ: Option<&str>, claims: &ForeignRegistered) -> bool {
        let is = |name: &str| typ.is_some_and(|typ| media_type(typ).eq_ignore_ascii_case(name));
        // Other tokens have types of their own: `logout+jwt`, `dpop+jwt`, `secevent+jwt`.
        let usual = typ.is_none() || is("JWT") || is("at+jwt");
        // Those of that kind need not have it (OpenID Connect Back-Channel Logout §2.4), and they say that a session has ended.
        let says_who = usual && !claims.is_about_events();
        match self {
            Self::AccessToken => is("at+jwt"),
            Self::BearerClaim => usual && claims.typ() == Some("Bearer"),
            Self::TokenUseAccess => usual && claims.token_use() == Some("access"),
            Self::NotAnIdToken => says_who && !claims.has_claims_of_id_tokens(),
            Self::AnyToken => says_who,
        }
    }
}

/// Returns a media type without `application/`, which may be left out (RFC 7515 §4.1.9).
fn media_type(typ: &str) -> &str {
    const PREFIX: &str = "application/";
    typ.get(..PREFIX.len())
        .filter(|start| start.eq_ignore_ascii_case(PREFIX))
        .and_then(|start| typ.get(start.len()..))
        .unwrap_or(typ)
}

#[cfg(test)]
mod tests {
    use super::{ForeignRegistered, TokenKind};

    #[test]
    fn jwt_09_types_are_compared_without_case_and_prefix() {
        let accepts = |typ| TokenKind::AccessToken.accepts(typ, &ForeignRegistered::default());
        for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
            assert!(accepts(Some(typ)), "{typ}");
        }
        for typ in
            ["", "JWT", "at", "at+jwt ", "application/", "application/application/at+jwt", "é+jwt", "text/at+jwt"]
        {
            assert!(!accepts(Some(typ)), "{typ}");
        }
        assert!(!accepts(None));
    }

    #[test]
    fn jwt_10_types_of_other_tokens_count_for_no_kind() {
        let claims = ForeignRegistered::default();
        for typ in ["logout+jwt", "dpop+jwt", "secevent+jwt", "refresh+jwt", "token-introspection+jwt", "JWE"] {
            for kind in [TokenKind::AccessToken, TokenKind::NotAnIdToken, TokenKind::AnyToken] {
                assert!(!kind.accepts(Some(typ), &claims), "{kind:?} {typ}");
            }
        }
        for typ in [None, Some("JWT"), Some("jwt"), Some("at+jwt")] {
            assert!(TokenKind::NotAnIdToken.accepts(typ, &claims) && TokenKind::AnyToken.accepts(typ, &claims));
            assert!(!TokenKind::BearerClaim.accepts(typ, &claims) && !TokenKind::TokenUseAccess.accepts(typ, &claims));
        }
    }
}
