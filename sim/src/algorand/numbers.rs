// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers that both descriptions of the core use, some of them the host too: requests, states, kinds of log entries.
//! From this one table come the constants here and the enumerations of the SystemVerilog package (`emit.rs`).

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
    /// Request kinds on the host port; 0 is none.
    request: 4 bits {
        /// The next call.
        JOB = 1,
        /// Names of the listed pages.
        LIST = 2,
        /// Contents of a page.
        PAGE = 3,
        /// Code and constants of an application.
        SEGMENT = 4,
        /// Argument bytes of the call.
        ARGS = 5,
        /// A word of a native's arguments.
        WORD_IN = 6,
        /// A native.
        NATIVE = 7,
        /// Fuel left.
        FUEL = 8,
        /// Slots written and touched, the log's high mark.
        TALLY = 9,
        /// A written page's slot and size.
        PAGE_OUT = 10,
        /// A word of a written page.
        WORD = 11,
        /// The outcome.
        DONE = 12,
    }

    /// States of the loader, `l_state_q`.
    loader: 4 bits {
        /// Clears the tags that the last call used.
        SWEEP = 0,
        /// Asks for the next call.
        JOB = 1,
        /// Asks for the names of its pages.
        LIST = 2,
        /// Asks for the pages.
        PAGES = 3,
        /// Waits for the first segment.
        SEGMENT = 4,
        /// Asks for the arguments.
        ARGS = 5,
        /// Reads the first method's table entry.
        ENTER0 = 6,
        /// Makes the first invocation, or refuses it.
        ENTER1 = 7,
        /// The call runs.
        RUN = 8,
        /// Waits for the last page.
        DRAIN = 9,
        /// Reports the fuel left.
        FUEL = 10,
        /// Reports the slots written and touched.
        TALLY = 11,
        /// Looks for the next written page, and reports it.
        OUT = 12,
        /// Reads a word of it.
        READ = 13,
        /// Reports the word.
        WORD = 14,
        /// Reports the outcome.
        DONE = 15,
    }

    /// States of unwinding, `u_state_q`.
    unwind: 2 bits {
        /// Nothing was thrown.
        NONE = 0,
        /// Waits for the next instruction, which may be a `catch`.
        LOOK = 1,
        /// The method completes abruptly.
        POP = 2,
        /// The log is undone down to the mark of the scope.
        UNDO = 3,
    }

    /// Steps of mending, `s_mend_q`: after a throw, the two top cells are those of the stack that stays.
    mend: 2 bits {
        /// They are right.
        NONE = 0,
        /// The new top cell is read.
        TOP = 1,
        /// It comes, or what was below the top; the cell below it is read.
        NEXT = 2,
        /// That cell comes.
        LAST = 3,
    }

    /// States of A, the half stage behind X, `a_state_q`: what comes late.
    late: 3 bits {
        /// Nothing comes late.
        NONE = 0,
        /// The result of a load comes.
        LOAD = 1,
        /// A store writes, and the new top cell comes.
        STORE = 2,
        /// The new cell below the top comes.
        REFILL = 3,
        /// An allocation is logged.
        ALLOCATION = 4,
        /// A free is logged.
        FREE = 5,
    }

    /// Kinds of log entries.
    log: 2 bits {
        /// A store.
        STORE = 0,
        /// An allocation.
        ALLOCATION = 1,
        /// A free.
        FREE = 2,
    }

    /// States of a native, `n_state_q`.
    native: 3 bits {
        /// No native is being invoked.
        NONE = 0,
        /// An argument word is read.
        READ = 1,
        /// The word is sent.
        SEND = 2,
        /// The native is named.
        ASK = 3,
        /// Results come, the top cell last.
        WAIT = 4,
    }

    /// States of the fill of a segment, `g_fill_q`.
    fill: 2 bits {
        /// No fill is under way.
        NONE = 0,
        /// Waits for the port, to ask.
        ASK = 1,
        /// Waits for the lengths.
        HEADER = 2,
        /// Code and constants come.
        BODY = 3,
    }

    /// What became of a fill: the host's answer, `g_fail_q`, `l_fail_q`.
    status: 2 bits {
        /// The segment comes.
        FILLED = 0,
        /// The application is not in the access list (D32).
        UNLISTED = 1,
        /// The application is listed, but not installed (D32).
        ABSENT = 2,
    }
}
