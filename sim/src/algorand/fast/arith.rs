// SPDX-License-Identifier: MIT OR Apache-2.0
//! Arithmetic and comparisons: operations that make a cell of one or two, and those that branch on what they compare.

use std::marker::PhantomData;

use super::super::isa::code::*;
use super::op::{Act, Handler, Op, Regs, run};
use super::source::*;
use crate::units::alu;

/// What is computed of two cells; `None` is left to the plain interpreter, which throws.
pub(super) trait Binary {
    fn apply(a: u64, b: u64) -> Option<u64>;
}

macro_rules! binary {
    ($($code:ident $name:ident |$a:ident, $b:ident| $e:expr;)*) => {
        $(
            pub(super) struct $name;
            impl Binary for $name {
                #[inline(always)]
                fn apply($a: u64, $b: u64) -> Option<u64> { $e }
            }
        )*

        /// An expression with a type that stands for an opcode; `None` for one that is not of two cells.
        macro_rules! with_binary {
            ($opcode:expr, $O:ident, $then:expr) => {
                match $opcode {
                    $($code => { type $O = $name; Some($then) })*
                    _ => None,
                }
            };
        }
    };
}

binary! {
    IADD Iadd |a, b| alu::add_checked(a, b);
    ISUB Isub |a, b| alu::sub_checked(a, b);
    IADDW Iaddw |a, b| Some(alu::add_wrapping(a, b));
    ISUBW Isubw |a, b| Some(alu::sub_wrapping(a, b));
    IAND Iand |a, b| Some(a & b);
    IOR Ior |a, b| Some(a | b);
    IXOR Ixor |a, b| Some(a ^ b);
    ISHL Ishl |a, b| Some(alu::shl(a, b));
    ISHR Ishr |a, b| Some(alu::shr_signed(a, b));
    USHR Ushr |a, b| Some(alu::shr_unsigned(a, b));
    IMUL Imul |a, b| alu::mul_checked(a, b);
    IMULW Imulw |a, b| Some(alu::mul_wrapping(a, b));
    UMULH Umulh |a, b| Some(alu::mul_high_unsigned(a, b));
    IDIV Idiv |a, b| alu::div_signed(a, b).ok();
    IREM Irem |a, b| alu::rem_signed(a, b);
    UDIV Udiv |a, b| alu::div_unsigned(a, b);
    UREM Urem |a, b| alu::rem_unsigned(a, b);
    IEQ Ieq |a, b| Some((a == b).into());
    INE Ine |a, b| Some((a != b).into());
    ILT Ilt |a, b| Some(alu::lt_signed(a, b).into());
    ILE Ile |a, b| Some(alu::le_signed(a, b).into());
    IGT Igt |a, b| Some(alu::lt_signed(b, a).into());
    IGE Ige |a, b| Some(alu::le_signed(b, a).into());
    ULT Ult |a, b| Some(alu::lt_unsigned(a, b).into());
    ULE Ule |a, b| Some(alu::le_unsigned(a, b).into());
    UGT Ugt |a, b| Some(alu::lt_unsigned(b, a).into());
    UGE Uge |a, b| Some(alu::le_unsigned(b, a).into());
}

/// What an opcode on two cells computes; outer `None` for another opcode.
pub(super) fn apply(opcode: u8, a: u64, b: u64) -> Option<Option<u64>> {
    with_binary!(opcode, O, O::apply(a, b))
}

/// `acc = O(A, B)`.
struct Compute<O, A, B>(PhantomData<(O, A, B)>);

impl<O: Binary, A: Source, B: Source> Act for Compute<O, A, B> {
    #[inline(always)]
    unsafe fn act(r: Regs) {
        // SAFETY: the same condition.
        unsafe {
            let op = r.op();
            match O::apply(A::get(r, op.a, op.imm), B::get(r, op.b, op.imm)) {
                Some(value) => r.next(value),
                None => r.leave(),
            }
        }
    }
}

/// The same, and the 8 bytes at the link's number of the frame are set to it.
struct Keep<O, A, B>(PhantomData<(O, A, B)>);

impl<O: Binary, A: Source, B: Source> Act for Keep<O, A, B> {
    #[inline(always)]
    unsafe fn act(r: Regs) {
        // SAFETY: the same condition; the number is an offset in the frame or the arguments.
        unsafe {
            let op = r.op();
            match O::apply(A::get(r, op.a, op.imm), B::get(r, op.b, op.imm)) {
                Some(value) => {
                    r.fp.add(op.link.number as usize).cast::<u64>().write_unaligned(value.to_le());
                    r.next(value);
                }
                None => r.leave(),
            }
        }
    }
}

/// `acc = O(A, B)`, kept in the frame as by [`Keep`]; then a branch, to the next record's link if it is not 0, else to
/// that of the record after.
struct Step<O, A, B>(PhantomData<(O, A, B)>);

impl<O: Binary, A: Source, B: Source> Act for Step<O, A, B> {
    #[inline(always)]
    unsafe fn act(r: Regs) {
        // SAFETY: the same condition; two records follow.
        unsafe {
            let op = r.op();
            match O::apply(A::get(r, op.a, op.imm), B::get(r, op.b, op.imm)) {
                Some(value) => {
                    r.fp.add(op.link.number as usize).cast::<u64>().write_unaligned(value.to_le());
                    branch(r, value != 0, 1);
                }
                None => r.leave(),
            }
        }
    }
}

/// Goes on with the link of the `n`th record after the operation's if the condition holds, else with that of the next.
#[inline(always)]
unsafe fn branch(r: Regs, condition: bool, n: usize) {
    // SAFETY: the same condition as of an operation; the records are there.
    unsafe { if condition { r.enter(r.data(n).link.block) } else { r.enter(r.data(n + 1).link.block) } }
}

/// A branch, to the link if `O(A, B)` is not 0, else to the next record's.
struct If<O, A, B>(PhantomData<(O, A, B)>);

impl<O: Binary, A: Source, B: Source> Act for If<O, A, B> {
    #[inline(always)]
    unsafe fn act(r: Regs) {
        // SAFETY: the same condition; a record follows.
        unsafe {
            let op = r.op();
            branch(r, O::apply(A::get(r, op.a, op.imm), B::get(r, op.b, op.imm)) != Some(0), 0);
        }
    }
}

/// A branch, to the link if `A` is not 0, else to the next record's.
struct IfNot0<A>(PhantomData<A>);

impl<A: Source> Act for IfNot0<A> {
    #[inline(always)]
    unsafe fn act(r: Regs) {
        // SAFETY: the same condition; a record follows.
        unsafe { branch(r, A::get(r, r.op().a, r.op().imm) != 0, 0) }
    }
}

/// `acc = A * imm + link's number`.
struct MulAdd<A>(PhantomData<A>);

impl<A: Source> Act for MulAdd<A> {
    #[inline(always)]
    unsafe fn act(r: Regs) {
        // SAFETY: the same condition; the link is a number.
        unsafe {
            let op = r.op();
            let product = alu::mul_wrapping(A::get(r, op.a, op.imm), op.imm);
            r.next(alu::add_wrapping(product, op.link.number));
        }
    }
}

/// `A ^ O(A, imm)`, O a shift.
pub(super) struct Fold<O>(PhantomData<O>);

impl<O: Binary> Binary for Fold<O> {
    #[inline(always)]
    fn apply(a: u64, b: u64) -> Option<u64> {
        Some(a ^ O::apply(a, b)?)
    }
}

/// What is computed of one cell.
pub(super) fn unary(opcode: u8, a: u64) -> Option<u64> {
    match opcode {
        INEG => alu::neg_checked(a),
        INOT => Some(!a),
        _ieqz => Some((a == 0).into()),
    }
}

/// `acc` = the opcode's result of `A`.
struct Unary<const OPCODE: u8, A>(PhantomData<A>);

impl<const OPCODE: u8, A: Source> Act for Unary<OPCODE, A> {
    #[inline(always)]
    unsafe fn act(r: Regs) {
        // SAFETY: the same condition.
        unsafe {
            match unary(OPCODE, A::get(r, r.op().a, r.op().imm)) {
                Some(value) => r.next(value),
                None => r.leave(),
            }
        }
    }
}

/// Computes; operands in `a`, `b` and `imm`.
pub(super) fn compute(opcode: u8, kinds: (Kind, Kind)) -> Option<Handler> {
    with_binary!(opcode, O, with_sources!(kinds, A, B, run::<Compute<O, A, B>> as Handler))
}

/// Computes and keeps: which opcodes do that.
pub(super) fn keep(opcode: u8, kinds: (Kind, Kind)) -> Option<Handler> {
    if !matches!(opcode, IADD | ISUB | IADDW | ISUBW | IAND | IOR | IXOR | ISHL | ISHR | USHR | IMUL | IMULW) {
        return None;
    }
    with_binary!(opcode, O, with_sources!(kinds, A, B, run::<Keep<O, A, B>> as Handler))
}

/// Counts in the frame and branches.
pub(super) fn step(opcode: u8, kinds: (Kind, Kind)) -> Option<Handler> {
    Some(match (opcode, kinds) {
        (IADD, (Kind::Frame, Kind::Const)) => run::<Step<Iadd, Frame, Const>>,
        (ISUB, (Kind::Frame, Kind::Const)) => run::<Step<Isub, Frame, Const>>,
        (IADDW, (Kind::Frame, Kind::Const)) => run::<Step<Iaddw, Frame, Const>>,
        (ISUBW, (Kind::Frame, Kind::Const)) => run::<Step<Isubw, Frame, Const>>,
        _ => return None,
    })
}

/// Compares and branches; for comparisons only.
pub(super) fn compare(opcode: u8, kinds: (Kind, Kind)) -> Option<Handler> {
    if !(IEQ..=UGE).contains(&opcode) {
        return None;
    }
    with_binary!(opcode, O, with_sources!(kinds, A, B, run::<If<O, A, B>> as Handler))
}

/// The comparison that is true just when this one is not.
pub(super) fn opposite(comparison: u8) -> u8 {
    match comparison {
        IEQ => INE,
        INE => IEQ,
        ILT => IGE,
        IGE => ILT,
        ILE => IGT,
        IGT => ILE,
        ULT => UGE,
        UGE => ULT,
        ULE => UGT,
        _ugt => ULE,
    }
}

/// Branches on a cell.
pub(super) fn not_zero(kind: Kind) -> Handler {
    with_source!(kind, A, run::<IfNot0<A>>)
}

/// Multiplies by a constant and adds another.
pub(super) fn multiply_add(kind: Kind) -> Handler {
    with_source!(kind, A, run::<MulAdd<A>>)
}

/// Exclusive or of a cell and itself shifted by a constant; second, the same that keeps the result.
pub(super) fn fold(shift: u8, kind: Kind) -> (Handler, Handler) {
    match shift {
        ISHL => with_source!(kind, A, (run::<Compute<Fold<Ishl>, A, Const>>, run::<Keep<Fold<Ishl>, A, Const>>)),
        _ushr => with_source!(kind, A, (run::<Compute<Fold<Ushr>, A, Const>>, run::<Keep<Fold<Ushr>, A, Const>>)),
    }
}

/// Computes of one cell.
pub(super) fn of_one(opcode: u8, kind: Kind) -> Handler {
    match opcode {
        INEG => with_source!(kind, A, run::<Unary<INEG, A>>),
        INOT => with_source!(kind, A, run::<Unary<INOT, A>>),
        _ieqz => with_source!(kind, A, run::<Unary<IEQZ, A>>),
    }
}

/// Whether an opcode can throw, given operands.
pub(super) fn may_throw(opcode: u8) -> bool {
    matches!(opcode, IADD | ISUB | INEG | IMUL | IDIV | IREM | UDIV | UREM)
}

const _: () = assert!(size_of::<Op>() == 32);
