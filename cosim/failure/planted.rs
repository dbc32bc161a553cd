// SPDX-License-Identifier: MIT OR Apache-2.0
//! Planted faults: whether lockstep reports each as listed.

use std::path::Path;

use avm_sim::trace::Fault;
use serde::Serialize;

use crate::failure;
use crate::input::InputError;
use crate::lockstep::{Mismatch, Options, Run};
use crate::machines::{self, Machine};
use crate::names::Shown;

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
///
/// # Errors
/// The scenario is not right.
pub fn plant<M: Machine>(fault: &'static Fault, number: u8, folder: &Path) -> Result<Found, InputError> {
    let path = folder.join(fault.scenario);
    let scenario = machines::load::<M>(&path)?;
    let options = Options { fault: number, assertions: false, ..Options::default() };
    let mut run = Run::new(M::session(&scenario), options);
    let Some(d) = run.to_end() else {
        let summary = format!("not reported in {}", path.shown());
        return Ok(Found { name: fault.name, as_listed: false, class: "none".into(), fields: Vec::new(), summary });
    };
    let report = failure::report(|| M::session(&scenario), options, &d, &path.shown());
    let fields: Vec<String> = match &d.what {
        Mismatch::Probe { .. } => report.fields.iter().map(|f| f.field.clone()).collect(),
        _ => Vec::new(),
    };
    let as_listed =
        report.class.name() == fault.class && (fault.field.is_empty() || fields.iter().any(|f| f == fault.field));
    Ok(Found { name: fault.name, as_listed, class: report.class.name().into(), fields, summary: report.summary })
}

/// Plants all of them.
///
/// # Errors
/// A scenario is not right.
pub fn plant_all<M: Machine>(folder: &Path) -> Result<Vec<Found>, InputError> {
    M::FAULTS.iter().enumerate().map(|(i, f)| plant::<M>(f, i as u8 + 1, folder)).collect()
}
