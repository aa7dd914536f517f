//! Commands that change one account: each is one call of `auth.accounts()`.

use clap::ArgMatches;
use serde_json::json;

use super::super::failure::Failure;
use super::super::report::Report;
use super::create::roles;
use super::operator::operator;
use super::who::Who;
use crate::auth::Auth;
use crate::model::user::AuthUser;

/// What to do to which account.
pub(crate) struct Change<U: AuthUser> {
    who: Who<U>,
    to: To<U>,
}

enum To<U: AuthUser> {
    Roles(U::Roles),
    Disabled,
    Enabled,
    Unlocked,
    SignedOut,
    Deleted,
}

impl<U: AuthUser> Change<U> {
    /// Reads a command; `None` if it is none of these.
    pub(crate) fn read(name: &str, matches: &ArgMatches) -> Result<Option<Self>, Failure> {
        let to = match name {
            "promote" => To::Roles(roles::<U>(matches)?.ok_or_else(|| Failure::usage("no role is given"))?),
            "disable" => To::Disabled,
            "enable" => To::Enabled,
            "unlock" => To::Unlocked,
            "end-sessions" => To::SignedOut,
            "delete" => To::Deleted,
            _ => return Ok(None),
        };
        Ok(Some(Self { who: Who::of(matches)?, to }))
    }

    pub(crate) async fn run(self, auth: &Auth<U>) -> Result<Report, Failure> {
        // An id that nobody has would otherwise end no sessions, and say that it did.
        let exists = matches!(self.to, To::SignedOut);
        let id = if exists { self.who.row(auth).await?.id().clone() } else { self.who.id(auth).await? };
        let accounts = auth.accounts().by(operator());
        let done = match self.to {
            To::Roles(roles) => accounts.set_held_roles(&id, roles).await.map(|()| "promoted"),
            To::Disabled => accounts.disable(&id).await.map(|()| "disabled"),
            To::Enabled => accounts.enable(&id).await.map(|()| "enabled"),
            To::Unlocked => accounts.unlock(&id).await.map(|()| "unlocked"),
            To::SignedOut => accounts.end_sessions(&id).await.map(|()| "signed out"),
            To::Deleted => accounts.delete(&id).await.map(|()| "deleted"),
        };
        let done = done?;
        Ok(Report::new(format!("{done}: {id}"), json!({ "id": id.to_string(), "done": done })))
    }
}
