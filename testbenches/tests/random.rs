// SPDX-License-Identifier: MIT OR Apache-2.0
//! Random programs in all three descriptions: those of the core model's own test,
//! structured and senseless; and call graphs over several applications, from `avm_cosim::machines::algorand::generate`, about which this
//! also shows that they are the same everywhere, that their files mean the same, that any part of them can be
//! removed, and that they reach everything. `AVM_RANDOM_PROGRAMS=100000` runs more, `AVM_RANDOM_SEED` starts elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use avm_cosim::lockstep::{Options, Run};
use avm_cosim::machines::algorand::Algorand;
use avm_cosim::machines::algorand::generate::{self, Plan, Snippet};
use avm_cosim::machines::algorand::scenario::{App, Expect, Latency, Planned, Scenario};
use avm_sim::algorand::exception::{Cause, Outcome, RETIRE_ATHROW};
use avm_sim::algorand::image::Image;
use avm_sim::algorand::interp::{Call, Interp};
use avm_sim::algorand::isa::{OPS, code};
use avm_sim::algorand::world::World;
use avm_sim::trace::Retire;
use sha2::{Digest, Sha256};

#[allow(dead_code, reason = "only its generator is used here")]
#[path = "../../sim/tests/core_model/host.rs"]
mod host;
#[path = "../../sim/tests/core_model/programs.rs"]
mod programs;

use host::Rng;

pub fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

// The core model's programs.

type Make = fn(&mut Rng) -> (World, Call);

/// One call, made twice on one world, fuel and limits drawn so that they are often too low.
fn scenario(rng: &mut Rng, make: Make, latency: Latency) -> Scenario {
    let (world, mut call) = make(rng);
    call.fuel = rng.pick(&[7, 8, 30, 300, 3000, 3000]);
    match rng.below(16) {
        0 => call.limits.call_depth = 1 + rng.below(4) as usize,
        1 => call.limits.invocations = 1 + rng.below(6) as u32,
        2 => call.limits.log = rng.below(6) as usize,
        _ => {}
    }
    let called = world.apps.get(&call.app).filter(|_| rng.one_in(2));
    if let Some(methods) = called.map(|image| image.methods()) {
        call.method = rng.below(methods.len() as u64);
        call.args = (0..methods[call.method as usize].args).map(|_| rng.next() as u8).collect();
    }
    let app = |(id, image): (&u64, &Arc<Image>)| App::nameless(*id, Arc::clone(image));
    let planned = Planned {
        app: world.apps.keys().position(|id| *id == call.app),
        call,
        name: "random".into(),
        expect: Expect::default(),
    };
    Scenario {
        path: PathBuf::from("random"),
        machine: "algorand".into(),
        apps: world.apps.iter().map(app).collect(),
        world,
        latency,
        calls: vec![planned.clone(), planned],
        ..Scenario::default()
    }
}

fn agree(make: Make, seed: u64) -> u64 {
    let mut rng = Rng(seed);
    let mut retired = 0;
    for n in 0..number("AVM_RANDOM_PROGRAMS").unwrap_or(300) {
        let max = rng.pick(&[1, 3, 3, 40]);
        let scenario = scenario(&mut rng, make, Latency { seed: n, min: 1, max });
        let mut run = Run::new(Algorand::new(&scenario), Options::default());
        if let Some(d) = run.to_end() {
            panic!("seed {seed:#x}, program {n}: {d:?}");
        }
        retired += run.calls.iter().map(|call| call.retired).sum::<u64>();
    }
    retired
}

/// So many scenarios of each of the core model's generators.
pub fn generated(each: u64, mut take: impl FnMut(&Scenario)) {
    for make in [programs::program as Make, programs::noise] {
        let mut rng = Rng(0xfa57);
        (0..each).for_each(|_| take(&scenario(&mut rng, make, Latency::default())));
    }
}

#[test]
fn structured_programs_agree() {
    assert!(agree(programs::program, 0xa11ce) > 10_000);
}

#[test]
fn senseless_code_agrees() {
    assert!(agree(programs::noise, 0xb0b) > 500);
}

// Call graphs.

#[test]
fn call_graphs_agree() {
    let first = number("AVM_RANDOM_SEED").unwrap_or(0);
    let seeds = first..first + number("AVM_RANDOM_PROGRAMS").unwrap_or(200);
    let (mut retired, mut differ) = (0, Vec::new());
    for (seed, scenario) in seeds.clone().zip(generate::call_graphs(seeds)) {
        assert!(scenario.apps.len() >= 4, "seed {seed}");
        let mut run = Run::new(Algorand::new(&scenario), Options::default());
        if let Some(d) = run.to_end() {
            println!("seed {seed}: {d:?}");
            differ.push(seed);
        }
        retired += run.calls.iter().map(|c| c.retired).sum::<u64>();
    }
    assert!(differ.is_empty(), "call graphs of these seeds differ: {differ:?}");
    assert!(retired > 50_000, "{retired} instructions");
}

/// Programs of both kinds.
fn plans(seeds: std::ops::Range<u64>) -> impl Iterator<Item = Plan> {
    let kinds = [generate::Options::default(), generate::Options::call_graphs()];
    seeds.flat_map(move |seed| kinds.clone().map(|options| generate::plan(seed, &options)))
}

/// Makes the calls in the interpreter; how they ended.
fn interpret(scenario: &Scenario, mut look: impl FnMut(&Interp, &Retire)) -> Vec<Outcome> {
    let mut world = scenario.world.clone();
    let mut call = |planned: &Planned| {
        let mut interp = Interp::start(&world, &planned.call);
        while let Some(retire) = interp.step() {
            look(&interp, &retire);
        }
        world.apply(&interp.effects());
        interp.outcome().expect("the call is over")
    };
    scenario.calls.iter().map(&mut call).collect()
}

/// Whoever changes the generator changes what every seed means, and this digest with it.
#[test]
fn a_seed_means_the_same_everywhere() {
    let mut hash = Sha256::new();
    for plan in plans(0..50) {
        hash.update(plan.scenario_toml());
        plan.sources().iter().for_each(|(name, text)| hash.update(format!("{name}\n{text}")));
    }
    let digest = hash.finalize().iter().fold(String::new(), |s, b| s + &format!("{b:02x}"));
    assert_eq!(digest, "37eec5a4a6e7a5fb07f09a228f82f576d7e66c908057c1d41829db138ea99885");
}

fn images(scenario: &Scenario) -> Vec<(u64, &Image)> {
    scenario.apps.iter().map(|a| (a.id, &*a.image)).collect()
}

#[test]
fn files_load_to_the_same_scenario() {
    for plan in plans(0..40) {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in plan.sources() {
            std::fs::write(folder.path().join(name), text).expect("written");
        }
        let path = folder.path().join("scenario.toml");
        std::fs::write(&path, plan.scenario_toml()).expect("written");
        let loaded = Scenario::load(&path).unwrap_or_else(|e| panic!("seed {}: {e:?}", plan.seed));
        let built = plan.build().expect("drawn plans build");
        let seed = plan.seed;
        assert_eq!(images(&loaded), images(&built), "seed {seed}");
        assert_eq!(loaded.world.pages, built.world.pages, "seed {seed}");
        assert_eq!(loaded.latency, built.latency, "seed {seed}");
        assert_eq!(loaded.about, built.about, "seed {seed}");
        let calls = |s: &Scenario| s.calls.iter().map(|c| (c.app, c.call.clone(), c.name.clone())).collect::<Vec<_>>();
        assert_eq!(calls(&loaded), calls(&built), "seed {seed}");
    }
}

#[test]
fn plans_can_be_kept() {
    for plan in plans(0..40) {
        let text = serde_json::to_string(&plan).expect("a plan is data");
        assert_eq!(serde_json::from_str::<Plan>(&text).expect("read back"), plan, "seed {}", plan.seed);
    }
}

#[test]
fn large_programs_build_and_small_ones_too() {
    for size in [1, 20, 4_000, 1_000_000] {
        for seed in 0..30 {
            for calls in [(1, 1), (4, 4)] {
                let options = generate::Options { size, calls, ..Default::default() };
                let scenario = generate::plan(seed, &options).build();
                interpret(&scenario.unwrap_or_else(|e| panic!("size {size}, seed {seed}: {e}")), |_, _| {});
            }
        }
    }
}

/// Removes the snippet with this number, counted through the tree; false if there are fewer.
fn remove(body: &mut Vec<Snippet>, number: &mut usize) -> bool {
    for i in 0..body.len() {
        if *number == 0 {
            body.remove(i);
            return true;
        }
        *number -= 1;
        if body[i].bodies_mut().into_iter().any(|inner| remove(inner, number)) {
            return true;
        }
    }
    false
}

fn count(body: &[Snippet]) -> usize {
    body.iter().map(|s| 1 + s.bodies().into_iter().map(|inner| count(inner)).sum::<usize>()).sum()
}

fn smaller(plan: &Plan, rng: &mut Rng) -> Option<Plan> {
    let mut plan = plan.clone();
    let below = |rng: &mut Rng, n: usize| rng.below(n as u64) as usize;
    let app = below(rng, plan.apps.len());
    let method = below(rng, plan.apps[app].methods.len().max(1));
    match rng.below(8) {
        0 if plan.apps.len() > 1 => drop(plan.apps.remove(app)),
        1 if !plan.apps[app].methods.is_empty() => drop(plan.apps[app].methods.remove(method)),
        2 if plan.calls.len() > 1 => drop(plan.calls.remove(0)),
        _ => {
            let method = plan.apps[app].methods.get_mut(method)?;
            let snippets = count(&method.body);
            remove(&mut method.body, &mut below(rng, snippets.max(1))).then_some(())?;
        }
    }
    Some(plan)
}

/// Whatever is taken away, what remains is a program, in both forms, that ends.
#[test]
fn anything_can_be_removed() {
    let mut rng = Rng(7);
    let mut steps = 0;
    for mut plan in plans(0..25) {
        for _ in 0..40 {
            let Some(less) = smaller(&plan, &mut rng) else { continue };
            plan = less;
            steps += 1;
            let scenario = plan.build().unwrap_or_else(|e| panic!("seed {}: {e}", plan.seed));
            for (app, (name, text)) in scenario.apps.iter().zip(plan.sources()) {
                let program = avm_sim::algorand::asm::assemble(&name, &text);
                assert_eq!(*app.image, program.unwrap_or_else(|e| panic!("seed {}: {e:?}", plan.seed)).image);
            }
            interpret(&scenario, |_, _| {});
        }
    }
    assert!(steps > 1_000, "{steps} steps");
}

/// Removes early ends.
fn stay(body: &mut Vec<Snippet>) {
    body.retain(|s| !matches!(s, Snippet::Leave(_)));
    body.iter_mut().flat_map(Snippet::bodies_mut).for_each(stay);
}

/// Without early ends and illegal acts a method ends as it began, with an empty stack.
#[test]
fn snippets_leave_the_stack_alone() {
    let options = generate::Options { illegal: 0, ..generate::Options::call_graphs() };
    let mut returns = 0;
    for seed in 0..200 {
        let mut plan = generate::plan(seed, &options);
        plan.apps.iter_mut().flat_map(|a| &mut a.methods).for_each(|m| stay(&mut m.body));
        let mut depth = 0;
        interpret(&plan.build().expect("drawn plans build"), |interp, retire| {
            let value = usize::from(retire.opcode == u16::from(code::IRETURN));
            if retire.exception == 0 && [code::RETURN, code::IRETURN].map(u16::from).contains(&retire.opcode) {
                returns += 1;
                assert_eq!(depth, value, "seed {seed} at {:#x}", retire.pc);
            }
            depth = interp.stack().len();
        });
    }
    assert!(returns > 1_000, "{returns} returns");
}

/// What retired in 2,000 programs: every instruction normally, every cause and every end of a call; and all
/// kinds of snippets are in them.
#[test]
fn everything_is_reached() {
    let mut retired: BTreeMap<(u8, u8), u64> = BTreeMap::new();
    let (mut outcomes, mut kinds) = (BTreeMap::<u8, u64>::new(), BTreeSet::new());
    let (mut sizes, mut nested, mut rolled_back) = (Vec::new(), 0, 0);
    for seed in 0..2_000 {
        let plan = generate::plan(seed, &generate::Options::default());
        plan.apps.iter().flat_map(|a| &a.methods).for_each(|m| collect(&m.body, &mut kinds));
        let (mut size, mut before) = (0, 0);
        let ends = interpret(&plan.build().expect("drawn plans build"), |interp, retire| {
            size += 1;
            *retired.entry((retire.opcode as u8, retire.exception)).or_default() += 1;
            nested += u64::from(retire.opcode == u16::from(code::INVOKE_EXTERNAL) && retire.exception == 0);
            rolled_back += u64::from(retire.exception != 0 && interp.depth() < before && interp.effects().log_high > 0);
            before = interp.depth();
        });
        ends.iter().for_each(|end| *outcomes.entry(end.number()).or_default() += 1);
        sizes.push(size);
    }
    sizes.sort_unstable();
    let mean = sizes.iter().sum::<u64>() / sizes.len() as u64;
    println!("instructions: mean {mean}, median {}, most {}", sizes[sizes.len() / 2], sizes[sizes.len() - 1]);
    println!(
        "external invocations {nested}, unwound with a log {rolled_back}, outcomes {outcomes:?}, snippets {kinds:?}"
    );
    let count = |exception: u8| retired.iter().filter(|((_, e), _)| *e == exception).map(|(_, n)| n).sum::<u64>();
    (1..=31).filter(|e| count(*e) > 0).for_each(|e| println!("exception {e}: {}", count(e)));
    let normal = |op: u8| retired.get(&(op, if op == code::ATHROW { RETIRE_ATHROW } else { 0 }));
    let missing: Vec<&str> = OPS.iter().filter(|o| normal(o.code).is_none()).map(|o| o.name).collect();
    assert!(missing.is_empty(), "never completed: {missing:?}");
    let causes = Cause::ALL.iter().map(|c| *c as u8).chain([RETIRE_ATHROW, 29, 30, 31]);
    let missing: Vec<u8> = causes.filter(|e| count(*e) == 0).collect();
    assert!(missing.is_empty(), "never thrown: {missing:?}");
    assert_eq!(outcomes.len(), 6, "{outcomes:?}");
    assert_eq!(kinds.len(), 10, "{kinds:?}");
    assert!((350..650).contains(&mean), "{mean} instructions");
}

fn collect(body: &[Snippet], kinds: &mut BTreeSet<&'static str>) {
    for snippet in body {
        kinds.insert(snippet.kind());
        snippet.bodies().into_iter().for_each(|inner| collect(inner, kinds));
    }
}
