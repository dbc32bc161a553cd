// SPDX-License-Identifier: MIT OR Apache-2.0
//! Signals that ask for an end: Ctrl-C, the one of queues and of `kill`, the one of a terminal that closes.

/// Calls `asked` at each. One that was ignored when this process began stays ignored: whoever started it said so
/// (`nohup`, a shell's `&`). `without` is what an end will lack if that is not possible.
pub fn on_end(without: &str, asked: impl FnMut() + Send + 'static) {
    let ignored = ignored::now();
    if let Err(e) = ctrlc::set_handler(asked) {
        tell!("avm: Ctrl-C will end this without {without}: {e}");
    }
    ignored::again(&ignored);
}

/// Ends the process without finishing anything.
pub fn end_at_once() -> ! {
    crate::making::abandon();
    std::process::exit(130)
}

#[cfg(unix)]
mod ignored {
    use libc::{SIG_IGN, SIGHUP, SIGINT, SIGTERM, c_int, sigaction};

    pub fn now() -> Vec<c_int> {
        let is_ignored = |signal: &c_int| {
            // SAFETY: all zeros are a value of this plain C type.
            let mut action: sigaction = unsafe { std::mem::zeroed() };
            // SAFETY: it only writes to `action`, which outlives the call.
            let asked = unsafe { sigaction(*signal, std::ptr::null(), &raw mut action) };
            asked == 0 && action.sa_sigaction == SIG_IGN
        };
        [SIGHUP, SIGINT, SIGTERM].into_iter().filter(is_ignored).collect()
    }

    pub fn again(signals: &[c_int]) {
        for signal in signals {
            // SAFETY: no function of this process is named, so that none can run at a wrong time.
            unsafe { libc::signal(*signal, SIG_IGN) };
        }
    }
}

#[cfg(not(unix))]
mod ignored {
    pub fn now() {}
    pub fn again((): &()) {}
}
