//! `cargo bench -p auth --bench factors`: what second factors and passkeys cost those who have none, and a passkey beside
//! what no verifier can leave out.
//!
//! - A login of an account without factors, with authenticator apps and passkeys switched on, compared with one where they
//!   are off, alternately. With the hash that is the default: it is what people wait for.
//! - The answer of a passkey (JSON, client data, the challenge used up, the record read and written, in memory), compared
//!   with the signature check of the same answer by the backend alone.
//!
//! Servers: `BENCH_POSTGRES_URL`, `BENCH_MYSQL_URL`, or `TEST_…`. The benchmark creates its own databases there, and
//! drops them.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark fails by panicking"
)]

#[path = "common/database.rs"]
mod database;
#[path = "common/figures.rs"]
mod figures;
#[path = "common/table.rs"]
mod table;
#[path = "common/user.rs"]
mod user;

use std::time::Instant;

use auth::store::sql::{SqlRow, SqlUser};
use auth::store::{Backend, MemoryRecords, MemoryUsers};
use auth::testing::{SoftwareAuthenticator, TestApp};
use auth::{Auth, AuthBuilder, ClientInfo, Credentials, Limits, NewUser, PasskeySettings};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use database::{Kind, Temporary};
use figures::{median, to_f64};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::{MySql, Pool, Postgres, Sqlite};
use user::{Role, SECRET, User};

const LOGINS: usize = 60;
const ANSWERS: usize = 2_000;
const ORIGIN: &str = "https://app.example";

fn main() {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
        passkeys().await;
        measure::<Sqlite>().await;
        measure::<Postgres>().await;
        measure::<MySql>().await;
    });
}

fn quiet(builder: AuthBuilder<User>) -> AuthBuilder<User> {
    builder.secret(SECRET.clone()).limits(Limits::insecure_none()).skip_table_check()
}

fn with_factors(builder: AuthBuilder<User>) -> AuthBuilder<User> {
    quiet(builder).base_url(ORIGIN).totp("Shop").passkeys(PasskeySettings::new("Shop"))
}

async fn measure<K: Kind>()
where
    Pool<K>: Backend<User>,
    User: SqlUser<K> + SqlRow<K>,
{
    let Some(database) = Temporary::<K>::new().await else { return };
    let pool = K::connect(&database.url).await;
    table::first_user(&pool).await;
    let with = with_factors(Auth::<User>::builder(pool.clone())).build().await.unwrap();
    let without = quiet(Auth::<User>::builder(pool.clone())).build().await.unwrap();
    let (email, client) = (table::email(1), ClientInfo::default());
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..LOGINS {
        // Each is first as often as the other.
        for place in [round % 2, 1 - round % 2] {
            let (auth, times) = if place == 0 { (&with, &mut times[0]) } else { (&without, &mut times[1]) };
            let start = Instant::now();
            auth.login(Credentials::new(&email, table::PASSWORD), &client).await.unwrap().signed_in().unwrap();
            times.push(start.elapsed().as_secs_f64());
        }
    }
    let [with, without] = times.map(|times| median(&times, |time| *time));
    println!("\n{}", K::NAME);
    println!("{:42} {:>10.3}  (at most 1.03)", "login with factors on / off", with / without);
}

fn stores() -> (MemoryUsers<User>, MemoryRecords) {
    let create = |new: NewUser<User>, next: u64| User {
        id: i64::try_from(next).unwrap(),
        email: new.registration.email,
        password_hash: new.password_hash.unwrap(),
        is_active: true,
        role: Role::Member,
        display_name: new.registration.display_name,
    };
    (MemoryUsers::new(create, |_, _| ()), MemoryRecords::new())
}

/// An answer of a passkey, and the signature check that is in it.
struct Answer {
    json: Value,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl Answer {
    fn new(json: Value) -> Self {
        let bytes = |name: &str| {
            let text = json.pointer(&format!("/response/{name}")).and_then(Value::as_str).unwrap();
            URL_SAFE_NO_PAD.decode(text).unwrap()
        };
        let message = [bytes("authenticatorData"), Sha256::digest(bytes("clientDataJSON")).to_vec()].concat();
        Self { message, signature: bytes("signature"), json }
    }
}

/// The point at the end of what a registration says.
fn public_key(made: &Value) -> Vec<u8> {
    let object = made.pointer("/response/attestationObject").and_then(Value::as_str).unwrap();
    let object = URL_SAFE_NO_PAD.decode(object).unwrap();
    let key = object.get(object.len() - 67..).unwrap();
    // `x`, the label of `y` with its length, and `y`.
    [&[4], key.get(..32).unwrap(), key.get(35..).unwrap()].concat()
}

async fn passkeys() {
    let auth = with_factors(Auth::<User>::builder(stores())).build().await.unwrap();
    let app = TestApp::new(&auth, axum::Router::new());
    let registration = user::UserRegistration { email: table::email(1), display_name: "Ada".to_owned() };
    let ada = auth.accounts().create(registration, table::PASSWORD).await.unwrap();
    let mut device = SoftwareAuthenticator::at(ORIGIN);
    let made = app.add_passkey(&ada, &mut device).await;
    let point = public_key(&made);
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &point);
    let mut next = || {
        let options = serde_json::to_value(auth.begin_passkey_sign_in().unwrap()).unwrap();
        Answer::new(device.get(&options))
    };
    let answers: Vec<Answer> = (0..ANSWERS).map(|_| next()).collect();
    let (mut ours, mut alone) = (Vec::new(), Vec::new());
    for answer in &answers {
        let start = Instant::now();
        key.verify(&answer.message, &answer.signature).unwrap();
        alone.push(start.elapsed().as_secs_f64());
        let start = Instant::now();
        let right = app.is_right_passkey(&answer.json).await;
        ours.push(start.elapsed().as_secs_f64());
        assert!(right);
    }
    let each_second = to_f64(ANSWERS) / ours.iter().sum::<f64>();
    let (ours, alone) = (median(&ours, |time| *time), median(&alone, |time| *time));
    println!("{:42} {:>10.3}  (at most 1.3)", "answer of a passkey / its signature check", ours / alone);
    println!("{:42} {:>10.1}", "the signature check alone, µs", alone * 1e6);
    println!("{:42} {:>10.0}", "answers of passkeys a second, one after another", each_second);
}
