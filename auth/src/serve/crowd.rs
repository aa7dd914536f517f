//! How many connections each address has.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedSemaphorePermit;

use crate::address::{counted_as, is_near};

type Counts = Mutex<HashMap<[u8; 9], usize>>;

/// The addresses with open connections.
pub(super) struct Crowd {
    most: usize,
    counts: Arc<Counts>,
}

/// The place of one connection. It ends when the socket is closed.
pub(super) struct Place {
    _permit: Option<OwnedSemaphorePermit>,
    of: Option<([u8; 9], Arc<Counts>)>,
}

impl Crowd {
    pub(super) fn new(most: usize) -> Self {
        Self { most, counts: Arc::default() }
    }

    /// Returns a place for a connection of this address, unless it has too many. Addresses of private networks are not
    /// counted: a reverse proxy brings all clients.
    pub(super) fn enter(&self, ip: IpAddr, permit: Option<OwnedSemaphorePermit>) -> Option<Place> {
        if is_near(ip.to_canonical()) {
            return Some(Place { _permit: permit, of: None });
        }
        let address = counted_as(ip);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Place { _permit: permit, of: Some((address, Arc::clone(&self.counts))) })
    }
}

impl Drop for Place {
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
    use super::Crowd;

    #[test]
    fn one_address_has_its_share_and_a_proxy_all() {
        let crowd = Crowd::new(2);
        let enter = |ip: &str| crowd.enter(ip.parse().unwrap(), None);
        let first = enter("203.0.113.7").unwrap();
        let second = enter("::ffff:203.0.113.7").unwrap();
        assert!(enter("203.0.113.7").is_none() && enter("203.0.113.8").is_some());
        drop(first);
        let third = enter("203.0.113.7").unwrap();
        let one = (enter("2001:db8::1").unwrap(), enter("2001:db8::2").unwrap());
        assert!(enter("2001:db8::3").is_none() && enter("2001:db8:0:1::3").is_some());
        let near: Vec<_> = (0..9).map(|_| (enter("127.0.0.1"), enter("10.0.0.1"), enter("fd00::1"))).collect();
        assert!(near.iter().all(|(a, b, c)| a.is_some() && b.is_some() && c.is_some()));
        drop(near);
        drop((second, third, one));
        assert!(crowd.counts.lock().unwrap().is_empty(), "nobody is remembered");
    }
}
