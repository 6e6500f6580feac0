//! The file of keys.
//!
//! What is accepted is what its TOML says, and makes a set of keys. What is refused is
//! refused with a line of the file and one sentence, which repeats no secret.

use mfn_access::key_file::{MAX_CONCURRENT, MAX_COST, MAX_WORKER_SHARE, parse};
use mfn_access::rate::MAX_RPS;
use mfn_access::{KeySet, KeySettings, Limits, Secret, Service, Signer};
use toml::{Table, Value};

/// The part of a file that no refusal may repeat, but as the id that it is given as.
pub const CANARY: &str = "s3cr3t-c4n4ry";

/// `data` is the file.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let table = text.parse::<Table>().ok();
    match parse(text, Limits::default()) {
        Ok(keys) => {
            check_keys(&keys, &table.expect("it was read as TOML"));
            KeySet::new(keys).expect("they go together");
        }
        Err(refused) => check_refusal(refused.line, &refused.to_string(), text),
    }
}

/// `text` is refused at a `line` of it, with what is `told`.
fn check_refusal(line: usize, told: &str, text: &str) {
    assert!((1..=text.lines().count() + 1).contains(&line), "no such line: {told}");
    assert!(!told.contains('\n'), "no line: {told:?}");
    assert!(!told.contains(CANARY) || told.contains("the id "), "the secret is in {told}");
}

fn check_keys(keys: &[KeySettings], table: &Table) {
    let tables = table["key"].as_array().expect("keys");
    assert!(!keys.is_empty() && keys.len() == tables.len(), "{} keys", keys.len());
    keys.iter().zip(tables).for_each(|(key, table)| compare(key, table));
}

fn compare(key: &KeySettings, table: &Value) {
    assert_eq!(Some(key.id.as_str()), table["id"].as_str(), "the id");
    // A `Secret` cannot be read, so secrets are compared by what they sign.
    let signature = |secret: &Secret| *Signer::new(secret).sign(b"1", "/").as_bytes();
    let stated = table["secrets"].as_array().expect("a list").iter();
    let stated = stated.map(|text| Secret::new(text.as_str().expect("a text")).expect("a secret"));
    let stated: Vec<_> = stated.map(|secret| signature(&secret)).collect();
    assert_eq!(key.secrets.iter().map(signature).collect::<Vec<_>>(), stated, "the secrets");
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
        assert!(limit <= most, "{name} is too high");
    }
}

#[cfg(test)]
mod tests {
    use mfn_access::{KeyId, Services};

    use super::*;
    use crate::oracle_failures::assert_fails_with;

    const KEY: &str = r#"
        id = "lab"
        secrets = ["first", "second"]
        services = ["features"]
        rps = 7
        max_cost = 9
    "#;

    /// The key of [`KEY`], with this `change`, is compared with it.
    fn check_key(change: impl FnOnce(&mut KeySettings)) {
        let text = format!("[[key]]\n{KEY}");
        let mut keys = parse(&text, Limits::default()).expect("a key");
        change(&mut keys[0]);
        check_keys(&keys, &text.parse().expect("TOML"));
    }

    #[test]
    fn a_key_is_what_its_table_says() {
        check_key(|_| ());
        for (told, change) in [
            ("the id", |key: &mut KeySettings| key.id = KeyId::new("other").expect("an id")),
            ("the secrets", |key| drop(key.secrets.pop())),
            ("the secrets", |key| key.secrets.swap(0, 1)),
            ("simulation", |key| key.services = Services::ALL),
            ("features", |key| key.services = [].into_iter().collect()),
            ("rps", |key| key.limits.rps = 8),
            ("concurrent", |key| key.limits.concurrent += 1),
            ("max_cost", |key| key.limits.max_cost = 0),
            ("worker_share", |key| key.limits.worker_share += 1),
        ] as [(_, fn(&mut KeySettings)); 9]
        {
            assert_fails_with(told, || check_key(change));
        }
    }

    #[test]
    fn keys_are_as_many_as_tables_and_within_the_limits() {
        let text = format!("[[key]]\n{KEY}");
        let keys = parse(&text, Limits::default()).expect("a key");
        let none = "key = []".parse().expect("TOML");
        let two = format!("{text}{text}").parse().expect("TOML");
        assert_fails_with("0 keys", || check_keys(&[], &none));
        assert_fails_with("1 keys", || check_keys(&keys, &two));
        let mut beyond = keys;
        beyond[0].limits.rps = MAX_RPS + 1;
        let stated = text.replace("rps = 7", &format!("rps = {}", MAX_RPS + 1));
        let stated = stated.parse().expect("TOML");
        assert_fails_with("rps is too high", || check_keys(&beyond, &stated));
    }

    #[test]
    fn a_refusal_is_a_line_of_the_file_and_tells_no_secret() {
        let check = |line, told: &str| check_refusal(line, told, "a\nb\n");
        check(3, "line 3: a");
        check(1, &format!("the id {CANARY} is given to two keys"));
        assert_fails_with("no such line: a", || check(0, "a"));
        assert_fails_with("no such line: a", || check(4, "a"));
        assert_fails_with(r#"no line: "a\n""#, || check(1, "a\n"));
        assert_fails_with("the secret is in", || check(1, &format!("{CANARY} is too short")));
    }
}
