//! Client addresses: which ones count as the same client, and which proxies are trusted to report them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net};

/// Returns the key under which limits count a client: its IPv4 address, or the /64 of its IPv6 address, because a
/// client with one address of a /64 usually controls all of it. An IPv4 address written as IPv6 (`::ffff:192.0.2.1`, or
/// `64:ff9b::192.0.2.1` from a translator, RFC 6052 §2.1) counts as that IPv4 address (LOGIN-12).
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

/// Returns the IPv4 address embedded after a translator's well-known prefix.
const fn translated(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    match ip.octets() {
        [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d] => Some(Ipv4Addr::new(a, b, c, d)),
        _ => None,
    }
}

/// Whether the address is of the same machine or a network that is not the open one, where a reverse proxy would be:
/// private, of one link, or shared behind a translator (RFC 6598), which overlay networks, clusters and load balancers
/// use as a private one.
pub(crate) const fn is_near(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local() || is_shared(ip),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// Whether it is in `100.64.0.0/10`.
const fn is_shared(ip: Ipv4Addr) -> bool {
    matches!(ip.octets(), [100, 64..=127, ..])
}

/// The reverse proxies that are trusted to report the client's address.
///
/// Without this setting, forwarding headers are ignored and the client is the peer of the connection. With it, the
/// header is read from right to left, because proxies append: entries the client wrote itself are to the left of those
/// the proxies wrote.
///
/// Only one header is read: `X-Forwarded-For`, or `Forwarded` after [`forwarded_header`](Self::forwarded_header). A
/// proxy that maintains one of them usually passes the other through unchanged, as the client sent it.
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
    In(Vec<IpNet>),
}

impl TrustedProxies {
    /// Trusts the nearest `count` proxies, whatever their addresses. Only for applications that cannot be reached
    /// around their proxies: a client that connects directly could claim any address.
    ///
    /// Without a proxy, leave the setting out: `build()` refuses zero.
    #[must_use]
    pub fn count(count: usize) -> Self {
        let problem =
            "trusted proxies: none of them is trusted; write how many there are, or leave `trusted_proxies` out";
        let problems = if count == 0 { vec![problem.to_owned()] } else { Vec::new() };
        Self { who: Who::Nearest(count), forwarded: false, problems }
    }

    /// Trusts proxies whose addresses are in these networks (`192.0.2.7`, `10.1.2.0/24`, `2001:db8::/48`) and no
    /// others, so the application may also be reached directly. Needs the peer address of the connection, which
    /// `auth::serve` provides.
    ///
    /// A network begins with its first address: `build()` refuses `10.1.2.3/8`, networks that no connection comes from, and
    /// an empty list.
    ///
    /// Every address in these networks is treated as a proxy. Do not list a network that contains clients: they could
    /// claim any address.
    #[must_use]
    pub fn networks<T: AsRef<str>>(networks: impl IntoIterator<Item = T>) -> Self {
        let (mut known, mut problems) = (Vec::new(), Vec::new());
        for text in networks {
            match network(text.as_ref()) {
                Ok(network) => known.push(network),
                Err(problem) => problems.push(problem),
            }
        }
        if known.is_empty() && problems.is_empty() {
            let none = "trusted proxies: the list of networks is empty; name those of the proxies, or leave `trusted_proxies` out";
            problems.push(none.to_owned());
        }
        Self { who: Who::In(known), forwarded: false, problems }
    }

    /// Reads `Forwarded` (RFC 7239) instead of `X-Forwarded-For`.
    #[must_use]
    pub fn forwarded_header(mut self) -> Self {
        self.forwarded = true;
        self
    }

    pub(crate) fn problems(&self) -> impl Iterator<Item = &String> {
        self.problems.iter()
    }

    /// Whether a forwarding header is read at all.
    pub(crate) const fn is_set(&self) -> bool {
        !matches!(self.who, Who::Nobody)
    }

    /// Whether `Forwarded` is read instead of `X-Forwarded-For`.
    pub(crate) const fn reads_forwarded(&self) -> bool {
        self.forwarded
    }

    /// Returns the client's address. `peer` is the other end of the connection; `seen` are the entries of the header,
    /// last one first, each `None` if it is not an address. Stops after the first entry that is not a trusted proxy,
    /// and before an entry that cannot be read.
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
                let trusted = |ip: IpAddr| networks.iter().any(|network| network.contains(&ip.to_canonical()));
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

/// Parses a network or an address, or says why no peer can be in it.
fn network(text: &str) -> Result<IpNet, String> {
    let bare = text.trim();
    let parsed = if bare.contains('/') { bare.parse().ok() } else { bare.parse().ok().map(|ip: IpAddr| ip.into()) };
    let Some(network): Option<IpNet> = parsed else {
        return Err(format!("trusted proxies: `{text}` is not a network; write `10.0.0.0/8`"));
    };
    if network.addr() != network.network() {
        let whole = network.trunc();
        return Err(format!("trusted proxies: `{text}` is an address in a network; write the network, `{whole}`"));
    }
    let network = canonical(network);
    // Those have no peer. (A whole address family begins with its unspecified address.)
    let nobody = network.addr().is_unspecified() && network.prefix_len() == network.max_prefix_len();
    if nobody || network.addr().is_multicast() || network.addr() == IpAddr::V4(Ipv4Addr::BROADCAST) {
        return Err(format!("trusted proxies: no connection comes from `{text}`"));
    }
    Ok(network)
}

/// Returns a network of IPv4 addresses that are written as IPv6 as one of IPv4 addresses, because peers are compared in
/// that form.
fn canonical(network: IpNet) -> IpNet {
    let mapped = match network {
        IpNet::V6(network) => network.addr().to_ipv4_mapped().zip(network.prefix_len().checked_sub(96)),
        IpNet::V4(_) => None,
    };
    let mapped = mapped.and_then(|(start, bits)| Ipv4Net::new(start, bits).ok());
    mapped.map_or(network, IpNet::V4)
}

#[cfg(test)]
mod tests {
    use super::{TrustedProxies, counted_as, network};

    fn ip(text: &str) -> std::net::IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn login_12_spellings_of_an_address_share_one_counter() {
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
        let holds = |text: &str, address: &str| network(text).unwrap().contains(&ip(address).to_canonical());
        assert!(holds("10.0.0.0/8", "10.255.0.1") && !holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("10.0.0.0/8", "::ffff:10.0.0.1") && holds("0.0.0.0/0", "203.0.113.9"));
        assert!(holds("::ffff:10.0.0.0/104", "10.9.9.9") && !holds("::ffff:10.0.0.0/104", "11.0.0.1"));
        assert!(holds("192.0.2.7", "192.0.2.7") && !holds("192.0.2.7", "192.0.2.6"));
        assert!(holds("2001:db8::/48", "2001:db8:0:ff::1") && !holds("2001:db8::/48", "2001:db8:1::1"));
        assert!(holds("::/0", "2001:db8::1") && !holds("::/0", "192.0.2.1") && !holds("0.0.0.0/0", "::1"));
        for wrong in ["", "10.0.0.0/33", "::/129", "10.0.0/8", "proxy.example", "10.0.0.0/-1", "10.0.0.0/8/8"] {
            assert!(network(wrong).is_err(), "{wrong}");
            assert_eq!(TrustedProxies::networks([wrong]).problems().count(), 1, "{wrong}");
        }
    }
}
