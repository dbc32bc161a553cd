// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where each field of the probe lies in the RTL: instance, module and signal, by the naming of
//! `docs/arbitrum/core.md`. The RTL does not know of it; `avm-gen` writes the list that the build reads
//! (`cosim/machines/arbitrum/registers.txt`).

use super::Core;
use super::probe::FIELDS;
use crate::trace::{Core as _, Layout};

/// Memories with asynchronous reads; all others are RAMs.
const LUTRAMS: [&str; 2] = ["win", "zbuf"];

/// The module and the path of a signal: instances from the top to it, and its name, joined by dots.
pub fn signal(field: &str) -> (&'static str, String) {
    if let Some((memory, port)) = field.split_once('_').filter(|(m, _)| Core::MEMORIES.iter().any(|k| k.name == *m)) {
        let module = if LUTRAMS.contains(&memory) { "lutram_2r" } else { "ram_1r1w" };
        return match port {
            "rd" => ("arbitrum_core", field.into()),
            _ => (module, format!("u_{memory}_ram.{port}")),
        };
    }
    let (module, instance) = owner(field);
    (module, format!("{instance}.{field}"))
}

/// The module and the instance that hold a register: its prefix says the room.
fn owner(register: &str) -> (&'static str, &'static str) {
    match register.split('_').next().unwrap_or_default() {
        "d" | "i" => ("front", "u_front"),
        "x" => ("execute", "u_execute"),
        "s" => ("stack", "u_stack"),
        "t" => ("aux", "u_aux"),
        "g" => ("gas", "u_gas"),
        "e" => ("arith", "u_arith"),
        "k" | "k1" => ("counts", "u_counts"),
        "p" => ("heap", "u_heap"),
        "z" => ("hash", "u_hash"),
        "c" => ("code", "u_code"),
        "w" => ("retire", "u_retire"),
        "n" => ("state", "u_state"),
        "h" => ("port", "u_port"),
        "m" => ("mul256", "u_arith.u_mul"),
        "v" => ("div256", "u_arith.u_div"),
        "y" => ("sha256", "u_arith.u_sha"),
        "q" => ("keccak", "u_hash.u_keccak"),
        _ => ("loader", "u_loader"),
    }
}

/// The list: name, module, path, first bit, width, bit in the packed probe, field that qualifies it.
pub fn list(header: &str) -> String {
    let layout = Layout::new(FIELDS);
    let mut text = format!("# {header}\n# field module path low width at valid\n");
    for (field, at) in layout.iter() {
        let (module, path) = signal(field.name);
        let valid = field.valid.unwrap_or("-");
        text.push_str(&format!("{} {module} {path} 0 {} {at} {valid}\n", field.name, field.width));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../../../../docs/arbitrum/core.md");

    /// The page's table of rooms names the room of every register, units and memories apart.
    #[test]
    fn rooms_are_the_page_s() {
        let rows = PAGE.lines().skip_while(|l| !l.starts_with("| registers | room")).skip(2);
        let rows: Vec<(Vec<&str>, Vec<&str>)> = rows
            .take_while(|l| l.starts_with('|'))
            .map(|row| {
                let cells: Vec<_> = row.split('|').collect();
                let names = |cell: &'static str| cell.split('`').skip(1).step_by(2).collect::<Vec<_>>();
                (names(cells[1]), names(cells[2]))
            })
            .collect();
        assert!(rows.len() >= 13, "the table");
        let mut units = 0;
        for field in FIELDS {
            let (module, path) = signal(field.name);
            let prefix = field.name.split('_').next().unwrap_or_default();
            let unit = path.matches('.').count() == 2 || path.contains("_ram.") || module == "arbitrum_core";
            units += usize::from(unit);
            if unit {
                continue;
            }
            let of = |name: &&str| *name == field.name || name.trim_end_matches('_') == prefix.trim_end_matches('1');
            let row = rows.iter().find(|row| row.0.iter().any(of));
            let row = row.unwrap_or_else(|| panic!("{} has no room", field.name));
            assert_eq!(row.1.first(), Some(&module), "{}", field.name);
            assert_eq!(path, format!("u_{module}.{}", field.name));
        }
        assert!(units > 60 && units < FIELDS.len() / 2, "{units} of units");
    }
}
