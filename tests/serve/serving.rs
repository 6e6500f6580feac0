//! A server that runs, and what can be seen of it from outside.

use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tonic::transport::{Channel, Endpoint};

use crate::GUARD;

/// The program itself.
pub(crate) const MFN: &str = env!("CARGO_BIN_EXE_mfn");
/// Nothing of who calls, and how often, is in the way of other tests; and nobody
/// reads an audit there.
const UNHINDERED: [(&str, &str); 3] = [
    ("MFN_GRPC_RATE_LIMIT_RPS", "0"),
    ("MFN_GRPC_RATE_LIMIT_CONCURRENT", "0"),
    ("MFN_GRPC_AUDIT_LOG", "off"),
];
/// Far more than it takes to end what is under way, and far less than a
/// computation of the tests takes.
const IDLE_GUARD: Duration = Duration::from_secs(20);
/// Clock ticks of `/proc` in a second, on every Linux that Rust runs on.
const TICKS_A_SECOND: u64 = 100;

/// A server that has said that it is ready. It is killed with this.
pub(crate) struct Serving {
    program: Child,
    pub(crate) line: String,
    pub(crate) address: SocketAddr,
    stderr: BufReader<Box<dyn Read + Send>>,
    /// What was read of it.
    log: String,
}

/// `mfn` with these arguments, and without the variables of whoever runs the
/// tests.
pub(crate) fn mfn(arguments: &[&str]) -> Command {
    let mut command = Command::new(MFN);
    without_settings(&mut command).args(arguments);
    command
}

/// Without metrics too: their port has room for one server, and tests run many at once.
pub(crate) fn without_settings(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("MFN_") {
            command.env_remove(name);
        }
    }
    command.env("MFN_GRPC_ADMIN_PORT", "0")
}

impl Serving {
    /// `mfn serve` with these flags, at a free port; without limits of calls and
    /// without an audit, unless the flags say otherwise.
    pub(crate) fn start(flags: &[&str]) -> Self {
        let mut command = mfn(&[&["serve", "--port", "0"], flags].concat());
        Self::start_command(command.envs(UNHINDERED))
    }

    /// The same with its own defaults, keys by variable.
    pub(crate) fn start_with_keys(keys: &str, flags: &[&str]) -> Self {
        let flags = [&["serve", "--port", "0", "--host", "127.0.0.1"], flags].concat();
        let mut command = mfn(&flags);
        Self::start_command(command.env("MFN_API_KEYS", keys).env("MFN_GRPC_AUDIT_LOG", "off"))
    }

    /// The same, with at most so many open files.
    pub(crate) fn start_with_few_descriptors(limit: u32, flags: &[&str]) -> Self {
        let script = format!("ulimit -n {limit} && exec \"$0\" serve --port 0 \"$@\"");
        let mut command = Command::new("sh");
        without_settings(&mut command).args(["-c", &script, MFN]).args(flags).envs(UNHINDERED);
        Self::start_command(&mut command)
    }

    /// What the command starts.
    pub(crate) fn start_command(command: &mut Command) -> Self {
        let mut program = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("mfn starts");
        let mut line = String::new();
        let stdout = program.stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("it can be read");
        let stderr: Box<dyn Read + Send> = Box::new(program.stderr.take().expect("piped"));
        let mut stderr = BufReader::new(stderr);
        let address = line.split_whitespace().nth(4).and_then(|word| word.parse().ok());
        let Some(address) = address else {
            let mut said = String::new();
            stderr.read_to_string(&mut said).ok();
            panic!("no address in {line:?}; {said}");
        };
        Self { program, line, address, stderr, log: String::new() }
    }

    /// A connection of its own.
    pub(crate) async fn channel(&self) -> Channel {
        let endpoint = Endpoint::try_from(format!("http://{}", self.address)).expect("a URI");
        endpoint.connect().await.expect("it listens")
    }

    pub(crate) fn signal(&self, signal: &str) {
        let id = self.program.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status().expect("kill starts");
        assert!(sent.success(), "{sent}");
    }

    /// Waits until it logs `words`; what comes later is logged unread.
    pub(crate) fn logged(&mut self, words: &str) {
        loop {
            let begin = self.log.len();
            let read = self.stderr.read_line(&mut self.log).expect("it can be read");
            assert_ne!(read, 0, "{words}");
            if self.log[begin..].contains(words) {
                return;
            }
        }
    }

    /// The last line of its log that was read.
    pub(crate) fn last_line(&self) -> &str {
        self.log.lines().next_back().unwrap_or_default()
    }

    /// Reads no more of its log, which it is told by an error.
    pub(crate) fn close_stderr(&mut self) {
        self.stderr = BufReader::new(Box::new(std::io::empty()));
    }

    /// Its whole log, once it has ended.
    pub(crate) fn all_that_was_logged(&mut self) -> String {
        self.stderr.read_to_string(&mut self.log).expect("it can be read");
        self.log.clone()
    }

    /// Waits for its end: the exit code, and how long it took.
    pub(crate) async fn ended(&mut self) -> (Option<i32>, Duration) {
        let start = Instant::now();
        loop {
            if let Some(status) = self.program.try_wait().expect("it is our child") {
                return (status.code(), start.elapsed());
            }
            assert!(start.elapsed() < GUARD, "it does not end");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The processor time that it has used so far.
    pub(crate) fn cpu_time(&self) -> Duration {
        let stat = self.proc("stat");
        let after_name = stat.rsplit(')').next().expect("a name in parentheses");
        let fields: Vec<_> = after_name.split_whitespace().collect();
        // utime and stime are the fields 14 and 15, of which 3 is the first here.
        let ticks = |field: usize| fields[field - 3].parse::<u64>().expect("a number");
        Duration::from_millis((ticks(14) + ticks(15)) * 1000 / TICKS_A_SECOND)
    }

    /// Waits until it uses next to no processor time.
    pub(crate) async fn is_idle(&self) {
        const WINDOW: Duration = Duration::from_millis(200);
        let start = Instant::now();
        loop {
            let before = self.cpu_time();
            tokio::time::sleep(WINDOW).await;
            if self.cpu_time() <= before + WINDOW / 10 {
                return;
            }
            assert!(start.elapsed() < IDLE_GUARD, "it goes on computing");
        }
    }

    /// The memory that it has, in KiB.
    pub(crate) fn memory_kib(&self) -> u64 {
        self.kib_of("VmRSS:")
    }

    /// The most memory that it has had, in KiB.
    pub(crate) fn peak_memory_kib(&self) -> u64 {
        self.kib_of("VmHWM:")
    }

    fn kib_of(&self, name: &str) -> u64 {
        let status = self.proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line");
        line.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
    }

    fn proc(&self, file: &str) -> String {
        let path = Path::new("/proc").join(self.program.id().to_string()).join(file);
        fs::read_to_string(path).expect("it runs")
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.program.kill().ok();
        self.program.wait().ok();
    }
}
