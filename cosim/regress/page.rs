// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a run gave, as one page that needs nothing else: no script but the copy buttons, no font, no picture.

use std::fmt::{self, Display, Write as _};

use super::comparison::Comparison;
use super::report::{Entry, Report, counted, thousands};
use super::{Results, Verdict};
use crate::lockstep::cover::Cover;
use crate::names::Shown;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = "document.addEventListener('click', e => {
  const button = e.target.closest('button'); if (!button) return;
  const code = button.previousElementSibling;
  const say = text => { button.textContent = text; setTimeout(() => button.textContent = 'copy', 1500); };
  const select = () => {
    getSelection().selectAllChildren(code);
    say(document.execCommand('copy') ? 'copied' : 'press Ctrl-C');
  };
  if (!navigator.clipboard) select();
  else navigator.clipboard.writeText(code.textContent).then(() => say('copied'), select);
});";
/// Heat tables side by side on a wide page.
const TABLES: usize = 3;
/// Opcodes listed with the fewest followers.
const FEWEST: usize = 12;

/// Text as HTML.
pub struct Safe<T>(pub T);

impl<T: Display> Display for Safe<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.to_string().chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// The page.
pub fn page(r: &Report<'_>) -> String {
    let (title, failed) = match (r.failed(), r.passed()) {
        (true, _) => ("failed", true),
        (false, false) if r.results.interrupted => ("interrupted", true),
        (false, false) => ("incomplete", true),
        (false, true) => ("passed", false),
    };
    let mut s = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\
         <title>avm regress: {title}</title><style>\n{STYLE}</style></head><body>\n\
         <header class=\"{}\"><span class=\"verdict\">{}</span><h1>{}</h1></header>\n",
        if failed { "bad" } else { "good" },
        title.to_uppercase(),
        Safe(r.headline())
    );
    facts(r, &mut s);
    failures(r, &mut s);
    if let Some(c) = &r.comparison {
        comparison(c, &mut s);
    }
    coverage(r, &mut s);
    let _ = write!(
        s,
        "<footer>avm {} regress, build {}</footer>\n<script>{SCRIPT}</script></body></html>\n",
        env!("CARGO_PKG_VERSION"),
        Safe(&r.build)
    );
    s
}

fn facts(r: &Report<'_>, s: &mut String) {
    let Results { took, clocks, retired, .. } = r.results;
    let seconds = took.as_secs_f64();
    let fact = |s: &mut String, name: &str, value: String, class: &str| {
        let _ = write!(s, "<div class=\"{class}\"><dt>{name}</dt><dd>{}</dd></div>", Safe(value));
    };
    s.push_str("<dl class=\"facts\">");
    fact(s, "programs", r.what(), "wide");
    fact(s, "rate", format!("{} programs/s", thousands(r.results.rate().round() as u64)), "");
    let mega = *clocks as f64 / seconds.max(1e-3) / 1e6;
    fact(s, "clocks compared", format!("{} ({mega:.2} M/s)", thousands(*clocks)), "");
    fact(s, "instructions", thousands(*retired), "");
    fact(s, "time", format!("{seconds:.1} s, {} jobs", r.settings.jobs), "");
    fact(s, "began (UTC)", r.started(), "");
    if let Some(run) = r.run {
        fact(s, "kept as", format!("run {run}"), "");
    }
    fact(s, "command", format!("avm regress {}", r.arguments), "whole");
    s.push_str("</dl>\n");
}

fn failures(r: &Report<'_>, s: &mut String) {
    let (new, known): (Vec<_>, Vec<_>) = r.entries.iter().partition(|e| e.verdict.fails());
    s.push_str("<h2>Failures</h2>\n");
    if new.is_empty() {
        let all = if known.is_empty() { " Every register of model and RTL was equal on every clock." } else { "" };
        let _ = writeln!(s, "<p class=\"soft\">None that is not known.{all}</p>");
    }
    new.iter().for_each(|e| entry(e, s));
    if !known.is_empty() {
        s.push_str("<h2>Known failures</h2>\n");
        known.iter().for_each(|e| entry(e, s));
    }
    if r.results.interrupted {
        let _ = writeln!(s, "<p>This run was {}.</p>", Safe(r.interruption()));
    }
    if !r.results.missing.is_empty() {
        let _ = writeln!(s, "<p>Not run, because jobs never came back or were cancelled: seeds {}.</p>", r.missing());
    }
    for k in &r.stale {
        let _ = writeln!(
            s,
            "<p>Known until {} and not seen any more: <code>{}</code>. Take it off the list.</p>",
            k.until,
            Safe(&k.signature)
        );
    }
}

fn entry(e: &Entry<'_>, s: &mut String) {
    let (g, f) = (e.group, &e.group.first);
    let known = if e.verdict.fails() { "" } else { "known" };
    let _ = write!(
        s,
        "<div class=\"failure {known}\"><div class=\"top\"><span class=\"signature mono\">{}</span>\
         <span class=\"tag {known}\">{}</span><span class=\"count\">{}</span></div>\n<p><code>{}</code></p>",
        Safe(g.signature()),
        e.verdict.word(),
        counted(g.programs.len() as u64, "program"),
        Safe(&f.summary)
    );
    if !f.interpreter.is_empty() {
        let _ = write!(s, "<p class=\"soft\">The interpreter {}</p>", Safe(&f.interpreter));
    }
    if let Verdict::Known(k) | Verdict::Expired(k) = e.verdict {
        let over = if e.verdict.fails() { ", that date is over" } else { "" };
        let _ = write!(s, "<p>Known until {}{over}: {}</p>", k.until, Safe(&k.reason));
    }
    let _ = write!(s, "<p class=\"soft\">First: {}.", Safe(&e.first));
    if g.dependent > 0 {
        let _ = write!(s, " {} depend on what ran before on the core.", counted(g.dependent, "program"));
    }
    if let Some(folder) = &e.folder {
        let _ = write!(s, " Folder: <code>{}</code>.", Safe(folder.shown()));
    }
    let _ = writeln!(
        s,
        "</p><div class=\"command\"><code>{}</code><button type=\"button\">copy</button></div></div>",
        Safe(&e.replay)
    );
}

fn comparison(c: &Comparison, s: &mut String) {
    let _ = write!(s, "<h2>Against run {}</h2>\n<p class=\"soft\">It began {}", c.run, Safe(&c.started));
    match &c.other_programs {
        Some(what) => {
            let _ = write!(s, " and ran something else: {}", Safe(what));
        }
        None => s.push_str(" and ran the same programs"),
    }
    let (then, now) = c.rate;
    let _ = writeln!(
        s,
        ". Rate: {now:.0} programs/s, {then:.0} then ({:+.0} %).</p>",
        100.0 * (now / then.max(1e-9) - 1.0)
    );
    if c.new.is_empty() && c.gone.is_empty() && c.changed.is_empty() {
        s.push_str("<p>The same failures.</p>\n");
    } else {
        s.push_str("<table class=\"plain\"><tr><th></th><th>signature</th>");
        s.push_str("<th class=\"n\">then</th><th class=\"n\">now</th></tr>\n");
        let mut row = |word: &str, signature: &str, then: u64, now: u64| {
            let _ = writeln!(
                s,
                "<tr><td>{word}</td><td><code>{}</code></td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
                Safe(signature),
                thousands(then),
                thousands(now)
            );
        };
        c.new.iter().for_each(|(signature, n)| row("new", signature, 0, *n));
        c.gone.iter().for_each(|(signature, n)| row("gone", signature, *n, 0));
        c.changed.iter().for_each(|(signature, then, now)| row("changed", signature, *then, *now));
        s.push_str("</table>\n");
    }
    for (word, cells) in [("now", &c.covered), ("then", &c.uncovered)] {
        if !cells.is_empty() {
            let _ = writeln!(s, "<p class=\"soft\">Covered only {word}: {}.</p>", Safe(cells.join(", ")));
        }
    }
}

fn coverage(r: &Report<'_>, s: &mut String) {
    let (cover, c) = (&r.results.cover, &r.cover);
    let _ = writeln!(
        s,
        "<h2>Coverage</h2>\n<h3>Opcode x exception: {} of {} cells</h3>\n\
         <div class=\"key\"><span><i class=\"h1\"></i>1 to 9</span>\
         <span><i class=\"h2\"></i>10s</span><span><i class=\"h3\"></i>100s</span>\
         <span><i class=\"h4\"></i>1,000s</span>\
         <span><i class=\"h5\"></i>more</span><span><i class=\"hole\"></i>hole: allowed, never seen</span>\
         <span><i></i>not possible</span></div>\n<div class=\"heat\">",
        c.cells.len(),
        c.all_cells()
    );
    let rows: Vec<usize> = (1..cover.table().rows.len()).chain([0]).collect();
    rows.chunks(rows.len().div_ceil(TABLES)).for_each(|rows| heat(cover, rows, s));
    s.push_str("</div>\n");
    if !c.outside.is_empty() {
        let outside: Vec<&str> = c.outside.keys().map(String::as_str).collect();
        let _ =
            writeln!(s, "<p>Seen, though the instruction table does not allow it: {}.</p>", Safe(outside.join(", ")));
    }
    if !c.holes.is_empty() {
        let _ = write!(s, "<details><summary>{}</summary><ul class=\"holes\">", counted(c.holes.len() as u64, "hole"));
        for hole in &c.holes {
            let _ = write!(s, "<li>{}</li>", Safe(hole));
        }
        s.push_str("</ul></details>\n");
    }
    s.push_str("<div class=\"two\">\n");
    pairs(r, s);
    causes(cover, s);
    s.push_str("</div>\n");
    depths(cover, s);
}

fn heat(cover: &Cover, rows: &[usize], s: &mut String) {
    let table = cover.table();
    s.push_str("<table><thead><tr><th></th>");
    for code in table.codes {
        let _ = write!(s, "<th><span>{}</span></th>", cover.code_name(*code));
    }
    s.push_str("</tr></thead><tbody>\n");
    for &row in rows {
        let _ = write!(s, "<tr><th class=\"mono\">{}</th>", Safe(table.rows[row]));
        for &code in table.codes {
            let n = cover.count(row, code);
            let class = match (n, table.allows(row, code)) {
                (0, false) => {
                    s.push_str("<td></td>");
                    continue;
                }
                (0, true) => "hole".into(),
                (_, false) => "out".into(),
                (_, true) => format!("h{}", n.ilog10().min(4) + 1),
            };
            let _ = write!(
                s,
                "<td class=\"{class}\" title=\"{} {}: {}\"></td>",
                Safe(table.rows[row]),
                cover.code_name(code),
                thousands(n)
            );
        }
        s.push_str("</tr>\n");
    }
    s.push_str("</tbody></table>\n");
}

fn pairs(r: &Report<'_>, s: &mut String) {
    let (seen, all) = r.cover.pairs;
    let _ = writeln!(
        s,
        "<div><h3>Opcode pairs: {} of {} ({:.1} %)</h3>\n\
         <p class=\"soft\">One retired right after the other in a call. Followed by the fewest:</p>",
        thousands(seen as u64),
        thousands(all as u64),
        100.0 * seen as f64 / all.max(1) as f64
    );
    let (cover, names) = (&r.results.cover, r.results.cover.table().rows);
    let mut rows: Vec<_> = (0..names.len()).map(|row| (cover.followers(row), row)).collect();
    rows.retain(|((seen, of), _)| seen < of);
    rows.sort_by(|((a, m), _), ((b, n), _)| (a * n).cmp(&(b * m)));
    s.push_str("<div class=\"bars\">");
    for ((seen, of), row) in rows.into_iter().take(FEWEST) {
        bar(s, names[row], seen as f64 / of as f64, &format!("{seen} of {of}"));
    }
    s.push_str("</div></div>\n");
}

fn bar(s: &mut String, name: &str, share: f64, text: &str) {
    let _ = writeln!(
        s,
        "<span class=\"mono\">{}</span><span><b style=\"width:{:.1}%\"></b></span><span class=\"n\">{}</span>",
        Safe(name),
        100.0 * share,
        Safe(text)
    );
}

fn causes(cover: &Cover, s: &mut String) {
    s.push_str("<div><h3>Cycles by cause</h3>\n<div class=\"bars\">");
    let all = cover.cycles().max(1) as f64;
    let most = cover.causes().map(|(_, n)| n).max().unwrap_or(0).max(1) as f64;
    for (name, n) in cover.causes() {
        bar(s, name, n as f64 / most, &format!("{} ({:.1} %)", thousands(n), 100.0 * n as f64 / all));
    }
    s.push_str("</div></div>\n");
}

fn depths(cover: &Cover, s: &mut String) {
    if cover.table().histograms().next().is_none() {
        return;
    }
    s.push_str(
        "<h3>Depths</h3>\n<p class=\"soft\">Instructions (for the log: calls) by depth, from the number below each \
         bar; logarithmic.</p>\n<div class=\"depths\">",
    );
    for (name, all) in cover.depths() {
        let most = all.iter().map(|(_, n)| *n).max().unwrap_or(0);
        let _ = write!(s, "<div><div class=\"soft\">{name}</div><div class=\"depth\">");
        for (from, n) in &all {
            let height = if *n == 0 { 0.0 } else { (*n as f64 + 1.0).ln() / (most as f64 + 1.0).ln() };
            let (height, n) = (100.0 * height, thousands(*n));
            let _ = write!(s, "<div style=\"height:{height:.1}%\" title=\"from {from}: {n}\"></div>");
        }
        s.push_str("</div><div class=\"labels\">");
        for (from, _) in &all {
            let _ = write!(s, "<span>{from}</span>");
        }
        s.push_str("</div></div>\n");
    }
    s.push_str("</div>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_made_safe() {
        assert_eq!(Safe("<a href='x'>&\"").to_string(), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
    }
}
