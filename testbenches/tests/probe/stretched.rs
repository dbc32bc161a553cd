// SPDX-License-Identifier: MIT OR Apache-2.0
//! Calls that reach what ordinary programs do not: areas of full size, the last addresses, large identifiers and
//! limits, deep stacks, many invocations.

use std::sync::Arc;

use avm_cosim::machines::algorand::scenario::{App, Expect, Planned, Scenario};
use avm_sim::algorand::image::{Image, Method};
use avm_sim::algorand::interp::{Call, Limits};
use avm_sim::algorand::world::{AccessList, PageId, World};
use avm_sim::algorand::{asm, isa, params};

/// All of them.
pub fn stretched() -> Vec<Scenario> {
    vec![full_areas(u64::MAX, 0, 511), full_areas(1, 1, 512), leaving_at_the_end(), full_lists(), many_invocations()]
}

/// Methods in the table of a full constant area.
const METHODS: usize = params::CONST_BYTES / params::METHOD_ENTRY - 1;

fn op(name: &str) -> u8 {
    isa::by_name(name).unwrap_or_else(|| panic!("no {name}")).code
}

fn method(offset: usize, frame: u16, args: u16) -> Method {
    Method { offset: offset as u16, frame, args, public: true }
}

/// A full code area: these bytes at these places, `nop` elsewhere.
fn code(parts: &[(usize, Vec<u8>)]) -> Vec<u8> {
    let mut code = vec![op("nop"); params::CODE_BYTES];
    for (at, bytes) in parts {
        code[*at..at + bytes.len()].copy_from_slice(bytes);
    }
    code
}

/// A scenario of these applications, each of which may be used.
fn scenario(path: &str, images: Vec<(u64, Image)>, mut calls: Vec<Planned>) -> Scenario {
    let apps: Vec<_> = images.into_iter().map(|(id, image)| App::nameless(id, Arc::new(image))).collect();
    let access = AccessList::new(apps.iter().map(|a| a.id), []).expect("a right list");
    calls.iter_mut().for_each(|c| c.call.access = access.clone());
    let world = World { apps: apps.iter().map(|a| (a.id, a.image.clone())).collect(), ..World::default() };
    Scenario { path: path.into(), machine: "algorand".into(), apps, world, calls, ..Scenario::default() }
}

fn planned(app: u64, method: u64, args: Vec<u8>, limits: Limits) -> Planned {
    let call = Call { app, method, args, fuel: 1 << 40, limits, ..Call::default() };
    Planned { app: Some(0), call, name: format!("method {method}"), expect: Expect::default() }
}

/// Areas of full size, `cut` methods and bytes less: the two together give each length all-ones and its top bit.
fn full_areas(id: u64, cut: usize, call_depth: usize) -> Scenario {
    let invoke = |method: u16| [&[op("invoke_internal")][..], &method.to_le_bytes()].concat();
    // 0: with as full a stack as an invocation allows, near the end of the code, invokes 1, which invokes 3.
    let deep = [vec![op("self"); params::STACK_LIMIT - 1], invoke(1), vec![op("return")]].concat();
    // 2: its invocation is the last instruction; it returns to where there is no code.
    let code = code(&[
        (0x3c00, deep),
        (0x2000, [invoke(3), vec![op("return")]].concat()),
        (0x2400, vec![op("return")]),
        (params::CODE_BYTES - 3, invoke(1)),
    ]);
    let mut table = vec![method(0x3c00, 2046, 2040), method(0x2000, 0, 0), method(0x3ffd, 0, 0), method(0x2400, 0, 0)];
    table.resize(METHODS - cut, table[3]);
    let image = Image::with_methods(code[cut..].to_vec(), &table, &[]).expect("a right image");
    let limits = Limits { call_depth, log: params::LOG_DEPTH - cut, ..Limits::default() };
    let calls = vec![
        planned(id, 0, vec![0xff; 2040], limits),
        planned(id, 2, Vec::new(), limits),
        planned(id, u64::MAX, Vec::new(), limits),
    ];
    scenario("full areas", vec![(id, image)], calls)
}

/// An external invocation as the last instruction of a full code area: it returns to where there is no code.
fn leaving_at_the_end() -> Scenario {
    let (invoker, callee) = (u64::MAX, 1u64);
    let last = [vec![op("const_64")], callee.to_le_bytes().into(), vec![op("const_8"), 0, op("invoke_external")]];
    let last = last.concat();
    let at = params::CODE_BYTES - last.len();
    let leaves = Image::with_methods(code(&[(at, last)]), &[method(at, 0, 0)], &[]).expect("a right image");
    let returns = Image::with_methods(vec![op("return")], &[method(0, 0, 0)], &[]).expect("a right image");
    let calls = vec![planned(invoker, 0, Vec::new(), Limits::default())];
    scenario("leaving at the end", vec![(invoker, leaves), (callee, returns)], calls)
}

/// Frees its 31 pages, then invokes [`FIRST`]; `leaf` is for that to invoke.
const LAST: &str = "
.method m public
.local n 8
    const 31
    store_64 n
.again:
    load_64 n
    const 1
    isub
    dup
    store_64 n
    pfree
    load_64 n
    brnz .again
    const 1
    const 0
    invoke_external
    return
.method leaf public
    invoke_internal empty
    return
.method empty
    return
";

/// Invokes internally; then twice: makes 1024 entries in the log, and invokes [`LAST`].
const FIRST: &str = "
.method m public
.local n 8
    invoke_internal empty
    const 2
    store_64 n
.half:
    invoke_internal many
    const -1
    const 1
    invoke_external
    load_64 n
    const 1
    isub
    dup
    store_64 n
    brnz .half
    return
.method many
.local n 8
    const 1024
    store_64 n
.again:
    load_64 n
    const 0
    const 0
    hstore_8
    load_64 n
    const 1
    isub
    dup
    store_64 n
    brnz .again
    return
.method empty
    return
";

/// 16 applications and 32 pages are listed. The last application frees all pages but the first, is the `caller` of
/// the first one while that invokes internally, and is invoked by it when the log is half full and full.
fn full_lists() -> Scenario {
    let images = [(u64::MAX, LAST), (1, FIRST)].map(|(id, source)| {
        let program = asm::assemble("lists", source).unwrap_or_else(|e| panic!("{e:?}"));
        (id, program.image)
    });
    let calls = vec![planned(u64::MAX, 0, Vec::new(), Limits::default())];
    let mut s = scenario("full lists", images.into(), calls);
    let pages: Vec<_> =
        (0..31).map(|page| PageId { app: u64::MAX, page }).chain([PageId { app: 1, page: 0 }]).collect();
    s.calls[0].call.access = AccessList::new(1..16, pages.iter().copied()).expect("a right list");
    s.world.pages = pages.into_iter().map(|id| (id, vec![0; 8])).collect();
    s
}

/// Invokes a method that stores to its frame and reads it, n times.
const MANY: &str = "
.method m public
.arg n 8
.again:
    invoke_internal leaf
    load_64 n
    const_8 1
    isub
    dup
    store_64 n
    brnz .again
    return
.method leaf
.local a 8
    const_8 1
    store_64 a
    load_64 a
    pop
    return
";

/// A call that invokes a method 8400 times, which stores to its frame and reads it.
fn many_invocations() -> Scenario {
    let program = asm::assemble("many", MANY).unwrap_or_else(|e| panic!("{e:?}"));
    let calls = vec![planned(7, 0, 8400u64.to_le_bytes().into(), Limits::default())];
    scenario("many invocations", vec![(7, program.image)], calls)
}
