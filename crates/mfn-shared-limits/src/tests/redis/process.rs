//! A `redis-server` of a test's own, on loopback, which ends with the test. The tests of
//! the program compile this file a second time.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Far more than anything takes here: it tells a failure from a wait without end.
const GUARD: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(10);

/// See the module.
pub(crate) struct RedisProcess {
    child: Child,
    port: u16,
    directory: PathBuf,
    arguments: Vec<String>,
}

impl RedisProcess {
    /// With these arguments beside those that it always has.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let port = free_port();
        let name = format!("mfn-redis-{}-{port}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        fs::create_dir_all(&directory).expect("a folder");
        let arguments: Vec<_> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let child = spawned(port, &directory, &arguments);
        Self { child, port, directory, arguments }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Without a word to anyone.
    pub(crate) fn stop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }

    /// Starts another one in its place, which knows nothing.
    pub(crate) fn restart(&mut self) {
        self.stop();
        self.child = spawned(self.port, &self.directory, &self.arguments);
    }

    /// SIGSTOP or SIGCONT.
    pub(crate) fn signal(&self, name: &str) {
        let mut kill = Command::new("kill");
        kill.arg(format!("-{name}")).arg(self.child.id().to_string());
        assert!(kill.status().expect("there is kill").success());
    }

    /// Follows what it does from now on.
    pub(crate) fn monitor(&self) -> Monitor {
        let path = self.directory.join("monitor");
        let file = fs::File::create(&path).expect("a file");
        let mut command = Command::new("redis-cli");
        command.args(["-p", &self.port.to_string(), "monitor"]);
        let child = command.stdin(Stdio::null()).stdout(file).stderr(Stdio::null()).spawn();
        let monitor = Monitor { child: child.expect("redis-cli is on the path"), path };
        until("redis-cli follows", || monitor.text().starts_with("OK"));
        monitor
    }
}

/// A port that nobody has at present.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("it has one").port()
}

/// When it takes connections.
fn spawned(port: u16, directory: &Path, arguments: &[String]) -> Child {
    let mut command = Command::new("redis-server");
    command.args(["--save", "", "--appendonly", "no", "--bind", "127.0.0.1"]);
    command.args(["--port", &port.to_string()]).arg("--dir").arg(directory).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().expect("redis-server is on the path: apt-get install redis-server");
    until("redis-server starts", || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok());
    child
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < GUARD, "never: {what}");
        sleep(POLL);
    }
}

impl Drop for RedisProcess {
    fn drop(&mut self) {
        self.stop();
        fs::remove_dir_all(&self.directory).ok();
    }
}

/// What a store does, as it tells it.
pub(crate) struct Monitor {
    child: Child,
    path: PathBuf,
}

impl Monitor {
    /// When the store has admitted calls, in microseconds of its own clock: there are so
    /// many at least.
    pub(crate) fn admissions(self, at_least: usize) -> Vec<u64> {
        until("all admissions are told", || admissions(&self.text()).len() >= at_least);
        admissions(&self.text())
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.path).expect("a file")
    }
}

fn admissions(text: &str) -> Vec<u64> {
    // The last line may not be all there.
    let lines = text.rsplit_once('\n').map_or("", |(lines, _)| lines).lines();
    let pushes = lines.filter(|line| line.contains(" lua] \"LPUSH\""));
    let times = pushes.filter_map(|line| line.rsplit('"').nth(1));
    times.map(|time| time.parse().expect("microseconds")).collect()
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
