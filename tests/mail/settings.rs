//! What `build()` makes of settings about mail.

use auth::mail::MailDirectory;
use auth::testing::Mailbox;
use auth::{Auth, AuthBuilder, AuthUser, Error, PasswordHash};
use auth_tests::app::{PASSWORD, quick_passwords};
use auth_tests::stage::{Customer, Reader, TABLES};
use auth_tests::users::SCHEMA;
use auth_tests::{App, Call, Database, User};
use serde_json::json;

use crate::{ADA, NEW, Post};

async fn problems<U: AuthUser>(builder: AuthBuilder<U>) -> Vec<String> {
    match builder.build().await {
        Err(Error::Config(wrong)) => wrong.problems().to_vec(),
        Err(other) => panic!("{other:?}"),
        Ok(_) => Vec::new(),
    }
}

async fn builder() -> (AuthBuilder<User>, Database) {
    let db = Database::with(SCHEMA).await;
    (Auth::<User>::builder(db.pool.clone()).secret(auth::Secret::generate().unwrap()).passwords(quick_passwords()), db)
}

#[tokio::test]
async fn otk_08_a_mailer_without_a_base_url_does_not_start() {
    let (bare, _db) = builder().await;
    let found = problems(bare.mailer(Mailbox::new())).await;
    assert!(found.len() == 1 && found[0].contains(".base_url("), "{found:?}");
}

#[tokio::test]
async fn required_addresses_without_a_mailer_do_not_start() {
    let db = Database::with(TABLES[0]).await;
    let settings =
        |builder: AuthBuilder<Customer>| builder.secret(auth::Secret::generate().unwrap()).passwords(quick_passwords());
    let bare = || settings(Auth::builder(db.pool.clone()));
    for without_mailer in [bare(), bare().base_url("https://app.example")] {
        let found = problems(without_mailer).await;
        assert!(found.len() == 1 && found[0].contains("`Customer` has `verified(required)`"), "{found:?}");
        assert!(found[0].contains("set a `mailer` and a `base_url`"), "{found:?}");
    }
    assert!(problems(bare().base_url("https://app.example").mailer(Mailbox::new())).await.is_empty());
    // Where it is at leisure, nobody has to be mailed.
    let readers = Auth::<Reader>::builder(db.pool.clone()).secret(auth::Secret::generate().unwrap());
    assert!(problems(readers).await.is_empty());
}

#[tokio::test]
async fn every_mistake_about_mail_is_reported_at_once() {
    let (bare, _db) = builder().await;
    let wrong = bare.base_url("http://app.example").mail_interval(std::time::Duration::from_hours(1));
    let found = problems(wrong.access_ttl(std::time::Duration::ZERO).mailer(Mailbox::new())).await;
    for part in ["base URL `http://app.example`", "mail_interval", "access-token lifetime"] {
        assert!(found.iter().any(|problem| problem.contains(part)), "{part}: {found:?}");
    }
}

#[tokio::test]
async fn the_directory_of_development_is_for_localhost() {
    let directory = || MailDirectory::insecure_for_localhost(std::env::temp_dir().join("auth-never"));
    let (bare, _db) = builder().await;
    let found = problems(bare.base_url("https://app.example").mailer(directory())).await;
    assert!(found.len() == 1 && found[0].contains("for development"), "{found:?}");
    let (bare, _db) = builder().await;
    assert!(problems(bare.base_url("http://localhost:3000").mailer(directory())).await.is_empty());
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
struct Named {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    display_name: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
}

#[tokio::test]
async fn users_without_addresses_get_no_mail() {
    let db = Database::with(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, display_name TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL)",
    )
    .await;
    let builder = Auth::<Named>::builder(db.pool.clone()).secret(auth::Secret::generate().unwrap());
    let found = problems(builder.base_url("https://app.example").mailer(Mailbox::new())).await;
    assert!(found.len() == 1 && found[0].contains("no login with addresses"), "{found:?}");
}

#[tokio::test]
async fn without_a_mailer_there_are_no_routes_for_it() {
    let app = App::new().await;
    for path in ["/auth/password/forgot", "/auth/password/reset"] {
        app.send(Call::post(path).json(&json!({ "email": ADA }))).await.is(404);
    }
    assert_eq!(app.auth.forgot_password(ADA, &auth::ClientInfo::default()).await.unwrap_err().code(), "internal");
    assert_eq!(app.auth.send_mail().await.unwrap(), 0);
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "members")]
struct Member {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    work_mail: Option<String>,
    #[auth(password_hash)]
    password_hash: Option<PasswordHash>,
}

#[tokio::test]
async fn an_account_whose_password_is_null_gets_one() {
    let db = Database::with("CREATE TABLE members (id INTEGER PRIMARY KEY, work_mail TEXT UNIQUE, password_hash TEXT)")
        .await;
    let mailbox = Mailbox::new();
    let builder = Auth::<Member>::builder(db.pool.clone()).secret(auth::Secret::generate().unwrap());
    let builder = builder.passwords(quick_passwords()).base_url("https://app.example").mailer(mailbox.clone());
    let auth = builder.mail_interval(std::time::Duration::ZERO).build().await.unwrap();
    let form = MemberRegistration { work_mail: ADA.to_owned() };
    auth.accounts().import(form, None).await.unwrap();
    db.run("INSERT INTO members (work_mail) VALUES (NULL)").await;
    let router = auth.routes().into_router().with_state::<()>(());
    let forgot = Call::post("/password/forgot").json(&json!({ "work_mail": ADA }));
    forgot.send(&router).await.is(202);
    auth.send_mail().await.unwrap();
    let body = json!({ "token": mailbox.last_to(ADA).token(), "new_password": NEW });
    Call::post("/password/reset").json(&body).send(&router).await.is(204);
    let login = json!({ "work_mail": ADA, "password": NEW });
    Call::post("/login").json(&login).send(&router).await.is(200);
    assert_eq!(mailbox.all().len(), 1);
}

#[tokio::test]
async fn the_document_describes_both_routes() {
    let post = Post::new().await;
    let routes = post.app.auth.routes::<()>();
    let document = routes.openapi(utoipa::openapi::OpenApiBuilder::new().build());
    let document = serde_json::to_value(document).unwrap();
    let forgot = &document["paths"]["/password/forgot"]["post"];
    assert_eq!(
        forgot["requestBody"]["content"]["application/json"]["schema"]["$ref"],
        "#/components/schemas/UserAddress"
    );
    assert_eq!(document["components"]["schemas"]["UserAddress"]["required"], json!(["email"]));
    let reset = &document["paths"]["/password/reset"]["post"];
    for status in ["204", "400", "401", "422", "429", "503"] {
        assert!(reset["responses"][status].is_object(), "{status}");
    }
    // With cookies, the handle may be in one of them.
    let reset = &document["components"]["schemas"]["AuthPasswordResetInBrowser"]["oneOf"];
    assert_eq!(reset[0]["required"], json!(["token", "new_password"]));
    assert_eq!(reset[1]["required"], json!(["code", "new_password"]));
    let answer = &forgot["responses"]["202"];
    assert_eq!(answer["headers"]["Set-Cookie"]["description"], "`__Host-user-sign-in`");
    assert_eq!(answer["content"]["application/json"]["schema"]["$ref"], "#/components/schemas/AuthMailedInBrowser");
    let mailed = &document["components"]["schemas"]["AuthMailedInBrowser"];
    assert!(mailed["properties"]["sign_in"].is_object());
    assert_eq!(mailed["required"], json!(["expires_in"]));
    // Whoever is signed in is answered as they asked, and cannot choose.
    assert_eq!(forgot["parameters"][0]["name"], "cookies");
    assert_eq!(document["paths"]["/email/change"]["post"]["parameters"], serde_json::Value::Null);
    let table = post.app.auth.routes::<()>().table().to_string();
    assert!(table.contains("/password/forgot") && table.contains("requires a mailed link or code"), "{table}");
    post.app.register(ADA).await.is(201);
    post.app.login(ADA, PASSWORD).await.is(200);
}
