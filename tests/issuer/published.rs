//! What is published about this service, for clients that do not know who issues tokens for it (RFC 9728).

use auth::ProtectedResource;
use auth::issuer::{IntrospectionClient, Issuer, IssuerBuilder};
use auth::routing::Routes;
use auth_tests::Call;
use serde_json::{Value, json};

use crate::employee::Employee;
use crate::fake::Fake;
use crate::keys::{Key, published};
use crate::person::AUDIENCE;

const REALM: &str = "https://sso.example.org/realms/shop";

async fn servers_of(issuer: Issuer<Employee>) -> Value {
    let routes = Routes::new().merge(issuer.well_known());
    let router = routes.into_router().with_state(issuer);
    let answer = Call::get("/.well-known/oauth-protected-resource").send(&router).await.is(200);
    answer.json()["authorization_servers"].clone()
}

fn named(builder: IssuerBuilder<Employee>) -> Issuer<Employee> {
    let builder = builder.keys(published(&[Key::P256])).audience(AUDIENCE);
    builder.resource(ProtectedResource::new("https://api.example.org")).build().unwrap()
}

#[tokio::test]
async fn d_01_only_names_to_ask_at_are_published() {
    // What only tokens say is no address for clients: this one is of the inside of a cluster, and not encrypted.
    let inside = named(Issuer::keycloak(REALM).also_known_as("http://keycloak:8080/realms/shop"));
    assert_eq!(servers_of(inside).await, json!([REALM]));
    let encrypted = named(Issuer::keycloak(REALM).also_known_as("https://sso.internal.example/realms/shop"));
    assert_eq!(servers_of(encrypted).await, json!([REALM]));
    assert_eq!(servers_of(named(Issuer::google())).await, json!(["https://accounts.google.com"]));
    let asked =
        Issuer::<Employee>::introspect("https://as.example.org/introspect", IntrospectionClient::basic("a", "b"));
    // Without a client of its own, a build without AWS-LC would need one.
    let asked = asked
        .fetch(Fake::at("https://as.example.org", &[]))
        .audience(AUDIENCE)
        .resource(ProtectedResource::new("https://api.example.org"))
        .build()
        .unwrap();
    assert_eq!(servers_of(asked).await, Value::Null, "nobody has said who issues them");
}

#[tokio::test]
async fn d_01_all_issuers_whose_tokens_count_are_published() {
    let other = Issuer::new("https://as.example.org").keys(published(&[Key::ED25519])).audience(AUDIENCE).build();
    let both = Issuer::any([named(Issuer::keycloak(REALM)), other.unwrap()]).unwrap();
    assert_eq!(servers_of(both).await, json!([REALM, "https://as.example.org"]));
}
