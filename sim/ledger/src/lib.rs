//! The Algorand node: everything of `algorand-vm.md` from "Implementation" on, around the interpreter
//! of [`avm_sim::algorand`].
//!
//! It knows that interpreter and nothing of lockstep. What a block needs of the heap and of the code
//! comes through [`state::State`], so that executing a block does not know whether pages lie on this
//! disk, came over the network with proofs, or are those of a test.

pub mod client;
pub mod edb;
pub mod ids;
pub mod server;
pub mod state;
pub mod store;
