//! What the rule of a route says to the claims of a token, term by term.

use super::super::failure::Failure;
use super::super::report::one_line;
use crate::auth::Auth;
use crate::http::routing::Routes;
use crate::http::routing::erased_access::ErasedAccess;
use crate::model::user::AuthUser;
use crate::policy::{Access, Answers, Facts, Rule, Verdict};
use crate::token::access::explain::Check;

/// The rules of a route: those of the layers around it, and its own.
pub(super) fn accesses<U: AuthUser, S: Clone + Send + Sync + 'static>(
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

/// Whether the guard reads the row, whatever the handler does.
pub(super) fn is_live<U: AuthUser>(access: &Access<U>) -> bool {
    matches!(access, Access::Protected { live: true, .. })
}

/// Asks every term of a rule, on the row where the guard asks the row.
pub(super) fn judge<U: AuthUser>(
    access: &'static Access<U>,
    claims: &U::Claims,
    row: Option<&U>,
    auth: &Auth<U>,
) -> Check {
    let Access::Protected { rule, .. } = access else { return Check::new("rule", true, "public") };
    let facts = match row.filter(|_| is_live(access)) {
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
    Check::new("rule", verdict != Verdict::No, format!("`{rule}` {said}{terms}"))
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
