// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a machine says of its probe for those who look at it: what its pipeline holds, what its codes are called. Logs
//! and waves are made of it in `failure`.

/// What a stage of a pipeline holds after a clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Address of the instruction.
    pub pc: u64,
    /// Its address space, as in [`Retire::segment`](avm_sim::trace::Retire::segment).
    pub segment: u64,
    /// Opcode, if it is there already.
    pub opcode: Option<u16>,
    /// Why it stays, if it does.
    pub stall: &'static str,
}

/// Where an instruction is, as profiles sum it up.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site {
    /// Its program, of several that may call each other; empty if there is only one.
    pub application: String,
    /// Its method; empty without names.
    pub method: String,
    /// The file of that line, if it is not the program's own source.
    pub file: Option<String>,
    /// Its line in the source, from 1; 0 without a source.
    pub line: u32,
}

/// What an instruction still does after it retired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Late {
    /// Nothing.
    #[default]
    Over,
    /// The one that retired in this clock works on in this stage.
    Begins(&'static str),
    /// The one that retired before works on.
    Continues,
}

/// Names of the values of a code, for viewers.
pub struct Mapping {
    /// File to write.
    pub file: &'static str,
    /// Name in the viewer's list of formats.
    pub name: &'static str,
    /// Bits of the signals that it is for.
    pub bits: u32,
    /// Values and their names.
    pub values: Vec<(u64, String)>,
}
