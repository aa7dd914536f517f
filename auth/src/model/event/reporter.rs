//! Reports events: with the time, and with the client that caused them.

use std::sync::Arc;

use super::{Event, EventKind, Observers};
use crate::base::clock::{Clock, Timestamp};
use crate::model::client_info::ClientInfo;

/// The clock of a handle and those who observe it. Each part of the handle has a copy.
#[derive(Clone, Debug)]
pub(crate) struct Reporter {
    clock: Arc<dyn Clock>,
    observers: Observers,
}

impl Reporter {
    pub(crate) const fn new(clock: Arc<dyn Clock>, observers: Observers) -> Self {
        Self { clock, observers }
    }

    /// Returns the time by the handle's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Reports an event that this client caused.
    pub(crate) fn report(&self, client: &ClientInfo, kind: EventKind) {
        self.observers.tell(&Event::new(self.now(), client.ip, kind).by(client.actor.clone()));
    }

    /// Reports an event about a login attempt, identified by a keyed hash.
    pub(crate) fn report_about(&self, client: &ClientInfo, account: String, kind: EventKind) {
        self.observers.tell(&Event::new(self.now(), client.ip, kind).about(account));
    }
}
