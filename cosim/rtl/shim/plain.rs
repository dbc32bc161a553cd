// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether the state of a verilated design is plain data, so that a copy of its bytes is a snapshot. For the build
//! script, which asks for every design, and for the test of this very check.

/// Types of members that are plain data.
const PLAIN: [&str; 8] = ["CData/", "SData/", "IData/", "QData/", "VlWide<", "VL_IN", "VL_OUT", "VlTriggerVec<"];

/// The first member in the header of a root object (`V*___024root.h`) whose bytes are not its whole state: strings,
/// queues, associative arrays, pointers to parts of the design that Verilator did not inline. `None`: there is none.
pub fn first_not_plain(header: &str) -> Option<&str> {
    let class = header.lines().skip_while(|l| !(l.starts_with("class ") && l.contains('{'))).skip(1);
    let members = class.take_while(|l| !l.trim().starts_with("// CONSTRUCTORS")).map(str::trim);
    members.filter(|l| l.ends_with(';') && *l != "};").find(|l| !plain(l))
}

/// Why a design whose root object has this header is refused; `None` if it is not.
pub fn refusal(design: &str, header: &str) -> Option<String> {
    let member = first_not_plain(header)?;
    Some(format!(
        "the verilated RTL of {design} has state that a snapshot cannot copy: `{member}`. Use no strings, queues or \
         associative arrays in it, and let Verilator inline all modules."
    ))
}

fn plain(member: &str) -> bool {
    let mut of = member;
    while let Some(element) = of.strip_prefix("VlUnpacked<") {
        of = element;
    }
    // Set once, when an instance is made: its bytes go back to that instance alone.
    let fixed = member.ends_with(" vlSymsp;") || member == "const char* vlNamep;" || member.starts_with("static const");
    fixed || PLAIN.iter().any(|p| of.starts_with(p))
}
