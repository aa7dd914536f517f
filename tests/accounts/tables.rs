//! Tables of various applications: id types, table names, column names.

use auth::routing::{Routes, get};
use auth::{Auth, AuthRole, AuthUser, PasswordHash, Roles, Secret, protected};
use auth_tests::app::{PASSWORD, SECRET, quick_passwords};
use auth_tests::{Answer, Call, Database, payload};
use axum::Router;
use serde_json::{Value, json};

/// Builds, signs up with `body`, gets `/me`, refreshes, changes the password and logs out. Returns profile and claims.
async fn whole_life<U: AuthUser>(db: &Database, body: Value) -> (Value, Value, Auth<U>)
where
    sqlx::SqlitePool: auth::store::Backend<U>,
{
    let builder = Auth::<U>::builder(db.pool.clone()).secret(Secret::new(SECRET).unwrap());
    let auth = builder.passwords(quick_passwords()).build().await.unwrap();
    let router = auth.routes::<()>().into_router().with_state(());
    let login = U::SCHEMA.logins[0].column;
    let mut form = body.clone();
    form["password"] = json!(PASSWORD);
    let first = post(&router, "/register", &form).await.is(201);
    let token = first.access_token();
    let profile = Call::get("/me").bearer(&token).send(&router).await.is(200).json();
    assert_eq!(post(&router, "/register", &form).await.is(409).code(), "taken");
    post(&router, "/refresh", &json!({ "refresh_token": first.refresh_token() })).await.is(200);
    let change = json!({ "current_password": PASSWORD, "new_password": "another good password" });
    Call::post("/password/change").bearer(&token).json(&change).send(&router).await.is(204);
    let login = json!({ login: body[login], "password": "another good password" });
    let second = post(&router, "/login", &login).await.is(200);
    let sessions = Call::get("/sessions").bearer(&second.access_token()).send(&router).await.is(200).json();
    assert_eq!(sessions.as_array().unwrap().len(), 2);
    Call::post("/logout-all").bearer(&token).send(&router).await.is(204);
    post(&router, "/refresh", &json!({ "refresh_token": second.refresh_token() })).await.is(401);
    (profile, payload(&token), auth)
}

async fn post(router: &Router, path: &str, body: &Value) -> Answer {
    Call::post(path).json(body).send(router).await
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "small")]
struct Small {
    #[auth(id)]
    id: i32,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
}

#[tokio::test]
async fn an_i32_is_an_id() {
    let db = Database::with(
        "CREATE TABLE small (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL)",
    )
    .await;
    let (profile, claims, _) = whole_life::<Small>(&db, json!({ "email": "ada@example.org" })).await;
    assert_eq!(claims["sub"], "1");
    assert_eq!(profile, json!({ "id": 1, "email": "ada@example.org" }));
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "named")]
struct Named {
    #[auth(id)]
    id: String,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(active)]
    is_active: bool,
}

#[tokio::test]
async fn reg_14_generated_text_ids_are_unique() {
    let db = Database::with(
        "CREATE TABLE named (id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL,
         is_active BOOLEAN NOT NULL DEFAULT TRUE)",
    )
    .await;
    let (profile, claims, auth) = whole_life::<Named>(&db, json!({ "email": "ada@example.org" })).await;
    let id = profile["id"].as_str().unwrap();
    assert_eq!(claims["sub"], id);
    assert_eq!(uuid::Uuid::parse_str(id).unwrap().get_version_num(), 7);
    let eve =
        auth.accounts().create(NamedRegistration { email: "eve@example.org".to_owned() }, PASSWORD).await.unwrap();
    assert_ne!(eve.id, id);
    auth.accounts().disable(&eve.id).await.unwrap();
    assert!(!auth.accounts().find(&eve.id).await.unwrap().unwrap().is_active);
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "keyed")]
struct Keyed {
    #[auth(id)]
    id: uuid::Uuid,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
}

#[tokio::test]
async fn reg_14_a_uuid_is_an_id() {
    let db = Database::with(
        "CREATE TABLE keyed (id BLOB PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL)",
    )
    .await;
    let (profile, claims, auth) = whole_life::<Keyed>(&db, json!({ "email": "ada@example.org" })).await;
    let id: uuid::Uuid = profile["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(claims["sub"], profile["id"]);
    assert_eq!(auth.accounts().find(&id).await.unwrap().unwrap().id, id);
    auth.accounts().delete(&id).await.unwrap();
    assert!(auth.accounts().find(&id).await.unwrap().is_none());
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
struct MemberId(i64);

impl std::fmt::Display for MemberId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "m-{}", self.0)
    }
}

impl std::str::FromStr for MemberId {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.trim_start_matches("m-").parse().map(Self)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, AuthRole)]
enum Duty {
    Reader,
    #[role(includes(Reader))]
    Author,
    Treasurer,
}

/// An existing table with its own names.
#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "main.ClubMembers")]
#[sqlx(rename_all = "camelCase")]
struct Member {
    #[auth(id)]
    #[sqlx(rename = "MEMBER_NO")]
    id: MemberId,
    #[auth(login)]
    e_mail: String,
    #[auth(password_hash)]
    #[sqlx(rename = "group")]
    password: Option<PasswordHash>,
    #[auth(active(when = "is_null"))]
    left_at: Option<String>,
    #[auth(roles, default = Roles::from([Duty::Reader]))]
    duties: Roles<Duty>,
    #[auth(register, claim)]
    #[sqlx(rename = "select")]
    order: String,
    #[auth(skip)]
    #[sqlx(skip)]
    cached: Option<String>,
}

#[protected(Duty::Author && Duty::Treasurer)]
async fn ledger(member: Member) -> String {
    format!("{} {:?} {:?}", member.id, member.duties, member.cached)
}

#[tokio::test]
async fn table_with_custom_names_and_role_list_works() {
    let db = Database::with(
        "CREATE TABLE ClubMembers (MEMBER_NO INTEGER PRIMARY KEY, eMail TEXT NOT NULL UNIQUE, \"group\" TEXT,
         leftAt TEXT, duties TEXT NOT NULL, \"select\" TEXT NOT NULL, remarks TEXT DEFAULT 'none')",
    )
    .await;
    let (profile, claims, auth) =
        whole_life::<Member>(&db, json!({ "eMail": "ada@example.org", "select": "by name" })).await;
    assert_eq!(profile, json!({ "id": "1", "eMail": "ada@example.org", "roles": ["reader"], "order": "by name" }));
    assert_eq!((&claims["sub"], &claims["order"]), (&json!("m-1"), &json!("by name")));

    let router = Routes::new().route("/ledger", get(ledger)).nest("/auth", auth.routes());
    let router = router.into_router().with_state(auth.clone());
    let body = json!({ "eMail": "ada@example.org", "password": "another good password" });
    let login = || post(&router, "/auth/login", &body);
    let token = login().await.is(200).access_token();
    Call::get("/ledger").bearer(&token).send(&router).await.is(403);
    let id = MemberId(1);
    auth.accounts().set_roles(&id, Roles::from([Duty::Author, Duty::Treasurer])).await.unwrap();
    let token = login().await.is(200).access_token();
    let page = Call::get("/ledger").bearer(&token).send(&router).await.is(200);
    assert_eq!(page.text(), "m-1 {\"author\", \"treasurer\"} None");
    assert_eq!(db.text("SELECT duties FROM ClubMembers").await, "author,treasurer");

    auth.accounts().disable(&id).await.unwrap();
    Call::get("/ledger").bearer(&token).send(&router).await.is(401);
    assert_eq!(login().await.is(403).code(), "inactive_user");
    auth.accounts().enable(&id).await.unwrap();
    assert_eq!(db.count("SELECT count(*) FROM ClubMembers WHERE leftAt IS NULL").await, 1);
    login().await.is(200);
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "wide")]
struct Wide {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(register, claim)]
    customer: i64,
    #[auth(register, claim)]
    shoe_size: Option<i32>,
}

/// 2^53 + 1, which JavaScript reads as 2^53.
const ODD: i64 = 9_007_199_254_740_993;

#[tokio::test]
async fn integers_that_javascript_cannot_hold_are_text() {
    let db = Database::with(
        "CREATE TABLE wide (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL,
         customer INTEGER NOT NULL, shoe_size INTEGER)",
    )
    .await;
    let sign_up = json!({ "email": "ada@example.org", "customer": ODD.to_string(), "shoe_size": 38 });
    let (profile, claims, auth) = whole_life::<Wide>(&db, sign_up).await;
    let wanted = json!({ "id": "1", "email": "ada@example.org", "customer": ODD.to_string(), "shoe_size": 38 });
    assert_eq!(profile, wanted);
    // Claims are read by programs, which always read them as numbers; `sub` is text (RFC 7519 §4.1.2).
    assert_eq!((&claims["sub"], &claims["customer"]), (&json!("1"), &json!(ODD)));
    let router = auth.routes().into_router().with_state(auth.clone());
    let register = async |email: &str, customer: serde_json::Value, size: serde_json::Value| {
        let body = json!({ "email": email, "password": PASSWORD, "customer": customer, "shoe_size": size });
        Call::post("/register").json(&body).send(&router).await
    };
    register("bob@example.org", json!(ODD), json!(null)).await.is(201);
    let refused = register("eve@example.org", json!("12 "), json!("38")).await.is(422);
    let broken: Vec<String> = refused.broken().into_iter().map(|(field, _)| field).collect();
    assert_eq!(broken, ["customer", "shoe_size"], "a narrow integer is a number as before");
}
