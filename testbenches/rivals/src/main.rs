//! The Arbitrum interpreter beside two others on the same work, each pair interleaved in one process.
//!
//! Here are the rounds and the table. What is computed, and by which programs, is in `arithmetic` (beside an EVM's
//! interpreter) and `map` (beside a WebAssembly interpreter that meters fuel). Nothing here tests the interpreter.

mod arithmetic;
mod map;

use std::process::ExitCode;
use std::time::Duration;

use cpu_time::ThreadTime;

/// Measurements of each side, of which the median counts.
const ROUNDS: usize = 9;
/// Iterations of each measurement: a few tenths of a second.
const ITERATIONS: u32 = 2_000_000;

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

/// Measures two sides in turn and prints their lines.
fn compare<R: PartialEq>(work: &str, sides: [(&str, Side<R>); 2], expected: &R) -> Result<(), String> {
    // A first run of each, of which the time does not count: caches, page faults.
    let mut times: [Vec<f64>; 2] = Default::default();
    let mut instructions = [0.0; 2];
    for round in 0..=ROUNDS {
        for (i, (name, side)) in sides.into_iter().enumerate() {
            let ran = checked(name, side, ITERATIONS, expected)?;
            instructions[i] = ran.instructions as f64 / f64::from(ITERATIONS);
            if round > 0 {
                times[i].push(ran.time.as_nanos() as f64 / f64::from(ITERATIONS));
            }
        }
    }
    let ratio = median(times[0].iter().zip(&times[1]).map(|(ours, theirs)| ours / theirs).collect());
    for (i, (name, _)) in sides.into_iter().enumerate() {
        let ns = median(times[i].clone());
        line(&format!("{work}_{name}_ns"), ns, 1, "ns/iteration");
        line(&format!("{work}_{name}_instructions"), instructions[i], 1, "instructions/iteration");
        line(&format!("{work}_{name}_rate"), 1e3 * instructions[i] / ns, 1, "million instructions/s");
    }
    line(&format!("{work}_ratio"), ratio, 2, &format!("time of an iteration, {} / {}", sides[0].0, sides[1].0));
    Ok(())
}

fn all() -> Result<(), String> {
    let expected = arithmetic::definition(ITERATIONS);
    compare("arithmetic", [("avm", arithmetic::avm), ("revm", arithmetic::revm)], &expected)?;
    let expected = map::definition(ITERATIONS);
    compare("map", [("avm", map::avm), ("wasmi", map::wasmi)], &expected)?;
    compare("map_in_place", [("avm", map::avm_in_place), ("wasmi", map::wasmi)], &expected)
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

    const N: u32 = 1_000;

    #[test]
    fn all_sides_compute_what_the_definitions_say() {
        for side in [arithmetic::avm, arithmetic::revm] {
            checked("arithmetic", side, N, &arithmetic::definition(N)).expect("the same");
        }
        for side in [map::avm, map::avm_in_place, map::wasmi] {
            checked("map", side, N, &map::definition(N)).expect("the same");
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
    }

    #[test]
    fn instructions_are_those_of_one_iteration_times_iterations() {
        let grows = |f: &dyn Fn(u32) -> u64| f(2 * N) - f(N);
        let count = |side: Side<_>| grows(&|n| side(n).expect("runs").instructions);
        assert_eq!(count(arithmetic::avm), 11 * u64::from(N));
        assert_eq!(count(arithmetic::revm), 16 * u64::from(N));
        assert_eq!(grows(&|n| map::avm_in_place(n).expect("runs").instructions), 56 * u64::from(N));
        assert_eq!(grows(&|n| map::avm(n).expect("runs").instructions), 41 * u64::from(N));
    }
}
