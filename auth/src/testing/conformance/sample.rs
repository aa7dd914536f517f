//! What the suite cannot know about a user type.

use crate::PasswordHash;
use crate::base::clock::{Clock as _, SystemClock};
use crate::base::random::OsRandom;
use crate::model::user::{AuthUser, NewUser, Registration as _};
use crate::testing::fail;

type SignUp<U> = dyn Fn(&str) -> <U as AuthUser>::Registration + Send + Sync;

/// What [`users`](super::users) cannot know about a user type.
pub struct Sample<U: AuthUser> {
    sign_up: Box<SignUp<U>>,
    pub(super) roles: Option<[U::Roles; 2]>,
    pub(super) permissions: Option<[U::Permissions; 2]>,
}

impl<U: AuthUser> Sample<U> {
    /// Creates a sample. `sign_up` makes a sign-up from a text in the form of an e-mail address. The first login field
    /// is exactly that text; further logins, if any, differ whenever the texts differ.
    #[must_use]
    pub fn new(sign_up: impl Fn(&str) -> U::Registration + Send + Sync + 'static) -> Self {
        Self { sign_up: Box::new(sign_up), roles: None, permissions: None }
    }

    /// Sets two different values of roles. Required if the type has a field for them.
    #[must_use]
    pub fn roles(mut self, one: impl Into<U::Roles>, other: impl Into<U::Roles>) -> Self {
        self.roles = Some([one.into(), other.into()]);
        self
    }

    /// Sets two different values of permissions. Required if the type has a field for them.
    #[must_use]
    pub fn permissions(mut self, one: impl Into<U::Permissions>, other: impl Into<U::Permissions>) -> Self {
        self.permissions = Some([one.into(), other.into()]);
        self
    }

    /// Returns the sign-up for `login`.
    pub(super) fn registration(&self, login: &str) -> U::Registration {
        let registration = (self.sign_up)(login);
        if registration.login(0) != Some(login) {
            fail(format_args!("the sample's first login is {:?} instead of {login:?}", registration.login(0)));
        }
        registration
    }

    /// Turns a sign-up into a new row, with the hash `first` and a fresh id if the type needs them.
    #[expect(clippy::unused_self, reason = "called as the others are")]
    pub(super) fn new_user(&self, registration: U::Registration) -> NewUser<U> {
        let uuid = crate::model::uuid_v7::uuid_v7(&OsRandom, SystemClock.now());
        let id = uuid.unwrap_or_else(|error| fail(format_args!("{error}")));
        let hash = U::SCHEMA.password.map(|_| PasswordHash::from_stored("first"));
        NewUser::new(U::new_id(&id), hash, registration)
    }

    pub(super) fn user(&self, login: &str) -> NewUser<U> {
        self.new_user(self.registration(login))
    }

    /// Fails if the sample lacks something that the type has.
    pub(super) fn complete(&self) {
        let sql = &U::SCHEMA.sql;
        for (what, has, said) in [
            ("roles", sql.set_roles.is_some(), self.roles.is_some()),
            ("permissions", sql.set_permissions.is_some(), self.permissions.is_some()),
        ] {
            if has && !said {
                fail(format_args!("{} has {what}: say two values of them, `sample.{what}(…, …)`", U::SCHEMA.name));
            }
        }
    }
}
