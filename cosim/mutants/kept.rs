// SPDX-License-Identifier: MIT OR Apache-2.0
//! What runs before have found out about a batch: what was tried, and what killed which mutant. A kill holds as long as
//! the scenario that made it is the same, so that after a new scenario only survivors are tried again, on that one.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use super::group::Group;
use super::judge::Judged;
use super::results::{self, Row};
use super::work::Work;
use super::{Mutant, Trouble};
use crate::machines::Machine;
use crate::rtl::object::put;

/// What the first line begins with; the table of rows follows it.
const TRIED: &str = "tried";

/// Of one batch, as far as it holds.
#[derive(Debug, Default)]
pub struct Kept {
    /// Some or all of the batch's mutants.
    pub rows: Vec<Row>,
    /// Groups that each of them was tried on, unless every way had killed it: by [`Group`]'s `id`.
    pub tried: HashSet<String>,
}

impl Kept {
    /// Reads what [`Kept::write`] wrote, without what no longer holds for `work`. Nothing if there is nothing.
    pub fn read<M: Machine>(path: &Path, work: &Work<M>) -> Kept {
        fs::read_to_string(path).ok().and_then(|text| Kept::parse(&text, work)).unwrap_or_default()
    }

    fn parse<M: Machine>(text: &str, work: &Work<M>) -> Option<Kept> {
        let (first, table) = text.split_once('\n')?;
        let tried: HashSet<_> = first.strip_prefix(TRIED)?.split_whitespace().map(String::from).collect();
        let groups: HashMap<&str, &Group<M>> =
            work.groups.iter().flat_map(|g| g.names().map(move |n| (n, g))).collect();
        let now: HashSet<_> = work.groups.iter().map(|g| g.id.clone()).collect();
        let gone = !tried.is_subset(&now);
        let holds = |Row { mutant, mut judged, .. }: Row| {
            for kill in judged.kills.iter_mut().flatten() {
                let group = groups.get(&kill.scenario[..]).filter(|g| tried.contains(&g.id))?;
                // The name of a tier says how many random programs there are today.
                kill.tier.clone_from(&work.tiers[group.tier]);
            }
            (!gone || !judged.other_clocks).then(|| Row::new(mutant, judged))
        };
        let rows = results::parse(table)?.into_iter().filter_map(holds).collect();
        Some(Kept { rows, tried })
    }

    /// Writes the rows of mutants that were tried on all of `work`.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write<M: Machine>(path: &Path, rows: &[Row], work: &Work<M>) -> Result<(), Trouble> {
        let tried = work.groups.iter().map(|g| format!(" {}", g.id)).collect::<String>();
        put(path, &format!("{TRIED}{tried}\n{}", results::table(rows)))
    }

    /// What is known of a mutant.
    pub fn of(&self, mutant: &Mutant) -> Option<&Judged> {
        self.rows.iter().find(|r| r.mutant == *mutant).map(|r| &r.judged)
    }

    /// Whether nothing is left to try for a mutant.
    pub fn settled<M: Machine>(&self, mutant: &Mutant, work: &Work<M>) -> bool {
        let all = work.groups.iter().all(|g| self.tried.contains(&g.id));
        self.of(mutant).is_some_and(|j| all || j.kills.iter().all(Option::is_some))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machines::registry::First;
    use crate::mutants::judge::Kill;

    fn work(names: &[(&str, u64)]) -> Work<First> {
        let group = |(name, clocks): &(&str, u64)| {
            let mut group = Group::new(0, Vec::new(), vec![name.to_string()]);
            group.id = format!("{name}-{clocks}");
            group
        };
        Work { name: String::new(), tiers: vec!["units".into()], groups: names.iter().map(group).collect() }
    }

    #[test]
    fn a_kill_holds_while_its_scenario_is_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("kept.tsv");
        let kill = |scenario: &str| Some(Kill { tier: "units".into(), scenario: scenario.into() });
        let mutant = |n| Mutant::new("alu", n, "mutate -mode inv");
        let judged = [
            Judged { kills: [kill("a"), kill("a"), kill("b")], other_clocks: false },
            Judged { kills: [kill("a"), None, None], other_clocks: false },
            Judged { kills: [kill("b"), None, None], other_clocks: true },
        ];
        let rows: Vec<_> = judged.into_iter().enumerate().map(|(n, j)| Row::new(mutant(n), j)).collect();
        let before = work(&[("a", 5), ("b", 6)]);
        Kept::write(&path, &rows, &before).expect("written");

        let settled = |work: &Work<First>| {
            let kept = Kept::read(&path, work);
            (0..3).map(|n| (kept.of(&mutant(n)).is_some(), kept.settled(&mutant(n), work))).collect::<Vec<_>>()
        };
        assert_eq!(settled(&before), [(true, true); 3]);
        // Another scenario: only survivors are tried.
        assert_eq!(settled(&work(&[("c", 9), ("a", 5), ("b", 6)])), [(true, true), (true, false), (true, false)]);
        // `b` is another one: what it killed, or may have delayed, is tried from the start.
        assert_eq!(settled(&work(&[("a", 5), ("b", 7)])), [(false, false), (true, false), (false, false)]);
        fs::write(&path, "something else\n").expect("written");
        assert_eq!(settled(&before), [(false, false); 3]);
    }
}
