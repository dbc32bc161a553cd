// SPDX-License-Identifier: MIT OR Apache-2.0
//! Fibonacci numbers by recursion, as slow as can be: two invocations for each that is not below 2. A round is an
//! invocation.

use super::{call, instance};
use crate::evm::{self, Code, op};
use crate::{Ran, timed};

/// Fibonacci number of n.
pub fn definition(n: u32) -> u64 {
    (0..n).fold((0, 1), |(a, b), _| (b, a + b)).0
}

/// Invocations that it takes.
pub fn invocations(n: u32) -> u64 {
    2 * definition(n + 1) - 1
}

const SOURCE: &str = ".method fib public
    .arg n 8
        load_64 n  const 2  ilt  brnz .small
        load_64 n  const 1  isub  arg_64  invoke_internal fib
        load_64 n  const 2  isub  arg_64  invoke_internal fib
        iadd  ireturn
    .small:
        load_64 n  ireturn";

/// On the fast interpreter.
pub fn avm(n: u32) -> Result<Ran<u64>, String> {
    ours(n, super::fast)
}

/// On the plain one.
pub fn plain(n: u32) -> Result<Ran<u64>, String> {
    ours(n, super::plain)
}

fn ours(n: u32, run: fn(&mut avm_sim::algorand::interp::Interp)) -> Result<Ran<u64>, String> {
    let called = call(SOURCE, &[n.into()], vec![], run)?;
    Ok(Ran { time: called.time, result: called.value, instructions: called.interp.retired() })
}

const MODULE: &str = "(module
    (func $fib (export \"fib\") (param $n i64) (result i64)
    local.get $n
    i64.const 2
    i64.lt_s
    if (result i64)
    local.get $n
    else
    local.get $n
    i64.const 1
    i64.sub
    call $fib
    local.get $n
    i64.const 2
    i64.sub
    call $fib
    i64.add
    end))";

/// On wasmi, with its fuel.
pub fn wasmi(n: u32) -> Result<Ran<u64>, String> {
    let run = || -> Result<_, wasmi::Error> {
        let (mut store, instance) = instance(MODULE, u64::MAX)?;
        let fib = instance.get_typed_func::<i64, i64>(&store, "fib")?;
        let (time, result) = timed(|| fib.call(&mut store, n.into()));
        // All invocations compare; of each two of them and one more, one is of a number that is not small.
        let instructions = 4 * invocations(n) + 9 * (invocations(n) / 2) + invocations(n).div_ceil(2);
        Ok(Ran { time, result: result?.cast_unsigned(), instructions })
    };
    run().map_err(|e| e.to_string())
}

/// On revm's interpreter, with its gas: jumps, with the address to return to below the argument.
pub fn revm(n: u32) -> Result<Ran<u64>, String> {
    let mut code = Code::default();
    code.push_label("end").push(n.into()).jump("fib");
    code.label("fib"); // return n
    code.op(&[op::DUP1]).push(2).op(&[op::GT]).jump_if("small");
    code.push_label("one").push(1).op(&[op::DUP3, op::SUB]).jump("fib");
    code.label("one"); // return n a
    code.push_label("two").push(2).op(&[op::DUP4, op::SUB]).jump("fib");
    code.label("two"); // return n a b
    code.op(&[op::ADD, op::SWAP1, op::POP, op::SWAP1, op::JUMP]);
    code.label("small").op(&[op::SWAP1, op::JUMP]);
    code.label("end").op(&[op::STOP]);
    evm::run(code, |stack| stack.last().copied())
}
