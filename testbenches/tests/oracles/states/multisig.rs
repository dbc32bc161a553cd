// SPDX-License-Identifier: MIT OR Apache-2.0
//! The m-of-n wallet and its vault.

use super::*;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

const WALLETS: [u64; 2] = [40, 42];
const VAULT: u64 = 41;
const MAX_OWNERS: u64 = 16;
const MAX_SIGNATURES: usize = 8;

#[derive(Clone)]
struct Wallet {
    threshold: u64,
    keys: Vec<[u8; 32]>,
    nonce: u64,
    /// Owners that the page has room for.
    room: usize,
}

#[derive(Clone)]
struct Vault {
    owner: u64,
    balance: u64,
    payments: Vec<u64>,
}

#[derive(Clone, Default)]
struct Multisig {
    wallets: BTreeMap<u64, Wallet>,
    vault: Option<Vault>,
}

type M = Machine<Multisig>;

/// What owners sign.
fn message(wallet: u64, [target, method, argument, nonce, mode]: [u64; 5]) -> Vec<u8> {
    [b"AVM multisig v1\0".to_vec(), bytes(&[wallet, target, method, argument, nonce, mode])].concat()
}

fn verifies(key: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    let signature = Signature::from_slice(signature).expect("64 bytes");
    VerifyingKey::from_bytes(key).is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
}

/// The running wallet, reached with this fuel.
fn wallet(m: &mut M, fuel: i64) -> Step<Wallet> {
    m.fuel(fuel)?;
    m.touch(0)?;
    m.state.wallets.get(&m.app).cloned().map_or_else(|| raise(Cause::Page), Ok)
}

fn vault(m: &mut M, fuel: i64) -> Step<Vault> {
    m.fuel(fuel)?;
    m.touch(0)?;
    m.state.vault.clone().map_or_else(|| raise(Cause::Page), Ok)
}

fn fail<T>(m: &mut M, fuel: i64, value: u64) -> Step<T> {
    m.fuel(fuel + 2)?;
    throw(value)
}

fn create(m: &mut M, args: &Args) -> Step<Option<u64>> {
    let [threshold, owners] = args.cells();
    if owners > MAX_OWNERS {
        return fail(m, 4, 1);
    }
    if threshold == 0 {
        return fail(m, 4 + 2, 1);
    }
    if threshold > owners {
        return fail(m, 4 + 2 + 4, 1);
    }
    m.fuel(4 + 2 + 4 + 8 + 24)?;
    m.touch(0)?;
    if m.state.wallets.contains_key(&m.app) {
        return raise(Cause::Page);
    }
    m.entries(3 + 4 * owners as usize)?;
    let keys: Vec<_> = args.0[16..].chunks(32).take(owners as usize).map(|k| k.try_into().expect("32 bytes")).collect();
    let room = keys.len();
    m.state.wallets.insert(m.app, Wallet { threshold, keys, nonce: 0, room });
    m.fuel(2 * 6 + 4 * 20 * owners as i64 + 2)?;
    Ok(None)
}

/// Fuel of a signature up to the owner's comparison, to the lookup of its key, and to the verdict.
const ORDER: i64 = 8;
const KEY: i64 = 7;
const VERIFY: i64 = 4 + 30 + 7 + 8 * 10 + 1 + 8 * 2 + (4096 + 16 * (32 + 64 + 64) / 8) + 1;

fn execute(m: &mut M, args: &Args) -> Step<Option<u64>> {
    let [target, method, argument, nonce, mode, count] = args.cells();
    let w = wallet(m, 5)?;
    m.fuel(2)?;
    if nonce != w.nonce {
        return fail(m, 0, 2);
    }
    if mode > 1 {
        return fail(m, 4, 9);
    }
    if count > MAX_SIGNATURES as u64 {
        return fail(m, 4 + 4, 4);
    }
    m.fuel(4 + 4 + 7)?;
    if count < w.threshold {
        return fail(m, 0, 3);
    }
    m.fuel(11)?;
    let mut least = 0;
    for signature in args.0[48..].chunks(72).take(count as usize) {
        let owner = u64::from_le_bytes(signature[..8].try_into().expect("8 bytes"));
        if owner < least {
            return fail(m, ORDER, 5);
        }
        let Some(key) = w.keys.get(owner as usize) else { return fail(m, ORDER + KEY, 6) };
        m.fuel(ORDER + KEY + VERIFY)?;
        if !verifies(key, &message(m.app, [target, method, argument, nonce, mode]), &signature[8..]) {
            return fail(m, 0, 7);
        }
        m.fuel(4)?;
        least = owner + 1;
    }
    m.fuel(8)?;
    m.entries(1)?;
    m.state.wallets.get_mut(&m.app).expect("it was there").nonce += 1;
    m.fuel(1 + 2 + 4)?;
    let result = m.invoke(target, |m| {
        let (app, argument) = (m.app, argument.to_le_bytes());
        Multisig::call(m, app, method, &Args(&argument))
    });
    match (result, mode) {
        (Ok(value), _) => {
            m.fuel(mode as i64 + 2)?;
            Ok(Some(value.unwrap_or(0)))
        }
        (Err(Stop::Throw(code)), 1) => {
            m.fuel(1 + 2)?;
            Ok(Some(code))
        }
        (Err(stop), _) => Err(stop),
    }
}

fn set_threshold(m: &mut M, threshold: u64) -> Step<Option<u64>> {
    if m.caller != m.app {
        return fail(m, 4, 8);
    }
    if threshold == 0 {
        return fail(m, 4 + 2, 1);
    }
    let w = wallet(m, 4 + 2 + 5)?;
    if threshold > w.keys.len() as u64 {
        return fail(m, 2, 1);
    }
    m.fuel(2 + 6)?;
    m.entries(1)?;
    m.state.wallets.get_mut(&m.app).expect("it was there").threshold = threshold;
    m.fuel(2)?;
    Ok(None)
}

fn retire(m: &mut M, owner: u64) -> Step<Option<u64>> {
    if m.caller != m.app {
        return fail(m, 4, 8);
    }
    let w = wallet(m, 4 + 4)?;
    let owners = w.keys.len() as u64 - 1;
    m.fuel(4 + 6)?;
    if owners < w.threshold {
        return fail(m, 0, 1);
    }
    if owner > owners {
        return fail(m, 4, 6);
    }
    m.fuel(4 + 6 + 7 + 3 + 4 * 27 + 6)?;
    m.entries(2 * 4 + 1)?;
    m.state.wallets.get_mut(&m.app).expect("it was there").keys.swap_remove(owner as usize);
    m.fuel(3)?;
    Ok(Some(owners))
}

fn pay(m: &mut M, amount: u64) -> Step<Option<u64>> {
    let v = vault(m, 5)?;
    m.fuel(2)?;
    if m.caller != v.owner {
        return fail(m, 0, 1);
    }
    m.fuel(4)?;
    if amount as i64 <= 0 {
        return fail(m, 0, 3);
    }
    m.fuel(13)?;
    m.write(1)?;
    m.fuel(11 + 11 + 12)?;
    m.entries(3)?;
    m.fuel(4)?;
    if amount > v.balance {
        return fail(m, 0, 2);
    }
    let v = m.state.vault.as_mut().expect("it was there");
    v.payments.push(amount);
    v.balance -= amount;
    let balance = v.balance;
    m.fuel(2)?;
    Ok(Some(balance))
}

impl Contract for Multisig {
    fn call(m: &mut M, app: u64, method: u64, args: &Args) -> Step<Option<u64>> {
        let arg = || args.cell(0);
        match (app == VAULT, method) {
            (false, 0) => create(m, args),
            (false, 1) => execute(m, args),
            (false, 2) => set_threshold(m, arg()),
            (false, 3) => retire(m, arg()),
            (false, 4) => {
                let w = wallet(m, 4)?;
                m.fuel(16)?;
                Ok(Some((w.nonce << 8 | w.threshold) << 8 | w.keys.len() as u64))
            }
            (true, 0) => {
                m.fuel(26)?;
                m.touch(0)?;
                if m.state.vault.is_some() {
                    return raise(Cause::Page);
                }
                m.touch(1)?;
                m.fuel(26 + 6 + 2)?;
                m.entries(3)?;
                m.state.vault = Some(Vault { owner: arg(), balance: 0, payments: vec![] });
                Ok(None)
            }
            (true, 1) => {
                if arg() as i64 <= 0 {
                    return fail(m, 4, 3);
                }
                let v = vault(m, 4 + 4)?;
                m.fuel(2)?;
                let Some(balance) = (v.balance as i64).checked_add(arg() as i64) else {
                    return raise(Cause::Arithmetic);
                };
                m.fuel(6)?;
                m.entries(1)?;
                m.state.vault.as_mut().expect("it was there").balance = balance as u64;
                m.fuel(2)?;
                Ok(Some(balance as u64))
            }
            (true, 2) => pay(m, arg()),
            // both attempts fail, and give their failure's code
            (true, 3 | 4) => {
                let usurps = method == 3;
                let v = vault(m, if usurps { 2 + 4 } else { 6 + 2 + 1 + 74 * 6 + 1 + 4 })?;
                m.fuel(1)?;
                let result = m.invoke(v.owner, |m| match usurps {
                    true => set_threshold(m, arg()),
                    false => execute(m, &Args(&bytes(&[&[0, 0, 0, arg()], &[0; 74][..]].concat()))),
                });
                match result {
                    Ok(_) => panic!("the wallet obeyed"),
                    Err(Stop::Throw(code)) => m.fuel(1 + 2).map(|()| Some(code)),
                    Err(end) => Err(end),
                }
            }
            _ => panic!("no model of {app}.{method}"),
        }
    }

    fn check(&self, heap: &Pages) {
        let mut want = Pages::new();
        for (&id, w) in &self.wallets {
            let mut bytes = [bytes(&[w.threshold, w.keys.len() as u64, w.nonce, 0]), w.keys.concat()].concat();
            bytes.resize(32 + 32 * w.room, 0);
            want.insert(page(id, 0), bytes);
        }
        if let Some(v) = &self.vault {
            let mut ring = [0; 8];
            v.payments.iter().enumerate().for_each(|(i, p)| ring[i % 8] = *p);
            let cells = [v.owner, v.balance, v.payments.iter().sum(), v.payments.len() as u64];
            want.extend([(page(VAULT, 0), bytes(&cells)), (page(VAULT, 1), bytes(&ring))]);
        }
        assert_eq!(*heap, want);
    }
}

/// Owner i's key: 32 bytes of i + 1.
fn key(owner: u64) -> SigningKey {
    SigningKey::from_bytes(&[owner as u8 + 1; 32])
}

#[test]
fn scenario() {
    check_scenario("multisig", Multisig::default());
}

/// Arguments of `execute` with these owners' signatures; `who` maps owners to keys.
fn signed(wallet: u64, fields: [u64; 5], owners: &[u64], who: &[u64]) -> Vec<u8> {
    let message = message(wallet, fields);
    let mut args = bytes(&[&fields[..], &[owners.len() as u64]].concat());
    for &owner in owners.iter().take(MAX_SIGNATURES) {
        args.extend(owner.to_le_bytes());
        let key = key(who.get(owner as usize).copied().unwrap_or(99));
        args.extend(key.sign(&message).to_bytes());
    }
    args.resize(48 + 72 * MAX_SIGNATURES, 0);
    args
}

#[test]
fn random() {
    let mut r = Random::new("multisig", Multisig::default(), 0x6d_73_69_67);
    r.pages([page(40, 0), page(41, 0), page(41, 1), page(42, 0)]);
    // who owns what, as seen from outside
    let mut owners = BTreeMap::from(WALLETS.map(|w| (w, (0..if w == 40 { 8 } else { 16 }).collect::<Vec<u64>>())));
    for (wallet, who) in &owners {
        let keys: Vec<u8> = who.iter().flat_map(|o| key(*o).verifying_key().to_bytes()).collect();
        let threshold = if *wallet == 40 { 8 } else { 4 };
        let mut args = [bytes(&[threshold, who.len() as u64]), keys].concat();
        args.resize(16 + 32 * 16, 0);
        r.call(*wallet, 0, args);
    }
    // there is a wallet already, and these terms would be none
    for terms in [[0, 3], [4, 3], [3, 17], [2, 3]] {
        r.call(40, 0, [bytes(&terms), vec![1; 512]].concat());
    }
    r.call(VAULT, 0, bytes(&[40]));
    r.call(VAULT, 0, bytes(&[40]));
    r.call(VAULT, 1, bytes(&[5000]));
    for (app, method) in [(40, 2), (40, 3), (VAULT, 2), (VAULT, 3), (VAULT, 4)] {
        r.call(app, method, bytes(&[1]));
    }
    while r.calls < 300 {
        let wallet = WALLETS[usize::from(r.rng.one_in(4))];
        let who = owners[&wallet].clone();
        let state = &r.bench.model.wallets[&wallet];
        let (threshold, nonce) = (state.threshold, state.nonce);
        let (target, method, argument) = match r.below(10) {
            0 => (wallet, 2, r.below(9)),
            1 => (wallet, 3, r.below(who.len() as u64 + 1)),
            2 => (VAULT, 3 + r.below(2), nonce + r.below(2)),
            3 => (VAULT, 1, r.below(3000)),
            4 => (VAULT, 1 + r.below(2), r.below(300).wrapping_sub(200)),
            5 => (43, 0, 0),
            _ => (VAULT, 2, r.below(2000)),
        };
        let fields = [target, method, argument, nonce, r.below(2)];
        let mut signers: Vec<u64> = (0..who.len() as u64).collect();
        while signers.len() as u64 > threshold.max(1) {
            let drop = r.below(signers.len() as u64);
            signers.remove(drop as usize);
        }
        // one in three goes wrong, in one of many ways
        let way = r.below(24);
        let at = r.below(signers.len() as u64) as usize;
        let mut fields_shown = fields;
        match way {
            0 => _ = signers.remove(at),
            1 => signers.reverse(),
            2 => signers[at] = signers[0],
            3 => *signers.last_mut().expect("one at least") = 16,
            4 => fields_shown[r.below(5) as usize] ^= 1,
            5 => signers.extend([20; 8]),
            8 => fields_shown[4] = 2,
            9 => _ = r.call(wallet, 4, vec![]),
            _ => {}
        }
        let mut args = signed(if way == 6 { 82 - wallet } else { wallet }, fields, &signers, &who);
        args[..40].copy_from_slice(&bytes(&fields_shown));
        if way == 7 {
            let bit = r.below(512) as usize;
            args[48 + 72 * at + 8 + bit / 8] ^= 1 << (bit % 8);
        }
        r.fuel = if r.rng.one_in(20) { 5000 } else { 100_000 };
        let before = r.bench.model.wallets[&wallet].keys.len();
        r.call(wallet, 1, args);
        if r.bench.model.wallets[&wallet].keys.len() < before {
            owners.get_mut(&wallet).expect("known").swap_remove(argument as usize);
        }
    }
    r.enough(300);
}
