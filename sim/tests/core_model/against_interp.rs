// SPDX-License-Identifier: MIT OR Apache-2.0
//! Random programs through the core model and the interpreter: same records, outcome, fuel and effects.

use avm_sim::algorand::interp::{Call, Interp};
use avm_sim::algorand::isa::OPS;
use avm_sim::algorand::world::World;

use super::host::*;
use super::programs;

/// Runs both; returns the records of the core.
fn compare(bench: &mut Bench, world: &World, call: &Call, what: &str) -> Run {
    let run = bench.call_in(world, call);
    let mut interp = Interp::start(world, call);
    for (i, got) in run.retires.iter().enumerate() {
        let expected = interp.step().unwrap_or_else(|| panic!("{what}: one record too many: {got:?}"));
        assert!(got.agrees(&expected), "{what}, record {i}\ncore   {got:?}\ninterp {expected:?}");
    }
    assert_eq!(interp.step(), None, "{what}: a record is missing");
    assert_eq!(Some(run.outcome), interp.outcome(), "{what}");
    assert_eq!(run.fuel, interp.fuel(), "{what}");
    assert_eq!(run.effects, interp.effects(), "{what}");
    assert_eq!(run.spent.iter().sum::<u64>(), run.cycles);
    assert_eq!(run.spent[0], run.retires.len() as u64);
    run
}

/// How often each opcode completed normally, and how often each retire code came up.
struct Seen {
    normally: [usize; 256],
    codes: [usize; 32],
    instructions: usize,
}

fn compare_many(make: fn(&mut Rng) -> (World, Call), seed: u64, programs: u64) -> Seen {
    let mut rng = Rng(seed);
    let mut bench = Bench::with_noise(seed + 1);
    let mut seen = Seen { normally: [0; 256], codes: [0; 32], instructions: 0 };
    for n in 0..programs {
        if rng.one_in(50) {
            bench = Bench::with_latency(rng.next(), rng.pick(&[1, 5, 100, 2000]));
        }
        let (mut world, mut call) = make(&mut rng);
        call.fuel = rng.pick(&[7, 8, 30, 300, 3000, 3000, 20_000]);
        if rng.one_in(8) {
            call.limits.call_depth = 1 + rng.below(4) as usize;
        }
        if rng.one_in(8) {
            call.limits.invocations = 1 + rng.below(6) as u32;
        }
        if rng.one_in(8) {
            call.limits.log = rng.below(6) as usize;
        }
        let methods = world.apps.get(&call.app).map_or(0, |a| a.methods().len() as u64);
        if methods > 0 && rng.one_in(2) {
            call.method = rng.below(methods);
            let args = world.apps[&call.app].methods()[call.method as usize].args;
            call.args = (0..args).map(|_| rng.next() as u8).collect();
        }
        // The second call finds what the first one has left.
        for again in 0..2 {
            let run = compare(&mut bench, &world, &call, &format!("seed {seed}, program {n}, call {again}"));
            for r in &run.retires {
                seen.normally[usize::from(r.opcode)] += usize::from(r.exception == 0);
                seen.codes[usize::from(r.exception)] += 1;
            }
            seen.instructions += run.retires.len();
            if run.effects.written.is_empty() {
                break;
            }
            world.apply(&run.effects);
        }
    }
    seen
}

/// How much more than usual, for long runs: `AVM_CORE_PROGRAMS=100`.
fn factor() -> u64 {
    std::env::var("AVM_CORE_PROGRAMS").ok().and_then(|n| n.parse().ok()).unwrap_or(1)
}

#[test]
fn structured_programs() {
    let seen = compare_many(programs::program, 0x5eed, 8000 * factor());
    println!("{} instructions, codes {:?}", seen.instructions, seen.codes);
    assert!(seen.instructions > 100_000, "only {} instructions", seen.instructions);
    for op in OPS {
        print!("{} {}, ", op.name, seen.normally[usize::from(op.code)]);
    }
    for op in OPS {
        let n = seen.normally[usize::from(op.code)];
        assert!(n >= 20 || op.name == "athrow", "{} completed normally only {n} times", op.name);
    }
    for (code, n) in seen.codes.iter().enumerate().skip(1).filter(|(c, _)| !(16..28).contains(c)) {
        assert!(*n >= 5, "code {code} came up only {n} times");
    }
}

#[test]
fn code_bytes_without_sense() {
    compare_many(programs::noise, 0xf00d, 3000 * factor());
}
