// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pipeline logs for the viewer Konata, in its format Kanata 0004: which instruction was in which stage in which
//! cycle, made from the packed probes of one side. Knows no machine: a [`Session`] says what its stages hold.
//!
//! An instruction begins where it is first seen (mostly in fetch), goes through the stages of `Session::STAGES`, and
//! then, for the cycle in which its retire record shows, through [`RETIRED`] or the stage in which it still works.
//! A cycle in which it stays where it was is a stall on lane 1, with its cause. What leaves without a retire record is
//! flushed.

use std::io::{self, Write};
use std::marker::PhantomData;
use std::path::Path;

use avm_sim::trace::{Layout, Retire};

use crate::lockstep::view::{Held, Late};
use crate::lockstep::{Options, Run, Session};
use crate::output::write_with;

/// Stage of the cycle in which an instruction's retire record shows.
pub const RETIRED: &str = "R";

/// An instruction that is in the log and not over.
struct Instruction {
    id: u64,
    held: Held,
    stage: &'static str,
    stall: &'static str,
    labelled: bool,
}

/// Retire id of the n-th instruction that retires in a log.
pub type Ids = Box<dyn Fn(u64) -> u64>;

/// A log that is being written, one clock after the other.
pub struct Konata<S: Session, W: Write> {
    out: W,
    ids: Ids,
    /// Instructions retired before the log, from reset.
    base: u64,
    /// Clocks that no command was written for yet.
    pending: u64,
    begun: u64,
    retired: u64,
    held: Vec<Option<Instruction>>,
    /// Retired, and its retire id.
    late: Vec<(Instruction, u64)>,
    machine: PhantomData<fn() -> S>,
}

impl<S: Session, W: Write> Konata<S, W> {
    /// A log that begins with clock `first`, after `base` instructions retired.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn new(mut out: W, first: u64, base: u64, ids: Ids) -> io::Result<Konata<S, W>> {
        write!(out, "Kanata\t0004\nC=\t{first}\n")?;
        let held = S::STAGES.iter().map(|_| None).collect();
        let (late, machine) = (Vec::new(), PhantomData);
        Ok(Konata { out, ids, base, pending: 0, begun: 0, retired: 0, held, late, machine })
    }

    /// The next clock, as a side's packed probe shows it.
    ///
    /// # Errors
    /// The log cannot be written.
    pub fn clock(&mut self, session: &S, layout: &Layout, words: &[u64]) -> io::Result<()> {
        let mut now: Vec<Option<Held>> = vec![None; self.held.len()];
        let late = S::pipeline(layout, words, &mut now);
        self.settle(late)?;
        let before = std::mem::take(&mut self.held);
        self.held = self.advance(session, before, &now, S::retired(layout, words), late)?;
        self.pending += 1;
        Ok(())
    }

    /// Ends what is retired; what is still in the pipeline stays open. Instructions retired.
    ///
    /// # Errors
    /// The log cannot be written.
    pub fn finish(mut self) -> io::Result<u64> {
        self.settle(Late::Over)?;
        self.tick()?;
        self.out.flush()?;
        Ok(self.retired)
    }

    /// Ends what retired in an earlier clock and does not work on.
    fn settle(&mut self, late: Late) -> io::Result<()> {
        let keep = usize::from(late == Late::Continues).min(self.late.len());
        let over = self.late.len() - keep;
        for (mut instruction, id) in self.late.drain(..over).collect::<Vec<_>>() {
            self.end(&mut instruction, id, 0)?;
        }
        Ok(())
    }

    /// What the stages held `before` goes on to where it is `now`, from the last stage to the first.
    fn advance(
        &mut self,
        session: &S,
        before: Vec<Option<Instruction>>,
        now: &[Option<Held>],
        retire: Option<Retire>,
        late: Late,
    ) -> io::Result<Vec<Option<Instruction>>> {
        let mut after: Vec<Option<Instruction>> = now.iter().map(|_| None).collect();
        // Whether the stage behind this one may have taken a new instruction.
        let mut room = false;
        for (i, old) in before.into_iter().enumerate().rev() {
            let is_last = i + 1 == now.len();
            let Some(old) = old else {
                if let Some(r) = retire.filter(|_| is_last) {
                    self.retire(session, None, &r, late)?;
                }
                room = true;
                continue;
            };
            let went_on = !is_last && room && after[i + 1].is_none() && now[i + 1].is_some_and(|n| n.pc == old.held.pc);
            room = true;
            if let Some(r) = retire.filter(|_| is_last) {
                self.retire(session, Some(old), &r, late)?;
            } else if went_on {
                after[i + 1] = Some(old);
            } else if now[i].is_some_and(|n| n.pc == old.held.pc && (!is_last || n.opcode == old.held.opcode)) {
                after[i] = Some(old);
                room = false;
            } else {
                self.flush(session, old)?;
            }
        }
        for (i, slot) in after.iter_mut().enumerate().rev() {
            let Some(held) = now[i] else { continue };
            let mut instruction = match slot.take() {
                Some(old) => old,
                None => self.begin(held)?,
            };
            self.hold(session, &mut instruction, held, S::STAGES[i])?;
            *slot = Some(instruction);
        }
        Ok(after)
    }

    fn begin(&mut self, held: Held) -> io::Result<Instruction> {
        let id = self.begun;
        self.begun += 1;
        self.command(format_args!("I\t{id}\t{id}\t0"))?;
        Ok(Instruction { id, held, stage: "", stall: "", labelled: false })
    }

    /// An instruction is in a stage, since this clock or before.
    fn hold(&mut self, session: &S, instruction: &mut Instruction, held: Held, stage: &'static str) -> io::Result<()> {
        let stays = instruction.stage == stage;
        self.stall(instruction, if stays { held.stall } else { "" })?;
        instruction.held = held;
        if !stays {
            self.stage(instruction, stage)?;
        }
        if held.opcode.is_some() { self.label(session, instruction) } else { Ok(()) }
    }

    /// Ends the stage that an instruction is in, and begins another unless that is empty.
    fn stage(&mut self, instruction: &mut Instruction, stage: &'static str) -> io::Result<()> {
        let (id, old) = (instruction.id, instruction.stage);
        if !old.is_empty() {
            self.command(format_args!("E\t{id}\t0\t{old}"))?;
        }
        instruction.stage = stage;
        if stage.is_empty() { Ok(()) } else { self.command(format_args!("S\t{id}\t0\t{stage}")) }
    }

    fn stall(&mut self, instruction: &mut Instruction, cause: &'static str) -> io::Result<()> {
        let (id, old) = (instruction.id, instruction.stall);
        if old == cause {
            return Ok(());
        }
        instruction.stall = cause;
        if !old.is_empty() {
            self.command(format_args!("E\t{id}\t1\t{old}"))?;
        }
        if cause.is_empty() { Ok(()) } else { self.command(format_args!("S\t{id}\t1\t{cause}")) }
    }

    /// Address and instruction in the left pane, method and source line beside the pointer; once.
    fn label(&mut self, session: &S, instruction: &mut Instruction) -> io::Result<()> {
        if std::mem::replace(&mut instruction.labelled, true) {
            return Ok(());
        }
        let (id, held) = (instruction.id, instruction.held);
        let Some(opcode) = held.opcode else {
            let text = session.fetched(held.segment, held.pc).unwrap_or_else(|| "?".into());
            return self.command(format_args!("L\t{id}\t0\t{}: {}", held.pc, one_line(&text)));
        };
        let retire = Retire { pc: held.pc, segment: held.segment, opcode, ..Retire::default() };
        let text = one_line(&session.instruction(&retire));
        self.command(format_args!("L\t{id}\t0\t{}: {text}", held.pc))?;
        self.command(format_args!("L\t{id}\t1\t{}", one_line(&session.place(&retire))))
    }

    /// A retire record shows: of what was in the last stage, or of something that was not seen.
    fn retire(&mut self, session: &S, of: Option<Instruction>, r: &Retire, late: Late) -> io::Result<()> {
        let held = Held { pc: r.pc, segment: r.segment, opcode: Some(r.opcode), stall: "" };
        let mut instruction = match of {
            Some(instruction) => instruction,
            None => self.begin(held)?,
        };
        self.label(session, &mut instruction)?;
        self.stall(&mut instruction, "")?;
        let stage = if let Late::Begins(stage) = late { stage } else { RETIRED };
        self.stage(&mut instruction, stage)?;
        let results: Vec<_> = r.results_text().into_iter().map(|v| format!(" {v}")).collect();
        let meter = r.meter_after.map_or_else(String::new, |m| format!(", fuel after {m}"));
        let exception = S::exception(r.exception);
        let exception = if exception.is_empty() { String::new() } else { format!(", {exception}") };
        // `\n` in two characters is a new line in the viewer.
        self.command(format_args!(
            "L\t{}\t1\t\\nnumber {} from reset{meter}{exception}{}",
            instruction.id,
            self.base + self.retired,
            if results.is_empty() { String::new() } else { format!(", results{}", results.concat()) },
        ))?;
        self.late.push((instruction, (self.ids)(self.retired)));
        self.retired += 1;
        Ok(())
    }

    fn flush(&mut self, session: &S, mut instruction: Instruction) -> io::Result<()> {
        self.label(session, &mut instruction)?;
        let id = (self.ids)(self.retired);
        self.end(&mut instruction, id, 1)
    }

    fn end(&mut self, instruction: &mut Instruction, retire_id: u64, kind: u8) -> io::Result<()> {
        self.stall(instruction, "")?;
        self.stage(instruction, "")?;
        self.command(format_args!("R\t{}\t{retire_id}\t{kind}", instruction.id))
    }

    fn command(&mut self, text: std::fmt::Arguments<'_>) -> io::Result<()> {
        self.tick()?;
        writeln!(self.out, "{text}")
    }

    /// Brings the log's time up to date.
    fn tick(&mut self) -> io::Result<()> {
        match std::mem::take(&mut self.pending) {
            0 => Ok(()),
            clocks => writeln!(self.out, "C\t{clocks}"),
        }
    }
}

/// Writes the log of a whole run, complete or not at all: the model's, which is the RTL's where they agree.
/// Instructions retired.
///
/// # Errors
/// The file cannot be written.
pub fn whole<S: Session>(session: S, file: &Path) -> io::Result<u64> {
    write_with(file, |out| {
        let mut run = Run::new(session, Options { rtl: false, ..Options::default() });
        let mut log = Konata::<S, _>::new(out, 0, 0, Box::new(|n| n))?;
        let mut words = vec![0; run.layout.words()];
        while !run.session.finished() {
            run.clock_apart(&mut words, &mut []);
            log.clock(&run.session, &run.layout, &words)?;
        }
        log.finish()
    })
}

/// Columns are separated by tabs.
fn one_line(text: &str) -> String {
    text.replace(['\t', '\n', '\r'], " ")
}
