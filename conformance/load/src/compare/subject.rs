//! What is compared: a server that runs, or a command that starts one.

use std::fmt;
use std::str::FromStr;

/// A server that runs, or a command that starts one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Subject {
    /// A URL.
    Address(String),
    /// A command line.
    Command(String),
}

impl FromStr for Subject {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme)) {
            return Ok(Self::Address(text.to_owned()));
        }
        if text.trim().is_empty() {
            return Err("it is empty: an address or a command is expected".to_owned());
        }
        let port = text.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
        if !text.contains(char::is_whitespace) && matches!(port, Some(Ok(_))) {
            return Err(format!("an address has a scheme: write http://{text}"));
        }
        Ok(Self::Command(text.to_owned()))
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(text) | Self::Command(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_scheme_is_an_address_and_all_else_a_command() {
        for address in ["http://127.0.0.1:50051", "https://localhost:1"] {
            assert_eq!(address.parse(), Ok(Subject::Address(address.to_owned())));
        }
        for command in ["mfn serve", "./server", "env A=b python server.py --at http://a:1"] {
            assert_eq!(command.parse(), Ok(Subject::Command(command.to_owned())));
        }
        let refused = |text: &str| text.parse::<Subject>().expect_err("neither");
        assert_eq!(
            refused("localhost:50051"),
            "an address has a scheme: write http://localhost:50051"
        );
        assert_eq!(refused(" "), "it is empty: an address or a command is expected");
    }
}
