//! A `redis-server` of a test's own, on loopback, which ends with the test. It is on the path
//! where Debian's packages `redis-server` and `redis-tools` are installed.
#![forbid(unsafe_code)]

mod monitor;

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

pub use monitor::Monitor;

/// Far more than anything takes here. It tells a failure from a wait without end.
const GUARD: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(10);
/// How many ports are tried: another program can take one before redis does.
const ATTEMPTS: u32 = 20;
/// What the server writes to its log when it takes connections.
const READY: &str = "Ready to accept connections";

/// See the crate.
#[derive(Debug)]
pub struct RedisProcess {
    child: Option<Child>,
    port: u16,
    directory: PathBuf,
    arguments: Vec<String>,
}

impl RedisProcess {
    /// Starts a server with these arguments beside those that it always has.
    ///
    /// # Panics
    /// It cannot be started.
    #[must_use]
    pub fn start(arguments: &[&str]) -> Self {
        for _ in 0..ATTEMPTS {
            let port = free_port();
            let name = format!("mfn-redis-{}-{port}", std::process::id());
            let directory = std::env::temp_dir().join(name);
            fs::create_dir_all(&directory).expect("a folder");
            let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
            let mut process = Self { child: None, port, directory, arguments };
            if process.spawn() {
                return process;
            }
        }
        panic!("redis-server does not start on any of {ATTEMPTS} ports");
    }

    /// The port on which it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Kills it, so that it tells nobody of its end.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().ok();
            child.wait().ok();
        }
    }

    /// Starts another one in its place, which knows nothing.
    ///
    /// # Panics
    /// It cannot be started.
    pub fn restart(&mut self) {
        self.stop();
        assert!(self.spawn(), "redis-server does not start again: {}", self.log());
    }

    /// Sends a signal, such as `STOP` or `CONT`.
    ///
    /// # Panics
    /// It does not run.
    pub fn signal(&self, name: &str) {
        let child = self.child.as_ref().expect("it runs");
        let mut kill = Command::new("kill");
        kill.arg(format!("-{name}")).arg(child.id().to_string());
        assert!(kill.status().expect("there is kill").success());
    }

    /// Follows what it does from now on.
    #[must_use]
    pub fn monitor(&self) -> Monitor {
        Monitor::start(self.port, &self.directory)
    }

    /// Starts the server, and says whether it takes connections. Only its own log is trusted:
    /// another program may answer on the port.
    fn spawn(&mut self) -> bool {
        let log = self.log_path();
        fs::write(&log, "").expect("a file");
        let mut command = Command::new("redis-server");
        command.args(["--save", "", "--appendonly", "no", "--bind", "127.0.0.1"]);
        command.args(["--port", &self.port.to_string()]).arg("--dir").arg(&self.directory);
        command.arg("--logfile").arg(&log).args(&self.arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn();
        let child = child.expect("redis-server is on the path: apt-get install redis-server");
        let child = self.child.insert(child);
        let mut has_ended = false;
        until("redis-server starts", || {
            has_ended = child.try_wait().expect("it can be asked").is_some();
            has_ended || fs::read_to_string(&log).is_ok_and(|text| text.contains(READY))
        });
        !has_ended
    }

    fn log_path(&self) -> PathBuf {
        self.directory.join("log")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }
}

impl Drop for RedisProcess {
    fn drop(&mut self) {
        self.stop();
        fs::remove_dir_all(&self.directory).ok();
    }
}

/// A port that nobody has at present.
///
/// # Panics
/// There is none.
#[must_use]
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("it has one").port()
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < GUARD, "never: {what}");
        sleep(POLL);
    }
}
