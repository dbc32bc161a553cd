// SPDX-License-Identifier: MIT OR Apache-2.0
//! Blocks of cells: free ones by class, dead tuples, and release, which takes them apart.
//!
//! Not here: who takes blocks (`tuple.rs`, `outside.rs`).

use super::Core;
use super::cell::{Link, class_of};
use super::counts::Counted;
use crate::arbitrum::numbers::{class, loader, release, step};

room! {
    /// Blocks and release.
    pub(super) Heap
}

/// Registers of blocks and release.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
    pub p_state_q: u8,
    /// First of the tuples that died; 0 ends lists.
    pub p_dead_q: u16,
    /// First of those that release takes apart.
    pub p_todo_q: u16,
    pub p_cur_q: u16,
    pub p_len_q: u8,
    pub p_i_q: u8,
    /// First free block of each class, 16 bits each, class 0 lowest.
    pub p_free_q: u64,
    /// First cell that was never used.
    pub p_top_q: u32,
}

impl Heap {
    /// The first free block of a class, or 0.
    #[inline(always)]
    pub fn free(&self, class: u8) -> u16 {
        (self.p_free_q >> (16 * class)) as u16
    }

    /// Makes another block the first free one of a class.
    pub fn set_free(&mut self, class: u8, address: u16) {
        let at = 16 * class;
        self.q.p_free_q = self.p_free_q & !(0xffff << at) | u64::from(address) << at;
    }

    /// A new block of a class becomes the first free one.
    pub fn cut(&mut self, class: u8) {
        self.set_free(class, self.p_top_q as u16);
        self.q.p_top_q = (self.p_top_q + (1 << class)) & 0x1_ffff;
    }

    /// A tuple died.
    pub fn dies(&mut self, address: u16) {
        self.q.p_dead_q = address;
    }

    /// Whether no block can become free any more: nothing is dead.
    pub fn clean(&self) -> bool {
        self.p_dead_q == 0 && self.p_todo_q == 0 && self.p_state_q == release::IDLE
    }

    /// Release stands where it does not look at RAMs.
    #[inline(always)]
    pub fn rests(&self) -> bool {
        matches!(self.p_state_q, release::IDLE | release::CELL)
    }

    /// A call begins; this is the first free cell.
    pub fn start(&mut self, top: u16) {
        let p = &mut self.q;
        (p.p_dead_q, p.p_todo_q, p.p_free_q, p.p_top_q) = (0, 0, 0, top.into());
    }

    /// The call is over.
    pub fn forget(&mut self) {
        self.q.p_state_q = release::IDLE;
    }
}

impl Core {
    /// Whether release may leave IDLE or CELL in this cycle.
    #[inline(always)]
    pub(super) fn begins(&self) -> bool {
        let x = &self.execute;
        let blocks = matches!(
            x.x_dec_q.class,
            class::GET
                | class::EQ
                | class::SET2
                | class::HASH
                | class::KECCAK
                | class::INSN
                | class::HOST
                | class::INBOX
        );
        self.loader.l_state_q == loader::RUN && !(x.x_v_q && blocks && x.x_step_q != step::ENSURE)
    }

    /// A cycle of release, after counts; `begins`: when the cycle began it could begin.
    #[inline(always)]
    pub(super) fn release(&mut self, begins: bool, counted: Counted) {
        let p = &mut self.heap.q;
        match p.p_state_q {
            release::IDLE if p.p_todo_q != 0 => {
                if begins {
                    self.link.read(p.p_todo_q.into());
                    p.p_state_q = release::POP;
                }
            }
            release::IDLE => {
                if p.p_dead_q != 0 && !counted.dies {
                    p.p_todo_q = std::mem::take(&mut p.p_dead_q);
                }
            }
            _ => self.release_on(begins, counted),
        }
    }

    #[inline(never)]
    fn release_on(&mut self, begins: bool, counted: Counted) {
        let p = &mut self.heap.q;
        match p.p_state_q {
            release::POP => {
                let link = Link::of(self.link.rd());
                (p.p_cur_q, p.p_len_q, p.p_todo_q, p.p_i_q) = (p.p_todo_q, link.len, link.next, 0);
                p.p_state_q = release::CELL;
            }
            release::CELL if begins => {
                self.cells.read(u32::from(p.p_cur_q) + u32::from(p.p_i_q));
                p.p_state_q = release::TEST;
            }
            release::TEST if counted.fed || !self.cells.rd().counted() => {
                p.p_i_q = (p.p_i_q + 1) & 15;
                p.p_state_q = if p.p_i_q == p.p_len_q { release::FREE } else { release::CELL };
            }
            release::FREE if !counted.dies => {
                let class = class_of(p.p_len_q);
                let next = (p.p_free_q >> (16 * class)) as u16;
                self.link.write(p.p_cur_q.into(), Link { len: 0, pos: 0, next }.word());
                p.p_state_q = release::IDLE;
                let cur = p.p_cur_q;
                self.heap.set_free(class, cur);
            }
            _ => {}
        }
    }
}
