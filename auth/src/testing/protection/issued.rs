//! Routes for people who sign in at another issuer.

use axum::http::Method;
use serde_json::{Value, json};

use super::Deviation;
use super::calls::{At, Callers, Calls, Probes};
use super::logins::{described, logins};
use super::outcome::{Expected, Observed};
use super::report::Report;
use crate::base::error::AuthError;
use crate::http::routing::Table;
use crate::issuer::Fault;
use crate::model::foreign::AuthClaims;
use crate::model::permission::HeldPermissions;
use crate::model::role::HeldRoles;
use crate::testing::issuer::{Issued, TestIssuer};
use crate::testing::issuer_client::IssuerClient;
use crate::testing::token::Login;
use crate::testing::{TestRequest, fail};

/// Calls every route as every kind of caller whose tokens another issuer signs, and compares the decisions of the
/// application with the rules in the table: [`assert_protection`](super::assert_protection) for `Issuer<P>`.
///
/// The callers are: an anonymous client; tokens that are expired, unsigned, signed with another key, of another issuer, for
/// another audience, and ID tokens, as far as the settings of the application tell them apart; somebody without a role,
/// with each role, with all of them, and the same with permissions, as [`TestIssuer::writes`] says; with and without a
/// second factor or a recent sign-in where a rule asks for one. Routes for others (users of a table) must refuse all of
/// them.
///
/// No handler runs, as there.
///
/// # Panics
/// If a route deviates, is not served, or is served by a handler without a guard; or if none of the callers meets a rule,
/// because then nobody knows whether it admits anybody. The message lists all of them.
pub async fn assert_issuer_protection<P: AuthClaims>(table: &Table, app: &TestIssuer<P>) {
    IssuerProtection::of(table).assert(app).await;
}

/// A configurable [`assert_issuer_protection`]: with values for path parameters and additional callers.
///
/// ```
/// # use auth::{AuthClaims, routing::Table, testing::{IssuerProtection, TestIssuer}};
/// # use serde_json::json;
/// # async fn demo<P: AuthClaims>(table: Table, app: TestIssuer<P>) {
/// let confirmed = json!({ "email_verified": true });
/// IssuerProtection::of(&table).path("team", "red").caller("a confirmed person", confirmed).assert(&app).await;
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is called before `assert`"]
pub struct IssuerProtection<'a> {
    calls: Calls<'a>,
    callers: Vec<(String, Value)>,
}

impl<'a> IssuerProtection<'a> {
    /// Selects the routes of `table`.
    pub const fn of(table: &'a Table) -> Self {
        Self { calls: Calls { table, values: Vec::new() }, callers: Vec::new() }
    }

    /// Uses `value` for `{name}` in paths instead of the default, `1`.
    pub fn path(mut self, name: &str, value: &str) -> Self {
        self.calls.values.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a caller of every route: somebody whose token has these claims.
    pub fn caller(mut self, name: &str, claims: Value) -> Self {
        self.callers.push((name.to_owned(), claims));
        self
    }

    /// Calls all routes and fails the test if any deviates.
    ///
    /// # Panics
    /// See [`assert_issuer_protection`].
    pub async fn assert<P: AuthClaims>(self, app: &TestIssuer<P>) {
        let deviations = self.deviations(app).await;
        if !deviations.is_empty() {
            fail(format_args!("{}", Report(&deviations)));
        }
    }

    /// Calls all routes and returns the deviations.
    ///
    /// # Panics
    /// If the table is empty, or a token of the test is refused by the issuer of the application.
    pub async fn deviations<P: AuthClaims>(mut self, app: &TestIssuer<P>) -> Vec<Deviation> {
        self.callers.extend(cases(app));
        self.calls.deviations(&People { app, callers: &self.callers }).await
    }
}

/// Returns somebody without anything, with each role and permission, and with all of them.
fn cases<P: AuthClaims>(app: &TestIssuer<P>) -> Vec<(String, Value)> {
    let (roles, permissions) = (P::Roles::KNOWN, P::Permissions::KNOWN);
    let nobody = [("a person without roles".to_owned(), Issued::default())];
    let of_roles = roles.iter().map(|name| ((*name).to_owned(), Issued { roles: vec![*name], ..Issued::default() }));
    let of_permissions = permissions
        .iter()
        .map(|name| (format!("a person with `{name}`"), Issued { permissions: vec![*name], ..Issued::default() }));
    let all = Issued { roles: roles.to_vec(), permissions: permissions.to_vec(), ..Issued::default() };
    let all = [("a person with everything".to_owned(), all)];
    let cases = nobody.into_iter().chain(of_roles).chain(of_permissions).chain(all);
    cases.map(|(name, issued)| (name, app.issued(&issued))).collect()
}

struct People<'a, P> {
    app: &'a TestIssuer<P>,
    callers: &'a [(String, Value)],
}

impl<P: AuthClaims> Callers for People<'_, P> {
    fn anonymous(&self) -> impl Probes + Send + Sync {
        self.app.anonymous()
    }

    async fn call(&self, at: &At<'_>, observed: Observed, found: &mut Vec<Deviation>) {
        let app = self.app;
        let nobody = if at.route.public { Expected::Passed } else { Expected::refused(&AuthError::NotSignedIn) };
        found.extend(at.compare("anonymous", &nobody, &observed));
        let Some((_, somebody)) = self.callers.last() else { return };
        if at.route.public || matches!(observed, Observed::Unasked(_) | Observed::Preflight(_)) {
            return;
        }
        let invalid = Expected::refused(&AuthError::InvalidToken);
        for (fault, name) in Fault::ALL {
            let Some(token) = app.faulty(somebody, fault) else { continue };
            found.extend(at.compare(name, &invalid, &at.ask(&app.with_token(&token)).await));
        }
        // Layers come first: a call that a layer refuses never reaches the handler.
        let rules: Vec<_> = at.route.accesses().filter(|access| !access.is_public()).collect();
        let ours: Vec<_> = rules.iter().map_while(|access| access.about::<P>()).collect();
        if ours.is_empty() {
            let name = format!("a token of {}", P::REALM.name);
            found.extend(at.compare(&name, &invalid, &at.ask(&app.with_claims(somebody)).await));
            return;
        }
        let mut admits = ours.len() < rules.len();
        for (name, claims) in self.callers {
            for login in logins(&ours) {
                let token = app.token(&signed_in(claims, login, app.now().as_secs()));
                let says = app.verified(&token).await;
                let verdicts = ours.iter().map(|access| Expected::of_token(access, &says, app.now()));
                let last = if ours.len() == rules.len() { Expected::Passed } else { invalid.clone() };
                let expected = verdicts.chain([last]).find(|verdict| !verdict.passes()).unwrap_or(Expected::Passed);
                admits |= !matches!(expected, Expected::Refused(..));
                found.extend(at.compare(&described(name, login), &expected, &at.ask(&app.with_token(&token)).await));
            }
        }
        if !admits {
            found.push(at.nobody_meets_it());
        }
    }
}

/// Adds when and how somebody signed in.
fn signed_in(claims: &Value, login: Login, now: u64) -> Value {
    let mut claims = claims.clone();
    let Some(members) = claims.as_object_mut() else { return claims };
    let amr: &[&str] = if login.passkey {
        &["hwk", "user", "mfa"]
    } else if login.mfa {
        &["pwd", "otp", "mfa"]
    } else {
        &["pwd"]
    };
    members.entry("auth_time").or_insert_with(|| json!(now.saturating_sub(login.ago.as_secs())));
    members.entry("amr").or_insert_with(|| json!(amr));
    claims
}

impl Probes for IssuerClient {
    fn request(&self, method: Method, path: &str) -> TestRequest {
        Self::request(self, method, path)
    }
}
