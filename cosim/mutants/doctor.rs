// SPDX-License-Identifier: MIT OR Apache-2.0
//! From the Verilog that Yosys writes to what goes into a batch: the text edits, and nothing else.
//!
//! The number of the chosen mutant needs no wires through the hierarchy: the input `mutsel` that Yosys adds becomes
//! a register that is set once, from a plusarg. It never changes then, so a simulator compares it once, not each clock.

use super::prepare::Module;

/// Name of the input that Yosys adds.
pub const SELECT: &str = "mutsel";
/// Its bits.
pub const SELECT_BITS: usize = 8;

/// A module as written by Yosys, with its mutants chosen by a plusarg and its memory public.
///
/// # Errors
/// In words: the text is not as expected, or a mutant is not in it.
pub fn module(text: &str, module: &Module, numbers: std::ops::Range<usize>) -> Result<String, String> {
    let not = |what: &str| format!("{}: {what}", module.written);
    // Yosys sees what one comparison is used for as one mutant, so each has its own.
    for number in numbers {
        let compared = format!("{SELECT} == {SELECT_BITS}'h{number:02x};");
        if !text.contains(&compared) {
            return Err(not(&format!("mutant {number} is not in what Yosys wrote")));
        }
    }
    let mut out = without_port(text).ok_or_else(|| not("no port mutsel"))?;
    let high = SELECT_BITS - 1;
    let declared = format!("  input [{high}:0] {SELECT};\n  wire [{high}:0] {SELECT};\n");
    let chosen = format!(
        "  reg [{high}:0] {SELECT};\n  initial if (!$value$plusargs(\"{SELECT}=%d\", {SELECT})) {SELECT} = 0;\n"
    );
    out = replace_once(&out, &declared, &chosen).ok_or_else(|| not("no input mutsel"))?;
    Ok(public_memory(&out))
}

/// Without the port that chooses a mutant, which is the last one. Yosys ends a line behind every 21st port.
fn without_port(text: &str) -> Option<String> {
    [");", "\n);"].iter().find_map(|end| replace_once(text, &format!(", {SELECT}{end}"), end))
}

/// The shim reads and fills memories: the array `mem` is public, as in the sources.
fn public_memory(text: &str) -> String {
    let public = |line: &str| match line.trim_start().strip_prefix("reg ") {
        Some(rest) if rest.contains("] mem [") => line.replacen("];", "] /*verilator public_flat_rw*/;", 1),
        _ => line.into(),
    };
    text.lines().map(public).collect::<Vec<_>>().join("\n") + "\n"
}

/// The top, with these instances made of another module: `(instance, module)`. Works on the source and on what Yosys
/// wrote.
///
/// # Errors
/// In words: an instance is not there.
pub fn instances(text: &str, made_of: &[(String, String)]) -> Result<String, String> {
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    for (instance, module) in made_of {
        let line = lines.iter_mut().find(|l| is_instance(l, instance));
        *line.ok_or_else(|| format!("the top has no instance {instance}"))? = format!("  {module} {instance} (");
    }
    Ok(lines.join("\n") + "\n")
}

/// What the source makes each instance with parameters of: `(instance, "module #(...)")`.
pub fn parameterised(source: &str) -> Vec<(String, String)> {
    let instance = |line: &str| {
        let (module, instance) = line.trim().strip_suffix('(')?.trim_end().rsplit_once(' ')?;
        module.contains("#(").then(|| (instance.to_string(), module.trim().to_string()))
    };
    source.lines().filter_map(instance).collect()
}

fn is_instance(line: &str, instance: &str) -> bool {
    line.trim_end().strip_suffix('(').is_some_and(|l| l.trim_end().ends_with(&format!(" {instance}")))
}

fn replace_once(text: &str, from: &str, to: &str) -> Option<String> {
    text.contains(from).then(|| text.replacen(from, to, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_are_made_of_other_modules() {
        let source = "  ram #(.WIDTH(64)) u_a (\n    .x (y)\n  );\n  ram #(.WIDTH(2)) u_aa (\n";
        let of: Vec<_> = parameterised(source);
        assert_eq!(of[0], ("u_a".to_string(), "ram #(.WIDTH(64))".to_string()));
        let written = instances(source, &[("u_a".into(), "ram__0".into())]).expect("it is there");
        assert!(written.starts_with("  ram__0 u_a (\n    .x (y)\n"), "{written}");
        assert!(written.contains("ram #(.WIDTH(2)) u_aa ("), "{written}");
        let yosys = instances("  \\$paramod$7b\\ram  u_a (\n", &of[..1]).expect("it is there");
        assert_eq!(yosys, "  ram #(.WIDTH(64)) u_a (\n");
        assert!(instances(source, &[("u_b".into(), "x".into())]).is_err());
    }

    #[test]
    fn the_port_that_chooses_goes_wherever_the_line_ends() {
        for end in [");", "\n);"] {
            let text = format!("module m(a, b, mutsel{end}\n  input a;\n");
            assert_eq!(without_port(&text), Some(format!("module m(a, b{end}\n  input a;\n")));
        }
        assert_eq!(without_port("module m(a, mutsel, b);\n"), None);
    }

    #[test]
    fn a_memory_is_public() {
        assert_eq!(public_memory("  reg [1:0] mem [3:0];\n"), "  reg [1:0] mem [3:0] /*verilator public_flat_rw*/;\n");
        assert_eq!(public_memory("  reg [1:0] mem_q;\n"), "  reg [1:0] mem_q;\n");
    }
}
