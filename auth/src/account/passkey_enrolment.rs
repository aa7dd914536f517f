//! A passkey that is added inside a sign-in, because the account must have a second factor and has none: under the conditions
//! of an authenticator app (`account/enrolment.rs`).
//!
//! A try is spent first, then the challenge, which is of this sign-in; then the answer is verified, and of many right ones at
//! once, one goes on. Recovery codes come with it, as with an app: whoever loses the only passkey has them.

use std::sync::Arc;

use serde_json::Value;

use super::AccountService;
use super::enrolment::{Enrolled, session_ended};
use super::factors::{RecoveryCodes, first_login};
use super::passkeys::{name_of, refused};
use crate::base::error::AuthError;
use crate::factors::FactorOwner;
use crate::mail::{LetterKind, MailPurpose};
use crate::model::claims::SessionId;
use crate::model::client_info::ClientInfo;
use crate::model::event::EventKind;
use crate::model::user::AuthUser;
use crate::passkeys::{NewPasskey, PasskeyOptions, Purpose};
use crate::rate_limits::BegunAttempt;
use crate::store::uninterrupted;

impl<U: AuthUser> AccountService<U> {
    /// Begins to add a passkey inside a sign-in; see [`Auth::enrol_passkey`](crate::Auth::enrol_passkey).
    pub(crate) async fn enrol_passkey(
        &self,
        _begun: BegunAttempt,
        sign_in: &str,
        client: &ClientInfo,
    ) -> Result<PasskeyOptions, AuthError> {
        let passkeys = self.sign_in.passkeys()?;
        let token = self.sign_in.waiting(MailPurpose::Enrolment, sign_in, client).await?;
        let (user, _) = self.account_without_factor(&token, client).await?;
        let owner = FactorOwner::of(&user);
        let purpose = Purpose::Enrol { owner: &owner.id, sign_in: token.id() };
        passkeys.begin_registration(&owner, purpose, first_login(&user)).await.map_err(refused)
    }

    /// Adds it, and goes on with the sign-in; see
    /// [`Auth::confirm_enrolled_passkey`](crate::Auth::confirm_enrolled_passkey).
    pub(crate) async fn confirm_enrolled_passkey(
        self: &Arc<Self>,
        begun: BegunAttempt,
        sign_in: &str,
        (credential, name): (&Value, &str),
        client: &ClientInfo,
    ) -> Result<Enrolled<U>, AuthError> {
        let name = name_of(name)?;
        let token = self.sign_in.waiting(MailPurpose::Enrolment, sign_in, client).await?;
        let expired = || self.sign_in.sign_in_expired(client);
        let token = self.tokens.spend_try(token).await?.ok_or_else(expired)?;
        let (user, generation) = self.account_without_factor(&token, client).await?;
        let owner = FactorOwner::of(&user);
        let purpose = Purpose::Enrol { owner: &owner.id, sign_in: token.id() };
        let new = self.sign_in.passkeys()?.verify_registration(purpose, credential).await.map_err(refused)?;
        // Nobody else goes on with this sign-in.
        let taken = self.sign_in.take_passkey_enrolment(token, (user, generation), &new, client).await?;
        let added = self.add_enrolled(&taken.user, taken.freshens(), (new, name), client).await;
        let recovery_codes = added.map_err(session_ended)?.ok_or(AuthError::SignInExpired)?;
        let sign_in = self.go_on_enrolled(begun, taken, generation, client).await?;
        Ok(Enrolled { sign_in, recovery_codes })
    }

    /// Adds the passkey, and tells its user, also if the client hangs up.
    async fn add_enrolled(
        self: &Arc<Self>,
        user: &U,
        session: Option<SessionId>,
        (new, name): (NewPasskey, String),
        client: &ClientInfo,
    ) -> Result<Option<RecoveryCodes>, AuthError> {
        let (this, user, client) = (Arc::clone(self), user.clone(), client.clone());
        let enrolled = async move {
            let add = this.add_with_codes(&user, new, &name, &client);
            this.change_factors(&user, session, &client, add).await
        };
        let codes: Result<_, AuthError> = uninterrupted(enrolled).await?;
        Ok(codes?.map(RecoveryCodes::new))
    }

    /// Stores the passkey and makes the codes that go with it. `None` if the account has got an app meanwhile: whoever may
    /// add a passkey beside it has shown it.
    async fn add_with_codes(
        &self,
        user: &U,
        new: NewPasskey,
        name: &str,
        client: &ClientInfo,
    ) -> Result<Option<Vec<String>>, AuthError> {
        let (passkeys, owner) = (self.sign_in.passkeys()?, FactorOwner::of(user));
        let added = passkeys.add(&owner, new, name).await.map_err(refused)?;
        let codes = self.factors.recovery_codes_of_passkey(&owner).await;
        // Without codes it must not stay. If it cannot be removed it does, and its user is told as of any other.
        if matches!(codes, Ok(Some(_))) || passkeys.remove(&owner, &added.id).await.is_err() {
            let event = EventKind::PasskeyAdded { user: owner.id };
            self.passkeys_changed(user, event, LetterKind::PasskeyAdded, name, client).await;
        }
        codes
    }
}
