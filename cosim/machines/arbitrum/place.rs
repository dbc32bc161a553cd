// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where a run of the machine ended, with the names of its source.

use avm_sim::arbitrum::asm::{Line, Symbols};
use avm_sim::arbitrum::interp::{Cause, End, Machine};

use super::scenario::Scenario;
use super::{MADE, pipeline};
use crate::place::{Frame, Place};

/// Where the interpreter's run ended; `None` if it halted, or is not over.
pub fn of(scenario: &Scenario, machine: &mut Machine) -> Option<Box<Place>> {
    // A step that found no message or no room finds none again, and nothing happens.
    let concerns = match machine.run(1) {
        End::Halted | End::Steps => return None,
        // It has no instruction: which one led there is not kept.
        End::ErrorStop if machine.pc() == scenario.load.words => {
            "the program came to its end, or jumped to the error CodePoint"
        }
        End::ErrorStop => machine.stopped_by().map_or("an error", because),
        End::Blocked => "the inbox has no message left",
        End::Capacity(full) => return Some(placed(scenario, machine, format!("no room: {}", full.name()))),
    };
    Some(placed(scenario, machine, concerns.into()))
}

fn placed(scenario: &Scenario, machine: &Machine, concerns: String) -> Box<Place> {
    let at = frame(scenario, machine.pc(), machine.opcode());
    Box::new(Place { concerns: Some(concerns), frames: vec![at], left_out: 0 })
}

/// An error in words.
fn because(cause: Cause) -> &'static str {
    match cause {
        Cause::Underflow => "too few values on a stack",
        Cause::Gas => "less gas than the instruction costs",
        Cause::Opcode => "no instruction has this opcode",
        Cause::Type => "an operand of a wrong type",
        Cause::Value => "an operand of a wrong value",
        Cause::Raised => "the program raised it",
    }
}

/// An instruction, by its word as the interpreter numbers it, and where it is.
fn frame(scenario: &Scenario, word: u32, opcode: u8) -> Frame {
    let pc = scenario.load.index(word).into();
    let instruction = match scenario.instruction(word) {
        Some(text) => text,
        None if word == scenario.load.words => "errcp".into(),
        None => pipeline::name(opcode).into(),
    };
    let made = word > scenario.load.words;
    let mut frame = Frame { pc, instruction, method: made.then(|| MADE.into()), ..Frame::default() };
    if let Some(symbols) = scenario.symbols.as_ref().filter(|_| word < scenario.load.words) {
        frame.method = symbols.routine_at(word).map(|(name, _)| name.into());
        if let Some(line) = symbols.line_at(word) {
            frame.line = Some(line.line);
            frame.file = (!own(symbols, line)).then(|| line.file.into());
        }
        frame.macros = macros(symbols, word);
    }
    frame
}

/// The line is of the source itself, not of a file that it includes.
fn own(symbols: &Symbols, line: Line<'_>) -> bool {
    symbols.files().first().is_some_and(|own| own == line.file)
}

/// A line in words: `line 4`, `line 4 of lib.inc`.
pub fn line(symbols: &Symbols, line: Line<'_>) -> String {
    match own(symbols, line) {
        true => format!("line {}", line.line),
        false => format!("line {} of {}", line.line, line.file),
    }
}

/// The macros that made a word, the innermost first, and where each is called: ``"`twice` of line 4"``.
pub fn macros(symbols: &Symbols, word: u32) -> Vec<String> {
    symbols.calls_at(word).map(|(name, at)| format!("`{name}` of {}", line(symbols, at))).collect()
}
