//! What the suite cannot know of a user type.

use crate::PasswordHash;
use crate::clock::{Clock as _, SystemClock};
use crate::random::OsRandom;
use crate::testing::fail;
use crate::user::{AuthUser, NewUser, Registration as _};

type SignUp<U> = dyn Fn(&str) -> <U as AuthUser>::Registration + Send + Sync;

/// What [`users`](super::users) cannot know of a user type.
pub struct Sample<U: AuthUser> {
    sign_up: Box<SignUp<U>>,
    pub(super) roles: Option<[U::Roles; 2]>,
    pub(super) permissions: Option<[U::Permissions; 2]>,
}

impl<U: AuthUser> Sample<U> {
    /// `sign_up` makes a sign-up of a text with the form of an e-mail address. The first login field is that text, as it
    /// is; further logins, if the type has some, differ where the texts differ.
    #[must_use]
    pub fn new(sign_up: impl Fn(&str) -> U::Registration + Send + Sync + 'static) -> Self {
        Self { sign_up: Box::new(sign_up), roles: None, permissions: None }
    }

    /// Two values for roles that differ. Required if the type has a field for them.
    #[must_use]
    pub fn roles(mut self, one: impl Into<U::Roles>, other: impl Into<U::Roles>) -> Self {
        self.roles = Some([one.into(), other.into()]);
        self
    }

    /// Two values for permissions that differ. Required if the type has a field for them.
    #[must_use]
    pub fn permissions(mut self, one: impl Into<U::Permissions>, other: impl Into<U::Permissions>) -> Self {
        self.permissions = Some([one.into(), other.into()]);
        self
    }

    /// The sign-up for `login`.
    pub(super) fn registration(&self, login: &str) -> U::Registration {
        let registration = (self.sign_up)(login);
        if registration.login(0) != Some(login) {
            fail(format_args!("the sample's first login is {:?} instead of {login:?}", registration.login(0)));
        }
        registration
    }

    /// A row to be made of a sign-up, with the hash `first` and a fresh id if the type wants them.
    #[expect(clippy::unused_self, reason = "called as the others are")]
    pub(super) fn new_user(&self, registration: U::Registration) -> NewUser<U> {
        let uuid = crate::ids::uuid_v7(&OsRandom, SystemClock.now());
        let id = uuid.unwrap_or_else(|error| fail(format_args!("{error}")));
        let hash = U::SCHEMA.password.map(|_| PasswordHash::from_stored("first"));
        NewUser::new(U::new_id(&id), hash, registration)
    }

    pub(super) fn user(&self, login: &str) -> NewUser<U> {
        self.new_user(self.registration(login))
    }

    /// Stops where the type has a field and the sample says nothing of it.
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
