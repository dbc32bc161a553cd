// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm ledger serve`: the page server, until a signal ends it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::channel;

use avm_ledger::server::limits::Limits;
use avm_ledger::server::{LOOPBACK, Server};
use clap::Args;
use serde_json::json;

use super::home::Home;
use super::{failure, print};
use crate::cli::{Failure, signals};
use crate::input::InputError;

/// Arguments of `serve`.
#[derive(Args)]
pub struct Serve {
    /// Address and port: this machine alone, unless you say otherwise. Port 0 takes one that is free.
    #[arg(long, value_name = "ADDRESS", default_value_t = LOOPBACK)]
    listen: SocketAddr,
}

/// `avm ledger serve`.
pub fn serve(home: &Home, arguments: &Serve, json: bool) -> Result<(), Failure> {
    let node = home.node(json)?;
    let round = node.tip().map_err(|e| failure(e, json))?.round;
    let (end, ended) = channel();
    signals::on_end("closing connections", move || {
        // Without a place to send it to, the server is at its end already.
        let _ = end.send(());
    });
    let server = Server::start(Arc::new(node.into_store()), arguments.listen, Limits::default());
    let server = server.map_err(|e| InputError::plain(format!("error: {e} (name another with --listen)")))?;
    let address = format!("http://{}", server.address());
    let object = json!({ "address": address, "round": round });
    print(json, &object, &format!("serving the state after block {round} at {address}"));
    let _ = ended.recv();
    drop(server);
    tell!("stopped");
    Ok(())
}
