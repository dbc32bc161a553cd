// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where hardware ends: limits, and what a machine without room says. Rules: "Capacity".

use thiserror::Error;

/// What can be full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// Cells of the data stack.
    Data,
    /// Cells of the aux stack.
    Aux,
    /// Words of code.
    Code,
    /// Words whose immediate does not fit them.
    Immediates,
    /// Cells of tuple blocks.
    Heap,
    /// Units of the hardware: what an instruction needs is not there.
    Units,
}

impl Resource {
    /// Name, as in scenarios and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Resource::Data => "data stack",
            Resource::Aux => "aux stack",
            Resource::Code => "code",
            Resource::Immediates => "immediates",
            Resource::Heap => "heap",
            Resource::Units => "units",
        }
    }
}

/// Limits of a machine; `None` is as much as the host has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Cells of the data stack.
    pub data: Option<u32>,
    /// Cells of the aux stack.
    pub aux: Option<u32>,
    /// Words of code, the error CodePoint included.
    pub code: Option<u32>,
    /// Words whose immediate does not fit them: no Integer below 2^16, no CodePoint.
    pub immediates: Option<u32>,
    /// Cells of tuple blocks.
    pub heap: Option<u32>,
    /// Without units for `ecpairing` and `inboxpeek` (C3).
    pub plain: bool,
}

/// Indices of words and cells have 32 bits.
const MOST: u32 = u32::MAX - 8;

impl Limits {
    /// A limit as a number that depths are compared with.
    pub(super) fn number(limit: Option<u32>) -> usize {
        limit.unwrap_or(MOST).min(MOST) as usize
    }
}

/// An image that does not fit (A20).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the image does not fit: {} holds {has}, it needs at least {needs}", .resource.name())]
pub struct Full {
    /// What is too small.
    pub resource: Resource,
    /// What the image takes of it; of the heap, up to the Tuple that did not fit.
    pub needs: usize,
    /// What there is.
    pub has: usize,
}
