//! What servers are compared by.

/// What servers are compared by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Figure {
    /// Calls with the code OK in a second.
    OkPerSecond,
    /// The time, in ms, within which half of them end.
    P50,
    /// The time, in ms, within which nine of ten end.
    P90,
    /// The time, in ms, within which 99 of 100 end.
    P99,
    /// CPU time of the server, in microseconds, for each of them.
    CpuPerCall,
}

impl Figure {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 5] =
        [Self::OkPerSecond, Self::P50, Self::P90, Self::P99, Self::CpuPerCall];

    /// Its name in a ratio, which has no unit.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OkPerSecond => "ok_per_second",
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P99 => "p99",
            Self::CpuPerCall => "cpu_per_call",
        }
    }

    /// Its name where it has a unit.
    #[must_use]
    pub const fn name_with_unit(self) -> &'static str {
        match self {
            Self::OkPerSecond => "ok_per_second",
            Self::P50 => "p50_ms",
            Self::P90 => "p90_ms",
            Self::P99 => "p99_ms",
            Self::CpuPerCall => "cpu_us_per_call",
        }
    }
}
