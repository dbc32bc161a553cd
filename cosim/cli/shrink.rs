// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm shrink`: the program of a failure folder, made smaller.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use indicatif::ProgressBar;

use super::Failure;
use super::replay::run_as;
use crate::input::InputError;
use crate::machines::{self, Machine};
use crate::names::{Shown, quoted};
use crate::shrink::folder::{Folder, SHRUNK};
use crate::shrink::{self, RUNS, Shrunk, Size};

/// Arguments of `avm shrink`.
#[derive(Args)]
pub struct Shrink {
    /// Failure folder.
    pub(super) folder: PathBuf,
    /// Most runs of candidates.
    #[arg(long, value_name = "N", default_value_t = RUNS)]
    runs: u64,
    /// Most clocks of a candidate [default: twice those of the failure, and 20000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    clocks: Option<u64>,
}

/// `avm shrink`.
pub fn shrink<M: Machine>(a: &Shrink) -> Result<(), Failure> {
    let folder = Folder::<M>::load(&a.folder)?;
    let failed = run_as(&folder, &folder.scenario);
    let Some(failed) = failed.filter(|f| f.signature() == folder.signature) else {
        let what = format!("does not fail with {} on this build", folder.signature);
        let help = format!("avm replay {} says more", quoted(&a.folder));
        return Err(InputError::plain(format!("{}: error: {what} ({help})", a.folder.shown())).into());
    };
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
    bar.enable_steady_tick(Duration::from_millis(200));
    let mut watch = |runs: u64| bar.set_message(format!("{runs} runs of at most {}", a.runs));
    let subject = (&folder.scenario, &folder.draft);
    let shrunk = shrink::shrink::<M>(subject, folder.options, failed, (a.runs, a.clocks), &mut watch)?;
    bar.finish_and_clear();
    print(&shrunk);
    if let Some(kept) = better(&folder, &shrunk) {
        let path = a.folder.join(SHRUNK).shown();
        say!("kept     {path}, which is smaller: {}", size(&kept));
        return Ok(());
    }
    let written = folder.write(&shrunk.toml);
    let path =
        written.map_err(|e| Failure::Tool(format!("cannot write to {}: {e}", a.folder.shown())))?.shown().to_string();
    let fault = folder.fault.as_ref().map_or_else(String::new, |f| format!(" --fault {f}"));
    say!("written  {path}\nrun it   avm cosim{fault} {}", quoted(&path));
    Ok(())
}

/// What was shrunk before, with more runs or by hand, if it is smaller and still fails in this way.
fn better<M: Machine>(folder: &Folder<M>, now: &Shrunk<M>) -> Option<Size> {
    let scenario = machines::load::<M>(&folder.path.join(SHRUNK)).ok()?;
    let failed = run_as(folder, &scenario).filter(|f| f.signature() == folder.signature)?;
    let there = Size::of::<M>(&scenario, &failed);
    let order = |s: &Size| (s.instructions, s.bytes, s.calls);
    (order(&there) < order(&now.after)).then_some(there)
}

fn size(s: &Size) -> String {
    let executed = s.executed.map_or_else(String::new, |n| format!("; {n} executed until the failure"));
    format!("{} instructions, {} bytes, {} calls{executed}", s.instructions, s.bytes, s.calls)
}

fn print<M: Machine>(s: &Shrunk<M>) {
    let more = if s.unfinished { ", the limit: --runs N for more" } else { "" };
    say!("{}\nbefore   {}\nafter    {}\nruns     {}{more}", s.signature, size(&s.before), size(&s.after), s.runs);
}
