// SPDX-License-Identifier: MIT OR Apache-2.0
//! Limits of the Algorand machine: the one place where each is defined (DESIGN rule 4).
//!
//! Every limit is a parameter of the network (D35): two builds that differ in one disagree. The
//! SystemVerilog package is generated from this file; nothing here describes timing.

/// Largest code area of one application, bytes. Branch targets are 16-bit absolute offsets.
pub const CODE_BYTES: usize = 16_384;
/// Largest constant area of one application, bytes, method table included.
pub const CONST_BYTES: usize = 16_384;
/// Applications whose code and constants are resident in the core at once (timing only, never
/// architecture). A power of two.
pub const SEGMENTS: usize = 4;
/// Most applications in an access list (D32).
pub const ACCESS_APPS: usize = 16;
/// Most pages in an access list (D32): the core has a slot for each.
pub const ACCESS_PAGES: usize = 32;
/// Largest heap page, bytes; sizes are multiples of 8 (D28).
pub const PAGE_MAX: usize = 1_024;
/// Entries of the undo log; exhausting it is *capacity* (D3, D31). A scenario may lower it.
pub const LOG_DEPTH: usize = 2_048;
/// Largest local frame of one method, and the most argument bytes that can be pending.
pub const FRAME_MAX: usize = 2_048;
/// Frame memory of the whole call, bytes; exhausting it is *capacity* (D3).
pub const FRAME_MEM: usize = 32_768;
/// Operand-stack cells of one method above its own base (D17); beyond it a push throws.
pub const STACK_LIMIT: usize = 128;
/// Operand-stack cells of the whole call; exhausting it is *capacity* (D3).
pub const STACK_MEM: usize = 4_096;
/// Methods active at once, the first included; exhausting it is *capacity* (D3). A scenario may
/// lower it.
pub const CALL_DEPTH: usize = 512;
/// Invocations in one call, the first included; one more is *capacity*. It keeps the frame tags of
/// the core unique; the core's 32-bit counter of the next number must be able to pass it (decision
/// record 0001). A scenario may lower it.
pub const INVOCATIONS: u32 = u32::MAX - 1;
/// Entries of the branch target buffer (timing only, never architecture).
pub const BTB_ENTRIES: usize = 16;
/// Bytes of the method table's header and of each of its entries.
pub const METHOD_ENTRY: usize = 8;
