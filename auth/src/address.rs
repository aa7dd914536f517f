//! Addresses of clients: which of them count as one, and whose word about them is taken.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What limits count as one client: an IPv4 address, or the /64 that an IPv6 address is in, because whoever has one
/// address there has all of them. An IPv4 address in IPv6 clothes (`::ffff:192.0.2.1`, or `64:ff9b::192.0.2.1` of a
/// translator, RFC 6052 §2.1) is that IPv4 address (LOGIN-12).
pub(crate) fn counted_as(ip: IpAddr) -> [u8; 9] {
    let mut counted = [0; 9];
    let (kind, octets) = counted.split_at_mut(1);
    let ip = match ip {
        IpAddr::V6(ip) => translated(ip).map_or(IpAddr::V6(ip), IpAddr::V4),
        ip @ IpAddr::V4(_) => ip,
    };
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            kind.fill(4);
            octets.iter_mut().zip(ip.octets()).for_each(|(to, from)| *to = from);
        }
        IpAddr::V6(ip) => {
            kind.fill(6);
            octets.iter_mut().zip(ip.octets()).for_each(|(to, from)| *to = from);
        }
    }
    counted
}

/// The IPv4 address that a translator has put behind the well-known prefix.
const fn translated(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    match ip.octets() {
        [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d] => Some(Ipv4Addr::new(a, b, c, d)),
        _ => None,
    }
}

/// Whose word about a client's address is taken: the reverse proxies in front of the application.
///
/// Without this, forwarding headers are ignored and a client is who holds the connection. With it, the header
/// is read from the right, because proxies append: what a client wrote itself stands to the left of what they saw.
///
/// One header is read, `X-Forwarded-For` unless you say [`forwarded_header`](Self::forwarded_header): a proxy that keeps
/// one of them lets the other through as the client wrote it.
///
/// ```
/// use auth::TrustedProxies;
///
/// let one_in_front = TrustedProxies::count(1);
/// let by_network = TrustedProxies::networks(["10.1.2.0/24", "2001:db8::/48"]);
/// let modern = TrustedProxies::count(2).forwarded_header();
/// # drop((one_in_front, by_network, modern));
/// ```
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies {
    who: Who,
    forwarded: bool,
    problems: Vec<String>,
}

#[derive(Clone, Debug, Default)]
enum Who {
    #[default]
    Nobody,
    Nearest(usize),
    In(Vec<Network>),
}

impl TrustedProxies {
    /// The nearest `count` proxies, wherever they are. For applications that can be reached through them only: whoever
    /// reaches it past them says who they are.
    #[must_use]
    pub const fn count(count: usize) -> Self {
        Self { who: Who::Nearest(count), forwarded: false, problems: Vec::new() }
    }

    /// Proxies with addresses in these networks (`192.0.2.7`, `10.1.2.0/24`, `2001:db8::/48`). Nobody else is believed, so
    /// the application may also be reached directly. Needs the address of the connection, which `auth::serve` knows.
    ///
    /// Every address in them is taken for a proxy's, so name no network that clients are in: those could say that they are
    /// somebody else.
    #[must_use]
    pub fn networks<T: AsRef<str>>(networks: impl IntoIterator<Item = T>) -> Self {
        let (mut known, mut problems) = (Vec::new(), Vec::new());
        for text in networks {
            let text = text.as_ref();
            match Network::parse(text) {
                Some(network) => known.push(network),
                None => problems.push(format!("trusted proxies: `{text}` is not a network; write `10.0.0.0/8`")),
            }
        }
        Self { who: Who::In(known), forwarded: false, problems }
    }

    /// Reads `Forwarded` (RFC 7239) in place of `X-Forwarded-For`.
    #[must_use]
    pub fn forwarded_header(mut self) -> Self {
        self.forwarded = true;
        self
    }

    pub(crate) fn problems(&self) -> impl Iterator<Item = &String> {
        self.problems.iter()
    }

    /// Whether any header is read at all.
    pub(crate) const fn is_set(&self) -> bool {
        !matches!(self.who, Who::Nobody)
    }

    /// Whether it is `Forwarded`.
    pub(crate) const fn reads_forwarded(&self) -> bool {
        self.forwarded
    }

    /// The client's address. `peer` holds the connection; `seen` is what the header says, the last entry first, each
    /// `None` if it is no address. The walk ends at the first entry that nobody trusted wrote, and before one that
    /// cannot be read.
    pub(crate) fn client(&self, peer: Option<IpAddr>, seen: impl Iterator<Item = Option<IpAddr>>) -> Option<IpAddr> {
        let mut client = peer;
        match &self.who {
            Who::Nobody => {}
            Who::Nearest(count) => {
                for entry in seen.take(*count).map_while(|entry| entry) {
                    client = Some(entry);
                }
            }
            Who::In(networks) => {
                let trusted = |ip: IpAddr| networks.iter().any(|network| network.contains(ip));
                for entry in seen {
                    match entry {
                        Some(entry) if client.is_some_and(trusted) => client = Some(entry),
                        _ => break,
                    }
                }
            }
        }
        client.map(|ip| ip.to_canonical())
    }
}

/// Addresses with the same first bits.
#[derive(Clone, Copy, Debug)]
struct Network {
    start: IpAddr,
    bits: u8,
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().ok()?)),
            None => (text.trim(), None),
        };
        let start: IpAddr = address.parse().ok()?;
        let most = if start.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Self { start, bits })
    }

    fn contains(&self, ip: IpAddr) -> bool {
        match (self.start, ip.to_canonical()) {
            (IpAddr::V4(start), IpAddr::V4(ip)) => {
                (start.to_bits() ^ ip.to_bits()).checked_shr(32 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            (IpAddr::V6(start), IpAddr::V6(ip)) => {
                (start.to_bits() ^ ip.to_bits()).checked_shr(128 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Network, TrustedProxies, counted_as};

    fn ip(text: &str) -> std::net::IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn login_12_one_client_has_one_counter_however_its_address_is_written() {
        assert_eq!(counted_as(ip("::ffff:192.0.2.1")), counted_as(ip("192.0.2.1")));
        assert_eq!(counted_as(ip("::ffff:c000:201")), counted_as(ip("192.0.2.1")));
        assert_eq!(counted_as(ip("64:ff9b::192.0.2.1")), counted_as(ip("192.0.2.1")));
        assert_ne!(counted_as(ip("192.0.2.1")), counted_as(ip("192.0.2.2")));
        assert_eq!(counted_as(ip("2001:db8:0:1::1")), counted_as(ip("2001:0DB8:0000:0001:ffff::2")));
        assert_ne!(counted_as(ip("2001:db8:0:1::1")), counted_as(ip("2001:db8:0:2::1")));
        assert_ne!(counted_as(ip("4.0.0.0")), counted_as(ip("400::")));
    }

    #[test]
    fn networks_hold_what_they_say() {
        let holds = |network: &str, address: &str| Network::parse(network).unwrap().contains(ip(address));
        assert!(holds("10.0.0.0/8", "10.255.0.1") && !holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("10.0.0.0/8", "::ffff:10.0.0.1") && holds("0.0.0.0/0", "203.0.113.9"));
        assert!(holds("192.0.2.7", "192.0.2.7") && !holds("192.0.2.7", "192.0.2.6"));
        assert!(holds("2001:db8::/48", "2001:db8:0:ff::1") && !holds("2001:db8::/48", "2001:db8:1::1"));
        assert!(holds("::/0", "2001:db8::1") && !holds("::/0", "192.0.2.1") && !holds("0.0.0.0/0", "::1"));
        for wrong in ["", "10.0.0.0/33", "::/129", "10.0.0/8", "proxy.example", "10.0.0.0/-1", "10.0.0.0/8/8"] {
            assert!(Network::parse(wrong).is_none(), "{wrong}");
            assert_eq!(TrustedProxies::networks([wrong]).problems().count(), 1, "{wrong}");
        }
    }
}
