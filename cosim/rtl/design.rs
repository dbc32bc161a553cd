// SPDX-License-Identifier: MIT OR Apache-2.0
//! The verilated RTL: the only file that calls foreign functions. Knows the C interface of the shim; a machine
//! declares its own design with [`design!`](crate::design!).

use std::ffi::{CString, c_char, c_void};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use avm_sim::trace::HostIn;

/// Inputs of one clock in C layout; the shim's struct `Pins`.
#[repr(C)]
pub struct Pins {
    rsp_data: u64,
    req_ready: u8,
    rsp_valid: u8,
    rsp_tag: u8,
    rsp_last: u8,
    stream_ready: u8,
}

impl From<&HostIn> for Pins {
    #[inline]
    fn from(h: &HostIn) -> Pins {
        Pins {
            rsp_data: h.rsp_data,
            req_ready: h.req_ready.into(),
            rsp_valid: h.rsp_valid.into(),
            rsp_tag: h.rsp_tag,
            rsp_last: h.rsp_last.into(),
            stream_ready: h.stream_ready.into(),
        }
    }
}

/// The C functions of one verilated design.
#[derive(Debug)]
pub struct Design {
    #[doc(hidden)]
    pub new: unsafe extern "C" fn(u64, u8) -> *mut c_void,
    #[doc(hidden)]
    pub free: unsafe extern "C" fn(*mut c_void),
    #[doc(hidden)]
    pub assertions: unsafe extern "C" fn(*mut c_void, u8),
    #[doc(hidden)]
    pub step: unsafe extern "C" fn(*mut c_void, *const Pins) -> u8,
    #[doc(hidden)]
    pub probe: unsafe extern "C" fn(*mut c_void, *mut u64) -> u64,
    #[doc(hidden)]
    pub root: unsafe extern "C" fn(*mut c_void) -> *const c_void,
    #[doc(hidden)]
    pub offsets: unsafe extern "C" fn(*mut u64) -> *const u32,
    #[doc(hidden)]
    pub memory: unsafe extern "C" fn(*mut c_void, u32, u64, u32) -> u64,
    #[doc(hidden)]
    pub save: unsafe extern "C" fn(*mut c_void, *mut u8) -> u64,
    #[doc(hidden)]
    pub restore: unsafe extern "C" fn(*mut c_void, *const u8),
    #[doc(hidden)]
    pub trace_open: unsafe extern "C" fn(*mut c_void, *const c_char),
    #[doc(hidden)]
    pub trace_close: unsafe extern "C" fn(*mut c_void),
    /// Of the Verilator runtime that the design is linked with.
    #[doc(hidden)]
    pub assertion: unsafe extern "C" fn(*mut c_char, u64) -> u64,
}

impl Design {
    /// The design of this name in a shared object, with a Verilator runtime of its own; the object stays loaded.
    ///
    /// # Errors
    /// In words: it cannot be loaded, or a function is missing.
    pub fn load(object: &Path, name: &str) -> Result<&'static Design, String> {
        let words = |e: libloading::Error| format!("{}: {e}", object.display());
        // SAFETY: its initialisers are those of Verilator's runtime, which touch nothing outside the object.
        let library = unsafe { libloading::Library::new(object) }.map_err(words)?;
        macro_rules! function {
            ($name:expr) => {
                // SAFETY: the object is compiled from the same shim as the built-in designs, so the types agree.
                *unsafe { library.get(format!("{}\0", $name).as_bytes()) }.map_err(words)?
            };
        }
        let design = Design {
            new: function!(format!("avm_{name}_new")),
            free: function!(format!("avm_{name}_free")),
            assertions: function!(format!("avm_{name}_assertions")),
            step: function!(format!("avm_{name}_step")),
            probe: function!(format!("avm_{name}_probe")),
            root: function!(format!("avm_{name}_root")),
            offsets: function!(format!("avm_{name}_offsets")),
            memory: function!(format!("avm_{name}_memory")),
            save: function!(format!("avm_{name}_save")),
            restore: function!(format!("avm_{name}_restore")),
            trace_open: function!(format!("avm_{name}_trace_open")),
            trace_close: function!(format!("avm_{name}_trace_close")),
            assertion: function!("avm_assertion"),
        };
        std::mem::forget(library); // threads may hold what its runtime keeps for them
        Ok(Box::leak(Box::new(design)))
    }
}

/// Declares a design that is linked in as a static: its name and the shim's functions, in the order of the struct.
#[macro_export]
macro_rules! design {
    ($(#[$meta:meta])* $constant:ident: $new:ident $free:ident $assertions:ident $step:ident $probe:ident $root:ident
     $offsets:ident $memory:ident $save:ident $restore:ident $open:ident $close:ident) => {
        unsafe extern "C" {
            fn $new(seed: u64, fault: u8) -> *mut ::std::ffi::c_void;
            fn $free(dut: *mut ::std::ffi::c_void);
            fn $assertions(dut: *mut ::std::ffi::c_void, on: u8);
            fn $step(dut: *mut ::std::ffi::c_void, pins: *const $crate::rtl::design::Pins) -> u8;
            fn $probe(dut: *mut ::std::ffi::c_void, words: *mut u64) -> u64;
            fn $root(dut: *mut ::std::ffi::c_void) -> *const ::std::ffi::c_void;
            fn $offsets(count: *mut u64) -> *const u32;
            fn $memory(dut: *mut ::std::ffi::c_void, memory: u32, address: u64, limb: u32) -> u64;
            fn $save(dut: *mut ::std::ffi::c_void, buffer: *mut u8) -> u64;
            fn $restore(dut: *mut ::std::ffi::c_void, buffer: *const u8);
            fn $open(dut: *mut ::std::ffi::c_void, file: *const ::std::ffi::c_char);
            fn $close(dut: *mut ::std::ffi::c_void);
        }
        $(#[$meta])*
        pub static $constant: $crate::rtl::design::Design = $crate::rtl::design::Design {
            new: $new,
            free: $free,
            assertions: $assertions,
            step: $step,
            probe: $probe,
            root: $root,
            offsets: $offsets,
            memory: $memory,
            save: $save,
            restore: $restore,
            trace_open: $open,
            trace_close: $close,
            assertion: $crate::rtl::design::avm_assertion,
        };
    };
}

unsafe extern "C" {
    #[doc(hidden)]
    pub fn avm_assertion(text: *mut c_char, capacity: u64) -> u64;
}

/// What a compared clock showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The probe equals the expected one.
    Equal,
    /// It does not.
    Differs,
    /// An RTL assertion fired (whatever the probe says); [`Dut::assertion`] has its place.
    Asserted,
}

/// A verilated design under test, out of reset.
pub struct Dut {
    design: &'static Design,
    handle: *mut c_void,
    words: usize,
    /// Where the fields of the probe begin in the root object; 0, which can be read as well, for those that it lacks.
    offsets: Box<[u32]>,
    /// Whether the design has the fields.
    has: Box<[bool]>,
    /// Which instance of this process it is, from 0.
    instance: u64,
}

/// All registers and memories of one instance, and its clock: only that instance takes them back.
pub struct State {
    instance: u64,
    bytes: Vec<u8>,
}

// SAFETY: the handle owns its simulation context and nothing else refers to it, so it may move to
// another thread; it is not shared (no `Sync`).
unsafe impl Send for Dut {}

impl Dut {
    /// An instance with memories filled from `seed` and planted fault `fault` (0: none).
    pub fn new(design: &'static Design, seed: u64, fault: u8) -> Dut {
        // SAFETY: the function allocates and initialises; no preconditions.
        let handle = unsafe { (design.new)(seed, fault) };
        // SAFETY: `handle` is live; a null buffer asks for the size only.
        let words = unsafe { (design.probe)(handle, std::ptr::null_mut()) } as usize;
        let mut count = 0;
        // SAFETY: the function writes a number.
        let offsets = unsafe { (design.offsets)(&raw mut count) };
        // SAFETY: the table is a constant of the design, which stays loaded, and has that many entries.
        let offsets = unsafe { std::slice::from_raw_parts(offsets, count as usize) };
        let has: Box<[bool]> = offsets.iter().map(|o| *o != ABSENT).collect();
        let offsets = offsets.iter().map(|o| if *o == ABSENT { 0 } else { *o }).collect();
        static INSTANCES: AtomicU64 = AtomicU64::new(0);
        let dut = Dut { design, handle, words, offsets, has, instance: INSTANCES.fetch_add(1, Ordering::Relaxed) };
        let _ = dut.assertion(); // of a run before this one
        dut
    }

    /// Probe length in 64-bit words.
    pub fn probe_words(&self) -> usize {
        self.words
    }

    /// Switches the RTL's assertions on or off (on after construction).
    pub fn assertions(&mut self, on: bool) {
        // SAFETY: `handle` is live and exclusively borrowed.
        unsafe { (self.design.assertions)(self.handle, on.into()) }
    }

    /// One clock; whether an assertion fired.
    #[inline]
    pub fn step(&mut self, inputs: &HostIn) -> bool {
        // SAFETY: `handle` is live; `Pins` is read during the call.
        unsafe { (self.design.step)(self.handle, &Pins::from(inputs)) != 0 }
    }

    /// One clock; whether the probe after it equals `expected` and whether an assertion fired. For tests: lockstep
    /// compares [`Dut::registers`].
    ///
    /// # Panics
    /// If `expected` is not [`Dut::probe_words`] long.
    pub fn step_compare(&mut self, inputs: &HostIn, expected: &[u64]) -> Step {
        assert_eq!(expected.len(), self.words);
        if self.step(inputs) {
            return Step::Asserted;
        }
        let mut words = vec![0; self.words];
        self.probe(&mut words);
        if words == expected { Step::Equal } else { Step::Differs }
    }

    /// The registers as they are, read where they are.
    #[inline]
    pub fn registers(&self) -> Registers<'_> {
        // SAFETY: `handle` is live.
        let root = unsafe { (self.design.root)(self.handle) };
        Registers { root: root.cast(), offsets: &self.offsets, has: &self.has }
    }

    /// The place of the first RTL assertion that fired on this thread since the last call or the last [`Dut::new`].
    pub fn assertion(&self) -> Option<String> {
        let mut text = vec![0u8; 512];
        // SAFETY: the function writes at most the given number of bytes.
        let length = unsafe { (self.design.assertion)(text.as_mut_ptr().cast(), text.len() as u64) } as usize;
        text.truncate(length);
        (length > 0).then(|| String::from_utf8_lossy(&text).into_owned())
    }

    /// Copies the probe.
    ///
    /// # Panics
    /// If `words` is not [`Dut::probe_words`] long.
    pub fn probe(&self, words: &mut [u64]) {
        assert_eq!(words.len(), self.words);
        // SAFETY: `handle` is live; the buffer has the length that is written.
        unsafe { (self.design.probe)(self.handle, words.as_mut_ptr()) };
    }

    /// A limb of a memory word, memories numbered as in the model's `MEMORIES`; the address wraps.
    pub fn memory(&self, memory: usize, address: usize, limb: usize) -> u64 {
        // SAFETY: `handle` is live; unknown memories read 0 and addresses wrap in the shim.
        unsafe { (self.design.memory)(self.handle, memory as u32, address as u64, limb as u32) }
    }

    /// A copy of its state. An open VCD is not part of it.
    pub fn save(&self) -> State {
        // SAFETY: `handle` is live; a null buffer asks for the size only.
        let size = unsafe { (self.design.save)(self.handle, std::ptr::null_mut()) } as usize;
        let mut bytes = vec![0; size];
        // SAFETY: `handle` is live; the buffer has the size that is written.
        unsafe { (self.design.save)(self.handle, bytes.as_mut_ptr()) };
        State { instance: self.instance, bytes }
    }

    /// Goes back to a state of this instance; an open VCD is closed.
    ///
    /// # Panics
    /// If the state is that of another instance: it holds pointers.
    pub fn restore(&mut self, state: &State) {
        assert_eq!(state.instance, self.instance, "a state goes back to its own instance");
        // SAFETY: `handle` is live and exclusively borrowed; the bytes are what `save` wrote for this very instance,
        // so that they have the right size and the pointers among them are still valid.
        unsafe { (self.design.restore)(self.handle, state.bytes.as_ptr()) }
    }

    /// Starts a VCD of the full hierarchy; one clock is ten time units, the rising edge at a
    /// multiple of ten counted from reset.
    pub fn trace_open(&mut self, file: &Path) {
        let name = CString::new(file.as_os_str().as_encoded_bytes()).unwrap_or_default();
        // SAFETY: `handle` is live; the name is copied during the call.
        unsafe { (self.design.trace_open)(self.handle, name.as_ptr()) }
    }

    /// Closes the VCD, if one is open.
    pub fn trace_close(&mut self) {
        // SAFETY: `handle` is live.
        unsafe { (self.design.trace_close)(self.handle) }
    }
}

/// The registers of an instance ([`Dut::registers`]).
#[derive(Clone, Copy)]
pub struct Registers<'a> {
    root: *const u8,
    offsets: &'a [u32],
    has: &'a [bool],
}

/// The offset of a field that the design does not have.
const ABSENT: u32 = u32::MAX;

impl Registers<'_> {
    /// Whether the design has the field.
    pub fn has(&self, field: usize) -> bool {
        self.has[field]
    }
}

impl avm_sim::trace::Registers for Registers<'_> {
    /// Of a field that the design does not have, anything.
    ///
    /// # Panics
    /// If the machine has no such field.
    #[inline(always)]
    fn limb(&self, field: usize, limb: usize) -> u64 {
        let offset = self.offsets[field];
        // SAFETY: the offset is that of a member of the live root object, or 0, and 8 bytes from there are in it: the
        // shim refuses to compile otherwise. The object is plain data, so that any bytes are a number.
        unsafe { self.root.add(offset as usize + 8 * limb).cast::<u64>().read_unaligned() }
    }
}

impl Drop for Dut {
    fn drop(&mut self) {
        // SAFETY: `handle` was made by `new` and is freed once.
        unsafe { (self.design.free)(self.handle) }
    }
}
