// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rooms: registers that everybody reads and one file writes.
//!
//! A room's file declares its `Registers` and makes the room of them with `room!`. `core.fetch.f_pc_q` is then read
//! anywhere, but assigned nowhere: that takes `q`, which the file keeps to itself. What others want of a room they say
//! by calling it, as hardware would raise a net.

/// Makes a room of a file's `Registers`.
macro_rules! room {
    ($(#[$meta:meta])* $vis:vis $room:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default)]
        $vis struct $room {
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
