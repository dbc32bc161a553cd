// SPDX-License-Identifier: MIT OR Apache-2.0
//! A profile as one page that needs nothing else: charts, a flame graph, and tables that sort.

use std::fmt::Write as _;

use super::{Causes, Profile, dominant, flame, full_name, table};
use crate::regress::page::Safe;

const STYLES: [&str; 2] = [include_str!("../regress/page.css"), include_str!("page.css")];
const SCRIPT: &str = include_str!("page.js");
/// Colours that tell causes apart; the last one is for all that come after.
const COLOURS: usize = 12;
/// Rows of a table: a browser takes its time with more.
const ROWS: usize = 5_000;

/// A cell of a table.
enum Cell<'a> {
    /// Text.
    Text(String),
    /// A number.
    Number(u64),
    /// A part of all cycles.
    Share(u64),
    /// Cycles by cause, as a bar.
    Bar(u64, &'a Causes),
}

/// The page.
pub fn page(p: &Profile) -> String {
    let mut s = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\
         <title>avm profile: {cycles} cycles</title><style>\n{}</style></head><body>\n\
         <header class=\"good\"><h1>{}</h1></header>\n",
        STYLES.concat(),
        Safe(table::headline(p)),
        cycles = p.cycles,
    );
    facts(p, &mut s);
    causes(p, &mut s);
    let _ = write!(s, "<h2>Stacks of methods</h2>\n<div class=\"flame\">\n{}</div>\n", flame::svg(p));
    opcodes(p, &mut s);
    methods(p, &mut s);
    call_sites(p, &mut s);
    lines(p, &mut s);
    let _ = write!(
        s,
        "<footer>avm {} profile of the machine {}</footer>\n<script>\n//<![CDATA[\n{SCRIPT}//]]>\n</script></body></html>\n",
        env!("CARGO_PKG_VERSION"),
        Safe(&p.machine)
    );
    s
}

fn facts(p: &Profile, s: &mut String) {
    s.push_str("<dl class=\"facts\">");
    let per = p.instructions as f64 / p.cycles.max(1) as f64;
    for (name, value) in [
        ("cycles", p.cycles.to_string()),
        ("instructions", p.instructions.to_string()),
        ("instructions per cycle", format!("{per:.3}")),
        ("calls", p.calls.to_string()),
        ("scenarios", p.scenarios.len().to_string()),
    ] {
        let _ = write!(s, "<div><dt>{name}</dt><dd>{value}</dd></div>");
    }
    s.push_str("</dl>\n");
}

/// Number of a cause's colour.
fn colour(p: &Profile, cause: &str) -> usize {
    // Those that matter here get the colours: causes are many, and most pages have few.
    let mut seen: Vec<_> = p.cause_names.iter().filter(|n| p.causes.contains_key(*n)).collect();
    let lost = usize::from(!seen.is_empty());
    seen[lost..].sort_by_key(|n| std::cmp::Reverse(p.causes[*n]));
    seen.iter().position(|n| *n == cause).unwrap_or(COLOURS).min(COLOURS - 1)
}

fn causes(p: &Profile, s: &mut String) {
    s.push_str("<h2>Cycles by cause</h2>\n<div class=\"bars\">");
    let most = p.causes.values().max().copied().unwrap_or(1).max(1);
    for name in &p.cause_names {
        let Some(n) = p.causes.get(name) else { continue };
        let _ = writeln!(
            s,
            "<span>{}</span><span><b class=\"c{}\" style=\"width:{:.2}%\"></b></span><span class=\"n\">{n}, {:.1} %</span>",
            Safe(name),
            colour(p, name),
            100.0 * *n as f64 / most as f64,
            p.share(*n)
        );
    }
    s.push_str("</div>\n");
}

fn opcodes(p: &Profile, s: &mut String) {
    let most = p.opcodes.iter().map(|o| o.cycles).max().unwrap_or(1);
    let heads = ["opcode", "count", "cycles", "share", "min", "median", "max", "lost to", "by cause"];
    let rows = p.opcodes.iter().map(|o| {
        let numbers = [o.min, o.median, o.max].map(Cell::Number);
        let mut row = vec![text(&o.name), Cell::Number(o.count), Cell::Number(o.cycles), Cell::Share(o.cycles)];
        row.extend(numbers);
        row.extend([lost(p, &o.causes), Cell::Bar(most, &o.causes)]);
        row
    });
    sorted(p, "Opcodes", &heads, 2, rows, s);
}

fn methods(p: &Profile, s: &mut String) {
    let most = p.methods.iter().map(|m| m.cycles).max().unwrap_or(1);
    let heads = ["method", "calls", "instructions", "self", "share", "inclusive", "share", "lost to", "self by cause"];
    let rows = p.methods.iter().map(|m| {
        let name = text(&full_name(&m.application, &m.name));
        let own = [Cell::Number(m.calls), Cell::Number(m.count), Cell::Number(m.cycles), Cell::Share(m.cycles)];
        let mut row = vec![name];
        row.extend(own);
        row.extend([Cell::Number(m.inclusive), Cell::Share(m.inclusive), lost(p, &m.causes)]);
        row.push(Cell::Bar(most, &m.causes));
        row
    });
    sorted(p, "Methods", &heads, 3, rows, s);
}

fn call_sites(p: &Profile, s: &mut String) {
    if p.call_sites.is_empty() {
        return;
    }
    let heads = ["caller", "line", "pc", "callee", "calls", "inclusive", "share"];
    let rows = p.call_sites.iter().map(|c| {
        let numbers = [c.calls, c.inclusive].map(Cell::Number);
        let mut row = vec![text(&c.caller), Cell::Number(c.line.into()), Cell::Number(c.pc), text(&c.callee)];
        row.extend(numbers);
        row.push(Cell::Share(c.inclusive));
        row
    });
    sorted(p, "Call sites", &heads, 5, rows, s);
}

fn lines(p: &Profile, s: &mut String) {
    let most = p.lines.iter().map(|l| l.cycles).max().unwrap_or(1);
    let heads = ["application", "line", "source", "count", "cycles", "share", "lost to", "by cause"];
    let rows = p.lines.iter().map(|l| {
        let at = if l.line > 0 { Cell::Number(l.line.into()) } else { text(&format!("@{}", l.pc)) };
        let mut row = vec![text(&l.application), at, text(l.text.trim_end())];
        row.extend([Cell::Number(l.count), Cell::Number(l.cycles), Cell::Share(l.cycles)]);
        row.extend([lost(p, &l.causes), Cell::Bar(most, &l.causes)]);
        row
    });
    sorted(p, "Lines", &heads, usize::MAX, rows, s);
}

fn text<'a>(text: &str) -> Cell<'a> {
    Cell::Text(text.into())
}

fn lost<'a>(p: &Profile, causes: &Causes) -> Cell<'a> {
    text(dominant(p, causes).map_or("", |(name, _)| name))
}

/// A table whose heads sort it, as it is by column `by`.
fn sorted<'a>(
    p: &Profile,
    title: &str,
    heads: &[&str],
    by: usize,
    rows: impl ExactSizeIterator<Item = Vec<Cell<'a>>>,
    s: &mut String,
) {
    let left = rows.len().saturating_sub(ROWS);
    let _ = write!(
        s,
        "<h2>{title}</h2>\n<input type=\"search\" placeholder=\"rows with ...\" aria-label=\"{title} with\"/>"
    );
    s.push_str("<div class=\"scroll\"><table class=\"sorted\"><thead><tr>");
    let words = ["opcode", "method", "caller", "callee", "application", "source", "lost to"];
    for (i, head) in heads.iter().enumerate() {
        let class = match *head {
            head if words.contains(&head) => " class=\"t\"",
            head if head.ends_with("by cause") => " class=\"bar t\"",
            _ => "",
        };
        let sort = if i == by { " aria-sort=\"descending\"" } else { "" };
        let button = if head.ends_with("by cause") { (*head).into() } else { format!("<button>{head}</button>") };
        let _ = write!(s, "<th{class}{sort}>{button}</th>");
    }
    s.push_str("</tr></thead>\n<tbody>\n");
    for row in rows.take(ROWS) {
        s.push_str("<tr>");
        row.iter().for_each(|c| cell(p, c, s));
        s.push_str("</tr>\n");
    }
    s.push_str("</tbody></table></div>\n");
    if left > 0 {
        let _ = write!(s, "<p class=\"soft\">{left} more are in the JSON.</p>");
    }
}

fn cell(p: &Profile, cell: &Cell<'_>, s: &mut String) {
    let _ = match cell {
        Cell::Text(text) => write!(s, "<td class=\"t\" title=\"{0}\">{0}</td>", Safe(text)),
        Cell::Number(n) => write!(s, "<td>{n}</td>"),
        Cell::Share(n) => write!(s, "<td data-n=\"{n}\">{:.1} %</td>", p.share(*n)),
        Cell::Bar(most, causes) => {
            let all: u64 = causes.values().sum();
            let wide = 100.0 * all as f64 / (*most).max(1) as f64;
            let _ = write!(s, "<td class=\"bar\"><div class=\"parts\" style=\"width:{wide:.2}%\">");
            for name in p.cause_names.iter().filter(|n| causes.contains_key(*n)) {
                let (n, colour) = (causes[name], colour(p, name));
                let _ = write!(s, "<i class=\"c{colour}\" style=\"flex:{n}\" title=\"{}: {n}\"></i>", Safe(name));
            }
            write!(s, "</div></td>")
        }
    };
}
