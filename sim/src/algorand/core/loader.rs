//! The loader: clears tags, asks the host for a job and its areas, makes the first invocation,
//! reports fuel and outcome.

use super::calls::{Calls, Entry};
use super::frame::fwords;
use super::unwind::EXCEPTION;
use super::{Core, Signals, Spent};
use crate::algorand::exception::{CallEnd, Cause};
use crate::algorand::isa::FIRST_INVOKE_FUEL;
use crate::trace::HostIn;

const SWEEP: u8 = 0;
const REQUEST: u8 = 1;
const RESPONSE: u8 = 2;
const ENTER0: u8 = 3;
const ENTER1: u8 = 4;
/// `l_state_q` while a call runs.
pub(super) const RUN: u8 = 5;

/// Request kinds on the host port.
const JOB: u8 = 1;
const CODE: u8 = 2;
const CONST: u8 = 3;
const ARGS: u8 = 4;
const FUEL: u8 = 5;
const DONE: u8 = 6;

/// Registers of the loader and of the host port.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Loader {
    pub l_state_q: u8,
    pub l_we_q: u8,
    pub l_addr_q: u32,
    pub l_codelen_q: u32,
    pub l_constlen_q: u32,
    pub l_methods_q: u32,
    pub l_method_q: u32,
    pub l_args_q: u32,
    pub l_depthmax_q: u32,
    pub l_invmax_q: u32,
    pub l_high_q: u32,
    pub l_wa_q: u32,
    pub l_wd_q: u64,
    pub l_app_q: u64,
    pub h_req_a_q: u64,
    pub h_req_b_q: u64,
    pub h_req_valid_q: bool,
    pub h_rsp_ready_q: bool,
    pub h_req_kind_q: u8,
    pub h_req_tag_q: u8,
}

impl Loader {
    /// The loader after reset: all tags are still to be swept.
    pub fn new() -> Loader {
        Loader { l_high_q: 4096, ..Loader::default() }
    }

    fn request(&mut self, kind: u8, a: u64, b: u64) {
        self.h_req_valid_q = true;
        self.h_req_kind_q = kind;
        self.h_req_tag_q = (self.h_req_tag_q + 1) & 15;
        self.h_req_a_q = a;
        self.h_req_b_q = b;
        self.l_state_q = REQUEST;
    }

    fn request_area(&mut self, kind: u8, bytes: u32) {
        self.request(kind, self.l_app_q, bytes.into());
    }

    /// The next beat of the write stage: `area` as in `l_we_q`.
    fn stage(&mut self, area: u8, data: u64) {
        self.l_we_q = area;
        self.l_wa_q = self.l_addr_q & 0x1fff;
        self.l_wd_q = data;
    }
}

impl Core {
    /// A clock outside state run: X, D and F are empty and stopped.
    pub(super) fn load(&mut self, inputs: &HostIn) {
        self.write_stage();
        match self.loader.l_state_q {
            SWEEP => self.sweep(),
            REQUEST => self.request(inputs.req_ready),
            RESPONSE => self.response(inputs),
            ENTER0 => self.enter0(),
            _ => self.enter1(),
        }
    }

    /// Writes the beat taken at the last edge.
    fn write_stage(&mut self) {
        let l = &mut self.loader;
        match l.l_we_q {
            0 => {}
            1 => self.code.write(l.l_wa_q, l.l_wd_q),
            2 => self.consts.write(l.l_wa_q, l.l_wd_q),
            _ => {
                self.frame.write(l.l_wa_q, l.l_wd_q);
                self.tag.write(l.l_wa_q, 0);
            }
        }
        l.l_we_q = 0;
    }

    fn sweep(&mut self) {
        let l = &mut self.loader;
        if l.l_addr_q < l.l_high_q {
            self.tag.write(l.l_addr_q, 0);
            l.l_addr_q += 1;
        } else {
            l.l_addr_q = 0;
            l.request(JOB, 0, 0);
        }
    }

    fn request(&mut self, ready: bool) {
        let l = &mut self.loader;
        if !(l.h_req_valid_q && ready) {
            return;
        }
        l.h_req_valid_q = false;
        match l.h_req_kind_q {
            FUEL => l.request(DONE, self.unwind.o_kind_q.into(), self.unwind.o_value_q),
            DONE => {
                l.l_addr_q = 0;
                l.l_state_q = SWEEP;
            }
            _ => {
                l.h_rsp_ready_q = true;
                l.l_addr_q = 0;
                l.l_state_q = RESPONSE;
            }
        }
    }

    fn response(&mut self, inputs: &HostIn) {
        let l = &mut self.loader;
        if !(inputs.rsp_valid && l.h_rsp_ready_q && inputs.rsp_tag == l.h_req_tag_q) {
            return;
        }
        let data = inputs.rsp_data;
        match l.h_req_kind_q {
            JOB => match l.l_addr_q {
                0 => l.l_app_q = data,
                1 => self.decode.d_fuel_q = data.cast_signed(),
                2 => l.l_method_q = u32::from(data >> 16 != 0) << 16 | data as u32 & 0xffff,
                3 => {
                    l.l_codelen_q = data as u32 & 0x1_ffff;
                    l.l_constlen_q = (data >> 32) as u32 & 0x1_ffff;
                }
                4 => {
                    l.l_args_q = data as u32 & 0xfff;
                    l.l_depthmax_q = (data >> 16) as u32 & 0x3ff;
                    l.l_invmax_q = (data >> 32) as u32;
                }
                _ => {}
            },
            CODE => l.stage(1, data),
            CONST => {
                if l.l_addr_q == 0 {
                    l.l_methods_q = data as u32 & 0xffff;
                }
                l.stage(2, data);
            }
            _ => l.stage(3, data),
        }
        l.l_addr_q = (l.l_addr_q + 1) & 0x3fff;
        if !inputs.rsp_last {
            return;
        }
        l.h_rsp_ready_q = false;
        l.l_addr_q = 0;
        match l.h_req_kind_q {
            JOB if l.l_codelen_q != 0 => l.request_area(CODE, l.l_codelen_q),
            JOB | CODE => l.request_area(CONST, l.l_constlen_q),
            CONST if l.l_args_q != 0 => l.request_area(ARGS, l.l_args_q),
            _ => l.l_state_q = ENTER0,
        }
    }

    fn enter0(&mut self) {
        let l = &mut self.loader;
        let d = &mut self.decode;
        d.d_fuel_q = d.d_fuel_q.wrapping_sub(FIRST_INVOKE_FUEL.into());
        if l.l_method_q < l.l_methods_q {
            self.consts.read(1 + l.l_method_q);
        }
        self.calls.c_next_q = 1;
        l.l_state_q = ENTER1;
    }

    fn enter1(&mut self) {
        self.book.cycles = 0;
        self.book.retired = 0;
        let entry = Entry(self.consts.rd());
        let l = &mut self.loader;
        l.l_state_q = RUN;
        let refused = if self.decode.d_fuel_q < 0 {
            Some((CallEnd::OutOfFuel as u8, 0))
        } else if l.l_method_q >= l.l_methods_q {
            Some((EXCEPTION, Cause::Method.code()))
        } else if !entry.public() {
            Some((EXCEPTION, Cause::Access.code()))
        } else if entry.args() != l.l_args_q {
            Some((EXCEPTION, Cause::Arguments.code()))
        } else {
            None
        };
        if let Some((kind, value)) = refused {
            l.l_high_q = 0;
            self.finish(kind, value, &mut Signals::default());
            return;
        }
        l.l_high_q = fwords(entry.frame());
        self.calls = Calls {
            c_fbytes_q: entry.frame() & 0xfff,
            c_argw_q: fwords(l.l_args_q),
            c_id_q: 1,
            c_next_q: 2,
            c_depth_q: 1,
            ..Calls::default()
        };
        self.decode.s_cnt_q = 0;
        self.decode.d_pend_q = 0;
        self.execute.s_tos_q = 0;
        self.execute.s_nos_q = 0;
        self.fetch.b_valid_q = 0;
        self.fetch.f_run_q = true;
        self.fetch.k_valid_q = true;
        self.fetch.k_pc_q = entry.offset();
        self.book.k_why = Spent::Refill;
        self.book.d_bubble = Spent::Refill;
        self.book.x_bubble = Spent::Refill;
    }

    /// The last cycle of a call: its outcome is there.
    pub(super) fn loader_run(&mut self) {
        self.book.spent = Spent::Host;
        self.unwind.o_valid_q = false;
        let fuel = self.decode.d_fuel_q.cast_unsigned();
        let invocations = self.calls.c_next_q.wrapping_sub(1);
        self.loader.request(FUEL, fuel, invocations.into());
    }
}
