//! Scenarios: one TOML file that says what to load, which calls to make and what must come out.
//! `docs/scenarios.md` is the reference. What is machine-specific is only checked here, not run.

use std::path::{Path, PathBuf};

use avm_sim::algorand::asm::{self, Symbols};
use avm_sim::algorand::exception::{CODE_CROSSED, Cause, Outcome};
use avm_sim::algorand::image::Image;
use avm_sim::algorand::interp::{Call, Limits};
use avm_sim::algorand::params;
use serde::Deserialize;

use crate::input::{Input, InputError};

/// A scenario, loaded and checked.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Path as given by the user.
    pub path: PathBuf,
    /// Machine name.
    pub machine: String,
    /// One line for tables.
    pub about: String,
    /// Applications by identifier.
    pub apps: Vec<App>,
    /// Host latency.
    pub latency: Latency,
    /// Calls with sweeps expanded.
    pub calls: Vec<Planned>,
    /// Files that it loads, relative to its folder.
    pub files: Vec<PathBuf>,
}

/// An application of a scenario.
#[derive(Clone, Debug)]
pub struct App {
    /// Its applicationID.
    pub id: u64,
    /// Code and constants.
    pub image: Image,
    /// Names, when it was loaded from source.
    pub symbols: Option<Symbols>,
}

/// Cycles until the host answers: uniform in `min..=max`, drawn from `seed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// Seed of the draw.
    pub seed: u64,
    /// Fewest cycles, at least 1.
    pub min: u32,
    /// Most cycles.
    pub max: u32,
}

impl Default for Latency {
    fn default() -> Latency {
        Latency { seed: 1, min: 1, max: 4 }
    }
}

/// One call with what must come out of it.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Index of the application in [`Scenario::apps`].
    pub app: usize,
    /// The call.
    pub call: Call,
    /// Name for reports: method and, in a sweep, fuel.
    pub name: String,
    /// Expectation.
    pub expect: Expect,
}

/// What must come out of a call; `None` is not checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expect {
    /// Outcome kind and value.
    pub outcome: Option<ExpectOutcome>,
    /// Fuel used.
    pub fuel_used: Option<i64>,
    /// Cycles of the core.
    pub cycles: Option<u64>,
}

/// Expected outcome; an inner `None` leaves the value open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpectOutcome {
    /// Normal completion; `Some(None)`: no value may be returned.
    Returned(Option<Option<u64>>),
    /// An exception with this code.
    Exception(Option<u64>),
    /// Out of fuel.
    OutOfFuel,
    /// A limit of the hardware.
    Capacity,
}

impl Expect {
    /// What differs from the expectation, in words; empty if nothing does.
    pub fn missed(&self, outcome: Outcome, fuel_used: i64, cycles: Option<u64>) -> Vec<String> {
        let mut missed = Vec::new();
        if let Some(e) = self.outcome
            && !e.admits(outcome)
        {
            missed.push(format!("outcome: expected {e}, got {}", outcome_text(outcome)));
        }
        if let Some(e) = self.fuel_used
            && e != fuel_used
        {
            missed.push(format!("fuel used: expected {e}, got {fuel_used}"));
        }
        if let (Some(e), Some(c)) = (self.cycles, cycles)
            && e != c
        {
            missed.push(format!("cycles: expected {e}, got {c}"));
        }
        missed
    }
}

impl ExpectOutcome {
    fn admits(self, outcome: Outcome) -> bool {
        match (self, outcome) {
            (ExpectOutcome::Returned(e), Outcome::Returned(v)) => e.is_none_or(|e| e == v),
            (ExpectOutcome::Exception(e), Outcome::Exception(c)) => e.is_none_or(|e| e == c),
            (ExpectOutcome::OutOfFuel, Outcome::OutOfFuel) | (ExpectOutcome::Capacity, Outcome::Capacity) => true,
            _ => false,
        }
    }
}

impl std::fmt::Display for ExpectOutcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            ExpectOutcome::Returned(None) => write!(f, "a return"),
            ExpectOutcome::Exception(None) => write!(f, "an exception"),
            ExpectOutcome::Returned(Some(v)) => f.write_str(&outcome_text(Outcome::Returned(v))),
            ExpectOutcome::Exception(Some(c)) => f.write_str(&outcome_text(Outcome::Exception(c))),
            ExpectOutcome::OutOfFuel => f.write_str(&outcome_text(Outcome::OutOfFuel)),
            ExpectOutcome::Capacity => f.write_str(&outcome_text(Outcome::Capacity)),
        }
    }
}

/// An outcome in words.
pub fn outcome_text(outcome: Outcome) -> String {
    match outcome {
        Outcome::Returned(None) => "returned, no value".into(),
        Outcome::Returned(Some(v)) if (v as i64) < 0 => format!("returned {v:#x} ({})", v as i64),
        Outcome::Returned(Some(v)) => format!("returned {v} ({v:#x})"),
        Outcome::Exception(code) => {
            let low = code & !(1 << 63 | CODE_CROSSED);
            let cause = Cause::ALL.iter().find(|c| code >> 63 == 1 && **c as u64 == low);
            let crossed = if code & CODE_CROSSED == 0 { ", raised by the host's invocation" } else { "" };
            match cause {
                Some(c) => format!("exception {} ({code:#x}{crossed})", c.name()),
                None => format!("exception, thrown {low} ({code:#x})"),
            }
        }
        Outcome::OutOfFuel => "out of fuel".into(),
        Outcome::Rejected => "rejected".into(),
        Outcome::Capacity => "capacity".into(),
    }
}

// The file as written.

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileScenario {
    machine: toml::Spanned<String>,
    #[serde(default)]
    about: String,
    #[serde(default)]
    app: Vec<toml::Spanned<FileApp>>,
    #[serde(default)]
    world: FileWorld,
    #[serde(default)]
    call: Vec<toml::Spanned<FileCall>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileApp {
    id: Int,
    source: Option<toml::Spanned<String>>,
    image: Option<toml::Spanned<String>>,
    text: Option<toml::Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct FileWorld {
    #[serde(default)]
    latency: Option<toml::Spanned<Latency>>,
    #[serde(default)]
    limits: Option<toml::Spanned<FileLimits>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileLimits {
    call_depth: Option<u64>,
    invocations: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileCall {
    app: Option<toml::Spanned<Int>>,
    method: toml::Spanned<IntOrText>,
    #[serde(default)]
    args: Vec<toml::Spanned<IntOrText>>,
    fuel: Option<i64>,
    sweep: Option<toml::Spanned<[i64; 2]>>,
    expect: Option<toml::Spanned<FileExpect>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileExpect {
    outcome: Option<toml::Spanned<String>>,
    value: Option<toml::Spanned<IntOrText>>,
    exception: Option<toml::Spanned<FileException>>,
    fuel_used: Option<i64>,
    cycles: Option<u64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum FileException {
    Thrown { thrown: IntOrText },
    Code(IntOrText),
}

#[derive(Deserialize, Clone)]
#[serde(untagged)]
enum IntOrText {
    Int(i64),
    Text(String),
}

#[derive(Deserialize, Clone)]
#[serde(transparent)]
struct Int(IntOrText);

/// A 64-bit number in TOML or text form, signed or unsigned.
fn number(text: &str) -> Option<u64> {
    let t = text.trim().replace('_', "");
    let (negative, t) = t.strip_prefix('-').map_or((false, t.as_str()), |rest| (true, rest));
    let value = match t.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok()?,
        None => t.parse().ok()?,
    };
    match negative {
        false => Some(value),
        true if value <= 1 << 63 => Some(value.wrapping_neg()),
        true => None,
    }
}

impl IntOrText {
    fn value(&self) -> Option<u64> {
        match self {
            IntOrText::Int(i) => Some(*i as u64),
            IntOrText::Text(t) => number(t),
        }
    }
}

impl Scenario {
    /// Reads and checks a scenario, and everything it loads.
    pub fn load(path: &Path) -> Result<Scenario, InputError> {
        let input = Input::read(path)?;
        let file: FileScenario = toml::from_str(input.text()).map_err(|e| {
            let help = "docs/scenarios.md lists the keys".to_string();
            input.error(e.span().unwrap_or(0..0), e.message().to_string(), help)
        })?;
        if file.machine.get_ref() != "algorand" {
            let what = format!("unknown machine `{}`", file.machine.get_ref());
            return Err(input.error(file.machine.span(), what, "this build has: algorand".into()));
        }
        let apps = file.app.iter().map(|a| load_app(&input, a)).collect::<Result<Vec<_>, _>>()?;
        check_apps(&input, &file, &apps)?;
        let latency = check_latency(&input, file.world.latency.as_ref())?;
        let limits = check_limits(&input, file.world.limits.as_ref())?;
        let mut calls = Vec::new();
        for call in &file.call {
            plan(&input, call, &apps, limits, &mut calls)?;
        }
        let named = file.app.iter().filter_map(|a| a.get_ref().source.as_ref().or(a.get_ref().image.as_ref()));
        Ok(Scenario {
            path: path.to_path_buf(),
            files: named.map(|f| PathBuf::from(f.get_ref())).collect(),
            machine: file.machine.into_inner(),
            about: file.about,
            apps,
            latency,
            calls,
        })
    }

    /// Short name for tables: the file's stem.
    pub fn name(&self) -> String {
        self.path.file_stem().map_or_else(|| "?".into(), |s| s.to_string_lossy().into_owned())
    }
}

fn load_app(input: &Input, app: &toml::Spanned<FileApp>) -> Result<App, InputError> {
    let a = app.get_ref();
    let fail = |what: &str, help: &str| Err(input.error(app.span(), what.into(), help.into()));
    let Some(id) = a.id.0.value().filter(|id| *id != 0) else {
        return fail("`id` must be an integer from 1", "0 is nobody (D10)");
    };
    let (image, symbols) = match (&a.source, &a.image, &a.text) {
        (Some(source), None, None) => {
            let path = input.beside(source.get_ref());
            let text = Input::read_named(input, source.span(), &path)?;
            assemble(&path.display().to_string(), text.text())?
        }
        (None, None, Some(text)) => {
            let at = input.line_of(text.span().start);
            assemble(&format!("{} (text of the application at line {at})", input.name()), text.get_ref())?
        }
        (None, Some(image), None) => {
            let path = input.beside(image.get_ref());
            let bytes = std::fs::read(&path).map_err(|e| input.cannot_read(image.span(), &path, &e))?;
            let image = Image::from_bytes(&bytes)
                .map_err(|e| input.error(image.span(), format!("{}: {e}", path.display()), String::new()))?;
            (image, None)
        }
        _ => return fail("an application needs exactly one of `source`, `image`, `text`", "see docs/scenarios.md"),
    };
    Ok(App { id, image, symbols })
}

fn assemble(name: &str, text: &str) -> Result<(Image, Option<Symbols>), InputError> {
    let program = asm::assemble(name, text).map_err(InputError::assembler)?;
    Ok((program.image, Some(program.symbols)))
}

fn check_apps(input: &Input, file: &FileScenario, apps: &[App]) -> Result<(), InputError> {
    if apps.is_empty() {
        return Err(input.error(0..0, "no application".into(), "add an [[app]] table".into()));
    }
    for (i, app) in apps.iter().enumerate() {
        if apps[..i].iter().any(|b| b.id == app.id) {
            let what = format!("application {} is loaded twice", app.id);
            return Err(input.error(file.app[i].span(), what, "give each [[app]] its own `id`".into()));
        }
    }
    if file.call.is_empty() {
        return Err(input.error(0..0, "no call".into(), "add a [[call]] table".into()));
    }
    Ok(())
}

fn check_latency(input: &Input, latency: Option<&toml::Spanned<Latency>>) -> Result<Latency, InputError> {
    let Some(l) = latency else { return Ok(Latency::default()) };
    let ok = (1..=1_000_000).contains(&l.get_ref().min)
        && l.get_ref().min <= l.get_ref().max
        && l.get_ref().max <= 1_000_000;
    match ok {
        true => Ok(*l.get_ref()),
        false => Err(input.error(l.span(), "`latency` needs 1 <= min <= max <= 1000000".into(), String::new())),
    }
}

fn check_limits(input: &Input, limits: Option<&toml::Spanned<FileLimits>>) -> Result<Limits, InputError> {
    let mut out = Limits::default();
    let Some(l) = limits else { return Ok(out) };
    let bad = |what: String| Err(input.error(l.span(), what, "limits can only be lowered".into()));
    if let Some(n) = l.get_ref().call_depth {
        if !(1..=params::CALL_DEPTH as u64).contains(&n) {
            return bad(format!("`call_depth` must be 1 to {}", params::CALL_DEPTH));
        }
        out.call_depth = n as usize;
    }
    if let Some(n) = l.get_ref().invocations {
        if !(1..=u64::from(params::INVOCATIONS)).contains(&n) {
            return bad(format!("`invocations` must be 1 to {}", params::INVOCATIONS));
        }
        out.invocations = n as u32;
    }
    Ok(out)
}

fn plan(
    input: &Input,
    call: &toml::Spanned<FileCall>,
    apps: &[App],
    limits: Limits,
    out: &mut Vec<Planned>,
) -> Result<(), InputError> {
    let c = call.get_ref();
    let app = find_app(input, call, apps)?;
    let (method, name) = find_method(input, &c.method, &apps[app])?;
    let args = arguments(input, &c.args)?;
    let expect = match &c.expect {
        Some(e) => expectation(input, e)?,
        None => Expect::default(),
    };
    let fuels = fuels(input, call, &expect)?;
    let swept = c.sweep.is_some();
    for fuel in fuels {
        let short = swept && expect.fuel_used.is_some_and(|used| fuel < used);
        out.push(Planned {
            app,
            call: Call { app: apps[app].id, method, args: args.clone(), fuel, limits },
            name: if swept { format!("{name}, fuel {fuel}") } else { name.clone() },
            expect: if short {
                Expect { outcome: Some(ExpectOutcome::OutOfFuel), ..Expect::default() }
            } else {
                expect.clone()
            },
        });
    }
    Ok(())
}

fn find_app(input: &Input, call: &toml::Spanned<FileCall>, apps: &[App]) -> Result<usize, InputError> {
    let ids = || apps.iter().map(|a| a.id.to_string()).collect::<Vec<_>>().join(", ");
    match &call.get_ref().app {
        None if apps.len() == 1 => Ok(0),
        None => {
            let help = format!("there are several applications: {}", ids());
            Err(input.error(call.span(), "`app` is missing".into(), help))
        }
        Some(id) => {
            let value = id.get_ref().0.value();
            apps.iter()
                .position(|a| Some(a.id) == value)
                .ok_or_else(|| input.error(id.span(), "no such application".into(), format!("there is: {}", ids())))
        }
    }
}

fn find_method(input: &Input, method: &toml::Spanned<IntOrText>, app: &App) -> Result<(u64, String), InputError> {
    let text = match method.get_ref() {
        IntOrText::Int(i) if *i >= 0 => return Ok((*i as u64, format!("method {i}"))),
        IntOrText::Int(_) => {
            return Err(input.error(method.span(), "a method index is 0 or more".into(), String::new()));
        }
        IntOrText::Text(t) => t,
    };
    if let Some(index) = app.symbols.as_ref().and_then(|s| s.method(text)) {
        return Ok((index.into(), text.clone()));
    }
    if let Some(n) = number(text) {
        return Ok((n, format!("method {n}")));
    }
    let known: Vec<_> = app
        .symbols
        .iter()
        .flat_map(|s| (0..app.image.methods().len()).filter_map(|i| s.method_name(i as u16)))
        .collect();
    let help = if known.is_empty() {
        "images have no names: give its index".into()
    } else {
        format!("there is: {}", known.join(", "))
    };
    Err(input.error(method.span(), format!("no method `{text}`"), help))
}

fn arguments(input: &Input, args: &[toml::Spanned<IntOrText>]) -> Result<Vec<u8>, InputError> {
    let mut bytes = Vec::new();
    for arg in args {
        let bad = || {
            let help = "write an integer, \"u8:V\", \"u16:V\", \"u32:V\", \"u64:V\" or \"hex:...\"".to_string();
            input.error(arg.span(), "not an argument".into(), help)
        };
        let (width, value) = match arg.get_ref() {
            IntOrText::Int(i) => (8, *i as u64),
            IntOrText::Text(t) => match t.split_once(':') {
                Some(("hex", digits)) => {
                    bytes.extend(hex(digits).ok_or_else(bad)?);
                    continue;
                }
                Some((ty, v)) => {
                    let width = match ty {
                        "u8" => 1,
                        "u16" => 2,
                        "u32" => 4,
                        "u64" => 8,
                        _ => return Err(bad()),
                    };
                    (width, number(v).ok_or_else(bad)?)
                }
                None => (8, number(t).ok_or_else(bad)?),
            },
        };
        bytes.resize(bytes.len().next_multiple_of(width), 0);
        bytes.extend(&value.to_le_bytes()[..width]);
    }
    match bytes.len() <= params::FRAME_MAX {
        true => Ok(bytes),
        false => {
            let what = format!("{} argument bytes, the limit is {}", bytes.len(), params::FRAME_MAX);
            Err(input.error(args[0].span(), what, String::new()))
        }
    }
}

fn hex(digits: &str) -> Option<Vec<u8>> {
    let d: Vec<u32> = digits.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    d.len().is_multiple_of(2).then(|| d.chunks(2).map(|p| (p[0] * 16 + p[1]) as u8).collect())
}

fn fuels(input: &Input, call: &toml::Spanned<FileCall>, expect: &Expect) -> Result<Vec<i64>, InputError> {
    let fail = |what: &str| Err(input.error(call.span(), what.into(), "see docs/scenarios.md".into()));
    match (&call.get_ref().fuel, &call.get_ref().sweep) {
        (Some(fuel), None) if *fuel >= 0 => Ok(vec![*fuel]),
        (Some(_), None) => fail("`fuel` must be 0 or more"),
        (None, Some(sweep)) => {
            let [first, last] = *sweep.get_ref();
            if first < 0 || last < first || last - first > 100_000 {
                return fail("`sweep` needs 0 <= first <= last, at most 100000 calls");
            }
            if expect.fuel_used.is_none() {
                return fail("a `sweep` needs `expect.fuel_used`");
            }
            Ok((first..=last).collect())
        }
        _ => fail("a call needs `fuel` or `sweep`, not both"),
    }
}

fn expectation(input: &Input, expect: &toml::Spanned<FileExpect>) -> Result<Expect, InputError> {
    let e = expect.get_ref();
    let value = match &e.value {
        None => None,
        Some(v) => match v.get_ref() {
            IntOrText::Text(t) if t == "none" => Some(None),
            other => Some(Some(other.value().ok_or_else(|| {
                input.error(v.span(), "not a value".into(), "an integer, a string of one, or \"none\"".into())
            })?)),
        },
    };
    let exception = e.exception.as_ref().map(|x| exception(input, x)).transpose()?;
    let kind = e.outcome.as_ref().map(|o| (o.get_ref().as_str(), o.span()));
    let outcome = match kind {
        Some(("returned", _)) => Some(ExpectOutcome::Returned(value)),
        Some(("exception", _)) => Some(ExpectOutcome::Exception(exception)),
        Some(("out_of_fuel", _)) => Some(ExpectOutcome::OutOfFuel),
        Some(("capacity", _)) => Some(ExpectOutcome::Capacity),
        Some((other, span)) => {
            let help = "one of: returned, exception, out_of_fuel, capacity".into();
            return Err(input.error(span, format!("unknown outcome `{other}`"), help));
        }
        None if value.is_some() => Some(ExpectOutcome::Returned(value)),
        None if exception.is_some() => Some(ExpectOutcome::Exception(exception)),
        None => None,
    };
    let clash = (value.is_some() && !matches!(outcome, Some(ExpectOutcome::Returned(_))))
        || (exception.is_some() && !matches!(outcome, Some(ExpectOutcome::Exception(_))));
    if clash {
        let what = "`value` goes with outcome \"returned\", `exception` with \"exception\"";
        return Err(input.error(expect.span(), what.into(), String::new()));
    }
    Ok(Expect { outcome, fuel_used: e.fuel_used, cycles: e.cycles })
}

fn exception(input: &Input, x: &toml::Spanned<FileException>) -> Result<u64, InputError> {
    let bad = || {
        let names: Vec<_> = Cause::ALL.iter().map(|c| c.name()).collect();
        let help = format!("a code, {{ thrown = V }}, or one of: {}", names.join(", "));
        input.error(x.span(), "not an exception".into(), help)
    };
    match x.get_ref() {
        FileException::Thrown { thrown } => {
            let v = thrown.value().ok_or_else(bad)?;
            Ok(avm_sim::algorand::exception::thrown_code(v) | CODE_CROSSED)
        }
        FileException::Code(IntOrText::Text(t)) => match Cause::ALL.iter().find(|c| c.name() == t) {
            Some(c) => Ok(c.code() | CODE_CROSSED),
            None => number(t).ok_or_else(bad),
        },
        FileException::Code(IntOrText::Int(i)) => Ok(*i as u64),
    }
}
