// SPDX-License-Identifier: MIT OR Apache-2.0
//! Planted faults of an RTL: chosen at run time by number on the core's `fault_i` input; 0 is none.

/// A planted fault.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// Name on the command line; upper-cased with the prefix `FAULT_` in the RTL.
    pub name: &'static str,
    /// What the RTL does wrong.
    pub what: &'static str,
    /// Failure class that lockstep must report.
    pub class: &'static str,
    /// Probe field that must be among the first to differ; empty where the class has none.
    pub field: &'static str,
    /// Scenario file that reaches it, below the folder of the machine's scenarios.
    pub scenario: &'static str,
}
