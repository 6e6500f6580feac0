//! A limit of memory as containers have it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A control group of its own, where the system gives one, to root. Without it only the
/// test looks at the memory.
pub(crate) struct Container(Option<PathBuf>);

/// Where groups with a limit of memory can be made, and the file with the limit: in
/// version 2 of control groups, and in version 1.
const KINDS: [(&str, &str); 2] =
    [("/sys/fs/cgroup", "memory.max"), ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")];

impl Container {
    pub(crate) fn of(mib: u64) -> Self {
        let group = KINDS.iter().find_map(|(root, limit)| group(Path::new(root), limit, mib << 20));
        if group.is_none() {
            println!("there is no control group: nothing but this test limits the memory");
        }
        Self(group)
    }

    /// The same command, in the group.
    pub(crate) fn command(&self, command: Command) -> Command {
        let Some(group) = &self.0 else { return command };
        let mut inside = Command::new("sh");
        let script = "echo $$ > \"$0/cgroup.procs\" && exec \"$@\"";
        inside.args(["-c", script]).arg(group).arg(command.get_program());
        inside.args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => inside.env(name, value),
                None => inside.env_remove(name),
            };
        }
        inside
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        if let Some(group) = &self.0 {
            fs::remove_dir(group).ok();
        }
    }
}

/// A new group below `root`, with a limit of so many bytes.
fn group(root: &Path, limit: &str, bytes: u64) -> Option<PathBuf> {
    let group = root.join(format!("mfn-test-{}", std::process::id()));
    fs::create_dir(&group).ok()?;
    if !group.join("cgroup.procs").exists()
        || fs::write(group.join(limit), bytes.to_string()).is_err()
    {
        fs::remove_dir(&group).ok();
        return None;
    }
    Some(group)
}
