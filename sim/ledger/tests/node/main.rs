// SPDX-License-Identifier: MIT OR Apache-2.0
//! The node's rules: blocks on a state in memory. The attacks of `docs/ledger/blocks.md` are in `attacks`, each by its
//! number.

mod attacks;
mod chain;
mod contract;
mod encodings;
mod generated;
mod oracle;
mod packages;
mod random;
mod seed_page;
mod support;
