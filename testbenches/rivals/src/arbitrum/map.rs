// SPDX-License-Identifier: MIT OR Apache-2.0
//! Updates of a map: 512 counters of 64 bits, the leaves of a tree of three levels with eight branches each. In iteration i
//! the counter that a hash of i selects is read, i is added, and it is written back, each level into the one above.
//!
//! In the Arbitrum machine levels are Tuples: values, so that an update makes three new ones, unless it takes them apart
//! first. In WebAssembly they are nodes in linear memory that hold addresses of nodes, changed in place. Everything else
//! is the same.

use avm_sim::arbitrum::asm::assemble;
use avm_sim::arbitrum::interp::{Config, End, Machine};
use avm_sim::arbitrum::value::Value;
use wasmi::{Config as WasmConfig, Engine, Linker, Memory, Module, Store};

use crate::{Ran, timed};

/// Counters.
pub const COUNTERS: usize = 512;
/// Of the hash `i * FACTOR`, which has 64 bits at most, three bits each select branches, from the root on.
const FACTOR: u32 = 0x9e37_79b1;
const SHIFTS: [u8; 3] = [13, 16, 19];

/// The counters after n updates, in the order of the tree.
pub fn definition(n: u32) -> Vec<u64> {
    let mut counters = vec![0u64; COUNTERS];
    for i in 1..=u64::from(n) {
        let hash = i * u64::from(FACTOR);
        let at = SHIFTS.iter().fold(0, |at, shift| at * 8 + (hash >> shift & 7) as usize);
        counters[at] = counters[at].wrapping_add(i);
    }
    counters
}

/// An update as values suggest it: each level is still in the one above when it is changed, so it is copied.
const COPYING: &str = "
            xget ROOT  xget A  tget         ; one
            dup0  xget B  tget              ; one two
            dup0  xget C  tget              ; one two counter
            xget I  add  and 0xffffffffffffffff
            swap1  xget C  tset             ; one two'
            swap1  xget B  tset             ; one'
            xget ROOT  xget A  tset  xset ROOT";

/// The same, but each level is taken out of the one above before: nothing else refers to it, so it is changed in place.
const IN_PLACE: &str = "
            xget ROOT  push 0  xset ROOT    ; root
            dup0  xget A  tget  swap1  push 0  swap1  xget A  tset  swap1   ; root one
            dup0  xget B  tget  swap1  push 0  swap1  xget B  tset  swap1   ; root one two
            dup0  xget C  tget              ; root one two counter
            xget I  add  and 0xffffffffffffffff
            swap1  xget C  tset             ; root one two'
            swap1  xget B  tset             ; root one'
            swap1  xget A  tset  xset ROOT";

/// Source of the loop; variables are in a Tuple on the aux stack. The tree is spelt out: eight of eight of eight.
fn source(n: u32, update: &str) -> String {
    let node = |slot: &str| format!("[{}]", [slot; 8].join(", "));
    let tree = node(&node(&node("0")));
    let [a, b, c] = SHIFTS;
    format!(
        ".static loop
        .const ROOT = 0
        .const I = 1
        .const A = 2
        .const B = 3
        .const C = 4
            push [{tree}, {n}, 0, 0, 0]  auxpush
        loop:
            xget I  mul {FACTOR}            ; hash
            dup0  shr {a}  and 7  xset A
            dup0  shr {b}  and 7  xset B
            shr {c}  and 7  xset C
            {update}
            xget I  add -1  dup0  xset I
            spush  cjump
            xget ROOT  log  halt"
    )
}

/// The Integers of a value, in order.
fn leaves(value: &Value, into: &mut Vec<u64>) {
    match value {
        Value::Tuple(slots) => slots.iter().for_each(|slot| leaves(slot, into)),
        Value::Int(n) => into.push(n.saturating_to()),
        _ => {}
    }
}

/// On the Arbitrum interpreter, three Tuples made by each update.
pub fn avm(n: u32) -> Result<Ran<Vec<u64>>, String> {
    arbitrum(&source(n, COPYING))
}

/// On the Arbitrum interpreter, no Tuple made.
pub fn avm_in_place(n: u32) -> Result<Ran<Vec<u64>>, String> {
    arbitrum(&source(n, IN_PLACE))
}

fn arbitrum(source: &str) -> Result<Ran<Vec<u64>>, String> {
    let program = assemble("map.avma", source).map_err(|e| e[0].to_string())?;
    let mut machine = Machine::new(&program.image, Config::default()).map_err(|full| full.to_string())?;
    let (time, end) = timed(|| machine.run(u64::MAX));
    match (end, machine.logs()) {
        (End::Halted, [log]) => {
            let mut result = Vec::new();
            log.value.iter().for_each(|value| leaves(value, &mut result));
            Ok(Ran { time, result, instructions: machine.counters().steps })
        }
        _ => Err(format!("ended with {end:?}")),
    }
}

/// Addresses: the root (at 0, so that slots of it need no addition), 8 nodes below it of 8 addresses of 32 bits, then 64 nodes of 8 counters.
const ROOT: usize = 0;
const NODES: usize = 256;
const LEAVES: usize = 1024;

/// Text of the module, an instruction in each line, the loop between its label and its branch.
fn module() -> String {
    let [a, b, c] = SHIFTS;
    // The address of a slot: what selects it from the hash, scaled.
    let select = |shift: u8, scale: u8| {
        format!(
            "local.get $hash
            i64.const {shift}
            i64.shr_u
            i32.wrap_i64
            i32.const 7
            i32.and
            i32.const {scale}
            i32.shl"
        )
    };
    let (a, b, c) = (select(a, 2), select(b, 2), select(c, 3));
    format!(
        "(module
            (memory (export \"memory\") 1)
            (func (export \"run\") (param $i i64)
            (local $hash i64) (local $at_a i32) (local $at_b i32) (local $at_c i32) (local $one i32) (local $two i32)
            loop $loop
            local.get $i
            i64.const {FACTOR}
            i64.mul
            local.set $hash
            {a}
            local.tee $at_a
            i32.load
            local.set $one
            {b}
            local.get $one
            i32.add
            local.tee $at_b
            i32.load
            local.set $two
            {c}
            local.get $two
            i32.add
            local.tee $at_c
            local.get $at_c
            i64.load
            local.get $i
            i64.add
            i64.store
            local.get $at_b
            local.get $two
            i32.store
            local.get $at_a
            local.get $one
            i32.store
            local.get $i
            i64.const -1
            i64.add
            local.tee $i
            i64.const 0
            i64.ne
            br_if $loop
            end))"
    )
}

/// Instructions of one iteration, as the module is written: the lines after `loop` to `br_if`.
fn per_iteration(module: &str) -> u64 {
    let body = module.lines().skip_while(|line| !line.contains("loop $loop")).skip(1);
    body.take_while(|line| line.trim() != "end))").count() as u64
}

/// The tree, all counters 0.
fn plant(memory: &mut [u8]) {
    let mut address = |at: usize, to: usize| memory[at..at + 4].copy_from_slice(&(to as u32).to_le_bytes());
    (0..8).for_each(|i| address(ROOT + 4 * i, NODES + 32 * i));
    (0..64).for_each(|i| address(NODES + 4 * i, LEAVES + 64 * i));
}

/// On wasmi, with its fuel.
pub fn wasmi(n: u32) -> Result<Ran<Vec<u64>>, String> {
    wasmi_with_fuel(n, u64::MAX).map_err(|e| e.to_string())
}

fn wasmi_with_fuel(n: u32, fuel: u64) -> Result<Ran<Vec<u64>>, wasmi::Error> {
    let mut config = WasmConfig::default();
    config.consume_fuel(true);
    let engine = Engine::new(&config);
    let text = module();
    let module = Module::new(&engine, &text)?;
    let mut store = Store::new(&engine, ());
    store.set_fuel(fuel)?;
    let instance = <Linker<()>>::new(&engine).instantiate_and_start(&mut store, &module)?;
    let memory: Memory = instance.get_memory(&store, "memory").ok_or_else(|| wasmi::Error::new("no memory"))?;
    plant(memory.data_mut(&mut store));
    let run = instance.get_typed_func::<i64, ()>(&store, "run")?;
    let (time, end) = timed(|| run.call(&mut store, i64::from(n)));
    end?;
    let counters = memory.data(&store)[LEAVES..].as_chunks::<8>().0.iter().take(COUNTERS);
    let result = counters.map(|bytes| u64::from_le_bytes(*bytes)).collect();
    Ok(Ran { time, result, instructions: per_iteration(&text) * u64::from(n) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fuel_is_metered() {
        let error = wasmi_with_fuel(1_000, 5_000).err().expect("too little");
        assert_eq!(error.as_trap_code(), Some(wasmi::TrapCode::OutOfFuel));
    }

    #[test]
    fn instructions_of_the_module_are_counted() {
        assert_eq!(per_iteration("loop $loop\n a\n b\n br_if $loop\n end))"), 3);
        assert_eq!(per_iteration(&module()), 57);
    }
}
