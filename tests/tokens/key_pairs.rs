//! Tokens that a key pair signs.

use auth::keys::{SigningKey, TokenType};
use auth::{AuthBuilder, Secret};
use auth_tests::app::{OTHER_SECRET, SECRET};
use auth_tests::forge::{claims_of, decode, encode, hmac, sign_with, signing_key};
use auth_tests::{App, User};
use serde_json::{Value, json};

use crate::key_files::{ED25519, P256, RSA};

pub(crate) const ISSUER: &str = "https://shop.example.org";
pub(crate) const AUDIENCE: &str = "https://api.shop.example.org";

pub(crate) fn key(pem: &str) -> SigningKey {
    SigningKey::from_pem(pem).unwrap()
}

pub(crate) fn named(builder: AuthBuilder<User>) -> AuthBuilder<User> {
    builder.issuer(ISSUER).audience(AUDIENCE)
}

async fn signed_with(pem: &str) -> App {
    App::with(|builder| named(builder).signing_key(key(pem))).await
}

pub(crate) fn header_of(token: &str) -> Value {
    serde_json::from_slice(&decode(token.split('.').next().unwrap())).unwrap()
}

async fn refuses(app: &App, token: &str, what: &str) {
    for path in ["/claims", "/me"] {
        assert_eq!(app.get(path, token).await.is(401).code(), "invalid_token", "{what}");
    }
}

#[tokio::test]
async fn k_09_tokens_have_every_claim_of_rfc_9068() {
    for pem in [P256, ED25519, RSA] {
        let app = signed_with(pem).await;
        let token = app.register("ada@example.org").await.is(201).access_token();
        let (header, claims) = (header_of(&token), claims_of(&token));
        assert_eq!(header, json!({ "alg": key(pem).algorithm(), "kid": key(pem).id(), "typ": "at+jwt" }));
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!(ISSUER), &json!(AUDIENCE)));
        assert_eq!(claims["client_id"], "first-party");
        for name in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] {
            assert!(claims.get(name).is_some_and(|claim| !claim.is_null()), "{name} in {claims:?}");
        }
        app.get("/claims", &token).await.is(200);
        app.get("/me", &token).await.is(200);
    }
    let app = App::with(|builder| named(builder).signing_key(key(P256)).client_id("shop \"web\"")).await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    assert_eq!(claims_of(&token)["client_id"], "shop \"web\"");
    app.get("/claims", &token).await.is(200);
}

/// A token of each key with the header of each other, and with its own header changed.
#[tokio::test]
async fn jwt_03_no_header_chooses_another_algorithm() {
    let builder = |builder: AuthBuilder<User>| {
        named(builder).signing_key(key(P256)).former_key(key(ED25519)).former_key(key(RSA))
    };
    let app = App::with(builder).await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let (_, rest) = token.split_once('.').unwrap();
    for (alg, kid) in [
        ("EdDSA", key(P256).id()),
        ("RS256", key(P256).id()),
        ("HS256", key(P256).id()),
        ("none", key(P256).id()),
        ("ES256", key(ED25519).id()),
        ("ES256", key(RSA).id()),
        ("EdDSA", key(ED25519).id()),
        ("RS256", key(RSA).id()),
        ("es256", key(P256).id()),
        ("ES256", ""),
    ] {
        let header = json!({ "alg": alg, "kid": kid, "typ": "at+jwt" });
        refuses(&app, &format!("{}.{rest}", encode(header.to_string())), &header.to_string()).await;
    }
    app.get("/claims", &token).await.is(200);
}

/// The public key is no secret: whoever signs with it as if it were one gets nothing.
#[tokio::test]
async fn jwt_02_a_public_key_is_no_hmac_secret() {
    let app = signed_with(P256).await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let payload = decode(token.split('.').nth(1).unwrap());
    let public = include_str!("keys/public.pem");
    let jwks = app.auth.jwk_set();
    let forms: [Vec<u8>; 6] = [
        public.into(),
        public.trim().into(),
        format!(" {public}").into(),
        public.lines().filter(|line| !line.starts_with("--")).collect::<String>().into(),
        jwks.into(),
        key(P256).id().into(),
    ];
    for form in forms {
        for alg in ["HS256", "ES256"] {
            let header = json!({ "alg": alg, "kid": key(P256).id(), "typ": "at+jwt" }).to_string();
            refuses(&app, &sign_with(&form, header, &payload), alg).await;
        }
    }
}

/// `(r, s)` and `(r, n - s)` are both signatures of the same message.
#[tokio::test]
async fn jwt_26_ecdsa_signatures_have_one_form() {
    let app = signed_with(P256).await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let signature = decode(signature);
    let (r, s) = signature.split_at(32);
    let with = |signature: &[u8]| format!("{message}.{}", encode(signature));
    let der = [&[0x30, 0x44, 0x02, 0x20][..], r, &[0x02, 0x20], s].concat();
    for (what, bad) in [
        ("r = 0", [&[0; 32][..], s].concat()),
        ("s = 0", [r, &[0; 32]].concat()),
        ("r = n", [&ORDER[..], s].concat()),
        ("s = n", [r, &ORDER[..]].concat()),
        ("DER", der),
        ("63 bytes", signature[..63].to_vec()),
        ("65 bytes", [&signature[..], &[0]].concat()),
        ("empty", Vec::new()),
        ("swapped", [s, r].concat()),
    ] {
        refuses(&app, &with(&bad), what).await;
    }
    let twin = with(&[r, &minus_from_order(s)].concat());
    assert_ne!(twin, token);
    let of_twin = app.get("/claims", &twin).await.status.as_u16();
    assert!([200, 401].contains(&of_twin));
    app.logout(&token).await.is(204);
    refuses(&app, &token, "signed out").await;
    refuses(&app, &twin, "signed out with its twin").await;
}

/// The order of the group of P-256.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

fn minus_from_order(s: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let mut difference: Vec<u8> = ORDER
        .iter()
        .zip(s)
        .rev()
        .map(|(n, s)| {
            let digit = i32::from(*n) - i32::from(*s) - borrow;
            borrow = i32::from(digit < 0);
            u8::try_from(digit.rem_euclid(256)).unwrap()
        })
        .collect();
    difference.reverse();
    difference
}

#[tokio::test]
async fn going_over_from_the_secret_signs_nobody_out() {
    let before = App::new().await;
    let signed_up = before.register("ada@example.org").await.is(201);
    let (old, refresh) = (signed_up.access_token(), signed_up.refresh_token());
    // First, every instance learns to accept what it will sign.
    let learning = before.restarted(|builder| builder.next_key(key(P256).issuer(ISSUER).audience(AUDIENCE))).await;
    let (still_old, _) = learning.tokens("ada@example.org").await;
    assert_eq!(header_of(&still_old)["alg"], "HS256");
    // Then it signs.
    let after = before.restarted(|builder| named(builder).signing_key(key(P256))).await;
    let (new, _) = after.tokens("ada@example.org").await;
    assert_eq!(header_of(&new)["alg"], "ES256");
    for token in [&old, &still_old, &new] {
        after.get("/claims", token).await.is(200);
        learning.get("/me", token).await.is(200);
    }
    after.refresh(&refresh).await.is(200);
}

/// Whoever verified HS256 has the secret, and could go on signing with it.
#[tokio::test]
async fn jwt_04_tokens_of_the_secret_end_a_day_later() {
    const DAY: u64 = 24 * 60 * 60;
    let app = App::new().await;
    app.register("ada@example.org").await.is(201);
    let paired = app.restarted(|builder| named(builder).signing_key(key(P256))).await;
    // An instance of before goes on for a while, and another one starts meanwhile.
    app.after(DAY - 60);
    let late = app.restarted(|builder| named(builder).signing_key(key(P256))).await;
    let (still, _) = app.tokens("ada@example.org").await;
    for app in [&paired, &late] {
        app.get("/claims", &still).await.is(200);
    }
    app.after(61);
    for app in [&paired, &late] {
        app.get("/claims", &still).await.is(200);
    }
    let (too_late, _) = app.tokens("ada@example.org").await;
    app.get("/claims", &too_late).await.is(200);
    for app in [&paired, &late] {
        refuses(app, &too_late, "signed with the secret after a day").await;
    }
    // It is the token that is too late, not its session.
    let (_, refresh) = app.tokens("ada@example.org").await;
    paired.refresh(&refresh).await.is(200);
}

/// Another service that shares the secret has another issuer.
#[tokio::test]
async fn jwt_12_former_issuers_are_those_that_are_listed() {
    let app = App::with(|builder| builder.issuer("shop").audience(AUDIENCE)).await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let unlisted = app.restarted(|builder| named(builder).signing_key(key(P256))).await;
    refuses(&unlisted, &token, "an issuer of before that nobody lists").await;
    let listed = app.restarted(|builder| named(builder).signing_key(key(P256)).former_issuer("shop")).await;
    listed.get("/claims", &token).await.is(200);
    // Each key has its own names: those of the pair in a token of the secret are wrong, too.
    let other = App::with(named).await;
    other.register("ada@example.org").await.is(201);
    let mut claims = claims_of(&token);
    claims["iss"] = json!("https://staging.example.org");
    let forged =
        sign_with(&signing_key(SECRET, "User:users"), header_of(&token).to_string(), Value::Object(claims).to_string());
    refuses(&listed, &forged, "an issuer that nobody lists").await;
}

#[tokio::test]
async fn key_06_pairs_are_published_then_sign_then_verify() {
    let (one, two) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    let first = App::with(|builder| named(builder).signing_key(one.clone())).await;
    first.register("ada@example.org").await.is(201);
    let (old, _) = first.tokens("ada@example.org").await;
    let published = first.restarted(|builder| named(builder).signing_key(one.clone()).next_key(two.clone())).await;
    let (still, _) = published.tokens("ada@example.org").await;
    assert_eq!(header_of(&still)["kid"], one.id());
    let switched = first.restarted(|builder| named(builder).signing_key(two.clone()).former_key(one.clone())).await;
    let (new, _) = switched.tokens("ada@example.org").await;
    assert_eq!(header_of(&new)["kid"], two.id());
    for token in [&old, &still, &new] {
        published.get("/claims", token).await.is(200);
        switched.get("/claims", token).await.is(200);
    }
    refuses(&first, &new, "of a key that was not published here").await;
    let gone = first.restarted(|builder| named(builder).signing_key(two.clone())).await;
    refuses(&gone, &old, "of a key that is listed no more").await;
    gone.get("/claims", &new).await.is(200);
}

#[tokio::test]
async fn rotating_the_secret_leaves_key_pairs_alone() {
    let app = signed_with(P256).await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    app.auth.rotate_secret(&Secret::new(OTHER_SECRET).unwrap(), &[]).await.unwrap();
    app.get("/claims", &token).await.is(200);
    let (new, _) = app.tokens("ada@example.org").await;
    assert_eq!(header_of(&new), header_of(&token));
    let forged = sign_with(&signing_key(SECRET, "User:users"), header_of(&token).to_string(), "{}");
    refuses(&app, &forged, "the secret of before").await;
}

#[tokio::test]
async fn another_type_of_token_is_issued_by_name_only() {
    let app = App::with(|builder| named(builder).signing_key(key(P256))).await;
    let default = app.register("ada@example.org").await.is(201).access_token();
    let plain = app.restarted(|builder| named(builder).signing_key(key(P256)).token_type(TokenType::Jwt)).await;
    let (token, _) = plain.tokens("ada@example.org").await;
    assert_eq!(header_of(&token)["typ"], "JWT");
    plain.get("/claims", &token).await.is(200);
    plain.get("/claims", &default).await.is(200);
    refuses(&app, &token, "a type that is not issued here").await;
}

#[tokio::test]
async fn a_mac_over_a_pairs_header_opens_nothing() {
    let app = signed_with(P256).await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let (message, _) = token.rsplit_once('.').unwrap();
    for key in [signing_key(SECRET, "User:users"), SECRET.as_bytes().to_vec()] {
        let mac = hmac(&key, message.as_bytes());
        refuses(&app, &format!("{message}.{}", encode(&mac)), "a MAC").await;
        refuses(&app, &format!("{message}.{}", encode([&mac[..], &mac[..]].concat())), "two MACs").await;
    }
}
