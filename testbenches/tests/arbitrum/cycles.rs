// SPDX-License-Identifier: MIT OR Apache-2.0
//! The cycle table of the docs, `docs/arbitrum/cycles.md`: what each instruction costs on the RTL, in lockstep with the model.
//! `AVM_WRITE=1 cargo test --test all arbitrum::cycles` writes it anew.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use avm_cosim::lockstep::{Options, Run};
use avm_cosim::machines::arbitrum::Arbitrum;
use avm_cosim::machines::arbitrum::scenario::Scenario;
use avm_cosim::scenario::Latency;
use avm_sim::arbitrum::asm;
use avm_sim::arbitrum::inbox::Message;
use avm_sim::trace::Core as _;

/// What is measured: its name, what goes before, the instruction.
type Case = (&'static str, &'static str, &'static str);

const CASES: &[(&str, &[Case])] = &[
    (
        "Moves, one operand, two operands",
        &[
            ("`nop`", "", "nop"),
            ("a constant that fits a word (`nop 5`)", "", "nop 5"),
            ("a wide constant (`nop 0x10000`)", "", "nop 0x10000"),
            ("`add`", "push 1 push 2", "add"),
            ("`add 5`", "push 1", "add 5"),
            ("`sub`, `lt`, `and`, .. likewise: `sgt`", "push 1 push 2", "sgt"),
            ("`iszero`", "push 1", "iszero"),
            ("`eq` of Integers", "push 1 push 2", "eq"),
            ("`dup0`, `dup1`, `dup2`", "push 1 push 2 push 3", "dup2"),
            ("`swap1`, `swap2`", "push 1 push 2 push 3", "swap2"),
            ("`pop`", "push 1", "pop"),
            ("`pop` of a Tuple", "push [1]", "pop"),
            ("`spush`, `rpush`, `pcpush`, ..", "", "spush"),
            ("`spush 5`: an immediate below the result", "", "spush 5"),
            ("`rset`", "push 1", "rset"),
            ("`auxpush`", "push 1", "auxpush"),
            ("`auxpop`", "auxpush 1 nop nop", "auxpop"),
            ("`type`, `tlen`, `sideload`", "push [1]", "tlen"),
            ("`pushgas`", "", "pushgas"),
            ("`setgas`", "push 0x10000000000000000", "setgas"),
            ("`log`, an Integer", "push 1", "log"),
        ],
    ),
    (
        "Control",
        &[
            ("`jump L`", "", "jump .l .l:"),
            ("`jump` to what lies on the stack", "push .l", "jump .l:"),
            ("`cjump L`, not taken", "push 0", "cjump .l .l:"),
            ("`cjump L`, taken", "push 1", "cjump .l .l:"),
        ],
    ),
    (
        "Integers",
        &[
            ("`shl`, `shr`, `sar`, `byte`, `signextend`", "push 1 push 2", "shl"),
            ("`mul`, 32 bits by 256", "push 0x12345678 push -1", "mul"),
            ("`mul`, 256 bits by 256", "push -1 push -1", "mul"),
            ("`div`, `mod`, 32 bits", "push 3 push 0x12345678", "div"),
            ("`div`, `mod`, 256 bits", "push 3 push -1", "div"),
            ("`sdiv`, `smod`, 256 bits", "push 3 push (1 << 255)", "sdiv"),
            ("`addmod`, 256 bits, a carry", "push 7 push -1 push -1", "addmod"),
            ("`mulmod`, 256 bits, factors below the modulus", "push -7 push -8 push -9", "mulmod"),
            ("`mulmod`, 256 bits, others", "push -7 push -1 push -1", "mulmod"),
            ("`exp`, 8-bit base, exponent 10", "push 10 push 3", "exp"),
            ("`exp`, 256 bits", "push -1 push -3", "exp"),
            ("`sha256f`", "push 1 push 2 push 3", "sha256f"),
        ],
    ),
    (
        "Tuples",
        &[
            ("`tget`", "push [1, 2, 3, 4, 5, 6, 7, 8]", "tget 3"),
            ("`xget`", "auxpush [1, 2, 3, 4, 5, 6, 7, 8]", "xget 3"),
            ("`tset`, the only reference", "push 1 push [1, 2] push 5 swap1 tset 0 nop nop nop nop", "tset 1"),
            ("`xset`, the only reference", "push [1, 2] push 5 swap1 tset 0 auxpush push 7 nop nop nop nop", "xset 1"),
            ("`tset`, a copy of 2 slots", "push 1 push [1, 2]", "tset 1"),
            ("`tset`, a copy of 8 slots", "push 1 push [1, 2, 3, 4, 5, 6, 7, 8]", "tset 1"),
        ],
    ),
    (
        "Hashes and code",
        &[
            ("`hash` of an Integer", "push 1", "hash"),
            ("`hash` of a Tuple of 2 Integers", "push [1, 2]", "hash"),
            ("`hash` of a Tuple of 8 Integers", "push [1, 2, 3, 4, 5, 6, 7, 8]", "hash"),
            ("`hash` of a Tuple whose hash is known", "push [1, 2] dup0 hash pop nop nop nop", "hash"),
            ("`eq` of Tuples that are the same", "push [1, 2] dup0 nop nop", "eq"),
            ("`ethhash2`", "push 1 push 2", "ethhash2"),
            ("`keccakf`", "push [1, 2, 3, 4, 5, 6, 7]", "keccakf"),
            ("`pushinsn`", "push errcp push 1", "pushinsn"),
            ("`pushinsnimm`, an Integer", "push errcp push 7 push 1", "pushinsnimm"),
        ],
    ),
    (
        "With the host",
        &[
            ("`inbox`", "", "inbox"),
            ("`getbuffer8`", "newbuffer", "getbuffer8 0"),
            ("`setbuffer8`", "newbuffer push 1", "setbuffer8 0"),
            ("`ecrecover`", "push 1 push 1 push 1 push 0", "ecrecover"),
        ],
    ),
];

/// Cycles between the instructions before and after one, less that of the one after it.
fn cycles((name, before, instruction): &Case) -> u64 {
    let source = format!("main:\n{before}\n nop nop nop nop nop nop nop\n.m: {instruction}\n nop\n halt\n");
    let program = asm::assemble("case", &source).unwrap_or_else(|e| panic!("{name}: {e:?}"));
    let at = program.symbols.word_of("main.m").unwrap_or_else(|| panic!("{name}: no label"));
    let inbox = vec![Message::default()];
    let mut scenario = Scenario::of("case".into(), (*name).into(), program.image, inbox).expect("it fits");
    scenario.latency = Latency { seed: 1, min: 1, max: 1 };
    let mut run = Run::new(Arbitrum::new(&scenario), Options::default());
    let mut retired = Vec::new();
    while run.calls.is_empty() {
        let mismatch = run.clock();
        assert!(mismatch.is_none(), "{name}: {mismatch:?}");
        if let Some(retire) = run.core.retired() {
            assert_eq!(retire.exception, 0, "{name}: pc {}", retire.pc);
            retired.push((retire.pc, run.cycle));
        }
    }
    let i =
        retired.iter().position(|(pc, _)| *pc == u64::from(at) + 1).unwrap_or_else(|| panic!("{name}: never retired"));
    retired[i + 1].1 - retired[i - 1].1 - 1
}

fn page() -> String {
    let mut s = String::from(
        "# Cycles of the Arbitrum core\n\n\
         Measured on the RTL, in lockstep with the core model, by `testbenches/tests/arbitrum/cycles.rs`; a test fails when this page is stale. The\n\
         cost of an instruction is the distance between the retirements of its neighbours, plain instructions, less one cycle. With gas below 256,\n\
         and for instructions that cost more than 100, the exact check of the gas takes two cycles more, which these figures include where the\n\
         instruction is dear. Where the host takes part, it answers after one cycle, as fast as it can.\n",
    );
    for (title, cases) in CASES {
        let _ = writeln!(s, "\n## {title}\n\n| instruction | cycles |\n| --- | --- |");
        for case in *cases {
            let _ = writeln!(s, "| {} | {} |", case.0, cycles(case));
        }
    }
    s
}

#[test]
fn the_table_of_cycles_is_that_of_the_rtl() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/arbitrum/cycles.md");
    let page = page();
    if std::env::var_os("AVM_WRITE").is_some() {
        fs::write(&file, &page).expect("written");
    }
    let old = fs::read_to_string(&file).unwrap_or_default();
    assert!(old == page, "stale: AVM_WRITE=1 cargo test --test all arbitrum::cycles writes it\n{page}");
}
