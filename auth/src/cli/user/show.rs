//! `user show`, `user sessions` and `user list`: what is stored about accounts.

use std::fmt::Write as _;
use std::time::SystemTime;

use clap::ArgMatches;
use serde_json::{Value, json};

use super::super::failure::Failure;
use super::super::report::{Report, one_line, plain, table};
use super::shown::Shown;
use super::who::Who;
use crate::auth::Auth;
use crate::model::user::AuthUser;
use crate::store::StoreError;

pub(crate) async fn show<U: AuthUser>(who: Who<U>, auth: &Auth<U>) -> Result<Report, Failure> {
    let user = who.row(auth).await?;
    let mut shown = Shown::of(&user)?;
    if auth.has_factors() {
        let factors = auth.account_service().factors_info(&user).await?;
        shown = shown.with("second_step", factors.second_step);
        if factors.second_step {
            shown = shown.with("recovery_codes_left", factors.recovery_codes_left);
        }
    }
    Ok(Report::new(shown.text(), shown.into_json()))
}

pub(crate) async fn sessions<U: AuthUser>(who: Who<U>, auth: &Auth<U>) -> Result<Report, Failure> {
    let sessions = auth.sessions(who.row(auth).await?.id()).await?;
    let time = |time: SystemTime| humantime::format_rfc3339_seconds(time).to_string();
    let json: Vec<Value> = sessions
        .iter()
        .map(|session| {
            json!({
                "id": session.id.to_string(),
                "created_at": time(session.created_at),
                "last_used_at": time(session.last_used_at),
                "expires_at": time(session.expires_at),
                "ip": session.ip.map(|ip| ip.to_string()),
                "user_agent": session.user_agent,
            })
        })
        .collect();
    let cell = |session: &Value, name| session.get(name).map_or_else(String::new, plain);
    let rows: Vec<_> = json
        .iter()
        .map(|session| {
            ["id", "created_at", "last_used_at", "expires_at", "ip", "user_agent"].map(|name| cell(session, name))
        })
        .collect();
    let text = if rows.is_empty() {
        "no sessions\n".to_owned()
    } else {
        table(["ID", "BEGAN", "LAST USED", "EXPIRES", "ADDRESS", "USER AGENT"], &rows)
    };
    Ok(Report::new(text, json.into()))
}

/// The store does not say which of the rows it was.
fn unlisted(error: StoreError) -> Failure {
    let corrupt = error.is_corrupt();
    let failure = Failure::from(error);
    let more = if corrupt { "; `auth doctor` names such rows, and `--after ID` passes them over" } else { "" };
    Failure { message: failure.message + more, ..failure }
}

/// How many accounts one call lists unless another number is given.
pub(crate) const PAGE: u32 = 50;

/// A part of the accounts, by id.
pub(crate) struct Page<U: AuthUser> {
    after: Option<U::Id>,
    most: u32,
    role: Option<String>,
}

impl<U: AuthUser> Page<U> {
    pub(crate) fn read(matches: &ArgMatches) -> Result<Self, Failure> {
        let after = matches.get_one::<String>("after").map(|id| {
            id.parse().map_err(|_| Failure::usage(format!("`{}` is not an id of these users", one_line(id))))
        });
        let role = matches.try_get_one::<String>("role").ok().flatten().cloned();
        Ok(Self { after: after.transpose()?, most: matches.get_one("most").copied().unwrap_or(PAGE), role })
    }

    /// Accounts without the role are read, too: a page of a rare role may take several calls of the store.
    pub(crate) async fn run(self, auth: &Auth<U>) -> Result<Report, Failure> {
        let most = usize::try_from(self.most).unwrap_or(usize::MAX);
        let (mut after, mut shown, mut more) = (self.after, Vec::new(), true);
        while more && shown.len() < most {
            let page = auth.accounts().list(after.as_ref(), self.most).await.map_err(unlisted)?;
            more = page.len() >= most;
            let mut page = page.into_iter();
            while shown.len() < most
                && let Some(user) = page.next()
            {
                after = Some(user.id().clone());
                let user = Shown::of(&user)?;
                if self.role.as_ref().is_none_or(|role| user.holds(role)) {
                    shown.push(user);
                }
            }
            // The last page of the store may hold more than is shown.
            more |= page.len() > 0;
        }
        let next = after.filter(|_| more).map(|id| id.to_string());
        let mut text = if shown.is_empty() { "no accounts\n".to_owned() } else { Shown::table(&shown) };
        if let Some(next) = &next {
            let _ = writeln!(text, "more: --after {}", one_line(next));
        }
        let users: Vec<Value> = shown.into_iter().map(Shown::into_json).collect();
        Ok(Report::new(text, json!({ "users": users, "next": next })))
    }
}
