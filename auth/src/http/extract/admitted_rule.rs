//! A rule that decides about a caller, with what its checks have answered so far.

use std::sync::Arc;

use super::erased_checks::ErasedChecks;
use crate::base::catch_panic::catch_panic_now;
use crate::base::error::AuthError;
use crate::base::step_up::StepUp;
use crate::model::principal::Principal;
use crate::policy::{Answers, Facts, Rule, Verdict};

/// A rule that is being evaluated, or that admitted the caller and is evaluated again once the row is loaded.
pub(super) struct AdmittedRule<U: Principal> {
    rule: &'static Rule<U>,
    /// Whether a refusal looks like a path that does not exist.
    pub(super) hidden: bool,
    pub(super) answers: Answers,
    /// The checks that have not run yet, for later.
    pub(super) checks: Option<Arc<dyn ErasedChecks>>,
}

/// What a rule is evaluated on: the token, the row, or both; each of them must meet it. Of an API key, key and owner, who
/// must meet it together.
pub(super) type Basis<'a, U> = [Option<Facts<'a, U>>; 2];

impl<U: Principal> AdmittedRule<U> {
    pub(super) const fn new(rule: &'static Rule<U>, hidden: bool) -> Self {
        Self { rule, hidden, answers: Answers::NONE, checks: None }
    }

    /// Evaluates the rule. A panic in a requirement of the application is an error and never admits the caller
    /// (HTTP-19), whatever stands around the requirement.
    pub(super) fn evaluate(&self, basis: &Basis<'_, U>) -> Result<Verdict, AuthError> {
        let verdict = || {
            if let [Some(key), Some(owner)] = basis
                && key.are_of_key()
            {
                return self.rule.evaluate_key(key, owner, self.answers);
            }
            let verdicts = basis.iter().flatten().map(|facts| self.rule.evaluate(facts, self.answers));
            verdicts.reduce(Verdict::and).unwrap_or(Verdict::No)
        };
        catch_panic_now(verdict).ok_or_else(panicked)
    }

    /// Returns the step-up, if any, that would satisfy everything that the rule was evaluated on. This asks
    /// requirements that the verdict did not need.
    pub(super) fn step_up(&self, basis: &Basis<'_, U>) -> Result<Option<StepUp>, AuthError> {
        let steps = || {
            let no = basis.iter().flatten().filter(|facts| self.rule.evaluate(facts, self.answers) == Verdict::No);
            let steps: Option<Vec<_>> = no.map(|facts| self.rule.step_up(facts, self.answers)).collect();
            steps.and_then(|steps| steps.into_iter().reduce(StepUp::and))
        };
        catch_panic_now(steps).ok_or_else(panicked)
    }
}

impl<U: Principal> Clone for AdmittedRule<U> {
    fn clone(&self) -> Self {
        Self { rule: self.rule, hidden: self.hidden, answers: self.answers, checks: self.checks.clone() }
    }
}

fn panicked() -> AuthError {
    AuthError::internal("a requirement panicked")
}
