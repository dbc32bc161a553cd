// SPDX-License-Identifier: MIT OR Apache-2.0
//! Random programs on many machines: one array of jobs over a folder that all machines share. What is to be done
//! ([`Plan`]), and the folder; no queue of ours.
//!
//! | file | |
//! | --- | --- |
//! | `mod` | the plan and its folder: binary, list of jobs, script |
//! | `part` | the result file of a job, and putting them together |
//! | `slurm` | Slurm's commands |
//! | `engine` | submits what is missing, waits, submits again |

pub mod engine;
pub mod part;
pub mod slurm;

use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::work::{BATCH, Work};
use super::{Settings, Watch};
use crate::input::InputError;
use crate::machines::Machine;
use crate::names::Shown;
use crate::output::write_whole;

/// Version of the files: list of jobs and results.
pub const VERSION: u32 = 1;
/// A job's work: queues need about a second for each, and a lost one is done again from its start.
const WORK: Duration = Duration::from_secs(75);
/// How long the rate is measured at most.
const MEASURED: Duration = Duration::from_secs(2);
/// Programs that the rate is measured with at most.
const SAMPLE: u64 = 4_096;
/// Most jobs: what Slurm takes in an array unless it is configured otherwise.
pub const JOBS: u64 = 1_000;
/// Seeds end here, because shells count with 64 bits and a sign.
const LAST: u64 = 1 << 62;

/// A binary.
pub struct Binary {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its SHA-256 in hexadecimal digits.
    pub digest: String,
}

/// The binary that is running, even if the file was replaced since it started.
///
/// # Errors
/// It cannot be read.
pub fn binary() -> io::Result<Binary> {
    let bytes = fs::read("/proc/self/exe").or_else(|_| std::env::current_exe().and_then(fs::read))?;
    let digest = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
    Ok(Binary { bytes, digest })
}

/// What random programs give depends on this alone: two results of one task are equal but for times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Version of the files.
    pub version: u32,
    /// SHA-256 of the binary.
    pub digest: String,
    /// Its machine, if it is not the one that is meant where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// The RTL takes part.
    pub rtl: bool,
    /// Planted RTL fault.
    pub fault: Option<String>,
    /// Most clocks of a program.
    pub cycles: u64,
    /// First seed, and the one after the last.
    pub seeds: (u64, u64),
}

impl Task {
    /// The task of running these seeds with the binary of this digest.
    pub fn new(digest: &str, settings: &Settings, seeds: &Range<u64>) -> Task {
        Task {
            version: VERSION,
            digest: digest.into(),
            machine: settings.machine.map(Into::into),
            rtl: settings.options.rtl,
            fault: settings.fault.clone(),
            cycles: settings.cycles,
            seeds: (seeds.start, seeds.end),
        }
    }

    /// Why a file of `self` is of no use for `wanted`, if it is not.
    pub fn other_than(&self, wanted: &Task) -> Option<String> {
        let short = |digest: &str| digest.chars().take(16).collect::<String>();
        let seeds = |t: &Task| format!("{}..{}", t.seeds.0, t.seeds.1);
        let fault = |t: &Task| t.fault.clone().unwrap_or_else(|| "none".into());
        let machine = |t: &Task| t.machine.clone().unwrap_or_else(|| "the usual".into());
        let pairs = [
            ("version", self.version.to_string(), wanted.version.to_string()),
            ("binary", short(&self.digest), short(&wanted.digest)),
            ("machine", machine(self), machine(wanted)),
            ("rtl", self.rtl.to_string(), wanted.rtl.to_string()),
            ("fault", fault(self), fault(wanted)),
            ("cycles", self.cycles.to_string(), wanted.cycles.to_string()),
            ("seeds", seeds(self), seeds(wanted)),
        ];
        let (what, has, wants) = pairs.into_iter().find(|(_, a, b)| a != b)?;
        Some(format!("it is of {what} {has}, not {wants}"))
    }
}

/// A task in jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// All of it.
    pub task: Task,
    /// Seeds of each job but the last: full batches, so that the same programs share a core as in one process.
    pub per_job: u64,
}

/// What is read of the list of jobs.
#[derive(Deserialize)]
struct List {
    task: Task,
    per_job: u64,
}

impl Plan {
    /// Cuts a task.
    ///
    /// # Errors
    /// Too many jobs, or seeds too large.
    pub fn new(task: Task, per_job: u64) -> Result<Plan, InputError> {
        let plan = Plan { task, per_job: per_job.clamp(1, LAST).next_multiple_of(BATCH) };
        let ((first, end), jobs) = (plan.task.seeds, plan.jobs());
        if end > LAST {
            return Err(InputError::plain(format!("--engine slurm takes seeds up to {LAST}")));
        }
        if jobs > JOBS {
            let least = (end - first).div_ceil(JOBS).next_multiple_of(BATCH);
            let text = format!("{jobs} jobs are too many for an array; --per-job {least} makes at most {JOBS}");
            return Err(InputError::plain(text));
        }
        Ok(plan)
    }

    /// How many jobs.
    pub fn jobs(&self) -> u64 {
        (self.task.seeds.1 - self.task.seeds.0).div_ceil(self.per_job)
    }

    /// A job's seeds.
    pub fn seeds(&self, job: u64) -> Range<u64> {
        let first = self.task.seeds.0 + job * self.per_job;
        first..first.saturating_add(self.per_job).min(self.task.seeds.1)
    }

    /// A job's task.
    pub fn job(&self, job: u64) -> Task {
        let seeds = self.seeds(job);
        Task { seeds: (seeds.start, seeds.end), ..self.task.clone() }
    }
}

/// Seeds that make a job of a bit over a minute on this machine, in as few jobs as an array may have.
pub fn measured<M: Machine>(settings: &Settings, threads: usize, seeds: &Range<u64>) -> u64 {
    let sample = seeds.start..seeds.end.min(seeds.start.saturating_add(SAMPLE));
    let work = Work::new(Vec::new(), sample, BATCH, Some(MEASURED));
    let one = Settings { jobs: 1, ..settings.clone() };
    let rate = super::run::<M>(&work, &[], &one, &Watch::default(), |_| {}).rate();
    let minute = (rate * WORK.as_secs_f64()).ceil() as u64 * threads as u64;
    minute.max((seeds.end - seeds.start).div_ceil(JOBS))
}

/// The folder of a plan.
pub struct Folder {
    /// Absolute path, the same on all machines.
    pub path: PathBuf,
    /// What is done in it.
    pub plan: Plan,
    /// Held as long as this process works on it.
    _lock: fs::File,
}

fn trouble(path: &Path, e: &io::Error) -> InputError {
    let help = "--dir names another folder, on a disk that all nodes share";
    InputError::plain(format!("{}: error: {e} ({help})", path.shown()))
}

impl Folder {
    /// Makes the folder of a task, or goes on with it; `per_job` is asked for only if it is a new one.
    ///
    /// # Errors
    /// It cannot be written, another process works on it, or it is of another task.
    pub fn open(
        path: &Path,
        task: Task,
        asked: Option<u64>,
        per_job: impl FnOnce() -> u64,
    ) -> Result<Folder, InputError> {
        // What is refused leaves nothing behind.
        Plan::new(task.clone(), asked.unwrap_or(LAST))?;
        ["results", "log"].iter().try_for_each(|f| fs::create_dir_all(path.join(f))).map_err(|e| trouble(path, &e))?;
        let path = fs::canonicalize(path).map_err(|e| trouble(path, &e))?;
        if path.to_str().is_none_or(|p| p.contains('\n')) {
            return Err(InputError::plain(format!("{}: error: a shell script cannot name it", path.shown())));
        }
        let lock = lock(&path.join("lock"))?;
        let list = path.join("jobs.json");
        let plan = match fs::read_to_string(&list) {
            Ok(text) => planned(&text, task, asked).map_err(|why| {
                let help = "remove the folder, or name another with --dir";
                InputError::plain(format!("{}: error: {why} ({help})", list.shown()))
            })?,
            Err(e) if e.kind() == io::ErrorKind::NotFound => Plan::new(task, asked.unwrap_or_else(per_job))?,
            Err(e) => return Err(trouble(&list, &e)),
        };
        Ok(Folder { path, plan, _lock: lock })
    }

    /// Writes what jobs need: the binary under its digest, so that a build in between cannot change what they run, the
    /// list and the script. `threads` is that of a job.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn write(&self, binary: &Binary, threads: usize) -> Result<(), InputError> {
        let put = |name: &str, bytes: &[u8]| {
            let path = self.path.join(name);
            if fs::read(&path).is_ok_and(|there| there == bytes) {
                return Ok(());
            }
            write_whole(&path, bytes).map_err(|e| trouble(&path, &e))
        };
        put(&self.program(), &binary.bytes)?;
        put("job.sh", self.script(threads).as_bytes())?;
        ["job.sh", &self.program()].iter().try_for_each(|f| executable(&self.path.join(f)))?;
        // The list comes last: who finds one finds the rest.
        put("jobs.json", self.list().as_bytes())
    }

    fn program(&self) -> String {
        format!("avm-{}", &self.plan.task.digest[..16])
    }

    fn list(&self) -> String {
        let jobs: Vec<String> = (0..self.plan.jobs())
            .map(|job| {
                let seeds = self.plan.seeds(job);
                let result = format!("results/{job}.json");
                json!({ "job": job, "seeds": [seeds.start, seeds.end], "result": result }).to_string()
            })
            .collect();
        let task = serde_json::to_value(&self.plan.task).unwrap_or_default();
        let jobs = jobs.join(",\n");
        format!("{{\"task\": {task},\n\"per_job\": {},\n\"jobs\": [\n{jobs}\n]}}\n", self.plan.per_job)
    }

    fn script(&self, threads: usize) -> String {
        let Plan { task, per_job } = &self.plan;
        let ((first, end), last) = (task.seeds, self.plan.jobs() - 1);
        let option = |name, value: &Option<String>| {
            value.as_ref().map_or_else(String::new, |v| format!(" --{name} {}", quoted(v)))
        };
        let (machine, fault) = (option("machine", &task.machine), option("fault", &task.fault));
        let (folder, program, cycles) = (quoted(&self.path.shown()), self.program(), task.cycles);
        format!(
            r#"#!/bin/sh
# One job of an array of avm regress, safe to repeat. Jobs are 0 to {last}.
#   Slurm:        avm regress --engine slurm does it, or sbatch --array=0-{last} job.sh
#   one machine:  seq 0 {last} | parallel ./job.sh
set -eu
job=${{SLURM_ARRAY_TASK_ID:-${{1:?number of the job, 0 to {last}}}}}
folder={folder}
first=$(({first} + job * {per_job}))
end=$((first + {per_job}))
[ "$end" -le {end} ] || end={end}
cd "$folder"
exec ./{program} regress{machine} --seeds "$first..$end" --jobs {threads} --cycles {cycles}{fault} --result "results/$job.json"
"#
        )
    }

    /// The result file of a job.
    pub fn result(&self, job: u64) -> PathBuf {
        self.path.join("results").join(format!("{job}.json"))
    }

    /// The output of a job.
    pub fn log(&self, job: u64) -> PathBuf {
        self.path.join("log").join(format!("{job}.log"))
    }

    /// Name of the array in the queue: the same for the same folder, so that it is found again.
    pub fn name(&self) -> String {
        let digest = Sha256::digest(self.path.as_os_str().as_encoded_bytes());
        let short: String = digest.iter().take(8).map(|b| format!("{b:02x}")).collect();
        format!("avm-{short}")
    }
}

fn lock(path: &Path) -> Result<fs::File, InputError> {
    let file = fs::OpenOptions::new().create(true).append(true).open(path).map_err(|e| trouble(path, &e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            let what = "another avm regress works on this folder; wait for it, or name another with --dir";
            Err(InputError::plain(format!("{}: error: {what}", path.shown())))
        }
        // Some shared file systems have no locks: then none is held.
        Err(fs::TryLockError::Error(_)) => Ok(file),
    }
}

/// The plan of a list, if it is one for this task.
fn planned(text: &str, task: Task, asked: Option<u64>) -> Result<Plan, String> {
    let list: List = serde_json::from_str(text).map_err(|e| format!("no list of jobs: {e}"))?;
    if let Some(why) = list.task.other_than(&task) {
        return Err(why);
    }
    let plan = Plan::new(task, list.per_job).map_err(|e| e.to_string())?;
    match asked.map(|n| n.next_multiple_of(BATCH)) {
        Some(n) if n != plan.per_job => Err(format!("its jobs have {} seeds each, not {n}", plan.per_job)),
        _ => Ok(plan),
    }
}

fn executable(path: &Path) -> Result<(), InputError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).map_err(|e| trouble(path, &e))?;
    }
    Ok(())
}

/// A word for a shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(seeds: (u64, u64)) -> Task {
        Task { version: VERSION, digest: "d".repeat(64), machine: None, rtl: true, fault: None, cycles: 5, seeds }
    }

    #[test]
    fn jobs_are_full_batches_and_cover_all_seeds() {
        let plan = Plan::new(task((10, 1_000)), 100).expect("a plan");
        assert_eq!((plan.per_job, plan.jobs()), (128, 8));
        let mut next = 10;
        for job in 0..plan.jobs() {
            let seeds = plan.seeds(job);
            assert_eq!(seeds.start, next);
            next = seeds.end;
        }
        assert_eq!(next, 1_000);
        let refused = |seeds, per_job| Plan::new(task(seeds), per_job).expect_err("refused").to_string();
        assert!(refused((0, 64_001), 1).contains("--per-job 128"));
        assert_eq!(Plan::new(task((0, 64_001)), 128).map(|p| p.jobs()).ok(), Some(501));
        assert!(refused((0, u64::MAX - 1), u64::MAX).contains("takes seeds up to"));
    }

    #[test]
    fn other_tasks_are_told_apart() {
        let (a, mut b) = (task((0, 64)), task((0, 64)));
        assert_eq!(a.other_than(&b), None);
        b.fault = Some("add_carry".into());
        assert_eq!(a.other_than(&b).as_deref(), Some("it is of fault none, not add_carry"));
        b.machine = Some("other".into());
        assert_eq!(a.other_than(&b).as_deref(), Some("it is of machine the usual, not other"));
        b.version = 2;
        assert_eq!(a.other_than(&b).as_deref(), Some("it is of version 1, not 2"));
    }
}
