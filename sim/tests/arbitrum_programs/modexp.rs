// SPDX-License-Identifier: MIT OR Apache-2.0
//! The oracle of `modexp.avma`: powers with 512-bit products.

use super::scene::{Run, check};
use super::value::{V, be};
use ruint::Uint;
use ruint::aliases::U256;

type Wide = Uint<512, 8>;

fn wide(n: U256) -> Wide {
    Wide::from_be_slice(&be(n))
}

/// Bit by bit from the top, not as the program does it.
fn power(base: U256, exponent: U256, modulus: U256) -> U256 {
    let (base, modulus) = (wide(base), wide(modulus));
    let mut result = Wide::from(1) % modulus;
    for bit in (0..256).rev() {
        result = result * result % modulus;
        if exponent.bit(bit) {
            result = result * (base % modulus) % modulus;
        }
    }
    U256::from_be_slice(&result.to_be_bytes::<64>()[32..])
}

#[test]
fn modexp() {
    let n = |text: &str| text.parse::<U256>().expect("a number");
    let p = n("0xffffffffffffffffffffffffffffffffffffffffffffffffffffffff00000001") | (U256::from(1) << 128);
    let secp = n("0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f");
    let cases = [
        (U256::from(3), U256::from(20), U256::from(1_000_007)),
        (U256::from(2), U256::from(255), U256::MAX),
        (U256::from(0), U256::from(0), U256::from(7)),
        (U256::from(5), U256::from(0), U256::from(1)),
        (n("0x123456789abcdef0fedcba9876543210deadbeefcafebabe0011223344556677"), secp - U256::from(2), secp),
        (U256::MAX, U256::MAX, p),
        (U256::from(7), U256::MAX, U256::from(1) << 255),
    ];
    let mut run = Run::new("powers");
    for (base, exponent, modulus) in cases {
        run.message(1, U256::from(9), &[&be(base), &be(exponent), &be(modulus)]);
        run.logs.push(V::Int(power(base, exponent, modulus)));
    }
    // Fermat: the inverse of the fifth case.
    let inverse = power(cases[4].0, cases[4].1, secp);
    assert_eq!(wide(inverse) * wide(cases[4].0) % wide(secp), Wide::from(1));
    run.message(0, U256::from(9), &[]);
    let mut none = Run::new("modulus 0");
    none.message(1, U256::from(9), &[&be(U256::from(2)), &be(U256::from(2)), &be(U256::ZERO)]);
    // `mod` takes its operands away; under them is the return address, which is no Integer.
    (none.outcome, none.stack) = ("error", None);
    let mut waits = Run::new("waits for more");
    waits.message(1, U256::from(9), &[&be(U256::from(2)), &be(U256::from(10)), &be(U256::from(1000))]);
    waits.logs.push(V::Int(U256::from(24)));
    waits.outcome = "blocked";
    check("modexp", "Powers modulo a number of 256 bits: a loop of mulmod", &[run, none, waits]);
}
