// SPDX-License-Identifier: MIT OR Apache-2.0
//! The window of a run in which nothing failed.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::waves::{self, RAW};
use super::{clock, place};
use crate::lockstep::{Options, Run, Session};
use crate::output::Work;

/// Bytes of a window for each clock, about: a window is this large on a disk twice while it is written.
pub const BYTES: u64 = 8_000;

/// Writes the window `range` of clocks of `scenario` to a folder `name` below `root`; how many clocks it shows, and the
/// folder. Where no clock is left to show there is none.
///
/// # Errors
/// It cannot be written.
pub fn window<S: Session>(
    make: impl Fn() -> S,
    options: Options,
    range: Range<u64>,
    (root, name, scenario): (&Path, &str, &str),
) -> io::Result<(u64, PathBuf)> {
    let work = Work::below(root)?;
    let mut run = Run::new(make(), options);
    let n = run.layout.words();
    let (mut model, mut rtl) = (vec![0; n], vec![0; n]);
    let mut clocks = Vec::new();
    while run.cycle < range.end && !run.session.finished() {
        let cycle = run.cycle;
        if cycle == range.start {
            run.dut.as_mut().into_iter().for_each(|d| d.trace_open(&work.path().join(RAW)));
        }
        run.clock_apart(&mut model, &mut rtl);
        if cycle >= range.start {
            clocks.push(clock(&run, cycle, &model, &rtl));
        }
    }
    run.dut.as_mut().into_iter().for_each(|d| d.trace_close());
    if clocks.is_empty() {
        // Nothing to show: leave no empty folder behind.
        drop(work);
        let _ = fs::remove_dir(root);
        return Ok((0, PathBuf::new()));
    }
    waves::write::<S>(work.path(), &run.layout, &clocks, range.start, &[])?;
    let folder = place::put(work, root, &place::part(name, "_+-"), scenario)?;
    Ok((clocks.len() as u64, folder))
}
