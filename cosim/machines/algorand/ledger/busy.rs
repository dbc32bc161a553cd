// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a person sees who waits: nothing for a second, then what is being done.

use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::ProgressBar;

/// Something that may take long, as long as this lives.
pub struct Busy {
    bar: ProgressBar,
    over: Option<Sender<()>>,
    waiting: Option<JoinHandle<()>>,
}

impl Busy {
    /// So many steps of something; 1 if nobody knows.
    pub fn with(what: &'static str, steps: usize) -> Busy {
        let bar = ProgressBar::hidden();
        bar.set_length(steps as u64);
        let (over, ended) = channel::<()>();
        let shown = bar.clone();
        let show = move || {
            if ended
                .recv_timeout(Duration::from_secs(1))
                .is_err_and(|e| e == std::sync::mpsc::RecvTimeoutError::Timeout)
            {
                shown.set_message(what);
                // A person's terminal alone shows it.
                shown.set_draw_target(indicatif::ProgressDrawTarget::stderr());
                shown.enable_steady_tick(Duration::from_millis(100));
                let _ = ended.recv();
            }
        };
        let waiting = std::thread::Builder::new().name("busy".into()).spawn(show).ok();
        if let Ok(style) = indicatif::ProgressStyle::with_template("{spinner} {msg} [{bar:30}] {pos}/{len} {elapsed}") {
            bar.set_style(style);
        }
        Busy { bar, over: Some(over), waiting }
    }

    /// One step is done.
    pub fn step(&self) {
        self.bar.inc(1);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        drop(self.over.take());
        let _ = self.waiting.take().map(JoinHandle::join);
        self.bar.finish_and_clear();
    }
}
