//! A command line for operators inside the application's own program, where the user type, the table and the routes are
//! known: `shop auth routes`, `shop auth user create`, `shop auth doctor`.
//!
//! A separate tool could know none of the three. The program hands over how it makes its settings and its routes, and
//! goes on as ever if its arguments do not begin with `auth`:
//!
//! ```no_run
//! # #[cfg(all(feature = "macros", feature = "sqlite"))]
//! # mod app {
//! # use auth::routing::{Routes, get};
//! # use auth::{Auth, AuthBuilder, AuthUser, Secret, protected};
//! # #[derive(Clone, Debug, sqlx::FromRow, AuthUser)] #[auth(table = "users")]
//! # struct User { #[auth(id)] id: i64, #[auth(login)] email: String }
//! # #[protected] async fn me(user: User) -> String { user.email }
//! use std::process::ExitCode;
//!
//! async fn builder() -> auth::Result<AuthBuilder<User>> {
//!     let pool = sqlx::SqlitePool::connect("sqlite:app.db?mode=rwc").await?;
//!     Ok(Auth::builder(pool).secret(Secret::env_or_file("JWT_SECRET_KEY", "auth.key")?))
//! }
//!
//! fn routes(auth: &Auth<User>) -> Routes<Auth<User>> {
//!     Routes::new().route("/me", get(me)).nest("/auth", auth.routes())
//! }
//!
//! # pub
//! async fn run() -> Result<ExitCode, Box<dyn std::error::Error>> {
//!     if let Some(code) = auth::cli::run(builder, routes).await {
//!         return Ok(code); // it was `shop auth …`
//!     }
//!     let auth = builder().await?.build().await?;
//!     auth::serve("127.0.0.1:3000", routes(&auth).into_router().with_state(auth)).await?;
//!     Ok(ExitCode::SUCCESS)
//! }
//! # }
//! ```
//!
//! It gets a function that makes the builder, and not a built [`Auth`]: `prepare`, `schema` and `doctor` have to work
//! where `build()` refuses to start, and a mistyped command must not connect to anything.
//!
//! | exit code | means |
//! |---|---|
//! | 0 | done, and nothing was found |
//! | 1 | refused, or something was found |
//! | 2 | the command is not written as it should be |
//! | 3 | the database cannot be reached, or denies us our own tables |
//!
//! What was asked for goes to standard output, errors and questions go to standard error. With `--json` what is said is
//! JSON. No command takes a password or a token as an argument, because arguments are visible to other users and stay in
//! the history of the shell, and none prints one, except a password or secret that it has just generated.

mod args;
mod command;
mod doctor;
#[cfg(feature = "_sqlx")]
mod driver;
#[cfg(not(feature = "_sqlx"))]
#[path = "no_driver.rs"]
mod driver;
mod failure;
mod input;
mod keys;
mod outcome;
mod report;
mod routes;
mod schema;
mod secret;
#[cfg(unix)]
mod terminal;
#[cfg(not(unix))]
#[path = "no_terminal.rs"]
mod terminal;
mod token;
mod user;

use std::error::Error;
use std::ffi::OsString;
use std::future::Future;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use crate::auth::{Auth, AuthBuilder};
use crate::http::routing::Routes;
use crate::model::user::AuthUser;

use command::Command;
use input::Input;
pub use outcome::Outcome;

/// The first argument that makes the arguments of a program ours.
const NAME: &str = "auth";

/// Runs the command in the arguments of this program, prints what it says, and returns its exit code; `None` if the
/// first argument is not `auth`. See the [module](self) for an example.
///
/// `builder` is called for commands that need the database, and `routes` for those that need the routes.
pub async fn run<U, S, E, B>(
    builder: impl FnOnce() -> B,
    routes: impl FnOnce(&Auth<U>) -> Routes<S>,
) -> Option<ExitCode>
where
    U: AuthUser,
    S: Clone + Send + Sync + 'static,
    E: Into<Box<dyn Error + Send + Sync>>,
    B: Future<Output = Result<AuthBuilder<U>, E>>,
{
    let outcome = run_on(std::env::args_os(), Input::of_program(), builder, routes).await?;
    // A reader who has gone away, as `head` does, is no failure of the command.
    drop(io::stdout().write_all(outcome.stdout.as_bytes()).and_then(|()| io::stdout().flush()));
    drop(io::stderr().write_all(outcome.stderr.as_bytes()));
    Some(ExitCode::from(outcome.code))
}

/// Runs the command in `args`, which begin with the name of the program, and returns what it says; `None` if the first
/// argument after that is not `auth`. `stdin` is read only if the command says so. For tests, and for programs whose
/// arguments come from elsewhere: nobody is asked for a password then.
pub async fn run_with<U, S, E, B>(
    args: impl IntoIterator<Item: Into<OsString>>,
    stdin: impl Read,
    builder: impl FnOnce() -> B,
    routes: impl FnOnce(&Auth<U>) -> Routes<S>,
) -> Option<Outcome>
where
    U: AuthUser,
    S: Clone + Send + Sync + 'static,
    E: Into<Box<dyn Error + Send + Sync>>,
    B: Future<Output = Result<AuthBuilder<U>, E>>,
{
    run_on(args, Input::piped(stdin), builder, routes).await
}

async fn run_on<U, S, E, B>(
    args: impl IntoIterator<Item: Into<OsString>>,
    input: Input<impl Read>,
    builder: impl FnOnce() -> B,
    routes: impl FnOnce(&Auth<U>) -> Routes<S>,
) -> Option<Outcome>
where
    U: AuthUser,
    S: Clone + Send + Sync + 'static,
    E: Into<Box<dyn Error + Send + Sync>>,
    B: Future<Output = Result<AuthBuilder<U>, E>>,
{
    let mut args = args.into_iter().map(Into::into);
    let program = args.next().unwrap_or_default();
    if args.next()? != *NAME {
        return None;
    }
    let program = Path::new(&program).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let matches = match args::clap::<U>(&format!("{program} {NAME}")).try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(error) => return Some(Outcome::usage(&error)),
    };
    let json = matches.get_flag(args::JSON);
    let done = async { Command::<U>::read(&matches, input)?.execute(builder, routes).await };
    Some(Outcome::of(done.await, json))
}
