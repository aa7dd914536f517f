//! Errors in the error types of other crates, and as `main` prints them.

use std::error::Error as StdError;
use std::path::Path;

use auth::store::{MemoryRecords, MemoryUsers, StoreError};
use auth::{Auth, AuthError, FieldError, NewUser, Secret};
use auth_tests::App;
use auth_tests::app::{PASSWORD, SECRET};
use auth_tests::{User, UserRegistration};

/// Checks at compile time that other crates can take a type, and that ours can, too.
macro_rules! errors {
    ($($error:ty),+ $(,)?) => {{
        fn is_one<E: StdError + Send + Sync + 'static>() -> &'static str {
            let _: fn(E) -> anyhow::Error = anyhow::Error::from;
            let _: fn(E) -> Box<dyn StdError> = Box::from;
            let _: fn(E) -> Box<dyn StdError + Send + Sync> = Box::from;
            std::any::type_name::<E>().rsplit("::").next().unwrap()
        }
        $({ let _: fn($error) -> auth::Error = auth::Error::from; })+
        vec![$(is_one::<$error>()),+]
    }};
}

/// The types in `file` that are public and errors.
fn declared(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (place, line) in lines.iter().enumerate() {
        let Some(rest) = line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum ")) else { continue };
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
        let attributes = lines[..place].iter().rev().take_while(|line| line.starts_with(['#', '/', ')']));
        let derives = attributes.filter(|line| line.contains("derive")).any(|line| line.contains("Error"));
        if derives || name.ends_with("Error") || text.contains(&format!("impl std::error::Error for {name} ")) {
            found.push(name);
        }
    }
    found
}

fn rust_files(directory: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn b26_other_crates_take_every_public_error() {
    let mut known = errors![
        AuthError,
        FieldError,
        StoreError,
        auth::ConfigError,
        auth::ParseDurationError,
        auth::SecretError,
        auth::TotpSecretError,
        auth::broadcast::BroadcastError,
        auth::claims::NotAnId,
        auth::issuer::FetchError,
        auth::issuer::NotClaims,
        auth::keys::SigningKeyError,
        auth::limit::LimitError,
        auth::mail::MailError,
        auth::password::PasswordConfigError,
        auth::password::PasswordError,
        auth::random::RandomError,
        auth::store::sql::SignUpHookError,
        std::io::Error,
        sqlx::Error,
        sqlx::migrate::MigrateError,
    ];
    known.extend(errors![auth::Error]);
    let _: fn(auth::Rejection) -> anyhow::Error = anyhow::Error::from;
    known.extend(["Rejection", "UnknownName"]); // the last is named by no path

    let (mut files, mut declared_ones) = (Vec::new(), Vec::new());
    rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../auth/src"), &mut files);
    for file in &files {
        declared_ones.extend(declared(file));
    }
    assert!(declared_ones.iter().any(|name| name == "SecretError"), "{declared_ones:?}");
    for name in declared_ones {
        assert!(known.contains(&name.as_str()), "`{name}` is an error that nobody checks");
    }
}

fn builder() -> auth::AuthBuilder<User> {
    let create = |_: NewUser<User>, _: u64| -> User { unreachable!() };
    Auth::builder((MemoryUsers::new(create, |_: &mut User, _| ()), MemoryRecords::new()))
}

#[tokio::test]
async fn b26_what_build_and_serve_refuse_goes_through_every_result() {
    async fn boxed() -> Result<(), Box<dyn StdError>> {
        builder().build().await?;
        Ok(())
    }
    async fn boxed_to_send() -> Result<(), Box<dyn StdError + Send + Sync>> {
        auth::serve("127.0.0.1:not-a-port", axum::Router::new()).await?;
        Ok(())
    }
    async fn with_anyhow() -> anyhow::Result<()> {
        builder().build().await?;
        Ok(())
    }
    fn with_ours() -> auth::Result<()> {
        "x".parse().map(|_: u16| ()).map_err(auth::Error::other)
    }
    fn texts_and_boxes(which: bool) -> auth::Result<()> {
        if which { Err("usage: clinic PORT")? } else { Err(Box::<dyn StdError + Send + Sync>::from("a box"))? }
    }
    let list = "auth cannot start:\n  1. no secret: call ";
    assert!(format!("{:?}", boxed().await.unwrap_err()).starts_with(list));
    let caught = with_anyhow().await.unwrap_err();
    assert!(matches!(caught.downcast_ref(), Some(auth::Error::Config(wrong)) if wrong.problems().len() == 1));
    let listen = boxed_to_send().await.unwrap_err();
    assert!(listen.downcast_ref::<auth::Error>().is_some_and(|error| matches!(error, auth::Error::Listen { .. })));
    let printed = format!("{listen:?}");
    assert!(printed.starts_with("cannot listen on 127.0.0.1:not-a-port\n  because: "), "{printed}");
    assert_eq!(printed.matches("because").count(), 1, "{printed}");
    assert_eq!(listen.to_string(), "cannot listen on 127.0.0.1:not-a-port", "causes are not said twice in a chain");
    assert!(with_ours().unwrap_err().to_string().contains("invalid digit"));
    assert_eq!(texts_and_boxes(true).unwrap_err().to_string(), "usage: clinic PORT");
    assert_eq!(texts_and_boxes(false).unwrap_err().to_string(), "a box");
}

#[tokio::test]
async fn a_failed_store_is_in_the_chain_of_causes() {
    async fn start() -> auth::Result<()> {
        sqlx::SqlitePool::connect("sqlite:/nowhere/at/all.db").await?;
        Ok(())
    }
    let error = start().await.unwrap_err();
    assert!(matches!(error, auth::Error::Store(_)));
    let chain = anyhow::Chain::new(&error);
    let is_sqlx = |cause: &(dyn StdError + 'static)| cause.is::<sqlx::Error>();
    assert!(chain.into_iter().any(is_sqlx), "{error:?}");
    assert!(format!("{error:?}").contains("unable to open database file"), "{error:?}");
    let store: auth::Error = StoreError::unavailable("the cable is out").into();
    assert_eq!(
        format!("{store:?}"),
        "the database failed\n  because: the store is unavailable\n  because: the cable is out"
    );
}

/// The second binary of an application: it tells the operator why.
#[tokio::test]
async fn main_prints_the_fields_and_never_their_values() {
    let app = App::new().await;
    let short = UserRegistration { email: "nobody-at-home".to_owned(), display_name: "Ada".to_owned() };
    let refused = app.auth.accounts().create(short, "hunter2").await.unwrap_err();
    assert_eq!(refused.to_string(), format!("{refused:?}"));
    let printed: Vec<String> = vec![
        format!("{refused:?}"),
        format!("{:?}", auth::Error::from(app.auth.accounts().create(registration("y"), "hunter2").await.unwrap_err())),
        format!(
            "{:?}",
            anyhow::Error::from(app.auth.accounts().create(registration("z"), "hunter2").await.unwrap_err())
        ),
    ];
    for text in printed {
        assert!(text.starts_with("some fields are not valid: "), "{text}");
        assert!(text.contains("`email` is not an e-mail address (invalid)"), "{text}");
        assert!(text.contains("`password`") && text.contains("(too_short)"), "{text}");
        assert!(!text.contains("hunter2") && !text.contains("nobody-at-home"), "{text}");
    }
    app.register("ada@example.org").await.is(201);
    let taken = app.auth.accounts().create(registration("ada@example.org"), PASSWORD).await.unwrap_err();
    assert_eq!(format!("{:?}", Box::<dyn StdError>::from(taken)), "this email is taken");
    // The answer to a request lists fields of its own accord.
    assert_eq!(app.register("nobody-at-home").await.is(422).json()["detail"], "some fields are not valid");
}

fn registration(email: &str) -> UserRegistration {
    UserRegistration { email: email.to_owned(), display_name: "Ada".to_owned() }
}

#[test]
fn main_prints_what_to_do_about_a_secret() {
    let refused = Secret::new("short").unwrap_err();
    let printed = format!("{:?}", Box::<dyn StdError>::from(refused));
    assert!(printed.starts_with("the secret has 5 bytes; a signing secret needs at least 32."), "{printed}");
    drop(Secret::new(SECRET).unwrap());
}
