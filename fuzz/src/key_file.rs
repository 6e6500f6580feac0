//! The file of keys.
//!
//! What is accepted is what its TOML says, and makes a set of keys. What is refused is
//! refused with a line of the file and one sentence, which repeats no secret.

use mfn_access::key_file::{MAX_CONCURRENT, MAX_COST, MAX_WORKER_SHARE, parse};
use mfn_access::rate::MAX_RPS;
use mfn_access::{KeySet, KeySettings, Limits, Service};
use toml::{Table, Value};

/// The part of a file that no refusal may repeat, but as the id that it is given as.
pub const CANARY: &str = "s3cr3t-c4n4ry";

/// `data` is the file.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let table = text.parse::<Table>().ok();
    match parse(text, Limits::default()) {
        Ok(keys) => {
            let table = table.expect("it was read as TOML");
            let tables = table["key"].as_array().expect("keys");
            assert!(!keys.is_empty() && keys.len() == tables.len(), "{} keys", keys.len());
            keys.iter().zip(tables).for_each(|(key, table)| compare(key, table));
            KeySet::new(keys).expect("they go together");
        }
        Err(refused) => {
            assert!((1..=text.lines().count() + 1).contains(&refused.line), "{refused}");
            let told = refused.to_string();
            assert!(!told.contains('\n'), "{told}");
            assert!(!told.contains(CANARY) || told.contains("the id "), "{told}");
        }
    }
}

fn compare(key: &KeySettings, table: &Value) {
    assert_eq!(Some(key.id.as_str()), table["id"].as_str());
    assert_eq!(Some(key.secrets.len()), table["secrets"].as_array().map(Vec::len));
    let services = table.get("services").map(|list| list.as_array().expect("a list"));
    for service in Service::ALL {
        let names =
            |list: &Vec<Value>| list.iter().any(|name| name.as_str() == Some(service.name()));
        assert_eq!(
            key.services.contains(service),
            services.is_none_or(names),
            "{}",
            service.name()
        );
    }
    let default = Limits::default();
    let Limits { rps, concurrent, max_cost, worker_share } = key.limits;
    for (name, limit, default, most) in [
        ("rps", rps, default.rps, MAX_RPS),
        ("concurrent", concurrent, default.concurrent, MAX_CONCURRENT),
        ("max_cost", max_cost, default.max_cost, MAX_COST),
        ("worker_share", worker_share, default.worker_share, MAX_WORKER_SHARE),
    ] {
        let stated = table.get(name).map_or(i64::from(default), |n| n.as_integer().expect("one"));
        assert_eq!(i64::from(limit), stated, "{name}");
        assert!(limit <= most, "{name}");
    }
}
