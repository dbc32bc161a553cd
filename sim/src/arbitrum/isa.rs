// SPDX-License-Identifier: MIT OR Apache-2.0
//! The instruction set: the one table from which everything else is generated (DESIGN rule 3).
//!
//! A row gives opcode, mnemonic, gas, what is taken from and left on both stacks, how far a proof opens each value taken,
//! group, whether a value can be wrong beyond its type, and one line of meaning. Semantics live in `interp`, proofs in
//! `proof` and `check`; rules in `docs/arbitrum/rules.md`, whose tables a test holds against this one.
//!
//! Every instruction can underflow and run out of gas; type errors follow from `takes`. Those have no column.

/// Type that an instruction wants of an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ty {
    /// Any value.
    Any,
    /// Integer.
    Int,
    /// CodePoint.
    Code,
    /// Tuple.
    Tuple,
    /// Buffer.
    Buffer,
}

/// A value that an instruction takes from a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operand {
    /// Type; another one is an error (`Ty::Any`: none is).
    pub ty: Ty,
    /// Levels of tuples that a one-step proof opens: 0 shows a Tuple's inner hash and size only, 1 its slots.
    pub depth: u8,
}

/// What part of a machine executes an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Group {
    /// Undefined.
    Invalid = 0,
    /// Addition, multiplication, division, powers.
    Arith = 1,
    /// Comparison, bits, shifts.
    Logic = 2,
    /// Hashes of values, hash permutations, types.
    Hash = 3,
    /// Moves within the data stack.
    Stack = 4,
    /// Moves between the stacks, and their emptiness.
    Aux = 5,
    /// Static, register, gas, errCodePoint, pc as values.
    State = 6,
    /// `jump`, `cjump`, `nop`, `breakpoint`.
    Flow = 7,
    /// Tuples.
    Tuple = 8,
    /// What goes out: `log`, `send`, `debugprint`.
    Output = 9,
    /// What comes in: `inbox`, `inboxpeek`, `sideload`.
    Input = 10,
    /// Making CodePoints.
    Code = 11,
    /// Elliptic curves.
    Curve = 12,
    /// Buffers.
    Buffer = 13,
    /// `error`, `halt`.
    Stop = 14,
}

impl Group {
    /// Name, as in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Group::Invalid => "invalid",
            Group::Arith => "arithmetic",
            Group::Logic => "comparison and logic",
            Group::Hash => "hashing",
            Group::Stack => "data stack",
            Group::Aux => "aux stack",
            Group::State => "registers",
            Group::Flow => "control",
            Group::Tuple => "tuples",
            Group::Output => "output",
            Group::Input => "input",
            Group::Code => "code",
            Group::Curve => "elliptic curves",
            Group::Buffer => "buffers",
            Group::Stop => "stop",
        }
    }
}

/// One instruction.
#[derive(Clone, Copy, Debug)]
pub struct Op {
    /// Opcode byte.
    pub code: u8,
    /// Mnemonic.
    pub name: &'static str,
    /// Gas; `ecpairing` adds [`PAIR_GAS`] for each pair.
    pub gas: u32,
    /// Values taken from the data stack, top first. Fewer: underflow.
    pub takes: &'static [Operand],
    /// Values taken from the aux stack, top first.
    pub aux_takes: &'static [Operand],
    /// Values left on the data stack for those taken, 0 to 4.
    pub pushes: u8,
    /// Values left on the aux stack for those taken, 0 or 1.
    pub aux_pushes: u8,
    /// What executes it.
    pub group: Group,
    /// Operands of the right types can still be wrong.
    pub value_errors: bool,
    /// One line of meaning. A is the top of the data stack, then B, C, D; X the top of the aux stack; results top first.
    pub meaning: &'static str,
}

impl Op {
    /// Values taken from the data stack, 0 to 4; also how many an error removes.
    pub const fn pops(&self) -> u8 {
        self.takes.len() as u8
    }

    /// Values taken from the aux stack, 0 or 1.
    pub const fn aux_pops(&self) -> u8 {
        self.aux_takes.len() as u8
    }

    /// Leaves more on the data stack than it takes, so that a cell must be free (rules, C1).
    pub const fn grows(&self) -> bool {
        self.pushes > self.pops()
    }

    /// Valid in the legacy configuration only (A2).
    pub const fn legacy(&self) -> bool {
        self.code == code::INBOXPEEK
    }
}

/// Gas that `ecpairing` adds for each pair walked (A14).
pub const PAIR_GAS: u64 = 500_000;
/// Pairs that `ecpairing` walks at most.
pub const PAIRS_MAX: usize = 30;
/// Gas of an invalid opcode (A27), and of a step that underflows or runs out of gas (A26).
pub const ERROR_GAS: u32 = 5;
/// Slots of a Tuple at most.
pub const SLOTS_MAX: usize = 8;
/// Bytes of a `send` at most.
pub const SEND_MAX: u64 = 10_000;

#[allow(clippy::too_many_arguments, reason = "one argument per column of the table")]
const fn op(
    code: u8,
    name: &'static str,
    gas: u32,
    takes: &'static [Operand],
    aux_takes: &'static [Operand],
    pushes: (u8, u8),
    group: Group,
    value_errors: bool,
    meaning: &'static str,
) -> Op {
    Op { code, name, gas, takes, aux_takes, pushes: pushes.0, aux_pushes: pushes.1, group, value_errors, meaning }
}

const fn operand(ty: Ty, depth: u8) -> Operand {
    Operand { ty, depth }
}

/// Any value, closed; opened one level.
const ANY: Operand = operand(Ty::Any, 0);
const ANY_OPEN: Operand = operand(Ty::Any, 1);
const INT: Operand = operand(Ty::Int, 1);
const CODE: Operand = operand(Ty::Code, 1);
const CODE_SHUT: Operand = operand(Ty::Code, 0);
const TUP: Operand = operand(Ty::Tuple, 1);
const LIST: Operand = operand(Ty::Tuple, 32);
const BUF: Operand = operand(Ty::Buffer, 1);

use Group as G;

/// The instruction set, in opcode order; `inboxpeek` is the legacy one among them.
#[rustfmt::skip]
pub const OPS: &[Op] = &[
    op(0x01, "add",        3, &[INT, INT],      &[], (1, 0), G::Arith, false, "A + B"),
    op(0x02, "mul",        3, &[INT, INT],      &[], (1, 0), G::Arith, false, "A * B"),
    op(0x03, "sub",        3, &[INT, INT],      &[], (1, 0), G::Arith, false, "A - B"),
    op(0x04, "div",        4, &[INT, INT],      &[], (1, 0), G::Arith, true,  "A / B, unsigned"),
    op(0x05, "sdiv",       7, &[INT, INT],      &[], (1, 0), G::Arith, true,  "A / B, signed, truncated towards 0; -2^255 / -1 is -2^255"),
    op(0x06, "mod",        4, &[INT, INT],      &[], (1, 0), G::Arith, true,  "A modulo B, unsigned"),
    op(0x07, "smod",       7, &[INT, INT],      &[], (1, 0), G::Arith, true,  "signed remainder of A / B, with the sign of A"),
    op(0x08, "addmod",     4, &[INT, INT, INT], &[], (1, 0), G::Arith, true,  "(A + B) modulo C, the sum in full"),
    op(0x09, "mulmod",     4, &[INT, INT, INT], &[], (1, 0), G::Arith, true,  "(A * B) modulo C, the product in full"),
    op(0x0a, "exp",       25, &[INT, INT],      &[], (1, 0), G::Arith, false, "A to the power of B; x^0 is 1"),
    op(0x0b, "signextend", 7, &[INT, INT],      &[], (1, 0), G::Arith, false, "B sign-extended from bit 8A + 7 if A < 31, else B"),

    op(0x10, "lt",         2, &[INT, INT],      &[], (1, 0), G::Logic, false, "1 if A < B, unsigned, else 0"),
    op(0x11, "gt",         2, &[INT, INT],      &[], (1, 0), G::Logic, false, "1 if A > B, unsigned, else 0"),
    op(0x12, "slt",        2, &[INT, INT],      &[], (1, 0), G::Logic, false, "1 if A < B, signed, else 0"),
    op(0x13, "sgt",        2, &[INT, INT],      &[], (1, 0), G::Logic, false, "1 if A > B, signed, else 0"),
    op(0x14, "eq",         2, &[ANY, ANY],      &[], (1, 0), G::Logic, false, "1 if of the same type and equal, else 0"),
    op(0x15, "iszero",     1, &[INT],           &[], (1, 0), G::Logic, false, "1 if A is 0, else 0"),
    op(0x16, "and",        2, &[INT, INT],      &[], (1, 0), G::Logic, false, "bitwise and"),
    op(0x17, "or",         2, &[INT, INT],      &[], (1, 0), G::Logic, false, "bitwise or"),
    op(0x18, "xor",        2, &[INT, INT],      &[], (1, 0), G::Logic, false, "bitwise exclusive or"),
    op(0x19, "not",        1, &[INT],           &[], (1, 0), G::Logic, false, "bitwise complement"),
    op(0x1a, "byte",       4, &[INT, INT],      &[], (1, 0), G::Logic, false, "byte A of B if A < 32, 0 the most significant; else 0"),
    op(0x1b, "shl",        4, &[INT, INT],      &[], (1, 0), G::Logic, false, "B shifted left by A"),
    op(0x1c, "shr",        4, &[INT, INT],      &[], (1, 0), G::Logic, false, "B shifted right by A, zeros in"),
    op(0x1d, "sar",        4, &[INT, INT],      &[], (1, 0), G::Logic, false, "B shifted right by A, sign in"),

    op(0x20, "hash",       7, &[ANY],           &[], (1, 0), G::Hash,  false, "hash of A"),
    op(0x21, "type",       3, &[ANY_OPEN],      &[], (1, 0), G::Hash,  false, "type code of A: 0, 1, 3 or 12"),
    op(0x22, "ethhash2",   8, &[INT, INT],      &[], (1, 0), G::Hash,  false, "Keccak-256 of the 64 bytes of A and B"),
    op(0x23, "keccakf",  600, &[TUP],           &[], (1, 0), G::Hash,  true,  "Keccak-f[1600] of the 7 Integers of Tuple A"),
    op(0x24, "sha256f",  250, &[INT, INT, INT], &[], (1, 0), G::Hash,  false, "SHA-256 compression: state A, block B and C"),

    op(0x30, "pop",           1, &[ANY],             &[], (0, 0), G::Stack, false, "drops A"),
    op(0x31, "spush",         1, &[],                &[], (1, 0), G::State, false, "static"),
    op(0x32, "rpush",         1, &[],                &[], (1, 0), G::State, false, "register"),
    op(0x33, "rset",          2, &[ANY],             &[], (0, 0), G::State, false, "register := A"),
    op(0x34, "jump",          4, &[CODE_SHUT],       &[], (0, 0), G::Flow,  false, "pc := A"),
    op(0x35, "cjump",         4, &[CODE, INT],       &[], (0, 0), G::Flow,  false, "pc := A if B is not 0"),
    op(0x36, "stackempty",    2, &[],                &[], (1, 0), G::Aux,   false, "1 if the data stack is empty, else 0"),
    op(0x37, "pcpush",        1, &[],                &[], (1, 0), G::State, false, "the CodePoint of this instruction"),
    op(0x38, "auxpush",       1, &[ANY],             &[], (0, 1), G::Aux,   false, "A to the aux stack"),
    op(0x39, "auxpop",        1, &[],                &[ANY], (1, 0), G::Aux, false, "X from the aux stack"),
    op(0x3a, "auxstackempty", 2, &[],                &[], (1, 0), G::Aux,   false, "1 if the aux stack is empty, else 0"),
    op(0x3b, "nop",           1, &[],                &[], (0, 0), G::Flow,  false, "nothing; its immediate is a constant pushed"),
    op(0x3c, "errpush",       1, &[],                &[], (1, 0), G::State, false, "errCodePoint"),
    op(0x3d, "errset",        1, &[CODE],            &[], (0, 0), G::State, false, "errCodePoint := A"),

    op(0x40, "dup0",          1, &[ANY],             &[], (2, 0), G::Stack, false, "A, A"),
    op(0x41, "dup1",          1, &[ANY, ANY],        &[], (3, 0), G::Stack, false, "B, A, B"),
    op(0x42, "dup2",          1, &[ANY, ANY, ANY],   &[], (4, 0), G::Stack, false, "C, A, B, C"),
    op(0x43, "swap1",         1, &[ANY, ANY],        &[], (2, 0), G::Stack, false, "B, A"),
    op(0x44, "swap2",         1, &[ANY, ANY, ANY],   &[], (3, 0), G::Stack, false, "C, B, A"),

    op(0x50, "tget",          2, &[INT, TUP],        &[], (1, 0), G::Tuple, true,  "slot A of Tuple B"),
    op(0x51, "tset",         40, &[INT, TUP, ANY],   &[], (1, 0), G::Tuple, true,  "Tuple B with slot A replaced by C"),
    op(0x52, "tlen",          2, &[TUP],             &[], (1, 0), G::Tuple, false, "number of slots of Tuple A"),
    op(0x53, "xget",          3, &[INT],             &[TUP], (1, 1), G::Tuple, true, "slot A of Tuple X, which stays"),
    op(0x54, "xset",         41, &[INT, ANY],        &[TUP], (0, 1), G::Tuple, true, "X := Tuple X with slot A replaced by B"),

    op(0x60, "breakpoint",  100, &[],                &[], (0, 0), G::Flow,   false, "nothing"),
    op(0x61, "log",         100, &[ANY],             &[], (0, 0), G::Output, false, "A to the logs"),

    op(0x70, "send",        100, &[INT, BUF],        &[], (0, 0), G::Output, true,  "the first A bytes of Buffer B to the sends"),
    op(0x71, "inboxpeek",    40, &[ANY],             &[], (1, 0), G::Input,  false, "legacy: 1 if A is the block number of the message in the inbox, else 0"),
    op(0x72, "inbox",        40, &[],                &[], (1, 0), G::Input,  false, "the next message of the inbox"),
    op(0x73, "error",         5, &[],                &[], (0, 0), G::Stop,   true,  "an error"),
    op(0x74, "halt",         10, &[],                &[], (0, 0), G::Stop,   false, "the machine halts"),
    op(0x75, "setgas",        1, &[INT],             &[], (0, 0), G::State,  false, "gas := A, after its own was charged"),
    op(0x76, "pushgas",       1, &[],                &[], (1, 0), G::State,  false, "gas, its own already charged"),
    op(0x77, "errcodepoint", 25, &[],                &[], (1, 0), G::Code,   false, "the error CodePoint, which nothing follows"),
    op(0x78, "pushinsn",     25, &[INT, CODE],       &[], (1, 0), G::Code,   false, "a new CodePoint: opcode A modulo 256, followed by B"),
    op(0x79, "pushinsnimm",  25, &[INT, ANY, CODE],  &[], (1, 0), G::Code,   false, "a new CodePoint: opcode A modulo 256, immediate B, followed by C"),
    op(0x7b, "sideload",     10, &[INT],             &[], (1, 0), G::Input,  false, "the empty Tuple"),

    op(0x80, "ecrecover", 20000, &[INT, INT, INT, INT], &[], (1, 0), G::Curve, false, "address that signed: r A, s B, recovery bit C, hash D; 0 if none"),
    op(0x81, "ecadd",      3500, &[INT, INT, INT, INT], &[], (2, 0), G::Curve, true,  "x, y of (A, B) + (C, D) on alt_bn128"),
    op(0x82, "ecmul",     82000, &[INT, INT, INT],      &[], (2, 0), G::Curve, true,  "x, y of (A, B) * C on alt_bn128"),
    op(0x83, "ecpairing",  1000, &[LIST],               &[], (1, 0), G::Curve, true,  "1 if the pairings of list A multiply to 1, else 0; gas for each pair"),

    op(0x90, "debugprint",    1, &[ANY],             &[], (0, 0), G::Output, false, "drops A"),

    op(0xa0, "newbuffer",     1, &[],                &[], (1, 0), G::Buffer, false, "the empty Buffer"),
    op(0xa1, "getbuffer8",   10, &[INT, BUF],        &[], (1, 0), G::Buffer, true,  "the byte of Buffer B at A"),
    op(0xa2, "getbuffer64",  10, &[INT, BUF],        &[], (1, 0), G::Buffer, true,  "8 bytes of Buffer B from A on, most significant first"),
    op(0xa3, "getbuffer256", 10, &[INT, BUF],        &[], (1, 0), G::Buffer, true,  "32 bytes of Buffer B from A on, most significant first"),
    op(0xa4, "setbuffer8",  100, &[INT, INT, BUF],   &[], (1, 0), G::Buffer, true,  "Buffer C with byte B at A"),
    op(0xa5, "setbuffer64", 100, &[INT, INT, BUF],   &[], (1, 0), G::Buffer, true,  "Buffer C with 8 bytes B from A on"),
    op(0xa6, "setbuffer256",100, &[INT, INT, BUF],   &[], (1, 0), G::Buffer, true,  "Buffer C with 32 bytes B from A on"),
];

/// Decoder row: what a step needs before it looks at operands, one per byte value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decode {
    /// Executing part; [`Group::Invalid`] for invalid opcodes.
    pub group: Group,
    /// Values taken from the data stack.
    pub pops: u8,
    /// Values taken from the aux stack.
    pub aux_pops: u8,
    /// See [`Op::grows`].
    pub grows: bool,
    /// Gas, without the variable part.
    pub gas: u32,
}

const fn decode_table(legacy: bool) -> [Decode; 256] {
    let invalid = Decode { group: Group::Invalid, pops: 0, aux_pops: 0, grows: false, gas: ERROR_GAS };
    let mut table = [invalid; 256];
    let mut i = 0;
    while i < OPS.len() {
        let o = &OPS[i];
        if legacy || !o.legacy() {
            table[o.code as usize] =
                Decode { group: o.group, pops: o.pops(), aux_pops: o.aux_pops(), grows: o.grows(), gas: o.gas };
        }
        i += 1;
    }
    table
}

/// The decoder, indexed by opcode byte.
pub static DECODE: [Decode; 256] = decode_table(false);
/// The decoder of the legacy configuration.
pub static DECODE_LEGACY: [Decode; 256] = decode_table(true);

/// The row of an opcode byte; `None` if it is invalid. `inboxpeek` has one.
pub fn by_code(code: u8) -> Option<&'static Op> {
    OPS.binary_search_by_key(&code, |o| o.code).ok().map(|at| &OPS[at])
}

/// The row of a mnemonic.
pub fn by_name(name: &str) -> Option<&'static Op> {
    OPS.iter().find(|o| o.name == name)
}

/// Opcode numbers by name, for code that dispatches on them: `code::ADD`.
#[allow(missing_docs)]
#[rustfmt::skip]
pub mod code {
    macro_rules! codes { ($($id:ident = $name:literal),* $(,)?) => {
        $( pub const $id: u8 = find($name); )*
        /// How many there are: all rows of the table.
        pub const COUNT: usize = [$($name),*].len();
    } }
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
        ADD = "add", MUL = "mul", SUB = "sub", DIV = "div", SDIV = "sdiv", MOD = "mod", SMOD = "smod",
        ADDMOD = "addmod", MULMOD = "mulmod", EXP = "exp", SIGNEXTEND = "signextend",
        LT = "lt", GT = "gt", SLT = "slt", SGT = "sgt", EQ = "eq", ISZERO = "iszero",
        AND = "and", OR = "or", XOR = "xor", NOT = "not", BYTE = "byte", SHL = "shl", SHR = "shr", SAR = "sar",
        HASH = "hash", TYPE = "type", ETHHASH2 = "ethhash2", KECCAKF = "keccakf", SHA256F = "sha256f",
        POP = "pop", SPUSH = "spush", RPUSH = "rpush", RSET = "rset", JUMP = "jump", CJUMP = "cjump",
        STACKEMPTY = "stackempty", PCPUSH = "pcpush", AUXPUSH = "auxpush", AUXPOP = "auxpop",
        AUXSTACKEMPTY = "auxstackempty", NOP = "nop", ERRPUSH = "errpush", ERRSET = "errset",
        DUP0 = "dup0", DUP1 = "dup1", DUP2 = "dup2", SWAP1 = "swap1", SWAP2 = "swap2",
        TGET = "tget", TSET = "tset", TLEN = "tlen", XGET = "xget", XSET = "xset",
        BREAKPOINT = "breakpoint", LOG = "log",
        SEND = "send", INBOXPEEK = "inboxpeek", INBOX = "inbox", ERROR = "error", HALT = "halt",
        SETGAS = "setgas", PUSHGAS = "pushgas", ERRCODEPOINT = "errcodepoint",
        PUSHINSN = "pushinsn", PUSHINSNIMM = "pushinsnimm", SIDELOAD = "sideload",
        ECRECOVER = "ecrecover", ECADD = "ecadd", ECMUL = "ecmul", ECPAIRING = "ecpairing",
        DEBUGPRINT = "debugprint", NEWBUFFER = "newbuffer",
        GETBUFFER8 = "getbuffer8", GETBUFFER64 = "getbuffer64", GETBUFFER256 = "getbuffer256",
        SETBUFFER8 = "setbuffer8", SETBUFFER64 = "setbuffer64", SETBUFFER256 = "setbuffer256",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = include_str!("../../../docs/arbitrum/rules.md");

    /// Letters that the page uses for types.
    fn letters(operands: &[Operand]) -> Vec<&'static str> {
        let letter = |o: &Operand| match o.ty {
            Ty::Any => "*",
            Ty::Int => "n",
            Ty::Code => "c",
            Ty::Tuple => "t",
            Ty::Buffer => "b",
        };
        operands.iter().map(letter).collect()
    }

    /// Cells of the page's row of an instruction.
    fn row(op: &Op) -> Vec<&'static str> {
        let begin = format!("| {:02x} | `{}` |", op.code, op.name);
        let line = RULES.lines().find(|l| l.starts_with(&begin)).unwrap_or_else(|| panic!("no row {begin}"));
        line[1..line.len() - 1].split('|').map(str::trim).collect()
    }

    #[test]
    fn the_rules_page_says_the_same() {
        for op in OPS {
            let cells = row(op);
            assert_eq!(cells.len(), 7, "{}", op.name);
            assert_eq!(cells[2], op.gas.to_string(), "{}", op.name);
            assert_eq!(cells[3], format!("{}/{}", op.pops(), op.aux_pops()), "{}", op.name);
            let aux = if op.aux_pops() == 1 && op.aux_takes[0].ty == Ty::Tuple { "; X t" } else { "" };
            assert_eq!(cells[4], letters(op.takes).join(" ") + aux, "{}", op.name);
            if op.code != code::INBOXPEEK {
                assert_eq!(!cells[6].is_empty(), op.value_errors, "{}: {}", op.name, cells[6]);
            }
        }
        let rows = RULES.lines().filter(|l| {
            // Decisions have capital letters.
            let begins = l.get(4..8) == Some(" | `");
            begins && l[2..4].bytes().all(|c| c.is_ascii_digit() || c.is_ascii_lowercase())
        });
        let rows = rows.count();
        assert_eq!(rows, OPS.len(), "the page has rows of its own");
    }

    #[test]
    fn the_rules_page_lists_what_grows_the_stack() {
        let list = RULES.split("Those that grow it: ").nth(1).and_then(|t| t.split(". For").next()).expect("the list");
        let mut named: Vec<_> = list.split('`').skip(1).step_by(2).collect();
        let mut grow: Vec<_> = OPS.iter().filter(|o| o.grows()).map(|o| o.name).collect();
        named.sort_unstable();
        grow.sort_unstable();
        assert_eq!(named, grow);
    }

    #[test]
    fn the_proofs_page_says_how_far_values_are_opened() {
        const PROOFS: &str = include_str!("../../../docs/arbitrum/proofs.md");
        let line = PROOFS.lines().find_map(|l| l.strip_prefix("| 0 | all of ")).expect("the row of depth 0");
        let (all, single) = line.split_once(';').expect("names, then single operands");
        let names = |text: &'static str| text.split('`').skip(1).step_by(2);
        let closed: Vec<_> = names(all).collect();
        assert_eq!(single.trim_end_matches(" |").trim(), "C of `tset`; B of `xset` and `pushinsnimm`");
        for o in OPS.iter().filter(|o| !o.legacy()) {
            // `dup` and `swap` stand for all of them.
            let shut = closed.contains(&o.name.trim_end_matches(|c: char| c.is_ascii_digit()));
            for (i, operand) in o.takes.iter().chain(o.aux_takes).enumerate() {
                let depth = match (o.name, i) {
                    ("tset", 2) | ("xset" | "pushinsnimm", 1) => 0,
                    ("ecpairing", _) => 32,
                    _ => u8::from(!shut),
                };
                assert_eq!(operand.depth, depth, "{} operand {i}", o.name);
            }
        }
    }

    #[test]
    fn the_table_is_sorted_and_complete() {
        assert!(OPS.windows(2).all(|pair| pair[0].code < pair[1].code));
        assert_eq!((OPS.len(), code::COUNT), (79, 79), "78 opcodes and the legacy one");
        for o in OPS {
            assert!(
                o.gas >= 1 && o.pops() <= 4 && o.aux_pops() <= 1 && o.pushes <= 4 && o.aux_pushes <= 1,
                "{}",
                o.name
            );
            assert_eq!(OPS.iter().filter(|p| p.name == o.name).count(), 1, "{}", o.name);
            assert_eq!(by_code(o.code).map(|p| p.name), Some(o.name));
        }
    }

    #[test]
    fn the_legacy_opcode_is_invalid_elsewhere() {
        assert_eq!(DECODE[0x71].group, Group::Invalid);
        assert_eq!(DECODE_LEGACY[0x71].group, Group::Input);
        let differ = (0..256).filter(|i| DECODE[*i] != DECODE_LEGACY[*i]).count();
        assert_eq!(differ, 1);
        assert_eq!(DECODE.iter().filter(|d| d.group != Group::Invalid).count(), 78);
    }
}
