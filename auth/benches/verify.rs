//! `cargo bench -p auth --bench verify`: what a token costs.
//!
//! One run, one process, interleaved rounds, the median of each; the same token for everybody. Compared are ours (header
//! bytes, signature, one parse into the typed claims, all rules, revocation), `jsonwebtoken::decode` into the same struct
//! with the rules it can check, and the bare HMAC over the same bytes. Allocations are counted, not estimated.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use auth::store::{MemoryRecords, MemoryUsers};
use auth::{Auth, AuthRole, AuthUser, Claims, OsRandom, PasswordHash, Random, Secret, TokenId};
use aws_lc_rs::hmac;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};

const SECRET: &str = "Zg1pQ0vXkq8uJ4mYt7wRb2NcE5sHd9aL";
const ROUNDS: usize = 41;
const CALLS: u32 = 5_000;

#[derive(Clone, Debug, PartialEq, AuthRole)]
enum Role {
    Member,
    Admin,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(role)]
    role: Role,
    #[auth(register, claim)]
    display_name: String,
}

/// The key that signs access tokens, by the formula the documentation gives.
fn derived_key() -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes()), b"auth:access-token:User:users")
}

/// Nanoseconds a call, the median of the rounds, for each of the candidates, which take turns.
fn measure<const N: usize>(mut candidates: [(&str, &mut dyn FnMut()); N]) -> [f64; N] {
    let mut rounds = [const { Vec::new() }; N];
    for _ in 0..ROUNDS {
        for ((_, call), times) in candidates.iter_mut().zip(&mut rounds) {
            let start = Instant::now();
            for _ in 0..CALLS {
                call();
            }
            times.push(start.elapsed());
        }
    }
    let medians = rounds.map(|mut times: Vec<Duration>| {
        times.sort();
        times.get(ROUNDS / 2).unwrap().as_secs_f64() * 1e9 / f64::from(CALLS)
    });
    for ((name, call), median) in candidates.iter_mut().zip(medians) {
        let allocations = allocation_counter::measure(&mut **call).count_total;
        println!("{name:32} {median:8.0} ns  {allocations:3} allocations");
    }
    medians
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let users = MemoryUsers::<User>::new(|_, _| unreachable!("nobody signs up"), |_, _| ());
    let builder = Auth::<User>::builder((users, MemoryRecords::new())).secret(Secret::new(SECRET).unwrap());
    let auth = runtime.block_on(builder.build()).unwrap();
    let user = User {
        id: 42,
        email: "ada@example.org".to_owned(),
        password_hash: PasswordHash::from_stored(""),
        role: Role::Member,
        display_name: "Ada Lovelace".to_owned(),
    };
    let token = auth.token_for_test(&user).unwrap();
    let key = derived_key();
    let decoding = DecodingKey::from_secret(key.as_ref());
    let encoding = EncodingKey::from_secret(key.as_ref());
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_issuer(&["User"]);
    validation.set_audience(&["User"]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.validate_nbf = true;
    validation.leeway = 5;
    let raw = hmac::Key::new(hmac::HMAC_SHA256, key.as_ref());
    let (message, _) = token.rsplit_once('.').unwrap();
    let tag = hmac::sign(&raw, message.as_bytes());
    let theirs: UserClaims = decode(&token, &decoding, &validation).unwrap().claims;
    assert_eq!(theirs.registered().sid, auth.verify(&token).unwrap().registered().sid, "both read the same token");
    let header =
        Header { kid: Some("wyL4LeeZV78".to_owned()), typ: Some("at+jwt".to_owned()), ..Header::new(Algorithm::HS256) };

    println!("a token of {} bytes; {ROUNDS} rounds of {CALLS} calls, medians\n", token.len());
    let [ours, theirs_ns, hmac_ns] = measure([
        ("verify: auth", &mut || drop(black_box(auth.verify(black_box(&token)).unwrap()))),
        ("verify: jsonwebtoken::decode", &mut || {
            drop(black_box(decode::<UserClaims>(black_box(&token), &decoding, &validation).unwrap()));
        }),
        ("verify: HMAC alone", &mut || hmac::verify(&raw, black_box(message.as_bytes()), tag.as_ref()).unwrap()),
    ]);
    let [issue, encode_ns, sign_ns] = measure([
        ("issue: auth", &mut || drop(black_box(auth.token_for_test(black_box(&user)).unwrap()))),
        ("issue: jsonwebtoken::encode", &mut || {
            // Claims of its own for every token, as anybody has to make them.
            let mut claims = theirs.clone();
            let mut jti = [0; 16];
            OsRandom.fill(&mut jti).unwrap();
            claims.jti = TokenId::from_bytes(jti);
            drop(black_box(encode(&header, black_box(&claims), &encoding).unwrap()));
        }),
        ("issue: HMAC alone", &mut || {
            black_box(hmac::sign(&raw, black_box(message.as_bytes())));
        }),
    ]);
    println!();
    println!("ratio verify/decode {:.3}", ours / theirs_ns);
    println!("ratio verify/hmac {:.3}", ours / hmac_ns);
    println!("ratio issue/encode {:.3}", issue / encode_ns);
    println!("ratio issue/hmac {:.3}", issue / sign_ns);
}
