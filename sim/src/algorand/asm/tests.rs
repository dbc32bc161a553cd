// SPDX-License-Identifier: MIT OR Apache-2.0
//! Native methods by name, and what acts outside a segment's own code; the rest is tested from outside
//! (`sim/tests/asm`).

use super::super::isa::{Class, OPS};
use super::super::natives::NATIVES;
use super::*;

fn code(source: &str) -> Vec<u8> {
    let program = assemble("t.avm", &format!(".code\n{source}"));
    program.unwrap_or_else(|errors| panic!("{source}: {errors:?}")).image.code().to_vec()
}

fn round_trip(code: Vec<u8>) -> String {
    let image = Image::with_methods(code, &[], &[]).expect("valid");
    let text = disassemble(&image);
    assert_eq!(assemble("t.avm", &text).map(|p| p.image), Ok(image), "{text}");
    text
}

fn error(operand: &str) -> String {
    let errors = assemble("t.avm", &format!(".code\n invoke_native{operand}")).expect_err(operand);
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors[0].to_string()
}

#[test]
fn a_native_method_has_a_name() {
    for (number, native) in NATIVES.iter().enumerate() {
        let bytes = vec![0x8a, number as u8, 0];
        let named = format!("invoke_native {}", native.name);
        assert_eq!(code(&named), bytes);
        assert_eq!(code(&format!("invoke_native {number}")), bytes);
        assert_eq!(instruction_text(&bytes, 0), named);
        assert!(round_trip(bytes).contains(&format!("    {named} ")));
    }
    assert_eq!(instruction_text(&[0x8a, 5, 0], 0), "invoke_native 5");
    assert!(round_trip(vec![0x8a, 0xff, 0xff]).contains("invoke_native 65535"));
}

#[test]
fn a_native_number_may_be_any_expression() {
    assert_eq!(code(".const FIRST = 1\n invoke_native FIRST + 1"), [0x8a, 2, 0]);
    assert_eq!(code("invoke_native sha256 + 1"), [0x8a, 1, 0]);
    // A native's name is taken for a native there, and only there.
    assert_eq!(code("nop\nkeccak256: invoke_native keccak256\n br keccak256"), [0x01, 0x8a, 2, 0, 0x80, 1, 0]);
    assert!(assemble("t.avm", ".code\n const_8 sha256").is_err());
}

#[test]
fn errors_name_the_native_methods() {
    let names = "sha256, sha512_256, keccak256, ed25519_verify";
    for (operand, says) in [
        (" sha265", "t.avm:2:16: error: unknown native method `sha265` (native methods are "),
        ("", "t.avm:2:2: error: `invoke_native` takes 1 operand, found 0 "),
    ] {
        let error = error(operand);
        assert!(error.starts_with(says) && error.contains(names), "{error}");
    }
    let error = error(" 65536");
    assert!(error.starts_with("t.avm:2:16: error: 65536 does not fit `invoke_native`: 0 to 65535 "), "{error}");
}

#[test]
fn external_invocations_and_heap_instructions_round_trip() {
    let acts_outside = |class| {
        matches!(class, Class::InvokeExternal | Class::InvokeNative | Class::HLoad | Class::HStore | Class::Page)
    };
    let ops: Vec<_> = OPS.iter().filter(|o| acts_outside(o.class)).collect();
    assert_eq!(ops.len(), 1 + 1 + 7 + 4 + 3);
    let all: Vec<u8> =
        ops.iter().flat_map(|o| [&[o.code], &[0, 0][..usize::from(o.operand.bytes())]].concat()).collect();
    let text = round_trip(all.clone());
    for op in &ops {
        assert!(text.contains(&format!("    {}", op.name)), "{}", op.name);
    }
    let source: String =
        ops.iter().map(|o| format!(" {}{}\n", o.name, ["", " sha256"][usize::from(o.operand.bytes() > 0)])).collect();
    assert_eq!(code(&source), all);
}

#[test]
fn areas_hold_16384_bytes() {
    assert!(layout::LIMIT_HELP.contains(&params::CODE_BYTES.to_string()));
    assert!(layout::LIMIT_HELP.contains(&params::CONST_BYTES.to_string()));
    assert_eq!(code(".zero 16384").len(), params::CODE_BYTES);
    for (source, place) in [
        (".code\n.zero 16384\n nop", "t.avm:3:2: error: the code area exceeds 16384 bytes here"),
        (".data\n.zero 16376\n.u8 0", "t.avm:3:1: error: the constant area exceeds 16384 bytes here"),
        (".method f\n.zero 16384\n.method g", "t.avm:3:9: error: method `g` has no instruction"),
    ] {
        let errors = assemble("t.avm", source).expect_err(source);
        assert!(errors[0].to_string().starts_with(place), "{errors:?}");
    }
}
