//! Faults by chance, in one thread and in paused time.
//!
//! A schedule is drawn from a seed: a server's settings, clients and what each of their calls
//! does, and what happens meanwhile to the network, the disk, the clocks, the keys and the
//! server itself (`plan`). It is run against all parts of the server but the sockets and the
//! threads (`server`, `acceptor`), and what must hold is checked on the way (`ledger`, with
//! the model of `limits`), when nothing is left to do (`rest_check`) and at the end
//! (`audit_check`, `call_check`). Whatever is found has the seed, which runs the same schedule
//! again.
//!
//! The seams are those of the server itself: time is tokio's, which is paused; the time of
//! day is `wall_clock`'s; `listener` hears of connections by a trait, and they run on any
//! transport; the audit's writer is a future; and so are the workers of the pool
//! (`compute/simulated`). Clients speak gRPC over HTTP/2, or gRPC-Web over HTTP/1.1. TLS is
//! left out: what it adds is the state of rustls, which tests of connections hold to its
//! promises.

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
