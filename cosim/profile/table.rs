// SPDX-License-Identifier: MIT OR Apache-2.0
//! A profile on a terminal: tables of the most expensive, and the annotated listing.

use std::fmt::Write as _;

use super::{Causes, Line, Profile, dominant, full_name};
use crate::regress::report::counted;

/// Widest name in a column.
const NAME: usize = 36;

/// The tables, with at most `top` rows each.
pub fn tables(p: &Profile, top: usize) -> String {
    let mut s = format!("{}\n", headline(p));
    causes(p, &mut s);
    opcodes(p, top, &mut s);
    methods(p, top, &mut s);
    call_sites(p, top, &mut s);
    lines(p, top, &mut s);
    trimmed(&s)
}

/// Without what empty columns leave at the ends of lines.
fn trimmed(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// What was profiled, in one line.
pub fn headline(p: &Profile) -> String {
    let what = match &p.scenarios[..] {
        [one] => one.clone(),
        several => format!("{} scenarios", several.len()),
    };
    let per = p.instructions as f64 / p.cycles.max(1) as f64;
    let (calls, instructions) = (counted(p.calls, "call"), counted(p.instructions, "instruction"));
    let cycles = counted(p.cycles, "cycle");
    format!("{what}: {calls}, {instructions}, {cycles}, {per:.3} instructions per cycle")
}

fn causes(p: &Profile, s: &mut String) {
    let _ = writeln!(s, "\n{:<NAME$} {:>10} {:>7}", "cause", "cycles", "share");
    for name in &p.cause_names {
        if let Some(n) = p.causes.get(name) {
            let _ = writeln!(s, "{name:<NAME$} {n:>10} {:>6.1}%", p.share(*n));
        }
    }
}

fn opcodes(p: &Profile, top: usize, s: &mut String) {
    let _ = writeln!(
        s,
        "\n{:<NAME$} {:>10} {:>10} {:>7} {:>6} {:>6} {:>6}  lost to",
        "opcode", "count", "cycles", "share", "min", "median", "max"
    );
    for o in p.opcodes.iter().take(top) {
        let (name, share, lost) = (cut(&o.name), p.share(o.cycles), lost(p, &o.causes));
        let _ = writeln!(
            s,
            "{name:<NAME$} {:>10} {:>10} {share:>6.1}% {:>6} {:>6} {:>6}  {lost}",
            o.count, o.cycles, o.min, o.median, o.max
        );
    }
    more(p.opcodes.len(), top, s);
}

fn methods(p: &Profile, top: usize, s: &mut String) {
    let _ = writeln!(
        s,
        "\n{:<NAME$} {:>10} {:>10} {:>7} {:>10} {:>7}  lost to",
        "method", "calls", "self", "share", "inclusive", "share"
    );
    for m in p.methods.iter().take(top) {
        let (name, lost) = (cut(&full_name(&m.application, &m.name)), lost(p, &m.causes));
        let (own, inclusive) = (p.share(m.cycles), p.share(m.inclusive));
        let _ = writeln!(
            s,
            "{name:<NAME$} {:>10} {:>10} {own:>6.1}% {:>10} {inclusive:>6.1}%  {lost}",
            m.calls, m.cycles, m.inclusive
        );
    }
    more(p.methods.len(), top, s);
}

fn call_sites(p: &Profile, top: usize, s: &mut String) {
    if p.call_sites.is_empty() {
        return;
    }
    let _ = writeln!(s, "\n{:<NAME$} {:>10} {:>10} {:>7}  calls", "call site", "count", "inclusive", "share");
    for c in p.call_sites.iter().take(top) {
        let at = if c.line > 0 { format!("line {}", c.line) } else { format!("pc {}", c.pc) };
        let (place, share) = (cut(&format!("{} {at}", c.caller)), p.share(c.inclusive));
        let _ = writeln!(s, "{place:<NAME$} {:>10} {:>10} {share:>6.1}%  {}", c.calls, c.inclusive, c.callee);
    }
    more(p.call_sites.len(), top, s);
}

fn lines(p: &Profile, top: usize, s: &mut String) {
    let mut lines: Vec<&Line> = p.lines.iter().collect();
    lines.sort_by_key(|l| std::cmp::Reverse(l.cycles));
    let _ = writeln!(s, "\n{:<NAME$} {:>10} {:>10} {:>7}  lost to", "line", "count", "cycles", "share");
    for l in lines.iter().take(top) {
        let (place, share, lost) = (cut(&place(p, l)), p.share(l.cycles), lost(p, &l.causes));
        let _ = writeln!(s, "{place:<NAME$} {:>10} {:>10} {share:>6.1}%  {lost}", l.count, l.cycles);
    }
    more(p.lines.len(), top, s);
}

/// Application, line and text; the file, too, if the application has lines of several.
fn place(p: &Profile, l: &Line) -> String {
    let text = l.text.split(';').next().unwrap_or("").trim();
    let another = |o: &&Line| o.line > 0 && o.application == l.application && o.file != l.file;
    let at = match (l.line, p.lines.iter().find(another)) {
        (0, _) if [super::START, super::END].contains(&l.text.as_str()) => String::new(),
        (0, _) => format!("@{}: ", l.pc),
        (line, None) => format!("{line}: "),
        (line, Some(_)) => format!("{}:{line}: ", l.file.rsplit('/').next().unwrap_or(&l.file)),
    };
    let application = if l.application.is_empty() { String::new() } else { format!("{}:", l.application) };
    format!("{application}{at}{text}")
}

/// The cause with the most lost cycles, and how many of all they are.
fn lost(p: &Profile, causes: &Causes) -> String {
    dominant(p, causes).map_or_else(String::new, |(name, n)| format!("{name} {n}"))
}

fn more(rows: usize, top: usize, s: &mut String) {
    if rows > top {
        let _ = writeln!(s, "... and {} more; --top N prints more of them", rows - top);
    }
}

fn cut(name: &str) -> String {
    if name.chars().count() <= NAME { name.into() } else { name.chars().take(NAME - 1).chain(['…']).collect() }
}

/// The listing: every line of the sources that was reached, with what it cost.
pub fn listing(p: &Profile) -> String {
    let mut s = String::new();
    let mut of = None;
    for l in p.lines.iter().filter(|l| ![super::START, super::END].contains(&l.text.as_str())) {
        if of != Some((&l.application, &l.file)) {
            of = Some((&l.application, &l.file));
            let name = if l.file.is_empty() { "(no source)" } else { &l.file };
            let application =
                if l.application.is_empty() { String::new() } else { format!(", application {}", l.application) };
            let _ = writeln!(s, "{}{name}{application}", if s.is_empty() { "" } else { "\n" });
            let _ =
                writeln!(s, "{:>7} {:>10} {:>10} {:>7} {:<12} source", "line", "count", "cycles", "share", "lost to");
        }
        let at = if l.line > 0 { l.line.to_string() } else { format!("@{}", l.pc) };
        let lost = dominant(p, &l.causes).map_or("", |(name, _)| name);
        let (count, cycles, share) = (l.count, l.cycles, p.share(l.cycles));
        let _ = writeln!(s, "{at:>7} {count:>10} {cycles:>10} {share:>6.1}% {lost:<12} {}", l.text.trim_end());
    }
    s
}
