// SPDX-License-Identifier: MIT OR Apache-2.0
//! Runs that are kept: one SQLite file, one row for each run, one for each of its signatures.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior, params};

use super::comparison::Comparison;
use super::report::Report;
use crate::input::InputError;
use crate::lockstep::cover::Summary;
use crate::names::Shown;
use crate::rtl::object::Trouble;

/// Version of the tables, in the file's `user_version`.
const VERSION: i64 = 1;
const TABLES: &str = "
CREATE TABLE run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    started TEXT NOT NULL, seconds REAL NOT NULL, build TEXT NOT NULL, arguments TEXT NOT NULL, what TEXT NOT NULL,
    programs INTEGER NOT NULL, failed INTEGER NOT NULL, clocks INTEGER NOT NULL, rate REAL NOT NULL,
    interrupted INTEGER NOT NULL, cover TEXT NOT NULL
) STRICT;
CREATE TABLE failure (
    run INTEGER NOT NULL REFERENCES run (id), signature TEXT NOT NULL, class TEXT NOT NULL, verdict TEXT NOT NULL,
    programs INTEGER NOT NULL, first TEXT NOT NULL, summary TEXT NOT NULL, replay TEXT NOT NULL,
    PRIMARY KEY (run, signature)
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 1;";

/// Condition on a run: it is of a machine. What it ran begins with the machine's name and a colon, unless that is the
/// first of the build, and has no colon otherwise.
const OF: &str = "substr(what, 1, instr(what, ': ')) = ?1";

/// The file.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    connection: Connection,
}

/// A run that was kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Number.
    pub id: i64,
    /// When it began.
    pub started: String,
    /// What it ran.
    pub what: String,
    /// Programs.
    pub programs: u64,
    /// Programs that failed.
    pub failed: u64,
    /// Programs in a second.
    pub rate: f64,
    /// Programs by signature.
    pub failures: BTreeMap<String, u64>,
    /// Coverage.
    pub cover: Summary,
}

/// What to do about a file that is not right.
const OTHER: &str = "name another with --store, or keep nothing with --no-store";

fn failed(path: &Path, e: &rusqlite::Error) -> String {
    match e.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => {
            format!("{}: error: this is no SQLite file ({OTHER})", path.shown())
        }
        _ => format!("{}: error: {e} ({OTHER})", path.shown()),
    }
}

impl Store {
    /// Opens the file, and makes it if there is none.
    ///
    /// # Errors
    /// It cannot be made or is something else.
    pub fn open(path: &Path) -> Result<Store, Trouble> {
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .map_err(|e| Trouble::input(format!("{}: error: {e} ({OTHER})", folder.shown())))?;
        }
        let fail = |e: rusqlite::Error| match e.sqlite_error_code() {
            // Nothing is wrong with what the user named.
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => Trouble::Tool(failed(path, &e)),
            _ => Trouble::input(failed(path, &e)),
        };
        let mut connection = Connection::open(path).map_err(fail)?;
        // Other runs may be writing: theirs are short transactions.
        connection.busy_timeout(Duration::from_secs(60)).map_err(fail)?;
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fail)?;
        let version: i64 = tx.query_row("PRAGMA user_version", [], |r| r.get(0)).map_err(fail)?;
        let tables: i64 = tx.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get(0)).map_err(fail)?;
        match (version, tables) {
            (0, 0) => tx.execute_batch(TABLES).map_err(fail)?,
            (VERSION, _) => {}
            _ => {
                let what = "this SQLite file is not of this version of avm regress";
                return Err(Trouble::input(format!("{}: error: {what} ({OTHER})", path.shown())));
            }
        }
        tx.commit().map_err(fail)?;
        Ok(Store { path: path.into(), connection })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps a run; its number.
    ///
    /// # Errors
    /// In words, if the file cannot be written; nothing of the run is in it then.
    pub fn keep(&mut self, report: &Report<'_>) -> Result<i64, String> {
        self.put(report).map_err(|e| failed(&self.path, &e))
    }

    fn put(&mut self, report: &Report<'_>) -> rusqlite::Result<i64> {
        let (results, cover) = (report.results, serde_json::to_string(&report.cover).unwrap_or_default());
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (files, random) = results.programs();
        tx.execute(
            "INSERT INTO run
             (started, seconds, build, arguments, what, programs, failed, clocks, rate, interrupted, cover)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                report.started(),
                results.took.as_secs_f64(),
                report.build,
                report.arguments,
                report.what(),
                (files + random) as i64,
                results.groups.programs() as i64,
                results.clocks as i64,
                results.rate(),
                // Incomplete counts as interrupted; `what` names the seeds that did not run.
                results.interrupted || !results.missing.is_empty(),
                cover
            ],
        )?;
        let id = tx.last_insert_rowid();
        for e in &report.entries {
            let g = e.group;
            tx.execute(
                "INSERT INTO failure (run, signature, class, verdict, programs, first, summary, replay)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    id,
                    g.signature(),
                    g.class(),
                    e.verdict.word(),
                    g.programs.len() as i64,
                    e.first,
                    g.first.summary,
                    e.replay
                ],
            )?;
        }
        tx.commit()?;
        Ok(id)
    }

    /// The run of a machine with this number, or its last one; `machine` as in the run's settings.
    ///
    /// # Errors
    /// There is none; the message lists the last runs.
    pub fn kept(&self, which: &str, machine: Option<&str>) -> Result<Kept, InputError> {
        let fail = |e: rusqlite::Error| InputError::plain(failed(&self.path, &e));
        let machine = machine.map_or_else(String::new, |m| format!("{m}:"));
        let last = format!("SELECT max(id) FROM run WHERE {OF}");
        let last: Option<i64> = self.connection.query_row(&last, [&machine], |r| r.get(0)).map_err(fail)?;
        let id = if which == "last" { last } else { which.parse().ok() };
        let found = match id {
            Some(id) => self.read(id, &machine).map_err(fail)?,
            None => None,
        };
        match found {
            Some(kept) => Ok(kept),
            None => Err(InputError::plain(self.no_run(which, &machine).map_err(fail)?)),
        }
    }

    fn read(&self, id: i64, machine: &str) -> rusqlite::Result<Option<Kept>> {
        let run = format!("SELECT started, what, programs, failed, rate, cover FROM run WHERE {OF} AND id = ?2");
        let run = self.connection.query_row(&run, params![machine, id], |r| {
            Ok(Kept {
                id,
                started: r.get(0)?,
                what: r.get(1)?,
                programs: r.get::<_, i64>(2)? as u64,
                failed: r.get::<_, i64>(3)? as u64,
                rate: r.get(4)?,
                failures: BTreeMap::new(),
                cover: serde_json::from_str(&r.get::<_, String>(5)?).unwrap_or_default(),
            })
        });
        let Some(mut run) = run.optional()? else { return Ok(None) };
        let mut all = self.connection.prepare("SELECT signature, programs FROM failure WHERE run = ?1")?;
        let rows = all.query_map([id], |r| Ok((r.get(0)?, r.get::<_, i64>(1)? as u64)))?;
        run.failures = rows.collect::<Result<_, _>>()?;
        Ok(Some(run))
    }

    fn no_run(&self, which: &str, machine: &str) -> rusqlite::Result<String> {
        let last = format!("SELECT id, started, what, failed FROM run WHERE {OF} ORDER BY id DESC LIMIT 5");
        let mut last = self.connection.prepare(&last)?;
        let line = |r: &rusqlite::Row<'_>| {
            let (id, started, what, failed): (i64, String, String, i64) = (r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?);
            Ok(format!("  {id:>6}  {started}  {failed} failed  {what}"))
        };
        let lines = last.query_map([machine], line)?.collect::<Result<Vec<_>, _>>()?;
        let path = self.path.shown();
        Ok(match lines.is_empty() {
            true => format!("{path}: error: no run `{which}`: none is kept there yet"),
            false => format!("{path}: error: no run `{which}`; the last ones are\n{}", lines.join("\n")),
        })
    }
}

/// Compares a run with one that was kept.
pub fn compare(then: &Kept, now: &Report<'_>) -> Comparison {
    let hits: BTreeMap<String, u64> =
        now.entries.iter().map(|e| (e.group.signature().into(), e.group.programs.len() as u64)).collect();
    let only = |a: &BTreeMap<String, u64>, b: &BTreeMap<String, u64>| {
        a.iter().filter(|(s, _)| !b.contains_key(*s)).map(|(s, n)| (s.clone(), *n)).collect::<Vec<_>>()
    };
    let both = hits.iter().filter_map(|(s, n)| Some((s.clone(), *then.failures.get(s)?, *n)));
    let cells = |a: &Summary, b: &Summary| {
        a.cells.keys().filter(|c| !b.cells.contains_key(*c)).cloned().collect::<Vec<String>>()
    };
    Comparison {
        run: then.id,
        started: then.started.clone(),
        other_programs: (then.what != now.what()).then(|| then.what.clone()),
        new: only(&hits, &then.failures),
        gone: only(&then.failures, &hits),
        changed: both.filter(|(_, a, b)| a != b).collect(),
        rate: (then.rate, now.results.rate()),
        covered: cells(&now.cover, &then.cover),
        uncovered: cells(&then.cover, &now.cover),
    }
}
