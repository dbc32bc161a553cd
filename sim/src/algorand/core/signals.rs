// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where each field of the probe lies in the RTL: instance, module and signal, by the naming of `docs/algorand/core.md`.
//! The RTL does not know of it; `avm-gen` writes the list that the build reads
//! (`cosim/machines/algorand/registers.txt`).

use super::probe::FIELDS;
use crate::trace::Layout;

/// Module of each memory that is no block RAM.
const SMALL: [(&str, &str); 3] = [("seg", "table_1w"), ("dir", "lutram_2r"), ("size", "lutram_2r")];
const MEMORIES: [&str; 12] =
    ["code", "const", "stack", "frame", "tag", "call", "scope", "heap", "log", "seg", "dir", "size"];

/// Signals of the top that are no registers: read data behind the forwarding, and verdicts that qualify others.
const WIRES: [&str; 3] = ["frame_hit", "a_value", "a_load"];

/// A signal of the RTL.
#[derive(Debug, PartialEq, Eq)]
pub struct Signal {
    /// Module that declares it.
    pub module: String,
    /// Instances from the top to it, and its name, joined by dots.
    pub path: String,
    /// First bit that the field shows: a field's bits above 64 are a field of their own.
    pub low: u16,
}

/// Where a field lies.
pub fn signal(field: &str) -> Signal {
    let at = |module: &str, path: String, low| Signal { module: module.into(), path, low };
    let top = |name: &str, low| at("algorand_core", name.into(), low);
    if WIRES.contains(&field) {
        return top(field, 0);
    }
    if let Some((memory, port)) = field.split_once('_').filter(|(m, _)| MEMORIES.contains(m)) {
        let module = SMALL.iter().find(|(m, _)| *m == memory).map_or("ram_1r1w", |(_, module)| module);
        return match port {
            "rd" => top(field, 0),
            "rdx" => top(&format!("{memory}_rd"), 64),
            "wdx_q" => at(module, format!("u_{memory}.wd_q"), 64),
            _ => at(module, format!("u_{memory}.{port}"), 0),
        };
    }
    let (name, low) = match field {
        "m_rowx_q" => ("m_row_q", 64),
        "m_hix_q" => ("m_hi_q", 64),
        "v_dv3x_q" => ("v_dv3_q", 64),
        _ => (field, 0),
    };
    let (module, instance) = owner(name);
    at(module, format!("{instance}.{name}"), low)
}

/// The module and the instance that hold a register: its prefix says the stage.
fn owner(register: &str) -> (&'static str, &'static str) {
    match register {
        "s_cnt_q" => return ("decode", "u_decode"),
        "p_clear_q" => return ("heap", "u_heap_access"),
        _ => {}
    }
    match register.split('_').next().unwrap_or_default() {
        "f" | "k" | "b" => ("fetch", "u_fetch"),
        "d" => ("decode", "u_decode"),
        "x" => ("execute", "u_execute"),
        "s" => ("tos", "u_execute.u_tos"),
        "m" => ("mul64", "u_execute.u_effect.u_arith.u_mul"),
        "v" => ("div64", "u_execute.u_effect.u_arith.u_div"),
        "c" => ("calls", "u_calls"),
        "u" | "o" => ("unwind", "u_unwind"),
        "g" => ("segment", "u_segment"),
        "p" => ("pages", "u_pages"),
        "a" => ("heap", "u_heap_access"),
        "n" => ("native", "u_native"),
        "l" => ("loader", "u_loader"),
        "h" => ("port", "u_port"),
        _ => ("retire", "u_retire"),
    }
}

/// The list: name, module, path, first bit, width, bit in the packed probe, field that qualifies it.
pub fn list(header: &str) -> String {
    let layout = Layout::new(FIELDS);
    let mut text = format!("# {header}\n# field module path low width at valid\n");
    for (field, at) in layout.iter() {
        let s = signal(field.name);
        let valid = field.valid.unwrap_or("-");
        text.push_str(&format!("{} {} {} {} {} {at} {valid}\n", field.name, s.module, s.path, s.low, field.width));
    }
    text
}
