// SPDX-License-Identifier: MIT OR Apache-2.0
//! Images: what is read, what is refused, and with which words.

use avm_sim::arbitrum::mexe::{BadImage, Image};
use avm_sim::arbitrum::value::Value;

use crate::support::{imm, int, op, tuple};

const HALT: &str = r#"{"opcode": 116, "immediate": null}"#;

fn image(code: &str) -> String {
    format!("{{\"static_val\": {{\"Tuple\": []}},\n \"code\": [\n{code}\n]}}")
}

fn refused(text: &str) -> (usize, usize, String) {
    let error = Image::parse("t.mexe", text).expect_err(text);
    assert_eq!(error.file, "t.mexe");
    assert!(!error.help.is_empty() && !error.message.is_empty());
    assert!(error.to_string().starts_with(&format!("t.mexe:{}:{}: error: ", error.line, error.column)), "{error}");
    (error.line, error.column, error.message)
}

#[test]
fn both_forms_of_opcodes_and_all_values_are_read() {
    let code = r#"{"opcode": {"AVMOpcode": 59}, "immediate": {"Int": "0aF"}, "debug_info": {"x": [1]}},
        {"location": null, "opcode": 59, "immediate": {"Tuple": [{"Buffer": "00ff"}, {"CodePoint": {"Internal": 2}}]}},
        {"opcode": 255, "immediate": {"CodePoint": {"Internal": 18446744073709551615}}}"#;
    let read = Image::parse("t.mexe", &image(code)).unwrap_or_else(|e| panic!("{e}"));
    let buffer = Value::Buffer(avm_sim::arbitrum::buffer::Buffer::from_bytes(&[0, 0xff]));
    let expected = vec![imm(59, int(0xaf)), imm(59, tuple(&[buffer, Value::Code(2)])), imm(255, Value::Code(3))];
    assert_eq!(read, Image::new(expected, Value::empty()).expect("an image"));
    assert!(Image::parse("t.mexe", &image("")).expect("no code").code().is_empty());
}

#[test]
fn wrong_files_are_refused_at_their_place() {
    let immediate = |value: &str| image(&format!("{HALT},\n  {{\"opcode\": 59, \"immediate\": {value}}}"));
    let nested = |n: usize| "{\"Tuple\":[".repeat(n) + "{\"Int\":\"0\"}" + &"]}".repeat(n);
    let cases: Vec<(String, usize, &str)> = vec![
        ("{".into(), 1, "EOF"),
        ("[]".into(), 1, "no object"),
        ("\n [[], {\"Tuple\": []}]".into(), 2, "no object"),
        (String::new(), 1, "no object"),
        ("{\"code\": []}".into(), 1, "missing field `static_val`"),
        ("{\"static_val\": {\"Tuple\": []}}".into(), 1, "missing field `code`"),
        (image("5"), 3, "invalid type"),
        (image("{\"immediate\": null}"), 3, "no opcode"),
        (image("{\"opcode\": 1}"), 3, "no immediate"),
        (image("{\"opcode\": 256, \"immediate\": null}"), 3, "opcode 256"),
        (image("{\"opcode\": -1, \"immediate\": null}"), 3, "invalid type"),
        (image("{\"opcode\": {\"AVMOpcode\": 256}, \"immediate\": null}"), 3, "256"),
        (image("{\"opcode\": {\"Opcode\": 1}, \"immediate\": null}"), 3, "no key \"Opcode\""),
        (image("{\"opcode\": {}, \"immediate\": null}"), 3, "AVMOpcode"),
        (immediate("{}"), 4, "needs a key"),
        (immediate("7"), 4, "invalid type"),
        (immediate("{\"Real\": 1}"), 4, "\"Real\" is no type"),
        (immediate("{\"Int\": \"\"}"), 4, "hexadecimal"),
        (immediate("{\"Int\": \"0x1\"}"), 4, "hexadecimal"),
        (immediate("{\"Int\": \"+1\"}"), 4, "hexadecimal"),
        (immediate(&format!("{{\"Int\": \"{}\"}}", "1".repeat(65))), 4, "hexadecimal"),
        (immediate("{\"Int\": 5}"), 4, "invalid type"),
        (immediate("{\"Int\": \"1\", \"Tuple\": []}"), 4, "second key"),
        (immediate("{\"Buffer\": \"123\"}"), 4, "even number"),
        (immediate("{\"Buffer\": \"+1\"}"), 4, "even number"),
        (immediate("{\"Buffer\": \"é\"}"), 4, "even number"),
        (immediate(&format!("{{\"Tuple\": [{}]}}", ["{\"Int\": \"1\"}"; 9].join(","))), 4, "more than 8 slots"),
        (immediate("{\"CodePoint\": 5}"), 4, "invalid type"),
        (immediate("{\"CodePoint\": {}}"), 4, "no word"),
        (immediate("{\"CodePoint\": {\"External\": 1}}"), 4, "not \"External\""),
        (immediate("{\"CodePoint\": {\"Internal\": 3}}"), 4, "no word 3"),
        (immediate("{\"CodePoint\": {\"Internal\": 4294967296}}"), 4, "no word 4294967296"),
        (immediate("{\"CodePoint\": {\"Internal\": 1}}"), 4, "refers back to word 1"),
        (immediate("{\"CodePoint\": {\"Internal\": 0}}"), 4, "refers back to word 0"),
        (image("{\"opcode\": 1, \"opcode\": 2, \"immediate\": null}"), 3, "second opcode"),
        (image("{\"opcode\": 1, \"immediate\": null, \"immediate\": {\"Int\": \"1\"}}"), 3, "second immediate"),
        (immediate("{\"\\u001b[31m\": []}"), 4, "\"\\u{1b}[31m\" is no type"),
        (immediate("{\"CodePoint\": {\"Internal\": 18446744073709551616}}"), 4, "no index of a word"),
        (immediate(&nested(61)), 4, "60 levels"),
        (immediate(&nested(500)), 4, "levels"),
    ];
    for (text, line, part) in cases {
        let (at, _, message) = refused(&text);
        assert!(at == line && message.contains(part), "{text}\nline {at}: {message}");
    }
    Image::parse("t.mexe", &immediate(&nested(60))).unwrap_or_else(|e| panic!("{e}"));
    Image::parse("t.mexe", &immediate("{\"CodePoint\": {\"Internal\": 2}}")).unwrap_or_else(|e| panic!("{e}"));
}

/// What to do is about what is wrong.
#[test]
fn every_message_has_its_remedy() {
    let immediate = |value: &str| image(&format!("{HALT},\n  {{\"opcode\": 59, \"immediate\": {value}}}"));
    let cases = [
        (immediate("{\"CodePoint\": {\"Internal\": 0}}"), "immediates refer to later words"),
        (image("{\"opcode\": {\"AVMOpcode\": 256}, \"immediate\": null}"), "0 to 255"),
        (image("5"), "an instruction is"),
        (immediate("{\"Int\": 5}"), "in quotes"),
        (immediate("{\"CodePoint\": {\"Internal\": -1}}"), "Internal is an index"),
    ];
    for (text, remedy) in cases {
        let error = Image::parse("t.mexe", &text).expect_err(&text);
        assert!(error.help.contains(remedy), "{text}\n{error}");
    }
}

#[test]
fn columns_are_those_of_the_file() {
    let (line, column, _) = refused("{\"code\": [], \"static_val\": {\"Int\": \"xyz\"}}");
    assert_eq!((line, column), (1, 41));
    let (line, column, _) = refused("{\"code\": [], \"static_val\": {\n\n  \"Int\": \"xyz\"}}");
    assert_eq!((line, column), (3, 15));
}

#[test]
fn no_bytes_make_the_reader_panic() {
    let good = image(&format!("{HALT}, {{\"opcode\": 59, \"immediate\": {{\"Tuple\": [{{\"Int\": \"1\"}}]}}}}"));
    for at in 0..good.len() {
        for byte in *b"\"{}[],0x\n\\" {
            let mut bytes = good.clone().into_bytes();
            bytes[at] = byte;
            if let Ok(text) = String::from_utf8(bytes) {
                let _ = Image::parse("t.mexe", &text);
            }
        }
        if good.is_char_boundary(at) {
            let _ = Image::parse("t.mexe", &good[..at]);
        }
    }
}

#[test]
fn programs_from_elsewhere_are_checked_too() {
    let bad = Image::new(vec![op(0), imm(59, Value::Code(1))], Value::empty()).expect_err("backwards");
    assert_eq!(bad, BadImage::Reference { instruction: Some(1), word: 1, words: 3 });
    let bad = Image::new(vec![], Value::Code(1)).expect_err("beyond");
    assert_eq!(bad, BadImage::Reference { instruction: None, word: 1, words: 1 });
    let deep = (0..61).fold(int(1), |v, _| tuple(&[v]));
    assert_eq!(Image::new(vec![], deep), Err(BadImage::Tuple { instruction: None }));
    let wide = Value::Tuple(vec![int(1); 9]);
    assert_eq!(Image::new(vec![imm(59, wide)], Value::empty()), Err(BadImage::Tuple { instruction: Some(0) }));
}
