// SPDX-License-Identifier: MIT OR Apache-2.0
//! The answers: one function for each path, and one for everything that is wrong with a request.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Method, Request, Response, StatusCode};

use avm_sim::algorand::world::PageId;

use super::Shared;
use super::wire::{Asked, Query, Reply, Value, query_max};
use crate::edb::disk::Disk;
use crate::edb::proof::value_hash;
use crate::edb::{Answer, Edb as _};
use crate::ids::{AppId, Hash, Round};
use crate::store::Store;

type Answered = Response<Full<Bytes>>;

/// A request that gets no answer, and why.
struct Refusal {
    status: StatusCode,
    why: String,
}

fn refusal(status: StatusCode, why: impl Into<String>) -> Refusal {
    Refusal { status, why: why.into() }
}

/// Answers a request of this address.
pub(super) async fn answer(
    request: Request<Incoming>,
    address: IpAddr,
    shared: Arc<Shared>,
) -> Result<Answered, Infallible> {
    let answered = if shared.usage().request(address, Instant::now()) {
        route(request, &shared).await
    } else {
        Err(refusal(StatusCode::TOO_MANY_REQUESTS, "too many requests: wait a second"))
    };
    Ok(answered.unwrap_or_else(|refused| refuse(&refused, &shared)))
}

async fn route(request: Request<Incoming>, shared: &Arc<Shared>) -> Result<Answered, Refusal> {
    let path = request.uri().path().to_owned();
    let allowed = match path.as_str() {
        PageId::PATH | AppId::PATH => Method::POST,
        "/v1/state" => Method::GET,
        _ if path.starts_with("/v1/blocks/") => Method::GET,
        _ => return Err(refusal(StatusCode::NOT_FOUND, "no such path; see docs/ledger/server.md")),
    };
    if request.method() != allowed {
        return Err(refusal(StatusCode::METHOD_NOT_ALLOWED, format!("only {allowed} is answered here")));
    }
    match path.as_str() {
        PageId::PATH => lookup(request, shared, Store::heap).await,
        AppId::PATH => lookup(request, shared, Store::code_areas).await,
        "/v1/state" => Ok(json(StatusCode::OK, &serde_json::json!({ "tip": shared.store.tip() }))),
        _ => block(&path, shared).await,
    }
}

/// Values and proofs of the keys that the body names.
async fn lookup<K: Asked>(
    request: Request<Incoming>,
    shared: &Arc<Shared>,
    database: fn(&Store) -> &Disk<K>,
) -> Result<Answered, Refusal> {
    let body = body(request, query_max::<K>(), shared).await?;
    let query = Query::<K>::decode(&body).map_err(|e| refusal(StatusCode::BAD_REQUEST, e.to_string()))?;
    let keys: Vec<K> = query.keys.iter().map(|(key, _)| *key).collect();
    let found = work(shared, move |store| database(store).get_all(&keys).map_err(|e| e.to_string())).await?;
    let (root, answers) = found;
    if root != query.root {
        return Err(refusal(StatusCode::CONFLICT, format!("the state is {root}, not {}", query.root)));
    }
    let answers = query.keys.iter().zip(answers).map(|((_, known), answer)| told(*known, answer)).collect();
    Ok(binary(Reply { answers }.encode()))
}

/// What a client that has this value already needs to be told.
fn told(known: Option<Hash>, answer: Answer) -> (Value, crate::edb::proof::Proof) {
    let value = match answer.value {
        None => Value::Absent,
        Some(bytes) if known == Some(value_hash(&bytes)) => Value::AsNamed,
        Some(bytes) => Value::Present(bytes),
    };
    (value, answer.proof)
}

/// The block of the round that the path names.
async fn block(path: &str, shared: &Arc<Shared>) -> Result<Answered, Refusal> {
    let text = path.trim_start_matches("/v1/blocks/");
    let round: Round = text.parse().map_err(|_| refusal(StatusCode::BAD_REQUEST, "a round is a decimal number"))?;
    let found = work(shared, move |store| store.block(round).map_err(|e| e.to_string())).await?;
    found.map(|b| binary(b.bytes)).ok_or_else(|| refusal(StatusCode::NOT_FOUND, format!("no block of round {round}")))
}

/// The body of a request, if it is short enough and comes in time.
async fn body(request: Request<Incoming>, limit: usize, shared: &Shared) -> Result<Bytes, Refusal> {
    let too_long = || refusal(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is longer than {limit} bytes"));
    if request.body().size_hint().lower() > limit as u64 {
        return Err(too_long());
    }
    let collected = Limited::new(request.into_body(), limit).collect();
    match tokio::time::timeout(shared.limits.arrival, collected).await {
        Err(_) => Err(refusal(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time")),
        Ok(Err(e)) if e.is::<http_body_util::LengthLimitError>() => Err(too_long()),
        Ok(Err(e)) => Err(refusal(StatusCode::BAD_REQUEST, format!("the body is broken: {e}"))),
        Ok(Ok(body)) => Ok(body.to_bytes()),
    }
}

/// Work on the disk, in a thread for such work; few at once.
async fn work<T: Send + 'static>(
    shared: &Arc<Shared>,
    task: impl FnOnce(&Store) -> Result<T, String> + Send + 'static,
) -> Result<T, Refusal> {
    let failed = |why: String| refusal(StatusCode::INTERNAL_SERVER_ERROR, why);
    let _turn = shared.lookups.acquire().await.map_err(|e| failed(e.to_string()))?;
    let store = shared.store.clone();
    let done = tokio::task::spawn_blocking(move || task(&store)).await;
    done.map_err(|e| failed(e.to_string()))?.map_err(failed)
}

fn refuse(refused: &Refusal, shared: &Shared) -> Answered {
    let text = match refused.status {
        // A client that is behind, or ahead, learns where the server is. It has no reason to believe it.
        StatusCode::CONFLICT => serde_json::json!({ "error": refused.why, "tip": shared.store.tip() }),
        _ => serde_json::json!({ "error": refused.why }),
    };
    let mut answer = json(refused.status, &text);
    match refused.status {
        StatusCode::TOO_MANY_REQUESTS => answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1")),
        StatusCode::METHOD_NOT_ALLOWED => {
            let allowed = if refused.why.contains("POST") { "POST" } else { "GET" };
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed))
        }
        _ => None,
    };
    answer
}

fn json(status: StatusCode, value: &serde_json::Value) -> Answered {
    with(status, "application/json", format!("{value}\n").into_bytes())
}

fn binary(bytes: Vec<u8>) -> Answered {
    with(StatusCode::OK, "application/octet-stream", bytes)
}

fn with(status: StatusCode, kind: &'static str, bytes: Vec<u8>) -> Answered {
    let mut answer = Response::new(Full::new(Bytes::from(bytes)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}
