// SPDX-License-Identifier: MIT OR Apache-2.0
//! The host port: the request register and the response beat, which loader, pages, segment and native
//! share.
//!
//! Not here: what is asked and what the beats mean.

use crate::algorand::numbers::request;
use crate::trace::{HostIn, HostOut, Request};

/// Tag bit of the requests that are not for a page.
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
    /// Number of the last ordinary request, modulo 32.
    pub h_seq_q: u8,
    pub h_rsp_ready_q: bool,
    pub h_beat_q: bool,
    pub h_tag_q: u8,
    pub h_last_q: bool,
    pub h_data_q: u64,
    /// Wire: no request was waiting when the cycle began.
    pub free: bool,
}

/// A beat of the ordinary response that somebody waits for.
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

    /// The ordinary beat of this cycle.
    #[inline(always)]
    pub fn beat(&self) -> Option<Beat> {
        (self.h_beat_q & (self.h_tag_q & ORDINARY != 0)).then_some(Beat { data: self.h_data_q, last: self.h_last_q })
    }

    /// The beat of this cycle, if it is a page's: its slot.
    #[inline(always)]
    pub fn page(&self) -> Option<u32> {
        (self.h_beat_q & (self.h_tag_q & ORDINARY == 0)).then_some(self.h_tag_q.into())
    }

    /// Makes a request, other than for a page, if the port is free.
    pub fn request(&mut self, kind: u8, a: u64, b: u64) -> bool {
        if self.free {
            self.q.h_seq_q = (self.h_seq_q + 1) & 31;
            self.offer(kind, ORDINARY | self.h_seq_q, a, b);
        }
        self.free
    }

    /// Requests the page of a slot, if the port is free.
    pub fn request_page(&mut self, slot: u32) -> bool {
        if self.free {
            self.offer(request::PAGE, slot as u8 & 31, slot.into(), 0);
        }
        self.free
    }

    fn offer(&mut self, kind: u8, tag: u8, a: u64, b: u64) {
        debug_assert!(!self.h_req_valid_q, "one request per cycle");
        self.q.h_req_valid_q = true;
        self.q.h_req_kind_q = kind;
        self.q.h_req_tag_q = tag;
        self.q.h_req_a_q = a;
        self.q.h_req_b_q = b;
    }

    /// The outputs of the port.
    pub fn outputs(&self) -> HostOut {
        let request = Request { kind: self.h_req_kind_q, tag: self.h_req_tag_q, a: self.h_req_a_q, b: self.h_req_b_q };
        HostOut { request: self.h_req_valid_q.then_some(request), rsp_ready: self.h_rsp_ready_q, stream: None }
    }

    /// The port has nothing to do in this cycle.
    #[inline(always)]
    pub fn quiet(&mut self) {
        self.q.h_rsp_ready_q = true;
    }

    /// The port's own part of a cycle, after everybody has used it: `seq` is the number of the last ordinary
    /// request, `kept` a page's beat that was not consumed, both when the cycle began.
    #[inline(never)]
    pub fn clock(&mut self, inputs: &HostIn, seq: u8, kept: bool) {
        let p = &mut self.q;
        if !p.free & inputs.req_ready {
            p.h_req_valid_q = false;
        }
        let page = inputs.rsp_tag & ORDINARY == 0;
        let taken = inputs.rsp_valid & p.h_rsp_ready_q & (page | (inputs.rsp_tag == ORDINARY | seq));
        p.h_rsp_ready_q = !(kept | taken & page);
        p.h_beat_q = kept | taken;
        if taken {
            p.h_tag_q = inputs.rsp_tag;
            p.h_last_q = inputs.rsp_last;
            p.h_data_q = inputs.rsp_data;
        }
    }
}
