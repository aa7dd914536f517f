//! `user list`: a part of the accounts, by id.

use std::fmt::Write as _;

use clap::ArgMatches;
use serde_json::{Value, json};

use super::super::failure::Failure;
use super::super::report::{Report, one_line};
use super::shown::Shown;
use crate::auth::Auth;
use crate::model::user::AuthUser;
use crate::store::StoreError;

/// How many accounts one call lists unless another number is given.
pub(crate) const PAGE: u32 = 50;

/// A part of the accounts, by id.
pub(crate) struct Page<U: AuthUser> {
    after: Option<U::Id>,
    most: u32,
    role: Option<String>,
}

/// A row that cannot be read. Nobody knows its id: it may be what cannot be read.
struct Unreadable {
    /// The account before it.
    after: Option<String>,
    reason: String,
}

impl Unreadable {
    fn new<U: AuthUser>(after: Option<&U::Id>, error: StoreError) -> Self {
        // Causes have lines of their own.
        let reason = Failure::from(error).message.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        Self { after: after.map(ToString::to_string), reason }
    }

    fn text(&self) -> String {
        let place =
            self.after.as_deref().map_or_else(|| "the first".to_owned(), |id| format!("after {}", one_line(id)));
        format!("unreadable, {place}: {}; `auth doctor` names such rows\n", one_line(&self.reason))
    }

    fn into_json(self) -> Value {
        json!({ "after": self.after, "reason": self.reason })
    }
}

impl<U: AuthUser> Page<U> {
    pub(crate) fn read(matches: &ArgMatches) -> Result<Self, Failure> {
        let after = matches.get_one::<String>("after").map(|id| {
            id.parse().map_err(|_| Failure::usage(format!("`{}` is not an id of these users", one_line(id))))
        });
        let role = matches.try_get_one::<String>("role").ok().flatten().cloned();
        Ok(Self { after: after.transpose()?, most: matches.get_one("most").copied().unwrap_or(PAGE), role })
    }

    /// Accounts without the role are read, too: a page of a rare role may take several calls of the store. Rows that
    /// cannot be read are told beside the page, whatever their role may be, and do not end it.
    pub(crate) async fn run(self, auth: &Auth<U>) -> Result<Report, Failure> {
        let most = usize::try_from(self.most).unwrap_or(usize::MAX);
        let (mut after, mut shown, mut unreadable, mut more) = (self.after, Vec::new(), Vec::new(), true);
        // How many rows that cannot be read follow `after`, and have been told: the store begins with them again.
        let mut told = 0_u32;
        while more && shown.len() < most {
            let asked = self.most.saturating_add(told);
            let page = auth.accounts().list(after.as_ref(), asked).await?;
            more = page.len() >= usize::try_from(asked).unwrap_or(usize::MAX);
            let mut page = page.into_iter();
            let mut known = std::mem::take(&mut told);
            while shown.len() < most
                && let Some(row) = page.next()
            {
                match row {
                    Ok(user) => {
                        (after, known, told) = (Some(user.id().clone()), 0, 0);
                        let user = Shown::of(&user)?;
                        if self.role.as_ref().is_none_or(|role| user.holds(role)) {
                            shown.push(user);
                        }
                    }
                    Err(error) => {
                        told = told.saturating_add(1);
                        if told > known {
                            unreadable.push(Unreadable::new::<U>(after.as_ref(), error));
                        }
                    }
                }
            }
            // The last page of the store may hold more than is shown.
            more |= page.len() > 0;
        }
        let next = after.filter(|_| more).map(|id| id.to_string());
        Ok(report(shown, unreadable, next.as_deref()))
    }
}

fn report(shown: Vec<Shown>, unreadable: Vec<Unreadable>, next: Option<&str>) -> Report {
    let mut text = if shown.is_empty() { "no accounts\n".to_owned() } else { Shown::table(&shown) };
    text.extend(unreadable.iter().map(Unreadable::text));
    if let Some(next) = next {
        let _ = writeln!(text, "more: --after {}", one_line(next));
    }
    let users: Vec<Value> = shown.into_iter().map(Shown::into_json).collect();
    let found = !unreadable.is_empty();
    let unreadable: Vec<Value> = unreadable.into_iter().map(Unreadable::into_json).collect();
    let json = json!({ "users": users, "unreadable": unreadable, "next": next });
    Report { found, ..Report::new(text, json) }
}
