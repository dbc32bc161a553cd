// SPDX-License-Identifier: MIT OR Apache-2.0
//! Exception causes, exception codes (D8) and the outcomes of a call.

use serde::{Deserialize, Serialize};

/// Why the machine threw. The numbers are architectural: they are the low bits of the exception
/// code (D8) and are generated into the SystemVerilog package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Cause {
    /// The instruction does not lie wholly inside the code area (D6).
    Fetch = 1,
    /// Undefined or reserved opcode (D5).
    Opcode = 2,
    /// Fewer cells in the method's operand stack than the instruction takes.
    Underflow = 3,
    /// More cells than [`super::params::STACK_LIMIT`] (D17), or no free cell for an invocation (D14).
    Overflow = 4,
    /// Address not a multiple of the access width (D24).
    Alignment = 5,
    /// Offset plus width beyond the frame, the constant area or the argument limit (D24, D26).
    Range = 6,
    /// Checked arithmetic left the 64-bit signed range.
    Arithmetic = 7,
    /// Division or remainder by zero.
    DivideByZero = 8,
    /// Target of a taken branch, `catch` or `switch` outside the code area (D6).
    Target = 9,
    /// No application with this identifier (D32).
    Application = 10,
    /// No such method in the callee's table, or no such native method.
    Method = 11,
    /// The method is private to its application.
    Access = 12,
    /// Pending argument bytes differ from the callee's declaration (D12).
    Arguments = 13,
    /// Page absent, freed or already there (D28, D29).
    Page = 14,
    /// Offset plus width beyond the page.
    PageBounds = 15,
}

/// What ends an instruction other than its normal completion: an exception (catchable) or the end
/// of the whole call (not catchable, D2, D3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum CallEnd {
    /// `fuelTank` went negative (D2).
    OutOfFuel = 29,
    /// A page or application outside the access list (D30, D32).
    Rejected = 30,
    /// A limit of the hardware was reached (D3).
    Capacity = 31,
}

/// Retire code of an instruction that completed: 0 normal, a [`Cause`] number, 28 for `athrow`,
/// a [`CallEnd`] number. Five bits.
pub type RetireCode = u8;
/// Retire code of a completed `athrow`.
pub const RETIRE_ATHROW: RetireCode = 28;

/// Bit 63 of an exception code: raised by the machine (D8).
pub const CODE_MACHINE: u64 = 1 << 63;
/// Bit 62 of an exception code: has crossed an external boundary (D8).
pub const CODE_CROSSED: u64 = 1 << 62;

impl Cause {
    /// All causes, in numeric order.
    pub const ALL: [Cause; 15] = [
        Cause::Fetch,
        Cause::Opcode,
        Cause::Underflow,
        Cause::Overflow,
        Cause::Alignment,
        Cause::Range,
        Cause::Arithmetic,
        Cause::DivideByZero,
        Cause::Target,
        Cause::Application,
        Cause::Method,
        Cause::Access,
        Cause::Arguments,
        Cause::Page,
        Cause::PageBounds,
    ];

    /// The exception code of this cause before it crosses an external boundary.
    pub const fn code(self) -> u64 {
        CODE_MACHINE | self as u64
    }

    /// The name used in scenarios, reports and the reference page.
    pub const fn name(self) -> &'static str {
        match self {
            Cause::Fetch => "fetch",
            Cause::Opcode => "opcode",
            Cause::Underflow => "underflow",
            Cause::Overflow => "overflow",
            Cause::Alignment => "alignment",
            Cause::Range => "range",
            Cause::Arithmetic => "arithmetic",
            Cause::DivideByZero => "divide_by_zero",
            Cause::Target => "target",
            Cause::Application => "application",
            Cause::Method => "method",
            Cause::Access => "access",
            Cause::Arguments => "arguments",
            Cause::Page => "page",
            Cause::PageBounds => "page_bounds",
        }
    }
}

/// The exception code of `athrow` for the thrown `value`: bits 63 and 62 cleared, so that machine
/// codes cannot be forged (D8).
pub const fn thrown_code(value: u64) -> u64 {
    value & !(CODE_MACHINE | CODE_CROSSED)
}

/// A retire code in words, for reports.
pub fn retire_code_name(code: RetireCode) -> &'static str {
    match code {
        0 => "",
        RETIRE_ATHROW => "athrow",
        29 => "out_of_fuel",
        30 => "rejected",
        31 => "capacity",
        n => Cause::ALL.iter().find(|c| **c as u8 == n).map_or("?", |c| c.name()),
    }
}

/// How a whole call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Normal completion, with the returned cell if the method returned one.
    Returned(Option<u64>),
    /// An exception left the first frame; the code, boundary bit included (D18).
    Exception(u64),
    /// The tank went negative (D2).
    OutOfFuel,
    /// A page or application outside the access list.
    Rejected,
    /// A limit of the hardware.
    Capacity,
}

impl Outcome {
    /// Outcome number on the host port (request `Done`, word `a`): 0 returned without a value,
    /// 1 returned with one, 2 exception, and the [`CallEnd`] number otherwise.
    pub const fn number(self) -> u8 {
        match self {
            Outcome::Returned(None) => 0,
            Outcome::Returned(Some(_)) => 1,
            Outcome::Exception(_) => 2,
            Outcome::OutOfFuel => CallEnd::OutOfFuel as u8,
            Outcome::Rejected => CallEnd::Rejected as u8,
            Outcome::Capacity => CallEnd::Capacity as u8,
        }
    }

    /// The value or exception code that goes with [`Outcome::number`]; 0 if none.
    pub const fn value(self) -> u64 {
        match self {
            Outcome::Returned(Some(v)) | Outcome::Exception(v) => v,
            _ => 0,
        }
    }

    /// The outcome from its number and value on the host port; `None` for an unknown number.
    pub const fn from_number(number: u8, value: u64) -> Option<Outcome> {
        Some(match number {
            0 => Outcome::Returned(None),
            1 => Outcome::Returned(Some(value)),
            2 => Outcome::Exception(value),
            29 => Outcome::OutOfFuel,
            30 => Outcome::Rejected,
            31 => Outcome::Capacity,
            _ => return None,
        })
    }
}
