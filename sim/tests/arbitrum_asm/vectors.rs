// SPDX-License-Identifier: MIT OR Apache-2.0
//! Published programs disassemble to text that assembles to the same values.

use super::round_trip;
use avm_sim::arbitrum::mexe::Image;
use std::fs;
use std::path::Path;

#[test]
fn published_programs_round_trip() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors/arbitrum/mexe");
    let Ok(entries) = fs::read_dir(&folder) else {
        return eprintln!("skipped: {} is not there", folder.display());
    };
    let mut count = 0;
    for entry in entries {
        let path = entry.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("readable");
        let image = Image::parse("vector", &text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert!(!image.code().is_empty());
        round_trip(&image);
        count += 1;
    }
    assert_eq!(count, 14, "programs in {}", folder.display());
}
