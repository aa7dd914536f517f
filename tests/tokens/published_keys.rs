//! What other services read about the keys.

use auth::keys::{ManagedKeys, SigningKey};
use auth::routing::Routes;
use auth_tests::forge::{decode, encode};
use auth_tests::{Answer, App, Call};
use axum::Router;
use serde_json::{Value, json};

use crate::key_files::{ED25519, P256, RSA};
use crate::key_pairs::{ISSUER, key, named};

const KEYS: &str = "/.well-known/jwks.json";

fn router(app: &App) -> Router {
    Routes::new().merge(app.auth.well_known()).into_router().with_state(app.auth.clone())
}

async fn read(app: &App, path: &str) -> Answer {
    Call::get(path).send(&router(app)).await
}

fn keys(answer: &Answer) -> Vec<Value> {
    answer.json()["keys"].as_array().unwrap().clone()
}

/// What base64url of these bytes contains, wherever in a larger text they begin: a text has the letters of three bytes in
/// four, from the first one on.
fn pieces_of(secret: &[u8]) -> Vec<String> {
    (0..3).flat_map(|start| secret[start..].chunks_exact(12).map(encode).collect::<Vec<_>>()).collect()
}

#[tokio::test]
async fn key_10_and_k_01_no_private_member_is_published() {
    for pem in [P256, ED25519, RSA] {
        let app = App::with(|builder| named(builder).signing_key(key(pem))).await;
        let answer = read(&app, KEYS).await.is(200);
        let [published] = &keys(&answer)[..] else { panic!("{}", answer.text()) };
        for (name, _) in published.as_object().unwrap() {
            assert!(["kty", "use", "alg", "kid", "crv", "x", "y", "n", "e"].contains(&&**name), "{name}");
        }
        assert_eq!((&published["use"], &published["kid"]), (&json!("sig"), &json!(key(pem).id())));
        assert_eq!(published["alg"], key(pem).algorithm());
        let found = |text: &str| pieces_of(private(pem)).iter().any(|piece| text.contains(piece.as_str()));
        // The search finds the private number wherever it stands, as a member would have it.
        for before in ["", "1", "22"] {
            assert!(found(&encode([before.as_bytes(), private(pem)].concat())), "planted");
        }
        assert!(!found(answer.text()), "{pem}");
    }
}

fn pem_bytes(pem: &str) -> Vec<u8> {
    let body: String = pem.lines().filter(|line| !line.starts_with("--")).collect();
    base64::Engine::decode(&base64::engine::general_purpose::STANDARD, body).unwrap()
}

/// The private numbers: 32 bytes of the two curves, and what is behind the public exponent of RSA.
fn private(pem: &str) -> &'static [u8] {
    let der = pem_bytes(pem).leak();
    match pem {
        P256 => &der[36..68],
        ED25519 => &der[16..48],
        _ => &der[310..],
    }
}

#[tokio::test]
async fn key_11_key_sets_may_be_kept_and_revalidated() {
    let app = App::with(|builder| named(builder).signing_key(key(P256))).await;
    let answer = read(&app, KEYS).await.is(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let kept = "public, max-age=300, stale-while-revalidate=3600, stale-if-error=86400";
    assert_eq!(answer.header("cache-control"), Some(kept));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert!(answer.set_cookies().is_empty() && answer.header("vary").is_none());
    let etag = answer.header("etag").unwrap().to_owned();
    assert!(etag.starts_with('"'), "a strong validator: {etag}");
    for known in [etag.clone(), format!("\"x\", {etag}"), format!("W/{etag}"), "*".to_owned()] {
        let again = Call::get(KEYS).header("if-none-match", &known).send(&router(&app)).await.is(304);
        assert!(again.body.is_empty());
        assert_eq!((again.header("etag"), again.header("cache-control")), (Some(&*etag), Some(kept)));
    }
    Call::get(KEYS).header("if-none-match", "\"x\"").send(&router(&app)).await.is(200);
    assert_eq!(answer.text(), app.auth.jwk_set());
    // Nobody needs to be anybody, and nobody else learns that somebody is.
    let signed_in = app.register("ada@example.org").await.is(201).access_token();
    assert_eq!(Call::get(KEYS).bearer(&signed_in).send(&router(&app)).await.is(200).body, answer.body);
}

#[tokio::test]
async fn published_keys_are_next_then_signing_then_former() {
    let made: Vec<SigningKey> = (0..3).map(|_| SigningKey::generate().unwrap()).collect();
    let app = App::with(|builder| {
        named(builder).former_key(made[2].clone()).signing_key(made[1].clone()).next_key(made[0].clone())
    })
    .await;
    let ids: Vec<String> =
        keys(&read(&app, KEYS).await).iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, made.iter().map(|key| key.id().to_owned()).collect::<Vec<_>>());
    let phases: Vec<String> = app.auth.signing_keys().iter().map(|key| format!("{:?}", key.phase)).collect();
    assert_eq!(phases, ["Next", "Signing", "Former"]);
}

#[tokio::test]
async fn a_secret_is_never_published() {
    let app = App::new().await;
    for path in [KEYS, "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"] {
        read(&app, path).await.is(404);
    }
    assert_eq!(app.auth.jwk_set(), r#"{"keys":[]}"#);
    assert!(app.auth.signing_keys().is_empty());
    let paired = App::with(|builder| named(builder).signing_key(key(P256))).await;
    assert_eq!(keys(&read(&paired, KEYS).await).len(), 1, "the key of the secret is not among them");
}

#[tokio::test]
async fn the_issuer_says_where_its_keys_are() {
    let app = App::with(|builder| named(builder).signing_key(key(P256)).former_key(key(RSA))).await;
    let oauth = read(&app, "/.well-known/oauth-authorization-server").await.is(200);
    assert_eq!(
        oauth.json(),
        json!({
            "issuer": ISSUER,
            "jwks_uri": format!("{ISSUER}{KEYS}"),
            "response_types_supported": [],
            "grant_types_supported": [],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256", "RS256"],
            "token_endpoint_auth_methods_supported": [],
        })
    );
    let openid = read(&app, "/.well-known/openid-configuration").await.is(200);
    assert_eq!(openid.body, oauth.body);
    assert_eq!(openid.header("etag"), oauth.header("etag"));
}

#[tokio::test]
async fn issuers_with_a_path_have_three_addresses() {
    let issuer = "https://example.org:8443/shop/eu/";
    let app = App::with(|builder| builder.issuer(issuer).audience("shop").signing_key(key(P256))).await;
    for path in [
        "/.well-known/oauth-authorization-server/shop/eu",
        "/.well-known/openid-configuration/shop/eu",
        "/shop/eu/.well-known/openid-configuration",
    ] {
        let document = read(&app, path).await.is(200).json();
        assert_eq!(document["issuer"], issuer);
        assert_eq!(document["jwks_uri"], "https://example.org:8443/.well-known/jwks.json", "{path}");
    }
    read(&app, "/.well-known/openid-configuration").await.is(404);
    let token = app.register("ada@example.org").await.is(201).access_token();
    let claims: Value = serde_json::from_slice(&decode(token.split('.').nth(1).unwrap())).unwrap();
    assert_eq!(claims["iss"], issuer, "byte for byte");
}

#[tokio::test]
async fn managed_keys_are_published_as_listed_ones_are() {
    let app = App::with(|builder| named(builder).managed_keys(ManagedKeys::es256()).former_key(key(ED25519))).await;
    let algorithms: Vec<Value> = keys(&read(&app, KEYS).await).iter().map(|key| key["alg"].clone()).collect();
    assert_eq!(algorithms, ["ES256", "EdDSA"]);
}
