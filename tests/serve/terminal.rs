//! A server that was started from a terminal, which `script` of util-linux makes.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::GUARD;
use crate::serving::{MFN, without_settings};

/// A terminal and the server in it. Both are killed with this.
struct Terminal {
    script: Child,
    screen: BufReader<ChildStdout>,
    /// The server's process id.
    server: String,
}

impl Terminal {
    /// One in which `mfn serve` with these flags is ready.
    fn with_server(flags: &str) -> Self {
        let typed = format!("echo $$; exec {MFN} serve --port 0 {flags}");
        let mut command = Command::new("script");
        let mut script = without_settings(&mut command)
            .args(["--quiet", "--flush", "--return", "--command", &typed, "/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("script starts");
        let screen = BufReader::new(script.stdout.take().expect("piped"));
        let mut terminal = Self { script, screen, server: String::new() };
        terminal.server = terminal.line().trim().into();
        terminal.shows("listening on");
        terminal
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.screen.read_line(&mut line).expect("it can be read");
        assert_ne!(line, "", "the terminal has ended");
        line
    }

    /// Waits until `words` are on the screen.
    fn shows(&mut self, words: &str) {
        while !self.line().contains(words) {}
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args(["-s", signal, &self.server]).status();
        assert!(sent.expect("kill starts").success());
    }

    /// Closes it, as a person closes a window.
    fn close(&mut self) {
        self.script.kill().expect("it runs");
        self.script.wait().expect("it is our child");
    }

    fn server_runs(&self) -> bool {
        let state = fs::read_to_string(Path::new("/proc").join(&self.server).join("stat"));
        // One that has ended may wait for somebody to ask how.
        state.is_ok_and(|state| !state.contains(") Z "))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if self.server_runs() {
            self.signal("KILL");
        }
        self.script.kill().ok();
        self.script.wait().ok();
    }
}

// shows MFN-LIFE-013
#[test]
fn a_server_does_not_outlive_its_terminal() {
    let mut terminal = Terminal::with_server("--audit-log off");
    terminal.close();
    let start = Instant::now();
    while terminal.server_runs() {
        assert!(start.elapsed() < GUARD, "it goes on without its terminal");
        std::thread::sleep(Duration::from_millis(5));
    }
}

// shows MFN-LIFE-013
#[test]
fn at_a_terminal_sighup_ends_a_server_that_has_nothing_to_read_again() {
    let mut terminal = Terminal::with_server("");
    terminal.signal("HUP");
    terminal.shows("finishing the open calls");
    assert_eq!(terminal.script.wait().expect("it is our child").code(), Some(0));
}

// shows MFN-LIFE-013
#[test]
fn at_a_terminal_sighup_still_has_files_read_again() {
    let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join("terminal.jsonl");
    let flags = format!("--audit-log {}", log.to_str().expect("UTF-8"));
    let mut terminal = Terminal::with_server(&flags);
    terminal.signal("HUP");
    terminal.shows("the audit log is reopened");
    assert!(terminal.server_runs());
    terminal.signal("TERM");
    assert_eq!(terminal.script.wait().expect("it is our child").code(), Some(0));
}
