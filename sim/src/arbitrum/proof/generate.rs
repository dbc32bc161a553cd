// SPDX-License-Identifier: MIT OR Apache-2.0
//! The standard part of a proof, from the state before the step.

use ruint::aliases::U256;

use super::{NoProof, Proof, SIZE_MAX};
use crate::arbitrum::hash::{Hash, PreImage, ZERO, be};
use crate::arbitrum::inbox::Message;
use crate::arbitrum::interp::{Cell, Machine, Status};
use crate::arbitrum::isa::{Op, Operand, by_code, code};

/// First bytes of values.
const INT: u8 = 0;
const CODE: u8 = 1;
const CLOSED: u8 = 2;
const TUPLE: u8 = 3;
const BUFFER: u8 = 12;

/// What is still to be written of a value.
enum Todo {
    Value(Cell, u8),
    Bytes(Hash),
}

/// Values of a stack as a proof shows them.
struct Shown {
    values: Vec<(Cell, u8)>,
    rest: PreImage,
}

impl Machine {
    /// The proof of the next step.
    ///
    /// # Errors
    /// There is no next step, or none that can be proved.
    pub fn prove(&mut self) -> Result<Proof, NoProof> {
        if self.config().legacy_inboxpeek {
            return Err(NoProof::Legacy);
        }
        if self.status() != Status::Extensive {
            return Err(NoProof::Stopped);
        }
        let (opcode, immediate, next) = self.word(self.pc());
        let op = by_code(opcode).filter(|o| !o.legacy());
        let takes = op.map_or(&[][..], |o| o.takes);
        // The immediate is the first of the operands.
        let below = takes.get(usize::from(immediate.is_some())..).unwrap_or(&[]);
        let data = self.shown(false, below);
        let aux = self.shown(true, op.map_or(&[][..], |o| o.aux_takes));
        let mut out =
            vec![opcode, (data.values.len() + usize::from(immediate.is_some())) as u8, aux.values.len() as u8];
        for (cell, depth) in &data.values {
            self.write(&mut out, *cell, *depth)?;
        }
        if let Some(cell) = immediate {
            self.write(&mut out, cell, takes.first().map_or(0, |o| o.depth))?;
        }
        for (cell, depth) in &aux.values {
            self.write(&mut out, *cell, *depth)?;
        }
        let following = if self.pc() == self.error_code_point() { ZERO } else { self.hash_of(Cell::Code(next)) };
        out.extend(following);
        for image in [data.rest, aux.rest] {
            out.extend([image.inner, be(image.size)].concat());
        }
        self.write(&mut out, self.register(), 0)?;
        self.write(&mut out, self.static_value(), 0)?;
        out.extend(be(self.gas()));
        out.extend(self.hash_of(Cell::Code(self.error_handler())));
        out.push(immediate.is_some().into());
        let mut proof = Proof { standard: out, buffer: Vec::new() };
        if let Some(op) = op.filter(|op| self.affordable(op, immediate.is_some())) {
            self.append(op, immediate, &mut proof)?;
        }
        Ok(proof)
    }

    /// The values of a stack that an instruction takes, deepest first, and the rest of the stack. A stack that is too
    /// short is shown whole, and closed.
    fn shown(&mut self, aux: bool, takes: &[Operand]) -> Shown {
        let stack = if aux { self.aux_stack() } else { self.data_stack() };
        let rest = stack.len().saturating_sub(takes.len());
        let short = stack.len() < takes.len();
        let depths = takes.iter().rev().skip(takes.len() - (stack.len() - rest));
        let depth = |o: &Operand| if short { 0 } else { o.depth };
        let values = stack[rest..].iter().copied().zip(depths.map(depth)).collect();
        Shown { values, rest: self.stack_image(aux, rest) }
    }

    /// Neither underflow nor out of gas: the operands will be looked at.
    fn affordable(&self, op: &Op, immediate: bool) -> bool {
        let (data, aux) = self.depths();
        let enough = data + usize::from(immediate) >= op.takes.len() && aux >= op.aux_takes.len();
        enough && self.gas() >= U256::from(op.gas)
    }

    /// What follows the state: a message, bytes sent, and the buffer part.
    fn append(&mut self, op: &Op, immediate: Option<Cell>, proof: &mut Proof) -> Result<(), NoProof> {
        match op.code {
            code::INBOX => {
                let message = self.next_message().ok_or(NoProof::Blocked)?;
                proof.standard.extend(message_bytes(message));
                if proof.standard.len() > SIZE_MAX { Err(NoProof::TooLarge) } else { Ok(()) }
            }
            code::SEND | code::GETBUFFER8..=code::SETBUFFER256 => {
                let below = self.data_stack().iter().rev().copied();
                let operands: Vec<Cell> = immediate.into_iter().chain(below).take(op.takes.len()).collect();
                self.append_buffers(op.code, &operands, proof);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Writes a value, opened to a depth. No recursion: immediates may hold CodePoints with immediates, and so on.
    fn write(&mut self, out: &mut Vec<u8>, cell: Cell, depth: u8) -> Result<(), NoProof> {
        let mut todo = vec![Todo::Value(cell, depth)];
        while let Some(next) = todo.pop() {
            if out.len() > SIZE_MAX {
                return Err(NoProof::TooLarge);
            }
            let (cell, depth) = match next {
                Todo::Bytes(bytes) => {
                    out.extend(bytes);
                    continue;
                }
                Todo::Value(cell, depth) => (cell, depth),
            };
            match cell {
                Cell::Int(n) => {
                    out.push(INT);
                    out.extend(be(n));
                }
                Cell::Buffer(at) => {
                    out.push(BUFFER);
                    out.extend(self.buffer(at).root());
                }
                Cell::Tuple(tuple) if depth == 0 => {
                    let image = self.hash_of_tuple(tuple).image;
                    out.push(CLOSED);
                    out.extend([image.inner, be(image.size)].concat());
                }
                Cell::Tuple(tuple) => {
                    out.push(TUPLE + tuple.len);
                    todo.extend(self.slots(tuple).iter().rev().map(|slot| Todo::Value(*slot, depth - 1)));
                }
                Cell::Code(at) => {
                    let (opcode, immediate, next) = self.word(at);
                    let next = if at == self.error_code_point() { ZERO } else { self.hash_of(Cell::Code(next)) };
                    out.extend([CODE, immediate.is_some().into(), opcode]);
                    todo.push(Todo::Bytes(next));
                    todo.extend(immediate.map(|cell| Todo::Value(cell, depth.saturating_sub(1))));
                }
            }
        }
        Ok(())
    }
}

/// A message as a proof carries it.
fn message_bytes(message: &Message) -> Vec<u8> {
    let mut out = vec![message.kind];
    out.extend(message.sender);
    let length = U256::from(message.data.len());
    for word in [message.block, message.timestamp, message.sequence, message.gas_price, length] {
        out.extend(be(word));
    }
    out.extend(&message.data);
    out
}
