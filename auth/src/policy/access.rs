use std::fmt;

use super::rule::Rule;
use crate::user::AuthUser;

/// Who may call a handler. `#[protected]` and `#[public]` implement it for a hidden type beside the handler, unless they
/// stand alone: then it is [`SignedIn`] or [`Open`].
#[diagnostic::on_unimplemented(
    message = "the rule of this handler cannot be asked about `{U}`",
    note = "the handler's rule names a requirement of another user type; with `#[protected(user = Type, …)]` say which"
)]
pub trait Policy<U: AuthUser>: Send + Sync + 'static {
    /// The checks of the rule: `()` for none, else a type that has them for the router's state.
    type Checks;

    /// The access rule: data, so that it can be printed, documented and tested.
    const ACCESS: &'static Access<U>;
}

/// Open to everybody, or to those a rule lets in.
#[derive(Debug)]
pub enum Access<U: AuthUser> {
    /// `#[public]`
    Public {
        /// Why, for the route table.
        reason: Option<&'static str>,
    },
    /// `#[protected]`
    Protected {
        /// What is asked of the caller beyond being signed in.
        rule: Rule<U>,
        /// `live`: judge the row, not the token.
        live: bool,
        /// `hidden`: whom the rule refuses is told that there is no such thing (404), so that a refusal does not say
        /// what exists. Not being signed in is still a 401.
        hidden: bool,
    },
}

/// `#[protected]` alone.
#[derive(Clone, Copy, Debug)]
pub struct SignedIn;

impl<U: AuthUser> Policy<U> for SignedIn {
    type Checks = ();
    const ACCESS: &'static Access<U> = &Access::Protected { rule: Rule::SignedIn, live: false, hidden: false };
}

/// `#[public]` alone.
#[derive(Clone, Copy, Debug)]
pub struct Open;

impl<U: AuthUser> Policy<U> for Open {
    type Checks = ();
    const ACCESS: &'static Access<U> = &Access::Public { reason: None };
}

/// The line of the route table.
impl<U: AuthUser> fmt::Display for Access<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public { reason: None } => f.write_str("public"),
            Self::Public { reason: Some(reason) } => write!(f, "public: {reason}"),
            Self::Protected { rule, live, hidden } => {
                rule.fmt(f)?;
                f.write_str(if *live { ", live" } else { "" })?;
                f.write_str(if *hidden { ", hidden" } else { "" })
            }
        }
    }
}
