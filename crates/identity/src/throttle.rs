//! Attempts that failed, counted per account and per address, so that guessing is slow.
//!
//! Nobody is locked out by a stranger: an account as a whole is closed only to networks from which it was never used.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// For how long a failure counts.
const WINDOW: Duration = Duration::from_secs(15 * 60);
/// Failures of one account from one network.
const ACCOUNT_FROM_NETWORK: u32 = 5;
/// Failures from one network, whatever the account.
const NETWORK: u32 = 50;
/// Failures of one account from all networks that it was never used from.
const ACCOUNT: u32 = 50;
/// Counters kept; the oldest give way.
const MOST: usize = 100_000;

/// The counters of this node.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    counted: Mutex<HashMap<Key, Counter>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    AccountFromNetwork(String, IpAddr),
    Network(IpAddr),
    Account(String),
}

#[derive(Clone, Copy, Debug)]
struct Counter {
    failures: u32,
    since: Duration,
}

impl Throttle {
    /// Whether one more attempt may be made at `now` (monotonic); the seconds to wait where not. `is_familiar` is
    /// asked only where it matters: whether the account was used from this network before.
    pub(crate) fn check(&self, account: &str, address: IpAddr, now: Duration) -> Result<Standing, u64> {
        let network = network(address);
        let counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let over = |key: &Key, most: u32| {
            let counter = counted.get(key).filter(|counter| now < counter.since + WINDOW)?;
            (counter.failures >= most).then(|| (counter.since + WINDOW).saturating_sub(now).as_secs().max(1))
        };
        if let Some(wait) = over(&Key::AccountFromNetwork(account.to_owned(), network), ACCOUNT_FROM_NETWORK) {
            return Err(wait);
        }
        if let Some(wait) = over(&Key::Network(network), NETWORK) {
            return Err(wait);
        }
        Ok(over(&Key::Account(account.to_owned()), ACCOUNT).map_or(Standing::Open, Standing::FamiliarOnly))
    }

    /// Counts a failure.
    pub(crate) fn fail(&self, account: &str, address: IpAddr, now: Duration) {
        let network = network(address);
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.len() >= MOST {
            counted.retain(|_, counter| now < counter.since + WINDOW);
        }
        if counted.len() >= MOST {
            // All of them are of the last quarter of an hour: somebody makes names up. Networks go on counting.
            counted.retain(|key, _| matches!(key, Key::Network(_)));
        }
        let keys = [
            Key::AccountFromNetwork(account.to_owned(), network),
            Key::Network(network),
            Key::Account(account.to_owned()),
        ];
        for key in keys {
            let counter = counted.entry(key).or_insert(Counter { failures: 0, since: now });
            if now >= counter.since + WINDOW {
                *counter = Counter { failures: 0, since: now };
            }
            counter.failures += 1;
        }
    }

    /// Forgets the failures of an account from this network: it was used rightly.
    pub(crate) fn succeed(&self, account: &str, address: IpAddr) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.remove(&Key::AccountFromNetwork(account.to_owned(), network(address)));
    }
}

/// Whether an attempt may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// By anybody.
    Open,
    /// From networks only from which the account was used; others wait so many seconds.
    FamiliarOnly(u64),
}

/// What one household or office shares: 24 bits of an IPv4 address, 48 of an IPv6 address.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => Ipv4Addr::from_bits(v4.to_bits() & !0xff).into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !(u128::MAX >> 48)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn guessing_one_account_from_one_network_ends_after_five() {
        let throttle = Throttle::default();
        for second in 0..5 {
            assert_eq!(throttle.check("ada", address("203.0.113.7"), at(second)), Ok(Standing::Open));
            throttle.fail("ada", address("203.0.113.7"), at(second));
        }
        let wait = throttle.check("ada", address("203.0.113.99"), at(10)).expect_err("the same network");
        assert_eq!(wait, 15 * 60 - 10);
        assert_eq!(throttle.check("ada", address("198.51.100.1"), at(10)), Ok(Standing::Open), "others go on");
        assert_eq!(throttle.check("bob", address("203.0.113.7"), at(10)), Ok(Standing::Open));
        assert_eq!(throttle.check("ada", address("203.0.113.7"), at(15 * 60)), Ok(Standing::Open), "it passes");
        throttle.succeed("ada", address("203.0.113.7"));
        assert_eq!(throttle.check("ada", address("203.0.113.7"), at(11)), Ok(Standing::Open));
    }

    #[test]
    fn a_network_that_tries_everybody_waits() {
        let throttle = Throttle::default();
        for number in 0..50 {
            throttle.fail(&format!("user-{number}"), address("2001:db8:1::1"), at(0));
        }
        assert!(throttle.check("ada", address("2001:db8:1:2::3"), at(1)).is_err());
        assert_eq!(throttle.check("ada", address("2001:db8:2::1"), at(1)), Ok(Standing::Open));
    }

    #[test]
    fn strangers_everywhere_leave_an_account_to_those_who_know_it() {
        let throttle = Throttle::default();
        for number in 0..50u8 {
            throttle.fail("ada", IpAddr::from([10, 0, number, 1]), at(0));
        }
        let standing = throttle.check("ada", address("203.0.113.7"), at(1));
        assert_eq!(standing, Ok(Standing::FamiliarOnly(15 * 60 - 1)));
    }

    #[test]
    fn counters_are_bounded() {
        let throttle = Throttle::default();
        for number in 0..u32::try_from(MOST).expect("fits") {
            throttle.fail(&format!("user-{number}"), IpAddr::from(number.to_be_bytes()), at(0));
        }
        assert!(throttle.counted.lock().expect("no panic").len() <= MOST + 3);
    }
}
