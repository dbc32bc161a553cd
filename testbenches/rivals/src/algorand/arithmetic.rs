// SPDX-License-Identifier: MIT OR Apache-2.0
//! A loop of 64-bit arithmetic: `x = x * A + B; x ^= x >> 33; i -= 1`, modulo 2^64, until i is 0. Both variables are kept in
//! the frame, in WebAssembly they are locals; the EVM has them on its stack and cuts 256 bits to 64.

use wasmi::TypedFunc;

use super::{between, call, instance};
use crate::evm::{self, Code, op};
use crate::{Ran, timed};

const X: u64 = 0x0123_4567_89ab_cdef;
const A: u64 = 0x5851_f42d_4c95_7f2d;
const B: u64 = 0x1405_7b7e_f767_814f;
const SHIFT: u8 = 33;

/// What the loop computes.
pub fn definition(n: u32) -> u64 {
    (0..n).fold(X, |x, _| {
        let x = x.wrapping_mul(A).wrapping_add(B);
        x ^ (x >> SHIFT)
    })
}

fn source() -> String {
    format!(
        ".method run public
        .arg i 8
        .arg x 8
        .loop:
            load_64 i  brz .end
            load_64 x  const {A}  imulw  const {B}  iaddw
            dup  const {SHIFT}  ushr  ixor  store_64 x
            load_64 i  const 1  isub  store_64 i
            br .loop
        .end:
            load_64 x  ireturn"
    )
}

/// On the fast interpreter.
pub fn avm(n: u32) -> Result<Ran<u64>, String> {
    ours(n, super::fast)
}

/// On the plain one.
pub fn plain(n: u32) -> Result<Ran<u64>, String> {
    ours(n, super::plain)
}

fn ours(n: u32, run: fn(&mut avm_sim::algorand::interp::Interp)) -> Result<Ran<u64>, String> {
    let called = call(&source(), &[n.into(), X], vec![], run)?;
    Ok(Ran { time: called.time, result: called.value, instructions: called.interp.retired() })
}

fn module() -> String {
    format!(
        "(module
            (func (export \"run\") (param $i i64) (param $x i64) (result i64)
            loop $loop
            local.get $x
            i64.const {A}
            i64.mul
            i64.const {B}
            i64.add
            local.tee $x
            local.get $x
            i64.const {SHIFT}
            i64.shr_u
            i64.xor
            local.set $x
            local.get $i
            i64.const 1
            i64.sub
            local.tee $i
            i64.const 0
            i64.ne
            br_if $loop
            end
            local.get $x))"
    )
}

/// On wasmi, with its fuel.
pub fn wasmi(n: u32) -> Result<Ran<u64>, String> {
    let run = || -> Result<_, wasmi::Error> {
        let text = module();
        let (mut store, instance) = instance(&text, u64::MAX)?;
        let run: TypedFunc<(i64, i64), i64> = instance.get_typed_func(&store, "run")?;
        let (time, result) = timed(|| run.call(&mut store, (n.into(), X.cast_signed())));
        let instructions = between(&text, "loop $loop", "end") * u64::from(n);
        Ok(Ran { time, result: result?.cast_unsigned(), instructions })
    };
    run().map_err(|e| e.to_string())
}

/// On revm's interpreter, with its gas.
pub fn revm(n: u32) -> Result<Ran<u64>, String> {
    let mut code = Code::default();
    code.push(n.into()).push(X).label("loop"); // i x
    code.push(A).op(&[op::MUL]).push(B).op(&[op::ADD]).push(u64::MAX).op(&[op::AND]);
    code.op(&[op::DUP1]).push(SHIFT.into()).op(&[op::SHR, op::XOR, op::SWAP1]); // x i
    code.push(1).op(&[op::SWAP1, op::SUB, op::SWAP1, op::DUP2]).jump_if("loop").op(&[op::STOP]);
    evm::run(code, |stack| stack.last().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_has_so_many_instructions() {
        let count = |n| plain(n).expect("runs").instructions;
        assert_eq!(count(2) - count(1), 17);
    }
}
