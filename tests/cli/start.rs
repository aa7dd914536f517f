//! What happens before anything is opened, and when it cannot be.

use auth::cli::run_with;
use auth::{Auth, AuthBuilder};
use auth_tests::operated::{Account, SECRET, TABLE, routes};
use auth_tests::{Database, Place};

use crate::stage::{Stage, sqlite, words};

async fn unopened(args: Vec<String>, stdin: &str) -> Option<auth::cli::Outcome> {
    let builder = async || -> auth::Result<AuthBuilder<Account>> { panic!("the database was opened") };
    run_with(args, stdin.as_bytes(), builder, routes).await
}

#[tokio::test]
async fn the_arguments_of_the_application_are_left_alone() {
    for args in [vec![], vec!["shop"], vec!["shop", "serve"], vec!["shop", "--auth"], vec!["shop", "serve", "auth"]] {
        let args = args.into_iter().map(str::to_owned).collect();
        assert_eq!(unopened(args, "").await, None);
    }
}

#[tokio::test]
async fn usage_errors_open_no_database() {
    for (line, said) in [
        ("", "Usage: shop auth"),
        ("user", "Usage: shop auth user"),
        ("usr list", "'user'"),
        ("user create", "--login <FIELD=LOGIN>"),
        ("user create --login a --login b", "given twice"),
        ("user create --login a --set b", "--set FIELD=TEXT"),
        ("user create --login a --set b:=c", "not JSON"),
        ("user promote ada amin", "'admin'"),
        ("user promote ada", "<ROLE>"),
        ("user show id=seven", "`seven` is not an id"),
        ("user list --most 0", "1..=1000"),
        ("user set-login ada", "<FIELD=LOGIN>"),
        ("user create --login a --no-password --generate-password", "cannot be used with"),
        ("user set-password ada --password-stdin", "standard input has no password"),
        ("token explain", "standard input has no token"),
    ] {
        let refused = unopened(words(line), "").await.unwrap();
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{line}: {refused:?}");
        assert!(refused.stderr.contains(said), "{line}: {}", refused.stderr);
    }
}

#[tokio::test]
async fn no_password_is_an_argument() {
    for line in ["--password hunter2hunter2", "--password=hunter2hunter2", "--set password=hunter2hunter2"] {
        let line = format!("user create --login ada@example.org --login nick=ada {line}");
        let refused = unopened(words(&line), "").await.unwrap();
        assert_ne!(refused.code, 0);
        assert!(refused.stderr.contains("password") && !refused.stderr.contains("hunter2"), "{}", refused.stderr);
    }
}

#[tokio::test]
async fn a_new_secret_needs_no_database_and_is_accepted() {
    let one = unopened(words("secret new"), "").await.unwrap();
    let other = unopened(words("secret new"), "").await.unwrap();
    assert_ne!(one.stdout, other.stdout);
    assert_eq!((one.code, one.stdout.lines().count()), (0, 1));
    auth::Secret::new(one.stdout.trim_end()).unwrap();
    let json = unopened(words("secret new --json"), "").await.unwrap();
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    auth::Secret::new(json["secret"].as_str().unwrap()).unwrap();
}

#[tokio::test]
async fn a_broken_configuration_is_listed_in_full() {
    let place = Database::with("CREATE TABLE other (id INTEGER)").await;
    for command in ["user list", "doctor"] {
        let builder = async || {
            let builder = Auth::<Account>::builder(place.pool()).access_ttl(std::time::Duration::ZERO);
            Ok::<_, auth::Error>(builder.leeway(std::time::Duration::from_hours(1)))
        };
        let refused = run_with(words(command), std::io::empty(), builder, routes).await.unwrap();
        assert_eq!(refused.code, 1, "{refused:?}");
        let said = refused.stdout + &refused.stderr;
        for part in ["access-token lifetime", "no secret", "leeway", "there is no table `accounts`"] {
            assert!(said.contains(part), "{command}: {part}: {said}");
        }
    }
}

#[tokio::test]
async fn an_unreachable_database_is_exit_code_three() {
    let builder = async || {
        let pool = sqlx::SqlitePool::connect("sqlite:/nowhere/none.db").await?;
        Ok::<_, auth::Error>(Auth::<Account>::builder(pool).secret(SECRET.clone()))
    };
    let refused = run_with(words("user list"), std::io::empty(), builder, routes).await.unwrap();
    assert_eq!((refused.code, refused.stdout.as_str()), (3, ""), "{refused:?}");

    let stage = Stage::new(sqlite(TABLE).await.unwrap());
    stage.place.pool().close().await;
    for command in ["user list", "schema", "prepare", "doctor"] {
        let refused = stage.run(command).await;
        assert_eq!(refused.code, 3, "{command}: {refused:?}");
    }
}

#[tokio::test]
async fn an_error_of_the_application_is_passed_on() {
    let builder = async || Err::<AuthBuilder<Account>, _>("DATABASE_URL is not set");
    let refused = run_with(words("routes"), std::io::empty(), builder, routes).await.unwrap();
    assert_eq!((refused.code, refused.stderr.as_str()), (1, "error: DATABASE_URL is not set\n"));
}

#[tokio::test]
async fn routes_are_printed_as_the_table_has_them() {
    let stage = Stage::new(sqlite(TABLE).await.unwrap());
    let auth = stage.auth().await;
    let all = stage.run("routes").await;
    assert_eq!((all.code, all.stdout), (0, format!("{}\n", routes(&auth).table())));
    let public = stage.json("routes --public").await;
    assert!(public.as_array().unwrap().iter().all(|route| route["public"] == true), "{public}");
    let below = stage.json("routes /auth/sessions").await;
    let paths: Vec<_> = below.as_array().unwrap().iter().map(|route| route["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["/auth/sessions", "/auth/sessions/{id}"]);
    let one = run_with(
        ["shop", "auth", "routes", "GET /me"],
        std::io::empty(),
        async || Ok::<_, auth::Error>(stage.builder()),
        routes,
    );
    assert_eq!(
        one.await.unwrap().stdout,
        "METHOD  PATH                   WHO MAY CALL IT\nGET     /me                    signed in\n"
    );
}

#[tokio::test]
async fn an_audit_names_the_rule_that_admits_everybody() {
    let stage = Stage::new(sqlite(TABLE).await.unwrap());
    let findings = stage.run("audit").await;
    let auth = stage.auth().await;
    let expected = routes(&auth).audit();
    assert_eq!(findings.code, u8::from(!expected.is_empty()), "{findings:?}");
    for finding in expected {
        assert!(findings.stdout.contains(&finding.sentence), "{}", findings.stdout);
    }
}
