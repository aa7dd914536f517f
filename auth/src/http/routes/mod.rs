//! The built-in routes: each reads a request, calls one method of [`Auth`], and writes the response. What is known about
//! a route is written once, in its [`Endpoint`]; router, route table, `OpenAPI` and documentation follow from it.

#[cfg(feature = "password")]
mod address;
mod api_keys;
mod body;
mod call;
#[cfg(feature = "password")]
mod change_password;
#[cfg(feature = "password")]
mod deliver;
mod development_mailbox;
mod endpoint;
#[cfg(feature = "password")]
mod enrolment;
#[cfg(feature = "password")]
mod factors;
mod form;
#[cfg(feature = "password")]
mod handle;
mod introspection;
mod key_set;
#[cfg(feature = "password")]
mod login;
mod logout;
mod me;
#[cfg(not(feature = "password"))]
mod no_well_known_pages;
#[cfg(feature = "password")]
mod page_script;
#[cfg(feature = "password")]
mod passkey_step;
#[cfg(feature = "password")]
mod passkeys;
mod public_document;
#[cfg(feature = "password")]
mod reauthenticate;
#[cfg(feature = "password")]
mod recovery;
mod refresh;
#[cfg(feature = "password")]
mod register;
mod resource_metadata;
mod response;
mod sessions;
#[cfg(feature = "password")]
mod sign_in_mail;
#[cfg(feature = "password")]
mod trusted_devices;
mod well_known;
#[cfg(feature = "password")]
mod well_known_pages;

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
        let api_keys = self.has_api_keys().then_some(Endpoint::OF_API_KEYS);
        for endpoint in api_keys.into_iter().flatten() {
            endpoint.add_to(&mut routes, self);
        }
        if let Some(access) = self.introspection() {
            Endpoint::introspection(access).add_to(&mut routes, self);
        }
        #[cfg(feature = "password")]
        {
            let (has_mail, has_factors) = (self.has_mail(), self.has_factors());
            // Whoever has to add a factor shows the mailbox before.
            let enrols = has_mail && has_factors && U::MFA.is_some();
            let mailed_step = self.has_mail_sign_in() || U::SCHEMA.verified_required || enrols;
            let groups: [(bool, &[Endpoint<U>]); 13] = [
                (true, &[Endpoint::REGISTER, Endpoint::LOGIN, Endpoint::REAUTHENTICATE, Endpoint::CHANGE_PASSWORD]),
                (has_mail && U::SCHEMA.password.is_some(), &Endpoint::OF_RECOVERY),
                (has_mail && U::SCHEMA.verified.is_some(), &Endpoint::OF_VERIFICATION),
                (has_mail, &Endpoint::OF_ADDRESS_CHANGE),
                (self.has_mail_sign_in(), &[Endpoint::SIGN_IN_MAIL, Endpoint::REAUTHENTICATE_MAIL]),
                (mailed_step, &Endpoint::OF_MAILED_STEP),
                (has_factors, &Endpoint::OF_FACTORS),
                (self.trusts_devices(), &[Endpoint::FORGET_DEVICES]),
                (has_factors && U::MFA.is_some(), &Endpoint::OF_ENROLMENT),
                (self.has_passkeys(), &Endpoint::OF_PASSKEYS),
                (self.has_passkeys() && has_factors, &Endpoint::OF_PASSKEY_STEP),
                (self.has_passkeys() && has_factors && U::MFA.is_some(), &Endpoint::OF_PASSKEY_ENROLMENT),
                (mailed_step || has_factors, &[Endpoint::CANCEL]),
            ];
            for endpoint in groups.into_iter().filter(|(is_there, _)| *is_there).flat_map(|(_, group)| group) {
                endpoint.add_to(&mut routes, self);
            }
        }
        routes
    }
}
