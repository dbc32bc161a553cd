// SPDX-License-Identifier: MIT OR Apache-2.0
//! Waveform windows: the RTL's full hierarchy from Verilator's trace and, beside it, the model's
//! registers under the same names, a mismatch bit, mnemonics in ASCII and what the cycle was spent on; the layout
//! for GTKWave and the names of codes for Surfer. Knows no machine.
//!
//! One clock is ten time units; the rising edge of clock *n* (from reset, from 0) is at `10 n`, and
//! what is shown from there on is the state after it.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, ErrorKind, Write};
use std::path::Path;

use avm_sim::trace::{Core as _, Layout};
use bitvec::view::BitView;
use vcd::{Command, IdCode, Parser, Scope, ScopeItem, Value, Writer};

use crate::failure::bits::{self, Bits};
use crate::lockstep::Session;
use crate::lockstep::view::Mapping;

/// Characters of a mnemonic signal.
const ASCII: usize = 16;
/// Bits of the signal with the cause of a cycle.
const CAUSE: u32 = 8;
/// Verilator's trace, before the model's side is added to it.
pub const RAW: &str = "rtl.vcd";
/// What Verilator may have kept from being written of it.
const SPARE: usize = 1 << 16;

/// One clock of the window: what both sides showed.
pub struct Clock {
    /// Number of the clock, from reset.
    pub cycle: u64,
    /// The model's packed probe.
    pub model: Vec<u64>,
    /// The RTL's packed probe.
    pub rtl: Vec<u64>,
    /// Mnemonic that the model executes.
    pub model_op: &'static str,
    /// Mnemonic that the RTL executes.
    pub rtl_op: &'static str,
    /// What the model spent the clock on, an index into its `CAUSES`, and its name.
    pub cause: (u8, &'static str),
}

/// What a window shows, for [`layout`].
pub struct Signals {
    /// For each probe field: its path in the RTL's scopes, if a signal of that name exists there.
    pub rtl: Vec<Option<String>>,
}

struct Ids {
    fields: Vec<IdCode>,
    /// For each field: the index of the one that qualifies it.
    valid: Vec<Option<usize>>,
    cycle: IdCode,
    mismatch: IdCode,
    model_op: IdCode,
    rtl_op: IdCode,
    cause: IdCode,
    cause_name: IdCode,
}

/// Writes all that shows `clocks` into a folder that has Verilator's trace of them: the window, with the marker on a
/// clock and differing fields first, its layout, names of codes.
///
/// # Errors
/// They cannot be written.
pub fn write<S: Session>(
    folder: &Path,
    layout: &Layout,
    clocks: &[Clock],
    marker: u64,
    differing: &[usize],
) -> io::Result<()> {
    let raw = folder.join(RAW);
    let signals = merge(&raw, layout, clocks, &folder.join("window.vcd")).map_err(|e| cut(&raw, e))?;
    fs::remove_file(raw)?;
    let first = clocks.first().map_or(0, |c| c.cycle);
    fs::write(folder.join("window.gtkw"), self::layout(S::GROUPS, layout, &signals, marker, first, differing))?;
    mappings(S::mappings(), S::Core::CAUSES, folder)
}

/// Why a trace could not be read. Verilator does not say what kept it from writing one: most likely that keeps others,
/// too.
fn cut(raw: &Path, e: io::Error) -> io::Error {
    let again = raw.with_extension("again");
    let bytes = fs::metadata(raw).map_or(0, |m| m.len()) as usize + SPARE;
    let written = fs::write(&again, vec![0; bytes]);
    let _ = fs::remove_file(again);
    written.err().unwrap_or_else(|| io::Error::other(format!("the trace of the RTL ends too early: {e}")))
}

/// Merges Verilator's trace of the window with the model's side into `out`.
pub fn merge(rtl: &Path, layout: &Layout, clocks: &[Clock], out: &Path) -> io::Result<Signals> {
    let mut parser = Parser::new(BufReader::new(File::open(rtl)?));
    let header = parser.parse_header()?;
    let mut w = Writer::new(BufWriter::new(File::create(out)?));
    w.comment("RTL and model in lockstep; one clock is ten time units")?;
    if let Some((scale, unit)) = header.timescale {
        w.timescale(scale, unit)?;
    }
    for item in &header.items {
        if let ScopeItem::Scope(s) = item {
            w.scope(s)?;
        }
    }
    let ids = declare(&mut w, layout)?;
    w.enddefinitions()?;
    let mut next = clocks.iter().peekable();
    let mut last: Option<&Clock> = None;
    for command in parser {
        let command = command?;
        if let Command::Timestamp(t) = command {
            w.timestamp(t)?;
            if let Some(clock) = next.next_if(|c| c.cycle * 10 == t) {
                show(&mut w, layout, &ids, clock, last)?;
                last = Some(clock);
            }
        } else {
            w.command(&command)?;
        }
    }
    w.flush()?;
    if next.peek().is_some() {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(Signals { rtl: layout.iter().map(|(f, _)| find(&header.items, f.name, "")).collect() })
}

fn declare<W: Write>(w: &mut Writer<W>, layout: &Layout) -> io::Result<Ids> {
    w.add_module("lockstep")?;
    let mismatch = w.add_wire(1, "mismatch")?;
    let cycle = w.add_wire(64, "cycle")?;
    let model_op = w.add_wire(8 * ASCII as u32, "model_ascii")?;
    let rtl_op = w.add_wire(8 * ASCII as u32, "rtl_ascii")?;
    let cause = w.add_wire(CAUSE, "cause")?;
    let cause_name = w.add_wire(8 * ASCII as u32, "cause_ascii")?;
    w.upscope()?;
    w.add_module("model")?;
    let fields = layout.iter().map(|(f, _)| w.add_wire(f.width.into(), f.name)).collect::<io::Result<_>>()?;
    w.upscope()?;
    let valid = layout.iter().map(|(f, _)| f.valid.and_then(|v| layout.find(v))).collect();
    Ok(Ids { fields, valid, cycle, mismatch, model_op, rtl_op, cause, cause_name })
}

fn show<W: Write>(w: &mut Writer<W>, layout: &Layout, ids: &Ids, now: &Clock, last: Option<&Clock>) -> io::Result<()> {
    w.change_vector(ids.cycle, vector([now.cycle].view_bits()))?;
    w.change_scalar(ids.mismatch, now.model != now.rtl)?;
    w.change_vector(ids.model_op, ascii(now.model_op))?;
    w.change_vector(ids.rtl_op, ascii(now.rtl_op))?;
    w.change_vector(ids.cause_name, ascii(now.cause.1))?;
    w.change_vector(ids.cause, vector(&[u64::from(now.cause.0)].view_bits()[..CAUSE as usize]))?;
    for (i, (field, _)) in layout.iter().enumerate() {
        let shown = |clock: &Clock| shown(layout, ids.valid[i], i, &clock.model);
        let value = shown(now);
        match last {
            Some(last) if shown(last) == value => {}
            _ if field.width == 1 => w.change_scalar(ids.fields[i], value[0])?,
            _ => w.change_vector(ids.fields[i], value)?,
        }
    }
    Ok(())
}

/// A field of the model: x while the field that qualifies it is 0, for then nobody cares what is in it.
fn shown(layout: &Layout, valid: Option<usize>, field: usize, model: &[u64]) -> Vec<Value> {
    let bits = bits::field(layout, field, model);
    match valid.is_none_or(|v| layout.value(model, v) != 0) {
        true => vector(bits).collect(),
        false => vec![Value::X; bits.len()],
    }
}

/// Most significant bit first, as a VCD has it.
fn vector(bits: &Bits) -> impl Iterator<Item = Value> {
    bits.iter().by_vals().rev().map(Value::from)
}

fn ascii(text: &str) -> Vec<Value> {
    let mut bytes = [b' '; ASCII];
    bytes.iter_mut().zip(text.bytes()).for_each(|(b, c)| *b = c);
    bytes.iter().flat_map(|b| (0..8).rev().map(move |i| (b >> i & 1 != 0).into())).collect()
}

/// Path of a signal in a header's scopes, with its index as viewers write it.
fn find(items: &[ScopeItem], name: &str, prefix: &str) -> Option<String> {
    let here = items.iter().find_map(|item| match item {
        ScopeItem::Var(v) if v.reference == name => {
            let index = v.index.map_or_else(String::new, |i| i.to_string());
            Some(format!("{prefix}{name}{index}"))
        }
        _ => None,
    });
    here.or_else(|| {
        items.iter().find_map(|item| match item {
            ScopeItem::Scope(Scope { identifier, items, .. }) => find(items, name, &format!("{prefix}{identifier}.")),
            _ => None,
        })
    })
}

/// A GTKWave save file for `window.vcd` beside it: both sides in groups (title, what their fields begin with), differing
/// fields first, the marker on the failing edge. All paths are relative.
pub fn layout(
    groups: &[(&str, &str)],
    layout: &Layout,
    signals: &Signals,
    marker: u64,
    first: u64,
    differing: &[usize],
) -> String {
    // The view starts a few clocks before the marker, which is then in sight.
    let start = marker.saturating_sub(6).max(first) * 10;
    let (vcd, gtkw) = ("window.vcd", "window.gtkw");
    let mut s = format!(
        "[*] Layout of a lockstep window; open with: gtkwave {gtkw}\n[dumpfile] \"{vcd}\"\n[savefile] \"{gtkw}\"\n\
         [timestart] {start}\n[size] 1400 900\n[pos] -1 -1\n*-4.500000 {at} {at}\n[sst_width] 160\n[signals_width] 330\n\
         [sst_expanded] 1\n",
        at = marker * 10,
    );
    s.push_str("@28\nlockstep.mismatch\n@24\nlockstep.cycle[63:0]\n");
    s.push_str("@820\n+{cause} lockstep.cause_ascii[127:0]\n");
    s.push_str("+{model X} lockstep.model_ascii[127:0]\n+{RTL X} lockstep.rtl_ascii[127:0]\n");
    if !differing.is_empty() {
        group(&mut s, "first difference", differing, layout, signals);
    }
    for (title, prefix) in groups {
        let of: Vec<_> =
            layout.iter().enumerate().filter(|(_, (f, _))| f.name.starts_with(prefix)).map(|(i, _)| i).collect();
        if !of.is_empty() {
            group(&mut s, title, &of, layout, signals);
        }
    }
    s
}

/// Writes mapping files for Surfer below `folder`, where it looks for them when it is started there: those of the
/// machine, and the causes of cycles.
///
/// # Errors
/// They cannot be written.
pub fn mappings(machine: Vec<Mapping>, causes: &[&str], folder: &Path) -> io::Result<()> {
    let folder = folder.join(".surfer/mappings");
    fs::create_dir_all(&folder)?;
    let values = causes.iter().enumerate().map(|(i, c)| (i as u64, (*c).to_string())).collect();
    let causes = Mapping { file: "cause", name: "Cause of cycle", bits: CAUSE, values };
    for mapping in machine.iter().chain([&causes]) {
        let mut text = format!("Name = {}\nBits = {}\n", mapping.name, mapping.bits);
        mapping.values.iter().for_each(|(value, name)| text.push_str(&format!("{value:#x} {name}\n")));
        fs::write(folder.join(mapping.file), text)?;
    }
    Ok(())
}

fn group(s: &mut String, title: &str, fields: &[usize], layout: &Layout, signals: &Signals) {
    s.push_str(&format!("@200\n-{title}\n"));
    for &i in fields {
        let field = layout.field(i);
        let index = if field.width == 1 { String::new() } else { format!("[{}:0]", field.width - 1) };
        s.push_str(if field.width == 1 { "@28\n" } else { "@22\n" });
        if let Some(rtl) = &signals.rtl[i] {
            s.push_str(&format!("+{{RTL {}}} {rtl}\n", field.name));
        }
        s.push_str(&format!("+{{model {}}} model.{}{index}\n", field.name, field.name));
    }
}
