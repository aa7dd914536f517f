//! Accounts: their rows, together with what was issued because of them.

#[cfg(feature = "password")]
mod address_change;
mod address_change_policy;
#[cfg(feature = "password")]
mod address_undo;
mod admin;
#[cfg(feature = "password")]
mod answer;
mod api_keys;
mod change;
#[cfg(feature = "password")]
mod confirm;
mod create;
#[cfg(feature = "password")]
mod create_with;
#[cfg(feature = "password")]
mod enrolment;
#[cfg(feature = "password")]
mod factors;
#[cfg(feature = "password")]
mod imported_totp;
mod login_field;
mod managed_api_keys;
#[cfg(feature = "cli")]
mod operator;
#[cfg(feature = "password")]
mod passkey_enrolment;
#[cfg(feature = "password")]
mod passkeys;
#[cfg(feature = "password")]
mod password;
#[cfg(feature = "password")]
mod recovery;
#[cfg(feature = "password")]
mod register;
mod reserved_address;
#[cfg(feature = "password")]
mod sign_up;
mod signed_in;
#[cfg(feature = "testing")]
mod test_access;
#[cfg(all(feature = "testing", feature = "password"))]
mod test_factors;
#[cfg(feature = "password")]
mod trusted_devices;

use std::sync::Arc;

#[cfg(feature = "password")]
pub use address_change::{AddressChange, AddressChangeRequest};
pub use address_change_policy::AddressChangePolicy;
pub use admin::Accounts;
#[cfg(feature = "password")]
pub use enrolment::Enrolled;
#[cfg(feature = "password")]
pub use factors::{FactorsInfo, RecoveryCodes};
pub use login_field::LoginField;
#[cfg(feature = "password")]
pub use recovery::{PasswordForgotten, ResetEvidence};
#[cfg(feature = "password")]
pub use trusted_devices::TrustedDevice;

use crate::api_keys::ApiKeys;
use crate::base::random::Random;
use crate::context::Kinds;
use crate::factors::Factors;
use crate::mail::{MailTokens, Outbox};
use crate::model::event::Reporter;
use crate::model::user::AuthUser;
use crate::rate_limits::RateLimits;
use crate::revocation::RevocationFeed;
use crate::session::Sessions;
#[cfg(feature = "password")]
use crate::sign_in::PasswordSignIn;
use crate::sign_in::logins::Logins;
use crate::store::{DynAccounts, DynRecords, DynUsers};

/// Creates, changes and deletes accounts.
pub(crate) struct AccountService<U: AuthUser> {
    pub(super) users: Arc<dyn DynUsers<U>>,
    pub(super) records: Arc<dyn DynRecords>,
    /// Users and records at once, if they share a database.
    pub(super) at_once: Option<Arc<dyn DynAccounts<U>>>,
    pub(super) kinds: Arc<Kinds>,
    pub(super) logins: Logins<U>,
    pub(super) feed: Arc<RevocationFeed<U>>,
    pub(super) sessions: Arc<Sessions<U>>,
    pub(super) limits: Arc<RateLimits<U>>,
    pub(super) reporter: Reporter,
    pub(super) random: Arc<dyn Random>,
    pub(super) tokens: Arc<MailTokens<U>>,
    /// If the application has set a mailer.
    pub(super) outbox: Option<Arc<Outbox<U>>>,
    pub(super) factors: Arc<Factors>,
    /// If people may have them.
    pub(super) api_keys: Option<Arc<ApiKeys<U>>>,
    #[cfg(feature = "password")]
    pub(crate) sign_in: PasswordSignIn<U>,
    /// Who confirms a change of address.
    pub(super) address_changes: AddressChangePolicy,
}
