//! A login that breaks off leaves no session: what nobody has the tokens of must not stand in the list.

use std::time::Duration;

use auth_tests::app::PASSWORD;

use crate::stores::{Fault, World};

const EMAIL: &str = "ada@example.org";

#[tokio::test(start_paused = true)]
async fn ref_16_a_login_that_failed_at_any_call_leaves_no_session_once_the_store_is_back() {
    for fault in [Fault::Before, Fault::After] {
        for call in 0.. {
            let world = World::new().await;
            let token = world.register(EMAIL).await.is(201).access_token();
            let id = world.auth.verify(&token).unwrap().sub;
            world.plan.fail_at(call, fault);
            let answer = world.login(EMAIL, PASSWORD).await;
            // For a minute nothing works.
            tokio::time::sleep(Duration::from_mins(1)).await;
            if !world.plan.mend() {
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
