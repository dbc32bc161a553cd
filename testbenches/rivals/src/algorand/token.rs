// SPDX-License-Identifier: MIT OR Apache-2.0
//! Transfers of a token: 1,024 accounts with names of 64 bits, in a hash map of 2,048 slots with linear probing; each transfer
//! finds two of them, checks the balance and moves an amount.
//!
//! The map is in the heap's pages, 32 of 64 slots, and in WebAssembly's memory, with the same slots. Names are already mixed,
//! so their upper bits are the first slot. A contract for the EVM has a mapping instead: the slot of a balance in storage
//! is the hash of the name and a number, and what storage is made of is the host's business: a map of Rust's library.

use super::{between, call, instance};
use crate::evm::{self, Code, op};
use crate::{Ran, timed};

/// Accounts; slots.
const ACCOUNTS: u64 = 1024;
const SLOTS: usize = 2048;
/// Bits that a name is shifted by to give its first slot.
const FIRST: u32 = 53;
/// Bytes of a slot: name, balance.
const SLOT: usize = 16;
const PAGE: usize = 1024;
/// What names and choices are mixed with.
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
/// A balance at the beginning.
const START: u64 = 1 << 40;
/// Bits of the product of a round's number that choose payer and payee.
const FROM: u32 = 20;
const TO: u32 = 40;

/// Name of an account.
fn name(account: u64) -> u64 {
    (account + 1).wrapping_mul(MIX)
}

/// The map with all balances at the beginning.
fn planted() -> Vec<(u64, u64)> {
    let mut slots = vec![(0, 0); SLOTS];
    for account in 0..ACCOUNTS {
        let at = find(&slots, name(account), |n| n == 0);
        slots[at] = (name(account), START);
    }
    slots
}

fn find(slots: &[(u64, u64)], name: u64, or: impl Fn(u64) -> bool) -> usize {
    let first = (name >> FIRST) as usize;
    let probes = (0..SLOTS).map(|n| (first + n) % SLOTS);
    probes.into_iter().find(|at| slots[*at].0 == name || or(slots[*at].0)).expect("there are more slots than accounts")
}

/// Balances by account after n transfers.
pub fn definition(n: u32) -> Vec<u64> {
    let mut balances = vec![START; ACCOUNTS as usize];
    for i in (1..=u64::from(n)).rev() {
        let mixed = i.wrapping_mul(MIX);
        let (from, to) = (mixed >> FROM & (ACCOUNTS - 1), mixed >> TO & (ACCOUNTS - 1));
        balances[from as usize] -= i & 7;
        balances[to as usize] += i & 7;
    }
    balances
}

/// Balances of the accounts, from slots.
fn balances(memory: &[u8]) -> Vec<u64> {
    let cell = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("8 bytes"));
    let slots: Vec<_> = memory.chunks_exact(SLOT).take(SLOTS).map(|s| (cell(&s[..8]), cell(&s[8..]))).collect();
    (0..ACCOUNTS).map(|account| slots[find(&slots, name(account), |_| false)].1).collect()
}

fn memory() -> Vec<u8> {
    planted().iter().flat_map(|(name, balance)| [name.to_le_bytes(), balance.to_le_bytes()]).flatten().collect()
}

fn source() -> String {
    format!(
        ".const FUNDS = 3
        .method run public
        .arg i 8
        .local mixed 8
        .loop:
            load_64 i  const {MIX}  imulw  store_64 mixed
            load_64 mixed  const {FROM}  ushr  const {mask}  iand  const 1  iaddw  const {MIX}  imulw  arg_64
            load_64 mixed  const {TO}  ushr  const {mask}  iand  const 1  iaddw  const {MIX}  imulw  arg_64
            load_64 i  const 7  iand  arg_64
            invoke_internal transfer
            load_64 i  const 1  isub  dup  store_64 i  brnz .loop
            return

        .method transfer
        .arg from 8
        .arg to 8
        .arg amount 8
        .local slot 8
        .local left 8
            load_64 from  arg_64  invoke_internal find  store_64 slot
            load_64 slot  const {last}  iand  const 8  iaddw
            load_64 slot  const 10  ushr  hload_64
            load_64 amount  isub  store_64 left
            load_64 left  const 0  ilt  brnz .funds
            load_64 left
            load_64 slot  const {last}  iand  const 8  iaddw
            load_64 slot  const 10  ushr  hstore_64
            load_64 to  arg_64  invoke_internal find  store_64 slot
            load_64 slot  const {last}  iand  const 8  iaddw
            load_64 slot  const 10  ushr  hload_64
            load_64 amount  iadd
            load_64 slot  const {last}  iand  const 8  iaddw
            load_64 slot  const 10  ushr  hstore_64
            return
        .funds:
            const FUNDS  athrow

        ; the offset of an account's slot in the map
        .method find
        .arg name 8
        .local slot 8
            load_64 name  const {FIRST}  ushr  const 4  ishl  store_64 slot
        .probe:
            load_64 slot  const {last}  iand
            load_64 slot  const 10  ushr  hload_64
            load_64 name  ieq  brnz .found
            load_64 slot  const {SLOT}  iaddw  const {end}  iand  store_64 slot
            br .probe
        .found:
            load_64 slot  ireturn",
        mask = ACCOUNTS - 1,
        last = PAGE - 1,
        end = SLOTS * SLOT - 1,
    )
}

/// On the fast interpreter.
pub fn avm(n: u32) -> Result<Ran<Vec<u64>>, String> {
    ours(n, super::fast)
}

/// On the plain one.
pub fn plain(n: u32) -> Result<Ran<Vec<u64>>, String> {
    ours(n, super::plain)
}

fn ours(n: u32, run: fn(&mut avm_sim::algorand::interp::Interp)) -> Result<Ran<Vec<u64>>, String> {
    let pages = memory().chunks(PAGE).map(<[u8]>::to_vec).collect();
    let called = call(&source(), &[n.into()], pages, run)?;
    let memory: Vec<u8> = called.interp.pages().flat_map(|(_, page)| page.unwrap_or_default().to_vec()).collect();
    Ok(Ran { time: called.time, result: balances(&memory), instructions: called.interp.retired() })
}

fn module() -> String {
    let account = |shift: u32| {
        format!(
            "local.get $mixed
            i64.const {shift}
            i64.shr_u
            i64.const {mask}
            i64.and
            i64.const 1
            i64.add
            i64.const {MIX}
            i64.mul",
            mask = ACCOUNTS - 1
        )
    };
    format!(
        "(module
            (memory (export \"memory\") 1)
            (func $find (param $name i64) (result i32) (local $slot i32)
            local.get $name
            i64.const {FIRST}
            i64.shr_u
            i32.wrap_i64
            i32.const 4
            i32.shl
            local.set $slot
            block $found
            loop $probe
            local.get $slot
            i64.load
            local.get $name
            i64.eq
            br_if $found
            local.get $slot
            i32.const {SLOT}
            i32.add
            i32.const {end}
            i32.and
            local.set $slot
            br $probe
            end
            end
            local.get $slot)
            (func $transfer (param $from i64) (param $to i64) (param $amount i64) (local $slot i32) (local $left i64)
            local.get $from
            call $find
            local.tee $slot
            i64.load offset=8
            local.get $amount
            i64.sub
            local.tee $left
            i64.const 0
            i64.lt_s
            if
            unreachable
            end
            local.get $slot
            local.get $left
            i64.store offset=8
            local.get $to
            call $find
            local.tee $slot
            local.get $slot
            i64.load offset=8
            local.get $amount
            i64.add
            i64.store offset=8)
            (func (export \"run\") (param $i i64) (local $mixed i64)
            loop $loop
            local.get $i
            i64.const {MIX}
            i64.mul
            local.set $mixed
            {from}
            {to}
            local.get $i
            i64.const 7
            i64.and
            call $transfer
            local.get $i
            i64.const 1
            i64.sub
            local.tee $i
            i64.const 0
            i64.ne
            br_if $loop
            end))",
        end = SLOTS * SLOT - 1,
        from = account(FROM),
        to = account(TO),
    )
}

/// Instructions of n rounds: what is not a probe is written in the module, probes depend on the accounts.
fn instructions(text: &str, n: u32) -> u64 {
    let slots = planted();
    let probes = |account: u64| {
        let first = (name(account) >> FIRST) as usize;
        ((find(&slots, name(account), |_| false) + SLOTS - first) % SLOTS) as u64
    };
    let probes: Vec<u64> = (0..ACCOUNTS).map(probes).collect();
    let round = between(text, "loop $loop", "end))") + TRANSFER + 2 * FIND;
    let missed = |i: u64| {
        let mixed = i.wrapping_mul(MIX);
        let of = |shift: u32| probes[(mixed >> shift & (ACCOUNTS - 1)) as usize];
        MISS * (of(FROM) + of(TO))
    };
    (1..=u64::from(n)).map(|i| round + missed(i)).sum()
}

/// Instructions of the module: of `transfer`; of `find` with a probe that hits; of another probe. Ends of blocks do nothing.
const TRANSFER: u64 = 21;
const FIND: u64 = 13;
const MISS: u64 = 12;

/// On wasmi, with its fuel.
pub fn wasmi(n: u32) -> Result<Ran<Vec<u64>>, String> {
    let run = || -> Result<_, wasmi::Error> {
        let text = module();
        let (mut store, instance) = instance(&text, u64::MAX)?;
        let map = instance.get_memory(&store, "memory").ok_or_else(|| wasmi::Error::new("no memory"))?;
        map.data_mut(&mut store)[..SLOTS * SLOT].copy_from_slice(&memory());
        let run = instance.get_typed_func::<i64, ()>(&store, "run")?;
        let (time, end) = timed(|| run.call(&mut store, n.into()));
        end?;
        Ok(Ran { time, result: balances(map.data(&store)), instructions: instructions(&text, n) })
    };
    run().map_err(|e| e.to_string())
}

/// On revm's interpreter, with its gas; storage is warm.
pub fn revm(n: u32) -> Result<Ran<Vec<u64>>, String> {
    let mut code = Code::default();
    // The name of an account of the mixed number on top of the stack.
    let account = |code: &mut Code, shift: u32| {
        code.op(&[op::DUP1]).push(shift.into()).op(&[op::SHR]).push(ACCOUNTS - 1).op(&[op::AND]);
        code.push(1).op(&[op::ADD]).push(MIX).op(&[op::MUL]).push(u64::MAX).op(&[op::AND]);
    };
    // The slot of the name on top of the stack; the number of the mapping is in memory, 0.
    let slot = |code: &mut Code| {
        code.push(0).op(&[op::MSTORE]).push(64).push(0).op(&[op::KECCAK256]);
    };
    code.push(n.into()).label("loop"); // i
    code.op(&[op::DUP1]).push(7).op(&[op::AND]); // i amount
    code.op(&[op::DUP2]).push(MIX).op(&[op::MUL]).push(u64::MAX).op(&[op::AND]); // i amount mixed
    account(&mut code, FROM);
    slot(&mut code); // i amount mixed slot
    code.op(&[op::DUP1, op::SLOAD]); // i amount mixed slot balance
    code.op(&[op::DUP4, op::DUP2, op::LT]).jump_if("funds");
    code.op(&[op::DUP4, op::SWAP1, op::SUB, op::SWAP1, op::SSTORE]); // i amount mixed
    account(&mut code, TO);
    slot(&mut code); // i amount mixed slot
    code.op(&[op::DUP1, op::SLOAD, op::DUP4, op::ADD, op::SWAP1, op::SSTORE, op::POP, op::POP]); // i
    code.push(1).op(&[op::SWAP1, op::SUB, op::DUP1]).jump_if("loop").op(&[op::STOP]);
    code.label("funds").push(0).push(0).op(&[op::REVERT]);
    let slots: Vec<_> = (0..ACCOUNTS).map(|account| evm::mapping(name(account), 0)).collect();
    let storage = slots.iter().map(|slot| (*slot, START)).collect();
    evm::run_on(code, storage, |_, storage| slots.iter().map(|slot| storage.get(slot).copied()).collect())
}
