//! `cargo bench -p auth --bench key_pairs`: the cost of tokens that others verify.
//!
//! One run, one process, interleaved rounds, medians. Compared are ES256 here (issue, first verification, seen before) and
//! the bare signature over the same bytes; and `GET /.well-known/jwks.json` with a plain axum route that answers the same
//! bytes, without a network.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a benchmark fails by panicking")]

#[path = "common/measure.rs"]
mod measure;
#[path = "common/token.rs"]
mod token;
#[path = "common/user.rs"]
mod user;

use std::hint::black_box;

use auth::Auth;
use auth::keys::SigningKey;
use auth::routing::Routes;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use tower::ServiceExt as _;

use measure::{CALLS, ROUNDS, measure};
use token::{ada, builder, derived_key, forgetful, handle, their_rules};
use user::User;

const PATH: &str = "/.well-known/jwks.json";

fn repeat(call: &mut impl FnMut(), calls: u32) {
    // A signature takes as long as fifty lookups.
    for _ in 0..calls.div_ceil(10) {
        call();
    }
}

async fn signing(key: &SigningKey, cache: usize) -> Auth<User> {
    let builder = builder().issuer("https://shop.example.org").audience("shop").signing_key(key.clone());
    builder.token_cache(cache).build().await.unwrap()
}

fn main() {
    let runtime = token::runtime();
    // What the other benchmarks of tokens need.
    let _ = (derived_key, their_rules, forgetful, handle);
    let key = SigningKey::generate().unwrap();
    let pem = key.to_pem().unwrap();
    let der = STANDARD.decode(pem.lines().filter(|line| !line.starts_with("--")).collect::<String>()).unwrap();
    let raw = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).unwrap();
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, raw.public_key().as_ref().to_vec());
    let (auth, remembering) = (runtime.block_on(signing(&key, 0)), runtime.block_on(signing(&key, 8 << 20)));
    let user = ada();
    let (token, own) = (auth.token_for_test(&user).unwrap(), remembering.token_for_test(&user).unwrap());
    let (message, signature) = token.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let random = SystemRandom::new();

    println!("a token of {} bytes; {ROUNDS} rounds of {} calls, medians\n", token.len(), CALLS.div_ceil(10));
    let calls: [(&str, &mut dyn FnMut()); _] = [
        ("verify: auth", &mut || drop(black_box(auth.verify(black_box(&token)).unwrap()))),
        ("verify: auth, seen before", &mut || drop(black_box(remembering.verify(black_box(&own)).unwrap()))),
        ("verify: signature alone", &mut || public.verify(black_box(message.as_bytes()), &signature).unwrap()),
        ("issue: auth", &mut || drop(black_box(auth.token_for_test(black_box(&user)).unwrap()))),
        ("issue: signature alone", &mut || {
            black_box(raw.sign(&random, black_box(message.as_bytes())).unwrap());
        }),
    ];
    let [first, seen, verified, issued, signed] = measure(calls, repeat);

    let body = Bytes::from(auth.jwk_set());
    let ours = Routes::new().merge(auth.well_known()).into_router().with_state(auth);
    let alone = Router::new().route(PATH, get(async move || body.clone()));
    let ask = |router: &Router| {
        let request = Request::get(PATH).body(Body::empty()).unwrap();
        let response = runtime.block_on(router.clone().oneshot(request)).unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        drop(black_box(response));
    };
    let routes: [(&str, &mut dyn FnMut()); _] =
        [("key set: auth", &mut || ask(&ours)), ("key set: axum alone", &mut || ask(&alone))];
    let [key_set, plain] = measure(routes, repeat);

    println!();
    println!("ratio verify/signature {:.3}", first / verified);
    println!("ratio seen_before/signature {:.4}", seen / verified);
    println!("ratio issue/signature {:.3}", issued / signed);
    println!("ratio axum/key_set {:.3}", plain / key_set);
}
