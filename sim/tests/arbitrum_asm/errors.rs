// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is wrong in a source: one error each, where it is, with a remedy.

use avm_sim::arbitrum::asm::{AsmError, MAX_ERRORS, assemble};

fn errors(source: &str) -> Vec<AsmError> {
    let errors = assemble("t.avma", source).expect_err(source);
    assert!(errors.iter().all(|e| !e.help.is_empty() && !e.message.is_empty()), "{errors:?}");
    errors
}

/// One error each: source, line, column, message.
const ERRORS: &[(&str, usize, usize, &str)] = &[
    (" laod 8", 1, 2, "unknown instruction `laod`"),
    (" zzzzzzzz", 1, 2, "unknown instruction `zzzzzzzz`"),
    (" push", 1, 6, "expected a value for `push`, found the end of the line"),
    (" push add 5", 1, 7, "expected a value for `push`, found `add`"),
    (" push x:", 1, 7, "expected a value for `push`, found `x`"),
    (" goto", 1, 6, "expected a name for `goto`, found the end of the line"),
    (" goto 5", 1, 7, "expected a name for `goto`, found `5`"),
    (" goto add", 1, 7, "expected a name for `goto`, found `add`"),
    (" add 5 6", 1, 8, "expected an instruction, a directive or a label, found `6`"),
    (" add 5,", 1, 7, "expected an instruction, a directive or a label, found `,`"),
    (" add [1, 2", 1, 11, "expected `,` or `]`, found the end of the line"),
    (" add [1 2]", 1, 9, "expected `,` or `]`, found `2`"),
    (" add [1, ]", 1, 10, "expected a value, found `]`"),
    (" push [1,2,3,4,5,6,7,8,9]", 1, 24, "a Tuple of more than 8 slots"),
    (" add (1", 1, 8, "expected an operator or `)`, found the end of the line"),
    (" add (1, 2)", 1, 8, "expected an operator or `)`, found `,`"),
    (" add 1 +", 1, 9, "expected a value, found the end of the line"),
    (" add 1 / (3 - 3)", 1, 8, "division by zero"),
    (" add [] + 1", 1, 9, "`+` of a Tuple"),
    (" add -errcp", 1, 6, "`-` of a CodePoint"),
    (" add buffer() & 1", 1, 15, "`&` of a Buffer"),
    (" add buffer(1)", 1, 13, "expected a text or `x\"..\"`, found `1`"),
    (" add buffer \"a\"", 1, 13, "expected `(`, found `\"a\"`"),
    (" add keccak(\"a\" \"b\")", 1, 17, "expected `,` or `)`, found `\"b\"`"),
    (
        " add 0x1_0000000000000000_0000000000000000_0000000000000000_0000000000000000",
        1,
        6,
        "number `0x1_0000000000000000_0000000000000000_00...` is too long",
    ),
    (" add \"123456789012345678901234567890123\"", 1, 6, "33 bytes do not fit an Integer"),
    (" add opcode(foo)", 1, 13, "expected an instruction, found `foo`"),
    (" add opcode(push)", 1, 13, "expected an instruction, found `push`"),
    (" add opcode add", 1, 13, "expected `(`, found `add`"),
    (" add opcode(add", 1, 16, "expected `)`, found the end of the line"),
    (" add 0x", 1, 6, "bad number `0x`"),
    (" add 12ab", 1, 6, "bad number `12ab`"),
    (" add \"abc", 1, 6, "string is not closed"),
    (" add x\"0\"", 1, 7, "an odd number of hexadecimal digits"),
    (" add x\"0 0\"", 1, 7, "these bytes are not hexadecimal"),
    (" add x\"00", 1, 7, "string is not closed"),
    (" add \"a\\q\"", 1, 8, "unknown escape `\\q`"),
    (" add ''", 1, 6, "empty character"),
    (" add 'ab'", 1, 6, "character is not closed"),
    (" add #", 1, 6, "unexpected character `#`"),
    ("a: nop\na: nop", 2, 1, "`a` is defined a second time"),
    ("a: nop\n.x: nop\n.x: nop", 3, 1, "`a.x` is defined a second time"),
    ("a: nop\n.const a = 1", 2, 8, "`a` is defined a second time"),
    ("add: nop", 1, 1, "`add` is an instruction"),
    ("errcp: nop", 1, 1, "`errcp` is a word of the language"),
    (".const push = 1", 1, 8, "`push` is an instruction"),
    (".const X 1", 1, 10, "expected `=`, found `1`"),
    (".const 8 = 1", 1, 8, "expected a name, found `8`"),
    (".const A = A", 1, 12, "the value of `A` is not known yet"),
    (".const A = B\n.const B = 1", 1, 12, "the value of `B` is not known yet"),
    ("loop: nop\n jump lopo", 2, 7, "unknown name `lopo`"),
    ("a: nop\n jump .x", 2, 7, "unknown name `.x`"),
    ("loop: nop\n jump loop", 2, 7, "`loop` is not below: an immediate cannot name this instruction or one above"),
    ("loop: jump loop", 1, 12, "`loop` is not below: an immediate cannot name this instruction or one above"),
    ("loop: nop [1, [loop]]", 1, 16, "`loop` is not below: an immediate cannot name this instruction or one above"),
    (
        ".const T = [loop]\nloop: nop\n nop T",
        3,
        6,
        "the constant `T` names `loop`, which is not below: an immediate cannot name this instruction or one above",
    ),
    (
        ".const T = [[end], loop.x]\nloop: .x: nop\n nop T\nend:",
        3,
        6,
        "the constant `T` names `loop`, which is not below: an immediate cannot name this instruction or one above",
    ),
    (".const C = 5\n goto C", 2, 7, "`C` is a constant, and has no slot: `goto` needs a label or a slot"),
    (".const C = 5\n slot C", 2, 7, "`C` is a constant, and has no slot: `slot` needs a label or a slot"),
    ("loop: nop\n goto loop", 2, 7, "`loop` is above, and has no slot"),
    ("loop: nop\n cgoto loop", 2, 8, "`loop` is above, and has no slot"),
    ("loop: call loop", 1, 12, "`loop` is above, and has no slot"),
    (" goto nowhere", 1, 7, "unknown name `nowhere`"),
    (" slot nowhere", 1, 7, "unknown slot `nowhere`"),
    (".slot loop", 1, 7, "unknown name `loop`"),
    (".slot a = 1\n.slot a = 2", 2, 7, "`a` is defined a second time"),
    (".slot a = 1\n.static []", 2, 1, "`.static` beside `.slot`"),
    (".static []\n.static 1", 2, 1, "static is given a second time"),
    (".static", 1, 8, "expected a value, found the end of the line"),
    (".static 1 nop", 1, 11, "expected the end of the line, found `nop`"),
    (".op 256", 1, 5, "256 is no opcode"),
    (".op add", 1, 5, "expected a number, found `add`"),
    (".op 5,", 1, 7, "expected a value, found the end of the line"),
    (".stat 1", 1, 1, "unknown directive `.stat`"),
    (".macro\n.end", 1, 7, "expected a name, found the end of the line"),
    (".macro add\n.end", 1, 8, "`add` is an instruction"),
    (".macro m a a\n.end", 1, 12, "`a` is defined a second time"),
    (".macro m\n.end\n.macro m\n.end", 3, 8, "`m` is defined a second time"),
    (".macro m\n nop", 1, 1, "`.macro` without `.end`"),
    (".end", 1, 1, "`.end` without `.macro` or `.repeat`"),
    (".repeat 2\n nop\n.end 5", 3, 6, "text behind `.end`"),
    (" nop .end", 1, 6, "`.end` stands alone in its line"),
    (".macro m a\n.end\n m", 3, 2, "`m` takes 1 argument, found 0"),
    (".macro m a b\n.end\n m 1", 3, 2, "`m` takes 2 arguments, found 1"),
    (".macro m a b\n.end\n m 1 2", 3, 2, "`m` takes 2 arguments, found 1"),
    (".macro m a\n.end\n m 1, 2", 3, 2, "`m` takes 1 argument, found more"),
    (".macro m\n.end\nm: nop", 3, 1, "`m` is defined a second time"),
    (".macro m\n.macro n\n.end\n.end", 2, 1, "`.macro` inside a macro"),
    (".repeat x\n.end", 1, 9, "`x` is not a number"),
    (".repeat i = 1\n.end", 1, 14, "expected `,`, found the end of the line"),
    (".repeat\n.end", 1, 8, "expected a value, found the end of the line"),
    (".repeat []\n.end", 1, 9, "this is no Integer"),
    (".repeat 1000000\n nop\n.end", 1, 1, "macros and blocks make more than 524288 tokens"),
    (".macro m\n m\n.end\n m", 2, 2, "macros and blocks nested more than 32 deep"),
    (".repeat -1\n nop\n.end", 1, 9, "`.repeat` with -1: its numbers are from 0 on"),
    (".repeat i = -2, 1\n nop\n.end", 1, 13, "`.repeat` with -2: its numbers are from 0 on"),
    (
        ".repeat 1 << 255\n.end",
        1,
        9,
        "`.repeat` with 0x8000000000000000000000000000000000000000000000000000000000000000, which is too large",
    ),
    // What a line lacks of which only a part could be read is not said, too.
    (" push 0x", 1, 7, "bad number `0x`"),
    (" push \"abc", 1, 7, "string is not closed"),
    (" goto #", 1, 7, "unexpected character `#`"),
    (".const A = 12ab", 1, 12, "bad number `12ab`"),
    (".repeat 12ab\n nop\n.end", 1, 9, "bad number `12ab`"),
    (".include \"abc", 1, 10, "string is not closed"),
    (".macro m a b\n.end\n m 1, 0b2", 3, 7, "bad number `0b2`"),
    (".macro m\n push ''\n.end\n m m", 2, 7, "empty character"),
    (" = 3", 1, 2, "expected an instruction, a directive or a label, found `=`"),
    ("a.b: nop", 1, 1, "expected an instruction, a directive or a label, found `a.b`"),
];

#[test]
fn each_mistake_gives_one_error_where_it_is() {
    for &(source, line, column, message) in ERRORS {
        let found = errors(source);
        let found: Vec<_> = found.iter().map(|e| (e.line, e.column, e.message.as_str())).collect();
        assert_eq!(found, [(line, column, message)], "{source}");
    }
}

#[test]
fn errors_show_the_place_and_the_remedy() {
    let shown = |source| errors(source)[0].to_string();
    assert_eq!(shown(" laod 8"), "t.avma:1:2: error: unknown instruction `laod` (did you mean `add`?)");
    assert_eq!(
        shown("a:\n.loop: nop\n cjump .loop"),
        "t.avma:3:8: error: `.loop` is not below: an immediate cannot name this instruction or one above (its hash would be \
         its own; add `.slot .loop` and write `goto`, `cgoto`, `call` or `slot .loop`)"
    );
    assert_eq!(
        shown(".macro m n\n push n n\n.end\n\n m 5"),
        "t.avma:5:4: error: expected an instruction, a directive or a label, found `5` (`;` starts a comment)"
    );
    assert_eq!(
        shown(".macro m\n jump nowhere\n.end\n\n m m"),
        "t.avma:2:7: error: unknown name `nowhere` (define it with `NAME:` or `.const`; this is macro `m`, called in line 5)"
    );
}

#[test]
fn independent_errors_are_reported_together_up_to_the_limit() {
    let places = |source| errors(source).iter().map(|e| (e.line, e.column)).collect::<Vec<_>>();
    assert_eq!(places(" add #\n bogus\n push\n halt"), [(1, 6), (2, 2), (3, 6)]);
    assert_eq!(places("l: jump l\n jump m\n goto l\n.static [n]"), [(1, 9), (2, 7), (3, 7), (4, 10)]);
    assert_eq!(errors(&" bogus\n".repeat(50)).len(), MAX_ERRORS);
    // A line of a macro is wrong once.
    assert_eq!(errors(".macro m\n bogus\n.end\n m m\n m").len(), 1);
}
