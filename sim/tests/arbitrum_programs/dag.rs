// SPDX-License-Identifier: MIT OR Apache-2.0
//! The oracle of `dag.avma`: hashes and sizes of levels, without their trees.

use super::scene::{Run, check};
use super::value::{V, int, number, tuple};
use ruint::aliases::U256;

fn levels(n: usize) -> V {
    (0..n).fold(tuple((1..=8).map(int)).shut(), |below, _| tuple(vec![below; 8]).shut())
}

#[test]
fn dag() {
    let mut run = Run::new("levels and lists");
    let deep = levels(90);
    assert!(levels(21).size() >> 64 != U256::ZERO && levels(20).size() >> 64 == U256::ZERO);
    run.logs.push(V::Int(number(deep.hash())));
    run.logs.push(deep);
    run.logs.push(int(1));
    run.logs.push(V::Int(number(levels(22).hash())));
    let list = (1..=700).fold(tuple([]).shut(), |rest, i| tuple([int(i), rest]).shut());
    for _ in 0..7 {
        run.logs.push(int(700));
        run.logs.push(V::Int(number(list.hash())));
    }
    run.logs.push(int(0));
    check("dag", "Tuples that share their parts, with sizes beyond 64 and 256 bits, and lists 700 deep", &[run]);
}
