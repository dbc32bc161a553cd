// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where io_uring is not allowed, as in many containers, the database says so; it would wait for ever.

use std::process::Command;

use avm_ledger::edb::disk::{Disk, Options};
use avm_sim::algorand::world::PageId;

/// Set for the process that may not have io_uring.
const VICTIM: &str = "AVM_LEDGER_NO_RING";

/// No test of its own: what the process does that may not.
#[test]
fn victim() {
    let Ok(directory) = std::env::var(VICTIM) else { return };
    forbid();
    let error = Disk::<PageId>::open(directory.as_ref(), Options::small()).err().expect("refused");
    println!("refused: {error}");
}

/// From now on this process gets "not permitted" for `io_uring_setup`.
fn forbid() {
    let step = |code: u32, jt, jf, k| libc::sock_filter { code: code as u16, jt, jf, k };
    let mut steps = [
        // The number of the call is the first word.
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, 1, libc::SYS_io_uring_setup as u32),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ERRNO | libc::EPERM as u32),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let filter = libc::sock_fprog { len: steps.len() as u16, filter: steps.as_mut_ptr() };
    // SAFETY: the filter outlives both calls, which copy it.
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        assert_eq!(libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const filter), 0);
    }
}

#[test]
fn without_io_uring_there_is_a_message() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command.args(["ring::victim", "--exact", "--nocapture"]).env(VICTIM, folder.path().join("heap"));
    let out = command.output().expect("a process");
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(said.contains("refused: database: io_uring is needed, but it is not allowed here"), "{said}");
}
