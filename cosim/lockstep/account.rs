// SPDX-License-Identifier: MIT OR Apache-2.0
//! What cycles are spent on, told twice: by the model's bookkeeping ([`Core::cause`]), which is no hardware and which
//! no register shows, and by an [`Account`] that a machine's room reads off the registers of its RTL. Lockstep compares
//! the two on every clock of a call, so that every sum that is made of them is the RTL's too.

use avm_sim::trace::{Core, Registers};

/// What a cycle of a call was spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// Index into the core's `CAUSES`.
    pub cause: u8,
    /// No instruction was in the last stage: the cycle belongs to the one before.
    pub empty: bool,
}

impl Spent {
    /// The last cycle, as the model says.
    #[inline(always)]
    pub fn of<C: Core>(core: &C) -> Spent {
        Spent { cause: core.cause(), empty: core.empty() }
    }
}

/// Tells from registers, clock by clock, what the cycles of calls are spent on: from the machine's page, not from the
/// model's code.
pub trait Account: Clone + Default {
    /// There is something to compare.
    const COUNTS: bool = true;
    /// The registers after the next clock; `None` if that was no cycle of a call.
    fn clock<R: Registers>(&mut self, rtl: &R) -> Option<Spent>;
}

/// No account: the machine's causes are the model's word.
impl Account for () {
    const COUNTS: bool = false;

    fn clock<R: Registers>(&mut self, _: &R) -> Option<Spent> {
        None
    }
}

/// Both sides in words.
pub(super) fn difference<C: Core>(model: Option<Spent>, rtl: Option<Spent>) -> String {
    let text = |spent: Option<Spent>| match spent {
        None => "no cycle of a call".to_string(),
        Some(s) => {
            let cause = C::CAUSES.get(usize::from(s.cause)).copied().unwrap_or("?");
            format!("{cause}{}", if s.empty { ", last stage empty" } else { "" })
        }
    };
    format!("the cycle was spent on: model {}; RTL's registers {}", text(model), text(rtl))
}
