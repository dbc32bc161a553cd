// SPDX-License-Identifier: MIT OR Apache-2.0
//! The fast interpreter of the Algorand machine beside a WebAssembly interpreter that meters fuel and an EVM's: 64-bit
//! arithmetic in a loop, recursion, a token's transfers.

pub mod arithmetic;
pub mod fib;
pub mod token;

use std::sync::Arc;

use avm_sim::algorand::asm::assemble;
use avm_sim::algorand::exception::Outcome;
use avm_sim::algorand::fast::Fast;
use avm_sim::algorand::interp::{Call, Interp};
use avm_sim::algorand::world::{AccessList, PageId, World};
use wasmi::{Engine, Instance, Linker, Module, Store};

use crate::timed;
use std::time::Duration;

const APP: u64 = 7;

/// A call of method 0 that has returned.
struct Called {
    time: Duration,
    interp: Interp,
    value: u64,
}

/// Calls method 0 of a source with these arguments, on the interpreter that `run` is.
fn call(source: &str, args: &[u64], pages: Vec<Vec<u8>>, run: impl FnOnce(&mut Interp)) -> Result<Called, String> {
    let program = assemble("rival.avm", source).map_err(|e| e[0].to_string())?;
    let ids: Vec<PageId> = (0..pages.len() as u64).map(|page| PageId { app: APP, page }).collect();
    let access = AccessList::new([APP], ids.iter().copied()).map_err(|e| e.to_string())?;
    let world = World { apps: [(APP, Arc::new(program.image))].into(), pages: ids.into_iter().zip(pages).collect() };
    let args = args.iter().flat_map(|a| a.to_le_bytes()).collect();
    let mut interp = Interp::start(&world, &Call { app: APP, args, fuel: i64::MAX, access, ..Call::default() });
    let (time, ()) = timed(|| run(&mut interp));
    match interp.outcome() {
        Some(Outcome::Returned(value)) => Ok(Called { time, interp, value: value.unwrap_or(0) }),
        outcome => Err(format!("ended with {outcome:?}")),
    }
}

/// The fast interpreter; it translates meanwhile.
fn fast(interp: &mut Interp) {
    Fast::new().run(interp);
}

/// The plain interpreter.
fn plain(interp: &mut Interp) {
    interp.run(u64::MAX);
}

/// An instance of a module, with fuel.
fn instance(text: &str, fuel: u64) -> Result<(Store<()>, Instance), wasmi::Error> {
    let mut config = wasmi::Config::default();
    config.consume_fuel(true);
    let engine = Engine::new(&config);
    let module = Module::new(&engine, text)?;
    let mut store = Store::new(&engine, ());
    store.set_fuel(fuel)?;
    let instance = <Linker<()>>::new(&engine).instantiate_and_start(&mut store, &module)?;
    Ok((store, instance))
}

/// Instructions between the lines `begin` and `end` of a module's text, one in each line.
fn between(text: &str, begin: &str, end: &str) -> u64 {
    let lines = text.lines().map(str::trim).skip_while(|line| *line != begin).skip(1);
    lines.take_while(|line| *line != end).count() as u64
}
