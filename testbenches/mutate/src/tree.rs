// SPDX-License-Identifier: MIT OR Apache-2.0
//! The mutated tree: a copy of what a build needs, the core model and the tables rewritten, and its build.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use syn::visit_mut::{self, VisitMut};
use syn::{Expr, parse_quote};

use crate::Trouble;
use crate::cells;
use crate::point::Mutant;
use crate::rewrite::rewrite;

/// What a build needs, besides the members of the workspace.
const PARTS: &[&str] = &["Cargo.toml", "Cargo.lock", "build.rs", "cosim", "rtl", "testbenches"];
/// The core model, in the repository.
pub const CORE: &str = "sim/src/algorand/core";
/// Its registers are packed for comparison with the RTL, which takes no part.
const PROBE: &str = "sim/src/algorand/core/probe.rs";

const MUTANT_RS: &str = include_str!("../runtime/mutant.rs");
const CELLS_RS: &str = include_str!("../runtime/cells.rs");

/// Makes the mutated tree of `root` in `tree`; files that stay as they are keep their times, so that a second build
/// is a short one. The mutants in it: of the core model, of the tables.
///
/// # Errors
/// A file cannot be read, written or understood.
pub fn make(root: &Path, tree: &Path) -> Result<(Vec<Mutant>, Vec<Mutant>), Trouble> {
    let mut files = Vec::new();
    let parts = parts(root)?;
    parts.iter().try_for_each(|part| list(root, part, &mut files))?;
    let mut points = Vec::new();
    for file in &files {
        let (name, from) = (file.to_string_lossy().into_owned(), root.join(file));
        let bytes = fs::read(&from).map_err(|e| Trouble::at(&from, e))?;
        let bytes = match String::from_utf8(bytes) {
            Ok(text) => changed(&name, text, &mut points).map_err(|e| Trouble::at(&from, e))?.into_bytes(),
            Err(e) => e.into_bytes(),
        };
        write(&tree.join(file), &bytes)?;
    }
    write(&tree.join("sim/src/mutant.rs"), MUTANT_RS.as_bytes())?;
    write(&tree.join("sim/src/mutant_cells.rs"), CELLS_RS.as_bytes())?;
    remove_others(tree, &parts, &files)?;
    let read = |file: &str| fs::read_to_string(root.join(file)).map_err(|e| Trouble::at(&root.join(file), e));
    Ok((points, cells::all(&read(cells::ISA)?, &read(cells::TABLE_OF_NATIVES)?)))
}

/// Builds `avm` in `tree`; where it is.
///
/// # Errors
/// Cargo says why.
pub fn build(tree: &Path, target: &Path) -> Result<PathBuf, Trouble> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(tree).args(["build", "--release", "--bin", "avm", "--target-dir"]).arg(target);
    // Whole-program optimisation would take longer than all runs together.
    for profile in ["lto=\"off\"", "codegen-units=16", "debug=false"] {
        command.args(["--config", &format!("profile.release.{profile}")]);
    }
    let status = command.status().map_err(|e| Trouble(format!("cargo does not start: {e}")))?;
    match status.success() {
        true => Ok(target.join("release/avm")),
        false => Err(Trouble(format!("the mutated tree in {} does not build: see above", tree.display()))),
    }
}

/// Files and folders that a build needs.
fn parts(root: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let manifest = root.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).map_err(|e| Trouble::at(&manifest, e))?;
    let table: toml::Table = text.parse().map_err(|e| Trouble::at(&manifest, e))?;
    let members = table.get("workspace").and_then(|w| w.get("members")).and_then(|m| m.as_array());
    let mut parts: Vec<PathBuf> = PARTS.iter().map(PathBuf::from).collect();
    for member in members.into_iter().flatten().filter_map(|m| m.as_str()).map(PathBuf::from) {
        if !parts.iter().any(|p| member.starts_with(p)) {
            parts.push(member);
        }
    }
    Ok(parts)
}

fn list(root: &Path, part: &Path, files: &mut Vec<PathBuf>) -> Result<(), Trouble> {
    let whole = root.join(part);
    if !whole.is_dir() {
        files.push(part.into());
        return Ok(());
    }
    let entries = fs::read_dir(&whole).map_err(|e| Trouble::at(&whole, e))?;
    let mut names: Vec<_> = entries.flatten().map(|e| e.file_name()).filter(|n| n != "target").collect();
    names.sort();
    names.iter().try_for_each(|name| list(root, &part.join(name), files))
}

/// The text of a file in the mutated tree.
fn changed(file: &str, text: String, points: &mut Vec<Mutant>) -> syn::Result<String> {
    if file.starts_with(CORE) && file.ends_with(".rs") && file != PROBE {
        let rewritten = rewrite(file, &text, points.len() as u32)?;
        points.extend(rewritten.mutants);
        return replace(&rewritten.text, file);
    }
    match file {
        "sim/src/lib.rs" => Ok(format!(
            "#![allow(warnings, arithmetic_overflow, overflowing_literals, unconditional_panic, clippy::all)]\n{text}\n\
             pub mod mutant;\npub mod mutant_cells;\n"
        )),
        "cosim/main.rs" => {
            let mut tree = syn::parse_file(&text)?;
            for item in &mut tree.items {
                if let syn::Item::Fn(f) = item {
                    f.block.stmts.insert(0, parse_quote!(avm_sim::mutant::arm();));
                }
            }
            Ok(prettyplease::unparse(&tree))
        }
        cells::ISA
        | cells::TABLE_OF_NATIVES
        | "sim/src/algorand/interp/mod.rs"
        | "sim/src/algorand/interp/invoke.rs"
        | "cosim/regress/cover.rs" => replace(&text, file),
        _ => Ok(text),
    }
}

/// Leads the readers of the tables to the changed ones.
fn replace(text: &str, file: &str) -> syn::Result<String> {
    let mut tree = syn::parse_file(text)?;
    Tables { file }.visit_file_mut(&mut tree);
    Ok(prettyplease::unparse(&tree))
}

struct Tables<'a> {
    file: &'a str,
}

impl VisitMut for Tables<'_> {
    fn visit_item_static_mut(&mut self, item: &mut syn::ItemStatic) {
        if item.ident == "DECODE" {
            *item = parse_quote! {
                /// The decoder, with one cell changed.
                pub static DECODE: std::sync::LazyLock<[Decode; 256]> =
                    std::sync::LazyLock::new(|| crate::mutant_cells::decode(DECODE_ROWS));
            };
        }
    }

    fn visit_item_fn_mut(&mut self, f: &mut syn::ItemFn) {
        if f.sig.ident == "by_number" {
            *f.block = parse_quote!({ crate::mutant_cells::natives().get(number) });
        }
        visit_mut::visit_item_fn_mut(self, f);
    }

    fn visit_item_mod_mut(&mut self, _: &mut syn::ItemMod) {}
    fn visit_item_const_mut(&mut self, _: &mut syn::ItemConst) {}

    fn visit_expr_mut(&mut self, e: &mut Expr) {
        visit_mut::visit_expr_mut(self, e);
        match e {
            Expr::Path(p) if p.path.is_ident("FIRST_INVOKE_FUEL") => {
                *e = parse_quote!(crate::mutant_cells::first_fuel(FIRST_INVOKE_FUEL));
            }
            Expr::MethodCall(c) if c.method == "perform" => {
                *e = parse_quote! {
                    #c.map_err(|stop| match stop {
                        Stop::Throw(cause) => Stop::Throw(crate::mutant_cells::raised(i.opcode, cause)),
                        other => other,
                    })
                };
            }
            Expr::Field(f) if self.file.ends_with("cover.rs") => {
                let base = &f.base;
                if matches!(&f.member, syn::Member::Named(n) if n == "throws") {
                    *e = parse_quote!(avm_sim::mutant_cells::throws(#base));
                }
            }
            _ => {}
        }
    }
}

/// Writes a file, unless it is that already.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).and_then(|()| fs::write(path, bytes)).map_err(|e| Trouble::at(path, e))
}

/// Removes what an earlier state of the repository has left.
fn remove_others(tree: &Path, parts: &[PathBuf], files: &[PathBuf]) -> Result<(), Trouble> {
    let mut there = Vec::new();
    parts.iter().try_for_each(|part| list(tree, part, &mut there))?;
    let ours = [Path::new("sim/src/mutant.rs"), Path::new("sim/src/mutant_cells.rs")];
    for file in there.iter().filter(|f| !files.contains(f) && !ours.contains(&f.as_path())) {
        fs::remove_file(tree.join(file)).map_err(|e| Trouble::at(&tree.join(file), e))?;
    }
    Ok(())
}
