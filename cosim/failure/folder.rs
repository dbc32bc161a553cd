//! A failure's folder: report, scenario and sources, so that it can be replayed and shrunk alone. Complete or
//! not there at all.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::TempDir;

use super::{Report, Request, text};
use crate::lockstep::Options;

/// A folder that is not finished, under the one in which it will be.
pub fn begin(root: &Path) -> io::Result<TempDir> {
    fs::create_dir_all(root)?;
    tempfile::Builder::new().prefix(".writing-").tempdir_in(root)
}

/// Adds report and sources, and puts the folder in the place of an older one of the same failure.
pub fn finish(work: TempDir, report: &Report, options: Options, request: &Request<'_>) -> io::Result<PathBuf> {
    fs::write(work.path().join("report.txt"), text(report))?;
    fs::write(work.path().join("report.json"), json(report, options)?)?;
    copy_in(&request.copies, work.path())?;
    let folder = request.root.join(folder_name(report));
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::rename(work.keep(), &folder)?;
    Ok(folder)
}

fn folder_name(report: &Report) -> String {
    let stem = Path::new(&report.scenario).file_stem().map_or("scenario".into(), |s| s.to_string_lossy());
    let clean: String = report.signature.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    format!("{stem}-{clean}")
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
    let beside = scenario.parent().unwrap_or(Path::new(""));
    let mut names: BTreeMap<String, &Path> = BTreeMap::new();
    let mut renamed = Vec::new();
    let name_of = |file: &Path| file.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    names.insert(name_of(scenario), scenario);
    for file in others {
        let mut name = name_of(file);
        while names.get(&name).is_some_and(|other| *other != file) {
            name = format!("other-{name}");
        }
        let written = file.strip_prefix(beside).unwrap_or(file).to_string_lossy().into_owned();
        if written != name {
            renamed.push((written, name.clone()));
        }
        fs::copy(file, folder.join(&name))?;
        names.insert(name, file);
    }
    let copy = folder.join(name_of(scenario));
    if renamed.is_empty() {
        return fs::copy(scenario, copy).map(drop);
    }
    let mut text = fs::read_to_string(scenario)?;
    for (written, name) in renamed {
        for quote in ['"', '\''] {
            text = text.replace(&format!("{quote}{written}{quote}"), &format!("{quote}{name}{quote}"));
        }
    }
    fs::write(copy, text)
}
