// SPDX-License-Identifier: MIT OR Apache-2.0
//! The host port: the request register and the response beat, which loader, X and the hash engine share.
//!
//! Not here: what is asked and what the beats mean.

use crate::trace::{HostIn, HostOut, Request};

/// The tag bit of all requests.
const ORDINARY: u8 = 1 << 5;

room! {
    /// The host port.
    pub(super) Port
}

/// Registers of the host port.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
    pub h_req_valid_q: bool,
    pub h_req_kind_q: u8,
    pub h_req_tag_q: u8,
    pub h_req_a_q: u64,
    pub h_req_b_q: u64,
    /// Number of the last request, modulo 32.
    pub h_seq_q: u8,
    pub h_rsp_ready_q: bool,
    pub h_beat_q: bool,
    pub h_last_q: bool,
    pub h_data_q: u64,
    /// Wire: no request was waiting when the cycle began.
    pub free: bool,
}

/// The beat of this cycle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beat {
    pub data: u64,
    pub last: bool,
}

impl Port {
    /// A clock begins.
    #[inline(always)]
    pub fn begin(&mut self) {
        self.q.free = !self.h_req_valid_q;
    }

    /// The beat of this cycle.
    #[inline(always)]
    pub fn beat(&self) -> Option<Beat> {
        self.h_beat_q.then_some(Beat { data: self.h_data_q, last: self.h_last_q })
    }

    /// Makes a request, if the port is free.
    pub fn request(&mut self, kind: u8, a: u64, b: u64) -> bool {
        let h = &mut self.q;
        if h.free {
            debug_assert!(!h.h_req_valid_q, "one request per cycle");
            h.h_seq_q = (h.h_seq_q + 1) & 31;
            h.h_req_valid_q = true;
            h.h_req_kind_q = kind;
            h.h_req_tag_q = ORDINARY | h.h_seq_q;
            h.h_req_a_q = a;
            h.h_req_b_q = b;
        }
        h.free
    }

    /// The outputs of the port.
    pub fn outputs(&self) -> HostOut {
        let request = Request { kind: self.h_req_kind_q, tag: self.h_req_tag_q, a: self.h_req_a_q, b: self.h_req_b_q };
        HostOut { request: self.h_req_valid_q.then_some(request), rsp_ready: self.h_rsp_ready_q, stream: None }
    }

    /// The port's own part of a cycle, after everybody has used it; `seq`: the number of the last request when the
    /// cycle began.
    #[inline(always)]
    pub fn clock(&mut self, inputs: &HostIn, seq: u8) {
        let h = &mut self.q;
        if !h.free & inputs.req_ready {
            h.h_req_valid_q = false;
        }
        h.h_beat_q = inputs.rsp_valid & h.h_rsp_ready_q & (inputs.rsp_tag == ORDINARY | seq);
        if h.h_beat_q {
            h.h_last_q = inputs.rsp_last;
            h.h_data_q = inputs.rsp_data;
        }
        h.h_rsp_ready_q = true;
    }
}
