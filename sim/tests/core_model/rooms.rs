// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rooms of the core model: who writes which register, by the table in `docs/algorand/core.md`, what they are told by
//! each other, and who depends on whom.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use avm_sim::algorand::core::Core;
use avm_sim::algorand::core::signals::signal;
use avm_sim::trace::Core as _;

/// No rooms: the whole, which knows all of them; how they are compared with the RTL.
const NO_ROOMS: [&str; 3] = ["mod", "probe", "signals"];

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Rows of the table: names or prefixes of registers, file of the model, module of the RTL.
fn table() -> Vec<[String; 3]> {
    let page = read("docs/algorand/core.md");
    let rows = page.lines().skip_while(|l| *l != "| registers | model | RTL |").skip(2);
    let cells = |row: &str| -> Vec<Vec<String>> {
        row.split('|').map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_string).collect()).collect()
    };
    let mut table = vec![];
    for row in rows.take_while(|l| l.starts_with('|')) {
        let [_, names, files, modules, _] = &cells(row)[..] else { panic!("three columns: {row}") };
        for (i, name) in names.iter().enumerate() {
            let of = |column: &[String]| column[i.min(column.len() - 1)].clone();
            table.push([name.clone(), of(files), of(modules)]);
        }
    }
    table
}

#[test]
fn the_page_names_the_room_of_every_register() {
    let table = table();
    let mut rows_used = BTreeSet::new();
    for field in Core::FIELDS {
        let at = signal(field.name);
        let name = at.path.rsplit('.').next().expect("a name");
        let of_memory = ["ram_1r1w", "lutram_2r", "table_1w"].contains(&at.module.as_str());
        // The decoder's row is a function of the opcode in the model.
        if of_memory || !name.ends_with("_q") || name.ends_with("_dec_q") {
            continue;
        }
        let rows = table.iter().filter(|row| name.starts_with(&row[0]));
        let [prefix, file, module] = rows.max_by_key(|row| row[0].len()).unwrap_or_else(|| panic!("no room: {name}"));
        rows_used.insert(prefix);
        assert_eq!(*module, at.module, "{name}");
        let path = if file.starts_with("units/") { format!("sim/src/{file}") } else { format!("{CORE}/{file}") };
        assert!(read(&path).contains(&format!("    pub {name}: ")), "{file} has no {name}");
    }
    assert_eq!(rows_used.len(), table.len(), "rooms without registers: {table:?}, but {rows_used:?}");
}

const CORE: &str = "sim/src/algorand/core";

/// The rooms' texts by name, without comments.
fn rooms() -> BTreeMap<String, String> {
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/algorand/core")).expect("the core model");
    let names = files.map(|f| f.expect("a file").file_name().to_string_lossy().replace(".rs", ""));
    let code = |name: &str| -> String {
        let text = read(&format!("{CORE}/{name}.rs"));
        text.lines().map(|l| l.split("//").next().unwrap_or_default().to_string() + "\n").collect()
    };
    names.filter(|n| !NO_ROOMS.contains(&n.as_str())).map(|n| (n.clone(), code(&n))).collect()
}

/// What a room does with the whole core.
fn of_core(code: &str) -> Vec<&str> {
    code.split("\nimpl Core {\n").skip(1).map(|rest| rest.split("\n}\n").next().unwrap_or_default()).collect()
}

/// The identifiers behind each `mark` in a text, and what follows them.
fn behind<'a>(text: &'a str, mark: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    text.split(mark).skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        rest.split_at(end)
    })
}

/// The rooms that each room names: by their modules, by their registers, and by what they do with the core.
fn dependencies(rooms: &BTreeMap<String, String>) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut at_home = BTreeMap::new();
    for (room, code) in rooms {
        for (method, _) in of_core(code).into_iter().flat_map(|body| behind(body, "fn ")) {
            at_home.insert(method, room.as_str());
        }
    }
    let is_room = |name: &str| rooms.get_key_value(name).map(|(name, _)| name.as_str());
    let mut out = BTreeMap::new();
    for (room, code) in rooms {
        let mut named: BTreeSet<&str> = behind(code, "super::").filter_map(|(name, _)| is_room(name)).collect();
        for group in code.split("super::{").skip(1).map(|rest| rest.split('}').next().unwrap_or_default()) {
            named.extend(group.split(", ").filter_map(is_room));
        }
        for (name, rest) in of_core(code).into_iter().flat_map(|body| behind(body, "self.")) {
            let call = rest.starts_with('(');
            named.extend(if call { at_home.get(name).copied() } else { is_room(name) });
        }
        named.remove(room.as_str());
        out.insert(room.as_str(), named);
    }
    out
}

#[test]
fn methods_with_the_prefix_of_a_net_are_nets() {
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../rtl/algorand")).expect("the RTL");
    let rtl: String = files.map(|f| fs::read_to_string(f.expect("a file").path()).expect("text")).collect();
    let nets: BTreeSet<&str> = rtl.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let mut found = 0;
    for (room, code) in rooms() {
        let methods = behind(&code, "fn ").filter(|(_, rest)| rest.starts_with("(&mut self"));
        for (method, _) in methods.filter(|(name, _)| name.find('_') == Some(1)) {
            assert!(nets.contains(method), "{room}.rs: the RTL has no net {method}");
            found += 1;
        }
    }
    assert!(found > 20, "{found}");
}

#[test]
fn rooms_depend_on_each_other_one_way() {
    let rooms = rooms();
    let mut left = dependencies(&rooms);
    assert!(left["effect"].contains("heap") && left["heap"].contains("pages") && left["unwind"].contains("pages"));
    // Rooms that name only rooms which are gone may go.
    while let Some(room) = left.iter().find(|(_, named)| named.iter().all(|n| !left.contains_key(n))).map(|(r, _)| *r) {
        left.remove(room);
    }
    assert!(left.is_empty(), "in or above a circle: {left:?}");
}

/// Where a room's code puts another one in the place of a whole room, which the compiler does not refuse.
fn replaced<'a>(rooms: &BTreeMap<String, String>, code: &'a str) -> Vec<&'a str> {
    let is_room = |name: &&str| rooms.contains_key(*name);
    let assigned = behind(code, "self.").filter(|(_, rest)| rest.starts_with(" = ")).map(|(name, _)| name);
    let moved = ["take(&mut self.", "replace(&mut self.", "swap(&mut self."];
    let moved = moved.into_iter().flat_map(|mark| behind(code, mark)).filter(|(_, rest)| rest.starts_with([',', ')']));
    assigned.chain(moved.map(|(name, _)| name)).filter(is_room).collect()
}

#[test]
fn a_room_is_never_replaced_as_a_whole() {
    let rooms = rooms();
    for (room, code) in &rooms {
        assert!(replaced(&rooms, code).is_empty(), "{room}.rs: {:?}", replaced(&rooms, code));
    }
    let planted = "self.fetch = Default::default();\nmem::take(&mut self.decode);\nself.kill = true;";
    assert_eq!(replaced(&rooms, planted), ["fetch", "decode"]);
}
