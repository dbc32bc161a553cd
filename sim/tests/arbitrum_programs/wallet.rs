// SPDX-License-Identifier: MIT OR Apache-2.0
//! The oracle of `wallet.avma`: payments that are signed here, by the crate.

use super::scene::{Run, check};
use super::value::{V, be, both, int, keccak, number, tuple};
use k256::ecdsa::SigningKey;
use ruint::aliases::U256;

fn key(n: u8) -> SigningKey {
    let mut secret = [0; 32];
    secret[31] = n;
    SigningKey::from_slice(&secret).expect("a secret key")
}

fn account_of(key: &SigningKey) -> U256 {
    let point = key.verifying_key().to_sec1_point(false);
    number(keccak(&[&point.as_bytes()[1..]])) & ((U256::from(1) << 160) - U256::from(1))
}

/// r, s and recovery bit, 32 bytes each.
fn signature(key: &SigningKey, digest: U256) -> Vec<u8> {
    let (signature, bit) = key.sign_prehash_recoverable(&be(digest));
    [&signature.to_bytes()[..], &be(U256::from(bit.to_byte()))].concat()
}

struct Wallet {
    number: u64,
    funds: U256,
    run: Run,
}

const STRANGER: u64 = 0x57a0;

impl Wallet {
    fn receipt(&mut self, seq: u64, code: u64) {
        self.run.logs.push(tuple([int(seq), int(code)]));
    }

    fn deposit(&mut self, amount: u64) {
        let seq = self.run.message(1, U256::from(STRANGER), &[&be(U256::from(amount))]);
        self.funds += U256::from(amount);
        self.receipt(seq, 1);
    }

    /// A payment, signed by two keys; `altered` is what the message says instead of the amount that was signed.
    fn pay(&mut self, to: u64, amount: u64, nonce: u64, keys: [u8; 2], altered: Option<u64>, code: u64) {
        let [account, signed, nonce] = [to, amount, nonce].map(U256::from);
        let purpose = number(keccak(&[b"avm wallet payment"]));
        let digest = both(both(both(purpose, account), signed), nonce);
        let said = U256::from(altered.unwrap_or(amount));
        let signatures = keys.map(|k| signature(&key(k), digest)).concat();
        let seq = self.run.message(2, U256::from(STRANGER), &[&be(account), &be(said), &be(nonce), &signatures]);
        if code == 1 {
            assert!(nonce == U256::from(self.number) && signed <= self.funds);
            self.funds -= signed;
            self.number += 1;
            self.run.sends.push([be(account), be(signed)].concat());
        }
        self.receipt(seq, code);
    }
}

#[test]
fn wallet() {
    let source = include_str!("../../../testbenches/arbitrum/programs/wallet.avma");
    for k in 1..=3 {
        assert!(source.contains(&format!("{:#042x}", account_of(&key(k)))), "key {k}: {:#042x}", account_of(&key(k)));
    }
    let mut wallet = Wallet { number: 0, funds: U256::ZERO, run: Run::new("payments") };
    wallet.deposit(1000);
    wallet.pay(0xa1, 100, 0, [1, 2], None, 1);
    wallet.pay(0xa1, 100, 0, [1, 2], None, 2);
    wallet.pay(0xa2, 200, 1, [3, 1], None, 1);
    wallet.pay(0xa3, 50, 2, [1, 1], None, 3);
    wallet.pay(0xa3, 50, 2, [4, 1], None, 3);
    wallet.pay(0xa3, 50, 2, [2, 4], None, 3);
    wallet.pay(0xa3, 50, 2, [2, 3], Some(500), 3);
    wallet.pay(0xa3, 701, 2, [2, 3], None, 4);
    wallet.pay(0xa3, 700, 2, [2, 3], None, 1);
    wallet.deposit(5);
    let seq = wallet.run.message(7, U256::from(STRANGER), &[b"?"]);
    wallet.receipt(seq, 5);
    wallet.run.message(0, U256::from(STRANGER), &[]);
    wallet.run.logs.push(V::Int(wallet.funds));
    check("wallet", "A wallet of which two of three owners may pay: ecrecover and sends", &[wallet.run]);
}
