//! Files of keys, good and bad.

use crate::key_file::{MAX_FILE_BYTES, parse};
use crate::keys::{Limits, MAX_KEYS, Service, Services};

const DEFAULT: Limits = Limits { rps: 7, concurrent: 8, max_cost: 9, worker_share: 0 };

// shows MFN-AUTH-019
#[test]
fn a_file_is_read() {
    let text = r#"
        # who may call
        [[key]]
        id = "lab"
        secrets = ["new-secret", "old-secret"]
        services = ["features", "simulation"]
        rps = 5_000
        concurrent = 0
        max_cost = 60
        worker_share = 2

        [[key]]
        id = "guest"
        secrets = ["another"]
    "#;
    let keys = parse(text, DEFAULT).expect("a good file");
    let [lab, guest] = keys.as_slice() else { panic!("two keys") };
    assert_eq!((lab.id.as_str(), lab.secrets.len()), ("lab", 2));
    assert_eq!(lab.services, [Service::Features, Service::Simulation].into_iter().collect());
    let limits = Limits { rps: 5000, concurrent: 0, max_cost: 60, worker_share: 2 };
    assert_eq!(lab.limits, limits);
    assert_eq!(guest.services, Services::ALL);
    assert_eq!(guest.limits, DEFAULT);
}

fn refusal(text: &str) -> String {
    parse(text, DEFAULT).expect_err("it is refused").to_string()
}

#[test]
fn a_bad_file_is_refused_with_its_line_and_reason() {
    let cases = [
        ("", "line 1: there is no [[key]]"),
        ("# none\nkey = []", "line 2: there is no [[key]]"),
        ("[key]\nid = 'a'", "line 1: key is written as [[key]]"),
        ("\nkey = ['a']", "line 2: a key is written as [[key]]"),
        ("[[keys]]\nid = 'a'", "line 1: this name is not known, allowed here is key"),
        (
            "[[key]]\nid = 'a'\nsecret = 's'",
            "line 3: this name is not known, allowed here is id, secrets, services, rps, concurrent, max_cost, worker_share",
        ),
        ("[[key]]\nid = 'a'", "line 1: the key has no secrets"),
        ("\n[[key]]\nsecrets = ['s']", "line 2: the key has no id"),
        ("[[key]]\nid = 1", "line 2: id is a string in quotes"),
        ("[[key]]\nid = 'a b'", "line 2: an id is 1 to 64 of the characters A-Z a-z 0-9 . _ -"),
        ("[[key]]\nid = 'a'\nsecrets = 's'", "line 3: secrets is an array of strings"),
        ("[[key]]\nid = 'a'\nsecrets = []", "line 3: a key has 1 to 8 secrets"),
        (
            "[[key]]\nid = 'a'\nsecrets = [\n  's',\n  'a b',\n]",
            "line 5: a secret has a character that is not allowed; a key is 1 to 256 visible ASCII characters, no comma",
        ),
        (
            "[[key]]\nid = 'a'\nsecrets = ['s']\nservices = ['all']",
            "line 4: a service is one of features, simulation, validation",
        ),
        (
            "[[key]]\nid = 'a'\nsecrets = ['s']\nrps = -1",
            "line 4: rps is an integer from 0 to 1000000",
        ),
        (
            "[[key]]\nid = 'a'\nsecrets = ['s']\nrps = 1.5",
            "line 4: rps is an integer from 0 to 1000000",
        ),
        (
            "[[key]]\nid = 'a'\nsecrets = ['s']\nconcurrent = 1000001",
            "line 4: concurrent is an integer from 0 to 1000000",
        ),
        (
            "[[key]]\nid = 'a'\nsecrets = ['s']\nworker_share = 0",
            "line 4: worker_share is an integer from 1 to 1024",
        ),
        (
            "[[key]]\nid = 'a'\nsecrets = ['s']\n[[key]]\nid = 'a'\nsecrets = ['t']",
            "line 5: the id a is given to two keys",
        ),
        (
            "[[key]]\nid = 'a'\nsecrets = ['s']\n[[key]]\nid = 'b'\nsecrets = ['t',\n's']",
            "line 7: this secret is given a second time",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(refusal(text), expected, "{text}");
    }
}

#[test]
fn a_file_has_as_many_keys_as_a_server() {
    let key = |n| format!("[[key]]\nid = '{n}'\nsecrets = ['{n}']\n");
    let most: String = (0..MAX_KEYS).map(key).collect();
    assert_eq!(parse(&most, DEFAULT).map(|keys| keys.len()), Ok(MAX_KEYS));
    let more = most + &key(MAX_KEYS);
    assert_eq!(refusal(&more), "line 30001: there are more than 10000 keys");
}

#[test]
fn the_largest_file_has_room_for_the_longest_names_and_secrets_of_all_keys() {
    let key = |n| format!("[[key]]\nid = '{n:0>64}'\nsecrets = ['{n:0>256}']\n");
    let [first, last] = [0, MAX_KEYS - 1].map(key);
    let keys = parse(&(first + &last), DEFAULT).expect("as long as they may be");
    assert_eq!(keys.len(), 2);
    assert!((last.len() * MAX_KEYS) as u64 <= MAX_FILE_BYTES);
}

#[test]
fn what_is_no_toml_is_refused_at_its_line() {
    let message = refusal("[[key]]\nid = 'a'\nsecrets = ['my-secret'\nrps = 1");
    assert!(message.starts_with("line 4: "), "{message}");
}

#[test]
fn no_refusal_repeats_what_may_be_a_secret() {
    let with = |secrets: &str| format!("[[key]]\nid = 'a'\nsecrets = {secrets}\n");
    let cases = [
        with("'hush-hush'"),
        with("hush-hush"),
        with("[hush-hush]"),
        with("['hush-hush"),
        with("['hush-hush,']"),
        with("[['hush-hush']]"),
        with("{ a = 'hush-hush' }"),
        "hush-hush = 1".to_owned(),
        "[[key]]\nid = 'hush hush-hush'".to_owned(),
        "[[key]]\nhush-hush = 1".to_owned(),
        "[[key]]\nid = 'a'\nsecrets = ['s']\nservices = ['hush-hush']".to_owned(),
        "[[key]]\nid = 'a'\nid = 'hush-hush'".to_owned(),
    ];
    for text in cases {
        let message = refusal(&text);
        assert!(!message.contains("hush"), "{message}");
    }
}
