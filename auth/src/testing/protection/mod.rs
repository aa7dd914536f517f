mod calls;
mod issued;
mod logins;
mod outcome;
mod public_routes;
mod report;
mod route_table;

use axum::http::Method;

use calls::{At, Callers, Calls, Probes};
pub use issued::{IssuerProtection, assert_issuer_protection};
use logins::{described, logins};
use outcome::{Expected, Observed};
pub use public_routes::assert_public_routes;
pub use report::Deviation;
use report::Report;
pub use route_table::assert_routes;

use super::client::TestClient;
use super::role_cases::RoleCases;
use super::token::{Kind, claims};
use super::{TestApp, TestRequest, fail};
use crate::base::error::AuthError;
use crate::http::routing::Table;
use crate::model::principal::PermissionSet;
use crate::model::user::AuthUser;

/// Calls every route as every kind of caller and compares the decisions of the application with the rules in the table.
///
/// The callers are: an anonymous client; expired, revoked and forged tokens; a refresh token in place of an access
/// token; the handle of a sign-in that waits for a second factor, in place of a token and in its cookie; and a user with
/// each role, with and without a second factor or a fresh login where a rule requires one; and, if there are
/// [API keys](crate::AuthBuilder::api_keys), a key of each of these users that may do whatever they may.
///
/// No handler runs: the calls are probes, which guards answer themselves, so `DELETE` deletes nothing. Checks
/// (`#[check]`) do not run either, because they need real data; what is compared is whether the check would have to
/// run.
///
/// One call covers all routes for the user type `U`. Routes for another user type must refuse tokens of `U` (and
/// anonymous calls); call it once for every user type.
///
/// It compares the application with its own table. That nobody weakened a rule, which changes both, is what
/// [`assert_routes`] sees.
///
/// # CORS
///
/// A preflight (`OPTIONS`) carries no credentials, so a CORS layer must answer it before a guard does: put it *around*
/// the router, as in `routes.into_router().layer(cors)`. It then answers `OPTIONS` on `any(…)` routes, too, which is not
/// a deviation. *Inside* a guard (in a service behind `auth.require(…)`), preflights are refused with 401 as the table
/// says, and browsers give up.
///
/// # Panics
/// If a route deviates, is not served, or is served by a handler without a guard. The message lists all of them. (A
/// handler without a guard does run once, called anonymously, to detect this.)
pub async fn assert_protection<U: AuthUser<Roles: RoleCases>>(table: &Table, app: &TestApp<U>) {
    Protection::of(table).assert(app).await;
}

/// A configurable [`assert_protection`]: with values for path parameters and additional callers.
///
/// ```
/// # async fn demo<U: auth::AuthUser<Roles: auth::testing::RoleCases>>(
/// #     table: auth::routing::Table, app: auth::testing::TestApp<U>, verified: U) {
/// use auth::testing::Protection;
///
/// Protection::of(&table).path("team", "red").caller("a confirmed member", &verified).assert(&app).await;
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is called before `assert`"]
pub struct Protection<'a, U> {
    calls: Calls<'a>,
    callers: Vec<(String, U)>,
}

impl<'a, U: AuthUser<Roles: RoleCases>> Protection<'a, U> {
    /// Selects the routes of `table`.
    pub const fn of(table: &'a Table) -> Self {
        Self { calls: Calls { table, values: Vec::new() }, callers: Vec::new() }
    }

    /// Uses `value` for `{name}` in paths instead of the default, `1`.
    pub fn path(mut self, name: &str, value: &str) -> Self {
        self.calls.values.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a caller of every route, for example a user whose e-mail address is confirmed.
    pub fn caller(mut self, name: &str, user: &U) -> Self {
        self.callers.push((name.to_owned(), user.clone()));
        self
    }

    /// Calls all routes and fails the test if any deviates.
    ///
    /// # Panics
    /// See [`assert_protection`].
    pub async fn assert(self, app: &TestApp<U>) {
        let deviations = self.deviations(app).await;
        if !deviations.is_empty() {
            fail(format_args!("{}", Report(&deviations)));
        }
    }

    /// Calls all routes and returns the deviations.
    ///
    /// # Panics
    /// If the table is empty, or no user can be created.
    pub async fn deviations(mut self, app: &TestApp<U>) -> Vec<Deviation> {
        for (name, roles) in U::Roles::cases() {
            self.callers.push((name, app.create_user(roles).await));
        }
        let handle = match self.callers.first() {
            Some((_, somebody)) => pending_sign_in(app, somebody).await,
            None => String::new(),
        };
        let keys = keys_of(app, &self.callers).await;
        self.calls.deviations(&Users { app, callers: &self.callers, handle, keys }).await
    }
}

/// Users of a table, with each role.
struct Users<'a, U: AuthUser> {
    app: &'a TestApp<U>,
    callers: &'a [(String, U)],
    /// Of a sign-in that waits for a second factor.
    handle: String,
    keys: Vec<KeyOf<'a, U>>,
}

impl<U: AuthUser> Callers for Users<'_, U> {
    fn anonymous(&self) -> impl Probes + Send + Sync {
        self.app.anonymous()
    }

    async fn call(&self, at: &At<'_>, observed: Observed, found: &mut Vec<Deviation>) {
        let (app, handle) = (self.app, &self.handle);
        let nobody = if at.route.public { Expected::Passed } else { Expected::refused(&AuthError::NotSignedIn) };
        found.extend(at.compare("anonymous", &nobody, &observed));
        let Some((_, somebody)) = self.callers.first() else { return };
        if at.route.public || matches!(observed, Observed::Unasked(_) | Observed::Preflight(_)) {
            return;
        }
        if matches!(observed, Observed::Refused(..)) {
            self.ask_with_keys(at, found).await;
        }
        let invalid = Expected::refused(&AuthError::InvalidToken);
        for (kind, name) in Kind::BAD {
            found.extend(at.compare(name, &invalid, &at.ask(&app.with(somebody, kind)).await));
        }
        let (token, cookie) =
            (app.as_user(somebody).with_handle(handle), app.as_user(somebody).with_handle_cookie(handle));
        found.extend(at.compare("the handle of a pending sign-in", &invalid, &at.ask(&token).await));
        found.extend(at.compare("the cookie of a pending sign-in", &nobody, &at.ask(&cookie).await));
        // Layers come first: a call that a layer refuses never reaches the handler.
        let rules: Vec<_> = at.route.accesses().filter(|access| !access.is_public()).collect();
        let ours: Vec<_> = rules.iter().map_while(|access| access.about::<U>()).collect();
        if ours.is_empty() {
            let name = format!("a token of {}", U::SCHEMA.name);
            found.extend(at.compare(&name, &invalid, &at.ask(&app.as_user(somebody)).await));
            return;
        }
        for (name, user) in self.callers {
            for login in logins(&ours) {
                let says = claims(app.auth(), user, login);
                // What is for programs refuses people before it asks its own rule, and after those of layers.
                let asked = ours.len() - usize::from(at.route.keys_only && ours.len() == rules.len());
                let verdicts = ours.iter().take(asked);
                let verdicts = verdicts.map(|access| Expected::of(access, user, &says, app.auth().now()));
                // If a rule for another user type follows, our users get that far.
                let last = match ours.len() == rules.len() {
                    true if at.route.keys_only => Expected::of_person(ours.last().copied()),
                    true => Expected::Passed,
                    false => invalid.clone(),
                };
                let expected = verdicts.chain([last]).find(|verdict| !verdict.passes()).unwrap_or(Expected::Passed);
                let observed = at.ask(&app.as_user(user).logged_in(login)).await;
                found.extend(at.compare(&described(name, login), &expected, &observed));
            }
        }
    }
}

impl<U: AuthUser> Users<'_, U> {
    /// Tests a route that refused the anonymous call as API keys.
    async fn ask_with_keys(&self, at: &At<'_>, found: &mut Vec<Deviation>) {
        let rules: Vec<_> = at.route.accesses().filter(|access| !access.is_public()).collect();
        let ours: Vec<_> = rules.iter().map_while(|access| access.about::<U>()).collect();
        // Another user type knows nothing of our keys.
        let last =
            if ours.len() == rules.len() { Expected::Passed } else { Expected::refused(&AuthError::InvalidToken) };
        for KeyOf { name, user, text, permissions } in &self.keys {
            let verdicts =
                ours.iter().map(|access| Expected::of_key(access, *user, permissions, self.app.auth().now()));
            let expected = verdicts.chain([last.clone()]).find(|verdict| !verdict.passes());
            let observed = at.ask(&self.app.with_api_key(text)).await;
            found.extend(at.compare(
                &format!("an API key of {name}"),
                &expected.unwrap_or(Expected::Passed),
                &observed,
            ));
        }
    }
}

impl<U: AuthUser> Probes for TestClient<U> {
    fn request(&self, method: Method, path: &str) -> TestRequest {
        Self::request(self, method, path)
    }
}

/// Begins a sign-in that waits for a second factor, and returns its handle.
async fn pending_sign_in<U: AuthUser>(app: &TestApp<U>, user: &U) -> String {
    match app.auth().pending_sign_in(user).await {
        Ok(handle) => handle,
        Err(error) => fail(format_args!("cannot begin a sign-in for the test: {error:?}")),
    }
}

/// A key of one of the callers.
struct KeyOf<'a, U> {
    name: &'a str,
    user: &'a U,
    text: String,
    permissions: PermissionSet,
}

/// Makes a key for each caller who may have one, with everything that it may have.
async fn keys_of<'a, U: AuthUser>(app: &TestApp<U>, callers: &'a [(String, U)]) -> Vec<KeyOf<'a, U>> {
    let Ok(keys) = app.auth().account_service().api_keys() else { return Vec::new() };
    let mut made = Vec::new();
    for (name, user) in callers {
        let (names, permissions) = keys.most_of(user);
        if !names.is_empty() {
            made.push(KeyOf { name, user, text: app.api_key(user, &names).await, permissions });
        }
    }
    made
}
