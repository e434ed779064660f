use std::net::{IpAddr, Ipv6Addr};

use actix_web::HttpRequest;

/// Where a request comes from: an IPv4 address, or the first 64 bits of an IPv6 address, which one customer has to
/// itself (RFC 6177).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Address(IpAddr);

impl Address {
    /// The peer's; behind a proxy the last of `X-Forwarded-For`, which is the one that the proxy wrote. None where
    /// there is no peer, as in a test without a network.
    pub(super) fn of(request: &HttpRequest, behind_proxy: bool) -> Option<Self> {
        let forwarded = behind_proxy.then(|| {
            let last = request.headers().get_all("x-forwarded-for").last()?;
            forwarded_for(last.to_str().ok()?)
        });
        let peer = || request.peer_addr().map(|peer| peer.ip());
        forwarded.flatten().or_else(peer).map(Self::new)
    }

    /// That of a connection's other end.
    pub(super) fn new(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        })
    }
}

/// The last entry of an `X-Forwarded-For` header, the one that a proxy of ours wrote; none where that is no address.
#[must_use]
pub fn forwarded_for(header: &str) -> Option<IpAddr> {
    header.rsplit(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_64_bits_is_one_address() {
        let check = |one: &str, other: &str, expect: bool| {
            let address = |text: &str| Address::new(text.parse().unwrap());
            assert_eq!(address(one) == address(other), expect, "{one} {other}");
        };
        check("192.0.2.1", "192.0.2.1", true);
        check("192.0.2.1", "192.0.2.2", false);
        check("::ffff:192.0.2.1", "192.0.2.1", true);
        check("2001:db8::1", "2001:db8::ffff:2", true);
        check("2001:db8::1", "2001:db8:0:1::1", false);
    }

    #[test]
    fn only_what_the_proxy_wrote_counts() {
        let check = |header: &str, expect: Option<&str>| {
            assert_eq!(forwarded_for(header), expect.map(|text| text.parse().unwrap()), "{header}");
        };
        check("192.0.2.1", Some("192.0.2.1"));
        check("198.51.100.7, 192.0.2.1", Some("192.0.2.1"));
        check("198.51.100.7,2001:db8::1", Some("2001:db8::1"));
        check("192.0.2.1, unknown", None);
        check("", None);
    }
}
