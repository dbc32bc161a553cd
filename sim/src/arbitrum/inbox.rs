// SPDX-License-Identifier: MIT OR Apache-2.0
//! Messages of the inbox: the value that `inbox` pushes, and the hash that proofs need. Rules: "Inbox".

use ruint::aliases::U256;

use super::buffer::Buffer;
use super::hash::{Hash, be, keccak};
use super::value::Value;

/// A message from the first layer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// What it is for.
    pub kind: u8,
    /// Address of its sender, 160 bits, most significant first.
    pub sender: [u8; 20],
    /// Block of the first layer in which it was put into the inbox.
    pub block: U256,
    /// Time of that block.
    pub timestamp: U256,
    /// Sequence number; bit 255 is set in delayed messages.
    pub sequence: U256,
    /// Gas price of the first layer.
    pub gas_price: U256,
    /// Contents.
    pub data: Vec<u8>,
}

impl Message {
    /// The sender as an Integer.
    pub fn sender_int(&self) -> U256 {
        U256::from_be_slice(&self.sender)
    }

    /// The eight slots of the Tuple that the machine gets.
    pub fn slots(&self) -> [Value; 8] {
        [
            Value::int(self.kind.into()),
            Value::Int(self.block),
            Value::Int(self.timestamp),
            Value::Int(self.sender_int()),
            Value::Int(self.sequence),
            Value::Int(self.gas_price),
            Value::int(self.data.len() as u64),
            Value::Buffer(Buffer::from_bytes(&self.data)),
        ]
    }

    /// messageHash (A7).
    pub fn hash(&self) -> Hash {
        let data = keccak(&[&self.data]);
        let words = [self.block, self.timestamp, self.sequence, self.gas_price].map(be);
        keccak(&[&[self.kind], &self.sender, &words[0], &words[1], &words[2], &words[3], &data])
    }

    /// inboxAcc after this message was read.
    pub fn accumulate(&self, inbox_acc: &Hash) -> Hash {
        keccak(&[inbox_acc, &self.hash()])
    }
}
