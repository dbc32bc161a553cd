// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm ledger prove` and `verify`: a page or a code area with its proof, as a file.

use std::path::{Path, PathBuf};

use avm_ledger::bytes::Reader;
use avm_ledger::edb::key::Key;
use avm_ledger::edb::proof::Proof;
use avm_ledger::edb::{Answer, Edb as _};
use avm_ledger::ids::{AppId, Root, Round};
use avm_ledger::package::Hex;
use avm_sim::algorand::world::PageId;
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::home::{self, Home, read_package};
use super::{failure, print, refused};
use crate::cli::{Failure, outputs};
use crate::input::{Input, InputError};

/// Arguments of `prove`.
#[derive(Args)]
pub struct Prove {
    #[command(subcommand)]
    what: What,
}

/// What to prove.
#[derive(Subcommand)]
enum What {
    /// A heap page, or that it is absent.
    #[command(after_help = "Example: avm ledger prove page 16 0 -o proof.json")]
    Page {
        /// Its application.
        app: u64,
        /// Its index.
        page: u64,
        /// File to write; standard output if left out.
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// What is installed as an application, or that nothing is.
    #[command(after_help = "Example: avm ledger prove code 16 -o proof.json")]
    Code {
        /// The application.
        app: u64,
        /// File to write; standard output if left out.
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// Arguments of `verify`.
#[derive(Args)]
pub struct Verify {
    /// File of `avm ledger prove`.
    file: PathBuf,
    /// The commitment, 64 hexadecimal digits: to the heap, or to the code areas.
    #[arg(long, value_name = "HASH", required_unless_present = "block", conflicts_with = "block")]
    root: Option<Root>,
    /// A block's file: its commitment. Whether the block is confirmed is for `validate` to say.
    #[arg(long, value_name = "FILE")]
    block: Option<PathBuf>,
}

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileProof {
    /// `page` or `code`.
    kind: Kind,
    app: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<u64>,
    /// Of which block the state is, as whoever proves says.
    round: Round,
    /// The commitment, as whoever proves says.
    root: Root,
    /// `null`: there is none.
    value: Option<Hex>,
    proof: Hex,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Page,
    Code,
}

/// `avm ledger prove`.
pub fn prove(home: &Home, arguments: &Prove, json: bool) -> Result<(), Failure> {
    let (What::Page { output, .. } | What::Code { output, .. }) = &arguments.what;
    outputs::check(&[], &outputs::given(&[("--output", output)]))?;
    let node = home.node(json)?;
    let round = node.tip().map_err(|e| failure(e, json))?.round;
    let failed = |e: avm_ledger::edb::EdbError| Failure::Tool(e.to_string());
    let (kind, app, page, (root, answer)) = match arguments.what {
        What::Page { app, page, .. } => {
            (Kind::Page, app, Some(page), node.store().heap().get(PageId { app, page }).map_err(failed)?)
        }
        What::Code { app, .. } => (Kind::Code, app, None, node.store().code_areas().get(AppId(app)).map_err(failed)?),
    };
    let Answer { value, proof } = answer;
    let mut bytes = Vec::new();
    proof.encode(&mut bytes);
    let file = FileProof { kind, app, page, round, root, value: value.map(Hex), proof: Hex(bytes) };
    let text = serde_json::to_string_pretty(&file).map_err(|e| Failure::Tool(e.to_string()))?;
    match output {
        None => say!("{text}"),
        Some(path) => {
            home::write(path, &(text + "\n"))?;
            print(json, &json!({ "root": root, "round": round }), &format!("commitment {root}, of block {round}"));
        }
    }
    Ok(())
}

/// `avm ledger verify`.
pub fn verify(arguments: &Verify, json: bool) -> Result<(), Failure> {
    let file = read(&arguments.file)?;
    let root = match (arguments.root, &arguments.block) {
        (_, Some(block)) => {
            let roots = read_package(block)?.block.roots;
            if file.kind == Kind::Page { roots.heap } else { roots.code }
        }
        (root, None) => root.unwrap_or_default(),
    };
    let holds = match file.kind {
        Kind::Page => check(root, PageId { app: file.app, page: file.page.unwrap_or_default() }, &file),
        Kind::Code => check(root, AppId(file.app), &file),
    };
    let what = match file.page {
        Some(page) => format!("page {page} of application {}", file.app),
        None => format!("application {}", file.app),
    };
    holds.map_err(|why| refused(json, &format!("{what}: {why}")))?;
    let value = file.value.as_ref().map(ToString::to_string);
    let text = value
        .as_ref()
        .map_or_else(|| "absent".into(), |v| if v.len() > 256 { format!("{} bytes", v.len() / 2) } else { v.clone() });
    let object = json!({ "accepted": true, "what": what, "root": root, "value": value });
    print(json, &object, &format!("{what} under {root}: {text}"));
    Ok(())
}

fn check<K: Key>(root: Root, key: K, file: &FileProof) -> Result<(), String> {
    let mut from = Reader::new(&file.proof.0);
    let proof = Proof::decode(&mut from).and_then(|proof| from.end().map(|()| proof));
    let proof = proof.map_err(|e| format!("the proof cannot be read: {e}"))?;
    proof.verify(root, key, file.value.as_ref().map(|v| &v.0[..])).map(|_| ()).map_err(|e| e.to_string())
}

fn read(path: &Path) -> Result<FileProof, Failure> {
    let input = Input::read(path)?;
    let bad = |line: usize, column: usize, what: &str| {
        let help = "`avm ledger prove` writes such files";
        Failure::from(InputError::plain(format!("{}:{line}:{column}: error: no proof: {what} ({help})", input.name())))
    };
    let file: FileProof = serde_json::from_str(input.text()).map_err(|e| bad(e.line(), e.column(), &e.to_string()))?;
    match file.page.is_some() == (file.kind == Kind::Page) {
        true => Ok(file),
        false => Err(bad(1, 1, "`page` goes with the kind `page`")),
    }
}
