// SPDX-License-Identifier: MIT OR Apache-2.0
//! Coverage, counted in what retired: opcode x exception, opcode pairs, cycle causes, depths. What is counted under
//! which name, and what of it is possible, a machine says in a [`Table`]. Counters are plain numbers and add up, so
//! that threads, runs and machines can be put together.

use std::collections::BTreeMap;

use avm_sim::trace::{Core as _, Retire};
use serde::{Deserialize, Serialize};

use crate::lockstep::{CallFigures, Session};
use crate::machines::Machine;

/// Retire codes have five bits.
const CODES: usize = 32;
/// Depths are counted by their number of bits: 0, 1, 2 to 3, 4 to 7 and so on.
const BUCKETS: usize = 13;
/// Name of the histogram of logs.
const LOG: &str = "log entries";

/// Depths that an instruction left; a machine uses as many as its table has names for.
pub type Depths = [usize; 4];
/// One of the [`Depths`] that an instruction does not have.
pub const NO_DEPTH: usize = usize::MAX;

/// What a machine's coverage counts.
#[derive(Debug)]
pub struct Table {
    /// Names of the rows, which are instructions; row 0 is everything that is none.
    pub rows: &'static [&'static str],
    /// The row of an instruction.
    pub row: fn(&Retire) -> usize,
    /// Retire codes below 32, as reports list them.
    pub codes: &'static [u8],
    /// Whether a row can retire with one of these codes.
    pub allowed: fn(usize, u8) -> bool,
    /// Whether a row can retire right after another.
    pub may_follow: fn(usize, usize) -> bool,
    /// Names of the [`Depths`].
    pub depths: &'static [&'static str],
    /// Calls have an undo log, of which the most entries are counted.
    pub log: bool,
}

impl Table {
    /// Tells no instruction from another.
    pub const PLAIN: Table = Table {
        rows: &["instruction"],
        row: |_| 0,
        codes: &[0],
        allowed: |_, _| true,
        may_follow: |_, _| true,
        depths: &[],
        log: false,
    };

    /// Names of all histograms.
    pub fn histograms(&self) -> impl Iterator<Item = &'static str> {
        self.depths.iter().copied().chain(self.log.then_some(LOG))
    }

    /// Whether a row can retire with a code.
    pub fn allows(&self, row: usize, code: u8) -> bool {
        self.codes.contains(&code) && (self.allowed)(row, code)
    }
}

/// Counts.
#[derive(Clone, Debug)]
pub struct Cover {
    table: &'static Table,
    exception: fn(u8) -> &'static str,
    cause_names: &'static [&'static str],
    /// By row, then code.
    cells: Vec<u64>,
    /// By row, then the row after it.
    pairs: Vec<u64>,
    causes: Vec<u64>,
    /// Histograms one after the other: instructions by each depth, then calls by the most entries of the log.
    depths: Vec<u64>,
    /// Row of the instruction before, in the call in progress.
    before: usize,
}

fn bucket(n: usize) -> usize {
    ((usize::BITS - n.leading_zeros()) as usize).min(BUCKETS - 1)
}

impl Cover {
    /// Nothing yet, of a machine.
    pub fn of<M: Machine>() -> Cover {
        let (table, cause_names) = (M::COVER, M::Core::CAUSES);
        let rows = table.rows.len();
        Cover {
            table,
            exception: <M::Session<'static> as Session>::exception,
            cause_names,
            cells: vec![0; rows * CODES],
            pairs: vec![0; rows * rows],
            causes: vec![0; cause_names.len()],
            depths: vec![0; table.histograms().count() * BUCKETS],
            before: 0,
        }
    }

    /// What is counted.
    pub fn table(&self) -> &'static Table {
        self.table
    }

    /// Counts an instruction, and the depths that it left.
    #[inline]
    pub fn retired(&mut self, retire: &Retire, depths: &Depths) {
        let row = (self.table.row)(retire);
        self.cells[row * CODES + usize::from(retire.exception) % CODES] += 1;
        if retire.order > 0 {
            self.pairs[self.before * self.table.rows.len() + row] += 1;
        }
        self.before = row;
        let histograms = self.depths.chunks_exact_mut(BUCKETS).take(self.table.depths.len());
        let counted = histograms.zip(depths).filter(|(_, depth)| **depth != NO_DEPTH);
        counted.for_each(|(histogram, depth)| histogram[bucket(*depth)] += 1);
    }

    /// Counts what a call's cycles were spent on, and its log.
    pub fn call(&mut self, call: &CallFigures) {
        self.causes.iter_mut().zip(&call.causes).for_each(|(sum, n)| *sum += n);
        if self.table.log {
            self.depths[self.table.depths.len() * BUCKETS + bucket(call.end.pages.log as usize)] += 1;
        }
    }

    /// Adds the counts of another.
    pub fn merge(&mut self, other: &Cover) {
        let add = |a: &mut [u64], b: &[u64]| a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        add(&mut self.cells, &other.cells);
        add(&mut self.pairs, &other.pairs);
        add(&mut self.causes, &other.causes);
        add(&mut self.depths, &other.depths);
    }

    /// Name of a retire code.
    pub fn code_name(&self, code: u8) -> &'static str {
        if code == 0 { "normal" } else { (self.exception)(code) }
    }

    /// How often a row retired with a code.
    pub fn count(&self, row: usize, code: u8) -> u64 {
        self.cells[row * CODES + usize::from(code)]
    }

    /// Cycles of calls.
    pub fn cycles(&self) -> u64 {
        self.causes.iter().sum()
    }

    /// Cycles by cause.
    pub fn causes(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.cause_names.iter().copied().zip(self.causes.iter().copied())
    }

    /// The histograms by name, as smallest depth and count.
    pub fn depths(&self) -> impl Iterator<Item = (&'static str, Vec<(u64, u64)>)> + '_ {
        let from = |i: usize| if i == 0 { 0 } else { 1 << (i - 1) };
        let histogram = move |counts: &[u64]| counts.iter().enumerate().map(|(i, n)| (from(i), *n)).collect();
        self.table.histograms().zip(self.depths.chunks_exact(BUCKETS).map(histogram))
    }

    /// Followers of a row that were seen, and that are possible.
    pub fn followers(&self, row: usize) -> (usize, usize) {
        let (mut seen, mut possible) = (0, 0);
        for (next, n) in self.pairs_after(row).iter().enumerate() {
            let may = (self.table.may_follow)(row, next);
            possible += usize::from(may);
            seen += usize::from(may && *n > 0);
        }
        (seen, possible)
    }

    fn pairs_after(&self, row: usize) -> &[u64] {
        let rows = self.table.rows.len();
        &self.pairs[row * rows..(row + 1) * rows]
    }

    /// What was covered, by name: what is kept and compared.
    pub fn summary(&self) -> Summary {
        let (mut s, table) = (Summary::default(), self.table);
        for row in 0..table.rows.len() {
            for code in 0..CODES as u8 {
                let (n, may) = (self.count(row, code), table.allows(row, code));
                let cell = || format!("{} {}", table.rows[row], self.code_name(code));
                match (n > 0, may) {
                    (true, true) => drop(s.cells.insert(cell(), n)),
                    (true, false) => drop(s.outside.insert(cell(), n)),
                    (false, true) => s.holes.push(cell()),
                    (false, false) => {}
                }
            }
            let (seen, possible) = self.followers(row);
            s.pairs.0 += seen;
            s.pairs.1 += possible;
        }
        s.causes = self.causes().map(|(name, n)| (name.to_string(), n)).collect();
        s.depths = self.depths().map(|(name, counts)| (name.to_string(), counts)).collect();
        s
    }

    /// The pairs that occurred, by name.
    pub fn pairs(&self) -> BTreeMap<String, u64> {
        let names = self.table.rows;
        let after = |row: usize| self.pairs_after(row).iter().enumerate().filter(|(_, n)| **n > 0);
        let named = |row: usize| after(row).map(move |(next, n)| (format!("{} {}", names[row], names[next]), *n));
        (0..names.len()).flat_map(named).collect()
    }

    /// The counts, for a file.
    pub fn counts(&self) -> Counts {
        let some = |all: &[u64]| all.iter().copied().enumerate().filter(|(_, n)| *n > 0).collect();
        Counts {
            cells: some(&self.cells),
            pairs: some(&self.pairs),
            causes: some(&self.causes),
            depths: some(&self.depths),
        }
    }

    /// Adds counts from a file.
    ///
    /// # Errors
    /// They are of something else.
    pub fn add(&mut self, counts: &Counts) -> Result<(), String> {
        let put = |all: &mut [u64], counts: &[(usize, u64)]| {
            counts.iter().try_for_each(|(i, n)| match all.get_mut(*i) {
                Some(to) if *n <= MOST => {
                    *to += n;
                    Ok(())
                }
                _ => Err(format!("coverage: no count {n} at {i}")),
            })
        };
        put(&mut self.cells, &counts.cells)?;
        put(&mut self.pairs, &counts.pairs)?;
        put(&mut self.causes, &counts.causes)?;
        put(&mut self.depths, &counts.depths)
    }
}

/// What was covered, by name.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Summary {
    /// Instructions by opcode and exception, as the table of instructions allows them.
    pub cells: BTreeMap<String, u64>,
    /// Allowed by the table and not seen.
    pub holes: Vec<String>,
    /// Seen and not allowed by the table: the table or the machine is wrong.
    pub outside: BTreeMap<String, u64>,
    /// Opcodes that followed one another: seen, possible.
    pub pairs: (usize, usize),
    /// Cycles by cause.
    pub causes: BTreeMap<String, u64>,
    /// Histograms: smallest depth and count.
    pub depths: BTreeMap<String, Vec<(u64, u64)>>,
}

impl Summary {
    /// Cells that the table allows.
    pub fn all_cells(&self) -> usize {
        self.cells.len() + self.holes.len()
    }

    /// Causes on which cycles were spent.
    pub fn causes_seen(&self) -> usize {
        self.causes.values().filter(|n| **n > 0).count()
    }

    /// The largest depth of a histogram, from below.
    pub fn deepest(&self, name: &str) -> u64 {
        self.depths.get(name).and_then(|d| d.iter().rev().find(|(_, n)| *n > 0)).map_or(0, |(from, _)| *from)
    }
}

/// [`Cover`] in a file: index and count of what is not 0, to be read by the same build only.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    cells: Vec<(usize, u64)>,
    pairs: Vec<(usize, u64)>,
    causes: Vec<(usize, u64)>,
    depths: Vec<(usize, u64)>,
}

/// Largest count that is taken from a file, so that sums of many do not overflow.
pub const MOST: u64 = 1 << 48;
