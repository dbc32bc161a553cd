// SPDX-License-Identifier: MIT OR Apache-2.0
//! Signing, for wallets and tests.

use ed25519_dalek::SigningKey;

use super::{Authorisation, AvmCall, CodeChange, Transaction};
use crate::ids::Hash;
use crate::keys::{PublicKey, Signature, Signed};

impl Authorisation {
    /// A signature of it, by whoever has the key.
    pub fn sign(&self, genesis: Hash, key: &SigningKey) -> Signature {
        let (issuance, sequence) = (self.nonce.issuance.to_le_bytes(), self.nonce.sequence.to_le_bytes());
        let parts: [&[u8]; 5] = [&genesis.0, &issuance, &sequence, &self.app.to_le_bytes(), &self.message];
        Signed::Authorisation.sign(key, &parts)
    }
}

impl AvmCall {
    /// The transaction with all its signatures: the payer's key, then those of the authorisations in their order.
    /// Whether the keys fit is not looked at.
    pub fn signed(mut self, genesis: Hash, payer: &SigningKey, others: &[&SigningKey]) -> Transaction {
        let others: Vec<_> = self.authorisations.iter().zip(others).map(|(a, key)| a.sign(genesis, key)).collect();
        self.signatures.clear();
        let mut transaction = Transaction::Call(self);
        let id = transaction.id(genesis);
        if let Transaction::Call(call) = &mut transaction {
            call.signatures.push(Signed::Transaction.sign(payer, &[&id.0]));
            call.signatures.extend(others);
        }
        transaction
    }
}

impl CodeChange {
    /// The transaction with these votes.
    pub fn voted(mut self, genesis: Hash, keys: &[&SigningKey]) -> Transaction {
        self.votes.clear();
        let mut transaction = Transaction::Code(self);
        let id = transaction.id(genesis);
        let mut votes: Vec<_> =
            keys.iter().map(|key| (PublicKey::of(key), Signed::Change.sign(key, &[&id.0]))).collect();
        votes.sort_by_key(|(key, _)| *key);
        if let Transaction::Code(change) = &mut transaction {
            change.votes = votes;
        }
        transaction
    }
}
