//! Layers of the application around handlers: one that loads the user first must not weaken the rule behind it.

use auth::routing::{Routes, get};
use auth::{Auth, protected};
use auth_tests::{App, Call, Role, User};
use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;

#[protected(Role::Admin, live)]
async fn live() -> &'static str {
    "in"
}

#[protected(Role::Admin)]
async fn row(user: User) -> String {
    user.email
}

#[protected(Role::Admin)]
async fn claims() -> &'static str {
    "in"
}

#[protected]
async fn anybody(user: User) -> String {
    user.email
}

async fn greets(user: Option<User>, request: Request, next: Next) -> Response {
    drop(user);
    next.run(request).await
}

#[protected]
async fn signed_in(request: Request, next: Next) -> Response {
    next.run(request).await
}

#[protected(Role::Admin)]
async fn admins(request: Request, next: Next) -> Response {
    next.run(request).await
}

#[protected(Role::Admin)]
async fn admins_by_row(_user: User, request: Request, next: Next) -> Response {
    next.run(request).await
}

fn bare() -> Router<Auth<User>> {
    let routes: Routes<Auth<User>> = Routes::new();
    routes
        .route("/live", get(live))
        .route("/row", get(row))
        .route("/claims", get(claims))
        .route("/any", get(anybody))
        .into_router()
}

struct World {
    app: App,
    member: String,
    demoted: String,
}

impl World {
    /// A member, and an admin who was demoted directly in the table: the token still says `admin`.
    async fn new() -> Self {
        let app = App::new().await;
        let member = app.register("member@example.org").await.is(201).access_token();
        app.register("admin@example.org").await.is(201);
        let set = |role: &'static str| {
            sqlx::query("UPDATE users SET role = $1 WHERE email = 'admin@example.org'").bind(role).execute(&app.pool)
        };
        set("admin").await.unwrap();
        let demoted = app.login("admin@example.org", auth_tests::app::PASSWORD).await.is(200).access_token();
        set("member").await.unwrap();
        Self { app, member, demoted }
    }

    async fn expect(&self, router: Router<Auth<User>>, expected: &[(&str, &str, u16)]) {
        let router = router.with_state(self.app.auth.clone());
        for (path, who, status) in expected {
            let token = if *who == "member" { &self.member } else { &self.demoted };
            let answer = Call::get(path).bearer(token).send(&router).await;
            assert_eq!(answer.status.as_u16(), *status, "{who} at {path}");
        }
    }
}

const RULES: [(&str, &str, u16); 8] = [
    ("/live", "member", 403),
    ("/row", "member", 403),
    ("/claims", "member", 403),
    ("/any", "member", 200),
    ("/live", "demoted", 403),
    ("/row", "demoted", 403),
    // The token still has the role; a route that must not trust it uses `live`.
    ("/claims", "demoted", 200),
    ("/any", "demoted", 200),
];

#[tokio::test]
async fn mac_03_without_a_layer_the_rule_holds() {
    let world = World::new().await;
    world.expect(bare(), &RULES).await;
}

#[tokio::test]
async fn mac_03_user_loading_layer_does_not_replace_the_rule() {
    let world = World::new().await;
    let auth = world.app.auth.clone();
    let router = bare().layer(from_fn_with_state(auth, greets));
    // The row is known by then, so even the claims-only route refuses.
    let rules = RULES.map(|rule| if rule.0 == "/claims" { (rule.0, rule.1, 403) } else { rule });
    world.expect(router, &rules).await;
}

#[tokio::test]
async fn mac_03_weaker_layer_does_not_replace_the_stronger_rule() {
    let world = World::new().await;
    let auth = world.app.auth.clone();
    world.expect(bare().layer(from_fn_with_state(auth, signed_in)), &RULES).await;
}

#[tokio::test]
async fn mac_03_layer_rule_is_evaluated_on_a_loaded_row() {
    let world = World::new().await;
    let auth = world.app.auth.clone();
    let rules = [
        ("/live", "member", 403),
        ("/any", "member", 403),
        ("/live", "demoted", 403),
        ("/row", "demoted", 403),
        ("/any", "demoted", 403),
        ("/claims", "demoted", 200),
    ];
    world.expect(bare().layer(from_fn_with_state(auth.clone(), admins)), &rules).await;
    let rules = rules.map(|rule| (rule.0, rule.1, 403));
    world.expect(bare().layer(from_fn_with_state(auth.clone(), admins_by_row)), &rules).await;
}
