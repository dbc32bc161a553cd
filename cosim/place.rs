// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where a call ended that did not return: the methods that were active, and what it was about.

use std::fmt;

use serde::Serialize;

/// Methods that are shown of a deep recursion: the innermost ones, and the first ones.
const INNERMOST: usize = 12;
const FIRST: usize = 4;

/// An active method: where it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Frame {
    /// Whose code it is, for machines that have several.
    pub application: Option<u64>,
    /// The name that the scenario gives it.
    #[serde(rename = "application_name")]
    pub name: Option<String>,
    /// The method, if the source is known.
    pub method: Option<String>,
    /// Address of the instruction, in an invoker that of its invocation.
    pub pc: u64,
    /// Source file, where it is not the application's own.
    pub file: Option<String>,
    /// Source line.
    pub line: Option<u32>,
    /// The instruction.
    pub instruction: String,
    /// The macros that made it, the innermost first, and where each is called, for machines that know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub macros: Vec<String>,
}

/// Where a call ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The page, method, limit or operands concerned.
    pub concerns: Option<String>,
    /// The active methods, the innermost first; none if the call did not begin.
    pub frames: Vec<Frame>,
    /// Active methods that `frames` leaves out, in front of its last four.
    pub left_out: usize,
}

impl Place {
    /// A place in these methods, of which there may be too many to show.
    pub fn new<T>(concerns: Option<String>, sites: &[T], frame: impl Fn(&T) -> Frame) -> Place {
        let left_out = sites.len().saturating_sub(INNERMOST + FIRST);
        let (inner, rest) = sites.split_at(sites.len().min(INNERMOST));
        let frames = inner.iter().chain(&rest[left_out..]).map(frame).collect();
        Place { concerns, frames, left_out }
    }

    /// The innermost method, and what it was about.
    fn short(&self) -> String {
        let at = self.frames.first().map(|frame| format!("at {frame}"));
        at.into_iter().chain(self.concerns.clone()).collect::<Vec<_>>().join(": ")
    }

    /// A line for each method.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.short()];
        for (i, frame) in self.frames.iter().enumerate().skip(1) {
            if self.left_out > 0 && i == INNERMOST {
                lines.push(format!("... {} more", self.left_out));
            }
            lines.push(format!("from {frame}"));
        }
        lines
    }

    /// Says in a missed outcome where it came from.
    pub fn explain(&self, missed: &mut [String]) {
        let outcome = missed.iter_mut().find(|m| m.starts_with("outcome:"));
        if let Some(outcome) = outcome.filter(|_| *self != Place::default()) {
            *outcome += &format!(", {}", self.lines().join("; "));
        }
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(application) = self.application {
            write!(f, "{application} ")?;
        }
        if let Some(name) = &self.name {
            write!(f, "({name}) ")?;
        }
        if let Some(method) = &self.method {
            write!(f, "{method} ")?;
        }
        write!(f, "pc {}", self.pc)?;
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, ", {file} line {line}")?,
            (None, Some(line)) => write!(f, ", line {line}")?,
            _ => {}
        }
        write!(f, ", `{}`", self.instruction)?;
        self.macros.iter().try_for_each(|call| write!(f, ", {call}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Frame, Place};

    #[test]
    fn of_a_deep_recursion_both_ends_are_shown() {
        let frame = |pc: &u64| Frame { pc: *pc, instruction: "call".into(), ..Frame::default() };
        let sites: Vec<u64> = (0..100).collect();
        let place = Place::new(Some("the limit".into()), &sites, frame);
        let lines = place.lines();
        assert_eq!((place.left_out, place.frames.len(), lines.len()), (84, 16, 17));
        assert_eq!(lines[0], "at pc 0, `call`: the limit");
        assert_eq!((lines[12].as_str(), lines[13].as_str()), ("... 84 more", "from pc 96, `call`"));
        assert_eq!(Place::new(None, &sites[..16], frame).left_out, 0);
        assert_eq!(Place::new(Some("nobody".into()), &[], frame).lines(), ["nobody"]);
    }
}
