//! The CPU time that a server's processes have used.
//!
//! Linux has a clock for each process, which counts nanoseconds, and threads that
//! have ended too; the `utime` and `stime` of `/proc` are the same time in hundredths
//! of a second, too coarse for turns of 30 ms. `/proc` tells which processes a
//! process has started.

use std::collections::BTreeMap;

/// The CPU time of a process, and of those that it and they have started, in
/// nanoseconds each.
#[derive(Clone, Debug)]
pub(super) struct CpuTimes(BTreeMap<i32, u64>);

impl CpuTimes {
    /// What they have used by now; `None` where that cannot be known.
    pub(super) fn of(pid: u32) -> Option<Self> {
        let pid = i32::try_from(pid).ok()?;
        let times: BTreeMap<i32, u64> =
            with_descendants(pid).into_iter().filter_map(|pid| Some((pid, nanos(pid)?))).collect();
        times.contains_key(&pid).then_some(Self(times))
    }

    /// What was used since `earlier`, in nanoseconds. Of a process that has ended
    /// meanwhile that is not known.
    pub(super) fn since(&self, earlier: &Self) -> u64 {
        let used = |(pid, now): (&i32, &u64)| {
            now.saturating_sub(earlier.0.get(pid).copied().unwrap_or_default())
        };
        self.0.iter().map(used).sum()
    }
}

/// A process, if there is one of this id, and all whose parent, or parent's parent,
/// it is.
#[cfg(target_os = "linux")]
fn with_descendants(pid: i32) -> Vec<i32> {
    let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    for entry in entries {
        let Some(child) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        if let Some(parent) = parent(child) {
            children.entry(parent).or_default().push(child);
        }
    }
    let mut found: Vec<i32> = parent(pid).map(|_| pid).into_iter().collect();
    let mut looked_at = 0;
    while let Some(&pid) = found.get(looked_at) {
        found.extend(children.remove(&pid).unwrap_or_default());
        looked_at += 1;
    }
    found
}

/// The fourth field of `/proc/PID/stat`. The second one is a name in parentheses,
/// which may hold any letter.
#[cfg(target_os = "linux")]
fn parent(pid: i32) -> Option<i32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(target_os = "linux")]
fn nanos(pid: i32) -> Option<u64> {
    let clock = nix::time::ClockId::pid_cpu_clock_id(nix::unistd::Pid::from_raw(pid)).ok()?;
    let time = std::time::Duration::from(clock.now().ok()?);
    u64::try_from(time.as_nanos()).ok()
}

#[cfg(not(target_os = "linux"))]
fn with_descendants(_: i32) -> Vec<i32> {
    Vec::new()
}

#[cfg(not(target_os = "linux"))]
fn nanos(_: i32) -> Option<u64> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::{Child, Command, Stdio};

    use super::*;

    struct Killed(Child);

    impl Drop for Killed {
        fn drop(&mut self) {
            self.0.kill().ok();
            self.0.wait().ok();
        }
    }

    #[test]
    fn the_time_of_a_process_that_works_grows() {
        let before = CpuTimes::of(std::process::id()).expect("it runs");
        let mut sum = 0_u64;
        let used = loop {
            sum = std::hint::black_box(sum.wrapping_mul(31).wrapping_add(1));
            let used = CpuTimes::of(std::process::id()).expect("it runs").since(&before);
            if used > 1_000_000 {
                break used;
            }
        };
        assert!(used > 1_000_000);
    }

    #[test]
    fn what_a_process_has_started_belongs_to_it() {
        let mut shell = Command::new("sh");
        shell.args(["-c", "sleep 60 & echo started; wait"]).stdout(Stdio::piped());
        let mut shell = Killed(shell.spawn().expect("there is a shell"));
        let mut line = String::new();
        let stdout = shell.0.stdout.take().expect("it is piped");
        std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut line)
            .expect("a line");
        let found = with_descendants(shell.0.id() as i32);
        assert_eq!(found.len(), 2, "{found:?}");
        rustix::process::kill_process(
            rustix::process::Pid::from_raw(found[1]).expect("an id"),
            rustix::process::Signal::KILL,
        )
        .expect("it sleeps");
    }

    #[test]
    fn a_process_that_is_not_there_has_no_time() {
        assert!(CpuTimes::of(u32::MAX).is_none());
        assert!(CpuTimes::of(i32::MAX as u32).is_none());
    }
}
