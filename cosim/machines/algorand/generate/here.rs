// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where a snippet is drawn: what its method has, and what is around it.

use super::plan::{Method, Snippet};

/// Counters of a frame: nested loops, and the next depth of a recursion in the last.
pub(super) const LOOPS: u32 = 2;
pub(super) const DEPTH: u32 = LOOPS;

/// Where a snippet will stand.
#[derive(Clone, Debug)]
pub(super) struct Here {
    /// Index of the application.
    pub(super) app: usize,
    /// Frame bytes that may be written: from, to.
    pub(super) scratch: (u32, u32),
    /// Frame bytes.
    pub(super) frame: u32,
    /// Where the next depth of a recursion is kept.
    pub(super) depth_at: u32,
    /// The method has a depth, at frame offset 0.
    pub(super) deep: bool,
    /// It has invoked with it already.
    pub(super) recursed: bool,
    /// The method returns a cell.
    pub(super) returns: bool,
    /// Loops around.
    pub(super) loops: u32,
    /// Snippets around.
    pub(super) nesting: u32,
    /// Cells below.
    pub(super) above: u32,
    /// A handler is around.
    pub(super) guarded: bool,
}

impl Here {
    pub(super) fn new(method: &Method, app: usize, deep: bool) -> Here {
        Here {
            app,
            scratch: (if deep { 8 } else { 0 }, u32::from(method.args) + u32::from(method.scratch)),
            frame: method.frame().into(),
            depth_at: method.counter(DEPTH),
            deep,
            recursed: false,
            returns: method.returns,
            loops: 0,
            nesting: 0,
            above: 0,
            guarded: false,
        }
    }
}

/// A snippet, and the instructions that it executes, about.
pub(super) type Drawn = (Snippet, u32);
