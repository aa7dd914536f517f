//! An API for people who sign in elsewhere: it verifies tokens of another issuer by its published keys, and has no
//! database.

use auth::issuer::Issuer;
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

fn setting(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

#[tokio::main]
async fn main() -> auth::Result<()> {
    let audience = setting("AUDIENCE", "https://api.example.org");
    let people = Issuer::<Person>::new(&setting("ISSUER", "http://localhost:3000"))
        .audience(&audience)
        .resource(ProtectedResource::new(audience))
        .build()?;
    let routes = Routes::new().route("/orders", get(orders)).route("/me", get(me)).merge(people.well_known());
    println!("{}", routes.table());
    auth::serve(format!("127.0.0.1:{}", setting("PORT", "3001")), routes.into_router().with_state(people)).await
}
