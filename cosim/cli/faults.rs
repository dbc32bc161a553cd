// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm faults`: the planted RTL faults, and the check that lockstep reports each as listed.

use std::path::Path;

use serde::Serialize;

use super::{Failure, load};
use crate::failure::planted::plant_all;
use crate::input::InputError;
use crate::machines::Machine;

/// The number of a planted fault, 0 if none is named. Of `machines`, the first one is meant where none is named.
pub fn number<M: Machine>(name: Option<&str>, machines: &[&str]) -> Result<u8, InputError> {
    let Some(name) = name else { return Ok(0) };
    let machine = if M::NAME == machines[0] { String::new() } else { format!(" --machine {}", M::NAME) };
    let unknown = || InputError::plain(format!("unknown fault `{name}`; `avm faults{machine}` lists them"));
    M::fault(name).ok_or_else(unknown)
}

/// `avm faults`.
pub fn faults<M: Machine>(check: bool, json: bool) -> Result<(), Failure> {
    if !check {
        list::<M>(json);
        return Ok(());
    }
    load::suite(Path::new(M::SUITE))?;
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
