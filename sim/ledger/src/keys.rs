// SPDX-License-Identifier: MIT OR Apache-2.0
//! Keys, what they sign, and digests: everything that is hashed or signed begins with its domain and a kind
//! (`docs/ledger/transactions.md`), so that nothing can be taken for something else.

use std::fmt;

use avm_sim::algorand::natives::SIGNED_DOMAIN;
pub use ed25519_dalek::SigningKey;
use ed25519_dalek::{Signer, VerifyingKey};
use sha2::{Digest as _, Sha256};

use crate::ids::Hash;

/// An Ed25519 public key: the name of an account. Any 32 bytes; those that are no key sign nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey(pub [u8; 32]);

/// An Ed25519 signature, or 64 bytes that are none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

/// What a signature is for; the value is the byte behind the domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Signed {
    /// The payer's, of a transaction's id.
    Transaction = b'T',
    /// An authorisation.
    Authorisation = b'A',
    /// A vote for a block.
    Vote = b'V',
    /// A vote for a change of code.
    Change = b'C',
}

/// What a digest is of; the value is the byte behind the domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Hashed {
    /// A transaction's id.
    Transaction = b't',
    /// The transactions of a block.
    Set = b's',
    /// A block.
    Block = b'b',
    /// A network's name.
    Network = b'n',
}

/// How everything begins that is hashed here.
const HASHED_DOMAIN: [u8; 16] = *b"AVM digest 1\0\0\0\0";

impl Hashed {
    /// The digest of the parts, one after the other.
    pub fn digest(self, parts: &[&[u8]]) -> Hash {
        let mut hasher = Sha256::new_with_prefix(HASHED_DOMAIN);
        hasher.update([self as u8]);
        parts.iter().for_each(|part| hasher.update(part));
        Hash(hasher.finalize().into())
    }
}

impl Signed {
    /// What a key signs: domain, kind, then the parts.
    fn message(self, parts: &[&[u8]]) -> Vec<u8> {
        [&[&SIGNED_DOMAIN[..], &[self as u8]], parts].concat().concat()
    }

    /// A signature of the parts.
    pub fn sign(self, key: &SigningKey, parts: &[&[u8]]) -> Signature {
        Signature(key.sign(&self.message(parts)).to_bytes())
    }

    /// Whether a signature is good; strictly: no malleable ones, no keys of small order (N7).
    pub fn verify(self, key: &PublicKey, signature: &Signature, parts: &[&[u8]]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        let key = VerifyingKey::from_bytes(&key.0);
        key.is_ok_and(|key| key.verify_strict(&self.message(parts), &signature).is_ok())
    }
}

impl PublicKey {
    /// The key that goes with a signing key.
    pub fn of(key: &SigningKey) -> PublicKey {
        PublicKey(key.verifying_key().to_bytes())
    }

    /// The name of a contract's account: nobody can sign for it.
    pub fn of_contract(app: u64) -> PublicKey {
        let mut name = [0; 32];
        name[..8].copy_from_slice(&app.to_le_bytes());
        PublicKey(name)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({:02x?}..)", &self.0[..4])
    }
}
