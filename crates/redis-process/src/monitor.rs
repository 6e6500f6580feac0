//! What a server does, as its command MONITOR tells it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::until;

/// See the module.
#[derive(Debug)]
pub struct Monitor {
    child: Child,
    path: PathBuf,
}

impl Monitor {
    pub(crate) fn start(port: u16, directory: &Path) -> Self {
        let path = directory.join("monitor");
        let file = fs::File::create(&path).expect("a file");
        let mut command = Command::new("redis-cli");
        command.args(["-p", &port.to_string(), "monitor"]);
        let child = command.stdin(Stdio::null()).stdout(file).stderr(Stdio::null()).spawn();
        let monitor = Self { child: child.expect("redis-cli is on the path"), path };
        until("redis-cli follows", || monitor.text().starts_with("OK"));
        monitor
    }

    /// The numbers that scripts have pushed to lists: the times of admissions, in
    /// microseconds of the server's clock. There are so many at least.
    ///
    /// # Panics
    /// There never are.
    #[must_use]
    pub fn pushed(&self, at_least: usize) -> Vec<u64> {
        until("all pushes are told", || pushed(&self.text()).len() >= at_least);
        pushed(&self.text())
    }

    fn text(&self) -> String {
        let bytes = fs::read(&self.path).expect("a file");
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

fn pushed(text: &str) -> Vec<u64> {
    // The last line may not be all there.
    let lines = text.rsplit_once('\n').map_or("", |(lines, _)| lines).lines();
    let pushes = lines.filter(|line| line.contains(" lua] \"LPUSH\""));
    let numbers = pushes.filter_map(|line| line.rsplit('"').nth(1));
    numbers.map(|number| number.parse().expect("a number")).collect()
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
