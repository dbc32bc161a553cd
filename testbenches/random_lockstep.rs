//! Random programs, structured and senseless, in all three descriptions: the generators are those of the
//! core model's own test, here with the RTL beside it. `AVM_RANDOM_PROGRAMS=100000` runs more.

use std::path::PathBuf;

use avm_cosim::lockstep::{Options, Run};
use avm_cosim::machines::algorand::Algorand;
use avm_cosim::scenario::{App, Expect, Latency, Planned, Scenario};
use avm_sim::algorand::image::Image;
use avm_sim::algorand::interp::{Call, Limits};

#[allow(dead_code, reason = "only its generator is used here")]
#[path = "../sim/tests/core_model/host.rs"]
mod host;
#[path = "../sim/tests/core_model/programs.rs"]
mod programs;

use host::Rng;

/// One call of one image, fuel and limits drawn so that they are often too low.
fn scenario(rng: &mut Rng, image: Image, latency: Latency) -> Scenario {
    let methods = image.methods();
    let method = rng.below(methods.len() as u64);
    let args = (0..methods[method as usize].args).map(|_| rng.next() as u8).collect();
    let mut limits = Limits::default();
    if rng.one_in(8) {
        limits = Limits { call_depth: 1 + rng.below(4) as usize, invocations: 1 + rng.below(6) as u32 };
    }
    let fuel = rng.pick(&[7, 8, 30, 300, 3000, 3000]);
    let call = Call { app: rng.next() | 1, method, args, fuel, limits };
    Scenario {
        path: PathBuf::from("random"),
        machine: "algorand".into(),
        about: String::new(),
        apps: vec![App { id: call.app, image, symbols: None }],
        latency,
        calls: vec![Planned { app: 0, call, name: "random".into(), expect: Expect::default() }],
        files: Vec::new(),
    }
}

fn agree(make: fn(&mut Rng) -> Image, seed: u64) -> u64 {
    let programs = std::env::var("AVM_RANDOM_PROGRAMS").ok().and_then(|n| n.parse().ok()).unwrap_or(300);
    let mut rng = Rng(seed);
    let mut retired = 0;
    for n in 0..programs {
        let image = make(&mut rng);
        let scenario = scenario(&mut rng, image, Latency { seed: n, min: 1, max: 3 });
        let mut run = Run::new(Algorand::new(&scenario), Options::default());
        if let Some(d) = run.to_end() {
            panic!("seed {seed:#x}, program {n}: {d:?}");
        }
        retired += run.calls[0].retired;
    }
    retired
}

#[test]
fn structured_programs_agree() {
    assert!(agree(programs::program, 0xa11ce) > 10_000);
}

#[test]
fn senseless_code_agrees() {
    assert!(agree(programs::noise, 0xb0b) > 500);
}
