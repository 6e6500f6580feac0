//! What is tested: a server at an address, or a program that the suite starts as
//! often as it needs.

use std::fmt;

use conformance_wire::Endpoint;

use crate::server::Spawn;

/// What is tested.
#[derive(Clone, Debug)]
pub enum Target {
    /// A server that runs.
    Address(Address),
    /// A command that starts one, with the variables of `spec/configuration.md`.
    Spawn(Spawn),
}

/// A server that runs, and with what it is called.
#[derive(Clone, Debug)]
pub struct Address {
    /// Where it is.
    pub endpoint: Endpoint,
    /// The keys that it knows, as far as the suite is told.
    pub keys: Vec<String>,
}

impl Address {
    /// A server that knows `keys`, which has commas between keys.
    #[must_use]
    pub fn new(endpoint: Endpoint, keys: Option<&str>) -> Self {
        let keys = keys.into_iter().flat_map(|keys| keys.split(','));
        let keys = keys.map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned).collect();
        Self { endpoint, keys }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => write!(f, "{}", address.endpoint),
            Self::Spawn(spawn) => f.write_str(&spawn.command.join(" ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_given_with_commas_between_them() {
        let endpoint = Endpoint::parse("http://localhost:50051", None).expect("good");
        assert_eq!(Address::new(endpoint.clone(), Some("one, two")).keys, ["one", "two"]);
        assert!(Address::new(endpoint, None).keys.is_empty());
    }
}
