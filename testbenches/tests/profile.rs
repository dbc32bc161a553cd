// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm profile`: all cycles are accounted for, the RTL's registers say the same, and what it writes is what readers of
//! those forms expect.

#[path = "profile/forms.rs"]
mod forms;

use std::collections::BTreeMap;
use std::fs;

use avm_cosim::figures::profile::compare;
use avm_cosim::lockstep::account::{Account, Spent};
use avm_cosim::lockstep::{Options, Run, Session};
use avm_cosim::machines::algorand::{Algorand, Room};
use avm_cosim::machines::{Loaded as _, Machine as _};
use avm_cosim::profile::{Causes, Profile, START, take};
use avm_cosim::rtl::design::Dut;
use avm_sim::algorand::core::Core;
use avm_sim::algorand::cycles;
use avm_sim::trace::{Core as _, HostIn, HostOut, Layout, Packed, Registers};

use crate::support::{avm, bench, load, lockstep, root, scenarios, temporary};

/// Programs whose causes differ most.
const PROGRAMS: [&str; 6] = [
    "programs/fib.toml",
    "contracts/exchange.toml",
    "units/heap_after_store.toml",
    "units/rollback_log_1.toml",
    "units/outcomes.toml",
    "units/natives.toml",
];

fn profile_of(file: &str) -> Profile {
    take::<Room>(&[load(&bench(file))], |_| ()).expect("all cycles are accounted for").profile
}

/// The profile is the model's; lockstep has compared each of its cycles with the RTL's registers.
#[test]
fn every_cycle_is_accounted_for_as_in_lockstep() {
    for file in PROGRAMS {
        let (divergence, calls) = lockstep(&load(&bench(file)));
        assert!(divergence.is_none(), "{file}: {divergence:?}");
        let profile = profile_of(file);
        assert_eq!(profile.cycles, calls.iter().map(|c| c.cycles).sum::<u64>(), "{file}");
        assert_eq!(profile.instructions, calls.iter().map(|c| c.retired).sum::<u64>(), "{file}");
        for (i, name) in Core::CAUSES.iter().enumerate() {
            let counted: u64 = calls.iter().map(|c| c.causes[i]).sum();
            assert_eq!(profile.causes.get(*name).copied().unwrap_or(0), counted, "{file}: {name}");
        }
    }
}

/// As the RTL's account, but for one cycle: of another cause, or of the instruction before.
#[derive(Clone, Default)]
struct Wrong<const EMPTY: bool> {
    own: Own,
    cycles: u32,
}

type Own = <Algorand<'static> as Session>::Account;

impl<const EMPTY: bool> Account for Wrong<EMPTY> {
    fn clock<R: Registers>(&mut self, rtl: &R) -> Option<Spent> {
        let spent = self.own.clock(rtl)?;
        self.cycles += 1;
        Some(match (self.cycles, EMPTY) {
            (1_000, true) => Spent { empty: !spent.empty, ..spent },
            (1_000, false) => Spent { cause: (spent.cause + 1) % Core::CAUSES.len() as u8, ..spent },
            _ => spent,
        })
    }
}

/// `profile_sums` of `avm figures`, and that it would show one cycle in the wrong place.
#[test]
fn the_figure_counts_what_the_rtl_says() {
    let scenario = load(&bench("programs/fib.toml"));
    let profile = profile_of("programs/fib.toml");
    assert_eq!(compare::<Room, Own>(&scenario), Ok((true, profile.cycles)));
    assert_eq!(compare::<Room, Wrong<false>>(&scenario), Ok((false, profile.cycles)));
    assert_eq!(compare::<Room, Wrong<true>>(&scenario), Ok((false, profile.cycles)));
    let random = Room::random(7);
    assert!(compare::<Room, Own>(&random).is_ok_and(|(same, cycles)| same && cycles > 0));
}

#[test]
fn several_scenarios_are_one_profile() {
    let all = scenarios("programs");
    let together = take::<Room>(&all, |_| ()).expect("accounted for").profile;
    let apart = all.iter().map(|s| take::<Room>(std::slice::from_ref(s), |_| ()).expect("accounted for").profile);
    let (cycles, calls) = apart.fold((0, 0), |(cycles, calls), p| (cycles + p.cycles, calls + p.calls));
    assert_eq!((together.cycles, together.calls), (cycles, calls));
    assert_eq!(together.calls, all.iter().map(|s| s.calls() as u64).sum::<u64>());
    assert!(together.methods.iter().any(|m| (&*m.application, &*m.name) == ("fib", "fib")), "told apart by scenario");
}

/// A table that loses cycles, or says another cause, is no profile.
#[test]
fn a_wrong_sum_is_seen() {
    let right = profile_of("programs/fib.toml");
    assert_eq!(right.check(), Ok(()));
    let wrong = |change: fn(&mut Profile), says: &str| {
        let mut p = right.clone();
        change(&mut p);
        let said = p.check().expect_err(says);
        assert!(said.contains(says), "{said}");
    };
    wrong(|p| p.cycles += 1, "causes");
    wrong(|p| p.opcodes[0].cycles -= 1, "opcodes");
    wrong(|p| p.methods[0].cycles += 1, "methods");
    wrong(|p| drop(p.lines.pop()), "lines");
    wrong(|p| p.stacks[0].cycles += 1, "stacks");
    wrong(|p| p.opcodes[0].causes.values_mut().for_each(|n| *n += 1), "opcodes");
}

/// What the account reads.
const FIELDS: [&str; 13] = [
    "l_state_q",
    "r_valid_q",
    "r_op_q",
    "x_valid_q",
    "x_op_q",
    "x_step_q",
    "x_pred_q",
    "d_valid_q",
    "d_redir_q",
    "k_valid_q",
    "u_state_q",
    "g_state_q",
    "o_valid_q",
];

/// Every register that the account reads matters to it: turned in the cycles in which it speaks, another cause comes out.
#[test]
fn a_cause_that_the_registers_do_not_say_is_caught() {
    let scenario = load(&bench("contracts/exchange.toml"));
    let layout = Layout::new(Core::FIELDS);
    let differing = |field: Option<&str>| {
        let bit = field.map(|name| layout.offset(layout.find(name).expect("a field")) as usize);
        let options = Options { rtl: false, ..Options::default() };
        let mut run = Run::new(Algorand::new(&scenario), options);
        let (mut account, mut words) = (<Algorand<'_> as Session>::Account::default(), vec![0; layout.words()]);
        let mut differing = 0;
        while run.cycle < 30_000 && !run.session.finished() {
            run.clock();
            run.core.pack(&mut words);
            if let Some(bit) = bit {
                words[bit / 64] ^= 1 << (bit % 64);
            }
            let model = Algorand::running(&run.core).then(|| Spent::of(&run.core));
            differing += usize::from(account.clock(&Packed { layout: &layout, words: &words }) != model);
        }
        differing
    };
    assert_eq!(differing(None), 0);
    for field in FIELDS {
        assert!(differing(Some(field)) > 0, "{field}");
    }
}

const SOURCE: &str = ".method main public
    const_8 3
    const_8 4
    invoke_internal times
    pop
    invoke_internal nothing
    return
.align 8
.method times
.align 8
    const_8 5
    const_8 6
    imul
    ireturn
.align 8
.method nothing
    return
";

/// Worked out by hand: `docs/algorand/cycles.md` has 6 cycles for `imul`, 4 for `invoke_internal` that is made the first
/// time, 2 for `return`.
#[test]
fn a_small_program_costs_what_the_page_of_cycles_says() {
    let folder = temporary();
    fs::write(folder.path().join("m.avm"), SOURCE).expect("written");
    let text =
        "machine = \"algorand\"\ncall = [{ method = \"main\", fuel = 100 }]\n[[app]]\nid = 7\nsource = \"m.avm\"\n";
    fs::write(folder.path().join("m.toml"), text).expect("written");
    let p = take::<Room>(&[load(&folder.path().join("m.toml"))], |_| ()).expect("accounted for").profile;
    let opcode = |name: &str| p.opcodes.iter().find(|o| o.name == name).expect("executed");
    let imul = opcode("imul");
    assert_eq!((imul.count, imul.cycles, imul.min, imul.median, imul.max), (1, 6, 6, 6, 6));
    assert_eq!((imul.causes["retire"], imul.causes["multiplier"]), (1, 5));
    let invoke = opcode("invoke_internal");
    assert_eq!((invoke.count, invoke.cycles, invoke.min, invoke.max), (2, 8, 4, 4));
    let method = |name: &str| p.methods.iter().find(|m| m.name == name).expect("entered");
    let (main, times, nothing) = (method("main"), method("times"), method("nothing"));
    // Two constants, six for the product, two to return.
    assert_eq!((times.calls, times.count, times.cycles, times.inclusive), (1, 4, 10, 10));
    assert_eq!((nothing.calls, nothing.count, nothing.cycles), (1, 1, 2));
    assert_eq!(main.inclusive, main.cycles + times.cycles + nothing.cycles);
    assert_eq!(p.cycles, main.inclusive + method(START).cycles);
    let site = p.call_sites.iter().find(|s| s.callee == "times").expect("called");
    assert_eq!((&*site.caller, site.line, site.calls, site.inclusive), ("main", 4, 1, 10));
    let line = p.lines.iter().find(|l| l.text.contains("imul")).expect("a line");
    assert_eq!((line.line, line.count, line.cycles), (13, 1, 6));
}

/// Lines of an included file are not those of the source with the same numbers.
#[test]
fn lines_of_other_files_are_their_own() {
    let folder = temporary();
    let files = [
        ("m.avm", ".method main public\n const 1 pop\n.include \"more.inc\"\n return\n"),
        ("more.inc", "; one\n const 2 pop\n"),
        (
            "m.toml",
            "machine = \"algorand\"\ncall = [{ method = \"main\", fuel = 100 }]\n[[app]]\nid = 7\nsource = \"m.avm\"\n",
        ),
    ];
    files.iter().for_each(|(name, text)| fs::write(folder.path().join(name), text).expect("written"));
    let p = take::<Room>(&[load(&folder.path().join("m.toml"))], |_| ()).expect("accounted for").profile;
    let found: Vec<_> = p.lines.iter().filter(|l| l.line > 0).map(|l| (&*l.text, l.line, l.count)).collect();
    assert_eq!(found, [(" const 1 pop", 2, 2), (" return", 4, 1), (" const 2 pop", 2, 2)]);
    assert!(p.lines.iter().any(|l| l.file.ends_with("more.inc")), "{:?}", p.lines);
}

/// An instruction counts on its own line, whatever application goes on behind it: as often as the trace has it there.
#[test]
fn lines_count_what_the_trace_shows() {
    for file in ["contracts/recursion.toml", "contracts/multisig.toml"] {
        let path = bench(file).display().to_string();
        let traced = avm(root(), &["sim", "--trace", "--json", &path]).out;
        let mut shown: BTreeMap<(String, u64), u64> = BTreeMap::new();
        for line in traced.lines() {
            let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
            if line["event"] == "step" {
                assert!(line["file"].is_null(), "another file has its own lines: {line}");
                let application = line["application"].to_string();
                *shown.entry((application, line["line"].as_u64().expect("a line"))).or_default() += 1;
            }
        }
        let lines = profile_of(file).lines;
        let counted: BTreeMap<_, _> =
            lines.iter().filter(|l| l.count > 0).map(|l| ((l.application.clone(), l.line.into()), l.count)).collect();
        assert_eq!(counted, shown, "{file}");
        let returns = lines.iter().find(|l| l.text.trim().starts_with("ireturn")).expect("one");
        assert!(returns.count > 0 && returns.line > 0, "{returns:?}");
    }
}

/// Each method counts once on a stack, however often it is there.
#[test]
fn recursion_is_counted_once() {
    let p = profile_of("programs/fib.toml");
    assert!(p.methods.iter().all(|m| m.inclusive <= p.cycles && m.inclusive >= m.cycles), "{:?}", p.methods);
    assert!(p.call_sites.iter().all(|c| c.inclusive <= p.cycles));
    assert!(p.stacks.iter().any(|s| s.frames.iter().filter(|f| *f == "fib").count() > 5), "deep stacks are kept");
}

#[test]
fn a_budget_is_held_or_not() {
    let folder = temporary();
    let fib = bench("programs/fib.toml").display().to_string();
    let sieve = bench("programs/sieve.toml").display().to_string();
    let before = avm(root(), &["profile", "--json", &fib]);
    fs::write(folder.path().join("before.json"), &before.out).expect("written");
    let same = avm(folder.path(), &["profile", &fib, "--against", "before.json", "--threshold", "0"]);
    assert_eq!(same.code, 0, "{same:?}");
    assert!(same.out.contains("+0.00 %"), "{}", same.out);
    // As if it had been faster before: all of what follows of it is consistent.
    let mut faster: Profile = serde_json::from_str(&before.out).expect("a profile");
    let lost = faster.causes["mispredict"] / 2;
    let less = |cycles: &mut u64, causes: &mut Causes| {
        *cycles -= lost;
        *causes.get_mut("mispredict").expect("lost to it") -= lost;
    };
    let most = faster.opcodes.iter().position(|o| o.causes.get("mispredict").is_some_and(|n| *n >= lost)).expect("one");
    let line = faster.lines.iter().position(|l| l.causes.get("mispredict").is_some_and(|n| *n >= lost)).expect("one");
    less(&mut faster.cycles, &mut faster.causes);
    let (opcode, line) = (&mut faster.opcodes[most], &mut faster.lines[line]);
    less(&mut opcode.cycles, &mut opcode.causes);
    less(&mut line.cycles, &mut line.causes);
    let method = &mut faster.methods[0];
    less(&mut method.cycles, &mut method.causes);
    faster.stacks.iter_mut().max_by_key(|s| s.cycles).expect("a stack").cycles -= lost;
    fs::write(folder.path().join("faster.json"), serde_json::to_string(&faster).expect("JSON")).expect("written");
    let past = avm(folder.path(), &["profile", &fib, "--against", "faster.json", "--threshold", "0.5"]);
    assert_eq!(past.code, 1, "{past:?}");
    assert!(past.out.contains("mispredict") && past.err.contains("more than the 0.5 %"), "{past:?}");
    let within = avm(folder.path(), &["profile", &fib, "--against", "faster.json", "--threshold", "90%"]);
    assert_eq!(within.code, 0, "{within:?}");
    let json = avm(folder.path(), &["profile", &fib, "--against", "faster.json", "--threshold", "0.5", "--json"]);
    let changed: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!((json.code, changed["causes"][0]["name"].as_str()), (1, Some("mispredict")), "{changed}");
    assert_eq!(changed["causes"][0]["more"].as_u64(), Some(lost));
    assert!(changed["cycles"]["percent"].as_f64() > Some(0.5) && changed["opcodes"][0]["now"]["count"].is_u64());
    // Two files, and two scenarios.
    let files = avm(folder.path(), &["profile", "before.json", "--against", "faster.json"]);
    assert_eq!((files.code, &files.out), (0, &within.out));
    let other = avm(root(), &["profile", &fib, "--against", &sieve, "--threshold", "1000"]);
    assert!(other.code == 0 && other.out.contains("invoke_internal"), "{other:?}");
}

#[test]
fn bad_input_is_one_message() {
    let folder = temporary();
    fs::write(folder.path().join("no.json"), "{\"form\": 1}").expect("written");
    fs::write(folder.path().join("list.json"), "[]").expect("written");
    let fib = bench("programs/fib.toml").display().to_string();
    let sieve = bench("programs/sieve.toml").display().to_string();
    let json = avm(root(), &["profile", "--json", &fib]).out;
    let put = |name: &str, from: &str, to: &str| {
        assert!(json.contains(from), "{from}");
        fs::write(folder.path().join(name), json.replacen(from, to, 1)).expect("written");
    };
    put("form.json", "\"form\": 1", "\"form\": 9");
    put("machine.json", "\"machine\": \"algorand\"", "\"machine\": \"other\"");
    put("huge.json", "\"retire\": ", "\"retire\": 9000000000000");
    put("sum.json", "\"cycles\": ", "\"cycles\": 1");
    for (arguments, says) in [
        (vec!["no.json"], "no.json: error: not a profile"),
        (vec!["list.json"], "list.json: error: not a profile"),
        (vec!["form.json"], "form 9"),
        (vec!["machine.json"], "machine `other`"),
        (vec!["sum.json"], "account for"),
        (vec!["huge.json"], "account for"),
        (vec!["none.json"], "none.json: no such file"),
        (vec!["none.toml"], "none.toml: no such file"),
        (vec![&fib, "--against", "no.json"], "no.json: error: not a profile"),
        (vec![&fib, &sieve, "--perfetto", "p.json"], "name one scenario"),
        (vec![&fib, &sieve, "--konata", "p.log"], "name one scenario"),
    ] {
        let called = avm(folder.path(), &[&["profile"], &arguments[..]].concat());
        assert_eq!(called.code, 2, "{arguments:?}: {called:?}");
        assert!(called.err.contains(says) && called.err.trim_end().lines().count() == 1, "{arguments:?}: {called:?}");
    }
    for usage in [
        vec!["--json", "--csv", &fib],
        vec![&fib, "--csv", "--against", &fib],
        vec![&fib, "--threshold", "3"],
        vec![&fib, "--against", &fib, "--threshold", "-1"],
        vec![&fib, "--clocks", "3"],
    ] {
        let called = avm(folder.path(), &[&["profile"], &usage[..]].concat());
        assert_eq!(called.code, 2, "{usage:?}: {called:?}");
    }
    let nowhere = avm(folder.path(), &["profile", &fib, "--html", "none/p.html"]);
    assert!(
        nowhere.code == 2 && nowhere.err.contains("none/p.html: error: cannot write: no such folder: none"),
        "{nowhere:?}"
    );
}

/// The RTL as something that cycles are measured on.
struct Rtl {
    dut: Dut,
    layout: Layout,
    words: Vec<u64>,
}

impl cycles::Side for Rtl {
    fn outputs(&self) -> HostOut {
        Room::outputs(&self.layout, &self.words).expect("the room says")
    }

    fn step(&mut self, inputs: &HostIn) {
        assert!(!self.dut.step(inputs), "no assertion");
        self.dut.probe(&mut self.words);
    }

    fn retired(&self) -> Option<u16> {
        Algorand::retired(&self.layout, &self.words).map(|r| r.opcode)
    }
}

#[test]
fn the_page_of_cycles_is_what_the_rtl_takes() {
    let page = fs::read_to_string(root().join("docs/algorand/cycles.md")).expect("the page");
    let header = page.lines().next().expect("a line").trim_start_matches("<!-- ").trim_end_matches(" -->");
    let rtl = || {
        let layout = Layout::new(Core::FIELDS);
        let dut = Dut::new(<Algorand<'_> as Session>::DESIGN, 1, 0);
        let mut words = vec![0; layout.words()];
        dut.probe(&mut words);
        Rtl { dut, layout, words }
    };
    assert_eq!(cycles::page_of(header, rtl), page, "docs/algorand/cycles.md is stale");
}
