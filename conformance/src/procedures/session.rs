//! A connection, and the calls that a procedure makes on it.

use std::time::{Duration, Instant};

use conformance_web::Protocol;
use tokio::time;

use crate::case::Call;
use crate::check::{CheckError, CheckResult, expect};
use crate::client::{Answer, CallError, Connection, Exchange, Outgoing, admitted, prepare};
use crate::server::Server;

use super::answers::is_ok;

/// A connection to a server, with which it can be called.
#[derive(Debug)]
pub(super) struct Session<'a> {
    server: &'a Server,
    connection: Connection,
    timeout: Duration,
    protocol: Protocol,
}

/// What came of a call. The server looked at it at some time from `sent` to `received`.
#[derive(Debug)]
pub(super) struct Called {
    pub(super) sent: Instant,
    pub(super) received: Instant,
    pub(super) answer: Answer,
}

impl<'a> Session<'a> {
    pub(super) fn new(server: &'a Server, connection: Connection, timeout: Duration) -> Self {
        Self { server, connection, timeout, protocol: Protocol::Grpc }
    }

    /// The same, which calls by this protocol.
    pub(super) fn over(self, protocol: Protocol) -> Self {
        Self { protocol, ..self }
    }

    /// The same, which waits for answers as long as the whole test may take.
    pub(super) fn patient(self) -> Self {
        Self { timeout: Duration::MAX, ..self }
    }

    /// How long to wait for an answer.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// What `call` sends, signed now.
    pub(super) fn prepared(&self, call: &Call) -> CheckResult<Outgoing> {
        let call = Call { protocol: self.protocol, ..call.clone() };
        Ok(prepare(&call, self.server)?.outgoing)
    }

    /// Calls, and does not wait for an answer.
    pub(super) async fn begin(&self, call: &Call) -> CheckResult<Exchange> {
        self.begin_prepared(self.prepared(call)?).await
    }

    /// The same, with what was prepared before.
    pub(super) async fn begin_prepared(&self, outgoing: Outgoing) -> CheckResult<Exchange> {
        Ok(Exchange::begin(&self.connection, outgoing).await?)
    }

    /// Calls, and waits for the end. A silent server is an error.
    pub(super) async fn call(&self, call: &Call) -> CheckResult<Called> {
        self.send(self.prepared(call)?).await
    }

    /// The same, with what was prepared before.
    pub(super) async fn send(&self, outgoing: Outgoing) -> CheckResult<Called> {
        let sent = Instant::now();
        let answer = self.begin_prepared(outgoing).await?.end(self.timeout).await?;
        Ok(Called { sent, received: Instant::now(), answer })
    }

    /// Calls, and waits for the end. That it does not come is a failure.
    pub(super) async fn answer(&self, call: &Call) -> CheckResult<Answer> {
        self.ended(self.begin(call).await?).await
    }

    /// Whether a call is answered, and with OK.
    pub(super) async fn is_answered(&self, call: &Call) -> CheckResult {
        is_ok(&admitted(self.server, || self.answer(call)).await?)
    }

    /// The answer of a call that has to end. That it does not is a failure.
    pub(super) async fn ended(&self, exchange: Exchange) -> CheckResult<Answer> {
        match time::timeout(self.timeout, exchange.end(self.timeout)).await {
            Ok(Ok(answer)) => Ok(answer),
            Err(_) | Ok(Err(CallError::Silence(_))) => {
                Err(CheckError::not_in_time("an end of the call", self.timeout))
            }
            Ok(Err(error)) => Err(error.into()),
        }
    }

    /// Calls, and waits until the stream has sent this many messages.
    pub(super) async fn begun(&self, call: &Call, messages: usize) -> CheckResult<Exchange> {
        let mut exchange = self.begin(call).await?;
        self.goes_on(&mut exchange, messages).await?;
        Ok(exchange)
    }

    /// Waits until a stream has sent this many messages.
    pub(super) async fn goes_on(
        &self,
        exchange: &mut Exchange,
        messages: usize,
    ) -> CheckResult<Answer> {
        let answer = match exchange.messages(messages, self.timeout).await {
            Ok(answer) => answer.clone(),
            Err(CallError::Silence(_)) => {
                return Err(CheckError::not_in_time(format!("{messages} messages"), self.timeout));
            }
            Err(error) => return Err(error.into()),
        };
        let count = answer.messages.len();
        expect(count >= messages, format!("{messages} messages"), || {
            format!("{count}, and the end")
        })?;
        Ok(answer)
    }

    /// Streams that the server allows at once.
    pub(super) fn max_streams(&self) -> usize {
        self.connection.requests.current_max_send_streams()
    }
}
