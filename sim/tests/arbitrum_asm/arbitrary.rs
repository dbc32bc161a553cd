// SPDX-License-Identifier: MIT OR Apache-2.0
//! Random images and random texts.

use super::listing;
use avm_sim::arbitrum::asm::{MAX_ERRORS, assemble, disassemble};
use avm_sim::arbitrum::buffer::Buffer;
use avm_sim::arbitrum::mexe::{Image, Instruction};
use avm_sim::arbitrum::value::Value;
use proptest::prelude::*;
use ruint::aliases::U256;

/// CodePoints are indices that are mapped to words later.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<[u8; 32]>().prop_map(|bytes| Value::Int(U256::from_be_bytes(bytes))),
        any::<u8>().prop_map(|n| Value::int(n.into())),
        any::<u64>().prop_map(|n| Value::Int(U256::from(n).wrapping_neg())),
        any::<u32>().prop_map(Value::Code),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(|bytes| Value::Buffer(Buffer::from_bytes(&bytes))),
    ];
    leaf.prop_recursive(6, 40, 8, |inner| prop::collection::vec(inner, 0..=8).prop_map(Value::Tuple))
}

/// CodePoints of the value become words from `first` to `last`.
fn within(value: Value, first: u32, last: u32) -> Value {
    match value {
        Value::Code(n) => Value::Code(first + n % (last - first + 1)),
        Value::Tuple(slots) => Value::Tuple(slots.into_iter().map(|slot| within(slot, first, last)).collect()),
        other => other,
    }
}

fn any_image() -> impl Strategy<Value = Image> {
    let instruction = (any::<u8>(), prop::option::of(any_value()));
    (prop::collection::vec(instruction, 0..30), any_value()).prop_map(|(code, fixed)| {
        let last = code.len() as u32;
        let code = (1..).zip(code).map(|(next, (opcode, immediate))| Instruction {
            opcode,
            immediate: immediate.map(|value| within(value, next, last)),
        });
        Image::new(code.collect(), within(fixed, 0, last)).expect("references are right")
    })
}

/// Text made of the language's own pieces, which gets further than arbitrary characters do.
fn any_source() -> impl Strategy<Value = String> {
    let words = ".const .static .slot .op .macro .repeat .end .include A m f x .x f.x x: .x: f: = , ( ) [ ] - ~ << * / \
                 0 8 255 -1 1<<255 \"s\" x\"00\" 'c' $ ; \u{e9} errcp buffer( keccak( opcode( push goto cgoto call slot add nop \
                 jump cjump dup0 tget halt";
    let lines = ["\n", "\n", "\n", "\n.macro m x\n", "\n.end\n", "\n.slot f\n", "\n.repeat 2\n"];
    let words: Vec<&str> = words.split_whitespace().chain(lines).collect();
    prop::collection::vec(prop::sample::select(words), 0..60).prop_map(|words| words.join(" "))
}

fn sane(source: &str) -> Result<(), TestCaseError> {
    match assemble("t.avma", source) {
        Ok(program) => {
            let text = disassemble(&program.image);
            prop_assert_eq!(program.symbols.len(), program.image.code().len());
            prop_assert_eq!(assemble("t.avma", &text).map(|p| p.image), Ok(program.image));
        }
        Err(errors) => {
            prop_assert!((1..=MAX_ERRORS).contains(&errors.len()));
            for e in errors {
                let line = source.split('\n').nth(e.line - 1).expect("a line of the source");
                prop_assert!((1..=line.chars().count() + 1).contains(&e.column), "{}", e);
                prop_assert!(!e.help.is_empty());
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_image_round_trips(image in any_image()) {
        let text = disassemble(&image);
        prop_assert_eq!(listing(&image).len(), image.code().len());
        prop_assert_eq!(assemble("t.avma", &text).map(|p| p.image), Ok(image.clone()), "{}", text);
        prop_assert_eq!(Image::parse("t.mexe", &image.to_text()), Ok(image));
    }

    #[test]
    fn no_text_panics(source in "\\PC{0,20}(\n[ .:a-z0-9'\"\\\\\\[\\]]{0,20}){0,4}") {
        sane(&source)?;
    }

    #[test]
    fn no_statements_panic(source in any_source()) {
        sane(&source)?;
    }
}
