// SPDX-License-Identifier: MIT OR Apache-2.0
//! What instructions do to what a proof shows.

use ruint::aliases::U256;

use super::buffers::root_of;
use super::{Refusal, Shown, Step};
use crate::arbitrum::hash::{self, Hash, ZERO, be, hash_error_code, int, keccak};
use crate::arbitrum::isa::code::*;
use crate::arbitrum::isa::{Group, Op, PAIRS_MAX, SEND_MAX};
use crate::arbitrum::{alu, curve};

/// The items of a list that `ecpairing` walks, and what follows the last pair.
pub fn pairs(list: &Shown) -> (Vec<&Shown>, &Shown) {
    let (mut items, mut rest) = (Vec::new(), list);
    while let Shown::Tuple(slots) = rest
        && let [item, next] = &slots[..]
        && items.len() < PAIRS_MAX
    {
        items.push(item);
        rest = next;
    }
    (items, rest)
}

/// What an instruction leaves on the data stack, bottom first; `None` is an error.
type Results = Result<Option<Vec<Shown>>, Refusal>;

fn one(value: Shown) -> Results {
    Ok(Some(vec![value]))
}

fn none() -> Results {
    Ok(Some(Vec::new()))
}

/// A result, or a value error.
fn int_or_error(n: Option<U256>) -> Results {
    Ok(n.map(|n| vec![Shown::Int(n)]))
}

/// The Integers among the operands, 0 for others: types have been checked.
fn ints<const N: usize>(operands: &[Shown]) -> [U256; N] {
    std::array::from_fn(|i| match operands.get(i) {
        Some(Shown::Int(n)) => *n,
        _ => U256::ZERO,
    })
}

impl Step<'_> {
    /// Does what the instruction does; `false` is an error, which has done nothing.
    pub(super) fn effect(&mut self, op: &'static Op) -> Result<bool, Refusal> {
        // Top first.
        let mut operands: Vec<Shown> = match op.takes.len() {
            0 => Vec::new(),
            _ => self.machine.data.iter().rev().cloned().collect(),
        };
        let typed = operands.iter().zip(op.takes).chain(self.machine.aux.iter().zip(op.aux_takes));
        if !typed.into_iter().all(|(value, operand)| value.is(operand.ty)) {
            return Ok(false);
        }
        let results = match op.group {
            Group::Arith | Group::Logic => arithmetic(op.code, &operands),
            Group::Hash => hashing(op.code, &operands),
            Group::Stack => Ok(Some(moved(op.code, operands))),
            Group::Aux => self.aux(op.code, &mut operands),
            Group::State | Group::Code => self.state(op.code, &mut operands),
            Group::Flow => self.flow(op.code, &operands),
            Group::Tuple => self.tuple(op.code, &operands),
            Group::Output => self.output(op.code, &operands),
            Group::Input => self.input(op.code),
            Group::Curve => Ok(curves(op.code, &operands)),
            Group::Buffer => self.buffer(op.code, &operands),
            Group::Stop => self.stop(op.code),
            Group::Invalid => Ok(None),
        };
        let Some(results) = results? else { return Ok(false) };
        if !op.takes.is_empty() {
            self.machine.data.clear();
        }
        self.machine.data.extend(results);
        Ok(true)
    }

    fn aux(&mut self, opcode: u8, operands: &mut Vec<Shown>) -> Results {
        match opcode {
            AUXPUSH => {
                self.machine.aux.append(operands);
                none()
            }
            AUXPOP => Ok(Some(std::mem::take(&mut self.machine.aux))),
            STACKEMPTY => {
                let rest = self.machine.data_rest == hash::PreImage::empty();
                one(Shown::flag(rest && self.machine.data.is_empty()))
            }
            _ => one(Shown::flag(self.machine.aux_rest == hash::PreImage::empty())),
        }
    }

    fn state(&mut self, opcode: u8, operands: &mut Vec<Shown>) -> Results {
        let [a] = ints(operands);
        match opcode {
            SPUSH => one(self.machine.fixed.clone()),
            RPUSH => one(self.machine.register.clone()),
            PCPUSH => one(Shown::CodeHash(self.current)),
            ERRPUSH => one(Shown::CodeHash(self.machine.err)),
            PUSHGAS => one(Shown::Int(self.machine.gas)),
            ERRCODEPOINT => one(Shown::CodeHash(hash_error_code())),
            RSET => {
                self.machine.register = operands.remove(0);
                none()
            }
            ERRSET => {
                self.machine.err = operands[0].hash();
                none()
            }
            SETGAS => {
                self.machine.gas = a;
                none()
            }
            PUSHINSN => one(Shown::Code { opcode: a.byte(0), immediate: None, next: operands[1].hash() }),
            _ => {
                let immediate = Some(Box::new(operands[1].clone()));
                one(Shown::Code { opcode: a.byte(0), immediate, next: operands[2].hash() })
            }
        }
    }

    fn flow(&mut self, opcode: u8, operands: &[Shown]) -> Results {
        let taken = match opcode {
            JUMP => true,
            CJUMP => operands[1] != Shown::Int(U256::ZERO),
            _ => false,
        };
        if taken {
            self.machine.pc = operands[0].hash();
        }
        none()
    }

    fn tuple(&mut self, opcode: u8, operands: &[Shown]) -> Results {
        let x = self.machine.aux.first().cloned();
        let tuple = match opcode {
            TLEN => &operands[0],
            TGET | TSET => &operands[1],
            _ => x.as_ref().unwrap_or(&operands[0]),
        };
        // Opened, as the table says.
        let Shown::Tuple(slots) = tuple else { return Ok(None) };
        if opcode == TLEN {
            return one(Shown::Int(U256::from(slots.len())));
        }
        let [index] = ints(operands);
        if index >= U256::from(slots.len()) {
            return Ok(None);
        }
        let at = index.as_limbs()[0] as usize;
        let with = |value: &Shown| {
            let mut slots = slots.clone();
            slots[at] = value.clone();
            Shown::Tuple(slots)
        };
        match opcode {
            TGET | XGET => one(slots[at].clone()),
            TSET => one(with(&operands[2])),
            _ => {
                self.machine.aux = vec![with(&operands[1])];
                none()
            }
        }
    }

    fn output(&mut self, opcode: u8, operands: &[Shown]) -> Results {
        match (opcode, operands) {
            (LOG, [a]) => {
                self.after.log_acc = keccak(&[&self.after.log_acc, &a.hash()]);
                none()
            }
            (SEND, [Shown::Int(length), Shown::Buffer(root)]) => self.send(*length, root),
            _ => none(),
        }
    }

    fn send(&mut self, length: U256, root: &Hash) -> Results {
        if length.is_zero() || length > U256::from(SEND_MAX) {
            return Ok(None);
        }
        let length = length.as_limbs()[0];
        if self.proof.is_empty() {
            self.exceeds(root, length)?;
            return Ok(None);
        }
        let bytes = self.proof.take(length as usize)?;
        if root_of(bytes) != *root {
            return Err(Refusal::Buffer);
        }
        self.after.send_acc = keccak(&[&self.after.send_acc, &keccak(&[bytes])]);
        none()
    }

    fn input(&mut self, opcode: u8) -> Results {
        if opcode == SIDELOAD {
            return one(Shown::Tuple(Vec::new()));
        }
        let kind = self.proof.byte()?;
        let sender = self.proof.take(20)?;
        let words = [self.proof.int()?, self.proof.int()?, self.proof.int()?, self.proof.int()?];
        let length = self.proof.int()?;
        let short = Refusal::Message;
        let data = self.proof.take(usize::try_from(length).map_err(|_| short)?)?;
        let [block, timestamp, sequence, gas_price] = words;
        let preimage = words.map(be).concat();
        let hash = keccak(&[&[kind], sender, &preimage, &keccak(&[data])]);
        if self.before.next_message != Some(hash) {
            return Err(Refusal::Message);
        }
        self.after.inbox_acc = keccak(&[&self.after.inbox_acc, &hash]);
        self.after.messages = 1;
        let sender = U256::from_be_slice(sender);
        let ints = [U256::from(kind), block, timestamp, sender, sequence, gas_price, length].map(Shown::Int);
        one(Shown::Tuple(ints.into_iter().chain([Shown::Buffer(root_of(data))]).collect()))
    }

    fn buffer(&mut self, opcode: u8, operands: &[Shown]) -> Results {
        let width = match opcode {
            NEWBUFFER => return one(Shown::Buffer(keccak(&[&ZERO]))),
            GETBUFFER8 | SETBUFFER8 => 1_usize,
            GETBUFFER64 | SETBUFFER64 => 8,
            _ => 32,
        };
        let [at, value] = ints(operands);
        let last = at.saturating_add(U256::from(width - 1));
        let Some(Shown::Buffer(root)) = operands.last() else { return Ok(None) };
        if last > U256::from(u64::MAX) || (operands.len() == 3 && value.bit_len() > 8 * width) {
            return Ok(None);
        }
        let at = at.as_limbs()[0];
        if operands.len() == 3 {
            return one(Shown::Buffer(self.write_buffer(root, at, &be(value)[32 - width..])?));
        }
        one(Shown::Int(self.read_buffer(root, at, width)?))
    }

    fn stop(&mut self, opcode: u8) -> Results {
        self.machine.halted = opcode == HALT;
        Ok(self.machine.halted.then(Vec::new))
    }
}

fn arithmetic(opcode: u8, operands: &[Shown]) -> Results {
    let [a, b, c] = ints(operands);
    match (opcode, operands.len()) {
        (EQ, _) => one(Shown::flag(operands[0].hash() == operands[1].hash())),
        (_, 1) => one(Shown::Int(alu::one(opcode, a))),
        (_, 2) => int_or_error(alu::two(opcode, a, b)),
        _ => int_or_error(alu::three(opcode, a, b, c)),
    }
}

fn hashing(opcode: u8, operands: &[Shown]) -> Results {
    let [a, b, c] = ints(operands);
    match opcode {
        HASH => one(Shown::Int(int(&operands[0].hash()))),
        TYPE => one(Shown::Int(U256::from(operands[0].type_code()))),
        ETHHASH2 => one(Shown::Int(int(&keccak(&[&be(a), &be(b)])))),
        SHA256F => one(Shown::Int(hash::sha256f(a, b, c))),
        _ => {
            let Some(lanes) = numbers(&operands[0]) else { return Ok(None) };
            one(Shown::Tuple(hash::keccakf(lanes).map(Shown::Int).to_vec()))
        }
    }
}

/// The Integers of an opened Tuple of `N` slots.
fn numbers<const N: usize>(tuple: &Shown) -> Option<[U256; N]> {
    let Shown::Tuple(slots) = tuple else { return None };
    let number = |slot: &Shown| if let Shown::Int(n) = slot { Some(*n) } else { None };
    slots.iter().map(number).collect::<Option<Vec<_>>>()?.try_into().ok()
}

/// Moves within the data stack, bottom first.
fn moved(opcode: u8, mut operands: Vec<Shown>) -> Vec<Shown> {
    let last = operands.len() - 1;
    match opcode {
        POP => operands.clear(),
        SWAP1 | SWAP2 => operands.swap(0, last),
        _ => operands.insert(0, operands[last].clone()),
    }
    operands.reverse();
    operands
}

fn curves(opcode: u8, operands: &[Shown]) -> Option<Vec<Shown>> {
    let [a, b, c, d] = ints(operands);
    let point = |(x, y): (U256, U256)| vec![Shown::Int(y), Shown::Int(x)];
    match opcode {
        ECRECOVER => Some(vec![Shown::Int(curve::ecrecover(a, b, c, d))]),
        ECADD => curve::ecadd(a, b, c, d).map(point),
        ECMUL => curve::ecmul(a, b, c).map(point),
        _ => {
            let (items, end) = pairs(&operands[0]);
            if !matches!(end, Shown::Tuple(slots) if slots.is_empty()) {
                return None;
            }
            let items: Vec<[U256; 6]> = items.into_iter().map(numbers).collect::<Option<_>>()?;
            curve::ecpairing(&items).map(|one| vec![Shown::flag(one)])
        }
    }
}
