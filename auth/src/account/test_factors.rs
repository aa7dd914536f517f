//! Factors of accounts in tests, added without the requests of their owner.

use serde_json::Value;

use super::AccountService;
use crate::base::error::AuthError;
use crate::factors::FactorOwner;
use crate::model::claims::SessionId;
use crate::model::user::AuthUser;
use crate::passkeys::{PasskeyFailure, Purpose};

/// The session that adds them. Nothing is stored of it.
const SESSION: SessionId = SessionId::from_bytes([0; 32]);

impl<U: AuthUser> AccountService<U> {
    /// Adds the passkey that `create` makes of the options.
    pub(crate) async fn add_test_passkey(
        &self,
        user: &U,
        create: impl FnOnce(&Value) -> Value + Send,
    ) -> Result<(), AuthError> {
        let (passkeys, owner) = (self.sign_in.passkeys()?, FactorOwner::of(user));
        let purpose = || Purpose::Register { owner: &owner.id, session: SESSION };
        let options = passkeys.begin_registration(&owner, purpose(), "test").await.map_err(undecided)?;
        let answer = create(&serde_json::to_value(options).map_err(AuthError::internal)?);
        let new = passkeys.verify_registration(purpose(), &answer).await.map_err(undecided)?;
        passkeys.add(&owner, new, "Test").await.map_err(undecided)?;
        Ok(())
    }

    /// Adds an authenticator app, which shows `code` of its secret, and returns secret and recovery codes. `None` if there
    /// is one.
    pub(crate) async fn add_test_totp(
        &self,
        user: &U,
        code: impl FnOnce(&str) -> String + Send,
    ) -> Result<Option<(String, Vec<String>)>, AuthError> {
        let owner = FactorOwner::of(user);
        let Some(begun) = self.factors.begin_totp(&owner, SESSION, "test", false).await? else { return Ok(None) };
        let codes = self.factors.confirm_totp(&owner, SESSION, &code(&begun.secret)).await?;
        Ok(codes.map(|codes| (begun.secret, codes)))
    }
}

fn undecided(failure: PasskeyFailure) -> AuthError {
    match failure {
        PasskeyFailure::Undecided(error) => error,
        PasskeyFailure::Refused(error, _) => AuthError::internal(error),
    }
}
