//! What `--help` says. `UPDATE_SNAPSHOTS=1` rewrites the texts; read the difference before you commit it.

use std::fmt::Write as _;

use auth::AuthBuilder;
use auth::cli::run_with;
use auth_tests::operated::{Account, routes};

use crate::stage::words;

#[tokio::test]
async fn help_is_as_it_was_reviewed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/cli/help.txt");
    let mut text = String::new();
    for command in [
        "",
        "routes",
        "audit",
        "user",
        "user create",
        "user show",
        "user list",
        "user promote",
        "user disable",
        "user set-login",
        "user set-password",
        "user verify",
        "schema",
        "migrations",
        "prepare",
        "purge",
        "secret new",
        "keys",
        "keys retire",
        "token explain",
        "doctor",
    ] {
        let builder = async || -> auth::Result<AuthBuilder<Account>> { panic!("the database was opened") };
        let help = run_with(words(&format!("{command} --help")), std::io::empty(), builder, routes).await.unwrap();
        assert_eq!((help.code, help.stderr.as_str()), (0, ""), "{help:?}");
        writeln!(text, "$ shop auth {command} --help\n{}", help.stdout).unwrap();
    }
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), text);
}
