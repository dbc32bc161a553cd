// SPDX-License-Identifier: MIT OR Apache-2.0
//! Making something smaller step by step, as long as it fails in the same way.

use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::judge::{Failed, Judge};
use crate::machines::Machine;

/// Something that can be run.
pub trait Candidate: Clone + PartialEq + Debug {
    /// What it is a program of.
    type Machine: Machine;
    /// It as a scenario; `None` if it is none.
    fn scenario(&self) -> Option<<Self::Machine as Machine>::Scenario>;
}

/// The smallest candidate so far.
pub struct Search<'s, 'w, T: Candidate> {
    /// Who is asked.
    pub judge: &'s mut Judge<'w, T::Machine>,
    /// It fails.
    pub best: T,
    /// How it does.
    pub failed: Failed,
}

impl<T: Candidate> Search<'_, '_, T> {
    /// Takes a candidate that fails.
    pub fn attempt(&mut self, candidate: T) -> bool {
        if candidate == self.best || self.judge.over() {
            return false;
        }
        let mut hasher = DefaultHasher::new();
        format!("{candidate:?}").hash(&mut hasher);
        let failed = candidate.scenario().and_then(|s| self.judge.fails(hasher.finish(), &s));
        let Some(failed) = failed else { return false };
        (self.best, self.failed) = (candidate, failed);
        true
    }

    /// Takes what a change makes of the smallest candidate, if that fails.
    pub fn change(&mut self, change: impl FnOnce(&mut T)) -> bool {
        let mut candidate = self.best.clone();
        change(&mut candidate);
        self.attempt(candidate)
    }

    /// Delta debugging: removes as many of `n` parts as it can, in chunks that become smaller; `keep` makes a candidate
    /// of those parts that are marked. Gives whether anything was removed.
    pub fn ddmin(&mut self, n: usize, keep: impl Fn(&mut T, &[bool])) -> bool {
        let base = self.best.clone();
        let mut kept = vec![true; n];
        let (mut chunk, mut removed) = (n, false);
        while chunk > 0 && !self.judge.over() {
            let there: Vec<usize> = (0..n).filter(|i| kept[*i]).collect();
            // From the end: what comes later hangs on what comes before.
            for part in there.rchunks(chunk) {
                let mut candidate = base.clone();
                part.iter().for_each(|i| kept[*i] = false);
                keep(&mut candidate, &kept);
                match self.attempt(candidate) {
                    true => removed = true,
                    false => part.iter().for_each(|i| kept[*i] = true),
                }
            }
            chunk = if chunk == 1 { 0 } else { chunk.div_ceil(2).min(kept.iter().filter(|k| **k).count()) };
        }
        removed
    }
}

/// Smaller values to try for `v`, the smallest first; the measure is the distance from 0.
pub fn smaller(v: i64) -> Vec<i64> {
    let size = v.unsigned_abs();
    let mut tried = vec![0, 1, -1, 2, 8, v & 0xff, v & 0xffff, v & 0xffff_ffff, v / 2];
    // Steps of one only where there are few.
    if size <= 64 {
        tried.push(v - v.signum());
    }
    tried.retain(|t| t.unsigned_abs() < size || t.unsigned_abs() == size && *t > v);
    tried.sort_by_key(|t| t.unsigned_abs());
    tried.dedup();
    tried
}
