//! Devices on which the second step of a sign-in is not asked for again.
//!
//! A device is trusted by a session whose user has shown a second factor, and from that moment on: a session that began on a
//! trusted device has shown none, so no trust outlives its days. What the device keeps takes the place of a second step
//! beside the password when a session begins, and of nothing else: not of several factors where they are demanded, and
//! the session is not recent for any rule.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::AccountService;
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::factors::FactorOwner;
use crate::model::claims::{Amr, SessionId};
use crate::model::client_info::ClientInfo;
use crate::model::event::EventKind;
use crate::model::user::{AuthUser, is_same_row};
use crate::proof::needs_mfa;
use crate::store::uninterrupted;

/// A device that is trusted from now on.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrustedDevice {
    /// What the device keeps, and presents with the next password ([`Credentials::device`](crate::Credentials::device)).
    /// Whoever has it and the password needs no second factor: keep it where no script reads it.
    pub token: String,
    /// How long it is good.
    pub expires_in: Duration,
}

/// Without the token.
impl fmt::Debug for TrustedDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustedDevice").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

impl<U: AuthUser> AccountService<U> {
    /// Whether people may trust devices.
    pub(crate) fn trusts_devices(&self) -> bool {
        self.factors.are_on() && self.factors.devices_are_on()
    }

    /// Trusts the device of a session; see [`Auth::trust_device`](crate::Auth::trust_device).
    pub(crate) async fn trust_device(
        &self,
        id: &U::Id,
        session: SessionId,
        client: &ClientInfo,
    ) -> Result<Option<TrustedDevice>, AuthError> {
        if !self.trusts_devices() {
            return Ok(None);
        }
        // With the generation of the same read: what changes later is of a later one.
        let session = self.sessions.living(id, session).await?;
        let same = |user: &U| user.is_active() && is_same_row(user, session.row);
        let user = self.users.find(id).await?.filter(same).ok_or(AuthError::InvalidToken)?;
        let amr = &session.amr;
        let has_shown = amr.contains(Amr::OTP) || amr.contains(Amr::RECOVERY_CODE) || amr.has_passkey();
        if !has_shown || session.auth_time == Timestamp::default() || needs_mfa(&user) {
            return Ok(None);
        }
        let owner = FactorOwner::of(&user);
        let made = self.factors.trust_device(&owner, session.auth_time, session.generation).await?;
        let Some((token, expires_in)) = made.filter(|(_, left)| !left.is_zero()) else { return Ok(None) };
        self.reporter.report(client, EventKind::DeviceTrusted { user: owner.id });
        Ok(Some(TrustedDevice { token, expires_in }))
    }

    /// Trusts no device any more; see [`Auth::forget_devices`](crate::Auth::forget_devices).
    pub(crate) async fn forget_devices(
        self: &Arc<Self>,
        claims: &U::Claims,
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        let (this, claims, client) = (Arc::clone(self), claims.clone(), client.clone());
        let forgotten = async move {
            let user = this.signed_in_user(&claims).await?;
            let owner = FactorOwner::of(&user);
            if this.factors.forget_devices(&owner).await? {
                this.reporter.report(&client, EventKind::DevicesForgotten { user: owner.id });
            }
            Ok(())
        };
        uninterrupted(forgotten).await?
    }
}
