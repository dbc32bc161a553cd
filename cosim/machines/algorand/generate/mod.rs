// SPDX-License-Identifier: MIT OR Apache-2.0
//! Random programs: call graphs over several applications, with everything that the machine has, for lockstep.
//!
//! A program is drawn as a tree of snippets ([`Plan`]) that can be taken apart again, and becomes a [`Scenario`] in
//! memory ([`Plan::build`]) or files ([`Plan::sources`], [`Plan::scenario_toml`]) with the same images. The same seed
//! and [`Options`] give the same plan everywhere.
//!
//! Programs end soon: methods only invoke those drawn before them, or any with a depth that is counted down;
//! loops have counters that nothing else writes; and the tank is bounded by [`Options::size`] for what
//! code that went astray may do.
//!
//! | file | |
//! | --- | --- |
//! | `plan`, `step` | the tree and its instructions, serialisable |
//! | `lower`, `build`, `text` | code from it: as bytes and the scenario, as source and its file |
//! | `draw` | applications, methods, calls, limits, access lists |
//! | `here` | where a snippet is drawn |
//! | `body`, `line`, `illegal` | snippets: control and invocations; straight lines; what throws |
//! | `fuel` | tanks that run dry at a chosen instruction |

mod body;
mod build;
mod dice;
mod draw;
mod fuel;
mod here;
mod illegal;
mod line;
mod lower;
mod plan;
mod step;
mod text;

pub use build::BuildError;
pub use draw::plan;
pub use plan::{App, Call, End, Latency, Limits, Listed, Method, Page, Plan, Snippet};
pub use step::Step;

use crate::machines::algorand::scenario::Scenario;

/// What programs are made of. Shares of snippets are weights, relative to 100 for arithmetic; those in 1,000 are
/// of programs or calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Applications, fewest and most; at most 8.
    pub apps: (u32, u32),
    /// Calls, fewest and most.
    pub calls: (u32, u32),
    /// Instructions that all calls together are to execute, about; the largest is 4,000.
    pub size: u32,
    /// Weight of loads and stores in heap pages, and of allocating and freeing them.
    pub heap: u32,
    /// Weight of internal invocations.
    pub internal: u32,
    /// Weight of external invocations.
    pub external: u32,
    /// Weight of natives.
    pub natives: u32,
    /// Weight of loops.
    pub loops: u32,
    /// Weight of acts that throw or end the call.
    pub illegal: u32,
    /// Programs in 1,000 with something missing from an access list.
    pub incomplete: u32,
    /// Calls in 1,000 whose fuel runs out near an instruction of theirs.
    pub starved: u32,
    /// Programs in 1,000 with lowered limits.
    pub lowered: u32,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            apps: (1, 6),
            calls: (1, 3),
            size: 500,
            heap: 80,
            internal: 40,
            external: 60,
            natives: 8,
            loops: 25,
            illegal: 12,
            incomplete: 100,
            starved: 120,
            lowered: 100,
        }
    }
}

impl Options {
    /// Call graphs: several applications that invoke one another a lot.
    pub fn call_graphs() -> Options {
        Options { apps: (4, 6), heap: 120, internal: 60, external: 150, loops: 15, ..Options::default() }
    }
}

/// The call graphs of these seeds, each over four to six applications.
pub fn call_graphs(seeds: impl IntoIterator<Item = u64>) -> impl Iterator<Item = Scenario> {
    let options = Options::call_graphs();
    seeds.into_iter().map(move |seed| plan(seed, &options).build().expect("a plan that was drawn is within all limits"))
}
