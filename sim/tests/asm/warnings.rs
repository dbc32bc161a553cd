// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the assembler warns of: each kind where it is, and what looks like it and is right.

use avm_sim::algorand::asm::{Warning, assemble};

fn warnings(source: &str) -> Vec<String> {
    let program = assemble("t.avm", source).unwrap_or_else(|errors| panic!("{source}: {errors:?}"));
    program.warnings.iter().map(Warning::to_string).collect()
}

/// One warning, which begins like this and names a remedy.
fn one(source: &str, says: &str) {
    let found = warnings(source);
    let [warning] = &found[..] else { panic!("{source}: {found:?}") };
    assert!(warning.starts_with(&format!("t.avm:{says}")) && warning.ends_with(')'), "{warning}");
}

fn none(source: &str) {
    assert_eq!(warnings(source), Vec::<String>::new(), "{source}");
}

#[test]
fn where_a_method_is_meant() {
    one(".method f\n.l: invoke_internal .l\n return", "2:21: warning: `.l` is a label: its offset is taken");
    one(
        ".method f\n invoke_internal 1\n return",
        "2:18: warning: there is no method 1: the table has 1 (name a method",
    );
    none(".method f\n invoke_internal f\n return");
    none(".const G = 1\n.method f\n invoke_internal G\n return\n.method g\n return");
}

#[test]
fn an_offset_before_an_external_invocation() {
    let source =
        |operand: &str| format!(".method e\n const 9 const {operand} invoke_external\n return\n.method f\n return");
    one(&source("e"), "2:16: warning: `e` is a code offset here, not a method's index (write `index(e)`");
    none(&source("index(f)"));
    none(&source("1"));
    // An own index that the table does not have.
    let own = |index: &str| source("0").replace("const 9 const 0", &format!("self const {index}"));
    one(&own("2"), "2:13: warning: there is no method 2: the table has 2 (write `index(NAME)`");
    none(&own("1"));
    none(&source("2"));
    // The two in the other order.
    let swapped = format!(".const app.bank = 20\n{}", source("app.bank"));
    one(&swapped, "3:16: warning: `app.bank` is an application, where the index of a method is meant (push the");
}

#[test]
fn argument_bytes() {
    let source = |body: &str| format!(".method f\n{body}\n return\n.method g public\n.arg a 8\n.arg b 1\n return");
    let says = |column: usize, bytes: usize| {
        format!("2:{column}: warning: `g` takes 9 argument bytes, here are {bytes} (push what it declares")
    };
    one(&source(" invoke_internal g"), &says(2, 0));
    one(&source(" const 1 arg_64 invoke_internal g"), &says(17, 8));
    one(&source(" const 1 arg_8 const 1 arg_64 invoke_internal g"), &says(31, 16));
    one(&source(" self const index(g) invoke_external"), &says(22, 0));
    none(&source(" const 1 arg_64 const 1 arg_8 invoke_internal g"));
    none(&source(" const 1 arg_64 const 1 arg_8 self const 1 invoke_external"));
    none(&source(" const 9 const 1 invoke_external"));
    // Pending over a branch: nothing is known behind it.
    none(&source(
        " const 1 arg_64 load_8 .x"
            .replace("load_8 .x", "const 0 brz .x nop\n.x: const 1 arg_8 invoke_internal g")
            .as_str(),
    ));
    // Not pending over a branch: it counts from the label.
    let looped = ".method f\n.l: const 1 arg_64 invoke_internal g const 1 brnz .l return\n.method g\n return";
    one(looped, "2:20: warning: `g` takes 0 argument bytes, here are 8");
}

#[test]
fn wider_than_the_local() {
    let source = |body: &str| format!(".method f\n.arg a 4\n.local b 24\n{body}\n load_64 b pop return");
    one(&source(" load_64 a pop"), "4:10: warning: `load_64` of 8 bytes: `a` has 4 (use the instruction of its width");
    one(&source(" const 1 store_64 a"), "4:19: warning: `store_64` of 8 bytes: `a` has 4");
    one(&source(" load_64 b + 20 pop"), "4:10: warning: `load_64` of 8 bytes from 20 on: `b` has 24");
    none(&source(" load_u32 a pop load_u8 a + 3 pop load_64 b + 16 pop"));
}

#[test]
fn what_goes_on() {
    one(".method f\n nop\n.method g\n return", "2:2: warning: the method goes on in `g`, which follows it");
    one(".method f\n const 1", "2:2: warning: the code ends after this `const_8`: what follows throws `fetch`");
    one(".method f\n const 1 brz f\n.align 8\n.method g\n return", "2:10: warning: the method goes on in `g`");
    none(".method f\n return\n.align 8\n.method g\n const 1 athrow");
    none(".method f\n.l: br .l\n.method g\n return");
    none(".method f\n nop\n.u8 1\n.method g\n return");
}

#[test]
fn what_nothing_reaches() {
    one(
        ".method f\n return\n nop\n nop\n return",
        "3:2: warning: nothing reaches this `nop` (remove it, or give it the label",
    );
    one(".method f\n const 1 athrow catch .c\n nop\n.c: return", "3:2: warning: nothing reaches this `nop`");
    none(".method f\n return\n.l: br .l");
    none(".method f\n invoke_internal f\n catch .c\n.c: return");
    none(".method f\n return\n.code\n nop return\n.entry e public args=0 frame=0 at=1");
}

#[test]
fn locals_that_are_not_read() {
    one(".method f\n.local a 8\n return", "2:8: warning: `a` is never used (remove it; one that only makes room");
    one(".method f\n.local a 8\n const 1 store_64 a\n return", "2:8: warning: `a` is written, but never read");
    none(".method f\n.arg a 8\n.local _pad 8\n return");
    none(".method f\n.local a 8\n const a loadx_64 pop return");
    none(".method f\n.local a 8\n const sizeof(a) pop return");
    // The same name in another method is another local.
    one(
        ".method f\n.local a 8\n load_64 a pop return\n.method g\n.local a 8\n return",
        "5:8: warning: `a` is never used",
    );
}

#[test]
fn on_purpose_it_is_not_said() {
    none(".method f\n return\n nop ;! never\n return");
    one(".method f\n return\n nop ; !never\n return", "3:2: warning: nothing reaches");
    // In a block it is said once.
    one(".repeat i = 0, 3\n.method f{i}\n.local a 8\n return\n.end", "3:8: warning: `a` is never used");
}
