// SPDX-License-Identifier: MIT OR Apache-2.0
//! The assembler against its page, and against everything that can be thrown at it.

use avm_sim::algorand::asm::{self, AsmError, MAX_ERRORS, Program, assemble, disassemble, instruction_text};
use avm_sim::algorand::image::{Image, Method};
use avm_sim::algorand::isa::{OPS, Op, Operand};
use proptest::prelude::*;

mod files;
mod repeat;
mod warnings;

fn good(source: &str) -> Program {
    assemble("t.avm", source).unwrap_or_else(|errors| {
        let errors: Vec<String> = errors.iter().map(AsmError::to_string).collect();
        panic!("{}\n{source}", errors.join("\n"))
    })
}

fn code(body: &str) -> Vec<u8> {
    good(&format!(".code\n{body}")).image.code().to_vec()
}

fn errors(source: &str) -> Vec<AsmError> {
    let errors = assemble("t.avm", source).expect_err(source);
    assert!(errors.iter().all(|e| !e.help.is_empty() && !e.message.is_empty()), "{errors:?}");
    errors
}

fn round_trip(image: &Image) {
    let text = disassemble(image);
    assert_eq!(&good(&text).image, image, "{text}");
}

/// Source of an instruction with an operand that fits, and its bytes.
fn sample(op: &Op) -> (String, Vec<u8>) {
    let bytes = [0x81, 0x92, 0xa3, 0xb4, 0xc5, 0xd6, 0xe7, 0xf8];
    let operand = match op.operand {
        Operand::None => String::new(),
        Operand::Imm(1) => " -127".into(),
        Operand::Imm(2) => format!(" {}", i16::from_le_bytes([0x81, 0x92])),
        Operand::Imm(4) => format!(" {}", i32::from_le_bytes([0x81, 0x92, 0xa3, 0xb4])),
        Operand::Imm(_) => format!(" {}", i64::from_le_bytes(bytes)),
        Operand::Switch => " 0x9281, 0xb4a3".into(),
        _ => " 0x9281".into(),
    };
    let expected = [&[op.code], &bytes[..usize::from(op.operand.bytes())]].concat();
    (format!("{}{operand}", op.name), expected)
}

#[test]
fn the_example_of_the_page_assembles() {
    let page = include_str!("../../../docs/algorand/assembler.md");
    let source = page.split("```").nth(1).expect("a fenced example");
    let Program { image, symbols, .. } = good(source);
    assert_eq!(image.methods()[0], Method { offset: 0, frame: 24, args: 16, public: true });
    assert_eq!(image.methods()[1], Method { offset: 29, frame: 0, args: 0, public: true });
    assert_eq!(&image.code()[..6], [0x43, 8, 0, 0x81, 25, 0]);
    assert_eq!(&image.code()[35..], [0x88, 0, 0, 0x8d], "gcd is index 0");
    let primes: Vec<u8> = [2_u64, 3, 5, 7].iter().flat_map(|p| p.to_le_bytes()).collect();
    assert_eq!(image.data(), [&primes[..], b"hello\0\0\0", &[29, 0, 0, 0]].concat());
    assert_eq!((symbols.method("main"), symbols.method_name(0), symbols.method("no")), (Some(1), Some("gcd"), None));
    assert_eq!((symbols.method_at(28), symbols.method_at(30)), (Some(("gcd", 28)), Some(("main", 1))));
    assert_eq!((symbols.method_at(40), symbols.line_at(40)), (None, None));
    let line = |text: &str| source.lines().position(|l| l.trim_start().starts_with(text)).map(|l| l as u32 + 1);
    assert_eq!((symbols.line_at(0), symbols.line_at(36)), (line("load_64 b"), line("invoke_internal")));
    assert_eq!((symbols.label_at(0), symbols.label_at(25)), (Some("gcd.loop"), Some("gcd.done")));
    round_trip(&image);
}

#[test]
fn every_mnemonic_assembles_to_its_bytes_and_back() {
    for op in OPS {
        let (source, expected) = sample(op);
        assert_eq!(code(&source), expected, "{source}");
        let image = Image::with_methods(expected.clone(), &[], &[]).expect("valid");
        round_trip(&image);
        let text = instruction_text(&expected, 0);
        assert_eq!(code(&text), expected, "{text}");
        if expected.len() > 1 {
            assert!(instruction_text(&expected[..expected.len() - 1], 0).ends_with(" (truncated)"));
        }
    }
    assert_eq!(instruction_text(&[0], 0), ".u8 0x00 (undefined)");
    assert_eq!(instruction_text(&[0x43, 8, 0], 0), "load_64 8");
    assert_eq!(instruction_text(&[1, 0x43, 8], 1), ".u8 0x43, 0x08 (truncated)");
    assert_eq!(instruction_text(&[1], 1), "(outside the code area)");
}

#[test]
fn const_takes_the_shortest_form() {
    for (value, mnemonic) in [
        ("-128", "const_8 -128"),
        ("127", "const_8 127"),
        ("128", "const_16 128"),
        ("-32769", "const_32 -32769"),
        ("0x8000_0000", "const_64 0x80000000"),
        ("0xffff_ffff_ffff_ffff", "const_8 -1"),
        ("1 << 63", "const_64 1 << 63"),
    ] {
        assert_eq!(code(&format!("const {value}")), code(mnemonic), "{value}");
    }
}

#[test]
fn names_mean_what_the_page_says() {
    let program = good(
        ".const A = END - start\n.const B = A + 1\n.entry out private args=A frame=B at=start\n\
         .method f\n.arg x 8\n.local f 4\nstart: load_64 f\n const f\n const_8 sizeof(x)\n invoke_internal f\n const_16 B\n br f\nEND:\n\
         .data\n .u8 index(f), sizeof(f), index(out)\n.align 4\n.here: .u16 .here, f.here, f",
    );
    let image = &program.image;
    assert_eq!(image.methods()[0], Method { offset: 0, frame: 17, args: 16, public: false });
    assert_eq!(image.code(), [0x43, 8, 0, 0x08, 8, 0x08, 8, 0x88, 1, 0, 0x09, 17, 0, 0x80, 0, 0]);
    assert_eq!(image.data(), [1, 4, 0, 0, 28, 0, 28, 0, 0, 0]);
    assert_eq!(program.symbols.method_at(3), Some(("out", 3)), "the first of two at the same offset");
}

#[test]
fn entries_and_constants_may_lean_on_later_labels() {
    let program = good(
        ".entry a public args=0 frame=0 at=b + 1\n.const c = a + 1\n.entry d public args=0 frame=0 at=c\n\
         .method b\nnop\n br a\n br d\n invoke_internal d",
    );
    let offsets: Vec<u16> = program.image.methods().iter().map(|m| m.offset).collect();
    assert_eq!(offsets, [1, 2, 0]);
    assert_eq!(program.image.code(), [1, 0x80, 1, 0, 0x80, 2, 0, 0x88, 1, 0]);
}

#[test]
fn empty_sources_and_empty_areas() {
    for source in ["", "\n\n; nothing\r\n", ".code\n.data\n", "\u{feff}"] {
        let image = good(source).image;
        assert_eq!((image.code(), image.constants()), (&[][..], &[0; 8][..]));
        round_trip(&image);
    }
    assert_eq!(good(".data\r\n.u8 1\r\n").image.data(), [1]);
}

#[test]
fn code_and_constants_may_be_full() {
    assert_eq!(good(".code\n.zero 16384").image.code().len(), 16_384);
    assert_eq!(good(".data\n.zero 16376").image.constants().len(), 16_384);
    let methods = (0..2047).map(|i| format!(".method m{i}\n")).collect::<String>();
    round_trip(&good(&(methods + "nop")).image);
}

/// One error each: source, line, column, message.
const ERRORS: &[(&str, usize, usize, &str)] = &[
    (".code\n  laod_64 8", 2, 3, "unknown instruction `laod_64`"),
    (".code\n  zzz", 2, 3, "unknown instruction `zzz`"),
    (".method f\n load_64", 2, 2, "`load_64` takes 1 operand, found 0"),
    (".code\n switch 8", 2, 2, "`switch` takes 2 operands, found 1"),
    (".code\n switch 8 9", 2, 11, "expected `,`, found `9`"),
    (".code\n dup 1", 2, 6, "`dup` takes no operand, found `1`"),
    (".code\n br 1, 2", 2, 6, "`br` takes 1 operand, found `,` after it"),
    (".code\n switch 1, 2 3", 2, 14, "`switch` takes 2 operands, found `3` after them"),
    (".code\n const_8 128", 2, 10, "128 does not fit `const_8`: -128 to 127"),
    (
        ".code\n const_64 1<<64",
        2,
        11,
        "18446744073709551616 does not fit `const_64`: -9223372036854775808 to 18446744073709551615",
    ),
    (
        ".code\n const 1<<64",
        2,
        8,
        "18446744073709551616 does not fit `const`: -9223372036854775808 to 18446744073709551615",
    ),
    (".code\n br -1", 2, 5, "-1 does not fit `br`: 0 to 65535"),
    (".code\n switch 0, 65536", 2, 12, "65536 does not fit `switch`: 0 to 65535"),
    (".data\n .u8 1, 256", 2, 9, "256 does not fit 8 bits: -128 to 255"),
    (".data\n .bytes \"a\", -129", 2, 14, "-129 does not fit 8 bits: -128 to 255"),
    (".data\n .u16 \"a\"", 2, 7, "expected an expression, found `\"a\"`"),
    (".data\n .u8", 2, 5, "expected an expression, found the end of the line"),
    (".method loop\n br lopo", 2, 5, "unknown name `lopo`"),
    (".method f\n.loop: br .lop", 2, 11, "unknown name `.lop`"),
    (".code\n br .x", 2, 5, "unknown name `.x`"),
    (".code\na: nop\na: nop", 3, 1, "`a` is defined a second time"),
    (".method f\nnop\n.const f = 1", 3, 8, "`f` is defined a second time"),
    (".method f\n.arg a 8\n.local a 8\nnop", 3, 8, "`a` is defined a second time"),
    (".method f\n.x: nop\n.x: nop", 3, 1, "`f.x` is defined a second time"),
    (".method f\n.local a 8\n.arg b 8\nnop", 3, 1, "`.arg` after `.local`"),
    (".arg b 8", 1, 1, "`.arg` outside a method"),
    (".code\n.x: nop", 2, 1, "local label `.x` outside a method"),
    (".method f\n.local a 2000\n.local b 49\nnop", 3, 10, "the frame exceeds 2048 bytes here"),
    (".method f\n.local a 2049\nnop", 2, 10, "2049 does not fit `.local`: 1 to 2048"),
    (".method f frame=2049\nnop", 1, 17, "2049 does not fit `frame=`: 0 to 2048"),
    (".method f args=9 frame=8\nnop", 1, 24, "9 argument bytes do not fit a frame of 8 bytes"),
    (".code\n.zero 16384\n nop", 3, 2, "the code area exceeds 16384 bytes here"),
    (".data\n.zero 16376\n.u8 0", 3, 1, "the constant area exceeds 16384 bytes here"),
    (".data\n.zero 1 << 100", 2, 7, "1267650600228229401496703205376 does not fit a number of zero bytes: 0 to 16384"),
    (".data\n.align 3", 2, 8, "3 is not a power of two"),
    (".data\n.u8 0x", 2, 5, "bad number `0x`"),
    (".data\n.bytes \"abc", 2, 8, "string is not closed"),
    (".data\n.bytes \"a\\q\"", 2, 10, "unknown escape `\\q`"),
    (".data\n.u8 ''", 2, 5, "empty character"),
    (".data\n.u8 'ab'", 2, 5, "character is not closed"),
    (".data\n.u8 #", 2, 5, "unexpected character `#`"),
    (".code\n const later\nlater: nop", 2, 8, "the value of `later` is not known yet"),
    (".data\n.zero end\nend:", 2, 7, "the value of `end` is not known yet"),
    (".const A = B\n.const B = 1", 1, 12, "the value of `B` is not known yet"),
    (".entry a public args=0 frame=0 at=a\n.code\n nop", 1, 35, "the value of `a` is not known yet"),
    (
        ".entry a public args=0 frame=0 at=b\n.entry b public args=0 frame=0 at=x\n.code\nx: nop",
        1,
        35,
        "the value of `b` is not known yet",
    ),
    (".entry a public args=0 frame=0 at=65536\n.code\n nop", 1, 35, "65536 does not fit `at=`: 0 to 65535"),
    (".entry a public args=0 frame=2049 at=0\n.code\n nop", 1, 30, "2049 does not fit `frame=`: 0 to 2048"),
    (".const A = A", 1, 12, "the value of `A` is not known yet"),
    (".method f publik\nnop", 1, 11, "expected `public`, `private`, `args=` or `frame=`, found `publik`"),
    (".method f public private\nnop", 1, 18, "`private` is given a second time"),
    (".method f args 8\nnop", 1, 16, "expected `=`, found `8`"),
    (".method 8\nnop", 1, 9, "expected a name, found `8`"),
    (".entry f public args=0 frame=0", 1, 31, "expected `at=`, found the end of the line"),
    (".entry f public args=0 frame=0 at=1\n.code\nnop", 1, 35, "offset 1 is outside the code area of 1 bytes"),
    (".entry f public args=8 frame=0 at=0\n.code\nnop", 1, 30, "8 argument bytes do not fit a frame of 0 bytes"),
    ("nop\n nop", 1, 1, "text outside any area"),
    (" x: nop", 1, 2, "text outside any area"),
    (".method f\nnop\n.method g", 3, 9, "method `g` has no instruction"),
    (".data\n.u8 1 +", 2, 8, "expected an expression, found the end of the line"),
    (".data\n.u8 (1", 2, 7, "expected an operator or `)`, found the end of the line"),
    (".data\n.u8 1 / 0", 2, 7, "division by zero"),
    (".data\n.u8 1 << 128", 2, 7, "shift by 128"),
    (".data\n.u64 170141183460469231731687303715884105727 + 1", 2, 46, "the result does not fit 128 bits"),
    (".data\n.mehtod f", 2, 1, "unknown directive `.mehtod`"),
    (".const X 1", 1, 10, "expected `=`, found `1`"),
    (".code dup", 1, 7, "expected the end of the line, found `dup`"),
    (".code\nf.x: nop", 2, 1, "`f.x` cannot start a line"),
    (".code\n = 3", 2, 2, "expected an instruction, a directive or a label, found `=`"),
    (".method f\n.local x 8\n br x", 3, 5, "`x` is a local"),
    (".method f\na: const_8 index(a)", 2, 18, "`a` is not a method"),
    (".method f\n const_8 sizeof(f)", 2, 17, "`f` is not a local or argument of this method"),
];

#[test]
fn each_mistake_gives_one_error_where_it_is() {
    one_error_each(ERRORS);
}

/// Each source has one error: its line, its column, what it says.
fn one_error_each(cases: &[(&str, usize, usize, &str)]) {
    for &(source, line, column, message) in cases {
        let found = errors(source);
        let found: Vec<_> = found.iter().map(|e| (e.line, e.column, e.message.as_str())).collect();
        assert_eq!(found, [(line, column, message)], "{source}");
    }
}

#[test]
fn errors_show_the_place_and_the_remedy() {
    let shown = |source| errors(source)[0].to_string();
    assert_eq!(shown(".code\n laod_64 8"), "t.avm:2:2: error: unknown instruction `laod_64` (did you mean `load_64`?)");
    assert_eq!(
        shown(".method f publik"),
        "t.avm:1:11: error: expected `public`, `private`, `args=` or `frame=`, found `publik` (did you mean `public`?)"
    );
    assert_eq!(shown(".method f\n.loop: br .lopo"), "t.avm:2:11: error: unknown name `.lopo` (did you mean `.loop`?)");
}

#[test]
fn independent_errors_are_reported_together_up_to_the_limit() {
    let found = errors(
        ".const A = $\n.method f args=x\n.local a\n bogus\n load_64 a\n br nowhere\n const A\n invoke_internal f\n.data\n.u8 300, A, -200",
    );
    let found: Vec<_> = found.iter().map(|e| (e.line, e.column)).collect();
    assert_eq!(found, [(1, 12), (2, 16), (3, 9), (4, 2), (6, 5), (10, 5), (10, 13)]);
    assert_eq!(errors(&".code\n bogus\n".repeat(50)).len(), MAX_ERRORS);
    let many = (0..2048).map(|i| format!(".method m{i}\n")).collect::<String>() + "nop\n.data\n.u8 1";
    let found = errors(&many);
    assert_eq!((found.len(), found[0].line, found[0].message.as_str()), (1, 2048, "more than 2047 methods"));
}

#[test]
fn long_and_deep_texts_are_refused_or_assembled() {
    let n = 50_000;
    for source in [
        format!(".data\n.u8 {}1{}", "(".repeat(n), ")".repeat(n)),
        format!(".data\n.u8 {}1", "-".repeat(n)),
        format!(".data\n.u8 {}1", "~ ".repeat(n)),
        format!(".code\n{}", "a".repeat(n)),
        format!(".code\n br {}", "a".repeat(n)),
        format!(".data\n.u8 {}", "9".repeat(n)),
        format!(".data\n.u8 0{}", "*2+1".repeat(n)),
        "\"".repeat(n),
        "'".repeat(n),
        ".zero 16384\n".repeat(n),
    ] {
        assert!(errors(&source).iter().all(|e| e.message.len() < 300));
    }
    assert_eq!(good(&format!(".data\n.u8 0{}", " + 1 - 1".repeat(n))).image.data(), [0]);
    let chain: String = (1..n).map(|i| format!(".const c{i} = c{} + 1\n", i - 1)).collect();
    assert_eq!(
        good(&format!(".const c0 = end\n{chain}.code\n const_32 c{}\nend:", n - 1)).image.code()[1..],
        (n as u32 + 4).to_le_bytes()
    );
}

#[test]
fn hand_made_images_round_trip() {
    let method = |offset, frame, args, public| Method { offset, frame, args, public };
    let every_byte: Vec<u8> = (0..=255).collect();
    for (code, methods, data) in [
        (vec![], vec![], vec![]),
        (vec![], vec![], every_byte.clone()),
        (every_byte.clone(), vec![], vec![]),
        (vec![0; 16_384], vec![method(16_383, 2048, 2048, true)], vec![0; 16_368]),
        // A branch into an instruction, one to itself, one outside, one cut short.
        (vec![0x80, 1, 0, 0x81, 3, 0, 0x82, 0xff, 0xff, 0x80, 9], vec![method(0, 0, 0, false)], b"a\"b\\c'd;".to_vec()),
        // Methods inside an instruction and at the same place; invocations that do not exist.
        (
            vec![0x0b, 0x88, 0, 0, 0x88, 9, 0, 7, 0x88],
            vec![method(4, 8, 8, true), method(2, 9, 1, true), method(2, 0, 0, false)],
            vec![b'x'; 100],
        ),
    ] {
        round_trip(&Image::with_methods(code, &methods, &data).expect("valid"));
    }
}

/// Code that is mostly instructions, with arbitrary bytes between them.
fn any_code() -> impl Strategy<Value = Vec<u8>> {
    let op = (0..OPS.len(), prop::array::uniform8(prop_oneof![0..8_u8, any::<u8>()]))
        .prop_map(|(op, bytes)| [&[OPS[op].code], &bytes[..usize::from(OPS[op].operand.bytes())]].concat());
    let branch = (0..60_u8, 0..3_u8).prop_map(|(to, op)| vec![0x80 + op, to, 0]);
    let piece = prop_oneof![4 => op, 2 => branch, 1 => prop::collection::vec(any::<u8>(), 0..9)];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn any_image() -> impl Strategy<Value = Image> {
    let method = (any::<prop::sample::Index>(), 0..=2048_u16, 0..=2048_u16, any::<bool>());
    let data = prop::collection::vec(prop_oneof![any::<u8>(), b' '..=b'~'], 0..200);
    (any_code(), prop::collection::vec(method, 0..12), data).prop_map(|(code, methods, data)| {
        let methods: Vec<Method> = methods
            .into_iter()
            .filter(|_| !code.is_empty())
            .map(|(at, a, b, public)| Method {
                offset: at.index(code.len()) as u16,
                frame: a.max(b),
                args: a.min(b),
                public,
            })
            .collect();
        Image::with_methods(code, &methods, &data).expect("valid")
    })
}

/// Text made of the language's own pieces, which gets further than arbitrary characters do.
fn any_source() -> impl Strategy<Value = String> {
    let words = ".method .entry .arg .local .const .code .data .u8 .u64 .bytes .zero .align f g x .x f.x x: .x: f: public \
                 args= frame= at= = , ( ) - ~ << >> * / % index(f) sizeof(x) 0 8 2048 65536 1<<126 \"s\" 'c' $ ; \u{e9} \
                 const const_8 load_64 br switch dup";
    let lines = ["\n", "\n", "\n", "\n.method f\n", "\n.code\n"];
    let words: Vec<&str> = words.split_whitespace().chain(lines).collect();
    prop::collection::vec(prop::sample::select(words), 0..60).prop_map(|words| words.join(" "))
}

fn sane(source: &str) -> Result<(), TestCaseError> {
    match assemble("t.avm", source) {
        Ok(program) => {
            let text = disassemble(&program.image);
            prop_assert_eq!(asm::assemble("t.avm", &text).map(|p| p.image), Ok(program.image));
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
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_image_round_trips(image in any_image()) {
        let text = disassemble(&image);
        prop_assert_eq!(assemble("t.avm", &text).map(|p| p.image), Ok(image), "{}", text);
    }

    #[test]
    fn no_text_panics(source in "\\PC{0,20}(\n[ .:a-z0-9'\"\\\\]{0,20}){0,4}") {
        sane(&source)?;
    }

    #[test]
    fn no_statements_panic(source in any_source()) {
        sane(&source)?;
    }

    #[test]
    fn no_instruction_text_panics(code in any_code(), pc in 0_usize..400) {
        prop_assert!(!instruction_text(&code, pc).is_empty());
    }
}
