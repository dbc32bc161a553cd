// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm regress`: many programs in lockstep, on all cores of this machine ([`farm`]: on many).

mod farm;

use std::fs;
use std::io;
use std::num::NonZero;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::Failure;
use super::faults;
use super::load::{self, Bad};
use super::outputs;
use super::random::write_files;
use super::run::{copies, reads};
use super::signals::on_end;
use crate::failure::{self, Class, Request, folder};
use crate::input::InputError;
use crate::lockstep::Options;
use crate::lockstep::chain::Chain;
use crate::machines::{Loaded, Machine};
use crate::names::{Shown, quoted};
use crate::output::{Work as Folder, print, write_whole};
use crate::regress::farm::binary;
use crate::regress::group::{Group, How};
use crate::regress::known::{self, Day, Known};
use crate::regress::page;
use crate::regress::report::{self, Entry, Report};
use crate::regress::store::{self, Store};
use crate::regress::work::{self, BATCH, Program, Tier, Work};
use crate::regress::{self, Results, Settings, Watch};
use crate::scenario::expand;

/// Seeds when none are named.
const SEEDS: u64 = 2_000;
/// Clocks after which a program hangs.
const CYCLES: u64 = 20_000_000;
/// Most seeds that share one core.
const MOST_BATCH: u64 = 4_096;
/// Most failure folders of a run.
const FOLDERS: usize = 50;

/// Arguments of `avm regress`.
#[derive(Args)]
pub struct Regress {
    /// Scenario files, or folders of them, instead of suite, corpus and random programs.
    pub(super) scenarios: Vec<PathBuf>,
    /// Random programs of these seeds: A..B, N, or with --time A.. [default without scenarios: 0..2000]
    #[arg(long, value_name = "A..B", value_parser = seeds)]
    seeds: Option<Range<u64>>,
    /// Random programs until this time is over: 90s, 10m, 8h.
    #[arg(long, value_name = "TIME", value_parser = time)]
    time: Option<Duration>,
    /// Threads [default: all cores; 1 for each job of an array]
    #[arg(short, long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Clocks after which a program hangs.
    #[arg(long, value_name = "N", default_value_t = CYCLES, value_parser = clap::value_parser!(u64).range(1..))]
    cycles: u64,
    /// All seeds on one core, one after the other: replays what depends on what ran before.
    #[arg(long, requires = "seeds", conflicts_with_all = ["scenarios", "time"])]
    batch: bool,
    /// Plant an RTL fault (`avm faults` lists them).
    #[arg(long, value_name = "NAME")]
    fault: Option<String>,
    /// Leave the RTL out: core model against interpreter and expectations, without failure folders.
    #[arg(long, conflicts_with_all = ["fault", "engine", "result"])]
    no_rtl: bool,
    /// End at the first program that diverges or hangs.
    #[arg(long, conflicts_with_all = ["engine", "result"])]
    first: bool,
    /// Write a JUnit report.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write an HTML page.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write JSON lines; - for standard output.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write all coverage counts.
    #[arg(long, value_name = "FILE")]
    cover: Option<PathBuf>,
    /// Compare with a run that is kept: its number, or `last`.
    #[arg(long, value_name = "RUN")]
    against: Option<String>,
    /// Where runs are kept.
    #[arg(long, value_name = "FILE", default_value = "target/regress.sqlite")]
    store: PathBuf,
    /// Do not keep this run.
    #[arg(long)]
    no_store: bool,
    /// Failures that are known [default: testbenches/known-failures.toml, if it is there]
    #[arg(long, value_name = "FILE")]
    known: Option<PathBuf>,
    /// Where random programs run: here, or as an array of Slurm jobs.
    #[arg(long, value_enum, default_value = "local")]
    engine: Engine,
    /// Folder of the array, on a disk that all nodes share [default: target/farm/BINARY-SEEDS]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Seeds of a job of the array [default: a bit over a minute's work]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    per_job: Option<u64>,
    /// Slurm's partition; everything else by Slurm's own variables, such as SBATCH_TIMELIMIT.
    #[arg(long, value_name = "NAME")]
    partition: Option<String>,
    /// Be one job: write a result file for these seeds, and nothing else; do nothing if it is there.
    #[arg(long, value_name = "FILE", requires = "seeds", conflicts_with_all = ALONE)]
    result: Option<PathBuf>,
    /// Folder for failure folders.
    #[arg(long, value_name = "DIR", default_value = "failures")]
    failures: PathBuf,
    /// Folder of the suite [default: the machine's]
    #[arg(long, value_name = "DIR")]
    suite: Option<PathBuf>,
    /// Folder of the corpus.
    #[arg(long, value_name = "DIR", default_value = "testbenches/corpus")]
    corpus: PathBuf,
}

/// What a job has no use for.
const ALONE: [&str; 14] = [
    "scenarios",
    "time",
    "batch",
    "junit",
    "html",
    "json",
    "cover",
    "against",
    "no_store",
    "known",
    "engine",
    "dir",
    "per_job",
    "partition",
];

/// Where random programs run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Engine {
    /// On the cores of this machine.
    Local,
    /// On a cluster.
    Slurm,
}

fn seeds(text: &str) -> Result<Range<u64>, String> {
    let number =
        |t: &str| t.trim().parse::<u64>().map_err(|_| format!("`{t}` is not a seed; write A..B, such as 0..2000"));
    match text.split_once("..") {
        None => match number(text)? {
            u64::MAX => Err("that seed is too large".into()),
            n => Ok(n..n + 1),
        },
        Some((first, "")) => Ok(number(first)?..u64::MAX),
        Some((first, end)) => match (number(first)?, number(end)?) {
            (_, u64::MAX) => Err(format!("seeds end at {} at most; A.. with --time has no end", u64::MAX - 1)),
            (a, b) if a < b => Ok(a..b),
            _ => Err("needs A < B".into()),
        },
    }
}

fn time(text: &str) -> Result<Duration, String> {
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let scale = match unit {
        "" | "s" => Some(1),
        "m" => Some(60),
        "h" => Some(3_600),
        _ => None,
    };
    let seconds = scale.zip(digits.parse().ok()).and_then(|(scale, n): (u64, u64)| n.checked_mul(scale));
    match seconds {
        Some(n) if (1..=31_536_000).contains(&n) => Ok(Duration::from_secs(n)),
        _ => Err("write a time such as 90s, 10m or 8h, at most a year".into()),
    }
}

/// `avm regress`; of `machines`, the first one is meant where none is named.
pub fn regress<M: Machine>(a: &Regress, machines: &[&'static str]) -> Result<(), Failure> {
    // Everything that can be refused is refused before time is spent.
    let mut settings = settings::<M>(a, machines)?;
    farm::usage(a)?;
    if let Some(result) = &a.result {
        return farm::job::<M>(a, &settings, result, machines);
    }
    let known = known_failures::<M>(a, machines)?;
    let reports = outputs::given(&reports(a));
    reports.iter().try_for_each(|(_, path)| outputs::writable(path))?;
    let (work, scenarios, bad) = what::<M>(a, machines)?;
    check_files(a, &scenarios, reports)?;
    let mut store = if a.no_store && a.against.is_none() { None } else { Some(Store::open(&a.store)?) };
    let then =
        a.against.as_ref().zip(store.as_ref()).map(|(which, store)| store.kept(which, settings.machine)).transpose()?;
    let watch = Arc::new(Watch::default());
    let asked = match a.engine {
        Engine::Local => "finishing the programs in progress; once more ends at once, without a report",
        Engine::Slurm => "cancelling the jobs; once more ends at once, without a report, and leaves them",
    };
    catch_signals(&watch, asked);
    let mut troubles = Vec::new();
    let (work, results) = match a.engine {
        Engine::Local => {
            let results = watched::<M>(&work, &scenarios, &settings, &watch);
            (work, results)
        }
        Engine::Slurm => farm::run::<M>(a, (work, &scenarios), &mut settings, &watch, &mut troubles)?,
    };
    let mut report = judge(a, &work, &settings, &results, &known);
    if let Some(then) = &then {
        report.comparison = Some(store::compare(then, &report));
    }
    // Verdicts come first: what is written from here on may not fit on a disk.
    if !quiet(a) {
        say!("{}", report::text(&report).trim_end());
    }
    write_folders::<M>(a, &scenarios, &mut report, &mut troubles);
    if let Some(store) = store.as_mut().filter(|_| !a.no_store) {
        match store.keep(&report) {
            Ok(run) => report.run = Some(run),
            Err(e) => troubles.push(e),
        }
    }
    write_reports(a, &report, &mut troubles);
    bad.then(finish(a, &report, troubles))
}

fn settings<M: Machine>(a: &Regress, machines: &[&str]) -> Result<Settings, InputError> {
    let fault = faults::number::<M>(a.fault.as_deref(), machines)?;
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    Ok(Settings {
        machine: (M::NAME != machines[0]).then_some(M::NAME),
        jobs: a.jobs.map_or(cores, usize::from),
        cycles: a.cycles,
        first: a.first,
        fault: a.fault.clone(),
        options: Options { fault, rtl: !a.no_rtl, mirrors: !a.no_rtl, ..Options::default() },
    })
}

fn known_failures<M: Machine>(a: &Regress, machines: &[&str]) -> Result<Vec<Known>, InputError> {
    let usual = Path::new("testbenches/known-failures.toml");
    match &a.known {
        Some(path) => known::read(path, M::NAME, machines),
        None if usual.is_file() => known::read(usual, M::NAME, machines),
        None => Ok(Vec::new()),
    }
}

/// The reports, with the options that name them.
fn reports(a: &Regress) -> [(&'static str, &Option<PathBuf>); 4] {
    [("--junit", &a.junit), ("--html", &a.html), ("--json", &a.json), ("--cover", &a.cover)]
}

/// No report takes the place of another one, of the store or of what runs.
fn check_files<'a, M: Loaded>(
    a: &'a Regress,
    scenarios: &[M],
    mut reports: Vec<outputs::Named<'a>>,
) -> Result<(), InputError> {
    if !a.no_store || a.against.is_some() {
        reports.push(("--store", &a.store));
    }
    let known: Vec<_> = a.known.iter().cloned().collect();
    outputs::apart(&reads(&expand(&a.scenarios)?, scenarios, &known), &reports)
}

/// What is to run, and the scenarios of its files.
fn what<M: Machine>(a: &Regress, machines: &[&'static str]) -> Result<(Work, Vec<M::Scenario>, Bad), Failure> {
    let (named, random) = (!a.scenarios.is_empty(), a.seeds.is_some() || a.time.is_some());
    let mut paths: Vec<(Tier, PathBuf)> = Vec::new();
    if named {
        paths.extend(expand(&a.scenarios)?.into_iter().map(|p| (Tier::Suite, p)));
    } else if !random {
        paths.extend(suite::<M>(a)?.into_iter().map(|p| (Tier::Suite, p)));
        paths.extend(work::corpus(&a.corpus, M::NAME, machines)?.into_iter().map(|p| (Tier::Corpus, p)));
    }
    let files: Vec<_> = paths.iter().map(|(_, path)| path.clone()).collect();
    let (scenarios, bad) = load::scenarios::<M>(&files)?;
    paths.retain(|(_, path)| scenarios.iter().any(|s| s.path() == path));
    let seeds = match (&a.seeds, a.time) {
        (Some(seeds), None) if seeds.end == u64::MAX => {
            return Err(InputError::plain("--seeds A.. without an end needs --time").into());
        }
        (Some(seeds), _) => seeds.clone(),
        (None, Some(_)) => 0..u64::MAX,
        (None, None) if named => 0..0,
        (None, None) => 0..SEEDS,
    };
    if a.batch && seeds.end - seeds.start > MOST_BATCH {
        return Err(InputError::plain(format!("--batch takes at most {MOST_BATCH} seeds")).into());
    }
    let batch = if a.batch { MOST_BATCH } else { BATCH };
    Ok((Work::new(paths, seeds, batch, a.time), scenarios, bad))
}

/// The scenarios of the suite. The tier with the quickest comes last: then no thread is left with a long one.
fn suite<M: Machine>(a: &Regress) -> Result<Vec<PathBuf>, InputError> {
    let suite = a.suite.as_deref().unwrap_or(Path::new(M::SUITE));
    let folders = M::TIERS.iter().rev().flat_map(|(_, folders)| *folders).map(|f| suite.join(f));
    let folders: Vec<_> = folders.filter(|f| f.is_dir()).collect();
    if folders.is_empty() {
        let help = "run this in the repository, or name scenarios or --seeds";
        return Err(InputError::plain(format!("{}: error: no suite there ({help})", suite.shown())));
    }
    // A folder of the suite may be empty while it is being written.
    Ok(folders.into_iter().flat_map(|f| expand(&[f]).unwrap_or_default()).collect())
}

/// At the first signal programs in progress are the last; a second one ends at once.
fn catch_signals(watch: &Arc<Watch>, text: &'static str) {
    let watch = Arc::clone(watch);
    on_end("a report", move || {
        if watch.stop.swap(true, Ordering::Relaxed) {
            super::signals::end_at_once();
        }
        tell!("\n{text}");
    });
}

/// Runs with a bar if somebody is watching.
fn watched<M: Machine>(work: &Work, scenarios: &[M::Scenario], settings: &Settings, watch: &Watch) -> Results {
    let programs = work.programs();
    let bar = match (programs, work.time) {
        (Some(n), _) => ProgressBar::new(n),
        (None, time) => ProgressBar::new(time.map_or(0, |t| t.as_secs())),
    };
    let template = match programs {
        Some(_) => "{bar:30} {pos}/{len}  {msg}  {eta} left",
        None => "{bar:30} {elapsed}  {msg}  {eta} left",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    let results = regress::run::<M>(work, scenarios, settings, watch, |elapsed| {
        let (done, failed) = (watch.done.load(Ordering::Relaxed), watch.failed.load(Ordering::Relaxed));
        bar.set_position(if programs.is_some() { done } else { elapsed.as_secs() });
        bar.set_message(format!("{:.0} programs/s, {failed} failed", done as f64 / elapsed.as_secs_f64().max(0.05)));
    });
    bar.finish_and_clear();
    results
}

/// Looks failures up.
fn judge<'a>(
    a: &Regress,
    work: &'a Work,
    settings: &'a Settings,
    results: &'a Results,
    known: &'a [Known],
) -> Report<'a> {
    let today = Day::today();
    let entry = |group: &'a Group| {
        let verdict = regress::verdict(known, group.signature(), today);
        let replay = replay(a, settings.machine, work, group);
        Entry { group, verdict, first: work.name(&group.first.program), replay, folder: None }
    };
    let entries: Vec<_> = results.groups.in_order().into_iter().map(entry).collect();
    let seen = |k: &&Known| entries.iter().any(|e| e.group.signature() == k.signature);
    Report {
        work,
        settings,
        results,
        stale: known.iter().filter(|k| k.expired(today) && !seen(k)).collect(),
        entries,
        cover: results.cover.summary(),
        build: build(),
        arguments: std::env::args_os().skip(2).map(quoted).collect::<Vec<_>>().join(" "),
        run: None,
        comparison: None,
    }
}

/// Writes the folders of failures that are not known.
fn write_folders<M: Machine>(
    a: &Regress,
    scenarios: &[M::Scenario],
    report: &mut Report<'_>,
    troubles: &mut Vec<String>,
) {
    let mut left = if a.no_rtl { 0 } else { FOLDERS };
    for entry in report.entries.iter_mut().filter(|e| e.verdict.fails()) {
        if left == 0 {
            break;
        }
        let what = (report.work, scenarios);
        match write_folder::<M>(what, report.settings, entry.group, &a.failures, &entry.replay) {
            Ok(written) => entry.folder = written,
            Err(e) => troubles.push(format!("cannot write a failure folder in {}: {e}", a.failures.shown())),
        }
        left -= usize::from(entry.folder.is_some());
    }
}

/// The command that shows a failure's first program again.
fn replay(a: &Regress, machine: Option<&str>, work: &Work, group: &Group) -> String {
    let fault = match &a.fault {
        None if a.no_rtl => " --no-rtl".into(),
        None => String::new(),
        Some(f) => format!(" --fault {f}"),
    };
    // A scenario names its machine.
    let machine = machine.map_or_else(String::new, |m| format!(" --machine {m}"));
    let limit = matches!(group.first.how, How::Limit(_)) || a.no_rtl;
    let cycles = if limit && a.cycles != CYCLES { format!(" --cycles {}", a.cycles) } else { String::new() };
    match (&group.first.program, group.first.after) {
        (Program::File(i), _) => {
            let path = quoted(&work.files[*i].1);
            if limit { format!("avm regress{fault}{cycles} {path}") } else { format!("avm cosim{fault} {path}") }
        }
        (Program::Seed(seed), None) => format!("avm regress{machine}{fault}{cycles} --seeds {seed}"),
        (Program::Seed(seed), Some(first)) => {
            format!("avm regress{machine}{fault}{cycles} --seeds {first}..{} --batch", seed + 1)
        }
    }
}

/// The folder of a failure's first program, if it is one that a folder explains.
fn write_folder<M: Machine>(
    (work, scenarios): (&Work, &[M::Scenario]),
    settings: &Settings,
    group: &Group,
    root: &Path,
    replay: &str,
) -> io::Result<Option<PathBuf>> {
    let first = &group.first;
    let name = match &first.program {
        Program::File(i) => work.files[*i].1.shown(),
        Program::Seed(seed) => format!("random-{seed}"),
    };
    // A random program has no files to be copied yet.
    let text = tempfile::tempdir()?;
    let copies = match &first.program {
        Program::File(i) => copies(&scenarios[*i]),
        Program::Seed(seed) => write_files(M::random_files(*seed), text.path())?,
    };
    let request = Request { scenario: &name, replay: replay.into(), copies, root };
    let found;
    let divergence = match &first.how {
        How::Diverged(divergence) => divergence,
        How::Elsewhere => {
            found = farm::again::<M>(first, settings)?;
            &found
        }
        How::Limit(clocks) => return limit_folder(*clocks, settings.options, group, &request).map(Some),
        How::Missed(_) | How::Tool(_) => return Ok(None),
    };
    let written = match &first.program {
        Program::File(i) => failure::write(|| M::session(&scenarios[*i]), settings.options, divergence, &request),
        Program::Seed(seed) => {
            let scenarios: Vec<_> = (first.after.unwrap_or(*seed)..=*seed).map(M::random).collect();
            failure::write(|| Chain::<M>::new(&scenarios), settings.options, divergence, &request)
        }
    };
    let (report, folder) = written?;
    if report.signature != first.signature {
        let (was, is) = (&first.signature, report.signature);
        return Err(io::Error::other(format!("{name} failed with {was} in its job, and here with {is}")));
    }
    Ok(Some(folder))
}

/// The folder of a program that has no end: nothing differs, so there is no window to show.
fn limit_folder(clocks: u64, options: Options, group: &Group, request: &Request<'_>) -> io::Result<PathBuf> {
    let report = failure::Report {
        scenario: request.scenario.into(),
        call: String::new(),
        cycle: clocks,
        retired: 0,
        class: Class::Hang,
        signature: group.signature().into(),
        mnemonic: String::new(),
        place: String::new(),
        active: None,
        summary: group.first.summary.clone(),
        fields: Vec::new(),
        interpreter: "not concerned: it retires what the core retires".into(),
        model: Vec::new(),
        rtl: Vec::new(),
        replay: request.replay.clone(),
    };
    let work = Folder::below(request.root)?;
    folder::finish(work, &report, options, request)
}

/// Which build this is: the commit that is checked out here, if any, and a digest of the binary.
fn build() -> String {
    let head = fs::read_to_string(".git/HEAD").unwrap_or_default();
    let commit = match head.trim().strip_prefix("ref: ") {
        Some(name) => fs::read_to_string(Path::new(".git").join(name)).unwrap_or_default(),
        None => head,
    };
    let commit: String = commit.trim().chars().take(10).collect();
    let binary = binary().map_or_else(|_| "?".into(), |b| b.digest[..16].to_string());
    if commit.is_empty() { binary } else { format!("{binary} in {commit}") }
}

fn write_reports(a: &Regress, report: &Report<'_>, troubles: &mut Vec<String>) {
    let mut write = |path: &Option<PathBuf>, text: &dyn Fn() -> Result<String, String>| {
        let Some(path) = path else { return };
        let written = text().and_then(|text| write_whole(path, text.as_bytes()).map_err(|e| e.to_string()));
        if let Err(e) = written {
            troubles.push(match path == Path::new("-") {
                true => format!("cannot write standard output: {e}"),
                false => format!("{}: {e}", path.shown()),
            });
        }
    };
    write(&a.junit, &|| report::junit(report));
    write(&a.html, &|| Ok(page::page(report)));
    write(&a.json, &|| Ok(report::json_lines(report)));
    write(&a.cover, &|| Ok(report::cover_json(&report.results.cover)));
}

/// A report goes to standard output: then nothing else is printed.
fn quiet(a: &Regress) -> bool {
    outputs::given(&reports(a)).iter().any(|(_, path)| *path == Path::new("-"))
}

fn finish(a: &Regress, report: &Report<'_>, troubles: Vec<String>) -> Result<(), Failure> {
    if !quiet(a) {
        print(format_args!("{}", report::folders(report)));
        let mut kept: Vec<String> = outputs::given(&reports(a)).iter().map(|(_, path)| outputs::shown(path)).collect();
        kept.extend(report.run.map(|run| format!("run {run} in {}", a.store.shown())));
        if !kept.is_empty() {
            say!("\nreports: {}", kept.join(", "));
        }
    }
    match (report.tool_failed(), troubles.is_empty()) {
        (_, false) => Err(Failure::Tool(troubles.join("\n"))),
        (true, _) => Err(Failure::Tool("a program made the tool itself fail: that is a bug of avm".into())),
        _ if report.failed() => Err(Failure::Unexpected),
        _ if report.results.interrupted => Err(Failure::Interrupted(report.interruption())),
        _ => Ok(()),
    }
}
