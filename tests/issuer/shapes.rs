//! Tokens as the big issuers write them, signed with keys of these tests: their access tokens are accepted, and nothing
//! else that they sign (F-5, JWT-09, JWT-10).

use auth::issuer::{Issuer, IssuerBuilder, TokenKind};
use serde_json::{Value, json};

use crate::keys::{Key, published};
use crate::person::{Person, now, whose};

const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";

/// Builds the issuer with the one key of the shape.
fn with_keys(builder: IssuerBuilder<Person>, key: Key) -> Issuer<Person> {
    builder.keys(published(&[key])).clock(auth::testing::ManualClock::default()).build().unwrap()
}

/// A header with the members of `more`.
fn header(key: Key, more: &Value) -> String {
    let mut header = json!({ "alg": key.algorithm.name(), "kid": key.name });
    header.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    header.to_string()
}

/// Claims with a lifetime of five minutes.
fn timed(mut claims: Value) -> Value {
    claims["iat"] = json!(now() - 10);
    claims["exp"] = json!(now() + 290);
    claims
}

fn changed(claims: &Value, name: &str, value: Value) -> Value {
    let mut claims = claims.clone();
    claims[name] = value;
    claims
}

async fn judge(issuer: &Issuer<Person>, key: Key, head: &Value, claims: &Value) -> bool {
    let token = key.token_of(header(key, head), timed(claims.clone()).to_string());
    whose(issuer, &token).await.is_ok()
}

#[tokio::test]
async fn f_05_keycloak_access_tokens_only() {
    let url = "https://sso.example.org/realms/shop";
    let issuer = with_keys(Issuer::keycloak(&format!("{url}/")).audience("shop-api"), Key::RSA);
    let head = json!({ "typ": "JWT" });
    let access = json!({
        "jti": "onrtac:b2a7", "iss": url, "aud": ["shop-api", "account"], "sub": "f1c0", "typ": "Bearer", "azp": "shop-web",
        "sid": "a5", "acr": "1", "allowed-origins": ["https://shop.example.org"],
        "realm_access": { "roles": ["offline_access", "clerk"] },
        "resource_access": { "account": { "roles": ["view-profile"] } },
        "scope": "openid email profile", "email_verified": true, "preferred_username": "ada",
    });
    assert!(judge(&issuer, Key::RSA, &head, &access).await);
    assert!(judge(&issuer, Key::RSA, &json!({ "typ": "at+jwt" }), &access).await, "the newer client setting");
    let id = changed(&changed(&access, "typ", json!("ID")), "at_hash", json!("x"));
    for (what, claims) in [
        ("an ID token", id),
        ("a refresh token", changed(&access, "typ", json!("Refresh"))),
        ("an offline token", changed(&access, "typ", json!("Offline"))),
        ("a token bound to a key", changed(&access, "typ", json!("DPoP"))),
        ("a logout token", changed(&access, "typ", json!("Logout"))),
        ("no audience mapper", changed(&access, "aud", json!("account"))),
        ("another realm", changed(&access, "iss", json!("https://sso.example.org/realms/other"))),
    ] {
        assert!(!judge(&issuer, Key::RSA, &head, &claims).await, "{what}");
    }
    let mut untyped = access.clone();
    untyped.as_object_mut().unwrap().remove("typ");
    assert!(!judge(&issuer, Key::RSA, &head, &untyped).await);
    assert!(!judge(&issuer, Key::RSA, &json!({ "typ": "logout+jwt" }), &access).await);
}

#[tokio::test]
async fn f_05_auth0_access_tokens_only() {
    let issuer = with_keys(Issuer::auth0("https://shop.eu.auth0.com").audience("https://api.shop.example"), Key::RSA);
    let access = json!({
        "iss": "https://shop.eu.auth0.com/", "sub": "auth0|61b9", "azp": "Tj3Yn", "scope": "openid profile read:orders",
        "aud": ["https://api.shop.example", "https://shop.eu.auth0.com/userinfo"], "permissions": ["read:orders"],
    });
    for typ in ["JWT", "at+jwt"] {
        assert!(judge(&issuer, Key::RSA, &json!({ "typ": typ }), &access).await, "{typ}");
    }
    let head = json!({ "typ": "JWT" });
    for (what, claims) in [
        ("an ID token", changed(&changed(&access, "aud", json!("Tj3Yn")), "nonce", json!("n"))),
        ("an ID token for this audience", changed(&access, "nonce", json!("n"))),
        ("without the slash", changed(&access, "iss", json!("https://shop.eu.auth0.com"))),
        ("another API", changed(&access, "aud", json!("https://other.example"))),
    ] {
        assert!(!judge(&issuer, Key::RSA, &head, &claims).await, "{what}");
    }
}

#[tokio::test]
async fn f_05_entra_access_tokens_only() {
    let v1 = format!("https://sts.windows.net/{TENANT}/");
    let builder = Issuer::entra(TENANT).audience("api://shop").audience("6e74172b-be56-4843-9ff4-e66a39bb12e3");
    let mut jwk = Key::RSA.jwk();
    jwk.as_object_mut().unwrap().remove("alg");
    let set = crate::keys::set_of([jwk]);
    let issuer = builder.also_known_as(&v1).keys(set).clock(auth::testing::ManualClock::default()).build().unwrap();
    let head = json!({ "typ": "JWT", "x5t": "nOo3ZDrODXEK1jKWhXslHR_KXEg" });
    let access = json!({
        "aud": "6e74172b-be56-4843-9ff4-e66a39bb12e3", "iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
        "nbf": now() - 10, "aio": "AXQA", "azp": "a1b2", "azpacr": "1", "name": "Ada", "oid": "690222be", "rh": "I",
        "preferred_username": "ada@example.org", "roles": ["Clerk"], "scp": "orders.read", "sub": "HKZp", "tid": TENANT,
        "uti": "fqiB", "ver": "2.0",
    });
    assert!(judge(&issuer, Key::RSA, &head, &access).await);
    let first = changed(&changed(&access, "iss", json!(v1)), "aud", json!("api://shop"));
    assert!(judge(&issuer, Key::RSA, &head, &first).await, "version 1");
    let other = "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0";
    for (what, claims) in [
        ("an ID token", changed(&access, "nonce", json!("12345"))),
        ("another tenant", changed(&access, "iss", json!(other))),
        ("the template", changed(&access, "iss", json!("https://login.microsoftonline.com/{tenantid}/v2.0"))),
        ("Microsoft Graph", changed(&access, "aud", json!("00000003-0000-0000-c000-000000000000"))),
    ] {
        assert!(!judge(&issuer, Key::RSA, &head, &claims).await, "{what}");
    }
}

#[tokio::test]
async fn f_05_cognito_access_tokens_only() {
    let issuer = with_keys(Issuer::cognito("eu-central-1_Ab12Cd34E").client_id("7fk2"), Key::RSA);
    let head = json!({});
    let access = json!({
        "sub": "aaaa", "cognito:groups": ["clerks"], "client_id": "7fk2", "origin_jti": "b", "event_id": "c",
        "iss": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab12Cd34E", "version": 2,
        "token_use": "access", "scope": "openid", "auth_time": now() - 60, "jti": "d", "username": "ada",
    });
    assert!(judge(&issuer, Key::RSA, &head, &access).await);
    let mut id = changed(&changed(&access, "token_use", json!("id")), "aud", json!("7fk2"));
    assert!(!judge(&issuer, Key::RSA, &head, &id).await, "an ID token with a client");
    id.as_object_mut().unwrap().remove("client_id");
    assert!(!judge(&issuer, Key::RSA, &head, &id).await, "an ID token");
    assert!(!judge(&issuer, Key::RSA, &head, &changed(&access, "client_id", json!("other"))).await);
    let other = json!("https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Other");
    assert!(!judge(&issuer, Key::RSA, &head, &changed(&access, "iss", other)).await);
}

#[tokio::test]
async fn f_05_supabase_access_tokens_only() {
    let issuer = with_keys(Issuer::supabase("https://abcd.supabase.co/"), Key::P256);
    let head = json!({ "typ": "JWT" });
    let access = json!({
        "aal": "aal1", "amr": [{ "method": "password", "timestamp": now() }], "app_metadata": { "roles": ["clerk"] },
        "aud": "authenticated", "email": "ada@example.org", "is_anonymous": false, "phone": "", "role": "authenticated",
        "iss": "https://abcd.supabase.co/auth/v1", "session_id": "e", "sub": "f2b0", "user_metadata": { "roles": ["boss"] },
    });
    assert!(judge(&issuer, Key::P256, &head, &access).await);
    for (what, claims) in [
        ("a key of the project", changed(&access, "iss", json!("supabase"))),
        ("another project", changed(&access, "iss", json!("https://other.supabase.co/auth/v1"))),
        ("another audience", changed(&access, "aud", json!("anon"))),
        ("an ID token", changed(&access, "nonce", json!("n"))),
    ] {
        assert!(!judge(&issuer, Key::P256, &head, &claims).await, "{what}");
    }
}

#[tokio::test]
async fn f_05_zitadel_access_tokens_only() {
    let url = "https://shop-1a2b3c.zitadel.cloud";
    let issuer = with_keys(Issuer::zitadel(url).audience("215645"), Key::ED25519);
    let access = json!({
        "aud": ["170086824411201793@shop", "215645"], "client_id": "170086824411201793@shop", "iss": url, "jti": "g",
        "nbf": now() - 10, "sub": "170086363054473473",
        "urn:zitadel:iam:org:project:roles": { "clerk": { "170086": "shop.example" } },
    });
    assert!(judge(&issuer, Key::ED25519, &json!({ "alg": "EdDSA" }), &access).await);
    let id = changed(&changed(&access, "at_hash", json!("x")), "azp", json!("170086824411201793@shop"));
    assert!(!judge(&issuer, Key::ED25519, &json!({}), &id).await, "an ID token has the same audience");
    assert!(!judge(&issuer, Key::ED25519, &json!({}), &changed(&access, "aud", json!(["999"]))).await);
}

#[tokio::test]
async fn google_tokens_have_two_spellings_of_their_issuer() {
    let issuer = with_keys(Issuer::google().audience("812.apps.googleusercontent.com"), Key::RSA);
    let id = json!({
        "iss": "https://accounts.google.com", "azp": "812.apps.googleusercontent.com", "nonce": "n", "at_hash": "x",
        "aud": "812.apps.googleusercontent.com", "sub": "110169", "email": "ada@example.org", "email_verified": true,
    });
    let head = json!({ "typ": "JWT" });
    assert!(judge(&issuer, Key::RSA, &head, &id).await);
    assert!(judge(&issuer, Key::RSA, &head, &changed(&id, "iss", json!("accounts.google.com"))).await);
    assert!(!judge(&issuer, Key::RSA, &head, &changed(&id, "iss", json!("https://accounts.google.com/"))).await);
    assert!(!judge(&issuer, Key::RSA, &head, &changed(&id, "aud", json!("other"))).await);
}

#[tokio::test]
async fn jwt_09_an_issuer_without_a_preset_needs_at_jwt() {
    let url = "https://as.example.org";
    let claims = json!({ "iss": url, "aud": "api", "sub": "ada", "client_id": "web", "jti": "h" });
    let strict = with_keys(Issuer::new(url).audience("api"), Key::P256);
    let by_name = with_keys(Issuer::new(url).audience("api").token_kind(TokenKind::NotAnIdToken), Key::P256);
    for (typ, is_access) in [
        (json!({ "typ": "at+jwt" }), true),
        (json!({ "typ": "application/at+jwt" }), true),
        (json!({ "typ": "JWT" }), false),
        (json!({}), false),
    ] {
        assert_eq!(judge(&strict, Key::P256, &typ, &claims).await, is_access, "{typ}");
        assert!(judge(&by_name, Key::P256, &typ, &claims).await, "{typ}");
    }
    assert!(!judge(&by_name, Key::P256, &json!({}), &changed(&claims, "c_hash", json!("x"))).await);
}

/// The type `logout+jwt` is only recommended (OpenID Connect Back-Channel Logout §2.4), and a `nonce` is forbidden there.
#[tokio::test]
async fn jwt_10_a_logout_token_is_no_access_token() {
    let url = "https://as.example.org";
    let logout = json!({
        "iss": url, "aud": "api", "sub": "ada", "jti": "i", "sid": "s",
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
    });
    let mut access = logout.clone();
    access.as_object_mut().unwrap().remove("events");
    for kind in [TokenKind::NotAnIdToken, TokenKind::AnyToken] {
        let issuer = with_keys(Issuer::new(url).audience("api").token_kind(kind), Key::P256);
        for head in [json!({ "typ": "JWT" }), json!({})] {
            assert!(!judge(&issuer, Key::P256, &head, &logout).await, "{kind:?} {head}");
            assert!(judge(&issuer, Key::P256, &head, &access).await, "{kind:?} {head}");
        }
    }
    // Where tokens say what they are, an application may have a claim of this name.
    let strict = with_keys(Issuer::new(url).audience("api"), Key::P256);
    assert!(judge(&strict, Key::P256, &json!({ "typ": "at+jwt" }), &logout).await);
}
