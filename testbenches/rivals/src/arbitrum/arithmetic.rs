// SPDX-License-Identifier: MIT OR Apache-2.0
//! A loop of 256-bit arithmetic: `x = x * A + B; x ^= x >> 33; i -= 1`, modulo 2^256, until i is 0.
//!
//! Both machines are stack machines of 256-bit words with gas, and run the same steps in the same order; constants are
//! immediates in one and pushed in the other.

use avm_sim::arbitrum::asm::assemble;
use avm_sim::arbitrum::interp::{Config, End, Machine};
use avm_sim::arbitrum::value::Value;
use revm_interpreter::bytecode::Bytecode;
use revm_interpreter::host::DummyHost;
use revm_interpreter::instructions::gas_table_spec;
use revm_interpreter::interpreter::{EthInterpreter, ExtBytecode};
use revm_interpreter::primitives::hardfork::SpecId;
use revm_interpreter::{
    InputsImpl, InstructionResult, Interpreter, InterpreterAction, SharedMemory, instruction_table,
};
use ruint::aliases::U256;

use crate::{Ran, timed};

const X: U256 = U256::from_limbs([0x0123_4567_89ab_cdef, 0x0f1e_2d3c_4b5a_6978, 0x1122_3344_5566_7788, 0x99aa_bbcc]);
const A: U256 =
    U256::from_limbs([0x5851_f42d_4c95_7f2d, 0x2360_ed05_1fc6_5da4, 0x4385_df64_9fcc_f645, 0x9e37_79b9_7f4a_7c15]);
const B: U256 =
    U256::from_limbs([0x1405_7b7e_f767_814f, 0xda3e_39cb_94b9_5bdb, 0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb]);
const SHIFT: u8 = 33;

/// What the loop computes.
pub fn definition(n: u32) -> U256 {
    (0..n).fold(X, |x, _| {
        let x = x.wrapping_mul(A).wrapping_add(B);
        x ^ (x >> usize::from(SHIFT))
    })
}

/// Source of the loop. Static is the CodePoint of its beginning: the way back up.
fn source(n: u32) -> String {
    format!(
        ".static loop
            push {n}  push {X:#x}
        loop:                       ; i x
            mul {A:#x}  add {B:#x}
            dup0  shr {SHIFT}  xor
            swap1  add -1  swap1    ; i x
            dup1  spush  cjump
            log  halt"
    )
}

/// On the Arbitrum interpreter.
pub fn avm(n: u32) -> Result<Ran<U256>, String> {
    let program = assemble("arithmetic.avma", &source(n)).map_err(|e| e[0].to_string())?;
    let mut machine = Machine::new(&program.image, Config::default()).map_err(|full| full.to_string())?;
    let (time, end) = timed(|| machine.run(u64::MAX));
    match (end, machine.logs()) {
        (End::Halted, [log]) => match log.value {
            Some(Value::Int(result)) => Ok(Ran { time, result, instructions: machine.counters().steps }),
            _ => Err("no Integer was logged".into()),
        },
        _ => Err(format!("ended with {end:?}")),
    }
}

/// Opcodes of the EVM (Ethereum's yellow paper, appendix H; `SHR`: EIP-145).
mod evm {
    pub const STOP: u8 = 0x00;
    pub const ADD: u8 = 0x01;
    pub const MUL: u8 = 0x02;
    pub const XOR: u8 = 0x18;
    pub const SHR: u8 = 0x1c;
    pub const JUMPI: u8 = 0x57;
    pub const JUMPDEST: u8 = 0x5b;
    pub const PUSH1: u8 = 0x60;
    pub const PUSH4: u8 = 0x63;
    pub const PUSH32: u8 = 0x7f;
    pub const DUP1: u8 = 0x80;
    pub const DUP2: u8 = 0x81;
    pub const SWAP1: u8 = 0x90;
}

/// Bytecode of the loop. `JUMPI` takes the destination from the top, then the condition.
fn bytecode(n: u32) -> Vec<u8> {
    use evm::*;
    let mut code = vec![PUSH4];
    code.extend(n.to_be_bytes());
    let push = |code: &mut Vec<u8>, value: U256| {
        code.push(PUSH32);
        code.extend(value.to_be_bytes::<32>());
    };
    push(&mut code, X);
    let start = code.len() as u8;
    code.push(JUMPDEST);
    push(&mut code, A);
    code.push(MUL);
    push(&mut code, B);
    code.extend([ADD, DUP1, PUSH1, SHIFT, SHR, XOR, SWAP1]);
    push(&mut code, U256::MAX);
    code.extend([ADD, SWAP1, DUP2, PUSH1, start, JUMPI, STOP]);
    code
}

/// On revm's interpreter, with its gas.
pub fn revm(n: u32) -> Result<Ran<U256>, String> {
    let spec = SpecId::default();
    let (table, gas) = (instruction_table::<EthInterpreter, DummyHost>(), gas_table_spec(spec));
    let code = Bytecode::new_legacy(bytecode(n).into());
    let machine = || -> Interpreter {
        let inputs = InputsImpl::default();
        Interpreter::new(SharedMemory::new(), ExtBytecode::new(code.clone()), inputs, false, spec, u64::MAX)
    };
    let mut host = DummyHost::new(spec);
    // Its run does not count instructions: another machine makes the same steps one by one.
    let mut counted = machine();
    let mut instructions = 1;
    while counted.step(&table, &gas, &mut host).is_ok() {
        instructions += 1;
    }
    let mut machine = machine();
    let (time, action) = timed(|| machine.run_plain(&table, &gas, &mut host));
    match (action, machine.stack.data().as_slice()) {
        (InterpreterAction::Return(end), [_, result]) if end.result == InstructionResult::Stop => {
            Ok(Ran { time, result: *result, instructions })
        }
        (action, _) => Err(format!("ended with {action:?}")),
    }
}
