//! The counting: valgrind's cachegrind, without its simulation of caches.

use std::process::Command;

/// The instructions of doing the work once, of so many times that it is repeated.
/// What comes before and after the repeats is in another run, which has none, and
/// is subtracted.
pub(crate) fn instructions(work: &str, times: u32) -> Result<u64, String> {
    let (with, without) = (all_instructions(work, times)?, all_instructions(work, 0)?);
    Ok(with.saturating_sub(without) / u64::from(times))
}

/// The instructions of the whole process.
fn all_instructions(work: &str, times: u32) -> Result<u64, String> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        // The length of the environment moves the stack.
        .env_clear()
        .args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"])
        .arg(this)
        .args(["--work", work, &times.to_string()])
        .output()
        .map_err(|error| format!("valgrind (Debian: valgrind): {error}"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    let count = text.lines().find_map(|line| line.split_once("I   refs:")).map(|(_, count)| count);
    let count = count.and_then(|count| count.trim().replace(',', "").parse().ok());
    match count {
        Some(count) if output.status.success() => Ok(count),
        _ => Err(format!("valgrind could not count the instructions of '{work}': {text}")),
    }
}
