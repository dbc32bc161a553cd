// SPDX-License-Identifier: MIT OR Apache-2.0
//! Speed of each description and of lockstep on the programs, in cycles per second (interpreter: the
//! cycles that its instructions take on the core). `make figures` prints the ratios.

use std::path::Path;

use avm_cosim::machines::algorand::Stimulus;
use avm_cosim::machines::algorand::scenario::Scenario;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn speed(c: &mut Criterion) {
    for program in ["fib", "sha256", "modexp"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("testbenches/algorand/programs/{program}.toml"));
        let scenario = Scenario::load(&path).expect("a program of this repository");
        let stimulus = Stimulus::record(&scenario);
        let mut group = c.benchmark_group(program);
        group.sample_size(10).throughput(Throughput::Elements(stimulus.cycles() as u64));
        group.bench_function("rtl", |b| b.iter(|| stimulus.rtl(None)));
        group.bench_function("model", |b| b.iter(|| stimulus.model(false)));
        group.bench_function("model_and_pack", |b| b.iter(|| stimulus.model(true)));
        group.bench_function("interpreter", |b| b.iter(|| stimulus.interpreter()));
        group.bench_function("lockstep", |b| b.iter(|| stimulus.lockstep(true)));
        group.finish();
    }
}

criterion_group!(benches, speed);
criterion_main!(benches);
