// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the host does: `log`, `send`, elliptic curves, buffers, and the inbox.
//!
//! Not here: the port (`port.rs`); hashes of buffers (`hash.rs`).

use crate::arbitrum::core::cell::Cell;
use crate::arbitrum::core::stack::Update;
use crate::arbitrum::core::{Core, Nets, Spent};
use crate::arbitrum::isa::code;
use crate::arbitrum::numbers::{answer, exception, outcome, request, step, tag};
use crate::units::wide::U256;

/// Class of a message's block.
const LARGEST: u8 = 3;

impl Core {
    /// Step 0 of `log`.
    pub(super) fn log(&mut self) {
        self.book.spent = Spent::Hash;
        self.hash_value(self.o0());
        let x = &mut self.execute.q;
        (x.x_n_q, x.x_i_q, x.x_step_q) = (x.x_dec_q.pops, 0, step::S7);
    }

    /// Step 0 of the other ones.
    pub(super) fn host(&mut self) {
        self.book.spent = Spent::Host;
        let buffer = match self.execute.x_op_q {
            code::SEND | code::GETBUFFER8 | code::GETBUFFER64 | code::GETBUFFER256 => 1,
            code::SETBUFFER8 | code::SETBUFFER64 | code::SETBUFFER256 => 2,
            _ => usize::MAX,
        };
        let pops = usize::from(self.execute.x_dec_q.pops);
        let right = |i: usize| if i == buffer { self.operand(i).is_buffer() } else { self.operand(i).is_int() };
        let bad = !(0..pops).all(right);
        let x = &mut self.execute.q;
        (x.x_bad_q, x.x_n_q, x.x_i_q, x.x_step_q) = (bad, x.x_dec_q.pops, 0, step::S8);
    }

    /// An operand; the immediate has been pushed.
    fn operand(&self, i: usize) -> Cell {
        match i {
            0 => self.stack.s_a_q,
            1 => self.stack.s_b_q,
            2 => self.w0(),
            _ => self.w1(),
        }
    }

    /// The other steps of HOST.
    pub(super) fn host_on(&mut self, n: &mut Nets, step: u8) {
        self.book.spent = Spent::Host;
        match step {
            step::S7 => {
                self.book.spent = Spent::Hash;
                if n.z_done {
                    let hash = self.hash.z_r_q;
                    let x = &mut self.execute.q;
                    (x.x_r_q, x.x_step_q) = (hash, step::S8);
                }
            }
            step::S8 if self.execute.x_bad_q => self.fails(n, exception::ERROR),
            step::S8 => self.send_operand(n),
            step::S9 => {
                if self.port.request(request::HOST, self.execute.x_op_q.into(), 0) {
                    self.execute.q.x_step_q = step::S10;
                    if self.execute.x_op_q == code::LOG {
                        self.done(n, Update::None, true);
                    }
                }
            }
            step::S10 => self.host_verdict(n),
            _ => self.host_result(n),
        }
    }

    /// Step 8: half of the operand on top, which goes with its last half.
    fn send_operand(&mut self, n: &mut Nets) {
        let x = &self.execute;
        let log = x.x_op_q == code::LOG;
        let payload = if log { x.x_r_q } else { self.stack.s_a_q.payload };
        let high = x.x_i_q & 1 != 0;
        let sent = if high {
            self.port.request(request::ARG_HIGH, payload[2], payload[3])
        } else {
            self.port.request(request::ARG, payload[0], payload[1])
        };
        if !sent {
            return;
        }
        if !high && (log || payload[2] | payload[3] != 0) {
            self.execute.q.x_i_q += 1;
            return;
        }
        n.events.dec(&self.stack.s_a_q);
        self.update(Update::Drop);
        let x = &mut self.execute.q;
        (x.x_n_q, x.x_i_q) = (x.x_n_q - 1, 0);
        if x.x_n_q == 0 {
            x.x_step_q = step::S9;
        }
    }

    /// Step 10: what the host says of the operands, which are not on the stack any more.
    fn host_verdict(&mut self, n: &mut Nets) {
        let Some(beat) = self.port.beat() else { return };
        if beat.data & u64::from(answer::WRONG) != 0 {
            self.fails(n, exception::ERROR);
            self.execute.q.x_n_q = 0;
        } else if self.execute.x_dec_q.push == 0 {
            self.execute.q.x_n_q = 0;
            self.execute.q.x_step_q = step::S13;
            self.done(n, Update::None, true);
        } else {
            let x = &mut self.execute.q;
            (x.x_n_q, x.x_step_q) = (0, step::S13);
        }
    }

    /// A limb of a result: the value, if it is the fourth one, and whether it is the last.
    fn limb(&mut self) -> Option<(Option<U256>, bool)> {
        let beat = self.port.beat()?;
        let x = &mut self.execute.q;
        let [_, b, c, d] = x.x_r_q;
        x.x_r_q = [b, c, d, beat.data];
        x.x_n_q = (x.x_n_q + 1) & 3;
        Some(((x.x_n_q == 0).then_some(x.x_r_q), beat.last))
    }

    /// Step 13: results, the lower one first.
    fn host_result(&mut self, n: &mut Nets) {
        let Some((value, last)) = self.limb() else { return };
        let buffer = matches!(self.execute.x_op_q, code::SETBUFFER8 | code::SETBUFFER64 | code::SETBUFFER256);
        let tag = if buffer { tag::BUFFER } else { tag::INT };
        let push = value.map_or(Update::None, |payload| Update::Push(Cell { payload, tag }));
        if last {
            self.done(n, push, true);
        } else {
            self.update(push);
        }
    }

    /// Step 0 of INBOX.
    pub(super) fn inbox(&mut self, n: &mut Nets) {
        self.book.spent = Spent::Host;
        if self.execute.x_op_q == code::INBOX {
            self.execute.q.x_step_q = step::S8;
        } else {
            self.finish(n, outcome::CAPACITY);
        }
    }

    /// The other steps of INBOX.
    pub(super) fn inbox_on(&mut self, n: &mut Nets, step: u8) {
        self.book.spent = Spent::Host;
        match step {
            step::S8 => {
                if self.port.request(request::HOST, self.execute.x_op_q.into(), 0) {
                    self.execute.q.x_step_q = step::S9;
                }
            }
            step::S9 => {
                let Some(beat) = self.port.beat() else { return };
                if beat.data & u64::from(answer::NEVER) == 0 {
                    self.execute.q.x_step_q = step::S14;
                    return;
                }
                if self.execute.x_had_q {
                    n.events.dec(&self.stack.s_a_q);
                    self.update(Update::Drop);
                }
                self.finish(n, outcome::BLOCKED);
            }
            step::S14 => self.pull_message(),
            step::S15 => {
                let new = self.take_block(LARGEST);
                let x = &mut self.execute.q;
                (x.x_new_q, x.x_n_q, x.x_i_q, x.x_step_q) = (new, 0, 0, step::S10);
            }
            _ => self.message_cell(n),
        }
    }

    /// Step 14: there is a message; it needs a block.
    fn pull_message(&mut self) {
        if self.heap.free(LARGEST) == 0 {
            self.execute.q.x_step_q = step::ENSURE;
        } else if self.counts.k_idle() && self.heap.rests() && self.port.request(request::PULL, 0, 0) {
            self.link.read(self.heap.free(LARGEST).into());
            self.execute.q.x_step_q = step::S15;
        }
    }

    /// Step 10: the message's cells.
    fn message_cell(&mut self, n: &mut Nets) {
        let Some((value, last)) = self.limb() else { return };
        let (new, i) = (self.execute.x_new_q, self.execute.x_i_q);
        if let Some(payload) = value {
            let tag = if i == 7 { tag::BUFFER } else { tag::INT };
            self.cells.write(new.wrapping_add(i.into()).into(), Cell { payload, tag });
            self.execute.q.x_i_q = (i + 1) & 15;
        }
        if last {
            self.done(n, Update::Push(Cell::tuple(new, 8)), true);
        }
    }
}
