// SPDX-License-Identifier: MIT OR Apache-2.0
//! The memories: every write is mirrored, every mirrored word is compared with the model, and what differs is
//! reported.

use avm_cosim::lockstep::mirror::Mirrors;
use avm_cosim::lockstep::{CallEnd, MODEL_SEED, Mismatch, Options, RTL_SEED, Run, Session};
use avm_cosim::machines::algorand::scenario::Scenario;
use avm_cosim::machines::algorand::{ALGORAND, Algorand};
use avm_cosim::rtl::design::{Design, Dut};
use avm_sim::algorand::core::Core;
use avm_sim::trace::{Core as _, Field, HostIn, HostOut, Layout, Memory, Packed, Retire};

use super::{layout, stimulus};
use crate::support::{all_scenarios, bench, load};

#[test]
fn mirrors_equal_the_rtls_arrays_and_the_models() {
    let layout = layout();
    let mut counted = vec![0usize; Core::MEMORIES.len()];
    for scenario in all_scenarios() {
        let mut run = Run::new(Algorand::new(&scenario), Options::default());
        let mut mirrors = Mirrors::new(&layout, Core::MEMORIES, |_| true);
        let mut words = vec![0; layout.words()];
        while !run.session.finished() {
            assert!(run.clock().is_none(), "{} diverges", scenario.path.display());
            run.dut.as_ref().expect("the RTL takes part").probe(&mut words);
            mirrors.clock(&Packed { layout: &layout, words: &words });
        }
        let dut = run.dut.as_ref().expect("the RTL takes part");
        for (m, memory) in Core::MEMORIES.iter().enumerate() {
            for address in 0..memory.depth {
                for limb in 0..memory.limbs() {
                    let (mirror, written) = mirrors.word(m, address, limb);
                    if !written {
                        continue;
                    }
                    counted[m] += 1;
                    let at = format!("{}: {}[{address}], limb {limb}", scenario.path.display(), memory.name);
                    assert_eq!(mirror, dut.memory(m, address, limb), "{at}: mirror and RTL");
                    assert_eq!(mirror, run.core.memory(m, address, limb), "{at}: mirror and model");
                }
            }
        }
        assert_eq!(mirrors.compare(&run.core), None);
    }
    for (n, memory) in counted.iter().zip(Core::MEMORIES) {
        assert!(*n > 8, "{}: only {n} words were ever written", memory.name);
    }
}

#[test]
fn a_filled_word_has_no_bits_above_its_width() {
    let dut = Dut::new(&ALGORAND, RTL_SEED, 0);
    for (m, memory) in Core::MEMORIES.iter().enumerate() {
        let last = memory.limbs() - 1;
        let bits = u32::from(memory.width) - 64 * last as u32;
        let words = (0..memory.depth).map(|address| dut.memory(m, address, last));
        let all = words.fold(0, |all, word| all | word);
        assert_eq!(64 - all.leading_zeros(), bits, "{}: the highest bit in use, of the highest limb", memory.name);
    }
}

/// A probe in which one memory is written; the other fields are 0.
fn written(layout: &Layout, memory: &Memory, address: u64, data: [u64; 2]) -> Vec<u64> {
    let mut words = vec![0; layout.words()];
    let mut set = |name: String, value: u64| {
        let Some(i) = layout.find(&name) else { return };
        words[layout.offset(i) as usize / 64] |= value << (layout.offset(i) % 64);
    };
    set(format!("{}_wv_q", memory.name), 1);
    set(format!("{}_wa_q", memory.name), address);
    set(format!("{}_wd_q", memory.name), data[0]);
    if memory.limbs() > 1 {
        set(format!("{}_wdx_q", memory.name), data[1]);
    }
    words
}

/// Bits of a limb of a memory word.
fn limb_bits(memory: &Memory, limb: usize) -> u32 {
    (u32::from(memory.width) - 64 * limb as u32).min(64)
}

#[test]
fn every_bit_of_a_mirrored_word_is_compared() {
    let layout = layout();
    let core = Core::new(MODEL_SEED);
    for (m, memory) in Core::MEMORIES.iter().enumerate() {
        let addresses = [0, 63, 64, memory.depth - 1].into_iter().filter(|a| *a < memory.depth);
        for address in addresses {
            let right = [core.memory(m, address, 0), if memory.limbs() > 1 { core.memory(m, address, 1) } else { 0 }];
            let mut mirrors = Mirrors::new(&layout, Core::MEMORIES, |_| true);
            assert_eq!(mirrors.compare(&core), None, "nothing written, nothing compared");
            mirrors.clock(&Packed { layout: &layout, words: &written(&layout, memory, address as u64, right) });
            assert_eq!(mirrors.compare(&core), None, "{}[{address}] as in the model", memory.name);
            for limb in 0..memory.limbs() {
                for bit in 0..limb_bits(memory, limb) {
                    let mut wrong = right;
                    wrong[limb] ^= 1 << bit;
                    mirrors.clock(&Packed { layout: &layout, words: &written(&layout, memory, address as u64, wrong) });
                    let said = mirrors
                        .compare(&core)
                        .unwrap_or_else(|| panic!("{}[{address}], limb {limb}, bit {bit}: not reported", memory.name));
                    assert!(
                        said.starts_with(&format!("memory {}[{address}]: RTL {:#x}", memory.name, wrong[limb])),
                        "{said}"
                    );
                    assert_eq!(mirrors.compare(&core), None, "compared once");
                }
            }
        }
    }
}

/// A core model one of whose memories reads wrong.
struct BadMemory {
    core: Core,
    /// Memory, limb, bits that read inverted.
    bad: (usize, usize, u64),
}

impl avm_sim::trace::Core for BadMemory {
    type Beat = ();
    const FIELDS: &'static [Field] = Core::FIELDS;
    const MEMORIES: &'static [Memory] = Core::MEMORIES;
    const CAUSES: &'static [&'static str] = Core::CAUSES;

    fn new(seed: u64) -> BadMemory {
        BadMemory { core: Core::new(seed), bad: (0, 0, 0) }
    }
    fn step(&mut self, inputs: &HostIn) {
        self.core.step(inputs);
    }
    fn outputs(&self) -> HostOut {
        self.core.outputs()
    }
    fn pack(&self, words: &mut [u64]) {
        self.core.pack(words);
    }
    fn memory(&self, memory: usize, address: usize, limb: usize) -> u64 {
        let (m, l, bits) = self.bad;
        self.core.memory(memory, address, limb) ^ if (memory, limb) == (m, l) { bits } else { 0 }
    }
    fn retired(&self) -> Option<Retire> {
        self.core.retired()
    }
    fn cause(&self) -> u8 {
        self.core.cause()
    }
}

struct BadMemorySession<'a>(Algorand<'a>);

impl Session for BadMemorySession<'_> {
    type Core = BadMemory;
    type Account = ();
    const DESIGN: &'static Design = &ALGORAND;
    const OUTCOME_FIELDS: &'static [&'static str] = Algorand::OUTCOME_FIELDS;

    fn drive(&mut self, out: &HostOut) -> HostIn {
        self.0.drive(out)
    }
    fn reference(&mut self) -> Option<Retire> {
        self.0.reference()
    }
    fn ended(&mut self) -> Option<CallEnd> {
        self.0.ended()
    }
    fn finished(&self) -> bool {
        self.0.finished()
    }
    fn call_name(&self, call: usize) -> String {
        self.0.call_name(call)
    }
    fn running(core: &BadMemory) -> bool {
        Algorand::running(&core.core)
    }
    fn retired(layout: &Layout, words: &[u64]) -> Option<Retire> {
        Algorand::retired(layout, words)
    }
    fn instruction(&self, retire: &Retire) -> String {
        self.0.instruction(retire)
    }
    fn place(&self, retire: &Retire) -> String {
        self.0.place(retire)
    }
    fn mnemonic(layout: &Layout, words: &[u64]) -> &'static str {
        Algorand::mnemonic(layout, words)
    }
    fn exception(code: u8) -> &'static str {
        Algorand::exception(code)
    }
}

/// What a run says when bits of one memory of the model are wrong.
fn run_with_bad_memory(scenario: &Scenario, bad: (usize, usize, u64)) -> Option<Mismatch> {
    let mut run = Run::new(BadMemorySession(Algorand::new(scenario)), Options::default());
    run.core.bad = bad;
    run.to_end().map(|d| d.what)
}

#[test]
fn a_run_reports_every_memory_that_differs_at_the_end_of_a_call() {
    // Its first calls already store to frames and pages, inside scopes too, and spill to the stack.
    let scenario = load(&bench("units/rollback.toml"));
    assert!(run_with_bad_memory(&scenario, (0, 0, 0)).is_none());
    for (m, memory) in Core::MEMORIES.iter().enumerate() {
        for limb in 0..memory.limbs() {
            for bit in [0, limb_bits(memory, limb) - 1] {
                let what = run_with_bad_memory(&scenario, (m, limb, 1 << bit));
                let Some(Mismatch::Memory(text)) = what else { panic!("{}, limb {limb}: {what:?}", memory.name) };
                assert!(text.starts_with(&format!("memory {}[", memory.name)), "{text}");
            }
        }
    }
    // Without mirrors nothing would be seen: it is the mirrors that report.
    let blind = Options { mirrors: false, ..Options::default() };
    let mut run = Run::new(BadMemorySession(Algorand::new(&scenario)), blind);
    run.core.bad = (3, 0, 1);
    assert!(run.to_end().is_none());
}

#[test]
fn a_lost_write_is_reported_by_the_mirror() {
    let scenario = load(&bench("units/frame.toml"));
    let layout = layout();
    let wv = layout.find("frame_wv_q").expect("a field");
    let (mut core, mut words) = (Core::new(MODEL_SEED), vec![0; layout.words()]);
    let [mut whole, mut lossy] = [(); 2].map(|()| Mirrors::new(&layout, Core::MEMORIES, |_| true));
    let mut writes = 0;
    let (mut last, mut lost) = (None, None);
    for input in stimulus(&scenario) {
        core.step(&input);
        core.pack(&mut words);
        whole.clock(&Packed { layout: &layout, words: &words });
        if layout.value(&words, wv) == 0 {
            lossy.clock(&Packed { layout: &layout, words: &words });
            continue;
        }
        writes += 1;
        let wa = layout.value(&words, layout.find("frame_wa_q").expect("a field")) as usize;
        // The second of two writes to one word is lost.
        if lost.is_none() && last == Some(wa) {
            lost = Some(wa);
            assert_eq!((whole.compare(&core), writes > 1), (None, true));
            let said = lossy.compare(&core).expect("the lost write is reported");
            assert!(said.starts_with(&format!("memory frame[{wa}]")), "{said}");
            break;
        }
        last = Some(wa);
        lossy.clock(&Packed { layout: &layout, words: &words });
    }
    assert!(lost.is_some(), "the scenario writes one word twice in a row");
}

#[test]
fn memories_never_written_differ_between_model_and_rtl_and_between_seeds() {
    let (a, b) = (Core::new(MODEL_SEED), Core::new(MODEL_SEED + 1));
    let (c, d) = (Dut::new(&ALGORAND, RTL_SEED, 0), Dut::new(&ALGORAND, RTL_SEED + 1, 0));
    for (m, memory) in Core::MEMORIES.iter().enumerate() {
        for limb in 0..memory.limbs() {
            // What is above the width is not the memory's.
            let bits = u64::MAX >> (64 - limb_bits(memory, limb));
            let words = |of: &dyn Fn(usize) -> u64| (0..memory.depth).map(|i| of(i) & bits).collect::<Vec<_>>();
            // Few words are equal: narrow ones by chance.
            let chance = (memory.depth >> limb_bits(memory, limb).min(63)) * 4;
            let all = [
                words(&|i| a.memory(m, i, limb)),
                words(&|i| b.memory(m, i, limb)),
                words(&|i| c.memory(m, i, limb)),
                words(&|i| d.memory(m, i, limb)),
            ];
            for (i, x) in all.iter().enumerate() {
                for y in &all[..i] {
                    let equal = x.iter().zip(y).filter(|(p, q)| p == q).count();
                    assert!(
                        equal <= memory.depth / 64 + chance,
                        "{}, limb {limb}: {equal} words are equal",
                        memory.name
                    );
                }
            }
        }
    }
}
