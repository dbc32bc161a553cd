// SPDX-License-Identifier: MIT OR Apache-2.0
//! The router in front of the order book: it retries what cannot be filled whole, and counts on a desk of its own.

use super::*;

/// One more on the router's desk.
fn count(m: &mut M, counter: usize) -> Step {
    m.fuel(6 + 4)?;
    m.touch(0)?;
    match &mut m.state.desk {
        Some(desk) => desk[counter] += 1,
        None => return raise(Cause::Page),
    }
    m.entries(1)?;
    m.fuel(2 + 5 + 2)
}

/// The router's invocation of the book.
fn placed(m: &mut M, order: [u64; 5]) -> Step<u64> {
    m.fuel(12)?;
    m.invoke(BOOK, |m| place(m, order))
}

/// A method of the router.
pub fn call(m: &mut M, method: u64, args: &Args) -> Step<Option<u64>> {
    let value = match method {
        0 => {
            m.fuel(26)?;
            m.touch(0)?;
            if m.state.desk.is_some() {
                return raise(Cause::Page);
            }
            m.state.desk = Some([0; 2]);
            None
        }
        1 => {
            let [trader, side, price, quantity] = args.cells();
            match placed(m, [trader, side, price, quantity, ALL_OR_NONE]) {
                Ok(filled) => {
                    m.fuel(1)?;
                    count(m, 0)?;
                    Some(filled)
                }
                Err(Stop::Throw(code)) => {
                    m.fuel(1 + 4)?;
                    if code != CODE_CROSSED | 4 {
                        m.fuel(1)?;
                        return throw(code & !(CODE_CROSSED | CODE_MACHINE));
                    }
                    count(m, 1)?;
                    Some(placed(m, [trader, side, price, quantity, IMMEDIATE])?)
                }
                Err(end) => return Err(end),
            }
        }
        2 => {
            let [trader, side, price, step, orders, quantity] = args.cells();
            let mut handle = 0;
            m.fuel(2)?;
            for i in 0..orders {
                let price = price.wrapping_add(step.wrapping_mul(i));
                m.fuel(2 + 1)?;
                handle = placed(m, [trader, side, price, quantity, KEEP])?;
                m.fuel(4 + 4)?;
            }
            m.fuel(2)?;
            Some(handle)
        }
        _ => {
            let [trader, side, handle, price, quantity] = args.cells();
            m.fuel(6)?;
            m.invoke(BOOK, |m| cancel(m, trader, handle))?;
            m.fuel(1)?;
            Some(placed(m, [trader, side, price, quantity, KEEP])?)
        }
    };
    m.fuel(2)?;
    Ok(value)
}
