//! `mfn serve` as its users run it: the built program, called over loopback.
//!
//! Whether it computes, and with how much memory, is read from Linux's `/proc`.
#![cfg(target_os = "linux")]

mod admin;
mod audit;
mod audit_file;
mod audit_lines;
mod authentication;
mod by_hand;
mod cache;
mod call_command;
mod caller;
mod cancelled;
mod certificates;
mod configuration;
mod connections;
mod deadlines;
mod descriptors;
mod fairness;
mod free_calls;
mod health_command;
mod http1;
mod limits;
mod log;
mod log_json;
mod memory;
mod messages;
mod metrics;
mod python_server;
mod queue;
mod readable_by_all;
mod ready_line;
mod refused;
mod reload;
mod resets;
mod secrets;
mod service_manager;
mod serving;
mod setting_values;
mod shared_limits;
mod shutdown;
mod signed;
mod silence;
mod slow_readers;
mod stalled_audit;
mod start;
mod streams;
mod sweep_command;
mod terminal;
mod tls;
mod tls_files;
mod tls_flags;
mod uploads;
mod web;

use std::future::Future;
use std::time::Duration;

/// Far more than any test takes: it only tells a failure from a wait without
/// end.
const GUARD: Duration = Duration::from_mins(2);

/// What `future` results in, in time.
async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    let result = tokio::time::timeout(GUARD, future).await;
    result.unwrap_or_else(|_| panic!("{what} does not come"))
}
