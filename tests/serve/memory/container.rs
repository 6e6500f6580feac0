//! A limit of memory as containers have it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A control group of its own, where the system gives one (version 1, as root).
/// Without it only the test looks at the memory.
pub(crate) struct Container(Option<PathBuf>);

impl Container {
    pub(crate) fn of(mib: u64) -> Self {
        let group =
            PathBuf::from("/sys/fs/cgroup/memory").join(format!("mfn-test-{}", std::process::id()));
        let limit = (mib << 20).to_string();
        let is_made = fs::create_dir(&group).is_ok()
            && fs::write(group.join("memory.limit_in_bytes"), limit).is_ok();
        if !is_made {
            println!("there is no control group: nothing but this test limits the memory");
        }
        Self(is_made.then_some(group))
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
