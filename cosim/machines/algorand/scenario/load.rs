// SPDX-License-Identifier: MIT OR Apache-2.0
//! A scenario from its file, and everything that it loads.

use std::path::Path;
use std::sync::Arc;

use avm_sim::algorand::interp::{Call, Limits};
use avm_sim::algorand::params;
use avm_sim::algorand::world::{AccessError, AccessList, World};
use toml::Spanned;

use super::expectation::expectation;
use super::file::{FileApp, FileCall, FileDefaults, FileLimits, FileScenario, IntOrText, hex, number};
use super::heap::Reader;
use super::signed::signed;
use super::{App, Expect, ExpectOutcome, Latency, Planned, Scenario, apps, heap};
use crate::input::{Input, InputError};
use crate::names::Shown;
use crate::scenario::integer::exact;

/// Most calls that a sweep makes.
const SWEEP_MAX: i64 = 100_000;

impl Scenario {
    /// Reads and checks a scenario, and everything it loads.
    pub fn load(path: &Path) -> Result<Scenario, InputError> {
        let input = Input::read(path)?;
        let file: FileScenario = toml::from_str(input.text())
            .map_err(|e| input.error(e.span().unwrap_or(0..0), e.message().to_string(), remedy(e.message()).into()))?;
        let names = apps::names(&input, &file.app)?;
        let (apps, files) = apps::load(&input, &file.app, &names)?;
        check_apps(&input, &file, &apps)?;
        let input = Reader { input: &input, names: &names };
        let world = World {
            apps: apps.iter().map(|a| (a.id, Arc::clone(&a.image))).collect(),
            pages: heap::pages(&input, &file.world.algorand.pages)?,
        };
        let latency = check_latency(&input, file.world.latency.as_ref())?;
        check_defaults(&input, &file.defaults)?;
        let access = file.world.algorand.access.as_ref();
        let planner = Planner {
            input: &input,
            apps: &apps,
            defaults: &file.defaults,
            limits: check_limits(&input, file.world.limits.as_ref())?,
            access: match access {
                Some(list) => Ok(heap::access(&input, list)?),
                None => heap::access_to_all(&world),
            },
        };
        planner.check_unused(&file.call)?;
        let (mut calls, mut notes) = (Vec::new(), Vec::new());
        for call in &file.call {
            planner.plan(call, &mut calls)?;
            notes.extend(calls.last().and_then(|planned| planner.note(call, planned)));
        }
        Ok(Scenario {
            path: path.to_path_buf(),
            files,
            machine: file.machine,
            about: file.about,
            apps,
            world,
            latency,
            calls,
            notes,
        })
    }
}

/// What helps against an error of the file. A key of the whole file below `[[app]]` is one of that application.
fn remedy(message: &str) -> &'static str {
    let of_file =
        ["about", "defaults", "call"].iter().any(|key| message.starts_with(&format!("unknown field `{key}`")));
    match of_file {
        true => "write it above the first `[[app]]` or `[world]`, to which it belongs where it is",
        false => "docs/scenarios.md lists the keys",
    }
}

/// The sources that a scenario's file names: application, name, text. Lines of a listing; what is not there any more is
/// left out.
pub fn sources(scenario: &Scenario) -> Vec<(u64, String, String)> {
    let Ok(input) = Input::read(&scenario.path) else { return Vec::new() };
    let Ok(file) = toml::from_str::<FileScenario>(input.text()) else { return Vec::new() };
    let read = |path: &Path| Some(Input::read(path).ok()?.text().to_string());
    let own = |app: &Spanned<FileApp>| {
        let (app, id) = (app.get_ref(), app.get_ref().id.value()?);
        if let Some(text) = &app.text {
            return Some((id, input.name().into(), text.get_ref().clone()));
        }
        let path = input.beside(app.source.as_ref()?.get_ref());
        Some((id, path.shown(), read(&path)?))
    };
    let included = scenario.apps.iter().flat_map(|app| {
        let files = app.symbols.iter().flat_map(|s| s.included());
        files.filter_map(|name| Some((app.id, name.clone(), read(Path::new(name))?)))
    });
    file.app.iter().filter_map(own).chain(included).collect()
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

fn check_latency(input: &Input, latency: Option<&Spanned<Latency>>) -> Result<Latency, InputError> {
    let Some(l) = latency else { return Ok(Latency::default()) };
    let ok = (1..=1_000_000).contains(&l.get_ref().min)
        && l.get_ref().min <= l.get_ref().max
        && l.get_ref().max <= 1_000_000;
    match ok {
        true => Ok(*l.get_ref()),
        false => Err(input.error(l.span(), "`latency` needs 1 <= min <= max <= 1000000".into(), String::new())),
    }
}

fn check_limits(input: &Reader, limits: Option<&Spanned<FileLimits>>) -> Result<Limits, InputError> {
    let mut out = Limits::default();
    let Some(l) = limits else { return Ok(out) };
    let number = |value: &Option<Spanned<IntOrText>>, name: &str, least: u64, most: u64| {
        value.as_ref().map(|v| heap::within(input, v, name, least, most)).transpose()
    };
    let l = l.get_ref();
    if let Some(n) = number(&l.call_depth, "call_depth", 1, params::CALL_DEPTH as u64)? {
        out.call_depth = n as usize;
    }
    if let Some(n) = number(&l.invocations, "invocations", 1, params::INVOCATIONS.into())? {
        out.invocations = n as u32;
    }
    // No entry at all is a limit: then nothing can be written inside an external invocation.
    if let Some(n) = number(&l.log, "log", 0, params::LOG_DEPTH as u64)? {
        out.log = n as usize;
    }
    Ok(out)
}

/// What is wrong with a default is wrong even if no call takes it; see [`Planner::check_unused`] too.
fn check_defaults(input: &Reader, defaults: &FileDefaults) -> Result<(), InputError> {
    defaults.app.as_ref().map(|app| heap::application(input, app)).transpose()?;
    defaults.fuel.as_ref().map(|fuel| tank(input, fuel, "fuel")).transpose()?;
    Ok(())
}

/// What all calls of a file share.
struct Planner<'a> {
    input: &'a Reader<'a>,
    apps: &'a [App],
    defaults: &'a FileDefaults,
    limits: Limits,
    /// For calls that give none; its fault is reported where it is needed.
    access: Result<AccessList, AccessError>,
}

impl Planner<'_> {
    fn plan(&self, call: &Spanned<FileCall>, out: &mut Vec<Planned>) -> Result<(), InputError> {
        let c = call.get_ref();
        let (id, app) = self.application(call)?;
        let Some(method) = c.method.as_ref().or(self.defaults.method.as_ref()) else {
            let help = "name it in the call or in `defaults`".into();
            return Err(self.input.error(call.span(), "`method` is missing".into(), help));
        };
        let (method, name) = self.method(method, id, app.map(|i| &self.apps[i]))?;
        let args = arguments(self.input, &c.args)?;
        let access = self.access(call)?;
        let authority = signed(self.input, &c.signed)?;
        let expect = expectation(self.input, c)?;
        let swept = c.sweep.is_some();
        for fuel in self.fuels(call, &expect)? {
            let short = swept && expect.fuel_used.is_some_and(|used| fuel < used);
            out.push(Planned {
                app,
                call: Call {
                    app: id,
                    method,
                    args: args.clone(),
                    fuel,
                    limits: self.limits,
                    access: access.clone(),
                    authority: authority.clone(),
                },
                name: if swept { format!("{name}, fuel {fuel}") } else { name.clone() },
                expect: match short {
                    true => Expect { outcome: Some(ExpectOutcome::OutOfFuel), ..Expect::default() },
                    false => expect.clone(),
                },
            });
        }
        Ok(())
    }

    /// A call that cannot begin (D18) is right if that is expected. Where nothing is said, it is a slip.
    fn note(&self, call: &Spanned<FileCall>, planned: &Planned) -> Option<String> {
        if planned.expect.outcome.is_some() {
            return None;
        }
        let (id, index, given) = (planned.call.app, planned.call.method, planned.call.args.len());
        let method = || self.apps[planned.app?].image.methods().get(usize::try_from(index).ok()?).copied();
        let name = &planned.name;
        let (what, exception) = match method() {
            _ if planned.call.access.app_index(id).is_none() => return None,
            None if planned.app.is_none() => (format!("application {id} is not installed"), "application"),
            None => (format!("application {id} has no method {index}"), "method"),
            Some(m) if !m.public => (format!("`{name}` is private"), "access"),
            Some(m) if usize::from(m.args) != given => {
                (format!("`{name}` takes {} argument bytes, the call gives {given}", m.args), "arguments")
            }
            Some(_) => return None,
        };
        let help = format!("the call ends with the exception `{exception}`: correct it, or write what it expects");
        let place = call.get_ref().args.first().map_or(call.span(), Spanned::span);
        Some(self.input.warning(place, &what, &help))
    }

    /// The called application, and its index if it is installed.
    fn application(&self, call: &Spanned<FileCall>) -> Result<(u64, Option<usize>), InputError> {
        let Some(id) = call.get_ref().app.as_ref().or(self.defaults.app.as_ref()) else {
            let [only] = self.apps else {
                let help = format!("there are several applications: {}", self.installed());
                return Err(self.input.error(call.span(), "`app` is missing".into(), help));
            };
            return Ok((only.id, Some(0)));
        };
        let id = heap::application(self.input, id)?;
        Ok((id, self.apps.iter().position(|a| a.id == id)))
    }

    /// Defaults that no call takes are there for calls to come: the application is installed and has the method. Those
    /// that a call takes are looked at with it: a call may be meant to fail.
    fn check_unused(&self, calls: &[Spanned<FileCall>]) -> Result<(), InputError> {
        let FileDefaults { app, method, .. } = self.defaults;
        let app =
            app.as_ref().map(|app| Ok::<_, InputError>((app, heap::application(self.input, app)?))).transpose()?;
        if let Some((app, id)) = app
            && calls.iter().all(|call| call.get_ref().app.is_some())
            && !self.apps.iter().any(|a| a.id == id)
        {
            let what = format!("application {id} is not installed");
            return Err(self.input.error(app.span(), what, format!("there is: {}", self.installed())));
        }
        let Some(method) = method.as_ref().filter(|_| calls.iter().all(|call| call.get_ref().method.is_some())) else {
            return Ok(());
        };
        // Without a default application it may be any application's method.
        let meant = self.apps.iter().filter(|a| app.is_none_or(|(_, id)| a.id == id));
        let found: Vec<_> = meant.map(|a| self.method(method, a.id, Some(a))).collect();
        match found.into_iter().reduce(Result::or) {
            Some(Err(e)) => Err(e),
            _ => Ok(()),
        }
    }

    fn installed(&self) -> String {
        self.apps.iter().map(|a| a.id.to_string()).collect::<Vec<_>>().join(", ")
    }

    fn method(&self, method: &Spanned<IntOrText>, id: u64, app: Option<&App>) -> Result<(u64, String), InputError> {
        let fail = |what: String, help: String| Err(self.input.error(method.span(), what, help));
        let symbols = app.and_then(|a| a.symbols.as_ref());
        let text = match method.get_ref() {
            IntOrText::Int(i) => i.to_string(),
            IntOrText::Text(t) => t.clone(),
        };
        if let Some(index) = symbols.and_then(|s| s.method(&text)) {
            return Ok((index.into(), text));
        }
        match exact(&text).map(u64::try_from) {
            Some(Ok(n)) => return Ok((n, format!("method {n}"))),
            Some(Err(_)) => return fail("a method index is 0 or more".into(), String::new()),
            None => {}
        }
        let Some(app) = app else {
            let help = format!("give the method's index, or one of the applications {}", self.installed());
            return fail(format!("application {id} is not installed: no method `{text}`"), help);
        };
        let names = (0..app.image.methods().len()).filter_map(|i| symbols?.method_name(i as u16));
        let known: Vec<_> = names.collect();
        let help = match known.is_empty() {
            true => "images have no names: give its index".into(),
            false => format!("there is: {}", known.join(", ")),
        };
        fail(format!("no method `{text}`"), help)
    }

    /// The tanks to make a call with. A sweep is made whatever the default tank is.
    fn fuels(&self, call: &Spanned<FileCall>, expect: &Expect) -> Result<Vec<i64>, InputError> {
        let c = call.get_ref();
        let Some(sweep) = &c.sweep else {
            let Some(fuel) = c.fuel.as_ref().or(self.defaults.fuel.as_ref()) else {
                let what = "the call has neither `fuel` nor `sweep`, and `defaults` has no `fuel`";
                return Err(self.input.error(call.span(), what.into(), "add `fuel = N`".into()));
            };
            return Ok(vec![tank(self.input, fuel, "fuel")?]);
        };
        let fail = |what: &str, help: &str| Err(self.input.error(sweep.span(), what.into(), help.into()));
        if c.fuel.is_some() {
            return fail("the call has both `fuel` and `sweep`", "remove one of them");
        }
        let [first, last] = &sweep.get_ref()[..] else {
            let what = format!("`sweep` has two elements, not {}", sweep.get_ref().len());
            return fail(&what, "write `sweep = [FIRST, LAST]`");
        };
        let (first, last) = (tank(self.input, first, "sweep")?, tank(self.input, last, "sweep")?);
        if last < first || last - first >= SWEEP_MAX {
            let what = format!("`sweep` needs FIRST <= LAST, and at most {SWEEP_MAX} calls");
            return fail(&what, "write `sweep = [FIRST, LAST]`");
        }
        let Some(used) = expect.fuel_used else {
            return fail("a `sweep` needs `fuel_used`", "it says from which fuel on the call is not out of fuel");
        };
        // Every call would be out of fuel, whatever else is expected of them.
        if last < used {
            let what = format!("the `sweep` ends at {last} and never reaches `fuel_used`, {used}");
            return fail(
                &what,
                &format!("end it at {used} or above: below it, nothing else that is expected is checked"),
            );
        }
        Ok((first..=last).collect())
    }

    fn access(&self, call: &Spanned<FileCall>) -> Result<AccessList, InputError> {
        match &call.get_ref().access {
            Some(list) => heap::access(self.input, list),
            None => self.access.clone().map_err(|e| {
                let help = "that is everything in the file; give the call an `access` list".into();
                self.input.error(call.span(), e.to_string(), help)
            }),
        }
    }
}

/// Argument bytes, in the forms that a file has.
pub fn arguments(input: &Input, args: &[Spanned<IntOrText>]) -> Result<Vec<u8>, InputError> {
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
                    (width, unsigned(input, arg, width, exact(v).ok_or_else(bad)?)?)
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

/// The value of an argument such as `"u8:V"`, if it fits its bytes.
fn unsigned(input: &Input, arg: &Spanned<IntOrText>, width: usize, value: i128) -> Result<u64, InputError> {
    let most = (1_i128 << (8 * width)) - 1;
    if (0..=most).contains(&value) {
        return Ok(value as u64);
    }
    let what = format!("{value} does not fit {width} unsigned byte{}: 0 to {most}", if width == 1 { "" } else { "s" });
    Err(input.error(arg.span(), what, "use a wider form, or `hex:` for the bytes of a negative number".into()))
}

/// Fuel to start with.
fn tank(input: &Input, fuel: &Spanned<IntOrText>, name: &str) -> Result<i64, InputError> {
    let tank = fuel.get_ref().exact().and_then(|n| i64::try_from(n).ok()).filter(|n| *n >= 0);
    tank.ok_or_else(|| {
        let help = "write an integer or a string of one, up to 2^63 - 1".into();
        input.error(fuel.span(), format!("`{name}` must be 0 or more"), help)
    })
}
