// SPDX-License-Identifier: MIT OR Apache-2.0
//! The frame of one method: where arguments and locals go.

use super::params::FRAME_MAX;

/// What `.arg`, `.local`, `args=` and `frame=` add up to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Frame {
    /// The method's code offset.
    pub start: usize,
    pub args_given: Option<usize>,
    pub frame_given: Option<usize>,
    /// A `.local` was seen.
    pub locals: bool,
    /// It exceeds the limit, which was reported.
    pub full: bool,
    args_end: usize,
    end: usize,
}

impl Frame {
    /// Argument bytes.
    pub(super) fn args(&self) -> usize {
        self.args_given.unwrap_or(self.args_end)
    }

    /// Frame bytes.
    pub(super) fn bytes(&self) -> usize {
        self.frame_given.unwrap_or(self.end.max(self.args()))
    }

    /// Reserves 1 to 2,048 bytes, aligned, and gives their offset; `None` (and full) if they do
    /// not fit. Locals start after the arguments, those of `args=` included.
    pub(super) fn reserve(&mut self, arg: bool, bytes: usize) -> Option<usize> {
        let alignment = (1 << bytes.ilog2()).min(8);
        let from = if arg { self.args_end } else { self.end.max(self.args()) };
        let offset = usize::next_multiple_of(from, alignment);
        if offset + bytes > FRAME_MAX {
            self.full = true;
            return None;
        }
        self.end = offset + bytes;
        if arg {
            self.args_end = self.end;
        }
        Some(offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_follow_the_alignment_rule() {
        let mut frame = Frame::default();
        let offsets = [1, 2, 3, 8, 12].map(|bytes| frame.reserve(true, bytes));
        assert_eq!(offsets, [0, 2, 4, 8, 16].map(Some));
        assert_eq!((frame.args(), frame.bytes()), (28, 28));
        assert_eq!([1, 4, 9].map(|bytes| frame.reserve(false, bytes)), [28, 32, 40].map(Some));
        assert_eq!((frame.args(), frame.bytes()), (28, 49));
        assert_eq!(frame.reserve(false, 1992), Some(56));
        assert_eq!(frame.reserve(false, 1), None);
    }

    #[test]
    fn given_sizes_override_the_sums() {
        let mut frame = Frame { args_given: Some(16), ..Frame::default() };
        assert_eq!(frame.bytes(), 16);
        assert_eq!(frame.reserve(false, 8), Some(16));
        frame.frame_given = Some(4);
        assert_eq!((frame.args(), frame.bytes()), (16, 4));
    }
}
