// SPDX-License-Identifier: MIT OR Apache-2.0
//! The invocations of a block as scenarios: what lockstep and profiles are made of. Each has the pages and the code that the
//! node saw, the signatures that were not used yet, and what came of it there, which it expects.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use avm_ledger::execute::Invocation;
use avm_ledger::ids::Round;
use avm_ledger::main_contract;
use avm_ledger::package::Hex;
use avm_sim::algorand::exception::Outcome;
use avm_sim::algorand::world::PageId;

use super::failure;
use super::home::Home;
use crate::cli::Failure;
use crate::input::InputError;
use crate::machines::Machine as _;
use crate::machines::algorand::Room;
use crate::machines::algorand::scenario::signed_text;
use crate::names::Shown;

/// Writes the calls of a block of a node's directory as scenarios into a folder.
///
/// # Errors
/// There is no such block, or executed again it is not what was kept.
pub fn scenarios(directory: &Path, round: u64, into: &Path) -> Result<(), Failure> {
    let node = Home::new(directory.to_path_buf()).node(false)?;
    let executed = node.again(Round(round)).map_err(|e| failure(e, false))?;
    if executed.invocations.is_empty() {
        let what = format!("{}: error: block {round} makes no calls (blocks do, from 1 on)", directory.shown());
        return Err(InputError::plain(what).into());
    }
    let unwritten = |e: std::io::Error| Failure::Tool(format!("{}: cannot write: {e}", into.shown()));
    let mut images = BTreeSet::new();
    for (number, invocation) in executed.invocations.iter().enumerate() {
        for (app, image) in &invocation.world.apps {
            if images.insert(*app) {
                let (name, bytes) = match *app == main_contract::APP && **image == *main_contract::image() {
                    true => (source_name(*app), main_contract::SOURCE.as_bytes().to_vec()),
                    false => (image_name(*app), image.to_bytes()),
                };
                fs::write(into.join(name), bytes).map_err(unwritten)?;
            }
        }
        let name = format!("{number:05}-{}.toml", what(invocation));
        fs::write(into.join(name), text(round, invocation)).map_err(unwritten)?;
    }
    Ok(())
}

fn image_name(app: u64) -> String {
    format!("app-{app}.avmi")
}

fn source_name(app: u64) -> String {
    format!("app-{app}.avm")
}

/// What an invocation is, for its file's name.
fn what(invocation: &Invocation) -> String {
    let method = u16::try_from(invocation.call.method).ok();
    let known = method.filter(|_| invocation.call.app == main_contract::APP);
    let name = known.and_then(|m| main_contract::program().symbols.method_name(m)).map(str::to_string);
    let name = name.unwrap_or_else(|| format!("app{}-method{}", invocation.call.app, invocation.call.method));
    match invocation.transaction {
        None => name,
        Some(transaction) => format!("tx{transaction}-{name}"),
    }
}

/// The scenario of an invocation.
fn text(round: u64, invocation: &Invocation) -> String {
    let Invocation { world, call, .. } = invocation;
    let mut s = format!("machine = \"{}\"\nabout = \"block {round}, {}\"\n", Room::NAME, what(invocation));
    for (app, image) in &world.apps {
        let (key, file) = match *app == main_contract::APP && **image == *main_contract::image() {
            true => ("source", source_name(*app)),
            false => ("image", image_name(*app)),
        };
        let _ = writeln!(s, "\n[[app]]\nid = \"{app:#x}\"\n{key} = \"{file}\"");
    }
    let page = |(id, bytes): (&PageId, &Vec<u8>)| {
        format!("  {{ app = \"{:#x}\", page = \"{:#x}\", hex = \"{}\" }},\n", id.app, id.page, Hex(bytes.clone()))
    };
    let _ = writeln!(s, "\n[world.algorand]\npages = [\n{}]", world.pages.iter().map(page).collect::<String>());
    let _ = writeln!(s, "\n[[call]]\napp = \"{:#x}\"\nmethod = {}\nfuel = \"{}\"", call.app, call.method, call.fuel);
    let _ = writeln!(s, "args = [\"hex:{}\"]", Hex(call.args.clone()));
    let access = call.access.apps().iter().map(|app| entry(*app, call.access.pages().iter()));
    let _ = writeln!(s, "access = [{}]", access.collect::<Vec<_>>().join(", "));
    let _ = writeln!(s, "signed = {}", signed_text(&call.authority));
    s + &expectation(invocation)
}

/// An application with those of the pages that are its own.
fn entry<'a>(app: u64, pages: impl Iterator<Item = &'a PageId>) -> String {
    let pages: Vec<_> = pages.filter(|p| p.app == app).map(|p| format!("\"{:#x}\"", p.page)).collect();
    match pages.is_empty() {
        true => format!("{{ app = \"{app:#x}\" }}"),
        false => format!("{{ app = \"{app:#x}\", pages = [{}] }}", pages.join(", ")),
    }
}

/// What came of the invocation on the node.
fn expectation(invocation: &Invocation) -> String {
    let Invocation { call, outcome, fuel, effects, .. } = invocation;
    let outcome = match outcome {
        Outcome::Returned(None) => "outcome = \"returned\"\nvalue = \"none\"".into(),
        Outcome::Returned(Some(value)) => format!("outcome = \"returned\"\nvalue = \"{value:#x}\""),
        Outcome::Exception(code) => format!("outcome = \"exception\"\nexception = \"{code:#x}\""),
        Outcome::OutOfFuel => "outcome = \"out_of_fuel\"".into(),
        Outcome::Rejected => "outcome = \"rejected\"".into(),
        Outcome::Capacity => "outcome = \"capacity\"".into(),
    };
    let list = |pages: BTreeSet<PageId>| {
        let apps: BTreeSet<u64> = pages.iter().map(|p| p.app).collect();
        apps.iter().map(|app| entry(*app, pages.iter())).collect::<Vec<_>>().join(", ")
    };
    let written = list(effects.written.keys().copied().collect());
    let touched = list(effects.touched.iter().copied().collect());
    let page = |(id, bytes): (&PageId, &Option<Vec<u8>>)| {
        let contents = bytes.as_ref().map_or("absent = true".into(), |b| format!("hex = \"{}\"", Hex(b.clone())));
        format!("  {{ app = \"{:#x}\", page = \"{:#x}\", {contents} }},\n", id.app, id.page)
    };
    let pages: String = effects.written.iter().map(page).collect();
    let used = call.fuel.wrapping_sub(*fuel);
    format!(
        "\n[call.expect]\n{outcome}\nfuel_used = \"{used}\"\ntouched = [{touched}]\nwritten = [{written}]\nlog = {}\npages = [\n{pages}]\n",
        effects.log_high
    )
}
