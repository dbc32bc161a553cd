// SPDX-License-Identifier: MIT OR Apache-2.0
//! A run over time as trace events in JSON, which Perfetto and `chrome://tracing` load: a track for each stage of the
//! pipeline, on it what it holds, and in that why it stays; curves for what the machine counts. A cycle is a
//! microsecond there. The format is that of Google's "Trace Event Format", with complete events (`X`).

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::lockstep::view::Held;
use crate::lockstep::{Options, Run, Session};
use avm_sim::trace::Retire;

/// Number of the process that all tracks belong to.
const PROCESS: u32 = 1;

/// An event.
#[derive(Serialize)]
struct Event<'a> {
    name: &'a str,
    ph: &'static str,
    ts: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<u64>,
    pid: u32,
    tid: usize,
    #[serde(skip_serializing_if = "Map::is_empty")]
    args: Map<String, Value>,
}

/// What a stage has held since a clock.
struct Stay {
    held: Held,
    since: u64,
    /// Why it stays, and since when.
    stall: Option<(&'static str, u64)>,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Clocks.
    pub clocks: u64,
    /// The run goes on behind them.
    pub cut: bool,
}

/// Writes a run, at most so many clocks of it.
///
/// # Errors
/// It cannot be written.
pub fn write<S: Session>(session: S, most: u64, out: impl Write) -> io::Result<Written> {
    let mut run = Run::new(session, Options { rtl: false, reference: false, mirrors: false, ..Options::default() });
    let mut words = vec![0; run.layout.words()];
    let mut trace =
        Trace { out, first: true, clock: 0, stays: S::STAGES.iter().map(|_| None).collect(), curves: vec![] };
    trace.out.write_all(b"{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n")?;
    trace.names(S::STAGES)?;
    while !run.session.finished() && trace.clock < most {
        run.clock_apart(&mut words, &mut []);
        trace.clock += 1;
        let mut now = vec![None; S::STAGES.len()];
        S::pipeline(&run.layout, &words, &mut now);
        let retired = S::retired(&run.layout, &words).is_some();
        trace.stages(&run.session, &now, retired)?;
        trace.curves(S::curves(&run.layout, &words))?;
    }
    // What is still there ends with the trace.
    trace.clock += 1;
    trace.stages(&run.session, &vec![None; S::STAGES.len()], false)?;
    let Trace { mut out, clock, .. } = trace;
    out.write_all(b"\n]}\n")?;
    out.flush()?;
    Ok(Written { clocks: clock - 1, cut: !run.session.finished() })
}

fn same_place(a: &Held, b: &Held) -> bool {
    (a.pc, a.segment) == (b.pc, b.segment)
}

struct Trace<W: Write> {
    out: W,
    first: bool,
    clock: u64,
    stays: Vec<Option<Stay>>,
    curves: Vec<(&'static str, u64)>,
}

impl<W: Write> Trace<W> {
    fn event(&mut self, event: &impl Serialize) -> io::Result<()> {
        if !std::mem::take(&mut self.first) {
            self.out.write_all(b",\n")?;
        }
        serde_json::to_writer(&mut self.out, event).map_err(io::Error::from)
    }

    /// Names of the tracks, in the order of the stages.
    fn names(&mut self, stages: &[&str]) -> io::Result<()> {
        for (tid, stage) in stages.iter().enumerate() {
            let name =
                json!({ "name": "thread_name", "ph": "M", "pid": PROCESS, "tid": tid, "args": { "name": stage } });
            self.event(&name)?;
            let order = json!({ "name": "thread_sort_index", "ph": "M", "pid": PROCESS, "tid": tid, "args": { "sort_index": tid } });
            self.event(&order)?;
        }
        Ok(())
    }

    /// What the stages hold after a clock; `retired`: the last one's has left it.
    fn stages<S: Session>(&mut self, session: &S, now: &[Option<Held>], retired: bool) -> io::Result<()> {
        let last = now.len().saturating_sub(1);
        for (i, held) in now.iter().enumerate() {
            let same = |stay: &Stay| held.is_some_and(|h| same_place(&h, &stay.held));
            let stays = self.stays[i].as_ref().is_some_and(same) && !(retired && i == last);
            if !stays && let Some(mut stay) = self.stays[i].take() {
                // The next stage may know what it is.
                let known = now.iter().flatten().find(|h| same_place(h, &stay.held)).and_then(|h| h.opcode);
                stay.held.opcode = stay.held.opcode.or(known);
                self.end(session, i, stay)?;
            }
            let Some(held) = held else { continue };
            match &mut self.stays[i] {
                None => self.stays[i] = Some(Stay { held: *held, since: self.clock, stall: None }),
                Some(stay) => {
                    stay.held.opcode = stay.held.opcode.or(held.opcode);
                    let over = stay.stall.filter(|(why, _)| *why != held.stall);
                    if stay.stall.is_none() || over.is_some() {
                        stay.stall = (!held.stall.is_empty()).then_some((held.stall, self.clock));
                    }
                    self.stall(i, over)?;
                }
            }
        }
        Ok(())
    }

    fn stall(&mut self, tid: usize, stall: Option<(&'static str, u64)>) -> io::Result<()> {
        let Some((name, ts)) = stall else { return Ok(()) };
        self.event(&Event { name, ph: "X", ts, dur: Some(self.clock - ts), pid: PROCESS, tid, args: Map::new() })
    }

    fn end<S: Session>(&mut self, session: &S, tid: usize, stay: Stay) -> io::Result<()> {
        self.stall(tid, stay.stall)?;
        let Held { pc, segment, opcode, .. } = stay.held;
        let retire = Retire { pc, segment, opcode: opcode.unwrap_or(0), ..Retire::default() };
        let fetched = || session.fetched(segment, pc).unwrap_or_else(|| format!("the instruction at {pc}"));
        let name = if opcode.is_some() { session.instruction(&retire) } else { fetched() };
        let mut args = Map::new();
        args.insert("pc".into(), pc.into());
        let place = session.place(&retire);
        if !place.is_empty() {
            args.insert("where".into(), place.into());
        }
        let dur = Some(self.clock - stay.since);
        self.event(&Event { name: &name, ph: "X", ts: stay.since, dur, pid: PROCESS, tid, args })
    }

    fn curves(&mut self, now: Vec<(&'static str, u64)>) -> io::Result<()> {
        for (i, (name, value)) in now.iter().enumerate() {
            if self.curves.get(i) != Some(&(*name, *value)) {
                let args = Map::from_iter([((*name).to_string(), Value::from(*value))]);
                self.event(&Event { name, ph: "C", ts: self.clock, dur: None, pid: PROCESS, tid: 0, args })?;
            }
        }
        self.curves = now;
        Ok(())
    }
}
