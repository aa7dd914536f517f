//! The decision that the rule of a route implies for a caller, and the decision of the guard.

use std::fmt;

use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, VARY};

use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::http::extract::test_probe::VERDICT;
use crate::model::principal::{PermissionSet, Principal};
use crate::model::user::AuthUser;
use crate::policy::{Access, Answers, Facts, Rule, Verdict};
use crate::testing::TestResponse;

/// The expected outcome of a call.
#[derive(Clone, Debug)]
pub(super) enum Expected {
    Passed,
    /// The check at this index must run; and its source text.
    Asks(usize, &'static str),
    Refused(&'static str, StatusCode),
}

impl Expected {
    pub(super) const fn refused(error: &AuthError) -> Self {
        Self::Refused(error.code(), error.status())
    }

    /// Evaluates the rule for `user`, whose token has the claims `claims`, in three-valued logic and independently of
    /// the guard.
    pub(super) fn of<U: AuthUser>(access: &'static Access<U>, user: &U, claims: &U::Claims, now: Timestamp) -> Self {
        let Access::Protected { rule, live, hidden, .. } = access else { return Self::Passed };
        if *live && !user.is_active() {
            return Self::refused(&AuthError::InvalidToken);
        }
        let facts = if *live { Facts::of_row(claims, user, now) } else { Facts::of_token(claims, now) };
        Self::of_facts(rule, &facts, *hidden)
    }

    /// Evaluates the rule for somebody whose token has the claims `claims`, and of whom there is no row.
    pub(super) fn of_token<P: Principal>(access: &'static Access<P>, claims: &P::Claims, now: Timestamp) -> Self {
        let Access::Protected { rule, hidden, .. } = access else { return Self::Passed };
        Self::of_facts(rule, &Facts::of_token(claims, now), *hidden)
    }

    fn of_facts<P: Principal>(rule: &'static Rule<P>, facts: &Facts<'_, P>, hidden: bool) -> Self {
        match rule.evaluate(facts, Answers::NONE) {
            Verdict::Yes => Self::Passed,
            Verdict::NeedsCheck(index) => Self::Asks(index, check(rule, index).unwrap_or("a check")),
            Verdict::No => match rule.step_up(facts, Answers::NONE) {
                Some(step_up) => Self::refused(&AuthError::StepUpRequired(step_up)),
                None if hidden => Self::refused(&AuthError::NotFound),
                None => Self::refused(&AuthError::Forbidden),
            },
        }
    }

    /// Evaluates the rule for an API key of `user` that may do `permissions`: for the key and for its owner, both of which
    /// must meet it. A rule that does not say `keys` refuses every key.
    pub(super) fn of_key<U: AuthUser>(
        access: &'static Access<U>,
        user: &U,
        permissions: &PermissionSet,
        now: Timestamp,
    ) -> Self {
        let Access::Protected { rule, hidden, keys, .. } = access else { return Self::Passed };
        let no = |error: AuthError| Self::refused(if *hidden { &AuthError::NotFound } else { &error });
        if !keys {
            return no(AuthError::KeyNotAccepted);
        }
        let (key, owner) = (Facts::of_key(permissions, user, now), Facts::of_key_owner(user, now));
        match rule.evaluate_key(&key, &owner, Answers::NONE) {
            Verdict::Yes => Self::Passed,
            Verdict::NeedsCheck(index) => Self::Asks(index, check(rule, index).unwrap_or("a check")),
            Verdict::No => no(AuthError::Forbidden),
        }
    }

    /// What a route for programs alone answers to people, by its rule.
    pub(super) fn of_person<U: AuthUser>(access: Option<&'static Access<U>>) -> Self {
        let hidden = matches!(access, Some(Access::Protected { hidden: true, .. }));
        Self::refused(if hidden { &AuthError::NotFound } else { &AuthError::KeyRequired })
    }

    pub(super) const fn passes(&self) -> bool {
        matches!(self, Self::Passed)
    }

    pub(super) fn matches(&self, got: &Observed) -> bool {
        match (self, got) {
            (Self::Passed, Observed::Passed) => true,
            (Self::Asks(index, _), Observed::Asks(asked)) => index == asked,
            (Self::Refused(code, status), Observed::Refused(given, answered, page)) => {
                // A page of the application (`on_error`) may have its own status, a redirect for example.
                code == given && (*page || status == answered)
            }
            _ => false,
        }
    }
}

/// Returns the source text of the check at `index`.
fn check<P: Principal>(rule: &Rule<P>, index: usize) -> Option<&'static str> {
    match rule {
        Rule::Check(here, text) => (*here == index).then_some(*text),
        Rule::Not(rule) => check(rule, index),
        Rule::All(rules) | Rule::Any(rules) => rules.iter().find_map(|rule| check(rule, index)),
        Rule::SignedIn | Rule::Is(..) => None,
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("to pass"),
            Self::Asks(_, check) => write!(f, "check `{check}` to run"),
            Self::Refused(code, status) => write!(f, "{} `{code}`", status.as_u16()),
        }
    }
}

/// The outcome of a probe.
#[derive(Clone, Debug)]
pub(super) enum Observed {
    Passed,
    Asks(usize),
    /// The code, the status, and whether the response is a custom page of the application.
    Refused(String, StatusCode, bool),
    /// Something other than a guard answered.
    Unasked(StatusCode),
    /// A CORS layer answered.
    Preflight(StatusCode),
}

impl Observed {
    pub(super) fn of(response: &TestResponse) -> Self {
        let verdict = response.header(VERDICT.as_str()).unwrap_or_default();
        let (word, rest) = verdict.split_once(' ').unwrap_or((verdict, ""));
        match (word, rest.parse()) {
            ("passed", _) => Self::Passed,
            ("asks", Ok(index)) => Self::Asks(index),
            ("refused", _) => {
                let page = response.header(CONTENT_TYPE.as_str()) != Some("application/problem+json");
                Self::Refused(rest.to_owned(), response.status, page)
            }
            _ => Self::Unasked(response.status),
        }
    }

    /// Judges the response to a preflight that no guard answered. A CORS layer sends headers, and never a body.
    pub(super) fn of_preflight(response: &TestResponse) -> Self {
        let allows = response.headers.keys().any(|name| name.as_str().starts_with("access-control-allow-"));
        let varies = response.headers.get_all(VARY).iter().any(|vary| {
            let vary = vary.to_str().unwrap_or_default().to_ascii_lowercase();
            vary.contains("origin") || vary.contains("access-control-request-")
        });
        match Self::of(response) {
            Self::Unasked(status) if status.is_success() && response.body.is_empty() && (allows || varies) => {
                Self::Preflight(status)
            }
            observed => observed,
        }
    }
}

impl fmt::Display for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("admitted"),
            Self::Asks(index) => write!(f, "check {index} of the rule to run"),
            Self::Refused(code, status, _) => write!(f, "{} `{code}`", status.as_u16()),
            Self::Unasked(status @ (StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED)) => {
                write!(f, "{} from the router, which does not serve this route", status.as_u16())
            }
            Self::Preflight(status) => write!(
                f,
                "{} from a CORS layer, which answers every `OPTIONS` before the route: put the layer around the other \
                 routes only, or take `OPTIONS` out of this one",
                status.as_u16()
            ),
            Self::Unasked(status) => write!(
                f,
                "{} without a guard: the handler here has neither `#[protected]` nor `#[public]`, or a layer answered \
                 first",
                status.as_u16()
            ),
        }
    }
}
