// SPDX-License-Identifier: MIT OR Apache-2.0
//! Layout: which word every statement begins at, what every name stands for, and how a shorthand gets to its target.
//! Values are written into words by `emit`.

use super::Log;
use super::expr::{Expr, Known, Stop};
use super::lexer::{Fault, Place, clip};
use super::names::{self, duplicate, nearest};
use super::parse::{Statement, What, full};
use std::collections::HashMap;
use std::rc::Rc;

/// Slots that `.slot` may make.
const STATIC_MAX: usize = 8_usize.pow(4);

/// How a shorthand finds its CodePoint.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Way {
    /// The word of a label below.
    Direct(u32),
    /// The slots of static to go through.
    Slots(Vec<u8>),
    /// None: that was reported.
    Lost,
}

struct Label {
    place: Place,
    word: u32,
    /// Its statement.
    at: usize,
}

struct Constant {
    place: Place,
    /// `None` if its value was reported to be wrong, or is not known yet.
    value: Option<Known>,
    /// It has been looked at.
    seen: bool,
}

/// What the statements make, before values are known.
pub(super) struct Layout<'s> {
    labels: HashMap<Rc<str>, Label>,
    constants: HashMap<Rc<str>, Constant>,
    slot_index: HashMap<Rc<str>, (usize, Place)>,
    /// In order: name, value, place, scope.
    pub slots: Vec<(Rc<str>, Option<&'s Expr>, &'s Statement)>,
    /// The `.static` line.
    pub fixed: Option<(&'s Expr, &'s Statement)>,
    /// First word of each statement; the way of a shorthand.
    pub words: Vec<(u32, Option<Way>)>,
    /// Words in all: the index of the error CodePoint.
    pub last: u32,
}

impl<'s> Layout<'s> {
    /// Gives everything its place. Faults are reported; the layout is complete nevertheless.
    pub(super) fn new(statements: &'s [Statement], log: &mut Log) -> Layout<'s> {
        let mut layout = Layout {
            labels: HashMap::new(),
            constants: HashMap::new(),
            slot_index: HashMap::new(),
            slots: Vec::new(),
            fixed: None,
            words: Vec::new(),
            last: 0,
        };
        layout.declare(statements, log);
        layout.place(statements, log);
        layout.values(statements, log);
        layout
    }

    /// Labels by word, without those of macros.
    pub(super) fn named_words(&self) -> impl Iterator<Item = (u32, usize, &str)> {
        self.labels.iter().filter(|(name, _)| !name.contains('~')).map(|(name, l)| (l.word, l.at, &**name))
    }

    fn declare(&mut self, statements: &'s [Statement], log: &mut Log) {
        for (at, statement) in statements.iter().enumerate() {
            let place = statement.place;
            match &statement.what {
                What::Label(name) => match self.taken(name) {
                    Some(first) => log.push(duplicate(name, place, first)),
                    None => drop(self.labels.insert(name.clone(), Label { place, word: 0, at })),
                },
                What::Const(name, _) => match self.taken(name) {
                    Some(first) => log.push(duplicate(name, place, first)),
                    None => drop(self.constants.insert(name.clone(), Constant { place, value: None, seen: false })),
                },
                What::Slot(name, value) => {
                    if let Some((_, first)) = self.slot_index.get(name) {
                        log.push(duplicate(name, place, *first));
                    } else if self.slots.len() == STATIC_MAX {
                        log.push(Fault::new(place, format!("more than {STATIC_MAX} slots"), "put Tuples into slots"));
                    } else {
                        self.slot_index.insert(name.clone(), (self.slots.len(), place));
                        self.slots.push((name.clone(), value.as_ref(), statement));
                    }
                }
                What::Static(value) => match self.fixed {
                    Some((_, first)) => log.push(Fault {
                        first: Some(first.place),
                        ..Fault::new(place, "static is given a second time", "remove one of them")
                    }),
                    None => self.fixed = Some((value, statement)),
                },
                What::Word(..) | What::Shorthand(..) => {}
            }
        }
        if let (Some((_, fixed)), Some((_, _, slot))) = (self.fixed, self.slots.first()) {
            let help = "`.slot` lines make static: write `.slot NAME = VALUE` for what `.static` should hold";
            let first = Some(slot.place);
            log.push(Fault { first, ..Fault::new(fixed.place, "`.static` beside `.slot`", help) });
        }
    }

    /// Where a label or constant of the name is defined.
    fn taken(&self, name: &str) -> Option<Place> {
        self.labels.get(name).map(|l| l.place).or_else(|| self.constants.get(name).map(|c| c.place))
    }

    fn place(&mut self, statements: &'s [Statement], log: &mut Log) {
        let mut word = 0_u32;
        for (at, statement) in statements.iter().enumerate() {
            let mut way = None;
            let first = word;
            match &statement.what {
                What::Label(name) => {
                    if let Some(label) = self.labels.get_mut(name).filter(|l| l.at == at) {
                        label.word = word;
                    }
                }
                What::Word(..) => word += 1,
                What::Shorthand(..) if log.full() => way = Some(Way::Lost),
                What::Shorthand(kind, name, place) => {
                    let to = self.way(at, kind, name, *place).unwrap_or_else(|fault| {
                        log.push(fault);
                        Way::Lost
                    });
                    word += size(kind, &to);
                    way = Some(to);
                }
                What::Const(..) | What::Static(_) | What::Slot(..) => {}
            }
            self.words.push((first, way));
        }
        self.last = word;
        // Words of labels below were not known above.
        for (statement, (_, way)) in statements.iter().zip(&mut self.words) {
            if let (What::Shorthand(_, name, _), Some(Way::Direct(to))) = (&statement.what, way) {
                *to = self.labels.get(name).map_or(0, |l| l.word);
            }
        }
    }

    /// How to get from a statement to a name.
    fn way(&self, at: usize, kind: &str, name: &Rc<str>, place: Place) -> Result<Way, Fault> {
        let label = self.labels.get(name);
        if kind != "slot" && label.is_some_and(|l| l.at > at) {
            return Ok(Way::Direct(0));
        }
        if let Some((index, _)) = self.slot_index.get(name) {
            let levels = self.levels();
            return Ok(Way::Slots((0..levels).rev().map(|level| (index >> (3 * level) & 7) as u8).collect()));
        }
        match label {
            Some(_) => {
                let message = format!("`{}` is above, and has no slot", clip(name));
                Err(Fault::new(place, message, format!("add a line `.slot {}`", clip(name))))
            }
            None if kind == "slot" && !self.constants.contains_key(name) => {
                let near = nearest(name, self.slot_index.keys().map(|n| &**n));
                let help = near.map_or("define it with `.slot`".into(), |near| format!("did you mean `{near}`?"));
                Err(Fault::new(place, format!("unknown slot `{}`", clip(name)), help))
            }
            None if self.constants.contains_key(name) => {
                let shown = clip(name);
                let message = format!("`{shown}` is a constant, and has no slot: `{kind}` needs a label or a slot");
                Err(Fault::new(place, message, format!("add a line `.slot {shown}`")))
            }
            None => Err(self.unknown(name, "", place)),
        }
    }

    /// A constant's value names a CodePoint by this label.
    pub(super) fn named_by(&self, name: &str, scope: &str, word: u32) -> Option<&str> {
        let constant = self.constants.contains_key(&full(scope, &name.into()));
        self.named_words().filter(|(at, ..)| constant && *at == word).min().map(|(.., label)| label)
    }

    /// Levels of Tuples that the slots make.
    pub(super) fn levels(&self) -> u32 {
        (1..).find(|levels| self.slots.len() <= 8_usize.pow(*levels)).unwrap_or(1)
    }

    /// Gives constants their values, in the order of the source.
    fn values(&mut self, statements: &'s [Statement], log: &mut Log) {
        for statement in statements {
            if log.full() {
                return;
            }
            let What::Const(name, expr) = &statement.what else { continue };
            if self.constants.get(name).is_none_or(|c| c.place != statement.place) {
                continue;
            }
            let value = expr.eval(self.last, |name, place| self.value(name, &statement.scope, place));
            let value = value.map_err(|stop| stop.into_iter().for_each(|fault| log.push(fault))).ok();
            if let Some(constant) = self.constants.get_mut(name) {
                (constant.value, constant.seen) = (value, true);
            }
        }
    }

    /// The value of a name.
    pub(super) fn value(&self, name: &str, scope: &str, place: Place) -> Result<Known, Stop> {
        let key = full(scope, &name.into());
        if let Some(label) = self.labels.get(&key) {
            return Ok(Known::code(label.word));
        }
        match self.constants.get(&key) {
            Some(Constant { value: Some(value), .. }) => Ok(value.clone()),
            Some(Constant { seen: true, .. }) => Err(None),
            Some(_) => {
                let message = format!("the value of `{}` is not known yet", clip(name));
                Err(Some(Fault::new(place, message, "constants may name those above them")))
            }
            None => Err(Some(self.unknown(&key, scope, place))),
        }
    }

    fn unknown(&self, name: &str, scope: &str, place: Place) -> Fault {
        let shown = name.strip_prefix(scope).filter(|n| n.starts_with('.')).unwrap_or(name);
        let defined = self.labels.keys().chain(self.constants.keys()).map(|n| &**n).filter(|n| !n.contains('~'));
        let mut candidates: Vec<&str> = defined.collect();
        for name in names::instructions() {
            candidates.push(name);
        }
        let help = match nearest(name, candidates) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "define it with `NAME:` or `.const`".into(),
        };
        Fault::new(place, format!("unknown name `{}`", clip(shown)), help)
    }
}

/// Words that a shorthand makes.
fn size(kind: &str, way: &Way) -> u32 {
    match (kind, way) {
        ("slot", Way::Slots(path)) => 1 + path.len() as u32,
        ("call", Way::Direct(_)) => 2,
        (_, Way::Direct(_)) => 1,
        (_, Way::Slots(path)) => 2 + path.len() as u32,
        (_, Way::Lost) => 1,
    }
}
