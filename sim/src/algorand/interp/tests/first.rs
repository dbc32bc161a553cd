// SPDX-License-Identifier: MIT OR Apache-2.0
//! The first frame.

use super::*;
use Cause::{Access, Arguments};

const CELL: u64 = 0x8182_8384_8586_8788;

/// The first frame: priced, public, exact arguments (D18). What fails there has not crossed a
/// boundary, and nothing retires.
#[test]
fn first_frame() {
    let bytes = code(&[("load_64", 0), ("ireturn", 0)]);
    let private = Method { public: false, ..method(0, 8, 8) };
    let image = with_methods(bytes, &[method(0, 8, 8), private]);
    let args = CELL.to_le_bytes().to_vec();
    let good = Call { args, ..call() };
    assert_eq!(run(&image, &good).outcome, Outcome::Returned(Some(CELL)));
    let refused = |call: Call, outcome| {
        let run = run(&image, &call);
        assert_eq!((run.records.len(), run.outcome, run.fuel), (0, outcome, call.fuel - 8));
        assert_eq!(start(&image, &call).depth(), 0);
    };
    let thrown = |cause: Cause| Outcome::Exception(CODE_MACHINE | cause as u64);
    for fuel in [-1_000, -1, 0, 7] {
        refused(Call { fuel, method: 9, ..good.clone() }, Outcome::OutOfFuel);
    }
    for method in [2, 65_536, 1 << 32, MINUS_1] {
        refused(Call { method, ..call() }, thrown(Cause::Method));
    }
    refused(Call { method: 1, ..call() }, thrown(Access));
    refused(call(), thrown(Arguments));
    refused(Call { args: vec![0; 9], ..call() }, thrown(Arguments));
    refused(Call { args: vec![0; 100_000], ..call() }, thrown(Arguments));
    let limits = Limits { call_depth: 0, ..Limits::default() };
    refused(Call { limits, ..good.clone() }, Outcome::Capacity);
    refused(Call { limits, ..call() }, thrown(Arguments));
    let limits = Limits { invocations: 0, ..Limits::default() };
    refused(Call { limits, ..good.clone() }, Outcome::Capacity);
    // Exactly the price: the first instruction finds an empty tank.
    let run = run(&image, &Call { fuel: 8, ..good });
    assert_eq!((run.codes(), run.outcome, run.fuel), (vec![29], Outcome::OutOfFuel, -1));
}

#[test]
fn the_smallest_tank_is_out_of_fuel() {
    let run = run(&image(code(&[("return", 0)])), &Call { fuel: i64::MIN, ..call() });
    assert_eq!((run.outcome, run.fuel), (Outcome::OutOfFuel, i64::MIN));
}

#[test]
fn an_image_without_methods_has_none_to_invoke() {
    let image = Image::with_methods(vec![], &[], &[]).unwrap();
    assert_eq!(run(&image, &call()).outcome, Outcome::Exception(Cause::Method.code()));
}

/// Fuel, access list, application, method, access, arguments, limits.
#[test]
fn order_of_checks() {
    let methods = [method(0, 8, 0), Method { public: false, ..method(0, 8, 0) }];
    let image = with_methods(code(RETURN), &methods);
    let scene = scene(&[(7, &image), (9, &image)]).unlisted_app(9).listed_app(10);
    let outcome = |app: u64, method: u64, bytes: usize, fuel: i64| {
        let limits = Limits { invocations: 0, ..Limits::default() };
        let call = Call { app, method, args: vec![0; bytes], fuel, limits, ..scene.call.clone() };
        let run = finish(Interp::start(&scene.world, &call));
        assert_eq!((run.records.len(), run.fuel), (0, fuel - 8));
        assert_eq!(Interp::start(&scene.world, &call).app(), 0);
        run.outcome
    };
    // Not listed: neither one that is installed, nor one that is not, nor nobody.
    for app in [9, 11, 0, 7 + (1 << 32)] {
        assert_eq!(outcome(app, 9, 1, 7), Outcome::OutOfFuel);
        assert_eq!(outcome(app, 9, 1, 8), Outcome::Rejected);
        assert_eq!(outcome(app, 0, 0, 8), Outcome::Rejected);
    }
    assert_eq!(outcome(10, 9, 1, 7), Outcome::OutOfFuel);
    assert_eq!(outcome(10, 9, 1, 8), Outcome::Exception(Cause::Application.code()), "it has crossed nothing");
    assert_eq!(outcome(7, 9, 1, 8), Outcome::Exception(Cause::Method.code()));
    assert_eq!(outcome(7, 1, 1, 8), Outcome::Exception(Access.code()));
    assert_eq!(outcome(7, 0, 1, 8), Outcome::Exception(Arguments.code()));
    assert_eq!(outcome(7, 0, 0, 8), Outcome::Capacity);
    assert_eq!(outcome(7, 0, 0, 7), Outcome::OutOfFuel);
}

/// A call that never had a frame did nothing.
#[test]
fn no_frame_no_effects() {
    let scene = scene(&[(7, &app(&[RETURN]))]).page(7, 0, &[1]).fuel(7);
    assert_eq!(scene.run().effects, Effects::default());
}
