//! The passkeys of an account: added, renamed, removed, by their user.
//!
//! One that is added changes nothing about how else its user signs in; the user is told of it, whoever added it. One that is
//! removed may have been lost: every other session ends. The last way in stays. Where there is mail, the address must be
//! confirmed before: a passkey outlives what ends when the address is proved by somebody else.

use std::sync::Arc;

use serde_json::Value;

use super::AccountService;
use super::factors::first_login;
use crate::PasswordHash;
use crate::base::error::{AuthError, FieldError};
use crate::factors::{FactorOwner, Left, Removal};
use crate::mail::LetterKind;
use crate::model::claims::Claims as _;
use crate::model::client_info::ClientInfo;
use crate::model::event::EventKind;
use crate::model::given_name::given_name;
use crate::model::user::AuthUser;
use crate::passkeys::{AcceptedPasskeys, CeremonyError, PasskeyFailure, PasskeyInfo, PasskeyOptions, Purpose};
use crate::proof::needs_mfa;
use crate::rate_limits::BegunAttempt;
use crate::sign_in::no_passkey;
use crate::store::uninterrupted;

impl<U: AuthUser> AccountService<U> {
    /// Returns the passkeys of a signed-in user; see [`Auth::passkeys`](crate::Auth::passkeys).
    pub(crate) async fn passkeys_of(&self, claims: &U::Claims) -> Result<Vec<PasskeyInfo>, AuthError> {
        let user = self.signed_in_user(claims).await?;
        Ok(self.sign_in.passkeys()?.of(&FactorOwner::of(&user)).await?)
    }

    /// Returns them for the browser; see [`Auth::accepted_passkeys`](crate::Auth::accepted_passkeys).
    pub(crate) async fn accepted_passkeys(&self, claims: &U::Claims) -> Result<AcceptedPasskeys, AuthError> {
        let user = self.signed_in_user(claims).await?;
        let accepted = self.sign_in.passkeys()?.accepted(&FactorOwner::of(&user)).await?;
        accepted.ok_or_else(no_passkey)
    }

    /// Begins to add one; see [`Auth::begin_passkey`](crate::Auth::begin_passkey).
    pub(crate) async fn begin_passkey(&self, claims: &U::Claims) -> Result<PasskeyOptions, AuthError> {
        let user = self.user_who_may_add_passkeys(claims).await?;
        let session = self.living_session(&user, claims).await?;
        let owner = FactorOwner::of(&user);
        let purpose = Purpose::Register { owner: &owner.id, session };
        let begun = self.sign_in.passkeys()?.begin_registration(&owner, purpose, first_login(&user)).await;
        begun.map_err(refused)
    }

    /// Adds it; see [`Auth::add_passkey`](crate::Auth::add_passkey).
    pub(crate) async fn add_passkey(
        self: &Arc<Self>,
        _begun: BegunAttempt,
        claims: &U::Claims,
        (credential, name): (Value, &str),
        client: &ClientInfo,
    ) -> Result<PasskeyInfo, AuthError> {
        let name = name_of(name)?;
        let (this, claims, client) = (Arc::clone(self), claims.clone(), client.clone());
        uninterrupted(async move { this.add_and_tell(&claims, &credential, &name, &client).await }).await?
    }

    async fn add_and_tell(
        &self,
        claims: &U::Claims,
        credential: &Value,
        name: &str,
        client: &ClientInfo,
    ) -> Result<PasskeyInfo, AuthError> {
        let user = self.user_who_may_add_passkeys(claims).await?;
        let session = self.living_session(&user, claims).await?;
        let (passkeys, owner) = (self.sign_in.passkeys()?, FactorOwner::of(&user));
        let purpose = Purpose::Register { owner: &owner.id, session };
        let new = passkeys.verify_registration(purpose, credential).await.map_err(refused)?;
        // Another factor: what was trusted before is asked again. (Removing one ends the sessions, and this with them.)
        self.factors.forget_devices(&owner).await?;
        let added = passkeys.add(&owner, new, name).await.map_err(refused)?;
        let may_stay = async {
            passkeys.are_too_many(&owner).await.map_err(refused)?;
            // Whoever has ended the session meanwhile has not seen the passkey.
            self.living_session(&user, claims).await.map(drop)
        };
        let stays = may_stay.await;
        // One that must not stay, and cannot be removed, is there: its user is told as of any other.
        if stays.is_ok() || passkeys.remove(&owner, &added.id).await.is_err() {
            let event = EventKind::PasskeyAdded { user: owner.id };
            self.passkeys_changed(&user, event, LetterKind::PasskeyAdded, name, client).await;
        }
        stays.map(|()| added)
    }

    /// Renames one; see [`Auth::rename_passkey`](crate::Auth::rename_passkey).
    pub(crate) async fn rename_passkey(&self, claims: &U::Claims, id: &str, name: &str) -> Result<(), AuthError> {
        let name = name_of(name)?;
        let user = self.signed_in_user(claims).await?;
        let renamed = self.sign_in.passkeys()?.rename(&FactorOwner::of(&user), id, &name).await?;
        if renamed { Ok(()) } else { Err(AuthError::NotFound) }
    }

    /// Removes one; see [`Auth::remove_passkey`](crate::Auth::remove_passkey). `by_mail`: whether people sign in by mail.
    pub(crate) async fn remove_passkey(
        self: &Arc<Self>,
        claims: &U::Claims,
        id: &str,
        by_mail: bool,
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        let (this, claims, id, client) = (Arc::clone(self), claims.clone(), id.to_owned(), client.clone());
        uninterrupted(async move { this.remove_passkey_and_tell(&claims, &id, by_mail, &client).await }).await?
    }

    async fn remove_passkey_and_tell(
        &self,
        claims: &U::Claims,
        id: &str,
        by_mail: bool,
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        let user = self.signed_in_user(claims).await?;
        let (passkeys, owner) = (self.sign_in.passkeys()?, FactorOwner::of(&user));
        let known = passkeys.of(&owner).await?.into_iter().find(|passkey| passkey.id == id);
        let name = known.ok_or(AuthError::NotFound)?.name;
        let left =
            Left { factor: needs_mfa(&user), passkey: !PasswordHash::is_way_in(user.password_hash()) && !by_mail };
        // Before any session ends because of it.
        match passkeys.mark(&owner, id, left).await? {
            Removal::Removed => {}
            Removal::Absent => return Err(AuthError::NotFound),
            Removal::Last => return Err(AuthError::LastFactor),
        }
        let remove = async {
            if !passkeys.remove(&owner, id).await? {
                return Ok(None);
            }
            self.factors.end_codes_of_nothing(&owner).await?;
            Ok(Some(()))
        };
        let removed = self.change_factors(&user, Some(*claims.registered().sid), client, remove).await;
        passkeys.unmark(&owner, id).await;
        removed?.ok_or(AuthError::NotFound)?;
        let event = EventKind::PasskeyRemoved { user: owner.id };
        self.passkeys_changed(&user, event, LetterKind::PasskeyRemoved, &name, client).await;
        Ok(())
    }

    async fn user_who_may_add_passkeys(&self, claims: &U::Claims) -> Result<U, AuthError> {
        self.sign_in.passkeys()?;
        let user = self.signed_in_user(claims).await?;
        if self.outbox.is_some() && user.is_verified() == Some(false) {
            let message = "confirm your address first".to_owned();
            return Err(AuthError::Denied { code: "address_not_verified", message });
        }
        Ok(user)
    }

    pub(super) async fn passkeys_changed(
        &self,
        user: &U,
        event: EventKind,
        kind: LetterKind,
        name: &str,
        client: &ClientInfo,
    ) {
        self.reporter.report(client, event);
        if let Some(outbox) = &self.outbox {
            outbox.notify(&self.limits, user, kind, Some(name.to_owned()), client).await;
        }
    }
}

pub(super) fn refused(failure: PasskeyFailure) -> AuthError {
    match failure {
        PasskeyFailure::Undecided(error) => error,
        PasskeyFailure::Refused(CeremonyError::Registered, _) => AuthError::PasskeyRegistered,
        PasskeyFailure::Refused(CeremonyError::TooMany, _) => {
            let message = "this account has as many passkeys as it may have: remove one first".to_owned();
            AuthError::Denied { code: "too_many_passkeys", message }
        }
        PasskeyFailure::Refused(error, _) => {
            tracing::debug!(target: "auth::login", reason = %error, "a passkey was not added");
            let message = "this passkey is not acceptable, or it took too long: begin again";
            AuthError::InvalidFields(vec![FieldError::new("credential", "invalid", message)])
        }
    }
}

/// Returns the name that somebody gives a passkey.
pub(super) fn name_of(name: &str) -> Result<String, AuthError> {
    given_name(name).map_err(|error| AuthError::InvalidFields(vec![error]))
}
