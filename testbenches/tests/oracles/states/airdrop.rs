// SPDX-License-Identifier: MIT OR Apache-2.0
//! The Merkle airdrop, its ledger and the relay.

use super::*;
use sha2::{Digest, Sha256};

const DROPS: [u64; 2] = [50, 53];
const LEDGER: u64 = 51;
const RELAY: u64 = 52;

type Hash = [u8; 32];

/// A row: index, account, amount.
type Row = [u64; 3];

fn leaf(row: Row) -> Hash {
    Sha256::digest([vec![0; 8], bytes(&row)].concat()).into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1, 0, 0, 0, 0, 0, 0, 0]).chain_update(left).chain_update(right).finalize().into()
}

/// Layers from the leaves to the root.
struct Tree(Vec<Vec<Hash>>);

impl Tree {
    fn new(rows: &[Row]) -> Tree {
        let mut layers = vec![rows.iter().map(|r| leaf(*r)).collect::<Vec<_>>()];
        while layers[layers.len() - 1].len() > 1 {
            let above = layers[layers.len() - 1].chunks(2).map(|c| node(&c[0], &c[1])).collect();
            layers.push(above);
        }
        Tree(layers)
    }

    fn root(&self) -> Hash {
        self.0[self.0.len() - 1][0]
    }

    fn height(&self) -> u64 {
        self.0.len() as u64 - 1
    }

    /// The siblings, and zeros behind them.
    fn proof(&self, index: u64) -> Vec<u8> {
        let siblings = self.0[..self.0.len() - 1].iter().enumerate();
        let mut proof: Vec<u8> = siblings.flat_map(|(h, layer)| layer[(index as usize >> h) ^ 1]).collect();
        proof.resize(512, 0);
        proof
    }
}

#[derive(Clone)]
struct Campaign {
    ledger: u64,
    height: u64,
    root: Hash,
    claimed: BTreeSet<u64>,
    paid: u64,
}

#[derive(Clone, Default)]
struct Airdrop {
    drops: BTreeMap<u64, Campaign>,
    /// Balances of the accounts of a page.
    ledger: BTreeMap<u64, Vec<i64>>,
    /// Relayed, failed, last code.
    relay: Option<[u64; 3]>,
}

type M = Machine<Airdrop>;

fn fail<T>(m: &mut M, fuel: i64, value: u64) -> Step<T> {
    m.fuel(fuel + 2)?;
    throw(value)
}

fn create(m: &mut M, args: &Args) -> Step<Option<u64>> {
    let [ledger, height] = args.cells();
    if height > 16 {
        return fail(m, 4, 1);
    }
    m.fuel(4 + 26)?;
    m.touch(0)?;
    if m.state.drops.contains_key(&m.app) {
        return raise(Cause::Page);
    }
    let root = args.0[16..].try_into().expect("32 bytes");
    m.state.drops.insert(m.app, Campaign { ledger, height, root, claimed: BTreeSet::new(), paid: 0 });
    m.fuel(6 * 6 + 2)?;
    Ok(None)
}

/// Fuel: a level of the tree, without the choice of sides; sides: 3 for an even index, 2 for an odd one.
const LEVEL: i64 = 2 + 4 + 2 * (3 * 6 + 3) + 4 + 4 + (64 + 8 * 9) + 4 + 4;

fn claim(m: &mut M, args: &Args) -> Step<Option<u64>> {
    let row @ [index, account, amount] = args.cells();
    m.fuel(4)?;
    m.touch(0)?;
    let Some(drop) = m.state.drops.get(&m.app).cloned() else { return raise(Cause::Page) };
    m.fuel(8 + 6)?;
    if index >> drop.height != 0 {
        return fail(m, 0, 2);
    }
    m.fuel(9 + (64 + 8 * 4) + 4 + 4)?;
    let mut hash = leaf(row);
    for (h, sibling) in args.0[24..].chunks(32).take(drop.height as usize).enumerate() {
        let sibling = sibling.try_into().expect("32 bytes");
        let odd = index >> h & 1 == 1;
        hash = if odd { node(sibling, &hash) } else { node(&hash, sibling) };
        m.fuel(LEVEL + if odd { 2 } else { 3 })?;
    }
    m.fuel(28)?;
    if hash != drop.root {
        return fail(m, 0, 3);
    }
    m.fuel(6 + 6 + 4)?;
    m.touch(1 + index / 8192)?;
    if !drop.claimed.iter().any(|i| i / 8192 == index / 8192) {
        m.fuel(26)?;
        m.entries(1)?;
    }
    m.fuel(4 + 4 + 4)?;
    if drop.claimed.contains(&index) {
        return fail(m, 0, 4);
    }
    m.fuel(7 + 11 + 11)?;
    m.entries(3)?;
    let drop = m.state.drops.get_mut(&m.app).expect("it was there");
    drop.claimed.insert(index);
    drop.paid += amount;
    let (ledger, claims) = (drop.ledger, drop.claimed.len() as u64);
    m.fuel(4 + 4 + 1)?;
    m.invoke(ledger, |m| transfer(m, account, amount))?;
    m.fuel(4 + 2)?;
    Ok(Some(claims))
}

/// The ledger's private `add`.
fn add(m: &mut M, account: u64, amount: i64) -> Step<i64> {
    m.fuel(7 + 5 + 2)?;
    m.touch(account / 64)?;
    let Some(balances) = m.state.ledger.get_mut(&(account / 64)) else { return raise(Cause::Page) };
    let balance = &mut balances[account as usize % 64];
    let Some(sum) = balance.checked_add(amount) else {
        m.fuel(2)?;
        return raise(Cause::Arithmetic);
    };
    *balance = sum;
    m.fuel(2 + 6)?;
    m.entries(1)?;
    m.fuel(2)?;
    Ok(sum)
}

fn transfer(m: &mut M, to: u64, amount: u64) -> Step {
    m.fuel(4)?;
    if amount as i64 <= 0 {
        return fail(m, 0, 1);
    }
    m.fuel(2 + 3 + 4)?;
    let left = add(m, m.caller, -(amount as i64))?;
    m.fuel(3)?;
    if left < 0 {
        return fail(m, 0, 2);
    }
    m.fuel(4 + 4)?;
    add(m, to, amount as i64)?;
    m.fuel(2)
}

fn relay(m: &mut M, args: &Args) -> Step<Option<u64>> {
    m.fuel(4)?;
    m.touch(0)?;
    if m.state.relay.is_none() {
        return raise(Cause::Page);
    }
    m.fuel(7 + 1 + 67 * 10 + 1 + 2)?;
    let desk = |m: &mut M, i: usize| m.state.relay.as_mut().map(|desk| desk[i] += 1);
    desk(m, 0);
    match m.invoke(args.cell(0), |m| claim(m, &Args(&args.0[8..]))) {
        Ok(value) => m.fuel(1 + 2).map(|()| value),
        Err(Stop::Throw(code)) => {
            m.fuel(1 + 6 + 11 + 2)?;
            desk(m, 1);
            m.state.relay.as_mut().expect("it was there")[2] = code;
            Ok(Some(code))
        }
        Err(end) => Err(end),
    }
}

impl Contract for Airdrop {
    fn call(m: &mut M, app: u64, method: u64, args: &Args) -> Step<Option<u64>> {
        match (app, method) {
            (50 | 53, 0) => create(m, args),
            (50 | 53, 1) => claim(m, args),
            (50 | 53, 2) => {
                let index = args.cell(0);
                m.fuel(7 + 3)?;
                m.touch(1 + index / 8192)?;
                let claimed = m.state.drops.get(&app).map(|d| d.claimed.clone()).unwrap_or_default();
                let paged = claimed.iter().any(|i| i / 8192 == index / 8192);
                m.fuel(if paged { 8 + 4 + 2 } else { 3 })?;
                Ok(Some(claimed.contains(&index).into()))
            }
            (LEDGER, 0) => {
                let number = args.cell(0) / 64;
                m.fuel(8)?;
                m.touch(number)?;
                let new = !m.state.ledger.contains_key(&number);
                m.state.ledger.entry(number).or_insert_with(|| vec![0; 64]);
                m.fuel(if new { 26 + 3 } else { 3 })?;
                Ok(Some(new.into()))
            }
            (LEDGER, 1) => {
                let [account, amount] = args.cells();
                m.fuel(2 + 4)?;
                if amount as i64 <= 0 {
                    return fail(m, 0, 1);
                }
                m.fuel(4 + 4)?;
                let balance = add(m, account, amount as i64)?;
                m.fuel(2)?;
                Ok(Some(balance as u64))
            }
            (LEDGER, 2) => transfer(m, args.cell(0), args.cell(1)).map(|()| None),
            (LEDGER, 3) => {
                let account = args.cell(0);
                m.fuel(5 + 3 + 2)?;
                m.touch(account / 64)?;
                let Some(balances) = m.state.ledger.get(&(account / 64)) else { return raise(Cause::Page) };
                let balance = balances[account as usize % 64] as u64;
                m.fuel(2)?;
                Ok(Some(balance))
            }
            (RELAY, 0) => {
                m.fuel(26)?;
                m.touch(0)?;
                if m.state.relay.is_some() {
                    return raise(Cause::Page);
                }
                m.state.relay = Some([0; 3]);
                m.fuel(2)?;
                Ok(None)
            }
            (RELAY, 1) => relay(m, args),
            _ => panic!("no model of {app}.{method}"),
        }
    }

    fn check(&self, heap: &Pages) {
        let mut want = Pages::new();
        for (&id, d) in &self.drops {
            let tail = bytes(&[d.ledger, d.height, d.paid, d.claimed.len() as u64]);
            want.insert(page(id, 0), [d.root.to_vec(), tail].concat());
            for index in &d.claimed {
                let bitmap = want.entry(page(id, 1 + index / 8192)).or_insert_with(|| vec![0; 1024]);
                bitmap[*index as usize % 8192 / 8] |= 1 << (index % 8);
            }
        }
        for (&number, balances) in &self.ledger {
            let cells: Vec<u64> = balances.iter().map(|b| *b as u64).collect();
            want.insert(page(LEDGER, number), bytes(&cells));
        }
        want.extend(self.relay.map(|desk| (page(RELAY, 0), bytes(&desk))));
        assert_eq!(*heap, want);
    }
}

#[test]
fn scenario() {
    check_scenario("airdrop", Airdrop::default());
}

/// The largest list that the contract takes, and a small one.
#[test]
fn random() {
    for (heights, calls, seed) in [([16, 12], 200, 1), ([0, 3], 150, 2)] {
        let mut r = Random::new("airdrop", Airdrop::default(), seed);
        // accounts 6,400 to 6,911: eight pages, of which the last two are opened late
        let row = |r: &mut Random<Airdrop>, i| [i, 6400 + r.below(512), 1 + r.below(1000)];
        let lists = heights.map(|h| (0..1 << h).map(|i| row(&mut r, i)).collect::<Vec<Row>>());
        let trees = [Tree::new(&lists[0]), Tree::new(&lists[1])];
        let accounts = || (0..1).chain(100..108).map(|p| page(LEDGER, p));
        r.pages(accounts().chain([page(50, 0), page(53, 0), page(RELAY, 0)]));
        for (drop, tree) in DROPS.into_iter().zip(&trees) {
            for height in [17, tree.height(), 3] {
                r.call(drop, 0, [bytes(&[LEDGER, height]), tree.root().to_vec()].concat());
            }
        }
        r.call(RELAY, 0, vec![]);
        r.call(RELAY, 0, vec![]);
        for account in [50, 6400, 6464, 6528, 6592, 6656, 6720] {
            r.call(LEDGER, 0, bytes(&[account]));
        }
        while r.calls < calls {
            let which = r.below(2) as usize;
            let (drop, rows) = (DROPS[which], &lists[which]);
            // a few rows again and again, others anywhere
            let span = if r.rng.one_in(2) { rows.len() } else { rows.len().min(12) };
            let index = r.below(span as u64);
            let mut row = rows[index as usize];
            let mut proof = trees[which].proof(index);
            match r.below(16) {
                0 => row[r.below(3) as usize] ^= 1,
                1 => row[0] = rows.len() as u64 + r.below(5),
                2 => proof[r.below(16 * 32) as usize] ^= 0x10, // perhaps behind the proof
                3 => row[2] = row[2].wrapping_neg(),
                _ => {}
            }
            let bitmap = [50, 53].map(|d| page(d, 1 + row[0] / 8192));
            r.pages(accounts().chain(bitmap).chain([page(50, 0), page(53, 0), page(RELAY, 0)]));
            r.fuel = if r.rng.one_in(25) { 3000 } else { 100_000 };
            let args = [bytes(&row), proof].concat();
            match r.below(10) {
                0 => mint(&mut r, drop),
                1 => mint(&mut r, 6400),
                2 => open(&mut r),
                3 => query(&mut r, drop, row[0], row[1]),
                4..=6 => relay_one(&mut r, drop, &args),
                _ => _ = r.call(drop, 1, args),
            }
        }
        r.enough(calls);
    }
}

fn mint(r: &mut Random<Airdrop>, account: u64) {
    let amount = if r.rng.one_in(8) { i64::MAX as u64 } else { r.below(4000).wrapping_sub(200) };
    let amount = if account == 6400 { amount } else { amount % 8000 };
    let nothing = r.rng.one_in(6);
    r.call(LEDGER, 1, bytes(&[account, if nothing { 0 } else { amount }]));
}

fn open(r: &mut Random<Airdrop>) {
    let account = 6400 + r.below(512);
    if r.calls > 100 {
        r.call(LEDGER, 0, bytes(&[account]));
    }
    // from nobody's account, which has nothing, and of nothing
    let amount = r.below(2);
    r.call(LEDGER, 2, bytes(&[account, amount]));
}

fn query(r: &mut Random<Airdrop>, drop: u64, index: u64, account: u64) {
    r.call(drop, 2, bytes(&[index]));
    if account / 64 >= 100 && account / 64 < 108 {
        r.call(LEDGER, 3, bytes(&[account]));
    }
}

fn relay_one(r: &mut Random<Airdrop>, drop: u64, args: &[u8]) {
    // also to an application that is not on the list
    let drop = if r.rng.one_in(15) { 54 } else { drop };
    r.call(RELAY, 1, [&bytes(&[drop]), args].concat());
}
