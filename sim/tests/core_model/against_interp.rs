//! Random programs through the core model and the interpreter: same records, outcome and fuel.

use avm_sim::algorand::image::Image;
use avm_sim::algorand::interp::{Call, Interp};

use super::host::*;
use super::programs;

/// Runs both; returns the number of instructions.
fn compare(bench: &mut Bench, image: &Image, call: &Call, what: &str) -> usize {
    let run = bench.call(image, call);
    let mut interp = Interp::start(image, call);
    for (i, got) in run.retires.iter().enumerate() {
        let expected = interp.step().unwrap_or_else(|| panic!("{what}: one record too many: {got:?}"));
        assert!(got.agrees(&expected), "{what}, record {i}\ncore   {got:?}\ninterp {expected:?}");
    }
    assert_eq!(interp.step(), None, "{what}: a record is missing");
    assert_eq!(Some(run.outcome), interp.outcome(), "{what}");
    assert_eq!(run.fuel, interp.fuel(), "{what}");
    assert_eq!(run.spent.iter().sum::<u64>(), run.cycles);
    assert_eq!(run.spent[0], run.retires.len() as u64);
    run.retires.len()
}

fn compare_many(make: fn(&mut Rng) -> Image, seed: u64, programs: u64) -> usize {
    let mut rng = Rng(seed);
    let mut bench = Bench::with_noise(seed + 1);
    let mut instructions = 0;
    for n in 0..programs {
        let image = make(&mut rng);
        let mut call = a_call(rng.pick(&[7, 8, 30, 300, 3000, 3000]));
        if rng.one_in(8) {
            call.limits.call_depth = 1 + rng.below(4) as usize;
        }
        if rng.one_in(8) {
            call.limits.invocations = 1 + rng.below(6) as u32;
        }
        let methods = image.methods();
        if rng.one_in(2) {
            call.method = rng.below(methods.len() as u64);
            call.args = (0..methods[call.method as usize].args).map(|_| rng.next() as u8).collect();
        }
        instructions += compare(&mut bench, &image, &call, &format!("seed {seed}, program {n}"));
    }
    instructions
}

/// How much more than usual, for long runs: `AVM_CORE_PROGRAMS=100`.
fn factor() -> u64 {
    std::env::var("AVM_CORE_PROGRAMS").ok().and_then(|n| n.parse().ok()).unwrap_or(1)
}

#[test]
fn structured_programs() {
    let n = compare_many(programs::program, 0x5eed, 1500 * factor());
    assert!(n > 100_000, "only {n} instructions");
}

#[test]
fn code_bytes_without_sense() {
    compare_many(programs::noise, 0xf00d, 3000 * factor());
}
