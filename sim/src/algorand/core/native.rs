// SPDX-License-Identifier: MIT OR Apache-2.0
//! `invoke_native`: pending arguments out to the host word by word, results in.
//!
//! Not here: price and checks (`decode.rs`).

use super::Core;
use super::execute::Flow;
use super::frame::{frame_word, fwords};
use crate::algorand::natives;
use crate::algorand::numbers::native::*;
use crate::algorand::numbers::request;

room! {
    /// Native invocations.
    pub(super) Native
}

/// Registers of native invocations.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
    pub n_state_q: u8,
    /// Argument words sent, then results taken.
    pub n_word_q: u32,
}

/// Payload b of request NATIVE: `{native 16, bytes 16}`.
fn native_and_bytes(native: u64, bytes: u32) -> u64 {
    (native & 0xffff) << 16 | u64::from(bytes)
}

impl Native {
    /// Whether a native method is being invoked.
    pub fn busy(&self) -> bool {
        self.n_state_q != NONE
    }
}

impl Core {
    /// A cycle of `invoke_native` in X.
    #[inline(never)]
    pub(super) fn invoke_native(&mut self) -> Flow {
        let n = &mut self.native.q;
        if self.execute.x_step_q == 0 {
            n.n_state_q = if self.decode.d_pend_q != 0 { READ } else { ASK };
            n.n_word_q = 0;
            return Flow::Wait;
        }
        match n.n_state_q {
            READ => {
                let c = &self.calls;
                let word = frame_word(c.c_fbase_q, fwords(c.c_fbytes_q) + n.n_word_q);
                self.frame.read(word);
                self.tag.read(word);
                n.n_state_q = SEND;
            }
            SEND if self.port.request(request::WORD_IN, self.frame.rd(), n.n_word_q.into()) => {
                n.n_word_q += 1;
                n.n_state_q = if n.n_word_q == fwords(self.decode.d_pend_q) { ASK } else { READ };
            }
            // D may issue an `arg` in the last cycle: the arguments are dropped here.
            ASK if self.port.request(
                request::NATIVE,
                self.segment.g_app_q,
                native_and_bytes(self.execute.x_imm_q, self.decode.d_pend_q),
            ) =>
            {
                self.decode.d_pend_clear();
                n.n_word_q = 0;
                n.n_state_q = WAIT;
            }
            WAIT => return self.native_result(),
            _ => {}
        }
        Flow::Wait
    }

    fn native_result(&mut self) -> Flow {
        let Some(beat) = self.port.beat() else { return Flow::Wait };
        let (x, n) = (&mut self.execute, &mut self.native.q);
        let cnt = x.x_cnt_q + n.n_word_q;
        if cnt >= 2 {
            self.stack.write(self.calls.c_sbase_q + cnt - 2, x.s_nos_q);
        }
        x.push(beat.data);
        n.n_word_q = (n.n_word_q + 1) & 0x1ff;
        if !beat.last {
            return Flow::Wait;
        }
        n.n_state_q = NONE;
        Flow::Done(natives::by_number(x.x_imm_q as usize).map_or(0, |n| n.results.min(2)))
    }
}
