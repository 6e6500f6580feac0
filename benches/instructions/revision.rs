//! The counts of another revision, made here and now.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mfn_benches::counts::Counts;

/// Checks `revision` out beside, builds its bench, and has it count.
pub(crate) fn counts(revision: &str) -> Result<Counts, String> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let checkout = Checkout::of(revision, folder.join("instructions-checkout"))?;
    let json = output(
        Command::new("cargo")
            .args(["bench", "--locked", "--package", "mfn-benches", "--bench", "instructions"])
            .args(["--", "--json", "-"])
            .env("CARGO_TARGET_DIR", folder.join("instructions-target"))
            .current_dir(&checkout.0),
    )?;
    serde_json::from_str(&json).map_err(|error| format!("the counts of {revision}: {error}"))
}

/// A work tree that is removed when this is dropped.
struct Checkout(PathBuf);

impl Checkout {
    fn of(revision: &str, path: PathBuf) -> Result<Self, String> {
        // One that is left of a run that was ended.
        remove(&path).ok();
        output(git().args(["worktree", "add", "--force", "--detach"]).arg(&path).arg(revision))?;
        Ok(Self(path))
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        remove(&self.0).ok();
    }
}

fn remove(path: &Path) -> Result<String, String> {
    output(git().args(["worktree", "remove", "--force"]).arg(path).stderr(Stdio::null()))
}

fn git() -> Command {
    let mut git = Command::new("git");
    git.current_dir(env!("CARGO_MANIFEST_DIR"));
    git
}

/// What a command prints; what it says of errors goes to standard error.
fn output(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().display().to_string();
    let named = |error: &dyn std::fmt::Display| format!("{program} did not succeed: {error}");
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let output = child.and_then(std::process::Child::wait_with_output);
    let output = output.map_err(|error| named(&error))?;
    if !output.status.success() {
        return Err(named(&output.status));
    }
    String::from_utf8(output.stdout).map_err(|error| named(&error))
}
