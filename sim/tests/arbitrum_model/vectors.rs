// SPDX-License-Identifier: MIT OR Apache-2.0
//! Published steps: the machine's hash after every one, read out of the model's registers and memories.

use std::path::Path;

use avm_sim::arbitrum::core::Core;
use avm_sim::trace::Core as _;
use serde_json::Value as Json;

use crate::host::Host;
use crate::image::Ins;
use crate::state::State;
use crate::value::{V, bytes, from_json};

fn instruction(json: &Json, n: usize) -> Ins {
    let opcode = &json["opcode"];
    let opcode = opcode.as_u64().or(opcode["AVMOpcode"].as_u64()).expect("an opcode");
    let imm = &json["immediate"];
    Ins(opcode as u8, (!imm.is_null()).then(|| from_json(imm, n)))
}

fn hex(value: [u64; 4]) -> String {
    bytes(value).iter().map(|b| format!("{b:02x}")).collect()
}

/// `ecpairing` is beyond the hardware, and buffers and curves need a host that computes them.
fn fits(program: &[Ins]) -> bool {
    program.iter().all(|Ins(op, _)| !matches!(op, 0x80..=0x83 | 0xa0..=0xa6))
}

#[test]
fn machine_hashes_after_every_published_step() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors/arbitrum");
    let Ok(steps) = std::fs::read_to_string(folder.join("steps.tsv")) else {
        eprintln!("skipped: no {}", folder.display());
        return;
    };
    let (mut seen, mut programs) = (0, 0);
    for entry in std::fs::read_dir(folder.join("mexe")).expect("programs") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let json: Json = serde_json::from_str(&std::fs::read_to_string(&path).expect("text")).expect("JSON");
        let code = json["code"].as_array().expect("code");
        let program: Vec<Ins> = code.iter().map(|i| instruction(i, code.len())).collect();
        let rows = steps.lines().skip(1).map(|l| l.split('\t').collect::<Vec<_>>()).filter(|r| r[0] == name);
        let rows: Vec<_> = rows.collect();
        if !fits(&program) || rows.is_empty() {
            continue;
        }
        let statics: V = from_json(&json["static_val"], code.len());
        let mut at = 0;
        let mut look = |core: &Core, record: &avm_sim::trace::Retire| {
            let Some(row) = rows.get(at) else { return };
            assert_eq!(format!("{:02x}", record.opcode), row[2], "{name} step {at}");
            assert_eq!(hex(State::of(core).machine()), row[7], "{name} step {at}: {record:?}");
            at += 1;
        };
        Host::slow(7).run_with(Core::new(3), &program, &statics, &mut look);
        assert_eq!(at, rows.len(), "{name}");
        (seen, programs) = (seen + at, programs + 1);
    }
    assert!(programs >= 14 && seen > 500, "{seen} steps of {programs} programs");
    eprintln!("{seen} steps of {programs} programs");
}
