// SPDX-License-Identifier: MIT OR Apache-2.0
//! Mutants of the Rust core model, judged by the interpreter, and of the instruction table, judged by hand-written
//! expectations (`docs/mutants-model.md`).
//!
//! | file | |
//! | --- | --- |
//! | `point` | a mutant |
//! | `rewrite` | the mutants of a source file, all in one text |
//! | `cells` | the mutants of the tables |
//! | `tree` | the mutated tree, and its build |
//! | `judge` | the fate of one mutant |
//! | `unobservable` | those that no program can see, with reasons |
//! | `report` | what is written and printed |
//!
//! `runtime/` is compiled in the mutated tree only.

/// A line on standard output; a closed pipe (`avm-mutate --list | head`) is not an error.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}

mod cells;
mod judge;
mod point;
mod report;
mod rewrite;
mod tree;
mod unobservable;

use std::fmt::Display;
use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::{Parser, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use judge::{Fate, Judge};
use point::{Mutant, Switch};
use report::Judged;
use unobservable::Entry;

/// Mutants of the core model and of the instruction table.
#[derive(Parser)]
#[command(name = "avm-mutate", after_help = "Example: avm-mutate --only core --matching calls.rs --seeds 200")]
struct Arguments {
    /// Only these.
    #[arg(long)]
    only: Option<Kind>,
    /// Only those whose place or change contains this text.
    #[arg(long, value_name = "TEXT")]
    matching: Option<String>,
    /// Random programs for a mutant that no scenario kills.
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(0..=10_000_000))]
    seeds: u32,
    /// Mutants judged at once [default: all cores]
    #[arg(short, long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// List the mutants, judge none.
    #[arg(long)]
    list: bool,
    /// The repository.
    #[arg(long, value_name = "DIR", default_value = ".")]
    root: PathBuf,
    /// Folder for the mutated tree, its build and the result.
    #[arg(long, value_name = "DIR", default_value = "target/mutate")]
    folder: PathBuf,
    /// Mutants that no program can see [default: testbenches/mutate/unobservable.tsv]
    #[arg(long, value_name = "FILE")]
    unobservable: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// The core model.
    Core,
    /// The tables.
    Table,
}

/// Why there is no result, in words: file and remedy.
#[derive(Debug)]
pub struct Trouble(String);

impl Trouble {
    /// Trouble with a file.
    pub fn at(path: &Path, e: impl Display) -> Trouble {
        Trouble(format!("{}: error: {e}", path.display()))
    }
}

fn main() -> ExitCode {
    match mutate(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(Trouble(message)) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

/// Whether every mutant is killed or explained.
fn mutate(a: &Arguments) -> Result<bool, Trouble> {
    if !a.root.join(tree::CORE).is_dir() {
        return Err(Trouble(format!(
            "{}: error: not the repository; run this in it, or give --root",
            a.root.display()
        )));
    }
    let usual = || a.root.join("testbenches/mutate/unobservable.tsv");
    let list_path = a.unobservable.clone().unwrap_or_else(usual);
    let list = unobservable::read(&list_path)?;
    fs::create_dir_all(&a.folder).map_err(|e| Trouble::at(&a.folder, e))?;
    let folder = a.folder.canonicalize().map_err(|e| Trouble::at(&a.folder, e))?;
    let (mut all, cells) = tree::make(&a.root, &folder.join("tree"))?;
    all.extend(cells);
    let chosen: Vec<(usize, &Mutant)> = all.iter().enumerate().filter(|(_, m)| is_chosen(a, m)).collect();
    if a.list {
        chosen.iter().for_each(|(i, m)| {
            say!("{}\t{}\t{}\t{}\t{}", i + 1, m.place(), m.function, m.text, m.change);
        });
        return Ok(true);
    }
    let avm = tree::build(&folder.join("tree"), &folder.join("build"))?;
    let clocks = Default::default();
    let mut judge = Judge { avm: &avm, root: &a.root, scratch: &folder, seeds: a.seeds, clocks };
    judge.without()?;
    let rows = judged(&judge, &chosen, a.jobs)?;
    finish(&rows, &all, &list, &list_path, &folder.join("mutants.tsv"))
}

fn is_chosen(a: &Arguments, m: &Mutant) -> bool {
    let kind = if matches!(m.switch, Switch::Point(_)) { Kind::Core } else { Kind::Table };
    a.only.is_none_or(|only| only == kind)
        && a.matching.as_ref().is_none_or(|text| m.place().contains(text) || m.change.contains(text))
}

/// Judges the chosen mutants, some at once.
fn judged(judge: &Judge<'_>, chosen: &[(usize, &Mutant)], jobs: Option<u16>) -> Result<Vec<Judged>, Trouble> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let bar = ProgressBar::new(chosen.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len}  {eta} left") {
        bar.set_style(style);
    }
    let work = || -> Result<(), Trouble> {
        while let Some((index, mutant)) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
            // Who finds trouble leaves nothing for the others to do.
            let fate = judge.fate(mutant).inspect_err(|_| next.store(chosen.len(), Ordering::Relaxed))?;
            if fate == Fate::Survived {
                let change = &mutant.change;
                bar.suspend(|| eprintln!("survived {}  {}  {change}", index + 1, mutant.place()));
            }
            let row = Judged { number: index + 1, mutant: (*mutant).clone(), fate };
            done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(row);
            bar.inc(1);
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs.map_or(cores, usize::from)).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|t| t.join().unwrap_or_else(|e| std::panic::resume_unwind(e)))
    })?;
    bar.finish_and_clear();
    let mut rows = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    rows.sort_by_key(|r| r.number);
    Ok(rows)
}

/// Writes and prints the result; whether every mutant is killed or explained.
fn finish(rows: &[Judged], all: &[Mutant], list: &[Entry], list_path: &Path, to: &Path) -> Result<bool, Trouble> {
    report::write(to, rows, list)?;
    let open = report::unexplained(rows, list);
    for r in &open {
        say!("survived {}  {}\n  {}\n  {}", r.number, r.mutant.place(), r.mutant.text, r.mutant.change);
    }
    say!("{}\nall mutants: {}", report::summary(rows, list), to.display());
    let wrong = report::wrong(rows, all, list);
    match wrong.is_empty() {
        true => Ok(open.is_empty()),
        false => {
            let lines = wrong.iter().map(|(line, why)| format!("{}:{line}: error: {why}", list_path.display()));
            Err(Trouble(lines.collect::<Vec<_>>().join("\n")))
        }
    }
}
