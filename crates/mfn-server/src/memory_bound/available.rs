//! How much memory there is for this process, as far as Linux tells.

use std::fs;
use std::path::Path;

/// Where control groups are: those of version 2 alone, or beside others, and those
/// of version 1.
const UNIFIED_ROOTS: [&str; 2] = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];
const MEMORY_ROOT: &str = "/sys/fs/cgroup/memory";

/// What the machine has, or a group that the process is in if that has less.
pub(super) fn available_bytes() -> Option<u64> {
    let read = |path: &Path| fs::read_to_string(path).ok();
    let machine = read(Path::new("/proc/meminfo")).and_then(|text| machine_bytes(&text));
    let groups = read(Path::new("/proc/self/cgroup")).unwrap_or_default();
    machine.into_iter().chain(group_bytes(&groups, read)).min()
}

fn machine_bytes(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

/// The least of the limits of the groups in `/proc/self/cgroup` and of those that
/// these are in. Each may have one.
fn group_bytes(groups: &str, read: impl Fn(&Path) -> Option<String>) -> Option<u64> {
    let limits = groups.lines().flat_map(|line| {
        // Such as `0::/system.slice/mfn.service` or `4:memory:/docker/1ab7`.
        let mut fields = line.splitn(3, ':').skip(1);
        let controllers = fields.next().unwrap_or_default();
        let group = fields.next().unwrap_or_default();
        let (roots, file) = match controllers {
            "" => (&UNIFIED_ROOTS[..], "memory.max"),
            _ if controllers.split(',').any(|name| name == "memory") => {
                (&[MEMORY_ROOT][..], "memory.limit_in_bytes")
            }
            _ => (&[][..], ""),
        };
        // Inside of a container its own group may be at the root, whatever the path.
        let ancestors = Path::new(group.trim_start_matches('/')).ancestors();
        let read = &read;
        ancestors.flat_map(move |group| {
            roots.iter().filter_map(move |root| {
                read(&Path::new(root).join(group).join(file))?.trim().parse().ok()
            })
        })
    });
    limits.min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_a_machine_is_read() {
        let meminfo = "MemTotal:       24683388 kB\nMemFree:        12000000 kB\n";
        assert_eq!(machine_bytes(meminfo), Some(24_683_388 * 1024));
        assert_eq!(machine_bytes("MemFree: 1 kB\n"), None);
    }

    #[test]
    fn the_limit_of_a_unit_or_of_a_group_around_it_is_seen() {
        let files = [
            ("/sys/fs/cgroup/system.slice/mfn.service/memory.max", "max\n"),
            ("/sys/fs/cgroup/system.slice/memory.max", "3000\n"),
            ("/sys/fs/cgroup/memory/docker/1ab7/memory.limit_in_bytes", "2000\n"),
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
            ("/sys/fs/cgroup/memory.max", "4000\n"),
        ];
        let bytes = |groups: &str| {
            group_bytes(groups, |path| {
                let file = files.iter().find(|(name, _)| Path::new(name) == path);
                file.map(|(_, text)| (*text).to_owned())
            })
        };
        assert_eq!(bytes("0::/system.slice/mfn.service\n"), Some(3000));
        assert_eq!(bytes("5:cpu:/a\n4:memory:/docker/1ab7\n"), Some(2000));
        assert_eq!(bytes("4:hugetlb,memory:/\n"), Some(9_223_372_036_854_771_712));
        // A path of outside of the container: what is at the root counts.
        assert_eq!(bytes("0::/not/here\n"), Some(4000));
        assert_eq!(bytes("5:cpu:/docker/1ab7\n"), None);
    }
}
