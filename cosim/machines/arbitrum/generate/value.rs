// SPDX-License-Identifier: MIT OR Apache-2.0
//! Values of random programs: edges of the widths that hardware treats apart, and nested tuples.

use avm_sim::arbitrum::buffer::Buffer;
use avm_sim::arbitrum::inbox::Message;
use avm_sim::arbitrum::value::Value;
use ruint::aliases::U256;

use super::{Draw, int};

impl Draw {
    /// 256 bits, all as likely.
    fn wide(&mut self) -> U256 {
        U256::from_limbs([0; 4].map(|_| self.rng.bits()))
    }

    /// An Integer: small, at a power of two, all ones above a place, or anything.
    pub(super) fn number(&mut self) -> U256 {
        let bits = self.below(256);
        match self.below(12) {
            0..=4 => U256::from(self.below(40)),
            5 => U256::from(self.rng.bits() as u32),
            6 => U256::from(self.rng.bits()),
            7 => U256::ONE << bits,
            8 => (U256::ONE << bits).wrapping_sub(U256::ONE),
            9 => U256::MAX << bits,
            10 => self.wide() >> bits,
            _ => self.wide(),
        }
    }

    /// Any value, nested at most so deep.
    pub(super) fn value(&mut self, deep: u32) -> Value {
        match self.below(10) {
            0..=5 => Value::Int(self.number()),
            6 if self.rng.one_in(2) => Value::Buffer(self.bytes()),
            _ if deep > 0 => self.tuple(deep - 1),
            _ => int(self.rng.bits() & 0xff),
        }
    }

    /// A tuple whose slots are nested at most so deep.
    pub(super) fn tuple(&mut self, deep: u32) -> Value {
        let length = self.any(&[0, 1, 1, 2, 2, 2, 3, 4, 5, 6, 7, 8, 8]);
        Value::Tuple((0..length).map(|_| self.value(deep)).collect())
    }

    fn bytes(&mut self) -> Buffer {
        let length = self.below(70);
        Buffer::from_bytes(&(0..length).map(|_| self.rng.bits() as u8).collect::<Vec<_>>())
    }

    /// A message.
    pub(super) fn message(&mut self) -> Message {
        let mut sender = [0; 20];
        sender.fill_with(|| self.rng.bits() as u8);
        Message {
            kind: self.below(12) as u8,
            sender,
            block: self.number(),
            timestamp: self.number(),
            sequence: self.number(),
            gas_price: self.number(),
            data: (0..self.below(80)).map(|_| self.rng.bits() as u8).collect(),
        }
    }
}
