// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every parser on text and bytes that are almost right: it says what is wrong or takes them, and never panics.
//!
//! Inputs are files of the repository, altered at random, and what is kept in `fuzz/PARSER` because it was of interest
//! once. `AVM_FUZZ` is the number of seconds for each parser, `AVM_FUZZ_SEED` the start of the dice. An input that makes
//! a parser panic, or takes it too long, is written to `target/fuzz`: it belongs into `fuzz/PARSER`.

use std::cell::RefCell;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use avm_cosim::lockstep::cover::Cover;
use avm_cosim::machines::Machine as _;
use avm_cosim::machines::algorand::Room;
use avm_cosim::machines::algorand::scenario::Scenario;
use avm_cosim::profile::against::Comparison;
use avm_cosim::profile::{self, Profile, flame, page, table, text};
use avm_cosim::regress::farm::{self, Task, part};
use avm_cosim::regress::known;
use avm_cosim::rng::Rng;
use avm_cosim::shrink::folder::{Folder, PLAN};
use avm_sim::algorand::asm::{self, Sources, disassemble};
use avm_sim::algorand::image::Image;

use crate::support::{avm, bench, files, load, root, temporary};

/// Seconds for each parser, if nobody says otherwise.
const SECONDS: f64 = 1.0;
/// What takes longer is as bad as a panic.
const SLOW: Duration = Duration::from_secs(20);
/// Longest input.
const LONGEST: usize = 100_000;
/// What parsers trip over.
const WORDS: [&str; 40] = [
    "0",
    "-1",
    "1",
    "255",
    "256",
    "65535",
    "65536",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "0x",
    "1e400",
    "nan",
    "\"",
    "'",
    "\"\"\"",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "=",
    ".",
    ",",
    ":",
    ";",
    "\n",
    "\r\n",
    "\t",
    "\\u0000",
    "\0",
    "\u{feff}",
    "é",
    "\\",
    "null",
    "true",
];

fn number<T: std::str::FromStr>(name: &str, usual: T) -> T {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(usual)
}

/// Time for which this thread was on a processor: a machine that has something else to do makes no parser slow.
#[cfg(unix)]
fn busy() -> Duration {
    // SAFETY: all zeros are a value of this plain C type.
    let mut time: libc::timespec = unsafe { std::mem::zeroed() };
    // SAFETY: it only writes to `time`, which outlives the call.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[cfg(not(unix))]
fn busy() -> Duration {
    static BEGAN: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    BEGAN.elapsed()
}

/// Feeds a parser altered inputs until its time is over.
pub fn fuzz(name: &str, mut corpus: Vec<Vec<u8>>, mut parse: impl FnMut(&[u8])) {
    let kept = root().join("testbenches/tests/fuzz").join(name);
    corpus.extend(fs::read_dir(kept).into_iter().flatten().flatten().map(|e| fs::read(e.path()).expect("readable")));
    assert!(!corpus.is_empty(), "{name} has no inputs");
    corpus.iter_mut().for_each(|input| input.truncate(LONGEST));
    let mut feed = |input: &[u8]| {
        let began = busy();
        let panicked = catch_unwind(AssertUnwindSafe(|| parse(input))).is_err();
        let took = busy() - began;
        if panicked || took > SLOW {
            let folder = root().join("target/fuzz");
            fs::create_dir_all(&folder).expect("made");
            let file = folder.join(format!("{name}-{}", std::process::id()));
            fs::write(&file, input).expect("written");
            panic!("{name}: panicked or took {took:?}: {}", file.display());
        }
    };
    corpus.iter().for_each(|input| feed(input));
    let mut rng = Rng::new(number("AVM_FUZZ_SEED", 1));
    let (end, mut inputs) = (Instant::now() + Duration::from_secs_f64(number("AVM_FUZZ", SECONDS)), corpus.len());
    while Instant::now() < end {
        feed(&altered(&mut rng, &corpus));
        inputs += 1;
    }
    println!("{name}: {inputs} inputs");
}

/// One of the inputs with a few changes.
fn altered(rng: &mut Rng, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut input = corpus[below(rng, corpus.len())].clone();
    for _ in 0..rng.range(1, 5) {
        let at = below(rng, input.len() + 1);
        let end = (at + rng.range(0, 40) as usize).min(input.len());
        let with: Vec<u8> = match rng.range(0, 6) {
            0 => Vec::new(),
            1 => WORDS[below(rng, WORDS.len())].into(),
            2 => vec![rng.bits() as u8],
            3 => input[at..end].repeat(rng.range(2, 9) as usize),
            4 => {
                let other = below(rng, corpus.len());
                piece(rng, &corpus[other])
            }
            5 => piece(rng, &input.clone()),
            _ => {
                input.truncate(at);
                continue;
            }
        };
        // In place of what is there, or before it.
        let end = if rng.one_in(2) { end } else { at };
        input.splice(at..end, with);
    }
    input.truncate(LONGEST);
    input
}

fn below(rng: &mut Rng, n: usize) -> usize {
    (rng.bits() % n.max(1) as u64) as usize
}

/// A line or a few bytes.
fn piece(rng: &mut Rng, of: &[u8]) -> Vec<u8> {
    let at = below(rng, of.len() + 1);
    let long = if rng.one_in(2) { 200 } else { 12 };
    of[at..(at + long).min(of.len())].to_vec()
}

fn texts(folder: &str, extension: &str) -> Vec<Vec<u8>> {
    files(&bench(folder), extension).iter().map(|p| fs::read(p).expect("readable")).collect()
}

#[test]
fn assembler() {
    let corpus = [texts("programs", "avm"), texts("contracts", "avm")].concat();
    // Contracts use each other.
    let contracts = bench("contracts");
    let names = ["token", "escrow", "guard", "pool", "bank"].map(|name| (name.to_string(), 20));
    let read = |path: &Path| fs::read(contracts.join(path));
    let around = Sources { folder: PathBuf::new(), read: &read, applications: &names };
    fuzz("assembler", corpus, |input| {
        let source = String::from_utf8_lossy(input);
        if let Ok(program) = asm::assemble_with("f.avm", &source, &around) {
            program.warnings.iter().for_each(|w| drop(w.to_string()));
            disassemble(&program.image);
            // What shrinking works on says the same.
            let alone = asm::alone("f.avm", &source, &around);
            for same in [asm::plain(&alone), alone] {
                let image = asm::assemble("f.avm", &same).map(|p| p.image.to_bytes());
                assert_eq!(image.ok(), Some(program.image.to_bytes()), "{same}");
            }
        }
    });
}

/// Code and constants as they are, past the checksum.
#[test]
fn image() {
    let images =
        texts("programs", "avm").into_iter().filter_map(|s| asm::assemble("p", &String::from_utf8(s).ok()?).ok());
    let corpus = images.map(|p| p.image.to_bytes()).collect();
    fuzz("image", corpus, |input| {
        let _ = Image::from_bytes(input);
        let half = input.get(8..10).map_or(0, |n| usize::from(u16::from_le_bytes([n[0], n[1]]))).min(input.len());
        if let Ok(image) = Image::new(input[half..].to_vec(), input[..half].to_vec()) {
            disassemble(&image);
            assert_eq!(Image::from_bytes(&image.to_bytes()).map(|i| i.to_bytes()).ok(), Some(image.to_bytes()));
        }
    });
}

#[test]
fn scenario() {
    let folder = temporary();
    fs::write(folder.path().join("fib.avm"), ".method fib public\n    ireturn\n").expect("written");
    let file = folder.path().join("s.toml");
    let corpus = ["programs", "contracts", "units"].map(|f| texts(f, "toml")).concat();
    fuzz("scenario", corpus, |input| {
        fs::write(&file, input).expect("written");
        let _ = Scenario::load(&file);
    });
}

#[test]
fn known_failures() {
    let folder = temporary();
    let file = folder.path().join("k.toml");
    let entry = "[[known]]\nsignature = \"value:s_tos_q:iadd\"\nuntil = \"2027-01-31\"\nreason = \"issue 17\"\n";
    fuzz("known", vec![entry.into(), entry.repeat(2).into()], |input| {
        fs::write(&file, input).expect("written");
        let _ = known::read(&file, "algorand", &["algorand"]);
    });
}

/// Of an earlier run, for `--against`; what it says is shown in every form.
#[test]
fn profile() {
    let taken = |file: &str| profile::take::<Room>(&[load(&bench(file))], |_| ()).expect("accounted for").profile;
    let own = taken("units/outcomes.toml");
    let corpus = vec![serde_json::to_vec(&own).expect("JSON"), serde_json::to_vec_pretty(&own).expect("JSON")];
    let mut right = 0;
    fuzz("profile", corpus, |input| {
        let Some(p) = serde_json::from_slice::<Profile>(input).ok().filter(|p| p.check().is_ok()) else { return };
        let shown = [table::tables(&p, 20), table::listing(&p), text::folded(&p), flame::svg(&p), page::page(&p)];
        assert!(shown.iter().all(|text| !text.is_empty()) && text::csv(&p).is_ok());
        assert!(!Comparison::new(&p, &own).text(20).is_empty());
        right += 1;
    });
    assert!(right > 1, "none but its own was right");
}

/// A failure folder of a random program.
fn failure_folder(at: &Path) -> String {
    for (name, text) in Room::random_files(7) {
        fs::write(at.join(name), text).expect("written");
    }
    let options = r#"{"rtl": true, "fault": 1, "reference": true, "mirrors": true, "assertions": true}"#;
    let report = format!(
        r#"{{"scenario": "program.toml", "signature": "value:s_tos_q:iadd", "cycle": 812, "summary": "differs",
            "replay": "avm regress --fault add_carry --seeds 7", "options": {options}}}"#
    );
    fs::write(at.join("report.json"), &report).expect("written");
    Folder::<Room>::load(at).expect("a right folder");
    report
}

#[test]
fn report_of_a_failure_folder() {
    let folder = temporary();
    let report = failure_folder(folder.path());
    fuzz("report", vec![report.into()], |input| {
        fs::write(folder.path().join("report.json"), input).expect("written");
        let _ = Folder::<Room>::load(folder.path());
    });
}

#[test]
fn plan_of_a_failure_folder() {
    let folder = temporary();
    failure_folder(folder.path());
    let corpus = vec![fs::read(folder.path().join(PLAN)).expect("a plan")];
    fuzz("plan", corpus, |input| {
        fs::write(folder.path().join(PLAN), input).expect("written");
        let _ = Folder::<Room>::load(folder.path());
    });
}

/// The result of a job, and its task.
fn result(at: &Path) -> (Vec<u8>, Task) {
    let called = avm(at, &["regress", "-j1", "--seeds", "0..64", "--fault", "add_carry", "--result", "r.json"]);
    assert_eq!(called.code, 0, "{called:?}");
    let bytes = fs::read(at.join("r.json")).expect("written");
    let value: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
    (bytes, serde_json::from_value(value["task"].clone()).expect("a task"))
}

#[test]
fn result_of_a_job() {
    let folder = temporary();
    let (bytes, task) = result(folder.path());
    let (file, cover) = (folder.path().join("r.json"), Cover::of::<Room>());
    fuzz("result", vec![bytes], |input| {
        fs::write(&file, input).expect("written");
        let _ = part::check(&file, &task, &cover);
    });
}

#[test]
fn list_of_jobs() {
    let folder = temporary();
    let (_, task) = result(folder.path());
    let list = serde_json::json!({ "task": task, "per_job": 64, "jobs": [] }).to_string();
    let measured = RefCell::new(0);
    fuzz("jobs", vec![list.into()], |input| {
        fs::write(folder.path().join("jobs.json"), input).expect("written");
        let opened = farm::Folder::open(folder.path(), task.clone(), None, || 64);
        *measured.borrow_mut() += u32::from(opened.is_ok_and(|f| f.plan.jobs() > 0));
    });
    assert!(*measured.borrow() > 0, "none was right");
}
