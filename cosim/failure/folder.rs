// SPDX-License-Identifier: MIT OR Apache-2.0
//! A failure's folder: report, scenario and sources, so that it can be replayed and shrunk alone. Complete or
//! not there at all.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Serialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Report, Request, place, text};
use crate::lockstep::Options;
use crate::names::{Shown, printable};
use crate::output::Work;

/// Adds report and sources, and puts the folder in the place of an older one of the same failure.
pub fn finish(work: Work, report: &Report, options: Options, request: &Request<'_>) -> io::Result<PathBuf> {
    fs::write(work.path().join("report.txt"), printable(&text(report)).as_bytes())?;
    fs::write(work.path().join("report.json"), json(report, options)?)?;
    copy_in(&request.copies, work.path())?;
    let stem = Path::new(&report.scenario).file_stem().map_or("scenario".into(), |s| s.shown());
    let name = format!("{}-{}", place::part(&stem, "_+-"), place::part(&report.signature, ""));
    place::put(work, request.root, &name, &report.scenario)
}

/// The report as JSON, with the options of the run, so that it can be made again.
fn json(report: &Report, options: Options) -> io::Result<String> {
    #[derive(Serialize)]
    struct Whole<'a> {
        #[serde(flatten)]
        report: &'a Report,
        options: serde_json::Value,
    }
    let Options { rtl, fault, reference, mirrors, account: _, assertions, design: _ } = options;
    let options = serde_json::json!({
        "rtl": rtl, "fault": fault, "reference": reference, "mirrors": mirrors, "assertions": assertions,
    });
    Ok(serde_json::to_string_pretty(&Whole { report, options })?)
}

/// Copies a scenario, the first file, and what it loads into one folder. Where it names a file with its folder, the
/// copy names the file alone.
fn copy_in(files: &[PathBuf], folder: &Path) -> io::Result<()> {
    let Some((scenario, others)) = files.split_first() else { return Ok(()) };
    let name_of = |file: &Path| file.file_name().map_or_else(String::new, |n| n.shown());
    let mut copies: Vec<(&Path, String)> = vec![(scenario, name_of(scenario))];
    for file in others {
        if copies.iter().any(|(other, _)| other == file) {
            continue;
        }
        let mut name = name_of(file);
        // What the folder has already is not overwritten: a report, another file of this name.
        while folder.join(&name).exists() || copies.iter().any(|(_, other)| *other == name) {
            name = format!("other-{name}");
        }
        fs::copy(file, folder.join(&name))?;
        copies.push((file, name));
    }
    let text = fs::read_to_string(scenario)?;
    let beside = scenario.parent().unwrap_or(Path::new(""));
    fs::write(folder.join(&copies[0].1), renamed(&text, beside, &copies[1..]))
}

/// A scenario's text with the files of `copies` named as their copies are. Whatever a text in it is written like, with
/// escapes or by another way to the same file, it is what it says that counts.
fn renamed(text: &str, beside: &Path, copies: &[(&Path, String)]) -> String {
    let mut names = Vec::new();
    if let Ok(table) = DeTable::parse(text) {
        table.get_ref().values().for_each(|value| texts(value, &mut names));
    }
    // From the end on, so that places before stay where they are.
    names.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    let mut text = text.to_string();
    for (span, name) in names {
        match copies.iter().find(|(file, _)| *file == beside.join(&name)) {
            Some((_, copy)) if *copy != name => text.replace_range(span, &toml::Value::from(copy.as_str()).to_string()),
            _ => {}
        }
    }
    text
}

/// All texts in a value, with their places.
fn texts(value: &Spanned<DeValue<'_>>, found: &mut Vec<(Range<usize>, String)>) {
    match value.get_ref() {
        DeValue::String(text) => found.push((value.span(), text.to_string())),
        DeValue::Array(values) => values.iter().for_each(|v| texts(v, found)),
        DeValue::Table(table) => table.values().for_each(|v| texts(v, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_renamed_however_they_are_written() {
        let text = r#"about = "a/m.avm"
app = [{ source = "./a/\u006d.avm", n = 1 }, { source = 'b/m.avm' }]
[[more]]
source = """a/../a/m.avm"""
"#;
        let copies = [(Path::new("s/a/m.avm"), "m.avm".into()), (Path::new("s/b/m.avm"), "other-m.avm".into())];
        let renamed = renamed(text, Path::new("s"), &copies);
        assert!(
            renamed.contains("source = \"m.avm\", n = 1") && renamed.contains("source = \"other-m.avm\" }"),
            "{renamed}"
        );
        assert!(renamed.contains("a/../a/m.avm"), "another way, and no file of this scenario: {renamed}");
    }
}
