// SPDX-License-Identifier: MIT OR Apache-2.0
//! `--trace`: a run of its own, whose instructions are printed while it goes on. One that has no end is seen, too.

use std::io::{self, ErrorKind, Write};

use super::run::Common;
use crate::lockstep::{CallFigures, Options, Run, Session as _};
use crate::machines::Machine;
use crate::output;
use crate::trace::Tracer;

/// Nobody reads the trace any more.
pub struct Closed;

/// Makes the interpreter's calls; with a trace of each before it is known how it ends.
pub fn interpreted<M: Machine>(s: &M::Scenario, common: &Common) -> Result<Vec<CallFigures>, Closed> {
    let (mut calls, mut ended) = (M::interpret(s), Vec::new());
    traced::<M>(s, common, |tracer| {
        let mut end = |tracer: &mut Tracer<'_, M, Box<dyn Write>>, before: usize| {
            while ended.len() < before
                && let Some(figures) = calls.next()
            {
                tracer.ended(ended.len(), &figures)?;
                ended.push(figures);
            }
            Ok(())
        };
        let mut result = Ok(());
        M::retired(s, u64::MAX, |call, record| {
            result = end(tracer, call).and_then(|()| tracer.retired(call, record, None));
            result.is_ok()
        });
        result?;
        end(tracer, usize::MAX)
    })?;
    ended.extend(calls);
    Ok(ended)
}

/// Traces a run of the core model, in lockstep if the options say so; it ends at the first mismatch.
pub fn clocked<M: Machine>(s: &M::Scenario, common: &Common, options: Options) -> Result<(), Closed> {
    traced::<M>(s, common, |tracer| {
        let mut run = Run::new(M::session(s), options);
        let mut differs = false;
        while !differs && !run.session.finished() {
            let (call, cycle) = (run.calls.len(), run.cycle);
            differs = run.until(cycle + 1).is_some();
            if let Some(record) = avm_sim::trace::Core::retired(&run.core) {
                tracer.retired(call, &record, Some(cycle))?;
            }
            if let Some(figures) = run.calls.get(call) {
                tracer.ended(call, figures)?;
            }
        }
        Ok(())
    })
}

/// Does something with a tracer, if there is to be a trace; one that cannot be written ends, and is noted. Each line is
/// written when it is made: what a process that is interrupted was doing is seen.
fn traced<'a, M: Machine>(
    scenario: &'a M::Scenario,
    common: &Common,
    work: impl FnOnce(&mut Tracer<'a, M, Box<dyn Write>>) -> io::Result<()>,
) -> Result<(), Closed> {
    let Some(kind) = common.trace else { return Ok(()) };
    let mut tracer = Tracer::<M, _>::new(scenario, kind, common.json, output::lines());
    let written = work(&mut tracer).and_then(|()| tracer.finish());
    let closed = written.as_ref().is_err_and(|e| e.kind() == ErrorKind::BrokenPipe);
    output::note(written);
    if closed { Err(Closed) } else { Ok(()) }
}
