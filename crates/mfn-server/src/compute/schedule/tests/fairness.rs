//! How long one key's calls take beside whatever another has computed, and how alike
//! the waits of like calls are.

use super::virtual_time::{Call, Load, Machine, Reads, latencies};
use super::*;

/// What the 99th percentile of default calls may be beside any load of another key ...
const BOUND: Duration = Duration::from_millis(50);
/// ... or, if that is more, so many times what it is alone.
const TIMES_ALONE: u32 = 10;
/// Half of the bound is for what is not simulated: the network, and threads that wait
/// for a core.
const PART_OF_SCHEDULE: u32 = 2;
/// The longest time for which a computation does not give way, by MFN-SHARE-002.
const LONGEST_PART: Duration = Duration::from_millis(5);
/// What the 99th percentile of calls may be that are all alike, for each median.
const TIMES_MEDIAN: f64 = 1.6;
/// `MFN_GRPC_MEMORY_MB` at its default.
const MEMORY: usize = 384 << 20;
/// How long calls come.
const TIME: Duration = Duration::from_millis(300);

const DEFAULT: Call = Call {
    jobs: 1,
    takes: Duration::from_micros(131),
    cost: Duration::from_micros(321),
    part: Duration::from_micros(66),
    bytes: 41 << 10,
    reads: None,
};
const OF_HOURS: Call =
    Call { takes: LONG, cost: LONG, part: LONGEST_PART, bytes: 11 << 20, ..DEFAULT };

/// What a key with limits of 100 calls at once and 1000 a second may make.
const WITHIN_LIMITS: [Load; 2] = [
    Load::Open { call: DEFAULT, at_once: 1, every: Duration::from_millis(10) },
    Load::Open { call: DEFAULT, at_once: 100, every: Duration::from_millis(100) },
];

/// More cores than workers make no difference.
const MACHINES: [Machine; 10] = [
    Machine { workers: 1, cores: 1 },
    Machine { workers: 2, cores: 1 },
    Machine { workers: 2, cores: 2 },
    Machine { workers: 4, cores: 1 },
    Machine { workers: 4, cores: 2 },
    Machine { workers: 4, cores: 4 },
    Machine { workers: 10, cores: 1 },
    Machine { workers: 10, cores: 2 },
    Machine { workers: 10, cores: 4 },
    Machine { workers: 10, cores: 10 },
];

/// What a key without limits has computed.
fn loads() -> [(&'static str, Load); 9] {
    let validation = Call { jobs: 16, ..OF_HOURS };
    let default_validation = Call { jobs: 16, ..DEFAULT };
    let extraction = Call { takes: 60 * MS, cost: 80 * MS, bytes: 35 << 20, ..OF_HOURS };
    let many_steps = Call { takes: 40 * MS, cost: 40 * MS, part: LONGEST_PART, ..DEFAULT };
    let reads = Some(Reads { after: 30 * MS, take: 10 * MS });
    let stream = Call { bytes: 27 << 20, reads, ..OF_HOURS };
    let of_half_the_memory = Call { bytes: MEMORY / 2, ..OF_HOURS };
    let of_all_memory = Call { bytes: MEMORY, ..OF_HOURS };
    [
        ("one validation of hours", Load::Closed(validation, 1)),
        ("ten simulations of hours", Load::Closed(OF_HOURS, 10)),
        ("100 validations of the defaults", Load::Closed(default_validation, 100)),
        ("100 extractions on large lattices", Load::Closed(extraction, 100)),
        ("more small simulations than may wait", Load::Closed(DEFAULT, 1100)),
        ("more simulations of many steps than may wait", Load::Closed(many_steps, 1100)),
        ("100 streams with the field", Load::Closed(stream, 100)),
        ("100 calls that want half of the memory each", Load::Closed(of_half_the_memory, 100)),
        ("one call that has all of the memory", Load::Closed(of_all_memory, 1)),
    ]
}

// shows MFN-SHARE-009
#[test]
fn default_calls_of_a_key_take_little_longer_beside_any_load_of_another() {
    for machine in MACHINES {
        for of_b in WITHIN_LIMITS {
            let p99 = |tenants: &[_]| latencies(machine, MEMORY, TIME, tenants).percentile(99);
            let alone = p99(&[("b", of_b)]);
            let bound = BOUND.max(TIMES_ALONE * alone) / PART_OF_SCHEDULE;
            for (name, of_a) in loads() {
                let beside = p99(&[("b", of_b), ("a", of_a)]);
                assert!(
                    beside <= bound,
                    "{beside:?} beside {name} on {machine:?}, alone {alone:?}"
                );
            }
        }
    }
}

/// Threads that wait for a core are not simulated; of the waits that are, those of like
/// calls are alike.
#[test]
fn like_calls_wait_alike_however_many_are_under_way() {
    let one_key = |count| vec![("a", Load::Closed(DEFAULT, count))];
    let ten_keys = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let ten_keys = ten_keys.map(|name| (name, Load::Closed(DEFAULT, 10))).to_vec();
    for machine in MACHINES {
        for load in [one_key(8), one_key(100), one_key(1000), ten_keys.clone()] {
            let latencies = latencies(machine, MEMORY, TIME, &load);
            let (median, p99) = (latencies.percentile(50), latencies.percentile(99));
            assert!(p99 <= median.mul_f64(TIMES_MEDIAN), "{median:?}, {p99:?} on {machine:?}");
        }
    }
}
