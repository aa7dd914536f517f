//! An API for people who sign in elsewhere: it verifies tokens of another issuer by its published keys, and has no
//! database.

use auth::issuer::{Issuer, IssuerBuilder};
use auth::routing::{Routes, get};
use auth::{AuthClaims, AuthRole, ProtectedResource, Roles, protected};
use axum::Json;
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, AuthRole)]
enum Role {
    Member,
    Clerk,
}

/// What a token says about somebody.
#[derive(Clone, Debug, AuthClaims)]
struct Person {
    #[auth(subject)]
    sub: String,
    #[auth(roles("role"))]
    roles: Roles<Role>,
}

#[derive(Serialize)]
struct Order {
    number: u32,
    read_by: String,
}

#[protected(Role::Clerk)]
async fn orders(claims: Person) -> Json<[Order; 1]> {
    Json([Order { number: 1, read_by: claims.sub }])
}

#[protected]
async fn me(claims: Person) -> String {
    format!("{} {:?}\n", claims.sub, claims.roles)
}

fn people(url: &str, audience: &str) -> IssuerBuilder<Person> {
    Issuer::new(url).audience(audience).resource(ProtectedResource::new(audience))
}

fn routes(people: &Issuer<Person>) -> Routes<Issuer<Person>> {
    Routes::new().route("/orders", get(orders)).route("/me", get(me)).merge(people.well_known())
}

fn setting(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

#[tokio::main]
async fn main() -> auth::Result<()> {
    let audience = setting("AUDIENCE", "https://api.example.org");
    let people = people(&setting("ISSUER", "http://localhost:3000"), &audience).build()?;
    let routes = routes(&people);
    println!("{}", routes.table());
    auth::serve(format!("127.0.0.1:{}", setting("PORT", "3001")), routes.into_router().with_state(people)).await
}

#[cfg(test)]
mod tests {
    use auth::testing::{TestIssuer, assert_issuer_protection};
    use serde_json::json;

    use super::{Role, people, routes};

    fn app() -> TestIssuer<super::Person> {
        let people = people("https://shop.example.org", "https://api.example.org");
        let app = TestIssuer::start(people, |people| routes(people).into_router().with_state(people.clone()));
        app.writes(|who| json!({ "role": who.roles }))
    }

    #[tokio::test]
    async fn every_route_admits_whom_its_rule_names() {
        let app = app();
        assert_issuer_protection(&routes(app.issuer()).table(), &app).await;
    }

    #[tokio::test]
    async fn a_clerk_reads_orders() {
        let clerk = app().as_role(&Role::Clerk).await;
        let orders = clerk.get("/orders").await.expect_status(200).text();
        assert_eq!(orders, r#"[{"number":1,"read_by":"test"}]"#);
    }
}
