//! Sign-up: an account is created and signed in.

use super::AccountService;
use crate::base::error::{AuthError, FieldError};
use crate::model::client_info::ClientInfo;
use crate::model::event::{EventKind, LoginFailure, RegistrationRefusal};
use crate::model::user::{AuthUser, Registration as _};
use crate::password::Password;
use crate::rate_limits::BegunAttempt;
use crate::sign_in::SignIn;
use crate::sign_in::logins::{FormerLogins, canonical, undeliverable};

impl<U: AuthUser> AccountService<U> {
    /// Creates an account and signs it in; see [`Auth::register`](crate::Auth::register).
    pub(crate) async fn register(
        &self,
        begun: BegunAttempt,
        registration: U::Registration,
        password: &str,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        // Canonical for the hook, too: one that refuses a domain must not be fooled by capitals or full-width letters.
        // Whatever it changes is checked again.
        let former = FormerLogins::of::<U>(&registration);
        let (mut registration, _) = canonical::<U>(registration);
        let permit = self.sign_in.lookup_permit().await?;
        self.limits.limit_sign_up(begun, &registration, client).await?;
        drop(permit);
        let allowed = self.sign_in.hooks().before_register(&mut registration, client).await;
        let denied = EventKind::RegistrationRefused { reason: RegistrationRefusal::Denied };
        let allowed = allowed.inspect_err(|_| self.reporter.report(client, denied));
        let (registration, new) = both(allowed, || self.acceptable(registration, password))?;
        let hash = self.sign_in.passwords().hash(new).await?;
        if U::SCHEMA.verified_required {
            let waiting = self.await_confirmation(begun, former, &registration, &hash, client).await;
            let pending = waiting.inspect_err(|error| self.sign_up_refused(error, client))?;
            return Ok(SignIn::Pending(Box::new(pending)));
        }
        let created = self.insert_unless_former(&former, registration, Some(hash), None, &[]).await;
        let user = created.inspect_err(|error| self.sign_up_refused(error, client))?;
        let id = user.id().to_string();
        self.reporter.report(client, EventKind::Registered { user: id });
        let user = self.account_was_created(user, client).await.map_err(AuthError::after_sign_up)?;
        if self.outbox.is_some() && user.is_verified() == Some(false) {
            // The account is there, and more mail can be asked for.
            if let Err(error) = self.mail_verification(begun, &user, client).await {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(target: "auth::mail", error, "a new user was not asked to confirm the address");
            }
        }
        self.sign_in.first_session(begun, user, password, client).await.map_err(AuthError::after_sign_up)
    }

    /// Reports a sign-up that was refused because of a login, or by a hook in its transaction.
    pub(super) fn sign_up_refused(&self, error: &AuthError, client: &ClientInfo) {
        let reason = match error {
            AuthError::Taken { .. } => RegistrationRefusal::Taken,
            AuthError::Denied { .. } => RegistrationRefusal::Denied,
            _ => return,
        };
        self.reporter.report(client, EventKind::RegistrationRefused { reason });
    }

    /// Does what follows a new account, before its first session.
    pub(super) async fn account_was_created(&self, user: U, client: &ClientInfo) -> Result<U, AuthError> {
        self.limits.account_began(&user, client).await;
        self.sign_in.hooks().after_register(&user, client).await?;
        // The hook may have approved an account that starts inactive.
        if !user.is_active() && !self.users.find(user.id()).await?.is_some_and(|row| row.is_active()) {
            let (user, reason) = (Some(user.id().to_string()), LoginFailure::Inactive);
            self.reporter.report(client, EventKind::LoginFailed { user, reason });
            return Err(AuthError::NotYetActive);
        }
        Ok(user)
    }

    /// Checks a sign-up and reports every broken rule of logins and password at once.
    pub(super) fn acceptable(
        &self,
        registration: U::Registration,
        password: &str,
    ) -> Result<(U::Registration, Password), AuthError> {
        let (registration, mut errors) = canonical::<U>(registration);
        errors.extend(undeliverable::<U>(&registration));
        let context: Vec<&str> = (0..U::SCHEMA.logins.len()).filter_map(|index| registration.login(index)).collect();
        let password = Password::new(password);
        if let Err(rules) = self.sign_in.passwords().policy().check(&password, &context) {
            errors.extend(rules.iter().map(|rule| rule.at("password")));
        }
        if errors.is_empty() { Ok((registration, password)) } else { Err(AuthError::InvalidFields(errors)) }
    }
}

/// Returns the field errors of a hook together with those of the library: somebody who fills in a form sees all at once.
/// Any other error of a hook stands alone.
fn both<T>(hook: Result<(), AuthError>, own: impl FnOnce() -> Result<T, AuthError>) -> Result<T, AuthError> {
    let mut errors = match hook {
        Ok(()) => return own(),
        Err(AuthError::InvalidFields(errors)) => errors,
        Err(error) => return Err(error),
    };
    if let Err(AuthError::InvalidFields(own)) = own() {
        let known = |one: &FieldError| errors.iter().any(|other| (&other.field, other.code) == (&one.field, one.code));
        let new: Vec<_> = own.into_iter().filter(|one| !known(one)).collect();
        errors.extend(new);
    }
    Err(AuthError::InvalidFields(errors))
}
