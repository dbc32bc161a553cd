// SPDX-License-Identifier: MIT OR Apache-2.0
//! Asking a server over HTTP: one question, a bounded answer, within a bounded time.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Longest head of an answer, bytes.
const HEAD_MAX: usize = 16_384;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// Nobody is there, or they went away.
    #[error("no connection: {0}")]
    Connection(String),
    /// It takes too long.
    #[error("no answer in {0} ms")]
    Silence(u128),
    /// It is longer than any right answer.
    #[error("the answer is longer than {0} bytes")]
    Endless(usize),
    /// It breaks off, or is no HTTP.
    #[error("the answer is broken: {0}")]
    Broken(String),
    /// The server is at another state than the one it was asked about.
    #[error("the server is at another state")]
    OtherState,
    /// The server refuses.
    #[error("the server refuses: status {0}")]
    Refused(u16),
}

/// A server, and the connection to it if one is open.
pub(super) struct Line {
    address: String,
    open: Option<SendRequest<Full<Bytes>>>,
}

impl Line {
    /// To `host:port`.
    pub(super) fn to(address: String) -> Line {
        Line { address, open: None }
    }

    /// Who is at the other end.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Sends `body` to a path, or nothing, and gives the answer, which has at most `limit` bytes.
    pub(super) async fn ask(
        &mut self,
        path: &str,
        body: Option<Vec<u8>>,
        limit: usize,
        time: Duration,
    ) -> Result<Bytes, Unanswered> {
        let answer = tokio::time::timeout(time, self.asked(path, body, limit)).await;
        let answer = answer.unwrap_or(Err(Unanswered::Silence(time.as_millis())));
        // Only a connection whose last answer was read to its end can be used again.
        if !matches!(answer, Ok(_) | Err(Unanswered::OtherState | Unanswered::Refused(_))) {
            self.open = None;
        }
        answer
    }

    async fn asked(&mut self, path: &str, body: Option<Vec<u8>>, limit: usize) -> Result<Bytes, Unanswered> {
        // The server may have closed an idle connection meanwhile: that is no fault, so another is opened.
        if let Some(open) = self.open.take_if(|open| !open.is_closed()) {
            match self.exchange(open, path, body.clone(), limit).await {
                Err(Unanswered::Connection(_)) => {}
                answer => return answer,
            }
        }
        let open = self.connect().await?;
        self.exchange(open, path, body, limit).await
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, Unanswered> {
        let no = |e: &dyn std::fmt::Display| Unanswered::Connection(e.to_string());
        let stream = TcpStream::connect(&self.address).await.map_err(|e| no(&e))?;
        let _ = stream.set_nodelay(true);
        let shaken = http1::Builder::new().max_buf_size(HEAD_MAX).handshake(TokioIo::new(stream)).await;
        let (open, connection) = shaken.map_err(|e| no(&e))?;
        // What goes wrong with the connection shows in the exchange.
        tokio::spawn(async { drop(connection.await) });
        Ok(open)
    }

    async fn exchange(
        &mut self,
        mut open: SendRequest<Full<Bytes>>,
        path: &str,
        body: Option<Vec<u8>>,
        limit: usize,
    ) -> Result<Bytes, Unanswered> {
        let request = request(&self.address, path, body)?;
        open.ready().await.map_err(|e| Unanswered::Connection(e.to_string()))?;
        let answer = open.send_request(request).await.map_err(|e| match e.is_parse() || e.is_parse_too_large() {
            true => Unanswered::Broken(e.to_string()),
            false => Unanswered::Connection(e.to_string()),
        })?;
        let status = answer.status();
        let read =
            Limited::new(answer.into_body(), limit).collect().await.map_err(|e| match e.is::<LengthLimitError>() {
                true => Unanswered::Endless(limit),
                false => Unanswered::Broken(e.to_string()),
            })?;
        self.open = Some(open);
        match status {
            StatusCode::OK => Ok(read.to_bytes()),
            StatusCode::CONFLICT => Err(Unanswered::OtherState),
            other => Err(Unanswered::Refused(other.as_u16())),
        }
    }
}

fn request(address: &str, path: &str, body: Option<Vec<u8>>) -> Result<Request<Full<Bytes>>, Unanswered> {
    let wrong = |e: &dyn std::fmt::Display| Unanswered::Connection(e.to_string());
    let host = HeaderValue::from_str(address).map_err(|e| wrong(&e))?;
    let method = if body.is_some() { Method::POST } else { Method::GET };
    let request = Request::builder().method(method).uri(path).header(HOST, host);
    let request = request.header(CONTENT_TYPE, "application/octet-stream");
    request.body(Full::new(Bytes::from(body.unwrap_or_default()))).map_err(|e| wrong(&e))
}
