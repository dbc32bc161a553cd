// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rewrites a source file so that it holds all its mutants, of which one is chosen at run time:
//! `a + b` becomes `(if crate::mutant::is(17) { a - b } else { a + b })`.
//!
//! Only one mutant is active, so a changed expression holds its parts unchanged: the text grows with the depth of
//! expressions, not with its power. Changes are those that have the type of what they replace, whatever that is.

use proc_macro2::Span;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{BinOp, Expr, Lit, Stmt, UnOp, parse_quote};

use crate::point::{Mutant, Switch};

/// Functions that say nothing about the machine: memories' first contents, what only probes, mirrors and tables of
/// cycles read.
const NOT_JUDGED: &[(&str, &str)] = &[
    ("mod.rs", "pattern"),
    ("mod.rs", "new"),
    ("mod.rs", "memory"),
    ("mod.rs", "pack"),
    ("mod.rs", "cause"),
    ("mod.rs", "cycles"),
    ("heap.rs", "busy"),
    ("native.rs", "busy"),
    ("segment.rs", "filling"),
    ("frame.rs", "frame_hit"),
];

/// A rewritten file.
pub struct Rewritten {
    /// Its new text.
    pub text: String,
    /// The mutants in it.
    pub mutants: Vec<Mutant>,
}

/// Rewrites the text of `file`; mutants are numbered after `last`.
///
/// # Errors
/// The text is not Rust.
pub fn rewrite(file: &str, text: &str, last: u32) -> syn::Result<Rewritten> {
    let mut tree = syn::parse_file(text)?;
    let mut rewriter = Rewriter { file, text, function: String::new(), last, mutants: Vec::new() };
    rewriter.visit_file_mut(&mut tree);
    let mutants = rewriter.mutants;
    Ok(Rewritten { text: prettyplease::unparse(&tree), mutants })
}

struct Rewriter<'a> {
    file: &'a str,
    text: &'a str,
    /// The function that is being rewritten.
    function: String,
    last: u32,
    mutants: Vec<Mutant>,
}

impl Rewriter<'_> {
    /// Registers a mutant of what `span` covers; its number.
    fn mutant(&mut self, span: Span, change: impl FnOnce(&str) -> String) -> u32 {
        self.last += 1;
        let start = span.start();
        let source = one_line(&self.text[span.byte_range()]);
        let text = self.text.lines().nth(start.line - 1).unwrap_or("").trim();
        let change = change(&source);
        let like = |m: &&Mutant| {
            let earlier = m.change.strip_prefix(&change).is_some_and(|more| more.is_empty() || more.starts_with(" ("));
            m.function == self.function && m.text == text && earlier
        };
        let n = self.mutants.iter().filter(like).count();
        self.mutants.push(Mutant {
            switch: Switch::Point(self.last),
            file: self.file.into(),
            function: self.function.clone(),
            line: start.line,
            column: start.column + 1,
            text: text.into(),
            change: if n == 0 { change } else { format!("{change} ({})", n + 1) },
        });
        self.last
    }

    /// Puts a changed form of `original` beside what `e` has become.
    fn instead(&mut self, e: &mut Expr, original: &Expr, changed: Expr) {
        let source = |part: &Expr| one_line(&self.text[part.span().byte_range()]);
        let new = match (original, &changed) {
            (Expr::Binary(o), Expr::Binary(c)) => {
                format!("{} {} {}", source(&o.left), op_text(&c.op), source(&o.right))
            }
            (Expr::Unary(o), _) => source(&o.expr),
            _ => changed.to_token_stream().to_string(),
        };
        let n = self.mutant(original.span(), |old| format!("{old} -> {new}"));
        let whole = &*e;
        *e = parse_quote!((if crate::mutant::is(#n) { #changed } else { #whole }));
    }

    /// A condition that is inverted, unless another change of it does that.
    fn invert(&mut self, condition: &mut Expr, original: &Expr) {
        let other = match bare(original) {
            Expr::Binary(b) => matches!(b.op, BinOp::Eq(_) | BinOp::Ne(_)) || has_let(original),
            Expr::Unary(u) => matches!(u.op, UnOp::Not(_)),
            Expr::Let(_) | Expr::Lit(_) => true,
            _ => false,
        };
        if other {
            return;
        }
        let n = self.mutant(original.span(), |old| format!("if {old} -> if !({old})"));
        let whole = &*condition;
        *condition = parse_quote!((crate::mutant::is(#n) != (#whole)));
    }

    fn not_judged(&self, name: &syn::Ident) -> bool {
        NOT_JUDGED.iter().any(|(file, function)| self.file.ends_with(&format!("/{file}")) && name == function)
    }
}

impl VisitMut for Rewriter<'_> {
    // What is evaluated by the compiler, or is no expression.
    fn visit_item_const_mut(&mut self, _: &mut syn::ItemConst) {}
    fn visit_item_static_mut(&mut self, _: &mut syn::ItemStatic) {}
    fn visit_impl_item_const_mut(&mut self, _: &mut syn::ImplItemConst) {}
    fn visit_item_enum_mut(&mut self, _: &mut syn::ItemEnum) {}
    fn visit_item_mod_mut(&mut self, _: &mut syn::ItemMod) {}
    fn visit_attribute_mut(&mut self, _: &mut syn::Attribute) {}
    fn visit_type_mut(&mut self, _: &mut syn::Type) {}
    fn visit_generic_argument_mut(&mut self, _: &mut syn::GenericArgument) {}

    fn visit_pat_mut(&mut self, pattern: &mut syn::Pat) {
        // A guard is an expression that belongs to a pattern.
        if let syn::Pat::Guard(guarded) = pattern {
            let original = (*guarded.guard).clone();
            self.visit_expr_mut(&mut guarded.guard);
            self.invert(&mut guarded.guard, &original);
        }
    }

    fn visit_item_fn_mut(&mut self, f: &mut syn::ItemFn) {
        f.sig.constness = None;
        self.function = f.sig.ident.to_string();
        if !self.not_judged(&f.sig.ident) && !not_hardware(&f.sig.output) {
            self.visit_block_mut(&mut f.block);
        }
    }

    fn visit_impl_item_fn_mut(&mut self, f: &mut syn::ImplItemFn) {
        f.sig.constness = None;
        self.function = f.sig.ident.to_string();
        if !self.not_judged(&f.sig.ident) && !not_hardware(&f.sig.output) {
            self.visit_block_mut(&mut f.block);
        }
    }

    fn visit_expr_repeat_mut(&mut self, e: &mut syn::ExprRepeat) {
        self.visit_expr_mut(&mut e.expr);
    }

    /// A call that is made for what it does is left out.
    fn visit_stmt_mut(&mut self, statement: &mut Stmt) {
        let original = statement.clone();
        visit_mut::visit_stmt_mut(self, statement);
        if let Stmt::Expr(call @ (Expr::MethodCall(_) | Expr::Call(_)), Some(_)) = &original {
            let n = self.mutant(call.span(), |old| format!("{old}; -> nothing"));
            let whole = &*statement;
            *statement = parse_quote!(if !crate::mutant::is(#n) { #whole });
        }
    }

    fn visit_expr_mut(&mut self, e: &mut Expr) {
        let original = e.clone();
        match e {
            Expr::Assign(a) => {
                if is_bookkeeping(&a.left) {
                    return;
                }
                self.visit_expr_mut(&mut a.right);
                let n = self.mutant(original.span(), |old| format!("{old} -> nothing"));
                *e = parse_quote!((if !crate::mutant::is(#n) { #e }));
                return;
            }
            Expr::Binary(b) if assigns(&b.op) => {
                if is_bookkeeping(&b.left) {
                    return;
                }
                self.visit_expr_mut(&mut b.right);
                let n = self.mutant(original.span(), |old| format!("{old} -> nothing"));
                *e = parse_quote!((if !crate::mutant::is(#n) { #e }));
            }
            Expr::If(i) => {
                let condition = (*i.cond).clone();
                visit_mut::visit_expr_mut(self, e);
                let Expr::If(i) = e else { return };
                self.invert(&mut i.cond, &condition);
                return;
            }
            _ => visit_mut::visit_expr_mut(self, e),
        }
        if let Some(changed) = changed(&original) {
            self.instead(e, &original, changed);
        }
    }
}

/// The changed form of an expression, if it has one of the same type.
fn changed(e: &Expr) -> Option<Expr> {
    match e {
        Expr::Binary(b) if !has_let(e) => {
            let (left, op, right) = (&b.left, other(&b.op)?, &b.right);
            Some(if assigns(&b.op) { parse_quote!(#left #op #right) } else { parse_quote!((#left) #op (#right)) })
        }
        Expr::Unary(u) if matches!(u.op, UnOp::Not(_)) => Some((*u.expr).clone()),
        Expr::Lit(l) => match &l.lit {
            Lit::Bool(b) => {
                let value = !b.value;
                Some(parse_quote!(#value))
            }
            Lit::Int(i) => {
                let value: u128 = i.base10_parse().ok()?;
                let near = format!("{}{}", nearby(value), i.suffix());
                let near = syn::LitInt::new(&near, Span::call_site());
                Some(parse_quote!(#near))
            }
            _ => None,
        },
        _ => None,
    }
}

/// One more; of a mask, one bit less.
fn nearby(value: u128) -> u128 {
    if value >= 7 && value & (value + 1) == 0 { value >> 1 } else { value + 1 }
}

/// The operator that is mistaken for this one.
fn other(op: &BinOp) -> Option<BinOp> {
    Some(match op {
        BinOp::Add(_) => parse_quote!(-),
        BinOp::Sub(_) => parse_quote!(+),
        BinOp::And(_) => parse_quote!(||),
        BinOp::Or(_) => parse_quote!(&&),
        BinOp::BitAnd(_) => parse_quote!(|),
        BinOp::BitOr(_) => parse_quote!(&),
        BinOp::BitXor(_) => parse_quote!(|),
        BinOp::Shl(_) => parse_quote!(>>),
        BinOp::Shr(_) => parse_quote!(<<),
        BinOp::Eq(_) => parse_quote!(!=),
        BinOp::Ne(_) => parse_quote!(==),
        BinOp::Lt(_) => parse_quote!(<=),
        BinOp::Le(_) => parse_quote!(<),
        BinOp::Gt(_) => parse_quote!(>=),
        BinOp::Ge(_) => parse_quote!(>),
        BinOp::AddAssign(_) => parse_quote!(-=),
        BinOp::SubAssign(_) => parse_quote!(+=),
        BinOp::BitAndAssign(_) => parse_quote!(|=),
        BinOp::BitOrAssign(_) => parse_quote!(&=),
        _ => return None,
    })
}

fn assigns(op: &BinOp) -> bool {
    use BinOp::{AddAssign, BitAndAssign, BitOrAssign, BitXorAssign, ShlAssign, ShrAssign, SubAssign};
    matches!(
        op,
        AddAssign(_) | SubAssign(_) | BitAndAssign(_) | BitOrAssign(_) | BitXorAssign(_) | ShlAssign(_) | ShrAssign(_)
    )
}

/// Whether an assigned place is not hardware: what cycles were spent on, the slot looked at first.
fn is_bookkeeping(place: &Expr) -> bool {
    match place {
        Expr::Field(f) => {
            let named = |name| matches!(&f.member, syn::Member::Named(n) if n == name);
            named("book") || named("why") || named("last") || is_bookkeeping(&f.base)
        }
        Expr::Index(i) => is_bookkeeping(&i.expr),
        _ => false,
    }
}

/// Whether a function says what a cycle is spent on.
fn not_hardware(output: &syn::ReturnType) -> bool {
    matches!(output, syn::ReturnType::Type(_, t) if matches!(&**t, syn::Type::Path(p) if p.path.is_ident("Spent")))
}

fn bare(e: &Expr) -> &Expr {
    match e {
        Expr::Paren(p) => bare(&p.expr),
        _ => e,
    }
}

/// Whether it is a chain of conditions with a `let`, which cannot be moved.
fn has_let(e: &Expr) -> bool {
    match bare(e) {
        Expr::Let(_) => true,
        Expr::Binary(b) => has_let(&b.left) || has_let(&b.right),
        _ => false,
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn op_text(op: &BinOp) -> String {
    op.to_token_stream().to_string()
}

#[cfg(test)]
mod tests;
