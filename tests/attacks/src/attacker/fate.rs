//! What becomes of a connection.

use std::fmt;

use conformance_wire::endpoint::ConnectError;
use conformance_wire::frames::{ENHANCE_YOUR_CALM, NO_ERROR};

/// What has become of a connection.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Fate {
    /// It did not come about: the server has not accepted it.
    Unconnected,
    /// The attacker has left it itself.
    Left,
    /// It was open when the attack ended.
    Open,
    /// The server has closed it, maybe before the handshake was over.
    Closed,
    /// It was sent GOAWAY with this error.
    SentAway(u32),
}

impl Fate {
    /// What has become of a connection on which nothing could be sent.
    pub(super) fn never_begun(error: &ConnectError) -> Self {
        match error {
            ConnectError::Tcp(..) => Self::Unconnected,
            ConnectError::Tls(..) => Self::Closed,
        }
    }

    /// Whether the server has ended it. One that never was is not ended either.
    pub(crate) fn is_ended(self) -> bool {
        matches!(self, Self::Closed | Self::SentAway(_))
    }
}

/// As a table has it.
impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unconnected => f.write_str("not accepted"),
            Self::Left => f.write_str("left by themselves"),
            Self::Open => f.write_str("left open"),
            Self::Closed => f.write_str("closed"),
            Self::SentAway(NO_ERROR) => f.write_str("asked to go"),
            Self::SentAway(ENHANCE_YOUR_CALM) => f.write_str("told to calm down"),
            Self::SentAway(error) => write!(f, "sent away for error {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn only_a_connection_that_was_there_is_ended_by_the_server() {
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        let tcp = Fate::never_begun(&ConnectError::Tcp(String::new(), refused()));
        let tls = Fate::never_begun(&ConnectError::Tls(String::new(), refused()));
        let ended = [tcp, tls, Fate::Open, Fate::Closed, Fate::SentAway(NO_ERROR)];
        assert_eq!(ended.map(Fate::is_ended), [false, true, false, true, true]);
    }
}
