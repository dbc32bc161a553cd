// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers that both descriptions of the core use, some of them the host too: sizes, tags, states, requests, outcomes.
//! From these come the constants here and the enumerations of the SystemVerilog package (`emit.rs`).
//!
//! The contract is `docs/arbitrum/core.md`. Opcodes and their rows are in `isa.rs` and `decode.rs`.

/// A set of numbers: an enumeration of the package.
#[derive(Clone, Copy, Debug)]
pub struct Numbers {
    /// Name of the set, of the module here and in front of its names in the package.
    pub name: &'static str,
    /// What it numbers.
    pub what: &'static str,
    /// Bits of the registers that hold one.
    pub bits: u32,
    /// Name, number, meaning.
    pub values: &'static [(&'static str, u8, &'static str)],
}

/// Bits of an address of the code RAM and that of code points' hashes.
pub const CODE_BITS: u32 = 13;
/// Bits of an address of the pool of immediates.
pub const POOL_BITS: u32 = 12;
/// Bits of an address of the window.
pub const WINDOW_BITS: u32 = 5;
/// Bits of an address of the data RAM.
pub const DATA_BITS: u32 = 10;
/// Bits of an address of the aux RAM.
pub const AUX_BITS: u32 = 13;
/// Bits of an address of the RAMs of tuples.
pub const HEAP_BITS: u32 = 13;
/// Bits of an address of the words that are hashed.
pub const ZBUF_BITS: u32 = 4;

/// Words of code, ERRCP among them.
pub const CODE_WORDS: usize = 1 << CODE_BITS;
/// Immediates that do not fit a code word.
pub const POOL_CELLS: usize = 1 << POOL_BITS;
/// Cells of the data stack below the two top ones that are at hand.
pub const WINDOW: usize = 1 << WINDOW_BITS;
/// Cells of the data stack at most.
pub const DATA_CELLS: usize = 1 << DATA_BITS;
/// Cells of the aux stack at most.
pub const AUX_CELLS: usize = 1 << AUX_BITS;
/// Cells of tuples; the first is never used.
pub const HEAP_CELLS: usize = 1 << HEAP_BITS;
/// Words that are hashed at most in one go, and two to make them in.
pub const ZBUF_WORDS: usize = 1 << ZBUF_BITS;

/// Cells in the window from which on one is spilled.
pub const SPILL_AT: u16 = 28;
/// Cells in the window below which one is filled in, if there are any.
pub const FILL_BELOW: u16 = 4;
/// A count that is not counted: of a tuple of the image, which lives for ever.
pub const COUNT_FOREVER: u16 = 0xffff;
/// Gas up to which an instruction is *cheap*.
pub const CHEAP: u32 = 100;

/// Hash of Tuple(), least significant limb first.
pub const EMPTY_HASH: [u64; 4] =
    [0xa684_d464_7717_6058, 0xf0b1_bbdb_5efb_3660, 0xe9cf_0e9e_3d01_64cd, 0x5dfd_7447_53c1_3a6d];

macro_rules! numbers {
    ($(#[doc = $what:literal] $module:ident: $bits:literal bits { $(#[doc = $doc:literal] $name:ident = $value:literal,)* })*) => {
        $(
            #[doc = $what]
            pub mod $module {
                $(
                    #[doc = $doc]
                    pub const $name: u8 = $value;
                )*
            }
        )*

        /// All sets.
        pub const NUMBERS: &[Numbers] = &[$(Numbers {
            name: stringify!($module),
            what: $what,
            bits: $bits,
            values: &[$((stringify!($name), $value, $doc)),*],
        }),*];
    };
}

numbers! {
    /// Tags of cells.
    tag: 2 bits {
        /// Integer.
        INT = 0,
        /// Code point.
        CODE = 1,
        /// Tuple.
        TUPLE = 2,
        /// Buffer.
        BUFFER = 3,
    }

    /// Kinds of immediates in code words.
    kind: 2 bits {
        /// No immediate.
        NONE = 0,
        /// The integer itself.
        INT = 1,
        /// A code point.
        CODE = 2,
        /// A cell of the pool.
        POOL = 3,
    }

    /// Classes of opcodes.
    class: 5 bits {
        /// Invalid opcodes, and `error`.
        INVALID = 0,
        /// `nop`, `breakpoint`.
        NOP = 1,
        /// Of one operand.
        ALU1 = 2,
        /// Of two integers.
        ALU2 = 3,
        /// `eq`.
        EQ = 4,
        /// `pop`, `debugprint`.
        POP = 5,
        /// What pushes a cell that is at hand.
        PUSH = 6,
        /// Copies of a cell of the data stack.
        DUP = 7,
        /// Exchanges of cells of the data stack.
        SWAP = 8,
        /// `rset`, `errset`, `auxpush`.
        SET = 9,
        /// `jump`.
        JUMP = 10,
        /// `cjump`.
        CJUMP = 11,
        /// `halt`.
        HALT = 12,
        /// Shifts, `byte`, `signextend`.
        SHIFT = 13,
        /// `mul`.
        MUL = 14,
        /// Divisions.
        DIV = 15,
        /// `addmod`, `mulmod`.
        MOD = 16,
        /// `exp`.
        EXP = 17,
        /// `sha256f`.
        SHA = 18,
        /// `setgas`, `pushgas`.
        GAS = 19,
        /// `tget`, `xget`.
        GET = 20,
        /// `tset`, `xset`.
        SET2 = 21,
        /// `hash`, `ethhash2`.
        HASH = 22,
        /// `keccakf`.
        KECCAK = 23,
        /// `pushinsn`, `pushinsnimm`.
        INSN = 24,
        /// What the host does.
        HOST = 25,
        /// `inbox`, legacy `inboxpeek`.
        INBOX = 26,
        /// `ecpairing`.
        PAIRING = 27,
    }

    /// Steps of X, `x_step_q`; those without a name of their own mean what the instruction says.
    step: 4 bits {
        /// An instruction begins.
        BEGIN = 0,
        /// The exact check of gas.
        GAS = 1,
        /// The second cycle of many.
        S2 = 2,
        /// Waits for arithmetic; writes of `tset`.
        S3 = 3,
        /// A copy of a tuple gets its block.
        S4 = 4,
        /// A slot is copied.
        S5 = 5,
        /// A block must become free.
        ENSURE = 6,
        /// Waits for the first hash; `keccakf` and `pushinsn` judge their operands.
        S7 = 7,
        /// Waits for the second hash; `keccakf` reads slots; operands go to the host.
        S8 = 8,
        /// Waits for the last hash or for Keccak-f; the host is asked; the inbox is waited for.
        S9 = 9,
        /// `keccakf` writes slots; the host's verdict; the message comes.
        S10 = 10,
        /// An instruction failed.
        ERROR = 12,
        /// The host's results come.
        S13 = 13,
        /// A message needs its block.
        S14 = 14,
        /// The block is taken.
        S15 = 15,
    }

    /// Why an instruction failed, `x_exc_q`, `w_exc_q`.
    exception: 2 bits {
        /// It did not.
        NONE = 0,
        /// Too few cells.
        UNDERFLOW = 1,
        /// Out of gas.
        GAS = 2,
        /// Anything else.
        ERROR = 3,
    }

    /// How a call ends, `l_outcome_q`.
    outcome: 3 bits {
        /// It has not.
        NONE = 0,
        /// `halt`.
        HALTED = 1,
        /// An error without an error code point.
        ERROR_STOP = 2,
        /// The inbox is empty for good.
        BLOCKED = 3,
        /// A limit of the hardware.
        CAPACITY = 4,
    }

    /// Request kinds on the host port.
    request: 4 bits {
        /// None.
        NONE = 0,
        /// The next call.
        CALL = 1,
        /// The outcome of the call.
        END = 2,
        /// The low half of an operand, whose high half is 0 unless it follows.
        ARG = 3,
        /// What an opcode asks of the host.
        HOST = 4,
        /// The hash of a buffer.
        HASH_BUFFER = 5,
        /// The message.
        PULL = 6,
        /// The high half of the last operand.
        ARG_HIGH = 7,
    }

    /// The host's first answer to HOST.
    answer: 2 bits {
        /// It is done, or there is a message.
        DONE = 0,
        /// The operands are wrong.
        WRONG = 1,
        /// There is no message and will be none.
        NEVER = 2,
    }

    /// States of arithmetic, `e_state_q`.
    arith: 4 bits {
        /// None of the below.
        IDLE = 0,
        /// The absolute values are there.
        SIGNED = 1,
        /// They are divided.
        SIGNED_WAIT = 2,
        /// The result is in `e_a_q`.
        RESULT = 3,
        /// The dividend is there.
        REDUCE = 4,
        /// Its upper half is to be divided alone.
        UPPER = 5,
        /// It is divided, or its lower half is.
        LOWER = 6,
        /// The upper half is divided.
        UPPER_WAIT = 7,
        /// The full product is made.
        PRODUCT = 8,
        /// Leading zeroes of the exponent are skipped.
        NORMALIZE = 9,
        /// The power is to be squared.
        SQUARE = 10,
        /// It is being squared.
        SQUARE_WAIT = 11,
        /// It is to be multiplied by the base.
        TIMES = 12,
        /// It is being multiplied.
        TIMES_WAIT = 13,
        /// The lower half follows the upper.
        FOLLOW = 14,
    }

    /// States of release, `p_state_q`.
    release: 3 bits {
        /// No dead tuple is taken apart.
        IDLE = 0,
        /// One is taken from the list.
        POP = 1,
        /// A slot is to be read.
        CELL = 2,
        /// It is looked at.
        TEST = 3,
        /// The block becomes free.
        FREE = 4,
    }

    /// States of the hash engine, `z_state_q`.
    hash: 5 bits {
        /// Nothing is hashed.
        IDLE = 0,
        /// A value is to be hashed.
        VALUE = 1,
        /// The hash of a code point comes.
        RDC = 2,
        /// Is the tuple's hash known?
        HV = 3,
        /// It comes.
        RDT = 4,
        /// Looks for a slot without a hash: reads the cell.
        SCAN = 5,
        /// Looks at it.
        SCAN1 = 6,
        /// Is that tuple's hash known?
        SCAN2 = 7,
        /// Makes the hash of a tuple: reads a slot.
        BUILD = 8,
        /// Looks at it.
        BUILD1 = 9,
        /// The hash of a code point comes.
        SLOTC = 10,
        /// Hash and size of a tuple come.
        SLOTT = 11,
        /// The inner hash is there.
        SIZE = 12,
        /// The tuple's hash is there.
        MARK = 13,
        /// Back to the tuple above.
        UP = 14,
        /// The hash is there.
        DONE = 15,
        /// A lane of the message.
        LANE = 16,
        /// A block of it is permuted.
        PERM = 17,
        /// The last bit.
        PAD = 18,
        /// The last block is permuted.
        DIGEST = 19,
        /// Two integers.
        PAIR = 20,
        /// A code point.
        CODE = 21,
        /// A code point with an immediate.
        CODE2 = 22,
        /// The hash of a buffer comes.
        BUF = 23,
        /// That of a slot comes.
        SLOTB = 24,
        /// It has come.
        SLOTB2 = 25,
    }

    /// What a digest is for, `z_ret_q`.
    digest: 3 bits {
        /// It is the result.
        RESULT = 0,
        /// A slot's hash.
        SLOT = 1,
        /// A tuple's inner hash.
        INNER = 2,
        /// A tuple's hash.
        TUPLE = 3,
    }

    /// States of the loader, `l_state_q`.
    loader: 4 bits {
        /// Asks for the next call.
        ASK = 0,
        /// The lengths come.
        HEAD = 1,
        /// The first instruction's index comes.
        ENTRY = 2,
        /// Code words and their hashes come.
        CODE = 3,
        /// Immediates come.
        POOL = 4,
        /// Slots of tuples come.
        HEAP = 5,
        /// The static comes.
        STATIC = 6,
        /// Everything else begins.
        START = 7,
        /// The call runs.
        RUN = 8,
        /// Reports the outcome.
        END = 9,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha3::{Digest, Keccak256};

    #[test]
    fn the_empty_tuple_has_its_hash() {
        let inner = Keccak256::digest([0]);
        let mut size = [0; 32];
        size[31] = 1;
        let bytes: Vec<u8> = [3].into_iter().chain(inner).chain(size).collect();
        let hash = Keccak256::digest(bytes);
        let limb = |i: usize| u64::from_be_bytes(hash[24 - 8 * i..32 - 8 * i].try_into().expect("8 bytes"));
        assert_eq!(EMPTY_HASH, [0, 1, 2, 3].map(limb), "{:#018x?}", [0, 1, 2, 3].map(limb));
    }

    #[test]
    fn numbers_fit_their_registers_and_differ() {
        for set in NUMBERS {
            let mut numbers: Vec<_> = set.values.iter().map(|v| v.1).collect();
            assert!(numbers.iter().all(|n| u32::from(*n) < 1 << set.bits), "{}", set.name);
            numbers.dedup();
            assert_eq!(numbers.len(), set.values.len(), "{}", set.name);
        }
    }
}
