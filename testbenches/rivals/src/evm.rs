// SPDX-License-Identifier: MIT OR Apache-2.0
//! Programs of the EVM, and a host for them with storage.

use std::collections::HashMap;

use revm_interpreter::bytecode::Bytecode;
use revm_interpreter::context_interface::cfg::GasParams;
use revm_interpreter::context_interface::context::{SStoreResult, SelfDestructResult, StateLoad};
use revm_interpreter::context_interface::host::LoadError;
use revm_interpreter::context_interface::journaled_state::AccountInfoLoad;
use revm_interpreter::host::DummyHost;
use revm_interpreter::instructions::gas_table_spec;
use revm_interpreter::interpreter::{EthInterpreter, ExtBytecode};
use revm_interpreter::primitives::hardfork::SpecId;
use revm_interpreter::primitives::{Address, B256, Log, keccak256};
use revm_interpreter::{
    Host, InputsImpl, InstructionResult, Interpreter, InterpreterAction, SharedMemory, instruction_table,
};
use ruint::aliases::U256;

use crate::{Ran, timed};

/// Opcodes of the EVM (Ethereum's yellow paper, appendix H; `SHR`: EIP-145).
pub mod op {
    pub const STOP: u8 = 0x00;
    pub const ADD: u8 = 0x01;
    pub const MUL: u8 = 0x02;
    pub const SUB: u8 = 0x03;
    pub const LT: u8 = 0x10;
    pub const GT: u8 = 0x11;
    pub const AND: u8 = 0x16;
    pub const XOR: u8 = 0x18;
    pub const SHR: u8 = 0x1c;
    pub const KECCAK256: u8 = 0x20;
    pub const POP: u8 = 0x50;
    pub const MSTORE: u8 = 0x52;
    pub const SLOAD: u8 = 0x54;
    pub const SSTORE: u8 = 0x55;
    pub const JUMP: u8 = 0x56;
    pub const JUMPI: u8 = 0x57;
    pub const JUMPDEST: u8 = 0x5b;
    pub const PUSH1: u8 = 0x60;
    pub const DUP1: u8 = 0x80;
    pub const DUP2: u8 = 0x81;
    pub const DUP3: u8 = 0x82;
    pub const DUP4: u8 = 0x83;
    pub const SWAP1: u8 = 0x90;
    pub const REVERT: u8 = 0xfd;
}

/// Bytecode in the making. Labels are below 256.
#[derive(Default)]
pub struct Code {
    bytes: Vec<u8>,
    labels: HashMap<&'static str, u8>,
    uses: Vec<(usize, &'static str)>,
}

impl Code {
    pub fn op(&mut self, opcodes: &[u8]) -> &mut Code {
        self.bytes.extend(opcodes);
        self
    }

    /// Pushes a number, in as few bytes as it takes.
    pub fn push(&mut self, n: u64) -> &mut Code {
        let bytes = n.to_be_bytes();
        let first = bytes.iter().position(|b| *b != 0).unwrap_or(7);
        self.bytes.push(op::PUSH1 + (7 - first as u8));
        self.op(&bytes[first..])
    }

    /// A place to jump to.
    pub fn label(&mut self, name: &'static str) -> &mut Code {
        self.labels.insert(name, u8::try_from(self.bytes.len()).expect("short programs"));
        self.op(&[op::JUMPDEST])
    }

    /// Pushes the place.
    pub fn push_label(&mut self, name: &'static str) -> &mut Code {
        self.uses.push((self.bytes.len() + 1, name));
        self.op(&[op::PUSH1, 0])
    }

    pub fn jump(&mut self, name: &'static str) -> &mut Code {
        self.push_label(name).op(&[op::JUMP])
    }

    /// Jumps if the top is not 0.
    pub fn jump_if(&mut self, name: &'static str) -> &mut Code {
        self.push_label(name).op(&[op::JUMPI])
    }

    fn finish(mut self) -> Vec<u8> {
        for (at, name) in &self.uses {
            self.bytes[*at] = self.labels[name];
        }
        self.bytes
    }
}

/// The slot of a key in the mapping with this number.
pub fn mapping(key: u64, number: u64) -> U256 {
    let words = [U256::from(key), U256::from(number)].map(|word| word.to_be_bytes::<32>());
    U256::from_be_bytes(keccak256(words.concat()).0)
}

/// Runs a program without storage; the result is made of the stack.
pub fn run(code: Code, result: impl FnOnce(&[u64]) -> Option<u64>) -> Result<Ran<u64>, String> {
    run_on(code, HashMap::new(), |stack, _| result(stack))
}

/// Runs a program; the result is made of the stack and of storage.
pub fn run_on<R>(
    code: Code,
    storage: HashMap<U256, u64>,
    result: impl FnOnce(&[u64], &HashMap<U256, u64>) -> Option<R>,
) -> Result<Ran<R>, String> {
    let spec = SpecId::default();
    let (table, gas) = (instruction_table::<EthInterpreter, Storage>(), gas_table_spec(spec));
    let code = Bytecode::new_legacy(code.finish().into());
    let machine = || -> Interpreter {
        let inputs = InputsImpl::default();
        Interpreter::new(SharedMemory::new(), ExtBytecode::new(code.clone()), inputs, false, spec, u64::MAX)
    };
    // Its run does not count instructions: another machine makes the same steps one by one.
    let mut host = Storage { dummy: DummyHost::new(spec), slots: storage.clone() };
    let mut counted = machine();
    let mut instructions = 1;
    while counted.step(&table, &gas, &mut host).is_ok() {
        instructions += 1;
    }
    let mut host = Storage { dummy: DummyHost::new(spec), slots: storage };
    let mut machine = machine();
    let (time, action) = timed(|| machine.run_plain(&table, &gas, &mut host));
    let stack: Vec<u64> = machine.stack.data().iter().map(|word| word.saturating_to()).collect();
    match action {
        InterpreterAction::Return(end) if end.result == InstructionResult::Stop => {
            let result = result(&stack, &host.slots).ok_or("no result")?;
            Ok(Ran { time, result, instructions })
        }
        action => Err(format!("ended with {action:?}")),
    }
}

/// A host with warm storage and nothing else. Values are of 64 bits.
struct Storage {
    dummy: DummyHost,
    slots: HashMap<U256, u64>,
}

impl Host for Storage {
    fn basefee(&self) -> U256 {
        self.dummy.basefee()
    }

    fn blob_gasprice(&self) -> U256 {
        self.dummy.blob_gasprice()
    }

    fn gas_limit(&self) -> U256 {
        self.dummy.gas_limit()
    }

    fn difficulty(&self) -> U256 {
        self.dummy.difficulty()
    }

    fn prevrandao(&self) -> Option<U256> {
        self.dummy.prevrandao()
    }

    fn block_number(&self) -> U256 {
        self.dummy.block_number()
    }

    fn timestamp(&self) -> U256 {
        self.dummy.timestamp()
    }

    fn beneficiary(&self) -> Address {
        self.dummy.beneficiary()
    }

    fn slot_num(&self) -> U256 {
        self.dummy.slot_num()
    }

    fn chain_id(&self) -> U256 {
        self.dummy.chain_id()
    }

    fn effective_gas_price(&self) -> U256 {
        self.dummy.effective_gas_price()
    }

    fn caller(&self) -> Address {
        self.dummy.caller()
    }

    fn blob_hash(&self, number: usize) -> Option<U256> {
        self.dummy.blob_hash(number)
    }

    fn max_initcode_size(&self) -> usize {
        self.dummy.max_initcode_size()
    }

    fn gas_params(&self) -> &GasParams {
        self.dummy.gas_params()
    }

    fn is_amsterdam_eip8037_enabled(&self) -> bool {
        self.dummy.is_amsterdam_eip8037_enabled()
    }

    fn block_hash(&mut self, number: u64) -> Option<B256> {
        self.dummy.block_hash(number)
    }

    fn selfdestruct(
        &mut self,
        address: Address,
        target: Address,
        skip_cold_load: bool,
    ) -> Result<StateLoad<SelfDestructResult>, LoadError> {
        self.dummy.selfdestruct(address, target, skip_cold_load)
    }

    fn log(&mut self, log: Log) {
        self.dummy.log(log);
    }

    fn tstore(&mut self, address: Address, key: U256, value: U256) {
        self.dummy.tstore(address, key, value);
    }

    fn tload(&mut self, address: Address, key: U256) -> U256 {
        self.dummy.tload(address, key)
    }

    fn load_account_info_skip_cold_load(
        &mut self,
        address: Address,
        load_code: bool,
        skip_cold_load: bool,
    ) -> Result<AccountInfoLoad<'_>, LoadError> {
        self.dummy.load_account_info_skip_cold_load(address, load_code, skip_cold_load)
    }

    fn sstore_skip_cold_load(
        &mut self,
        _: Address,
        key: U256,
        value: U256,
        _: bool,
    ) -> Result<StateLoad<SStoreResult>, LoadError> {
        let old = self.slots.insert(key, value.saturating_to()).map_or(U256::ZERO, U256::from);
        let result = SStoreResult { original_value: old, present_value: old, new_value: value };
        Ok(StateLoad::new(result, false))
    }

    fn sload_skip_cold_load(&mut self, _: Address, key: U256, _: bool) -> Result<StateLoad<U256>, LoadError> {
        let value = self.slots.get(&key).map_or(U256::ZERO, |value| U256::from(*value));
        Ok(StateLoad::new(value, false))
    }
}
