// SPDX-License-Identifier: MIT OR Apache-2.0
//! Frame memory and constants: loads, stores and `arg`.
//!
//! Opcode bits `[1:0]` are log2 of the width, bit 2 of a load says signed.

use super::super::exception::Cause;
use super::super::params::{FRAME_MAX, FRAME_MEM};
use super::{Instruction, Interp};
use crate::units::alu;

/// Frame memory of the whole call. The running method's frame is `base..base + len`; pending
/// arguments lie directly above it, where the callee's frame will be.
///
/// `base + ceil8(len) + FRAME_MAX <= FRAME_MEM` always holds: invocations check it.
#[derive(Clone, Debug)]
pub(super) struct Frames {
    memory: Box<[u8; FRAME_MEM]>,
    extent: Extent,
    /// Pending argument bytes.
    pending: usize,
}

/// Where a frame lies.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extent {
    pub(super) base: usize,
    pub(super) len: usize,
}

impl Frames {
    /// Empty frame memory: no frame, nothing pending.
    pub(super) fn new() -> Frames {
        Frames { memory: Box::new([0; FRAME_MEM]), extent: Extent::default(), pending: 0 }
    }

    pub(super) fn current(&self) -> &[u8] {
        &self.memory[self.extent.base..][..self.extent.len]
    }

    fn current_mut(&mut self) -> &mut [u8] {
        &mut self.memory[self.extent.base..][..self.extent.len]
    }

    /// Base of the next frame, and of the pending arguments.
    fn above(&self) -> usize {
        self.extent.base + self.extent.len.next_multiple_of(8)
    }

    /// Appends the low `1 << log2` bytes of a cell to the pending arguments, aligned, gap bytes 0
    /// (D11).
    pub(super) fn append(&mut self, cell: u64, log2: u8) -> Result<(), Cause> {
        let (start, width) = (self.pending, 1 << log2);
        let at = start.next_multiple_of(width);
        if at + width > FRAME_MAX {
            return Err(Cause::Range);
        }
        let above = self.above();
        let pending = &mut self.memory[above..][..at + width];
        pending[start..at].fill(0);
        pending[at..].copy_from_slice(&cell.to_le_bytes()[..width]);
        self.pending = at + width;
        Ok(())
    }

    /// The pending arguments.
    pub(super) fn pending(&self) -> &[u8] {
        &self.memory[self.above()..][..self.pending]
    }

    /// How many bytes are pending.
    pub(super) fn pending_bytes(&self) -> usize {
        self.pending
    }

    /// Resets the pending arguments and says how many bytes there were.
    pub(super) fn take_pending(&mut self) -> usize {
        std::mem::take(&mut self.pending)
    }

    /// Whether a frame of `len` bytes, and the largest set of arguments above it, fit above the
    /// running method's.
    pub(super) fn has_room(&self, len: usize) -> bool {
        self.above() + len.next_multiple_of(8) + FRAME_MAX <= FRAME_MEM
    }

    /// Creates a frame of `len` bytes above the running method's: `args` bytes that `arg` has
    /// written, then zeros (D25). Gives the invoker's extent.
    pub(super) fn enter(&mut self, args: usize, len: usize) -> Extent {
        let callee = Extent { base: self.above(), len };
        let invoker = std::mem::replace(&mut self.extent, callee);
        self.current_mut()[args..].fill(0);
        invoker
    }

    /// Where the running method's frame lies.
    pub(super) fn extent(&self) -> Extent {
        self.extent
    }

    /// Another frame is the running method's, with so many bytes pending.
    pub(super) fn place(&mut self, extent: Extent, pending: usize) {
        (self.extent, self.pending) = (extent, pending);
    }

    /// All of it.
    pub(super) fn memory(&mut self) -> &mut [u8] {
        &mut self.memory[..]
    }

    /// Drops the running method's frame.
    pub(super) fn leave(&mut self, invoker: Extent) {
        self.extent = invoker;
        self.pending = 0;
    }
}

impl Interp {
    pub(super) fn load(&mut self, i: Instruction) -> Result<(), Cause> {
        let offset = self.operand(i, 0).into();
        self.stack.push(load(self.frames.current(), i.opcode, offset)?);
        Ok(())
    }

    pub(super) fn loadx(&mut self, opcode: u8) -> Result<(), Cause> {
        let offset = self.stack.pop();
        self.stack.push(load(self.frames.current(), opcode, offset)?);
        Ok(())
    }

    pub(super) fn store(&mut self, i: Instruction) -> Result<(), Cause> {
        let offset = self.operand(i, 0).into();
        let cell = self.stack.pop();
        store(self.frames.current_mut(), i.opcode, offset, cell)
    }

    pub(super) fn storex(&mut self, opcode: u8) -> Result<(), Cause> {
        let (cell, offset) = (self.stack.pop(), self.stack.pop());
        store(self.frames.current_mut(), opcode, offset, cell)
    }

    pub(super) fn cload(&mut self, i: Instruction) -> Result<(), Cause> {
        let offset = self.operand(i, 0).into();
        self.stack.push(load(self.segment.image.constants(), i.opcode, offset)?);
        Ok(())
    }

    pub(super) fn cloadx(&mut self, opcode: u8) -> Result<(), Cause> {
        let offset = self.stack.pop();
        self.stack.push(load(self.segment.image.constants(), opcode, offset)?);
        Ok(())
    }

    pub(super) fn arg(&mut self, opcode: u8) -> Result<(), Cause> {
        let cell = self.stack.pop();
        self.frames.append(cell, opcode & 3)
    }
}

/// Checks an access of `1 << log2` bytes to an area of `len` bytes, alignment first, and gives the
/// offset (D24, D26).
pub(super) fn checked(offset: u64, log2: u8, len: usize) -> Result<usize, Cause> {
    aligned(offset, log2)?;
    inside(offset, log2, len).ok_or(Cause::Range)
}

/// Whether the offset is a multiple of `1 << log2` bytes (D24).
pub(super) fn aligned(offset: u64, log2: u8) -> Result<(), Cause> {
    if offset.trailing_zeros() >= log2.into() { Ok(()) } else { Err(Cause::Alignment) }
}

/// The offset, if `1 << log2` bytes there are inside an area of `len` bytes; never wraps.
pub(super) fn inside(offset: u64, log2: u8, len: usize) -> Option<usize> {
    let end = offset.checked_add(1 << log2)?;
    (end <= len as u64).then_some(offset as usize)
}

/// The cell that a load of the given opcode takes from an area.
fn load(area: &[u8], opcode: u8, offset: u64) -> Result<u64, Cause> {
    Ok(extended(area, opcode, checked(offset, opcode & 3, area.len())?))
}

/// The cell at a checked offset, extended as the opcode of the load says.
pub(super) fn extended(area: &[u8], opcode: u8, at: usize) -> u64 {
    let log2 = opcode & 3;
    let raw = read(area, at, log2);
    if opcode & 4 == 0 { raw } else { alu::sign_extend(raw, 1 << log2) }
}

/// Stores the low bytes of a cell to an area.
fn store(area: &mut [u8], opcode: u8, offset: u64, cell: u64) -> Result<(), Cause> {
    let log2 = opcode & 3;
    let at = checked(offset, log2, area.len())?;
    write(area, at, log2, cell);
    Ok(())
}

/// Writes the low `1 << log2` bytes of a cell. The caller has checked the bounds.
pub(super) fn write(area: &mut [u8], at: usize, log2: u8, cell: u64) {
    let cell = cell.to_le_bytes();
    match log2 {
        0 => area[at] = cell[0],
        1 => area[at..at + 2].copy_from_slice(&cell[..2]),
        2 => area[at..at + 4].copy_from_slice(&cell[..4]),
        _ => area[at..at + 8].copy_from_slice(&cell),
    }
}

/// Reads `1 << log2` bytes, little-endian, zeros above. The caller has checked the bounds.
pub(super) fn read(area: &[u8], at: usize, log2: u8) -> u64 {
    match log2 {
        0 => area[at].into(),
        1 => u16::from_le_bytes(bytes(area, at)).into(),
        2 => u32::from_le_bytes(bytes(area, at)).into(),
        _ => u64::from_le_bytes(bytes(area, at)),
    }
}

/// `N` bytes of an area. The caller has checked the bounds.
pub(super) fn bytes<const N: usize>(area: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&area[at..at + N]);
    out
}
