// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a server refuses, and how it says so.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use avm_ledger::edb::disk::Options;
use avm_ledger::ids::Root;
use avm_ledger::server::limits::Limits;
use avm_ledger::server::wire::{Asked as _, Query, query_max};
use avm_ledger::server::{LOOPBACK, Server};
use avm_ledger::store::Store;
use avm_sim::algorand::world::PageId;

use crate::support::chain::append;

struct Scene {
    _folder: tempfile::TempDir,
    store: Arc<Store>,
    server: Server,
}

fn scene(limits: Limits) -> Scene {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, _) = Store::open(&folder.path().join("ledger"), Options::small()).expect("a store");
    append(&store, 41, 1).expect("kept");
    let store = Arc::new(store);
    let server = Server::start(store.clone(), "127.0.0.1:0".parse().expect("an address"), limits).expect("started");
    Scene { _folder: folder, store, server }
}

/// Sends bytes; the status and all the rest of the answer, until the server closes.
fn said(address: SocketAddr, request: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(address).expect("a connection");
    // A server that has heard enough may close before everything is sent.
    let _ = stream.write_all(request);
    heard(&mut stream)
}

fn heard(stream: &mut TcpStream) -> (u16, String) {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    (status, text)
}

fn request(method: &str, path: &str, body: &[u8]) -> Vec<u8> {
    let head =
        format!("{method} {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

#[test]
fn what_is_wrong_with_a_request_is_said() {
    let scene = scene(Limits::default());
    let tip = scene.store.tip().expect("a block");
    let ask = |root| Query { root, keys: vec![(PageId { app: 1, page: 1 }, None)] }.encode();
    let long = vec![0; query_max::<PageId>() + 1];
    for (status, has, request) in [
        (200, "", request("POST", "/v1/heap", &ask(tip.heap))),
        (409, "\"tip\":{", request("POST", "/v1/heap", &ask(Root([1; 32])))),
        (400, "malformed at byte 0: the end is missing", request("POST", "/v1/heap", &[0; 3])),
        (400, "malformed at byte 32: no keys, or more than a question can have", request("POST", "/v1/heap", &[0; 34])),
        (
            400,
            "malformed at byte 32: no keys, or more",
            request("POST", "/v1/heap", &[&[0; 32][..], &[65, 0]].concat()),
        ),
        (400, "bytes follow the end", request("POST", "/v1/heap", &[&ask(tip.heap)[..], &[0]].concat())),
        (413, "longer than 3170 bytes", request("POST", "/v1/heap", &long)),
        (405, "allow: POST", request("GET", "/v1/code", &[])),
        (405, "allow: GET", request("POST", "/v1/state", &[])),
        (404, "no such path", request("GET", "/", &[])),
        (404, "no block of round 2", request("GET", "/v1/blocks/2", &[])),
        (400, "a round is a decimal number", request("GET", "/v1/blocks/1/..", &[])),
        (200, "\"round\":1", request("GET", "/v1/state", &[])),
        (200, "", request("GET", "/v1/blocks/1", &[])),
        (400, "", b"nonsense\r\n\r\n".to_vec()),
        (431, "", [b"GET / HTTP/1.1\r\nx: ", &[b'a'; 20_000][..], b"\r\n\r\n"].concat()),
    ] {
        let (found, text) = said(scene.server.address(), &request);
        assert!(found == status && text.contains(has), "{status} {has}: {text}");
    }
    // A body of unknown length is cut off at the same limit.
    let chunked = b"POST /v1/heap HTTP/1.1\r\nhost: h\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunks = b"400\r\n".iter().copied().chain([0; 0x400]).chain(*b"\r\n").collect::<Vec<u8>>().repeat(5);
    assert_eq!(said(scene.server.address(), &[&chunked[..], &chunks].concat()).0, 413);
}

#[test]
fn who_asks_too_often_waits() {
    let scene = scene(Limits { rate: 1, burst: 3, ..Limits::default() });
    let state = request("GET", "/v1/state", &[]);
    let statuses: Vec<u16> = (0..12).map(|_| said(scene.server.address(), &state).0).collect();
    let (right, refused) =
        (statuses.iter().filter(|s| **s == 200).count(), statuses.iter().filter(|s| **s == 429).count());
    assert!(right >= 3 && refused >= 1 && right + refused == 12, "{statuses:?}");
}

#[test]
fn there_is_place_for_so_many_and_no_more() {
    let scene = scene(Limits { connections: 4, ..Limits::default() });
    let address = scene.server.address();
    let state = request("GET", "/v1/state", &[]);
    let mut held: Vec<TcpStream> = (0..4).map(|_| TcpStream::connect(address).expect("a connection")).collect();
    // They are counted once they are served: each sends half a request.
    held.iter_mut().for_each(|s| s.write_all(&state[..10]).expect("sent"));
    let (status, text) = said(address, &[]);
    assert!(status == 503 && text.ends_with("{\"error\":\"too many connections\"}\n"), "{text}");
    let mut first = held.remove(0);
    first.write_all(&state[10..]).expect("sent");
    assert_eq!(heard(&mut first).0, 200);
    drop(first);
    // One has gone, sooner or later the server knows.
    while said(address, &state).0 == 503 {}
}

#[test]
fn who_is_slow_is_not_waited_for() {
    let long = Duration::from_secs(3_600);
    let slow = scene(Limits { arrival: Duration::from_millis(200), life: long, ..Limits::default() });
    let address = slow.server.address();
    // Half a head, half a body, nothing at all: the server answers or closes, or this test does not end.
    let whole = request("POST", PageId::PATH, &[0; 40]);
    let closed = |n: usize| {
        let mut stream = TcpStream::connect(address).expect("a connection");
        stream.write_all(&whole[..n]).expect("sent");
        heard(&mut stream).0
    };
    assert_eq!([0, 10, whole.len() - 1].map(closed).map(|s| if s == 0 { 408 } else { s }), [408; 3]);
    // A client that asks on and on is sent away after a while, and may come back.
    let brief = scene(Limits { life: Duration::from_secs(1), ..Limits::default() });
    let address = brief.server.address();
    let mut stream = TcpStream::connect(address).expect("a connection");
    let again = b"GET /v1/state HTTP/1.1\r\nhost: h\r\n\r\n";
    let mut some = [0; 1_000];
    let mut answers = 0;
    while stream.write_all(again).is_ok() && stream.read(&mut some).is_ok_and(|n| n > 0) {
        answers += 1;
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(answers > 1, "{answers} answers");
    assert_eq!(said(address, &request("GET", "/v1/state", &[])).0, 200);
}

#[test]
fn only_this_machine_is_listened_to_unless_told_otherwise() {
    assert!(LOOPBACK.ip().is_loopback());
    let scene = scene(Limits::default());
    let taken = Server::start(scene.store.clone(), scene.server.address(), Limits::default()).expect_err("taken");
    assert!(taken.to_string().starts_with("cannot listen on 127.0.0.1:"), "{taken}");
    // Dropped, it gives its port back.
    let address = scene.server.address();
    drop(scene.server);
    assert!(Server::start(scene.store, address, Limits::default()).is_ok());
}
