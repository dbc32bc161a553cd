//! Nothing that a program or the host says makes the interpreter panic or run beyond its fuel.
//! Also the measurement of its speed.

use super::*;
use crate::algorand::params::FRAME_MAX;
use proptest::prelude::*;

/// Code that is mostly instructions, their operands mostly small, with arbitrary bytes between.
fn arb_code() -> impl Strategy<Value = Vec<u8>> {
    let opcodes: Vec<u8> = isa::OPS.iter().map(|o| o.code).collect();
    let instruction =
        (proptest::sample::select(opcodes), any::<[u8; 8]>(), 0..4u8).prop_map(|(opcode, mut operand, kind)| {
            if kind > 0 {
                operand[1..].fill(0);
                operand[0] &= 0x3f;
            }
            let len = isa::by_code(opcode).map_or(0, |o| o.operand.bytes());
            [&[opcode], &operand[..len.into()]].concat()
        });
    let push = any::<i8>().prop_map(|v| vec![isa::code::CONST_8, v.cast_unsigned()]);
    let raw = proptest::collection::vec(any::<u8>(), 0..4);
    let piece = prop_oneof![6 => instruction, 3 => push, 1 => raw];
    proptest::collection::vec(piece, 1..80).prop_map(|pieces| pieces.concat())
}

fn arb_image() -> impl Strategy<Value = Image> {
    let methods = proptest::collection::vec((any::<u16>(), 0..=FRAME_MAX as u16, 0..17u16), 1..5);
    let data = proptest::collection::vec(any::<u8>(), 0..64);
    (arb_code(), methods, data).prop_filter_map("empty code", |(code, methods, data)| {
        let len = u16::try_from(code.len()).ok().filter(|len| *len > 0)?;
        let methods: Vec<Method> =
            methods.iter().map(|(at, frame, args)| method((at % len).into(), *frame, (*args).min(*frame))).collect();
        Image::with_methods(code, &methods, &data).ok()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn arbitrary_programs_end(image in arb_image(), fuel in 0..3_000i64, depth in 1..600usize, exact in any::<bool>()) {
        let bytes = if exact { usize::from(image.methods()[0].args) } else { 3 };
        let limits = Limits { call_depth: depth, invocations: 400 };
        let call = Call { app: 1, method: 0, args: vec![0xa5; bytes], fuel, limits };
        let mut interp = Interp::start(&image, &call);
        let mut retired = 0;
        while let Some(record) = interp.step() {
            prop_assert_eq!(record.order, retired);
            retired += 1;
            prop_assert!(interp.stack().len() <= STACK_LIMIT);
            prop_assert!(interp.frame().len() <= FRAME_MAX);
            prop_assert!(interp.depth() <= depth.min(CALL_DEPTH));
        }
        prop_assert!(retired <= fuel.max(0).cast_unsigned() + 1);
        prop_assert!(interp.outcome().is_some());
        prop_assert_eq!(interp.outcome() == Some(Outcome::OutOfFuel), interp.fuel() < 0);
    }

    /// Whole images from noise, where the container's rules let them through.
    #[test]
    fn noise_ends(code in proptest::collection::vec(any::<u8>(), 1..300), mut constants in proptest::collection::vec(any::<u8>(), 16..200), fuel: i64, method: u64) {
        constants[..16].copy_from_slice(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40, 0, 0, 0, 1, 0]);
        let image = Image::new(code, constants).unwrap();
        let fuel = fuel.min(10_000);
        let call = Call { app: 1, method: method % 2, args: vec![], fuel, limits: Limits::default() };
        let mut interp = Interp::start(&image, &call);
        prop_assert!(interp.run(20_000).is_some());
    }
}

/// `cargo test --release -p avm-sim speed -- --ignored --nocapture`
#[test]
#[ignore = "measures time"]
fn speed() {
    // sum = 0; for i in 0..n { sum = sum + identity(i) xor i }
    let mut main = vec![("const_32", 1_000_000), ("store_64", 0)];
    let top = address(&main, main.len());
    main.extend([("load_64", 0), ("arg_64", 0), ("invoke_internal", 1), ("load_64", 0), ("ixor", 0)]);
    main.extend([("load_64", 8), ("iadd", 0), ("store_64", 8), ("load_64", 0), ("const_8", 1)]);
    main.extend([("isub", 0), ("dup", 0), ("store_64", 0), ("brnz", top), ("load_64", 8), ("ireturn", 0)]);
    let image = linked(&[(&main, 16, 0), (&[("load_64", 0), ("ireturn", 0)], 8, 8)]);
    for round in 0..5 {
        let mut interp = Interp::start(&image, &Call { fuel: i64::MAX, ..call() });
        let begin = std::time::Instant::now();
        let (mut instructions, mut digest) = (0u64, 0u64);
        while let Some(record) = interp.step() {
            instructions += 1;
            digest = digest.wrapping_mul(31) ^ record.results[0] ^ record.pc;
        }
        let ns = begin.elapsed().as_nanos() as f64 / instructions as f64;
        println!("round {round}: {instructions} instructions, {ns:.2} ns each ({digest:x})");
        assert_eq!(interp.outcome(), Some(Outcome::Returned(Some(0))));
    }
}
