//! Most tests are with a store that is a model, in time that only they move. Those in
//! `redis` are with a real one, and built with the feature `redis-tests` only.

mod admission;
mod hostile;
mod leases;
mod model;
mod outages;
#[cfg(feature = "redis-tests")]
mod redis;
mod schedules;
mod starvation;
