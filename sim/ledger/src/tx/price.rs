// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a transaction pays before its call.

use super::{AvmCall, Transaction};
use crate::params::{FUEL_BASE, FUEL_BYTE, FUEL_ENTRY, FUEL_SIGNATURE};

impl AvmCall {
    /// Units of fuel that go before the call: per transaction, signature, entry, byte. What the purchase adds to
    /// the heap comes on top.
    pub fn price(&self) -> i64 {
        let entries = self.list.apps().len() + self.list.pages().len();
        let signatures = 1 + self.authorisations.len();
        // None is larger than an encoding allows: the sum is far from the range of the type.
        FUEL_BASE + FUEL_SIGNATURE * signatures as i64 + FUEL_ENTRY * entries as i64 + FUEL_BYTE * self.bytes() as i64
    }

    /// Bytes of the encoding.
    fn bytes(&self) -> usize {
        let authorisations: usize = self.authorisations.iter().map(|a| 54 + a.message.len()).sum();
        let list = 9 * self.list.apps().len() + 8 * self.list.pages().len();
        let signatures = 64 * (1 + self.authorisations.len());
        67 + self.args.len() + authorisations + list + signatures
    }
}

impl Transaction {
    /// Units of fuel that it buys.
    pub fn fuel(&self) -> i64 {
        match self {
            Transaction::Call(call) => i64::try_from(call.fuel).unwrap_or(i64::MAX),
            Transaction::Code(_) => 0,
        }
    }
}
