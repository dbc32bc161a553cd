// SPDX-License-Identifier: MIT OR Apache-2.0
//! The parsers of the Arbitrum room, as [`crate::fuzz`] does it.

use std::fs;
use std::path::PathBuf;

use avm_cosim::input::Input;
use avm_cosim::machines::arbitrum::Room;
use avm_cosim::machines::arbitrum::scenario::Scenario;
use avm_cosim::machines::{Loaded as _, Machine as _};
use avm_cosim::proof::{Claims, Proof};
use avm_sim::arbitrum::asm;
use avm_sim::arbitrum::mexe::Image;

use crate::fuzz::fuzz;
use crate::support::{avm, files, root, temporary};

fn bench(folder: &str) -> PathBuf {
    root().join("testbenches/arbitrum").join(folder)
}

fn texts(folders: &[&str], extension: &str) -> Vec<Vec<u8>> {
    let all = folders.iter().flat_map(|folder| files(&bench(folder), extension));
    all.map(|path| fs::read(&path).expect("readable")).collect()
}

/// The programs, and what they are as files.
fn images() -> Vec<Image> {
    let includes = bench("programs");
    let read = |path: &std::path::Path| fs::read(includes.join(path));
    let around = asm::Sources { folder: PathBuf::new(), read: &read };
    let sources = texts(&["programs"], "avma").into_iter().map(|text| String::from_utf8(text).expect("text"));
    sources.filter_map(|text| asm::assemble_with("p", &text, &around).ok()).map(|p| p.image).collect()
}

#[test]
fn assembler() {
    fuzz("arbitrum-assembler", texts(&["programs"], "avma"), |input| {
        let source = String::from_utf8_lossy(input);
        if let Ok(program) = asm::assemble("f.avma", &source) {
            let text = asm::disassemble(&program.image);
            let again = asm::assemble("f.avma", &text).map(|p| p.image);
            assert_eq!(again.as_ref(), Ok(&program.image), "{text}");
        }
    });
}

#[test]
fn mexe() {
    let corpus: Vec<_> = images().iter().map(|image| image.to_text().into_bytes()).collect();
    let mut right = 0;
    fuzz("arbitrum-mexe", corpus, |input| {
        if let Ok(image) = Image::parse("f.mexe", &String::from_utf8_lossy(input)) {
            assert_eq!(Image::parse("f.mexe", &image.to_text()).as_ref(), Ok(&image));
            right += 1;
        }
    });
    assert!(right > 1, "none but its own was right");
}

#[test]
fn scenario() {
    let folder = temporary();
    fs::write(folder.path().join("a.avma"), "    halt\n").expect("written");
    let file = folder.path().join("s.toml");
    fuzz("arbitrum-scenario", texts(&["programs", "units"], "toml"), |input| {
        fs::write(&file, input).expect("written");
        let _ = Scenario::load(&file);
    });
}

/// Of proofs and claims: what is read of a file, and what the checker says of the bytes in it.
#[test]
fn proof() {
    let folder = temporary();
    let scenario = bench("programs/hashes.toml");
    let proofs = ["0", "17", "400"].map(|step| {
        let called = avm(folder.path(), &["prove", scenario.to_str().expect("text"), "--step", step, "-o", "p.json"]);
        assert_eq!(called.code, 0, "{called:?}");
        fs::read(folder.path().join("p.json")).expect("written")
    });
    let (file, mut checked) = (folder.path().join("fuzzed.json"), 0);
    fuzz("arbitrum-proof", proofs.into(), |input| {
        fs::write(&file, input).expect("written");
        let Ok(input) = Input::read(&file) else { return };
        let _ = Claims::read(&input);
        let Ok(proof) = Proof::read(&input) else { return };
        let after = Room::check_proof(&proof.before, &proof.proof);
        checked += u32::from(after.is_ok());
    });
    assert!(checked > 0, "none was right");
}
