// SPDX-License-Identifier: MIT OR Apache-2.0
//! The registers of a design, by name: from the list that a machine's field table generates, what Verilator is told to
//! keep and what the shim reads. The RTL does not know of it. For the build script too, which includes this file by its
//! path: nothing here depends on the rest of the project.

use std::collections::HashMap;
use std::fmt::Write as _;

/// A line of the list: `field module path low width at valid`.
#[derive(Clone, Debug)]
pub struct Register<'a> {
    /// Field of the probe.
    pub field: &'a str,
    /// Module that declares the signal.
    pub module: &'a str,
    /// Instances below the top and the signal, joined by dots.
    pub path: &'a str,
    /// First bit of the signal that belongs to the field, a multiple of 64.
    pub low: u32,
    /// Bits.
    pub width: u32,
    /// Place in the packed probe.
    pub at: u32,
    /// Field that qualifies it.
    pub valid: Option<&'a str>,
}

/// The registers of a list.
///
/// # Errors
/// A line that is something else.
pub fn parse(list: &str) -> Result<Vec<Register<'_>>, String> {
    let lines = list.lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
    lines.map(|l| line(l).ok_or_else(|| format!("the list of registers has a line `{l}`"))).collect()
}

fn line(line: &str) -> Option<Register<'_>> {
    let mut words = line.split(' ');
    let (field, module, path) = (words.next()?, words.next()?, words.next()?);
    let mut number = || words.next()?.parse().ok();
    let (low, width, at) = (number()?, number()?, number()?);
    let valid = words.next().filter(|v| *v != "-");
    Some(Register { field, module, path, low, width, at, valid })
}

/// Verilator's configuration: these signals stay members of the verilated object, although nothing reads some of them.
///
/// # Errors
/// See [`parse`].
pub fn config(list: &str, top: &str) -> Result<String, String> {
    let mut text = String::from("`verilator_config\n");
    let mut lines: Vec<String> = Vec::new();
    for r in parse(list)? {
        let name = r.path.rsplit('.').next().unwrap_or(r.path);
        // Modules that Yosys made of one with parameters have a number behind the name.
        lines.push(format!("public_flat_rd -module \"{}*\" -var \"{name}\"\n", r.module));
        // The same in a netlist, where everything is in the top.
        if r.path.contains('.') {
            let flat = r.path.replace('.', DOT);
            lines.push(format!("public_flat_rd -module \"{top}\" -var \"{flat}\"\n"));
        }
    }
    lines.sort();
    lines.dedup();
    text.extend(lines);
    Ok(text)
}

/// What the shim reads of a design.
#[derive(Debug)]
pub struct Found {
    /// The shim's list, an entry for each field.
    pub list: String,
    /// Fields that the design does not have, with the reason.
    pub absent: Vec<String>,
}

/// Looks the registers up in the header of the root object (`V*___024root.h`).
///
/// # Errors
/// See [`parse`].
pub fn find(list: &str, top: &str, header: &str) -> Result<Found, String> {
    let (registers, members) = (parse(list)?, members(header));
    let places: HashMap<&str, &Register> = registers.iter().map(|r| (r.field, r)).collect();
    // A field is as wide as its signal, or the two of them share it: the last one ends where the signal does.
    let ends = |r: &Register| registers.iter().filter(|o| o.path == r.path).map(|o| o.low + o.width).max();
    let look = |r: &Register| -> Result<String, String> {
        let found = names(top, r.path).into_iter().find_map(|n| members.get_key_value(n.as_str()));
        let (member, width) = found.ok_or_else(|| format!("{}: no `{}`", r.field, r.path))?;
        match ends(r) {
            Some(wanted) if wanted == *width => Ok((*member).to_string()),
            wanted => Err(format!("{}: `{}` has {width} bits, not {}", r.field, r.path, wanted.unwrap_or_default())),
        }
    };
    let (mut text, mut absent) = (String::new(), Vec::new());
    for r in &registers {
        let valid = match r.valid.map(|v| places.get(v).ok_or_else(|| format!("{}: no field `{v}`", r.field))) {
            None => Ok((-1, 1)),
            Some(place) => place.and_then(|p| look(p).map(|_| (i64::from(p.at), p.width))),
        };
        match look(r).and_then(|member| valid.map(|at| (member, at))) {
            Ok((member, (valid, bits))) => {
                let _ = writeln!(text, "AVM_REGISTER({member}, {}, {}, {}, {valid}, {bits})", r.low, r.width, r.at);
            }
            Err(why) => {
                absent.push(why);
                let _ = writeln!(text, "AVM_ABSENT({}, {})", r.width, r.at);
            }
        }
    }
    Ok(Found { list: text, absent })
}

/// How Verilator writes a dot in the name of a signal.
const DOT: &str = "__02e";

/// How Verilator may have named a signal: in a hierarchy, or with dots in the name, as in a netlist.
fn names(top: &str, path: &str) -> [String; 2] {
    [format!("{top}__DOT__{}", path.replace('.', "__DOT__")), format!("{top}__DOT__{}", path.replace('.', DOT))]
}

/// Members of the root object and their bits: lines like `QData/*63:0*/ name;`.
fn members(header: &str) -> HashMap<&str, u32> {
    header.lines().filter_map(member).collect()
}

fn member(line: &str) -> Option<(&str, u32)> {
    let (kind, rest) = line.trim().split_once("/*")?;
    let (range, name) = rest.split_once("*/ ")?;
    let scalar = ["CData", "SData", "IData", "QData"].contains(&kind) || kind.starts_with("VlWide<");
    let (msb, lsb) = range.split_once(':')?;
    let bits = msb.parse::<u32>().ok()?.checked_sub(lsb.parse().ok()?)? + 1;
    scalar.then_some((name.strip_suffix(';')?, bits))
}

#[cfg(test)]
mod tests {
    use super::{config, find, parse};

    const LIST: &str = "# a comment\na_q unit u_a.a_q 0 17 0 v_q\nb_q unit u_a.wide_q 0 64 64 -\n\
        bx_q unit u_a.wide_q 64 9 128 -\nv_q top v_q 0 2 17 -\n";
    const HEADER: &str = "        CData/*1:0*/ top__DOT__v_q;\n        IData/*16:0*/ top__DOT__u_a__DOT__a_q;\n\
        VlWide<3>/*72:0*/ top__DOT__u_a__DOT__wide_q;\n        VlUnpacked<QData/*63:0*/, 8> top__DOT__mem;\n";

    #[test]
    fn registers_are_found_by_name() {
        let found = find(LIST, "top", HEADER).expect("a list");
        assert_eq!(found.absent, [""; 0]);
        let lines: Vec<_> = found.list.lines().collect();
        assert_eq!(lines[0], "AVM_REGISTER(top__DOT__u_a__DOT__a_q, 0, 17, 0, 17, 2)");
        assert_eq!(lines[2], "AVM_REGISTER(top__DOT__u_a__DOT__wide_q, 64, 9, 128, -1, 1)");
    }

    #[test]
    fn a_register_that_is_missing_or_has_another_width_is_named() {
        for (from, to, said) in [
            ("__a_q", "__other_q", "a_q: no `u_a.a_q`"),
            ("16:0", "15:0", "a_q: `u_a.a_q` has 16 bits, not 17"),
            ("72:0", "71:0", "b_q: `u_a.wide_q` has 72 bits, not 73"),
        ] {
            let found = find(LIST, "top", &HEADER.replace(from, to)).expect("a list");
            assert!(found.absent.iter().any(|a| a == said), "{said}: {:?}", found.absent);
            assert!(found.list.contains("AVM_ABSENT("));
        }
        // What qualifies another is missing: the other cannot be masked.
        let found = find(LIST, "top", &HEADER.replace("__v_q", "__w_q")).expect("a list");
        assert_eq!(found.absent.len(), 2);
    }

    #[test]
    fn a_netlist_has_dots_in_its_names() {
        let flat = HEADER.replace("u_a__DOT__", "u_a__02e");
        assert_eq!(find(LIST, "top", &flat).expect("a list").absent, [""; 0]);
    }

    #[test]
    fn verilator_keeps_what_nothing_reads() {
        let text = config(LIST, "top").expect("a list");
        assert!(text.contains("public_flat_rd -module \"unit*\" -var \"a_q\"\n"));
        assert!(text.contains("public_flat_rd -module \"top\" -var \"u_a__02ea_q\"\n"));
        assert!(parse("a_q unit u_a.a_q 0").is_err());
    }
}
