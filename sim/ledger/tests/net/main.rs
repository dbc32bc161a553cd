// SPDX-License-Identifier: MIT OR Apache-2.0
//! Server and client: what they tell each other, and what the client makes of servers that lie.

#[path = "../support/mod.rs"]
mod support;

mod any_bytes;
mod any_http;
mod honest;
mod liar;
mod lies;
mod limits;
