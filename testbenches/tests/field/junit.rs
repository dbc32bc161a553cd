// SPDX-License-Identifier: MIT OR Apache-2.0
//! JUnit reports are what Jenkins' xUnit schema (junit-10.xsd of its plugin) allows. The rules that its elements and
//! attributes have are written down here; the crates that read schemas do not read this one.

use std::fs;

use roxmltree::{Document, Node};

use super::folders;
use crate::support::avm;

/// Attributes of an element: those it must have, those it may have; the elements that may be in it; whether text may.
type Rule = (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str], bool);

const RULES: [Rule; 9] = [
    ("testsuites", &[], &["name", "time", "tests", "failures", "errors"], &["testsuite"], false),
    (
        "testsuite",
        &["name", "tests", "failures", "errors"],
        &["group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"],
        &["testsuite", "properties", "testcase", "system-out", "system-err"],
        false,
    ),
    (
        "testcase",
        &["name"],
        &["time", "classname", "group"],
        &["skipped", "error", "failure", "system-out", "system-err"],
        false,
    ),
    ("failure", &[], &["type", "message"], &[], true),
    ("error", &[], &["type", "message"], &[], true),
    ("skipped", &[], &["type", "message"], &[], true),
    ("properties", &[], &[], &["property"], false),
    ("property", &["name", "value"], &[], &[], false),
    ("system-out", &[], &[], &[], true),
];

/// What in an element the schema does not allow.
fn refused(node: Node<'_, '_>) -> Vec<String> {
    let name = node.tag_name().name();
    let Some((_, must, may, within, text)) = RULES.iter().find(|r| r.0 == name) else {
        return vec![format!("<{name}> is not known")];
    };
    let has = |a: &str| node.attribute(a).is_some();
    let mut found: Vec<String> = must.iter().filter(|a| !has(a)).map(|a| format!("<{name}> has no {a}")).collect();
    let other = node.attributes().map(|a| a.name()).filter(|a| !must.contains(a) && !may.contains(a));
    found.extend(other.map(|a| format!("<{name}> has {a}")));
    let time = node.attribute("time").filter(|_| name != "testcase");
    found.extend(time.filter(|t| !is_time(t)).map(|t| format!("<{name}> has time {t}")));
    for child in node.children() {
        let tag = child.tag_name().name();
        match (child.is_element(), child.text()) {
            (true, _) if within.contains(&tag) => found.extend(refused(child)),
            (true, _) => found.push(format!("<{tag}> in <{name}>")),
            (false, Some(t)) if !text && !t.trim().is_empty() => found.push(format!("text in <{name}>")),
            _ => {}
        }
    }
    found
}

/// `SUREFIRE_TIME`: digits, with or without commas between thousands, and decimals.
fn is_time(text: &str) -> bool {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    whole.split(',').all(digits) && digits(decimals)
}

fn check(text: &str) -> Vec<String> {
    refused(Document::parse(text).expect("XML").root_element())
}

#[test]
fn the_rules_refuse_what_the_schema_refuses() {
    let suite = |attributes: &str, inside: &str| {
        format!(
            "<testsuites><testsuite tests=\"1\" failures=\"0\" errors=\"0\" {attributes}>{inside}</testsuite></testsuites>"
        )
    };
    assert_eq!(check(&suite("name=\"x\" time=\"1,234.500\"", "<testcase name=\"y\" time=\"0.1\"/>")), [""; 0]);
    assert_eq!(check("<testsuites skipped=\"1\"/>"), ["<testsuites> has skipped"]);
    assert_eq!(check(&suite("", "")), ["<testsuite> has no name"]);
    assert_eq!(check(&suite("name=\"x\" time=\"soon\"", "text")), ["<testsuite> has time soon", "text in <testsuite>"]);
    assert_eq!(check(&suite("name=\"x\"", "<case/>")), ["<case> in <testsuite>"]);
}

#[test]
fn reports_are_valid() {
    let folder = folders(&["good", "bad", "known"], &["bad", "known"]);
    let at = folder.path();
    let known = "[[known]]\nsignature = \"expectation:outcome:known/sum.toml\"\nuntil = \"2999-12-31\"\nreason = \"a < b & c\"\n";
    fs::write(at.join("known.toml"), known).expect("written");
    let common = ["regress", "--no-store", "--known", "known.toml", "--junit", "r.xml", "--seeds", "0..70"];
    for (more, skipped) in
        [(&["good"][..], false), (&["good", "bad", "known"], true), (&["--fault", "add_carry"], false)]
    {
        let called = avm(at, &[&common, more].concat());
        assert!(called.code < 2, "{called:?}");
        let text = fs::read_to_string(at.join("r.xml")).expect("written");
        assert_eq!(check(&text), [""; 0], "{text}");
        assert_eq!(text.contains("<skipped"), skipped, "{text}");
        let document = Document::parse(&text).expect("XML");
        let root = document.root_element();
        assert_eq!(root.attribute("name"), Some("avm regress"));
        assert!(["tests", "failures", "errors", "time"].iter().all(|a| root.attribute(*a).is_some()), "{text}");
    }
}
