//! What the store does by itself, in one step that nobody else's step comes between.

/// Where all times are from, in microseconds since 1970: the store's clock.
const CLOCK: &str = "\
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
";

/// The texts of the scripts.
#[derive(Clone, Debug)]
pub(crate) struct Scripts {
    pub(crate) admit: String,
    pub(crate) renew: String,
    pub(crate) greet: String,
}

impl Scripts {
    /// With times from the store's clock.
    pub(crate) fn by_the_clock() -> Self {
        Self::with_clock(CLOCK)
    }

    /// With times from the variable `now`, which `clock` sets.
    pub(crate) fn with_clock(clock: &str) -> Self {
        Self {
            admit: [clock, include_str!("scripts/admit.lua")].concat(),
            renew: [clock, include_str!("scripts/renew.lua")].concat(),
            greet: [clock, include_str!("scripts/greet.lua")].concat(),
        }
    }
}
