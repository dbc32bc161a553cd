//! A room of the core: registers that everybody reads and one file writes.
//!
//! A room's file declares its `Registers` and makes the room of them with [`room`]. `core.fetch.f_pc_q` is then read
//! anywhere, but assigned nowhere: that takes `q`, which the file keeps to itself. What others want of a room they
//! say by calling it: the method is named after the net of `docs/algorand/core.md` that says so in the RTL.

/// Makes a room of a file's `Registers`.
macro_rules! room {
    ($(#[$meta:meta])* $room:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default)]
        pub(super) struct $room {
            q: Registers,
        }

        impl std::ops::Deref for $room {
            type Target = Registers;

            #[inline(always)]
            fn deref(&self) -> &Registers {
                &self.q
            }
        }
    };
}
