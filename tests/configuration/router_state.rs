//! Router states with several parts, and two separate user types.

use std::sync::Arc;

use auth::routing::{Routes, get};
use auth::{Auth, AuthRole, AuthState, AuthUser, CookieSettings, PasswordHash, Secret, protected, public};
use auth_tests::app::{PASSWORD, SECRET, quick_passwords};
use auth_tests::users::SCHEMA;
use auth_tests::{Answer, Call, Database, Role, User, UserClaims, payload};
use axum::Router;
use axum::extract::{FromRef, State};
use serde_json::json;

#[derive(Clone, Copy, Debug, PartialEq, AuthRole)]
enum Desk {
    Clerk,
    #[role(includes(Clerk))]
    Manager,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "staff")]
struct Staff {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    badge: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(role, default = Desk::Clerk)]
    desk: Desk,
}

const STAFF: &str = "CREATE TABLE staff (id INTEGER PRIMARY KEY, badge TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL, desk TEXT NOT NULL)";

#[derive(Clone)]
struct Shop {
    users: Auth<User>,
    staff: Auth<Staff>,
    greeting: &'static str,
}

impl AuthState for Shop {
    type User = User;
}

impl FromRef<Shop> for Auth<User> {
    fn from_ref(shop: &Shop) -> Self {
        shop.users.clone()
    }
}

impl FromRef<Shop> for Auth<Staff> {
    fn from_ref(shop: &Shop) -> Self {
        shop.staff.clone()
    }
}

#[protected]
async fn cart(State(shop): State<Shop>, user: User) -> String {
    format!("{} {}", shop.greeting, user.display_name)
}

#[protected(Role::Member)]
async fn points(claims: UserClaims) -> String {
    claims.sub.to_string()
}

#[protected(user = Staff, Desk::Clerk)]
async fn till(staff: Staff) -> String {
    format!("badge {}", staff.badge)
}

#[protected(user = Staff, Desk::Manager)]
async fn safe(claims: StaffClaims) -> String {
    format!("{:?}", claims.role)
}

/// A page for both user types.
#[public(reason = "shows more to those it knows")]
async fn lobby(user: Option<User>, staff: Option<Staff>) -> String {
    format!("{} {}", user.is_some(), staff.is_some())
}

struct Open {
    shop: Shop,
    router: Router,
    db: Database,
}

async fn open() -> Open {
    let db = Database::with(SCHEMA).await;
    db.run(STAFF).await;
    let secret = Secret::new(SECRET).unwrap();
    let users = Auth::<User>::builder(db.pool.clone()).secret(secret.clone()).passwords(quick_passwords());
    let staff = Auth::<Staff>::builder(db.pool.clone()).secret(secret).passwords(quick_passwords());
    let shop = Shop { users: users.build().await.unwrap(), staff: staff.build().await.unwrap(), greeting: "hi" };
    let routes = Routes::new()
        .route("/cart", get(cart))
        .route("/points", get(points))
        .route("/till", get(till))
        .route("/safe", get(safe))
        .route("/lobby", get(lobby))
        .nest("/auth", shop.users.routes())
        .nest("/staff", shop.staff.routes());
    Open { router: routes.into_router().with_state(shop.clone()), shop, db }
}

impl Open {
    async fn sign_up(&self) -> (Answer, Answer) {
        let user = json!({ "email": "ada@example.org", "password": PASSWORD, "display_name": "Ada" });
        let clerk = json!({ "badge": "Ada", "password": PASSWORD });
        let user = Call::post("/auth/register").json(&user).send(&self.router).await.is(201);
        let clerk = Call::post("/staff/register").json(&clerk).send(&self.router).await.is(201);
        (user, clerk)
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        Call::get(path).bearer(token).send(&self.router).await
    }
}

#[tokio::test]
async fn state_with_several_parts_serves_handlers_of_each() {
    let open = open().await;
    let (user, clerk) = open.sign_up().await;
    assert_eq!(open.get("/cart", &user.access_token()).await.is(200).text(), "hi Ada");
    assert_eq!(open.get("/till", &clerk.access_token()).await.is(200).text(), "badge ada");
    assert_eq!(open.get("/staff/me", &clerk.access_token()).await.is(200).json()["badge"], "ada");
}

#[tokio::test]
async fn mac_08_token_of_another_user_type_is_refused() {
    let open = open().await;
    let (user, clerk) = open.sign_up().await;
    open.shop.staff.accounts().set_role(&1, Desk::Manager).await.unwrap();
    let body = json!({ "badge": "ada", "password": PASSWORD });
    let manager = Call::post("/staff/login").json(&body).send(&open.router).await.is(200);
    assert_eq!(payload(&user.access_token())["sub"], payload(&manager.access_token())["sub"], "both are number 1");
    assert_eq!(open.get("/safe", &manager.access_token()).await.is(200).text(), "Manager");
    for path in ["/cart", "/points", "/auth/me", "/auth/sessions"] {
        assert_eq!(open.get(path, &manager.access_token()).await.is(401).code(), "invalid_token", "{path}");
    }
    for path in ["/till", "/safe", "/staff/me"] {
        let refused = open.get(path, &user.access_token()).await.is(401);
        assert_eq!(refused.code(), "invalid_token", "{path}");
        assert_eq!(refused.header("www-authenticate"), Some("Bearer realm=\"Staff\", error=\"invalid_token\""));
    }
    let cross = [("/auth/refresh", &clerk), ("/staff/refresh", &user)];
    for (path, answer) in cross {
        let body = json!({ "refresh_token": answer.refresh_token() });
        Call::post(path).json(&body).send(&open.router).await.is(401);
    }
    assert_ne!(payload(&user.access_token())["aud"], payload(&manager.access_token())["aud"]);
}

#[tokio::test]
async fn user_types_do_not_affect_each_other() {
    let open = open().await;
    let (user, clerk) = open.sign_up().await;
    open.shop.users.accounts().end_sessions(&1).await.unwrap();
    open.get("/cart", &user.access_token()).await.is(401);
    open.get("/till", &clerk.access_token()).await.is(200);
    open.shop.staff.accounts().delete(&1).await.unwrap();
    open.get("/till", &clerk.access_token()).await.is(401);
    assert_eq!(open.db.count("SELECT count(*) FROM users").await, 1);
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    Call::post("/auth/login").json(&body).send(&open.router).await.is(200);
}

#[tokio::test]
async fn mac_08_two_user_types_in_one_browser_have_separate_cookies() {
    let open = open().await;
    open.sign_up().await;
    let user = json!({ "email": "ada@example.org", "password": PASSWORD });
    let clerk = json!({ "badge": "ada", "password": PASSWORD });
    let user = Call::post("/auth/login?cookies=true").same_origin().json(&user).send(&open.router).await.is(200);
    let clerk = Call::post("/staff/login?cookies=true").same_origin().json(&clerk).send(&open.router).await.is(200);
    let browser = format!("{}; {}", user.cookies(), clerk.cookies());
    assert!(browser.contains("__Host-user-access=") && browser.contains("__Host-staff-access="));
    let get = |path: &str| Call::get(path).cookie(&browser);
    get("/cart").send(&open.router).await.is(200);
    get("/till").send(&open.router).await.is(200);
    assert_eq!(get("/lobby").send(&open.router).await.is(200).text(), "true true");
    let left = Call::post("/auth/logout").cookie(&browser).same_origin().send(&open.router).await.is(204);
    assert!(left.set_cookies().iter().all(|cookie| cookie.starts_with("__Host-user-")));
    get("/till").send(&open.router).await.is(200);
    get("/cart").send(&open.router).await.is(401);
}

#[tokio::test]
async fn page_for_two_user_types_refuses_foreign_bearer_token() {
    let open = open().await;
    let (user, _) = open.sign_up().await;
    assert_eq!(Call::get("/lobby").send(&open.router).await.is(200).text(), "false false");
    open.get("/lobby", &user.access_token()).await.is(401);
}

#[tokio::test]
async fn a_state_behind_an_arc_works_as_it_is() {
    #[protected]
    async fn greeting(State(shop): State<Arc<Shop>>, user: User) -> String {
        format!("{} {}", shop.greeting, user.id)
    }
    #[protected(user = Staff)]
    async fn badge(staff: Staff) -> String {
        staff.badge
    }
    let open = open().await;
    let (user, clerk) = open.sign_up().await;
    let state = Arc::new(open.shop.clone());
    let routes =
        Routes::new().route("/", get(greeting)).route("/badge", get(badge)).nest("/auth", open.shop.users.routes());
    let router = routes.into_router().with_state(state);
    assert_eq!(Call::get("/").bearer(&user.access_token()).send(&router).await.is(200).text(), "hi 1");
    Call::get("/").send(&router).await.is(401);
    assert_eq!(Call::get("/badge").bearer(&clerk.access_token()).send(&router).await.is(200).text(), "ada");
}

#[tokio::test]
async fn cookie_settings_belong_to_one_kind() {
    let open = open().await;
    let staff = Auth::<Staff>::builder(open.db.pool.clone()).secret(Secret::new(SECRET).unwrap());
    let staff = staff.passwords(quick_passwords()).cookies(CookieSettings::new().never()).build().await.unwrap();
    let shop = Shop { staff, ..open.shop.clone() };
    let routes = Routes::new().nest("/auth", shop.users.routes()).nest("/staff", shop.staff.routes());
    let router = routes.into_router().with_state(shop);
    open.sign_up().await;
    let user = json!({ "email": "ada@example.org", "password": PASSWORD });
    Call::post("/auth/login?cookies=true").same_origin().json(&user).send(&router).await.is(200);
    let clerk = json!({ "badge": "ada", "password": PASSWORD });
    Call::post("/staff/login?cookies=true").same_origin().json(&clerk).send(&router).await.is(400);
}
