//! The thread's work: it keeps a connection to the store, and answers what is asked while
//! there is none.

use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::time::Duration;

use mfn_access::shared::Unavailable;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use crate::backoff::Backoff;
use crate::connection::Connect;
use crate::leases::Leases;
use crate::messages::{Message, Shared, Waiters};
use crate::session::{Failure, Next, Session};

/// See the module.
pub(crate) struct Sessions<C> {
    connect: C,
    inbox: mpsc::UnboundedReceiver<Message>,
    shared: Shared,
    leases: Leases,
    backoff: Backoff,
    waiters: Waiters,
}

impl<C: Connect> Sessions<C> {
    pub(crate) fn new(
        connect: C,
        inbox: mpsc::UnboundedReceiver<Message>,
        shared: Shared,
        waiters: Waiters,
    ) -> Self {
        let (leases, backoff) = Default::default();
        Self { connect, inbox, shared, leases, backoff, waiters }
    }

    /// Runs until the server has ended.
    pub(crate) async fn run(mut self) {
        while let ControlFlow::Continue(connection) = self.connected().await {
            let since = Instant::now();
            self.shared.is_available.store(true, Ordering::Relaxed);
            self.waiters.first_try = None;
            let session = Session::new(connection, &mut self.leases, &self.shared);
            let next = session.run(&mut self.inbox).await;
            self.shared.is_available.store(false, Ordering::Relaxed);
            let Next::Reconnect(Failure { reason, why }) = next else { return };
            self.refuse_waiting(reason);
            self.backoff.failed(since.elapsed(), &why);
        }
    }

    /// The next connection, or nothing if the server ends before there is one.
    async fn connected(&mut self) -> ControlFlow<(), C::Connection> {
        let Self { connect, inbox, leases, backoff, waiters, .. } = self;
        let mut connecting = pin!(async {
            loop {
                sleep(backoff.delay()).await;
                match connect.connect().await {
                    Ok(connection) => {
                        backoff.succeeded();
                        return connection;
                    }
                    Err(error) => backoff.failed(Duration::ZERO, &error.0),
                }
                // The start does not wait for a second attempt.
                waiters.first_try = None;
            }
        });
        let away = Instant::now();
        loop {
            tokio::select! {
                connection = &mut connecting => return ControlFlow::Continue(connection),
                message = inbox.recv() => {
                    take_alone(message.unwrap_or(Message::End), leases, Unavailable::Away)?;
                    leases.forget_over(away.elapsed());
                }
            }
        }
    }

    /// Refuses the calls that wait in the inbox at once, and not after the next attempt to
    /// connect.
    fn refuse_waiting(&mut self, reason: Unavailable) {
        while let Ok(message) = self.inbox.try_recv() {
            if take_alone(message, &mut self.leases, reason).is_break() {
                // The next attempt finds a closed inbox, and ends.
                self.inbox.close();
            }
        }
    }
}

/// Takes up a message without the store, which is missing for this `reason`. Breaks when the
/// server has ended.
fn take_alone(message: Message, leases: &mut Leases, reason: Unavailable) -> ControlFlow<()> {
    match message {
        Message::Ask { answer, .. } => {
            answer.send(Err(reason)).ok();
        }
        Message::Opened { key, call } => leases.open(key, call, None),
        Message::Closed { key, call } => leases.close(key, call),
        Message::End => return ControlFlow::Break(()),
    }
    ControlFlow::Continue(())
}
