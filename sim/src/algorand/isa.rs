// SPDX-License-Identifier: MIT OR Apache-2.0
//! The instruction set: the one table from which everything else is generated (DESIGN rule 3).
//!
//! A row gives opcode, mnemonic, operand, stack effect, fuel, class, the exceptions beyond those
//! that every instruction can meet, and one line of meaning. Decoders, assembler, SystemVerilog
//! package and reference page read it; semantics live in `interp`, timing in `core`.
//!
//! Every instruction can end *out of fuel* and throw `fetch`; `underflow` and `overflow` follow
//! from the stack effect, except that of a taken `catch`. Those are not repeated in the `throws` column.

use super::exception::Cause;
use Cause::*;

/// What follows the opcode byte. Little-endian; the opcode alone fixes the length (seed,
/// "Instruction Set Summary").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// Nothing.
    None,
    /// A constant of 1, 2, 4 or 8 bytes, sign-extended to a cell.
    Imm(u8),
    /// A 16-bit byte offset in the local frame.
    Local,
    /// A 16-bit byte offset in the constant area.
    Const,
    /// A 16-bit absolute byte offset in the code area.
    Target,
    /// A 16-bit method index.
    Method,
    /// A 16-bit native method number.
    Native,
    /// 16-bit offset of a target table in the constant area, then its 16-bit entry count (D27).
    Switch,
}

impl Operand {
    /// Operand bytes.
    pub const fn bytes(self) -> u8 {
        match self {
            Operand::None => 0,
            Operand::Imm(n) => n,
            Operand::Switch => 4,
            _ => 2,
        }
    }
}

/// What part of a machine executes an instruction; the opcode's low bits select within a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Class {
    /// Undefined.
    Undefined = 0,
    /// No effect.
    Nop = 1,
    /// Push an inline constant.
    Imm = 2,
    /// dup, swap, pop, over.
    Stack = 3,
    /// One-cycle arithmetic, logic, shifts and comparisons.
    Alu = 4,
    /// Multiplier.
    Mul = 5,
    /// Divider.
    Div = 6,
    /// Load from the local frame, direct address.
    Load = 7,
    /// Store to the local frame, direct address.
    Store = 8,
    /// Load from the local frame, computed address.
    LoadX = 9,
    /// Store to the local frame, computed address.
    StoreX = 10,
    /// Load from the constant area, direct address.
    CLoad = 11,
    /// Load from the constant area, computed address.
    CLoadX = 12,
    /// Append to the pending arguments.
    Arg = 13,
    /// Unconditional branch.
    Jump = 14,
    /// Conditional branch.
    Branch = 15,
    /// Table switch.
    Switch = 16,
    /// `invoke_internal`.
    Invoke = 17,
    /// `return`, `ireturn`.
    Return = 18,
    /// `athrow`.
    Throw = 19,
    /// `catch`.
    Catch = 20,
    /// `self`, `caller`.
    Who = 21,
    /// `invoke_external`.
    InvokeExternal = 22,
    /// `invoke_native`.
    InvokeNative = 23,
    /// Heap loads.
    HLoad = 24,
    /// Heap stores.
    HStore = 25,
    /// Page allocation, freeing, size.
    Page = 26,
}

/// One instruction.
#[derive(Clone, Copy, Debug)]
pub struct Op {
    /// Opcode byte.
    pub code: u8,
    /// Mnemonic.
    pub name: &'static str,
    /// Operand format.
    pub operand: Operand,
    /// Cells taken from the operand stack.
    pub pops: u8,
    /// Cells pushed. For an invocation: the cell that must be free (D14), not pushed by it.
    pub pushes: u8,
    /// Fuel, at least 1 (D1).
    pub fuel: u8,
    /// Executing part.
    pub class: Class,
    /// Exceptions beyond fetch, underflow and overflow.
    pub throws: &'static [Cause],
    /// One line of meaning. `a` is the cell below the top, `b` the top; for one operand, `a`.
    pub meaning: &'static str,
}

impl Op {
    /// Length in bytes, opcode included: 1 to 9.
    #[allow(clippy::len_without_is_empty, reason = "an instruction is never empty")]
    pub const fn len(&self) -> u8 {
        1 + self.operand.bytes()
    }

    /// Change of the operand-stack depth when the instruction completes normally. Invocations and
    /// returns act on two stacks and report 0 here.
    pub const fn delta(&self) -> i8 {
        match self.class {
            Class::Invoke | Class::InvokeExternal | Class::Return => 0,
            _ => self.pushes as i8 - self.pops as i8,
        }
    }
}

#[allow(clippy::too_many_arguments, reason = "one argument per column of the table")]
const fn op(
    code: u8,
    name: &'static str,
    operand: Operand,
    effect: (u8, u8),
    fuel: u8,
    class: Class,
    throws: &'static [Cause],
    meaning: &'static str,
) -> Op {
    Op { code, name, operand, pops: effect.0, pushes: effect.1, fuel, class, throws, meaning }
}

use Class as C;
use Operand as O;

/// The instruction set, in opcode order.
#[rustfmt::skip]
pub const OPS: &[Op] = &[
    op(0x01, "nop",      O::None,   (0, 0), 1, C::Nop,   &[], "nothing"),
    // Operand stack. Opcode bits [1:0] select.
    op(0x04, "dup",      O::None,   (1, 2), 1, C::Stack, &[], "push a copy of the top"),
    op(0x05, "swap",     O::None,   (2, 2), 1, C::Stack, &[], "exchange the two top cells"),
    op(0x06, "pop",      O::None,   (1, 0), 1, C::Stack, &[], "drop the top"),
    op(0x07, "over",     O::None,   (2, 3), 1, C::Stack, &[], "push a copy of the cell below the top"),
    // Constants. Opcode bits [1:0] give log2 of the operand bytes.
    op(0x08, "const_8",  O::Imm(1), (0, 1), 1, C::Imm,   &[], "push the sign-extended operand"),
    op(0x09, "const_16", O::Imm(2), (0, 1), 1, C::Imm,   &[], "push the sign-extended operand"),
    op(0x0a, "const_32", O::Imm(4), (0, 1), 1, C::Imm,   &[], "push the sign-extended operand"),
    op(0x0b, "const_64", O::Imm(8), (0, 1), 1, C::Imm,   &[], "push the operand"),
    // Arithmetic, logic and shifts.
    op(0x10, "iadd",     O::None,   (2, 1), 1, C::Alu,   &[Arithmetic], "a + b, checked"),
    op(0x11, "isub",     O::None,   (2, 1), 1, C::Alu,   &[Arithmetic], "a - b, checked"),
    op(0x12, "ineg",     O::None,   (1, 1), 1, C::Alu,   &[Arithmetic], "-a, checked"),
    op(0x13, "iaddw",    O::None,   (2, 1), 1, C::Alu,   &[], "a + b modulo 2^64"),
    op(0x14, "isubw",    O::None,   (2, 1), 1, C::Alu,   &[], "a - b modulo 2^64"),
    op(0x15, "iand",     O::None,   (2, 1), 1, C::Alu,   &[], "bitwise and"),
    op(0x16, "ior",      O::None,   (2, 1), 1, C::Alu,   &[], "bitwise or"),
    op(0x17, "ixor",     O::None,   (2, 1), 1, C::Alu,   &[], "bitwise exclusive or"),
    op(0x18, "inot",     O::None,   (1, 1), 1, C::Alu,   &[], "bitwise complement"),
    op(0x19, "ishl",     O::None,   (2, 1), 1, C::Alu,   &[], "a shifted left by b modulo 64"),
    op(0x1a, "ishr",     O::None,   (2, 1), 1, C::Alu,   &[], "a shifted right by b modulo 64, sign kept"),
    op(0x1b, "ushr",     O::None,   (2, 1), 1, C::Alu,   &[], "a shifted right by b modulo 64, zeros in"),
    // Comparisons push 0 or 1 (D34).
    op(0x20, "ieq",      O::None,   (2, 1), 1, C::Alu,   &[], "1 if a = b, else 0"),
    op(0x21, "ine",      O::None,   (2, 1), 1, C::Alu,   &[], "1 if a != b, else 0"),
    op(0x22, "ilt",      O::None,   (2, 1), 1, C::Alu,   &[], "1 if a < b, signed, else 0"),
    op(0x23, "ile",      O::None,   (2, 1), 1, C::Alu,   &[], "1 if a <= b, signed, else 0"),
    op(0x24, "igt",      O::None,   (2, 1), 1, C::Alu,   &[], "1 if a > b, signed, else 0"),
    op(0x25, "ige",      O::None,   (2, 1), 1, C::Alu,   &[], "1 if a >= b, signed, else 0"),
    op(0x26, "ult",      O::None,   (2, 1), 1, C::Alu,   &[], "1 if a < b, unsigned, else 0"),
    op(0x27, "ule",      O::None,   (2, 1), 1, C::Alu,   &[], "1 if a <= b, unsigned, else 0"),
    op(0x28, "ugt",      O::None,   (2, 1), 1, C::Alu,   &[], "1 if a > b, unsigned, else 0"),
    op(0x29, "uge",      O::None,   (2, 1), 1, C::Alu,   &[], "1 if a >= b, unsigned, else 0"),
    op(0x2a, "ieqz",     O::None,   (1, 1), 1, C::Alu,   &[], "1 if a = 0, else 0"),
    // Multiplier and divider.
    op(0x30, "imul",     O::None,   (2, 1), 4, C::Mul,   &[Arithmetic], "a * b, checked"),
    op(0x31, "imulw",    O::None,   (2, 1), 4, C::Mul,   &[], "a * b modulo 2^64"),
    op(0x32, "umulh",    O::None,   (2, 1), 4, C::Mul,   &[], "upper 64 bits of the unsigned product"),
    op(0x34, "idiv",     O::None,   (2, 1), 16, C::Div,  &[Arithmetic, DivideByZero], "a / b, truncated towards 0; MIN / -1 throws"),
    op(0x35, "irem",     O::None,   (2, 1), 16, C::Div,  &[DivideByZero], "a - b * (a / b); MIN % -1 is 0"),
    op(0x36, "udiv",     O::None,   (2, 1), 16, C::Div,  &[DivideByZero], "a / b, unsigned"),
    op(0x37, "urem",     O::None,   (2, 1), 16, C::Div,  &[DivideByZero], "a modulo b, unsigned"),
    // Local frame, direct. Opcode bits [1:0] give log2 of the width, bit 2 of a load: signed.
    op(0x40, "load_u8",  O::Local,  (0, 1), 1, C::Load,  &[Range], "push the byte at the operand, zero-extended"),
    op(0x41, "load_u16", O::Local,  (0, 1), 1, C::Load,  &[Alignment, Range], "push 2 bytes, zero-extended"),
    op(0x42, "load_u32", O::Local,  (0, 1), 1, C::Load,  &[Alignment, Range], "push 4 bytes, zero-extended"),
    op(0x43, "load_64",  O::Local,  (0, 1), 1, C::Load,  &[Alignment, Range], "push 8 bytes"),
    op(0x44, "load_i8",  O::Local,  (0, 1), 1, C::Load,  &[Range], "push the byte at the operand, sign-extended"),
    op(0x45, "load_i16", O::Local,  (0, 1), 1, C::Load,  &[Alignment, Range], "push 2 bytes, sign-extended"),
    op(0x46, "load_i32", O::Local,  (0, 1), 1, C::Load,  &[Alignment, Range], "push 4 bytes, sign-extended"),
    op(0x48, "store_8",  O::Local,  (1, 0), 1, C::Store, &[Range], "pop, store the low byte at the operand"),
    op(0x49, "store_16", O::Local,  (1, 0), 1, C::Store, &[Alignment, Range], "pop, store the low 2 bytes"),
    op(0x4a, "store_32", O::Local,  (1, 0), 1, C::Store, &[Alignment, Range], "pop, store the low 4 bytes"),
    op(0x4b, "store_64", O::Local,  (1, 0), 1, C::Store, &[Alignment, Range], "pop, store 8 bytes"),
    // Local frame, computed address (unsigned).
    op(0x50, "loadx_u8",  O::None,  (1, 1), 2, C::LoadX, &[Range], "pop offset a; push the byte there, zero-extended"),
    op(0x51, "loadx_u16", O::None,  (1, 1), 2, C::LoadX, &[Alignment, Range], "pop offset a; push 2 bytes, zero-extended"),
    op(0x52, "loadx_u32", O::None,  (1, 1), 2, C::LoadX, &[Alignment, Range], "pop offset a; push 4 bytes, zero-extended"),
    op(0x53, "loadx_64",  O::None,  (1, 1), 2, C::LoadX, &[Alignment, Range], "pop offset a; push 8 bytes"),
    op(0x54, "loadx_i8",  O::None,  (1, 1), 2, C::LoadX, &[Range], "pop offset a; push the byte there, sign-extended"),
    op(0x55, "loadx_i16", O::None,  (1, 1), 2, C::LoadX, &[Alignment, Range], "pop offset a; push 2 bytes, sign-extended"),
    op(0x56, "loadx_i32", O::None,  (1, 1), 2, C::LoadX, &[Alignment, Range], "pop offset a; push 4 bytes, sign-extended"),
    op(0x58, "storex_8",  O::None,  (2, 0), 2, C::StoreX, &[Range], "pop value b and offset a; store the low byte"),
    op(0x59, "storex_16", O::None,  (2, 0), 2, C::StoreX, &[Alignment, Range], "pop value b and offset a; store the low 2 bytes"),
    op(0x5a, "storex_32", O::None,  (2, 0), 2, C::StoreX, &[Alignment, Range], "pop value b and offset a; store the low 4 bytes"),
    op(0x5b, "storex_64", O::None,  (2, 0), 2, C::StoreX, &[Alignment, Range], "pop value b and offset a; store 8 bytes"),
    // Constant area, direct (D26).
    op(0x60, "cload_u8",  O::Const, (0, 1), 1, C::CLoad, &[Range], "push the constant byte at the operand, zero-extended"),
    op(0x61, "cload_u16", O::Const, (0, 1), 1, C::CLoad, &[Alignment, Range], "push 2 constant bytes, zero-extended"),
    op(0x62, "cload_u32", O::Const, (0, 1), 1, C::CLoad, &[Alignment, Range], "push 4 constant bytes, zero-extended"),
    op(0x63, "cload_64",  O::Const, (0, 1), 1, C::CLoad, &[Alignment, Range], "push 8 constant bytes"),
    op(0x64, "cload_i8",  O::Const, (0, 1), 1, C::CLoad, &[Range], "push the constant byte at the operand, sign-extended"),
    op(0x65, "cload_i16", O::Const, (0, 1), 1, C::CLoad, &[Alignment, Range], "push 2 constant bytes, sign-extended"),
    op(0x66, "cload_i32", O::Const, (0, 1), 1, C::CLoad, &[Alignment, Range], "push 4 constant bytes, sign-extended"),
    // Arguments (D11).
    op(0x68, "arg_8",    O::None,   (1, 0), 1, C::Arg,   &[Range], "pop, append the low byte to the pending arguments"),
    op(0x69, "arg_16",   O::None,   (1, 0), 1, C::Arg,   &[Range], "pop, align, append the low 2 bytes"),
    op(0x6a, "arg_32",   O::None,   (1, 0), 1, C::Arg,   &[Range], "pop, align, append the low 4 bytes"),
    op(0x6b, "arg_64",   O::None,   (1, 0), 1, C::Arg,   &[Range], "pop, align, append 8 bytes"),
    // Constant area, computed address (unsigned).
    op(0x70, "cloadx_u8",  O::None, (1, 1), 2, C::CLoadX, &[Range], "pop offset a; push the constant byte there, zero-extended"),
    op(0x71, "cloadx_u16", O::None, (1, 1), 2, C::CLoadX, &[Alignment, Range], "pop offset a; push 2 constant bytes, zero-extended"),
    op(0x72, "cloadx_u32", O::None, (1, 1), 2, C::CLoadX, &[Alignment, Range], "pop offset a; push 4 constant bytes, zero-extended"),
    op(0x73, "cloadx_64",  O::None, (1, 1), 2, C::CLoadX, &[Alignment, Range], "pop offset a; push 8 constant bytes"),
    op(0x74, "cloadx_i8",  O::None, (1, 1), 2, C::CLoadX, &[Range], "pop offset a; push the constant byte there, sign-extended"),
    op(0x75, "cloadx_i16", O::None, (1, 1), 2, C::CLoadX, &[Alignment, Range], "pop offset a; push 2 constant bytes, sign-extended"),
    op(0x76, "cloadx_i32", O::None, (1, 1), 2, C::CLoadX, &[Alignment, Range], "pop offset a; push 4 constant bytes, sign-extended"),
    // Control.
    op(0x80, "br",       O::Target, (0, 0), 1, C::Jump,   &[Target], "branch"),
    op(0x81, "brz",      O::Target, (1, 0), 1, C::Branch, &[Target], "pop; branch if it is 0"),
    op(0x82, "brnz",     O::Target, (1, 0), 1, C::Branch, &[Target], "pop; branch if it is not 0"),
    op(0x83, "switch",   O::Switch, (1, 0), 2, C::Switch, &[Alignment, Range, Target], "pop unsigned index; below the count branch to that entry of the table, else fall through"),
    op(0x88, "invoke_internal", O::Method, (0, 1), 4, C::Invoke, &[Method, Arguments], "invoke a method of this application with the pending arguments"),
    op(0x89, "invoke_external", O::None,   (2, 1), 8, C::InvokeExternal, &[Application, Method, Access, Arguments], "pop method index b (top) and applicationID a; invoke that public method with the pending arguments"),
    op(0x8a, "invoke_native", O::Native, (0, 0), 8, C::InvokeNative, &[Method, Arguments], "apply a native method to the pending arguments, push its results; fuel and results: table of natives"),
    op(0x8c, "return",   O::None,   (0, 0), 2, C::Return, &[], "complete the method without a value"),
    op(0x8d, "ireturn",  O::None,   (1, 0), 2, C::Return, &[], "pop; complete the method, pushing the value onto the invoker's stack"),
    op(0x90, "athrow",   O::None,   (1, 0), 1, C::Throw,  &[], "pop a; throw it with bits 63 and 62 cleared"),
    op(0x91, "catch",    O::Target, (0, 0), 1, C::Catch,  &[Target, Overflow], "if an exception was thrown: push its code, branch; else nothing"),
    op(0x92, "self",     O::None,   (0, 1), 1, C::Who,    &[], "push the working applicationID"),
    op(0x93, "caller",   O::None,   (0, 1), 1, C::Who,    &[], "push the applicationID of the external invoker, 0 at the base"),
    // Heap of the working segment. Opcode bits [1:0] give log2 of the width, bit 2 of a load: signed.
    op(0xa0, "hload_u8",  O::None, (2, 1), 2, C::HLoad, &[Page, PageBounds], "pop page index b (top) and offset a; push the byte there, zero-extended"),
    op(0xa1, "hload_u16", O::None, (2, 1), 2, C::HLoad, &[Alignment, Page, PageBounds], "pop page index b (top) and offset a; push 2 bytes, zero-extended"),
    op(0xa2, "hload_u32", O::None, (2, 1), 2, C::HLoad, &[Alignment, Page, PageBounds], "pop page index b (top) and offset a; push 4 bytes, zero-extended"),
    op(0xa3, "hload_64",  O::None, (2, 1), 2, C::HLoad, &[Alignment, Page, PageBounds], "pop page index b (top) and offset a; push 8 bytes"),
    op(0xa4, "hload_i8",  O::None, (2, 1), 2, C::HLoad, &[Page, PageBounds], "pop page index b (top) and offset a; push the byte there, sign-extended"),
    op(0xa5, "hload_i16", O::None, (2, 1), 2, C::HLoad, &[Alignment, Page, PageBounds], "pop page index b (top) and offset a; push 2 bytes, sign-extended"),
    op(0xa6, "hload_i32", O::None, (2, 1), 2, C::HLoad, &[Alignment, Page, PageBounds], "pop page index b (top) and offset a; push 4 bytes, sign-extended"),
    op(0xa8, "hstore_8",  O::None, (3, 0), 3, C::HStore, &[Page, PageBounds], "pop page index (top), offset, value; store the low byte"),
    op(0xa9, "hstore_16", O::None, (3, 0), 3, C::HStore, &[Alignment, Page, PageBounds], "pop page index (top), offset, value; store the low 2 bytes"),
    op(0xaa, "hstore_32", O::None, (3, 0), 3, C::HStore, &[Alignment, Page, PageBounds], "pop page index (top), offset, value; store the low 4 bytes"),
    op(0xab, "hstore_64", O::None, (3, 0), 3, C::HStore, &[Alignment, Page, PageBounds], "pop page index (top), offset, value; store 8 bytes"),
    op(0xb0, "palloc",    O::None, (2, 0), 24, C::Page, &[Alignment, Range, Page], "pop page index b (top) and size a; allocate the page, contents 0"),
    op(0xb1, "pfree",     O::None, (1, 0), 8, C::Page, &[Page], "pop page index a; free the page"),
    op(0xb2, "psize",     O::None, (1, 1), 2, C::Page, &[], "pop page index a; push the page's size in bytes, 0 if absent"),
];

/// Fuel of an undefined opcode (D5) and of an instruction that is not wholly inside the code area
/// (D6).
pub const UNDEFINED_FUEL: u8 = 1;

/// Fuel of the first invocation, performed by the host (D18): what `invoke_external` costs.
pub const FIRST_INVOKE_FUEL: u8 = 8;

/// Decoder row: what the pipeline needs to know of an opcode, one per byte value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decode {
    /// Executing part; [`Class::Undefined`] for undefined opcodes.
    pub class: Class,
    /// Length in bytes, 1 for undefined opcodes (D5).
    pub len: u8,
    /// Cells taken.
    pub pops: u8,
    /// Cells pushed.
    pub pushes: u8,
    /// Change of depth on normal completion, see [`Op::delta`].
    pub delta: i8,
    /// Fuel.
    pub fuel: u8,
}

const fn decode_table() -> [Decode; 256] {
    let undefined = Decode { class: Class::Undefined, len: 1, pops: 0, pushes: 0, delta: 0, fuel: UNDEFINED_FUEL };
    let mut table = [undefined; 256];
    let mut i = 0;
    while i < OPS.len() {
        let o = &OPS[i];
        table[o.code as usize] =
            Decode { class: o.class, len: o.len(), pops: o.pops, pushes: o.pushes, delta: o.delta(), fuel: o.fuel };
        i += 1;
    }
    table
}

/// The decoder, indexed by opcode byte.
pub static DECODE: [Decode; 256] = DECODE_ROWS;
const DECODE_ROWS: [Decode; 256] = decode_table();

/// The RTL decoder's output for an opcode byte, 21 bits: class [4:0], length [8:5], pops [10:9], pushes
/// [12:11], change of depth [15:13] (signed), fuel [20:16].
pub static DECODE_WORD: [u32; 256] = decode_words();

const fn decode_words() -> [u32; 256] {
    let mut words = [0; 256];
    let mut i = 0;
    while i < 256 {
        let d = &DECODE_ROWS[i];
        assert!(d.delta >= -4 && d.delta <= 3 && d.fuel < 32 && d.pops < 4 && d.pushes < 4);
        words[i] = d.class as u32
            | (d.len as u32) << 5
            | (d.pops as u32) << 9
            | (d.pushes as u32) << 11
            | (d.delta as u32 & 7) << 13
            | (d.fuel as u32) << 16;
        i += 1;
    }
    words
}

/// The row of an opcode byte; `None` if the table has none.
pub fn by_code(code: u8) -> Option<&'static Op> {
    OPS.iter().find(|o| o.code == code)
}

/// The row of a mnemonic.
pub fn by_name(name: &str) -> Option<&'static Op> {
    OPS.iter().find(|o| o.name == name)
}

/// Opcode numbers by name, for code that dispatches on them: `code::IADD`.
#[allow(missing_docs)]
#[rustfmt::skip]
pub mod code {
    macro_rules! codes { ($($id:ident = $name:literal),* $(,)?) => { $(
        pub const $id: u8 = find($name);
    )* } }
    const fn find(name: &str) -> u8 {
        let mut i = 0;
        while i < super::OPS.len() {
            if same(super::OPS[i].name.as_bytes(), name.as_bytes()) { return super::OPS[i].code; }
            i += 1;
        }
        panic!("no such mnemonic in the table")
    }
    const fn same(a: &[u8], b: &[u8]) -> bool {
        if a.len() != b.len() { return false; }
        let mut i = 0;
        while i < a.len() { if a[i] != b[i] { return false; } i += 1; }
        true
    }
    codes! {
        NOP = "nop", DUP = "dup", SWAP = "swap", POP = "pop", OVER = "over",
        CONST_8 = "const_8", CONST_16 = "const_16", CONST_32 = "const_32", CONST_64 = "const_64",
        IADD = "iadd", ISUB = "isub", INEG = "ineg", IADDW = "iaddw", ISUBW = "isubw",
        IAND = "iand", IOR = "ior", IXOR = "ixor", INOT = "inot", ISHL = "ishl", ISHR = "ishr", USHR = "ushr",
        IEQ = "ieq", INE = "ine", ILT = "ilt", ILE = "ile", IGT = "igt", IGE = "ige",
        ULT = "ult", ULE = "ule", UGT = "ugt", UGE = "uge", IEQZ = "ieqz",
        IMUL = "imul", IMULW = "imulw", UMULH = "umulh",
        IDIV = "idiv", IREM = "irem", UDIV = "udiv", UREM = "urem",
        BR = "br", BRZ = "brz", BRNZ = "brnz", SWITCH = "switch",
        INVOKE_INTERNAL = "invoke_internal", INVOKE_EXTERNAL = "invoke_external", INVOKE_NATIVE = "invoke_native",
        RETURN = "return", IRETURN = "ireturn",
        ATHROW = "athrow", CATCH = "catch", SELF = "self", CALLER = "caller",
        PALLOC = "palloc", PFREE = "pfree", PSIZE = "psize",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_sorted_unique_and_priced() {
        for pair in OPS.windows(2) {
            assert!(pair[0].code < pair[1].code, "{} and {}", pair[0].name, pair[1].name);
        }
        for o in OPS {
            assert!(o.fuel >= 1, "{} is free of charge (D1)", o.name);
            assert!(o.len() <= 9 && o.pops <= 3 && o.pushes <= 3, "{}", o.name);
            assert_eq!(OPS.iter().filter(|p| p.name == o.name).count(), 1, "{}", o.name);
        }
    }

    #[test]
    fn undefined_opcodes_decode_alike() {
        assert_eq!(DECODE[0x00], DECODE[0xff]);
        assert_eq!(DECODE[0xff].len, 1);
    }
}
