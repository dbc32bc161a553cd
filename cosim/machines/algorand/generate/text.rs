// SPDX-License-Identifier: MIT OR Apache-2.0
//! A plan as files: assembler source of each application, and the scenario that loads them.

use std::fmt::Write;

use super::build::NO_METHOD;
use super::lower::{self, Label, Sink, TAIL};
use super::plan::{Call, Listed, Method, Plan};
use super::step::Step;
use avm_sim::algorand::isa;

impl Plan {
    /// Assembler source of the applications, as file name and text.
    pub fn sources(&self) -> Vec<(String, String)> {
        let source = |(i, app)| {
            let mut text = Text::default();
            lower::lower(self, app, &mut text);
            (file_name(i), format!("; {}\n{}{}", self.about(), text.code, data(&app.constants, &text.tables)))
        };
        self.apps.iter().enumerate().map(source).collect()
    }

    /// The scenario that loads the sources.
    pub fn scenario_toml(&self) -> String {
        let mut s = format!("machine = \"algorand\"\nabout = \"{}\"\n", self.about());
        for (i, app) in self.apps.iter().enumerate() {
            let _ = write!(s, "\n[[app]]\nid = {}\nsource = \"{}\"\n", number(app.id), file_name(i));
        }
        let (latency, limits) = (&self.latency, &self.limits);
        let _ = write!(
            s,
            "\n[world]\nlatency = {{ seed = {}, min = {}, max = {} }}\n\
             limits = {{ call_depth = {}, invocations = {}, log = {} }}\n\n[world.algorand]\npages = [\n",
            latency.seed, latency.min, latency.max, limits.call_depth, limits.invocations, limits.log
        );
        for app in &self.apps {
            for page in &app.pages {
                let words = list(&page.words);
                let _ = writeln!(s, "  {{ app = {}, page = {}, words = {words} }},", number(app.id), number(page.page));
            }
        }
        let _ = writeln!(s, "]\naccess = {}", access(&self.access));
        self.calls.iter().for_each(|call| self.call_toml(call, &mut s));
        s
    }

    fn call_toml(&self, call: &Call, s: &mut String) {
        let app = self.apps.iter().find(|a| a.id == call.app);
        let known = app.is_some_and(|a| a.methods.iter().any(|m| m.name == call.method));
        let method = if known { format!("\"m{}\"", call.method) } else { NO_METHOD.to_string() };
        let _ = write!(s, "\n[[call]]\napp = {}\nmethod = {method}\n", number(call.app));
        if !call.args.is_empty() {
            let hex = call.args.iter().fold(String::new(), |s, b| s + &format!("{b:02x}"));
            let _ = writeln!(s, "args = [\"hex:{hex}\"]");
        }
        let _ = writeln!(s, "fuel = {}", call.fuel);
        if let Some(own) = &call.access {
            let _ = writeln!(s, "access = {}", access(own));
        }
    }
}

fn file_name(app: usize) -> String {
    format!("app{app}.avm")
}

/// A number as TOML takes it: text if it exceeds 63 bits.
fn number(n: u64) -> String {
    if i64::try_from(n).is_ok() { n.to_string() } else { format!("\"{n:#x}\"") }
}

fn list(numbers: &[u64]) -> String {
    let items: Vec<String> = numbers.iter().map(|n| number(*n)).collect();
    format!("[{}]", items.join(", "))
}

fn access(listed: &[Listed]) -> String {
    let entry = |l: &Listed| format!("\n  {{ app = {}, pages = {} }},", number(l.app), list(&l.pages));
    format!("[{}\n]", listed.iter().map(entry).collect::<String>())
}

/// The constant area: the application's own constants, then the tables of `switch`.
fn data(constants: &[u8], tables: &str) -> String {
    let mut s = String::new();
    if !constants.is_empty() || !tables.is_empty() {
        s.push_str("\n.data\n");
    }
    for row in constants.chunks(16) {
        let bytes: Vec<String> = row.iter().map(|b| format!("{b:#04x}")).collect();
        let _ = writeln!(s, "  .u8 {}", bytes.join(", "));
    }
    if !constants.len().is_multiple_of(2) {
        s.push_str("  .align 2\n");
    }
    s + tables
}

/// Code as assembler text.
#[derive(Default)]
struct Text {
    code: String,
    tables: String,
    n_tables: u32,
    /// Name of the method being written: its labels are local to it.
    method: u16,
}

impl Text {
    fn line(&mut self, line: impl std::fmt::Display) {
        let _ = writeln!(self.code, "    {line}");
    }
}

impl Sink for Text {
    fn method(&mut self, m: &Method) {
        self.method = m.name;
        let access = if m.public { "public" } else { "private" };
        let _ = writeln!(self.code, "\n.method m{} {access} args={} frame={}", m.name, m.args, m.frame());
    }

    fn step(&mut self, step: Step) {
        self.line(step);
    }

    fn branch(&mut self, op: u8, to: Label) {
        let name = isa::by_code(op).map_or("", |o| o.name);
        match to {
            TAIL => self.line(format_args!("{name} tail")),
            to => self.line(format_args!("{name} .l{to}")),
        }
    }

    fn switch(&mut self, table: &[Label]) {
        let labels: Vec<String> = table.iter().map(|l| format!("m{}.l{l}", self.method)).collect();
        let (n, count) = (self.n_tables, table.len());
        self.line(format_args!("switch t{n}, {count}"));
        let _ = writeln!(self.tables, "t{n}:");
        if !table.is_empty() {
            let _ = writeln!(self.tables, "  .u16 {}", labels.join(", "));
        }
        self.n_tables += 1;
    }

    fn invoke(&mut self, name: u16, _: u16) {
        self.line(format_args!("invoke_internal m{name}"));
    }

    fn bind(&mut self, label: Label) {
        match label {
            TAIL => self.code.push_str("\n.code\ntail:\n"),
            label => {
                let _ = writeln!(self.code, ".l{label}:");
            }
        }
    }

    fn tail(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.line(format_args!(".u8 {byte:#04x}")));
    }
}
