//! What a server is started with, as `cases/setups.toml` writes it.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

/// All set-ups.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Setups {
    /// One each.
    pub setup: Vec<Setup>,
}

/// One way to start a server.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// What cases call it by.
    pub name: String,
    /// What it is for, in one sentence.
    pub about: String,
    /// The keys that it knows: `MFN_API_KEYS`. None, and it asks for none.
    #[serde(default)]
    pub keys: Vec<String>,
    /// Keys that it has from a file.
    #[serde(default)]
    pub key_file: Option<String>,
    /// Further variables. `{cert}`, `{key}` and `{ca}` become the paths of files
    /// that the suite makes, and `{keys}` that of `key_file`.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
}

impl Setups {
    /// Those of this suite.
    ///
    /// # Panics
    /// Never: the tests of this crate load them too.
    #[must_use]
    pub fn load() -> Self {
        toml::from_str(include_str!("../../cases/setups.toml"))
            .unwrap_or_else(|error| panic!("cases/setups.toml: {error}"))
    }

    /// The one with this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Setup> {
        self.setup.iter().find(|setup| setup.name == name)
    }
}

impl Setup {
    pub(super) fn has_tls(&self) -> bool {
        self.variables.get("MFN_GRPC_TLS_ENABLED").is_some_and(|value| value == "true")
    }

    pub(super) fn message_mib(&self) -> Option<usize> {
        self.variables.get("MFN_GRPC_MAX_MESSAGE_SIZE")?.parse().ok()
    }
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> =
            self.variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let keys = if self.keys.is_empty() { "without keys" } else { "with the suite's own keys" };
        write!(f, "{keys}")?;
        if names.is_empty() { Ok(()) } else { write!(f, " and {}", names.join(" ")) }
    }
}
