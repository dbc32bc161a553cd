// SPDX-License-Identifier: MIT OR Apache-2.0
//! The assembler of the Arbitrum machine against its page, and against everything that can be thrown at it.

use avm_sim::arbitrum::asm::{AsmError, MAX_ERRORS, Program, assemble, disassemble};
use avm_sim::arbitrum::isa::OPS;
use avm_sim::arbitrum::mexe::{Image, Instruction};
use avm_sim::arbitrum::value::Value;
use ruint::aliases::U256;

mod arbitrary;
mod errors;
mod files;
mod vectors;

fn good(source: &str) -> Program {
    assemble("t.avma", source).unwrap_or_else(|errors| {
        let errors: Vec<String> = errors.iter().map(AsmError::to_string).collect();
        panic!("{}\n{source}", errors.join("\n"))
    })
}

/// What it assembles to, one instruction per line: `add 5`, `jump L7`.
fn words(source: &str) -> Vec<String> {
    listing(&good(source).image)
}

fn listing(image: &Image) -> Vec<String> {
    let last = image.code().len() as u32;
    image.code().iter().map(|i| avm_sim::arbitrum::asm::instruction_text(i, last)).collect()
}

fn fixed(source: &str) -> String {
    let image = good(source).image;
    avm_sim::arbitrum::asm::value_text(image.static_value(), image.code().len() as u32)
}

fn round_trip(image: &Image) {
    let text = disassemble(image);
    assert_eq!(&good(&text).image, image, "{text}");
    let text = image.to_text();
    assert_eq!(&Image::parse("t.mexe", &text).expect("reads"), image, "{text}");
}

/// The value of an immediate.
fn value(text: &str) -> Value {
    let image = good(&format!("push {text}\n")).image;
    image.code()[0].immediate.clone().expect("a value")
}

fn int(text: &str) -> U256 {
    match value(text) {
        Value::Int(n) => n,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_example_of_the_page_assembles() {
    let page = include_str!("../../../docs/arbitrum/assembler.md");
    let source = page.split("```").nth(1).expect("a fenced example");
    let program = good(source);
    let expected = "nop 270|nop 192|nop L4|jump L5|halt|auxpush|dup0|iszero|cjump L16|swap1|dup1|swap1|mod|spush|tget 0|jump|pop|\
                    auxpop|jump";
    assert_eq!(listing(&program.image).join("|"), expected);
    assert_eq!(program.symbols.routine_at(14), Some(("gcd", 8)));
    // The second example is macros alone.
    let macros = page.split("```").nth(3).expect("a second example");
    assert_eq!(words(&format!("{macros} unless 1, .out put 2\n.out:")).len(), 5);
    round_trip(&program.image);
}

#[test]
fn every_mnemonic_assembles_to_its_opcode_and_back() {
    for op in OPS {
        let image = good(&format!("{}\n{0} [7]", op.name)).image;
        let seven = Value::Tuple(vec![Value::int(7)]);
        assert_eq!(image.code()[0], Instruction { opcode: op.code, immediate: None });
        assert_eq!(image.code()[1], Instruction { opcode: op.code, immediate: Some(seven) });
        round_trip(&image);
    }
    assert_eq!(words(".op 0  .op 0x7a, 5 .op 0xff"), [".op 0x00", ".op 0x7a, 5", ".op 0xff"]);
}

#[test]
fn integers_are_written_in_many_ways() {
    for (text, n) in [
        ("0", 0_u64),
        ("1_000", 1000),
        ("0xff_ff", 65_535),
        ("0b101", 5),
        ("'a'", 97),
        ("\"ab\"", 0x6162),
        ("\"\"", 0),
        ("x\"00 ff_01\"", 0xff01),
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("1 << 2 + 1", 8),
        ("6 & 3 | 8 ^ 1", 11),
        ("7 / 2 % 2", 1),
        ("-1 - -3", 2),
        ("opcode(jump) + opcode(inboxpeek)", 0x34 + 0x71),
        ("~-6", 5),
        ("1 << 256", 0),
        ("-1 >> 192", u64::MAX),
    ] {
        assert_eq!(int(text), U256::from(n), "{text}");
    }
    assert_eq!(int("-1"), U256::MAX);
    assert_eq!(int(&format!("0x{}", "f".repeat(64))), U256::MAX);
    assert_eq!(int("115792089237316195423570985008687907853269984665640564039457584007913129639935"), U256::MAX);
    assert_eq!(int("keccak()"), int("0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"));
    assert_eq!(int("keccak(\"transfer(address,uint256)\") >> 224"), U256::from(0xa905_9cbb_u32));
    assert_eq!(int(&format!("0{}", " + 1".repeat(100_000))), U256::from(100_000));
}

#[test]
fn tuples_buffers_and_codepoints_are_values() {
    let text = |source: &str| avm_sim::arbitrum::asm::value_text(&value(source), 1);
    assert_eq!(text("[1, [2, []], (3 + 4)]"), "[1, [2, []], 7]");
    assert_eq!(text("[buffer(\"a\", x\"00\", \"b\"), buffer()]"), "[buffer(x\"610062\"), buffer()]");
    assert_eq!(text("[errcp, -5, 0x1_0000_0001]"), "[errcp, -5, 0x100000001]");
    assert_eq!(words("jump [end, end] add end\nend:"), ["jump [errcp, errcp]", "add errcp"]);
    assert_eq!(words("jump a nop a: nop"), ["jump L2", "nop", "nop"]);
    assert_eq!(fixed(".static [a, b]\na: nop\nb: halt"), "[L0, L1]");
    assert_eq!(fixed(""), "[]");
    assert_eq!(words(".const A = [7]\n.const B = [A, end]\n nop B\nend:"), ["nop [[7], errcp]"]);
}

#[test]
fn labels_are_local_to_the_one_above() {
    let source = ".slot a.x\n.slot b.x\na: .x: nop goto .x\nb: .x: nop goto .x goto a.x\n cjump c.y\nc: .y: halt";
    assert_eq!(
        words(source),
        [
            "nop",
            "spush",
            "tget 0",
            "jump",
            "nop",
            "spush",
            "tget 1",
            "jump",
            "spush",
            "tget 0",
            "jump",
            "cjump L12",
            "halt"
        ]
    );
}

#[test]
fn shorthands_take_an_immediate_for_what_is_below_and_a_slot_for_what_is_above() {
    assert_eq!(words("goto a cgoto a call a\na: halt"), ["jump L4", "cjump L4", "nop L4", "jump L4", "halt"]);
    let source = ".slot a\n.slot n = 5\na: goto a cgoto a call a slot n\nb:halt";
    let expected = [
        "spush", "tget 0", "jump", "spush", "tget 0", "cjump", "spush L9", "tget 0", "jump", "spush", "tget 1", "halt",
    ];
    assert_eq!(words(source), expected);
    assert_eq!(fixed(source), "[L0, 5]");
    // Nine slots make two levels.
    let many: String = (0..9).map(|i| format!(".slot s{i} = {i}\n")).collect();
    assert_eq!(words(&format!("{many} slot s0 slot s8")), ["spush", "tget 0", "tget 0", "spush", "tget 1", "tget 0"]);
    assert_eq!(fixed(&many), "[[0, 1, 2, 3, 4, 5, 6, 7], [8]]");
    let most: String = (0..4096).map(|i| format!(".slot s{i} = {i}\n")).collect();
    assert_eq!(words(&format!("{most} slot s4095")), ["spush", "tget 7", "tget 7", "tget 7", "tget 7"]);
}

#[test]
fn macros_have_parameters_and_labels_of_their_own() {
    let source = "
.macro unless value, target
    push value  iszero  cjump target
.end
.macro skip n
    unless n, .out
    goto .out
.out:
.end
    skip 1 + 2  skip [4]
    unless .far, .far
.far: halt";
    let all = [
        "nop 3",
        "iszero",
        "cjump L4",
        "jump L4",
        "nop [4]",
        "iszero",
        "cjump L8",
        "jump L8",
        "nop L11",
        "iszero",
        "cjump L11",
        "halt",
    ];
    assert_eq!(words(source), all);
    // An argument of several parts stays together; an argument may be an instruction.
    assert_eq!(words(".macro twice n\n push n * 2\n.end\n twice 1 + 2 twice -1 dup0"), ["nop 6", "nop -2", "dup0"]);
    assert_eq!(words(".macro both op x\n op x op x\n.end\n both add, 5"), ["add 5", "add 5"]);
    let program = good(source);
    let calls: Vec<(&str, u32)> = program.symbols.calls_at(0).map(|(name, at)| (name, at.line)).collect();
    assert_eq!(calls, [("unless", 6), ("skip", 10)]);
    assert_eq!(program.symbols.line_at(0).map(|l| l.line), Some(3));
    assert_eq!(program.symbols.outer_line_at(0).map(|l| l.line), Some(10));
    assert_eq!(program.symbols.outer_line_at(11).map(|l| l.line), Some(12));
}

#[test]
fn blocks_are_written_out() {
    assert_eq!(
        words(".repeat 2\n nop\n.repeat i = 3, 4\n push i * 2\n.end\n.end"),
        ["nop", "nop 6", "nop 8", "nop", "nop 6", "nop 8"]
    );
    assert_eq!(words(".repeat i = 3, 2\n nop\n.end\n.repeat 0\nnop\n.end\nhalt"), ["halt"]);
    assert_eq!(words(".macro many n\n.repeat n\n nop\n.end\n.end\n many 3"), ["nop", "nop", "nop"]);
}

#[test]
fn symbols_name_words_and_routines() {
    let program = good("nop\nmain: nop\n.loop: nop nop\n\nlast: halt ; end\n");
    let symbols = &program.symbols;
    assert_eq!(
        (symbols.label_at(1), symbols.label_at(2), symbols.label_at(3)),
        (Some("main"), Some("main.loop"), None)
    );
    assert_eq!((symbols.routine_at(0), symbols.routine_at(3)), (None, Some(("main", 2))));
    assert_eq!((symbols.routine_at(4), symbols.routine_at(5)), (Some(("last", 0)), None));
    assert_eq!((symbols.word_of("main.loop"), symbols.word_of("no")), (Some(2), None));
    let lines: Vec<u32> = (0..5).map(|w| symbols.line_at(w).expect("a line").line).collect();
    assert_eq!((lines, symbols.len(), symbols.line_at(5)), (vec![1, 2, 3, 3, 5], 5, None));
}

#[test]
fn empty_sources() {
    for source in ["", "\n\n; nothing\r\n", "\u{feff}", ".static []"] {
        let image = good(source).image;
        assert!(image.code().is_empty());
        round_trip(&image);
    }
}

#[test]
fn long_and_deep_texts_are_refused_or_assembled() {
    let n = 50_000;
    for source in [
        format!("push {}1{}", "(".repeat(n), ")".repeat(n)),
        format!("push {}1{}", "[".repeat(n), "]".repeat(n)),
        format!("push {}1", "-".repeat(n)),
        "a".repeat(n),
        format!("push {}", "a".repeat(n)),
        format!("push {}", "9".repeat(n)),
        "\"".repeat(n),
        ".macro m\n m m\n.end\n m".into(),
        format!(".macro m\n.repeat {n}\n.repeat {n}\n nop\n.end\n.end\n.end\n m"),
        ".repeat -1\n.end".into(),
        format!("push [{}]", "1, ".repeat(n)),
        // Many names, and many that are nearly one of them.
        (0..n / 10)
            .map(|i| format!("label{i}: jump lable{i} goto labek{i} slot s{i}\n.const c{i} = labei{i}\n"))
            .collect(),
        // Each constant is eight of the one above.
        format!(
            ".const c0 = [1,1,1,1,1,1,1,1]\n{}\npush c19",
            (1..20)
                .map(|i| format!(".const c{i} = [{}]\n", vec![format!("c{}", i - 1); 8].join(",")))
                .collect::<String>()
        ),
        format!(
            ".const c0 = []\n{}\npush c99",
            (1..100).map(|i| format!(".const c{i} = [c{}]\n", i - 1)).collect::<String>()
        ),
    ] {
        let errors = assemble("t.avma", &source).expect_err(&source[..source.len().min(50)]);
        assert!(errors.iter().all(|e| e.message.len() < 300 && !e.help.is_empty()), "{errors:?}");
        assert!((1..=MAX_ERRORS).contains(&errors.len()));
    }
    assert_eq!(words(&"nop\n".repeat(n)).len(), n);
    round_trip(&good(&format!("push {}{}", "[".repeat(60), "]".repeat(60))).image);
    let errors = assemble("t.avma", &format!("push {}{}", "[".repeat(61), "]".repeat(61))).expect_err("too deep");
    assert_eq!(errors[0].to_string().split(" (").next(), Some("t.avma:1:6: error: Tuples nested more than 60 deep"));
}
