// SPDX-License-Identifier: MIT OR Apache-2.0
//! Assembler source as a list of items that can be taken out: one line each, without comments, arguments and locals
//! as numbers of their method.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use avm_sim::algorand::asm::{self, Program};
use avm_sim::algorand::image::Image;
use avm_sim::algorand::isa::{self, Operand, code};

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// `.method`.
    Method {
        /// Its name.
        name: String,
        /// Callable from outside.
        public: bool,
        /// Argument bytes.
        args: u16,
        /// Frame bytes.
        frame: u16,
    },
    /// A label.
    Label(String),
    /// An instruction.
    Op(u8, Arg),
    /// Anything else.
    Raw(String),
}

/// An operand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arg {
    /// None.
    None,
    /// A number.
    Number(i64),
    /// What names a label or a method.
    Text(String),
}

impl Item {
    /// An instruction that pushes a cell.
    pub fn push(cell: i64) -> Item {
        let wide = [i64::from(cell as i8), i64::from(cell as i16), i64::from(cell as i32), cell];
        let log2 = wide.iter().position(|w| *w == cell).unwrap_or(3);
        Item::Op(code::CONST_8 + log2 as u8, Arg::Number(cell))
    }

    /// The cell that it pushes, if it is a constant in digits.
    pub fn cell(&self) -> Option<i64> {
        match self {
            Item::Op(op, Arg::Number(n)) if (code::CONST_8..=code::CONST_8 + 3).contains(op) => Some(*n),
            _ => None,
        }
    }

    /// It may be taken out; labels and named values go when nothing names them.
    pub fn removable(&self) -> bool {
        match self {
            Item::Op(..) => true,
            Item::Raw(text) => !is_const(text) && !matches!(text.as_str(), ".code" | ".data"),
            Item::Method { .. } | Item::Label(_) => false,
        }
    }

    /// It is an instruction with this opcode.
    pub fn is(&self, opcode: u8) -> bool {
        matches!(self, Item::Op(op, _) if *op == opcode)
    }

    /// It names this method, or a label of it.
    pub fn names(&self, method: &str) -> bool {
        self.mentions().any(|w| w.strip_prefix(method).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    }

    fn mentions(&self) -> impl Iterator<Item = &str> {
        let text = match self {
            Item::Op(_, Arg::Text(text)) => text.as_str(),
            Item::Raw(text) => match is_const(text) {
                true => text.split_once('=').map_or("", |(_, value)| value),
                false => text,
            },
            _ => "",
        };
        words(text)
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Item::Method { name, public, args, frame } => {
                let access = if *public { "public" } else { "private" };
                write!(f, ".method {name} {access} args={args} frame={frame}")
            }
            Item::Label(name) => write!(f, "{name}:"),
            Item::Raw(text) => f.write_str(text),
            Item::Op(op, arg) => {
                write!(f, "    {}", isa::by_code(*op).map_or("?", |o| o.name))?;
                match arg {
                    Arg::None => Ok(()),
                    Arg::Number(n) => write!(f, " {n}"),
                    Arg::Text(text) => write!(f, " {text}"),
                }
            }
        }
    }
}

fn is_const(text: &str) -> bool {
    text.starts_with(".const ")
}

/// Names in an expression.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).filter(|w| !w.is_empty())
}

/// The lines as text.
pub fn text(items: &[Item]) -> String {
    items.iter().map(|item| format!("{item}\n")).collect()
}

/// The items of a source; they assemble to the same image.
pub fn items(source: &str, program: &Program) -> Vec<Item> {
    let items = Reader::new(source, program).read();
    match asm::assemble("", &text(&items)) {
        Ok(again) if again.image == program.image => items,
        // Something about it is not understood: every line as it is.
        _ => source.lines().map(|l| Item::Raw(l.trim_end().into())).collect(),
    }
}

/// Items of an image of which there is no source.
pub fn of_image(image: &Image) -> Option<(String, Program)> {
    // Entries get labels, so that they move with the code.
    let text = asm::disassemble(image);
    let mut out = String::new();
    let mut entries = BTreeSet::new();
    for line in text.lines() {
        if let Some((head, at)) = line.split_once(" at=0x") {
            entries.insert(at.to_string());
            out += &format!("{head} at=E_{at}\n");
            continue;
        }
        let address = line.rsplit_once("; 0x").map(|(_, address)| address.trim());
        if let Some(address) = address.filter(|a| line.starts_with("    ") && entries.remove(*a)) {
            out += &format!("E_{address}:\n");
        }
        out += line;
        out.push('\n');
    }
    let good = |text: String| {
        let program = asm::assemble("disassembly", &text).ok().filter(|p| p.image == *image)?;
        Some((text, program))
    };
    good(out).or_else(|| good(text))
}

/// A source being read.
struct Reader<'s> {
    source: &'s str,
    program: &'s Program,
    /// Code offset of each line that made code.
    offsets: BTreeMap<u32, u32>,
    /// Names whose value moves with the layout.
    positional: BTreeSet<&'s str>,
}

impl<'s> Reader<'s> {
    fn new(source: &'s str, program: &'s Program) -> Reader<'s> {
        let mut positional = BTreeSet::new();
        for line in source.lines().map(bare) {
            let (labels, rest) = labels(line);
            positional.extend(labels);
            let mut tokens = rest.split_whitespace();
            if let Some(".method" | ".entry") = tokens.next() {
                positional.extend(tokens.next());
            }
        }
        for line in source.lines().map(bare) {
            if let Some((name, value)) = line.strip_prefix(".const").and_then(|rest| rest.split_once('='))
                && words(value).any(|w| moves(&positional, w))
            {
                positional.insert(name.trim());
            }
        }
        Reader { source, program, offsets: offsets(program), positional }
    }

    fn read(&self) -> Vec<Item> {
        let mut items = Vec::new();
        let mut data = false;
        for (index, line) in self.source.lines().enumerate() {
            let (labels, rest) = labels(bare(line));
            items.extend(labels.iter().map(|l| Item::Label((*l).to_string())));
            match rest.split_whitespace().next() {
                None | Some(".arg" | ".local") => {}
                Some(".method") => {
                    data = false;
                    items.push(self.method(rest));
                }
                Some(first) if !first.starts_with('.') && !data => {
                    let at = self.offsets.get(&(index as u32 + 1));
                    items.push(at.and_then(|at| self.op(rest, *at)).unwrap_or_else(|| Item::Raw(rest.into())));
                }
                Some(first) => {
                    data = first == ".data" || data && first != ".code";
                    items.push(Item::Raw(rest.into()));
                }
            }
        }
        tidy(&mut items);
        items
    }

    fn method(&self, rest: &str) -> Item {
        let name = rest.split_whitespace().nth(1).unwrap_or("");
        let index = self.program.symbols.method(name);
        let method = index.and_then(|i| self.program.image.methods().get(usize::from(i)));
        match method {
            Some(m) => Item::Method { name: name.into(), public: m.public, args: m.args, frame: m.frame },
            None => Item::Raw(rest.into()),
        }
    }

    fn op(&self, rest: &str, at: u32) -> Option<Item> {
        let code = &self.program.image.code()[at as usize..];
        let op = isa::by_code(*code.first()?)?;
        let bytes = code.get(1..usize::from(op.len()))?;
        let operand = rest.split_once(char::is_whitespace).map_or("", |(_, operand)| operand.trim());
        let word = || i64::from(u16::from_le_bytes([bytes[0], bytes[1]]));
        let moves = words(operand).any(|w| moves(&self.positional, w));
        let arg = match op.operand {
            Operand::None => Arg::None,
            Operand::Switch => Arg::Text(operand.into()),
            // A frame offset, even if a label has the local's name.
            Operand::Local => Arg::Number(word()),
            _ if moves => Arg::Text(operand.into()),
            Operand::Imm(n) => {
                let mut wide = [0; 8];
                wide[..bytes.len()].copy_from_slice(bytes);
                let unused = 64 - 8 * u32::from(n);
                Arg::Number(i64::from_le_bytes(wide) << unused >> unused)
            }
            _ => Arg::Number(word()),
        };
        Some(Item::Op(op.code, arg))
    }
}

/// Whether a name, or the label that it is written with its method, moves.
fn moves(positional: &BTreeSet<&str>, word: &str) -> bool {
    positional.contains(word) || word.find('.').is_some_and(|at| positional.contains(&word[at..]))
}

/// The first code offset that each line made.
pub fn offsets(program: &Program) -> BTreeMap<u32, u32> {
    let mut out = BTreeMap::new();
    for at in 0..program.image.code().len() as u32 {
        if let Some(line) = program.symbols.line_at(at) {
            out.entry(line).or_insert(at);
        }
    }
    out
}

/// A line without its comment.
fn bare(line: &str) -> &str {
    let (mut quote, mut escaped) = (None, false);
    for (i, c) in line.char_indices() {
        match quote {
            _ if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None if c == ';' => return line[..i].trim(),
            None if c == '"' || c == '\'' => quote = Some(c),
            None => {}
        }
    }
    line.trim()
}

/// The labels in front of a statement, and the statement.
fn labels(mut line: &str) -> (Vec<&str>, &str) {
    let mut labels = Vec::new();
    let plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
    while let Some((name, rest)) = line.split_once(':')
        && plain(name.trim_end())
        && !name.is_empty()
    {
        labels.push(name.trim_end());
        line = rest.trim_start();
    }
    (labels, line)
}

/// Takes out labels and named values that nothing names.
pub fn tidy(items: &mut Vec<Item>) {
    loop {
        let named: BTreeSet<&str> = items.iter().flat_map(Item::mentions).collect();
        let named =
            |name: &str| named.contains(name) || name.starts_with('.') && named.iter().any(|n| n.ends_with(name));
        let keep: Vec<bool> = items
            .iter()
            .map(|item| match item {
                Item::Label(name) => named(name),
                Item::Raw(text) if is_const(text) => {
                    named(text[".const".len()..].split('=').next().unwrap_or("").trim())
                }
                _ => true,
            })
            .collect();
        let mut each = keep.iter();
        let before = items.len();
        items.retain(|_| *each.next().unwrap_or(&true));
        if items.len() == before {
            break;
        }
    }
    // An area that nothing is in.
    let area = |item: &Item| matches!(item, Item::Raw(t) if t == ".data" || t == ".code");
    let starts = |item: &Item| area(item) || matches!(item, Item::Method { .. });
    let empty = |items: &[Item], i: usize| area(&items[i]) && items.get(i + 1).is_none_or(starts);
    while let Some(i) = (0..items.len()).find(|i| empty(items, *i)) {
        items.remove(i);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "
.const SIZE = 1 << 3                ; eight
.const TEXT = text + 1
.method first public                ; ';' in a comment
.arg a 8
.local t SIZE
.loop: again: load_64 a
    const sizeof(t) + ';'
    store_64 t
    cload_u8 text
    const_16 TEXT
    brz .loop
    invoke_internal second
    const_8 index(second)
    const_64 5
    switch table, 2
    .u8 0
.method second
    ireturn
.data
text: .bytes \"a;b\", 0
    .align 2
table: .u16 second, first.loop
";

    #[test]
    fn a_source_as_items_assembles_to_the_same() {
        let program = asm::assemble("t", SOURCE).expect("right");
        let items = items(SOURCE, &program);
        let lines: Vec<_> = items.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                ".const TEXT = text + 1",
                ".method first public args=8 frame=16",
                ".loop:",
                "    load_64 0",
                "    const_8 67",
                "    store_64 8",
                "    cload_u8 text",
                "    const_16 TEXT",
                "    brz .loop",
                "    invoke_internal second",
                "    const_8 index(second)",
                "    const_64 5",
                "    switch table, 2",
                ".u8 0",
                ".method second private args=0 frame=0",
                "    ireturn",
                ".data",
                "text:",
                ".bytes \"a;b\", 0",
                ".align 2",
                "table:",
                ".u16 second, first.loop",
            ]
        );
    }

    #[test]
    fn an_image_becomes_source_whose_entries_move() {
        let image = asm::assemble("t", SOURCE).expect("right").image;
        let (text, program) = of_image(&image).expect("source");
        assert_eq!(program.image, image);
        assert!(text.contains("at=E_") && text.contains("E_0000:\n"), "{text}");
        assert_eq!(asm::assemble("t", &super::text(&items(&text, &program))).expect("right").image, image);
    }
}
