//! Rules about what users hold: who must sign in with several factors (`#[auth(mfa(…))]`).
//!
//! They are the rules of `#[protected]`, judged by the row where there is one. A requirement on the login would mean
//! nothing there (a rule that asks for the factor decides who needs the factor), so only roles and permissions are
//! [`HeldBy`] a user.

use super::facts::{Facts, Requirement};
use super::rule::Rule;
use super::verdict::{Answers, Verdict};
use crate::base::clock::Timestamp;
use crate::model::name_enum::NameEnum;
use crate::model::principal::{MfaRule, Principal};

/// What a user holds: a role or a permission.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not something that `{U}` holds",
    label = "name roles and permissions of `{U}`",
    note = "this rule decides who needs a second factor, before anybody is signed in"
)]
pub trait HeldBy<U: Principal>: Requirement<U> + NameEnum {}

#[diagnostic::do_not_recommend]
impl<U: Principal, R: Requirement<U> + NameEnum> HeldBy<U> for R {}

/// Makes a part of such a rule. Called by generated code.
pub const fn held_by<U: Principal, R: HeldBy<U>>(what: &'static R) -> &'static dyn Requirement<U> {
    what
}

impl<U: Principal> MfaRule<U> for Rule<U> {
    fn covers(&self, user: &U) -> bool {
        self.evaluate_with(Answers::NONE, false, &|requirement, _| requirement.by_row(user) == Some(true))
            == Verdict::Yes
    }

    fn covers_claims(&self, claims: &U::Claims) -> bool {
        // No requirement of such a rule asks for the time.
        self.evaluate(&Facts::of_token(claims, Timestamp::default()), Answers::NONE) == Verdict::Yes
    }
}
