// SPDX-License-Identifier: MIT OR Apache-2.0
//! D and I: the code word on the code RAM's output, and the instruction whose immediate may be on the pool's.
//!
//! Not here: who redirects (`execute.rs`, `loader.rs`).

use super::cell::CodeWord;
use super::{Core, Nets};
use crate::arbitrum::isa::code;
use crate::arbitrum::numbers::kind;

room! {
    /// D and I.
    pub(super) Front
}

/// Registers of D and I.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
    pub d_v_q: bool,
    pub d_pc_q: u16,
    pub i_v_q: bool,
    pub i_pc_q: u16,
    pub i_op_q: u8,
    pub i_kind_q: u8,
    pub i_imm_q: u16,
    pub i_next_q: u16,
}

impl Core {
    /// A cycle of D and I, after X has taken what I held.
    #[inline(always)]
    pub(super) fn front(&mut self, n: &Nets) {
        let q = &mut self.front.q;
        if n.stop {
            q.d_v_q = false;
            q.i_v_q = false;
        } else if let Some(target) = n.redirect {
            self.code_ram.read(target.into());
            q.d_v_q = true;
            q.d_pc_q = target;
            q.i_v_q = false;
        } else if !q.i_v_q || n.takes {
            if q.d_v_q {
                let word = CodeWord::of(self.code_ram.rd());
                q.i_v_q = true;
                q.i_pc_q = q.d_pc_q;
                q.i_op_q = word.op;
                q.i_kind_q = word.kind;
                q.i_imm_q = word.imm;
                q.i_next_q = word.next;
                if word.kind == kind::POOL {
                    self.pool.read(word.imm.into());
                }
                let next = if word.op == code::JUMP && word.kind == kind::CODE { word.imm } else { word.next };
                self.code_ram.read(next.into());
                q.d_pc_q = next;
            } else {
                q.i_v_q = false;
            }
        }
    }
}
