// SPDX-License-Identifier: MIT OR Apache-2.0
//! Elliptic curves: what the four instructions compute, as pure functions. Rules: "Elliptic curves".

use ark_bn254::{Bn254, Fq, Fq2, G1Affine, G1Projective, G2Affine};
use ark_ec::pairing::Pairing;
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};
use ark_ff::{BigInt, BigInteger, Field, PrimeField};
use k256::ecdsa::{RecoveryId, Signature, VerifyingKey};
use ruint::aliases::U256;

use super::hash::{be, int, keccak};

/// Address of who signed `hash` (secp256k1), or 0 (A13).
pub fn ecrecover(r: U256, s: U256, recovery: U256, hash: U256) -> U256 {
    let odd = match recovery {
        U256::ZERO => false,
        U256::ONE => true,
        _ => return U256::ZERO,
    };
    signer(r, s, odd, hash).unwrap_or(U256::ZERO)
}

fn signer(r: U256, s: U256, odd: bool, hash: U256) -> Option<U256> {
    let signature = Signature::from_scalars(be(r), be(s)).ok()?;
    // The library accepts s in the lower half only; (r, -s) with the other point is the same signature.
    let low = signature.normalize_s();
    let id = RecoveryId::new(odd != (low != signature), false);
    let key = VerifyingKey::recover_from_prehash(&be(hash), &low, id).ok()?;
    let point = key.to_sec1_point(false);
    let mut address = keccak(&[&point.as_bytes()[1..]]);
    address[..12].fill(0);
    Some(int(&address))
}

/// A coordinate; `None` if it is not below the field's order.
fn coordinate(n: U256) -> Option<Fq> {
    Fq::from_bigint(BigInt(*n.as_limbs()))
}

fn number(x: Fq) -> U256 {
    U256::from_be_slice(&x.into_bigint().to_bytes_be())
}

/// A point of G1; `None` if it is bad. The group has no cofactor.
fn g1(x: U256, y: U256) -> Option<G1Affine> {
    if x.is_zero() && y.is_zero() {
        return Some(G1Affine::identity());
    }
    let point = G1Affine::new_unchecked(coordinate(x)?, coordinate(y)?);
    point.is_on_curve().then_some(point)
}

/// A point of G2; `None` if it is bad (A15).
fn g2(c: [U256; 4]) -> Option<G2Affine> {
    if c.iter().all(U256::is_zero) {
        return Some(G2Affine::identity());
    }
    let x = Fq2::new(coordinate(c[0])?, coordinate(c[1])?);
    let y = Fq2::new(coordinate(c[2])?, coordinate(c[3])?);
    let point = G2Affine::new_unchecked(x, y);
    (point.is_on_curve() && point.is_in_correct_subgroup_assuming_on_curve()).then_some(point)
}

fn numbers(point: G1Projective) -> (U256, U256) {
    point.into_affine().xy().map_or((U256::ZERO, U256::ZERO), |(x, y)| (number(x), number(y)))
}

/// x, y of (a, b) + (c, d) on alt_bn128; `None` for a bad point.
pub fn ecadd(a: U256, b: U256, c: U256, d: U256) -> Option<(U256, U256)> {
    Some(numbers(g1(a, b)? + g1(c, d)?))
}

/// x, y of (a, b) * c on alt_bn128; `None` for a bad point.
pub fn ecmul(a: U256, b: U256, c: U256) -> Option<(U256, U256)> {
    // Scalars beyond the group's order are taken bit by bit: the group is cyclic.
    Some(numbers(G1Projective::from(g1(a, b)?).mul_bigint(c.as_limbs())))
}

/// Whether the pairings multiply to 1; `None` for a bad point. Items: G1 x, y; G2 x0, x1, y0, y1.
pub fn ecpairing(items: &[[U256; 6]]) -> Option<bool> {
    let mut left = Vec::with_capacity(items.len());
    let mut right = Vec::with_capacity(items.len());
    for item in items {
        left.push(g1(item[0], item[1])?);
        right.push(g2([item[2], item[3], item[4], item[5]])?);
    }
    Some(Bn254::multi_pairing(left, right).0 == <Bn254 as Pairing>::TargetField::ONE)
}
