// SPDX-License-Identifier: MIT OR Apache-2.0
//! The fast interpreter beside the plain one on the core model's random programs, structured and senseless.
//! `AVM_RANDOM_PROGRAMS=100000` runs more of each.

use avm_sim::algorand::exception::Outcome;
use avm_sim::algorand::fast::Fast;
use avm_sim::algorand::interp::{Call, Interp};
use avm_sim::algorand::isa::code::{DUP, IADD, ISUB, POP};
use avm_sim::algorand::world::World;

#[allow(dead_code, reason = "only its generator is used here")]
#[path = "core_model/host.rs"]
mod host;
#[path = "core_model/programs.rs"]
mod programs;

use host::Rng;

/// Everything that an interpreter says of a call that is over.
fn state(interp: &Interp, call: &Call) -> impl PartialEq + std::fmt::Debug + use<> {
    let pages: Vec<_> = interp.pages().map(|(id, page)| (id, page.map(<[u8]>::to_vec))).collect();
    (
        (interp.outcome(), interp.fuel(), interp.retired(), interp.invocations(), interp.depth(), interp.app()),
        (interp.pc(), interp.stack().to_vec(), interp.frame().to_vec(), interp.pending().to_vec()),
        (interp.active(), interp.ended_in(), interp.concerns(call), interp.effects(), pages),
    )
}

/// What is counted of two interpreters.
#[derive(Debug, Default)]
struct Counts {
    programs: u64,
    calls: u64,
    instructions: u64,
    operations: u64,
    differ: u64,
    returned: u64,
}

/// Makes calls of random programs in both interpreters, with ample fuel and with less.
fn compare(make: fn(&mut Rng) -> (World, Call), seed: u64, programs: u64, fast: &mut Fast) -> Counts {
    let mut rng = Rng(seed);
    let mut counts = Counts::default();
    for n in 0..programs {
        let (world, mut call) = make(&mut rng);
        counts.programs += 1;
        for fuel in [3_000, rng.below(400) as i64] {
            call.fuel = fuel;
            match rng.below(16) {
                0 => call.limits.call_depth = 1 + rng.below(4) as usize,
                1 => call.limits.invocations = 1 + rng.below(6) as u32,
                2 => call.limits.log = rng.below(6) as usize,
                _ => {}
            }
            let mut plain = Interp::start(&world, &call);
            let mut interp = plain.clone();
            plain.run(u64::MAX);
            fast.run(&mut interp);
            counts.calls += 1;
            counts.instructions += plain.retired();
            counts.returned += u64::from(matches!(plain.outcome(), Some(Outcome::Returned(_))));
            if state(&plain, &call) != state(&interp, &call) {
                counts.differ += 1;
                if counts.differ < 4 {
                    println!("program {n}, fuel {fuel}: {:#?}\n{:#?}", state(&plain, &call), state(&interp, &call));
                }
            }
        }
    }
    counts.operations = fast.translated();
    counts
}

fn programs() -> u64 {
    std::env::var("AVM_RANDOM_PROGRAMS").ok().and_then(|n| n.parse().ok()).unwrap_or(3_000)
}

/// Both kinds, with how many of 100 instructions are made by operations at least.
#[test]
fn random_programs_end_alike() {
    for (make, seed, share) in [(programs::program as fn(&mut Rng) -> _, 0xa11ce, 20), (programs::noise, 0xb0b, 5)] {
        let mut fast = Fast::new();
        let counts = compare(make, seed, programs(), &mut fast);
        println!("{counts:?}, {} bytes of the stack", fast.deepest());
        assert_eq!(counts.differ, 0, "of {} calls", counts.calls);
        assert!(counts.operations * 100 >= counts.instructions * share, "{counts:?}");
        assert!(fast.deepest() < 4_096, "{} bytes of the stack", fast.deepest());
    }
}

#[test]
fn a_planted_fault_is_noticed() {
    let kinds = [(programs::program as fn(&mut Rng) -> _, IADD, ISUB), (programs::noise, DUP, POP)];
    for (make, from, to) in kinds {
        let mut fast = Fast::new();
        fast.plant(from, to);
        assert!(compare(make, 0xa11ce, 3_000, &mut fast).differ > 0);
    }
}
