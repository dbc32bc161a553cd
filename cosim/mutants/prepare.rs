// SPDX-License-Identifier: MIT OR Apache-2.0
//! The modules of the core as Yosys sees them, prepared for mutants, and the list of mutants of each.
//!
//! A module is prepared with the parameters that the core gives it, processes turned into cells, not flattened.
//! Inputs for planted faults are tied off: what they switch is no part of the machine. A list leaves out what nobody
//! reads but lockstep.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::netlist::{Live, LivePorts, Netlist};
use super::{Mutant, Trouble, netlist, yosys};
use crate::names::Shown;
use crate::rtl::object;
use crate::rtl::verilate::Rtl;

/// Registers keep their names, and stay where nothing but lockstep reads them.
pub const KEEP_REGISTERS: &str = "setattr -set keep 1";
/// How a register is named.
pub const REGISTERS: &str = "w:*_q";
/// The file with the whole design.
const ALL: &str = "all.il";
/// Mutants drawn for each that is wanted: some fall away.
const DRAWN: usize = 6;

/// A module with the parameters of some of its instances.
#[derive(Clone, Debug)]
pub struct Module {
    /// Name in reports: the module's, with its instances where it has parameters.
    pub name: String,
    /// Name in the sources.
    pub source: String,
    /// Name in Yosys, where it is instantiated.
    pub derived: String,
    /// The design that it is in.
    pub design: Rtl,
    /// Name in the Verilog that is written.
    pub written: String,
    /// Instances in the top, where it has parameters.
    pub instances: Vec<String>,
    /// Ports of all modules that matter.
    live: Arc<LivePorts>,
    /// Cells after preparation: its size.
    pub cells: usize,
    /// Where its prepared form is.
    folder: PathBuf,
}

impl Module {
    /// The prepared module, in Yosys's own language.
    pub fn prepared(&self) -> PathBuf {
        self.folder.join(format!("{}.il", self.written))
    }

    /// The same without the ports of the modules in it.
    pub fn alone(&self) -> PathBuf {
        self.file("alone.il")
    }

    /// The whole design, before anything was prepared.
    pub fn all(&self) -> PathBuf {
        self.folder.join(ALL)
    }

    fn file(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", self.written))
    }
}

/// Reads the sources of `rtl` and prepares the modules that are part of the machine, in `folder`: those with the names
/// `wanted`, or all.
///
/// # Errors
/// Sources cannot be read, there is no such module, Yosys is missing or rejects something.
pub fn modules(rtl: &Rtl, wanted: &[String], folder: &Path) -> Result<Vec<Module>, Trouble> {
    let files: Vec<_> = object::sources(rtl)?.iter().map(|p| p.shown()).collect();
    let (all, json) = (folder.join(ALL), folder.join("all.json"));
    let script = format!(
        "read_verilog -sv -D SYNTHESIS {files}\nhierarchy -check -top {top}\nproc\nwrite_rtlil {all}\n\
         opt_clean\nwrite_json {json}\n",
        files = files.join(" "),
        top = rtl.top,
        all = all.shown(),
        json = json.shown(),
    );
    yosys::run(&script, &folder.join("all"))?;
    let netlist = Netlist::read(&json)?;
    let live = Arc::new(netlist.live_ports(rtl.top, rtl.mutable.record.unwrap_or_default()));
    let mut modules = found(rtl, &netlist, &live, folder);
    modules.sort_by(|a, b| a.name.cmp(&b.name));
    if let Some(name) = wanted.iter().find(|name| !modules.iter().any(|m| m.source == **name)) {
        let mut known: Vec<_> = modules.iter().map(|m| m.source.as_str()).collect();
        known.dedup();
        return Err(Trouble::input(format!("there is no module `{name}`; there are {}", known.join(", "))));
    }
    modules.retain(|m| wanted.is_empty() || wanted.contains(&m.source));
    for module in &mut modules {
        prepare(module, &netlist, &all)?;
    }
    Ok(modules)
}

fn found(rtl: &Rtl, netlist: &Netlist, live: &Arc<LivePorts>, folder: &Path) -> Vec<Module> {
    let mut number = 0;
    let names = netlist.modules.keys().filter(|name| !rtl.mutable.watchers.contains(&name.as_str()));
    let modules = names.map(|derived| {
        let (source, mut instances) = (derived.rsplit('\\').next().unwrap_or(derived).to_string(), Vec::new());
        let (mut name, mut written) = (source.clone(), source.clone());
        if source != *derived {
            let cells = netlist.modules.get(rtl.top).map(|top| &top.cells);
            instances.extend(
                cells.into_iter().flatten().filter(|(_, c)| c.kind == *derived).map(|(instance, _)| instance.clone()),
            );
            name = format!("{source}:{}", instances.join("+"));
            written = format!("{source}__{number}");
            number += 1;
        }
        Module {
            name,
            source,
            derived: derived.clone(),
            design: *rtl,
            written,
            instances,
            live: Arc::clone(live),
            cells: 0,
            folder: folder.into(),
        }
    });
    modules.collect()
}

fn prepare(module: &mut Module, netlist: &Netlist, all: &Path) -> Result<(), Trouble> {
    let (name, count) = (module.written.clone(), module.file("count"));
    let rename = if name == module.derived { String::new() } else { format!("rename {} {name}\n", module.derived) };
    let ports = netlist.modules.get(&module.derived).map(|m| &m.ports);
    let tied: String = (module.design.mutable.tied.iter())
        .filter_map(|(port, value)| Some((port, value, ports?.get(*port)?.width())))
        .map(|(port, value, width)| {
            format!(
                "delete -input {name}/{port}\ncd {name}\nconnect -nounset -set {port} {width}'d{value}\n\
                 rename {port} tied_{port}\nadd -input {port} {width}\ncd ..\n"
            )
        })
        .collect();
    // The record of retirements drives nothing: Yosys would leave it out of the top.
    let record = module.design.mutable.record.filter(|_| module.derived == module.design.top);
    let record = record.map_or_else(String::new, |record| format!("setattr -set keep 1 {name}/t:{record}\n"));
    let script = format!(
        "read_rtlil {all}\n{rename}blackbox * {name} %d\n{tied}check -assert {name}\n{KEEP_REGISTERS} {name}/{REGISTERS}\n{record}opt\nclean\nwrite_rtlil {il}\n\
         select {name}\nwrite_rtlil -selected {alone}\nselect -clear\n\
         tee -q -o {count} select -count {name}/c:*\n",
        all = all.shown(),
        il = module.prepared().shown(),
        alone = module.alone().shown(),
        count = count.shown(),
    );
    yosys::run(&script, &module.file("prepare"))?;
    let text = fs::read_to_string(&count).map_err(|e| Trouble::file(&count, &e))?;
    module.cells = text.split_whitespace().find_map(|w| w.parse().ok()).unwrap_or(0);
    Ok(())
}

/// At most `count` mutants of a module, the same ones for the same seed.
///
/// # Errors
/// Yosys fails.
pub fn list(module: &Module, count: usize, seed: u64) -> Result<Vec<Mutant>, Trouble> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let (name, list, json) = (&module.written, module.file("list"), module.file("json"));
    // Some fall away below; Yosys draws evenly, so the first ones of a longer list are as good.
    let script = format!(
        "read_rtlil {il}\nwrite_json {json}\n\
         mutate -list {more} -seed {seed} -module {name} -o {list}\n",
        il = module.prepared().shown(),
        more = count * DRAWN,
        json = json.shown(),
        list = list.shown(),
    );
    yosys::run(&script, &module.file("mutate"))?;
    let netlist = Netlist::read(&json)?;
    let text = fs::read_to_string(&list).map_err(|e| Trouble::file(&list, &e))?;
    let Some(inside) = netlist.modules.get(name) else { return Ok(Vec::new()) };
    let nothing = BTreeMap::new();
    let live = inside.live(module.live.get(&module.derived).unwrap_or(&nothing), &module.live);
    let lines = text.lines().filter(|line| matters(module, inside, &live, line));
    let mutant = |(i, line): (usize, &str)| {
        let mut mutant = Mutant::new(&module.name, i + 1, line);
        if mutant.source.is_empty() {
            mutant.source = inside.place_near(super::word(line, "-cell").unwrap_or_default());
        }
        mutant
    };
    Ok(lines.take(count).enumerate().map(mutant).collect())
}

fn matters(module: &Module, inside: &netlist::Module, live: &Live, line: &str) -> bool {
    let parts = module.design.mutable;
    let record = parts.record == Some(&module.source);
    let word = |option: &str| super::word(line, option);
    match (word("-cell"), word("-port"), word("-portbit").and_then(|b| b.parse().ok())) {
        (Some(cell), ..) if parts.watchers.contains(&inside.kind(cell)) => false,
        (Some(_), Some(_), Some(_)) if record => true,
        (Some(cell), Some(port), Some(bit)) => inside.matters(live, &module.live, cell, port, bit),
        _ => false,
    }
}

/// How many mutants each module gets of `count`, by size: at least `least` each, in all at least `count`.
pub fn shares(cells: &[usize], count: usize, least: usize) -> Vec<usize> {
    let all = cells.iter().sum::<usize>().max(1);
    cells.iter().map(|c| (count * c).div_ceil(all).max(least.min(count))).collect()
}

#[cfg(test)]
mod tests {
    use super::shares;

    #[test]
    fn shares_follow_the_size_and_none_is_left_out() {
        assert_eq!(shares(&[90, 10, 0], 100, 4), [90, 10, 4]);
        assert_eq!(shares(&[1, 1], 3, 4), [3, 3]);
        assert!(shares(&[7, 11, 13], 1000, 4).iter().sum::<usize>() >= 1000);
    }
}
