// SPDX-License-Identifier: MIT OR Apache-2.0
//! Is a mutant the same machine? Two cores side by side, one with the mutant, registers and RAMs cut open: if no input and
//! no state can make any output or next state differ, nothing outside can ever tell. The converse does not hold: a state
//! that differs may be one that the core never reaches.

use std::path::Path;
use std::time::Duration;

use super::prepare::{KEEP_REGISTERS, Module, REGISTERS};
use super::yosys::{self, Ended};
use super::{Mutant, Trouble};
use crate::names::Shown;

/// The modules that hold RAMs, block and small, and tables of registers.
const RAMS: [&str; 2] = ["ram_1r1w", "lutram_2r"];
const TABLE: &str = "table_1w";

/// What the miter says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// No input tells them apart.
    Equivalent,
    /// An input and a state do.
    Differs,
    /// Not decided: the time was over, the mutant is inside a RAM, or a register has no counterpart on the other side.
    Unknown,
}

/// Asks for at most `limit`.
///
/// # Errors
/// Yosys is missing, or the script cannot be written.
pub fn ask(module: &Module, mutant: &Mutant, folder: &Path, limit: Duration) -> Result<Answer, Trouble> {
    let at = folder.join(format!("miter-{}-{}", module.written, mutant.number));
    let script = script(module, &mutant.line);
    let (ended, said) = yosys::attempt(&script, &at, Some(limit))?;
    let says = |words: &str| said.contains(words);
    match ended {
        Ended::Well => Ok(Answer::Equivalent),
        Ended::Failed if says("proof did fail") => Ok(Answer::Differs),
        Ended::Failed if says("No matching port") || RAMS.contains(&module.source.as_str()) => Ok(Answer::Unknown),
        Ended::Late => Ok(Answer::Unknown),
        Ended::Failed => Err(Trouble::Tool(format!("Yosys: {} (a miter)", said.trim()))),
    }
}

/// Everything is flattened but RAMs, and tables without the mutant: their ports are cut open like registers (which is why
/// their modules have to be there). A register keeps one of its names (`-purge`), the same on both sides. What nobody
/// drives is 0 on both, before anything is optimised: an x would hide differences. `opt_merge` joins what is common to
/// both: the solver sees the mutant and what follows from it.
fn script(module: &Module, line: &str) -> String {
    let (name, derived) = (&module.written, &module.derived);
    let (top, parts) = (module.design.top, module.design.mutable);
    let mut all = vec![
        format!("read_rtlil {}", module.all().shown()),
        format!("delete {derived}"),
        format!("read_rtlil {}", module.alone().shown()),
    ];
    if name != derived {
        all.push(format!("rename {name} {derived}"));
    }
    // Watchers see more than the machine shows. The retirement record is seen, although no output shows it.
    all.extend(parts.watchers.iter().map(|w| format!("delete {top}/t:{w}")));
    all.push(format!("setattr -unset keep {REGISTERS}"));
    all.extend(parts.record.map(|record| format!("{KEEP_REGISTERS} {record}/{REGISTERS}")));
    let mutated_table = if module.source == TABLE { format!("{derived} %d") } else { String::new() };
    // The register that says which fault is planted is 0, and no longer a state like any other.
    all.extend(parts.planted.map(|register| format!("cd {top}\nconnect -set {register} 6'd0\ncd ..")));
    let cut = RAMS.map(|ram| format!("*{ram}")).join(" ");
    all.push(format!("blackbox {cut} *{TABLE} {mutated_table}"));
    let core = |core: &str| format!("flatten\nrename {top} {core}\ndesign -stash {core}");
    let mutant = line.replacen(&format!("-module {name} "), &format!("-module {derived} "), 1);
    all.extend(["design -save both".into(), core("gold"), "design -load both".into(), mutant, core("gate")]);
    all.extend([
        "design -copy-from gold gold".into(),
        format!("design -copy-from gate gate {} =*{TABLE}", RAMS.map(|ram| format!("=*{ram}")).join(" ")),
        "memory_collect gold gate\nmemory_map gold gate".into(),
        "setundef -zero -undriven gold gate".into(),
        "opt_expr gold gate\nopt_clean -purge gold gate\ndffunmap gold gate".into(),
        "expose -evert -evert-dff -dff gold gate\nopt_clean gold gate".into(),
        "miter -equiv -flatten gold gate miter\nhierarchy -top miter".into(),
        "opt_expr\nopt_merge\nopt_clean\nopt_expr\nopt_merge\nopt_clean".into(),
        "sat -verify -prove trigger 0 miter\n".into(),
    ]);
    all.join("\n")
}
