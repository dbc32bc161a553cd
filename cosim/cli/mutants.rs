// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm mutants`: mutants of the RTL, and what kills them.

use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use avm_sim::trace::{Core, Layout};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::Failure;
use super::outputs;
use super::signals::on_end;
use crate::input::InputError;
use crate::machines::Machine;
use crate::mutants::campaign::{Campaign, Plan, Settings, Watch};
use crate::mutants::marks::Marks;
use crate::mutants::results::{self, Row};
use crate::mutants::work::Work;
use crate::mutants::{Trouble, report};
use crate::names::Shown;
use crate::rtl::object::put;

/// A machine's folder here has the marks that are used if none are named.
const MARKS: &str = "testbenches/mutants";
/// A machine's folder here is where results are written, if nobody says where.
const OUT: &str = "target/mutants";

/// Arguments of `avm mutants`.
#[derive(Args)]
pub struct Mutants {
    /// Only this module; may be given several times.
    #[arg(short, long, value_name = "MODULE")]
    module: Vec<String>,
    /// Only this mutant of those that would be made, as reports name it: `pages 22`; may be given several times.
    #[arg(long, value_name = "MODULE N", conflicts_with_all = ["module", "record", "reached"])]
    only: Vec<String>,
    /// Judge by this scenario, not by the suite and random programs; may be given several times.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seeds", "record", "reached"])]
    pub(super) scenario: Vec<PathBuf>,
    /// Mutants in all, spread over the modules by their size.
    #[arg(short, long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    count: u32,
    /// Mutants in a build.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u8).range(1..))]
    batch: u8,
    /// Random programs that mutants are tried on.
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u64).range(0..=10_000_000))]
    seeds: u64,
    /// Seed of the lists.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Threads [default: all cores]
    #[arg(short, long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Seconds for each miter; 0: none.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    miter: u64,
    /// Mutants that are not observable [default: testbenches/mutants/MACHINE/unobservable.tsv, if it is there]
    #[arg(long, value_name = "FILE")]
    unobservable: Option<PathBuf>,
    /// Where results and what is kept between runs are written [default: target/mutants/MACHINE]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write the figures that `avm figures` shows, if the run is complete.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["module", "list", "reached"])]
    record: Option<PathBuf>,
    /// Folder of the suite [default: the machine's]
    #[arg(long, value_name = "DIR")]
    suite: Option<PathBuf>,
    /// Only report what runs before have reached: nothing is built or judged but miters.
    #[arg(long)]
    reached: bool,
    /// Only list the mutants: nothing is built.
    #[arg(long)]
    list: bool,
}

impl From<Trouble> for Failure {
    fn from(t: Trouble) -> Failure {
        match t {
            Trouble::Input(e) => Failure::Input(e),
            Trouble::Tool(text) => Failure::Tool(text),
        }
    }
}

/// `avm mutants`.
pub fn mutants<M: Machine>(a: &Mutants) -> Result<(), Failure> {
    // What can be refused is refused before time is spent.
    let layout = Layout::new(M::Core::FIELDS);
    if M::outputs(&layout, &vec![0; layout.words()]).is_none() {
        let what = "does not say what its RTL alone asks of the host, by which mutants are judged";
        return Err(InputError::plain(format!("the machine `{}` {what}", M::NAME)).into());
    }
    let reads: Vec<_> = a.scenario.iter().chain(&a.unobservable).cloned().collect();
    outputs::check(&reads, &outputs::given(&[("--record", &a.record)]))?;
    let marks = marks::<M>(a)?;
    let out = a.out.clone().unwrap_or_else(|| Path::new(OUT).join(M::NAME));
    fs::create_dir_all(&out).map_err(|e| Trouble::input(format!("{}: error: {e}", out.shown())))?;
    let settings = settings::<M>(a, out.clone());
    let watch = Bar::new();
    let mut plan = Plan::new(&settings, &watch)?;
    plan.keep(&a.only)?;
    if a.list {
        watch.bar.finish_and_clear();
        list(&plan);
        return Ok(());
    }
    watch.phase("what takes part, without a mutant", 1);
    let work = match &a.scenario[..] {
        [] => Work::<M>::new(a.suite.as_deref().unwrap_or(Path::new(M::SUITE)), a.seeds, settings.jobs)?,
        files => Work::of(files, settings.jobs)?,
    };
    let campaign = Campaign::new(&settings, &work, &watch)?;
    let (mut rows, mut left, mut refused) = (Vec::new(), 0, Vec::new());
    let batches = plan.batches(a.batch.into());
    for (number, batch) in batches.iter().enumerate() {
        watch.batch(number + 1, batches.len());
        let judged = match if a.reached { Ok(campaign.settled(batch)) } else { campaign.batch(batch) } {
            // A build that is not the machine says nothing of its mutants; the others are judged all the same.
            Err(Trouble::Tool(why)) => {
                refused.push(why);
                continue;
            }
            judged => judged?,
        };
        watch.judged(number + 1, batches.len(), &judged);
        left += batch.len() - judged.len();
        rows.extend(judged);
        if watch.stopped() {
            break;
        }
    }
    if a.miter > 0 {
        campaign.miters(&plan, &mut rows)?;
    }
    watch.bar.finish_and_clear();
    finish(a, &out, &work.tiers, &marks, rows, watch.stopped() || left > 0 || !refused.is_empty())?;
    match refused.is_empty() {
        false => Err(Failure::Tool(refused.join("\n"))),
        true if watch.stopped() => Err(Failure::Interrupted("interrupted: not all mutants were judged".into())),
        true => Ok(()),
    }
}

fn settings<M: Machine>(a: &Mutants, folder: PathBuf) -> Settings {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    Settings {
        rtl: M::RTL,
        modules: a.module.clone(),
        count: a.count as usize,
        batch: a.batch.into(),
        seed: a.seed,
        jobs: a.jobs.map_or(cores, usize::from),
        folder,
        miter: Duration::from_secs(a.miter),
    }
}

fn marks<M: Machine>(a: &Mutants) -> Result<Marks, Trouble> {
    let usual = Path::new(MARKS).join(M::NAME).join("unobservable.tsv");
    match &a.unobservable {
        Some(path) => Marks::read(path),
        None if usual.is_file() => Marks::read(&usual),
        None => Ok(Marks::default()),
    }
}

fn list(plan: &Plan) {
    for (module, mutants) in &plan.modules {
        say!("{} ({} cells): {}", module.name, module.cells, mutants.len());
        for mutant in mutants {
            say!("  {:>4}  {}  {}", mutant.number, mutant.source, mutant.what());
        }
    }
    say!("{} mutants", plan.mutants());
}

fn finish(
    a: &Mutants,
    out: &Path,
    tiers: &[String],
    marks: &Marks,
    mut rows: Vec<Row>,
    incomplete: bool,
) -> Result<(), Failure> {
    let marked = marks.apply(&mut rows);
    let table = out.join("mutants.tsv");
    put(&table, &results::table(&rows))?;
    say!("{}", report::summary(&rows, tiers));
    let left = report::survivors(&rows);
    if !left.is_empty() {
        say!("not killed by retirements, and neither equivalent nor marked:\n{}", left.trim_end());
    }
    for place in marks.unused(&rows) {
        say!("{place}: fits no mutant of this run");
    }
    if let Some(file) = a.record.as_ref().filter(|_| !incomplete) {
        put(file, &report::figures(&rows))?;
    }
    say!(
        "\n{}{}",
        if incomplete { "not complete; the same command, without --reached, goes on. " } else { "" },
        table.shown()
    );
    Ok(marked?)
}

/// Progress on a terminal; Ctrl-C ends after the mutants in progress.
struct Bar {
    bar: ProgressBar,
    stop: Arc<AtomicBool>,
}

impl Bar {
    fn new() -> Bar {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{prefix} {bar:20} {pos}/{len}  {elapsed}  {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(500));
        let stop = Arc::new(AtomicBool::new(false));
        let signalled = Arc::clone(&stop);
        on_end("a summary", move || {
            if signalled.swap(true, Ordering::Relaxed) {
                super::signals::end_at_once();
            }
            tell!("\nfinishing the mutants in progress; once more ends at once");
        });
        Bar { bar, stop }
    }

    fn batch(&self, number: usize, of: usize) {
        self.bar.set_prefix(format!("batch {number}/{of}"));
    }

    /// Where nobody watches a bar, a line for each batch says how far it is.
    fn judged(&self, number: usize, of: usize, rows: &[Row]) {
        if self.bar.is_hidden() {
            let [probe, retire, end] = report::Counts::of(rows).killed;
            tell!(
                "batch {number}/{of}: {} mutants; probe {probe}, retirements {retire}, ends {end} ({} s)",
                rows.len(),
                self.bar.elapsed().as_secs()
            );
        }
    }
}

impl Watch for Bar {
    fn phase(&self, text: &str, steps: usize) {
        self.bar.set_length(steps as u64);
        self.bar.set_position(0);
        self.bar.set_message(text.to_string());
    }

    fn step(&self) {
        self.bar.inc(1);
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}
