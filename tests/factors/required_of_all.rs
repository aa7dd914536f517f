//! Everybody of a user type must have a second factor (`#[auth(mfa)]`): from the sign-up on; and what is said of it at
//! start-up, in the route table and in documents.

use auth::routing::{Routes, get};
use auth::{Auth, AuthUser, CookieSettings, PasswordHash, Secret, protected, public, rule};
use auth_tests::app::{PASSWORD, SECRET};
use auth_tests::browser::open as opens;
use auth_tests::clerk::{CLERKS, Clerk, ClerkClaims, Duty, Task};
use auth_tests::stage::Stage;
use auth_tests::{Call, Database};
use serde_json::{Value, json};

use super::{ADA, amr, with_factors};

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "staff", mfa)]
struct Staff {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(verified)]
    verified_at: Option<i64>,
}

const STAFF: &str = "CREATE TABLE staff (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL UNIQUE, password_hash TEXT \
                     NOT NULL, verified_at INTEGER)";

#[tokio::test]
async fn sign_12_a_sign_up_adds_the_factor() {
    let setup = |builder: auth::AuthBuilder<Staff>| builder.totp("Shop").cookies(CookieSettings::new());
    let stage = Stage::<Staff, _>::without_mail(Database::with(STAFF).await, setup).await;
    let form = json!({ "email": ADA, "password": PASSWORD });
    let pending = stage.post("/register", form.clone()).await.is(202);
    assert_eq!(pending.field("needs"), "enrolment");
    assert!(stage.auth.sessions(&1).await.unwrap().is_empty());
    // In the browser that signed up, as at a login.
    let login = Call::post("/login?cookies=true").same_origin().json(&form);
    let kept = stage.send(login).await.is(401);
    assert!(kept.json().get("sign_in").is_none());
    let kept = kept.cookies();
    let ours = |path: &str, body: Value| Call::post(path).same_origin().cookie(&kept).json(&body);
    let begun = stage.send(ours("/sign-in/enrol/totp", json!({}))).await.is(200);
    assert_eq!(begun.header("cache-control"), Some("no-store"));
    let shown = auth::testing::totp_code(&begun.field("secret"), auth::clock::Clock::now(&stage.clock));
    let signed_in = stage.send(ours("/sign-in/enrol/totp/confirm", json!({ "code": shown }))).await.is(200);
    assert_eq!(signed_in.json()["token_type"], "Cookie");
    assert_eq!(signed_in.json()["recovery_codes"].as_array().unwrap().len(), 10);
    assert!(signed_in.json().get("access_token").is_none());
    stage.send(Call::get("/me").same_origin().cookie(&signed_in.cookies())).await.is(200);
}

/// The same user type in a release without the rule.
pub(crate) mod before {
    use super::{AuthUser, Duty, PasswordHash, Task};

    #[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
    #[auth(table = "clerks")]
    pub(crate) struct Clerk {
        #[auth(id)]
        id: i64,
        #[auth(login)]
        email: String,
        #[auth(password_hash)]
        password_hash: PasswordHash,
        #[auth(active)]
        is_active: bool,
        #[auth(verified)]
        verified_at: Option<i64>,
        #[auth(role, default = Duty::Guest)]
        duty: Duty,
        #[auth(permissions)]
        tasks: auth::Permissions<Task>,
    }
}

#[tokio::test]
async fn sign_02_tokens_from_before_the_rule_are_asked() {
    let before = Stage::<before::Clerk, _>::with(Database::with(CLERKS[0]).await, with_factors).await;
    let form = json!({ "email": ADA, "password": PASSWORD });
    before.post("/register", form.clone()).await.is(201);
    before.auth.accounts().set_verified(&1, true).await.unwrap();
    before.auth.accounts().set_role(&1, Duty::Admin).await.unwrap();
    let tokens = before.post("/login", form).await.is(200);
    let stage = Stage::<Clerk, _>::with(before.place.clone(), with_factors).await;
    let handlers = Routes::new().route("/open", get(open)).route("/administer", get(administer)).into_router();
    let router = handlers.with_state(stage.auth.clone());
    let access = tokens.access_token();
    let refused = Call::get("/administer").bearer(&access).send(&router).await.is(401);
    assert_eq!((refused.code().as_str(), refused.field("acr_values").as_str()), ("step_up_required", "mfa"));
    assert_eq!(Call::get("/open").bearer(&access).send(&router).await.is(200).text(), "false false");
    assert!(matches!(stage.auth.verify(&access), Err(auth::AuthError::StepUpRequired(_))));
    assert!(matches!(stage.auth.authenticate(&access).await, Err(auth::AuthError::StepUpRequired(_))));
    assert_eq!(stage.refresh(&tokens.refresh_token()).await.is(401).code(), "step_up_required");
    stage.post_as(&access, "/logout-all", json!({})).await.is(204);
}

#[tokio::test]
async fn sign_02_who_lacks_a_factor_is_nobody_on_public_pages() {
    let setup = |builder: auth::AuthBuilder<Clerk>| with_factors(builder).cookies(CookieSettings::new());
    let stage = Stage::<Clerk, _>::with(Database::with(CLERKS[0]).await, setup).await;
    let handlers = Routes::new().route("/open", get(open)).route("/closed", get(of_clerks)).into_router();
    let router = handlers.with_state(stage.auth.clone());
    let form = json!({ "email": ADA, "password": PASSWORD });
    let sign_up = stage.send(Call::post("/register?cookies=true").same_origin().json(&form)).await.is(201);
    let get = async |path: &str, cookies: &str| opens(path).cookie(cookies).send(&router).await;
    let cookies = sign_up.cookies();
    assert_eq!(get("/open", &cookies).await.is(200).text(), "true true");
    stage.place.run("UPDATE clerks SET duty = 'admin'").await;
    assert_eq!(get("/open", &cookies).await.is(200).text(), "false false", "the row decides");
    assert_eq!(get("/closed", &cookies).await.is(401).code(), "step_up_required");
    // A browser goes round in no circles: its cookies are of no use any more, and it asks as nobody.
    stage.after(16 * 60);
    let sent_back = get("/open", &cookies).await.is(307);
    assert!(!sent_back.set_cookies().is_empty());
    assert!(sent_back.set_cookies().iter().all(|cookie| cookie.contains("Max-Age=0")), "{:?}", sent_back.set_cookies());
    assert_eq!(get("/open", "").await.is(200).text(), "false false");
}

#[public]
async fn open(user: Option<Clerk>, claims: Option<ClerkClaims>) -> String {
    format!("{} {}", user.is_some(), claims.is_some())
}

#[protected]
async fn of_clerks(user: Clerk) -> String {
    user.email
}

#[protected(Duty::Admin)]
async fn administer() {}

#[protected(Task::Pay)]
async fn pay() {}

#[protected(Task::Pay || Duty::Member)]
async fn look() {}

#[protected(Task::Read && Duty::Admin)]
async fn read_all() {}

#[tokio::test]
async fn route_tables_and_documents_say_who_needs_factors() {
    let stage = Stage::<Clerk, _>::with(Database::with(CLERKS[0]).await, with_factors).await;
    let routes: Routes<Auth<Clerk>> = Routes::new()
        .route("/administer", get(administer))
        .route("/pay", get(pay))
        .route("/look", get(look))
        .route("/read-all", get(read_all));
    let mut says: Vec<_> = routes.table().routes().iter().map(|route| (route.path.clone(), route.mfa)).collect();
    says.sort();
    let expected = [("/administer", true), ("/look", false), ("/pay", true), ("/read-all", true)];
    assert_eq!(says, expected.map(|(path, mfa)| (path.to_owned(), mfa)));
    let table = routes.table().to_string();
    assert!(table.contains("Duty::Admin + mfa\n") && table.contains("Task::Pay || Duty::Member\n"), "{table}");
    // A layer asks all the more.
    let behind = Routes::<Auth<Clerk>>::new().route("/look", get(look)).require(stage.auth.require(rule!(Duty::Admin)));
    assert!(behind.table().routes()[0].mfa);
    let document = serde_json::to_value(routes.openapi(utoipa::openapi::OpenApi::default())).unwrap();
    assert_eq!(document["paths"]["/pay"]["get"]["x-auth-mfa"], json!(true));
    assert!(document["paths"]["/look"]["get"].get("x-auth-mfa").is_none());
    let says = document["paths"]["/pay"]["get"]["responses"]["401"]["description"].as_str().unwrap();
    assert!(says.contains("step_up_required"), "{says}");
}

#[tokio::test]
async fn whoever_lacks_a_factor_can_leave_and_add_one() {
    let stage = Stage::<Staff, _>::without_mail(Database::with(STAFF).await, |builder| builder.totp("Shop")).await;
    let table = stage.auth.routes::<Auth<Staff>>().table();
    let free = table.routes().iter().filter(|route| !route.public && !route.mfa).map(|route| route.path.as_str());
    assert_eq!(free.collect::<Vec<_>>(), ["/factors", "/logout-all", "/reauthenticate"]);
}

#[tokio::test]
async fn a_rule_for_factors_needs_a_factor_to_add() {
    let place = Database::with(CLERKS[0]).await;
    let builder = || {
        let backend = auth::store::sql::SqlBackend::new(auth_tests::Place::pool(&place));
        Auth::<Clerk>::builder(backend).secret(Secret::new(SECRET).unwrap())
    };
    let problems = builder().build().await.unwrap_err().to_string();
    assert!(
        problems.contains("`Clerk` has `mfa`: everybody who meets `Duty::Admin || Task::Pay` needs a second factor, and there is none to add. Call `.totp("),
        "{problems}"
    );
    builder().totp("Shop").build().await.unwrap();
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "staff", mfa, claims = ByMailClaims, registration = ByMailRegistration)]
struct ByMail {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(verified)]
    verified_at: Option<i64>,
}

#[tokio::test]
async fn a_rule_for_factors_needs_a_password() {
    let schema =
        "CREATE TABLE staff (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL UNIQUE, verified_at INTEGER)";
    let backend = auth::store::sql::SqlBackend::new(auth_tests::Place::pool(&Database::with(schema).await));
    let builder = Auth::<ByMail>::builder(backend).secret(Secret::new(SECRET).unwrap()).totp("Shop");
    let problems = builder.build().await.unwrap_err().to_string();
    assert!(problems.contains("a mailbox and an authenticator app are not two factors"), "{problems}");
}

#[tokio::test]
async fn the_test_kit_signs_in_as_everybody_must() {
    let stage = Stage::<Clerk, _>::with(Database::with(CLERKS[0]).await, with_factors).await;
    stage.sign_up(ADA).await.is(201);
    let clerk = async || stage.auth.accounts().find(&1).await.unwrap().unwrap();
    assert_eq!(amr(&stage.auth.token_for_test(&clerk().await).unwrap()), ["pwd"]);
    stage.auth.accounts().set_role(&1, Duty::Admin).await.unwrap();
    assert_eq!(amr(&stage.auth.token_for_test(&clerk().await).unwrap()), ["pwd", "otp", "mfa"]);
}
