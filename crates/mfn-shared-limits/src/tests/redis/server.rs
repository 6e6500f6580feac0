//! A real store, and limits that are shared by it.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use mfn_access::SharedLimits as _;
use redis::{Cmd, FromRedisValue};
use tokio::time::{sleep, timeout};

use crate::{Address, StoreLimits};
use redis_process::RedisProcess;

/// Far more than anything takes here: it tells a failure from a wait without end.
pub(super) const GUARD: Duration = Duration::from_mins(1);

/// See the module.
pub(super) struct RedisServer(RedisProcess);

impl RedisServer {
    pub(super) fn start() -> Self {
        Self::start_with(&[])
    }

    /// With these arguments beside those that it always has.
    pub(super) fn start_with(arguments: &[&str]) -> Self {
        Self(RedisProcess::start(arguments))
    }

    pub(super) fn address(&self) -> Address {
        Address::parse(&format!("redis://127.0.0.1:{}", self.port())).expect("an address")
    }

    /// A server that shares its limits by this one. It has connected.
    pub(super) async fn limits(&self) -> StoreLimits {
        let limits = StoreLimits::connect(self.address(), None).expect("a thread");
        until("limits are shared", || limits.is_available()).await;
        limits
    }

    /// What it answers to a command.
    pub(super) async fn ask<T: FromRedisValue>(&self, command: &[&str]) -> T {
        let client = redis::Client::open(format!("redis://127.0.0.1:{}", self.port()));
        let connection = client.expect("an address").get_multiplexed_async_connection().await;
        let mut cmd = Cmd::new();
        cmd.arg(command);
        cmd.query_async(&mut connection.expect("it is there")).await.expect("an answer")
    }
}

impl Deref for RedisServer {
    type Target = RedisProcess;

    fn deref(&self) -> &RedisProcess {
        &self.0
    }
}

impl DerefMut for RedisServer {
    fn deref_mut(&mut self) -> &mut RedisProcess {
        &mut self.0
    }
}

/// Waits until it is so.
pub(super) async fn until(what: &str, is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(GUARD, waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
}
