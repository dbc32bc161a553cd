//! The probe and the memories: every bit of every field is compared, every field toggles, every memory
//! is mirrored and compared, and no result depends on a word that was never written.

mod support;

use std::collections::BTreeMap;

use avm_cosim::dut::{ALGORAND, Design, Dut, Step};
use avm_cosim::lockstep::{CallEnd, MODEL_SEED, Mismatch, Options, RTL_SEED, Run, Session};
use avm_cosim::machines::algorand::Algorand;
use avm_cosim::mirror::Mirrors;
use avm_cosim::scenario::{App, Expect, Latency, Planned, Scenario};
use avm_cosim::stimulus::Stimulus;
use avm_sim::algorand::core::Core;
use avm_sim::algorand::image::{Image, Method};
use avm_sim::algorand::interp::{Call, Limits};
use avm_sim::algorand::{asm, isa, params};
use avm_sim::trace::{Core as _, Field, HostIn, HostOut, Layout, Memory, Retire};
use support::{all_scenarios, bench, ends, load};

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

#[test]
fn every_bit_is_compared_and_named() {
    let scenario = load(&bench("programs/fib.toml"));
    let inputs = stimulus(&scenario);
    let layout = layout();
    let owner: BTreeMap<u32, usize> = layout
        .iter()
        .enumerate()
        .flat_map(|(i, (f, at))| (at..at + u32::from(f.width)).map(move |bit| (bit, i)))
        .collect();
    let bits = 64 * layout.words();
    assert!(inputs.len() > 2 * bits, "one bit a clock, and as many clocks undisturbed");
    let mut core = Core::new(MODEL_SEED);
    let mut dut = Dut::new(&ALGORAND, RTL_SEED, 0);
    let (mut model, mut rtl) = (vec![0; layout.words()], vec![0; layout.words()]);
    // From the end of the run, where the core is busy.
    let first = inputs.len() - 2 * bits;
    for (clock, input) in inputs.iter().enumerate() {
        core.step(input);
        core.pack(&mut model);
        if clock < first || (clock - first).is_multiple_of(2) {
            assert_eq!(dut.step_compare(input, &model), Step::Equal, "clock {clock}: differs unaltered");
            continue;
        }
        let bit = (clock - first) / 2;
        let mut altered = model.clone();
        altered[bit / 64] ^= 1 << (bit % 64);
        assert_eq!(dut.step_compare(input, &altered), Step::Differs, "bit {bit} is not compared");
        dut.probe(&mut rtl);
        assert_eq!(rtl, model);
        let named = layout.differing(&altered, &rtl);
        assert_eq!(named, owner.get(&(bit as u32)).copied().into_iter().collect::<Vec<_>>(), "bit {bit}");
    }
}

/// A call of more than 2^14 invocations takes long.
const FEW_INVOCATIONS: &str = "invocations are numbered; no scenario makes 2^14 in a call";
/// Bits that need not toggle, with the reason. All others must.
const STILL: &[(&str, u64, &str)] = &[
    ("d_dec_q", 1 << 18, NO_SUCH_PRICE),
    ("x_dec_q", 1 << 18, NO_SUCH_PRICE),
    ("c_id_q", 0xffff_c000, FEW_INVOCATIONS),
    ("c_next_q", 0xffff_c000, FEW_INVOCATIONS),
    ("tag_rd", 0xffff_c000, FEW_INVOCATIONS),
    ("tag_wd_q", 0xffff_c000, FEW_INVOCATIONS),
    ("call_rdx", 0x3_ffff, FEW_INVOCATIONS),
    ("call_rdx", 1 << 37, ROOM_FOR_THE_RESULT),
    ("call_wdx_q", 0x3_ffff, FEW_INVOCATIONS),
    ("call_wdx_q", 1 << 37, ROOM_FOR_THE_RESULT),
    ("l_methods_q", 0xe000, "a constant area of 65536 bytes holds a table of 8191 methods"),
    ("l_addr_q", 1 << 13, "the last of at most 8192 beats takes it back to 0"),
    ("h_req_kind_q", 8, "requests are of kinds 1 to 6"),
    ("u_code_q", 1 << 62, "codes get it by leaving the first frame, in the outcome; athrow clears it"),
];
const ROOM_FOR_THE_RESULT: &str = "an invoker has at most 127 of its 128 cells: the result needs one";
const NO_SUCH_PRICE: &str = "bit 3 of the price: no instruction costs 8 to 15";

/// Calls of one image that reach what ordinary programs do not: areas of full size, the last addresses,
/// large identifiers and limits, deep stacks, many invocations.
fn stretched() -> Vec<Scenario> {
    let op = |name: &str| isa::by_name(name).unwrap_or_else(|| panic!("no {name}")).code;
    let nop = op("nop");
    let mut code = vec![nop; params::CODE_BYTES];
    let mut put = |at: usize, bytes: &[u8]| code[at..at + bytes.len()].copy_from_slice(bytes);
    let invoke = |method: u16| [&[op("invoke_internal")][..], &method.to_le_bytes()].concat();
    // 0: with as full a stack as an invocation allows, near the end of the code, invokes 1, which invokes 3 and returns.
    put(0xf000, &[vec![op("self"); params::STACK_LIMIT - 1], invoke(1), vec![op("return")]].concat());
    put(0x8000, &[invoke(3), vec![op("return")]].concat());
    put(0x9000, &[op("return")]);
    // 2: its invocation is the last instruction; it returns to where there is no code.
    put(params::CODE_BYTES - 3, &invoke(1));
    let at = |offset: u16, frame: u16, args: u16| Method { offset, frame, args, public: true };
    let first = [at(0xf000, 2046, 2040), at(0x8000, 0, 0), at(0xfffd, 0, 0), at(0x9000, 0, 0)];
    // Images of the largest size, and a little less: each length field has both all-ones and its top bit.
    [(u64::MAX, 0, 8191, 511), (1, 1, 8190, 512)]
        .into_iter()
        .map(|(id, cut, methods, call_depth)| {
            let mut table = first.to_vec();
            table.resize(methods, first[3]);
            let image = Image::with_methods(code[cut..].to_vec(), &table, &[]).expect("a right image");
            let limits = Limits { call_depth, ..Limits::default() };
            let planned = |method: u64, args: usize| Planned {
                app: 0,
                call: Call { app: id, method, args: vec![0xff; args], fuel: 1000, limits },
                name: format!("stretched {method}"),
                expect: Expect::default(),
            };
            Scenario {
                path: "stretched".into(),
                machine: "algorand".into(),
                about: String::new(),
                apps: vec![App { id, image, symbols: None }],
                latency: Latency::default(),
                calls: vec![planned(0, 2040), planned(2, 0), planned(u64::MAX, 0)],
                files: Vec::new(),
            }
        })
        .chain([many_invocations()])
        .collect()
}

/// A call that invokes a method 8400 times, which stores to its frame and reads it.
fn many_invocations() -> Scenario {
    let source = ".method m public\n.arg n 8\n.again:\n    invoke_internal leaf\n    load_64 n\n    const_8 1\n    isub\n\
        \u{20}   dup\n    store_64 n\n    brnz .again\n    return\n\
        .method leaf\n.local a 8\n    const_8 1\n    store_64 a\n    load_64 a\n    pop\n    return\n";
    let program = asm::assemble("many", source).unwrap_or_else(|e| panic!("{e:?}"));
    Scenario {
        path: "many invocations".into(),
        machine: "algorand".into(),
        about: String::new(),
        apps: vec![App { id: 7, image: program.image, symbols: None }],
        latency: Latency::default(),
        calls: vec![Planned {
            app: 0,
            call: Call {
                app: 7,
                method: 0,
                args: 8400u64.to_le_bytes().into(),
                fuel: 1 << 40,
                limits: Limits::default(),
            },
            name: "many".into(),
            expect: Expect::default(),
        }],
        files: Vec::new(),
    }
}

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
    assert!(qualified.len() > 20);
    let mut seen = vec![[false; 2]; qualified.len()];
    let scenario = load(&bench("units/calls.toml"));
    let (mut dut, mut words) = (Dut::new(&ALGORAND, RTL_SEED, 0), vec![0; layout.words()]);
    for input in stimulus(&scenario) {
        dut.step(&input);
        dut.probe(&mut words);
        for (s, &(field, valid)) in seen.iter_mut().zip(&qualified) {
            let valid = layout.value(&words, valid) != 0;
            assert!(valid || layout.value(&words, field) == 0, "{}", layout.field(field).name);
            s[usize::from(valid)] = true;
        }
    }
    for (s, (field, _)) in seen.iter().zip(qualified) {
        assert!(s[0], "{} is always valid", layout.field(field).name);
    }
}

#[test]
fn mirrors_equal_the_rtls_arrays_and_the_models() {
    let layout = layout();
    let mut counted = vec![0usize; Core::MEMORIES.len()];
    for scenario in all_scenarios() {
        let mut run = Run::new(Algorand::new(&scenario), Options::default());
        let mut mirrors = Mirrors::new(&layout, Core::MEMORIES);
        let mut words = vec![0; layout.words()];
        while !run.session.finished() {
            assert!(run.clock().is_none(), "{} diverges", scenario.path.display());
            run.dut.as_ref().expect("the RTL takes part").probe(&mut words);
            mirrors.clock(&words);
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
        for address in [0, 63, 64, memory.depth - 1] {
            let right = [core.memory(m, address, 0), if memory.limbs() > 1 { core.memory(m, address, 1) } else { 0 }];
            let mut mirrors = Mirrors::new(&layout, Core::MEMORIES);
            assert_eq!(mirrors.compare(&core), None, "nothing written, nothing compared");
            mirrors.clock(&written(&layout, memory, address as u64, right));
            assert_eq!(mirrors.compare(&core), None, "{}[{address}] as in the model", memory.name);
            for limb in 0..memory.limbs() {
                for bit in 0..limb_bits(memory, limb) {
                    let mut wrong = right;
                    wrong[limb] ^= 1 << bit;
                    mirrors.clock(&written(&layout, memory, address as u64, wrong));
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
    // Its calls invoke, store to frames and spill to the stack.
    let scenario = load(&bench("programs/fib.toml"));
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
    let [mut whole, mut lossy] = [(); 2].map(|()| Mirrors::new(&layout, Core::MEMORIES));
    let mut writes = 0;
    let (mut last, mut lost) = (None, None);
    for input in stimulus(&scenario) {
        core.step(&input);
        core.pack(&mut words);
        whole.clock(&words);
        if layout.value(&words, wv) == 0 {
            lossy.clock(&words);
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
        lossy.clock(&words);
    }
    assert!(lost.is_some(), "the scenario writes one word twice in a row");
}

#[test]
fn memories_never_written_differ_between_model_and_rtl_and_between_seeds() {
    let (a, b) = (Core::new(MODEL_SEED), Core::new(MODEL_SEED + 1));
    let (c, d) = (Dut::new(&ALGORAND, RTL_SEED, 0), Dut::new(&ALGORAND, RTL_SEED + 1, 0));
    for (m, memory) in Core::MEMORIES.iter().enumerate() {
        for limb in 0..memory.limbs() {
            let words = |of: &dyn Fn(usize) -> u64| (0..memory.depth).map(of).collect::<Vec<_>>();
            let all = [
                words(&|i| a.memory(m, i, limb)),
                words(&|i| b.memory(m, i, limb)),
                words(&|i| c.memory(m, i, limb)),
                words(&|i| d.memory(m, i, limb)),
            ];
            for (i, x) in all.iter().enumerate() {
                for y in &all[..i] {
                    let equal = x.iter().zip(y).filter(|(p, q)| p == q).count();
                    assert!(equal <= memory.depth / 64, "{}, limb {limb}: {equal} words are equal", memory.name);
                }
            }
        }
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
