//! Analyzes rules ahead of time for every possible caller.
//!
//! A macro only sees the text of a rule. Whether it admits everybody or nobody also depends on what roles include and
//! grant, so the rule is evaluated here for every set of roles that a user can hold, and for every outcome of what
//! depends on something else: the age of a login, a check, a user's own permission.
//!
//! It prefers silence to a wrong finding: two identical expressions in different rules are two questions, and beyond a
//! limit of questions it reports nothing.

use std::any::Any;

use super::facts::Requirement;
use super::rule::Rule;
use crate::model::principal::Principal;
use crate::model::role::HeldRoles;

/// Something odd about a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RuleLint {
    /// Every signed-in user passes.
    Everybody,
    /// No set of roles and no outcome of anything else makes it true.
    Nobody,
    /// Nobody meets this requirement of the rule.
    NeverMet(&'static str),
}

/// Rules with more atoms that depend on something else are not analyzed: they have too many outcomes.
const MOST_OPEN: usize = 12;

/// Nor are rules with more cases (sets of roles times outcomes): the table is printed at start-up and has many rules.
const MOST_CASES: usize = 1 << 16;

/// One rule, or several that must hold together.
struct Judge<'a, U: Principal> {
    rules: &'a [&'a Rule<U>],
    /// The atoms that do not follow from roles: the index of their rule and their text, because the same text can mean
    /// different things in two rules.
    open: Vec<(usize, &'static str)>,
    /// Whether the same text means the same in all of them.
    same: bool,
}

/// Returns what is odd about a single rule.
pub(crate) fn lints<U: Principal>(rule: &Rule<U>) -> Vec<RuleLint> {
    let Some(possible) = <U::Roles as HeldRoles>::possible() else { return Vec::new() };
    if matches!(rule, Rule::SignedIn) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let Some((sometimes, always)) = outcomes(&[rule], &possible, false) else { return found };
    if !sometimes {
        found.push(RuleLint::Nobody);
    } else if always {
        found.push(RuleLint::Everybody);
    }
    each_atom(rule, &mut |atom| {
        if let Atom::Is(requirement, text) = atom {
            let never = possible.iter().all(|roles| requirement.by_roles(roles) == Some(false));
            if never && sometimes && !found.contains(&RuleLint::NeverMet(text)) {
                found.push(RuleLint::NeverMet(text));
            }
        }
    });
    found
}

/// Whether each rule can be met on its own, but not all of them together.
pub(crate) fn exclude_each_other<U: Principal>(rules: &[&Rule<U>]) -> bool {
    let Some(possible) = <U::Roles as HeldRoles>::possible() else { return false };
    let met = |rules: &[&Rule<U>]| outcomes(rules, &possible, false).is_none_or(|(sometimes, _)| sometimes);
    rules.iter().all(|rule| met(&[*rule])) && !met(rules)
}

/// Whether everybody who meets the rule must have signed in with several factors (`#[auth(mfa(…))]`). Roles and
/// permissions of one user type are of one enum each, so the same text means the same.
pub(crate) fn implies_mfa<U: Principal>(rule: &Rule<U>) -> bool {
    let Some(mfa) = U::MFA.and_then(|mfa| (mfa as &'static dyn Any).downcast_ref::<Rule<U>>()) else { return false };
    if matches!(mfa, Rule::SignedIn) {
        return true;
    }
    let Some(possible) = <U::Roles as HeldRoles>::possible() else { return false };
    let met = |rules: &[&Rule<U>]| outcomes(rules, &possible, true).map(|(sometimes, _)| sometimes);
    met(&[rule]) == Some(true) && met(&[rule, &Rule::Not(mfa)]) == Some(false)
}

/// Returns whether the rules together hold for somebody, and whether for everybody; `None` if there are too many cases.
fn outcomes<U: Principal>(rules: &[&Rule<U>], possible: &[U::Roles], same: bool) -> Option<(bool, bool)> {
    let mut judge = Judge { rules, open: Vec::new(), same };
    for (index, rule) in rules.iter().enumerate() {
        each_atom(rule, &mut |atom| {
            let open = match atom {
                Atom::Is(requirement, _) => possible.iter().any(|roles| requirement.by_roles(roles).is_none()),
                Atom::Check(_) => true,
            };
            let question = (judge.place(index), atom.text());
            if open && !judge.open.contains(&question) {
                judge.open.push(question);
            }
        });
    }
    if judge.open.len() > MOST_OPEN || possible.len() << judge.open.len() > MOST_CASES {
        return None;
    }
    let (mut sometimes, mut always) = (false, true);
    for roles in possible {
        for answers in 0..1_u32 << judge.open.len() {
            let holds = judge.all_hold(roles, answers);
            sometimes |= holds;
            always &= holds;
        }
    }
    Some((sometimes, always))
}

impl<U: Principal> Judge<'_, U> {
    /// What the questions of a rule are told apart by.
    const fn place(&self, index: usize) -> usize {
        if self.same { 0 } else { index }
    }

    fn all_hold(&self, roles: &U::Roles, answers: u32) -> bool {
        self.rules.iter().enumerate().all(|(index, rule)| self.holds(index, rule, roles, answers))
    }

    fn holds(&self, index: usize, rule: &Rule<U>, roles: &U::Roles, answers: u32) -> bool {
        let answer = |text: &'static str| {
            let at = self.open.iter().position(|open| *open == (self.place(index), text));
            at.is_some_and(|at| answers >> at & 1 == 1)
        };
        match rule {
            Rule::SignedIn => true,
            Rule::Is(requirement, text) => requirement.by_roles(roles).unwrap_or_else(|| answer(text)),
            Rule::Check(_, text) => answer(text),
            Rule::Not(rule) => !self.holds(index, rule, roles, answers),
            Rule::All(rules) => rules.iter().all(|rule| self.holds(index, rule, roles, answers)),
            Rule::Any(rules) => rules.iter().any(|rule| self.holds(index, rule, roles, answers)),
        }
    }
}

enum Atom<U: Principal> {
    Is(&'static dyn Requirement<U>, &'static str),
    Check(&'static str),
}

impl<U: Principal> Atom<U> {
    const fn text(&self) -> &'static str {
        match self {
            Self::Is(_, text) | Self::Check(text) => text,
        }
    }
}

fn each_atom<U: Principal>(rule: &Rule<U>, visit: &mut dyn FnMut(Atom<U>)) {
    match rule {
        Rule::SignedIn => {}
        Rule::Is(requirement, text) => visit(Atom::Is(*requirement, text)),
        Rule::Check(_, text) => visit(Atom::Check(text)),
        Rule::Not(rule) => each_atom(rule, visit),
        Rule::All(rules) | Rule::Any(rules) => rules.iter().for_each(|rule| each_atom(rule, visit)),
    }
}
