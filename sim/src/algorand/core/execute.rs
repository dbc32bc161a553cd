// SPDX-License-Identifier: MIT OR Apache-2.0
//! X: the registers of the instruction that is executed, and the two top cells.
//!
//! Not here: what an instruction does, and how it ends (`effect.rs`).

use crate::algorand::exception::{CallEnd, Cause};
use crate::algorand::numbers::mend;

room! {
    /// The execute stage.
    pub(super) Execute
}

/// Registers of the execute stage.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
    pub x_valid_q: bool,
    pub x_pred_q: bool,
    pub x_taken_q: bool,
    pub x_step_q: u8,
    pub x_slot_q: u32,
    pub x_init_q: bool,
    pub x_op_q: u8,
    pub x_exc_q: u8,
    pub x_off_q: u8,
    pub x_pc_q: u32,
    pub x_cnt_q: u32,
    pub x_word_q: u32,
    pub x_imm_q: u64,
    pub s_tos_q: u64,
    pub s_nos_q: u64,
    pub s_mend_q: u8,
}

/// What D issues.
#[derive(Clone, Copy, Debug)]
pub(super) struct Issue {
    pub pc: u32,
    pub op: u8,
    pub imm: u64,
    /// Depth before it.
    pub cnt: u32,
    /// F has been redirected for it.
    pub pred: bool,
    /// It is the `catch` that a throw was looking for.
    pub taken: bool,
}

/// How a cycle of X ends.
#[derive(Clone, Copy)]
pub(super) enum Flow {
    /// Not done: step 1 follows (or goes on).
    Wait,
    /// Not done: the step is what the class made it.
    Stay,
    /// Done, with this many results to compare.
    Done(u8),
    /// Done, throws.
    Throw(Cause),
    /// Done, throws the top cell.
    Athrow,
    /// Done, the call completes normally, with the top cell or without.
    Returned(bool),
    /// Done, ends the call.
    End(CallEnd),
}

impl Execute {
    /// D issues an instruction.
    #[inline(always)]
    pub fn d_issue(&mut self, d: Issue) {
        let x = &mut self.q;
        x.x_valid_q = true;
        x.x_pc_q = d.pc;
        x.x_op_q = d.op;
        x.x_imm_q = d.imm;
        x.x_cnt_q = d.cnt;
        x.x_pred_q = d.pred;
        x.x_taken_q = d.taken;
        x.x_step_q = 0;
    }

    /// The check of D that it failed: a cause or 29; 0 if none.
    #[inline(always)]
    pub fn d_exc(&mut self, exc: u8) {
        self.q.x_exc_q = exc;
    }

    /// The frame word that is accessed, the byte in it, and whether it is one of the arguments.
    #[inline(always)]
    pub fn d_word(&mut self, word: u32, off: u8, init: bool) {
        self.q.x_word_q = word;
        self.q.x_init_q = init;
        self.d_off(off);
    }

    /// The byte of the word that is read.
    #[inline(always)]
    pub fn d_off(&mut self, off: u8) {
        self.q.x_off_q = off;
    }

    /// Frame words are read as they are.
    #[inline(always)]
    pub fn d_init(&mut self) {
        self.q.x_init_q = true;
    }

    /// The step that follows, of an instruction that is not done.
    #[inline(always)]
    pub fn step_set(&mut self, step: u8) {
        self.q.x_step_q = step;
    }

    /// The slot of the segment that is invoked.
    pub fn slot_set(&mut self, slot: u32) {
        self.q.x_slot_q = slot;
    }

    /// The instruction is done.
    #[inline(always)]
    pub fn x_retire(&mut self) {
        self.q.x_valid_q = false;
    }

    /// The first method begins.
    pub fn l_start(&mut self) {
        self.tos_set(0);
        self.nos_set(0);
    }
}

/// The two top cells. Those below are in the stack RAM, on whose read port is the `next` one where it is needed.
impl Execute {
    #[inline(always)]
    pub fn tos_set(&mut self, cell: u64) {
        self.q.s_tos_q = cell;
    }

    #[inline(always)]
    pub fn nos_set(&mut self, cell: u64) {
        self.q.s_nos_q = cell;
    }

    /// A cell comes on top; what was NOS goes to the RAM.
    #[inline(always)]
    pub fn push(&mut self, cell: u64) {
        self.nos_set(self.s_tos_q);
        self.tos_set(cell);
    }

    /// NOS has been used.
    #[inline(always)]
    pub fn refill(&mut self, next: u64) {
        if self.x_cnt_q >= 3 {
            self.nos_set(next);
        }
    }

    /// TOS has been used.
    #[inline(always)]
    pub fn drop_top(&mut self, next: u64) {
        self.tos_set(self.s_nos_q);
        self.refill(next);
    }

    #[inline(always)]
    pub fn swap(&mut self) {
        std::mem::swap(&mut self.q.s_tos_q, &mut self.q.s_nos_q);
    }

    /// The two cells are not those of the stack that a throw or a pop leaves: they will be, from this step on.
    pub fn mend_set(&mut self, step: u8) {
        self.q.s_mend_q = step;
    }

    /// A step of mending, with the cell that the last edge read, if it read one.
    pub fn mend(&mut self, read: Option<u64>) {
        match self.s_mend_q {
            mend::TOP => self.q.s_mend_q = mend::NEXT,
            mend::NEXT => {
                self.tos_set(read.unwrap_or(self.s_nos_q));
                self.q.s_mend_q = mend::LAST;
            }
            _ => {
                if let Some(cell) = read {
                    self.nos_set(cell);
                }
                self.q.s_mend_q = mend::NONE;
            }
        }
    }
}
