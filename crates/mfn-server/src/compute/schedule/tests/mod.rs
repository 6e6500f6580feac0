//! Which job is next, on a clock that the tests set.

mod among_tenants;
mod bench;
mod fairness;
mod memory;
mod of_one_tenant;
mod queue;
mod virtual_time;

use super::*;
use bench::{Bench, tenant};

const MS: Duration = Duration::from_millis(1);
const SHORT: Duration = Duration::from_micros(100);
const LONG: Duration = Duration::from_hours(1);
const BOUNDS: Bounds = Bounds { workers: 2, slots: 2, depth: 4 };
