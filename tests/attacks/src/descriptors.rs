//! As many open files as attacks have connections, here and in the servers, which have the limits
//! of this program.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use soak::Failure;

/// Files beside the connections of attackers: those of the honest client, logs, pipes.
const OTHERS: u64 = 200;

/// Allows as many as so many connections need.
///
/// # Errors
/// The machine does not: attacks would be made with fewer connections than they say.
pub(crate) fn allow(connections: usize) -> Result<(), Failure> {
    let needed = connections as u64 + OTHERS;
    let limits = getrlimit(Resource::Nofile);
    let Rlimit { current, maximum } = limits;
    if current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    if let Some(allowed) = maximum
        && allowed < needed
    {
        return Err(Failure::Descriptors { needed, allowed });
    }
    setrlimit(Resource::Nofile, Rlimit { current: Some(needed), maximum })
        .map_err(|error| Failure::File(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_connections_than_the_machine_allows_are_not_attacked_with() {
        assert!(allow(1).is_ok());
        if let Some(most) = getrlimit(Resource::Nofile).maximum {
            let refused = allow(most as usize).expect_err("they are too many").to_string();
            assert!(refused.contains(&format!("{most} are allowed")), "{refused}");
        }
    }
}
