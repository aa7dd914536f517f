use std::fmt;

use super::rule::Rule;
use crate::model::principal::Principal;

/// Who may call a handler. `#[protected]` and `#[public]` implement it for a hidden type next to the handler; without
/// arguments they use [`SignedIn`] or [`Open`] instead.
#[diagnostic::on_unimplemented(
    message = "the rule of this handler cannot be asked about `{U}`",
    note = "the handler's rule names a requirement of another user type; with `#[protected(user = Type, …)]` say which"
)]
pub trait Policy<U: Principal>: Send + Sync + 'static {
    /// The checks of the rule: `()` if there are none, otherwise a type that has them for the router's state.
    type Checks;

    /// The access rule, as data, so that it can be printed, documented and tested. What `#[protected]` generates leaves
    /// it out and gives the parts that the attribute names: that is less to compile for each handler.
    const ACCESS: &'static Access<U> =
        &Access::Protected { rule: Self::RULE, live: Self::LIVE, hidden: Self::HIDDEN, keys: Self::KEYS };

    /// What is required of the caller. Unless it is given, nobody can meet it.
    const RULE: Rule<U> = Rule::Any(&[]);

    /// Whether the row is checked, not the token.
    const LIVE: bool = false;

    /// Whether a refusal looks like an unknown path.
    const HIDDEN: bool = false;

    /// Whether API keys may meet it, too.
    const KEYS: bool = false;
}

/// Access for everybody, or for callers who meet a rule.
#[derive(Debug)]
pub enum Access<U: Principal> {
    /// `#[public]`
    Public {
        /// The reason, for the route table.
        reason: Option<&'static str>,
    },
    /// `#[protected]`
    Protected {
        /// What is required of the caller beyond being signed in.
        rule: Rule<U>,
        /// `live`: check the row, not the token.
        live: bool,
        /// `hidden`: a caller refused by the rule gets the 404 of an unknown path, without a body, so that the refusal
        /// does not reveal what exists. A caller who is not signed in still gets a 401.
        hidden: bool,
        /// `keys`: an API key may meet the rule, too. Every other route refuses all of them.
        keys: bool,
    },
}

/// The rule of `#[protected]` without arguments.
#[derive(Clone, Copy, Debug)]
pub struct SignedIn;

impl<U: Principal> Policy<U> for SignedIn {
    type Checks = ();
    const ACCESS: &'static Access<U> =
        &Access::Protected { rule: Rule::SignedIn, live: false, hidden: false, keys: false };
}

/// The rule of `#[public]` without arguments.
#[derive(Clone, Copy, Debug)]
pub struct Open;

impl<U: Principal> Policy<U> for Open {
    type Checks = ();
    const ACCESS: &'static Access<U> = &Access::Public { reason: None };
}

impl<U: Principal> Access<U> {
    /// Returns the entry of a route that takes API keys and nothing else.
    pub(crate) fn of_keys_only(&self) -> String {
        let Self::Protected { rule, live, hidden, .. } = self else { return self.to_string() };
        let (live, hidden) = (if *live { ", live" } else { "" }, if *hidden { ", hidden" } else { "" });
        format!("an API key with {rule}{live}{hidden}")
    }
}

/// Writes the entry of the route table.
impl<U: Principal> fmt::Display for Access<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public { reason: None } => f.write_str("public"),
            Self::Public { reason: Some(reason) } => write!(f, "public: {reason}"),
            Self::Protected { rule, live, hidden, keys } => {
                rule.fmt(f)?;
                f.write_str(if *live { ", live" } else { "" })?;
                f.write_str(if *hidden { ", hidden" } else { "" })?;
                f.write_str(if *keys { ", or an API key" } else { "" })
            }
        }
    }
}
