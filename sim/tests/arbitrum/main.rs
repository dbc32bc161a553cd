// SPDX-License-Identifier: MIT OR Apache-2.0
//! The Arbitrum machine: the interpreter, its proofs and what checks them, against outside vectors (`../shared/vectors`,
//! skipped where they are not) and expectations derived by hand from `docs/arbitrum/rules.md`.

mod capacity;
mod curves;
mod errors;
mod images;
mod outside;
mod proofs;
mod seed;
mod structures;
mod support;
mod vectors;
