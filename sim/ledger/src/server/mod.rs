// SPDX-License-Identifier: MIT OR Apache-2.0
//! The server of pages: holds both databases and answers over HTTP, each value with its proof. Its clients do not
//! trust it, and it does not trust them: [`limits`] bounds what they can ask for.
//!
//! The interface is in `docs/ledger/server.md`, its messages in [`wire`], the answers in [`routes`].

pub mod limits;
mod routes;
pub mod wire;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};

use crate::store::Store;
use limits::{Limits, Usage};

/// Where a server listens, if nobody says otherwise: for this machine alone.
pub const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4180);
/// Longest head of a request, bytes; the least that `hyper` takes.
const HEAD_MAX: usize = 8_192;
/// Time for what is under way when a connection or the server ends.
const GRACE: Duration = Duration::from_secs(2);
/// What a client is told for which there is no place.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nconnection: close\r\n\
    retry-after: 1\r\ncontent-length: 33\r\n\r\n{\"error\":\"too many connections\"}\n";

/// A server that runs, in a thread of its own, until it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub struct StartError {
    address: SocketAddr,
    source: std::io::Error,
}

/// What all connections share.
struct Shared {
    store: Arc<Store>,
    limits: Limits,
    usage: Mutex<Usage>,
    lookups: Semaphore,
}

impl Shared {
    fn usage(&self) -> MutexGuard<'_, Usage> {
        self.usage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Server {
    /// Listens on this address; port 0 takes one that is free. [`LOOPBACK`] is for this machine alone.
    pub fn start(store: Arc<Store>, address: SocketAddr, limits: Limits) -> Result<Server, StartError> {
        let failed = |source| StartError { address, source };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(limits.lookups.max(1))
            .build()
            .map_err(failed)?;
        let listener = runtime.block_on(TcpListener::bind(address)).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let usage = Mutex::new(Usage::new(limits));
        let shared = Arc::new(Shared { store, limits, usage, lookups: Semaphore::new(limits.lookups.max(1)) });
        let (stop, stopped) = oneshot::channel();
        let serve = move || {
            runtime.block_on(async {
                tokio::spawn(accept(listener, shared));
                // Either way the server is to end.
                let _ = stopped.await;
            });
            runtime.shutdown_timeout(GRACE);
        };
        let thread = std::thread::Builder::new().name("pages".into()).spawn(serve).map_err(failed)?;
        Ok(Server { address, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for ever: the server ends with the process.
    pub fn wait(mut self) {
        // Whether it panicked is on the standard error already.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Either may be gone already: then the thread is at its end.
        let _ = self.stop.take().map(|stop| stop.send(()));
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Takes connections for ever.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            // No file descriptors are left, most likely: connections that end give some back.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        if shared.usage().connect(peer.ip(), Instant::now()) {
            tokio::spawn(connection(stream, peer.ip(), shared.clone()));
        } else {
            tokio::spawn(turned_away(stream));
        }
    }
}

/// Says that there is no place, if the client listens.
async fn turned_away(mut stream: TcpStream) {
    let _ = tokio::time::timeout(GRACE, stream.write_all(FULL)).await;
}

/// Answers one client until it leaves or its time is over.
async fn connection(stream: TcpStream, address: IpAddr, shared: Arc<Shared>) {
    let _counted = Counted { address, shared: shared.clone() };
    let _ = stream.set_nodelay(true);
    let answer = |request| routes::answer(request, address, shared.clone());
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(shared.limits.arrival)
        .max_buf_size(HEAD_MAX)
        .serve_connection(TokioIo::new(stream), service_fn(answer));
    let mut served = std::pin::pin!(served);
    // A client that breaks the protocol, goes away or is too slow needs no reply, and nobody else any news of it.
    if tokio::time::timeout(shared.limits.life, served.as_mut()).await.is_err() {
        served.as_mut().graceful_shutdown();
        let _ = tokio::time::timeout(GRACE, served).await;
    }
}

/// A connection that counts as long as this lives.
struct Counted {
    address: IpAddr,
    shared: Arc<Shared>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.shared.usage().closed(self.address);
    }
}
