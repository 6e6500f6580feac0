//! Files of keys: a right one, and ones with a fault beside a secret.

use crate::key_file::CANARY;

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let whole = "[[key]]\nid = \"lab\"\nsecrets = [\"new-secret\", \"old-one\"]\n\
                 services = [\"features\", \"simulation\", \"validation\"]\nrps = 1000\n\
                 concurrent = 100\nmax_cost = 60\nworker_share = 2\n";
    let mut files =
        vec![whole.to_owned(), format!("[[key]]\nid = \"a\"\nsecrets = [\"{CANARY}\"]\n")];
    for fault in [
        "secret = \"{}\"",
        "secrets = \"{}\"",
        "secrets = [\"{}\", \"{}\"]",
        "secrets = [\"{} \"]",
        "rps = \"{}\"",
        "{} = 1",
        "services = [\"{}\"]",
        "secrets = [\"{}\"",
    ] {
        files.push(format!("[[key]]\nid = \"a\"\n{}\n", fault.replace("{}", CANARY)));
    }
    files.push(format!("key = [{{ id = 'x', secrets = ['{CANARY}'], rps = 0x10 }}]"));
    files.into_iter().map(String::into_bytes).collect()
}
