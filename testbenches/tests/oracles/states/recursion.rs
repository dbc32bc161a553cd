// SPDX-License-Identifier: MIT OR Apache-2.0
//! Mutual recursion through three applications and a floor.

use super::*;

const A: u64 = 70;
const B: u64 = 71;
const C: u64 = 72;
const FLOOR: u64 = 73;
const ABSENT: u64 = 79;
/// Levels of C below this have pages of their own.
const OWN: u64 = 12;

#[derive(Clone)]
struct Recursion {
    a_ring: Vec<u64>,
    /// Result, caught code.
    a_notes: [u64; 2],
    b_ring: Vec<u32>,
    /// Went down, came back.
    b_counts: [u16; 2],
    b_caught: u64,
    c_bytes: Vec<u8>,
    /// y of the levels that have a page.
    c_levels: BTreeMap<u64, u64>,
    /// Value, counter.
    floor: [u64; 2],
}

impl Recursion {
    /// As `recursion.toml` and its variants begin.
    fn new() -> Recursion {
        Recursion {
            a_ring: vec![0; 128],
            a_notes: [0; 2],
            b_ring: vec![0; 256],
            b_counts: [0; 2],
            b_caught: 0,
            c_bytes: vec![0; 512],
            c_levels: BTreeMap::new(),
            floor: [0; 2],
        }
    }

    fn pages(&self) -> Pages {
        let counts = u64::from(self.b_counts[1]) << 16 | u64::from(self.b_counts[0]);
        let mut pages = Pages::from([
            (page(A, 0), bytes(&self.a_ring)),
            (page(A, 1), bytes(&self.a_notes)),
            (page(B, 0), self.b_ring.iter().flat_map(|c| c.to_le_bytes()).collect()),
            (page(B, 1), bytes(&[counts, self.b_caught])),
            (page(C, 0), self.c_bytes.clone()),
            (page(FLOOR, 0), bytes(&self.floor)),
        ]);
        for (&n, &y) in &self.c_levels {
            let mut cells = vec![0; n as usize];
            cells.push(y);
            pages.insert(page(C, 16 + n), bytes(&cells));
        }
        pages
    }
}

type M = Machine<Recursion>;

/// The arguments of `down`.
#[derive(Clone, Copy)]
struct Down {
    n: u64,
    x: u64,
    act: u64,
    guard: u64,
}

/// The level below: its result, or the code of its failure if this level catches.
fn below(m: &mut M, d: Down, y: u64) -> Step<Result<u64, u64>> {
    let app = match m.app {
        _ if d.n == 0 => FLOOR,
        A => B,
        B => C,
        _ => A,
    };
    m.fuel(4 + 3 * 2 + if d.n == 0 { 3 } else { 4 } + 1 + 4)?;
    match m.invoke(app, |m| down(m, Down { n: d.n.wrapping_sub(1), x: y, ..d })) {
        Ok(r) => m.fuel(1).map(|()| Ok(r)), // br, or catch
        Err(Stop::Throw(code)) if d.n >= d.guard => m.fuel(1).map(|()| Err(code)),
        Err(stop) => Err(stop),
    }
}

/// A and B note a caught code on their page.
fn noted(m: &mut M, r: Result<u64, u64>, note: impl Fn(&mut Recursion) -> &mut u64) -> Step<u64> {
    let code = match r {
        Ok(r) => return Ok(r),
        Err(code) => code,
    };
    m.fuel(6)?;
    m.write(1)?;
    *note(&mut m.state) = code;
    m.fuel(1)?;
    Ok(code)
}

fn down(m: &mut M, d: Down) -> Step<u64> {
    match m.app {
        A => level_a(m, d),
        B => level_b(m, d),
        C => level_c(m, d),
        _ => floor(m, d),
    }
}

fn level_a(m: &mut M, d: Down) -> Step<u64> {
    let y = d.x.wrapping_mul(31).wrapping_add(d.n);
    m.fuel(9 + 9)?;
    m.write(0)?;
    m.state.a_ring[d.n as usize % 128] = y;
    let r = below(m, d, y)?;
    let r = noted(m, r, |s| &mut s.a_notes[1])?.wrapping_add(y);
    m.fuel(7)?;
    m.write(1)?;
    m.state.a_notes[0] = r;
    m.fuel(2)?;
    Ok(r)
}

fn level_b(m: &mut M, d: Down) -> Step<u64> {
    let y = d.x.rotate_left(13) ^ d.n;
    m.fuel(10 + 9)?;
    m.write(0)?;
    m.state.b_ring[d.n as usize % 256] = y as u32;
    // the page is loaded from first, which touches it
    m.fuel(4)?;
    m.touch(1)?;
    m.fuel(7)?;
    m.write(1)?;
    m.state.b_counts[0] = m.state.b_counts[0].wrapping_add(1);
    let r = below(m, d, y)?;
    let r = noted(m, r, |s| &mut s.b_caught)?;
    m.fuel(4)?;
    m.touch(1)?;
    m.fuel(7)?;
    m.write(1)?;
    m.state.b_counts[1] = m.state.b_counts[1].wrapping_add(1);
    m.fuel(1 + 2)?;
    Ok(r ^ y)
}

fn level_c(m: &mut M, d: Down) -> Step<u64> {
    let y = d.x.wrapping_mul(5).wrapping_add(1);
    let own = d.n < OWN;
    m.fuel(9 + 4)?;
    if own {
        m.fuel(5)?;
        m.touch(16 + d.n)?;
        m.fuel(1)?;
        if !m.state.c_levels.contains_key(&d.n) {
            m.fuel(32)?;
            m.write(16 + d.n)?;
        }
        m.fuel(9)?;
        m.write(16 + d.n)?;
        m.state.c_levels.insert(d.n, y);
        m.fuel(1)?;
    } else {
        m.fuel(5)?;
        m.touch(0)?;
        let Some(byte) = m.state.c_bytes.get_mut(d.n as usize) else { return raise(Cause::PageBounds) };
        *byte = y as u8;
        m.entries(1)?;
    }
    let r = below(m, d, y)?.unwrap_or_else(|code| code).wrapping_sub(y);
    m.fuel(2 + 4)?;
    if own {
        m.fuel(4)?;
        if r % 2 == 1 {
            m.fuel(3 + 8)?;
            m.write(16 + d.n)?;
            m.state.c_levels.remove(&d.n);
        }
    }
    m.fuel(2)?;
    Ok(r)
}

fn floor(m: &mut M, d: Down) -> Step<u64> {
    m.fuel(6)?;
    m.write(0)?;
    m.state.floor[0] = d.x;
    m.fuel(3)?;
    match d.act {
        0 => {}
        1 => {
            m.fuel(2)?;
            return throw(d.x & !(CODE_MACHINE | CODE_CROSSED));
        }
        2 => {
            m.fuel(18)?;
            return raise(Cause::DivideByZero);
        }
        3 => loop {
            m.fuel(1)?;
        },
        4 => {
            m.fuel(3)?;
            m.touch(u64::MAX)?;
        }
        5 | 6 => {
            m.fuel(2)?;
            m.invoke(if d.act == 5 { u64::MAX } else { ABSENT }, |_| Ok(()))?;
        }
        7 => {
            m.fuel(6)?;
            return raise(Cause::PageBounds);
        }
        _ => {
            m.fuel(4)?;
            for left in (1..=d.act - 8).rev() {
                m.fuel(2 + 6)?;
                m.write(0)?;
                m.state.floor[1] = left;
                m.fuel(2)?;
            }
            m.fuel(2)?;
        }
    }
    m.fuel(3)?;
    Ok(d.x)
}

impl Contract for Recursion {
    fn call(m: &mut M, _app: u64, _method: u64, args: &Args) -> Step<Option<u64>> {
        let [n, x, act, guard] = args.cells();
        down(m, Down { n, x, act, guard }).map(Some)
    }

    fn check(&self, heap: &Pages) {
        assert_eq!(*heap, self.pages());
    }
}

#[test]
fn scenario() {
    for name in ["recursion", "recursion_depth", "recursion_log", "recursion_ends"] {
        check_scenario(name, Recursion::new());
    }
}

#[test]
fn random() {
    let mut r = Random::new("recursion", Recursion::new(), 6);
    let pages = Recursion::new().pages().into_keys().chain((16..16 + OWN).map(|n| page(C, n)));
    r.access = AccessList::new([A, B, C, FLOOR, ABSENT], pages).expect("at most 32 pages");
    for _ in 0..400 {
        let n = match r.below(8) {
            0 => r.below(600),
            1 => 509 + r.below(3),
            _ => r.below(20),
        };
        let act = match r.below(3) {
            0 => 0,
            1 => r.below(8),
            _ => {
                let magnitude = 1 + r.below(11);
                8 + r.below(1 << magnitude)
            }
        };
        let guard = match r.below(4) {
            0 => 0,
            1 => u64::MAX,
            _ => r.below(n + 2),
        };
        let log = if r.rng.one_in(3) { r.below(100) as usize } else { 2048 };
        let call_depth = if r.rng.one_in(6) { 1 + r.below(20) as usize } else { 512 };
        r.limits = Limits { log, call_depth, ..Limits::default() };
        r.fuel = if r.rng.one_in(10) { r.below(2000) as i64 + 100 } else { 200_000 };
        let args = bytes(&[n, r.rng.bits(), act, guard]);
        let app = if r.rng.one_in(20) { FLOOR } else { A + r.below(3) };
        r.call(app, 0, args);
    }
    r.enough(400);
}
