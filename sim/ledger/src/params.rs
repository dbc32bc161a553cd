// SPDX-License-Identifier: MIT OR Apache-2.0
//! Limits and prices of the network: two nodes that differ in one of them disagree. The pages
//! `docs/ledger/transactions.md` and `docs/ledger/blocks.md` say why.
//!
//! Not here: limits of the machine, which are those of `avm_sim::algorand::params`.

/// Largest `AvmCall`, bytes with its signatures.
pub const CALL_BYTES: usize = 8_192;
/// Largest change of code, bytes with its votes.
pub const CODE_BYTES: usize = 65_536;
/// Most authorisations in a transaction, the payer's signature not among them.
pub const AUTHORISATIONS: usize = 7;
/// Longest message of an authorisation, bytes.
pub const MESSAGE_BYTES: usize = 256;
/// Most votes in a certificate or for a change of code.
pub const VOTES: usize = 128;
/// Largest encoded block, bytes.
pub const BLOCK_BYTES: usize = 8 + 3 * 32 + 8 + 32 + 1 + VOTES * 96;

/// Most fuel that a transaction can buy (N2).
pub const TRANSACTION_FUEL: i64 = 50_000_000;
/// Most fuel that the transactions of a block can buy together (N2).
pub const BLOCK_FUEL: i64 = 1_000_000_000;
/// Most transactions in a block.
pub const BLOCK_TRANSACTIONS: usize = 16_384;
/// Most changes of code in a block.
pub const BLOCK_CHANGES: usize = 4;

/// Fuel of a purchase, which is not the payer's (N2), and of the node's other calls of the main contract.
pub const ALLOWANCE: i64 = 32_768;

/// Fuel that a transaction costs before its call, the purchase included.
pub const FUEL_BASE: i64 = 2_000;
/// Fuel for a signature, to be checked before anything else.
pub const FUEL_SIGNATURE: i64 = 5_000;
/// Fuel for an application or a page in the list (N8).
pub const FUEL_ENTRY: i64 = 250;
/// Fuel for a byte of the transaction.
pub const FUEL_BYTE: i64 = 4;
/// Fuel for a byte by which a page grows (N15).
pub const FUEL_STATE_BYTE: i64 = 32;

/// Lifetime of a signature in rounds, as a network has it from its beginning.
pub const LIFETIME: u64 = 1_000;
