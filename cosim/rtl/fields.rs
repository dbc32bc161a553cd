// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a core model's field table and the list of registers of its RTL say the same: lockstep compares the one with
//! the other by index, so a register that is missing or elsewhere in one of them would be compared with its neighbour.

use avm_sim::trace::{Core as _, Field, Layout};

use super::registers::{self, Register};
use crate::machines::Machine;

/// Checks a machine.
///
/// # Errors
/// In words: the first register that is not the same in both.
pub fn check<M: Machine>() -> Result<(), String> {
    let list = registers::parse(M::RTL.registers).map_err(|e| format!("machine {}: {e}", M::NAME))?;
    differing(M::Core::FIELDS, &list).map_or(Ok(()), |what| Err(format!("machine {}: {what}", M::NAME)))
}

/// What is said of a register: width, place in the packed probe, and the field that qualifies it.
type Said<'a> = (u32, u32, Option<&'a str>);

/// The first register that the field table and the list do not say the same of, in words.
fn differing(fields: &'static [Field], list: &[Register<'_>]) -> Option<String> {
    let model: Vec<(&str, Said<'_>)> =
        Layout::new(fields).iter().map(|(f, at)| (f.name, (f.width.into(), at, f.valid))).collect();
    let list: Vec<(&str, Said<'_>)> = list.iter().map(|r| (r.field, (r.width, r.at, r.valid))).collect();
    let places = 0..model.len().max(list.len());
    places.map(|i| (model.get(i), list.get(i))).find(|(model, list)| model != list).map(|differing| match differing {
        (Some((name, model)), Some((other, list))) if name == other => {
            format!("register `{name}` has {} in FIELDS, {} in the list of registers", said(model), said(list))
        }
        (Some((name, _)), Some((other, _))) => {
            format!("register `{name}` of FIELDS is where the list of registers has `{other}`")
        }
        (Some((name, _)), None) => format!("register `{name}` of FIELDS is not in the list of registers"),
        (None, Some((name, _))) => format!("register `{name}` of the list of registers is not in FIELDS"),
        (None, None) => String::new(),
    })
}

fn said((width, at, valid): &Said<'_>) -> String {
    let valid = valid.map_or_else(String::new, |v| format!(", valid with `{v}`"));
    format!("{width} bits at {at}{valid}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[Field] = &[
        Field { name: "a_q", width: 17, valid: Some("v_q") },
        Field { name: "wide_q", width: 73, valid: None },
        Field { name: "v_q", width: 2, valid: None },
    ];
    const LIST: &str = "a_q unit a_q 0 17 0 v_q\nwide_q unit wide_q 0 73 64 -\nv_q top v_q 0 2 192 -\n";

    #[test]
    fn what_is_not_the_same_is_named() {
        let found = |list: &str| differing(FIELDS, &registers::parse(list).expect("a list"));
        assert_eq!(found(LIST), None);
        let both = "in FIELDS, ";
        for (from, to, name, says) in [
            ("0 17 0", "0 16 0", "a_q", "17 bits at 0, valid with `v_q` in FIELDS, 16 bits at 0, valid with `v_q`"),
            ("0 2 192", "0 2 190", "v_q", "2 bits at 192 in FIELDS, 2 bits at 190"),
            ("17 0 v_q", "17 0 -", "a_q", both),
            ("73 64 -", "73 64 v_q", "wide_q", both),
            ("wide_q unit", "other_q unit", "wide_q", "is where the list of registers has `other_q`"),
            ("v_q top v_q 0 2 192 -\n", "", "v_q", "is not in the list of registers"),
        ] {
            let what = found(&LIST.replacen(from, to, 1)).unwrap_or_default();
            assert!(what.starts_with(&format!("register `{name}` ")) && what.contains(says), "{to}: {what}");
        }
        let more = found(&format!("{LIST}w_q top w_q 0 1 194 -\n"));
        assert_eq!(more.as_deref(), Some("register `w_q` of the list of registers is not in FIELDS"));
    }
}
