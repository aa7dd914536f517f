//! From arguments to a report: everything is read before anything is opened.

use std::error::Error;
use std::future::Future;
use std::io::Read;

use clap::ArgMatches;

use super::failure::Failure;
use super::input::Input;
use super::keys::Keys;
use super::report::Report;
use super::routes::Selection;
use super::token::Explain;
use super::user::change::Change;
use super::user::create::Create;
use super::user::list::Page;
use super::user::show;
use super::user::who::Who;
use super::{doctor, keys, routes, schema, secret};
use crate::auth::{Auth, AuthBuilder};
use crate::http::routing::Routes;
use crate::model::user::AuthUser;

/// One command with its arguments.
pub(super) enum Command<U: AuthUser> {
    /// These need nothing of the application.
    NewSecret,
    NewKey,
    /// It needs the settings, and works where `build()` refuses them.
    OnBuilder(OnBuilder),
    /// It needs what a request needs.
    OnAuth(OnAuth<U>),
}

pub(super) enum OnBuilder {
    Schema,
    Migrations,
    Prepare,
    Doctor { deploy: bool },
}

pub(super) enum OnAuth<U: AuthUser> {
    Routes(Selection),
    Audit,
    Create(Create<U>),
    Show(Who<U>),
    List(Page<U>),
    Sessions(Who<U>),
    Change(Change<U>),
    Purge,
    Explain(Explain),
    Keys(Keys),
}

impl<U: AuthUser> Command<U> {
    /// Reads the arguments and, if they ask for it, standard input.
    pub(super) fn read(matches: &ArgMatches, input: Input<impl Read>) -> Result<Self, Failure> {
        let (name, matches) = matches.subcommand().ok_or_else(none)?;
        Ok(match name {
            "secret" => Self::NewSecret,
            "schema" => Self::OnBuilder(OnBuilder::Schema),
            "migrations" => Self::OnBuilder(OnBuilder::Migrations),
            "prepare" => Self::OnBuilder(OnBuilder::Prepare),
            "doctor" => Self::OnBuilder(OnBuilder::Doctor { deploy: matches.get_flag("deploy") }),
            "routes" => Self::OnAuth(OnAuth::Routes(Selection::read(matches))),
            "audit" => Self::OnAuth(OnAuth::Audit),
            "purge" => Self::OnAuth(OnAuth::Purge),
            "token" => {
                let (_, matches) = matches.subcommand().ok_or_else(none)?;
                Self::OnAuth(OnAuth::Explain(Explain::read(matches, input.stdin)?))
            }
            "keys" => {
                let (name, matches) = matches.subcommand().ok_or_else(none)?;
                match Keys::read(name, matches) {
                    Some(keys) => Self::OnAuth(OnAuth::Keys(keys)),
                    None if name == "new" => Self::NewKey,
                    None => return Err(none()),
                }
            }
            "user" => {
                let (name, matches) = matches.subcommand().ok_or_else(none)?;
                Self::OnAuth(OnAuth::read_user(name, matches, input)?)
            }
            _ => return Err(none()),
        })
    }

    pub(super) async fn execute<S, E, B>(
        self,
        builder: impl FnOnce() -> B,
        routes: impl FnOnce(&Auth<U>) -> Routes<S>,
    ) -> Result<Report, Failure>
    where
        S: Clone + Send + Sync + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
        B: Future<Output = Result<AuthBuilder<U>, E>>,
    {
        match self {
            Self::NewSecret => secret::new(),
            Self::NewKey => keys::new(),
            Self::OnBuilder(command) => command.execute(made(builder).await?, routes).await,
            Self::OnAuth(command) => {
                let auth = Box::pin(made(builder).await?.for_operator().build()).await?;
                command.execute(&auth, routes).await
            }
        }
    }
}

/// Calls the application's function.
async fn made<U: AuthUser, E: Into<Box<dyn Error + Send + Sync>>, B: Future<Output = Result<AuthBuilder<U>, E>>>(
    builder: impl FnOnce() -> B,
) -> Result<AuthBuilder<U>, Failure> {
    builder().await.map_err(Failure::of_builder)
}

impl OnBuilder {
    async fn execute<U: AuthUser, S: Clone + Send + Sync + 'static>(
        self,
        builder: AuthBuilder<U>,
        routes: impl FnOnce(&Auth<U>) -> Routes<S>,
    ) -> Result<Report, Failure> {
        match self {
            Self::Schema => schema::check(&builder).await,
            Self::Migrations => schema::migrations(&builder).await,
            Self::Prepare => schema::prepare(&builder).await,
            Self::Doctor { deploy } => doctor::examine(builder, routes, deploy).await,
        }
    }
}

impl<U: AuthUser> OnAuth<U> {
    fn read_user(name: &str, matches: &ArgMatches, input: Input<impl Read>) -> Result<Self, Failure> {
        Ok(match name {
            "create" => Self::Create(Create::read(matches, input)?),
            "list" => Self::List(Page::read(matches)?),
            "show" => Self::Show(Who::of(matches)?),
            "sessions" => Self::Sessions(Who::of(matches)?),
            _ => Self::Change(Change::read(name, matches, input)?.ok_or_else(none)?),
        })
    }

    async fn execute<S: Clone + Send + Sync + 'static>(
        self,
        auth: &Auth<U>,
        routes: impl FnOnce(&Auth<U>) -> Routes<S>,
    ) -> Result<Report, Failure> {
        match self {
            Self::Routes(selection) => Ok(routes::list(&routes(auth), &selection)),
            Self::Audit => Ok(routes::audit(&routes(auth))),
            Self::Create(create) => create.run(auth).await,
            Self::Show(who) => show::show(who, auth).await,
            Self::List(page) => page.run(auth).await,
            Self::Sessions(who) => show::sessions(who, auth).await,
            Self::Change(change) => change.run(auth).await,
            Self::Purge => schema::purge(auth).await,
            Self::Explain(explain) => explain.run(auth, routes).await,
            Self::Keys(keys) => keys.run(auth).await,
        }
    }
}

/// clap accepts no other commands than those read here.
fn none() -> Failure {
    Failure::usage("no such command")
}
