//! Messages that nobody of ours sent.

use std::time::Instant;

use auth::Secret;
use auth::testing::Faults;
use auth_tests::app::{OTHER_SECRET, SECRET};
use auth_tests::{App, Space};

use crate::{ADA, CHANNEL, Looks, PACE, SLOW, sharing, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn forged_message_flood_ends_no_session_with_few_polls() {
    let Some(space) = Space::new() else { return };
    let faults = Faults::new();
    let app = App::with_faults_and(&faults, sharing(&space.redis(), PACE)).await;
    let asked = Looks::at(&faults);
    let id = app.user(ADA).await;
    let (victim, _) = app.tokens(ADA).await;

    // Well-formed: what another application, with the same users and another secret, says on the same channel.
    let other = sharing(&space.redis(), SLOW);
    let stranger = app.restarted(|builder| {
        other(builder).secret(Secret::new(OTHER_SECRET).unwrap()).former_secret(Secret::new(SECRET).unwrap())
    });
    let _stranger = stranger.await;
    until("both listen", async || space.listeners(CHANNEL) == 2).await;
    let beside = App::with(|builder| other(builder).secret(Secret::new(OTHER_SECRET).unwrap())).await;
    assert_eq!(beside.user(ADA).await, id);
    let (own, _) = beside.tokens(ADA).await;
    until("three listen", async || space.listeners(CHANNEL) == 3).await;
    beside.auth.accounts().end_sessions(&id).await.unwrap();
    until("it has said so", async || beside.auth.verify(&own).is_err()).await;

    let begun = Instant::now();
    let before = asked.so_far();
    let long = "A".repeat(100_000);
    for number in 0..2000 {
        let text = match number % 5 {
            0 => "",
            1 => "end every session",
            2 => "AAAA.AAAA",
            3 => ".",
            _ if number % 100 == 4 => &long,
            _ => "\u{0}\u{fffd}",
        };
        assert_eq!(space.publish(CHANNEL, text), 3);
    }
    // Messages are heard in order: when ours has come, those before it have.
    let (token, _) = app.tokens(ADA).await;
    let there = sharing(&space.redis(), SLOW);
    let there = app.restarted(there).await;
    there.logout(&token).await.is(204);
    until("ours is heard", async || app.auth.verify(&token).is_err()).await;

    let (looks, time) = (asked.so_far() - before, begun.elapsed());
    // Two queries each 50 ms for messages, and each 500 ms by itself.
    let allowed = 2 * (time.as_millis() / 50 + time.as_millis() / 500 + 4);
    println!("2000 forged messages in {time:?}: {looks} queries");
    assert!(looks as u128 <= allowed, "{looks} queries in {time:?}");
    app.get("/me", &victim).await.is(200);
    assert!(app.auth.verify(&victim).is_ok());
}
