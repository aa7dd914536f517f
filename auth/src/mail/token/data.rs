//! What the purposes of mailed tokens need to know beside owner and address, as it is stored with them.

use serde::{Deserialize, Serialize};

use crate::model::body_fields::Fields;
use crate::model::claims::{Amr, SessionId};
use crate::model::user::{AuthUser, Registration};

/// A sign-up that waits for its address to be confirmed. There is no row before: it would keep the owner of the address
/// from signing up, and tell strangers that the address is unknown.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct SignUpData {
    /// The fields of the sign-up, as a body. The logins are canonical.
    pub(crate) body: String,
    /// The hash of the password, as it will be stored.
    pub(crate) hash: String,
    /// The logins in every form in which an account would have them.
    pub(crate) former: Vec<(usize, Vec<String>)>,
}

impl SignUpData {
    /// Returns the fields; `None` if this release reads them differently.
    pub(crate) fn registration<U: AuthUser>(&self) -> Option<U::Registration> {
        let mut fields = Fields::parse(self.body.as_bytes()).ok()?;
        let registration = U::Registration::from_fields(&mut fields);
        fields.finish(registration).ok()
    }
}

/// What a sign-in has shown before this step.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct SignInData {
    #[serde(default)]
    pub(crate) shown: u8,
    #[serde(default)]
    pub(crate) amr: Amr,
    /// The session that becomes fresh. Otherwise one begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) freshens: Option<SessionId>,
    /// Whether it comes from a network from which nobody has signed in before: the user is told once it is complete.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) from_new_network: bool,
}

/// A change of address that waits to be confirmed.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct AddressChangeData {
    pub(crate) old: String,
    pub(crate) new: String,
    /// Whether the old address has to confirm it, too.
    pub(crate) both: bool,
    #[serde(default)]
    pub(crate) old_confirmed: bool,
    #[serde(default)]
    pub(crate) new_confirmed: bool,
}

/// A change of address that was made, and can be undone.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct UndoData {
    pub(crate) old: String,
    pub(crate) new: String,
    /// When the change was asked for, in milliseconds.
    #[serde(default)]
    pub(crate) asked_at: Option<u64>,
}

/// An address that an account had, and may take back.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct ReservedData {
    /// The account.
    pub(crate) owner: String,
}
