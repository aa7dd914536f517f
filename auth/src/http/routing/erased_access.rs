//! Rules with their user type erased, because one application can have several user types.

use std::any::Any;
use std::fmt;

use crate::model::principal::Principal;
use crate::policy::{Access, Rule, RuleLint, exclude_each_other, implies_mfa, lints};

/// A type-erased `&'static Access<U>`.
#[derive(Clone, Copy)]
pub(crate) struct ErasedAccess(&'static dyn AnyAccess);

trait AnyAccess: Any + fmt::Display + Send + Sync {
    /// Returns the name of the user type.
    fn user(&self) -> &'static str;
    /// Returns the entry of a route that takes API keys and nothing else.
    fn of_keys_only(&self) -> String;
    fn is_public(&self) -> bool;
    fn reason(&self) -> Option<&'static str>;
    fn is_hidden(&self) -> bool;
    /// Whether it admits API keys.
    fn takes_keys(&self) -> bool;
    /// Whether everybody whom it admits must have signed in with several factors.
    fn is_mfa(&self) -> bool;
    /// Returns what is odd about this rule by itself.
    fn lints(&self) -> Vec<RuleLint>;
    /// Whether nobody can meet both this rule and those of the others that are about the same user type.
    fn excludes(&self, others: &[ErasedAccess]) -> bool;
}

impl<U: Principal> AnyAccess for Access<U> {
    fn user(&self) -> &'static str {
        U::REALM.name
    }

    fn of_keys_only(&self) -> String {
        Self::of_keys_only(self)
    }

    fn is_public(&self) -> bool {
        matches!(self, Self::Public { .. })
    }

    fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Public { reason } => *reason,
            Self::Protected { .. } => None,
        }
    }

    fn is_hidden(&self) -> bool {
        matches!(self, Self::Protected { hidden: true, .. })
    }

    fn takes_keys(&self) -> bool {
        matches!(self, Self::Protected { keys: true, .. })
    }

    fn is_mfa(&self) -> bool {
        rule(self).is_some_and(implies_mfa)
    }

    fn lints(&self) -> Vec<RuleLint> {
        rule(self).map(lints).unwrap_or_default()
    }

    fn excludes(&self, others: &[ErasedAccess]) -> bool {
        let others = others.iter().filter_map(|other| other.about::<U>());
        let rules: Vec<_> = others.chain([self]).filter_map(rule).collect();
        rules.len() > 1 && exclude_each_other(&rules)
    }
}

fn rule<U: Principal>(access: &Access<U>) -> Option<&Rule<U>> {
    match access {
        Access::Public { .. } => None,
        Access::Protected { rule, .. } => Some(rule),
    }
}

impl ErasedAccess {
    pub(super) fn of<U: Principal>(access: &'static Access<U>) -> Self {
        Self(access)
    }

    /// Returns the rule, if it is about users of type `U`.
    pub(crate) fn about<U: Principal>(self) -> Option<&'static Access<U>> {
        let any: &'static dyn Any = self.0;
        any.downcast_ref()
    }

    /// Returns the name of the user type it is about.
    #[cfg_attr(not(feature = "testing"), allow(dead_code, reason = "for the test kit"))]
    pub(crate) fn user(self) -> &'static str {
        self.0.user()
    }

    pub(crate) fn is_public(self) -> bool {
        self.0.is_public()
    }

    pub(super) fn reason(self) -> Option<&'static str> {
        self.0.reason()
    }

    pub(super) fn is_hidden(self) -> bool {
        self.0.is_hidden()
    }

    pub(super) fn takes_keys(self) -> bool {
        self.0.takes_keys()
    }

    pub(super) fn is_mfa(self) -> bool {
        self.0.is_mfa()
    }

    pub(super) fn lints(self) -> Vec<RuleLint> {
        self.0.lints()
    }

    pub(super) fn excludes(self, others: &[Self]) -> bool {
        self.0.excludes(others)
    }
}

/// Writes `layer && layer && handler`, each in parentheses if it could be misread. A public handler behind a layer is
/// not public, so that is only noted at the end. `keys_only`: the handler admits nobody but programs.
pub(super) fn conjunction(layers: &[ErasedAccess], own: ErasedAccess, keys_only: bool) -> String {
    let own_text = if keys_only { own.0.of_keys_only() } else { own.to_string() };
    if layers.is_empty() {
        return own_text;
    }
    let own_text = (!own.is_public()).then_some(own_text);
    let asked = layers.iter().map(ToString::to_string).chain(own_text).map(|text| {
        let compound = ["&&", "||", ", "].iter().any(|sign| text.contains(sign));
        if compound { format!("({text})") } else { text }
    });
    let mut text = asked.collect::<Vec<_>>().join(" && ");
    if own.is_public() {
        text = format!("{text} (handler: {own})");
    }
    text
}

impl fmt::Display for ErasedAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ErasedAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Access({self})")
    }
}

/// Always equal: routes are compared by the text of their rules.
impl PartialEq for ErasedAccess {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl Eq for ErasedAccess {}
