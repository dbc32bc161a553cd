//! Is a mutant the same machine? Two cores side by side, one with the mutant, registers and RAMs cut open: if no input and
//! no state can make any output or next state differ, nothing outside can ever tell. The converse does not hold: a state
//! that differs may be one that the core never reaches.

use std::path::Path;
use std::time::Duration;

use super::prepare::{Module, PROBE, RETIRE, WATCHERS};
use super::yosys::{self, Ended};
use super::{Mutant, Trouble};

/// The modules that hold RAMs, and tables of registers.
const RAM: &str = "ram_1r1w";
const TABLE: &str = "table_1w";
/// In the top: the register that says which fault is planted is 0, and no longer a state like any other.
const NO_FAULT: &str = "connect -set fault_q 6'd0";

/// What the miter says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// No input tells them apart.
    Equivalent,
    /// An input and a state do.
    Differs,
    /// Not decided: the time was over, or the mutant is inside a RAM.
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
    Ok(match ended {
        Ended::Well => Answer::Equivalent,
        Ended::Failed if said.contains("proof did fail") => Answer::Differs,
        Ended::Failed | Ended::Late => Answer::Unknown,
    })
}

/// Everything is flattened but RAMs, and tables without the mutant. A register keeps one of its names (`-purge`), the same
/// on both sides. `opt -full` merges what is common to both: the solver sees the mutant and what follows from it.
fn script(module: &Module, line: &str) -> String {
    let (name, top, derived) = (&module.written, module.top, &module.derived);
    let is_table = module.source == TABLE;
    let tables = if is_table { format!(" {name} %d") } else { String::new() };
    // Watchers see more than the machine shows: of them only the retirement record stays.
    let (probe, record) = RETIRE;
    let others = WATCHERS.iter().filter(|w| **w != probe).map(|w| format!("delete {top}/t:{w}\n"));
    let watchers = others.collect::<String>()
        + &format!(
            "delete -input {probe}/i:* {probe}/i:{record}* %d\nsetattr -mod -set keep 1 {probe}\nblackbox {probe}\n"
        );
    let core = |core: &str| format!("flatten\nrename {top} {core}\ndesign -stash {core}\n");
    let as_instantiated = if name == derived { String::new() } else { format!("rename {name} {derived}\n") };
    let mutant = line.replacen(&format!("-module {name} "), &format!("-module {derived} "), 1);
    format!(
        "read_rtlil {all}\ndelete {derived}\nread_rtlil {alone}\n{as_instantiated}{watchers}\
         delete -output {top}/{PROBE}\ncd {top}\n{NO_FAULT}\ncd ..\nblackbox *{RAM} *{TABLE}{tables}\ndesign -save both\n{gold}\
         design -load both\n{mutant}\n{gate}design -copy-from gold gold\ndesign -copy-from gate gate\ndesign -copy-from gate ={probe}\n\
         memory_collect gold gate\nmemory_map gold gate\nopt_expr gold gate\nopt_clean -purge gold gate\ndffunmap gold gate\n\
         expose -evert -evert-dff -dff gold gate\nopt_clean gold gate\n\
         miter -equiv -flatten -ignore_gold_x gold gate miter\nhierarchy -top miter\nopt -full\n\
         sat -verify -prove trigger 0 miter\n",
        all = module.all().display(),
        alone = module.alone().display(),
        gold = core("gold"),
        gate = core("gate"),
    )
}
