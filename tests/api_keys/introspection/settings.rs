//! What `build()` says about it, and what clients read about it.

use auth::keys::ManagedKeys;
use auth::routing::Routes;
use auth::{Auth, AuthBuilder, Secret, rule};
use auth_tests::app::SECRET;
use auth_tests::clerk::{CLERKS, Clerk, Task};
use auth_tests::stage::Stage;
use auth_tests::{Call, Database};
use serde_json::{Value, json};

use super::{asked, with_introspection};
use crate::{ADA, reader, with_keys};

const URL: &str = "https://shop.example.org/auth/introspect";

async fn refused(setup: impl FnOnce(AuthBuilder<Clerk>) -> AuthBuilder<Clerk>) -> String {
    let db = Database::with(CLERKS[0]).await;
    let builder = Auth::<Clerk>::builder(db.pool.clone()).secret(Secret::new(SECRET).unwrap()).totp("Shop");
    format!("{:?}", setup(builder).build().await.unwrap_err())
}

fn published(builder: AuthBuilder<Clerk>) -> AuthBuilder<Clerk> {
    let builder = builder.issuer("https://shop.example.org").audience("https://api.example.org");
    builder.managed_keys(ManagedKeys::es256())
}

#[tokio::test]
async fn introspection_that_nobody_could_use_is_refused() {
    let said = refused(|builder| builder.introspection(rule!(Task::Read, keys))).await;
    assert!(said.contains("call `.api_keys(\"shop_pat\")`"), "{said}");
    let said = refused(|builder| builder.api_keys("shop_pat").introspection(rule!(Task::Read))).await;
    assert!(said.contains("write `keys` into it"), "{said}");
    let said = refused(|builder| published(builder).introspection_url(URL)).await;
    assert!(said.contains("the address of a route that is not there"), "{said}");
    let said = refused(|builder| with_introspection(builder).introspection_url(URL)).await;
    assert!(said.contains("call `.managed_keys(…)`"), "{said}");
    for url in ["/auth/introspect", "http://shop.example.org/x", "https://shop.example.org/x?y", ""] {
        let said = refused(|builder| with_introspection(published(builder)).introspection_url(url)).await;
        assert!(said.contains("no `https` URL") && said.contains(&format!("`{url}`")), "{said}");
    }
    // All of it at once.
    let said = refused(|builder| builder.introspection(rule!(Task::Read)).introspection_url("x")).await;
    let found = ["`.api_keys(", "write `keys`", "`.managed_keys(…)`", "no `https` URL"];
    assert!(found.iter().all(|text| said.contains(text)), "{said}");
}

async fn metadata(setup: impl FnOnce(AuthBuilder<Clerk>) -> AuthBuilder<Clerk>) -> Value {
    let stage = Stage::<Clerk, _>::with(Database::with(CLERKS[0]).await, setup).await;
    let router = Routes::new().merge(stage.auth.well_known()).into_router().with_state(stage.auth.clone());
    let mut documents = Vec::new();
    for name in ["oauth-authorization-server", "openid-configuration"] {
        documents.push(Call::get(&format!("/.well-known/{name}")).send(&router).await.is(200).json());
    }
    // Managed keys are replaced, and the address stays.
    stage.auth.rotate_signing_key().await.unwrap();
    documents.push(Call::get("/.well-known/openid-configuration").send(&router).await.is(200).json());
    assert!(documents.iter().all(|document| *document == documents[0]), "{documents:?}");
    documents.remove(0)
}

#[tokio::test]
async fn metadata_name_the_endpoint_if_there_is_one() {
    let named = metadata(|builder| with_introspection(published(builder)).introspection_url(URL)).await;
    assert_eq!(named["introspection_endpoint"], json!(URL));
    assert_eq!(named["introspection_endpoint_auth_methods_supported"], json!(["Bearer"]));
    for setup in [|builder| with_keys(published(builder)), |builder| with_introspection(published(builder))] {
        let document = metadata(setup).await;
        let names: Vec<_> =
            document.as_object().unwrap().keys().filter(|name| name.contains("introspection")).collect();
        assert!(document["issuer"].is_string() && names.is_empty(), "{names:?}");
    }
}

#[tokio::test]
async fn the_document_describes_what_is_asked_and_answered() {
    let (stage, key) = asked().await;
    let routes = stage.auth.routes::<()>();
    let table = routes.table();
    let line = table.to_string().lines().find(|line| line.contains("/introspect")).unwrap().to_owned();
    assert!(line.starts_with("POST ") && line.ends_with("  an API key with Task::Read"), "{line}");
    let json = table.to_json();
    let only: Vec<_> = json.as_array().unwrap().iter().filter(|route| route["keys_only"] == json!(true)).collect();
    assert!(only.len() == 1 && only[0]["path"] == json!("/introspect") && only[0]["keys"] == json!(true));
    let document = serde_json::to_value(routes.openapi(utoipa::openapi::OpenApi::default())).unwrap();
    let operation = &document["paths"]["/introspect"]["post"];
    assert_eq!(operation["security"], json!([{ "apiKeyAuth": [] }]));
    let statuses: Vec<_> = operation["responses"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(statuses, ["200", "400", "401", "403", "408", "413", "415", "429", "431", "503"]);
    assert!(operation["responses"]["403"].to_string().contains("key_required"));
    let content = operation["requestBody"]["content"].as_object().unwrap();
    assert_eq!(content.keys().collect::<Vec<_>>(), ["application/x-www-form-urlencoded"]);
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["AuthIntrospectionRequest"]["required"], json!(["token"]));
    assert_eq!(schemas["AuthIntrospection"]["required"], json!(["active"]));
    // What is answered is described, but for what the user type itself puts into tokens.
    let described = schemas["AuthIntrospection"]["properties"].as_object().unwrap();
    let ada = reader(&stage, ADA).await;
    for token in [&ada.access, &key] {
        let answer = super::ask(&stage, &key, token).await.is(200).json();
        let own = ["role", "permissions", "email_verified"];
        let unknown: Vec<_> =
            answer.as_object().unwrap().keys().filter(|name| !described.contains_key(*name)).collect();
        assert!(unknown.iter().all(|name| own.contains(&name.as_str())), "{unknown:?}");
    }
}
