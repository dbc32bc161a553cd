// SPDX-License-Identifier: MIT OR Apache-2.0
//! `--trace`: a run of its own, whose instructions are printed.

use std::io::{self, BufWriter, Stdout};

use super::run::Common;
use crate::lockstep::{CallFigures, Options, Run, Session as _};
use crate::machines::Machine;
use crate::output;
use crate::trace::Tracer;

/// Traces the interpreter's calls, which ended like this.
pub fn interpreted<M: Machine>(s: &M::Scenario, common: &Common, ended: &[CallFigures]) {
    traced::<M>(s, common, |tracer| {
        let (mut next, mut result) = (0, Ok(()));
        M::retired(s, u64::MAX, |call, record| {
            result = ended[next..call].iter().zip(next..).try_for_each(|(figures, i)| tracer.ended(i, figures));
            next = call;
            result = std::mem::replace(&mut result, Ok(())).and_then(|()| tracer.retired(call, record, None));
            result.is_ok()
        });
        result?;
        ended[next..].iter().zip(next..).try_for_each(|(figures, i)| tracer.ended(i, figures))
    });
}

/// Traces a run of the core model, in lockstep if the options say so; it ends at the first mismatch.
pub fn clocked<M: Machine>(s: &M::Scenario, common: &Common, options: Options) {
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
    });
}

/// Does something with a tracer, if there is to be a trace; one that cannot be written ends, and is noted.
fn traced<'a, M: Machine>(
    scenario: &'a M::Scenario,
    common: &Common,
    work: impl FnOnce(&mut Tracer<'a, M, BufWriter<Stdout>>) -> io::Result<()>,
) {
    let Some(kind) = common.trace else { return };
    let mut tracer = Tracer::<M, _>::new(scenario, kind, common.json, BufWriter::new(io::stdout()));
    output::note(work(&mut tracer).and_then(|()| tracer.finish()));
}
