//! Months of guessing at one password from ever new addresses, with an owner who goes on living.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use auth::{AuthError, ClientInfo, Credentials, Limits};
use auth_tests::app::PASSWORD;
use auth_tests::memory_app::MemoryApp;
use auth_tests::{Call, UserRegistration};
use serde_json::json;

const EMAIL: &str = "ada@example.org";
const HOME: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);
const DAY: u64 = 24 * 60 * 60;
const MONTH: u64 = 30 * DAY;

/// Addresses that nobody has used before.
struct Elsewhere(u32);

impl Elsewhere {
    fn next(&mut self) -> ClientInfo {
        self.0 += 1;
        client(Ipv4Addr::from(self.0))
    }
}

fn client(ip: Ipv4Addr) -> ClientInfo {
    ClientInfo::new(Some(IpAddr::V4(ip)), None)
}

/// What came of an attempt to sign in.
enum Tried {
    In,
    Wrong,
    Later(Duration),
}

async fn tries(world: &MemoryApp, client: &ClientInfo, password: &str) -> Tried {
    match world.auth.login(Credentials::new(EMAIL, password), client).await {
        Ok(_) => Tried::In,
        Err(AuthError::InvalidCredentials) => Tried::Wrong,
        Err(AuthError::TooManyRequests { retry_after }) => Tried::Later(retry_after),
        Err(error) => panic!("{error:?}"),
    }
}

async fn world(limits: Limits) -> MemoryApp {
    let world = MemoryApp::with(|builder| builder.limits(limits)).await;
    let form = UserRegistration { email: EMAIL.to_owned(), display_name: "Ada".to_owned() };
    world.auth.register(form, PASSWORD, &client(HOME)).await.unwrap().signed_in().unwrap();
    world
}

/// Guesses until it is told to come back later than in an hour. Returns how many guesses were checked.
async fn guesses(world: &MemoryApp, elsewhere: &mut Elsewhere) -> usize {
    let mut checked = 0;
    loop {
        match tries(world, &elsewhere.next(), "not the password").await {
            Tried::In => panic!("a wrong password"),
            Tried::Wrong => checked += 1,
            Tried::Later(wait) if wait > Duration::from_hours(1) => return checked,
            Tried::Later(wait) => world.clock.advance(wait),
        }
    }
}

/// Three months at the greatest speed that is let through. The owner signs in from home ten times a day, and once a day
/// from an address where nobody knows them, which succeeds if no stranger was faster.
async fn three_months(world: &MemoryApp, roams: bool) -> Vec<usize> {
    let mut elsewhere = Elsewhere(0x0A00_0000);
    let start = auth::clock::Clock::now(&world.clock).as_secs();
    let mut months = vec![0; 3];
    for part in 0..90 * 10 {
        let now = start + part * DAY / 10;
        if auth::clock::Clock::now(&world.clock).as_secs() < now {
            world.clock.set(auth::clock::Timestamp::from_secs(now));
        }
        assert!(matches!(tries(world, &client(HOME), PASSWORD).await, Tried::In), "the owner at home");
        // Now before the attacker, now after: who comes first when a day is over is luck.
        let early = part % 20 == 3;
        if roams && early {
            let _ = tries(world, &elsewhere.next(), PASSWORD).await;
        }
        let month = usize::try_from(part / 300).unwrap();
        months[month] += guesses(world, &mut elsewhere).await;
        if roams && part % 20 == 13 {
            let _ = tries(world, &elsewhere.next(), PASSWORD).await;
        }
    }
    months
}

#[tokio::test]
async fn m4_strangers_have_two_hundred_guesses_a_month() {
    for limits in [Limits::default(), Limits::default().in_memory()] {
        for roams in [false, true] {
            let world = world(limits.clone()).await;
            let months = three_months(&world, roams).await;
            assert!(months[0] <= 200 && months[0] >= 100, "{months:?}");
            assert!(months[1..].iter().all(|checked| *checked <= 130), "{months:?}");

            // The attack is over: an owner at a new address waits a day at most, and then not at all.
            let mut elsewhere = Elsewhere(0xC000_0200);
            if let Tried::Later(wait) = tries(&world, &elsewhere.next(), PASSWORD).await {
                assert!(wait <= Duration::from_secs(DAY), "{wait:?}");
                world.clock.advance(wait);
                assert!(matches!(tries(&world, &elsewhere.next(), PASSWORD).await, Tried::In));
            }
            for _ in 0..5 {
                assert!(matches!(tries(&world, &elsewhere.next(), PASSWORD).await, Tried::In));
            }
        }
    }
}

/// Whoever waits before attacking gains nothing: the bound holds for every thirty days.
#[tokio::test]
async fn m4_any_thirty_days_allow_at_most_two_hundred_guesses() {
    for wait in [1, 29 * DAY, MONTH, 100 * DAY] {
        let world = world(Limits::default().in_memory()).await;
        let mut elsewhere = Elsewhere(0x0A00_0000);
        // One failure begins the count, and the owner forgives it.
        assert!(matches!(tries(&world, &elsewhere.next(), "wrong").await, Tried::Wrong));
        assert!(matches!(tries(&world, &client(HOME), PASSWORD).await, Tried::In));
        world.clock.advance(Duration::from_secs(wait));
        let mut checked = 0;
        for _ in 0..98 {
            checked += usize::from(matches!(tries(&world, &elsewhere.next(), "wrong").await, Tried::Wrong));
            world.clock.advance(Duration::from_secs(15));
        }
        for _ in 0..290 {
            assert!(matches!(tries(&world, &client(HOME), PASSWORD).await, Tried::In));
            checked += guesses(&world, &mut elsewhere).await;
            world.clock.advance(Duration::from_secs(DAY / 10));
        }
        assert!(checked <= 200, "{checked} after {wait} s");
    }
}

/// The owner of an earlier account with the same login is a stranger to the new one.
#[tokio::test]
async fn m4_new_account_does_not_inherit_known_addresses() {
    for limits in [Limits::default(), Limits::default().in_memory()] {
        let world = world(limits).await;
        assert!(matches!(tries(&world, &client(HOME), PASSWORD).await, Tried::In));
        world.auth.accounts().delete(&1).await.unwrap();
        let next = Ipv4Addr::new(198, 51, 100, 7);
        let body = json!({ "email": EMAIL, "password": "staple battery horse correct", "display_name": "Bob" });
        world.send(Call::post("/auth/register").coming_from(&next.to_string()).json(&body)).await.is(201);
        // Strangers have locked the account.
        let mut elsewhere = Elsewhere(0x0A00_0000);
        assert!(guesses(&world, &mut elsewhere).await >= 100);
        assert!(matches!(tries(&world, &client(HOME), "another guess").await, Tried::Later(_)), "known no more");
        assert!(matches!(tries(&world, &client(next), "staple battery horse correct").await, Tried::In));
    }
}

/// Nor do failures at a former account keep out whom the application gives the login next.
#[tokio::test]
async fn m4_failures_of_a_login_end_when_it_is_registered() {
    let world = MemoryApp::with(|builder| builder.limits(Limits::default())).await;
    let mut elsewhere = Elsewhere(0x0A00_0000);
    assert!(guesses(&world, &mut elsewhere).await >= 100);
    let form = UserRegistration { email: EMAIL.to_owned(), display_name: "Ada".to_owned() };
    world.auth.accounts().create(form, PASSWORD).await.unwrap();
    // (The rate at which strangers may try at all.)
    world.clock.advance(Duration::from_mins(1));
    assert!(matches!(tries(&world, &elsewhere.next(), PASSWORD).await, Tried::In));
}

#[tokio::test]
async fn login_06_attempts_at_locked_account_cause_no_lookup() {
    let world = world(Limits::default().failures_before_lock(5)).await;
    let mut elsewhere = Elsewhere(0x0A00_0000);
    for _ in 0..5 {
        assert!(matches!(tries(&world, &elsewhere.next(), "not the password").await, Tried::Wrong));
    }
    drop(world.faults.take_calls());
    assert!(matches!(tries(&world, &elsewhere.next(), PASSWORD).await, Tried::Later(_)));
    let calls = world.faults.take_calls();
    assert!(calls.iter().all(|call| !call.starts_with("users.")), "{calls:?}");
    assert!(matches!(tries(&world, &client(HOME), PASSWORD).await, Tried::In));
    assert!(world.faults.take_calls().contains(&"users.find_by_login"), "this is how it would be seen");
}
