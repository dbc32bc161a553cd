// SPDX-License-Identifier: MIT OR Apache-2.0
//! The loader: a call from the host's job to the report of its outcome. It asks for job, list of pages, pages,
//! segment and arguments, makes the first invocation, and when the call is over reports what is left, what was
//! touched and the contents of pages that may have changed; then it clears tags.
//!
//! Not here: the pages that come (`pages.rs`) and the segment (`segment.rs`).

use super::calls::Entry;
use super::frame::fwords;
use super::pages::{page_name, page_word};
use super::unwind::EXCEPTION;
use super::{Core, Spent};
use crate::algorand::exception::{CallEnd, Cause};
use crate::algorand::numbers::loader::*;
use crate::algorand::numbers::{fill, request, status};
use crate::algorand::params::ACCESS_PAGES;

room! {
    /// The loader.
    pub(super) Loader
}

/// Registers of the loader.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
    pub l_state_q: u8,
    /// The request of this state has been made.
    pub l_asked_q: bool,
    /// Beats, words, tags or slots, whatever the state counts.
    pub l_addr_q: u32,
    pub l_app_q: u64,
    pub l_method_q: u32,
    pub l_args_q: u32,
    pub l_pages_q: u32,
    pub l_depthmax_q: u32,
    pub l_invmax_q: u32,
    pub l_logmax_q: u32,
    /// Frame words that the call has used.
    pub l_high_q: u32,
    /// Why the first segment could not be filled.
    pub l_fail_q: u8,
    pub l_ai_q: u8,
    /// Word of a page that is reported.
    pub l_word_q: u32,
}

impl Loader {
    /// The loader after reset: all tags are still to be swept.
    pub fn new() -> Loader {
        Loader { q: Registers { l_high_q: 4096, ..Registers::default() } }
    }

    /// The frame of an invoked method ends at word `top`.
    #[inline(always)]
    pub fn c_enter(&mut self, top: u32) {
        self.q.l_high_q = self.l_high_q.max(top);
    }
}

impl Registers {
    /// The next state.
    fn go(&mut self, state: u8) {
        self.l_state_q = state;
        self.l_asked_q = false;
        self.l_addr_q = 0;
    }

    fn count(&mut self) {
        self.l_addr_q = (self.l_addr_q + 1) & 0x3fff;
    }
}

impl Core {
    /// A clock outside state run: X, D and F are empty and stopped.
    #[inline(never)]
    pub(super) fn load(&mut self) {
        match self.loader.l_state_q {
            SWEEP => self.sweep(),
            JOB => self.job(),
            LIST => self.list(),
            PAGES => self.request_pages(),
            SEGMENT => self.first_segment(),
            ARGS => self.args(),
            ENTER0 => self.enter0(),
            ENTER1 => self.enter1(),
            DRAIN if self.pages.p_left_q == 0 => self.loader.q.go(FUEL),
            FUEL => self.report_fuel(),
            TALLY => self.tally(),
            OUT => self.page_out(),
            READ => self.read_page(),
            WORD => self.word_out(),
            DONE if self.port.request(request::DONE, self.unwind.o_kind_q.into(), self.unwind.o_value_q) => {
                self.loader.q.go(SWEEP);
            }
            _ => {}
        }
    }

    fn sweep(&mut self) {
        let l = &mut self.loader.q;
        if l.l_addr_q < l.l_high_q {
            self.tag.write(l.l_addr_q, 0);
            l.count();
        } else {
            l.go(JOB);
        }
    }

    /// Makes the request of this state, once.
    fn ask(&mut self, kind: u8, a: u64, b: u64) {
        let l = &mut self.loader.q;
        l.l_asked_q = l.l_asked_q || self.port.request(kind, a, b);
    }

    fn job(&mut self) {
        self.ask(request::JOB, 0, 0);
        let Some(beat) = self.port.beat() else { return };
        let (l, data) = (&mut self.loader.q, beat.data);
        match l.l_addr_q {
            0 => l.l_app_q = data,
            1 => self.decode.l_fuel_set(data.cast_signed()),
            2 => l.l_method_q = u32::from(data >> 16 != 0) << 16 | data as u32 & 0xffff,
            3 => {
                l.l_args_q = data as u32 & 0xfff;
                l.l_depthmax_q = (data >> 16) as u32 & 0x3ff;
                l.l_logmax_q = (data >> 32) as u32 & 0xfff;
            }
            4 => {
                l.l_invmax_q = data as u32;
                l.l_pages_q = (data >> 32) as u32 & 63;
            }
            _ => {}
        }
        l.count();
        if beat.last {
            self.begin();
        }
    }

    /// The job is known: nothing is resident, no page is listed, the log is empty.
    fn begin(&mut self) {
        self.pages.l_clear();
        self.segment.l_clear();
        self.unwind.l_clear();
        let l = &mut self.loader.q;
        l.l_fail_q = status::FILLED;
        l.go(if l.l_pages_q == 0 { SEGMENT } else { LIST });
    }

    fn list(&mut self) {
        self.ask(request::LIST, self.loader.l_pages_q.into(), 0);
        let Some(beat) = self.port.beat() else { return };
        let l = &mut self.loader.q;
        if l.l_addr_q & 1 == 0 {
            l.l_ai_q = beat.data as u8 & 15;
        } else {
            let slot = l.l_addr_q >> 1 & 31;
            self.dir.write(slot, page_name(l.l_ai_q, beat.data));
            self.pages.l_dir_we(slot, beat.data);
        }
        l.count();
        if beat.last {
            l.go(PAGES);
        }
    }

    fn request_pages(&mut self) {
        let l = &mut self.loader.q;
        if self.port.request_page(l.l_addr_q) {
            l.count();
            if l.l_addr_q == l.l_pages_q {
                l.go(SEGMENT);
            }
        }
    }

    fn first_segment(&mut self) {
        if !self.loader.l_asked_q {
            self.loader.q.l_asked_q = true;
            self.segment.start_fill(self.loader.l_app_q);
        } else if self.segment.g_fill_q == fill::NONE {
            self.loader.q.l_fail_q = self.segment.g_fail_q;
            if self.segment.g_fail_q == status::FILLED {
                self.switch_segment(self.segment.g_into_q);
            }
            self.loader.q.go(if self.loader.l_args_q == 0 { ENTER0 } else { ARGS });
        }
    }

    fn args(&mut self) {
        self.ask(request::ARGS, self.loader.l_app_q, self.loader.l_args_q.into());
        let Some(beat) = self.port.beat() else { return };
        let l = &mut self.loader.q;
        self.frame.write(l.l_addr_q, beat.data);
        self.tag.write(l.l_addr_q, 0);
        l.count();
        if beat.last {
            l.go(ENTER0);
        }
    }

    fn enter0(&mut self) {
        let (l, g) = (&mut self.loader.q, &self.segment);
        if l.l_fail_q == status::FILLED && l.l_method_q < g.g_methods_q {
            self.consts.read(g.word(1 + l.l_method_q));
        }
        self.decode.l_init();
        self.calls.l_init();
        l.go(ENTER1);
    }

    /// Why there is no first invocation: outcome number and value.
    fn refusal(&self, entry: Entry) -> Option<(u8, u64)> {
        let l = &self.loader;
        let exception = |cause: Cause| Some((EXCEPTION, cause.code()));
        if self.decode.d_fuel_q < 0 {
            Some((CallEnd::OutOfFuel as u8, 0))
        } else if l.l_fail_q == status::UNLISTED {
            Some((CallEnd::Rejected as u8, 0))
        } else if l.l_fail_q == status::ABSENT {
            exception(Cause::Application)
        } else if l.l_method_q >= self.segment.g_methods_q {
            exception(Cause::Method)
        } else if !entry.public() {
            exception(Cause::Access)
        } else if entry.args() != l.l_args_q {
            exception(Cause::Arguments)
        } else {
            None
        }
    }

    fn enter1(&mut self) {
        self.book.cycles = 0;
        self.book.retired = 0;
        let entry = Entry(self.consts.rd());
        let refusal = self.refusal(entry);
        let l = &mut self.loader.q;
        l.go(RUN);
        if let Some((kind, value)) = refusal {
            l.l_high_q = 0;
            self.unwind.finish(kind, value);
            return;
        }
        l.l_high_q = fwords(entry.frame());
        self.calls.l_start(entry, l.l_args_q);
        self.segment.l_start();
        self.decode.s_cnt_set(0);
        self.decode.d_pend_clear();
        self.execute.l_start();
        self.fetch.l_start(entry.offset());
        self.book.k_why = Spent::Refill;
        self.book.d_bubble = Spent::Refill;
        self.book.x_bubble = Spent::Refill;
    }

    /// The last cycle of a call: its outcome is there.
    pub(super) fn loader_run(&mut self) {
        self.book.spent = Spent::Host;
        self.unwind.l_taken();
        self.loader.q.go(DRAIN);
    }

    fn report_fuel(&mut self) {
        let invocations = self.calls.c_next_q.wrapping_sub(1);
        if self.port.request(request::FUEL, self.decode.d_fuel_q.cast_unsigned(), invocations.into()) {
            self.loader.q.go(TALLY);
        }
    }

    fn tally(&mut self) {
        let p = &self.pages;
        let pages = u64::from(p.p_dirty_q) << 32 | u64::from(p.p_touched_q);
        if self.port.request(request::TALLY, pages, self.unwind.u_high_q.into()) {
            self.loader.q.go(if self.unwind.o_kind_q <= 1 { OUT } else { DONE });
        }
    }

    /// Size of the page that is reported, words.
    fn page_size(&self) -> u32 {
        self.size.rd(self.loader.l_addr_q).into()
    }

    fn page_out(&mut self) {
        let (slot, size) = (self.loader.l_addr_q, self.page_size());
        let dirty = self.pages.p_dirty_q >> (slot & 31) & 1 != 0;
        if dirty && !self.port.request(request::PAGE_OUT, slot.into(), size.into()) {
            return;
        }
        if dirty && size != 0 {
            self.loader.q.l_word_q = 0;
            self.loader.q.l_state_q = READ;
        } else {
            self.next_page();
        }
    }

    fn next_page(&mut self) {
        let l = &mut self.loader.q;
        if l.l_addr_q as usize == ACCESS_PAGES - 1 {
            l.go(DONE);
        } else {
            l.count();
            l.l_state_q = OUT;
        }
    }

    fn read_page(&mut self) {
        let l = &mut self.loader.q;
        self.heap_ram.read(page_word(l.l_addr_q & 31, l.l_word_q));
        l.l_state_q = WORD;
    }

    fn word_out(&mut self) {
        let l = &mut self.loader.q;
        let address = page_word(l.l_addr_q & 31, l.l_word_q);
        if !self.port.request(request::WORD, self.heap_ram.rd(), address.into()) {
            return;
        }
        let next = self.loader.l_word_q + 1;
        if next == self.page_size() {
            self.next_page();
        } else {
            self.loader.q.l_word_q = next & 127;
            self.loader.q.l_state_q = READ;
        }
    }
}
