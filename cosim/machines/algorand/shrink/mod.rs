//! What of a program of the machine can be made smaller.
//!
//! | file | |
//! | --- | --- |
//! | `tree` | the tree of a random program |
//! | `draft`, `source` | a scenario with its sources as items |
//! | `lines`, `numbers` | on that: calls, methods, instructions; numbers |

pub mod draft;
pub mod lines;
mod numbers;
pub mod source;
pub mod tree;
