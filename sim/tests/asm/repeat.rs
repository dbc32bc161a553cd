// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the assembler takes so that sources need not repeat themselves: `.repeat` blocks, and several instructions in
//! a line.

use super::{good, one_error_each};
use avm_sim::algorand::asm::{assemble, plain};
use proptest::prelude::*;

/// A source assembles to the same as another, in which everything is written out; and so does its plain form.
fn same(source: &str, written_out: &str) {
    let image = good(written_out).image;
    assert_eq!(good(source).image, image, "{source}");
    assert_eq!(good(&plain(source)).image, image, "{}", plain(source));
    let lines = |text: &str| text.lines().map(|l| l.trim().to_string()).collect::<Vec<_>>();
    assert_eq!(lines(&plain(source)), lines(&plain(written_out)));
}

#[test]
fn blocks_stand_as_often_as_they_say() {
    same(".code\n.repeat 3\n const 7\n pop ; twice\n.end\n", ".code\n const 7\n pop\n const 7\n pop\n const 7\n pop\n");
    same(
        ".method f\n.repeat i = 0, 2\n.local v{i} 8\n.end\n.repeat n = 1, 2 ; up\n .to_{n}: const {n} << {n} + v{n}\n.end\n br .to_2",
        ".method f\n.local v0 8\n.local v1 8\n.local v2 8\n .to_1: const 1 << 1 + v1\n .to_2: const 2 << 2 + v2\n br .to_2",
    );
    same(
        ".code\n nop\n.repeat i = 10, 12\n.entry m{i} public args=0 frame=0 at={i} % 2\n.end\n nop",
        ".code\n nop\n.entry m10 public args=0 frame=0 at=10 % 2\n.entry m11 public args=0 frame=0 at=11 % 2\n\
         .entry m12 public args=0 frame=0 at=12 % 2\n nop",
    );
    same(".data\r\n.repeat i = 4, 4\r\n.bytes \"{i}{j}{\"\r\n.end\r\n", ".data\n.bytes \"4{j}{\"\n");
}

#[test]
fn the_blocks_of_the_page_assemble() {
    let page = include_str!("../../../docs/algorand/assembler.md");
    let blocks = page.split("```").nth(3).expect("a second fenced example");
    let program = good(&format!(".code\n{blocks}end: nop"));
    assert_eq!((program.image.code().len(), program.image.methods().len()), (128, 1089));
    assert_eq!(program.image.methods()[97].offset, 127 - 3, "m100");
}

#[test]
fn blocks_nest() {
    same(
        ".code\n.repeat a = 1, 2\n.repeat b = {a}, 2\nx{a}{b}: const {a}*10+{b}\n.end\n.repeat 2\n pop\n.end\n.end",
        ".code\nx11: const 1*10+1\nx12: const 1*10+2\n pop\n pop\nx22: const 2*10+2\n pop\n pop",
    );
}

#[test]
fn a_line_may_hold_several_instructions() {
    same(
        ".method f public\n.loop: again: const 1 const -2 + 1 isubw br .loop ; and so on\n const_64 5 switch t, 2 dup\n\
         .data\nt: .u16 f, f",
        ".method f public\n.loop: again: const 1\n const -2 + 1\n isubw\n br .loop\n const_64 5\n switch t, 2\n dup\n\
         .data\nt: .u16 f, f",
    );
    // A label with the name of an instruction is an operand where there must be one.
    same(".code\ndup: br dup dup", ".code\ndup: br dup\n dup");
}

#[test]
fn what_is_made_has_the_line_that_makes_it() {
    let program = good(".code\n nop nop\n.repeat i = 1, 2\n\n const_8 {i} pop\nl{i}: nop\n.end\n nop");
    let lines: Vec<_> = (0..11).map(|at| program.symbols.line_at(at)).collect();
    assert_eq!(lines, [2, 2, 5, 5, 5, 6, 5, 5, 5, 6, 8].map(Some));
    assert_eq!(program.symbols.label_at(9), Some("l2"));
}

/// Source, line, column, message.
const ERRORS: &[(&str, usize, usize, &str)] = &[
    (".code\n .repeat 2\n nop", 2, 2, "`.repeat` without `.end`"),
    (".code\n.repeat 2\n.repeat 2\n nop\n.end", 2, 1, "`.repeat` without `.end`"),
    (".code\n nop\n  .end", 3, 3, "`.end` without `.repeat`"),
    (".code\n.repeat 2\n nop\n.end 2", 4, 1, "`.end` stands alone in its line"),
    (".code\nx: .repeat 2\n nop", 2, 4, "`.repeat` in the middle of a line"),
    (".code\nx: .repeat 2\n nop\n.end", 2, 4, "`.repeat` stands alone in its line"),
    (".code\n nop .repeat 2\n nop\n.end", 2, 6, "`.repeat` stands alone in its line"),
    (".code\n.repeat 2\n nop\nx: .end", 4, 4, "`.end` stands alone in its line"),
    (".code\n.repaet 2\n nop", 2, 1, "unknown directive `.repaet`"),
    (".code\n.repeat\n nop\n.end", 2, 8, "expected a number, found the end of the line"),
    (".code\n.repeat 0\n nop\n.end", 2, 9, "COUNT is 1 or more"),
    (".code\n.repeat i = 2, 1\n nop\n.end", 2, 9, "a counter goes up from FIRST to LAST, and FIRST is 0 or more"),
    (".code\n.repeat i = -1, 1\n nop\n.end", 2, 9, "a counter goes up from FIRST to LAST, and FIRST is 0 or more"),
    (".code\n.repeat i = 2\n nop\n.end", 2, 14, "expected `,`, found the end of the line"),
    (".code\n.repeat i = 1, 2, 3\n nop\n.end", 2, 17, "expected the end of the line, found `,`"),
    (".code\n.repeat 2 nop\n.end", 2, 11, "expected the end of the line, found `nop`"),
    (".code\nx: nop\n.repeat x\n nop\n.end", 3, 9, "`x` is not known here"),
    (".code\n.repeat 1 / 0\n nop\n.end", 2, 11, "division by zero"),
    (".code\n.repeat $\n nop\n.end", 2, 9, "unexpected character `$`"),
    (".code\n.repeat i = 1, 2\n.repeat i = 1, 2\n nop\n.end\n.end", 3, 9, "`i` already counts a block around this one"),
    (".code\n.repeat i = 1, 2\n const {j}\n.end", 3, 8, "unexpected character `{`"),
    (".code\n const {i}", 2, 8, "unexpected character `{`"),
    (".code\n.repeat 2\n x: nop\n.end", 3, 2, "`x` is defined a second time"),
    // Columns are those of the source, whatever the counters are.
    (
        ".code\n.repeat i = 1000, 1000\nx{i}: const {i} laod\n.end",
        3,
        17,
        "`const` takes 1 operand, found `laod` after it",
    ),
    (".code\n.repeat i = 1000, 1000\n const_8 {i} + {i}\n.end", 3, 10, "2000 does not fit `const_8`: -128 to 127"),
    (
        ".code\n.repeat i = 100000, 100000\n const {i}\n .zero {i} *\n.end",
        4,
        13,
        "expected an expression, found the end of the line",
    ),
    // The same mistake in each pass is one.
    (".code\n.repeat 100\n laod 1\n.end", 3, 2, "unknown instruction `laod`"),
    (".code\n nop nop 1", 2, 10, "`nop` takes no operand, found `1`"),
    (".code\n nop .zero 1", 2, 6, "`nop` takes no operand, found `.zero`"),
    (".code\n .zero 1 nop", 2, 10, "expected the end of the line, found `nop`"),
];

#[test]
fn each_mistake_gives_one_error_where_it_is() {
    one_error_each(ERRORS);
    let typo = &assemble("t.avm", ".code\n nop laod_64 8").expect_err("a typo")[0];
    assert_eq!(typo.help, "did you mean `load_64`?");
}

#[test]
fn no_count_takes_all_time_and_memory() {
    let deep = |n: usize, count: &str, body: &str| {
        format!(".code\n{}{body}{}", format!(".repeat {count}\n").repeat(n), ".end\n".repeat(n))
    };
    let limit = "the `.repeat` blocks make more than 1048576 bytes of source up to here";
    for (source, says) in [
        (deep(1, "99999999999", ""), limit),
        (deep(1, "99999999999", "nop\n"), limit),
        (deep(1, "1 << 126", "nop\n"), limit),
        (deep(8, "99999999999", "nop\n"), limit),
        (deep(1, "1000", &("nop ".repeat(1000) + "\n")), limit),
        (deep(9, "1", "nop\n"), "`.repeat` nested more than 8 deep"),
        (deep(50_000, "1", "nop\n"), "`.repeat` nested more than 8 deep"),
    ] {
        assert_eq!(assemble("t.avm", &source).expect_err("too much")[0].message, says);
    }
    good(&deep(8, "1", "nop\n"));
    // A long line with many counters.
    let many = format!(".data\n.repeat i = 1, 1\n.u8 0{}\n.end", " + {i} - {i}".repeat(20_000));
    assert_eq!(good(&many).image.data(), [0]);
    assert_eq!(plain(&many).lines().count(), 2);
}

#[test]
fn the_plain_form_of_a_faulty_source_has_its_faults() {
    for source in [".code\n laod 1 nop", ".code\n.repeat 1\n nop", ".code\n nop $ ; x", ".data\n.bytes \"abc"] {
        let (before, after) = (assemble("t.avm", source), assemble("t.avm", &plain(source)));
        assert_eq!(before.expect_err(source)[0].message, after.expect_err(source)[0].message);
    }
}

/// Lines that blocks are made of, right and wrong ones.
fn any_blocks() -> impl Strategy<Value = String> {
    let lines = [
        ".repeat 2",
        ".repeat i = 0, 2",
        ".repeat j = {i}, 1000",
        ".repeat i",
        ".end",
        ".end",
        ".end ; x",
        "x{i}: nop nop",
        ".m{j}_{i}: const {i} pop",
        ".method m{i} public",
        ".u8 {i}, {j}",
        ".bytes \"{i}{\"",
        "const {i} laod",
        "{",
        "br {j} +",
    ];
    prop::collection::vec(prop::sample::select(lines.to_vec()), 0..20).prop_map(|l| format!(".code\n{}", l.join("\n")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_blocks_panic(source in any_blocks()) {
        let plain = assemble("t.avm", &plain(&source)).map(|p| p.image);
        match assemble("t.avm", &source) {
            Ok(program) => prop_assert_eq!(plain, Ok(program.image)),
            Err(errors) => {
                prop_assert!(plain.is_err());
                for e in errors {
                    let line = source.split('\n').nth(e.line - 1).expect("a line of the source");
                    prop_assert!((1..=line.chars().count() + 1).contains(&e.column), "{}\n{}", e, source);
                }
            }
        }
    }
}
