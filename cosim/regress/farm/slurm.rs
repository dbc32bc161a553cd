// SPDX-License-Identifier: MIT OR Apache-2.0
//! Slurm's commands: submit an array, see what of it is queued or runs, cancel it.

use std::io;
use std::process::{Command, Stdio};

use super::Folder;

/// A folder's jobs in the queue.
pub struct Slurm<'a> {
    folder: &'a Folder,
    name: String,
    partition: Option<String>,
    threads: usize,
}

/// A job that is queued or runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    /// Its number in the array.
    pub job: u64,
    /// Slurm's name of it: array and number.
    pub id: String,
    /// `PENDING`, `RUNNING` and so on.
    pub state: String,
    /// Why it does not run.
    pub reason: String,
}

impl Queued {
    /// It is at work.
    pub fn runs(&self) -> bool {
        matches!(self.state.as_str(), "RUNNING" | "COMPLETING")
    }

    /// It waits for an operator: Slurm could not start it.
    pub fn held(&self) -> bool {
        self.reason.to_lowercase().replace('_', " ").contains("requeued held")
    }
}

impl<'a> Slurm<'a> {
    /// The queue of a folder, whose jobs have so many threads.
    pub fn new(folder: &'a Folder, partition: Option<&str>, threads: usize) -> Slurm<'a> {
        Slurm { folder, name: folder.name(), partition: partition.map(str::to_string), threads }
    }

    /// Submits jobs as one array; its number.
    ///
    /// # Errors
    /// What `sbatch` says.
    pub fn submit(&self, jobs: &[u64]) -> Result<String, String> {
        let mut sbatch = Command::new("sbatch");
        sbatch
            .args(["--parsable", "--requeue", "--open-mode=append", "--ntasks=1"])
            .args([format!("--array={}", ranges(jobs)), format!("--job-name={}", self.name)])
            .args([format!("--cpus-per-task={}", self.threads), "--output=log/%a.log".into()])
            .arg("--chdir")
            .arg(&self.folder.path);
        if let Some(partition) = &self.partition {
            sbatch.arg(format!("--partition={partition}"));
        }
        let out = output(sbatch.arg(self.folder.path.join("job.sh")))?;
        // With several clusters: number;cluster.
        let id = out.trim().split(';').next().unwrap_or("").to_string();
        match !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()) {
            true => Ok(id),
            false => Err(format!("sbatch names no job: {}", out.trim())),
        }
    }

    /// Jobs of this folder that are queued or run, whoever submitted them.
    ///
    /// # Errors
    /// What `squeue` says; nothing is known then.
    pub fn queued(&self) -> Result<Vec<Queued>, String> {
        let name = format!("--name={}", self.name);
        let out = output(Command::new("squeue").args(["--noheader", "--array", &name, "--format=%i|%T|%r"]))?;
        Ok(out.lines().filter_map(line).collect())
    }

    /// Cancels jobs.
    ///
    /// # Errors
    /// What `scancel` says.
    pub fn cancel(&self, jobs: &[Queued]) -> Result<(), String> {
        // By elements, as they were seen: an array that is over and its number used again is not ours.
        jobs.chunks(500).try_for_each(|some| output(Command::new("scancel").args(some.iter().map(|j| &j.id))).map(drop))
    }
}

/// A line of `squeue`: `17_3|PENDING|Priority`.
fn line(line: &str) -> Option<Queued> {
    let mut parts = line.trim().splitn(3, '|');
    let (id, state, reason) = (parts.next()?, parts.next()?, parts.next()?);
    let job = id.rsplit_once('_')?.1.parse().ok()?;
    Some(Queued { job, id: id.into(), state: state.into(), reason: reason.into() })
}

/// What a command prints, or what it complains about in one line.
fn output(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => format!("no `{program}` in PATH"),
        _ => format!("{program}: {e}"),
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said: Vec<&str> = said.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    Err(if said.is_empty() { format!("{program}: {}", output.status) } else { said.join("; ") })
}

/// Ascending numbers as `0-3,7`.
fn ranges(numbers: &[u64]) -> String {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for &n in numbers {
        match runs.last_mut().filter(|(_, last)| last + 1 == n) {
            Some((_, last)) => *last = n,
            None => runs.push((n, n)),
        }
    }
    let text = |&(a, b): &(u64, u64)| if a == b { a.to_string() } else { format!("{a}-{b}") };
    runs.iter().map(text).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_commands_take_and_print() {
        assert_eq!(ranges(&[0, 1, 2, 5, 7, 8]), "0-2,5,7-8");
        let seen = line("17_3|PENDING|launch failed requeued held").expect("a job");
        assert_eq!((seen.job, seen.id.as_str(), seen.runs(), seen.held()), (3, "17_3", false, true));
        assert!(line("17_4|RUNNING|None").is_some_and(|j| j.runs() && !j.held()));
        assert_eq!(line("slurm_load_jobs error"), None);
    }
}
