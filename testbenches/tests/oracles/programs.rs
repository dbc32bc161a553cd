// SPDX-License-Identifier: MIT OR Apache-2.0
//! The expectations of `testbenches/algorand/programs/*.toml` against independent oracles.
//!
//! Every call of every scenario is computed here in plain Rust (SHA-256 and modular exponentiation by
//! the crates `sha2` and `num-bigint`), from the definition of the problem and not from the bytecode.
//! What the scenario expects must equal that, and so must what the interpreter does. Where the fuel can
//! be derived by hand (blocks of the source times how often they run), it is: the sums are written out block by
//! block, with prices from the seed's table and not from this repository's.

use avm_sim::algorand::asm;
use avm_sim::algorand::exception::{Cause, Outcome};
use avm_sim::algorand::image::Image;
use avm_sim::algorand::interp::{Call, Interp};
use avm_sim::algorand::world::{AccessList, World};
use num_bigint::BigUint;
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::sync::Arc;
use toml::{Table, Value};

const ENTER: i64 = 8; // fuel of the first invocation
const APPLICATION: u64 = 7;

/// How a call must end, fuel permitting.
struct Want {
    outcome: Outcome,
    /// Known only where it was derived.
    fuel: Option<i64>,
}

fn returned(value: u64) -> Want {
    Want { outcome: Outcome::Returned(Some(value)), fuel: None }
}

/// Raised by the machine, and left the first frame.
fn raised(cause: Cause) -> Want {
    Want { outcome: Outcome::Exception(0b11 << 62 | cause as u64), fuel: None }
}

/// Refused by the first invocation: has not crossed a boundary.
fn refused(cause: Cause) -> Want {
    Want { outcome: Outcome::Exception(1 << 63 | cause as u64), fuel: Some(ENTER) }
}

/// Thrown by the program, and left the first frame.
fn thrown(value: u64) -> Want {
    Want { outcome: Outcome::Exception(1 << 62 | value), fuel: None }
}

impl Want {
    /// With the fuel derived for everything after the first invocation.
    fn fuel(self, after_entry: i64) -> Want {
        Want { fuel: Some(ENTER + after_entry), ..self }
    }
}

/// Programs use no other application and no page.
fn access() -> AccessList {
    AccessList::new([APPLICATION], []).expect("one application")
}

/// The whole oracle: program, image (for texts in its constant area), method, arguments.
fn want(program: &str, image: &Image, method: &str, args: &[u8]) -> Want {
    let a: Vec<u64> = args.chunks_exact(8).map(|b| u64::from_le_bytes(b.try_into().expect("8 bytes"))).collect();
    match (program, method) {
        ("fib", "fib") => fib(a[0]),
        ("mix", "mix") => mix(a[0], a[1]),
        ("sieve", "sieve") => sieve(a[0]),
        ("polymul", "polymul") => polymul(a[0], a[1]),
        ("quicksort", "quicksort") => quicksort(a[0], a[1]),
        ("sha256", "digest") => {
            let digest = Sha256::digest(message(image, a[0], a[1]));
            let word = a[2] as usize % 4 * 8;
            returned(u64::from_be_bytes(digest[word..word + 8].try_into().expect("8 bytes")))
        }
        ("sha256", "check") => {
            let digest = Sha256::digest(message(image, a[0], a[1]));
            returned((digest[..] == args[16..48]).into())
        }
        ("modexp", "modexp") => modexp(image, a[0], a[1], a[2]),
        ("automaton", "run") => guest(a[0], a[1], a[2]),
        ("automaton", "tokens") => tokens(image, a[0]),
        ("torture", _) => torture(method, &a),
        _ => panic!("no oracle for {program}.{method}"),
    }
}

fn message(image: &Image, offset: u64, length: u64) -> &[u8] {
    &image.constants()[offset as usize..][..length as usize]
}

fn fib(n: u64) -> Want {
    // entry to branch: 4; an inner call: 2 x (load, const, isub, arg, invoke 4) + iadd + ireturn 2
    const LEAF: i64 = 4 + 1 + 2;
    const INNER: i64 = 4 + 2 * (1 + 1 + 1 + 1 + 4) + 1 + 2;
    if n > 512 {
        // fib(n - 511) is active as the 512th and asks for one more
        return Want { outcome: Outcome::Capacity, fuel: None }.fuel(512 * (4 + 8));
    }
    let (mut value, mut next, mut fuel, mut fuel_next) = (0, 1, LEAF, LEAF);
    for _ in 0..n {
        (value, next) = (next, value + next);
        (fuel, fuel_next) = (fuel_next, INNER + fuel + fuel_next);
    }
    returned(value).fuel(fuel)
}

/// Knuth's 64-bit congruential generator.
fn lcg(x: u64) -> u64 {
    x.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407)
}

fn mix(mut x: u64, n: u64) -> Want {
    for _ in 0..n {
        x = lcg(x);
        x ^= x >> 33;
    }
    // load, load, brz; per iteration 13 of price 1 and imulw; ireturn
    returned(x).fuel(3 + n as i64 * (13 + 4) + 2)
}

fn sieve(n: u64) -> Want {
    if n > 1900 {
        return thrown(1).fuel(4 + 2);
    }
    let prime = |k: u64| k > 1 && (2..k).all(|d| !k.is_multiple_of(d));
    let (mut sum, mut count) = (0, 0);
    let mut fuel = 8 + 3; // up to `br .while_square`
    for p in (2..).take_while(|p| p * p < n) {
        fuel += 9 + 6 + 4; // test, .candidate, .next
        if prime(p) {
            fuel += 8 + 10 * (p * p..n).step_by(p as usize).count() as i64 + 1;
        }
    }
    fuel += 9 + 2; // the test that fails; pointer, br
    for k in 2..n {
        fuel += 4 + 4 + 2; // test, .look, .counted
        if prime(k) {
            fuel += 10 + 1;
            sum += k;
            count += 1;
        }
    }
    returned(sum << 16 | count).fuel(fuel + 4 + 5 + 2)
}

fn polymul(seed: u64, n: u64) -> Want {
    const P: u64 = 998_244_353;
    const POINT: u64 = 31_337;
    if n > 100 {
        return thrown(1).fuel(4 + 2);
    }
    if n == 0 {
        return returned(0).fuel(4 + 2 + 1 + 2);
    }
    let mut x = seed;
    let mut next = || {
        x = x.wrapping_mul(1_103_515_245).wrapping_add(12_345) % P;
        x
    };
    let (a, b): (Vec<u64>, Vec<u64>) = (0..n).map(|_| (next(), next())).unzip();
    // not the product's coefficients: the product of the two values
    let at = |c: &[u64]| c.iter().rev().fold(0, |value, c| (value * POINT + c) % P);
    let fill = 2 * (1 + 4 + 1 + 1 + 1 + 16) + 5 + 7 + 8;
    let column = 32 + 4 + 8;
    let row = 10 + 8;
    let horner = 1 + 4 + 5 + 2 + 1 + 1 + 16 + 4;
    let pad = 6; // `nop`s of the `.align` in front of .row
    let n = n as i64;
    returned(at(&a) * at(&b) % P)
        .fuel(4 + 2 + 10 + 3 + n * fill + 1 + 2 + pad + n * (row + n * column) + 1 + (2 * n - 1) * horner + 2)
}

fn quicksort(seed: u64, n: u64) -> Want {
    if n > 400 {
        return thrown(1);
    }
    let mut x = seed;
    let mut numbers: Vec<u64> = (0..n)
        .map(|_| {
            x = lcg(x);
            x >> 32
        })
        .collect();
    numbers.sort_unstable();
    returned(numbers.iter().fold(0_u64, |h, v| h.wrapping_mul(31).wrapping_add(*v)))
}

/// Modulus and base of the two keys of `modexp.avm`.
const KEYS: [[&str; 2]; 2] = [
    [
        "85ed5b4e8ddc178d1231e480b5632a88019617c66e9ace27a1467bdc64e97fab\
         d265611dc374e5678812a221f6c06d1f2f2046f40e11b873b1d1ad4e4325593b",
        "02572083fd3464e37779f25b87b4e01c8b94c1df2a8a7d5f95f5d66850afa1e4\
         b7f806a52873a4620598475169deaac0bda0f0c26656afff932b7a1336a8a8012",
    ],
    [
        "bbccd514f211312328f5b389857b2a3d197e9336f42372776ecfff44dbf64495\
         7b3ab5d39927e627c5c4ea96753ef0215bac768ad14f6e4bcb090abe905885db",
        "1ef2dddd03423dd3869e1be9a3d99fcadad16b0607fa78d61484607328027a29\
         a09231b057bcf489e5041408f4bbc8ed244153d73b46e2966c0944d965cbd16e",
    ],
];

fn modexp(image: &Image, key: u64, e: u64, limb: u64) -> Want {
    let words = KEYS[(key as usize - 16) / 192];
    let [n, base] = words.map(|hex| BigUint::parse_bytes(hex.as_bytes(), 16).expect("a number"));
    let mut modulus = n.to_bytes_le();
    modulus.resize(64, 0);
    assert_eq!(message(image, key, 64), modulus, "the key in the constant area");
    let mut limbs = base.modpow(&BigUint::from(e), &n).to_u64_digits();
    limbs.resize(8, 0);
    returned(match limbs.get(limb as usize) {
        Some(limb) => *limb,
        None => limbs.iter().rev().fold(0, |h: u64, limb| h.rotate_left(7) ^ limb),
    })
}

/// The guest programs, by their offset.
fn guest(program: u64, r0: u64, r1: u64) -> Want {
    match program {
        24 => {
            let (mut a, mut b) = (r0, r1);
            while b != 0 {
                (a, b) = (b, a % b);
            }
            returned(a)
        }
        48 => returned((1..=r0).map(collatz).sum()),
        120 if r0 == r1 => raised(Cause::DivideByZero),
        120 => thrown(2),
        _ => panic!("no guest program at {program}"),
    }
}

fn collatz(n: u64) -> u64 {
    match n {
        1 => 0,
        _ if n.is_multiple_of(2) => 1 + collatz(n / 2),
        _ => 1 + collatz(3 * n + 1),
    }
}

/// A scanner without tables.
fn tokens(image: &Image, offset: u64) -> Want {
    const WORD: u64 = 1;
    const NUMBER: u64 = 2;
    const STRING: u64 = 3;
    const OPERATOR: u64 = 4;
    let text = &image.constants()[offset as usize..];
    let text = std::str::from_utf8(text.split(|b| *b == 0).next().expect("a text")).expect("ASCII");
    let mut h = 0_u64;
    let mut token = |kind: u64, value: u64| h = h.wrapping_mul(1_000_003) ^ (kind << 56 | value);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = |stop: &dyn Fn(char) -> bool| rest.find(stop).unwrap_or(rest.len());
        let len = if c.is_ascii_digit() {
            let len = end(&|c| !c.is_ascii_digit());
            match rest[..len].parse::<i64>() {
                Ok(value) => token(NUMBER, value as u64),
                Err(_) => return raised(Cause::Arithmetic),
            }
            len
        } else if word(c) {
            let len = end(&|c| !word(c));
            let hash = rest[..len].bytes().fold(0, |h, b| (h * 31 + u64::from(b)) % (1 << 31));
            // the first character is taken as it is, and is below the modulus
            token(WORD, hash);
            len
        } else if c == '"' {
            let Some(len) = rest[1..].find('"') else {
                return thrown(1);
            };
            token(STRING, len as u64);
            len + 2
        } else if c == '#' {
            end(&|c| c == '\n')
        } else if c <= ' ' {
            1
        } else {
            token(OPERATOR, c as u64);
            1
        };
        rest = &rest[len..];
    }
    returned(h)
}

fn torture(method: &str, a: &[u64]) -> Want {
    match (method, a) {
        // as many checks as the method makes
        ("fetch_and_opcode", []) => returned(13),
        ("stack_faults", []) => returned(15 + 10 + 7),
        ("memory_faults", []) => returned(27 + 37),
        ("number_faults", []) => returned(9 + 5),
        ("control_faults", []) => returned(5 + 2 + 4 + 1),
        ("handlers", []) => returned(10),
        ("deep", [n, at]) => {
            let fuel = DEEP_LEVEL * *n as i64 + DEEP_THROW;
            if *n > 511 {
                Want { outcome: Outcome::Capacity, fuel: None }.fuel(DEEP_LEVEL * 512)
            } else if (1..=*n).contains(at) {
                returned(1000 * at + 77).fuel(fuel + DEEP_CATCH + 2 * (n - at) as i64)
            } else {
                thrown(77).fuel(fuel)
            }
        }
        ("chain", [0]) => raised(Cause::DivideByZero).fuel(CHAIN_BOTTOM),
        ("chain", [n]) => thrown(8 + n).fuel(CHAIN_LEVEL * *n as i64 + CHAIN_BOTTOM),
        ("short", []) => {
            // chain(3) throws 11, deep(2, 1) gives 1077, their sum and the cause `arithmetic`
            let chain = 1 + 1 + 4 + 3 * CHAIN_LEVEL + CHAIN_BOTTOM + 1 + 1;
            let deep = 4 + 4 + 2 * DEEP_LEVEL + DEEP_THROW + DEEP_CATCH + 2;
            returned(11 + 1077 + 7).fuel(chain + deep + 4 + 2 + 1 + 4 + 2)
        }
        ("deep", _) => refused(Cause::Arguments),
        ("check", _) => refused(Cause::Access),
        ("99", _) => refused(Cause::Method),
        _ => panic!("no oracle for torture.{method}"),
    }
}

/// A level of `deep` that does not throw, up to its invocation: tests 2 + 4, arguments 6, invoke 4.
const DEEP_LEVEL: i64 = 2 + 6 + 4 + 4;
/// The last one: test, const, athrow.
const DEEP_THROW: i64 = 2 + 2;
/// catch, load, const, imulw 4, iaddw, ireturn 2.
const DEEP_CATCH: i64 = 1 + 1 + 1 + 4 + 1 + 2;
/// A level of `chain`: test, argument 4, invoke 4; catch, const, iaddw, athrow.
const CHAIN_LEVEL: i64 = 2 + 4 + 4 + 4;
/// The last one: test, const, load, udiv 16.
const CHAIN_BOTTOM: i64 = 2 + 1 + 1 + 16;

// ---------------------------------------------------------------------------------------------------
// Scenarios: as much of `docs/scenarios.md` as the programs use, read independently of the runner.

fn integer(v: &Value) -> u64 {
    match v {
        Value::Integer(i) => *i as u64,
        Value::String(s) => match s.strip_prefix("0x") {
            Some(hex) => u64::from_str_radix(hex, 16).expect("hexadecimal"),
            None => s.parse::<i128>().expect("decimal") as u64,
        },
        _ => panic!("not an integer: {v}"),
    }
}

/// Arguments: integers of 8 bytes, and `hex:`.
fn arguments(call: &Table) -> Vec<u8> {
    let mut bytes = vec![];
    for arg in call.get("args").map_or(&[][..], |a| a.as_array().expect("args is an array")) {
        if let Some(hex) = arg.as_str().and_then(|s| s.strip_prefix("hex:")) {
            bytes.extend((0..hex.len()).step_by(2).map(|n| u8::from_str_radix(&hex[n..n + 2], 16).expect("hex")));
        } else {
            bytes.resize(bytes.len().next_multiple_of(8), 0);
            bytes.extend(integer(arg).to_le_bytes());
        }
    }
    bytes
}

/// A method's name, or its index as text.
fn method(call: &Table) -> String {
    match &call["method"] {
        Value::String(name) => name.clone(),
        index => index.to_string(),
    }
}

/// A call at length: with what `defaults` says, and what is in short put into `expect`.
fn at_length(call: &Table, defaults: Option<&Table>) -> Table {
    let mut full = defaults.cloned().unwrap_or_default();
    full.extend(call.clone());
    let mut expect = full.get("expect").and_then(Value::as_table).cloned().unwrap_or_default();
    for (short, long) in [("returns", "value"), ("fuel_used", "fuel_used")] {
        expect.extend(full.remove(short).map(|v| (long.to_string(), v)));
    }
    let outcome = if expect.contains_key("exception") { "exception" } else { "returned" };
    expect.entry("outcome").or_insert(outcome.into());
    full.insert("expect".into(), Value::Table(expect));
    full
}

/// The outcome that `expect` describes.
fn expected(expect: &Table) -> Outcome {
    match expect["outcome"].as_str().expect("outcome is a string") {
        "returned" if expect["value"].as_str() == Some("none") => Outcome::Returned(None),
        "returned" => Outcome::Returned(Some(integer(&expect["value"]))),
        "out_of_fuel" => Outcome::OutOfFuel,
        "capacity" => Outcome::Capacity,
        "exception" => Outcome::Exception(match &expect["exception"] {
            Value::Table(t) => 1 << 62 | integer(&t["thrown"]),
            Value::String(s) if !s.starts_with("0x") => {
                let cause = Cause::ALL.into_iter().find(|c| c.name() == s);
                0b11 << 62 | cause.expect("a cause") as u64
            }
            code => integer(code),
        }),
        other => panic!("unknown outcome {other}"),
    }
}

fn programs() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "testbenches", "algorand", "programs"].iter().collect()
}

/// All calls of a program's scenario; gives the bytecodes executed.
fn check(program: &str) -> u64 {
    let path = programs().join(program);
    let read = |ext: &str| std::fs::read_to_string(path.with_extension(ext)).expect("the file exists");
    let assembled = asm::assemble(program, &read("avm")).unwrap_or_else(|errors| {
        panic!("{}", errors.iter().map(|e| format!("{e}\n")).collect::<String>());
    });
    let image = &assembled.image;
    let scenario: Table = read("toml").parse().expect("TOML");
    let world = World { apps: [(APPLICATION, Arc::new(image.clone()))].into(), ..World::default() };
    let mut bytecodes = 0;
    for (number, call) in scenario["call"].as_array().expect("calls").iter().enumerate() {
        let defaults = scenario.get("defaults").and_then(Value::as_table);
        let call = &at_length(call.as_table().expect("a call is a table"), defaults);
        let (method, args) = (method(call), arguments(call));
        let at = format!("{program}.toml, call {} ({method})", number + 1);
        let index = match &call["method"] {
            Value::String(name) => assembled.symbols.method(name).expect("the method exists").into(),
            index => integer(index),
        };
        let expect = call["expect"].as_table().expect("expect is a table");
        let want = want(program, image, &method, &args);

        let fuels = match call.get("sweep").map(|s| s.as_array().expect("sweep is an array")) {
            Some(range) => range[0].as_integer().expect("first")..=range[1].as_integer().expect("last"),
            None => {
                let fuel = call["fuel"].as_integer().expect("fuel");
                fuel..=fuel
            }
        };
        let swept = call.contains_key("sweep");
        for fuel in fuels {
            let enough = want.fuel.is_none_or(|used| used <= fuel);
            let outcome = if enough { want.outcome } else { Outcome::OutOfFuel };
            if enough || !swept {
                assert_eq!(expected(expect), outcome, "{at}: expectation against oracle");
            }
            if let Some(used) = expect.get("fuel_used") {
                assert_eq!(used.as_integer(), want.fuel, "{at}: fuel, expectation against oracle");
            }
            let call =
                Call { app: APPLICATION, method: index, args: args.clone(), fuel, access: access(), ..Call::default() };
            let mut interp = Interp::start(&world, &call);
            while interp.step().is_some() {
                bytecodes += 1;
            }
            assert_eq!(interp.outcome(), Some(outcome), "{at}, fuel {fuel}: interpreter against oracle");
            if let Some(used) = want.fuel.filter(|_| enough) {
                assert_eq!(fuel - interp.fuel(), used, "{at}: fuel, interpreter against oracle");
            }
        }
    }
    println!("{program}: {bytecodes} bytecodes");
    bytecodes
}

macro_rules! programs {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            assert!(super::check(stringify!($name)) > 2_000, "too small to mean anything");
        })*
        /// Every scenario has its oracle.
        #[test]
        fn none_is_missing() {
            let mut found: Vec<String> = std::fs::read_dir(super::programs())
                .expect("the directory exists")
                .map(|entry| entry.expect("an entry").path())
                .filter(|path| path.extension().is_some_and(|e| e == "toml"))
                .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
                .collect();
            found.sort();
            assert_eq!(found, [$(stringify!($name)),*]);
        }
    };
}

#[cfg(test)]
mod against_oracle {
    programs! { automaton fib mix modexp polymul quicksort sha256 sieve torture }
}
