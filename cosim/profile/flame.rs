// SPDX-License-Identifier: MIT OR Apache-2.0
//! A flame graph as SVG: stacks of methods from the bottom up, as wide as their cycles. Names that do not fit are cut;
//! the whole name, the cycles and their share are what a pointer shows.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Profile;
use crate::regress::page::Safe;

/// Width of the picture.
const WIDTH: f64 = 1200.0;
/// Height of a frame.
const HEIGHT: usize = 18;
/// Width of a letter.
const LETTER: f64 = 6.6;
/// Frames that are narrower are left out: nobody sees them.
const NARROWEST: f64 = 0.1;
/// Rows of a picture: deeper frames are left out.
const DEEPEST: usize = 128;

/// A method on a stack.
#[derive(Default)]
struct Frame<'a> {
    cycles: u64,
    above: BTreeMap<&'a str, Frame<'a>>,
}

impl Frame<'_> {
    fn height(&self) -> usize {
        1 + self.above.values().map(Frame::height).max().unwrap_or(0)
    }
}

/// The picture.
pub fn svg(p: &Profile) -> String {
    let mut all = Frame::default();
    for stack in &p.stacks {
        all.cycles += stack.cycles;
        let mut frame = &mut all;
        for name in stack.frames.iter().take(DEEPEST) {
            frame = frame.above.entry(name).or_default();
            frame.cycles += stack.cycles;
        }
    }
    let rows = all.height();
    let height = rows * HEIGHT + 2;
    let mut s = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"monospace\" \
         font-size=\"11\">\n<style>.frame:hover rect {{ stroke: #000; }} .frame text {{ pointer-events: none; }}</style>\n"
    );
    draw(p, "all", &all, (0.0, WIDTH), rows - 1, &mut s);
    s.push_str("</svg>\n");
    s
}

/// A frame and what is above it, in a row counted from the top.
fn draw(p: &Profile, name: &str, frame: &Frame<'_>, (x, width): (f64, f64), row: usize, s: &mut String) {
    let (y, share) = (row * HEIGHT + 1, p.share(frame.cycles));
    let letters = ((width - 6.0) / LETTER).max(0.0) as usize;
    let shown: String = match name.chars().count() {
        _ if letters < 3 => String::new(),
        n if n <= letters => name.into(),
        _ => name.chars().take(letters - 1).chain(['…']).collect(),
    };
    let _ = writeln!(
        s,
        "<g class=\"frame\"><title>{}: {} cycles, {share:.2} %</title>\
         <rect x=\"{x:.2}\" y=\"{y}\" width=\"{width:.2}\" height=\"{}\" fill=\"{}\" rx=\"1\"/>\
         <text x=\"{:.2}\" y=\"{}\" fill=\"#1b1f26\">{}</text></g>",
        Safe(name),
        frame.cycles,
        HEIGHT - 1,
        colour(name),
        x + 3.0,
        y + 12,
        Safe(shown)
    );
    let mut at = x;
    for (name, above) in &frame.above {
        let wide = width * above.cycles as f64 / frame.cycles.max(1) as f64;
        if wide >= NARROWEST && row > 0 {
            draw(p, name, above, (at, wide), row - 1, s);
        }
        at += wide;
    }
}

/// A warm colour that is always the same for a name.
fn colour(name: &str) -> String {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193));
    format!("hsl({} 80% {}%)", 10 + hash % 45, 62 + hash / 64 % 14)
}
