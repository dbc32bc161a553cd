//! A design as Yosys writes it in JSON, as far as mutants need it: which signals somebody reads, so that a mutant of a
//! signal that only the probe sees (or nobody) is not made.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::Trouble;

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
        serde_json::from_str(&text).map_err(|e| Trouble::Tool(format!("{}: {e}", path.display())))
    }

    /// For each module below `top`, the output ports of which no bit is read in any instance, `top`'s own
    /// outputs `unseen` not counting as read.
    pub fn unread_outputs(&self, top: &str, unseen: &[&str]) -> BTreeMap<String, Vec<String>> {
        let mut unread: BTreeMap<String, Vec<String>> = BTreeMap::new();
        unread.insert(top.into(), unseen.iter().map(ToString::to_string).collect());
        for name in self.parents_first(top) {
            let Some(module) = self.modules.get(&name) else { continue };
            let reads = module.reads(unread.get(&name).map_or(&[][..], Vec::as_slice));
            for cell in module.cells.values().filter(|c| self.modules.contains_key(&c.kind)) {
                let outputs: Vec<_> = cell.outputs().filter(|(_, bits)| !reads.any(bits)).map(|(p, _)| p).collect();
                // Of several instances, what one reads is read.
                match unread.get_mut(&cell.kind) {
                    Some(known) => known.retain(|p| outputs.contains(&p.as_str())),
                    None => drop(unread.insert(cell.kind.clone(), outputs.into_iter().map(String::from).collect())),
                }
            }
        }
        unread
    }

    /// Modules below `top`, each after all that instantiate it.
    fn parents_first(&self, top: &str) -> Vec<String> {
        fn visit(netlist: &Netlist, name: &str, seen: &mut HashSet<String>, order: &mut Vec<String>) {
            let Some(module) = netlist.modules.get(name) else { return };
            if seen.insert(name.into()) {
                module.cells.values().for_each(|c| visit(netlist, &c.kind, seen, order));
                order.push(name.into());
            }
        }
        let mut order = Vec::new();
        visit(self, top, &mut HashSet::new(), &mut order);
        order.reverse();
        order
    }
}

/// Bits that somebody reads.
#[derive(Debug)]
pub struct Reads(HashSet<u64>);

impl Reads {
    fn any(&self, bits: &[Value]) -> bool {
        bits.iter().filter_map(Value::as_u64).any(|b| self.0.contains(&b))
    }
}

impl Module {
    /// The bits that a cell or an output port reads, output ports `unseen` left out.
    pub fn reads(&self, unseen: &[String]) -> Reads {
        let outputs = self.ports.iter().filter(|(name, p)| p.direction == "output" && !unseen.contains(name));
        let inputs = self
            .cells
            .values()
            .flat_map(|c| c.connections.iter().filter(|(port, _)| c.direction(port) != "output").map(|(_, bits)| bits));
        let bits = outputs.map(|(_, p)| &p.bits).chain(inputs).flatten();
        Reads(bits.filter_map(Value::as_u64).collect())
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

    /// Whether a mutation of this bit of a cell's port could reach anything: it is an input, or its signal is read.
    pub fn matters(&self, reads: &Reads, cell: &str, port: &str, bit: usize) -> bool {
        let Some(cell) = self.cells.get(cell) else { return false };
        let Some(bit) = cell.connections.get(port).and_then(|bits| bits.get(bit)) else { return false };
        cell.direction(port) != "output" || reads.any(std::slice::from_ref(bit))
    }
}

impl Cell {
    fn direction(&self, port: &str) -> &str {
        self.port_directions.get(port).map_or("", String::as_str)
    }

    fn bits(&self) -> impl Iterator<Item = u64> {
        self.connections.values().flatten().filter_map(Value::as_u64)
    }

    fn places(&self) -> impl Iterator<Item = &str> {
        self.attributes.get("src").and_then(Value::as_str).unwrap_or_default().split('|')
    }

    fn outputs(&self) -> impl Iterator<Item = (&str, &[Value])> {
        self.connections.iter().filter(|(p, _)| self.direction(p) == "output").map(|(p, b)| (p.as_str(), b.as_slice()))
    }
}
