//! Opens a page in the reader's browser.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How long an opener has time to say that it cannot. One that still runs then has become the browser.
const PATIENCE: Duration = Duration::from_secs(2);

/// Opens the page at the address `page` by the first of the desktop's openers that can.
///
/// # Errors
///
/// When none can: on a machine without a browser, or without a screen.
pub fn open(page: &str) -> Result<()> {
    if open::commands(page).into_iter().any(starts) {
        return Ok(());
    }
    bail!(
        "I found no browser to open it. The variable BROWSER can name a browser's command."
    )
}

/// Starts `opener`: whether it has not failed by the end of our patience.
fn starts(mut opener: Command) -> bool {
    opener.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut child) = opener.spawn() else { return false };
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => thread::sleep(Duration::from_millis(20)),
            Err(_) => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opener_that_fails_or_is_missing_is_passed_over() {
        assert!(!starts(Command::new("false")));
        assert!(!starts(Command::new("there-is-no-such-opener")));
        assert!(starts(Command::new("true")));
    }
}
