// SPDX-License-Identifier: MIT OR Apache-2.0
//! What comes over a connection may be any bytes: requests that are almost right to the server, answers that are almost right
//! to the client. Nothing panics, the server goes on, and the client believes the truth or nothing.
//! `AVM_FUZZ` is the number of seconds for each side, `AVM_FUZZ_SEED` the start of the dice.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use avm_ledger::client::{Client, Config};
use avm_ledger::edb::disk::Options;
use avm_ledger::edb::proof::value_hash;
use avm_ledger::ids::{AppId, Root};
use avm_ledger::server::Server;
use avm_ledger::server::limits::Limits;
use avm_ledger::server::wire::{Asked, Query};
use avm_ledger::state::State as _;
use avm_ledger::store::{Store, Tip};
use avm_sim::algorand::world::PageId;

use crate::any_bytes::fuzz;
use crate::liar::request;
use crate::support::chain::append;

/// Panics of this process: those of a server's tasks end nothing but a connection, and would not be seen otherwise.
static PANICS: AtomicUsize = AtomicUsize::new(0);
/// Time for any right answer.
const LONG: Duration = Duration::from_secs(5);

struct Scene {
    _folder: tempfile::TempDir,
    store: Arc<Store>,
    server: Server,
    tip: Tip,
    /// A page that there is, and one that there is not.
    pages: [PageId; 2],
}

fn scene() -> Scene {
    static COUNT: Once = Once::new();
    COUNT.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            PANICS.fetch_add(1, Ordering::SeqCst);
            usual(info);
        }));
    });
    let folder = tempfile::tempdir().expect("a folder");
    let (store, _) = Store::open(&folder.path().join("ledger"), Options::small()).expect("a store");
    for round in 1..=4 {
        append(&store, 41, round).expect("kept");
    }
    let store = Arc::new(store);
    let limits = Limits { rate: 1_000_000, burst: 1_000_000, ..Limits::default() };
    let server = Server::start(store.clone(), "127.0.0.1:0".parse().expect("an address"), limits).expect("started");
    let tip = store.tip().expect("a block");
    let there = (0..60).map(|page| PageId { app: 1, page }).find(|id| store.page(*id).is_ok_and(|page| page.is_some()));
    let pages = [there.expect("a page"), PageId { app: 9, page: 9 }];
    Scene { _folder: folder, store, server, tip, pages }
}

/// Sends bytes, and nothing after them; all that comes back. A server drops what is under way when it hears the end, so that it
/// is told so only when it has said nothing for `pause`.
fn exchange(address: SocketAddr, bytes: &[u8], pause: Duration) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    // A server that has heard enough may close before everything is sent, and reset the connection.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    for time in [pause, Duration::from_secs(20)] {
        stream.set_read_timeout(Some(time)).expect("a time");
        match stream.read_to_end(&mut answer) {
            Err(e) if e.kind() == ErrorKind::WouldBlock => drop(stream.shutdown(Shutdown::Write)),
            _ => return answer,
        }
    }
    panic!("no end of {answer:?} to {bytes:?}")
}

fn post<K: Asked>(root: Root, keys: &[K]) -> Vec<u8> {
    let body = Query { root, keys: keys.iter().map(|key| (*key, None)).collect() }.encode();
    let head =
        format!("POST {} HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", K::PATH, body.len());
    [head.as_bytes(), &body].concat()
}

/// The same body in two chunks.
fn chunked(root: Root, page: PageId) -> Vec<u8> {
    let body = Query { root, keys: vec![(page, Some(value_hash(&[1; 8])))] }.encode();
    let (first, second) = body.split_at(20);
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: h\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n14\r\n",
        PageId::PATH
    );
    let middle = format!("\r\n{:x}\r\n", second.len());
    [head.as_bytes(), first, middle.as_bytes(), second, b"\r\n0\r\n\r\n"].concat()
}

#[test]
fn any_request_is_answered_or_not() {
    let scene = scene();
    let address = scene.server.address();
    let get =
        |path: &str| format!("GET {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\naccept: */*\r\n\r\n").into_bytes();
    let mut corpus = vec![
        post(scene.tip.heap, &scene.pages),
        post(scene.tip.code, &[AppId(1), AppId(2), AppId(99)]),
        chunked(scene.tip.heap, scene.pages[0]),
        get("/v1/state"),
        get("/v1/blocks/3"),
        b"PUT http://h:1/v1/heap?a=%00 HTTP/1.0\r\nconnection: keep-alive\r\nexpect: 100-continue\r\nupgrade: h2c\r\n\r\n".to_vec(),
    ];
    // One behind the other.
    let on = String::from_utf8_lossy(&corpus[3..5].concat()).replace("close", "keep-alive");
    corpus.push([on.as_bytes(), &corpus[0]].concat());
    let good = get("/v1/state");
    assert!(exchange(address, &good, LONG).starts_with(b"HTTP/1.1 200 "));
    fuzz("requests", &corpus, |bytes| {
        let answer = exchange(address, bytes, Duration::from_millis(3));
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1."), "{answer:?}");
        assert!(!answer.windows(13).any(|w| w == b"HTTP/1.1 500 "), "{bytes:?}");
        assert_eq!(PANICS.load(Ordering::SeqCst), 0, "{bytes:?}");
    });
    assert!(exchange(address, &good, LONG).starts_with(b"HTTP/1.1 200 "), "the server went on");
}

/// A server that says what it is told to.
fn parrot(says: &Arc<Mutex<Vec<u8>>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let (address, says) = (listener.local_addr().expect("its address"), says.clone());
    // It ends with the test's process.
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            if request(&mut stream).is_some() {
                let bytes = says.lock().expect("bytes").clone();
                // The client may have gone.
                let _ = stream.write_all(&bytes);
            }
        }
    });
    address
}

#[test]
fn any_answer_is_the_truth_or_not_believed() {
    let scene = scene();
    let close = |bytes: Vec<u8>| exchange(scene.server.address(), &bytes, LONG);
    let corpus = vec![
        close(post(scene.tip.heap, &scene.pages[..1])),
        close(post(scene.tip.heap, &scene.pages[1..])),
        close(post(scene.tip.heap, &scene.pages)),
        close(post(Root([1; 32]), &scene.pages)),
        close(chunked(scene.tip.heap, scene.pages[0])),
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\nx: y\r\n\r\n".to_vec(),
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 301 Moved\r\nlocation: http://127.0.0.1:1/\r\n\r\n".to_vec(),
    ];
    let says = Arc::default();
    let address = parrot(&says);
    let config = Config { time: Duration::from_millis(500), ..Config::default() };
    let client = Arc::new(Client::new(&[address.to_string()], config).expect("a client"));
    let truth = scene.pages.map(|id| scene.store.page(id));
    assert!(truth[0].as_ref().is_ok_and(Option::is_some) && truth[1] == Ok(None));
    let believed = AtomicUsize::new(0);
    fuzz("http answers", &corpus, |bytes| {
        *says.lock().expect("bytes") = bytes.to_vec();
        for (id, truth) in scene.pages.iter().zip(&truth) {
            let said = client.view(scene.tip.heap, scene.tip.code).page(*id);
            assert!(said.is_err() || said == *truth, "{id}: {said:?}");
            believed.fetch_add(usize::from(said.is_ok()), Ordering::Relaxed);
        }
        assert_eq!(PANICS.load(Ordering::SeqCst), 0, "{bytes:?}");
    });
    assert!(believed.into_inner() > 1, "what is right is believed");
}
