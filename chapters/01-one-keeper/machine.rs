//! What the operating system is asked here: to fork, to wait, to pin, and what memory is
//! used.

use std::io;
use std::{fs, mem, process};

/// A child process. Dropping it waits for its end, so none is left behind.
pub struct Child(libc::pid_t);

/// Splits the process in two. Returns the child to the parent, and `None` to the child,
/// which has to end by [`exit_now`].
///
/// # Errors
///
/// There are as many processes as the system allows (`EAGAIN`), or no memory is left.
///
/// # Safety
///
/// The process has one thread. Otherwise the copy is made of whatever the others were
/// in the middle of: a lock that nobody will release, a half-changed heap.
pub unsafe fn fork() -> io::Result<Option<Child>> {
    // SAFETY: the caller promises that no other thread is in the middle of anything.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(None),
        id => Ok(Some(Child(id))),
    }
}

/// Ends the process at once: nothing is dropped, flushed or called, because all of that
/// belongs to the parent.
pub fn exit_now() -> ! {
    // SAFETY: `_exit` takes any number and touches no memory.
    unsafe { libc::_exit(0) }
}

impl Child {
    pub fn id(&self) -> String {
        self.0.to_string()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        loop {
            // SAFETY: the status may be null; the id is that of a child not waited for.
            let result = unsafe { libc::waitpid(self.0, std::ptr::null_mut(), 0) };
            let interrupted =
                || io::Error::last_os_error().kind() == io::ErrorKind::Interrupted;
            if result != -1 || !interrupted() {
                return;
            }
        }
    }
}

/// While it lives, this thread and all that it creates run on one core.
pub struct Pinned {
    before: libc::cpu_set_t,
}

impl Pinned {
    /// Pins this thread to the core on which it runs.
    ///
    /// # Errors
    ///
    /// The system does not allow it.
    pub fn here() -> io::Result<Pinned> {
        // SAFETY: a set of cores is an array of bits; all zeroes is the empty set.
        let mut before: libc::cpu_set_t = unsafe { mem::zeroed() };
        let size = size_of::<libc::cpu_set_t>();
        // SAFETY: `before` is `size` bytes that the kernel may write.
        check(unsafe { libc::sched_getaffinity(0, size, &raw mut before) })?;
        // SAFETY: it takes nothing and returns a number.
        let core = check(unsafe { libc::sched_getcpu() })?;
        // SAFETY: as above.
        let mut here: libc::cpu_set_t = unsafe { mem::zeroed() };
        // SAFETY: cores beyond the size of the set are ignored.
        unsafe { libc::CPU_SET(usize::try_from(core).unwrap_or(0), &mut here) };
        set_cores(&here)?;
        Ok(Pinned { before })
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        // What was allowed before is allowed again; if not, the figures tell.
        let _ = set_cores(&self.before);
    }
}

/// Sets the cores on which this thread may run.
fn set_cores(cores: &libc::cpu_set_t) -> io::Result<()> {
    let size = size_of::<libc::cpu_set_t>();
    // SAFETY: `cores` is `size` bytes that the kernel may read.
    check(unsafe { libc::sched_setaffinity(0, size, &raw const *cores) }).map(drop)
}

/// The result of a system call, or the error that it left.
fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// What memory a process has of its own, in bytes: the pages that it shares with nobody,
/// and the page tables. Read from `/proc`.
///
/// # Errors
///
/// The process is gone, or there is no such file on this system.
pub fn own_memory(process: &str) -> io::Result<f64> {
    let read = |name: &str| {
        let path = format!("/proc/{process}/{name}");
        fs::read_to_string(&path)
            .map_err(|error| io::Error::new(error.kind(), format!("{path}: {error}")))
    };
    let (pages, status) = (read("smaps_rollup")?, read("status")?);
    let private = field(&pages, "Private_Clean:") + field(&pages, "Private_Dirty:");
    Ok(private + field(&status, "VmPTE:"))
}

/// The same of this process.
///
/// # Errors
///
/// As [`own_memory`].
pub fn own_memory_here() -> io::Result<f64> {
    own_memory(&process::id().to_string())
}

/// The bytes in a line such as `VmPTE:   48 kB`.
fn field(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    1024.0 * kilobytes.unwrap_or(0.0)
}
