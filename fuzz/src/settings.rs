//! What `mfn serve` is told.
//!
//! What is refused is refused in one line that repeats no secret. What is out of the range
//! that the specification has in its table is refused; and what is accepted makes the same
//! configuration once more, when it is given as it is printed.

use std::net::IpAddr;
use std::sync::LazyLock;

use mfn::fuzzing::{Applied, serve};
use mfn_shared_limits::Address;

use crate::input::Input;

#[cfg(test)]
mod tests;

/// The part of a secret that nothing may repeat.
pub const CANARY: &str = "s3cr3t-c4n4ry";
/// Flags whose values are secrets.
const SECRETS: [&str; 3] = ["--api-keys", "--api-key", "--shared-limits-url"];
/// Settings of a flag that are not tried: it would read a file of this machine.
const FILES: &str = "--api-keys-file";
const PAGE: &str = include_str!("../../spec/configuration.md");
const WORDS: [&str; 25] = [
    "true",
    "false",
    "TRUE",
    "yes",
    "0",
    "1",
    "+1",
    "65535",
    "65536",
    "18446744073709551616",
    "127.0.0.1",
    "::",
    "public",
    "authenticated",
    "off",
    "stderr",
    "audit.jsonl",
    "info,h2=debug",
    "json",
    "local",
    "refuse",
    "https://app.example,http://[::1]:8080",
    "*",
    "any",
    "\"5\"",
];

/// A row of the table of settings.
struct Setting {
    flag: String,
    range: Range,
}

/// What its value may be.
enum Range {
    /// A number from the first to the second, or a word.
    Number(u64, u64, Option<String>),
    Boolean,
    /// One of these.
    Word(Vec<String>),
    Address,
    /// The table does not say it in a way that could be read here.
    Other,
}

static SETTINGS: LazyLock<Vec<Setting>> = LazyLock::new(|| {
    let rows = PAGE.lines().filter(|line| line.starts_with("| `MFN_"));
    let settings: Vec<_> = rows.map(Setting::of_row).filter(|it| it.flag != FILES).collect();
    assert!(settings.len() > 30, "the table has another form");
    settings
});

/// How many settings there are to choose from.
#[must_use]
pub fn count() -> usize {
    SETTINGS.len()
}

/// Flags and their values, one after the other.
pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    let count = input.byte() % 6 + 1;
    let given: Vec<_> = (0..count).map(|_| setting(&mut input)).collect();
    let arguments: Vec<_> =
        given.iter().map(|(setting, value)| format!("{}={value}", setting.flag)).collect();
    for (_, value) in given.iter().filter(|(setting, _)| setting.flag == SECRETS[2]) {
        check_address(value);
    }
    match serve(&arguments) {
        Err(refused) => check_refusal(&refused),
        Ok(None) => panic!("nobody asked for help: {arguments:?}"),
        Ok(Some(applied)) => {
            check_ranges(&given);
            check_again(&applied, &arguments);
        }
    }
}

fn check_refusal(refused: &str) {
    assert!(!refused.is_empty() && !refused.contains('\n'), "no line: {refused:?}");
    assert!(!refused.contains(CANARY), "the secret is in {refused}");
}

/// A setting, and a value that is likely to mean something.
fn setting(input: &mut Input<'_>) -> (&'static Setting, String) {
    let setting = input.pick(&SETTINGS);
    let mut value = match input.byte() % 4 {
        0 => String::from_utf8_lossy(input.short()).into_owned(),
        1 => (u64::from(input.number()) << (input.byte() % 12)).to_string(),
        _ => (*input.pick(&WORDS)).to_owned(),
    };
    if SECRETS.contains(&&*setting.flag) {
        value.insert_str(0, CANARY);
        if setting.flag == SECRETS[2] {
            value.insert_str(0, "redis://:");
        }
    }
    (setting, value.replace('\0', ""))
}

/// What is `given` is accepted.
fn check_ranges(given: &[(&Setting, String)]) {
    for (Setting { flag, range }, value) in given {
        assert!(range.allows(value) != Some(false), "{flag} is accepted with {value:?}");
    }
}

/// What is `applied` of these `arguments` is so again, as it is printed, and repeats no secret.
fn check_again(applied: &Applied, arguments: &[String]) {
    let config = format!("{:?}", applied.config);
    assert!(!config.contains(CANARY), "the secret is in {config}");
    let again = applied.given.iter().map(|(flag, value)| {
        if let Some(value) = value {
            return format!("{flag}={value}");
        }
        let of_flag = |argument: &&String| {
            argument.strip_prefix(&**flag).is_some_and(|rest| rest.starts_with('='))
        };
        arguments.iter().find(of_flag).expect("it was given").clone()
    });
    let again: Vec<_> = again.collect();
    let second = serve(&again).unwrap_or_else(|why| panic!("{again:?} are refused: {why}"));
    let second = second.map(|applied| format!("{:?}", applied.config));
    assert_eq!(second.as_deref(), Some(&*config), "{again:?}");
}

/// An address is printed without its secret.
fn check_address(value: &str) {
    match Address::parse(value) {
        Ok(address) => check_printed(value, &format!("{address} {address:?}")),
        Err(refused) => check_refusal(&refused.to_string()),
    }
}

fn check_printed(address: &str, told: &str) {
    let is_host = address.matches(CANARY).count() > 1 || !address.contains('@');
    assert!(is_host || !told.contains(CANARY), "the secret is in {told}");
}

impl Setting {
    fn of_row(row: &str) -> Self {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let name = cells[1].trim_start_matches('`').split('`').next().unwrap_or_default();
        let stem = name.strip_prefix("MFN_GRPC_").or(name.strip_prefix("MFN_"));
        let stem = stem.expect("a name").to_lowercase().replace('_', "-");
        Self { flag: format!("--{stem}"), range: Range::of_cell(cells[3]) }
    }
}

impl Range {
    fn of_cell(cell: &str) -> Self {
        if let Some((least, most)) = cell.split_once(" .. ") {
            let number = |text: &str| text.parse().expect("a number");
            let (most, word) = most.split_once(", or ").unwrap_or((most, ""));
            let word = Some(word.trim_matches('`').to_owned()).filter(|word| !word.is_empty());
            return Self::Number(number(least), number(most), word);
        }
        match cell {
            "`true` or `false`" => Self::Boolean,
            "an IPv4 or IPv6 address" => Self::Address,
            _ if cell.starts_with('`')
                && !cell.contains("the path")
                && !cell.contains("such as")
                && !cell.contains("://") =>
            {
                Self::Word(cell.split('`').skip(1).step_by(2).map(str::to_owned).collect())
            }
            _ => Self::Other,
        }
    }

    /// Whether `value` may be given, if the table says so.
    fn allows(&self, value: &str) -> Option<bool> {
        let value = value.trim();
        Some(match self {
            Self::Number(_, _, Some(word)) if word == value => true,
            Self::Number(least, most, _) => {
                let is_decimal =
                    !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
                is_decimal
                    && value.parse().is_ok_and(|number: u64| (*least..=*most).contains(&number))
            }
            Self::Boolean => ["true", "false", "1", "0"].contains(&&*value.to_ascii_lowercase()),
            Self::Word(words) => words.iter().any(|word| word == value),
            Self::Address => value.parse::<IpAddr>().is_ok(),
            Self::Other => return None,
        })
    }
}
