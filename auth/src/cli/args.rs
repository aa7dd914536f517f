//! The commands and their arguments, as clap reads them and `--help` shows them.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, Command};

use super::user::list::PAGE;
use crate::model::role::HeldRoles;
use crate::model::schema::Schema;
use crate::model::user::AuthUser;

pub(super) const JSON: &str = "json";

/// What happens without a flag about the password.
const ASKED: &str = "Otherwise the password is asked for at a terminal, and generated where there is none.";

/// Everything that can be typed after `auth`.
pub(super) fn clap<U: AuthUser>(name: &str) -> Command {
    let json = Arg::new(JSON).long("json").action(ArgAction::SetTrue).global(true).help("Print JSON");
    Command::new("auth")
        .bin_name(name)
        .no_binary_name(true)
        .about(format!("Manages the accounts of `{}` and checks how they are protected", U::SCHEMA.name))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .arg(json)
        .subcommand(routes())
        .subcommand(leaf("audit", "Find rules that cannot be meant as written; exit code 1 if there are any"))
        .subcommand(user::<U>())
        .subcommand(leaf("schema", "Compare the user type with its table; exit code 1 if something is wrong"))
        .subcommand(leaf("migrations", "Print the statements that create the library's own tables"))
        .subcommand(leaf("prepare", "Create the library's own tables, or bring them up to date"))
        .subcommand(leaf("purge", "Delete expired records"))
        .subcommand(group("secret", "Make secrets").subcommand(leaf("new", "Print a fresh signing secret")))
        .subcommand(keys())
        .subcommand(group("token", "Examine access tokens").subcommand(explain()))
        .subcommand(
            leaf("doctor", "Examine settings, tables and rules; exit code 1 if something is wrong")
                .arg(flag("deploy", "Also find what is right on one's own machine only")),
        )
}

fn leaf(name: &'static str, about: &'static str) -> Command {
    Command::new(name).about(about)
}

fn group(name: &'static str, about: &'static str) -> Command {
    leaf(name, about).subcommand_required(true).arg_required_else_help(true).disable_help_subcommand(true)
}

fn routes() -> Command {
    leaf("routes", "Print who may call what").arg(flag("public", "Only routes that are open to everybody")).arg(
        Arg::new("path").value_name("PATH").help("Only this path and those below it, or one route: \"GET /stats\""),
    )
}

fn keys() -> Command {
    let id = Arg::new("id").value_name("ID").required(true).help("The id of the key, as `keys list` shows it");
    group("keys", "Manage the key pairs that access tokens are signed with")
        .subcommand(leaf("list", "List the key pairs, and which of them signs"))
        .subcommand(leaf("new", "Print a fresh private key for ES256, in PEM"))
        .subcommand(leaf("rotate", "Publish the next managed key; it signs after the lead"))
        .subcommand(leaf("retire", "Delete a managed key that has leaked: its tokens are refused").arg(id))
        .subcommand(leaf("jwks", "Print the public keys, as other services read them (RFC 7517)"))
}

fn explain() -> Command {
    leaf("explain", "Say whether a guard accepts the token on standard input, and why not; exit code 1 if it does not")
        .arg(
            Arg::new("route").long("route").value_name("ROUTE").help("Ask the rule of this route, too: \"GET /stats\""),
        )
        .after_help("The token is read from standard input, as it is or with `Bearer` before it, and never printed.")
}

fn user<U: AuthUser>() -> Command {
    let who = || {
        let help = format!("{}, or id=ID", names(U::SCHEMA).join("=…, ") + "=…");
        Arg::new("who")
            .value_name("LOGIN")
            .required(true)
            .help(format!("A login as it is typed to sign in; also {help}"))
    };
    let about = |name, about| leaf(name, about).arg(who());
    let user = group("user", "Create, show and change accounts")
        .subcommand(create::<U>())
        .subcommand(about("show", "Show an account"))
        .subcommand(list::<U>())
        .subcommand(about("disable", "Disable an account and end its sessions"))
        .subcommand(about("enable", "Enable an account again"))
        .subcommand(about("unlock", "Let everybody try the password of an account again at once"))
        .subcommand(about("sessions", "List the sessions of an account"))
        .subcommand(about("end-sessions", "Sign an account out everywhere"))
        .subcommand(about("end-keys", "End every API key of an account"))
        .subcommand(about("reset-factors", "Remove the second factors and API keys of an account and end its sessions"))
        .subcommand(about("delete", "Delete an account and end its sessions"))
        .subcommand(set_login::<U>(who()))
        .subcommand(about("verify", "Note that the address of an account is confirmed"))
        .subcommand(about("unverify", "Note that the address of an account is not confirmed"))
        .subcommand(
            with_password(about("set-password", "Set the password of an account and end its sessions"))
                .after_help(ASKED),
        );
    match role_parser::<U>() {
        None => user,
        Some(names) => {
            let role = Arg::new("role").value_name("ROLE").required(true).value_parser(names);
            let promote = if takes_several::<U>() {
                leaf("promote", "Set the roles of an account: it has these, and no others")
                    .arg(who())
                    .arg(role.num_args(1..))
            } else {
                leaf("promote", "Set the role of an account").arg(who()).arg(role)
            };
            user.subcommand(promote)
        }
    }
}

fn set_login<U: AuthUser>(who: Arg) -> Command {
    let new = Arg::new("new").value_name(login_value(U::SCHEMA)).required(true);
    leaf("set-login", "Change what an account signs in with")
        .arg(who)
        .arg(new.help(format!("The new one, of {}", quoted_names(U::SCHEMA))))
}

/// How a password is given, where it is not typed.
fn with_password(command: Command) -> Command {
    command
        .arg(flag(
            "password-stdin",
            "Read the password from the first line of standard input; at a terminal, ask for it",
        ))
        .arg(flag("generate-password", "Generate a password and print it once").conflicts_with("password-stdin"))
}

fn list<U: AuthUser>() -> Command {
    let list = leaf("list", "List accounts by id")
        .arg(Arg::new("after").long("after").value_name("ID").help("Begin after this id"))
        .arg(
            Arg::new("most")
                .long("most")
                .value_name("NUMBER")
                .value_parser(clap::value_parser!(u32).range(1..=1000))
                .help(format!("How many, at most 1000 [default: {PAGE}]")),
        );
    let role = Arg::new("role").long("role").value_name("ROLE").help("Only those who have this role");
    role_parser::<U>().map_or_else(|| list.clone(), |names| list.clone().arg(role.value_parser(names)))
}

fn create<U: AuthUser>() -> Command {
    let login = Arg::new("login").long("login").value_name(login_value(U::SCHEMA)).required(true);
    let create = leaf("create", "Create an account, under the rules of a sign-up")
        .arg(login.action(ArgAction::Append).help(login_help(U::SCHEMA)))
        .arg(
            Arg::new("set")
                .long("set")
                .value_name("FIELD=TEXT")
                .action(ArgAction::Append)
                .help("Another field of the sign-up; FIELD:=JSON for numbers and the like"),
        );
    let no_password = flag("no-password", "Create an account that has no password");
    let create = with_password(create)
        .arg(no_password.conflicts_with_all(["password-stdin", "generate-password"]))
        .after_help(ASKED);
    let role = Arg::new("role").long("role").value_name("ROLE").action(ArgAction::Append);
    match role_parser::<U>() {
        None => create,
        Some(names) if takes_several::<U>() => {
            create.arg(role.value_parser(names).help("A role; may be given several times"))
        }
        Some(names) => create.arg(role.action(ArgAction::Set).value_parser(names).help("The role")),
    }
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

/// The names of roles, so that a misspelled one gets a suggestion; `None` for users without roles.
fn role_parser<U: AuthUser>() -> Option<PossibleValuesParser> {
    let names = <U::Roles as HeldRoles>::KNOWN;
    (!names.is_empty()).then(|| PossibleValuesParser::new(names))
}

/// Whether users hold a list of roles.
fn takes_several<U: AuthUser>() -> bool {
    <U::Roles as HeldRoles>::TEXT.may_be_empty
}

fn login_value(schema: &Schema) -> &'static str {
    if schema.logins.len() > 1 { "FIELD=LOGIN" } else { "LOGIN" }
}

fn login_help(schema: &Schema) -> String {
    let (names, first) = (quoted_names(schema), ". Without FIELD=, the first of them");
    format!("What the user signs in with: {names}{}", if schema.logins.len() > 1 { first } else { "" })
}

fn quoted_names(schema: &Schema) -> String {
    names(schema).into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn names(schema: &Schema) -> Vec<&'static str> {
    schema.logins.iter().map(|login| login.column).collect()
}
