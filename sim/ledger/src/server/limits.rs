// SPDX-License-Identifier: MIT OR Apache-2.0
//! How much anybody may ask for: requests a second for each address, connections in all.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Addresses of which is remembered how much they asked for.
const ADDRESSES: usize = 4_096;

/// What a server allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Open connections, of all clients.
    pub connections: usize,
    /// Open connections of one address.
    pub connections_each: usize,
    /// Requests a second of one address, lasting.
    pub rate: u32,
    /// Requests at once of one address after a pause.
    pub burst: u32,
    /// Longest time for a request to arrive: its head, and again its body.
    pub arrival: Duration,
    /// Longest life of a connection; a client opens another.
    pub life: Duration,
    /// Requests for which the databases work at once; others wait.
    pub lookups: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 256,
            connections_each: 64,
            rate: 500,
            burst: 1_000,
            arrival: Duration::from_secs(5),
            life: Duration::from_secs(60),
            lookups: 4,
        }
    }
}

/// Who asked for how much. Time is given, not read, so that tests have theirs.
#[derive(Debug)]
pub struct Usage {
    limits: Limits,
    addresses: HashMap<IpAddr, Share>,
    connections: usize,
}

/// One address's.
#[derive(Clone, Copy, Debug)]
struct Share {
    /// Requests that it may make now, in thousandths.
    left: u64,
    since: Instant,
    connections: usize,
}

impl Usage {
    /// Nobody asked for anything.
    pub fn new(limits: Limits) -> Usage {
        Usage { limits, addresses: HashMap::new(), connections: 0 }
    }

    /// Whether this address may open a connection now. If so, it counts until [`Usage::closed`].
    pub fn connect(&mut self, address: IpAddr, now: Instant) -> bool {
        let limits = self.limits;
        if self.connections >= limits.connections {
            return false;
        }
        let Some(share) = self.share(address, now) else { return false };
        if share.connections >= limits.connections_each {
            return false;
        }
        share.connections += 1;
        self.connections += 1;
        true
    }

    /// A connection of this address is closed.
    pub fn closed(&mut self, address: IpAddr) {
        self.connections = self.connections.saturating_sub(1);
        if let Some(share) = self.addresses.get_mut(&address) {
            share.connections = share.connections.saturating_sub(1);
        }
    }

    /// Whether this address may make a request now.
    pub fn request(&mut self, address: IpAddr, now: Instant) -> bool {
        let Some(share) = self.share(address, now) else { return false };
        let allowed = share.left >= 1_000;
        share.left -= if allowed { 1_000 } else { 0 };
        allowed
    }

    /// An address's share, with what time has added to it. `None`: too many other addresses are busy.
    fn share(&mut self, address: IpAddr, now: Instant) -> Option<&mut Share> {
        let (rate, full) = (u64::from(self.limits.rate), 1_000 * u64::from(self.limits.burst));
        let refill = |share: &mut Share| {
            let added = u64::try_from(now.saturating_duration_since(share.since).as_millis()).unwrap_or(u64::MAX);
            share.left = share.left.saturating_add(added.saturating_mul(rate)).min(full);
            // Parts of a millisecond are kept for the next time.
            share.since += Duration::from_millis(added);
        };
        if !self.addresses.contains_key(&address) && self.addresses.len() >= ADDRESSES {
            // Who has a full share and no connection needs not be remembered.
            self.addresses.retain(|_, share| {
                refill(share);
                share.left < full || share.connections > 0
            });
            if self.addresses.len() >= ADDRESSES {
                return None;
            }
        }
        let share = self.addresses.entry(address).or_insert(Share { left: full, since: now, connections: 0 });
        refill(share);
        Some(share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(n: u32) -> IpAddr {
        IpAddr::from(n.to_be_bytes())
    }

    #[test]
    fn requests_come_back_with_time() {
        let limits = Limits { rate: 10, burst: 3, ..Limits::default() };
        let (mut usage, start) = (Usage::new(limits), Instant::now());
        let at = |ms| start + Duration::from_millis(ms);
        assert_eq!([0; 5].map(|ms| usage.request(address(1), at(ms))), [true, true, true, false, false]);
        assert!(usage.request(address(2), at(0)), "another address has its own share");
        assert_eq!([99, 100, 101, 200].map(|ms| usage.request(address(1), at(ms))), [false, true, false, true]);
        assert_eq!([10_000; 4].map(|ms| usage.request(address(1), at(ms))), [true, true, true, false]);
    }

    #[test]
    fn connections_are_counted() {
        let limits = Limits { connections: 3, connections_each: 2, ..Limits::default() };
        let (mut usage, now) = (Usage::new(limits), Instant::now());
        assert_eq!([1, 1, 1, 2, 2].map(|n| usage.connect(address(n), now)), [true, true, false, true, false]);
        usage.closed(address(1));
        assert_eq!([2, 2, 1].map(|n| usage.connect(address(n), now)), [true, false, false]);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let limits = Limits { rate: 1, burst: 1, ..Limits::default() };
        let (mut usage, now) = (Usage::new(limits), Instant::now());
        let taken = (0..10_000).filter(|n| usage.request(address(*n), now)).count();
        assert_eq!((taken, usage.addresses.len()), (ADDRESSES, ADDRESSES));
        assert!(usage.request(address(20_000), now + Duration::from_secs(2)), "the others are forgotten in time");
        assert_eq!(usage.addresses.len(), 1);
    }
}
