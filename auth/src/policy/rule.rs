//! A rule, evaluated on what is known about the caller.
//!
//! A refused caller causes no avoidable query. So a refusal because of an old login does not run the remaining checks:
//! a caller whom a more recent login could let in is asked for one (`Rule::step_up` finds the least demanding), and may
//! still be refused afterwards. The answer is a 401 with the code `step_up_required` and the challenge of RFC 9470 §3,
//! which clients know. `hidden` turns the remaining refusals into a 404.

use std::fmt;

use super::facts::{Facts, Requirement};
use super::verdict::{Answers, Verdict};
use crate::base::step_up::StepUp;
use crate::model::principal::Principal;

/// A boolean expression over requirements.
pub enum Rule<U: Principal> {
    /// No requirement beyond being signed in.
    SignedIn,
    /// A requirement, and its text in the source.
    Is(&'static dyn Requirement<U>, &'static str),
    /// A `#[check]`: its index among the checks of the rule, and its text in the source.
    Check(usize, &'static str),
    /// `!`: negation.
    Not(&'static Rule<U>),
    /// `&&`: all of them.
    All(&'static [Rule<U>]),
    /// `||`: at least one of them.
    Any(&'static [Rule<U>]),
}

impl<U: Principal> Rule<U> {
    /// Returns whether the caller may pass, as far as requirements and the checks in `answers` decide.
    #[must_use]
    pub fn evaluate(&self, caller: &Facts<'_, U>, answers: Answers) -> Verdict {
        self.evaluate_with(answers, false, &|requirement, _| requirement.holds(caller))
    }

    /// Returns whether an API key may pass: what the rule asks for, the key and its owner both have, and what it excludes
    /// (`!`) neither has. Two answers would not do: under `||`, the key could pass by one branch, and its owner by another
    /// that the key was not given.
    pub(crate) fn evaluate_key(&self, key: &Facts<'_, U>, owner: &Facts<'_, U>, answers: Answers) -> Verdict {
        self.evaluate_with(answers, false, &|requirement, excluded| {
            let (by_key, by_owner) = (requirement.holds(key), requirement.holds(owner));
            if excluded { by_key || by_owner } else { by_key && by_owner }
        })
    }

    /// Kleene's three-valued logic, from left to right. A list stops at the first operand that decides it; of several
    /// undecided checks the first is returned. `excluded`: whether this is below an odd number of `!`.
    pub(super) fn evaluate_with<F: Fn(&dyn Requirement<U>, bool) -> bool>(
        &self,
        answers: Answers,
        excluded: bool,
        holds: &F,
    ) -> Verdict {
        match self {
            Self::SignedIn => Verdict::Yes,
            Self::Is(requirement, _) => Verdict::of(holds(*requirement, excluded)),
            Self::Check(index, _) => answers.get(*index).map_or(Verdict::NeedsCheck(*index), Verdict::of),
            Self::Not(rule) => rule.evaluate_with(answers, !excluded, holds).negated(),
            Self::All(rules) => {
                let mut verdict = Verdict::Yes;
                for rule in *rules {
                    verdict = verdict.and(rule.evaluate_with(answers, excluded, holds));
                    if verdict == Verdict::No {
                        break;
                    }
                }
                verdict
            }
            Self::Any(rules) => {
                let mut verdict = Verdict::No;
                for rule in *rules {
                    verdict = verdict.or(rule.evaluate_with(answers, excluded, holds));
                    if verdict == Verdict::Yes {
                        break;
                    }
                }
                verdict
            }
        }
    }

    /// Returns what a refused caller can do about it: the least step-up with which the rule would hold, or could hold
    /// depending on a check. (The check is not run, so that refused callers cause no queries.) An offer of the oldest
    /// sufficient login comes before one of a second factor, either before both together, and a passkey last.
    #[must_use]
    pub fn step_up(&self, caller: &Facts<'_, U>, answers: Answers) -> Option<StepUp> {
        let mut lacking = Vec::new();
        self.each_requirement(&mut |requirement| {
            if !requirement.holds(caller) {
                lacking.extend(requirement.step_up());
            }
        });
        let mut ages: Vec<_> = lacking.iter().filter_map(|lacking| lacking.max_age).collect();
        ages.sort_unstable_by(|one, other| other.cmp(one));
        let recent = |with: StepUp| ages.iter().map(move |age| StepUp { max_age: Some(*age), ..with });
        let mfa = StepUp { mfa: true, ..StepUp::default() };
        let passkey = StepUp { passkey: true, ..mfa };
        let mfa = lacking.iter().any(|lacking| lacking.mfa).then_some(mfa);
        let passkey = lacking.iter().any(|lacking| lacking.passkey).then_some(passkey);
        // Each with all that is less before it.
        let stronger = [mfa, passkey].into_iter().flatten();
        let stronger = stronger.flat_map(|with| std::iter::once(with).chain(recent(with)));
        // Do not just offer everything the rule names: under `!`, less can be enough where all of it is too much.
        let mut offers = recent(StepUp::default()).chain(stronger);
        offers.find(|offer| {
            let holds = |requirement: &dyn Requirement<U>, _: bool| {
                requirement.holds(caller) || requirement.step_up().is_some_and(|wanted| offer.and(wanted) == *offer)
            };
            self.evaluate_with(answers, false, &holds) != Verdict::No
        })
    }

    /// Visits every requirement in the rule, in source order.
    pub(crate) fn each_requirement(&self, visit: &mut dyn FnMut(&'static dyn Requirement<U>)) {
        match self {
            Self::SignedIn | Self::Check(..) => {}
            Self::Is(requirement, _) => visit(*requirement),
            Self::Not(rule) => rule.each_requirement(visit),
            Self::All(rules) | Self::Any(rules) => rules.iter().for_each(|rule| rule.each_requirement(visit)),
        }
    }

    /// Returns the scopes with which a client could meet the rule: all that it names, and of alternatives the first.
    pub(crate) fn scopes(&self) -> Vec<&'static str> {
        match self {
            Self::SignedIn | Self::Check(..) | Self::Not(_) => Vec::new(),
            Self::Is(requirement, _) => requirement.scope().into_iter().collect(),
            Self::All(rules) => rules.iter().flat_map(Self::scopes).collect(),
            Self::Any(rules) => rules.iter().map(Self::scopes).find(|scopes| !scopes.is_empty()).unwrap_or_default(),
        }
    }

    /// Writes the rule; `tight` puts parentheses around a list.
    fn write(&self, f: &mut fmt::Formatter<'_>, tight: bool) -> fmt::Result {
        match self {
            Self::SignedIn => f.write_str("signed in"),
            Self::Is(_, text) | Self::Check(_, text) => f.write_str(text),
            Self::Not(rule) => {
                f.write_str("!")?;
                rule.write(f, true)
            }
            Self::All(rules) => list(f, rules, " && ", tight),
            Self::Any(rules) => list(f, rules, " || ", tight),
        }
    }
}

fn list<U: Principal>(f: &mut fmt::Formatter<'_>, rules: &[Rule<U>], word: &str, tight: bool) -> fmt::Result {
    if tight {
        f.write_str("(")?;
    }
    for (index, rule) in rules.iter().enumerate() {
        if index > 0 {
            f.write_str(word)?;
        }
        rule.write(f, true)?;
    }
    if tight {
        f.write_str(")")?;
    }
    Ok(())
}

/// Writes the rule as in the attribute, with parentheses around every mixed group.
impl<U: Principal> fmt::Display for Rule<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, false)
    }
}

impl<U: Principal> fmt::Debug for Rule<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rule({self})")
    }
}
