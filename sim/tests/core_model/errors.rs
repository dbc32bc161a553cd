// SPDX-License-Identifier: MIT OR Apache-2.0
//! Throws, catches, unwinding, outcomes.

use avm_sim::algorand::exception::{CODE_CROSSED, Cause, Outcome};
use avm_sim::algorand::image::{Image, Method};
use avm_sim::algorand::interp::Call;

use super::host::*;

fn outcome(program: &[(&str, i64)]) -> Outcome {
    run(&single(program)).outcome
}

fn exception(cause: Cause) -> Outcome {
    Outcome::Exception(cause.code() | CODE_CROSSED)
}

#[test]
fn outcomes() {
    assert_eq!(outcome(&[("return", 0)]), Outcome::Returned(None));
    assert_eq!(outcome(&[("const_8", -5), ("ireturn", 0)]), Outcome::Returned(Some(-5i64 as u64)));
    assert_eq!(outcome(&[("const_8", -1), ("athrow", 0)]), Outcome::Exception(u64::MAX >> 1));
    assert_eq!(outcome(&[("br", 0)]), Outcome::OutOfFuel);
    assert_eq!(outcome(&[("ireturn", 0)]), exception(Cause::Underflow));
    assert_eq!(outcome(&[("nop", 0)]), exception(Cause::Fetch));
    assert_eq!(outcome(&[("palloc", 0)]), exception(Cause::Underflow));
    assert_eq!(outcome(&[("load_64", 4)]), exception(Cause::Alignment));
    assert_eq!(outcome(&[("load_64", 2048)]), exception(Cause::Range));
    assert_eq!(outcome(&[("const_8", -8), ("loadx_64", 0)]), exception(Cause::Range));
    assert_eq!(outcome(&[("br", 3)]), exception(Cause::Target));
    assert_eq!(outcome(&[("invoke_internal", 1)]), exception(Cause::Method));
    assert_eq!(outcome(&[("const_8", 1), ("arg_8", 0), ("invoke_internal", 0)]), exception(Cause::Arguments));
    assert_eq!(outcome(&[("const_64", i64::MIN), ("ineg", 0)]), exception(Cause::Arithmetic));
    assert_eq!(outcome(&[("const_64", 1 << 62), ("const_8", 2), ("imul", 0)]), exception(Cause::Arithmetic));
}

#[test]
fn the_operand_stack_is_limited() {
    let mut program = vec![("const_8", 1); 128];
    program.extend([("catch", 0), ("nop", 0), ("const_8", 2)]);
    let r = run(&single(&program));
    assert_eq!((r.retires.len(), r.outcome), (131, exception(Cause::Overflow)));
    assert_eq!(r.codes()[130], Cause::Overflow as u8);
}

#[test]
fn fetch_faults_take_one_unit_and_no_catch() {
    // The last instruction lacks its last operand byte.
    let mut bytes = code(&[("nop", 0), ("const_64", 7)]);
    bytes.pop();
    let r = run(&Image::with_methods(bytes, &[method(0, 0, 0)], &[]).unwrap());
    let last = r.retires.last().unwrap();
    assert_eq!((last.pc, last.opcode, last.exception), (1, 0, 1));
    assert_eq!(r.fuel, 1_000_000 - 8 - 2);
}

#[test]
fn code_that_fills_its_slot() {
    let mut bytes = vec![isa_nop(); 16_384];
    bytes[..3].copy_from_slice(&code(&[("br", 16_375)]));
    bytes[16_375..].copy_from_slice(&code(&[("const_64", 0x1122_3344_5566_7788)]));
    let image = Image::with_methods(bytes.clone(), &[method(0, 0, 0)], &[]).unwrap();
    let r = run(&image);
    let pcs: Vec<_> = r.retires.iter().map(|r| (r.pc, r.exception)).collect();
    assert_eq!(pcs, [(0, 0), (16_375, 0), (16_384, 1)]);
    assert_eq!(r.outcome, exception(Cause::Fetch));
    // A branch in the last bytes, to the last byte.
    bytes[..3].copy_from_slice(&code(&[("br", 16_380)]));
    bytes[16_380..].copy_from_slice(&code(&[("br", 16_383), ("return", 0)]));
    let r = run(&Image::with_methods(bytes, &[method(0, 0, 0)], &[]).unwrap());
    assert_eq!(r.outcome, Outcome::Returned(None));
}

fn isa_nop() -> u8 {
    code(&[("nop", 0)])[0]
}

#[test]
fn catches() {
    // Reached normally it does nothing; after a throw it branches, with the code on the cells that stay.
    let r = run(&single(&[
        ("const_8", 1),
        ("catch", 0),
        ("const_8", 2),
        ("const_8", 3),
        ("athrow", 0),
        ("catch", 14),
        ("nop", 0),
        ("iadd", 0),
        ("iadd", 0),
        ("pop", 0),
        ("pop", 0),
    ]));
    assert_eq!(r.codes(), [0, 0, 0, 0, 28, 0, 0, 0, 0, 3]);
    assert_eq!([5, 6, 7].map(|i| r.top(i)), [3, 5, 6]);
    assert_eq!(r.outcome, exception(Cause::Underflow));
    // A taken catch whose target is outside throws itself; the next catch takes that.
    let r = run(&single(&[("const_8", 3), ("athrow", 0), ("catch", 999), ("catch", 0)]));
    assert_eq!(r.codes()[..4], [0, 28, 9, 0]);
    assert_eq!(r.top(3), Cause::Target.code());
}

#[test]
fn unwinding_through_methods() {
    // 0 invokes 1 invokes 2, which throws; 1 has no catch, 0 has.
    let main = [("const_8", 5), ("invoke_internal", 1), ("catch", 9), ("nop", 0), ("ireturn", 0)];
    let mut bytes = code(&main);
    let one = bytes.len();
    bytes.extend(code(&[("const_8", 6), ("invoke_internal", 2), ("return", 0)]));
    let two = bytes.len();
    bytes.extend(code(&[("const_8", 42), ("athrow", 0), ("nop", 0)]));
    let methods = [method(0, 0, 0), method(one, 0, 0), method(two, 0, 0)];
    let r = run(&Image::with_methods(bytes, &methods, &[]).unwrap());
    assert_eq!(r.outcome, Outcome::Returned(Some(42)));
    assert_eq!(r.codes(), [0, 0, 0, 0, 0, 28, 0, 0]);
    // Throw; per method: redirect, F, D looked at, pop; then redirect, F, D, X: 4 x 2 + 4.
    assert_eq!(r.cost(6), 12);
    assert_eq!(r.spent_on("unwind"), 11);
}

#[test]
fn refused_first_invocations() {
    let private = Method { public: false, ..method(0, 8, 8) };
    let image = Image::with_methods(code(&[("return", 0)]), &[private, method(0, 8, 8)], &[]).unwrap();
    let mut bench = Bench::with_noise(9);
    let mut refused = |method, args: usize, fuel| {
        let call = Call { method, args: vec![7; args], ..a_call(fuel) };
        let r = bench.call(&image, &call);
        assert!(r.retires.is_empty() && r.cycles == 1 && r.fuel == fuel - 8 && r.invocations == 0);
        r.outcome
    };
    let plain = |cause: Cause| Outcome::Exception(cause.code());
    assert_eq!(refused(2, 8, 7), Outcome::OutOfFuel);
    assert_eq!(refused(2, 8, 8), plain(Cause::Method));
    assert_eq!(refused(1 << 40, 8, 8), plain(Cause::Method));
    assert_eq!(refused(65_536, 8, 8), plain(Cause::Method));
    assert_eq!(refused(0, 8, 8), plain(Cause::Access));
    assert_eq!(refused(1, 7, 8), plain(Cause::Arguments));
    let call = Call { method: 1, args: vec![7; 8], ..a_call(9) };
    let r = bench.call(&image, &call);
    assert_eq!((r.outcome, r.fuel, r.retires.len()), (Outcome::OutOfFuel, -1, 1));
}
