//! Address ranges, v4 and v6.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::text::textual;

/// A range of addresses, `192.0.2.0/24` or `2001:db8::/32`; a single address is a range of one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cidr(ipnet::IpNet);

impl Cidr {
    /// Whether `address` lies in the range. An IPv4 address mapped into IPv6 counts as the IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// The address, where the range is one of one.
    pub fn single(&self) -> Option<IpAddr> {
        (self.0.prefix_len() == self.0.max_prefix_len()).then(|| self.0.addr())
    }

    /// Whether all of `other` lies in the range.
    pub fn covers(&self, other: &Cidr) -> bool {
        self.0.contains(&other.0)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() {
            fmt::Display::fmt(&self.0.addr(), f)
        } else {
            fmt::Display::fmt(&self.0, f)
        }
    }
}

impl fmt::Debug for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a range of addresses.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CidrError {
    /// Neither an address nor a range.
    #[error("`{0}` is not an address or range; write it as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32")]
    Unreadable(String),
    /// Bits are set right of the prefix, so the range meant is unclear.
    #[error("`{0}` has address bits beyond its prefix; did you mean {1}?")]
    HostBits(String, String),
}

impl FromStr for Cidr {
    type Err = CidrError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unreadable = || CidrError::Unreadable(text.to_owned());
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self(address.to_canonical().into()));
        }
        let net: ipnet::IpNet = text.parse().map_err(|_| unreadable())?;
        if net.trunc() != net {
            return Err(CidrError::HostBits(text.to_owned(), net.trunc().to_string()));
        }
        if let ipnet::IpNet::V6(v6) = net
            && let Some(v4) = v6.addr().to_ipv4_mapped()
            && let Some(length) = v6.prefix_len().checked_sub(96)
        {
            return ipnet::Ipv4Net::new(v4, length).map(|net| Self(net.into())).map_err(|_| unreadable());
        }
        Ok(Self(net))
    }
}

textual!(Cidr, "Cidr", "An address or a range of addresses in CIDR form, v4 or v6.", "192.0.2.0/24");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_what_they_say() {
        let net: Cidr = "10.0.0.0/8".parse().expect("a range");
        assert!(net.contains("10.1.2.3".parse().expect("an address")));
        assert!(net.contains("::ffff:10.1.2.3".parse().expect("a mapped address")));
        assert!(!net.contains("11.0.0.1".parse().expect("an address")));
        let mapped: Cidr = "::ffff:10.0.0.0/104".parse().expect("a mapped range");
        assert!(mapped.contains("10.1.2.3".parse().expect("an address")));
    }

    #[test]
    fn a_range_with_host_bits_says_what_it_may_mean() {
        let error = "10.0.0.1/8".parse::<Cidr>().expect_err("host bits");
        assert!(error.to_string().contains("10.0.0.0/8"), "{error}");
        assert!("10.0.0.0/33".parse::<Cidr>().is_err());
        assert!("".parse::<Cidr>().is_err());
    }
}
