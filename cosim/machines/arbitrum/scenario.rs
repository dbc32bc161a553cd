// SPDX-License-Identifier: MIT OR Apache-2.0
//! Scenarios of the machine: an image, and runs of it with messages and with what must come out (`docs/arbitrum/scenarios.md`).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use avm_sim::arbitrum::asm::{self, Symbols};
use avm_sim::arbitrum::inbox::Message;
use avm_sim::arbitrum::mexe::Image;
use serde::Deserialize;
use toml::Spanned;

use super::expect::{Expect, FileExpect};
use super::image::Load;
use super::number::{Number, hex};
use super::{Room, program};
use crate::input::{Input, InputError};
use crate::machines::{Loaded, Machine as _};
use crate::names::unprintable;
use crate::scenario::{LATENCY_MAX, Latency};

/// Most characters of a run's name.
const NAME_MAX: usize = 80;

/// A scenario, loaded and checked.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Path as given by the user.
    pub path: PathBuf,
    /// One line for tables.
    pub about: String,
    /// The program.
    pub image: Arc<Image>,
    /// The same as the core's loader takes it.
    pub load: Arc<Load>,
    /// Where words come from, when the image was assembled.
    pub symbols: Option<Arc<Symbols>>,
    /// `inboxpeek` is there.
    pub legacy: bool,
    /// Host latency.
    pub latency: Latency,
    /// Runs, each from the image's start.
    pub runs: Vec<Planned>,
    /// Files that it loads, relative to its folder.
    pub files: Vec<PathBuf>,
}

/// A run with what must come out of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Planned {
    /// Name for reports.
    pub name: String,
    /// Messages.
    pub inbox: Vec<Message>,
    /// Expectation.
    pub expect: Expect,
}

impl Scenario {
    /// A scenario in memory, with one run.
    ///
    /// # Errors
    /// In words: the image does not fit the core.
    pub fn of(path: PathBuf, about: String, image: Image, inbox: Vec<Message>) -> Result<Scenario, String> {
        let load = Arc::new(Load::new(&image, false)?);
        let runs = vec![Planned { name: "run".into(), inbox, expect: Expect::default() }];
        let (image, latency) = (Arc::new(image), Latency::default());
        Ok(Scenario { path, about, image, load, symbols: None, legacy: false, latency, runs, files: Vec::new() })
    }

    /// The same with another image and other runs.
    ///
    /// # Errors
    /// In words: the image does not fit the core.
    pub(super) fn with(&self, image: Image, runs: Vec<Planned>) -> Result<Scenario, String> {
        let load = Arc::new(Load::new(&image, self.legacy)?);
        Ok(Scenario { image: Arc::new(image), load, runs, symbols: None, files: Vec::new(), ..self.clone() })
    }

    /// An instruction of the image in text, by its word.
    pub fn instruction(&self, word: u32) -> Option<String> {
        self.image.code().get(word as usize).map(|word| asm::instruction_text(word, self.load.words))
    }

    /// It as a file, with another image and other runs, of which nothing is expected.
    pub(super) fn toml(&self, about: &str, image: &Image, runs: &[Planned]) -> String {
        let Latency { seed, min, max } = self.latency;
        let mut text = format!("machine = \"{}\"\nabout = {}\n", Room::NAME, toml::Value::from(about));
        if self.legacy {
            text += "legacy = true\n";
        }
        text += &format!("text = '''\n{}'''\n", asm::disassemble(image));
        text += &format!("\n[world]\nlatency = {{ seed = \"{seed}\", min = {min}, max = {max} }}\n");
        for run in runs {
            text += &format!("\n[[run]]\nname = {}\ninbox = [", toml::Value::from(run.name.as_str()));
            run.inbox.iter().for_each(|m| text += &format!("\n  {},", message_toml(m)));
            text += if run.inbox.is_empty() { "]\n" } else { "\n]\n" };
        }
        text
    }
}

fn message_toml(m: &Message) -> String {
    let hex = |bytes: &[u8]| bytes.iter().fold(String::new(), |s, b| s + &format!("{b:02x}"));
    format!(
        "{{ kind = {}, sender = \"0x{}\", block = \"{:#x}\", timestamp = \"{:#x}\", seq = \"{:#x}\", gas_price = \"{:#x}\", data = \"hex:{}\" }}",
        m.kind,
        hex(&m.sender),
        m.block,
        m.timestamp,
        m.sequence,
        m.gas_price,
        hex(&m.data)
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
struct FileScenario {
    #[allow(dead_code, reason = "who loads it has looked")]
    machine: String,
    #[serde(default)]
    about: String,
    image: Option<Spanned<String>>,
    source: Option<Spanned<String>>,
    text: Option<Spanned<String>>,
    #[serde(default)]
    legacy: bool,
    #[serde(default)]
    world: FileWorld,
    #[serde(default)]
    run: Vec<Spanned<FileRun>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, remote = "Self")]
struct FileWorld {
    latency: Option<Spanned<Latency>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
struct FileRun {
    name: Option<Spanned<String>>,
    #[serde(default)]
    inbox: Vec<Spanned<FileMessage>>,
    #[serde(default)]
    expect: FileExpect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
struct FileMessage {
    kind: Option<Spanned<Number>>,
    sender: Option<Spanned<Number>>,
    block: Option<Spanned<Number>>,
    timestamp: Option<Spanned<Number>>,
    seq: Option<Spanned<Number>>,
    gas_price: Option<Spanned<Number>>,
    data: Option<Spanned<String>>,
}

crate::tables!(FileScenario, FileWorld, FileRun, FileMessage);

impl Loaded for Scenario {
    fn load(path: &Path) -> Result<Scenario, InputError> {
        let input = Input::read(path)?;
        let file: FileScenario = toml::from_str(input.text()).map_err(|e| {
            let help = "docs/arbitrum/scenarios.md lists the keys".into();
            input.error(e.span().unwrap_or(0..0), e.message().to_string(), help)
        })?;
        let named = [
            (&file.source, program::Form::Source),
            (&file.image, program::Form::Mexe),
            (&file.text, program::Form::Text),
        ];
        let mut named = named.into_iter().filter_map(|(name, form)| Some((name.as_ref()?, form)));
        let (Some((name, form)), None) = (named.next(), named.next()) else {
            let what = "a scenario needs exactly one of `source`, `image`, `text`";
            return Err(input.error(0..0, what.into(), "see docs/arbitrum/scenarios.md".into()));
        };
        let program = program::read(&input, name, form)?;
        let load = Load::new(&program.image, file.legacy);
        let load = load
            .map_err(|e| input.error(name.span(), format!("does not fit the core: {e}"), "make it smaller".into()))?;
        if file.run.is_empty() {
            return Err(input.error(0..0, "no run".into(), "add a [[run]] table".into()));
        }
        let runs = file.run.iter().enumerate().map(|(i, run)| planned(&input, i, run.get_ref()));
        Ok(Scenario {
            path: path.to_path_buf(),
            about: file.about,
            image: Arc::new(program.image),
            load: Arc::new(load),
            symbols: program.symbols.map(Arc::new),
            legacy: file.legacy,
            latency: latency(&input, file.world.latency.as_ref())?,
            runs: runs.collect::<Result<_, _>>()?,
            files: program.files,
        })
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn about(&self) -> &str {
        &self.about
    }

    fn files(&self) -> &[PathBuf] {
        &self.files
    }

    fn calls(&self) -> usize {
        self.runs.len()
    }
}

fn latency(input: &Input, latency: Option<&Spanned<Latency>>) -> Result<Latency, InputError> {
    let Some(l) = latency else { return Ok(Latency::default()) };
    match l.get_ref() {
        Latency { min: 1.., max: ..=LATENCY_MAX, .. } if l.get_ref().min <= l.get_ref().max => Ok(*l.get_ref()),
        _ => Err(input.error(l.span(), format!("`latency` needs 1 <= min <= max <= {LATENCY_MAX}"), String::new())),
    }
}

fn planned(input: &Input, index: usize, run: &FileRun) -> Result<Planned, InputError> {
    let name = run.name.as_ref().map_or_else(|| Ok(format!("run {index}")), |name| run_name(input, name))?;
    let inbox = run.inbox.iter().map(|m| message(input, m.get_ref())).collect::<Result<_, _>>()?;
    Ok(Planned { name, inbox, expect: Expect::read(input, &run.expect)? })
}

/// A name that stands in a line of a table, in a JSON line, in a file of TOML.
fn run_name(input: &Input, name: &Spanned<String>) -> Result<String, InputError> {
    let text = name.get_ref();
    if text.is_empty() || text.chars().count() > NAME_MAX || text.contains(unprintable) {
        let what = format!("the name of a run is 1 to {NAME_MAX} characters that can be printed");
        return Err(input.error(name.span(), what, "shorten it, or leave line ends and control characters out".into()));
    }
    Ok(text.clone())
}

fn message(input: &Input, m: &FileMessage) -> Result<Message, InputError> {
    let number = |n: &Option<Spanned<Number>>| n.as_ref().map_or(Ok(Default::default()), |n| Number::value(input, n));
    let narrow = |n: &Option<Spanned<Number>>, what: &str, bits: usize| {
        let value = number(n)?;
        let span = n.as_ref().map_or(0..0, Spanned::span);
        let fits = value.bit_len() <= bits;
        let help = "write a smaller number".to_string();
        if fits { Ok(value) } else { Err(input.error(span, format!("a {what} has at most {bits} bits"), help)) }
    };
    let mut sender = [0; 20];
    sender.copy_from_slice(&narrow(&m.sender, "sender", 160)?.to_be_bytes::<32>()[12..]);
    Ok(Message {
        kind: narrow(&m.kind, "kind", 8)?.byte(0),
        sender,
        block: number(&m.block)?,
        timestamp: number(&m.timestamp)?,
        sequence: number(&m.seq)?,
        gas_price: number(&m.gas_price)?,
        data: m.data.as_ref().map_or(Ok(Vec::new()), |d| hex(input, d))?,
    })
}
