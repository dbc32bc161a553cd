//! Scenario files: what they load, written out so that rewritten files can be compared.

mod support;

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use avm_cosim::machines::algorand::scenario::Scenario;
use support::{bench, files, load};

/// Everything that a scenario loads, but not where in the file it stands.
fn written_out(s: &Scenario) -> String {
    let mut out = format!("{} {} {:?} {:?}\n", s.machine, s.about, s.files, s.latency);
    for app in &s.apps {
        let hex: String = app.image.to_bytes().iter().map(|b| format!("{b:02x}")).collect();
        let _ = writeln!(out, "app {} {hex}", app.id);
        let Some(symbols) = &app.symbols else { continue };
        let methods: Vec<_> = (0..app.image.methods().len()).map(|i| symbols.method_name(i as u16)).collect();
        let labels: Vec<_> = (0..app.image.code().len()).map(|at| symbols.label_at(at as u32)).collect();
        let _ = writeln!(out, "{methods:?}\n{labels:?}");
    }
    let _ = writeln!(out, "installed {:?}\n{:?}", s.world.apps.keys(), s.world.pages);
    s.calls.iter().for_each(|call| out += &format!("{call:?}\n"));
    out
}

/// For rewriting many files at once: with `AVM_WRITTEN_OUT=FOLDER` before and after, `diff -r` shows what has changed.
#[test]
#[ignore = "for comparing folders by hand"]
fn scenarios_are_written_out() {
    let folder = env::var_os("AVM_WRITTEN_OUT").expect("AVM_WRITTEN_OUT names a folder");
    for kind in ["programs", "contracts", "units", "figures"] {
        let to = Path::new(&folder).join(kind);
        fs::create_dir_all(&to).expect("created");
        for path in files(&bench(kind), "toml") {
            let name = path.file_stem().expect("a name");
            fs::write(to.join(name), written_out(&load(&path))).expect("written");
        }
    }
}
