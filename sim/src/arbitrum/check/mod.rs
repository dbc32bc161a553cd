// SPDX-License-Identifier: MIT OR Apache-2.0
//! The checker of one-step proofs: from proof bytes and the state before the step to the state after it.
//!
//! It knows no program, no memory and no interpreter; what it is shown it believes only as far as the hash before the step
//! binds it. Written from `docs/arbitrum/rules.md` and `docs/arbitrum/proofs.md`; shares the instruction table and pure functions
//! (arithmetic, hashes, curves) with the interpreter, no more.

mod buffers;
mod effects;
mod read;
mod shown;

use ruint::aliases::U256;
use thiserror::Error;

use super::hash::{Hash, PreImage, ZERO, be, hash_code, hash_error_code, hash_machine};
use super::isa::code::ECPAIRING;
use super::isa::{ERROR_GAS, Op, PAIR_GAS, by_code};
use super::proof::Proof;
use read::Reader;
pub use read::parse_value;
pub use shown::Shown;

/// The state before a step, as far as somebody outside knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before {
    /// Hash of the machine.
    pub machine: Hash,
    /// Chains of what went out and came in.
    pub send_acc: Hash,
    /// See `send_acc`.
    pub log_acc: Hash,
    /// See `send_acc`.
    pub inbox_acc: Hash,
    /// Hash of the next message in the inbox; `None` if it has been consumed completely (A36).
    pub next_message: Option<Hash>,
}

/// The state after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    /// Hash of the machine.
    pub machine: Hash,
    /// Gas that the step used.
    pub gas_used: u64,
    /// Chains of what went out and came in.
    pub send_acc: Hash,
    /// See `send_acc`.
    pub log_acc: Hash,
    /// See `send_acc`.
    pub inbox_acc: Hash,
    /// Messages that the step took, 0 or 1.
    pub messages: u64,
}

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The bytes end too early.
    #[error("the proof ends at byte {0}, in the middle of something")]
    Short(usize),
    /// There are bytes behind the end.
    #[error("the proof goes on behind its end, at byte {0}")]
    Long(usize),
    /// No value begins like this, or it is not opened as far as the instruction needs it, and no further.
    #[error("the value at byte {0} is not shown as it must be")]
    Value(usize),
    /// Immediates within immediates, deeper than the checker follows (A37).
    #[error("the value at byte {0} is nested too deep")]
    Deep(usize),
    /// A byte that is 0 or 1 is neither.
    #[error("the flag at byte {0} is neither 0 nor 1")]
    Flag(usize),
    /// More or fewer values than the instruction takes, while there are others on the stack.
    #[error("the proof shows {shown} values of a stack where the instruction takes {takes}")]
    Count {
        /// Values shown.
        shown: usize,
        /// Values that the instruction takes.
        takes: usize,
    },
    /// The proof is of another state.
    #[error("the proof is of another machine than the one before the step")]
    Before,
    /// The message is not the next one, or there is none.
    #[error("the proof takes a message that is not the next one of the inbox")]
    Message,
    /// A buffer's paths or bytes do not lead to its root.
    #[error("what the proof shows of a buffer is not in it")]
    Buffer,
}

/// A machine as a proof shows it: operands apart, the rest as hashes.
#[derive(Clone, Debug)]
struct Machine {
    pc: Hash,
    data: Vec<Shown>,
    aux: Vec<Shown>,
    data_rest: PreImage,
    aux_rest: PreImage,
    register: Shown,
    fixed: Shown,
    gas: U256,
    err: Hash,
    halted: bool,
    stopped: bool,
}

impl Machine {
    fn hash(&self) -> Hash {
        if self.halted {
            return ZERO;
        }
        if self.stopped {
            return be(U256::from(1));
        }
        let stack = |rest: PreImage, values: &[Shown]| {
            values.iter().fold(rest, |below, value| below.push((value.hash(), value.size()))).hash()
        };
        let (data, aux) = (stack(self.data_rest, &self.data), stack(self.aux_rest, &self.aux));
        hash_machine(&[self.pc, data, aux, self.register.hash(), self.fixed.hash(), be(self.gas), self.err])
    }
}

/// A step that is being followed.
struct Step<'a> {
    machine: Machine,
    /// The CodePoint that is executed.
    current: Hash,
    proof: Reader<'a>,
    buffer: &'a [u8],
    before: &'a Before,
    after: After,
}

/// Follows the step that a proof shows.
///
/// # Errors
/// The proof is malformed, of another state, or shows too little or too much: whatever is wrong, nothing is proved.
pub fn check(proof: &Proof, before: &Before) -> Result<After, Refusal> {
    let mut reader = Reader::new(&proof.standard);
    let opcode = reader.byte()?;
    let op = by_code(opcode).filter(|o| !o.legacy());
    let (machine, current) = start(&mut reader, opcode, op, &before.machine)?;
    let after = After {
        machine: ZERO,
        gas_used: 0,
        send_acc: before.send_acc,
        log_acc: before.log_acc,
        inbox_acc: before.inbox_acc,
        messages: 0,
    };
    let mut step = Step { machine, current, proof: reader, buffer: &proof.buffer, before, after };
    step.follow(op)?;
    step.proof.end()?;
    // Only what reads a buffer's paths takes them.
    if !step.buffer.is_empty() {
        return Err(Refusal::Buffer);
    }
    Ok(After { machine: step.machine.hash(), ..step.after })
}

/// Reads the state, checks that it is the one before the step, and gives the machine with its immediate pushed and pc moved
/// on, and the hash of the CodePoint that is executed.
fn start(reader: &mut Reader<'_>, opcode: u8, op: Option<&Op>, hash: &Hash) -> Result<(Machine, Hash), Refusal> {
    let counts = [reader.byte()?, reader.byte()?].map(usize::from);
    let data = reader.values(counts[0])?;
    let aux = reader.values(counts[1])?;
    let pc = reader.hash()?;
    let [data_rest, aux_rest] = [reader.image()?, reader.image()?];
    let [(register_at, register), (fixed_at, fixed)] = [reader.value()?, reader.value()?];
    let gas = reader.int()?;
    let err = reader.hash()?;
    let immediate = reader.flag()?;
    let (takes, aux_takes) = op.map_or((&[][..], &[][..]), |o| (o.takes, o.aux_takes));
    shows(&data, takes, immediate, &data_rest)?;
    shows(&aux, aux_takes, false, &aux_rest)?;
    for (at, value) in [(register_at, &register), (fixed_at, &fixed)] {
        value.opened(0).then_some(()).ok_or(Refusal::Value(at))?;
    }
    let [data, aux] = [data, aux].map(|values| values.into_iter().map(|(_, value)| value).collect::<Vec<_>>());
    let mut machine =
        Machine { pc, data, aux, data_rest, aux_rest, register, fixed, gas, err, halted: false, stopped: false };
    let pushed = if immediate { machine.data.pop() } else { None };
    let current = hash_code(opcode, pushed.as_ref().map(Shown::hash), &pc);
    machine.pc = current;
    if machine.hash() != *hash {
        return Err(Refusal::Before);
    }
    machine.pc = pc;
    machine.data.extend(pushed);
    Ok((machine, current))
}

/// Checks that the values shown of a stack, deepest first, are those that the instruction takes, opened as it needs them. Of a
/// stack that is too short all of it is shown, closed but for the immediate.
fn shows(
    values: &[(usize, Shown)],
    takes: &[super::isa::Operand],
    immediate: bool,
    rest: &PreImage,
) -> Result<(), Refusal> {
    let (shown, most) = (values.len(), takes.len().max(immediate.into()));
    let short = shown < takes.len();
    if shown > most || shown < usize::from(immediate) || (short && *rest != PreImage::empty()) {
        return Err(Refusal::Count { shown, takes: takes.len() });
    }
    for (i, (at, value)) in values.iter().rev().enumerate() {
        let pushed = immediate && i == 0;
        let depth = takes.get(i).map_or(0, |o| if short && !pushed { 0 } else { o.depth });
        value.opened(depth).then_some(()).ok_or(Refusal::Value(*at))?;
    }
    Ok(())
}

impl Step<'_> {
    /// The step, from underflow on (rules, "A step").
    fn follow(&mut self, op: Option<&'static Op>) -> Result<(), Refusal> {
        let (pops, aux_pops) = op.map_or((0, 0), |o| (o.takes.len(), o.aux_takes.len()));
        if self.machine.data.len() < pops || self.machine.aux.len() < aux_pops {
            self.charge(ERROR_GAS.into());
            self.error(pops);
            return Ok(());
        }
        let pairs = match op {
            Some(op) if op.code == ECPAIRING => effects::pairs(&self.machine.data[0]).0.len() as u64,
            _ => 0,
        };
        if !self.charge(u64::from(op.map_or(ERROR_GAS, |o| o.gas)) + PAIR_GAS * pairs) {
            self.error(pops);
            return Ok(());
        }
        let done = match op {
            Some(op) => self.effect(op)?,
            None => false,
        };
        if !done {
            self.error(pops);
        }
        Ok(())
    }

    /// Takes gas, or 5 and all that is left if there is too little.
    fn charge(&mut self, cost: u64) -> bool {
        let rest = self.machine.gas.checked_sub(U256::from(cost));
        self.machine.gas = rest.unwrap_or(U256::MAX);
        self.after.gas_used = if rest.is_some() { cost } else { ERROR_GAS.into() };
        rest.is_some()
    }

    /// Operands go, an immediate that was none stays.
    fn error(&mut self, pops: usize) {
        if pops > 0 {
            self.machine.data.clear();
        }
        self.machine.aux.clear();
        if self.machine.err == hash_error_code() {
            self.machine.stopped = true;
        } else {
            self.machine.pc = self.machine.err;
        }
    }
}
