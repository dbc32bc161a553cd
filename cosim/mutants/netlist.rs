// SPDX-License-Identifier: MIT OR Apache-2.0
//! A design as Yosys writes it in JSON, as far as mutants need it: which signals reach the outside of the core, the host
//! port and the retire record. A mutant of any other is not made: it changes what lockstep sees, not the machine.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::Trouble;
use crate::names::Shown;

/// Cells between a cell without a place in the sources and the one whose place it gets.
const NEAR: usize = 4;

/// A design.
#[derive(Debug, Deserialize)]
pub struct Netlist {
    /// Modules by name; derived ones are `$paramod...\name`.
    pub modules: BTreeMap<String, Module>,
}

/// A module.
#[derive(Debug, Deserialize)]
pub struct Module {
    /// Ports.
    pub ports: BTreeMap<String, Port>,
    /// Cells and instances.
    pub cells: BTreeMap<String, Cell>,
}

/// A port.
#[derive(Debug, Deserialize)]
pub struct Port {
    /// `input` or `output`.
    pub direction: String,
    bits: Vec<Value>,
}

/// A cell, or an instance of a module.
#[derive(Debug, Deserialize)]
pub struct Cell {
    /// Kind of cell, or module.
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    port_directions: BTreeMap<String, String>,
    connections: BTreeMap<String, Vec<Value>>,
    #[serde(default)]
    attributes: BTreeMap<String, Value>,
}

/// For each module and port, which bits are live: what they carry can reach the outside.
pub type LivePorts = BTreeMap<String, BTreeMap<String, Vec<bool>>>;

/// The live bits in a module.
#[derive(Debug, Default)]
pub struct Live(HashSet<u64>);

impl Port {
    /// Bits.
    pub fn width(&self) -> usize {
        self.bits.len()
    }
}

impl Netlist {
    /// Reads what `write_json` wrote.
    ///
    /// # Errors
    /// It is not there or is something else.
    pub fn read(path: &Path) -> Result<Netlist, Trouble> {
        let text = std::fs::read_to_string(path).map_err(|e| Trouble::file(path, &e))?;
        serde_json::from_str(&text).map_err(|e| Trouble::Tool(format!("{}: {e}", path.shown())))
    }

    /// The live ports of all modules, seen from the outputs of `top` and from the inputs of module `record`. A module
    /// with several instances is live where one of them is.
    pub fn live_ports(&self, top: &str, record: &str) -> LivePorts {
        let none = |m: &Module| m.ports.iter().map(|(name, p)| (name.clone(), vec![false; p.width()])).collect();
        let mut ports: LivePorts = self.modules.iter().map(|(name, m)| (name.clone(), none(m))).collect();
        let outputs = self.modules.get(top).into_iter().flat_map(|m| &m.ports);
        for (name, _) in outputs.filter(|(_, p)| p.direction == "output") {
            if let Some(bits) = ports.get_mut(top).and_then(|p| p.get_mut(name)) {
                bits.fill(true);
            }
        }
        ports.get_mut(record).into_iter().flatten().for_each(|(_, bits)| bits.fill(true));
        // Life spreads from outputs to inputs and from inputs of instances to what drives them, until it does no more.
        while self.modules.iter().fold(false, |grown, (name, m)| m.spread(name, &mut ports) || grown) {}
        ports
    }
}

impl Module {
    /// The live bits, where `outputs` of the module's ports are, and `ports` of the modules that it instantiates.
    pub fn live(&self, outputs: &BTreeMap<String, Vec<bool>>, ports: &LivePorts) -> Live {
        let mut drivers: HashMap<u64, &Cell> = HashMap::new();
        let (mut live, mut open) = (HashSet::new(), Vec::new());
        for (name, port) in self.ports.iter().filter(|(_, p)| p.direction == "output") {
            open.extend(chosen(&port.bits, outputs.get(name)));
        }
        for cell in self.cells.values() {
            if let Some(inside) = ports.get(&cell.kind) {
                cell.inputs().for_each(|(port, bits)| open.extend(chosen(bits, inside.get(port))));
            } else if cell.outputs().next().is_some() {
                cell.outputs().flat_map(|(_, bits)| numbers(bits)).for_each(|b| {
                    drivers.insert(b, cell);
                });
            } else if cell.is_primitive() {
                // A write port of a memory.
                open.extend(cell.inputs().flat_map(|(_, bits)| numbers(bits)));
            }
        }
        while let Some(bit) = open.pop() {
            if live.insert(bit)
                && let Some(cell) = drivers.get(&bit)
            {
                open.extend(cell.inputs().flat_map(|(_, bits)| numbers(bits)));
            }
        }
        Live(live)
    }

    /// Marks what is live of its inputs and of its instances' outputs; whether anything is new.
    fn spread(&self, name: &str, ports: &mut LivePorts) -> bool {
        let live = self.live(&ports.get(name).cloned().unwrap_or_default(), ports);
        let mut grown = false;
        let mut mark = |module: &str, port: &str, bits: &[Value]| {
            let Some(known) = ports.get_mut(module).and_then(|p| p.get_mut(port)) else { return };
            for (known, bit) in known.iter_mut().zip(bits) {
                let now = *known || live.has(bit);
                grown |= now != *known;
                *known = now;
            }
        };
        self.ports.iter().filter(|(_, p)| p.direction == "input").for_each(|(port, p)| mark(name, port, &p.bits));
        for cell in self.cells.values() {
            cell.outputs().for_each(|(port, bits)| mark(&cell.kind, port, bits));
        }
        grown
    }

    /// Kind of a cell, or module of an instance.
    pub fn kind(&self, cell: &str) -> &str {
        self.cells.get(cell).map_or("", |c| &c.kind)
    }

    /// Whether a mutation of this bit of a cell's port can reach the outside.
    pub fn matters(&self, live: &Live, ports: &LivePorts, cell: &str, port: &str, bit: usize) -> bool {
        let Some(cell) = self.cells.get(cell) else { return false };
        let Some(signal) = cell.connections.get(port).and_then(|bits| bits.get(bit)) else { return false };
        if cell.direction(port) == "output" {
            return live.has(signal);
        }
        match ports.get(&cell.kind) {
            Some(inside) => inside.get(port).and_then(|bits| bits.get(bit)).copied().unwrap_or(false),
            None if cell.outputs().next().is_none() => cell.is_primitive(),
            None => cell.outputs().any(|(_, bits)| bits.iter().any(|b| live.has(b))),
        }
    }

    /// The place in the sources of a cell near this one, for cells that optimisation made and that have none; empty if
    /// there is none either.
    pub fn place_near(&self, cell: &str) -> String {
        let mut bits: HashSet<u64> = self.cells.get(cell).into_iter().flat_map(Cell::bits).collect();
        for _ in 0..NEAR {
            let near: Vec<_> = self.cells.values().filter(|c| c.bits().any(|b| bits.contains(&b))).collect();
            let mut places = near.iter().map(|c| super::narrowest(c.places()));
            if let Some(place) = places.find(|p| !p.is_empty()) {
                return place;
            }
            bits.extend(near.into_iter().flat_map(Cell::bits));
        }
        String::new()
    }
}

impl Live {
    fn has(&self, bit: &Value) -> bool {
        bit.as_u64().is_some_and(|b| self.0.contains(&b))
    }
}

impl Cell {
    fn direction(&self, port: &str) -> &str {
        self.port_directions.get(port).map_or("", String::as_str)
    }

    /// A cell of Yosys, not an instance of a module that is left out.
    fn is_primitive(&self) -> bool {
        self.kind.starts_with('$')
    }

    fn outputs(&self) -> impl Iterator<Item = (&str, &[Value])> {
        self.connections.iter().filter(|(p, _)| self.direction(p) == "output").map(|(p, b)| (p.as_str(), b.as_slice()))
    }

    fn inputs(&self) -> impl Iterator<Item = (&str, &[Value])> {
        self.connections.iter().filter(|(p, _)| self.direction(p) != "output").map(|(p, b)| (p.as_str(), b.as_slice()))
    }

    fn bits(&self) -> impl Iterator<Item = u64> {
        self.connections.values().flat_map(|bits| numbers(bits))
    }

    fn places(&self) -> impl Iterator<Item = &str> {
        self.attributes.get("src").and_then(Value::as_str).unwrap_or_default().split('|')
    }
}

/// Bits that are signals: the others are constants.
fn numbers(bits: &[Value]) -> impl Iterator<Item = u64> {
    bits.iter().filter_map(Value::as_u64)
}

/// The signals among `bits` that are chosen.
fn chosen<'a>(bits: &'a [Value], chosen: Option<&'a Vec<bool>>) -> impl Iterator<Item = u64> + 'a {
    bits.iter().zip(chosen.into_iter().flatten()).filter(|(_, c)| **c).filter_map(|(b, _)| b.as_u64())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `top` has an output, and `watch` sees another signal; `child` passes x through a register to r and y to s.
    const DESIGN: &str = r#"{"modules": {
        "top": {"ports": {"a": {"direction": "input", "bits": [2, 3]}, "out": {"direction": "output", "bits": [4]}},
                "cells": {"u": {"type": "child", "port_directions": {"x": "input", "y": "input", "r": "output", "s": "output"},
                                "connections": {"x": [2], "y": [3], "r": [4], "s": [5]}},
                          "v": {"type": "watch", "port_directions": {"w": "input"}, "connections": {"w": [5]}}}},
        "watch": {"ports": {"w": {"direction": "input", "bits": [2]}}, "cells": {}},
        "child": {"ports": {"x": {"direction": "input", "bits": [2]}, "y": {"direction": "input", "bits": [3]},
                            "r": {"direction": "output", "bits": [4]}, "s": {"direction": "output", "bits": [5]}},
                  "cells": {"f": {"type": "$dff", "port_directions": {"D": "input", "Q": "output"},
                                  "connections": {"D": [2], "Q": [4]}, "attributes": {"src": "a.sv:7.1-7.9"}},
                            "g": {"type": "$not", "port_directions": {"A": "input", "Y": "output"},
                                  "connections": {"A": [3], "Y": [5]}}}}}}"#;

    #[test]
    fn what_nobody_sees_does_not_matter() {
        let design: Netlist = serde_json::from_str(DESIGN).expect("right");
        let ports = design.live_ports("top", "none");
        let port = |module: &str, port: &str| ports[module][port].clone();
        assert_eq!(
            (port("child", "x"), port("child", "y"), port("child", "s")),
            (vec![true], vec![false], vec![false])
        );
        assert_eq!(port("top", "a"), [true, false]);
        let child = &design.modules["child"];
        let live = child.live(&ports["child"], &ports);
        let matters = |cell: &str, port: &str| child.matters(&live, &ports, cell, port, 0);
        assert!(matters("f", "D") && matters("f", "Q") && !matters("g", "A") && !matters("g", "Y"));
        let top = &design.modules["top"];
        let live = top.live(&ports["top"], &ports);
        assert!(top.matters(&live, &ports, "u", "x", 0) && !top.matters(&live, &ports, "u", "y", 0));
        let watched = design.live_ports("top", "watch");
        assert_eq!((&watched["child"]["y"][..], &watched["top"]["a"][..]), (&[true][..], &[true, true][..]));
        assert_eq!(child.place_near("f"), "a.sv:7");
    }
}
