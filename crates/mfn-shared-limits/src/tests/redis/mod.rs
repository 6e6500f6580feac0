//! With the real store: `redis-server` must be on the path. `.ci/run store` runs these.

mod connecting;
mod faults;
mod real_time;
mod scripts;
mod server;
