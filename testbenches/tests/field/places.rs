// SPDX-License-Identifier: MIT OR Apache-2.0
//! Failure folders: nothing is lost, whoever writes beside it, and they are whole.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use super::{SUM, failures, folders, sum};
use crate::support::{avm, bench, temporary, tree};

const FAULTY: [&str; 3] = ["cosim", "--fault", "add_carry"];

fn fail(folder: &Path, scenario: &str) {
    let called = avm(folder, &[&FAULTY[..], &[scenario]].concat());
    assert_eq!(called.code, 1, "{called:?}");
}

#[test]
fn a_folder_with_more_in_it_is_kept() {
    let folder = folders(&["a"], &[]);
    let at = folder.path();
    fail(at, "a");
    let [name] = &failures(at)[..] else { panic!("one folder") };
    let first = at.join("failures").join(name);
    let called = avm(at, &["shrink", "--runs", "5", first.to_str().expect("UTF-8")]);
    assert_eq!(called.code, 0, "{called:?}");
    fs::write(first.join("note.txt"), "it is the adder").expect("written");
    let before = tree(&first);
    // The same failure: it has its folder already.
    fail(at, "a");
    assert_eq!((failures(at), tree(&first)), (vec![name.clone()], before.clone()));
    // Another one of that name goes beside it, and is replaced by the next.
    for sources in ["    const_8 2\n    iadd\n    ireturn\n", "    const_8 3\n    iadd\n    ireturn\n"] {
        fs::write(at.join("a/m.avm"), SUM.replace("    ireturn\n", sources)).expect("written");
        fail(at, "a");
        assert_eq!((failures(at), tree(&first)), (vec![name.clone(), format!("{name}-2")], before.clone()));
        let copy = fs::read_to_string(at.join("failures").join(format!("{name}-2/m.avm"))).expect("there");
        assert!(copy.ends_with(sources), "{copy}");
    }
    // So is one that somebody has edited.
    fs::write(at.join("failures").join(format!("{name}-2/m.avm")), "mine").expect("written");
    fail(at, "a");
    assert_eq!(failures(at).len(), 3);
}

#[test]
fn runs_at_once_do_not_harm_each_other() {
    let folder = folders(&["a", "b"], &[]);
    let at = folder.path();
    std::thread::scope(|scope| {
        for number in 0..20 {
            scope.spawn(move || fail(at, if number % 2 == 0 { "a" } else { "b" }));
        }
    });
    assert_eq!(failures(at), ["sum-value-s-tos-q-iadd", "sum-value-s-tos-q-iadd-2"]);
    let reports: Vec<_> = failures(at)
        .iter()
        .map(|name| fs::read_to_string(at.join("failures").join(name).join("report.txt")).expect("there"))
        .collect();
    assert!(reports.iter().any(|r| r.contains("a/sum.toml")) && reports.iter().any(|r| r.contains("b/sum.toml")));
}

#[test]
fn regressions_at_once_do_not_harm_each_other() {
    let folder = temporary();
    let at = folder.path();
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let called = avm(at, &["regress", "-j1", "--seeds", "0..64", "--fault", "add_carry"]);
                assert_eq!(called.code, 1, "{called:?}");
            });
        }
    });
    let alone = temporary();
    assert_eq!(avm(alone.path(), &["regress", "--seeds", "0..64", "--fault", "add_carry"]).code, 1);
    assert_eq!(tree(&at.join("failures")), tree(&alone.path().join("failures")));
}

#[test]
fn what_killed_processes_left_is_swept() {
    let folder = folders(&["a"], &[]);
    let at = folder.path();
    let left = at.join("failures/.writing-abcdef");
    fs::create_dir_all(&left).expect("made");
    fs::write(left.join("rtl.vcd"), "half").expect("written");
    let old = SystemTime::now() - Duration::from_secs(3_600);
    File::open(&left).and_then(|f| f.set_modified(old)).expect("set");
    fail(at, "a");
    assert_eq!(failures(at).len(), 1);
}

/// However a scenario writes the paths of its sources, its folder has them all and runs by itself.
#[test]
fn a_folder_is_self_contained() {
    for written in [
        r#""sub/\u0061pp0.avm""#,
        r#""./../c/sub/app0.avm""#,
        r#""sub/./app0.avm""#,
        r#""""sub//app0.avm""""#,
        "'sub/app0.avm'",
        r#""report.txt""#,
    ] {
        let folder = temporary();
        let at = folder.path();
        fs::create_dir_all(at.join("c/sub")).expect("made");
        fs::write(at.join("c/sub/app0.avm"), SUM).expect("written");
        fs::write(at.join("c/report.txt"), SUM).expect("written");
        fs::write(at.join("c/sum.toml"), sum(written, "\"0x1_0000_0000\"")).expect("written");
        fail(at, "c/sum.toml");
        let [name] = &failures(at)[..] else { panic!("{written}: one folder") };
        let moved = temporary();
        let to = moved.path().join("moved");
        fs::rename(at.join("failures").join(name), &to).expect("renamed");
        fs::remove_dir_all(at.join("c")).expect("removed");
        let called = avm(moved.path(), &["replay", "moved"]);
        assert!(called.code == 1 && called.out.contains("reproduced"), "{written}: {called:?}");
        let report = fs::read_to_string(to.join("report.txt")).expect("there");
        assert!(report.contains("signature    value:s_tos_q:iadd"), "{written}: the report is a report");
    }
}

/// What nobody cares about is x in the model's scope, so that what differs there is a difference.
#[test]
fn registers_that_do_not_matter_are_x() {
    let folder = temporary();
    let at = folder.path();
    assert_eq!(avm(at, &["random", "8", "--write", "eight"]).code, 0);
    let called = avm(at, &["cosim", "--wave", "0..200", "eight/program.toml"]);
    assert_eq!(called.code, 0, "{called:?}");
    let file = at.join("waves/program/window.vcd");
    let mut wave = wellen::simple::read(&file).expect("a VCD");
    let h = wave.hierarchy();
    let signals: Vec<_> = h.all_vars().map(|v| (h[v].full_name(h), h[v].signal_ref())).collect();
    wave.load_signals(&signals.iter().map(|s| s.1).collect::<Vec<_>>());
    let edges: Vec<u32> =
        (0..wave.time_table().len() as u32).filter(|i| wave.time_table()[*i as usize].is_multiple_of(10)).collect();
    let at = |signal, index| {
        let signal = wave.get_signal(signal).expect("loaded");
        let offset = signal.get_offset(index)?;
        signal.get_value_at(&offset, 0).to_bit_string()
    };
    let (mut compared, mut unknown) = (0, 0);
    for (name, model) in signals.iter().filter_map(|(n, s)| Some((n.strip_prefix("model.")?, *s))) {
        let ending = format!(".{name}");
        let Some((_, rtl)) = signals.iter().find(|(n, _)| n.starts_with("top.") && n.ends_with(&ending)) else {
            continue;
        };
        for edge in &edges {
            let (Some(m), Some(r)) = (at(model, *edge), at(*rtl, *edge)) else { continue };
            compared += 1;
            match m.contains('x') {
                true => unknown += 1,
                false => assert_eq!(m, r, "{name} at edge {edge}"),
            }
        }
    }
    assert!(compared > 5_000 && unknown > 100, "{unknown} of {compared} are x");
}

#[test]
fn the_list_of_files_is_one_that_others_read() {
    let folder = temporary();
    fail(folder.path(), bench("units/alu.toml").to_str().expect("UTF-8"));
    let [name] = &failures(folder.path())[..] else { panic!("one folder") };
    let at = folder.path().join("failures").join(name);
    let mut check = Command::new("sha256sum");
    let checked = check.args(["--check", "--strict", "--quiet", ".files"]).current_dir(at).output().expect("sha256sum");
    assert!(checked.status.success(), "{checked:?}");
}
