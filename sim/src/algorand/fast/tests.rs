// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the translator makes of programs, and programs that it could get wrong. That all of them end as in the plain
//! interpreter is checked by the tests of that one, which run everything in both.

use super::*;
use crate::algorand::asm::assemble;
use crate::algorand::interp::Call;
use crate::algorand::world::{AccessList, World};

/// Calls method 0 of a source in both interpreters, and compares the ends; the fast interpreter and the call.
fn ends_alike(source: &str, args: &[u64], fuel: i64) -> (Fast, Interp) {
    let program = assemble("test.avm", source).unwrap_or_else(|e| panic!("{}", e[0]));
    let world = World { apps: [(7, Arc::new(program.image))].into(), ..World::default() };
    let args = args.iter().flat_map(|a| a.to_le_bytes()).collect();
    let access = AccessList::new([7], []).expect("a list");
    let call = Call { app: 7, args, fuel, access, ..Call::default() };
    let (mut plain, mut interp) = (Interp::start(&world, &call), Interp::start(&world, &call));
    plain.run(u64::MAX);
    let mut fast = Fast::new();
    fast.run(&mut interp);
    let state = |i: &Interp| (i.outcome(), i.fuel(), i.retired(), i.pc(), i.stack().to_vec(), i.frame().to_vec());
    assert_eq!(state(&interp), state(&plain), "{source}");
    (fast, interp)
}

fn returns(source: &str, args: &[u64], value: u64) {
    let (_, interp) = ends_alike(&format!(".method m public\n.arg a 8\n.arg b 8\n{source}"), args, 10_000);
    assert_eq!(interp.outcome(), Some(Outcome::Returned(Some(value))), "{source}");
}

/// A load is not made until it is used: what is stored meanwhile must not show.
#[test]
fn a_value_is_that_of_its_load() {
    returns("load_64 a  const 9  store_64 a  ireturn", &[5, 6], 5);
    returns("load_64 a  const 9  store_8 7  ireturn", &[5, 6], 5);
    returns("load_64 a  load_64 b  store_64 a  load_64 a  isub  ireturn", &[5, 6], u64::MAX);
    returns("load_64 a  const 0  const 9  storex_64  ireturn", &[5, 6], 5);
    returns("load_64 a  dup  const 1  iadd  store_64 a  load_64 a  imul  ireturn", &[5, 6], 30);
}

/// Cells that refer to others: whatever is put in its place first, none is lost.
#[test]
fn cells_are_put_where_they_belong() {
    returns("load_64 a  load_64 b  swap  isub  ireturn", &[5, 6], 1);
    returns("load_64 a  const 1  iadd  const 3  swap  dup  iadd  isub  ineg  ireturn", &[5, 6], 9);
    // In front of a branch all are in memory: 5 6 5 6, then what is left of them.
    returns(
        "load_64 a  load_64 b  over  over  load_64 b  brnz .on\n.on: swap  isub  const 10  imul  swap  isub  iadd  ireturn",
        &[5, 6],
        9,
    );
    returns(
        "load_64 a  load_64 b  load_64 b  brnz .on\n.on: swap  dup  brnz .too\n.too: over  over  isub  ireturn",
        &[5, 6],
        1,
    );
    returns("load_64 a  load_64 b  br .on\n.on: over  swap  dup  store_64 a  isub  iadd  ireturn", &[5, 6], 4);
}

#[test]
fn arguments_have_gaps_of_zeros() {
    let source = ".method m public
            const -1  arg_64  const -1  arg_64  invoke_internal all  pop
            const 1  arg_8  const 2  arg_64  invoke_internal all  ireturn
        .method all
        .arg a 8
        .arg b 8
            load_64 a  load_64 b  iaddw  ireturn";
    let (_, interp) = ends_alike(source, &[], 1_000);
    assert_eq!(interp.outcome(), Some(Outcome::Returned(Some(3))));
}

/// The loop of the figures is three operations and a branch's two records: everything else is in their operands.
#[test]
fn a_loop_is_few_operations() {
    let source = ".method m public
        .arg i 8
        .arg x 8
        .loop:
            load_64 i  brz .end
            load_64 x  const 1000003  imulw  const 17  iaddw  dup  const 33  ushr  ixor  store_64 x
            load_64 i  const 1  isub  store_64 i  br .loop
        .end:
            load_64 x  ireturn";
    let (fast, interp) = ends_alike(source, &[1_000, 7], 1_000_000);
    assert_eq!(fast.translated(), interp.retired() - 1, "only the last return is left to the plain interpreter");
    assert_eq!(fast.codes[0].longest(), 5);
}

/// Translations are kept by what they are made of.
#[test]
fn the_same_code_is_translated_once() {
    let source = ".method m public\n const 7  ireturn";
    let image = || Arc::new(assemble("test.avm", source).expect("right").image);
    let world = World { apps: [(7, image()), (8, image())].into(), ..World::default() };
    let mut fast = Fast::new();
    for app in [7, 8, 7] {
        let access = AccessList::new([app], []).expect("a list");
        let call = Call { app, fuel: 100, access, ..Call::default() };
        assert_eq!(fast.run(&mut Interp::start(&world, &call)), Outcome::Returned(Some(7)));
    }
    assert_eq!(fast.codes.len(), 1);
}

/// However long a program runs, operations need no more of the processor's stack.
#[test]
fn operations_do_not_pile_up() {
    let source = |n: u64| format!(".method m public\n const {n}\n.loop: const 1 isub dup brnz .loop ireturn");
    let (few, _) = ends_alike(&source(10), &[], 1_000_000);
    let (many, _) = ends_alike(&source(100_000), &[], 1_000_000);
    assert!(many.deepest() <= few.deepest() + 64 && many.deepest() < 4_096, "{} bytes", many.deepest());
}

#[test]
fn a_planted_fault_changes_what_is_computed() {
    use crate::algorand::isa::code::{IADD, ISUB};
    let image = assemble("test.avm", ".method m public\n const 7 const 2 iadd ireturn").expect("right").image;
    let world = World { apps: [(7, Arc::new(image))].into(), ..World::default() };
    let access = AccessList::new([7], []).expect("a list");
    let mut fast = Fast::new();
    fast.plant(IADD, ISUB);
    let call = Call { app: 7, fuel: 100, access, ..Call::default() };
    assert_eq!(fast.run(&mut Interp::start(&world, &call)), Outcome::Returned(Some(5)));
}
