// SPDX-License-Identifier: MIT OR Apache-2.0
//! One row for each mutant, and the table of them: tab-separated, with a header.

use super::Mutant;
use super::judge::{Judged, Kill, WAYS};

/// What a mutant that no retirement kills is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Category {
    /// Killed by retirements: needs no reason.
    #[default]
    Killed,
    /// No input can tell the module from the original, whatever its registers hold.
    Equivalent,
    /// Not observable by retirements, for a written reason.
    Marked(String),
    /// All that retired and ended was right, in other clocks.
    Timing,
    /// Only the probe saw a difference; the clocks were the same.
    Internal,
    /// Nothing saw a difference.
    Silent,
}

impl Category {
    const NAMES: [&str; 6] = ["killed", "equivalent", "marked", "timing", "internal", "silent"];

    /// One word.
    pub fn name(&self) -> &'static str {
        let index = match self {
            Category::Killed => 0,
            Category::Equivalent => 1,
            Category::Marked(_) => 2,
            Category::Timing => 3,
            Category::Internal => 4,
            Category::Silent => 5,
        };
        Category::NAMES[index]
    }

    /// Why; empty where the name says it.
    pub fn reason(&self) -> &str {
        match self {
            Category::Equivalent => "equivalent: miter",
            Category::Marked(reason) => reason,
            _ => "",
        }
    }
}

/// A mutant and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The mutant.
    pub mutant: Mutant,
    /// What killed it.
    pub judged: Judged,
    /// What it is.
    pub category: Category,
}

impl Row {
    /// A row whose category follows from the runs alone.
    pub fn new(mutant: Mutant, judged: Judged) -> Row {
        let category = match &judged {
            Judged { kills: [_, Some(_), _], .. } => Category::Killed,
            Judged { other_clocks: true, .. } => Category::Timing,
            Judged { kills: [Some(_), ..], .. } => Category::Internal,
            _ => Category::Silent,
        };
        Row { mutant, judged, category }
    }

    fn cells(&self) -> Vec<String> {
        let mut cells = vec![self.mutant.module.clone(), self.mutant.number.to_string(), self.mutant.source.clone()];
        for kill in &self.judged.kills {
            let (tier, scenario) = kill.as_ref().map_or(("", ""), |k| (&k.tier, &k.scenario));
            cells.extend([tier.to_string(), scenario.to_string()]);
        }
        let clocks = if self.judged.other_clocks { "other" } else { "" };
        cells.extend([clocks.into(), self.category.name().into(), self.category.reason().into()]);
        cells.push(self.mutant.line.clone());
        cells
    }

    /// A row as it was before marks and miters; `None` if the line is none.
    fn parse(line: &str) -> Option<Row> {
        let cells: Vec<&str> = line.split('\t').collect();
        let [module, number, source, kills @ .., clocks, _, _, mutate] = &cells[..] else { return None };
        if kills.len() != 2 * WAYS.len() {
            return None;
        }
        let kill = |pair: &[&str]| {
            (!pair[0].is_empty()).then(|| Kill { tier: pair[0].to_string(), scenario: pair[1].to_string() })
        };
        let kills: Vec<_> = kills.chunks(2).map(kill).collect();
        let judged = Judged { kills: kills.try_into().ok()?, other_clocks: *clocks == "other" };
        let mutant = Mutant::new(module, number.parse().ok()?, mutate);
        Some(Row::new(Mutant { source: source.to_string(), ..mutant }, judged))
    }
}

fn header() -> String {
    let ways = WAYS.map(|w| format!("{w} tier\t{w} scenario")).join("\t");
    format!("module\tmutant\tsource\t{ways}\tclocks\tcategory\treason\tmutate")
}

/// The rows as a table, with a header.
pub fn table(rows: &[Row]) -> String {
    header() + "\n" + &rows.iter().map(|r| r.cells().join("\t") + "\n").collect::<String>()
}

/// The rows of a [`table`]; `None` if the text is something else.
pub fn parse(text: &str) -> Option<Vec<Row>> {
    let mut lines = text.lines();
    if lines.next()? != header() {
        return None;
    }
    lines.map(Row::parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_as_they_were_written() {
        let kill = |scenario: &str| Some(Kill { tier: "units".into(), scenario: scenario.into() });
        let mutant = |n| Mutant::new("alu", n, "mutate -mode inv -src rtl/a.sv:5.1-5.2");
        let judged = [
            Judged { kills: [kill("a"), kill("b"), kill("c")], other_clocks: false },
            Judged { kills: [kill("a"), None, None], other_clocks: true },
            Judged { kills: [kill("a"), None, None], other_clocks: false },
            Judged::default(),
        ];
        let rows: Vec<_> = judged.into_iter().enumerate().map(|(n, j)| Row::new(mutant(n), j)).collect();
        let names: Vec<_> = rows.iter().map(|r| r.category.name()).collect();
        assert_eq!(names, ["killed", "timing", "internal", "silent"]);
        assert_eq!(parse(&table(&rows)).as_ref(), Some(&rows));
        assert_eq!(parse("something else"), None);
    }
}
