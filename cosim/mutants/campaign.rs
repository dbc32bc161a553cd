// SPDX-License-Identifier: MIT OR Apache-2.0
//! All of it in order: modules, lists, batches, judging, marks and miters. What is known for the same
//! sources, tools and scenarios is not tried again, so that a campaign that was interrupted goes on where it was.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tempfile::TempDir;

use super::build::{Batch, Builder, MOST};
use super::judge::{self, PROBE};
use super::kept::Kept;
use super::miter::{self, Answer};
use super::prepare::{self, Module};
use super::results::{Category, Row};
use super::work::Work;
use super::{Mutant, Trouble, digest, parallel, yosys};
use crate::machines::Machine;
use crate::rtl::design::Design;
use crate::rtl::object;
use crate::rtl::verilate::{Rtl, Verilator};

/// Fewest mutants of a module, if it has as many.
const LEAST: usize = 4;
/// From so many mutants on, a batch in which the probe sees none is not believed.
const SOME: usize = 10;
/// Changes with whatever changes results and is no source: what is kept from before is not used then.
const EDITION: &str = "2";
/// The same for the answers of miters.
const MITERS: &str = "2";

/// What to do.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The design.
    pub rtl: Rtl,
    /// Only these modules, by their name in the sources; all if empty.
    pub modules: Vec<String>,
    /// Mutants in all, spread by size.
    pub count: usize,
    /// Mutants in a build.
    pub batch: usize,
    /// Of the lists.
    pub seed: u64,
    /// Threads.
    pub jobs: usize,
    /// Where everything is written.
    pub folder: PathBuf,
    /// For each miter; none are asked if it is zero.
    pub miter: Duration,
}

/// What can be seen from outside, and what ends it.
pub trait Watch: Sync {
    /// Something else begins.
    fn phase(&self, text: &str, steps: usize);
    /// A step of it is done.
    fn step(&self);
    /// Whether to stop at the next step.
    fn stopped(&self) -> bool;
}

/// Modules, with their mutants.
#[derive(Debug)]
pub struct Plan {
    /// By name.
    pub modules: Vec<(Module, Vec<Mutant>)>,
    /// Of the prepared modules; gone with the plan.
    _folder: TempDir,
}

impl Plan {
    /// Prepares the modules and lists their mutants.
    ///
    /// # Errors
    /// A module is not there, or Yosys fails.
    pub fn new(settings: &Settings, watch: &impl Watch) -> Result<Plan, Trouble> {
        let folder = temporary(&settings.folder, "modules-")?;
        watch.phase("modules", 1);
        let modules = prepare::modules(&settings.rtl, &settings.modules, folder.path())?;
        let cells: Vec<_> = modules.iter().map(|m| m.cells).collect();
        let shares = prepare::shares(&cells, settings.count, LEAST);
        let wanted: Vec<_> = modules.into_iter().zip(shares).collect();
        watch.phase("lists", wanted.len());
        let lists = parallel(settings.jobs, &wanted, |(module, count)| {
            let list = prepare::list(module, *count, settings.seed);
            watch.step();
            list
        });
        let lists = lists.into_iter().collect::<Result<Vec<_>, _>>()?;
        let mut modules: Vec<_> = wanted.into_iter().map(|(m, _)| m).zip(lists).collect();
        // Shares are rounded up: what is too much is taken where most is.
        let mut over = modules.iter().map(|(_, l)| l.len()).sum::<usize>().saturating_sub(settings.count);
        while over > 0 {
            let Some((_, largest)) = modules.iter_mut().max_by_key(|(_, l)| l.len()) else { break };
            largest.pop();
            over -= 1;
        }
        Ok(Plan { modules, _folder: folder })
    }

    /// Keeps the mutants with these names, as in reports (`pages 22`), and all if there are none.
    ///
    /// # Errors
    /// There is no such mutant.
    pub fn keep(&mut self, names: &[String]) -> Result<(), Trouble> {
        if names.is_empty() {
            return Ok(());
        }
        let known = |n: &&String| self.modules.iter().flat_map(|(_, l)| l).any(|m| m.name() == **n);
        if let Some(name) = names.iter().find(|n| !known(n)) {
            return Err(Trouble::input(format!("there is no mutant `{name}`; `avm mutants --list` names them")));
        }
        self.modules.iter_mut().for_each(|(_, list)| list.retain(|m| names.contains(&m.name())));
        self.modules.retain(|(_, list)| !list.is_empty());
        Ok(())
    }

    /// Mutants in all.
    pub fn mutants(&self) -> usize {
        self.modules.iter().map(|(_, mutants)| mutants.len()).sum()
    }

    /// The mutants in builds of at most `most`: a build may hold several modules, each with numbers of its own.
    pub fn batches(&self, most: usize) -> Vec<Batch<'_>> {
        let most = most.clamp(1, MOST);
        let mut batches: Vec<Batch<'_>> = Vec::new();
        for (module, mutants) in &self.modules {
            let mut rest = &mutants[..];
            while !rest.is_empty() {
                // The same module cannot be in a build twice, and is not torn apart where it fits.
                let room = |b: &Batch<'_>| {
                    let another = !b.parts.iter().any(|(m, _)| m.written == module.written);
                    another && most - b.len() >= rest.len().min(most)
                };
                if batches.last().is_none_or(|b| !room(b)) {
                    batches.push(Batch { parts: Vec::new() });
                }
                let last = batches.last_mut().expect("one was just there");
                let (now, later) = rest.split_at(rest.len().min(most - last.len()));
                last.parts.push((module, now.to_vec()));
                rest = later;
            }
        }
        batches
    }
}

/// A folder below another, gone when it is dropped: runs at the same time do not meet in one.
fn temporary(folder: &Path, prefix: &str) -> Result<TempDir, Trouble> {
    tempfile::Builder::new().prefix(prefix).tempdir_in(folder).map_err(|e| Trouble::file(folder, &e))
}

/// What builds and judges the batches of a plan.
pub struct Campaign<'a, M: Machine, W: Watch> {
    settings: &'a Settings,
    work: &'a Work<M>,
    watch: &'a W,
    builder: Builder<'a>,
    /// Names sources and tools.
    digest: String,
}

impl<'a, M: Machine, W: Watch> Campaign<'a, M, W> {
    /// Finds the tools.
    ///
    /// # Errors
    /// One is missing, or sources cannot be read.
    pub fn new(settings: &'a Settings, work: &'a Work<M>, watch: &'a W) -> Result<Self, Trouble> {
        let verilator = Verilator::find().map_err(Trouble::input)?;
        let mut texts = vec![EDITION.to_string(), verilator.version.clone(), yosys::version()?];
        for file in object::sources(&settings.rtl)? {
            texts.push(fs::read_to_string(&file).map_err(|e| Trouble::file(&file, &e))?);
        }
        let digest = digest(&texts);
        let objects = object::Builder { verilator, folder: &settings.folder, jobs: settings.jobs };
        let builder = Builder { rtl: settings.rtl, objects };
        Ok(Campaign { settings, work, watch, builder, digest })
    }

    /// The file of a batch's results.
    fn kept(&self, batch: &Batch<'_>) -> PathBuf {
        let lines: String = batch.mutants().map(|m| format!("{} {}\n", m.module, m.line)).collect();
        self.settings.folder.join("batches").join(format!("{}.tsv", digest(&[&self.digest, &self.work.name, &lines])))
    }

    /// What is known of a batch's mutants from before: of all, some or none of them.
    pub fn known(&self, batch: &Batch<'_>) -> Kept {
        Kept::read(&self.kept(batch), self.work)
    }

    /// The mutants of a batch for which nothing is left to try.
    pub fn settled(&self, batch: &Batch<'_>) -> Vec<Row> {
        let known = self.known(batch);
        known.rows.iter().filter(|r| known.settled(&r.mutant, self.work)).cloned().collect()
    }

    /// Builds and judges a batch, or takes its result from before.
    ///
    /// # Errors
    /// A tool fails, or the build is not believed.
    pub fn batch(&self, batch: &Batch<'_>) -> Result<Vec<Row>, Trouble> {
        let kept = self.kept(batch);
        fs::create_dir_all(kept.parent().unwrap_or(&kept)).map_err(|e| Trouble::file(&kept, &e))?;
        let known = self.known(batch);
        if batch.mutants().all(|m| known.settled(m, self.work)) {
            return Ok(known.rows);
        }
        let folder = temporary(&self.settings.folder, "batch-")?;
        self.watch.phase(&format!("build {}", batch.name()), 1);
        let written = self.builder.mutate(batch, folder.path())?;
        let object = self.builder.object(&written, folder.path())?;
        let design = Design::load(&object, self.settings.rtl.name).map_err(Trouble::Tool)?;
        let rows = self.judge(batch, design, &known)?;
        Kept::write(&kept, &rows, self.work)?;
        Ok(rows)
    }

    /// Judges the mutants of a build, if it is the machine without one, but for those that are `known`. What was not
    /// reached when it was stopped is left out.
    ///
    /// # Errors
    /// It is not, or the mutants are not in it.
    pub fn judge(&self, batch: &Batch<'_>, design: &'static Design, known: &Kept) -> Result<Vec<Row>, Trouble> {
        judge::sane(self.work, design, self.settings.jobs)
            .map_err(|e| Trouble::Tool(format!("batch of {}: {e}", batch.name())))?;
        let mutants: Vec<_> = batch.mutants().cloned().enumerate().collect();
        self.watch.phase(&batch.name(), mutants.len());
        let panicked = AtomicBool::new(false);
        let rows = parallel(self.settings.jobs, &mutants, |(index, mutant)| {
            let before = known.of(mutant);
            if let Some(settled) = before.filter(|_| known.settled(mutant, self.work)) {
                self.watch.step();
                return Some(Row::new(mutant.clone(), settled.clone()));
            }
            if self.watch.stopped() {
                return None;
            }
            let tried = before.map_or_else(HashSet::new, |_| known.tried.clone());
            let before = before.cloned().unwrap_or_default();
            let judge = || judge::judge(self.work, design, (index + 1) as u8, &before, &tried);
            let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(judge));
            self.watch.step();
            panicked.fetch_or(judged.is_err(), Ordering::Relaxed);
            judged.ok().map(|judged| Row::new(mutant.clone(), judged))
        });
        if panicked.into_inner() {
            return Err(Trouble::Tool(format!(
                "batch of {}: a mutant made the tool panic: a bug of avm",
                batch.name()
            )));
        }
        let rows: Vec<_> = rows.into_iter().flatten().collect();
        believed(&rows).map_err(|e| Trouble::Tool(format!("batch of {}: {e}", batch.name())))?;
        Ok(rows)
    }

    /// What builds its batches.
    pub fn builder(&self) -> &Builder<'a> {
        &self.builder
    }

    /// Asks a miter about each mutant that nothing killed.
    ///
    /// # Errors
    /// Yosys is missing, or files cannot be written.
    pub fn miters(&self, plan: &Plan, rows: &mut [Row]) -> Result<(), Trouble> {
        let kept = self.settings.folder.join("miters");
        fs::create_dir_all(&kept).map_err(|e| Trouble::file(&kept, &e))?;
        let silent: Vec<_> = rows.iter().filter(|r| r.category == Category::Silent).map(|r| r.mutant.clone()).collect();
        self.watch.phase("miters", silent.len());
        let answers = parallel(self.settings.jobs, &silent, |mutant| {
            let module = plan.modules.iter().map(|(m, _)| m).find(|m| m.name == mutant.module);
            let answer = module.filter(|_| !self.watch.stopped()).map(|m| self.miter(m, mutant, &kept));
            self.watch.step();
            answer.unwrap_or(Ok(Answer::Unknown))
        });
        for (mutant, answer) in silent.iter().zip(answers) {
            if answer? == Answer::Equivalent {
                rows.iter_mut().filter(|r| r.mutant == *mutant).for_each(|r| r.category = Category::Equivalent);
            }
        }
        Ok(())
    }

    /// One answer, kept for the next run.
    fn miter(&self, module: &Module, mutant: &Mutant, kept: &Path) -> Result<Answer, Trouble> {
        let limit = self.settings.miter;
        let names = [&self.digest[..], MITERS, &mutant.module, &mutant.line, &format!("{}", limit.as_secs())];
        let file = kept.join(digest(&names));
        let answers = [("equivalent", Answer::Equivalent), ("differs", Answer::Differs), ("unknown", Answer::Unknown)];
        let text = fs::read_to_string(&file).unwrap_or_default();
        if let Some((_, answer)) = answers.iter().find(|(name, _)| *name == text) {
            return Ok(*answer);
        }
        let answer = miter::ask(module, mutant, module.prepared().parent().unwrap_or(kept), limit)?;
        let name = answers.iter().find(|(_, a)| *a == answer).map_or("", |(name, _)| name);
        fs::write(&file, name).map_err(|e| Trouble::file(&file, &e))?;
        Ok(answer)
    }
}

/// Mutants that change nothing that the probe shows are suspicious, if there are enough of them.
fn believed(rows: &[Row]) -> Result<(), &'static str> {
    let none = rows.len() >= SOME && rows.iter().all(|r| r.judged.kills[PROBE].is_none());
    if none { Err("the probe sees none of its mutants: they are not in the build") } else { Ok(()) }
}

/// Shows nothing and never stops: for tests.
#[derive(Debug, Default)]
pub struct Quiet;

impl Watch for Quiet {
    fn phase(&self, _: &str, _: usize) {}
    fn step(&self) {}
    fn stopped(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::judge::{Judged, Kill};

    #[test]
    fn a_build_whose_mutants_change_nothing_is_not_believed() {
        let row = |n| Row::new(Mutant::new("alu", n, "mutate -mode inv"), Judged::default());
        let mut rows: Vec<_> = (1..=SOME).map(row).collect();
        assert!(believed(&rows).is_err());
        assert!(believed(&rows[1..]).is_ok(), "too few to tell");
        rows[3].judged.kills[PROBE] = Some(Kill { tier: "units".into(), scenario: "a".into() });
        assert!(believed(&rows).is_ok());
    }
}
