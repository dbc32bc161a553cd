// SPDX-License-Identifier: MIT OR Apache-2.0
//! The interpreters of the machines beside others on the same work, interleaved in one process.
//!
//! Here are the rounds and the table. What is computed, and by which programs, is in `algorand` and `arbitrum`; `evm` is
//! what programs of the EVM share. Nothing here tests the interpreters.

mod algorand;
mod arbitrum;
mod evm;

use std::process::ExitCode;
use std::time::Duration;

use cpu_time::ThreadTime;

/// Measurements of each side, of which the median counts.
const ROUNDS: usize = 9;
/// Iterations of each measurement: a few tenths of a second.
const ITERATIONS: u32 = 2_000_000;
/// Transfers of each measurement, which take longer.
const TRANSFERS: u32 = 300_000;
/// The Fibonacci number that is computed: 1.7 million invocations.
const FIBONACCI: u32 = 29;

/// What a side did.
struct Ran<R> {
    /// Processor time of this thread. Loading the program and reading the result do not count; wasmi translates at the first
    /// call, which does.
    time: Duration,
    /// What it computed.
    result: R,
    /// Instructions that it executed, each as its machine counts them.
    instructions: u64,
}

/// One of two that do the same.
type Side<R> = fn(u32) -> Result<Ran<R>, String>;

/// Time of `work` on a processor; what else the host does does not count.
fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = ThreadTime::now();
    let done = work();
    (start.elapsed(), done)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn line(name: &str, value: f64, digits: usize, unit: &str) {
    println!("{name}\t{value:.digits$}\t{unit}\t");
}

/// Runs a side and compares its result with what the definition gives.
fn checked<R: PartialEq>(name: &str, side: Side<R>, n: u32, expected: &R) -> Result<Ran<R>, String> {
    let ran = side(n).map_err(|e| format!("{name}: {e}"))?;
    if ran.result == *expected { Ok(ran) } else { Err(format!("{name}: the result is not that of the definition")) }
}

/// What is measured.
struct Work {
    name: &'static str,
    /// What sides are told, and how many rounds that makes.
    n: u32,
    rounds: u64,
}

/// Measures sides in turn and prints their lines; ratios are of the first one to the others.
fn compare<R: PartialEq>(work: &Work, sides: &[(&str, Side<R>)], expected: &R) -> Result<(), String> {
    // A first run of each, of which the time does not count: caches, page faults.
    let mut times = vec![Vec::new(); sides.len()];
    let mut instructions = vec![0.0; sides.len()];
    for round in 0..=ROUNDS {
        for (i, (name, side)) in sides.iter().enumerate() {
            let ran = checked(name, *side, work.n, expected)?;
            instructions[i] = ran.instructions as f64 / work.rounds as f64;
            if round > 0 {
                times[i].push(ran.time.as_nanos() as f64 / work.rounds as f64);
            }
        }
    }
    for (i, (name, _)) in sides.iter().enumerate() {
        let (name, ns) = (format!("{}_{name}", work.name), median(times[i].clone()));
        line(&format!("{name}_ns"), ns, 1, "ns/iteration");
        line(&format!("{name}_instructions"), instructions[i], 1, "instructions/iteration");
        line(&format!("{name}_rate"), 1e3 * instructions[i] / ns, 1, "million instructions/s");
    }
    for (i, (name, _)) in sides.iter().enumerate().skip(1) {
        let ratio = median(times[0].iter().zip(&times[i]).map(|(ours, theirs)| ours / theirs).collect());
        let unit = format!("time of an iteration, {} / {name}", sides[0].0);
        line(&format!("{}_ratio_{name}", work.name), ratio, 2, &unit);
    }
    Ok(())
}

/// Work with a result of one kind, and its sides.
type Sides<R> = [(&'static str, Side<R>)];

fn algorand() -> Result<(), String> {
    use algorand::{arithmetic, fib, token};
    let sides: &Sides<_> = &[
        ("fast", arithmetic::avm),
        ("wasmi", arithmetic::wasmi),
        ("revm", arithmetic::revm),
        ("plain", arithmetic::plain),
    ];
    let work = Work { name: "loop", n: ITERATIONS, rounds: ITERATIONS.into() };
    compare(&work, sides, &arithmetic::definition(ITERATIONS))?;
    let sides: &Sides<_> = &[("fast", fib::avm), ("wasmi", fib::wasmi), ("revm", fib::revm), ("plain", fib::plain)];
    let work = Work { name: "fib", n: FIBONACCI, rounds: fib::invocations(FIBONACCI) };
    compare(&work, sides, &fib::definition(FIBONACCI))?;
    let sides: &Sides<_> =
        &[("fast", token::avm), ("wasmi", token::wasmi), ("revm", token::revm), ("plain", token::plain)];
    let work = Work { name: "token", n: TRANSFERS, rounds: TRANSFERS.into() };
    compare(&work, sides, &token::definition(TRANSFERS))
}

fn arbitrum() -> Result<(), String> {
    use arbitrum::{arithmetic, map};
    let work = |name| Work { name, n: ITERATIONS, rounds: ITERATIONS.into() };
    let expected = arithmetic::definition(ITERATIONS);
    compare(&work("arithmetic"), &[("avm", arithmetic::avm), ("revm", arithmetic::revm)], &expected)?;
    let expected = map::definition(ITERATIONS);
    compare(&work("map"), &[("avm", map::avm), ("wasmi", map::wasmi)], &expected)?;
    compare(&work("map_in_place"), &[("avm", map::avm_in_place), ("wasmi", map::wasmi)], &expected)
}

/// All machines, or the one that is named.
fn all() -> Result<(), String> {
    match std::env::args().nth(1).as_deref() {
        Some("algorand") => algorand(),
        Some("arbitrum") => arbitrum(),
        None => algorand().and_then(|()| arbitrum()),
        Some(other) => Err(format!("no machine is named `{other}`: algorand or arbitrum")),
    }
}

fn main() -> ExitCode {
    match all() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorand::{arithmetic as words, fib, token};
    use crate::arbitrum::{arithmetic, map};

    const N: u32 = 1_000;
    const FEW: u32 = 15;

    #[test]
    fn all_sides_compute_what_the_definitions_say() {
        for side in [arithmetic::avm, arithmetic::revm] {
            checked("arithmetic", side, N, &arithmetic::definition(N)).expect("the same");
        }
        for side in [map::avm, map::avm_in_place, map::wasmi] {
            checked("map", side, N, &map::definition(N)).expect("the same");
        }
        for side in [words::avm, words::plain, words::wasmi, words::revm] {
            checked("loop", side, N, &words::definition(N)).expect("the same");
        }
        for side in [fib::avm, fib::plain, fib::wasmi, fib::revm] {
            checked("fib", side, FEW, &fib::definition(FEW)).expect("the same");
        }
        for side in [token::avm, token::plain, token::wasmi, token::revm] {
            checked("token", side, N, &token::definition(N)).expect("the same");
        }
    }

    #[test]
    fn a_side_that_computes_something_else_is_seen() {
        let other = arithmetic::definition(N + 1);
        for side in [arithmetic::avm, arithmetic::revm] {
            checked("arithmetic", side, N, &other).err().expect("one iteration too few");
        }
        let mut other = map::definition(N);
        other[map::COUNTERS - 1] ^= 1 << 63;
        for side in [map::avm, map::avm_in_place, map::wasmi] {
            checked("map", side, N, &other).err().expect("another bit");
        }
        let other = words::definition(N + 1);
        for side in [words::avm, words::plain, words::wasmi, words::revm] {
            checked("loop", side, N, &other).err().expect("one iteration too few");
        }
        let other = fib::definition(FEW + 1);
        for side in [fib::avm, fib::plain, fib::wasmi, fib::revm] {
            checked("fib", side, FEW, &other).err().expect("another number");
        }
        let mut other = token::definition(N);
        other.swap(0, 1);
        for side in [token::avm, token::plain, token::wasmi, token::revm] {
            checked("token", side, N, &other).err().expect("other balances");
        }
    }

    #[test]
    fn instructions_are_those_of_one_iteration_times_iterations() {
        let grows = |f: &dyn Fn(u32) -> u64| f(2 * N) - f(N);
        let count = |side: Side<_>| grows(&|n| side(n).expect("runs").instructions);
        assert_eq!(count(arithmetic::avm), 11 * u64::from(N));
        assert_eq!(count(arithmetic::revm), 16 * u64::from(N));
        assert_eq!(grows(&|n| map::avm_in_place(n).expect("runs").instructions), 56 * u64::from(N));
        assert_eq!(grows(&|n| map::avm(n).expect("runs").instructions), 41 * u64::from(N));
        let count = |side: Side<_>| grows(&|n| side(n).expect("runs").instructions);
        assert_eq!(count(words::avm), 17 * u64::from(N));
        assert_eq!(count(words::wasmi), 18 * u64::from(N));
        assert_eq!(count(words::revm), 19 * u64::from(N));
    }

    #[test]
    fn both_of_our_interpreters_make_the_same_instructions() {
        let same = |a: u64, b: u64| assert!(a == b && a > 0, "{a} and {b}");
        same(words::avm(N).expect("runs").instructions, words::plain(N).expect("runs").instructions);
        same(fib::avm(FEW).expect("runs").instructions, fib::plain(FEW).expect("runs").instructions);
        same(token::avm(N).expect("runs").instructions, token::plain(N).expect("runs").instructions);
    }
}
