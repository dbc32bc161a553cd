// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a contract sees of the machine: pages, invocations, rollback (by copying the heap), a tank.
//!
//! Prices are the seed's; each method below says which instructions of a contract's source it stands for.

use std::collections::{BTreeMap, BTreeSet};

use avm_sim::algorand::exception::{Cause, Outcome};
use avm_sim::algorand::interp::Call;
use avm_sim::algorand::world::{AccessList, Effects, PageId, World};

pub const MACHINE: u64 = 1 << 63;
pub const CROSSED: u64 = 1 << 62;

/// Why a method does not complete: an exception with this code, or the whole call ends.
pub enum Stop {
    Throw(u64),
    End(Outcome),
}
pub use Stop::{End, Throw};
pub type Run<T> = Result<T, Stop>;
/// A completed method: with a value or without.
pub type Done = Run<Option<u64>>;

pub fn raise<T>(cause: Cause) -> Run<T> {
    Err(Throw(MACHINE | cause as u64))
}

/// The result of checked signed arithmetic.
fn checked(value: Option<i64>) -> Run<u64> {
    value.map_or_else(|| raise(Cause::Arithmetic), |v| Ok(v as u64))
}

pub fn add(a: u64, b: u64) -> Run<u64> {
    checked((a as i64).checked_add(b as i64))
}

pub fn sub(a: u64, b: u64) -> Run<u64> {
    checked((a as i64).checked_sub(b as i64))
}

pub fn mul(a: u64, b: u64) -> Run<u64> {
    checked((a as i64).checked_mul(b as i64))
}

pub fn positive(a: u64) -> bool {
    a as i64 > 0
}

pub fn negative(a: u64) -> bool {
    (a as i64) < 0
}

/// A contract: argument words of its public methods (`None`: private), and what they do.
#[derive(Clone, Copy)]
pub struct Contract {
    pub methods: &'static [Option<usize>],
    pub run: fn(&mut Machine, u64, &[u64]) -> Done,
}

#[derive(Clone)]
pub struct Machine {
    contracts: BTreeMap<u64, Contract>,
    access: AccessList,
    pages: BTreeMap<PageId, Vec<u8>>,
    freed: BTreeSet<PageId>,
    touched: BTreeSet<PageId>,
    tank: i64,
    /// Entries of the undo log: limit, now, most.
    log: (usize, usize, usize),
    /// Applications of the active external invocations, the host's 0 first.
    chain: Vec<u64>,
}

impl Machine {
    pub fn me(&self) -> u64 {
        self.chain[self.chain.len() - 1]
    }

    pub fn caller(&self) -> u64 {
        self.chain[self.chain.len() - 2]
    }

    pub fn fuel(&mut self, price: i64) -> Run<()> {
        self.tank -= price;
        if self.tank < 0 { Err(End(Outcome::OutOfFuel)) } else { Ok(()) }
    }

    /// `const`, `athrow`
    pub fn throw<T>(&mut self, value: u64) -> Run<T> {
        self.fuel(2)?;
        self.rethrow(value)
    }

    /// `athrow` of a value that is there, charged before
    pub fn rethrow<T>(&self, value: u64) -> Run<T> {
        Err(Throw(value & !(MACHINE | CROSSED)))
    }

    /// Throws if it is so, after a test of this price.
    pub fn deny(&mut self, price: i64, so: bool, value: u64) -> Run<()> {
        self.fuel(price)?;
        if so { self.throw(value) } else { Ok(()) }
    }

    /// `ireturn`, its operand pushed before
    pub fn give(&mut self, value: u64) -> Done {
        self.fuel(2)?;
        Ok(Some(value))
    }

    /// `ireturn` of what an invocation left, if anything
    pub fn leave(&mut self, value: Option<u64>) -> Done {
        self.fuel(2)?;
        value.map_or_else(|| raise(Cause::Underflow), |v| Ok(Some(v)))
    }

    /// A push and `ireturn`
    pub fn push_give(&mut self, value: u64) -> Done {
        self.fuel(1)?;
        self.give(value)
    }

    /// `load`, `arg` for each argument
    pub fn args(&mut self, n: i64) -> Run<()> {
        self.fuel(2 * n)
    }

    /// The same, and `invoke_internal`
    pub fn internal(&mut self, n: i64) -> Run<()> {
        self.fuel(2 * n + 4)
    }

    fn listed(&mut self, page: u64) -> Run<PageId> {
        let id = PageId { app: self.me(), page };
        if self.access.page_index(id).is_none() {
            return Err(End(Outcome::Rejected));
        }
        self.touched.insert(id);
        Ok(id)
    }

    fn bytes(&mut self, page: u64, offset: u64, width: usize) -> Run<&mut [u8]> {
        let id = self.listed(page)?;
        match self.pages.get_mut(&id) {
            None => raise(Cause::Page),
            Some(bytes) => {
                let range = offset as usize..offset as usize + width;
                bytes.get_mut(range).map_or_else(|| raise(Cause::PageBounds), Ok)
            }
        }
    }

    fn log_entry(&mut self) -> Run<()> {
        if self.chain.len() > 2 {
            if self.log.1 == self.log.0 {
                return Err(End(Outcome::Capacity));
            }
            self.log.1 += 1;
            self.log.2 = self.log.2.max(self.log.1);
        }
        Ok(())
    }

    /// Offset, page, `hload_64`
    pub fn get(&mut self, page: u64, offset: u64) -> Run<u64> {
        self.fuel(4)?;
        let bytes = self.bytes(page, offset, 8)?;
        Ok(bytes.iter().rev().fold(0, |v, b| v << 8 | u64::from(*b)))
    }

    /// Offset, page, `hstore`
    pub fn put_narrow(&mut self, page: u64, offset: u64, value: u64, width: usize) -> Run<()> {
        self.fuel(5)?;
        self.bytes(page, offset, width)?;
        self.log_entry()?;
        self.bytes(page, offset, width)?.copy_from_slice(&value.to_le_bytes()[..width]);
        Ok(())
    }

    pub fn put(&mut self, page: u64, offset: u64, value: u64) -> Run<()> {
        self.put_narrow(page, offset, value, 8)
    }

    /// `psize`, charged before
    pub fn size(&mut self, page: u64) -> Run<usize> {
        let id = self.listed(page)?;
        Ok(self.pages.get(&id).map_or(0, Vec::len))
    }

    /// Page, `psize`; branch
    pub fn exists(&mut self, page: u64) -> Run<bool> {
        self.fuel(3)?;
        let size = self.size(page)?;
        self.fuel(1)?;
        Ok(size != 0)
    }

    /// Size, page, `palloc`
    pub fn alloc(&mut self, page: u64, size: usize) -> Run<()> {
        self.fuel(26)?;
        let id = self.listed(page)?;
        if self.pages.contains_key(&id) || self.freed.contains(&id) {
            return raise(Cause::Page);
        }
        self.log_entry()?;
        self.pages.insert(id, vec![0; size]);
        Ok(())
    }

    /// [`Machine::alloc`] unless it exists
    pub fn ensure(&mut self, page: u64, size: usize) -> Run<()> {
        if self.exists(page)? { Ok(()) } else { self.alloc(page, size) }
    }

    /// Page, `pfree`
    pub fn free(&mut self, page: u64) -> Run<()> {
        self.fuel(9)?;
        let id = self.listed(page)?;
        if !self.pages.contains_key(&id) {
            return raise(Cause::Page);
        }
        self.log_entry()?;
        self.pages.remove(&id);
        self.freed.insert(id);
        Ok(())
    }

    /// The checks of an external invocation, then the method.
    fn enter(&mut self, app: u64, method: u64, args: &[u64]) -> Run<Contract> {
        if self.access.app_index(app).is_none() {
            return Err(End(Outcome::Rejected));
        }
        let Some(contract) = self.contracts.get(&app).copied() else {
            return raise(Cause::Application);
        };
        match usize::try_from(method).ok().and_then(|m| contract.methods.get(m)) {
            None => raise(Cause::Method),
            Some(None) => raise(Cause::Access),
            Some(Some(n)) if *n != args.len() => raise(Cause::Arguments),
            Some(Some(_)) => Ok(contract),
        }
    }

    /// Method, `invoke_external`; the arguments and the application are pushed before.
    pub fn external(&mut self, app: u64, method: u64, args: &[u64]) -> Done {
        self.fuel(9)?;
        let contract = self.enter(app, method, args)?;
        let before = (self.pages.clone(), self.freed.clone(), self.log.1);
        self.chain.push(app);
        let done = (contract.run)(self, method, args);
        self.chain.pop();
        match done {
            Ok(_) if self.chain.len() == 2 => self.log.1 = 0,
            Err(Throw(_)) => (self.pages, self.freed, self.log.1) = before,
            _ => {}
        }
        done.map_err(|stop| match stop {
            Throw(code) => Throw(code | CROSSED),
            end => end,
        })
    }

    /// `catch` after an invocation: the exception, if there was one.
    pub fn catch(&mut self, done: Done) -> Run<Result<Option<u64>, u64>> {
        match done {
            Ok(value) => self.fuel(1).map(|()| Ok(value)),
            Err(Throw(code)) => self.fuel(1).map(|()| Err(code)),
            Err(end) => Err(end),
        }
    }
}

/// What a call does, according to the models.
pub struct Answer {
    pub outcome: Outcome,
    pub fuel_used: i64,
    pub effects: Effects,
}

pub fn model(contracts: &BTreeMap<u64, Contract>, world: &World, call: &Call) -> Answer {
    let mut m = Machine {
        contracts: contracts.clone(),
        access: call.access.clone(),
        pages: world.pages.clone(),
        freed: BTreeSet::new(),
        touched: BTreeSet::new(),
        tank: call.fuel,
        log: (call.limits.log, 0, 0),
        chain: vec![0],
    };
    let words: Vec<u64> = call.args.chunks(8).map(|b| b.iter().rev().fold(0, |v, b| v << 8 | u64::from(*b))).collect();
    let entered = m.fuel(8).and_then(|()| m.enter(call.app, call.method, &words));
    let done = entered.and_then(|contract| {
        m.chain.push(call.app);
        (contract.run)(&mut m, call.method, &words)
    });
    let outcome = match done {
        Ok(value) => Outcome::Returned(value),
        Err(Throw(code)) if m.chain.len() == 1 => Outcome::Exception(code),
        Err(Throw(code)) => Outcome::Exception(code | CROSSED),
        Err(End(outcome)) => outcome,
    };
    let mut written = BTreeMap::new();
    if let Outcome::Returned(_) = outcome {
        for &id in m.pages.keys().chain(world.pages.keys()) {
            if m.pages.get(&id) != world.pages.get(&id) {
                written.insert(id, m.pages.get(&id).cloned());
            }
        }
    }
    let effects = Effects { touched: m.touched, written, log_high: m.log.2 as u32 };
    Answer { outcome, fuel_used: call.fuel - m.tank, effects }
}
