// SPDX-License-Identifier: MIT OR Apache-2.0
//! The Algorand node: everything of `algorand-vm.md` from "Implementation" on, around the interpreter
//! of [`avm_sim::algorand`].
//!
//! It knows that interpreter and nothing of lockstep. What a block needs of the heap and of the code
//! comes through [`state::State`], so that executing a block does not know whether pages lie on this
//! disk, came over the network with proofs, or are those of a test.
//!
//! | module | |
//! | --- | --- |
//! | [`edb`], [`store`] | both databases with proofs, and what is kept on disk |
//! | [`server`], [`client`] | pages over the network, nobody trusted |
//! | [`tx`] | transactions: encoding, checks without a state, prices |
//! | [`main_contract`] | ALGO, the contract that the node knows |
//! | [`execute`] | a block's effect on the state |
//! | [`block`], [`certificate`] | what is sent and voted for |
//! | [`validate`] | producing and judging |
//! | [`package`], [`witness`] | a block with what judging and executing it again needs |
//! | [`node`] | a full node: store, blocks, and any block again |
//! | [`oracle`] | what a call would do |

pub mod block;
pub mod bytes;
pub mod certificate;
pub mod client;
pub mod commitments;
pub mod cycles;
pub mod edb;
pub mod execute;
pub mod genesis;
pub mod ids;
pub mod keys;
pub mod main_contract;
pub mod memory;
pub mod node;
pub mod oracle;
pub mod package;
pub mod params;
pub mod server;
pub mod state;
pub mod store;
pub mod tx;
pub mod validate;
pub mod witness;
