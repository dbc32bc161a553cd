//! What the RTL's probe shows of the outside of the core: its requests and its retirements. For reports, and for runs
//! in which the RTL's own outputs drive the host.

use avm_sim::trace::{HostOut, Layout, Request, Retire};

use super::pipeline;

/// A field, found once.
#[derive(Clone, Copy, Debug)]
struct At {
    word: usize,
    shift: u32,
    mask: u64,
}

impl At {
    fn new(layout: &Layout, name: &str) -> At {
        // A field that is not there reads 0.
        let Some(i) = layout.find(name) else { return At { word: 0, shift: 0, mask: 0 } };
        let (bit, width) = (layout.offset(i), u32::from(layout.field(i).width));
        let mask = if width >= 64 { u64::MAX } else { (1 << width) - 1 };
        At { word: bit as usize / 64, shift: bit % 64, mask }
    }

    #[inline]
    fn get(self, words: &[u64]) -> u64 {
        words[self.word] >> self.shift & self.mask
    }
}

/// Where the fields are.
#[derive(Clone, Debug)]
pub struct Seen {
    layout: Layout,
    valid: At,
    request: [At; 5],
    rsp_ready: At,
}

impl Seen {
    /// The fields of a layout.
    pub fn new(layout: &Layout) -> Seen {
        let at = |name| At::new(layout, name);
        Seen {
            layout: layout.clone(),
            valid: at("r_valid_q"),
            request: ["h_req_valid_q", "h_req_kind_q", "h_req_tag_q", "h_req_a_q", "h_req_b_q"].map(at),
            rsp_ready: at("h_rsp_ready_q"),
        }
    }

    /// The registered outputs.
    #[inline]
    pub fn outputs(&self, words: &[u64]) -> HostOut {
        let [valid, kind, tag, a, b] = self.request;
        let request =
            || Request { kind: kind.get(words) as u8, tag: tag.get(words) as u8, a: a.get(words), b: b.get(words) };
        HostOut {
            request: (valid.get(words) != 0).then(request),
            rsp_ready: self.rsp_ready.get(words) != 0,
            stream: None,
        }
    }

    /// The instruction that retired at the last clock; its place in the call is not in the probe.
    #[inline]
    pub fn retired(&self, words: &[u64]) -> Option<Retire> {
        if self.valid.get(words) == 0 { None } else { pipeline::retired(&self.layout, words) }
    }
}
