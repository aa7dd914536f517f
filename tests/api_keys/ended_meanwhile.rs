//! Somebody who makes a key at any moment of what ends it has none afterwards.

use std::sync::{Arc, Mutex};

use auth::Auth;
use auth::store::sql::{SqlBackend, SqlRecords, SqlUsers};
use auth::testing::Faults;
use auth_tests::clerk::{CLERKS, Clerk};
use auth_tests::stage::Stage;
use auth_tests::{Answer, Call, Database};

use super::{ADA, key, reader, to_read, with_keys, works};

const MOST_CALLS: usize = 60;

pub(crate) async fn staged(faults: &Faults, at_once: bool) -> Stage<Clerk, Database> {
    let db = Database::with(CLERKS[0]).await;
    let pool = db.pool.clone();
    let builder = if at_once {
        Auth::<Clerk>::builder(faults.wrap(SqlBackend::new(pool)))
    } else {
        Auth::<Clerk>::builder(faults.over(SqlUsers::new(pool.clone()), SqlRecords::new(pool)))
    };
    Stage::over(db, builder, with_keys).await
}

#[derive(Clone, Copy, Debug)]
enum By {
    Disable,
    ResetFactors,
    Delete,
}

async fn ends(auth: &Auth<Clerk>, by: By) -> bool {
    let accounts = auth.accounts();
    match by {
        By::Disable => accounts.disable(&1).await,
        By::ResetFactors => accounts.reset_factors(&1).await,
        By::Delete => accounts.delete(&1).await,
    }
    .is_ok()
}

/// The other way round: it ends at any moment of the making.
#[tokio::test]
async fn ak_10_a_key_made_while_its_account_ends_is_none() {
    for by in [By::Disable, By::ResetFactors, By::Delete] {
        for at_once in [true, false] {
            for n in 0..MOST_CALLS {
                let faults = Faults::new();
                let stage = staged(&faults, at_once).await;
                let ada = reader(&stage, ADA).await;
                let auth = stage.auth.clone();
                faults.nth("*", n).before(async move { assert!(ends(&auth, by).await) });
                let answer = stage.post_as(&ada.access, "/keys", to_read("late")).await;
                let reached = faults.is_done();
                faults.clear();
                if !reached {
                    assert!(n > 3, "making a key calls nothing");
                    assert_eq!(answer.status, 201);
                    break;
                }
                assert_no_key(&stage, &answer, by, n).await;
                assert!(n < MOST_CALLS - 1, "more calls than expected");
            }
        }
    }
}

#[tokio::test]
async fn ak_10_what_ends_keys_ends_those_made_meanwhile() {
    for by in [By::Disable, By::ResetFactors, By::Delete] {
        for at_once in [true, false] {
            for n in 0..MOST_CALLS {
                let faults = Faults::new();
                let stage = staged(&faults, at_once).await;
                let ada = reader(&stage, ADA).await;
                let (before, _) = key(&stage, &ada.access).await;
                let (router, made) = (stage.router.clone(), Arc::<Mutex<Option<Answer>>>::default());
                let (kept, access) = (Arc::clone(&made), ada.access.clone());
                faults.nth("*", n).before(async move {
                    let answer = Call::post("/keys").bearer(&access).json(&to_read("late")).send(&router).await;
                    *kept.lock().unwrap() = Some(answer);
                });
                assert!(ends(&stage.auth, by).await, "{by:?}");
                let reached = faults.is_done();
                faults.clear();
                assert!(!works(&stage, &before).await, "{by:?} {n}");
                if !reached {
                    assert!(n > 2, "{by:?} calls nothing");
                    break;
                }
                let answer = made.lock().unwrap().take().unwrap();
                assert_no_key(&stage, &answer, by, n).await;
                assert!(n < MOST_CALLS - 1, "more calls than expected");
            }
        }
    }
}

async fn assert_no_key(stage: &Stage<Clerk, Database>, answer: &Answer, by: By, n: usize) {
    if answer.status == 201 {
        let text = answer.field("key");
        assert!(!works(stage, &text).await, "{by:?} {n}");
        if matches!(by, By::Disable) {
            stage.auth.accounts().enable(&1).await.unwrap();
            assert!(!works(stage, &text).await, "{by:?} {n}: it comes back");
        }
    } else {
        assert!([401, 403, 503].contains(&answer.status.as_u16()), "{by:?} {n}: {}", answer.text());
    }
}
