//! The ceremonies: each check fails by itself, the vectors of the specification, and flipped bits.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "these are tests")]

mod ceremonies;
mod checks;
mod flips;
mod vectors;

use std::sync::Arc;

use serde_json::Value;

use super::challenge::Purpose;
use super::error::{CeremonyError, PasskeyFailure};
use super::relying_party::RelyingParty;
use super::service::{Passkeys, UsedPasskey};
use crate::factors::FactorOwner;
use crate::model::claims::SessionId;
use crate::model::event::{Observers, Reporter};
use crate::store::{Erased, MemoryRecords};
use crate::testing::{ManualClock, SoftwareAuthenticator};

const ORIGIN: &str = "https://app.example.org";

/// Two users of a service, and an authenticator.
struct Stage {
    passkeys: Passkeys,
    clock: ManualClock,
    device: SoftwareAuthenticator,
}

fn owner(id: &str) -> FactorOwner {
    FactorOwner { id: id.to_owned(), row: None }
}

fn registering(owner: &str) -> Purpose<'_> {
    Purpose::Register { owner, session: session() }
}

fn session() -> SessionId {
    "A".repeat(43).parse().unwrap()
}

/// Stores in memory need no runtime.
fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

fn reason<T: std::fmt::Debug>(result: Result<T, PasskeyFailure>) -> CeremonyError {
    match result {
        Err(PasskeyFailure::Refused(error, _)) => error,
        other => panic!("{other:?}"),
    }
}

impl Stage {
    fn new(device: SoftwareAuthenticator) -> Self {
        let clock = ManualClock::default();
        let records = Arc::new(Erased(MemoryRecords::new()));
        let reporter = Reporter::new(Arc::new(clock.clone()), Observers::default());
        let party = RelyingParty::of_test("example.org", &[ORIGIN]);
        Self { passkeys: Passkeys::of_test(records, reporter, party), clock, device }
    }

    fn creation(&self, id: &str) -> Value {
        let options = run(self.passkeys.begin_registration(&owner(id), registering(id), "ada@example.org")).unwrap();
        serde_json::to_value(options).unwrap()
    }

    fn register(&self, id: &str, answer: &Value) -> Result<super::PasskeyInfo, PasskeyFailure> {
        self.register_for(&owner(id), registering(id), answer)
    }

    fn register_for(
        &self,
        owner: &FactorOwner,
        purpose: Purpose<'_>,
        answer: &Value,
    ) -> Result<super::PasskeyInfo, PasskeyFailure> {
        let new = run(self.passkeys.verify_registration(purpose, answer))?;
        run(self.passkeys.add(owner, new, "Phone"))
    }

    fn request(&self) -> Value {
        serde_json::to_value(self.passkeys.begin_sign_in().unwrap()).unwrap()
    }

    fn sign_in(&self, answer: &Value) -> Result<UsedPasskey, PasskeyFailure> {
        run(self.passkeys.authenticate(Purpose::SignIn, None, answer))
    }

    /// An account with a passkey.
    fn with_passkey(device: SoftwareAuthenticator) -> Self {
        let mut stage = Self::new(device);
        let answer = stage.device.create(&stage.creation("1"));
        stage.register("1", &answer).unwrap();
        stage
    }
}

fn device() -> SoftwareAuthenticator {
    SoftwareAuthenticator::at(ORIGIN)
}
