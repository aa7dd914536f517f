//! `token explain`: what a guard would say to a token, and why.

use std::io::Read;

use clap::ArgMatches;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::failure::Failure;
use super::report::{Report, one_line, table};
use crate::auth::Auth;
use crate::base::error::AuthError;
use crate::http::routing::Routes;
use crate::http::routing::erased_access::ErasedAccess;
use crate::model::claims::Claims as _;
use crate::model::user::AuthUser;
use crate::policy::{Access, Answers, Facts, Rule, Verdict};
use crate::token::access::MAX_TOKEN_BYTES;
use crate::token::access::explain::Check;

/// A token from standard input, and the route that it is meant for.
pub(super) struct Explain {
    token: Zeroizing<String>,
    route: Option<String>,
}

impl Explain {
    /// Reads the token, with or without the name of the scheme before it. A longer one is refused for its length.
    pub(super) fn read(matches: &ArgMatches, stdin: impl Read) -> Result<Self, Failure> {
        let mut token = Zeroizing::new(String::new());
        let most = u64::try_from(MAX_TOKEN_BYTES * 2).unwrap_or(u64::MAX);
        let read = stdin.take(most).read_to_string(&mut token);
        read.map_err(|error| Failure::refused("stdin", format!("standard input cannot be read: {error}")))?;
        let text = token.trim();
        let bare = text.strip_prefix("Authorization:").map_or(text, str::trim_start);
        // Whatever the scheme is called: a token has no blanks.
        let bare = bare.rsplit_once(' ').map_or(bare, |(_, token)| token);
        if bare.is_empty() {
            return Err(Failure::usage("standard input has no token: write the command as in `… < token.txt`"));
        }
        Ok(Self { token: Zeroizing::new(bare.to_owned()), route: matches.get_one("route").cloned() })
    }

    pub(super) async fn run<U: AuthUser, S: Clone + Send + Sync + 'static>(
        self,
        auth: &Auth<U>,
        routes: impl FnOnce(&Auth<U>) -> Routes<S>,
    ) -> Result<Report, Failure> {
        let access = self.route.as_deref().map(|route| accesses(route, &routes(auth))).transpose()?;
        let (mut checks, claims) = auth.tokens().explain(&self.token, auth.now());
        if let Some(claims) = claims.as_deref() {
            stored(auth, claims, &mut checks).await?;
            for access in access.iter().flatten() {
                judge(access, claims, auth, &mut checks).await?;
            }
        }
        Ok(report(&checks))
    }
}

/// What the store knows: session, epoch, row.
async fn stored<U: AuthUser>(auth: &Auth<U>, claims: &U::Claims, checks: &mut Vec<Check>) -> Result<(), AuthError> {
    let registered = claims.registered();
    let ended = auth.feed().is_stored_as_ended(registered.sid).await?;
    checks.push(Check::new("session", !ended, if ended { "has ended" } else { "has not ended" }));
    let active = auth.feed().is_active_in_store(claims).await?;
    let stale = "older than the last change of roles or password, or the last sign-out everywhere";
    let detail = if active || ended { "no later change of the account" } else { stale };
    checks.push(Check::new("generation", active || ended, detail));
    let row = auth.accounts().find(U::subject(claims)).await?;
    let detail = match &row {
        None => "the account no longer exists",
        Some(row) if !row.is_active() => "the account is disabled",
        Some(_) => "the account is active",
    };
    checks.push(Check::new("account", row.is_some_and(|row| row.is_active()), detail));
    Ok(())
}

/// The rules of a route: those of the layers around it, and its own.
fn accesses<U: AuthUser, S: Clone + Send + Sync + 'static>(
    asked: &str,
    routes: &Routes<S>,
) -> Result<Vec<&'static Access<U>>, Failure> {
    let table = routes.table();
    let mut named = table.routes().iter().filter(|route| format!("{} {}", route.method, route.path) == asked);
    let Some(route) = named.next() else {
        let message = format!("there is no route `{}`: write method and path as `auth routes` does", one_line(asked));
        return Err(Failure::usage(message));
    };
    Ok(route.accesses().filter_map(ErasedAccess::about::<U>).collect())
}

/// Asks every term of a rule, on the row where the guard asks the row.
async fn judge<U: AuthUser>(
    access: &'static Access<U>,
    claims: &U::Claims,
    auth: &Auth<U>,
    checks: &mut Vec<Check>,
) -> Result<(), AuthError> {
    let Access::Protected { rule, live, .. } = access else {
        checks.push(Check::new("rule", true, "public"));
        return Ok(());
    };
    let row = if *live { auth.accounts().find(U::subject(claims)).await? } else { None };
    let facts = match &row {
        Some(row) => Facts::of_row(claims, row, auth.now()),
        None => Facts::of_token(claims, auth.now()),
    };
    let mut terms = Vec::new();
    each_term(rule, &facts, &mut terms);
    let verdict = rule.evaluate(&facts, Answers::NONE);
    let said = match verdict {
        Verdict::Yes => "holds",
        Verdict::No => "does not hold",
        Verdict::NeedsCheck(_) => "depends on a check of the application",
    };
    let terms = if terms.is_empty() { String::new() } else { format!(" ({})", terms.join(", ")) };
    checks.push(Check::new("rule", verdict != Verdict::No, format!("`{rule}` {said}{terms}")));
    Ok(())
}

fn each_term<U: AuthUser>(rule: &Rule<U>, facts: &Facts<'_, U>, terms: &mut Vec<String>) {
    match rule {
        Rule::SignedIn => {}
        Rule::Is(requirement, text) => {
            terms.push(format!("`{text}`: {}", if requirement.holds(facts) { "yes" } else { "no" }));
        }
        Rule::Check(_, text) => terms.push(format!("`{text}`: not asked")),
        Rule::Not(rule) => each_term(rule, facts, terms),
        Rule::All(rules) | Rule::Any(rules) => rules.iter().for_each(|rule| each_term(rule, facts, terms)),
    }
}

fn report(checks: &[Check]) -> Report {
    let accepted = checks.iter().all(|check| check.passed);
    let rows: Vec<_> = checks
        .iter()
        .map(|check| {
            [if check.passed { "ok" } else { "REFUSED" }.to_owned(), check.name.to_owned(), check.detail.clone()]
        })
        .collect();
    let json: Vec<Value> = checks
        .iter()
        .map(|check| json!({ "check": check.name, "passed": check.passed, "detail": check.detail }))
        .collect();
    let text = table(["", "CHECK", "FOUND"], &rows);
    Report { found: !accepted, ..Report::new(text, json!({ "accepted": accepted, "checks": json })) }
}
