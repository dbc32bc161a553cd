// SPDX-License-Identifier: MIT OR Apache-2.0
//! What `avm profile` writes, read by a reader of each form.

use std::collections::{BTreeMap, HashMap};
use std::fs;

use avm_cosim::profile::Profile;
use roxmltree::{Document, ParsingOptions};
use serde_json::Value;

use super::profile_of;
use crate::support::{avm, bench, root, temporary};

const FILE: &str = "contracts/exchange.toml";

fn printed(option: &str) -> String {
    let file = bench(FILE).display().to_string();
    let called = avm(root(), &["profile", option, &file]);
    assert_eq!((called.code, &*called.err), (0, ""), "{option}");
    called.out
}

/// What a run writes into a file that an option names.
fn written(option: &str, more: &[&str]) -> (String, String) {
    let (folder, scenario) = (temporary(), bench(FILE).display().to_string());
    let called = avm(folder.path(), &[&["profile", &scenario, option, "out"], more].concat());
    assert_eq!(called.code, 0, "{called:?}");
    let names: Vec<_> =
        fs::read_dir(folder.path()).expect("a folder").map(|e| e.expect("an entry").file_name()).collect();
    assert_eq!(names, ["out"], "nothing else is left");
    (fs::read_to_string(folder.path().join("out")).expect("written"), called.err)
}

#[test]
fn json_is_the_profile() {
    let read: Profile = serde_json::from_str(&printed("--json")).expect("JSON");
    let mut taken = profile_of(FILE);
    taken.scenarios.clone_from(&read.scenarios);
    assert_eq!(read, taken);
    assert_eq!(read.check(), Ok(()));
}

#[test]
fn csv_sums_up_in_every_table() {
    let text = printed("--csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let heads: Vec<String> = reader.headers().expect("heads").iter().map(String::from).collect();
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    for record in reader.records() {
        let record = record.expect("a record");
        assert_eq!(record.len(), heads.len());
        if record[0] == *"call site" {
            continue;
        }
        let number = |i: usize| record[i].parse::<u64>().unwrap_or_else(|_| panic!("{record:?}: column {i}"));
        let causes: u64 = (9..heads.len()).map(number).sum();
        assert_eq!(number(4), causes, "{record:?}");
        *sums.entry(record[0].to_string()).or_default() += number(4);
    }
    let total = profile_of(FILE).cycles;
    let all = ["line", "method", "opcode", "total"].map(|table| (table.to_string(), total));
    assert_eq!(sums, BTreeMap::from(all));
}

#[test]
fn folded_stacks_sum_up() {
    let text = printed("--folded");
    let mut sum = 0;
    for line in text.lines() {
        let (frames, cycles) = line.rsplit_once(' ').expect("frames and cycles");
        assert!(!frames.contains(' ') && frames.starts_with("exchange;"), "{line}");
        sum += cycles.parse::<u64>().expect("a number");
    }
    assert_eq!(sum, profile_of(FILE).cycles);
}

#[test]
fn the_listing_has_every_line_with_its_source() {
    let (text, profile) = (printed("--annotate"), profile_of(FILE));
    let rows: Vec<_> = text.lines().filter(|l| l.trim_start().starts_with(|c: char| c.is_ascii_digit())).collect();
    assert_eq!(rows.len(), profile.lines.iter().filter(|l| l.line > 0).count());
    let cycles: u64 =
        rows.iter().map(|l| l.split_whitespace().nth(2).expect("cycles").parse::<u64>().expect("a number")).sum();
    let start = profile.lines.iter().filter(|l| l.line == 0).map(|l| l.cycles).sum::<u64>();
    assert_eq!(cycles + start, profile.cycles);
    assert!(text.contains("exchange.avm, application") && text.contains("invoke_external"), "{text}");
}

fn document(text: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn a_flame_graph_has_frames_that_lie_on_wider_ones() {
    let (text, _) = written("--flame", &[]);
    let svg = document(&text);
    let number =
        |n: roxmltree::Node<'_, '_>, name: &str| n.attribute(name).expect(name).parse::<f64>().expect("a number");
    let rects = svg.descendants().filter(|n| n.has_tag_name(("http://www.w3.org/2000/svg", "rect")));
    let rects: Vec<_> = rects.map(|r| (number(r, "y"), number(r, "x"), number(r, "width"))).collect();
    let lowest = rects.iter().map(|r| r.0).fold(0.0, f64::max);
    assert_eq!(rects.iter().filter(|r| r.0 == lowest).count(), 1, "one frame carries all");
    for (y, x, width) in rects.iter().filter(|r| r.0 < lowest) {
        let carries =
            |r: &&(f64, f64, f64)| r.0 > *y && r.0 - y < 20.0 && r.1 <= x + 0.02 && r.1 + r.2 >= x + width - 0.02;
        assert_eq!(rects.iter().filter(carries).count(), 1, "({x}, {y}) lies on one frame");
    }
    let profile = profile_of(FILE);
    let all = svg.descendants().find_map(|n| n.text().filter(|t| t.starts_with("all: "))).expect("a title");
    assert_eq!(all, format!("all: {} cycles, 100.00 %", profile.cycles));
}

#[test]
fn the_page_needs_nothing_else_and_has_all_rows() {
    let (text, _) = written("--html", &[]);
    let (page, profile) = (document(&text), profile_of(FILE));
    for node in page.descendants() {
        for attribute in node.attributes() {
            assert!(!["src", "href", "xlink:href"].contains(&attribute.name()), "{attribute:?}");
        }
    }
    assert!(!text.contains("@import") && !text.contains("url("), "no style from elsewhere");
    let tables: Vec<_> = page.descendants().filter(|n| n.has_tag_name("table")).collect();
    let rows = |table: &roxmltree::Node<'_, '_>| {
        let body = table.children().find(|n| n.has_tag_name("tbody")).expect("rows");
        body.children().filter(|n| n.has_tag_name("tr")).count()
    };
    let wanted = [profile.opcodes.len(), profile.methods.len(), profile.call_sites.len(), profile.lines.len()];
    assert_eq!(tables.iter().map(rows).collect::<Vec<_>>(), wanted);
    // A head that is clicked beside its words sorts, too.
    assert!(text.contains("head.addEventListener('click'") && text.contains("th:has(button) { cursor: pointer; }"));
    for table in tables {
        let heads = table.descendants().filter(|n| n.has_tag_name("th")).count();
        let cells = table.descendants().filter(|n| n.has_tag_name("td")).count();
        assert_eq!(cells, heads * rows(&table));
    }
}

/// Complete events of a track are one after the other, or inside one another.
fn nests(mut spans: Vec<(u64, u64)>) -> bool {
    spans.sort_by_key(|(from, to)| (*from, std::cmp::Reverse(*to)));
    let mut open: Vec<u64> = Vec::new();
    spans.into_iter().all(|(from, to)| {
        while open.last().is_some_and(|end| *end <= from) {
            open.pop();
        }
        let inside = open.last().is_none_or(|end| to <= *end);
        open.push(to);
        inside && from < to
    })
}

#[test]
fn trace_events_nest_and_count() {
    let (text, said) = written("--perfetto", &["--clocks", "20000"]);
    assert!(said.contains("20000 clocks in out, then the run goes on: --clocks N writes more"), "{said}");
    let trace: Value = serde_json::from_str(&text).expect("JSON");
    let events = trace["traceEvents"].as_array().expect("events");
    let (mut tracks, mut curves, mut names) = (HashMap::<u64, Vec<(u64, u64)>>::new(), BTreeMap::new(), Vec::new());
    for event in events {
        let (ts, name) = (event["ts"].as_u64().unwrap_or(0), event["name"].as_str().expect("a name"));
        assert_eq!(event["pid"], 1, "{event}");
        match event["ph"].as_str().expect("a phase") {
            "X" => {
                let until = ts + event["dur"].as_u64().expect("a duration");
                assert!(until <= 20_001, "{event}");
                tracks.entry(event["tid"].as_u64().expect("a track")).or_default().push((ts, until));
            }
            "C" => {
                let last = curves.insert(name.to_string(), ts);
                assert!(last.is_none_or(|last| last < ts) && event["args"][name].is_u64(), "{event}");
            }
            "M" if name == "thread_name" => names.push(event["args"]["name"].as_str().expect("a name")),
            "M" => {}
            other => panic!("phase {other}: {event}"),
        }
    }
    assert_eq!(names, ["F", "D", "X"]);
    assert_eq!(curves.keys().collect::<Vec<_>>(), ["active methods", "log entries", "resident pages", "stack depth"]);
    assert_eq!(tracks.len(), 3);
    for (track, spans) in tracks {
        assert!(spans.len() > 100 && nests(spans), "track {track}");
    }
    assert!(events.iter().any(|e| e["name"] == "page" && e["ph"] == "X"), "stalls are there");
}

#[test]
fn spans_that_cross_are_seen() {
    assert!(nests(vec![(0, 5), (1, 3), (3, 5), (5, 6)]));
    assert!(!nests(vec![(0, 5), (3, 6)]) && !nests(vec![(2, 2)]));
}
