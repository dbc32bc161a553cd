//! Is a mutant the same module? Original and mutant side by side, registers cut open: if no input and no state can
//! make any output or next state differ, nothing outside can ever tell. The converse does not hold: a state that differs
//! may be one that the core never reaches.

use std::path::Path;
use std::time::Duration;

use super::prepare::Module;
use super::yosys::{self, Ended};
use super::{Mutant, Trouble};

/// What the miter says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// No input tells them apart.
    Equivalent,
    /// An input and a state do.
    Differs,
    /// Not decided: the time was over, or the module holds a memory.
    Unknown,
}

/// Asks for at most `limit`.
///
/// # Errors
/// Yosys is missing, or the script cannot be written.
pub fn ask(module: &Module, mutant: &Mutant, folder: &Path, limit: Duration) -> Result<Answer, Trouble> {
    let at = folder.join(format!("miter-{}-{}", module.written, mutant.number));
    let (name, il) = (&module.written, module.prepared());
    let line = mutant.line.replacen(&format!("-module {name} "), "-module gate ", 1);
    let unread = |m: &str| module.unread.iter().map(|port| format!("delete -output {m}/{port}\n")).collect::<String>();
    // The probe's instance is left out on both sides; so are outputs that only it reads.
    let side = |m: &str| format!("delete {m}/t:probe\n{}", unread(m));
    let script = format!(
        "read_rtlil {il}\ncopy {name} gold\nrename {name} gate\n{line}\n{}{}\
         opt_clean gold gate\ndffunmap gold gate\nexpose -evert -evert-dff gold gate\nopt_clean gold gate\n\
         miter -equiv -flatten -ignore_gold_x gold gate miter\nhierarchy -top miter\nopt_clean\n\
         sat -verify -prove trigger 0 miter\n",
        side("gold"),
        side("gate"),
        il = il.display(),
    );
    let (ended, said) = yosys::attempt(&script, &at, Some(limit))?;
    Ok(match ended {
        Ended::Well => Answer::Equivalent,
        Ended::Failed if said.contains("proof did fail") => Answer::Differs,
        Ended::Failed | Ended::Late => Answer::Unknown,
    })
}
