// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tuples, references and blocks: random programs against a stack of values, and what is counted against a walk of
//! everything that refers to something.

use avm_sim::arbitrum::core::Core;
use avm_sim::units::wide;

use crate::host::{Host, run};
use crate::image::{Ins, op, push, with};
use crate::state::State;
use crate::value::{ERRCP, V, code, hash_int, hash_tuple, int, tuple};

const FOREVER: u64 = 0xffff;

/// Counts of tuples as the core has them, where it has nothing more to do: as references are.
fn check_counts(core: &Core) -> bool {
    let state = State::of(core);
    let busy = ["k_inc_v_q", "k_d0_v_q", "k_d1_v_q", "k_d2_v_q", "k1_v_q", "p_dead_q", "p_todo_q", "p_state_q"];
    if busy.iter().any(|name| state.value(name) != 0) {
        return false;
    }
    for (address, said) in state.references() {
        let n = state.word("count", address).0[0] & 0xffff;
        assert!(n == FOREVER || n == said, "tuple {address} has {said} references, not {n}");
    }
    true
}

/// Cells of blocks: all below `p_top_q` are free, or live, or the image's.
fn check_blocks(core: &Core, image: u64) {
    let state = State::of(core);
    let mut cells = 0;
    for class in 0..4 {
        let mut at = state.value("p_free_q") >> (16 * class) & 0xffff;
        while at != 0 {
            cells += 1 << class;
            at = state.word("link", at).0[0] & 0xffff;
        }
    }
    let (mut seen, mut roots) = (std::collections::BTreeSet::new(), state.data());
    roots.extend(state.aux());
    roots.extend([state.cell("n_reg_q"), state.cell("n_static_q")]);
    roots.extend((0..state.value("c_pool_q")).map(|i| state.word("pool", i)));
    while let Some(cell) = roots.pop() {
        let (address, len) = (cell.0[0] & 0xffff, cell.0[0] >> 16 & 15);
        if cell.1 == 2 && len != 0 && seen.insert(address) {
            if address >= image {
                cells += len.next_power_of_two();
            }
            roots.extend(state.slots(&cell));
        }
    }
    assert_eq!(cells + image, state.value("p_top_q"), "blocks are lost");
}

/// The machine as the rules have it: values, not references.
#[derive(Default)]
struct Rules {
    data: Vec<V>,
    aux: Vec<V>,
    register: Option<V>,
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

fn hash(v: &V) -> ([u64; 4], [u64; 4]) {
    match v {
        V::Int(n) => (hash_int(*n), wide::small(1)),
        V::Tuple(slots) => hash_tuple(&slots.iter().map(hash).collect::<Vec<_>>()),
        V::Code(0) => (crate::value::hash_code(0, None, [0; 4]), wide::small(1)),
        _ => panic!("no other values here"),
    }
}

/// A small tuple.
fn template(dice: &mut Dice, depth: u64) -> V {
    let slots = (0..=dice.below(8)).map(|_| match dice.below(6) {
        0 if depth > 0 => template(dice, depth - 1),
        1 => V::Tuple(vec![]),
        2 => ERRCP,
        _ => int(dice.below(1 << 20)),
    });
    V::Tuple(slots.collect())
}

fn size(v: &V) -> usize {
    match v {
        V::Tuple(slots) => 1 + slots.iter().map(size).sum::<usize>(),
        _ => 1,
    }
}

impl Rules {
    /// An instruction that works on what there is, and its effect.
    fn step(&mut self, dice: &mut Dice) -> Vec<Ins> {
        let d = &mut self.data;
        let slots = |v: Option<&V>| match v {
            Some(V::Tuple(s)) if size(v.expect("it")) < 200 => s.len() as u64,
            _ => 0,
        };
        let n = d.len();
        let (on_top, on_aux) = (slots(d.last()), slots(self.aux.last()));
        match dice.below(16) {
            0..=2 => {
                let v = template(dice, 1);
                d.push(v.clone());
                vec![push(v)]
            }
            3 if n >= 1 => {
                d.push(d[n - 1].clone());
                vec![op("dup0")]
            }
            4 if n >= 2 => {
                d.push(d[n - 2].clone());
                vec![op("dup1")]
            }
            5 if n >= 3 => {
                d.swap(n - 1, n - 3);
                vec![op("swap2")]
            }
            6 if n >= 1 => {
                d.pop();
                vec![op("pop")]
            }
            7 if on_top > 0 => {
                let i = dice.below(on_top);
                let Some(V::Tuple(s)) = d.pop() else { unreachable!() };
                d.push(s[i as usize].clone());
                vec![with("tget", int(i))]
            }
            8 | 9 if on_top > 0 && n >= 2 && size(&d[n - 2]) < 50 => {
                let i = dice.below(on_top);
                let Some(V::Tuple(mut s)) = d.pop() else { unreachable!() };
                s[i as usize] = d.pop().expect("a value");
                d.push(V::Tuple(s));
                vec![with("tset", int(i))]
            }
            10 if n >= 1 => {
                let v = d.pop().expect("a value");
                self.register = Some(v);
                vec![op("rset")]
            }
            11 => {
                d.push(self.register.clone().unwrap_or(V::Tuple(vec![])));
                vec![op("rpush")]
            }
            12 if n >= 1 => {
                self.aux.extend(d.pop());
                vec![op("auxpush")]
            }
            13 if !self.aux.is_empty() => {
                d.extend(self.aux.pop());
                vec![op("auxpop")]
            }
            14 if on_aux > 0 && n >= 1 && size(&d[n - 1]) < 50 => {
                let i = dice.below(on_aux);
                let Some(V::Tuple(s)) = self.aux.last_mut() else { unreachable!() };
                s[i as usize] = d.pop().expect("a value");
                vec![with("xset", int(i))]
            }
            15 if on_aux > 0 => {
                let i = dice.below(on_aux);
                let Some(V::Tuple(s)) = self.aux.last() else { unreachable!() };
                d.push(s[i as usize].clone());
                vec![with("xget", int(i))]
            }
            _ => {
                let v = template(dice, 2);
                d.push(V::Int(hash(&v).0));
                vec![with("hash", v)]
            }
        }
    }
}

/// Random programs, their errors dropping operands; every instruction's counts, and the values at the end.
#[test]
fn random_programs_of_tuples() {
    let (mut checked, mut instructions) = (0, 0);
    for seed in 1..=60 {
        let (mut rules, mut dice, mut program) = (Rules::default(), Dice(seed), Vec::new());
        while program.len() < 150 {
            program.extend(rules.step(&mut dice));
            if dice.below(25) == 0 && program.len() < 140 {
                // An error: a tuple and what is below it go; the handler is the next instruction.
                let next = program.len() as u16 + 3;
                let (a, b) = (template(&mut dice, 1), template(&mut dice, 1));
                program.extend([with("errset", code(next)), push(a), with("add", b)]);
            }
        }
        program.push(op("halt"));
        let mut host = if seed % 2 == 0 { Host::default() } else { Host::slow(seed) };
        let mut image = 0;
        let run = host.run_with(avm_sim::trace::Core::new(seed), &program, &ERRCP, |core, _| {
            image = State::of(core).value("l_heap_q");
            checked += usize::from(check_counts(core));
            instructions += 1;
        });
        assert_eq!(run.outcome, "halted", "seed {seed}: {:?}", run.failed());
        let state = State::of(&run.core);
        let hashes = |cells: Vec<crate::state::Cell>| cells.iter().map(|c| state.hash(c)).collect::<Vec<_>>();
        assert_eq!(hashes(state.data()), rules.data.iter().map(hash).collect::<Vec<_>>(), "seed {seed}");
        assert_eq!(hashes(state.aux()), rules.aux.iter().map(hash).collect::<Vec<_>>(), "seed {seed}");
    }
    assert!(checked > instructions / 10, "{checked} of {instructions} instructions found counts at rest");
}

/// Instructions that wait until release has nothing to do: then every cell is accounted for.
#[test]
fn no_block_is_lost() {
    for seed in 100..130 {
        let (mut rules, mut dice, mut program) = (Rules::default(), Dice(seed), Vec::new());
        for _ in 0..100 {
            program.extend(rules.step(&mut dice));
        }
        program.extend((0..400).map(|_| op("nop")));
        program.push(op("halt"));
        let (mut image, mut quiet) = (0, false);
        Host::default().run_with(avm_sim::trace::Core::new(seed), &program, &ERRCP, |core, _| {
            image = State::of(core).value("l_heap_q");
            quiet = check_counts(core);
            if quiet {
                check_blocks(core, image);
            }
        });
        assert!(quiet, "seed {seed}: release came to an end");
    }
}

/// A list of 8-cell tuples is built, dropped, and built again: more than the heap would hold at once.
#[test]
fn dead_blocks_are_used_again() {
    let slots = tuple(&(0..8).map(int).collect::<Vec<_>>());
    // One template, in the static: as immediates there would be one block each.
    let mut program = Vec::new();
    for _ in 0..2 {
        for i in 0..900 {
            program.extend([op("rpush"), op("spush"), with("tset", int(i % 8)), op("rset")]);
        }
        program.push(with("rset", tuple(&[])));
    }
    program.push(op("halt"));
    let run = Host::default().run(&program, &slots);
    assert_eq!((run.outcome, run.failed()), ("halted", vec![]));
    assert!(run.core_top() <= 8192 && run.core_top() > 900 * 8, "{}", run.core_top());
    assert!(run.causes[9] > 0, "the second list waits for the first one's cells");
}

/// The first block that does not fit stops the machine.
#[test]
fn capacity_of_the_heap() {
    let slots = tuple(&(0..8).map(int).collect::<Vec<_>>());
    let mut program = Vec::new();
    for _ in 0..1200 {
        program.extend([op("rpush"), op("spush"), with("tset", int(0)), op("rset")]);
    }
    let run = Host::default().run(&program, &slots);
    // Cells 1 to 8 are the static's; 8192 - 9 hold 1022 blocks of 8.
    let made = run.records.iter().filter(|r| r.opcode == 0x51).count();
    assert_eq!((run.outcome, made), ("capacity", 1022));
}

/// A chain of 400 tuples dies at once; counts of what it shares fall.
#[test]
fn long_chains_are_released() {
    let pair = tuple(&[int(0), int(0)]);
    let mut program = Vec::new();
    for _ in 0..400 {
        program.extend([op("rpush"), op("spush"), with("tset", int(0)), op("rset")]);
    }
    program.push(with("rset", tuple(&[])));
    program.extend((0..5000).map(|_| op("nop")));
    program.push(op("halt"));
    let mut quiet = false;
    let run = Host::default().run_with(avm_sim::trace::Core::new(5), &program, &pair, |core, _| {
        let state = State::of(core);
        quiet = state.value("p_dead_q") | state.value("p_todo_q") | state.value("p_state_q") == 0;
    });
    assert!(quiet && run.outcome == "halted");
    check_blocks(&run.core, State::of(&run.core).value("l_heap_q"));
}

/// `keccakf` of a tuple with one reference changes it in place, of another makes a new one.
#[test]
fn keccakf_in_place_and_not() {
    let seven = tuple(&(1..=7).map(int).collect::<Vec<_>>());
    let mut lanes = [0; 25];
    (0..6).for_each(|i| lanes[4 * i] = i as u64 + 1);
    lanes[24] = 7;
    keccak::Keccak::new().with_f1600(|f| f(&mut lanes));
    let said: Vec<_> = (0..7).map(|i| [0, 1, 2, 3].map(|j| lanes.get(4 * i + j).copied().unwrap_or(0))).collect();
    // A template of the image is never changed; a copy that `tset` made is.
    for (program, blocks) in [
        (vec![with("keccakf", seven.clone())], 1),
        (vec![push(seven.clone()), with("tset", int(9)), op("halt")], 0),
        (vec![push(int(1)), push(seven.clone()), with("tset", int(0)), op("keccakf")], 1),
        (vec![push(int(1)), push(seven.clone()), with("tset", int(0)), op("dup0"), op("keccakf")], 2),
    ] {
        let mut program = program;
        program.push(op("halt"));
        let run = run(&program);
        let state = State::of(&run.core);
        assert_eq!((state.value("p_top_q") - state.value("l_heap_q")) / 8, blocks);
        if blocks > 0 {
            let slots: Vec<_> = state.slots(&state.cell("s_a_q")).iter().map(|s| s.0).collect();
            assert_eq!(slots, said);
        }
    }
}

/// A tuple changes after it was hashed: its hash is made anew, and that of what holds it never was in place.
#[test]
fn hashes_of_changed_tuples_are_made_anew() {
    let program = [
        push(int(5)),
        push(tuple(&[int(1), int(2)])),
        with("tset", int(0)),
        op("dup0"),
        op("hash"),
        op("pop"),
        op("nop"),
        op("nop"),
        push(int(6)),
        op("swap1"),
        with("tset", int(1)),
        op("hash"),
        op("halt"),
    ];
    assert_eq!(run(&program).top(), hash(&tuple(&[int(5), int(6)])).0);
}
