// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm profile`: where the cycles of scenarios go, and what got slower.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args;

use super::Failure;
use super::block::Files;
use super::load::{self, Bad};
use super::outputs;
use super::run::{only, pipeline_log, progress, reads};
use crate::input::{Input, InputError};
use crate::machines::{Loaded, Machine};
use crate::names::{Shown, printable_json};
use crate::output::{write_whole, write_with};
use crate::profile::against::Comparison;
use crate::profile::{self, FORM, Profile, Taken, flame, page, perfetto, table, text};

/// Arguments of `avm profile`.
#[derive(Args)]
pub struct Arguments {
    /// Scenario files or folders of them, or one profile that an earlier `--json` wrote.
    #[arg(required_unless_present = "block")]
    pub scenarios: Vec<PathBuf>,
    /// In place of scenarios: the calls of a block of a node, with the pages that the node saw.
    #[arg(long, num_args = 2, value_names = ["DIR", "ROUND"], conflicts_with = "scenarios")]
    block: Option<Vec<OsString>>,
    /// Print the profile as JSON; with --against, what changed.
    #[arg(long, group = "form")]
    json: bool,
    /// Print it as comma-separated values.
    #[arg(long, group = "form")]
    csv: bool,
    /// Print folded stacks, for flame graph tools.
    #[arg(long, group = "form")]
    folded: bool,
    /// Print the lines of the sources with their cycles.
    #[arg(long, group = "form")]
    annotate: bool,
    /// Rows of each table.
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,
    /// Write a flame graph.
    #[arg(long, value_name = "FILE.svg")]
    flame: Option<PathBuf>,
    /// Write a page with charts and tables.
    #[arg(long, value_name = "FILE.html")]
    html: Option<PathBuf>,
    /// Write the run over time as trace events, for the viewer Perfetto; takes one scenario.
    #[arg(long, value_name = "FILE.json")]
    perfetto: Option<PathBuf>,
    /// Most clocks of it: the file has some 200 bytes for each.
    #[arg(long, value_name = "N", default_value_t = 200_000, requires = "perfetto")]
    clocks: u64,
    /// Write a pipeline log for the viewer Konata; takes one scenario.
    #[arg(long, value_name = "FILE")]
    konata: Option<PathBuf>,
    /// Compare with an earlier profile (a file of --json), or with another scenario or folder.
    #[arg(long, value_name = "B", conflicts_with_all = ["csv", "folded", "annotate"])]
    against: Option<PathBuf>,
    /// With --against: exit code 1 if there are more than so many percent more cycles than before.
    #[arg(long, value_name = "PERCENT", requires = "against", value_parser = percent)]
    threshold: Option<f64>,
}

fn percent(text: &str) -> Result<f64, String> {
    let number = text.trim_end_matches('%').parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
    number.ok_or_else(|| "write a number from 0, such as 2.5".into())
}

/// What the arguments name.
enum Named<M: Machine> {
    /// A profile, written before.
    Profile(Box<Profile>, PathBuf),
    /// Scenarios of these files, to take one of.
    Scenarios { files: Files, scenarios: Vec<M::Scenario>, bad: Bad },
}

/// A profile, written before or taken now.
struct Given<M: Machine> {
    profile: Profile,
    scenarios: Vec<M::Scenario>,
    missed: bool,
    bad: Bad,
}

/// `avm profile`.
pub fn profile<M: Machine>(arguments: &Arguments) -> Result<(), Failure> {
    let now = Named::<M>::read(&arguments.scenarios, arguments.block.as_deref())?;
    let before =
        arguments.against.as_ref().map(|path| Named::<M>::read(std::slice::from_ref(path), None)).transpose()?;
    let reads: Vec<_> = [Some(&now), before.as_ref()].into_iter().flatten().flat_map(Named::reads).collect();
    outputs::check(&reads, &outputs::given(&written(arguments)))?;
    for option in [arguments.konata.as_ref().map(|_| "--konata"), arguments.perfetto.as_ref().map(|_| "--perfetto")] {
        option.map_or(Ok(()), |option| only(option, now.scenarios()))?;
    }
    let given = now.take(arguments.json)?;
    let before = before.map(|named| named.take(false)).transpose()?;
    // What came out is said before anything else can go wrong.
    let slower = match before {
        Some(before) => compare(arguments, &given.profile, &before.profile)?,
        None => {
            print(arguments, &given.profile)?;
            false
        }
    };
    files::<M>(arguments, &given)?;
    given.bad.then(if slower || given.missed { Err(Failure::Unexpected) } else { Ok(()) })
}

/// The files to write, with the options that name them.
fn written(a: &Arguments) -> [(&'static str, &Option<PathBuf>); 4] {
    [("--flame", &a.flame), ("--html", &a.html), ("--perfetto", &a.perfetto), ("--konata", &a.konata)]
}

impl<M: Machine> Named<M> {
    fn read(paths: &[PathBuf], block: Option<&[OsString]>) -> Result<Named<M>, Failure> {
        if let [path] = paths
            && is_profile(path)
        {
            return Ok(Named::Profile(Box::new(read::<M>(path)?), path.clone()));
        }
        let files = Files::find::<M>(paths, block)?;
        let (scenarios, bad) = load::scenarios::<M>(&files.files)?;
        Ok(Named::Scenarios { files, scenarios, bad })
    }

    /// The files that it is read from.
    fn reads(&self) -> Vec<PathBuf> {
        match self {
            Named::Profile(_, path) => vec![path.clone()],
            Named::Scenarios { files, scenarios, .. } => reads(&files.files, scenarios, &[]),
        }
    }

    fn scenarios(&self) -> &[M::Scenario] {
        match self {
            Named::Profile(..) => &[],
            Named::Scenarios { scenarios, .. } => scenarios,
        }
    }

    fn take(self, quiet: bool) -> Result<Given<M>, Failure> {
        match self {
            Named::Profile(profile, _) => {
                Ok(Given { profile: *profile, scenarios: Vec::new(), missed: false, bad: Bad::default() })
            }
            Named::Scenarios { scenarios, bad, .. } => take(scenarios, bad, quiet),
        }
    }
}

/// Takes a profile of scenarios.
fn take<M: Machine>(scenarios: Vec<M::Scenario>, bad: Bad, quiet: bool) -> Result<Given<M>, Failure> {
    let bar = progress(scenarios.len(), quiet);
    let each = |scenario: &M::Scenario| {
        bar.set_message(scenario.name());
        bar.inc(1);
    };
    let Taken { profile, calls } = profile::take::<M>(&scenarios, each).map_err(Failure::Tool)?;
    bar.finish_and_clear();
    let mut missed = false;
    for (scenario, calls) in scenarios.iter().zip(&calls) {
        for end in calls.iter().map(|c| &c.end).filter(|end| !end.missed.is_empty()) {
            missed = true;
            tell!("{}: {}: missed {}", scenario.path().shown(), end.name, end.missed.join("; "));
        }
    }
    Ok(Given { profile, scenarios, missed, bad })
}

/// Whether an argument is a profile rather than a scenario.
pub fn is_profile(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json")) && !path.is_dir()
}

/// The machine that a profile is of, if this build has it.
pub fn machine(path: &Path, machines: &[&'static str]) -> Option<&'static str> {
    #[derive(serde::Deserialize)]
    struct Head {
        machine: String,
    }
    let head: Head = serde_json::from_str(Input::read(path).ok()?.text()).ok()?;
    machines.iter().find(|m| **m == head.machine).copied()
}

/// Reads a profile.
fn read<M: Machine>(path: &Path) -> Result<Profile, InputError> {
    let input = Input::read(path)?;
    let wrong = |what: String| InputError::plain(format!("{}: error: {what}", path.shown()));
    let profile: Profile =
        serde_json::from_str(input.text()).map_err(|e| wrong(format!("not a profile of `avm profile --json`: {e}")))?;
    if profile.form != FORM {
        return Err(wrong(format!("a profile of form {}, this build reads form {FORM}; take it again", profile.form)));
    }
    if profile.machine != M::NAME {
        let machine = &profile.machine;
        return Err(wrong(format!(
            "a profile of the machine `{machine}`, not of `{}` (--machine says which)",
            M::NAME
        )));
    }
    profile.check().map_err(|e| wrong(format!("not a profile: {e}")))?;
    Ok(profile)
}

fn print(arguments: &Arguments, profile: &Profile) -> Result<(), Failure> {
    let text = if arguments.json {
        printable_json(serde_json::to_string_pretty(profile).map_err(|e| Failure::Tool(e.to_string()))?)
    } else if arguments.csv {
        text::csv(profile).map_err(|e| Failure::Tool(e.to_string()))?
    } else if arguments.folded {
        text::folded(profile)
    } else if arguments.annotate {
        table::listing(profile)
    } else {
        table::tables(profile, arguments.top)
    };
    say!("{}", text.trim_end());
    Ok(())
}

/// Prints the comparison; whether it is past the threshold.
fn compare(arguments: &Arguments, now: &Profile, before: &Profile) -> Result<bool, Failure> {
    let comparison = Comparison::new(now, before);
    let text = if arguments.json {
        printable_json(format!("{:#}", comparison.json()))
    } else {
        comparison.text(arguments.top)
    };
    say!("{}", text.trim_end());
    let Some(most) = arguments.threshold else { return Ok(false) };
    let slower = comparison.percent() > most;
    if slower {
        tell!("{:+.2} % cycles: more than the {most} % that are allowed", comparison.percent());
    }
    Ok(slower)
}

/// Writes the files that are asked for.
fn files<M: Machine>(arguments: &Arguments, given: &Given<M>) -> Result<(), Failure> {
    let text = |path: &Path, text: String| write_whole(path, text.as_bytes()).map_err(|e| outputs::failed(path, &e));
    let mut written = Vec::new();
    if let (Some(path), [scenario]) = (&arguments.konata, &given.scenarios[..]) {
        written.push(pipeline_log::<M>(scenario, path));
    }
    written.extend(arguments.flame.iter().map(|path| text(path, flame::svg(&given.profile))));
    written.extend(arguments.html.iter().map(|path| text(path, page::page(&given.profile))));
    if let (Some(path), [scenario]) = (&arguments.perfetto, &given.scenarios[..]) {
        written.push(trace::<M>(scenario, arguments.clocks, path));
    }
    outputs::all(written)
}

/// Writes the trace events of a run.
fn trace<M: Machine>(scenario: &M::Scenario, clocks: u64, path: &Path) -> Result<(), Failure> {
    let written = write_with(path, |out| perfetto::write(M::session(scenario), clocks, out));
    let written = written.map_err(|e| outputs::failed(path, &e))?;
    let (clocks, place) = (written.clocks, outputs::shown(path));
    let cut = if written.cut { ", then the run goes on: --clocks N writes more" } else { "" };
    tell!("{clocks} clocks in {place}{cut}; open with: https://ui.perfetto.dev");
    Ok(())
}
