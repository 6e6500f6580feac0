//! What is asked over one connection to the store.

use std::ops::ControlFlow;
use std::time::Duration;

use mfn_access::RateExceeded;
use mfn_access::replay::NotOnce;
use mfn_access::shared::{SharedPermit, Unavailable, Verdict};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

use crate::command::{Admit, Command, Reply};
use crate::connection::{BrokenConnection, Connection};
use crate::in_flight::{ANSWER_TIMEOUT, Answer, Batch, Event, InFlight, WaitingCall};
use crate::leases::{Leases, RENEW_AFTER};
use crate::messages::{Message, Shared};

/// Most calls that are sent together.
const MAX_BATCH: usize = 256;
/// How long the end waits for the store.
const LAST_TIMEOUT: Duration = Duration::from_millis(100);

/// What the thread does after a session.
pub(crate) enum Next {
    /// It connects again, since the session has failed.
    Reconnect(Failure),
    /// It ends, as the server does.
    End,
}

/// Why a session has failed.
pub(crate) struct Failure {
    pub(crate) reason: Unavailable,
    /// The reason in words.
    pub(crate) why: String,
}

/// See the module.
pub(crate) struct Session<'a, C> {
    connection: C,
    leases: &'a mut Leases,
    shared: &'a Shared,
    in_flight: InFlight,
    /// Calls that were not sent, oldest first.
    unsent: Vec<WaitingCall>,
}

impl<'a, C: Connection> Session<'a, C> {
    pub(crate) fn new(connection: C, leases: &'a mut Leases, shared: &'a Shared) -> Self {
        let (in_flight, unsent) = (InFlight::new(), Vec::new());
        Self { connection, leases, shared, in_flight, unsent }
    }

    /// Runs until the connection fails or the server ends.
    pub(crate) async fn run(mut self, inbox: &mut mpsc::UnboundedReceiver<Message>) -> Next {
        // The store may be another one, or may have lost its memory. It learns of open calls
        // before it learns of those that are over, so that it never counts too few.
        let mut commands = self.leases.renewals(Instant::now(), true);
        commands.extend(self.leases.releases());
        self.send(commands, Vec::new());
        let mut renewal = interval_at(Instant::now() + RENEW_AFTER, RENEW_AFTER);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut messages = Vec::with_capacity(MAX_BATCH);
        loop {
            // Renewals come before new calls: a store that is asked without end must not
            // forget open calls for it.
            let failed = tokio::select! {
                biased;
                event = self.in_flight.next() => match event {
                    Event::Answered(batch, answer) => self.answered(batch, answer),
                    Event::Overdue => ControlFlow::Break(silence()),
                    Event::Ticked(due) => {
                        self.in_flight.count_tick(due).await;
                        ControlFlow::Continue(())
                    }
                },
                now = renewal.tick() => {
                    self.renew(now);
                    ControlFlow::Continue(())
                }
                _ = inbox.recv_many(&mut messages, MAX_BATCH) => {
                    if self.take(messages.drain(..)).is_break() {
                        self.finish().await;
                        return Next::End;
                    }
                    ControlFlow::Continue(())
                }
            };
            if let ControlFlow::Break(failure) = failed {
                self.give_up(failure.reason);
                return Next::Reconnect(failure);
            }
            self.send_unsent();
        }
    }

    /// Takes up what these say. The end is there without a message, or among them.
    fn take(&mut self, messages: impl ExactSizeIterator<Item = Message>) -> ControlFlow<()> {
        let mut has_ended = messages.len() == 0;
        let mut opened = false;
        for message in messages {
            match message {
                Message::Ask { call, answer } => {
                    self.unsent.push(self.in_flight.waiting(call, answer));
                }
                Message::Opened { key, call } => {
                    self.leases.open(key, call, None);
                    opened = true;
                }
                Message::Closed { key, call } => self.leases.close(key, call),
                Message::End => has_ended = true,
            }
        }
        if opened {
            // The store counts calls that this server has admitted alone before it admits
            // another one.
            let commands = self.leases.renewals(Instant::now(), false);
            self.send(commands, Vec::new());
        }
        if has_ended { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn renew(&mut self, now: Instant) {
        let mut commands = self.leases.renewals(now, false);
        if commands.is_empty() {
            // A connection that is broken is found before a call needs it.
            commands.push(Command::Ping);
        }
        self.send(commands, Vec::new());
    }

    /// Sends what waits, as far as there is room: ends of calls first, since a call may need
    /// the place of one that is over.
    fn send_unsent(&mut self) {
        while self.in_flight.has_room() {
            let calls = self.unsent.len().min(MAX_BATCH);
            let calls: Vec<_> = self.unsent.drain(..calls).collect();
            let releases = self.leases.releases();
            if calls.is_empty() && releases.is_empty() {
                return;
            }
            self.send(releases, calls);
        }
    }

    /// Sends these `commands`, if there are any, and the calls behind them.
    fn send(&mut self, mut commands: Vec<Command>, calls: Vec<WaitingCall>) {
        commands.extend(calls.iter().map(|waiting| Command::Admit(waiting.call)));
        if !commands.is_empty() {
            let answer = self.connection.send(commands);
            self.in_flight.push(calls, answer);
        }
    }

    fn answered(&mut self, batch: Batch, answer: Answer) -> ControlFlow<Failure> {
        let replies = match answer {
            Ok(replies) => replies,
            Err(BrokenConnection(why)) => {
                self.refuse(batch.calls, Unavailable::Broken);
                return ControlFlow::Break(Failure { reason: Unavailable::Broken, why });
            }
        };
        let Batch { calls, sent, .. } = batch;
        let mut error = None;
        let (others, of_calls) = replies.split_at(replies.len().saturating_sub(calls.len()));
        for reply in others {
            if let Reply::Failed(why) = reply {
                error.get_or_insert_with(|| why.clone());
            }
        }
        for (WaitingCall { call, answer, .. }, reply) in calls.into_iter().zip(of_calls) {
            let verdict = self.verdict(call, reply, sent).map_err(|why| {
                error.get_or_insert(why);
                Unavailable::Failed
            });
            // A permit that nobody takes any more is dropped here, and so given back.
            answer.send(verdict).ok();
        }
        match error {
            None => ControlFlow::Continue(()),
            Some(why) => ControlFlow::Break(Failure { reason: Unavailable::Failed, why }),
        }
    }

    /// The verdict on a call that was sent at `sent`, or the store's error.
    fn verdict(&mut self, call: Admit, reply: &Reply, sent: Instant) -> Result<Verdict, String> {
        match reply {
            Reply::Done => Ok(Verdict::Admitted(self.admitted(call, sent))),
            Reply::ConcurrencyExceeded => Ok(Verdict::ConcurrencyExceeded),
            Reply::SignatureUsed => Ok(Verdict::NotOnce(NotOnce::Used)),
            Reply::SignatureTooOld => Ok(Verdict::SignatureTooOld),
            Reply::SignaturesFull { wait } => {
                let capacity = call.once.map_or(0, |once| once.capacity);
                Ok(Verdict::NotOnce(NotOnce::Full { capacity, wait: *wait }))
            }
            Reply::RateExceeded { wait } => Ok(Verdict::RateExceeded(RateExceeded { wait: *wait })),
            Reply::Failed(why) => {
                self.forget(call);
                Err(why.clone())
            }
        }
    }

    fn admitted(&mut self, call: Admit, sent: Instant) -> SharedPermit {
        if !call.is_counted_while_open() {
            return SharedPermit::new(());
        }
        // It lapses no sooner than if the store had been told when it was sent.
        self.leases.open(call.key, call.call, Some(sent));
        self.shared.permit(call.key, call.call)
    }

    /// The store may have admitted this call, for which nobody waits any longer.
    fn forget(&mut self, call: Admit) {
        if call.is_counted_while_open() {
            self.leases.close(call.key, call.call);
        }
    }

    fn refuse(&mut self, calls: impl IntoIterator<Item = WaitingCall>, reason: Unavailable) {
        for WaitingCall { call, answer, .. } in calls {
            self.forget(call);
            answer.send(Err(reason)).ok();
        }
    }

    /// Nobody waits any longer for an answer.
    fn give_up(&mut self, reason: Unavailable) {
        let sent: Vec<_> = self.in_flight.give_up().collect();
        self.refuse(sent, reason);
        for WaitingCall { answer, .. } in self.unsent.drain(..) {
            answer.send(Err(reason)).ok();
        }
    }

    /// Sends the last ends of calls, and waits a moment for the store to take them.
    async fn finish(mut self) {
        let releases = self.leases.releases();
        self.send(releases, Vec::new());
        timeout(LAST_TIMEOUT, self.in_flight.all_answered()).await.ok();
    }
}

fn silence() -> Failure {
    Failure {
        reason: Unavailable::Timeout,
        why: format!("it did not answer within {ANSWER_TIMEOUT:?}"),
    }
}
