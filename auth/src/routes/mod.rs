//! The routes of the library: each reads a request, calls one method of [`Auth`], and writes the response.

mod account;
mod body;
mod call;
#[cfg(feature = "password")]
mod password;
mod session;
mod tokens;

use axum::routing::MethodFilter;

use crate::auth::Auth;
use crate::policy::{Access, Policy, SignedIn};
use crate::routing::Routes;
use crate::user::AuthUser;

pub use tokens::Channel;

use call::{Recent, add};

impl<U: AuthUser> Auth<U> {
    /// Returns the built-in routes for any router: nest them anywhere, remove some with `remove`, add your own with
    /// `route`.
    ///
    /// | route | answer |
    /// |---|---|
    /// | `POST /register` | 201 with tokens |
    /// | `POST /login` | 200 with tokens |
    /// | `POST /refresh` | 200 with tokens |
    /// | `POST /reauthenticate` | 200 with a fresh access token, for `Fresh` rules |
    /// | `POST /logout`, `POST /logout-all` | 204 |
    /// | `GET /me` | the signed-in user |
    /// | `GET /sessions`, `DELETE /sessions/{id}` | the user's sessions; 204 (with a login of the last five minutes) |
    /// | `POST /password/change` | 204, other sessions ended |
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> Routes<S> {
        let mut routes = Routes::new();
        #[cfg(feature = "password")]
        password::add_to(&mut routes, self);
        let table = &mut routes;
        add(
            table,
            self,
            MethodFilter::POST,
            "/refresh",
            &Access::Public { reason: Some("the refresh token decides") },
            |call| Box::pin(session::refresh(call)),
        );
        add(
            table,
            self,
            MethodFilter::POST,
            "/logout",
            &Access::Public { reason: Some("ends the session it is shown") },
            |call| Box::pin(session::logout(call)),
        );
        add(table, self, MethodFilter::POST, "/logout-all", SignedIn::ACCESS, |call| {
            Box::pin(session::logout_all(call))
        });
        add(table, self, MethodFilter::GET, "/me", SignedIn::ACCESS, |call| Box::pin(account::me(call)));
        add(table, self, MethodFilter::GET, "/sessions", SignedIn::ACCESS, |call| Box::pin(account::sessions(call)));
        add(table, self, MethodFilter::DELETE, "/sessions/{id}", Recent::ACCESS, |call| {
            Box::pin(account::end_session(call))
        });
        routes
    }
}
