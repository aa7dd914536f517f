//! The same with a program of its own: its arguments, standard streams and exit code.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use auth::Secret;
use auth_tests::database::path;
use auth_tests::operated::TABLE;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A database file, and the secret of the program.
struct Shop {
    file: std::path::PathBuf,
    secret: String,
}

impl Drop for Shop {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm"] {
            drop(std::fs::remove_file(format!("{}{suffix}", self.file.display())));
        }
    }
}

impl Shop {
    async fn new() -> Self {
        let file = path("db");
        let pool = sqlx::SqlitePool::connect(&format!("sqlite:{}?mode=rwc", file.display())).await.unwrap();
        sqlx::raw_sql(TABLE).execute(&pool).await.unwrap();
        pool.close().await;
        let secret = Secret::generate().unwrap();
        Self { file, secret: format!("base64:{}", STANDARD.encode(secret.expose())) }
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_operated"));
        command.args(line.split_whitespace()).env("JWT_SECRET_KEY", &self.secret).env("USER", "grace");
        command.env("DATABASE_URL", format!("sqlite:{}", self.file.display()));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, line: &str) -> Output {
        self.command(line).output().unwrap()
    }

    fn given(&self, line: &str, stdin: &str) -> Output {
        let mut child = self.command(line).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn a_program_goes_on_unless_the_command_is_ours() {
    let shop = Shop::new().await;
    assert_eq!(text(&shop.run("serve").stdout), "the application itself\n");
    assert_eq!(text(&shop.run("").stdout), "the application itself\n");
}

#[tokio::test]
async fn a_program_ends_with_the_code_of_the_command() {
    let shop = Shop::new().await;
    let create = "auth user create --login ada@example.org --login nick=ada --password-stdin";
    let made = shop.given(create, "correct horse battery staple\n");
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    assert!(text(&made.stdout).contains("mail_address  ada@example.org\n"), "{}", text(&made.stdout));
    assert_eq!(shop.given(create, "correct horse battery staple\n").status.code(), Some(1), "taken");
    assert_eq!(shop.run("auth user crate").status.code(), Some(2));
    let away = shop.command("auth user list").env("DATABASE_URL", "sqlite:/nowhere/none.db").output().unwrap();
    assert_eq!(away.status.code(), Some(3), "{}", text(&away.stderr));
    let unset = shop.command("auth doctor").env_remove("JWT_SECRET_KEY").output().unwrap();
    assert_eq!(unset.status.code(), Some(1));
    assert!(text(&unset.stderr).contains("JWT_SECRET_KEY is not set"), "{}", text(&unset.stderr));
}

#[tokio::test]
async fn of_two_programs_that_create_a_login_one_wins() {
    let shop = Shop::new().await;
    assert_eq!(shop.run("auth prepare").status.code(), Some(0));
    let create = |nick: &str| shop.command(&format!("auth user create --login ada@example.org --login nick={nick}"));
    let children = ["ada", "eve", "bob", "cyd"].map(|nick| create(nick).spawn().unwrap());
    let ended = children.map(|child| child.wait_with_output().unwrap());
    let mut codes = ended.each_ref().map(|output| output.status.code().unwrap());
    codes.sort_unstable();
    assert_eq!(codes, [0, 1, 1, 1], "{ended:?}");
    let refused = ended.iter().filter(|output| output.status.code() == Some(1));
    assert!(refused.into_iter().all(|output| text(&output.stderr).ends_with("error: this mail_address is taken\n")));
}

#[tokio::test]
async fn no_output_has_a_secret() {
    let shop = Shop::new().await;
    let password = "correct horse battery staple";
    let create = "auth user create --login ada@example.org --login nick=ada --password-stdin --json";
    let mut said = vec![shop.given(create, password)];
    for line in [
        "auth user show ada",
        "auth user list --json",
        "auth user sessions ada",
        "auth doctor --deploy",
        "auth schema",
        "auth routes",
        "auth user list --json --most x",
        "auth user create --login ada@example.org --login nick=ada",
    ] {
        said.push(shop.run(line));
    }
    let pool = sqlx::SqlitePool::connect(&format!("sqlite:{}", shop.file.display())).await.unwrap();
    let hash: String = sqlx::query_scalar("SELECT pw FROM accounts").fetch_one(&pool).await.unwrap();
    let bare = shop.secret.trim_start_matches("base64:").to_owned();
    let secrets = [password, &hash, &bare];
    let found = |text: &str| secrets.iter().filter(|secret| text.contains(**secret)).count();
    assert_eq!(found(&format!("{hash} {bare} {password}")), 3, "a planted secret is found");
    for output in &said {
        let all = text(&output.stdout) + &text(&output.stderr);
        assert!(!all.is_empty() && found(&all) == 0, "{all}");
    }
}
