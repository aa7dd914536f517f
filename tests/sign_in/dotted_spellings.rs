//! Spellings of one login whose lower case, as earlier releases stored it, is not what folding makes of them.

use auth::Limits;
use auth_tests::app::PASSWORD;
use auth_tests::{App, Call};
use serde_json::json;

/// The letter with its capital, for which folding and lower-casing differ: `İ` has two characters in lower case and no
/// folding, and an iota below a letter joins it or follows it.
const PAIRS: [[&str; 2]; 2] = [["i\u{307}", "\u{130}"], ["\u{1fb4}", "\u{386}\u{345}"]];

/// Every spelling of three of these letters.
fn spellings([small, capital]: [&str; 2]) -> Vec<String> {
    let of = |bits: u32| (0..3).map(|place| if bits >> place & 1 == 1 { capital } else { small }).collect::<String>();
    (0..8).map(|bits| format!("{}@example.org", of(bits))).collect()
}

async fn attempt(app: &App, email: &str, password: &str, address: u32) -> u16 {
    let ip = std::net::Ipv4Addr::from(0xCB00_7100 + address).to_string();
    let body = json!({ "email": email, "password": password });
    app.send(Call::post("/auth/login").json(&body).coming_from(&ip)).await.status.as_u16()
}

#[tokio::test]
async fn login_06_every_spelling_counts_at_one_account() {
    for pair in PAIRS {
        let app = App::with(|builder| builder.limits(Limits::default())).await;
        let spellings = spellings(pair);
        app.register(&spellings[0]).await.is(201);
        let (mut admitted, mut address) = (0, 0);
        for spelling in &spellings {
            for _ in 0..130 {
                address += 1;
                app.after(16);
                admitted += u32::from(attempt(&app, spelling, "a guess of a stranger", address).await == 401);
            }
        }
        assert!((1..=200).contains(&admitted), "{admitted} guesses at {pair:?}");
        for spelling in &spellings {
            address += 1;
            app.after(24 * 60 * 60);
            assert_eq!(attempt(&app, spelling, PASSWORD, address).await, 200, "{spelling} opens the account");
        }
    }
}

#[tokio::test]
async fn nobody_keeps_an_owner_out_by_signing_up() {
    for pair in PAIRS {
        let spellings = spellings(pair);
        for owner in &spellings {
            let app = App::new().await;
            app.register(owner).await.is(201);
            for stranger in &spellings {
                app.register(stranger).await.is(409);
            }
            app.login(owner, PASSWORD).await.is(200);
        }
    }
}
