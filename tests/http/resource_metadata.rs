//! OAuth 2.0 Protected Resource Metadata (RFC 9728): who issues tokens for this service.

use auth::keys::ManagedKeys;
use auth::routing::{Routes, post};
use auth::store::{MemoryRecords, MemoryUsers};
use auth::{Auth, AuthBuilder, AuthPermission, AuthRole, AuthUser, ProtectedResource, Secret, protected};
use auth_tests::{App, Call, User};
use serde_json::json;

#[derive(Clone, Debug, PartialEq, Eq, AuthPermission)]
enum Permission {
    #[permission(name = "orders:read")]
    OrdersRead,
    #[permission(name = "orders:write")]
    OrdersWrite,
}

#[derive(Clone, Debug, PartialEq, Eq, AuthRole)]
enum Role {
    #[role(grants(Permission::OrdersRead))]
    Reader,
    Suspended,
}

#[derive(Clone, Debug, AuthUser)]
#[auth(table = "users")]
struct Clerk {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(role, default = Role::Reader)]
    role: Role,
}

#[protected(Permission::OrdersWrite && (Permission::OrdersRead || Role::Reader) && !Role::Suspended)]
async fn write() {}

#[protected(Permission::OrdersWrite, hidden)]
async fn secretly() {}

const RESOURCE: &str = "https://api.example.org/mcp";
const METADATA: &str = "https://api.example.org/.well-known/oauth-protected-resource/mcp";

fn resource() -> ProtectedResource {
    ProtectedResource::new(RESOURCE).scopes_of::<Permission>().documentation("https://example.org/docs")
}

fn issuing(builder: AuthBuilder<User>) -> AuthBuilder<User> {
    builder.issuer("https://shop.example.org").audience(RESOURCE).managed_keys(ManagedKeys::es256())
}

#[tokio::test]
async fn d_01_the_metadata_name_exactly_the_resource() {
    let app = App::with(|builder| issuing(builder).resource(resource())).await;
    let router = Routes::new().merge(app.auth.well_known()).into_router().with_state(app.auth.clone());
    let answer = Call::get("/.well-known/oauth-protected-resource/mcp").send(&router).await.is(200);
    assert_eq!(
        answer.json(),
        json!({
            "resource": RESOURCE,
            "authorization_servers": ["https://shop.example.org"],
            "scopes_supported": ["orders:read", "orders:write"],
            "bearer_methods_supported": ["header"],
            "resource_documentation": "https://example.org/docs",
        })
    );
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    let etag = answer.header("etag").unwrap();
    Call::get("/.well-known/oauth-protected-resource/mcp").header("if-none-match", etag).send(&router).await.is(304);
    Call::get("/.well-known/oauth-protected-resource").send(&router).await.is(404);
}

#[tokio::test]
async fn challenges_lead_to_the_metadata_of_the_resource() {
    let app = App::with(|builder| issuing(builder).resource(resource())).await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let challenge = |answer: &auth_tests::Answer| answer.header("www-authenticate").unwrap().to_owned();
    let nobody = app.send(Call::get("/me")).await.is(401);
    assert_eq!(challenge(&nobody), format!("Bearer realm=\"{RESOURCE}\", resource_metadata=\"{METADATA}\""));
    let wrong = app.get("/me", "wrong").await.is(401);
    assert!(challenge(&wrong).ends_with(&format!(", error=\"invalid_token\", resource_metadata=\"{METADATA}\"")));
    let member = app.get("/stats", &token).await.is(403);
    assert!(challenge(&member).contains("error=\"insufficient_scope\", resource_metadata="));
    let without = App::new().await;
    let nobody = without.send(Call::get("/me")).await.is(401);
    assert!(!challenge(&nobody).contains("resource_metadata"));
}

#[tokio::test]
async fn a_resource_that_nobody_could_use_is_refused() {
    let app = App::new().await;
    let builder = || Auth::<User>::builder(app.pool.clone()).secret(Secret::generate().unwrap());
    for wrong in ["", "api", "http://api.example.org", "https://api.example.org?x", "https://api.example.org/#x"] {
        let error = issuing(builder()).resource(ProtectedResource::new(wrong)).build().await.unwrap_err().to_string();
        assert!(error.contains("is no resource"), "{wrong}: {error}");
    }
    let error = builder().resource(resource()).build().await.unwrap_err().to_string();
    assert!(error.contains("`.managed_keys(…)`"), "{error}");
}

#[tokio::test]
async fn challenges_name_the_scope_that_the_rule_asks_for() {
    let users = MemoryUsers::<Clerk>::new(|_, _| unreachable!("nobody signs up"), |_, _| ());
    let builder = Auth::<Clerk>::builder((users, MemoryRecords::new()))
        .secret(Secret::generate().unwrap())
        .issuer("https://shop.example.org")
        .audience(RESOURCE)
        .managed_keys(ManagedKeys::es256())
        .resource(resource());
    let auth = builder.build().await.unwrap();
    let routes = Routes::new().route("/write", post(write)).route("/secretly", post(secretly));
    let router = routes.into_router().with_state(auth.clone());
    let clerk = Clerk { id: 1, email: "ada@example.org".to_owned(), role: Role::Reader };
    let token = auth.token_for_test(&clerk).unwrap();
    let challenge = async |path: &str, token: Option<&str>| {
        let call = Call::post(path);
        let call = token.map_or_else(|| Call::post(path), |token| call.bearer(token));
        let answer = call.send(&router).await;
        (answer.status.as_u16(), answer.header("www-authenticate").unwrap_or_default().to_owned())
    };
    let scope = "scope=\"orders:write orders:read\"";
    for (token, status, error) in
        [(None, 401, ""), (Some("x"), 401, "invalid_token"), (Some(&*token), 403, "insufficient_scope")]
    {
        let (found, header) = challenge("/write", token).await;
        assert!(found == status && header.contains(scope) && header.contains(error), "{status}: {header}");
    }
    assert!(!challenge("/secretly", None).await.1.contains("scope="), "what is hidden says nothing");
    assert_eq!(challenge("/secretly", Some(&*token)).await, (404, String::new()));
}
