// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a run gave, as text, JUnit and JSON lines; as a page in [`super::page`].

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use serde_json::{Value, json};

use super::comparison::Comparison;
use super::group::Group;
use super::known::{Day, Known};
use super::work::{Program, Tier, Work};
use super::{Results, Settings, Verdict};
use crate::lockstep::cover::{Cover, Summary};
use crate::names::Shown;

/// Failing programs named one by one, of each signature.
const NAMED: usize = 1_000;
/// Test cases for random programs that agree.
const CASES: usize = 512;

/// A distinct failure.
pub struct Entry<'a> {
    /// Its programs.
    pub group: &'a Group,
    /// Whether it is known.
    pub verdict: Verdict<'a>,
    /// Name of its first program.
    pub first: String,
    /// Command that replays that.
    pub replay: String,
    /// Its failure folder.
    pub folder: Option<PathBuf>,
}

/// A run with everything that reports say of it.
pub struct Report<'a> {
    /// What was to run.
    pub work: &'a Work,
    /// How.
    pub settings: &'a Settings,
    /// What it gave.
    pub results: &'a Results,
    /// Distinct failures, by first program.
    pub entries: Vec<Entry<'a>>,
    /// Known failures whose date is over and that did not occur.
    pub stale: Vec<&'a Known>,
    /// Coverage by name.
    pub cover: Summary,
    /// Which build.
    pub build: String,
    /// Arguments of the command.
    pub arguments: String,
    /// Number of the kept run.
    pub run: Option<i64>,
    /// Compared with another run.
    pub comparison: Option<Comparison>,
}

/// A number with its thousands apart.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let parts: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|c| std::str::from_utf8(c).unwrap_or_default()).collect();
    parts.join(",")
}

/// The verb of so many programs.
fn agree(n: u64) -> &'static str {
    if n == 1 { "agrees" } else { "agree" }
}

/// A count with its noun.
pub fn counted(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", thousands(n), if n == 1 { "" } else { "s" })
}

impl Report<'_> {
    /// Something failed that is not known.
    pub fn failed(&self) -> bool {
        self.entries.iter().any(|e| e.verdict.fails())
    }

    /// All ran, and nothing failed that is not known.
    pub fn passed(&self) -> bool {
        !self.failed() && self.results.missing.is_empty() && !self.results.interrupted
    }

    /// What an interruption left out, in words.
    pub fn interruption(&self) -> String {
        let (files, random) = self.results.programs();
        match self.work.programs() {
            Some(all) => {
                let left = counted(all.saturating_sub(files + random), "program");
                format!("interrupted: {left} of {} did not run", thousands(all))
            }
            None => "interrupted before its time was over".into(),
        }
    }

    /// Seeds that never came back, one range after the other; empty if all did.
    pub fn missing(&self) -> String {
        let ranges = self.results.missing.iter().map(|s| format!("{}..{}", s.start, s.end));
        ranges.collect::<Vec<_>>().join(", ")
    }

    /// The tool itself failed.
    pub fn tool_failed(&self) -> bool {
        self.entries.iter().any(|e| e.group.is_tool())
    }

    /// When the run began, UTC.
    pub fn started(&self) -> String {
        stamp(self.results.started)
    }

    /// What ran, in words.
    pub fn what(&self) -> String {
        let count = |tier| self.results.files.iter().filter(|f| self.work.files[f.index].0 == tier).count();
        let mut parts: Vec<String> = [Tier::Suite, Tier::Corpus]
            .map(|tier| (count(tier), tier))
            .into_iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, tier)| format!("{} {}", thousands(n as u64), tier.name()))
            .collect();
        let (_, random) = self.results.programs();
        if random > 0 {
            let last = self.results.blocks.iter().map(|b| b.first + b.programs).max().unwrap_or(0);
            let without = if self.results.missing.is_empty() { "" } else { " without " };
            let seeds = format!("{}..{last}{without}{}", self.work.seeds.start, self.missing());
            parts.push(format!("{} random, seeds {seeds}", thousands(random)));
        }
        let all = if parts.is_empty() { "nothing".into() } else { parts.join(" + ") };
        self.settings.machine.map_or(all.clone(), |machine| format!("{machine}: {all}"))
    }

    /// One line.
    pub fn headline(&self) -> String {
        let (files, random) = self.results.programs();
        let (n, failed) = (files + random, self.results.groups.programs());
        let new = self.entries.iter().filter(|e| e.verdict.fails()).count() as u64;
        let known = self.entries.len() as u64 - new;
        let mut s = match (new, known) {
            (0, 0) => format!("{} {}", counted(n, "program"), agree(n)),
            (0, _) => format!("{}, {} failed in known ways", counted(n, "program"), thousands(failed)),
            _ => {
                format!("{}, {} failed: {}", counted(n, "program"), thousands(failed), counted(new, "distinct failure"))
            }
        };
        if new > 0 && known > 0 {
            let _ = write!(s, " and {known} known");
        }
        if self.results.interrupted {
            s.push_str(" (interrupted)");
        } else if !self.results.missing.is_empty() {
            s.push_str(" (incomplete)");
        }
        s
    }

    /// How fast.
    pub fn speed(&self) -> String {
        let r = self.results;
        let seconds = r.took.as_secs_f64();
        format!(
            "{seconds:.1} s, {} programs/s, {:.2} M clocks/s, {} jobs",
            thousands(r.rate().round() as u64),
            r.clocks as f64 / seconds.max(1e-3) / 1e6,
            self.settings.jobs
        )
    }

    /// What was covered, in one line.
    pub fn covered(&self) -> String {
        let c = &self.cover;
        let depths = self.results.cover.table().histograms();
        let deep: Vec<String> = depths.map(|d| format!("{d} {}+", c.deepest(d))).collect();
        format!(
            "{} of {} opcode x exception cells, {} of {} opcode pairs, {} cycle causes{}{}",
            thousands(c.cells.len() as u64),
            thousands(c.all_cells() as u64),
            thousands(c.pairs.0 as u64),
            thousands(c.pairs.1 as u64),
            c.causes_seen(),
            if deep.is_empty() { "" } else { "; " },
            deep.join(", ")
        )
    }
}

/// A time as `YYYY-MM-DD hh:mm:ss`, UTC.
fn stamp(time: SystemTime) -> String {
    let s = time.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs()) % 86_400;
    format!("{} {:02}:{:02}:{:02}", Day::of(time), s / 3_600, s / 60 % 60, s % 60)
}

/// What the command prints.
pub fn text(r: &Report<'_>) -> String {
    let mut s = format!("{}\n  {}\n  {}\n", r.headline(), r.what(), r.speed());
    for e in r.entries.iter().filter(|e| e.verdict.fails()) {
        let _ = write!(s, "\n{}", entry_text(e));
    }
    let known: Vec<_> = r.entries.iter().filter(|e| !e.verdict.fails()).collect();
    if !known.is_empty() {
        s.push_str("\nknown:\n");
    }
    for e in known {
        if let Verdict::Known(k) = e.verdict {
            let n = counted(e.group.programs.len() as u64, "program");
            let _ = writeln!(s, "  {}  {n}, until {}: {}", e.group.signature(), k.until, k.reason);
        }
    }
    if r.results.interrupted {
        let _ = writeln!(s, "\n{}", r.interruption());
    }
    if !r.results.missing.is_empty() {
        let _ = writeln!(s, "\nnot run: seeds {}", r.missing());
    }
    for k in &r.stale {
        let _ = writeln!(s, "\nknown until {} and not seen any more: {}: take it off the list", k.until, k.signature);
    }
    let _ = writeln!(s, "\ncovered: {}", r.covered());
    if !r.cover.holes.is_empty() {
        let _ = writeln!(s, "  holes: {}", some(&r.cover.holes, 12));
    }
    if !r.cover.outside.is_empty() {
        let outside: Vec<String> = r.cover.outside.keys().cloned().collect();
        let _ = writeln!(s, "  seen, though the instruction table does not allow it: {}", some(&outside, 12));
    }
    if let Some(c) = &r.comparison {
        s.push_str(&comparison_text(c));
    }
    s
}

fn entry_text(e: &Entry<'_>) -> String {
    let (g, f) = (e.group, &e.group.first);
    let n = counted(g.programs.len() as u64, "program");
    let mut s = format!("{}  {n}, first {}\n  {}\n", g.signature(), e.first, f.summary);
    if !f.interpreter.is_empty() {
        let _ = writeln!(s, "  interpreter: {}", f.interpreter);
    }
    if let Verdict::Expired(k) = e.verdict {
        let _ = writeln!(s, "  was known until {}, that date is over: {}", k.until, k.reason);
    }
    if g.dependent > 0 {
        let _ = writeln!(s, "  {} of {n} depend on what ran before on the core", g.dependent);
    }
    let _ = writeln!(s, "  replay: {}", e.replay);
    if let Some(folder) = &e.folder {
        let _ = writeln!(s, "  folder: {}", folder.shown());
    }
    s
}

/// What is said of folders once they are written.
pub fn folders(r: &Report<'_>) -> String {
    let mut s = String::new();
    for e in &r.entries {
        if let Some(folder) = &e.folder {
            let title = if s.is_empty() { "\nfolders:\n" } else { "" };
            let _ = writeln!(s, "{title}  {}  {}", e.group.signature(), folder.shown());
        }
    }
    s
}

/// The first of a list.
pub fn some(list: &[String], most: usize) -> String {
    let shown = list[..list.len().min(most)].join(", ");
    if list.len() > most { format!("{shown} and {} more", list.len() - most) } else { shown }
}

fn comparison_text(c: &Comparison) -> String {
    let mut s = format!("\nagainst run {} of {}:\n", c.run, c.started);
    if let Some(what) = &c.other_programs {
        let _ = writeln!(s, "  it ran something else: {what}");
    }
    let list = |s: &mut String, word: &str, items: &[(String, u64)]| {
        for (signature, n) in items {
            let _ = writeln!(s, "  {word:<8} {signature}  {}", counted(*n, "program"));
        }
    };
    list(&mut s, "new", &c.new);
    list(&mut s, "gone", &c.gone);
    for (signature, then, now) in &c.changed {
        let _ = writeln!(s, "  changed  {signature}  {} programs, {} then", thousands(*now), thousands(*then));
    }
    if c.new.is_empty() && c.gone.is_empty() && c.changed.is_empty() {
        s.push_str("  the same failures\n");
    }
    let (then, now) = c.rate;
    let _ =
        writeln!(s, "  rate     {now:.0} programs/s, {then:.0} then ({:+.0} %)", 100.0 * (now / then.max(1e-9) - 1.0));
    for (word, cells) in [("now", &c.covered), ("then", &c.uncovered)] {
        if !cells.is_empty() {
            let _ = writeln!(s, "  covered only {word}: {}", some(cells, 8));
        }
    }
    s
}

/// JUnit: a test case for each scenario, for each distinct failure of random programs, and for blocks of those that
/// agree.
///
/// # Errors
/// In words; there is no known cause.
pub fn junit(r: &Report<'_>) -> Result<String, String> {
    let mut report = quick_junit::Report::new("avm regress");
    report.set_time(r.results.took);
    for tier in [Tier::Suite, Tier::Corpus] {
        let mut suite = TestSuite::new(tier.name());
        for f in r.results.files.iter().filter(|f| r.work.files[f.index].0 == tier) {
            let entry = f.signature.as_ref().and_then(|s| r.entries.iter().find(|e| e.group.signature() == s));
            let mut status = entry.map_or_else(TestCaseStatus::success, status);
            if let (Some(said), Some(e)) = (&f.summary, entry.filter(|e| e.verdict.fails())) {
                // What came of another program with the same signature is in the description.
                status.set_message(said).set_description(entry_text(e));
            }
            let mut case = TestCase::new(r.work.name(&Program::File(f.index)), status);
            case.set_classname(tier.name()).set_time(f.took);
            suite.add_test_case(case);
        }
        add(&mut report, suite);
    }
    let mut suite = TestSuite::new("random");
    for e in r.entries.iter().filter(|e| e.group.programs.iter().any(|p| matches!(p, Program::Seed(_)))) {
        let mut case = TestCase::new(format!("{}, first {}", e.group.signature(), e.first), status(e));
        case.set_classname("random");
        suite.add_test_case(case);
    }
    for chunk in r.results.blocks.chunks(r.results.blocks.len().div_ceil(CASES).max(1)) {
        let (first, last) = (chunk[0].first, chunk.iter().map(|b| b.first + b.programs).max().unwrap_or(0));
        let agreed: u64 = chunk.iter().map(|b| b.programs - b.failed).sum();
        if agreed > 0 {
            let name = format!("seeds {first}..{last}: {agreed} {}", agree(agreed));
            let mut case = TestCase::new(name, TestCaseStatus::success());
            case.set_classname("random").set_time(chunk.iter().map(|b| b.took).sum());
            suite.add_test_case(case);
        }
    }
    for seeds in &r.results.missing {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message("not run: the job never came back, or was cancelled");
        let mut case = TestCase::new(format!("seeds {}..{}: not run", seeds.start, seeds.end), status);
        case.set_classname("random");
        suite.add_test_case(case);
    }
    add(&mut report, suite);
    if r.results.interrupted {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(r.interruption());
        let mut suite = TestSuite::new("run");
        suite.add_test_case(TestCase::new("interrupted", status));
        add(&mut report, suite);
    }
    report.to_string().map(|text| plain_root(&text)).map_err(|e| e.to_string())
}

/// The report without attributes of its root that not all readers know: Jenkins' schema has none for these.
fn plain_root(text: &str) -> String {
    let Some((head, root)) = text.split_once("<testsuites ") else { return text.into() };
    let (attributes, rest) = root.split_once('>').unwrap_or((root, ""));
    let known = |a: &&str| ["name=", "tests=", "failures=", "errors=", "time="].iter().any(|k| a.starts_with(k));
    // Values of these are numbers, but for the name, which has a space.
    let name = "name=\"avm regress\"";
    let others = attributes.replace(name, "");
    let kept: Vec<&str> = others.split_whitespace().filter(known).collect();
    format!("{head}<testsuites {name} {}>{rest}", kept.join(" "))
}

fn add(report: &mut quick_junit::Report, suite: TestSuite) {
    if !suite.test_cases.is_empty() {
        report.add_test_suite(suite);
    }
}

fn status(e: &Entry<'_>) -> TestCaseStatus {
    let f = &e.group.first;
    if let Verdict::Known(k) = e.verdict {
        let mut status = TestCaseStatus::skipped();
        status.set_message(format!("{}, known until {}: {}", f.signature, k.until, k.reason));
        return status;
    }
    let kind = if e.group.is_tool() { NonSuccessKind::Error } else { NonSuccessKind::Failure };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(f.signature.clone()).set_message(f.summary.clone()).set_description(entry_text(e));
    status
}

/// JSON lines: `run`, then `scenario` and `failure` for each, `cover`, and `end`.
pub fn json_lines(r: &Report<'_>) -> String {
    let results = r.results;
    let (files, random) = results.programs();
    let mut lines = vec![json!({
        "type": "run", "started": r.started(), "build": r.build, "arguments": r.arguments, "what": r.what(),
        "jobs": r.settings.jobs, "batch": r.work.batch, "cycles": r.settings.cycles,
        "fault": r.settings.fault, "run": r.run,
    })];
    for f in &results.files {
        let (tier, path) = &r.work.files[f.index];
        lines.push(json!({
            "type": "scenario", "tier": tier.name(), "scenario": path.shown(), "retired": f.retired,
            "cycles": f.cycles, "seconds": f.took.as_secs_f64(), "signature": f.signature,
        }));
    }
    lines.extend(r.entries.iter().map(|e| entry_json(r, e)));
    let mut cover = serde_json::to_value(&r.cover).unwrap_or_default();
    cover["type"] = "cover".into();
    lines.push(cover);
    if let Some(c) = &r.comparison {
        let mut c = serde_json::to_value(c).unwrap_or_default();
        c["type"] = "comparison".into();
        lines.push(c);
    }
    let missing: Vec<_> = results.missing.iter().map(|s| [s.start, s.end]).collect();
    lines.push(json!({
        "type": "end", "programs": files + random, "failed": results.groups.programs(), "distinct": r.entries.len(),
        "passed": r.passed(), "interrupted": results.interrupted, "missing": missing, "seconds": results.took.as_secs_f64(),
        "programs_per_second": results.rate(), "clocks": results.clocks, "retired": results.retired,
    }));
    lines.iter().fold(String::new(), |s, line| s + &line.to_string() + "\n")
}

fn entry_json(r: &Report<'_>, e: &Entry<'_>) -> Value {
    let g = e.group;
    let (until, reason) = match e.verdict {
        Verdict::New => (None, None),
        Verdict::Known(k) | Verdict::Expired(k) => (Some(k.until.to_string()), Some(&k.reason)),
    };
    let programs: Vec<String> = g.programs.iter().take(NAMED).map(|p| r.work.name(p)).collect();
    json!({
        "type": "failure", "signature": g.signature(), "class": g.class(), "verdict": e.verdict.word(), "until": until,
        "reason": reason, "count": g.programs.len(), "depends_on_what_ran_before": g.dependent, "first": e.first,
        "programs": programs, "summary": g.first.summary, "interpreter": g.first.interpreter, "replay": e.replay,
        "folder": e.folder.as_ref().map(|f| f.shown()),
    })
}

/// All counts, as JSON: what `--cover` writes.
pub fn cover_json(cover: &Cover) -> String {
    let mut all = serde_json::to_value(cover.summary()).unwrap_or_default();
    all["pair_counts"] = serde_json::to_value(cover.pairs()).unwrap_or_default();
    format!("{all:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(stamp(UNIX_EPOCH + std::time::Duration::from_secs(86_399)), "1970-01-01 23:59:59");
        assert_eq!(some(&["a".into(), "b".into(), "c".into()], 2), "a, b and 1 more");
    }
}
