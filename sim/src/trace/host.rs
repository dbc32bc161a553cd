// SPDX-License-Identifier: MIT OR Apache-2.0
//! The host port: the one request/response protocol for everything outside a core, and the stream
//! port for what a core emits without an answer.
//!
//! Both use valid/ready: a transfer happens on a clock edge at which both were high before it. All
//! core outputs are registered. The host answers the *model's* requests and drives the same inputs
//! on the RTL; the RTL's own requests are compared, never answered.

/// Inputs of a core for one clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostIn {
    /// The host takes a request.
    pub req_ready: bool,
    /// A response beat is offered.
    pub rsp_valid: bool,
    /// Tag of the request that the beat answers.
    pub rsp_tag: u8,
    /// Last beat of the response.
    pub rsp_last: bool,
    /// Payload of the beat.
    pub rsp_data: u64,
    /// The host takes a stream beat.
    pub stream_ready: bool,
}

/// A request: kind and payload mean what the machine says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Request kind, 4 bits, numbered by the machine.
    pub kind: u8,
    /// Tag, 6 bits, repeated in every beat of the response.
    pub tag: u8,
    /// First payload word.
    pub a: u64,
    /// Second payload word.
    pub b: u64,
}

/// One beat of the stream port; a machine says what its payload is, however wide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stream<B> {
    /// Beat type, numbered by the machine.
    pub kind: u8,
    /// Payload.
    pub data: B,
}

/// Registered outputs of a core; `B` is the payload of a beat of its stream, for cores that have one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostOut<B = ()> {
    /// The offered request, if any.
    pub request: Option<Request>,
    /// The core takes a response beat.
    pub rsp_ready: bool,
    /// The offered stream beat, if any.
    pub stream: Option<Stream<B>>,
}
