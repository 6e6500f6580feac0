//! A server's process.

use std::fmt;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use conformance_wire::start;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::time::sleep;

use super::ServerLog;

/// How often it is looked at whether a process has ended.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A process that the suite started, with all that it started itself. It is
/// killed with this, unless it is left running.
pub struct Process {
    child: Mutex<Child>,
    group: Pid,
    log: ServerLog,
    is_left: AtomicBool,
}

impl Process {
    /// Starts `command` with `variables`, without those of the suite's own
    /// surroundings that begin with `MFN_`. What it writes goes to `log`.
    ///
    /// # Errors
    /// It does not start.
    pub fn start(
        command: &[String],
        variables: &[(String, String)],
        log: ServerLog,
    ) -> io::Result<Self> {
        let mut starting = match command {
            [line] => start::line(line),
            [program, arguments @ ..] => {
                let mut starting = Command::new(program);
                starting.args(arguments);
                starting
            }
            [] => return Err(io::Error::other("there is no command")),
        };
        start::without_settings(&mut starting);
        let [output, error] = log.streams()?;
        // A group of its own, so that what it starts ends with it.
        let child = starting
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(error)
            .process_group(0)
            .spawn()?;
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let group = group.ok_or_else(|| io::Error::other("the process has no id"))?;
        Ok(Self { child: Mutex::new(child), group, log, is_left: AtomicBool::new(false) })
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.group.as_raw_nonzero().get().unsigned_abs()
    }

    /// What it writes.
    #[must_use]
    pub fn log(&self) -> &ServerLog {
        &self.log
    }

    /// Lets it run on when this is dropped.
    pub fn leave_running(&self) {
        self.is_left.store(true, Ordering::Relaxed);
    }

    /// How it ended, if it has.
    pub fn ended(&self) -> Option<ExitStatus> {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        child.try_wait().ok().flatten()
    }

    /// Asks it to end, with SIGTERM.
    pub fn terminate(&self) {
        kill_process_group(self.group, Signal::TERM).ok();
    }

    /// Asks it to end as a person at a terminal does, with SIGINT.
    pub fn interrupt(&self) {
        kill_process_group(self.group, Signal::INT).ok();
    }

    /// Asks it to read its files again, with SIGHUP.
    pub fn hang_up(&self) {
        kill_process_group(self.group, Signal::HUP).ok();
    }

    /// Ends it at once, with SIGKILL.
    pub fn kill(&self) {
        if self.ended().is_none() {
            kill_process_group(self.group, Signal::KILL).ok();
        }
    }

    /// Waits for its end: how it ended, and after how long; `None` if it does not
    /// within `timeout`.
    pub async fn end(&self, timeout: Duration) -> Option<(ExitStatus, Duration)> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.ended() {
                return Some((status, start.elapsed()));
            }
            if start.elapsed() > timeout {
                return None;
            }
            sleep(LOOK_EVERY).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if *self.is_left.get_mut() {
            return;
        }
        self.kill();
        let child = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        child.wait().ok();
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process").field("group", &self.group).finish_non_exhaustive()
    }
}
