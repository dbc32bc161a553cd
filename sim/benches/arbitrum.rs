// SPDX-License-Identifier: MIT OR Apache-2.0
//! Speed of the Arbitrum interpreter in steps per second, on a loop whose instructions are mixed as those of the operating
//! system that the machine was made for: half of them on tuples, a fifth moves, an eighth jumps, an eighth arithmetic.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use avm_sim::arbitrum::interp::{Config, End, Limits, Machine};
use avm_sim::arbitrum::isa::code::*;
use avm_sim::arbitrum::mexe::{Image, Instruction};
use avm_sim::arbitrum::value::Value;
use criterion::{Bencher, Criterion, Throughput, criterion_group, criterion_main};

const STEPS: u64 = 1_000_000;

fn op(opcode: u8) -> Instruction {
    Instruction { opcode, immediate: None }
}

fn imm(opcode: u8, value: Value) -> Instruction {
    Instruction { opcode, immediate: Some(value) }
}

/// One round: slot 0 of the frame on the aux stack is a Tuple of 8 or of 2 slots, slot 1 a counter.
fn round(at: u32) -> Vec<Instruction> {
    let n = |i: u64| Value::int(i);
    vec![
        imm(XGET, n(0)),
        imm(TGET, n(2)),
        imm(XSET, n(3)),
        imm(XGET, n(0)),
        imm(TGET, n(1)),
        imm(XGET, n(0)),
        imm(TGET, n(3)),
        op(LT),
        op(ISZERO),
        imm(CJUMP, Value::Code(at + 11)),
        op(NOP),
        // A changed copy of what the frame still has.
        imm(NOP, n(7)),
        imm(XGET, n(0)),
        imm(TSET, n(2)),
        imm(XSET, n(0)),
        // A template that is filled: one copy, then in place.
        imm(XGET, n(1)),
        imm(NOP, Value::Tuple(vec![n(0), n(0)])),
        imm(TSET, n(0)),
        imm(NOP, n(9)),
        op(SWAP1),
        imm(TSET, n(1)),
        op(DUP0),
        op(AUXPUSH),
        op(POP),
        op(AUXPOP),
        imm(XSET, n(4)),
        imm(XGET, n(4)),
        imm(TGET, n(0)),
        imm(ADD, n(1)),
        imm(XSET, n(1)),
        imm(XGET, n(1)),
        op(ISZERO),
        op(ISZERO),
        imm(CJUMP, Value::Code(at + 35)),
        op(NOP),
    ]
}

/// Rounds without end.
fn program() -> Image {
    let frame =
        Value::Tuple([vec![Value::Tuple(vec![Value::int(5); 8]), Value::int(1)], vec![Value::int(0); 6]].concat());
    let mut code = vec![imm(AUXPUSH, frame)];
    for _ in 0..20 {
        code.extend(round(code.len() as u32));
    }
    code.extend([op(SPUSH), op(JUMP)]);
    Image::new(code, Value::Code(1)).expect("an image")
}

/// Time that this thread has had a processor; other work on the host does not count. Elsewhere than on Linux the time of day.
fn processor_time() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    match text.split(' ').next().and_then(|n| n.parse().ok()) {
        Some(nanoseconds) => Duration::from_nanos(nanoseconds),
        None => START.get_or_init(Instant::now).elapsed(),
    }
}

fn timed(b: &mut Bencher, mut work: impl FnMut()) {
    b.iter_custom(|n| {
        let start = processor_time();
        (0..n).for_each(|_| work());
        processor_time() - start
    });
}

fn speed(c: &mut Criterion) {
    let image = program();
    let limits = Limits {
        data: Some(256),
        aux: Some(1 << 14),
        code: Some(1 << 15),
        immediates: Some(1 << 15),
        heap: Some(1 << 16),
        plain: true,
    };
    let mut group = c.benchmark_group("arbitrum");
    group.sample_size(20).throughput(Throughput::Elements(STEPS));
    for (name, limits) in [("run", Limits::default()), ("run_with_limits", limits)] {
        let config = Config { limits, ..Config::default() };
        let mut machine = Machine::new(&image, config).expect("room");
        assert_eq!(machine.run(STEPS), End::Steps);
        assert_eq!(machine.depths().1, 1, "nothing grows");
        group.bench_function(name, |b| timed(b, || assert_eq!(machine.run(STEPS), End::Steps)));
    }
    let mut machine = Machine::new(&image, Config::default()).expect("no limits");
    let record = |m: &mut Machine| assert!(m.step_recorded().1.is_some());
    group.bench_function("records", |b| timed(b, || (0..STEPS).for_each(|_| record(&mut machine))));
    group.finish();
}

criterion_group!(benches, speed);
criterion_main!(benches);
