// SPDX-License-Identifier: MIT OR Apache-2.0
//! The order book. The model is a map of queues for each side; the pages are read back into one. The contract in front of
//! it is in `router`.

use super::*;
use std::collections::VecDeque;

mod router;

const BOOK: u64 = 60;
const ROUTER: u64 = 61;
const TRADERS: u64 = 1 << 40;
/// Orders of one level.
const LEVEL_ORDERS: usize = 41;

const KEEP: u64 = 0;
const IMMEDIATE: u64 = 1;
const ALL_OR_NONE: u64 = 2;
const MAKER: u64 = 3;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Order {
    number: u64,
    trader: u64,
    open: u64,
}

#[derive(Clone, Default)]
struct Orderbook {
    created: bool,
    /// Bids and asks by price, each in order of time.
    sides: [BTreeMap<u64, VecDeque<Order>>; 2],
    /// Free lots and quote of the traders.
    funds: BTreeMap<u64, [i64; 2]>,
    /// The next order's number.
    next: u64,
    volume: u64,
    /// Slots ever used of the levels' pages.
    used: BTreeMap<u64, usize>,
    /// Orders that the router filled in full and not.
    desk: Option<[u64; 2]>,
    /// Level pages that were freed in this call.
    freed: BTreeSet<u64>,
}

type M = Machine<Orderbook>;

fn level(side: usize, price: u64) -> u64 {
    2 * price + side as u64
}

impl Orderbook {
    /// Prices of a side, the best first.
    fn prices(&self, side: usize) -> Vec<u64> {
        let prices = self.sides[side].keys().copied();
        if side == 0 { prices.rev().collect() } else { prices.collect() }
    }

    /// The next better and the next worse level page.
    fn neighbours(&self, side: usize, price: u64) -> [Option<u64>; 2] {
        let prices = self.prices(side);
        let at = prices.iter().position(|p| *p == price).expect("a level");
        let page = |at: Option<usize>| at.and_then(|at| prices.get(at)).map(|p| level(side, *p));
        [page(at.checked_sub(1)), page(Some(at + 1))]
    }
}

// Fuel is counted block by block of the source, as far as the next instruction that can fail.

fn fail<T>(m: &mut M, fuel: i64, value: u64) -> Step<T> {
    m.fuel(fuel + 2)?;
    throw(value)
}

/// A trader's page; throws `page` if there is none.
fn account(m: &mut M, trader: u64) -> Step {
    m.touch(TRADERS.wrapping_add(trader))?;
    if m.state.funds.contains_key(&trader) { Ok(()) } else { raise(Cause::Page) }
}

fn credit(m: &mut M, trader: u64, asset: usize, amount: u64) -> Step {
    m.fuel(2)?;
    if amount == 0 {
        return m.fuel(2);
    }
    m.fuel(8)?;
    account(m, trader)?;
    m.fuel(2)?;
    let funds = m.state.funds.get_mut(&trader).expect("it was there");
    match funds[asset].checked_add(amount as i64) {
        Some(sum) => funds[asset] = sum,
        None => return raise(Cause::Arithmetic),
    }
    m.entries(1)?;
    m.fuel(5 + 2)
}

fn debit(m: &mut M, trader: u64, asset: usize, amount: u64) -> Step {
    m.fuel(8)?;
    account(m, trader)?;
    m.fuel(6)?;
    let funds = m.state.funds.get_mut(&trader).expect("it was there");
    if funds[asset] < amount as i64 {
        return fail(m, 0, 2);
    }
    funds[asset] -= amount as i64;
    m.entries(1)?;
    m.fuel(5 + 2)
}

/// The book's own page.
fn header(m: &mut M) -> Step {
    m.touch(0)?;
    if m.state.created { Ok(()) } else { raise(Cause::Page) }
}

/// Takes an order out.
fn unlink(m: &mut M, side: usize, price: u64, number: u64) -> Step {
    m.fuel(11)?;
    m.write(0)?;
    m.fuel(7)?;
    let orders = m.state.sides[side].get_mut(&price).expect("a level");
    if orders.len() > 1 {
        let first = orders[0].number == number;
        let last = orders[orders.len() - 1].number == number;
        orders.retain(|o| o.number != number);
        m.entries(5)?; // two links, two of the free list, count
        let link = |end| 3 + if end { 2 } else { 3 } + 4;
        return m.fuel(2 * 7 + link(first) + link(last) + 4 + 7 + 6 + 11 + 3);
    }
    let [better, worse] = m.state.neighbours(side, price);
    m.fuel(2 * 5 + 3 + if better.is_some() { 2 } else { 7 } + 3)?;
    m.write(better.unwrap_or(0))?;
    m.fuel(2)?;
    if let Some(worse) = worse {
        m.fuel(6)?;
        m.write(worse)?;
    }
    m.entries(1)?; // the free
    m.state.sides[side].remove(&price);
    m.state.used.remove(&level(side, price));
    m.state.freed.insert(level(side, price));
    m.fuel(9 + 3)
}

/// A new level at its place.
fn make_level(m: &mut M, side: usize, price: u64) -> Step {
    let page = level(side, price);
    m.fuel(26)?;
    if m.state.freed.contains(&page) {
        return raise(Cause::Page);
    }
    m.fuel(6 + 7 + 5 + 7 + 2)?;
    m.entries(2)?; // allocation, unused
    m.touch(0)?;
    m.state.sides[side].insert(price, VecDeque::new());
    m.fuel(3)?;
    for better in m.state.prices(side).into_iter().take_while(|p| *p != price) {
        m.fuel(8 + 4 + 2)?;
        m.touch(level(side, better))?;
        m.fuel(3)?;
    }
    let [better, worse] = m.state.neighbours(side, price);
    if let Some(worse) = worse {
        m.fuel(8 + 6)?;
        m.write(worse)?;
    }
    m.entries(2)?; // its own links
    m.fuel(6 + 6 + 3 + if better.is_some() { 5 } else { 9 })?;
    m.write(better.unwrap_or(0))?;
    m.fuel(2)
}

/// A new order at the end of its level.
fn rest(m: &mut M, side: usize, price: u64, trader: u64, open: u64) -> Step<u64> {
    let page = level(side, price);
    m.fuel(3)?;
    m.touch(page)?;
    m.fuel(1)?;
    if !m.state.sides[side].contains_key(&price) {
        m.fuel(6)?;
        make_level(m, side, price)?;
    }
    let orders = m.state.sides[side][&price].len();
    m.fuel(7)?;
    let used = m.state.used.entry(page).or_insert(0);
    if orders < *used {
        m.fuel(6 + 5 + 1)?;
    } else if orders == LEVEL_ORDERS {
        return fail(m, 6 + 3, 3);
    } else {
        *used += 1;
        m.fuel(6 + 3 + 8)?;
    }
    m.entries(1 + 5 + 2 + 2)?; // slot, order, links, totals of the level
    m.touch(0)?;
    m.entries(2)?;
    let number = m.state.next;
    m.state.next += 1;
    m.state.sides[side].get_mut(&price).expect("a level").push_back(Order { number, trader, open });
    let link = 3 + if orders == 0 { 2 } else { 3 } + 4;
    m.fuel(6 + 8 + 6 + 7 + 8 + 6 + 7 + link + 6 + 3 * 11 + 8 + 7)?;
    Ok(page << 32 | number)
}

/// Trades with the best levels of the other side; gives what is left and what was spent.
fn trade(m: &mut M, [_, side, price, quantity, kind]: [u64; 5]) -> Step<[u64; 2]> {
    let (other, buys) = (1 - side as usize, side == 0);
    let (mut left, mut spent, mut same) = (quantity, 0, None);
    loop {
        let at = match same {
            Some(at) => at,
            None => {
                m.fuel(4)?;
                header(m)?;
                m.fuel(3)?;
                let Some(&at) = m.state.prices(other).first() else { break };
                m.fuel(5 + 5)?;
                if if buys { at > price } else { at < price } {
                    break;
                }
                m.fuel(4)?;
                if kind == MAKER {
                    return fail(m, 0, 5);
                }
                at
            }
        };
        m.fuel(4)?;
        m.write(level(other, at))?;
        let maker = m.state.sides[other].get_mut(&at).expect("a level").front_mut().expect("no empty levels");
        let whole = maker.open < left;
        let fill = left.min(maker.open);
        maker.open -= fill;
        let maker = maker.clone();
        left -= fill;
        spent += fill * at;
        m.fuel(2 + 9 + if whole { 0 } else { 2 } + 1 + 4 + 6 + 5 + 7 + 3 + 7 + 2 + 2 + if buys { 0 } else { 2 } + 5)?;
        credit(m, maker.trader, other, if buys { fill * at } else { fill })?;
        m.fuel(4)?;
        if maker.open > 0 {
            m.entries(1)?;
            m.fuel(3 + 5 + 1)?;
            break;
        }
        m.fuel(4 + 4)?;
        unlink(m, other, at, maker.number)?;
        m.fuel(2)?;
        if left == 0 {
            break;
        }
        same = m.state.sides[other].contains_key(&at).then_some(at);
        m.fuel(if same.is_some() { 2 } else { 1 })?;
    }
    Ok([left, spent])
}

fn place(m: &mut M, order: [u64; 5]) -> Step<u64> {
    let [trader, side, price, quantity, kind] = order;
    let limit = 1..1 << 31;
    let sound = [side <= 1, kind <= MAKER, limit.contains(&price), limit.contains(&quantity)];
    for (sound, fuel) in sound.into_iter().zip([4, 4, 6, 6]) {
        m.fuel(fuel)?;
        if !sound {
            return fail(m, 0, 1);
        }
    }
    let (side, other, buys) = (side as usize, 1 - side as usize, side == 0);
    let cost = |lots: u64| if buys { lots * price } else { lots };
    m.fuel(15 + 4 + 3 + if buys { 5 } else { 0 } + 5)?;
    debit(m, trader, other, cost(quantity))?;
    let [left, spent] = trade(m, order)?;
    let filled = quantity - left;
    m.fuel(6)?;
    if filled > 0 {
        m.entries(1)?;
        m.state.volume += filled;
        m.fuel(11 + 4 + 8)?;
        if buys {
            credit(m, trader, 0, filled)?;
            m.fuel(4 + 9 + 4)?;
            credit(m, trader, 1, filled * price - spent)?;
            m.fuel(1)?;
        } else {
            credit(m, trader, 1, spent)?;
        }
    }
    m.fuel(3 + if kind == IMMEDIATE { 0 } else { 2 })?;
    match kind {
        KEEP | MAKER if left > 0 => {
            m.fuel(6 + 4 + 4)?;
            let handle = rest(m, side, price, trader, left)?;
            m.fuel(2).map(|()| handle)
        }
        KEEP | MAKER => m.fuel(3).map(|()| 0),
        ALL_OR_NONE if left > 0 => fail(m, 0, 4),
        _ => {
            m.fuel(4 + 3 + if buys { 5 } else { 0 } + 5)?;
            credit(m, trader, other, cost(left))?;
            m.fuel(3).map(|()| filled)
        }
    }
}

fn cancel(m: &mut M, trader: u64, handle: u64) -> Step<u64> {
    let (page, number) = (handle >> 32, handle & 0xffff_ffff);
    m.fuel(8)?;
    if page < 2 {
        return fail(m, 0, 6);
    }
    m.fuel(3)?;
    m.touch(page)?;
    m.fuel(1)?;
    let (side, price) = ((page & 1) as usize, page >> 1);
    let Some(orders) = m.state.sides[side].get(&price).cloned() else { return fail(m, 0, 6) };
    // an order that is looked at: not the end, number; and from one to the next
    let looks = |orders: usize| 5 + 13 * orders as i64 + 5 * orders.saturating_sub(1) as i64;
    let Some(at) = orders.iter().position(|o| o.number == number) else {
        return fail(m, looks(orders.len()) + 5 + 2, 6);
    };
    let order = orders[at].clone();
    m.fuel(looks(at + 1) + 2 + 8)?;
    if order.trader != trader {
        return fail(m, 0, 7);
    }
    m.entries(1)?;
    m.fuel(5 + 11 + 6 + if side == 0 { 11 } else { 3 } + 5)?;
    credit(m, trader, 1 - side, if side == 0 { order.open * price } else { order.open })?;
    m.fuel(8)?;
    unlink(m, side, price, number)?;
    m.fuel(3)?;
    Ok(order.open)
}

fn deposit(m: &mut M, [trader, base, quote]: [u64; 3]) -> Step {
    m.fuel(4)?;
    if trader >= 1 << 32 {
        return fail(m, 0, 1);
    }
    m.fuel(6)?;
    if (base as i64) < 0 || (quote as i64) < 0 {
        return fail(m, 0, 1);
    }
    m.fuel(5)?;
    m.touch(TRADERS + trader)?;
    m.fuel(1 + if m.state.funds.contains_key(&trader) { 0 } else { 28 })?;
    m.state.funds.entry(trader).or_default();
    for (asset, amount) in [base, quote].into_iter().enumerate() {
        m.fuel(10)?;
        credit(m, trader, asset, amount)?;
    }
    m.fuel(2)
}

/// Open lots of the best levels.
fn depth(m: &mut M, side: usize, levels: u64) -> Step<u64> {
    m.fuel(5 + 2)?;
    header(m)?;
    m.fuel(3)?;
    let (prices, mut sum) = (m.state.prices(side), 0);
    for &price in prices.iter().take(levels as usize) {
        m.fuel(2 + 4 + 4)?;
        m.touch(level(side, price))?;
        sum += m.state.sides[side][&price].iter().map(|o| o.open).sum::<u64>();
        m.fuel(3 + 2 + 5)?;
    }
    m.fuel(if prices.len() as u64 > levels { 2 } else { 0 } + 3)?;
    Ok(sum)
}

impl Contract for Orderbook {
    fn call(m: &mut M, app: u64, method: u64, args: &Args) -> Step<Option<u64>> {
        m.state.freed.clear();
        if app == ROUTER {
            return router::call(m, method, args);
        }
        match method {
            0 => {
                m.fuel(26)?;
                m.touch(0)?;
                if m.state.created {
                    return raise(Cause::Page);
                }
                m.state.created = true;
                m.state.next = 1;
                m.fuel(6 + 2).map(|()| None)
            }
            1 => deposit(m, args.cells()).map(|()| None),
            2 => place(m, args.cells()).map(Some),
            3 => cancel(m, args.cell(0), args.cell(1)).map(Some),
            4 => {
                m.fuel(6)?;
                header(m)?;
                m.fuel(4)?;
                Ok(Some(m.state.prices(args.cell(0) as usize).first().copied().unwrap_or(0)))
            }
            5 => depth(m, args.cell(0) as usize, args.cell(1)).map(Some),
            6 => {
                m.fuel(8)?;
                account(m, args.cell(0))?;
                match m.state.funds[&args.cell(0)].get(args.cell(1) as usize).copied() {
                    Some(funds) => m.fuel(2).map(|()| Some(funds as u64)),
                    None => raise(Cause::PageBounds),
                }
            }
            _ => panic!("no model of {app}.{method}"),
        }
    }

    fn check(&self, heap: &Pages) {
        let mut pages = heap.clone();
        let mut expect = |id: PageId, cells: &[u64]| assert_eq!(pages.remove(&id), Some(bytes(cells)), "{id}");
        for (trader, funds) in &self.funds {
            expect(page(BOOK, TRADERS + trader), &funds.map(|f| f as u64));
        }
        if let Some(desk) = self.desk {
            expect(page(ROUTER, 0), &desk);
        }
        if self.created {
            let best = [0, 1].map(|side| self.prices(side).first().map_or(0, |p| level(side, *p)));
            let orders = self.sides.iter().flat_map(|s| s.values()).map(VecDeque::len).sum::<usize>();
            expect(page(BOOK, 0), &[best[0], best[1], self.next, self.volume, orders as u64]);
        }
        for side in [0, 1] {
            for (&price, orders) in &self.sides[side] {
                let page = pages.remove(&page(BOOK, level(side, price))).expect("the level's page");
                let neighbours = self.neighbours(side, price);
                check_level(&page, orders, neighbours);
            }
        }
        assert!(pages.is_empty(), "pages that nobody knows: {:?}", pages.keys());
    }
}

/// A level's page: its header, its orders in both directions, and every slot in use, free or untouched.
fn check_level(page: &[u8], orders: &VecDeque<Order>, [better, worse]: [Option<u64>; 2]) {
    assert_eq!(page.len(), 1024);
    let u64_at = |at: usize| u64::from_le_bytes(page[at..at + 8].try_into().expect("8 bytes"));
    let u16_at = |at: usize| usize::from(u16::from_le_bytes(page[at..at + 2].try_into().expect("2 bytes")));
    let total = orders.iter().map(|o| o.open).sum();
    assert_eq!([0, 8, 16, 32].map(u64_at), [worse.unwrap_or(0), better.unwrap_or(0), total, orders.len() as u64]);
    let (mut at, mut before) = (u16_at(24), 0);
    let mut slots = BTreeSet::new();
    for order in orders {
        let number = u64_at(at + 16) & 0xffff_ffff;
        assert_eq!(*order, Order { number, trader: u64_at(at + 8), open: u64_at(at) });
        assert_eq!(u16_at(at + 22), before);
        assert!(slots.insert(at));
        (before, at) = (at, u16_at(at + 20));
    }
    assert_eq!((at, u16_at(26)), (0, before), "first after the last, last");
    let mut free = u16_at(28);
    while free != 0 {
        assert!(slots.insert(free));
        free = u16_at(free + 20);
    }
    assert!(slots.into_iter().eq((40..u16_at(30)).step_by(24)), "slots are lost");
}

#[test]
fn scenario() {
    check_scenario("orderbook", Orderbook::default());
}

/// A method of two arguments.
fn query(r: &mut Random<Orderbook>, method: u64, a: u64, bound: u64) -> Outcome {
    let b = r.below(bound);
    r.call(BOOK, method, bytes(&[a, b]))
}

/// Prices around the middle, a few traders, orders of all kinds; few and many prices, the highest and the lowest.
#[test]
fn random() {
    for (seed, middle, width, calls) in [(3, 1000, 3, 500), (4, 50, 9, 500), (5, (1 << 31) - 4, 3, 200), (7, 4, 3, 200)]
    {
        let mut r = Random::new("orderbook", Orderbook::default(), seed);
        let prices = middle - width..=middle + width;
        // at most 32 pages: with the wide range the worst levels of a side are not listed
        let levels = prices.clone().flat_map(|p| [2 * p, 2 * p + 1]).skip(if width == 9 { 14 } else { 0 });
        let traders = (1..5).map(|t| TRADERS + t);
        let pages: Vec<_> = levels.chain(traders).chain([0]).map(|p| page(BOOK, p)).take(31).collect();
        r.pages(pages.into_iter().chain([page(ROUTER, 0)]));
        r.call(BOOK, 0, vec![]);
        r.call(ROUTER, 0, vec![]);
        for trader in 1..4 {
            r.call(BOOK, 1, bytes(&[trader, 2000, 2000 * middle]));
        }
        let mut handles = vec![0_u64];
        while r.calls < calls {
            let side = r.below(2);
            // mostly on the own side of the middle, so that a book builds up
            let away = r.below(width + 1);
            let own = r.below(3) > 0;
            let price = if own == (side == 0) { middle - away } else { middle + away };
            let trader = 1 + r.below(3) + u64::from(r.rng.one_in(30));
            let quantity = 1 + r.below(if own { 20 } else { 60 });
            let old = handles[r.below(handles.len() as u64) as usize];
            let owner = r.bench.model.sides.iter().flat_map(|s| s.values().flatten());
            let owner = owner.filter(|o| o.number == old & 0xffff_ffff).map(|o| o.trader).next().unwrap_or(trader);
            let outcome = match r.below(20) {
                0 => {
                    let good = [trader, quantity, quantity * middle];
                    let odd = [[trader | 1 << 32, 0, 0], [trader, u64::MAX, 1], [trader, 1, 1 << 63], [trader, 0, 0]];
                    let deposit = if r.rng.one_in(3) { odd[r.below(4) as usize] } else { good };
                    r.call(BOOK, 1, bytes(&deposit))
                }
                1 if r.rng.one_in(3) => {
                    // the limits: nothing, too much, all one's lots
                    let all = r.bench.model.funds.get(&trader).map_or(1, |f| f[0] as u64);
                    let edge = [[price, 0], [0, 1], [price, 1 << 31], [1 << 31, 1], [price, all]][r.below(5) as usize];
                    r.call(BOOK, 2, bytes(&[trader, 1, edge[0], edge[1], IMMEDIATE]))
                }
                1..=3 => r.call(BOOK, 3, bytes(&[owner, old])),
                4 if r.rng.one_in(2) => r.call(BOOK, 4, bytes(&[side])),
                4 => query(&mut r, 5, side, 6),
                5 => query(&mut r, 6, trader, 3),
                6 | 7 => r.call(ROUTER, 1, bytes(&[trader, side, price, 4 * quantity])),
                8 => {
                    let step = if side == 0 { u64::MAX } else { 1 } * r.below(2);
                    let (orders, quantity) = (1 + r.below(6), 1 + r.below(9));
                    r.call(ROUTER, 2, bytes(&[trader, side, middle, step, orders, quantity]))
                }
                9 => r.call(ROUTER, 3, bytes(&[owner, old >> 32 & 1, old, price, quantity])),
                way => {
                    let kinds = [KEEP, KEEP, KEEP, KEEP, KEEP, IMMEDIATE, ALL_OR_NONE, MAKER, MAKER, 4];
                    let kind = kinds[way as usize - 10];
                    r.call(BOOK, 2, bytes(&[trader, side, price, quantity, kind]))
                }
            };
            if let Outcome::Returned(Some(handle)) = outcome
                && handle >> 32 > 1
            {
                handles.push(handle);
            }
            if handles.len() > 60 {
                let at = r.below(40);
                handles.remove(at as usize);
            }
        }
        let levels = r.bench.model.sides.iter().map(BTreeMap::len).sum::<usize>();
        println!("{levels} levels, {} lots traded", r.bench.model.volume);
        r.enough(calls);
    }
}
