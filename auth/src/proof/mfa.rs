//! Who must have signed in with several factors, and has not: the rule of `#[auth(mfa(…))]` and what a session says of
//! itself.
//!
//! No access token is issued whose row meets the rule and that does not say `mfa`. The judge asks at every sign-in, the
//! refresh before a token is spent, and whatever issues one once more; guards ask about tokens from before the rule was
//! switched on, and about rows that another program has changed. For a type without a rule, all of this is `false` at
//! compile time.

use crate::base::step_up::StepUp;
use crate::model::claims::Amr;
use crate::model::principal::{Presented as _, Principal};

/// What such a caller is asked for (RFC 9470).
pub(crate) const SEVERAL_FACTORS: StepUp = StepUp { max_age: None, mfa: true, passkey: false };

/// Whether the user of this row must sign in with several factors.
pub(crate) fn needs_mfa<U: Principal>(user: &U) -> bool {
    U::MFA.is_some_and(|rule| rule.covers(user))
}

/// Whether the user of this row must, and a session that began with these methods has not.
pub(crate) fn row_lacks_mfa<U: Principal>(user: &U, amr: &Amr) -> bool {
    U::MFA.is_some() && !amr.contains(Amr::MFA) && needs_mfa(user)
}

/// Whether these claims are those of a user who must, and has not.
pub(crate) fn claims_lack_mfa<U: Principal>(claims: &U::Claims) -> bool {
    U::MFA.is_some_and(|rule| !claims.amr().contains(Amr::MFA) && rule.covers_claims(claims))
}
