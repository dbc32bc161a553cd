//! What the generic parts need to know of each machine: its host side and its interpreter.

pub mod algorand;
