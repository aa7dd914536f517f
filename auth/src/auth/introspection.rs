//! What is said of a token to another service that was given it (RFC 7662).
//!
//! Other services verify our tokens by their signature, and so learn of a logout when the token expires. Whoever cannot wait
//! asks here. The answer is what is true at this moment: beside what memory knows, the store is asked for the session, for
//! what has ended for its user, and for the row. So a logout on another instance counts at once, and not only when this one
//! has heard of it. What cannot be found out is an error, and neither answer.

use serde_json::{Map, Value, json};

use super::{Auth, AuthBuilder};
use crate::api_keys::ActiveKey;
use crate::base::error::AuthError;
use crate::model::claims::Claims as _;
use crate::model::issuer_url::IssuerUrl;
use crate::model::user::AuthUser;
use crate::policy::Access;
use crate::proof::{claims_lack_mfa, may_continue, row_lacks_mfa};
use crate::store::Budget;
use crate::token::access::MAX_TOKEN_BYTES;

/// Claims that only this service has a use for, and members of the answer that no token decides about.
const NOT_PASSED_ON: [&str; 5] = ["gen", "auth_row", "auth_store", "active", "token_type"];

impl<U: AuthUser> AuthBuilder<U> {
    /// Names the address of `POST /introspect` in the metadata at `/.well-known/oauth-authorization-server`
    /// (`introspection_endpoint`, RFC 8414 §2), where clients of other services find it. Where the routes are nested is
    /// not known here, so the metadata have no such address unless this is called.
    ///
    /// An `https` URL without a query, such as `https://shop.example.org/auth/introspect`; `http` on this machine.
    pub fn introspection_url(mut self, url: impl Into<String>) -> Self {
        self.signing_keys.introspection_url = Some(url.into());
        self
    }

    /// Sets the rule for those who ask about tokens.
    pub(crate) fn with_introspection(mut self, access: &'static Access<U>) -> Self {
        self.introspection = Some(access);
        self
    }

    /// Lists what is wrong with these settings.
    pub(super) fn introspection_problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut wrong = |text: &str| problems.push(text.to_owned());
        let url = self.signing_keys.introspection_url.as_deref();
        if let Some(access) = self.introspection {
            if self.api_keys.is_none() {
                wrong(
                    "`introspection` is for services that present an API key, and there are none: call \
                     `.api_keys(\"shop_pat\")`, or leave it out",
                );
            }
            if !matches!(access, Access::Protected { keys: true, .. }) {
                wrong(
                    "`introspection` takes API keys and nothing else, and its rule takes none: write `keys` into it, as in \
                     `.introspection(rule!(Permission::TokensIntrospect, keys))`",
                );
            }
        }
        if url.is_some() && self.introspection.is_none() {
            wrong(
                "`introspection_url` is the address of a route that is not there: call \
                 `.introspection(rule!(Permission::TokensIntrospect, keys))`, or leave it out",
            );
        }
        if url.is_some() && !self.signing_keys.has_pairs() {
            wrong(
                "`introspection_url` is for the metadata of an issuer whose tokens others verify: call `.managed_keys(…)` or \
                 `.signing_key(…)`, or leave it out",
            );
        }
        if let Some(url) = url.filter(|url| IssuerUrl::parse(url).is_none()) {
            wrong(&format!(
                "`introspection_url`: `{}` is no `https` URL without a query; write where `POST /introspect` is, such as \
                 `https://shop.example.org/auth/introspect`",
                url.escape_debug()
            ));
        }
        problems
    }
}

impl<U: AuthUser> Auth<U> {
    /// Returns who may ask about tokens over HTTP, if anybody.
    pub(crate) fn introspection(&self) -> Option<&'static Access<U>> {
        self.inner.introspection
    }

    /// Returns what RFC 7662 §2.2 answers about a token that another service was given, as a JSON object: what
    /// `POST /introspect` does. Whoever calls it decides who may ask.
    ///
    /// An access token that counts has `"active": true` and what it says itself, without what only this service reads; an
    /// [API key](AuthBuilder::api_keys) has `sub` (its owner), `scope` (what it may do now), `jti` (its id), `iat` and, if
    /// it ends, `exp`. Of everything else the answer is `{"active": false}`, whatever the reason. In contrast to a guard,
    /// it asks the store each time, gives no leeway after `exp`, and does not go by the token alone: an account that is
    /// gone or disabled has no active tokens, however that came about.
    ///
    /// ```
    /// # use auth::{Auth, AuthError, AuthUser};
    /// # async fn demo<U: AuthUser>(auth: &Auth<U>, token: &str) -> Result<bool, AuthError> {
    /// let answer = auth.introspect(token).await?;
    /// # Ok(
    /// answer["active"] == true
    /// # ) }
    /// ```
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed: nobody knows whether the token counts.
    pub async fn introspect(&self, token: &str) -> Result<Value, AuthError> {
        // Before anything is computed about it.
        if token.len() > MAX_TOKEN_BYTES {
            return Ok(inactive());
        }
        let budget = Budget::new(self.inner.context.store_timeout);
        let active = match self.inner.accounts.api_keys() {
            Ok(keys) if keys.prefix().begins(token) => {
                keys.introspect(token, &budget).await?.map(|key| self.key_members(&key))
            }
            _ => self.introspect_access_token(token, &budget).await?,
        };
        Ok(active.map_or_else(inactive, |mut members| {
            members.insert("active".to_owned(), true.into());
            members.insert("token_type".to_owned(), "Bearer".into());
            Value::Object(members)
        }))
    }

    /// Returns what an access token says, if it counts.
    async fn introspect_access_token(
        &self,
        token: &str,
        budget: &Budget,
    ) -> Result<Option<Map<String, Value>>, AuthError> {
        let (tokens, feed) = (self.tokens(), self.feed());
        let Some(claims) = tokens.verify(token, self.now()) else { return Ok(None) };
        // Leeway is for clocks of others: whoever reads the answer has a leeway of their own.
        if claims.registered().exp <= self.now().as_secs() || claims_lack_mfa::<U>(&claims) {
            return Ok(None);
        }
        if !Box::pin(feed.is_active_now(&claims, budget)).await? {
            return Ok(None);
        }
        let row = Box::pin(budget.spend(feed.row(&claims))).await?;
        let counts = |row: &U| may_continue(row, claims.created()) && !row_lacks_mfa(row, claims.registered().amr);
        if !row.is_some_and(|row| counts(&row)) {
            return Ok(None);
        }
        Ok(tokens.payload(token).map(|mut members| {
            members.retain(|name, _| !NOT_PASSED_ON.contains(&name.as_str()));
            members
        }))
    }

    /// Returns what is said of a key: it is good where tokens are that are issued now.
    fn key_members(&self, key: &ActiveKey) -> Map<String, Value> {
        let issued_as = self.tokens().issued_as(self.now());
        let mut members = Map::new();
        let mut say = |name: &str, value: Value| drop(members.insert(name.to_owned(), value));
        say("iss", json!(issued_as.issuer));
        say("aud", json!(issued_as.aud()));
        say("sub", json!(key.owner));
        say("iat", json!(key.created_at.as_secs()));
        if let Some(expires_at) = key.expires_at {
            say("exp", json!(expires_at.as_secs()));
        }
        say("jti", json!(key.id.to_string()));
        // What cannot be a scope (RFC 6749 §3.3) would be read as another one, or as several.
        let is_scope = |name: &&str| name.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\".contains(&byte));
        let scopes: Vec<&str> = key.permissions.iter().copied().filter(is_scope).collect();
        say("scope", json!(scopes.join(" ")));
        members
    }
}

fn inactive() -> Value {
    json!({ "active": false })
}
