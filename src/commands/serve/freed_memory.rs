//! Gives memory that was freed back to the system.
//!
//! The allocator keeps what is freed for a second, since it may be needed again at
//! once. What is older it gives back when some thread frees a large block. A server
//! that has just become idle frees none, and would keep what it had at its busiest.

use std::convert::Infallible;
use std::hint::black_box;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

/// As long as the allocator itself waits.
const INTERVAL: Duration = Duration::from_secs(1);
/// More than the allocator puts together with other blocks.
const LARGE_BLOCK_BYTES: usize = 1024 * 1024;

/// Has the allocator look for what it can give back, without end.
pub(super) async fn give_back() -> Infallible {
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        drop(black_box(Vec::<u8>::with_capacity(LARGE_BLOCK_BYTES)));
    }
}
