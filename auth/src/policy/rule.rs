use std::fmt;

use crate::role::{AuthRole, HasRole};
use crate::user::AuthUser;

/// Who may call a handler. `#[protected]` and `#[public]` implement it for a hidden type beside the handler.
#[diagnostic::on_unimplemented(
    message = "the rule of this handler cannot be asked about `{U}`",
    note = "the handler's rule names a requirement of another user type; with `#[protected(user = Type, …)]` say which"
)]
pub trait Policy<U: AuthUser>: Send + Sync + 'static {
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
    },
}

/// Something a rule can ask of a caller: a role, and every type of yours that implements this.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not something a rule for `{U}` can ask for",
    label = "not a requirement of `{U}`",
    note = "roles are: put `#[derive(AuthRole)]` on the enum and `#[auth(role)]` on the field of `{U}`",
    note = "any other type is when it implements `auth::Requirement<{U}>`"
)]
pub trait Requirement<U: AuthUser>: Send + Sync + 'static {
    /// Whether the caller meets it. Must be quick: it runs on every request, on the async worker.
    fn holds(&self, caller: &Facts<'_, U>) -> bool;
}

/// What is known of the caller when a rule is judged: the claims always, the row when it was loaded.
pub struct Facts<'a, U: AuthUser> {
    claims: &'a U::Claims,
    row: Option<&'a U>,
}

impl<'a, U: AuthUser> Facts<'a, U> {
    /// Judged on the token alone.
    #[must_use]
    pub const fn of_token(claims: &'a U::Claims) -> Self {
        Self { claims, row: None }
    }

    /// Judged on the row; the claims tell of the login.
    #[must_use]
    pub const fn of_row(claims: &'a U::Claims, row: &'a U) -> Self {
        Self { claims, row: Some(row) }
    }

    /// The verified claims.
    #[must_use]
    pub const fn claims(&self) -> &'a U::Claims {
        self.claims
    }

    /// The row, if it has been loaded. It is newer than the claims: prefer it.
    #[must_use]
    pub const fn row(&self) -> Option<&'a U> {
        self.row
    }

    /// Whether the caller holds `role`, by the row if there is one, else by the token.
    pub fn hold<R: AuthRole>(&self, role: &R) -> bool
    where
        U: HasRole<R>,
    {
        self.row.map_or_else(|| U::claims_hold(self.claims, role), |row| row.row_holds(role))
    }
}

/// A boolean expression over requirements.
pub enum Rule<U: AuthUser> {
    /// Nothing more than being signed in.
    SignedIn,
    /// A requirement, and how it was written.
    Is(&'static dyn Requirement<U>, &'static str),
    /// `!`
    Not(&'static Rule<U>),
    /// `&&`: every one.
    All(&'static [Rule<U>]),
    /// `||`: at least one.
    Any(&'static [Rule<U>]),
}

impl<U: AuthUser> Rule<U> {
    /// Whether the caller may pass.
    #[must_use]
    pub fn holds(&self, caller: &Facts<'_, U>) -> bool {
        match self {
            Self::SignedIn => true,
            Self::Is(requirement, _) => requirement.holds(caller),
            Self::Not(rule) => !rule.holds(caller),
            Self::All(rules) => rules.iter().all(|rule| rule.holds(caller)),
            Self::Any(rules) => rules.iter().any(|rule| rule.holds(caller)),
        }
    }

    /// Writes the rule; `tight` asks for parentheses around a list.
    fn write(&self, f: &mut fmt::Formatter<'_>, tight: bool) -> fmt::Result {
        match self {
            Self::SignedIn => f.write_str("signed in"),
            Self::Is(_, text) => f.write_str(text),
            Self::Not(rule) => {
                f.write_str("!")?;
                rule.write(f, true)
            }
            Self::All(rules) => list(f, rules, " && ", tight),
            Self::Any(rules) => list(f, rules, " || ", tight),
        }
    }
}

fn list<U: AuthUser>(f: &mut fmt::Formatter<'_>, rules: &[Rule<U>], word: &str, tight: bool) -> fmt::Result {
    if tight {
        f.write_str("(")?;
    }
    for (place, rule) in rules.iter().enumerate() {
        if place > 0 {
            f.write_str(word)?;
        }
        rule.write(f, true)?;
    }
    if tight {
        f.write_str(")")?;
    }
    Ok(())
}

/// As it was written in the attribute, with every mixed group in parentheses.
impl<U: AuthUser> fmt::Display for Rule<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, false)
    }
}

impl<U: AuthUser> fmt::Debug for Rule<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rule({self})")
    }
}

/// The line of the route table.
impl<U: AuthUser> fmt::Display for Access<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public { reason: None } => f.write_str("public"),
            Self::Public { reason: Some(reason) } => write!(f, "public: {reason}"),
            Self::Protected { rule, live: false } => rule.fmt(f),
            Self::Protected { rule, live: true } => write!(f, "{rule}, live"),
        }
    }
}
