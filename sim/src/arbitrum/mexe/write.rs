// SPDX-License-Identifier: MIT OR Apache-2.0
//! Writes images as `.mexe`: one instruction per line, values as the reader takes them (rules, "Images").

use std::fmt::Write;

use super::Image;
use crate::arbitrum::value::Value;

impl Image {
    /// The text of a `.mexe` file that reads as this image. CodePoints of nothing are written as 2^64 - 1, Buffers
    /// without the zeros at their end.
    pub fn to_text(&self) -> String {
        let last = self.code.len() as u32;
        let mut out = String::from("{\"version\": 2, \"extensions\": [], \"static_val\": ");
        value(&self.static_value, last, &mut out);
        out.push_str(", \"code\": [");
        for (word, instruction) in self.code.iter().enumerate() {
            let comma = if word > 0 { "," } else { "" };
            let _ = write!(out, "{comma}\n  {{\"opcode\": {}, \"immediate\": ", instruction.opcode);
            match &instruction.immediate {
                None => out.push_str("null"),
                Some(immediate) => value(immediate, last, &mut out),
            }
            out.push('}');
        }
        out.push_str("\n]}\n");
        out
    }
}

fn value(of: &Value, last: u32, out: &mut String) {
    let _ = match of {
        Value::Int(n) => write!(out, "{{\"Int\": \"{n:x}\"}}"),
        Value::Code(word) => {
            let index = if *word >= last { u64::MAX } else { u64::from(*word) };
            write!(out, "{{\"CodePoint\": {{\"Internal\": {index}}}}}")
        }
        Value::Buffer(buffer) => {
            // Images write Buffers out: their bytes were in a file or in a source once.
            let bytes = buffer.prefix(buffer.last().map_or(0, |last| last as usize + 1));
            let digits: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
            write!(out, "{{\"Buffer\": \"{digits}\"}}")
        }
        Value::Tuple(slots) => {
            out.push_str("{\"Tuple\": [");
            for (index, slot) in slots.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                value(slot, last, out);
            }
            out.push_str("]}");
            Ok(())
        }
    };
}
