// SPDX-License-Identifier: MIT OR Apache-2.0
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
        let limits = Limits { call_depth: depth, invocations: 400, ..Limits::default() };
        let call = Call { app: 1, method: 0, args: vec![0xa5; bytes], fuel, limits, access: list(&[1], &[]), ..Call::default() };
        let mut interp = start(&image, &call);
        let started = interp.clone();
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
        same_in_fast(&started, &interp);
    }

    /// Whole images from noise, where the container's rules let them through.
    #[test]
    fn noise_ends(
        code in proptest::collection::vec(any::<u8>(), 1..300),
        mut constants in proptest::collection::vec(any::<u8>(), 16..200),
        fuel: i64,
        method: u64,
    ) {
        constants[..16].copy_from_slice(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40, 0, 0, 0, 1, 0]);
        let image = Image::new(code, constants).unwrap();
        let fuel = fuel.min(10_000);
        let call = Call { app: 1, method: method % 2, args: vec![], fuel, access: list(&[1], &[]), ..Call::default() };
        let mut interp = start(&image, &call);
        let started = interp.clone();
        prop_assert!(interp.run(20_000).is_some());
        same_in_fast(&started, &interp);
    }
}

/// Programs that invoke each other's methods and use pages 0 to 3 (of which 3 is not listed), and often fail.
fn arb_heap_program() -> impl Strategy<Value = Vec<Ins>> {
    let small = || 0..4u64;
    let offset = || (0..5u64).prop_map(|n| 8 * n);
    let invoke = (7..10u64, small(), any::<bool>()).prop_map(|(id, method, catch)| match catch {
        true => seq(&[&ext_caught(id, method), &[("nop", 0)]]),
        false => ext(id, method),
    });
    let internal = (1..3i64, any::<bool>()).prop_map(|(method, catch)| match catch {
        true => vec![("invoke_internal", method), ("catch", NEXT)],
        false => vec![("invoke_internal", method)],
    });
    let store = (small(), offset(), any::<u64>()).prop_map(|(page, at, cell)| hstore(page, at, cell));
    let narrow =
        (small(), 0..40u64, any::<u64>(), proptest::sample::select(vec!["hstore_8", "hstore_16", "hstore_32"]))
            .prop_map(|(page, at, cell, name)| seq(&[&push(&[cell, at, page]), &[(name, 0)]]));
    let alloc = (small(), offset()).prop_map(|(page, size)| palloc(page, size));
    let free = small().prop_map(pfree);
    let other = (small(), offset()).prop_map(|(page, at)| seq(&[&hload(page, at), POP, &psize(page), POP]));
    let caught = Just(vec![("catch", NEXT)]);
    let end = prop_oneof![2 => Just(RETURN.to_vec()), 1 => small().prop_map(athrow), 1 => Just(POP.to_vec())];
    let piece = prop_oneof![
        4 => invoke, 2 => internal, 5 => store, 3 => narrow, 3 => alloc, 1 => free, 1 => other, 3 => caught
    ];
    (proptest::collection::vec(piece, 0..8), end).prop_map(|(pieces, end)| [pieces.concat(), end].concat())
}

fn arb_scene() -> impl Strategy<Value = Scene> {
    let app = || [(); 3].map(|()| arb_heap_program()).prop_map(|[a, b, c]| app(&[&a, &b, &c]));
    let page = || (0..4u64, 0..5u64);
    ([app(), app(), app()], proptest::collection::vec(page(), 9), 0..40usize, 0..2_000i64).prop_map(
        |([a, b, c], pages, log, fuel)| {
            let mut all = scene(&[(7, &a), (8, &b), (9, &c)]).log(log).fuel(fuel);
            for (n, (size, cell)) in pages.into_iter().enumerate() {
                let (id, page) = (7 + n as u64 / 3, n as u64 % 3);
                all = if size == 0 { all.listed(id, page) } else { all.page(id, page, &vec![cell; size as usize]) };
            }
            all
        },
    )
}

type Pages = Vec<(PageId, Option<Vec<u8>>)>;

/// Rollback by another way: copies of all pages, one for every open scope, each with the length of the log.
#[derive(Default)]
struct Copies {
    scopes: Vec<(Pages, u32)>,
    entries: u32,
    high: u32,
}

impl Copies {
    fn pages(interp: &Interp) -> Pages {
        interp.pages().map(|(id, page)| (id, page.map(<[u8]>::to_vec))).collect()
    }

    /// Looks at the interpreter after an instruction; gives whether it has what it must have.
    fn follow(&mut self, interp: &Interp, record: &Retire) -> bool {
        let class = isa::DECODE[usize::from(record.opcode)].class;
        let change = class == Class::HStore || record.opcode == 0xb0 || record.opcode == 0xb1;
        if change && record.exception == 0 && !self.scopes.is_empty() {
            self.entries += 1;
            self.high = self.high.max(self.entries);
        }
        let open = interp.segments.len().saturating_sub(1);
        if open > self.scopes.len() {
            self.scopes.push((Self::pages(interp), self.entries));
        }
        let mut same = true;
        while open < self.scopes.len() {
            let (pages, entries) = self.scopes.pop().unwrap();
            if record.exception != 0 {
                self.entries = entries;
                same = self.scopes.len() > open || pages == Self::pages(interp);
            } else if self.scopes.is_empty() {
                self.entries = 0;
            }
        }
        same
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn scopes_are_undone(scene in arb_scene()) {
        let mut interp = scene.start();
        let started = interp.clone();
        let mut copies = Copies::default();
        while let Some(record) = interp.step() {
            prop_assert!(copies.follow(&interp, &record), "{record:?}");
        }
        same_in_fast(&started, &interp);
        let effects = interp.effects();
        prop_assert_eq!(effects.log_high, copies.high);
        prop_assert!(effects.log_high as usize <= scene.call.limits.log);
        let returned = matches!(interp.outcome(), Some(Outcome::Returned(_)));
        prop_assert!(returned || effects.written.is_empty());
        prop_assert!(effects.written.keys().all(|id| effects.touched.contains(id)));
        let mut world = scene.world.clone();
        world.apply(&effects);
        for (id, page) in interp.pages() {
            let kept = if returned { page.map(<[u8]>::to_vec) } else { scene.world.pages.get(&id).cloned() };
            prop_assert_eq!(world.pages.get(&id), kept.as_ref());
            prop_assert!(page.is_none_or(|bytes| World::is_page_size(bytes.len())));
        }
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
        let mut interp = start(&image, &Call { fuel: i64::MAX, ..call() });
        let begin = std::time::Instant::now();
        let (mut instructions, mut digest) = (0u64, 0u64);
        while let Some(record) = interp.step() {
            instructions += 1;
            digest = digest.wrapping_mul(31) ^ record.results[0][0] ^ record.pc;
        }
        let ns = begin.elapsed().as_nanos() as f64 / instructions as f64;
        println!("round {round}: {instructions} instructions, {ns:.2} ns each ({digest:x})");
        assert_eq!(interp.outcome(), Some(Outcome::Returned(Some(0))));
    }
}
