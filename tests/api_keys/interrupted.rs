//! Keys while the store fails at every call in turn, on every database; and while clients hang up.

use auth::Auth;
use auth::event::EventKind;
use auth::store::sql::{SqlBackend, SqlRow, SqlUser};
use auth::testing::Faults;
use auth_tests::clerk::Clerk;
use auth_tests::failing_call::{healed, plan};
use auth_tests::stage::Stage;
use auth_tests::{Call, HungUp, Place, at_every_point, hang_up_after};
use serde_json::json;

use super::{ADA, create, key, list, reader, revoke, stage, to_read, with_keys, works};

const MOST_CALLS: usize = 60;

auth_tests::on_databases! {
    [auth_tests::clerk::CLERKS[0], auth_tests::clerk::CLERKS[1], auth_tests::clerk::CLERKS[2]];
    ak_01_a_failed_creation_gives_nobody_a_key
    ak_04_a_failed_rotation_leaves_a_key_that_works
    ak_10_a_failed_revocation_is_completed_or_said
    ak_10_a_key_is_refused_or_nobody_knows
}

async fn staged<P: Place>(place: P, faults: &Faults) -> Stage<Clerk, P>
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let builder = Auth::<Clerk>::builder(faults.wrap(SqlBackend::new(place.pool())));
    Stage::over(place, builder, with_keys).await
}

fn cases() -> impl Iterator<Item = (usize, bool, String)> {
    let both = [false, true].into_iter();
    both.flat_map(|lost| (0..MOST_CALLS).map(move |n| (n, lost, format!("ada-{n}-{lost}@example.org"))))
}

async fn ak_01_a_failed_creation_gives_nobody_a_key<P: Place>(place: P)
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let faults = Faults::new();
    let stage = staged(place, &faults).await;
    let mut done = [false; 2];
    for (n, lost, email) in cases() {
        if done[usize::from(lost)] {
            continue;
        }
        let ada = reader(&stage, &email).await;
        plan(&faults, n, lost);
        let answer = create(&stage, &ada.access, to_read("some")).await;
        let reached = healed(&faults);
        match answer.status.as_u16() {
            201 => assert!(works(&stage, &answer.field("key")).await, "{n}"),
            503 => assert!(reached && !answer.text().contains("shop_pat"), "{n}"),
            status => panic!("{n}: {status}"),
        }
        // Whatever was left is in the list, and can be revoked.
        for left in list(&stage, &ada.access).await {
            revoke(&stage, &ada.access, left["id"].as_str().unwrap()).await.is(204);
        }
        let (text, _) = key(&stage, &ada.access).await;
        assert!(works(&stage, &text).await, "{n}");
        done[usize::from(lost)] |= !reached;
    }
    assert_eq!(done, [true; 2], "more calls than expected");
}

async fn ak_04_a_failed_rotation_leaves_a_key_that_works<P: Place>(place: P)
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let faults = Faults::new();
    let stage = staged(place, &faults).await;
    for at_once in [false, true] {
        let overlap = if at_once { json!({ "overlap": 0 }) } else { json!({}) };
        let mut done = [false; 2];
        for (n, lost, email) in cases() {
            if done[usize::from(lost)] {
                continue;
            }
            let ada = reader(&stage, &format!("{at_once}-{email}")).await;
            let (old, id) = key(&stage, &ada.access).await;
            plan(&faults, n, lost);
            let answer = stage.post_as(&ada.access, &format!("/keys/{id}/rotate"), overlap.clone()).await;
            let reached = healed(&faults);
            match answer.status.as_u16() {
                201 => assert!(works(&stage, &answer.field("key")).await, "{n}"),
                503 => assert!(reached, "{n}"),
                status => panic!("{n}: {status}"),
            }
            // As long as nobody has the new one, or beside it.
            if answer.status == 503 || !at_once {
                assert!(works(&stage, &old).await, "{n}");
            }
            assert!(list(&stage, &ada.access).await.len() <= 2, "{n}");
            done[usize::from(lost)] |= !reached;
        }
        assert_eq!(done, [true; 2], "more calls than expected");
    }
}

async fn ak_10_a_failed_revocation_is_completed_or_said<P: Place>(place: P)
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let faults = Faults::new();
    let stage = staged(place, &faults).await;
    let mut done = [false; 2];
    for (n, lost, email) in cases() {
        if done[usize::from(lost)] {
            continue;
        }
        let ada = reader(&stage, &email).await;
        let (text, id) = key(&stage, &ada.access).await;
        assert!(works(&stage, &text).await, "and it is remembered");
        plan(&faults, n, lost);
        let answer = revoke(&stage, &ada.access, &id).await;
        let reached = healed(&faults);
        match answer.status.as_u16() {
            204 => {}
            // Again: it is gone by then, or goes now.
            503 => assert!([204, 404].contains(&revoke(&stage, &ada.access, &id).await.status.as_u16()), "{n}"),
            status => panic!("{n}: {status}"),
        }
        assert!(!works(&stage, &text).await, "{n}");
        assert!(list(&stage, &ada.access).await.is_empty(), "{n}");
        done[usize::from(lost)] |= !reached;
    }
    assert_eq!(done, [true; 2], "more calls than expected");
}

/// A store that fails is no reason to accept a key, and none to call it wrong.
async fn ak_10_a_key_is_refused_or_nobody_knows<P: Place>(place: P)
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let faults = Faults::new();
    let stage = staged(place, &faults).await;
    let ada = reader(&stage, ADA).await;
    for remembered in [false, true] {
        for n in 0.. {
            let (text, id) = key(&stage, &ada.access).await;
            if remembered {
                assert!(works(&stage, &text).await);
            }
            faults.nth("*", n).fail();
            let presented = super::present(&stage, &text).await;
            if !healed(&faults) {
                assert!(presented.is_ok() && n > 0, "a key is accepted without asking anybody");
                revoke(&stage, &ada.access, &id).await.is(204);
                break;
            }
            // Writing the last use is nobody's concern.
            assert!(matches!(presented, Ok(_) | Err(auth::AuthError::Unavailable(_))), "{n}: {presented:?}");
            revoke(&stage, &ada.access, &id).await.is(204);
        }
    }
}

/// The owner is told of every key that there is, whoever hangs up.
#[tokio::test]
async fn ak_10_who_hangs_up_leaves_no_key_untold() {
    at_every_point(async |polls| {
        let stage = stage().await;
        let ada = reader(&stage, ADA).await;
        stage.events();
        let call = Call::post("/keys").bearer(&ada.access).json(&to_read("some"));
        let answer = hang_up_after(polls, call.send(&stage.router)).await;
        let listed = list(&stage, &ada.access).await.len();
        let told = stage.events().iter().filter(|event| matches!(event, EventKind::KeyCreated { .. })).count();
        assert_eq!(listed, told, "{polls}");
        HungUp::of(answer.is_some(), listed > 0)
    })
    .await;
}
