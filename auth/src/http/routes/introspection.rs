//! `POST /introspect`: other services ask whether a token counts (RFC 7662). It is there if the application says who may ask.
//!
//! It is the one route of ours that takes an API key, and it takes nothing else: whoever asks is a program. A token of
//! somebody who is signed in would make a page of a browser, or a thief with a token that lives for minutes, one of those
//! who are told about the tokens of others (RFC 7662 §4).

use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::MethodFilter;

use super::call::Call;
use super::endpoint::Endpoint;
use super::response::private_json;
use crate::auth::AuthBuilder;
use crate::base::error::AuthError;
use crate::http::extract::{NoChecks, RuleOf};
use crate::http::rejection::Refused;
use crate::http::routing::{BuiltinRoute, RequestBody, Success, SuccessContent};
use crate::model::user::AuthUser;
use crate::policy::{Access, Policy};

impl<U: AuthUser> AuthBuilder<U> {
    /// Lets other services ask whether a token counts, at `POST /introspect` (RFC 7662): off by default. They present an
    /// API key that meets the rule, so [`api_keys`](Self::api_keys) are on, and the rule says `keys`. Nobody else may ask,
    /// not even somebody who is signed in and meets it.
    ///
    /// Services that verify tokens by their signature learn of a logout only when a token expires. Those that cannot wait
    /// ask here, as [the guide](crate::guide::other_services#what-they-do-not-learn) says.
    ///
    /// ```
    /// # #[cfg(feature = "macros")] {
    /// # use auth::{AuthBuilder, AuthPermission, AuthRole, AuthUser};
    /// use auth::rule;
    ///
    /// #[derive(Clone, Debug, PartialEq, AuthPermission)]
    /// enum Permission { TokensIntrospect }
    ///
    /// # #[derive(Clone, Debug, PartialEq, AuthRole)]
    /// # enum Role { #[role(grants(Permission::TokensIntrospect))] Operator, Member }
    /// # #[derive(Clone, AuthUser)] #[auth(table = "users")]
    /// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(role, default = Role::Member)] role: Role }
    /// fn with_introspection(builder: AuthBuilder<User>) -> AuthBuilder<User> {
    ///     builder.api_keys("shop_pat").introspection(rule!(Permission::TokensIntrospect, keys))
    /// }
    /// # }
    /// ```
    ///
    /// `build()` refuses it without `api_keys`, and a rule without `keys`; a rule with a `#[check]` does not compile here.
    pub fn introspection<P: Policy<U, Checks: NoChecks>>(self, rule: RuleOf<P>) -> Self {
        let _ = rule;
        self.with_introspection(P::ACCESS)
    }
}

impl<U: AuthUser> Endpoint<U> {
    /// The route for those who meet the rule.
    pub(super) fn introspection(access: &'static Access<U>) -> Self {
        Self {
            route: &BuiltinRoute {
                method: MethodFilter::POST,
                path: "/introspect",
                summary: "Ask whether a token counts",
                body: RequestBody::Introspection,
                success: Success {
                    status: 200,
                    description: "What the token says, or that it is not active (RFC 7662)",
                    content: SuccessContent::Introspection,
                },
                limited: false,
                any_factors: false,
                keys_only: true,
                failures: &[(
                    403,
                    "Somebody who is signed in: `key_required`. A key that does not meet the rule: `forbidden`. Or refused: \
                     `cross_site`",
                )],
            },
            access,
            handler: |call| Box::pin(introspect(call)),
        }
    }
}

async fn introspect<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let form = call.form().await?;
    // A hint may be wrong, and what a token is can be seen (§2.1).
    let token = form.one("token")?.ok_or(AuthError::InvalidRequest("the form has no `token`"))?;
    Ok(private_json(StatusCode::OK, &call.auth.introspect(token).await?))
}
