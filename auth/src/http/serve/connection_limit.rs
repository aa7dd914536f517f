//! How many connections each address has.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use crate::model::client_ip::{counted_as, is_near};

type Counts = Mutex<HashMap<[u8; 9], usize>>;

/// How often an address that has its share is reported.
const WARN_INTERVAL: Duration = Duration::from_mins(1);

/// The addresses with open connections.
pub(super) struct ConnectionLimit {
    max: usize,
    counts: Arc<Counts>,
    last_warning: Mutex<Option<Instant>>,
}

/// The permission of one connection. It ends when the socket is closed.
pub(super) struct ConnectionPermit {
    _permit: Option<OwnedSemaphorePermit>,
    of: Option<([u8; 9], Arc<Counts>)>,
}

impl ConnectionLimit {
    pub(super) fn new(max: usize) -> Self {
        Self { max, counts: Arc::default(), last_warning: Mutex::new(None) }
    }

    /// Returns the permission for a connection of this address, unless it has too many. Addresses that are not of the open
    /// network are not counted: a reverse proxy brings all clients.
    pub(super) fn enter(&self, ip: IpAddr, permit: Option<OwnedSemaphorePermit>) -> Option<ConnectionPermit> {
        if is_near(ip.to_canonical()) {
            return Some(ConnectionPermit { _permit: permit, of: None });
        }
        let address = counted_as(ip);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= self.max {
            drop(counts);
            self.warn(ip);
            return None;
        }
        *count += 1;
        Some(ConnectionPermit { _permit: permit, of: Some((address, Arc::clone(&self.counts))) })
    }
}

impl ConnectionLimit {
    fn warn(&self, ip: IpAddr) {
        if self.may_warn(Instant::now()) {
            tracing::warn!(target: "auth::serve", address = %ip, share = self.max,
                "one address has used up its share of the connections, and further ones from it are closed: block an \
                 attacker; for a reverse proxy or many users behind one address, raise \
                 `Server::connections_per_address`");
        }
    }

    fn may_warn(&self, now: Instant) -> bool {
        let mut last_warning = self.last_warning.lock().unwrap_or_else(PoisonError::into_inner);
        let may = last_warning.is_none_or(|last_warning| now.duration_since(last_warning) >= WARN_INTERVAL);
        if may {
            *last_warning = Some(now);
        }
        may
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let Some((address, counts)) = self.of.take() else { return };
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut count) = counts.entry(address) {
            *count.get_mut() = count.get().saturating_sub(1);
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::{ConnectionLimit, WARN_INTERVAL};

    #[test]
    fn address_over_its_share_is_logged_once_a_minute() {
        let limit = ConnectionLimit::new(1);
        let enter = || limit.enter("203.0.113.7".parse().unwrap(), None);
        let one = enter().unwrap();
        assert!(limit.last_warning.lock().unwrap().is_none(), "nobody was refused yet");
        assert!(enter().is_none());
        let last_warning = limit.last_warning.lock().unwrap().unwrap();
        assert!(enter().is_none());
        assert_eq!(*limit.last_warning.lock().unwrap(), Some(last_warning), "once");
        assert!(!limit.may_warn(last_warning + WARN_INTERVAL / 2) && limit.may_warn(last_warning + WARN_INTERVAL));
        assert!(last_warning <= Instant::now());
        drop(one);
    }

    #[test]
    fn one_address_has_its_share_and_a_proxy_all() {
        let limit = ConnectionLimit::new(2);
        let enter = |ip: &str| limit.enter(ip.parse().unwrap(), None);
        let first = enter("203.0.113.7").unwrap();
        let second = enter("::ffff:203.0.113.7").unwrap();
        assert!(enter("203.0.113.7").is_none() && enter("203.0.113.8").is_some());
        drop(first);
        let third = enter("203.0.113.7").unwrap();
        let one = (enter("2001:db8::1").unwrap(), enter("2001:db8::2").unwrap());
        assert!(enter("2001:db8::3").is_none() && enter("2001:db8:0:1::3").is_some());
        let near: Vec<_> =
            ["127.0.0.1", "10.0.0.1", "fd00::1", "100.64.0.1", "100.127.255.254", "169.254.1.1", "fe80::1"]
                .iter()
                .flat_map(|ip| (0..9).map(|_| (*ip, enter(ip))))
                .collect();
        assert!(near.iter().all(|(ip, permit)| permit.is_some() || panic!("{ip}")));
        for far in ["100.63.255.255", "100.128.0.0", "169.253.0.1", "fec0::1", "2001:db8:9::1"] {
            let all: Vec<_> = (0..3).map(|_| enter(far)).collect();
            assert!(all[2].is_none(), "{far}");
        }
        drop(near);
        drop((second, third, one));
        assert!(limit.counts.lock().unwrap().is_empty(), "nobody is remembered");
    }
}
