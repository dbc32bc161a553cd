// SPDX-License-Identifier: MIT OR Apache-2.0
//! The cycle table of the docs, measured on the core model or on another [`Side`]: every instruction in a small program,
//! and the cases in which its cost depends on what came before.
//!
//! The cost of an instruction is the distance between the retirements before and after it, minus the one
//! cycle of the instruction after it; both neighbours are plain instructions.

use std::collections::VecDeque;
use std::fmt::Write;

use super::asm;
use super::authority::Authority;
use super::core::Core;
use super::image::Image;
use super::isa::{Class, OPS, Op, Operand};
use super::natives;
use crate::trace::{Core as _, HostIn, HostOut, Request};

/// Listed pages of application 1: index, words.
const PAGES: [(u64, u64); 2] = [(8, 8), (9, 0)];

/// What the table can be measured on: a description of the core that has a clock, out of reset.
pub trait Side {
    /// Its outputs after the last clock.
    fn outputs(&self) -> HostOut;
    /// A clock.
    fn step(&mut self, inputs: &HostIn);
    /// Opcode of the instruction that retired at it.
    fn retired(&self) -> Option<u16>;
}

impl Side for Core {
    fn outputs(&self) -> HostOut {
        crate::trace::Core::outputs(self)
    }

    fn step(&mut self, inputs: &HostIn) {
        crate::trace::Core::step(self, inputs);
    }

    fn retired(&self) -> Option<u16> {
        crate::trace::Core::retired(self).map(|r| r.opcode)
    }
}

/// An opcode and the clock at which it retired.
struct Retired {
    opcode: u16,
    clock: u64,
}

/// What a host answers that has one application and two pages, one of them absent.
fn answer(request: &Request, image: &Image, args: &mut Vec<u8>) -> Vec<u64> {
    match request.kind {
        1 => vec![1, 1 << 40, 0, 512 << 16 | 2048 << 32, u64::from(u32::MAX) | (PAGES.len() as u64) << 32],
        2 => PAGES.iter().flat_map(|(page, _)| [0, *page]).collect(),
        3 => {
            let words = PAGES[request.a as usize].1;
            [vec![words], vec![0; words as usize]].concat()
        }
        4 => {
            let header = (image.code().len() as u64) << 16 | (image.constants().len() as u64) << 32;
            [vec![header], words(image.code()), words(image.constants())].concat()
        }
        6 => {
            args.extend(request.a.to_le_bytes());
            vec![]
        }
        7 => {
            let bytes = std::mem::take(args);
            let mut cells = natives::apply(
                (request.b >> 16) as usize,
                &bytes[..(request.b & 0xffff) as usize],
                request.a,
                &mut Authority::default(),
            )
            .unwrap_or_default();
            cells.reverse();
            cells
        }
        _ => vec![],
    }
}

/// What a call of method 0 with ample fuel retires, on a host that answers at once.
fn run<S: Side>(mut core: S, image: &Image) -> Vec<Retired> {
    let (mut beats, mut args, mut retired) = (VecDeque::new(), vec![], vec![]);
    for clock in 0.. {
        let out = core.outputs();
        let mut inputs = HostIn { req_ready: true, ..HostIn::default() };
        if let Some(&(rsp_tag, rsp_data, rsp_last)) = beats.front() {
            inputs = HostIn { rsp_valid: true, rsp_tag, rsp_last, rsp_data, ..inputs };
            if out.rsp_ready {
                beats.pop_front();
            }
        }
        if let Some(request) = out.request {
            if request.kind == 12 {
                break;
            }
            let words = answer(&request, image, &mut args);
            let n = words.len();
            beats.extend(words.into_iter().enumerate().map(|(i, w)| (request.tag, w, i + 1 == n)));
        }
        core.step(&inputs);
        retired.extend(core.retired().map(|opcode| Retired { opcode, clock }));
    }
    retired
}

fn words(bytes: &[u8]) -> Vec<u64> {
    let word = |c: &[u8]| c.iter().rev().fold(0, |w, b| w << 8 | u64::from(*b));
    bytes.chunks(8).map(word).collect()
}

/// Cost of the `n`-th execution (from 0) of `mnemonic` in a program, together with what retires after it
/// if `span` is more than 1.
fn cost<S: Side>(core: S, source: &str, mnemonic: &str, n: usize, span: usize) -> u64 {
    let program = asm::assemble("cycles", source).unwrap_or_else(|e| panic!("{}", e[0]));
    let op = OPS.iter().find(|o| o.name == mnemonic).expect("in the table");
    let retired = run(core, &program.image);
    let found = retired.iter().enumerate().filter(|(_, r)| r.opcode == u16::from(op.code)).map(|(i, _)| i);
    let i = found.clone().nth(n).expect("it is executed");
    retired[i + span].clock - retired[i - 1].clock - 1
}

/// An instruction between two runs of `nop`, with operands that suit all.
fn straight(op: &Op) -> String {
    let operand = match op.operand {
        Operand::None => "",
        Operand::Imm(_) => "1",
        _ => "8",
    };
    format!(
        ".method m public frame=64\n const_8 1\n const_8 1\n const_8 16\n const_8 8\n{nops} {} {operand}\n{nops} return\n.data\n.zero 64\n",
        op.name,
        nops = " nop\n".repeat(8)
    )
}

/// Cases in which the cost depends on the situation: title, program, mnemonic, occurrence, instructions.
const CASES: &[(&str, &str, &str, usize, usize)] = &[
    ("`br`, in the branch target buffer", LOOP, "br", 2, 1),
    ("`br`, first time", LOOP, "br", 0, 1),
    ("`brz`, `brnz` backward, taken, in the buffer", LOOP, "brnz", 1, 1),
    ("`brz`, `brnz` backward, taken, first time", LOOP, "brnz", 0, 1),
    ("`brz`, `brnz` backward, not taken", LOOP, "brnz", 3, 1),
    ("`brz`, `brnz` forward, not taken", FORWARD, "brnz", 0, 1),
    ("`brz`, `brnz` forward, taken", FORWARD, "brz", 0, 1),
    ("`switch`, index below the count", SWITCH, "switch", 0, 1),
    ("`switch`, index at or above the count", SWITCH, "switch", 1, 1),
    ("`invoke_internal`, in the buffer", CALL, "invoke_internal", 2, 1),
    ("`invoke_internal`, first time", CALL, "invoke_internal", 0, 1),
    ("`return`", CALL, "return", 0, 1),
    ("`ireturn`", CALL, "ireturn", 0, 1),
    ("`invoke_external`, segment resident", EXTERNAL, "invoke_external", 0, 1),
    ("`return` from an external invocation, segment resident", EXTERNAL, "return", 0, 1),
    ("`ireturn` from an external invocation, segment resident", EXTERNAL, "ireturn", 0, 1),
    ("`invoke_native`, four results, no arguments, on a host that answers at once", NATIVE, "invoke_native", 0, 1),
    ("`invoke_native`, the same, 8 argument bytes", NATIVE, "invoke_native", 1, 1),
    ("`invoke_native`, the same, 16 argument bytes", NATIVE, "invoke_native", 2, 1),
    ("heap load, then a constant, a load with immediate offset, `self` or `caller`", HEAP, "hload_64", 0, 1),
    ("heap load, then anything else", HEAP, "hload_64", 1, 1),
    ("heap store, then a constant, a load with immediate offset, `self` or `caller`", HEAP, "hstore_64", 0, 1),
    ("heap store, then anything else", HEAP, "hstore_64", 1, 1),
    ("`palloc` of 8 bytes; 1 more for each 8 bytes more", HEAP, "palloc", 0, 1),
    ("`palloc` of 1,024 bytes", ALLOC, "palloc", 0, 1),
    ("`catch`, not taken", CATCH, "catch", 0, 1),
    ("throw and taken `catch` after it, together", CATCH, "athrow", 0, 2),
    ("throw, one method unwound, taken `catch`, together", UNWIND, "athrow", 0, 2),
    ("throw, one external method undone, log empty, taken `catch`, together", UNDO, "athrow", 0, 2),
    ("throw, one external method undone, 3 entries in the log, taken `catch`, together", UNDO, "athrow", 1, 2),
];

const LOOP: &str = "
.method m public
.local i 8
    const_8 4
    store_64 i
.align 8
.loop:
    br .on
.align 8
.on:
    load_64 i
    const_8 1
    isub
    dup
    store_64 i
    brnz .loop
    nop
    return
";

const FORWARD: &str = "
.method m public
    const_8 0
    nop
    brnz .a
    const_8 0
    nop
    brz .a
    nop
.align 8
.a: nop
    nop
    return
";

const SWITCH: &str = "
.method m public
    const_8 1
    nop
    switch table, 2
    nop
.align 8
.a: const_8 9
    nop
    switch table, 2
    nop
    return
.data
table: .u16 m.a, m.a
";

const CALL: &str = "
.method m public
.local i 8
    const_8 3
    store_64 i
.align 8
.loop:
    load_64 i
    const_8 1
    isub
    dup
    store_64 i
    invoke_internal f
    nop
    nop
    invoke_internal g
    nop
    pop
    load_64 i
    brnz .loop
    return
.align 8
.method f
    nop
    nop
    return
.align 8
.method g
    const_8 1
    nop
    ireturn
";

const CATCH: &str = "
.method m public
    nop
    nop
    catch .a
    nop
.align 8
    const_8 1
    nop
    athrow
    catch .a
.align 8
.a: nop
    nop
    return
";

const UNWIND: &str = "
.method m public
    nop
    invoke_internal f
    catch .a
.align 8
.a: nop
    nop
    return
.align 8
.method f
    const_8 1
    nop
    athrow
    nop
    nop
    return
";

const EXTERNAL: &str = "
.method m public
    const_8 1
    const_8 1
    nop
    invoke_external
    nop
    const_8 1
    const_8 2
    nop
    invoke_external
    nop
    return
.align 8
.method f public
    nop
    nop
    return
.align 8
.method g public
    const_8 1
    nop
    ireturn
";

const NATIVE: &str = "
.method m public
    nop
    invoke_native 0
    nop
    arg_64
    nop
    invoke_native 0
    nop
    arg_64
    arg_64
    nop
    invoke_native 0
    nop
    return
";

const HEAP: &str = "
.method m public
    const_8 8
    const_8 8
    nop
    hload_64
    const_8 8
    const_8 8
    const_8 8
    nop
    hload_64
    nop
    nop
    const_8 8
    const_8 8
    nop
    hstore_64
    const_8 8
    const_8 8
    const_8 8
    nop
    hstore_64
    nop
    nop
    const_8 8
    const_8 9
    nop
    palloc
    nop
    nop
    return
";

const ALLOC: &str = "
.method m public
    const_16 1024
    const_8 9
    nop
    palloc
    nop
    return
";

const UNDO: &str = "
.method m public
    const_8 1
    const_8 1
    invoke_external
    catch .a
.align 8
.a: nop
    nop
    nop
    const_8 1
    const_8 2
    invoke_external
    catch .b
.align 8
.b: nop
    nop
    return
.align 8
.method f public
    const_8 1
    nop
    athrow
    nop
    nop
    return
.align 8
.method g public
    const_8 8
    pfree
    const_8 8
    const_8 9
    palloc
    const_8 5
    const_8 0
    const_8 9
    hstore_64
    const_8 1
    nop
    athrow
    nop
    nop
    return
";

/// The page `docs/algorand/cycles.md`.
pub fn page(header: &str) -> String {
    page_of(header, || Core::new(0))
}

/// The page, measured on cores that `new` makes.
pub fn page_of<S: Side>(header: &str, new: impl Fn() -> S) -> String {
    let mut s = format!(
        "<!-- {header} -->\n# Cycles of the Algorand core\n\nMeasured on the core model; a test measures the same on the RTL. The cost of an \
         instruction is the distance between the retirements before and after it, less the cycle of the one after it; targets are \
         aligned to 8 bytes. An instruction that crosses into the next 8 bytes costs one more right after a branch.\n\n\
         | instructions | cycles |\n| --- | --- |\n"
    );
    let special = |o: &&Op| {
        matches!(
            o.class,
            Class::Jump
                | Class::Branch
                | Class::Switch
                | Class::Invoke
                | Class::Return
                | Class::Throw
                | Class::Catch
                | Class::InvokeExternal
                | Class::InvokeNative
                | Class::HLoad
                | Class::HStore
        ) || o.name == "palloc"
    };
    let mut groups: Vec<(u64, Vec<&str>)> = Vec::new();
    for o in OPS.iter().filter(|o| !special(o)) {
        let cycles = cost(
            new(),
            &straight(o),
            o.name,
            if o.name == "nop" { 4 } else { 0 } + usize::from(o.name == "const_8") * 4,
            1,
        );
        match groups.iter_mut().find(|(c, _)| *c == cycles) {
            Some((_, names)) => names.push(o.name),
            None => groups.push((cycles, vec![o.name])),
        }
    }
    groups.sort_by_key(|(cycles, _)| *cycles);
    for (cycles, names) in groups {
        let names: Vec<_> = names.iter().map(|n| format!("`{n}`")).collect();
        let _ = writeln!(s, "| {} | {cycles} |", names.join(" "));
    }
    for (title, source, mnemonic, n, span) in CASES {
        let _ = writeln!(s, "| {title} | {} |", cost(new(), source, mnemonic, *n, *span));
    }
    s
}
