//! Coverage, counted in what retired: opcode x exception, opcode pairs, cycle causes, depths. Counters are plain
//! arrays and add up, so that threads, runs and machines can be put together.

use std::collections::BTreeMap;

use avm_sim::algorand::core::Core;
use avm_sim::algorand::exception::{Cause, RETIRE_ATHROW, retire_code_name};
use avm_sim::algorand::isa::{Class, OPS, Op, code};
use avm_sim::trace::{Core as _, Retire};
use serde::{Deserialize, Serialize};

use crate::lockstep::CallFigures;

/// Rows: the instructions in the table's order after row 0, which is everything that is none.
pub const ROWS: usize = OPS.len() + 1;
/// Retire codes have five bits.
const CODES: usize = 32;
/// Depths are counted by their number of bits: 0, 1, 2 to 3, 4 to 7 and so on.
const BUCKETS: usize = 13;
const CAUSES: usize = Core::CAUSES.len();

static ROW: [u8; 256] = rows();

const fn rows() -> [u8; 256] {
    const { assert!(ROWS <= 256) };
    let (mut table, mut i) = ([0; 256], 0);
    while i < OPS.len() {
        table[OPS[i].code as usize] = i as u8 + 1;
        i += 1;
    }
    table
}

/// A histogram of depths.
pub type Depths = [u64; BUCKETS];

/// Counts.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(into = "Counts", try_from = "Counts")]
pub struct Cover {
    cells: Box<[[u64; CODES]; ROWS]>,
    pairs: Box<[[u64; ROWS]; ROWS]>,
    causes: [u64; CAUSES],
    /// Instructions by active methods, open rollback scopes and cells on the operand stack after them; calls by the
    /// most entries of the log.
    depths: [Depths; 4],
    /// Row of the instruction before, in the call in progress.
    before: usize,
    /// Depths at which external invocations in progress have put their methods.
    scopes: Vec<usize>,
}

/// Names of the depths, in the order of [`Cover::depths`].
pub const DEPTHS: [&str; 4] = ["active methods", "rollback scopes", "operand stack", "log entries"];

impl Default for Cover {
    fn default() -> Cover {
        Cover {
            cells: Box::new([[0; CODES]; ROWS]),
            pairs: Box::new([[0; ROWS]; ROWS]),
            causes: [0; CAUSES],
            depths: [[0; BUCKETS]; 4],
            before: 0,
            scopes: Vec::new(),
        }
    }
}

fn bucket(n: usize) -> usize {
    ((usize::BITS - n.leading_zeros()) as usize).min(BUCKETS - 1)
}

impl Cover {
    /// Counts an instruction, and the depths that it left.
    #[inline]
    pub fn retired(&mut self, retire: &Retire, methods: usize, cells: usize) {
        let row = usize::from(ROW[usize::from(retire.opcode as u8)]);
        self.cells[row][usize::from(retire.exception) % CODES] += 1;
        if retire.order > 0 {
            self.pairs[self.before][row] += 1;
        } else {
            self.scopes.clear();
        }
        self.before = row;
        while self.scopes.last().is_some_and(|at| *at > methods) {
            self.scopes.pop();
        }
        if retire.opcode == u16::from(code::INVOKE_EXTERNAL) && retire.exception == 0 {
            self.scopes.push(methods);
        }
        self.depths[0][bucket(methods)] += 1;
        self.depths[1][bucket(self.scopes.len())] += 1;
        self.depths[2][bucket(cells)] += 1;
    }

    /// Counts what a call's cycles were spent on, and its log.
    pub fn call(&mut self, call: &CallFigures) {
        self.causes.iter_mut().zip(&call.causes).for_each(|(sum, n)| *sum += n);
        self.depths[3][bucket(call.end.pages.log as usize)] += 1;
    }

    /// Adds the counts of another.
    pub fn merge(&mut self, other: &Cover) {
        let add = |a: &mut [u64], b: &[u64]| a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        add(self.cells.as_flattened_mut(), other.cells.as_flattened());
        add(self.pairs.as_flattened_mut(), other.pairs.as_flattened());
        add(&mut self.causes, &other.causes);
        add(self.depths.as_flattened_mut(), other.depths.as_flattened());
    }

    /// How often a row retired with a code.
    pub fn count(&self, row: usize, code: u8) -> u64 {
        self.cells[row][usize::from(code)]
    }

    /// Cycles of calls.
    pub fn cycles(&self) -> u64 {
        self.causes.iter().sum()
    }

    /// Cycles by cause.
    pub fn causes(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        Core::CAUSES.iter().copied().zip(self.causes.iter().copied())
    }

    /// The histogram of a depth, as smallest depth and count.
    pub fn depth(&self, which: usize) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.depths[which].iter().enumerate().map(|(i, n)| (if i == 0 { 0 } else { 1 << (i - 1) }, *n))
    }

    /// Followers of a row that were seen, and that are possible.
    pub fn followers(&self, row: usize) -> (usize, usize) {
        let (mut seen, mut possible) = (0, 0);
        for next in 0..ROWS {
            let may = may_follow(row, next);
            possible += usize::from(may);
            seen += usize::from(may && self.pairs[row][next] > 0);
        }
        (seen, possible)
    }

    /// What was covered, by name: what is kept and compared.
    pub fn summary(&self) -> Summary {
        let mut s = Summary::default();
        for row in 0..ROWS {
            for code in 0..CODES as u8 {
                let (n, may) = (self.count(row, code), allowed(row, code));
                let cell = || cell_name(row, code);
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
        s.depths = (0..4).map(|i| (DEPTHS[i].to_string(), self.depth(i).collect())).collect();
        s
    }

    /// The pairs that occurred, by name.
    pub fn pairs(&self) -> BTreeMap<String, u64> {
        let all = (0..ROWS).flat_map(|a| (0..ROWS).map(move |b| (a, b)));
        let seen = all.filter(|(a, b)| self.pairs[*a][*b] > 0);
        seen.map(|(a, b)| (format!("{} {}", row_name(a), row_name(b)), self.pairs[a][b])).collect()
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
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counts {
    cells: Vec<(usize, u64)>,
    pairs: Vec<(usize, u64)>,
    causes: Vec<(usize, u64)>,
    depths: Vec<(usize, u64)>,
}

/// Largest count that is taken from a file, so that sums of many do not overflow.
pub const MOST: u64 = 1 << 48;

impl From<Cover> for Counts {
    fn from(c: Cover) -> Counts {
        let some = |all: &[u64]| all.iter().copied().enumerate().filter(|(_, n)| *n > 0).collect();
        Counts {
            cells: some(c.cells.as_flattened()),
            pairs: some(c.pairs.as_flattened()),
            causes: some(&c.causes),
            depths: some(c.depths.as_flattened()),
        }
    }
}

impl TryFrom<Counts> for Cover {
    type Error = String;

    fn try_from(counts: Counts) -> Result<Cover, String> {
        let put = |all: &mut [u64], counts: Vec<(usize, u64)>| {
            counts.into_iter().try_for_each(|(i, n)| match all.get_mut(i) {
                Some(to) if n <= MOST => {
                    *to = n;
                    Ok(())
                }
                _ => Err(format!("coverage: no count {n} at {i}")),
            })
        };
        let mut cover = Cover::default();
        put(cover.cells.as_flattened_mut(), counts.cells)?;
        put(cover.pairs.as_flattened_mut(), counts.pairs)?;
        put(&mut cover.causes, counts.causes)?;
        put(cover.depths.as_flattened_mut(), counts.depths)?;
        Ok(cover)
    }
}

/// Name of a row.
pub fn row_name(row: usize) -> &'static str {
    if row == 0 { "(none)" } else { OPS[row - 1].name }
}

/// Name of a retire code.
pub fn code_name(code: u8) -> &'static str {
    if code == 0 { "normal" } else { retire_code_name(code) }
}

fn cell_name(row: usize, code: u8) -> String {
    format!("{} {}", row_name(row), code_name(code))
}

/// All retire codes, in numeric order.
pub fn codes() -> impl Iterator<Item = u8> {
    std::iter::once(0).chain(Cause::ALL.iter().map(|c| *c as u8)).chain([RETIRE_ATHROW, 29, 30, 31])
}

/// Whether the table of instructions allows a row to retire with a code.
pub fn allowed(row: usize, code: u8) -> bool {
    match row {
        // A fault of the fetch has opcode 0 in its record.
        0 => matches!(code, 1 | 2 | 29),
        _ => allowed_op(&OPS[row - 1], code),
    }
}

fn allowed_op(op: &Op, code: u8) -> bool {
    const UNDERFLOW: u8 = Cause::Underflow as u8;
    const OVERFLOW: u8 = Cause::Overflow as u8;
    let pages = matches!(op.class, Class::HLoad | Class::HStore | Class::Page);
    match code {
        0 => op.class != Class::Throw,
        RETIRE_ATHROW => op.class == Class::Throw,
        UNDERFLOW => op.pops > 0,
        // The results of a native are in its own table.
        OVERFLOW => op.pushes > op.pops || op.class == Class::InvokeNative,
        29 => true,
        30 => pages || op.class == Class::InvokeExternal,
        31 => match op.class {
            Class::Invoke | Class::InvokeExternal | Class::HStore => true,
            Class::Page => op.code != self::code::PSIZE,
            _ => false,
        },
        _ => op.throws.iter().any(|cause| *cause as u8 == code),
    }
}

/// After what can only throw, nothing retires but a `catch`.
fn may_follow(row: usize, next: usize) -> bool {
    let throws = row == 0 || OPS[row - 1].class == Class::Throw;
    !throws || next > 0 && OPS[next - 1].class == Class::Catch
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retire(order: u64, opcode: u8, exception: u8) -> Retire {
        Retire { order, opcode: opcode.into(), exception, ..Retire::default() }
    }

    #[test]
    fn cells_follow_the_table() {
        let row = |name: &str| 1 + OPS.iter().position(|o| o.name == name).expect("an instruction");
        let of = |name: &str| codes().filter(|c| allowed(row(name), *c)).map(code_name).collect::<Vec<_>>();
        assert_eq!(of("nop"), ["normal", "out_of_fuel"]);
        assert_eq!(of("dup"), ["normal", "underflow", "overflow", "out_of_fuel"]);
        assert_eq!(of("idiv"), ["normal", "underflow", "arithmetic", "divide_by_zero", "out_of_fuel"]);
        assert_eq!(of("athrow"), ["underflow", "athrow", "out_of_fuel"]);
        assert_eq!(of("psize"), ["normal", "underflow", "out_of_fuel", "rejected"]);
        let store = ["normal", "underflow", "alignment", "page", "page_bounds", "out_of_fuel", "rejected", "capacity"];
        assert_eq!(of("hstore_64"), store);
        assert_eq!(
            codes().filter(|c| allowed(0, *c)).map(code_name).collect::<Vec<_>>(),
            ["fetch", "opcode", "out_of_fuel"]
        );
    }

    #[test]
    fn counts_add_up_and_pairs_end_with_their_call() {
        let (mut a, mut b) = (Cover::default(), Cover::default());
        a.retired(&retire(0, code::IADD, 0), 1, 1);
        a.retired(&retire(1, code::INVOKE_EXTERNAL, 0), 2, 0);
        a.retired(&retire(2, code::RETURN, 0), 1, 0);
        b.retired(&retire(0, code::IADD, 7), 1, 130);
        b.retired(&retire(0, 0xff, 0), 1, 0);
        a.merge(&b);
        let s = a.summary();
        assert_eq!((s.cells["iadd normal"], s.cells["iadd arithmetic"], s.outside["(none) normal"]), (1, 1, 1));
        assert_eq!((s.pairs.0, a.pairs().len()), (2, 2), "{:?}", a.pairs());
        assert_eq!(s.deepest("rollback scopes"), 1);
        assert_eq!(s.deepest("operand stack"), 128);
        assert_eq!(a.depth(1).take(2).collect::<Vec<_>>(), [(0, 4), (1, 1)]);
        // Through a file and back.
        let text = serde_json::to_string(&a).expect("JSON");
        let back: Cover = serde_json::from_str(&text).expect("counts");
        assert_eq!((serde_json::to_string(&back).expect("JSON"), back.pairs()), (text.clone(), a.pairs()));
        let outside = text.replacen("[[", "[[999999,1],[", 1);
        assert!(serde_json::from_str::<Cover>(&outside).is_err(), "{outside}");
    }
}
