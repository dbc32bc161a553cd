//! `avm faults`: the planted RTL faults, and the check that lockstep reports each as listed.

use std::path::Path;

use avm_sim::trace::Fault;
use serde::Serialize;

use super::Failure;
use crate::failure;
use crate::lockstep::{Mismatch, Options, Run};
use crate::machines::{Loaded, Machine};

/// What lockstep said about a planted fault.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// The fault.
    pub name: &'static str,
    /// Whether class and field are as listed.
    pub as_listed: bool,
    /// Class reported; "none" if nothing was.
    pub class: String,
    /// Fields that differed first.
    pub fields: Vec<String>,
    /// One line.
    pub summary: String,
}

/// Plants one fault in its scenario, below `folder`.
pub fn plant<M: Machine>(fault: &'static Fault, number: u8, folder: &Path) -> Result<Found, Failure> {
    let path = folder.join(fault.scenario);
    let scenario = M::Scenario::load(&path)?;
    let options = Options { fault: number, assertions: false, ..Options::default() };
    let mut run = Run::new(M::session(&scenario), options);
    let Some(d) = run.to_end() else {
        let summary = format!("not reported in {}", path.display());
        return Ok(Found { name: fault.name, as_listed: false, class: "none".into(), fields: Vec::new(), summary });
    };
    let report = failure::report(|| M::session(&scenario), options, &d, &path.display().to_string());
    let fields: Vec<String> = match &d.what {
        Mismatch::Probe { .. } => report.fields.iter().map(|f| f.field.clone()).collect(),
        _ => Vec::new(),
    };
    let as_listed =
        report.class.name() == fault.class && (fault.field.is_empty() || fields.iter().any(|f| f == fault.field));
    Ok(Found { name: fault.name, as_listed, class: report.class.name().into(), fields, summary: report.summary })
}

/// Plants all of them.
pub fn plant_all<M: Machine>(folder: &Path) -> Result<Vec<Found>, Failure> {
    M::FAULTS.iter().enumerate().map(|(i, f)| plant::<M>(f, i as u8 + 1, folder)).collect()
}

/// `avm faults`.
pub fn faults<M: Machine>(check: bool, json: bool) -> Result<(), Failure> {
    if !check {
        list::<M>(json);
        return Ok(());
    }
    let found = plant_all::<M>(Path::new(M::SUITE))?;
    if json {
        say!("{}", serde_json::to_string_pretty(&found).unwrap_or_default());
    } else {
        for f in &found {
            say!("{:<20} {:<9} {:<8} {}", f.name, if f.as_listed { "as listed" } else { "NOT" }, f.class, f.summary);
            if !f.as_listed {
                say!("{:<20} first fields: {}", "", f.fields.join(" "));
            }
        }
    }
    if found.iter().all(|f| f.as_listed) { Ok(()) } else { Err(Failure::Unexpected) }
}

#[derive(Serialize)]
struct Listed {
    name: &'static str,
    what: &'static str,
    class: &'static str,
    field: &'static str,
    scenario: &'static str,
}

fn list<M: Machine>(json: bool) {
    if json {
        let all: Vec<_> = M::FAULTS
            .iter()
            .map(|f| Listed { name: f.name, what: f.what, class: f.class, field: f.field, scenario: f.scenario })
            .collect();
        say!("{}", serde_json::to_string_pretty(&all).unwrap_or_default());
        return;
    }
    say!("{:<20} {:<9} {:<24} what the RTL does wrong", "fault", "class", "scenario");
    for f in M::FAULTS {
        say!("{:<20} {:<9} {:<24} {}", f.name, f.class, f.scenario, f.what);
    }
    say!("\nplant one: avm cosim --fault NAME {}/SCENARIO", M::SUITE);
}
