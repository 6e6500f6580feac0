//! What the store of a test has counted.

use std::process::Command;

use redis_process::RedisProcess;

/// Microseconds since 1970, by the store's clock.
pub(super) fn now(store: &RedisProcess) -> u64 {
    let time = numbers(&cli(store, &["TIME"]));
    time[0] * 1_000_000 + time[1]
}

/// When each open call of the one key that there is lapses, by the store's clock.
pub(super) fn lapses(store: &RedisProcess) -> Vec<u64> {
    // The ids of the calls are bytes of any kind, and only the times are wanted.
    let script = "local name = redis.call('KEYS', 'mfn:open:*')[1] or 'none' \
                  local all = redis.call('ZRANGE', name, 0, -1, 'WITHSCORES') \
                  local lapses = {} \
                  for index = 2, #all, 2 do lapses[index / 2] = all[index] end \
                  return lapses";
    numbers(&cli(store, &["EVAL", script, "0"]))
}

fn numbers(text: &str) -> Vec<u64> {
    text.split_whitespace().map(|number| number.parse().expect("a number")).collect()
}

/// What it answers to a command.
fn cli(store: &RedisProcess, command: &[&str]) -> String {
    let mut cli = Command::new("redis-cli");
    let output = cli.args(["-p", &store.port().to_string()]).args(command).output();
    let output = output.expect("redis-cli is on the path");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
