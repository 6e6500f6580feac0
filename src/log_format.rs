//! How lines on standard error look: as text for people, or as JSON for programs.

use std::env;
use std::time::SystemTime;

use mfn_server::{rfc3339, write_json_line};
use serde::Serialize;
use serde_json::{Map, Value};

const VARIABLE: &str = "MFN_LOG_FORMAT";
const FLAG: &str = "--log-format";
const JSON: &str = "json";
/// What tells a line of the log from one of the audit, where both are on one stream.
const KIND: &str = "log";

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

impl LogFormat {
    /// What this process is asked for, before its command line is understood: whatever
    /// is wrong with that has to be said in this format as well.
    pub(crate) fn of_this_process() -> Self {
        // Those that are not UTF-8 are refused when the command line is read.
        let arguments = env::args_os().skip(1);
        let arguments: Vec<_> = arguments.map(|one| one.to_string_lossy().into_owned()).collect();
        Self::of(&arguments, env::var(VARIABLE).ok().as_deref())
    }

    fn of(arguments: &[String], variable: Option<&str>) -> Self {
        let [command, flags @ ..] = arguments else { return Self::Text };
        let behind_space = flags.windows(2).find(|pair| pair[0] == FLAG).map(|pair| &*pair[1]);
        let mut values = flags.iter().filter_map(|flag| flag.strip_prefix(FLAG)?.strip_prefix('='));
        let said = behind_space.or_else(|| values.next()).or(variable);
        let is_json = command == "serve" && said.is_some_and(|said| said.trim() == JSON);
        if is_json { Self::Json } else { Self::Text }
    }
}

/// A line of the log as JSON. Its fields are those of `spec/configuration.md`.
#[derive(Serialize)]
pub(crate) struct LogLine<'a> {
    ts: String,
    kind: &'static str,
    level: &'a str,
    target: &'a str,
    message: &'a str,
    fields: &'a Map<String, Value>,
}

impl<'a> LogLine<'a> {
    /// The line of something that happens now.
    pub(crate) fn now(
        level: &'a str,
        target: &'a str,
        message: &'a str,
        fields: &'a Map<String, Value>,
    ) -> Self {
        Self { ts: rfc3339(SystemTime::now()), kind: KIND, level, target, message, fields }
    }

    /// The line of an error of this program, with its end.
    pub(crate) fn of_error(message: &str) -> Vec<u8> {
        LogLine::now("error", env!("CARGO_PKG_NAME"), message, &Map::new()).to_bytes()
    }

    /// With its end.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut line = Vec::new();
        write_json_line(self, &mut line);
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_known_before_the_command_line_is_understood() {
        let of = |line: &str, variable| {
            let arguments: Vec<_> = line.split(' ').map(str::to_owned).collect();
            LogFormat::of(&arguments, variable)
        };
        for json in ["serve --log-format json", "serve --prot 1 --log-format=json --port"] {
            assert_eq!(of(json, None), LogFormat::Json, "{json}");
            assert_eq!(of(json, Some("text")), LogFormat::Json, "{json}");
        }
        assert_eq!(of("serve", Some(" json\n")), LogFormat::Json);
        for text in ["serve", "serve --log-format text", "serve --log-format", "sign", ""] {
            assert_eq!(of(text, None), LogFormat::Text, "{text}");
        }
        assert_eq!(of("serve --log-format=text", Some("json")), LogFormat::Text);
        assert_eq!(of("serve", Some("yaml")), LogFormat::Text);
        assert_eq!(of("simulate", Some("json")), LogFormat::Text);
    }
}
