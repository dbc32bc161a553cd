// SPDX-License-Identifier: MIT OR Apache-2.0
//! The contracts `multisig`, `airdrop`, `orderbook` and `recursion` of `testbenches/algorand/contracts` against
//! models in plain Rust.
//!
//! A model says what a contract is for: owners and signatures, a list and its Merkle tree, a book of queues,
//! a recursion. It knows nothing of bytecode. Where pages have a plain layout the model renders them; those of the
//! order book are read back into a book. Two things go with it:
//!
//! - every call of the contract's scenarios: outcome, touched pages, pages afterwards, entries of the undo log, and
//!   the fuel, which was derived by hand (blocks of the source, with the prices written out);
//! - some hundred calls drawn from fixed seeds, many of which fail.

use avm_cosim::machines::algorand::scenario::{CallResult, Scenario};
use avm_cosim::rng::Rng;
use avm_sim::algorand::exception::{CODE_CROSSED, CODE_MACHINE, Cause, Outcome};
use avm_sim::algorand::interp::{Call, Interp, Limits};
use avm_sim::algorand::world::{AccessList, Effects, PageId, World};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

mod airdrop;
mod multisig;
mod orderbook;
mod recursion;

/// Fuel of the first invocation.
const ENTER: i64 = 8;

/// Pages by name.
type Pages = BTreeMap<PageId, Vec<u8>>;

/// What keeps a contract from going on.
enum Stop {
    /// An exception on its way up.
    Throw(u64),
    /// The call is over.
    End(Outcome),
}

type Step<T = ()> = Result<T, Stop>;

/// The program throws.
fn throw<T>(value: u64) -> Step<T> {
    Err(Stop::Throw(value))
}

/// The machine throws.
fn raise<T>(cause: Cause) -> Step<T> {
    Err(Stop::Throw(CODE_MACHINE | cause as u64))
}

/// Argument bytes.
struct Args<'a>(&'a [u8]);

impl Args<'_> {
    /// The argument cell at this index.
    fn cell(&self, index: usize) -> u64 {
        u64::from_le_bytes(self.0[8 * index..][..8].try_into().expect("8 bytes"))
    }

    /// So many cells from the first.
    fn cells<const N: usize>(&self) -> [u64; N] {
        std::array::from_fn(|i| self.cell(i))
    }
}

/// Cells as page bytes.
fn bytes(cells: &[u64]) -> Vec<u8> {
    cells.iter().flat_map(|c| c.to_le_bytes()).collect()
}

fn page(app: u64, page: u64) -> PageId {
    PageId { app, page }
}

/// The state of a group of applications, as their author thinks of it.
trait Contract: Clone {
    /// A public method.
    fn call(m: &mut Machine<Self>, app: u64, method: u64, args: &Args) -> Step<Option<u64>>;

    /// The heap is what this state says, and nothing else.
    fn check(&self, heap: &Pages);
}

/// What surrounds the contracts during a call.
struct Machine<C> {
    state: C,
    /// Application running, and the one that invoked it.
    app: u64,
    caller: u64,
    installed: BTreeSet<u64>,
    access: AccessList,
    limits: Limits,
    tank: i64,
    used: i64,
    touched: BTreeSet<PageId>,
    depth: usize,
    /// Rollback scopes that are open, undo log entries now and at most.
    scopes: usize,
    log: usize,
    log_high: usize,
}

impl<C: Contract> Machine<C> {
    /// Instructions with this fuel were executed.
    fn fuel(&mut self, fuel: i64) -> Step {
        self.used += fuel;
        if self.used > self.tank { Err(Stop::End(Outcome::OutOfFuel)) } else { Ok(()) }
    }

    /// A heap instruction names a page of the running application.
    fn touch(&mut self, number: u64) -> Step {
        let id = page(self.app, number);
        if self.access.page_index(id).is_none() {
            return Err(Stop::End(Outcome::Rejected));
        }
        self.touched.insert(id);
        Ok(())
    }

    /// Stores, allocations and frees.
    fn entries(&mut self, count: usize) -> Step {
        for _ in 0..if self.scopes > 0 { count } else { 0 } {
            if self.log == self.limits.log {
                return Err(Stop::End(Outcome::Capacity));
            }
            self.log += 1;
            self.log_high = self.log_high.max(self.log);
        }
        Ok(())
    }

    /// Touched, and with one entry written.
    fn write(&mut self, number: u64) -> Step {
        self.touch(number)?;
        self.entries(1)
    }

    /// `invoke_external`: what `callee` does is undone when it throws.
    fn invoke<T>(&mut self, app: u64, callee: impl FnOnce(&mut Self) -> Step<T>) -> Step<T> {
        self.fuel(8)?;
        if self.access.app_index(app).is_none() {
            return Err(Stop::End(Outcome::Rejected));
        }
        if !self.installed.contains(&app) {
            return raise(Cause::Application);
        }
        if self.depth == self.limits.call_depth {
            return Err(Stop::End(Outcome::Capacity));
        }
        let (before, mark, outer) = (self.state.clone(), self.log, (self.app, self.caller));
        (self.app, self.caller) = (app, outer.0);
        self.depth += 1;
        self.scopes += 1;
        let result = callee(self);
        self.scopes -= 1;
        self.depth -= 1;
        (self.app, self.caller) = outer;
        match result {
            Ok(value) => {
                self.log = if self.scopes > 0 { self.log } else { 0 };
                Ok(value)
            }
            Err(Stop::Throw(code)) => {
                self.state = before;
                self.log = mark;
                Err(Stop::Throw(code | CODE_CROSSED))
            }
            Err(end) => Err(end),
        }
    }
}

/// Applications of a scenario with their model.
struct Bench<C> {
    model: C,
    world: World,
}

impl<C: Contract> Bench<C> {
    fn new(model: C, world: World) -> Bench<C> {
        model.check(&world.pages);
        Bench { model, world }
    }

    /// One call by the interpreter and by the model.
    fn call(&mut self, call: &Call, at: &str) -> (Outcome, i64, Effects) {
        let mut interp = Interp::start(&self.world, call);
        let outcome = interp.run(u64::MAX).expect("the call is over");
        let (used, effects) = (call.fuel - interp.fuel(), interp.effects());

        let mut m = Machine {
            state: self.model.clone(),
            app: call.app,
            caller: 0,
            installed: self.world.apps.keys().copied().collect(),
            access: call.access.clone(),
            limits: call.limits,
            tank: call.fuel,
            used: ENTER,
            touched: BTreeSet::new(),
            depth: 1,
            scopes: 0,
            log: 0,
            log_high: 0,
        };
        let want = match C::call(&mut m, call.app, call.method, &Args(&call.args)) {
            Ok(value) => Outcome::Returned(value),
            Err(Stop::Throw(code)) => Outcome::Exception(code | CODE_CROSSED),
            Err(Stop::End(outcome)) => outcome,
        };
        assert_eq!(outcome, want, "{at}: outcome");
        if outcome != Outcome::OutOfFuel {
            assert_eq!(effects.touched, m.touched, "{at}: touched");
            assert_eq!(effects.log_high as usize, m.log_high, "{at}: log");
            assert_eq!(used, m.used, "{at}: fuel");
        }

        let before = self.world.pages.clone();
        self.world.apply(&effects);
        if matches!(outcome, Outcome::Returned(_)) {
            self.model = m.state;
        }
        let names = before.keys().chain(self.world.pages.keys()).copied().collect::<BTreeSet<_>>();
        let differ = names.into_iter().filter(|id| before.get(id) != self.world.pages.get(id));
        assert!(differ.eq(effects.written.keys().copied()), "{at}: written is not the difference");
        self.model.check(&self.world.pages);
        (outcome, used, effects)
    }
}

fn load(name: &str) -> Scenario {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "testbenches", "algorand", "contracts"].iter().collect();
    Scenario::load(&folder.join(name).with_extension("toml")).unwrap_or_else(|e| panic!("{e}"))
}

/// All calls of a scenario, from this state of the model.
fn check_scenario<C: Contract>(name: &str, model: C) {
    let scenario = load(name);
    assert!((8..=30).contains(&scenario.calls.len()), "{name}: {} calls", scenario.calls.len());
    let mut bench = Bench::new(model, scenario.world.clone());
    for (number, planned) in scenario.calls.iter().enumerate() {
        let at = format!("{name}.toml, call {} ({})", number + 1, planned.name);
        assert!(planned.expect.outcome.is_some(), "{at}: expects no outcome");
        let (outcome, fuel_used, effects) = bench.call(&planned.call, &at);
        let result = CallResult { outcome, fuel_used, effects: &effects, world: &bench.world };
        assert_eq!(planned.expect.missed(&result, None), [""; 0], "{at}");
    }
}

/// Random calls on the applications of a scenario.
struct Random<C> {
    bench: Bench<C>,
    access: AccessList,
    limits: Limits,
    fuel: i64,
    rng: Rng,
    /// Calls that returned, and all.
    returned: usize,
    calls: usize,
}

impl<C: Contract> Random<C> {
    fn new(name: &str, model: C, seed: u64) -> Random<C> {
        let world = load(name).world;
        Random {
            access: AccessList::new(world.apps.keys().copied(), []).expect("few applications"),
            bench: Bench::new(model, world),
            limits: Limits::default(),
            fuel: 10_000_000,
            rng: Rng::new(seed),
            returned: 0,
            calls: 0,
        }
    }

    /// The calls that follow may use all applications and these pages.
    fn pages(&mut self, pages: impl IntoIterator<Item = PageId>) {
        self.access = AccessList::new(self.bench.world.apps.keys().copied(), pages).expect("at most 32 pages");
    }

    fn call(&mut self, app: u64, method: u64, args: Vec<u8>) -> Outcome {
        let (fuel, limits, access) = (self.fuel, self.limits, self.access.clone());
        let call = Call { app, method, args, fuel, limits, access, ..Call::default() };
        let (outcome, ..) = self.bench.call(&call, &format!("random call {} ({app}.{method})", self.calls));
        self.calls += 1;
        self.returned += usize::from(matches!(outcome, Outcome::Returned(_)));
        outcome
    }

    /// Any number below the bound.
    fn below(&mut self, bound: u64) -> u64 {
        self.rng.bits() % bound
    }

    /// Enough calls were made, and enough of them did what they are for.
    fn enough(&self, calls: usize) {
        println!("{} of {} calls returned", self.returned, self.calls);
        assert!(self.calls >= calls && self.returned * 4 > self.calls && self.returned < self.calls);
    }
}
