use auth::mail::LetterKind;
use auth::testing::{TestApp, assert_protection, assert_routes};
use auth::{Auth, AuthBuilder, Secret};
use serde_json::{Value, json};

const FORM: &str = "application/x-www-form-urlencoded";

/// Tests of one of the three.
macro_rules! tests {
    ($mode:ident, $with:expr) => {
        mod $mode {
            use super::super::$mode::{User, app};
            use super::{Auth, AuthBuilder, Secret, TestApp, assert_protection, assert_routes};

            async fn started() -> TestApp<User> {
                let pool = sqlx::SqlitePool::connect("sqlite::memory:").await.unwrap();
                sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await.unwrap();
                let mailer = auth::mail::MailDirectory::insecure_for_localhost("unused");
                let builder = Auth::<User>::builder(pool).secret(Secret::generate().unwrap());
                let builder = builder.cookies(auth::CookieSettings::new().insecure_for_localhost());
                let builder =
                    builder.base_url("http://localhost:3000").mailer(mailer).mail_sign_in(true).totp("Accounts");
                let builder = builder.on_error(app::to_a_page).change_password_page("/password");
                let builder = $with(builder, app::passkeys());
                TestApp::start(builder, |auth| app::routes(auth, true).into_router().with_state(auth.clone())).await
            }

            #[tokio::test]
            async fn every_route_decides_as_its_rule_says() {
                let app = started().await;
                assert_protection(&app::routes(app.auth(), true).table(), &app).await;
            }

            #[tokio::test]
            async fn route_table_matches_the_committed_file() {
                let app = started().await;
                let file = include_str!(concat!(stringify!($mode), ".txt"));
                assert_routes(&app::routes(app.auth(), true).table(), file);
            }

            pub(super) async fn app() -> TestApp<User> {
                started().await
            }
        }
    };
}

tests!(optional, |builder: AuthBuilder<_>, _| builder);
tests!(required, |builder: AuthBuilder<_>, _| builder);
tests!(guarded, |builder: AuthBuilder<_>, passkeys| builder.passkeys(passkeys));

#[tokio::test]
async fn a_sign_up_is_confirmed_by_the_mailed_code() {
    let app = required::app().await;
    let form = json!({ "email": "ada@example.org", "password": "correct horse battery" });
    let begun: Value = app.anonymous().post("/auth/register").json(&form).await.expect_status(202).json();
    let code = app.mailbox().await.last(LetterKind::ConfirmSignUp, "ada@example.org").code();
    let answer = json!({ "sign_in": begun["sign_in"], "code": code });
    app.anonymous().post("/auth/sign-in/mail/code").json(&answer).await.expect_status(200);
    app.anonymous().post("/auth/login").json(&form).await.expect_status(200);
}

#[tokio::test]
async fn whoever_signs_up_is_in_and_confirms_later() {
    let app = optional::app().await;
    let form = json!({ "email": "ada@example.org", "password": "correct horse battery" });
    app.anonymous().post("/auth/register").json(&form).await.expect_status(201);
    let mail = app.mailbox().await.last(LetterKind::VerifyAddress, "ada@example.org");
    assert!(mail.link().starts_with("http://localhost:3000/verify"), "{}", mail.link());
}

/// A form on somebody else's page could sign visitors in as its author, or begin a sign-up that they complete by their mail.
#[tokio::test]
async fn csrf_01_forms_of_other_sites_begin_nothing() {
    let forms = [
        ("/sign-up", "email=ada@example.org&password=chosen by somebody else"),
        ("/sign-in", "email=ada@example.org&password=chosen by somebody else"),
        ("/sign-in-by-mail", "email=ada@example.org"),
        ("/forgot", "email=ada@example.org"),
        ("/code", "code=1234 5678"),
        ("/link", "t=x"),
        ("/second-step", "code=123456"),
        ("/recovery-code", "code=7d0c"),
    ];
    let app = required::app().await;
    for (path, form) in forms {
        for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("x-none", "")] {
            let form = form.replace(' ', "+");
            let request = app.anonymous().post(path).header(name, value);
            let response = request.body(FORM, form).await.expect_status(403);
            assert!(response.header("set-cookie").is_none(), "{path}");
        }
    }
    let form = json!({ "email": "ada@example.org", "password": "chosen by somebody else" });
    app.anonymous().post("/auth/login").json(&form).await.expect_status(401);
}

/// Nobody is signed in to an account whose address has to be confirmed, so the users of tests have confirmed theirs.
#[tokio::test]
async fn users_of_tests_may_be_signed_in() {
    let app = required::app().await;
    let client = app.as_role(crate::Role::Member).await;
    client.get("/auth/me").await.expect_status(200);
    client.get("/account").await.expect_status(200);
}

#[tokio::test]
async fn pages_add_an_app_and_ask_for_it() {
    let app = optional::app().await;
    let form = json!({ "email": "ada@example.org", "password": "correct horse battery" });
    let tokens: Value = app.anonymous().post("/auth/register").json(&form).await.expect_status(201).json();
    app.auth().accounts().set_verified(&1, true).await.unwrap();
    let refresh = json!({ "refresh_token": tokens["refresh_token"] });
    let tokens: Value = app.anonymous().post("/auth/refresh").json(&refresh).await.expect_status(200).json();
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let ours = |path: &str| app.anonymous().post(path).header("sec-fetch-site", "same-origin");
    let add = ours("/factors/add").header("authorization", &bearer).await.expect_status(200).text();
    assert!(add.contains("<svg"), "{add}");
    let (_, secret) = add.split_once("<p id=\"secret\">").unwrap();
    let (secret, _) = secret.split_once('<').unwrap();
    let code = app.totp_code(secret);
    let confirm = ours("/factors/confirm").header("authorization", &bearer);
    let codes = confirm.body(FORM, format!("code={code}")).await.expect_status(200).text();
    assert_eq!(codes.matches("id=\"recovery-code\"").count(), 10, "{codes}");
    app.advance(std::time::Duration::from_secs(30));
    // The browser keeps the handle.
    let login =
        ours("/sign-in").body(FORM, "email=ada%40example.org&password=correct+horse+battery").await.expect_status(200);
    let kept = login.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    assert!(login.text().contains("id=\"second-step\""));
    let wrong = ours("/second-step").header("cookie", &kept).body(FORM, "code=000000").await.expect_status(401);
    assert!(wrong.text().contains("class=\"error\""));
    let code = format!("code={}", app.totp_code(secret));
    ours("/second-step").header("cookie", &kept).body(FORM, code).await.expect_status(303);
}

/// What takes a recent sign-in leads a browser to the password, and then works.
#[tokio::test]
async fn step_03_stale_sign_ins_are_renewed_by_the_password() {
    let app = optional::app().await;
    let form = json!({ "email": "ada@example.org", "password": "correct horse battery" });
    app.anonymous().post("/auth/register").json(&form).await.expect_status(201);
    app.auth().accounts().set_verified(&1, true).await.unwrap();
    let tokens: Value = app.anonymous().post("/auth/login").json(&form).await.expect_status(200).json();
    let stale = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    app.advance(std::time::Duration::from_mins(6));
    let ours =
        |path: &str| app.anonymous().post(path).header("sec-fetch-site", "same-origin").header("accept", "text/html");
    let add = ours("/factors/add").header("authorization", &stale).await.expect_status(303);
    assert_eq!(add.header("location"), Some("/again"));
    let wrong = ours("/again").header("authorization", &stale).body(FORM, "password=of+somebody+else");
    assert!(wrong.await.expect_status(401).text().contains("class=\"error\""));
    let right = ours("/again").header("authorization", &stale).body(FORM, "password=correct+horse+battery");
    let fresh = right.await.expect_status(303).header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    ours("/factors/add").header("cookie", &fresh).await.expect_status(200);
}

/// The pages show what the script needs, and the script is served where they load it from.
#[tokio::test]
async fn pages_with_passkeys_load_the_script() {
    let app = guarded::app().await;
    let front = app.anonymous().get("/").await.expect_status(200);
    assert!(front.header("content-security-policy").unwrap().contains("script-src 'self'"));
    let html = front.text();
    for part in ["data-passkey=\"sign-in\"", "autocomplete=\"username webauthn\"", "src=\"/auth/passkeys.js\""] {
        assert!(html.contains(part), "{part}: {html}");
    }
    app.anonymous().get("/auth/passkeys.js").await.expect_status(200);
    let plain = optional::app().await.anonymous().get("/").await.expect_status(200);
    assert!(!plain.header("content-security-policy").unwrap().contains("script-src"), "{}", plain.text());
    assert!(!plain.text().contains("<script"));
}

#[tokio::test]
async fn pages_rename_and_remove_passkeys() {
    let app = guarded::app().await;
    let (mut device, user) = (app.passkey(), app.create_user(crate::Role::Member).await);
    let ada = app.as_user(&user).with_factor(&mut device).await;
    let page = ada.get("/passkeys").await.expect_status(200).text();
    assert!(page.contains("Test: on one device, never used"), "{page}");
    let (_, id) = page.split_once("action=\"/passkeys/").unwrap();
    let (id, _) = id.split_once('/').unwrap();
    ada.post(&format!("/passkeys/{id}/rename")).body(FORM, "name=Laptop").await.expect_status(303);
    assert!(ada.get("/passkeys").await.expect_status(200).text().contains("Laptop: "));
    let empty = ada.post(&format!("/passkeys/{id}/rename")).body(FORM, "name=").await.expect_status(422);
    assert!(empty.text().contains("class=\"error\""));
    let eve = app.as_role(crate::Role::Member).await;
    for what in ["rename", "remove"] {
        eve.post(&format!("/passkeys/{id}/{what}")).body(FORM, "name=Mine").await.expect_status(404);
    }
    ada.post(&format!("/passkeys/{id}/remove")).await.expect_status(303);
    assert!(ada.get("/passkeys").await.expect_status(200).text().contains("You have none."));
}

/// An administrator without a second factor sets one up inside the sign-in, and nobody else is asked.
#[tokio::test]
async fn administrators_enrol_inside_the_sign_in() {
    let app = guarded::app().await;
    let form = json!({ "email": "grace@example.org", "password": "correct horse battery" });
    app.anonymous().post("/auth/register").json(&form).await.expect_status(201);
    app.anonymous().post("/auth/login").json(&form).await.expect_status(200);
    app.auth().accounts().set_role(&1, crate::Role::Admin).await.unwrap();
    let ours = |path: &str| app.anonymous().post(path).header("sec-fetch-site", "same-origin");
    let login = ours("/sign-in").body(FORM, "email=grace%40example.org&password=correct+horse+battery");
    let login = login.await.expect_status(200);
    let kept = |header: Option<&str>| header.unwrap().split(';').next().unwrap().to_owned();
    let cookie = kept(login.header("set-cookie"));
    assert!(login.text().contains("id=\"code\""), "the mailbox first: {}", login.text());
    let code = app.mailbox().await.last(LetterKind::SignIn, "grace@example.org").code();
    let code = format!("code={}", code.replace(' ', "+"));
    let told = ours("/code").header("cookie", &cookie).body(FORM, code).await.expect_status(200);
    let cookie = told.header("set-cookie").map_or(cookie, |header| kept(Some(header)));
    assert!(told.text().contains("id=\"enrol\""), "{}", told.text());
    let picture = ours("/enrol").header("cookie", &cookie).await.expect_status(200).text();
    let (_, secret) = picture.split_once("<p id=\"secret\">").unwrap();
    let (secret, _) = secret.split_once('<').unwrap();
    let wrong = ours("/enrol/confirm").header("cookie", &cookie).body(FORM, "code=000000").await.expect_status(401);
    assert!(wrong.text().contains(secret), "the picture is another one after a wrong code");
    let code = format!("code={}", app.totp_code(secret));
    let done = ours("/enrol/confirm").header("cookie", &cookie).body(FORM, code).await.expect_status(200);
    assert_eq!(done.text().matches("id=\"recovery-code\"").count(), 10, "{}", done.text());
    let access = kept(done.header("set-cookie"));
    app.anonymous().get("/admin").header("cookie", &access).await.expect_status(200);
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let app = optional::app().await;
    let form = json!({ "email": "ada@example.org", "password": "correct horse battery" });
    let one: Value = app.anonymous().post("/auth/register").json(&form).await.expect_status(201).json();
    let other: Value = app.anonymous().post("/auth/login").json(&form).await.expect_status(200).json();
    let bearer = |tokens: &Value| format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let get = |path: &str, tokens: &Value| app.anonymous().get(path).header("authorization", bearer(tokens));
    let page = get("/sessions", &one).await.expect_status(200).text();
    assert!(page.contains("id=\"here\"") && page.matches("id=\"session\"").count() == 1, "{page}");
    let (_, id) = page.split_once("action=\"/sessions/").unwrap();
    let (id, _) = id.split_once('/').unwrap();
    let end = format!("/sessions/{id}/end");
    app.anonymous().post(&end).header("authorization", bearer(&one)).await.expect_status(303);
    get("/auth/me", &other).await.expect_status(401);
    let all = app.anonymous().post("/sessions/end-all").header("authorization", bearer(&one));
    all.await.expect_status(303);
    get("/auth/me", &one).await.expect_status(401);
}

#[tokio::test]
async fn a_password_is_changed_on_its_page() {
    let app = optional::app().await;
    let form = json!({ "email": "ada@example.org", "password": "correct horse battery" });
    let tokens: Value = app.anonymous().post("/auth/register").json(&form).await.expect_status(201).json();
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let led = app.anonymous().get("/.well-known/change-password").await.expect_status(303);
    assert_eq!(led.header("location"), Some("/password"));
    let change = |current: &str| {
        let form = format!("current_password={current}&new_password=staple+battery+horse");
        app.anonymous().post("/password").header("authorization", &bearer).body(FORM, form)
    };
    assert!(change("of+somebody+else").await.expect_status(401).text().contains("class=\"error\""));
    assert!(change("correct+horse+battery").await.expect_status(200).text().contains("id=\"done\""));
    let form = json!({ "email": "ada@example.org", "password": "staple battery horse" });
    app.anonymous().post("/auth/login").json(&form).await.expect_status(200);
}
