//! What std has no function for: how wide the terminal is, and limits for a child.
#![allow(unsafe_code)]

use std::io;
use std::mem::zeroed;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// How many columns the terminal behind stdout has.
pub fn columns() -> Option<usize> {
    // SAFETY: `winsize` is plain numbers, and the call writes into it alone.
    let size = unsafe {
        let mut size: libc::winsize = zeroed();
        (libc::ioctl(libc::STDOUT_FILENO, libc::TIOCGWINSZ, &mut size) == 0)
            .then_some(size)
    };
    size.map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// The child ends with this program, however that ends.
pub fn end_with_us(command: &mut Command) {
    let prepare = || {
        // SAFETY: a system call without pointers.
        match unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    };
    // SAFETY: between fork and exec it makes a system call and nothing else.
    unsafe { command.pre_exec(prepare) };
}

/// The child gets so much memory at most, and leaves no core file behind.
pub fn limit(command: &mut Command, bytes: u64) {
    let prepare = move || {
        for (what, most) in [(libc::RLIMIT_DATA, bytes), (libc::RLIMIT_CORE, 0)] {
            let most = libc::rlimit { rlim_cur: most as _, rlim_max: most as _ };
            // SAFETY: it reads the numbers, which live until it returns. If it fails, the
            // check runs without.
            unsafe { libc::setrlimit(what, &most) };
        }
        Ok(())
    };
    // SAFETY: as above.
    unsafe { command.pre_exec(prepare) };
}
