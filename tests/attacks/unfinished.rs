//! A login that breaks off leaves no session: what nobody has the tokens of must not stand in the list.

use std::pin::pin;
use std::time::Duration;

use auth_tests::app::PASSWORD;
use tokio::task::yield_now;

use crate::stores::{Fault, World};

const EMAIL: &str = "ada@example.org";

#[tokio::test(start_paused = true)]
async fn ref_16_a_login_that_failed_at_any_call_leaves_no_session_once_the_store_is_back() {
    for fault in [Fault::Before, Fault::After] {
        for call in 0.. {
            let world = World::new().await;
            let token = world.register(EMAIL).await.is(201).access_token();
            let id = world.auth.verify(&token).unwrap().sub;
            fault.at(call, &world.faults);
            let answer = world.login(EMAIL, PASSWORD).await;
            // For a minute nothing works.
            tokio::time::sleep(Duration::from_mins(1)).await;
            if !world.mend() {
                answer.is(200);
                assert!(call > 3, "{call} calls are too few for a login");
                break;
            }
            tokio::time::sleep(Duration::from_mins(4)).await;
            let sessions = world.auth.sessions(&id).await.unwrap().len();
            assert_eq!(sessions, 1 + usize::from(answer.status == 200), "{fault:?} at call {call}: {}", answer.status);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn ref_16_nor_does_one_whose_client_hung_up_at_any_call() {
    for call in 0.. {
        let world = World::new().await;
        let token = world.register(EMAIL).await.is(201).access_token();
        let id = world.auth.verify(&token).unwrap().sub;
        world.faults.nth("*", call).hang();
        {
            let mut login = pin!(world.login(EMAIL, PASSWORD));
            tokio::select! {
                answer = &mut login => {
                    answer.is(200);
                    assert!(call > 3, "{call} calls are too few for a login");
                    break;
                }
                () = until(|| world.faults.is_done()) => {}
            }
        }
        world.faults.clear();
        tokio::time::sleep(Duration::from_mins(4)).await;
        assert_eq!(world.auth.sessions(&id).await.unwrap().len(), 1, "hung up at call {call}");
    }
}

/// Never idle, so that Tokio's clock stands still.
async fn until(happened: impl Fn() -> bool) {
    while !happened() {
        yield_now().await;
    }
}
