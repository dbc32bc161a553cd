// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm regress --engine slurm`, and `--result`, its jobs: usage, progress, errors. What is done is in
//! [`crate::regress::farm`].

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::{CYCLES, Engine, Regress, catch_signals, what};
use crate::cli::Failure;
use crate::cli::outputs::writable;
use crate::input::InputError;
use crate::lockstep::Divergence;
use crate::lockstep::cover::Cover;
use crate::machines::Machine;
use crate::names::{Shown, printable};
use crate::regress::farm::engine::{self, News, State, last_words};
use crate::regress::farm::part::{self, Refused};
use crate::regress::farm::slurm::Slurm;
use crate::regress::farm::{self, Binary, Folder, Task};
use crate::regress::group::Failed;
use crate::regress::report::counted;
use crate::regress::work::{Program, Work};
use crate::regress::{self, Results, Settings, Watch, batch};

/// Time between lines about progress if nobody sees the bar.
const LINES: Duration = Duration::from_secs(60);

/// Refuses what does not go together.
pub fn usage(a: &Regress) -> Result<(), InputError> {
    let refuse = |what: &str| Err(InputError::plain(format!("--engine slurm: error: {what}")));
    match a.engine {
        Engine::Local if a.dir.is_some() || a.per_job.is_some() || a.partition.is_some() => {
            Err(InputError::plain("--dir, --per-job and --partition are for --engine slurm"))
        }
        Engine::Slurm if a.time.is_some() => refuse("an array needs its seeds, --seeds A..B, not --time"),
        Engine::Slurm if a.batch => refuse("one core is on one machine: leave out --batch, or the engine"),
        Engine::Slurm if !a.scenarios.is_empty() && a.seeds.is_none() => {
            refuse("scenarios run on this machine: add --seeds A..B, or leave out the engine")
        }
        _ => Ok(()),
    }
}

fn this_binary() -> Result<Binary, Failure> {
    farm::binary().map_err(|e| Failure::Tool(format!("cannot read the binary of avm itself: {e}")))
}

/// One job: writes its result file, if that is not there already.
pub fn job<M: Machine>(
    a: &Regress,
    settings: &Settings,
    result: &Path,
    machines: &[&'static str],
) -> Result<(), Failure> {
    let (work, ..) = what::<M>(a, machines)?;
    writable(result)?;
    let task = Task::new(&this_binary()?.digest, settings, &work.seeds);
    match part::check(result, &task, &Cover::of::<M>()) {
        Ok(()) => {
            say!("{}: there already", result.shown());
            return Ok(());
        }
        Err(Refused::Other(why)) => {
            let help = "remove it, or name another file";
            return Err(InputError::plain(format!("{}: error: {why} ({help})", result.shown())).into());
        }
        Err(Refused::Missing | Refused::Broken(_)) => {}
    }
    let watch = Arc::new(Watch::default());
    catch_signals(&watch, "finishing the programs in progress; once more ends at once; no result is written");
    let results = regress::run::<M>(&work, &[], settings, &watch, |_| {});
    if results.interrupted {
        return Err(Failure::Interrupted(format!("{}: not written: interrupted", result.shown())));
    }
    part::write(result, &task, settings, &results)
        .map_err(|e| Failure::Tool(format!("{}: not written: {e}", result.shown())))?;
    let (programs, failed) = (results.programs().1, results.groups.programs());
    say!("{}: {programs} programs, {failed} failed, {:.1} s", result.shown(), results.took.as_secs_f64());
    Ok(())
}

/// Scenarios here, random programs as an array of jobs. Sets `settings.jobs` to the threads that were at work.
pub fn run<M: Machine>(
    a: &Regress,
    (work, scenarios): (Work, &[M::Scenario]),
    settings: &mut Settings,
    watch: &Watch,
    troubles: &mut Vec<String>,
) -> Result<(Work, Results), Failure> {
    let (binary, threads) = (this_binary()?, a.jobs.map_or(1, usize::from));
    let task = Task::new(&binary.digest, settings, &work.seeds);
    let path = a.dir.clone().unwrap_or_else(|| usual_folder(&task));
    let folder = Folder::open(&path, task, a.per_job, || {
        tell!("measuring the rate");
        farm::measured::<M>(settings, threads, &work.seeds)
    })?;
    folder.write(&binary, threads)?;
    let (jobs, seeds) = (counted(folder.plan.jobs(), "job"), counted(folder.plan.per_job, "seed"));
    tell!("{jobs} of {seeds}: {}", folder.path.shown());

    let bar = ProgressBar::new(work.seeds.end - work.seeds.start);
    let template = "{bar:30} {pos}/{len}  {msg}  {eta} left";
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    let slurm = Slurm::new(&folder, a.partition.as_deref(), threads);
    let mut engine =
        engine::Engine::new(&folder, slurm, watch, Cover::of::<M>(), tell(bar.clone(), folder.plan.jobs()));
    engine.begin()?;
    // While jobs wait for nodes.
    let work = work.farmed();
    let own = regress::run::<M>(&work, scenarios, settings, watch, |_| {});
    let merge = engine.wait();
    bar.finish_and_clear();
    let merge = merge?;

    let lost = merge.missing().first().map(|job| last_words(&folder, *job));
    let (mut results, most) = merge.end(own, settings.jobs);
    settings.jobs = most;
    if let Some(lost) = lost {
        results.interrupted |= watch.stopped();
        if !results.interrupted {
            let seeds: Vec<String> = results.missing.iter().map(|s| format!("{}..{}", s.start, s.end)).collect();
            troubles.push(format!("incomplete: seeds {} never came back; {lost}", seeds.join(", ")));
        }
    }
    Ok((work, results))
}

/// A folder for each thing to be run: the same command finds it again.
fn usual_folder(task: &Task) -> PathBuf {
    let option = |value: &Option<String>| value.as_ref().map_or_else(String::new, |v| format!("-{v}"));
    let (machine, fault) = (option(&task.machine), option(&task.fault));
    let cycles = if task.cycles == CYCLES { String::new() } else { format!("-{}-cycles", task.cycles) };
    let Range { start, end } = task.seeds.0..task.seeds.1;
    Path::new("target/farm").join(format!("{}{machine}-{start}-{end}{fault}{cycles}", &task.digest[..16]))
}

/// Shows news: above the bar if somebody is watching, else as lines.
fn tell(bar: ProgressBar, jobs: u64) -> impl FnMut(News) {
    let (mut shown, mut before) = (Instant::now(), State::default());
    move |news| match news {
        News::Said(text) if bar.is_hidden() => tell!("{text}"),
        News::Said(text) => bar.println(printable(&text)),
        News::State(state) => {
            let State { done, running, programs, failed } = state;
            let text = format!("{done} of {jobs} jobs, {running} running, {failed} failed");
            bar.set_position(programs);
            bar.set_message(text.clone());
            if bar.is_hidden() && state != before && shown.elapsed() >= LINES {
                tell!("{text}");
                (shown, before) = (Instant::now(), state);
            }
        }
    }
}

/// Finds again how a program failed in a job.
///
/// # Errors
/// It does not fail here: a machine may be at fault.
pub fn again<M: Machine>(first: &Failed, settings: &Settings) -> io::Result<Divergence> {
    let scenarios: Vec<_> = match first.program {
        Program::Seed(seed) => (first.after.unwrap_or(seed)..=seed).map(M::random).collect(),
        Program::File(_) => Vec::new(),
    };
    let found = if scenarios.is_empty() { None } else { batch::again::<M>(&scenarios, settings) };
    found.ok_or_else(|| {
        io::Error::other(format!("{} failed in its job and agrees here: suspect that machine", first.signature))
    })
}
