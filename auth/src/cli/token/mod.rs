//! `token explain`: what a guard would say to a token, and why.
//!
//! There are two kinds of guards. Most ask the token only, and so admit the token of an account whose row somebody has
//! deleted or disabled by other means, until it expires. Those that read the row (`user: User`, `live`) do not.

mod given;
mod rule;

use std::io::Read;

use clap::ArgMatches;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::failure::Failure;
use super::report::{Report, table};
use crate::auth::Auth;
use crate::base::error::AuthError;
use crate::http::routing::Routes;
use crate::model::claims::Claims as _;
use crate::model::user::{AuthUser, is_same_row};
use crate::proof::Bar;
use crate::token::access::MAX_TOKEN_BYTES;
use crate::token::access::explain::Check;

/// A token from standard input, and the route that it is meant for.
pub(super) struct Explain {
    /// As it was given.
    text: Zeroizing<String>,
    route: Option<String>,
}

impl Explain {
    /// Reads the token, with or without the name of the scheme before it. A longer one is refused for its length.
    pub(super) fn read(matches: &ArgMatches, stdin: impl Read) -> Result<Self, Failure> {
        let mut bytes = Zeroizing::new(Vec::new());
        let most = u64::try_from(MAX_TOKEN_BYTES * 2).unwrap_or(u64::MAX);
        let read = stdin.take(most).read_to_end(&mut bytes);
        read.map_err(|error| Failure::refused("stdin", format!("standard input cannot be read: {error}")))?;
        // What is no text has other characters, and is refused for its form.
        let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
        if text.trim().is_empty() {
            return Err(Failure::usage("standard input has no token: write the command as in `… < token.txt`"));
        }
        Ok(Self { text, route: matches.get_one("route").cloned() })
    }

    pub(super) async fn run<U: AuthUser, S: Clone + Send + Sync + 'static>(
        self,
        auth: &Auth<U>,
        routes: impl FnOnce(&Auth<U>) -> Routes<S>,
    ) -> Result<Report, Failure> {
        let access = self.route.as_deref().map(|route| rule::accesses(route, &routes(auth))).transpose()?;
        let token = given::bare(&self.text, &auth.http().scheme.names());
        let known = auth.recognize(token).await?;
        if let Some(what) = known.or_else(|| given::other_than_token(token)) {
            return Ok(Explanation::of(vec![Check::new("form", false, what)]).report());
        }
        let (checks, claims) = auth.tokens().explain(token, auth.now());
        let mut explanation = Explanation::of(checks);
        if let Some(claims) = claims.as_deref() {
            let row = explanation.ask_store(auth, claims).await?;
            for access in access.iter().flatten() {
                explanation.is_live |= rule::is_live(access);
                explanation.checks.push(rule::judge(access, claims, row.as_ref(), auth));
            }
        }
        Ok(explanation.report())
    }
}

/// What was found out about a token.
struct Explanation {
    checks: Vec<Check>,
    /// Whether a guard that reads the row finds one; `None` if it would not come to that.
    row: Option<Check>,
    /// Whether the guard of the route reads the row.
    is_live: bool,
}

impl Explanation {
    const fn of(checks: Vec<Check>) -> Self {
        Self { checks, row: None, is_live: false }
    }

    /// Asks the store for session, epoch and row, and returns the row that a guard would find.
    async fn ask_store<U: AuthUser>(&mut self, auth: &Auth<U>, claims: &U::Claims) -> Result<Option<U>, AuthError> {
        let registered = claims.registered();
        let ended = auth.feed().is_stored_as_ended(registered.sid).await?;
        self.checks.push(Check::new("session", !ended, if ended { "has ended" } else { "has not ended" }));
        let active = auth.feed().is_active_in_store(claims).await?;
        let stale = "older than the last change of roles or password, or the last sign-out everywhere";
        let detail = if active || ended { "no later change of the account" } else { stale };
        self.checks.push(Check::new("generation", active || ended, detail));
        let row = match auth.accounts().find(U::subject(claims)).await {
            Err(AuthError::Internal(_)) => Err("its row cannot be read: `auth doctor` says why"),
            row => row?.ok_or("the account no longer exists"),
        };
        let row = row.and_then(|row| usable(row, claims));
        self.row = Some(match &row {
            Ok(_) => Check::new("account", true, "the account is active"),
            Err(why) => Check::new("account", false, *why),
        });
        Ok(row.ok())
    }

    /// Whether a guard admits the token that asks for it only.
    fn is_accepted(&self) -> bool {
        self.checks.iter().all(|check| check.passed)
    }

    fn has_row(&self) -> bool {
        self.row.as_ref().is_some_and(|check| check.passed)
    }

    fn report(self) -> Report {
        let (accepted, has_row) = (self.is_accepted(), self.has_row());
        let by_row = accepted && has_row;
        let admitted = if self.is_live { by_row } else { accepted };
        let conclusion = match (admitted, has_row) {
            (false, _) if accepted => "refused: this guard reads the row",
            (false, _) => "refused by every guard",
            (true, true) => "admitted",
            (true, false) => {
                "admitted by guards that ask the token only; refused by those that read the row (`user: User`, `live`)"
            }
        };
        let mark = |check: &Check| match (check.passed, check.name) {
            (true, _) => "ok",
            (false, "account") if !self.is_live => "no row",
            _ => "REFUSED",
        };
        let checks = || self.checks.iter().chain(&self.row);
        let rows: Vec<_> =
            checks().map(|check| [mark(check).to_owned(), check.name.to_owned(), check.detail.clone()]).collect();
        let json: Vec<Value> = checks()
            .map(|check| json!({ "check": check.name, "passed": check.passed, "detail": check.detail }))
            .collect();
        let text = format!("{}{conclusion}\n", table(["", "CHECK", "FOUND"], &rows));
        let by = json!({ "token": accepted, "row": by_row });
        Report {
            found: !admitted,
            ..Report::new(text, json!({ "accepted": admitted, "admitted_by": by, "checks": json }))
        }
    }
}

/// Returns the row if a guard takes it, or why not.
fn usable<U: AuthUser>(row: U, claims: &U::Claims) -> Result<U, &'static str> {
    if !is_same_row(&row, claims.created()) {
        Err("another account has the id by now: the row was created at another time")
    } else if !row.is_active() {
        Err("the account is disabled")
    } else if !Bar::of(&row).lets_sessions_continue() {
        Err("the address of the account is not confirmed any more, which this user type requires")
    } else {
        Ok(row)
    }
}
