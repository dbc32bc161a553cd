// SPDX-License-Identifier: MIT OR Apache-2.0
//! Images into machines, values in and out.

use std::collections::VecDeque;

use ruint::aliases::U256;

use super::code::Code;
use super::heap::Heap;
use super::{Cell, Config, Counters, Full, Limits, Machine, Resource, Room, Status};
use crate::arbitrum::mexe::{Image, Instruction};
use crate::arbitrum::value::Value;

/// Values that are written out of one at most, and their depth.
const EXPORT_MAX: usize = 1 << 16;
/// Values that are written out of all that a run logs: a small graph logged often would fill the host's memory.
pub(super) const EXPORT_LOGS_MAX: usize = 1 << 20;
const EXPORT_DEPTH: usize = 100;

impl Machine {
    /// A machine at the beginning of an image.
    ///
    /// # Errors
    /// The image does not fit into the limits (A20).
    pub fn new(image: &Image, config: Config) -> Result<Machine, Full> {
        let limits = config.limits;
        let room = Room {
            data: Limits::number(limits.data),
            aux: Limits::number(limits.aux),
            code: Limits::number(limits.code),
            immediates: Limits::number(limits.immediates),
            plain: limits.plain,
        };
        let n = image.code().len();
        let long = image.code().iter().filter(|i| i.immediate.as_ref().is_some_and(|v| !short(v))).count();
        fits(Resource::Code, n + 1, room.code)?;
        fits(Resource::Immediates, long, room.immediates)?;
        let mut heap = Heap::new(Limits::number(limits.heap));
        let mut code = Code::new(n, config.legacy_inboxpeek);
        for (i, Instruction { opcode, immediate }) in image.code().iter().enumerate() {
            let immediate = immediate.as_ref().map(|value| import(&mut heap, value, limits)).transpose()?;
            code.add(*opcode, immediate, i as u32 + 1);
        }
        // Its follower is never used: opcode 0 is an error.
        code.add(0, None, n as u32);
        let fixed = import(&mut heap, image.static_value(), limits)?;
        let err = code.error();
        Ok(Machine {
            code,
            heap,
            data: Vec::new(),
            aux: Vec::new(),
            pc: 0,
            gas: [u64::MAX; 4],
            err,
            status: Status::Extensive,
            register: Cell::EMPTY,
            fixed,
            pending: None,
            room,
            config,
            inbox: VecDeque::new(),
            counters: Counters::START,
            logs: Vec::new(),
            log_room: EXPORT_LOGS_MAX,
            sends: Vec::new(),
            stopped: None,
        })
    }

    /// A value that is no Tuple, as a cell with one reference.
    pub(super) fn import_leaf(&mut self, value: Value) -> Cell {
        match value {
            Value::Int(n) => Cell::Int(n),
            Value::Code(at) => Cell::Code(at),
            Value::Buffer(buffer) => self.heap.make_buffer(buffer),
            Value::Tuple(_) => Cell::EMPTY,
        }
    }

    /// A value written out; `None` if it is large.
    pub fn export(&self, cell: Cell) -> Option<Value> {
        self.written(cell, &mut { EXPORT_MAX }, EXPORT_DEPTH)
    }

    /// A logged value written out, while there is room for it.
    pub(super) fn export_log(&mut self, cell: Cell) -> Option<Value> {
        let most = self.log_room.min(EXPORT_MAX);
        let mut left = most;
        let value = self.written(cell, &mut left, EXPORT_DEPTH);
        // What did not fit is charged as well: walking it took as long.
        self.log_room -= most - left;
        value
    }

    fn written(&self, cell: Cell, left: &mut usize, depth: usize) -> Option<Value> {
        *left = left.checked_sub(1)?;
        Some(match cell {
            Cell::Int(n) => Value::Int(n),
            Cell::Code(at) => Value::Code(at),
            Cell::Buffer(at) => Value::Buffer(self.heap.buffer(at).clone()),
            Cell::Tuple(tuple) if !tuple.blocked() => Value::empty(),
            Cell::Tuple(tuple) => {
                let depth = depth.checked_sub(1)?;
                let slots = self.heap.slots(tuple).iter().map(|slot| self.written(*slot, left, depth));
                Value::Tuple(slots.collect::<Option<_>>()?)
            }
        })
    }

    /// Values of the data stack, bottom to top.
    pub fn data_stack(&self) -> &[Cell] {
        &self.data
    }

    /// Values of the aux stack, bottom to top.
    pub fn aux_stack(&self) -> &[Cell] {
        &self.aux
    }

    /// The register.
    pub fn register(&self) -> Cell {
        self.register
    }

    /// The static value.
    pub fn static_value(&self) -> Cell {
        self.fixed
    }

    /// The pending message of the legacy configuration.
    pub fn pending(&self) -> Option<Cell> {
        self.pending
    }

    /// Slots of a Tuple that the machine holds.
    pub fn slots(&self, tuple: super::TupleRef) -> &[Cell] {
        self.heap.slots(tuple)
    }

    /// A buffer that the machine holds.
    pub fn buffer(&self, at: u32) -> &crate::arbitrum::buffer::Buffer {
        self.heap.buffer(at)
    }

    /// Opcode, immediate and following word of a word.
    pub fn word(&self, at: u32) -> (u8, Option<Cell>, u32) {
        let head = self.code.head(at);
        (head.opcode, self.code.immediate_of(at), head.next)
    }
}

/// [`Cell::short`], of a value.
fn short(value: &Value) -> bool {
    match value {
        Value::Int(n) => *n < U256::from(1 << 16),
        Value::Code(_) => true,
        Value::Tuple(_) | Value::Buffer(_) => false,
    }
}

fn fits(resource: Resource, needs: usize, has: usize) -> Result<(), Full> {
    if needs <= has { Ok(()) } else { Err(Full { resource, needs, has }) }
}

/// A value of the image, as a cell with one reference. Images nest 60 levels at most (A24).
fn import(heap: &mut Heap, value: &Value, limits: Limits) -> Result<Cell, Full> {
    Ok(match value {
        Value::Int(n) => Cell::Int(*n),
        Value::Code(at) => Cell::Code(*at),
        Value::Buffer(buffer) => heap.make_buffer(buffer.clone()),
        Value::Tuple(slots) => {
            let cells: Vec<Cell> = slots.iter().map(|slot| import(heap, slot, limits)).collect::<Result<_, _>>()?;
            if !heap.room(cells.len()) {
                let needs = heap.used() + cells.len().next_power_of_two();
                return Err(Full { resource: Resource::Heap, needs, has: Limits::number(limits.heap) });
            }
            Cell::Tuple(heap.make(&cells))
        }
    })
}
