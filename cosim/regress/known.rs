// SPDX-License-Identifier: MIT OR Apache-2.0
//! Known failures: a list of signatures that do not fail a run until their date is over.

use std::fmt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use toml::Spanned;

use crate::input::{Input, InputError};

/// A day of the Gregorian calendar, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    year: i64,
    month: u8,
    day: u8,
}

impl Day {
    /// Today by the system's clock.
    pub fn today() -> Day {
        Day::of(SystemTime::now())
    }

    /// The day of a time.
    pub fn of(time: SystemTime) -> Day {
        let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        Day::from_number((seconds / 86_400) as i64)
    }

    /// From days since 1970-01-01: eras of 400 years that begin on 1 March, so that a leap day is a year's last.
    fn from_number(days: i64) -> Day {
        let z = days + 719_468;
        let (era, of_era) = (z.div_euclid(146_097), z.rem_euclid(146_097));
        let of_400 = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * of_400 + of_400 / 4 - of_400 / 100);
        let shifted = (5 * of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = of_400 + era * 400 + i64::from(month <= 2);
        Day { year, month: month as u8, day: (of_year - (153 * shifted + 2) / 5 + 1) as u8 }
    }

    fn parse(text: &str) -> Option<Day> {
        let digits =
            |s: &str, n: usize| (s.len() == n && s.bytes().all(|b| b.is_ascii_digit())).then(|| s.parse().ok());
        let mut parts = text.split('-');
        let year: i64 = digits(parts.next()?, 4)??;
        let month = digits(parts.next()?, 2)?? as u8;
        let day = digits(parts.next()?, 2)?? as u8;
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let most = match month {
            2 => 28 + u8::from(leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        (parts.next().is_none() && (1..=most).contains(&day)).then_some(Day { year, month, day })
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A known failure.
#[derive(Clone, Debug)]
pub struct Known {
    /// Signature.
    pub signature: String,
    /// Last day on which it does not fail a run.
    pub until: Day,
    /// Why it is known and still there.
    pub reason: String,
}

impl Known {
    /// Its date is over.
    pub fn expired(&self, today: Day) -> bool {
        self.until < today
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
struct File {
    #[serde(default)]
    known: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
struct Entry {
    machine: Option<Spanned<String>>,
    signature: Spanned<String>,
    until: Spanned<String>,
    reason: Spanned<String>,
}

crate::tables!(File, Entry);

/// The machine of an entry, by its index in `machines`.
fn machine(input: &Input, entry: &Entry, machines: &[&str]) -> Result<usize, InputError> {
    let Some(name) = &entry.machine else { return Ok(0) };
    machines.iter().position(|m| m == name.get_ref()).ok_or_else(|| {
        let what = format!("unknown machine `{}`", name.get_ref());
        input.error(name.span(), what, format!("this build has: {}", machines.join(", ")))
    })
}

/// Reads a list: its entries for `own`, one of `machines`. The others must be right, too.
///
/// # Errors
/// With line and column: not TOML, unknown or missing keys, not a signature, not a machine, not a date, no reason, a
/// signature twice.
pub fn read(path: &Path, own: &str, machines: &[&str]) -> Result<Vec<Known>, InputError> {
    let input = Input::read(path)?;
    let file: File = toml::from_str(input.text()).map_err(|e| {
        let help =
            "docs/regress.md: [[known]] with `signature`, `until`, `reason`, perhaps `machine`, all text".to_string();
        input.error(e.span().unwrap_or(0..0), e.message().to_string(), help)
    })?;
    let mut list: Vec<(usize, Known)> = Vec::new();
    for entry in file.known {
        let signature = entry.signature.get_ref();
        if signature.split(':').count() < 3 {
            let help = "as a report says it: class:field:mnemonic".into();
            return Err(input.error(entry.signature.span(), format!("`{signature}` is not a signature"), help));
        }
        let machine = machine(&input, &entry, machines)?;
        if list.iter().any(|(of, k)| *of == machine && k.signature == *signature) {
            return Err(input.error(entry.signature.span(), format!("`{signature}` is listed twice"), String::new()));
        }
        let Some(until) = Day::parse(entry.until.get_ref()) else {
            let what = format!("`{}` is not a date", entry.until.get_ref());
            return Err(input.error(entry.until.span(), what, "write \"YYYY-MM-DD\"".into()));
        };
        if entry.reason.get_ref().trim().is_empty() {
            return Err(input.error(entry.reason.span(), "no reason".into(), "say who waits for what".into()));
        }
        list.push((machine, Known { signature: signature.clone(), until, reason: entry.reason.into_inner() }));
    }
    list.retain(|(machine, _)| machines[*machine] == own);
    Ok(list.into_iter().map(|(_, known)| known).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days() {
        let text = |n| Day::from_number(n).to_string();
        assert_eq!(
            (text(0), text(58), text(59), text(789)),
            ("1970-01-01".into(), "1970-02-28".into(), "1970-03-01".into(), "1972-02-29".into())
        );
        assert_eq!((text(11_016), text(20_819)), ("2000-02-29".into(), "2027-01-01".into()));
        for n in -800_000..800_000 {
            let (a, b) = (Day::from_number(n), Day::from_number(n + 1));
            assert!(a < b);
        }
        assert_eq!(Day::parse("2027-01-31").map(|d| d.to_string()), Some("2027-01-31".into()));
        for bad in
            ["", "2027-1-31", "2027-02-29", "2027-13-01", "2027-01-31-1", "2027-00-10", "2027-04-31", "+027-01-01"]
        {
            assert_eq!(Day::parse(bad), None, "{bad}");
        }
        assert!(Day::parse("2028-02-29").is_some());
    }
}
