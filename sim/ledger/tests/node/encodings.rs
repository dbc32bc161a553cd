// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bytes: what is written is read, in one way only; and any bytes are answered.

use avm_ledger::block::Block;
use avm_ledger::certificate::Certificate;
use avm_ledger::keys::Signature;
use avm_ledger::params::{CALL_BYTES, CODE_BYTES};
use avm_ledger::tx::{Act, Transaction};
use avm_sim::algorand::world::AccessList;
use proptest::prelude::{ProptestConfig, any, prop, proptest};

use crate::support::*;

/// One of each kind, with all that it can have.
fn samples(net: &Net) -> Vec<Transaction> {
    let signers: Vec<_> = (2..9).map(|n| net.authorisation(n, PROBE, &[n as u8; 256])).collect();
    let mut full = net.call_signed_by(1, PROBE, probe::ADD, &[7; 2_048], &[page(PROBE, 5), page(90, 1)], signers);
    full.list = AccessList::new((1..17).map(|n| n * 3), full.list.pages()[..8].iter().copied()).unwrap_or(full.list);
    vec![
        net.sign(full),
        net.sign(net.probe(1, probe::ADD, &[5, 1], &[5])),
        net.sign(net.transfer(1, 2, 5)),
        net.change(PROBE + 1, Act::Install(assembled(".method a public\n return\n"))),
        net.change(PROBE, Act::Remove),
    ]
}

#[test]
fn what_is_written_is_read() {
    let mut net = Net::new();
    for transaction in samples(&net) {
        let bytes = transaction.to_bytes();
        assert_eq!(Transaction::from_bytes(&bytes).as_ref(), Ok(&transaction));
        // Every shorter one lacks something, and every longer one has something left.
        for n in 0..bytes.len() {
            assert!(Transaction::from_bytes(&bytes[..n]).is_err(), "{n} bytes of {}", bytes.len());
        }
        assert!(Transaction::from_bytes(&[&bytes[..], &[0]].concat()).is_err());
    }
    net.take(vec![]);
    for block in [net.blocks[0].clone(), net.propose(vec![]).block] {
        let bytes = block.to_bytes();
        assert_eq!(Block::from_bytes(&bytes).as_ref(), Ok(&block));
        assert!((0..bytes.len()).all(|n| Block::from_bytes(&bytes[..n]).is_err()));
        assert!(Block::from_bytes(&[&bytes[..], &[0]].concat()).is_err());
        assert_eq!(Certificate::from_bytes(&block.certificate.to_bytes()), Ok(block.certificate));
    }
}

/// Fields at fixed places say what the page says.
#[test]
fn the_encoding_is_the_documented_one() {
    let net = Net::new();
    let Transaction::Call(call) = net.sign(net.transfer(1, 2, 5)) else { unreachable!() };
    let bytes = Transaction::Call(call.clone()).to_bytes();
    assert_eq!((bytes[0], &bytes[1..33]), (1, &call.payer.0[..]));
    assert_eq!(bytes[33..41], call.nonce.issuance.to_le_bytes());
    assert_eq!(bytes[41..45], call.nonce.sequence.to_le_bytes());
    assert_eq!(bytes[45..53], FUEL.to_le_bytes());
    assert_eq!((&bytes[53..61], &bytes[61..65]), (&1_u64.to_le_bytes()[..], &[3, 0, 72, 0][..]));
    assert_eq!(bytes[65..137], call.args);
    assert_eq!((bytes[137], &bytes[138..170]), (1, &call.payer.0[..]));
    assert_eq!((&bytes[182..192], &bytes[192..200]), (&[1, 0, 0, 0, 0, 0, 0, 0, 48, 0][..], &b"transfer"[..]));
    assert_eq!(bytes[240..250], [1, 1, 0, 0, 0, 0, 0, 0, 0, 2]);
    assert_eq!((bytes.len(), &bytes[266..330]), (394, &call.signatures[0].0[..]));
    // The price counts these bytes.
    let fewer = avm_ledger::tx::AvmCall { args: call.args[1..].to_vec(), ..call.clone() };
    let less = Transaction::Call(fewer.clone()).to_bytes().len();
    assert_eq!((394 - less, call.price() - fewer.price()), (1, 4));
}

#[test]
fn sizes_are_bounded() {
    let net = Net::new();
    let mut largest = samples(&net)[0].to_bytes();
    assert!(largest.len() <= CALL_BYTES, "{}", largest.len());
    largest.resize(CALL_BYTES + 1, 0);
    assert!(Transaction::from_bytes(&largest).unwrap_err().to_string().contains("8,192"));
    let mut code = samples(&net)[3].to_bytes();
    code.resize(CODE_BYTES + 1, 0);
    assert!(Transaction::from_bytes(&code).unwrap_err().to_string().contains("65,536"));
    assert!(Transaction::from_bytes(&[]).is_err());
}

/// What can be decoded at all is encoded to the same bytes: there is no second encoding of anything.
fn one_encoding(bytes: &[u8]) {
    if let Ok(transaction) = Transaction::from_bytes(bytes) {
        assert_eq!(transaction.to_bytes(), bytes);
        let _ = transaction.check(Default::default());
    }
    if let Ok(block) = Block::from_bytes(bytes) {
        assert_eq!(block.to_bytes(), bytes);
    }
    if let Ok(certificate) = Certificate::from_bytes(bytes) {
        assert_eq!(certificate.to_bytes(), bytes);
    }
}

/// A sample with some of its bytes changed, taken out, doubled.
pub fn spoilt(rng: &mut Rng, mut bytes: Vec<u8>) -> Vec<u8> {
    for _ in 0..=rng.below(3) {
        let at = rng.below(bytes.len().max(1) as u64) as usize;
        match rng.below(5) {
            _ if bytes.is_empty() => bytes.push(rng.next() as u8),
            0 => bytes[at] ^= 1 << rng.below(8),
            1 => bytes[at] = rng.next() as u8,
            2 => bytes.truncate(at),
            3 => {
                let piece = bytes[at..bytes.len().min(at + 1 + rng.below(64) as usize)].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                bytes.drain(at..bytes.len().min(at + 1 + rng.below(64) as usize));
            }
        }
    }
    bytes
}

/// For a longer time: `AVM_FUZZ_SECONDS=3600 cargo test -p avm-ledger --test node any_spoilt_bytes -- --nocapture`.
#[test]
fn any_spoilt_bytes_are_answered() {
    let mut net = Net::new();
    net.take(vec![]);
    let mut seeds: Vec<_> = samples(&net).iter().map(Transaction::to_bytes).collect();
    seeds.extend([net.propose(vec![]).block.to_bytes(), net.certificate().to_bytes()]);
    let seconds = std::env::var("AVM_FUZZ_SECONDS").ok().and_then(|s| s.parse().ok());
    let (begin, mut rng, mut inputs) = (std::time::Instant::now(), Rng(0x5eed), 0_u64);
    if let Some(seconds) = seconds {
        rng.0 ^= begin.elapsed().as_nanos() as u64 ^ u64::from(std::process::id()) << 20;
        while begin.elapsed().as_secs() < seconds {
            inputs += 1;
            let seed = rng.below(seeds.len() as u64) as usize;
            one_encoding(&spoilt(&mut rng, seeds[seed].clone()));
        }
        println!("{inputs} inputs in {seconds} s, no panic");
        return;
    }
    for _ in 0..20_000 {
        let seed = rng.below(seeds.len() as u64) as usize;
        one_encoding(&spoilt(&mut rng, seeds[seed].clone()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..600), kind in 0_u8..4) {
        one_encoding(&bytes);
        one_encoding(&[&[kind][..], &bytes].concat());
    }
}

#[test]
fn signatures_are_shown_short() {
    assert_eq!(format!("{:?}", Signature([0xab; 64])), "Signature([ab, ab, ab, ab]..)");
}
