//! How many connections one client may hold, so that no single one takes all there are.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Connections by client.
pub(super) struct Room {
    most: usize,
    held: Mutex<HashMap<IpAddr, usize>>,
}

/// One connection of a client; gives its place back when dropped.
pub(super) struct Place {
    room: Arc<Room>,
    client: IpAddr,
}

impl Room {
    /// For `most` connections of all clients together.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, held: Mutex::default() })
    }

    /// A place for one more connection of `address`; none when it has all it may have. A proxy on this machine may
    /// stand for many, so half of all may come from here, and a quarter from anywhere else.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let client = client(address);
        let most = (self.most / if client.is_loopback() { 2 } else { 4 }).max(1);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(client).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place { room: Arc::clone(self), client })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.room.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.client);
            }
        }
    }
}

/// Who an address stands for: one host has all the addresses of an IPv6 network of 64 bits.
fn client(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) if !six.is_loopback() => Ipv6Addr::from_bits(six.to_bits() >> 64 << 64).into(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(address: &str, room: &Arc<Room>) -> Option<Place> {
        room.take(address.parse().expect("an address"))
    }

    #[test]
    fn one_client_takes_a_share_and_gives_it_back() {
        let room = Room::new(8);
        let mut remote: Vec<Place> = (0..2).map(|_| takes("192.0.2.1", &room).expect("a place")).collect();
        assert!(takes("192.0.2.1", &room).is_none());
        assert!(takes("::ffff:192.0.2.1", &room).is_none());
        assert!(takes("192.0.2.2", &room).is_some());
        remote.pop();
        assert!(takes("192.0.2.1", &room).is_some());
        let local: Vec<Place> = (0..4).map(|_| takes("127.0.0.1", &room).expect("a place")).collect();
        assert!(takes("127.0.0.1", &room).is_none());
        drop((remote, local));
        assert!(room.held.lock().expect("no panic").is_empty());
    }

    #[test]
    fn an_ipv6_network_is_one_client() {
        let room = Room::new(4);
        let _one = takes("2001:db8::1", &room).expect("a place");
        assert!(takes("2001:db8::2", &room).is_none());
        assert!(takes("2001:db8:0:1::1", &room).is_some());
    }
}
