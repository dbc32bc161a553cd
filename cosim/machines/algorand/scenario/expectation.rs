// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a call expects, as written: in `expect`, or in short.

use avm_sim::algorand::exception::{CODE_CROSSED, Cause, thrown_code};
use toml::Spanned;

use super::file::{FileCall, FileException, FileExpect, IntOrText, number};
use super::heap::{self, Reader, within};
use super::{Expect, ExpectOutcome};
use crate::input::InputError;

/// What `expect` says, and `returns` and `fuel_used` of the call, which are short for parts of it.
pub(super) fn expectation(input: &Reader, call: &FileCall) -> Result<Expect, InputError> {
    let mut out = call.expect.as_ref().map(|e| table(input, e)).transpose()?.unwrap_or_default();
    if let Some(returns) = &call.returns {
        let value = value(input, returns)?;
        let clash = match out.outcome.replace(ExpectOutcome::Returned(Some(value))) {
            None | Some(ExpectOutcome::Returned(None)) => None,
            Some(ExpectOutcome::Returned(Some(_))) => Some("`returns` says the same as `expect.value`".to_string()),
            Some(other) => Some(format!("`returns` does not go with `expect`, which is {other}")),
        };
        if let Some(what) = clash {
            return Err(input.error(returns.span(), what, "remove one of them".into()));
        }
    }
    if let Some(used) = &call.fuel_used
        && out.fuel_used.replace(fuel_used(input, used)?).is_some()
    {
        let what = "`fuel_used` says the same as `expect.fuel_used`";
        return Err(input.error(used.span(), what.into(), "remove one of them".into()));
    }
    Ok(out)
}

fn table(input: &Reader, expect: &Spanned<FileExpect>) -> Result<Expect, InputError> {
    let e = expect.get_ref();
    let pages = |list: &Vec<_>| heap::page_set(input, list);
    let cycles = e.cycles.as_ref().map(|n| within(input, n, "cycles", 0, u64::MAX)).transpose()?;
    let log = e.log.as_ref().map(|n| within(input, n, "log", 0, u32::MAX.into())).transpose()?;
    Ok(Expect {
        outcome: outcome(input, expect)?,
        fuel_used: e.fuel_used.as_ref().map(|used| fuel_used(input, used)).transpose()?,
        cycles,
        touched: e.touched.as_ref().map(pages).transpose()?,
        written: e.written.as_ref().map(pages).transpose()?,
        log: log.map(|n| n as u32),
        pages: heap::expected(input, &e.pages)?,
    })
}

fn fuel_used(input: &Reader, used: &Spanned<IntOrText>) -> Result<i64, InputError> {
    Ok(within(input, used, "fuel_used", 0, i64::MAX as u64)? as i64)
}

fn outcome(input: &Reader, expect: &Spanned<FileExpect>) -> Result<Option<ExpectOutcome>, InputError> {
    let e = expect.get_ref();
    let value = e.value.as_ref().map(|v| value(input, v)).transpose()?;
    let exception = e.exception.as_ref().map(|x| exception(input, x)).transpose()?;
    let outcome = match e.outcome.as_ref().map(|o| (o.get_ref().as_str(), o.span())) {
        Some(("returned", _)) => Some(ExpectOutcome::Returned(value)),
        Some(("exception", _)) => Some(ExpectOutcome::Exception(exception)),
        Some(("out_of_fuel", _)) => Some(ExpectOutcome::OutOfFuel),
        Some(("rejected", _)) => Some(ExpectOutcome::Rejected),
        Some(("capacity", _)) => Some(ExpectOutcome::Capacity),
        Some((other, span)) => {
            let help = "one of: returned, exception, out_of_fuel, rejected, capacity".into();
            return Err(input.error(span, format!("unknown outcome `{other}`"), help));
        }
        None if value.is_some() => Some(ExpectOutcome::Returned(value)),
        None if exception.is_some() => Some(ExpectOutcome::Exception(exception)),
        None => None,
    };
    let clash = (value.is_some() && !matches!(outcome, Some(ExpectOutcome::Returned(_))))
        || (exception.is_some() && !matches!(outcome, Some(ExpectOutcome::Exception(_))));
    match clash {
        false => Ok(outcome),
        true => {
            let what = "`value` goes with outcome \"returned\", `exception` with \"exception\"";
            Err(input.error(expect.span(), what.into(), "remove the one that does not belong".into()))
        }
    }
}

/// A returned cell, or `None` if there must be none.
fn value(input: &Reader, v: &Spanned<IntOrText>) -> Result<Option<u64>, InputError> {
    match v.get_ref() {
        IntOrText::Text(t) if t == "none" => Ok(None),
        other => other.value().map(Some).ok_or_else(|| {
            input.error(v.span(), "not a value".into(), "an integer, a string of one, or \"none\"".into())
        }),
    }
}

fn exception(input: &Reader, x: &Spanned<FileException>) -> Result<u64, InputError> {
    let bad = || {
        let names: Vec<_> = Cause::ALL.iter().map(|c| c.name()).collect();
        let help = format!("a code, {{ thrown = V }}, or one of: {}", names.join(", "));
        input.error(x.span(), "not an exception".into(), help)
    };
    match x.get_ref() {
        FileException::Thrown(thrown) => Ok(thrown_code(thrown.value().ok_or_else(bad)?) | CODE_CROSSED),
        FileException::Code(IntOrText::Text(t)) => match Cause::ALL.iter().find(|c| c.name() == t) {
            Some(c) => Ok(c.code() | CODE_CROSSED),
            None => number(t).ok_or_else(bad),
        },
        FileException::Code(IntOrText::Int(i)) => Ok(*i as u64),
    }
}
