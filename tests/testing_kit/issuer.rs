//! The kit for applications whose people sign in at another issuer.

use auth::issuer::{Issuer, IssuerBuilder};
use auth::routing::{Routes, get, post};
use auth::testing::{IssuerProtection, TestApp, TestIssuer, assert_issuer_protection, assert_protection};
use auth::{Auth, AuthClaims, AuthPermission, AuthRole, AuthState, Fresh, Has, Permissions, Roles, protected, public};
use auth_tests::User;
use auth_tests::memory_app::MemoryApp;
use axum::extract::FromRef;
use serde_json::{Value, json};

#[derive(Clone, Debug, PartialEq, AuthRole)]
enum Job {
    Clerk,
    Boss,
    Contractor,
}

#[derive(Clone, Debug, PartialEq, AuthPermission)]
enum Task {
    Pay,
    Count,
}

#[derive(Clone, Debug, AuthClaims)]
struct Employee {
    #[auth(subject)]
    sub: String,
    #[auth(roles("realm_access.roles"))]
    roles: Roles<Job>,
    #[auth(permissions("scope"))]
    may: Permissions<Task>,
}

#[protected(Job::Clerk && !Job::Contractor)]
async fn orders(claims: Employee) -> String {
    claims.sub
}

#[protected(Job::Boss, hidden)]
async fn vault(claims: Employee) -> String {
    format!("{:?}", claims.roles)
}

#[protected(Task::Pay && Has::Mfa && Fresh::minutes(5))]
async fn pay(claims: Employee) -> String {
    format!("{:?}", claims.may)
}

#[protected]
async fn me(claims: Employee) -> String {
    claims.sub
}

#[public]
async fn health() {}

const REALM: &str = "https://sso.example.org/realms/shop";

fn staff() -> IssuerBuilder<Employee> {
    Issuer::keycloak(REALM).audience("shop-api")
}

fn routes() -> Routes<Issuer<Employee>> {
    let routes = Routes::new().route("/orders/{id}", get(orders)).route("/vault", get(vault)).route("/pay", post(pay));
    routes.route("/me", get(me)).route("/health", get(health))
}

fn as_keycloak(app: TestIssuer<Employee>) -> TestIssuer<Employee> {
    app.writes(|who| json!({ "realm_access": { "roles": who.roles }, "scope": who.permissions.join(" ") }))
}

/// The application with these routes.
fn app(routes: Routes<Issuer<Employee>>) -> TestIssuer<Employee> {
    as_keycloak(TestIssuer::start(staff(), |staff| routes.into_router().with_state(staff.clone())))
}

async fn lines(app: &TestIssuer<Employee>) -> Vec<String> {
    let found = IssuerProtection::of(&routes().table()).deviations(app).await;
    found.iter().map(|one| format!("{} {}: {} → {}", one.route, one.caller, one.expected, one.observed)).collect()
}

#[tokio::test]
async fn f_08_routes_that_enforce_their_rules_pass() {
    assert_issuer_protection(&routes().table(), &app(routes())).await;
}

#[protected(Job::Clerk || Job::Contractor)]
async fn orders_of_all(claims: Employee) -> String {
    claims.sub
}

#[protected(Task::Count && Has::Mfa && Fresh::minutes(5))]
async fn counted(claims: Employee) -> String {
    claims.sub
}

#[tokio::test]
async fn f_08_a_rule_weaker_than_the_table_is_found() {
    let weaker = Routes::new().route("/orders/{id}", get(orders_of_all)).route("/vault", get(vault));
    let weaker = weaker.route("/pay", post(counted)).route("/me", get(health)).route("/health", get(health));
    let found = lines(&app(weaker)).await;
    let has = |line: &str| found.iter().any(|found| found == line);
    assert!(has("GET /orders/{id} contractor: 403 `forbidden` → admitted"), "{found:#?}");
    assert!(has("GET /me anonymous: 401 `not_signed_in` → admitted"), "{found:#?}");
    assert!(has("POST /pay a person with `pay`, second factor: to pass → 403 `forbidden`"), "{found:#?}");
    assert!(found.iter().all(|line| !line.contains("/vault")), "{found:#?}");
}

#[tokio::test]
async fn f_08_a_guard_of_another_issuer_is_found() {
    let other = TestIssuer::<Employee>::start(staff(), |_| axum::Router::new());
    let state = other.issuer().clone();
    let app = as_keycloak(TestIssuer::start(staff(), |_| routes().into_router().with_state(state)));
    let found = lines(&app).await;
    assert!(found.contains(&"GET /me a person without roles: to pass → 401 `invalid_token`".to_owned()), "{found:#?}");
}

#[tokio::test]
async fn f_08_an_audience_that_nobody_checks_is_found() {
    let lax = || Issuer::keycloak(REALM).any_audience("a fault");
    let inner = TestIssuer::<Employee>::start(lax(), |staff| routes().into_router().with_state(staff.clone()));
    // The table is right, and the callers are as well: only tokens for others can tell.
    let strict = app(routes());
    assert!(lines(&as_keycloak(inner)).await.is_empty(), "nothing tells audiences apart here, so none is tried");
    let others = strict.token(&json!({ "aud": "another-service" }));
    strict.with_token(&others).get("/me").await.expect_status(401);
}

#[tokio::test]
async fn f_08_rules_that_nobody_in_the_test_meets_are_named() {
    let app = TestIssuer::start(staff(), |staff| routes().into_router().with_state(staff.clone()));
    let found = IssuerProtection::of(&routes().table()).deviations(&app).await;
    let routes: Vec<_> = found.iter().map(|one| one.route.as_str()).collect();
    assert_eq!(routes, ["GET /orders/{id}", "POST /pay", "GET /vault"]);
    assert!(found.iter().all(|one| one.observed.contains("TestIssuer::writes")), "{found:?}");
}

#[tokio::test]
#[should_panic(expected = "does not give the role `clerk`")]
async fn a_role_that_tokens_lack_fails_the_test() {
    let app = TestIssuer::start(staff(), |staff| routes().into_router().with_state(staff.clone()));
    app.writes(|who| json!({ "roles": who.roles })).as_role(&Job::Clerk).await;
}

#[tokio::test]
async fn handlers_are_called_as_anybody_at_any_time() {
    let app = app(routes());
    let clerk = app.as_role(&Job::Clerk).await;
    assert_eq!(clerk.get("/orders/1").await.expect_status(200).text(), "test");
    let ada = app.with_claims(&json!({ "sub": "ada", "realm_access": { "roles": ["clerk"] } }));
    assert_eq!(ada.get("/orders/1").await.expect_status(200).text(), "ada");
    app.anonymous().get("/orders/1").await.expect_status(401);
    let without_subject = app.token(&json!({ "sub": null }));
    app.with_token(&without_subject).get("/me").await.expect_status(401);
    app.advance(std::time::Duration::from_hours(1));
    clerk.get("/orders/1").await.expect_status(401);
}

/// What every kind of issuer calls an access token of its own is made as it makes them.
#[tokio::test]
async fn f_08_every_preset_has_tokens_of_its_kind() {
    let of_preset = async |builder: IssuerBuilder<Employee>| {
        let app = TestIssuer::start(builder, |staff| routes().into_router().with_state(staff.clone()));
        let app = as_keycloak(app);
        app.with_claims(&json!({ "sub": "ada" })).get("/me").await.expect_status(200);
        assert_issuer_protection(&routes().table(), &app).await;
    };
    of_preset(staff()).await;
    of_preset(Issuer::new("https://as.example.org").audience("shop-api")).await;
    of_preset(Issuer::auth0("https://shop.eu.auth0.com").audience("shop-api")).await;
    of_preset(Issuer::entra("0b3e6b1e-2a2d-4d1b-8a5e-0d4a4a4f3f7e").audience("shop-api")).await;
    of_preset(Issuer::cognito("eu-central-1_Ab12Cd34E").client_id("web")).await;
    of_preset(Issuer::supabase("https://shop.supabase.co")).await;
    of_preset(Issuer::zitadel("https://shop.zitadel.cloud").audience("shop-api")).await;
    of_preset(Issuer::google().audience("web")).await;
    of_preset(Issuer::keycloak(REALM).any_audience("a test")).await;
}

#[derive(Clone, FromRef)]
struct Shop {
    users: Auth<User>,
    staff: Issuer<Employee>,
}

impl AuthState for Shop {
    type User = User;
}

#[protected(user = Employee, Job::Clerk)]
async fn till(claims: Employee) -> String {
    claims.sub
}

#[protected]
async fn profile(user: User) -> String {
    user.email
}

#[protected(user = Employee)]
async fn open_till(claims: Employee) -> String {
    claims.sub
}

#[tokio::test]
async fn f_08_users_and_employees_are_both_covered() {
    let ours = MemoryApp::new().await;
    let users = ours.auth.clone();
    let shop = |tills: Routes<Shop>| {
        let users = users.clone();
        let state = |staff: &Issuer<Employee>| Shop { users, staff: staff.clone() };
        as_keycloak(TestIssuer::start(staff(), |staff| tills.into_router().with_state(state(staff))))
    };
    let routes = || Routes::new().route("/till", get(till)).route("/profile", get(profile));
    let app = shop(routes());
    assert_issuer_protection(&routes().table(), &app).await;
    assert_protection(&routes().table(), &TestApp::new(&ours.auth, app.router().clone())).await;
    let weaker = shop(Routes::new().route("/till", get(open_till)).route("/profile", get(profile)));
    let found = IssuerProtection::of(&routes().table()).deviations(&weaker).await;
    let callers: Vec<_> = found.iter().map(|one| (one.route.as_str(), one.caller.as_str())).collect();
    assert!(callers.contains(&("GET /till", "boss")), "{callers:?}");
    assert!(callers.iter().all(|(route, _)| *route == "GET /till"), "{callers:?}");
}

#[tokio::test]
async fn callers_of_the_application_are_called_as_well() {
    let app = app(routes());
    let auditor: Value = json!({ "realm_access": { "roles": ["clerk", "boss"] }, "sub": "auditor" });
    let weaker =
        Routes::new().route("/orders/{id}", get(orders_of_all)).route("/vault", get(orders)).route("/pay", post(pay));
    let weaker = self::app(weaker.route("/me", get(me)).route("/health", get(health)));
    let table = routes().table();
    let protection = || IssuerProtection::of(&table).path("id", "7").caller("an auditor", auditor.clone());
    protection().assert(&app).await;
    let found = protection().deviations(&weaker).await;
    assert!(found.iter().any(|one| one.caller == "a person without roles" && one.route == "GET /vault"), "{found:?}");
}
