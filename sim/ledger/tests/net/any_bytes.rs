// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is read from the network may be any bytes: the readers take them or refuse them, and never panic.
//! `AVM_FUZZ` is the number of seconds for each reader, `AVM_FUZZ_SEED` the start of the dice.

use std::time::{Duration, Instant};

use avm_ledger::bytes::Reader;
use avm_ledger::edb::disk::{Disk, Options};
use avm_ledger::edb::key::Key as _;
use avm_ledger::edb::proof::Proof;
use avm_ledger::edb::{Answer, Edb as _};
use avm_ledger::ids::{AppId, Hash, Root};
use avm_ledger::server::wire::{Asked, Query, Reply, Value, query_max, reply_max};
use avm_sim::algorand::world::PageId;
use proptest::prelude::*;

use crate::support::rng::{Rng, number};

proptest! {
    #[test]
    fn any_bytes_are_a_question_or_not(bytes in prop::collection::vec(any::<u8>(), 0..300), few in 0_u8..4) {
        question::<PageId>(&bytes);
        question::<AppId>(&bytes);
        // With a number of keys that fits more often.
        let near = [&[0; 32][..], &[few, 0], &bytes].concat();
        question::<PageId>(&near);
        question::<AppId>(&near);
    }

    #[test]
    fn any_bytes_are_an_answer_or_not(bytes in prop::collection::vec(any::<u8>(), 0..600), asked in 0_usize..4) {
        answer::<PageId>(&bytes, asked);
        answer::<AppId>(&[&[asked as u8, 0], &bytes[..]].concat(), asked);
    }
}

/// What can be read is written the same way.
fn question<K: Asked>(bytes: &[u8]) {
    if let Ok(query) = Query::<K>::decode(bytes) {
        assert_eq!(query.encode(), bytes);
        assert!(bytes.len() <= query_max::<K>());
    }
}

fn answer<K: Asked>(bytes: &[u8], asked: usize) {
    if let Ok(reply) = Reply::decode::<K>(bytes, asked) {
        assert_eq!(reply.encode(), bytes);
        assert!(bytes.len() <= reply_max::<K>(asked));
        for (_, proof) in &reply.answers {
            assert!(proof.claim(Root([1; 32]), PageId { app: 1, page: 1 }).is_err());
        }
    }
}

/// One of the inputs with a few changes.
fn altered(rng: &mut Rng, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut input = corpus[rng.below(corpus.len())].clone();
    for _ in 0..1 + rng.below(4) {
        let at = rng.below(input.len() + 1);
        let end = (at + rng.below(40)).min(input.len());
        match rng.below(6) {
            0 => drop(input.drain(at..end)),
            1 => input.truncate(at),
            2 => {
                let more = rng.below(40);
                input.splice(at..at, rng.bytes(more));
            }
            3 => {
                let other = &corpus[rng.below(corpus.len())];
                input.splice(at..end, other[..other.len().min(end - at)].to_vec());
            }
            4 => input[at..end].fill([0, 1, 0x7f, 0x80, 0xff][rng.below(5)]),
            _ if at < input.len() => input[at] ^= 1 << rng.below(8),
            _ => {}
        }
    }
    input
}

pub fn fuzz(name: &str, corpus: &[Vec<u8>], read: impl Fn(&[u8])) {
    corpus.iter().for_each(|input| read(input));
    let mut rng = Rng::new(number("AVM_FUZZ_SEED", 1));
    let end = Instant::now() + Duration::from_secs(number("AVM_FUZZ", 1));
    let mut inputs = 0;
    while Instant::now() < end {
        read(&altered(&mut rng, corpus));
        inputs += 1;
    }
    println!("{name}: {inputs} inputs");
}

/// Answers of a small database, and questions about it.
fn examples() -> [Vec<Vec<u8>>; 3] {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = Disk::<PageId>::open(&folder.path().join("heap"), Options::small()).expect("a database");
    let page = |n: u64| PageId { app: 1, page: n };
    let prepared = disk.prepare(&(0..30).map(|n| (page(n), Some(vec![n as u8; 16]))).collect()).expect("prepared");
    let root = disk.commit(prepared).expect("kept");
    let (mut questions, mut answers, mut proofs) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..20 {
        let keys: Vec<PageId> = (n..n + 3).map(|k| page(2 * k)).collect();
        let named = keys.iter().enumerate().map(|(k, key)| (*key, (k == 1).then_some(Hash([7; 32]))));
        questions.push(Query { root, keys: named.collect() }.encode());
        let (_, found) = disk.get_all(&keys).expect("answers");
        let told = |a: Answer| (a.value.map_or(Value::Absent, Value::Present), a.proof);
        let reply = Reply { answers: found.into_iter().map(told).collect() };
        for (_, proof) in &reply.answers {
            let mut bytes = Vec::new();
            proof.encode(&mut bytes);
            proofs.push(bytes);
        }
        answers.push(reply.encode());
    }
    [questions, answers, proofs]
}

#[test]
fn altered_messages_never_panic() {
    let [questions, answers, proofs] = examples();
    fuzz("questions", &questions, |bytes| {
        question::<PageId>(bytes);
        question::<AppId>(bytes);
    });
    fuzz("answers", &answers, |bytes| {
        answer::<PageId>(bytes, 3);
        answer::<AppId>(bytes, 3);
    });
    fuzz("proofs", &proofs, |bytes| {
        if let Ok(proof) = Proof::decode(&mut Reader::new(bytes)) {
            let _ = proof.claim(Root([1; 32]), PageId { app: 1, page: 4 });
        }
    });
    fuzz("keys", &proofs, |bytes| {
        let (page, app) = (PageId::decode(bytes), AppId::decode(bytes));
        assert!(
            page.is_none_or(|id| id.encode().as_ref() == bytes) && app.is_none_or(|id| id.encode().as_ref() == bytes)
        );
    });
}
