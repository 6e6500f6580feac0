//! What a procedure works with.

use std::collections::BTreeMap;
use std::time::Duration;

use conformance_web::Protocol;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::frames::ByHand;
use super::session::Session;
use crate::case::Profile;
use crate::check::{CheckError, CheckResult};
use crate::client::Connection;
use crate::draws::Draws;
use crate::server::Process;
use crate::servers::{Running, Servers};

/// What a procedure works with.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// For servers with settings of its own.
    pub servers: &'a Servers,
    /// The server of the case.
    pub server: &'a Running,
    /// How long to wait for an answer.
    pub timeout: Duration,
    /// The numbers of the case, by name.
    pub numbers: &'a BTreeMap<String, i64>,
    /// The protocols of its connections, if they are not all of gRPC.
    pub over: &'a [Protocol],
    /// The profile that the case is run for.
    pub profile: Profile,
    /// What is chosen by chance.
    pub draws: &'a Draws,
}

impl<'a> Context<'a> {
    /// A number of the case.
    ///
    /// # Errors
    /// The case has none with this name.
    pub(super) fn number(&self, name: &str) -> CheckResult<i64> {
        let number = self.numbers.get(name).copied();
        number.ok_or_else(|| CheckError::Error(format!("the case lacks the number {name}")))
    }

    /// A session on a connection of its own.
    pub(super) async fn session(&self) -> CheckResult<Session<'a>> {
        let connection = Connection::open(self.server).await?;
        let protocol = self.over.first().copied().unwrap_or_default();
        Ok(Session::new(self.server, connection, self.timeout).over(protocol))
    }

    /// So many of them, each over the next of the case's protocols.
    pub(super) async fn sessions(&self, count: i64) -> CheckResult<Vec<Session<'a>>> {
        let mut protocols = self.over.iter().cycle();
        let mut sessions = Vec::new();
        for _ in 0..count {
            let protocol = protocols.next().copied().unwrap_or_default();
            sessions.push(self.session().await?.over(protocol));
        }
        Ok(sessions)
    }

    /// A session of a slow reader.
    pub(super) async fn narrow_session(&self) -> CheckResult<Session<'a>> {
        let connection = Connection::open_narrow(self.server).await?;
        Ok(Session::new(self.server, connection, self.timeout))
    }

    /// A session on a connection that has been made otherwise.
    pub(super) async fn session_over(
        &self,
        stream: TlsStream<TcpStream>,
    ) -> CheckResult<Session<'a>> {
        let connection = Connection::over(self.server, stream).await?;
        Ok(Session::new(self.server, connection, self.timeout))
    }

    /// A connection whose frames are made by hand.
    pub(super) async fn by_hand(&self) -> CheckResult<ByHand> {
        ByHand::open(&self.server.endpoint, self.timeout).await
    }

    /// The server's process.
    ///
    /// # Errors
    /// It is none of the suite's.
    pub(super) fn process(&self) -> CheckResult<&'a Process> {
        let none = "it needs a server that the suite starts: name a command with --spawn";
        self.server.process.as_deref().ok_or_else(|| CheckError::Skip(none.to_owned()))
    }
}
