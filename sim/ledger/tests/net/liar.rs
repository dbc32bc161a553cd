// SPDX-License-Identifier: MIT OR Apache-2.0
//! A server that lies: it knows the right answer, and sends another.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use avm_ledger::bytes::Reader;
use avm_ledger::edb::proof::Proof;
use avm_ledger::edb::{Answer, Edb};
use avm_ledger::ids::AppId;
use avm_ledger::server::wire::{Asked, Query, Reply, Value};
use avm_ledger::store::Store;
use avm_sim::algorand::world::PageId;

use crate::support::rng::Rng;

/// Kinds of lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// A bit of the answer is another.
    Bit,
    /// A value is another one of the same length.
    WrongValue,
    /// A value is said to be none, or none to be one.
    Presence,
    /// The value is said to be the one that the client named, which it is not.
    AsNamed,
    /// The right answer for another state.
    Stale,
    /// Value and proof of another key.
    OtherKey,
    /// Two answers in each other's place.
    Swapped,
    /// A proof with nodes more or less.
    Siblings,
    /// One answer less.
    Fewer,
    /// Cut short, and said to be as long as it is.
    Cut,
    /// Bytes after the end.
    Longer,
    /// The connection ends before the answer does.
    Truncated,
    /// No end at all.
    Endless,
    /// Headers without end.
    EndlessHead,
    /// Said to be very long.
    Huge,
    /// No answer.
    Silence,
    /// A byte now and then.
    Drip,
    /// The connection is closed at once.
    Closed,
    /// Anything.
    Garbage,
    /// Another status.
    Status,
}

impl Lie {
    /// All of them.
    pub const ALL: [Lie; 20] = [
        Lie::Bit,
        Lie::WrongValue,
        Lie::Presence,
        Lie::AsNamed,
        Lie::Stale,
        Lie::OtherKey,
        Lie::Swapped,
        Lie::Siblings,
        Lie::Fewer,
        Lie::Cut,
        Lie::Longer,
        Lie::Truncated,
        Lie::Endless,
        Lie::EndlessHead,
        Lie::Huge,
        Lie::Silence,
        Lie::Drip,
        Lie::Closed,
        Lie::Garbage,
        Lie::Status,
    ];
}

impl Lie {
    /// Whether it is the list of answers that is another.
    fn is_told_by_answers(self) -> bool {
        matches!(self, Lie::Stale | Lie::OtherKey | Lie::Swapped)
    }
}

/// What the liar is to do next, and what it knows.
pub struct Liar {
    /// Where it listens.
    pub address: SocketAddr,
    lie: Arc<Mutex<(Lie, u64)>>,
}

impl Liar {
    /// One who knows `store`, and the `stale` state of it.
    pub fn start(store: Arc<Store>, stale: Arc<Store>) -> Liar {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let lie = Arc::new(Mutex::new((Lie::Closed, 0)));
        let told = lie.clone();
        // It ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (lie, seed) = *told.lock().expect("a lie");
                let (store, stale) = (store.clone(), stale.clone());
                std::thread::spawn(move || answer(stream, lie, &mut Rng::new(seed), &store, &stale));
            }
        });
        Liar { address, lie }
    }

    /// Says which lie comes next.
    pub fn tell(&self, lie: Lie, seed: u64) {
        *self.lie.lock().expect("a lie") = (lie, seed);
    }
}

/// One request of HTTP: its path and body.
pub fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut some = [0; 4_096];
    loop {
        let n = stream.read(&mut some).ok().filter(|n| *n > 0)?;
        bytes.extend(&some[..n]);
        let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        let length = head.lines().find_map(|l| l.strip_prefix("content-length: "));
        let length = length.map_or(0, |l| l.parse().expect("a length"));
        if bytes.len() >= end + 4 + length {
            let path = head.split(' ').nth(1)?.to_owned();
            return Some((path, bytes[end + 4..].to_vec()));
        }
    }
}

/// A client that goes away is what a liar must expect.
fn answer(mut stream: TcpStream, lie: Lie, rng: &mut Rng, store: &Store, stale: &Store) {
    let Some((path, body)) = request(&mut stream) else { return };
    let body = match path.as_str() {
        PageId::PATH => lied::<PageId>(&body, lie, rng, store.heap(), stale.heap()),
        AppId::PATH => lied::<AppId>(&body, lie, rng, store.code_areas(), stale.code_areas()),
        other => panic!("the client asked for {other}"),
    };
    let _ = send(&mut stream, lie, rng, body);
    let _ = stream.shutdown(Shutdown::Both);
}

/// The body of the answer, which is a lie if it is the body that lies.
fn lied<K: Asked>(body: &[u8], lie: Lie, rng: &mut Rng, present: &impl Edb<K>, stale: &impl Edb<K>) -> Vec<u8> {
    let query = Query::<K>::decode(body).expect("a question");
    let mut keys: Vec<K> = query.keys.iter().map(|(key, _)| *key).collect();
    let at = rng.below(keys.len());
    let honest = keys.clone();
    if lie == Lie::OtherKey {
        let mut other = keys[at].encode().as_ref().to_vec();
        other[0] ^= 1 + rng.below(7) as u8;
        keys[at] = K::decode(&other).expect("a key");
    }
    let told = |found: Vec<Answer>| {
        let found = found.into_iter().zip(&query.keys);
        found
            .map(|(a, (_, named))| {
                let hash = a.value.as_deref().map(avm_ledger::edb::proof::value_hash);
                let value = match a.value {
                    None => Value::Absent,
                    Some(_) if named.is_some() && *named == hash => Value::AsNamed,
                    Some(bytes) => Value::Present(bytes),
                };
                (value, a.proof)
            })
            .collect::<Vec<_>>()
    };
    let honest = Reply { answers: told(present.get_all(&honest).expect("answers").1) }.encode();
    let mut answers = match lie {
        Lie::Stale => told(stale.get_all(&keys).expect("answers").1),
        _ => told(present.get_all(&keys).expect("answers").1),
    };
    let last = answers.len() - 1;
    match (lie, &mut answers[at].0) {
        (Lie::WrongValue, Value::Present(bytes)) => {
            let n = rng.below(bytes.len());
            bytes[n] ^= 1 + rng.below(255) as u8;
        }
        (Lie::WrongValue | Lie::Presence, value @ Value::Absent) => *value = Value::Present(vec![0; 8]),
        (Lie::Presence, value) => *value = Value::Absent,
        (Lie::WrongValue, value) => *value = Value::Present(vec![0xbb; 8]),
        (Lie::AsNamed, value) => *value = if *value == Value::AsNamed { Value::Absent } else { Value::AsNamed },
        (Lie::Siblings, _) => answers[at].1 = other_depth(&answers[at].1, rng),
        (Lie::Swapped, _) if last > 0 => answers.swap(at, if at == last { 0 } else { at + 1 }),
        (Lie::Fewer | Lie::Swapped, _) => drop(answers.pop()),
        _ => {}
    }
    let mut bytes = Reply { answers }.encode();
    if lie.is_told_by_answers() && bytes == honest {
        // Two keys that are absent for one reason have one answer: then this is no lie yet.
        bytes.truncate(bytes.len() - 1);
    }
    match lie {
        Lie::Bit => {
            let bit = rng.below(8 * bytes.len());
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        Lie::Cut => bytes.truncate(rng.below(bytes.len())),
        Lie::Longer => {
            let n = 1 + rng.below(40);
            bytes.extend(rng.bytes(n));
        }
        _ => {}
    }
    bytes
}

/// The same proof with a node more, or one less.
fn other_depth(proof: &Proof, rng: &mut Rng) -> Proof {
    let mut bytes = Vec::new();
    proof.encode(&mut bytes);
    let depth = proof.siblings();
    let more = depth == 0 || rng.one_in(2);
    if more {
        bytes.extend([0; 32])
    } else {
        bytes.truncate(bytes.len() - 32)
    }
    let depth = if more { depth + 1 } else { depth - 1 };
    bytes[1..3].copy_from_slice(&(depth as u16).to_le_bytes());
    Proof::decode(&mut Reader::new(&bytes)).expect("a proof")
}

/// Sends the answer, in the manner of the lie.
fn send(stream: &mut TcpStream, lie: Lie, rng: &mut Rng, body: Vec<u8>) -> std::io::Result<()> {
    let head = |length: usize| format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n").into_bytes();
    match lie {
        Lie::Silence => {
            // Until the client goes away.
            stream.read_exact(&mut [0])
        }
        Lie::Drip => {
            for byte in [head(body.len()), body].concat() {
                stream.write_all(&[byte])?;
                std::thread::sleep(Duration::from_millis(20));
            }
            Ok(())
        }
        Lie::Closed => Ok(()),
        Lie::Garbage => {
            let n = 1 + rng.below(2_000);
            stream.write_all(&rng.bytes(n))
        }
        Lie::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
            loop {
                stream.write_all(b"400\r\n")?;
                stream.write_all(&[0; 0x400])?;
                stream.write_all(b"\r\n")?;
            }
        }
        Lie::EndlessHead => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
            loop {
                stream.write_all(b"and-another: thing\r\n")?;
            }
        }
        Lie::Huge => {
            stream.write_all(&head(1 << 40))?;
            stream.write_all(&body)
        }
        Lie::Truncated => {
            let all = [head(body.len()), body].concat();
            stream.write_all(&all[..rng.below(all.len())])
        }
        Lie::Status => {
            let status = ["302 Found", "400 Bad Request", "404 Not Found", "409 Conflict", "500 Oh", "204 No Content"];
            let status = status[rng.below(status.len())];
            write!(stream, "HTTP/1.1 {status}\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n")
        }
        _ => stream.write_all(&[head(body.len()), body].concat()),
    }
}
