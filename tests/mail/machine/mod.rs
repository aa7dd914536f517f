//! Whatever users, strangers, an operator, the clock and a failing store do, in any order: a small model says who may
//! enter with what.

mod checks;
mod effects;
mod model;
mod world;

use std::cell::RefCell;
use std::collections::BTreeMap;

use auth::AddressChangePolicy;
use auth::mail::LetterKind;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use self::model::{ADDRESSES, Action, Model, Shown};
use self::world::{Break, World};

/// Which calls of the store a step can break off at.
const CALLS: usize = 16;

/// How many kinds of actions there are.
const ACTIONS: usize = 20;

/// How many histories a test plays.
const HISTORIES: u32 = 40;

type Step = (Action, Option<(usize, Break)>);

/// Makes the numbers of an action those of something that there is. `None`: there is nothing.
fn resolved(action: Action, model: &Model) -> Option<Action> {
    let session = |number: usize| number.checked_rem(model.sessions.len()).map(|back| model.sessions.len() - 1 - back);
    let with_handle = |kind: LetterKind, number: usize| {
        model.number_of(kind, number).filter(|paper| model.papers[*paper].handle.is_some())
    };
    let account = |number: usize| {
        let number = number.checked_rem(model.accounts.len())?;
        model.accounts[number].exists.then_some(number)
    };
    Some(match action {
        Action::Answer(number, shown) => Action::Answer(with_handle(LetterKind::SignIn, number)?, shown),
        Action::Reset(number, Shown::Code) => {
            Action::Reset(with_handle(LetterKind::ResetPassword, number)?, Shown::Code)
        }
        Action::Reset(number, Shown::Link) => {
            Action::Reset(model.number_of(LetterKind::ResetPassword, number)?, Shown::Link)
        }
        Action::SendVerification(number) => Action::SendVerification(session(number)?),
        Action::Verify(number, paper) => {
            Action::Verify(session(number)?, model.number_of(LetterKind::VerifyAddress, paper)?)
        }
        Action::Move(number, address) => Action::Move(session(number)?, address),
        Action::ConfirmMove(number) => Action::ConfirmMove(with_handle(LetterKind::ConfirmNewAddress, number)?),
        Action::AgreeToMove(number) => Action::AgreeToMove(model.number_of(LetterKind::ConfirmAddressChange, number)?),
        Action::Undo(number) => Action::Undo(model.number_of(LetterKind::AddressChanged, number)?),
        Action::ChangePassword(number) => Action::ChangePassword(session(number)?),
        Action::Logout(number) => Action::Logout(session(number)?),
        Action::Refresh(number) => Action::Refresh(session(number)?),
        Action::SetPassword(number) => Action::SetPassword(account(number)?),
        Action::Disable(number) => Action::Disable(account(number)?),
        Action::Enable(number) => Action::Enable(account(number)?),
        Action::Delete(number) => Action::Delete(account(number)?),
        Action::SignUp(_) | Action::Login(_) | Action::SignInByMail(_) | Action::Forget(_) | Action::Wait(_) => action,
    })
}

fn actions() -> impl Strategy<Value = Action> {
    let one = prop_oneof![6 => Just(0_usize), 2 => Just(1), 1 => Just(2)];
    let few = prop_oneof![6 => Just(0_usize), 2 => Just(1), 1 => 2..6_usize];
    let shown = || prop_oneof![Just(Shown::Link), Just(Shown::Code)];
    prop_oneof![
        4 => one.clone().prop_map(Action::SignUp),
        4 => one.clone().prop_map(Action::Login),
        4 => one.clone().prop_map(Action::SignInByMail),
        6 => (few.clone(), shown()).prop_map(|(paper, shown)| Action::Answer(paper, shown)),
        3 => one.prop_map(Action::Forget),
        4 => (few.clone(), shown()).prop_map(|(paper, shown)| Action::Reset(paper, shown)),
        1 => few.clone().prop_map(Action::SendVerification),
        5 => (few.clone(), few.clone()).prop_map(|(session, paper)| Action::Verify(session, paper)),
        6 => (few.clone(), 0..ADDRESSES.len()).prop_map(|(session, address)| Action::Move(session, address)),
        6 => few.clone().prop_map(Action::ConfirmMove),
        6 => few.clone().prop_map(Action::AgreeToMove),
        4 => few.clone().prop_map(Action::Undo),
        2 => few.clone().prop_map(Action::ChangePassword),
        1 => few.clone().prop_map(Action::SetPassword),
        1 => few.clone().prop_map(Action::Disable),
        2 => few.clone().prop_map(Action::Enable),
        1 => few.clone().prop_map(Action::Delete),
        1 => few.clone().prop_map(Action::Logout),
        4 => few.prop_map(Action::Refresh),
        3 => prop_oneof![Just(1_u64), Just(59), Just(301), Just(601), Just(1_801), Just(7_201), Just(90_000)]
            .prop_map(Action::Wait),
    ]
}

fn breaks() -> impl Strategy<Value = (usize, Break)> {
    let how = prop_oneof![
        Just(Break::Fails),
        Just(Break::LosesAnswer),
        Just(Break::HangsUpBefore),
        Just(Break::HangsUpAfter)
    ];
    (0..CALLS, how)
}

/// Runs the same histories each time, so that a change is judged by itself; or as many random ones as `RANDOM_HISTORIES`
/// says, which find something new.
fn runner() -> TestRunner {
    let random = std::env::var("RANDOM_HISTORIES").ok().map(|cases| cases.parse().unwrap());
    let config = Config { cases: random.unwrap_or(HISTORIES), failure_persistence: None, ..Config::default() };
    match random {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    }
}

fn obeys(policy: AddressChangePolicy, step: impl Strategy<Value = Step>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let totals = RefCell::new((BTreeMap::<String, usize>::new(), 0));
    let outcome = runner().run(&(any::<bool>(), proptest::collection::vec(step, 4..48)), |(is_confirmed, steps)| {
        runtime.block_on(async {
            let mut world = World::new(policy).await;
            // Most of what can be done takes an account whose address is confirmed.
            for action in [Action::SignUp(0), Action::Verify(0, 0), Action::Refresh(0)] {
                if is_confirmed || matches!(action, Action::SignUp(_)) {
                    world.step(action, None).await;
                }
            }
            for (action, broken) in steps {
                let Some(action) = resolved(action, &world.model) else { continue };
                let broken = broken.filter(|_| !matches!(action, Action::Wait(_)));
                world.step(action, broken).await;
                world.check().await;
            }
            let (done, reclaimed) = world.finish().await;
            let mut totals = totals.borrow_mut();
            totals.1 += reclaimed;
            for (name, times) in done {
                *totals.0.entry(name).or_default() += times;
            }
        });
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    let (done, reclaimed) = totals.into_inner();
    // One of the actions belongs to the other policy.
    assert!(done.len() >= ACTIONS - 2 && reclaimed >= 5, "too little has happened: {reclaimed} {done:?}");
}

#[test]
fn mail_09_and_otk_07_random_histories_agree_with_the_model() {
    obeys(AddressChangePolicy::NewAndUndo, actions().prop_map(|action| (action, None)));
}

#[test]
fn mail_09_random_histories_with_two_confirmations_agree() {
    obeys(AddressChangePolicy::Both, actions().prop_map(|action| (action, None)));
}

#[test]
fn sign_09_the_mail_model_holds_if_steps_break_off() {
    obeys(AddressChangePolicy::NewAndUndo, (actions(), proptest::option::weighted(0.3, breaks())));
}

#[test]
fn sign_09_two_confirmations_hold_if_steps_break_off() {
    obeys(AddressChangePolicy::Both, (actions(), proptest::option::weighted(0.3, breaks())));
}
