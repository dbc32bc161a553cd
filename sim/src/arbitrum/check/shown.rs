// SPDX-License-Identifier: MIT OR Apache-2.0
//! Values as proofs show them.

use ruint::aliases::U256;

use crate::arbitrum::hash::{Hash, PreImage, hash_buffer, hash_code, hash_int};
use crate::arbitrum::isa::Ty;
use crate::arbitrum::value::type_code;

/// A value, known as far as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// 256 bits.
    Int(U256),
    /// A CodePoint.
    Code {
        /// Opcode byte.
        opcode: u8,
        /// Immediate.
        immediate: Option<Box<Shown>>,
        /// Hash of the following CodePoint.
        next: Hash,
    },
    /// A CodePoint of which the hash is known only; never read from a proof.
    CodeHash(Hash),
    /// A Tuple that is not opened.
    Closed(PreImage),
    /// A Tuple's slots.
    Tuple(Vec<Shown>),
    /// Merkle root of a Buffer.
    Buffer(Hash),
}

impl Shown {
    /// Its hash.
    pub fn hash(&self) -> Hash {
        match self {
            Shown::Int(n) => hash_int(*n),
            Shown::Code { opcode, immediate, next } => hash_code(*opcode, immediate.as_ref().map(|v| v.hash()), next),
            Shown::CodeHash(hash) => *hash,
            Shown::Closed(image) => image.hash(),
            Shown::Tuple(slots) => PreImage::new(slots.iter().map(|s| (s.hash(), s.size()))).hash(),
            Shown::Buffer(root) => hash_buffer(root),
        }
    }

    /// Its size.
    pub fn size(&self) -> U256 {
        match self {
            Shown::Closed(image) => image.size,
            Shown::Tuple(slots) => slots.iter().fold(U256::from(1), |sum, slot| sum.wrapping_add(slot.size())),
            _ => U256::from(1),
        }
    }

    /// Opened so many levels, and no further: what an instruction does not need must not be shown.
    pub(super) fn opened(&self, depth: u8) -> bool {
        match self {
            Shown::Int(_) | Shown::Buffer(_) => true,
            Shown::Closed(_) => depth == 0,
            Shown::Tuple(slots) => depth > 0 && slots.iter().all(|slot| slot.opened(depth - 1)),
            Shown::Code { immediate, .. } => immediate.as_ref().is_none_or(|v| v.opened(depth.saturating_sub(1))),
            Shown::CodeHash(_) => false,
        }
    }

    /// Of a type.
    pub(super) fn is(&self, ty: Ty) -> bool {
        ty == Ty::Any || ty == self.ty()
    }

    fn ty(&self) -> Ty {
        match self {
            Shown::Int(_) => Ty::Int,
            Shown::Code { .. } | Shown::CodeHash(_) => Ty::Code,
            Shown::Closed(_) | Shown::Tuple(_) => Ty::Tuple,
            Shown::Buffer(_) => Ty::Buffer,
        }
    }

    /// Code that `type` gives.
    pub(super) fn type_code(&self) -> u8 {
        match self.ty() {
            Ty::Int => type_code::INT,
            Ty::Code => type_code::CODE,
            Ty::Buffer => type_code::BUFFER,
            Ty::Tuple | Ty::Any => type_code::TUPLE,
        }
    }

    /// 1 or 0.
    pub(super) fn flag(b: bool) -> Shown {
        Shown::Int(U256::from(u64::from(b)))
    }
}
