// SPDX-License-Identifier: MIT OR Apache-2.0
//! `docs/algorand/seed.md`: every row names modules that exist and calls that exist; no row is missing; and the
//! sentences that no scenario can show ("AVM has no instruction for ...").

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use avm_cosim::machines::algorand::scenario::Scenario;
use avm_sim::algorand::image::{Image, Method};
use avm_sim::algorand::interp::{Call, Interp, Limits};
use avm_sim::algorand::isa::{Class, OPS};
use avm_sim::algorand::natives::NATIVES;
use avm_sim::algorand::world::{AccessList, PageId, World};

const PAGE: &str = "docs/algorand/seed.md";
/// Sentences of the seed's sections that the page covers, three of them "...".
const SENTENCES: usize = 68;
/// Of the sentences, in order: see [`digest`]. The seed itself is not in the repository.
const DIGEST: u64 = 0x4db8_4848_8e1a_b506;
const DECISIONS: usize = 35;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// A row of one of the tables.
struct Row {
    first: String,
    place: String,
    shown: String,
}

/// All rows, and how many of them are sentences; the others are decisions.
fn rows() -> (Vec<Row>, usize) {
    let (mut rows, mut sentences) = (Vec::new(), None);
    for line in text(PAGE).lines() {
        if line == "## Decisions" {
            sentences = Some(rows.len());
        }
        let Some(cells) = line.strip_prefix("| ").and_then(|l| l.strip_suffix(" |")) else { continue };
        if ["the seed |", "decision |", "--- |"].iter().any(|head| cells.starts_with(head)) {
            continue;
        }
        let cells: Vec<_> = cells.split(" | ").map(str::to_string).collect();
        let [first, place, shown] = <[String; 3]>::try_from(cells).unwrap_or_else(|_| panic!("three cells: {line}"));
        rows.push(Row { first, place, shown });
    }
    (rows, sentences.expect("a heading `Decisions`"))
}

/// FNV-1a of the lines.
fn digest<'a>(lines: impl Iterator<Item = &'a str>) -> u64 {
    let bytes = lines.flat_map(|l| l.bytes().chain([b'\n']));
    bytes.fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

/// What stands between `open` and `close`, several times.
fn between(text: &str, open: char, close: char) -> Vec<&str> {
    let parts = text.split(open).skip(1);
    parts.filter_map(|part| part.split_once(close).map(|(inside, _)| inside)).collect()
}

/// Spans of code: every second piece between backticks.
fn code_spans(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// `[name]: target` at the end of the page.
fn definitions(page: &str) -> BTreeMap<&str, &str> {
    let lines = page.lines().filter_map(|l| l.strip_prefix('[')?.split_once("]: "));
    lines.collect()
}

#[test]
fn no_row_is_missing() {
    let (rows, sentences) = rows();
    assert_eq!(sentences, SENTENCES, "sentences of the seed");
    let found = digest(rows[..sentences].iter().map(|r| r.first.as_str()));
    assert_eq!(found, DIGEST, "a sentence of the seed is not quoted as it is, or not in its place: {found:#018x}");
    assert_eq!(rows.len() - sentences, DECISIONS, "decisions");
    for (i, row) in rows[sentences..].iter().enumerate() {
        let n = i + 1;
        let start = format!("<a id=\"d{n}\"></a>D{n}: ");
        assert!(row.first.starts_with(&start), "row of D{n}: {}", row.first);
    }
}

#[test]
fn every_module_exists() {
    let page = text(PAGE);
    let defined = definitions(&page);
    let folder = root().join("docs/algorand");
    for (name, target) in &defined {
        match target.strip_prefix("#d").map(str::parse::<usize>) {
            Some(n) => assert!(n.is_ok_and(|n| (1..=DECISIONS).contains(&n) && *name == format!("D{n}")), "[{name}]"),
            None => assert!(folder.join(target).is_file(), "[{name}]: {target} does not exist"),
        }
    }
    let (rows, _) = rows();
    let mut used = BTreeSet::new();
    for row in &rows {
        let names = between(&row.place, '[', ']');
        assert!(names.iter().any(|n| !defined.get(n).is_some_and(|t| t.starts_with('#'))), "no module: {}", row.first);
        for name in names {
            assert!(defined.contains_key(name), "[{name}] is not defined: {}", row.first);
            used.insert(name);
        }
    }
    let unused: Vec<_> = defined.keys().filter(|name| !used.contains(*name)).collect();
    assert!(unused.is_empty(), "defined, but in no row: {unused:?}");
}

/// The calls of a scenario by the names of their methods; a sweep is one.
fn calls(path: &Path) -> BTreeSet<String> {
    let scenario = Scenario::load(path).unwrap_or_else(|e| panic!("{e}"));
    let method = |name: &str| name.split(", fuel ").next().unwrap_or(name).to_string();
    scenario.calls.iter().map(|planned| method(&planned.name)).collect()
}

#[test]
fn every_call_exists() {
    let (rows, _) = rows();
    let mut scenarios = BTreeMap::new();
    for row in &rows {
        let spans = code_spans(&row.shown);
        assert!(!spans.is_empty(), "shown by nothing: {}", row.first);
        for span in spans {
            let (file, names) = span.split_once(": ").unwrap_or_else(|| panic!("`{span}` names no call"));
            for name in names.split(", ") {
                if file.ends_with(".rs") {
                    assert!(text(file).contains(&format!("fn {name}(")), "{file} has no test `{name}`");
                    continue;
                }
                let path = root().join("testbenches/algorand").join(file);
                let known = scenarios.entry(file.to_string()).or_insert_with(|| calls(&path));
                assert!(known.contains(name), "{file} has no call `{name}`");
            }
        }
    }
}

/// What an instruction can write.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Area {
    Cells,
    Pending,
    Frame,
    Heap,
    Methods,
}

/// What a class of instructions writes, apart from `PC` and its price. There is no wildcard: a new class has to be
/// looked at. Neither code, constants nor `fuelTank` is an [`Area`].
fn writes(class: Class) -> &'static [Area] {
    use Area::{Cells, Frame, Heap, Methods, Pending};
    match class {
        Class::Undefined | Class::Nop | Class::Jump => &[],
        Class::Imm | Class::Stack | Class::Alu | Class::Mul | Class::Div | Class::Who => &[Cells],
        Class::Load | Class::LoadX | Class::CLoad | Class::CLoadX | Class::HLoad => &[Cells],
        Class::Branch | Class::Switch => &[Cells],
        Class::Store | Class::StoreX => &[Cells, Frame],
        Class::Arg => &[Cells, Pending],
        Class::InvokeNative | Class::Catch => &[Cells, Pending],
        Class::HStore | Class::Page => &[Cells, Heap],
        Class::Invoke | Class::InvokeExternal | Class::Return | Class::Throw => &[Cells, Pending, Methods],
    }
}

#[test]
fn no_instruction_writes_code_or_constants() {
    // Stores are told apart by the area that they name: there is none for code, and none for constants.
    let stores = |area: Area| OPS.iter().filter(move |op| writes(op.class).contains(&area)).map(|op| op.name);
    assert!(stores(Area::Frame).all(|name| name.starts_with("store")));
    assert!(stores(Area::Heap).all(|name| name.starts_with("hstore") || name.starts_with('p')));
    // In the core, their RAMs are written by the fill of a segment alone.
    // A net has one name in all modules, so its source is the one module that has it as an output.
    let core = text("rtl/algorand/algorand_core.sv");
    let files = fs::read_dir(root().join("rtl/algorand")).expect("the RTL").map(|f| f.expect("a file").path());
    let modules: Vec<_> = files.map(|f| (f.clone(), fs::read_to_string(f).expect("text"))).collect();
    for signal in ["code_we", "const_we"] {
        let drives = |l: &str| l.contains("output") && l.split([' ', ',']).any(|word| word == signal);
        let sources: Vec<_> = modules.iter().filter(|(_, m)| m.lines().any(drives)).map(|(f, _)| f).collect();
        assert!(sources.len() == 1 && sources[0].ends_with("segment.sv"), "{signal}: {sources:?}");
        assert!(!core.contains(&format!("assign {signal} ")), "{signal}");
        assert_eq!(core.matches(&format!("({signal})")).count(), 1, "{signal}: the RAM alone");
    }
    // In the interpreter they are shared, and nothing public changes an image.
    assert!(!text("sim/src/algorand/image.rs").contains("&mut self"));
}

/// One method at address 0, without arguments.
fn image(code: Vec<u8>) -> Image {
    let method = Method { offset: 0, frame: 64, args: 0, public: true };
    Image::with_methods(code, &[method], &[]).expect("an image")
}

#[test]
fn every_instruction_only_pays() {
    let page = PageId { app: 7, page: 0 };
    for op in OPS {
        // const_8 16, 0, 0: operands that some instructions take and others throw at.
        let mut code = vec![0x08, 16, 0x08, 0, 0x08, 0, op.code];
        code.resize(code.len() + 16, 0);
        let world = World { apps: [(7, Arc::new(image(code)))].into(), pages: [(page, vec![0; 16])].into() };
        let access = AccessList::new([7], [page]).expect("an access list");
        let call = Call {
            app: 7,
            method: 0,
            args: vec![],
            fuel: 1 << 40,
            limits: Limits::default(),
            access,
            ..Call::default()
        };
        let mut interp = Interp::start(&world, &call);
        let retired = (0..4).filter_map(|_| interp.step()).last().expect("four instructions");
        let price = match op.class {
            Class::InvokeNative => NATIVES[0].fuel(0),
            _ => op.fuel.into(),
        };
        assert_eq!(retired.opcode, u16::from(op.code), "{}", op.name);
        let paid = retired.meter_before.zip(retired.meter_after).map(|(before, after)| before - after);
        assert_eq!(paid, Some(price), "{}", op.name);
        assert_eq!(retired.meter_after, Some(interp.fuel()), "{}: after unwinding", op.name);
    }
}

#[test]
fn installed_from_outside() {
    // An update is another image in the world; its method table is validated before (D15).
    let code = |value: u8| image(vec![0x08, value, 0x8d]);
    for value in [1, 2] {
        let world = World { apps: [(7, Arc::new(code(value)))].into(), ..World::default() };
        let access = AccessList::new([7], []).expect("an access list");
        let call =
            Call { app: 7, method: 0, args: vec![], fuel: 100, limits: Limits::default(), access, ..Call::default() };
        let mut interp = Interp::start(&world, &call);
        let outcome = interp.run(10).map(|o| format!("{o:?}"));
        assert_eq!(outcome, Some(format!("Returned(Some({value}))")));
    }
    let table = |offset, frame, args| {
        let method = Method { offset, frame, args, public: true };
        Image::with_methods(vec![0x8c; 4], &[method], &[]).is_ok()
    };
    assert!(table(0, 0, 0) && table(3, 2048, 2048), "offset 0 and the largest frame are legal");
    assert!(!table(4, 0, 0), "code offset at the end of the code");
    assert!(!table(0, 8, 16), "more arguments than frame");
    assert!(!table(0, 2056, 0), "a frame beyond the limit");
    assert!(Image::new(vec![0x8c], vec![2, 0, 0, 0, 0, 0, 0, 0]).is_err(), "a table of two without entries");
}
