//! The built-in routes: each reads a request, calls one method of [`Auth`], and writes the response. What is known about
//! a route is written once, in its [`Endpoint`]; router, route table, `OpenAPI` and documentation follow from it.

mod body;
mod call;
#[cfg(feature = "password")]
mod change_password;
#[cfg(feature = "password")]
mod deliver;
mod endpoint;
#[cfg(feature = "password")]
mod login;
mod logout;
mod me;
#[cfg(feature = "password")]
mod reauthenticate;
#[cfg(feature = "password")]
mod recovery;
mod refresh;
#[cfg(feature = "password")]
mod register;
mod response;
mod sessions;

use crate::auth::Auth;
use crate::http::routing::Routes;
use crate::model::user::AuthUser;

pub use response::TokenDelivery;

use endpoint::Endpoint;

impl<U: AuthUser> Auth<U> {
    /// Returns the built-in routes for any router: nest them anywhere, remove some with `remove`, add your own with
    /// `route`.
    ///
    #[doc = include_str!("table.md")]
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> Routes<S> {
        let mut routes = Routes::new();
        for endpoint in [
            Endpoint::REFRESH,
            Endpoint::LOGOUT,
            Endpoint::LOGOUT_ALL,
            Endpoint::ME,
            Endpoint::SESSIONS,
            Endpoint::END_SESSION,
        ] {
            endpoint.add_to(&mut routes, self);
        }
        #[cfg(feature = "password")]
        {
            let recovery =
                Endpoint::OF_RECOVERY.into_iter().filter(|_| self.has_mail() && U::SCHEMA.password.is_some());
            let passwords = [Endpoint::REGISTER, Endpoint::LOGIN, Endpoint::REAUTHENTICATE, Endpoint::CHANGE_PASSWORD];
            for endpoint in passwords.into_iter().chain(recovery) {
                endpoint.add_to(&mut routes, self);
            }
        }
        routes
    }
}
