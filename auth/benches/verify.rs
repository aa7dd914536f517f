//! `cargo bench -p auth --bench verify`: the cost of a token.
//!
//! One run, one process, interleaved rounds, medians; the same token for all. Compared are this crate (header bytes,
//! signature, one parse into the typed claims, all rules, revocation); this crate with a token seen before (a cache
//! lookup instead of signature and parse); `jsonwebtoken::decode` into the same struct, with the rules it can check;
//! and the bare HMAC over the same bytes. Allocations are counted, not estimated.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a benchmark fails by panicking")]

#[path = "common/measure.rs"]
mod measure;
#[path = "common/token.rs"]
mod token;
#[path = "common/user.rs"]
mod user;

use std::hint::black_box;

use auth::claims::{Claims, TokenId};
use auth::random::{OsRandom, Random};
use aws_lc_rs::hmac;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, decode, encode};

use measure::{CALLS, ROUNDS, measure};
use token::{ada, derived_key, forgetful, handle, their_rules};
use user::UserClaims;

/// Makes `calls` calls.
fn repeat(call: &mut impl FnMut(), calls: u32) {
    for _ in 0..calls {
        call();
    }
}

fn main() {
    let runtime = token::runtime();
    let (auth, user) = (runtime.block_on(forgetful()), ada());
    let remembering = runtime.block_on(handle());
    let token = auth.token_for_test(&user).unwrap();
    // Each handle has a store of its own, and tokens name theirs.
    let own = remembering.token_for_test(&user).unwrap();
    let key = derived_key();
    let decoding = DecodingKey::from_secret(key.as_ref()).unwrap();
    let encoding = EncodingKey::from_secret(key.as_ref()).unwrap();
    let validation = their_rules();
    let raw = hmac::Key::new(hmac::HMAC_SHA256, key.as_ref());
    let (message, _) = token.rsplit_once('.').unwrap();
    let tag = hmac::sign(&raw, message.as_bytes());
    let theirs: UserClaims = decode(&token, &decoding, &validation).unwrap().claims;
    assert_eq!(theirs.registered().sid, auth.verify(&token).unwrap().registered().sid, "both read the same token");
    let header =
        Header { kid: Some("wyL4LeeZV78".to_owned()), typ: Some("at+jwt".to_owned()), ..Header::new(Algorithm::HS256) };

    println!("a token of {} bytes; {ROUNDS} rounds of {CALLS} calls, medians\n", token.len());
    let verify: [(&str, &mut dyn FnMut()); _] = [
        ("verify: auth", &mut || drop(black_box(auth.verify(black_box(&token)).unwrap()))),
        ("verify: auth, seen before", &mut || drop(black_box(remembering.verify(black_box(&own)).unwrap()))),
        ("verify: jsonwebtoken::decode", &mut || {
            drop(black_box(decode::<UserClaims>(black_box(&token), &decoding, &validation).unwrap()));
        }),
        ("verify: HMAC alone", &mut || hmac::verify(&raw, black_box(message.as_bytes()), tag.as_ref()).unwrap()),
    ];
    let [ours, seen, theirs_ns, hmac_ns] = measure(verify, repeat);
    let issue: [(&str, &mut dyn FnMut()); _] = [
        ("issue: auth", &mut || drop(black_box(auth.token_for_test(black_box(&user)).unwrap()))),
        ("issue: jsonwebtoken::encode", &mut || {
            // New claims for each token, as any issuer has to make them.
            let mut claims = theirs.clone();
            let mut jti = [0; 16];
            OsRandom.fill(&mut jti).unwrap();
            claims.jti = TokenId::from_bytes(jti);
            drop(black_box(encode(&header, black_box(&claims), &encoding).unwrap()));
        }),
        ("issue: HMAC alone", &mut || {
            black_box(hmac::sign(&raw, black_box(message.as_bytes())));
        }),
    ];
    let [issue, encode_ns, sign_ns] = measure(issue, repeat);
    println!();
    println!("ratio verify/decode {:.3}", ours / theirs_ns);
    println!("ratio seen_before/decode {:.3}", seen / theirs_ns);
    println!("ratio verify/hmac {:.3}", ours / hmac_ns);
    println!("ratio issue/encode {:.3}", issue / encode_ns);
    println!("ratio issue/hmac {:.3}", issue / sign_ns);
}
