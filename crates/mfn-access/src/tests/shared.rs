//! What is asked of whoever counts for all servers, and what is told of it.

use std::time::Duration;

use crate::keys::{KeySet, KeySettings, Limits, Secret};
use crate::shared::{Question, SharedPermit, SingleUse, Unavailable};
use crate::timestamp::Timestamp;

/// A question of a key with these limits, with a signature that is to serve once or without.
fn question(rps: u32, concurrent: u32, once: bool) -> Question {
    let limits = Limits { rps, concurrent, ..Limits::default() };
    let settings = KeySettings::bare(Secret::new("a-secret").expect("a secret"), limits);
    let keys = KeySet::new(vec![settings]).expect("a set");
    let single = SingleUse {
        digest: [0; 16],
        timestamp: Timestamp::from_unix(Duration::ZERO),
        lasts: SingleUse::LONGEST,
        capacity: 1,
    };
    Question::new(&keys.keys()[0], once.then_some(single))
}

#[test]
fn each_limit_alone_is_something_to_ask_about() {
    assert!(!question(0, 0, false).limits_anything());
    assert!(question(1, 0, false).limits_anything());
    assert!(question(0, 1, false).limits_anything());
    assert!(question(0, 0, true).limits_anything());
}

#[test]
fn each_reason_has_its_name_in_metrics() {
    let names = Unavailable::ALL.map(Unavailable::name);
    assert_eq!(names, ["away", "timeout", "broken", "failed"]);
}

#[test]
fn a_permit_prints_nothing_of_what_it_holds() {
    assert_eq!(format!("{:?}", SharedPermit::new("held")), "SharedPermit(..)");
}
