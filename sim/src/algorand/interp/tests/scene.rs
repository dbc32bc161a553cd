// SPDX-License-Identifier: MIT OR Apache-2.0
//! Worlds of several applications, and pieces of programs that use them.

use super::*;

/// Operand of a `catch` (or branch) that stands for the address after it; [`app`] puts it in.
pub const NEXT: i64 = -1;

/// An image of methods without arguments, with frames of 64 bytes.
pub fn app(methods: &[&[Ins]]) -> Image {
    let parts: Vec<_> = methods.iter().map(|program| (*program, 64, 0)).collect();
    linked_with_next(&parts)
}

/// [`linked`], with [`NEXT`] resolved.
pub fn linked_with_next(parts: &[(&[Ins], u16, u16)]) -> Image {
    let mut base = 0;
    let mut resolved: Vec<(Vec<Ins>, u16, u16)> = Vec::new();
    for (program, frame, args) in parts {
        let target = |n: usize| base + address(program, n + 1);
        let put = |(n, ins): (usize, &Ins)| if ins.1 == NEXT && is_branch(ins.0) { (ins.0, target(n)) } else { *ins };
        let program: Vec<Ins> = program.iter().enumerate().map(put).collect();
        base += address(&program, program.len());
        resolved.push((program, *frame, *args));
    }
    let parts: Vec<_> = resolved.iter().map(|(program, frame, args)| (&program[..], *frame, *args)).collect();
    linked(&parts)
}

fn is_branch(name: &str) -> bool {
    matches!(name, "catch" | "br" | "brz" | "brnz")
}

/// A world and a call of method 0 of application 7.
#[derive(Clone, Debug)]
pub struct Scene {
    pub world: World,
    pub call: Call,
    apps: Vec<u64>,
    pages: Vec<(u64, u64)>,
}

/// Installs and lists applications.
pub fn scene(apps: &[(u64, &Image)]) -> Scene {
    let installed = apps.iter().map(|(id, image)| (*id, Arc::new((*image).clone()))).collect();
    let world = World { apps: installed, ..World::default() };
    Scene { world, call: call(), apps: apps.iter().map(|(id, _)| *id).collect(), pages: vec![] }.relisted()
}

/// Application 7 has one method, application 8 too.
pub fn two(main: &[Ins], callee: &[Ins]) -> Scene {
    scene(&[(7, &app(&[main])), (8, &app(&[callee]))])
}

impl Scene {
    fn relisted(mut self) -> Scene {
        self.call.access = list(&self.apps, &self.pages);
        self
    }

    /// Lists an application, installed or not.
    pub fn listed_app(mut self, app: u64) -> Scene {
        self.apps.push(app);
        self.relisted()
    }

    /// Takes an application off the list.
    pub fn unlisted_app(mut self, app: u64) -> Scene {
        self.apps.retain(|id| *id != app);
        self.relisted()
    }

    /// Lists a page.
    pub fn listed(mut self, app: u64, page: u64) -> Scene {
        self.pages.push((app, page));
        self.relisted()
    }

    /// Lists a page that exists, with these cells.
    pub fn page(mut self, app: u64, page: u64, cells: &[u64]) -> Scene {
        let bytes = cells.iter().flat_map(|cell| cell.to_le_bytes()).collect();
        self.world.pages.insert(PageId { app, page }, bytes);
        self.listed(app, page)
    }

    pub fn limits(mut self, limits: Limits) -> Scene {
        self.call.limits = limits;
        self
    }

    /// Limits the undo log.
    pub fn log(self, log: usize) -> Scene {
        self.limits(Limits { log, ..Limits::default() })
    }

    pub fn fuel(mut self, fuel: i64) -> Scene {
        self.call.fuel = fuel;
        self
    }

    pub fn start(&self) -> Interp {
        Interp::start(&self.world, &self.call)
    }

    pub fn run(&self) -> Run {
        finish(self.start())
    }
}

impl Run {
    /// Touched pages.
    pub fn touched(&self) -> Vec<(u64, u64)> {
        self.effects.touched.iter().map(|id| (id.app, id.page)).collect()
    }

    /// Written pages with their cells, `None` for one that is gone.
    pub fn written(&self) -> Vec<(u64, u64, Option<Vec<u64>>)> {
        let row = |(id, page): (&PageId, &Option<Vec<u8>>)| (id.app, id.page, page.as_deref().map(cells));
        self.effects.written.iter().map(row).collect()
    }

    /// The exception numbers other than 0.
    pub fn exceptions(&self) -> Vec<u8> {
        self.codes().into_iter().filter(|code| *code != 0).collect()
    }
}

/// The cells of a page.
pub fn cells(bytes: &[u8]) -> Vec<u64> {
    bytes.chunks(8).map(|c| u64::from_le_bytes(c.try_into().expect("whole cells"))).collect()
}

/// `invoke_external` of a method.
pub fn ext(app: u64, method: u64) -> Vec<Ins> {
    [&push(&[app, method])[..], &[("invoke_external", 0)]].concat()
}

/// The same with the instruction after it a `catch` that goes on after itself: with the exception code as one more
/// cell, or as after the return.
pub fn ext_caught(app: u64, method: u64) -> Vec<Ins> {
    [&ext(app, method)[..], &[("catch", NEXT)]].concat()
}

/// Stores a cell to a page.
pub fn hstore(page: u64, offset: u64, cell: u64) -> Vec<Ins> {
    [&push(&[cell, offset, page])[..], &[("hstore_64", 0)]].concat()
}

/// Loads a cell from a page.
pub fn hload(page: u64, offset: u64) -> Vec<Ins> {
    [&push(&[offset, page])[..], &[("hload_64", 0)]].concat()
}

pub fn palloc(page: u64, size: u64) -> Vec<Ins> {
    [&push(&[size, page])[..], &[("palloc", 0)]].concat()
}

pub fn pfree(page: u64) -> Vec<Ins> {
    [&push(&[page])[..], &[("pfree", 0)]].concat()
}

pub fn psize(page: u64) -> Vec<Ins> {
    [&push(&[page])[..], &[("psize", 0)]].concat()
}

pub fn athrow(value: u64) -> Vec<Ins> {
    [&push(&[value])[..], &[("athrow", 0)]].concat()
}

/// One after another.
pub fn seq(parts: &[&[Ins]]) -> Vec<Ins> {
    parts.concat()
}

pub const RETURN: &[Ins] = &[("return", 0)];
pub const IRETURN: &[Ins] = &[("ireturn", 0)];
pub const POP: &[Ins] = &[("pop", 0)];
