// SPDX-License-Identifier: MIT OR Apache-2.0
//! The probe and the memories: every bit of every field is compared, every field toggles, every memory
//! is mirrored and compared, and no result depends on a word that was never written.

mod memories;
mod stretched;

use std::collections::BTreeMap;

use crate::support::{all_scenarios, bench, ends, load};
use avm_cosim::lockstep::{MODEL_SEED, Options, RTL_SEED, Run, Session as _};
use avm_cosim::machines::algorand::Stimulus;
use avm_cosim::machines::algorand::scenario::Scenario;
use avm_cosim::machines::algorand::{ALGORAND, Algorand};
use avm_cosim::rtl::design::{Dut, Step};
use avm_sim::algorand::core::Core;
use avm_sim::trace::{Core as _, HostIn, Layout, Registers};
use stretched::stretched;

fn layout() -> Layout {
    Layout::new(Core::FIELDS)
}

/// The inputs that the host gives in a scenario, clock by clock.
fn stimulus(scenario: &Scenario) -> Vec<HostIn> {
    Stimulus::record(scenario).inputs().to_vec()
}

/// Which bits of the packed probe belong to fields.
fn used_bits(layout: &Layout) -> Vec<u64> {
    let mut used = vec![0u64; layout.words()];
    for (field, at) in layout.iter() {
        for bit in at..at + u32::from(field.width) {
            let (word, mask) = (bit as usize / 64, 1 << (bit % 64));
            assert_eq!(used[word] & mask, 0, "{} overlaps", field.name);
            used[word] |= mask;
        }
    }
    used
}

/// Registers as they are, but for one bit.
struct Flipped<'a, R> {
    registers: &'a R,
    field: usize,
    bit: u32,
}

impl<R: Registers> Registers for Flipped<'_, R> {
    fn limb(&self, field: usize, limb: usize) -> u64 {
        let flip = field == self.field && limb == self.bit as usize / 64;
        self.registers.limb(field, limb) ^ if flip { 1 << (self.bit % 64) } else { 0 }
    }
}

/// Scenarios in which every field counts at some clock.
const BUSY: [&str; 6] = [
    "units/calls.toml",
    "units/heap_loads.toml",
    "units/rollback.toml",
    "units/natives_checks.toml",
    "units/muldiv.toml",
    "units/segments.toml",
];

/// Clocks in which a field that does not count is altered; some wait long for one in which they do.
const MASKED: usize = 20;

#[test]
fn every_bit_of_every_register_is_compared_where_it_lies() {
    let layout = layout();
    let mut model = vec![0; layout.words()];
    let mut masked = vec![0; Core::FIELDS.len()];
    let mut open: Vec<usize> = (0..Core::FIELDS.len()).collect();
    for file in BUSY {
        let mut core = Core::new(MODEL_SEED);
        let mut dut = Dut::new(&ALGORAND, RTL_SEED, 0);
        for (clock, input) in stimulus(&load(&bench(file))).iter().enumerate() {
            core.step(input);
            dut.step(input);
            let registers = dut.registers();
            assert!(core.same(&registers), "{file}, clock {clock}: differs unaltered");
            core.pack(&mut model);
            open.retain(|&field| {
                let f = layout.field(field);
                let valid = f.valid.and_then(|v| layout.find(v)).is_none_or(|v| layout.value(&model, v) != 0);
                if !valid && masked[field] == MASKED {
                    return true;
                }
                for bit in 0..u32::from(f.width) {
                    let same = core.same(&Flipped { registers: &registers, field, bit });
                    assert_eq!(same, !valid, "{file}, clock {clock}: bit {bit} of {}", f.name);
                }
                masked[field] += usize::from(!valid);
                !valid
            });
        }
    }
    let names: Vec<_> = open.iter().map(|&i| layout.field(i).name).collect();
    assert!(names.is_empty(), "never valid: {names:?}");
    assert!(masked.iter().filter(|n| **n > 0).count() > 60, "masks are seen at work");
}

#[test]
fn every_bit_has_one_name() {
    let layout = layout();
    let owner: BTreeMap<u32, usize> = layout
        .iter()
        .enumerate()
        .flat_map(|(i, (f, at))| (at..at + u32::from(f.width)).map(move |bit| (bit, i)))
        .collect();
    let none = vec![0; layout.words()];
    for bit in 0..64 * layout.words() {
        let mut altered = none.clone();
        altered[bit / 64] ^= 1 << (bit % 64);
        let named = layout.differing(&altered, &none);
        assert_eq!(named, owner.get(&(bit as u32)).copied().into_iter().collect::<Vec<_>>(), "bit {bit}");
    }
}

const FEW_INVOCATIONS: &str = "invocations are numbered, and a call of more than 2^17 of them takes long";
const NO_ADDRESS: &str = "a code area ends at 16384, and what is looked at beyond it is a few bytes away";
const FEW_METHODS: &str = "a constant area of 16384 bytes holds a table of at most 2047 methods";
const ROOM_FOR_THE_RESULT: &str = "an invoker has at most 127 of its 128 cells: the result needs one";
/// Bits that need not toggle, with the reason. All others must.
const STILL: &[(&str, u64, &str)] = &[
    ("f_pc_q", 0x1_8000, NO_ADDRESS),
    ("k_pc_q", 0x1_8000, NO_ADDRESS),
    ("d_pc_q", 0x1_8000, NO_ADDRESS),
    ("x_pc_q", 0x1_8000, NO_ADDRESS),
    ("r_pc_q", 0x1_8000, NO_ADDRESS),
    ("c_ret_q", 0x1_8000, NO_ADDRESS),
    ("call_rd", 0x1_8000, NO_ADDRESS),
    ("call_wd_q", 0x1_8000, NO_ADDRESS),
    ("g_back_q", 0x1_8000, NO_ADDRESS),
    ("f_ra_q", 0x3000, "word 2048 is the first beyond a full code area, and F reads a word or two ahead"),
    ("b_wd_q", 0xc000, "a target that is predicted lies inside the code area, below 16384"),
    ("c_id_q", 0xfffe_0000, FEW_INVOCATIONS),
    ("c_next_q", 0xfffe_0000, FEW_INVOCATIONS),
    ("tag_rd", 0xfffe_0000, FEW_INVOCATIONS),
    ("tag_wd_q", 0xfffe_0000, FEW_INVOCATIONS),
    ("call_rdx", 0x3_fff8, FEW_INVOCATIONS),
    ("call_rdx", 1 << 37, ROOM_FOR_THE_RESULT),
    ("call_wdx_q", 0x3_fff8, FEW_INVOCATIONS),
    ("call_wdx_q", 1 << 37, ROOM_FOR_THE_RESULT),
    ("g_methods_q", 0xf800, FEW_METHODS),
    ("g_newmethods_q", 0xf800, FEW_METHODS),
    ("seg_wdx_q", 0xf800 << 34, FEW_METHODS),
    ("l_addr_q", 1 << 13, "the longest count is that of the sweep, 4096 words"),
    ("a_left_q", 1 << 7, "a store leaves at most 125 of 128 cells"),
];

/// Looks at the RTL's probe after every clock of every scenario.
fn observe(mut look: impl FnMut(&Scenario, &[u64])) {
    let mut words = vec![0; layout().words()];
    for scenario in all_scenarios().into_iter().chain(stretched()) {
        let mut run = Run::new(Algorand::new(&scenario), Options::default());
        while !run.session.finished() {
            assert!(run.clock().is_none(), "{} diverges at cycle {}", scenario.path.display(), run.cycle - 1);
            run.dut.as_ref().expect("the RTL takes part").probe(&mut words);
            look(&scenario, &words);
        }
    }
}

#[test]
fn every_field_toggles_and_padding_is_zero() {
    let layout = layout();
    let used = used_bits(&layout);
    let (mut zeros, mut ones) = (vec![0; layout.words()], vec![0; layout.words()]);
    observe(|scenario, words| {
        for (i, w) in words.iter().enumerate() {
            assert_eq!(w & !used[i], 0, "{}: padding of probe word {i}", scenario.path.display());
            zeros[i] |= !w;
            ones[i] |= w;
        }
    });
    let mut wrong = Vec::new();
    for (i, (field, _)) in layout.iter().enumerate() {
        assert!(field.width <= 64, "{}: this test reads one limb", field.name);
        let toggled = layout.value(&zeros, i) & layout.value(&ones, i);
        let all = if field.width == 64 { u64::MAX } else { (1 << field.width) - 1 };
        let allowed = STILL.iter().filter(|(name, ..)| *name == field.name).fold(0, |all, (_, bits, _)| all | bits);
        if toggled == 0 {
            wrong.push(format!("{}: never changes", field.name));
        } else if all & !toggled & !allowed != 0 {
            wrong.push(format!("{}: bits {:#x} never change, allowed are {allowed:#x}", field.name, all & !toggled));
        } else if toggled & allowed != 0 {
            wrong.push(format!("{}: bits {:#x} are listed as still, and change", field.name, toggled & allowed));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn still_bits_are_of_known_fields() {
    for (name, bits, why) in STILL {
        let field = Core::FIELDS.iter().find(|f| f.name == *name).unwrap_or_else(|| panic!("no field {name}"));
        assert!(*bits != 0 && (field.width == 64 || bits >> field.width == 0) && !why.is_empty(), "{name}");
    }
}

/// Masked payload is 0 on both sides while its valid bit is 0, and the mask is seen at work.
#[test]
fn payload_of_an_invalid_stage_is_masked() {
    let layout = layout();
    let qualified: Vec<(usize, usize)> = Core::FIELDS
        .iter()
        .enumerate()
        .filter_map(|(i, f)| f.valid.map(|v| (i, layout.find(v).expect("a field qualifies"))))
        .collect();
    assert!(qualified.len() > 60);
    let mut seen = vec![[false; 2]; qualified.len()];
    let mut words = vec![0; layout.words()];
    for file in BUSY {
        let mut dut = Dut::new(&ALGORAND, RTL_SEED, 0);
        for input in stimulus(&load(&bench(file))) {
            dut.step(&input);
            dut.probe(&mut words);
            for (s, &(field, valid)) in seen.iter_mut().zip(&qualified) {
                let valid = layout.value(&words, valid) != 0;
                assert!(valid || layout.value(&words, field) == 0, "{}", layout.field(field).name);
                s[usize::from(valid)] = true;
            }
        }
    }
    for (s, (field, _)) in seen.iter().zip(qualified) {
        assert_eq!(*s, [true, true], "{} is always or never valid", layout.field(field).name);
    }
}

#[test]
fn no_result_depends_on_a_word_that_was_never_written() {
    let words = layout().words();
    for scenario in all_scenarios() {
        let mut first = Core::new(MODEL_SEED);
        let mut second = Core::new(0xffff_0000_1234_5678);
        let mut dut = Dut::new(&ALGORAND, 0x7777, 0);
        let (mut a, mut b) = (vec![0; words], vec![0; words]);
        for (clock, input) in stimulus(&scenario).iter().enumerate() {
            first.step(input);
            second.step(input);
            first.pack(&mut a);
            second.pack(&mut b);
            assert_eq!(a, b, "{}, clock {clock}: the model with another pattern", scenario.path.display());
            assert_eq!(dut.step_compare(input, &a), Step::Equal, "{}, clock {clock}: RTL", scenario.path.display());
        }
    }
}

/// The test above would see it: a core that reads old bytes (fault `stale_local`) shows what its memory
/// was filled with.
#[test]
fn a_read_of_a_word_that_was_never_written_is_seen() {
    let scenario = load(&bench("units/calls.toml"));
    let fault = avm_sim::algorand::faults::number("stale_local").expect("listed");
    let inputs = stimulus(&scenario);
    let probes = |seed| {
        let mut dut = Dut::new(&ALGORAND, seed, fault);
        dut.assertions(false);
        let mut words = vec![0; dut.probe_words()];
        let mut after = |input: &HostIn| {
            dut.step(input);
            dut.probe(&mut words);
            words.clone()
        };
        inputs.iter().map(&mut after).collect::<Vec<_>>()
    };
    assert_ne!(probes(1), probes(2));
    assert!(ends(Algorand::new(&scenario), Options { fault, assertions: false, ..Options::default() }).0.is_some());
}
