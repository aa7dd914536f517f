//! `cargo bench -p auth --bench issuer`: the cost of a token of another issuer.
//!
//! One run, one process, interleaved rounds, medians; the same token for all. Compared are this crate (header, key,
//! signature, one parse into the claims, all rules), this crate with a token seen before, `jsonwebtoken::decode` into the
//! same struct, and the bare signature of RSA over the same bytes, with the key as an issuer publishes it (modulus and
//! exponent), and parsed beforehand.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a benchmark fails by panicking")]

#[path = "common/foreign.rs"]
mod foreign;
#[path = "common/measure.rs"]
mod measure;

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use auth::issuer::Issuer;
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};

use foreign::{AUDIENCE, Employee, URL, signer};
use measure::{CALLS, ROUNDS, measure};

/// Makes `calls` calls.
fn repeat(call: &mut impl FnMut(), calls: u32) {
    for _ in 0..calls {
        call();
    }
}

/// Keys are at hand, so nothing is ever waited for.
fn verify(issuer: &Issuer<Employee>, token: &str) {
    let verified = pin!(issuer.verify(black_box(token)));
    match verified.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => drop(black_box(outcome.unwrap())),
        Poll::Pending => unreachable!("keys are at hand"),
    }
}

fn main() {
    let signer = signer();
    let token = signer.token();
    let issuer = |cache: usize| {
        let builder = Issuer::<Employee>::keycloak(URL).audience(AUDIENCE).keys(signer.jwks()).token_cache(cache);
        builder.build().unwrap()
    };
    let (forgetful, remembering) = (issuer(0), issuer(8 << 20));
    let (message, signature) = token.rsplit_once('.').unwrap();
    let signature = foreign::decoded(signature);
    let (n, e) = signer.components();
    let raw = RsaPublicKeyComponents { n: &n, e: &e };
    let parsed = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, signer.public_der()).unwrap();
    let decoding = DecodingKey::from_rsa_raw_components(&n, &e);
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[URL]);
    validation.set_audience(&[AUDIENCE]);
    validation.validate_nbf = true;

    println!("a token of {} bytes; {ROUNDS} rounds of {CALLS} calls, medians\n", token.len());
    let calls: [(&str, &mut dyn FnMut()); _] = [
        ("verify RS256: auth", &mut || verify(&forgetful, &token)),
        ("verify RS256: auth, seen before", &mut || verify(&remembering, &token)),
        ("verify RS256: decode", &mut || {
            drop(black_box(decode::<foreign::Decoded>(black_box(&token), &decoding, &validation).unwrap()));
        }),
        ("RSA alone, as published", &mut || {
            raw.verify(&RSA_PKCS1_2048_8192_SHA256, black_box(message.as_bytes()), &signature).unwrap();
        }),
        ("RSA alone, parsed before", &mut || parsed.verify_sig(black_box(message.as_bytes()), &signature).unwrap()),
    ];
    let [ours, seen, theirs, published, parsed] = measure(calls, repeat);
    println!();
    println!("ratio verify/rsa {:.3}", ours / published);
    println!("ratio verify/rsa_parsed {:.3}", ours / parsed);
    println!("ratio verify/decode {:.3}", ours / theirs);
    println!("ratio seen_before/rsa {:.4}", seen / published);
}
