//! N1 to N15, by number.

mod blocks;
mod code;
mod nonces;
mod payment;
mod signatures;
