use std::fmt;

use super::facts::{Facts, Requirement};
use crate::user::AuthUser;

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
