// SPDX-License-Identifier: MIT OR Apache-2.0
//! Texts in UTF-8: where one ends that is none.

use std::fmt;

/// Where bytes stop being UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoText {
    /// Line, from 1.
    pub line: usize,
    /// Character of the line, from 1, as editors count.
    pub column: usize,
    /// Byte of the line, from 1.
    pub byte: usize,
}

/// The bytes as text.
///
/// # Errors
/// They are none.
pub fn text(bytes: Vec<u8>) -> Result<String, NoText> {
    String::from_utf8(bytes).map_err(|e| {
        let (good, _) = e.as_bytes().split_at(e.utf8_error().valid_up_to());
        let start = good.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
        let characters = good[start..].iter().filter(|b| **b & 0xc0 != 0x80).count();
        NoText {
            line: good.iter().filter(|b| **b == b'\n').count() + 1,
            column: characters + 1,
            byte: good.len() - start + 1,
        }
    })
}

impl fmt::Display for NoText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no UTF-8 text from line {}, byte {} on", self.line, self.byte)
    }
}

#[cfg(test)]
mod tests {
    use super::{NoText, text};

    #[test]
    fn the_place_is_told_in_characters_and_in_bytes() {
        assert_eq!(text("é\n".into()).as_deref(), Ok("é\n"));
        let place = |bytes: &[u8]| text(bytes.to_vec()).map_err(|e| (e.line, e.column, e.byte));
        assert_eq!(place(b"\xff"), Err((1, 1, 1)));
        assert_eq!(place("a\n é".as_bytes().split_last().map(|s| s.1).unwrap_or_default()), Err((2, 2, 2)));
        assert_eq!(place(&["a\né ".as_bytes(), b"\xc0\n"].concat()), Err((2, 3, 4)));
        let none = NoText { line: 2, column: 3, byte: 4 };
        assert_eq!(none.to_string(), "no UTF-8 text from line 2, byte 4 on");
    }
}
