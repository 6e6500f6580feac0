//! Faults by chance, in one thread and in paused time. `README.md` says what is simulated and
//! checked, and how to run the schedule of a seed again.
//!
//! A schedule is drawn whole before it begins (`plan`). The server is put together in `server`,
//! and its own acceptor listens to the port of `acceptor`. What must hold is checked on the way
//! (`ledger`, with the model of `limits`), when nothing is left to do (`rest_check`) and at the
//! end (`audit_check`, `call_check`, `panics`).
//!
//! The seams are those of the server itself: time is tokio's, which is paused; the time of
//! day is `wall_clock`'s; `listener` hears of connections by a trait, and they run on any
//! transport; the audit's writer is a future; and so are the workers of the pool
//! (`compute/simulated`).

mod acceptor;
mod audit_check;
mod call;
mod call_check;
mod call_plan;
mod client;
mod client_plan;
mod code_name;
mod dice;
mod disk;
mod exchange;
mod keys;
mod ledger;
mod limits;
mod link;
mod network;
mod panics;
mod plan;
mod questions;
mod rest_check;
mod sabotage;
mod schedule;
mod server;
mod server_end;
mod tests;
mod verdict;
mod watched;
mod web_client;
mod web_exchange;
mod world;
