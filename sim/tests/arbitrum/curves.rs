// SPDX-License-Identifier: MIT OR Apache-2.0
//! Elliptic curves: published cases of Ethereum's precompiles, and laws of the groups.

use avm_sim::arbitrum::curve::{ecadd, ecmul, ecpairing, ecrecover};
use avm_sim::arbitrum::interp::{Cause, Step};
use avm_sim::arbitrum::isa::code;
use avm_sim::arbitrum::value::Value;
use ruint::aliases::U256;

use crate::support::{Setup, before, imm, int, n, op, stack, tuple};

/// Order of the field, and of both groups, of alt_bn128.
const P: &str = "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47";
const R: &str = "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001";
/// Order of secp256k1.
const N: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

#[test]
fn signers_are_found() {
    let hash = n("18c547e4f7b0f325ad1e56f57e26c745b09a3e503d86e00e5255ff7f715d3d1c");
    let r = n("73b1693892219d736caba55bdb67216e485557ea6b6af75f37096c9aa6a5a75f");
    let s = n("eeb940b1d03b21e36b0e47e79769f095fe2ab855bd91e3a38756b7d75a9c4549");
    let address = n("a94f5374fce5edbc8e2a8697c15331677e6ebf0b");
    // s is in the upper half; the same signature has -s and the other bit.
    assert_eq!(ecrecover(r, s, U256::ONE, hash), address);
    assert_eq!(ecrecover(r, n(N) - s, U256::ZERO, hash), address);
    assert_ne!(ecrecover(r, s, U256::ZERO, hash), address);
    let none = U256::ZERO;
    for bit in [U256::from(2), U256::from(27), U256::from(28), U256::MAX, U256::ONE << 64] {
        assert_eq!(ecrecover(r, s, bit, hash), none, "recovery bit {bit}");
    }
    for wrong in [U256::ZERO, n(N), U256::MAX] {
        assert_eq!(ecrecover(wrong, s, U256::ONE, hash), none);
        assert_eq!(ecrecover(r, wrong, U256::ONE, hash), none);
    }
    // 5 is no x of the curve.
    assert_eq!(ecrecover(U256::from(5), s, U256::ONE, hash), none);
}

#[test]
fn points_are_added_and_multiplied() {
    let a = [
        n("18b18acfb4c2c30276db5411368e7185b311dd124691610c5d3b74034e093dc9"),
        n("063c909c4720840cb5134cb9f59fa749755796819658d32efc0d288198f37266"),
    ];
    let b = [
        n("07c2b7f58a84bd6145f00c9c2bc0bb1a187f20ff2c92963a88019e7c6a014eed"),
        n("06614e20c147e940f2d70da3f74c9a17df361706a4485c742bd6788478fa17d7"),
    ];
    let sum = (
        n("2243525c5efd4b9c3d3c45ac0ca3fe4dd85e830a4ce6b65fa1eeaee202839703"),
        n("301d1d33be6da8e509df21cc35964723180eed7532537db9ae5e7d48f195c915"),
    );
    assert_eq!(ecadd(a[0], a[1], b[0], b[1]), Some(sum));
    let product = (
        n("070a8d6a982153cae4be29d434e8faef8a47b274a053f5a4ee2a6c9c13c31e5c"),
        n("031b8ce914eba3a9ffb989f9cdd5b0f01943074bf4f0f315690ec3cec6981afc"),
    );
    let c = [
        n("2bd3e6d0f3b142924f5ca7b49ce5b9d54c4703d7ae5648e61d02268b1a0a9fb7"),
        n("21611ce0a6af85915e2f1d70300909ce2e49dfad4a4619c8390cae66cefdb204"),
    ];
    assert_eq!(ecmul(c[0], c[1], n("11138ce750fa15c2")), Some(product));
}

#[test]
fn infinity_and_the_ends_of_the_fields() {
    let (zero, one, two) = (U256::ZERO, U256::ONE, U256::from(2));
    let infinity = Some((zero, zero));
    assert_eq!(ecadd(zero, zero, zero, zero), infinity);
    assert_eq!(ecadd(one, two, zero, zero), Some((one, two)));
    assert_eq!(ecadd(one, two, one, n(P) - two), infinity, "P + -P");
    assert_eq!(ecadd(one, two, one, two), ecmul(one, two, two));
    assert_eq!(ecmul(one, two, zero), infinity);
    assert_eq!(ecmul(one, two, n(R)), infinity);
    assert_eq!(ecmul(one, two, n(R) + one), Some((one, two)));
    assert_eq!(ecmul(one, two, U256::MAX), ecmul(one, two, U256::MAX % n(R)));
    assert_eq!(ecmul(zero, zero, U256::MAX), infinity);
    for bad in [(n(P), zero), (zero, n(P)), (one, n(P) + two), (U256::MAX, U256::MAX), (one, one)] {
        assert_eq!(ecadd(bad.0, bad.1, one, two), None);
        assert_eq!(ecadd(one, two, bad.0, bad.1), None);
        assert_eq!(ecmul(bad.0, bad.1, one), None);
    }
}

/// Two pairs whose pairings multiply to 1 (a published case), as G1 x, y, G2 x0, x1, y0, y1.
fn pairs() -> [[U256; 6]; 2] {
    [
        [
            "1c76476f4def4bb94541d57ebba1193381ffa7aa76ada664dd31c16024c43f59",
            "3034dd2920f673e204fee2811c678745fc819b55d3e9d294e45c9b03a76aef41",
            "04bf11ca01483bfa8b34b43561848d28905960114c8ac04049af4b6315a41678",
            "209dd15ebff5d46c4bd888e51a93cf99a7329636c63514396b4a452003a35bf7",
            "120a2a4cf30c1bf9845f20c6fe39e07ea2cce61f0c9bb048165fe5e4de877550",
            "2bb8324af6cfc93537a2ad1a445cfd0ca2a71acd7ac41fadbf933c2a51be344d",
        ],
        [
            "111e129f1cf1097710d41c4ac70fcdfa5ba2023c6ff1cbeac322de49d1b6df7c",
            "2032c61a830e3c17286de9462bf242fca2883585b93870a73853face6a6bf411",
            "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed",
            "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2",
            "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa",
            "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b",
        ],
    ]
    .map(|item| item.map(n))
}

#[test]
fn pairings_multiply() {
    let [a, b] = pairs();
    assert_eq!(ecpairing(&[a, b]), Some(true));
    assert_eq!(ecpairing(&[a, a]), Some(false));
    assert_eq!(ecpairing(&[a]), Some(false));
    assert_eq!(ecpairing(&[]), Some(true));
    // e(P, Q) * e(-P, Q) = 1
    let mut minus = a;
    minus[1] = n(P) - a[1];
    assert_eq!(ecpairing(&[a, minus]), Some(true));
    let infinity = [U256::ZERO; 6];
    assert_eq!(ecpairing(&[infinity]), Some(true));
    for slot in 0..6 {
        let mut bad = a;
        bad[slot] = n(P);
        assert_eq!(ecpairing(&[bad]), None);
        bad[slot] = a[slot] ^ U256::ONE;
        assert_eq!(ecpairing(&[bad]), None, "off the curve");
    }
}

/// A point of the twist outside the subgroup of order r: x is the least that gives a point.
#[test]
fn the_subgroup_counts() {
    use ark_bn254::{Fq2, G2Affine};
    use ark_ff::{BigInteger, PrimeField};
    let point = (1_u64..)
        .find_map(|x| G2Affine::get_point_from_x_unchecked(Fq2::new(x.into(), 0.into()), false))
        .expect("a point");
    assert!(point.is_on_curve() && !point.is_in_correct_subgroup_assuming_on_curve());
    let number = |x: ark_bn254::Fq| U256::from_be_slice(&x.into_bigint().to_bytes_be());
    let item =
        [U256::ONE, U256::from(2), number(point.x.c0), number(point.x.c1), number(point.y.c0), number(point.y.c1)];
    assert_eq!(ecpairing(&[item]), None);
}

/// A list of items as values, ended by `end`.
fn list(items: &[Value], end: Value) -> Value {
    items.iter().rev().fold(end, |rest, item| tuple(&[item.clone(), rest]))
}

fn item(ints: [U256; 6]) -> Value {
    tuple(&ints.map(Value::Int))
}

#[test]
fn lists_of_pairs_are_walked_and_paid() {
    let infinity = item([U256::ZERO; 6]);
    let [a, b] = pairs().map(item);
    let many = |k: usize| list(&vec![infinity.clone(); k], Value::empty());
    let good = [
        (many(0), 0, 1),
        (many(1), 1, 1),
        (many(30), 30, 1),
        (list(&[a.clone(), b], Value::empty()), 2, 1),
        (list(&[a.clone(), a.clone()], Value::empty()), 2, 0),
    ];
    for (value, k, result) in good {
        let gas = 1000 + 500_000 * k;
        let mut probe = before(&Setup::default(), imm(code::ECPAIRING, value.clone()));
        let used = probe.machine.counters().gas_used;
        assert_eq!(probe.machine.step(), Step::Done);
        assert_eq!((stack(&probe.machine), probe.machine.counters().gas_used - used), (vec![U256::from(result)], gas));
        probe.machine.audit().expect("counts");
        let poor = Setup { data: vec![value], gas: Some(gas - 1), ..Setup::default() };
        let mut probe = before(&poor, op(code::ECPAIRING));
        assert_eq!((probe.machine.step(), probe.machine.gas()), (Step::Error(Cause::Gas), U256::MAX));
    }
    let ints = [1, 2, 3].map(int);
    let bad = [
        (many(31), 30),
        (int(3), 0),
        (tuple(&ints), 0),
        (tuple(&ints[..1]), 0),
        (list(std::slice::from_ref(&infinity), int(3)), 1),
        (list(&[infinity.clone(), infinity.clone()], tuple(&ints)), 2),
        (list(&[int(1)], Value::empty()), 1),
        (list(&[tuple(&ints)], Value::empty()), 1),
        (list(&[tuple(&[int(0), int(0), int(0), int(0), int(0), tuple(&[])])], Value::empty()), 1),
        (list(&[a, tuple(&[])], Value::empty()), 2),
    ];
    for (value, k) in bad {
        let mut probe = before(&Setup { data: vec![value.clone()], ..Setup::default() }, op(code::ECPAIRING));
        let used = probe.machine.counters().gas_used;
        let cause = if matches!(value, Value::Int(_)) { Cause::Type } else { Cause::Value };
        assert_eq!(probe.machine.step(), Step::Error(cause), "{value:?}");
        assert_eq!(probe.machine.counters().gas_used - used, 1000 + 500_000 * k, "{value:?}");
        assert_eq!(probe.machine.depths(), (0, 0));
    }
}
