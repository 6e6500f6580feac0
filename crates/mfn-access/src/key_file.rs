//! The file of keys, in TOML:
//!
//! ```toml
//! [[key]]
//! id = "lab"                          # its name in logs and audit
//! secrets = ["new-secret", "old-one"] # several while one replaces another
//! services = ["features", "simulation", "validation"] # default: all
//! rps = 1000                          # calls a second; 0: no limit
//! concurrent = 100                    # calls at once; 0: no limit
//! max_cost = 60                       # core seconds a call; 0: no limit
//! worker_share = 2                    # workers while others wait
//! ```
//!
//! It is read by hand from the parsed table, not by `serde`, whose errors repeat
//! what they found: that may be a secret.

use std::collections::HashSet;
use std::fmt;
use std::ops::{Range, RangeInclusive};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::keys::{KeyId, KeySettings, Limits, MAX_KEYS, Secret, Service, Services};
use crate::rate::MAX_RPS;

/// Largest file, in bytes: some hundred for each key that a server may have.
pub const MAX_FILE_BYTES: u64 = 8 * 1024 * 1024;
/// Most secrets of one key.
pub const MAX_SECRETS: usize = 8;
/// The largest limit of concurrent calls.
pub const MAX_CONCURRENT: u32 = 1_000_000;
/// The largest limit of a call's cost, in seconds of a core.
pub const MAX_COST: u32 = 1_000_000;
/// The largest share of the workers.
pub const MAX_WORKER_SHARE: u32 = 1024;

const KEY_FIELDS: [&str; 7] =
    ["id", "secrets", "services", "rps", "concurrent", "max_cost", "worker_share"];
const NO_KEY: &str = "there is no [[key]]";

/// Reads the keys of a file, of which there is at least one: a server takes no
/// keys for a wish to do without. What a key leaves out is as in `default`.
///
/// # Errors
/// It is not such a file: at which line, and why.
pub fn parse(text: &str, default: Limits) -> Result<Vec<KeySettings>, KeyFileError> {
    read_keys(text, default).map_err(|Fault { at, why }| {
        let line = text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        KeyFileError { line, why }
    })
}

/// Why a file is refused. It does not repeat what may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct KeyFileError {
    /// Where, counted from 1.
    pub line: usize,
    why: String,
}

/// The same, at a byte.
struct Fault {
    at: usize,
    why: String,
}

impl Fault {
    fn at(span: Range<usize>, why: impl fmt::Display) -> Self {
        Self { at: span.start, why: why.to_string() }
    }
}

type Value<'a> = Spanned<DeValue<'a>>;

fn read_keys(text: &str, default: Limits) -> Result<Vec<KeySettings>, Fault> {
    let file = DeTable::parse(text)
        // Its message says what TOML expects, and its snippet is left out.
        .map_err(|error| Fault::at(error.span().unwrap_or(0..0), error.message()))?;
    check_names(file.get_ref(), &["key"])?;
    let Some(keys) = file.get_ref().get("key") else {
        return Err(Fault::at(0..0, NO_KEY));
    };
    let tables = array(keys, "key", "written as [[key]]")?;
    let mut given = Given::default();
    let settings = tables.map(|key| read_key(key, default, &mut given));
    let settings = settings.collect::<Result<Vec<_>, _>>()?;
    if settings.is_empty() {
        return Err(Fault::at(keys.span(), NO_KEY));
    }
    Ok(settings)
}

/// What the keys so far have, and no further one may.
#[derive(Default)]
struct Given {
    ids: HashSet<KeyId>,
    /// By their SHA-256, which may be compared as it likes.
    secrets: HashSet<[u8; 32]>,
}

fn read_key(key: &Value<'_>, default: Limits, given: &mut Given) -> Result<KeySettings, Fault> {
    let DeValue::Table(table) = key.get_ref() else {
        return Err(Fault::at(key.span(), "a key is written as [[key]]"));
    };
    check_names(table, &KEY_FIELDS)?;
    let needed = |name: &str| {
        table.get(name).ok_or_else(|| Fault::at(key.span(), format!("the key has no {name}")))
    };
    if given.ids.len() == MAX_KEYS {
        return Err(Fault::at(key.span(), format!("there are more than {MAX_KEYS} keys")));
    }
    let id = read_id(needed("id")?, given)?;
    let secrets = read_secrets(needed("secrets")?, given)?;
    let services = table.get("services").map_or(Ok(Services::ALL), read_services)?;
    let limit = |name, default, range: RangeInclusive<u32>| {
        table.get(name).map_or(Ok(default), |value| integer(value, name, range))
    };
    let limits = Limits {
        rps: limit("rps", default.rps, 0..=MAX_RPS)?,
        concurrent: limit("concurrent", default.concurrent, 0..=MAX_CONCURRENT)?,
        max_cost: limit("max_cost", default.max_cost, 0..=MAX_COST)?,
        worker_share: limit("worker_share", default.worker_share, 1..=MAX_WORKER_SHARE)?,
    };
    Ok(KeySettings { id, secrets, services, limits })
}

fn read_id(value: &Value<'_>, given: &mut Given) -> Result<KeyId, Fault> {
    let id = KeyId::new(string(value, "id")?).map_err(|error| Fault::at(value.span(), error))?;
    if given.ids.insert(id.clone()) {
        Ok(id)
    } else {
        Err(Fault::at(value.span(), format!("the id {id} is given to two keys")))
    }
}

fn read_secrets(value: &Value<'_>, given: &mut Given) -> Result<Vec<Secret>, Fault> {
    let secrets = array(value, "secrets", "an array of strings")?;
    let secrets =
        secrets.map(|secret| read_secret(secret, given)).collect::<Result<Vec<_>, _>>()?;
    if (1..=MAX_SECRETS).contains(&secrets.len()) {
        Ok(secrets)
    } else {
        Err(Fault::at(value.span(), format!("a key has 1 to {MAX_SECRETS} secrets")))
    }
}

fn read_secret(value: &Value<'_>, given: &mut Given) -> Result<Secret, Fault> {
    let refused = |why: String| Fault::at(value.span(), why);
    let secret = Secret::new(string(value, "a secret")?);
    let secret = secret.map_err(|error| refused(format!("a secret {error}")))?;
    if given.secrets.insert(secret.digest()) {
        Ok(secret)
    } else {
        Err(refused("this secret is given a second time".to_owned()))
    }
}

fn read_services(value: &Value<'_>) -> Result<Services, Fault> {
    array(value, "services", "an array of strings")?
        .map(|name| {
            Service::named(string(name, "a service")?).ok_or_else(|| {
                Fault::at(name.span(), format!("a service is one of {}", Services::ALL))
            })
        })
        .collect()
}

fn array<'a, 'b>(
    value: &'a Value<'b>,
    name: &str,
    how: &str,
) -> Result<impl Iterator<Item = &'a Value<'b>>, Fault> {
    match value.get_ref() {
        DeValue::Array(array) => Ok(array.iter()),
        _ => Err(Fault::at(value.span(), format!("{name} is {how}"))),
    }
}

fn string<'a>(value: &'a Value<'_>, name: &str) -> Result<&'a str, Fault> {
    value
        .get_ref()
        .as_str()
        .ok_or_else(|| Fault::at(value.span(), format!("{name} is a string in quotes")))
}

fn integer(value: &Value<'_>, name: &str, range: RangeInclusive<u32>) -> Result<u32, Fault> {
    let number = value.get_ref().as_integer().filter(|number| number.radix() == 10);
    let number = number.and_then(|number| number.as_str().parse::<u32>().ok());
    number.filter(|number| range.contains(number)).ok_or_else(|| {
        let (least, most) = range.into_inner();
        Fault::at(value.span(), format!("{name} is an integer from {least} to {most}"))
    })
}

/// What is misspelt would be left at its default in silence. It is not repeated:
/// who does not know the format may have written a secret there.
fn check_names(table: &DeTable<'_>, known: &[&str]) -> Result<(), Fault> {
    match table.keys().find(|name| !known.contains(&name.get_ref().as_ref())) {
        None => Ok(()),
        Some(name) => Err(Fault::at(
            name.span(),
            format!("this name is not known, allowed here is {}", known.join(", ")),
        )),
    }
}
