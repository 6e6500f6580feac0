//! The thread's work: one connection after the other, and what is asked over each.

use std::collections::VecDeque;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::{Pin, pin};
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;
use mfn_access::RateExceeded;
use mfn_access::shared::{Unavailable, Verdict};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until, timeout};

use crate::backoff::Backoff;
use crate::command::{Admit, Command, Reply};
use crate::connection::{BrokenConnection, Connect, Connection};
use crate::leases::{Leases, RENEW_AFTER};
use crate::messages::{Message, Shared, Waiters};

/// How long a call waits for the store at most.
pub(crate) const ANSWER_TIMEOUT: Duration = Duration::from_millis(50);
/// Most commands that are sent together.
const MAX_BATCH: usize = 256;
/// Most batches that are on their way. Beyond it, what comes is sent together.
const MAX_IN_FLIGHT: usize = 16;
/// How long the end waits for the store.
const LAST_TIMEOUT: Duration = Duration::from_millis(100);

/// See the module.
pub(crate) struct Sessions<C> {
    connect: C,
    inbox: mpsc::UnboundedReceiver<Message>,
    shared: Shared,
    leases: Leases,
    backoff: Backoff,
    waiters: Waiters,
}

/// Who waits for an answer.
type Asker = oneshot::Sender<Result<Verdict, Unavailable>>;

/// What the thread does next.
enum Next {
    /// To connect again, after this.
    Reconnect(Failure),
    /// Nothing: the server has ended.
    End,
}

/// Why a session has ended.
struct Failure {
    reason: Unavailable,
    /// In words.
    why: String,
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

    /// Until the server has ended.
    pub(crate) async fn run(mut self) {
        while let ControlFlow::Continue(connection) = self.connected().await {
            let since = Instant::now();
            self.shared.is_available.store(true, Ordering::Relaxed);
            self.waiters.first_try = None;
            let session = Session {
                connection,
                leases: &mut self.leases,
                shared: &self.shared,
                batches: VecDeque::new(),
                answers: FuturesOrdered::new(),
            };
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
                // Whoever waits has waited long enough.
                waiters.first_try = None;
            }
        });
        let away = Instant::now();
        loop {
            tokio::select! {
                connection = &mut connecting => return ControlFlow::Continue(connection),
                message = inbox.recv() => match message {
                    None | Some(Message::End) => return ControlFlow::Break(()),
                    Some(Message::Ask { answer, .. }) => {
                        answer.send(Err(Unavailable::Away)).ok();
                    }
                    Some(Message::Opened { key, call }) => leases.open(key, call, None),
                    Some(Message::Closed { key, call }) => {
                        leases.close(key, call);
                        leases.forget_over(away.elapsed());
                    }
                },
            }
        }
    }

    /// Whoever waits in the inbox is told at once, not after the next attempt.
    fn refuse_waiting(&mut self, reason: Unavailable) {
        while let Ok(message) = self.inbox.try_recv() {
            match message {
                Message::Ask { answer, .. } => {
                    answer.send(Err(reason)).ok();
                }
                Message::Opened { key, call } => self.leases.open(key, call, None),
                Message::Closed { key, call } => self.leases.close(key, call),
                // What comes next finds that nobody is there any more.
                Message::End => self.inbox.close(),
            }
        }
    }
}

/// What is done over one connection.
struct Session<'a, C> {
    connection: C,
    leases: &'a mut Leases,
    shared: &'a Shared,
    /// What was sent and is not answered, oldest first.
    batches: VecDeque<Batch>,
    /// The answers to these, in the same order.
    answers: FuturesOrdered<Pin<Box<dyn Future<Output = Answer> + Send>>>,
}

type Answer = Result<Vec<Reply>, BrokenConnection>;

/// Commands that were sent together, of which these come last.
struct Batch {
    asked: Vec<(Admit, Asker)>,
    /// When the first of them was asked for.
    since: Instant,
}

impl<C: Connection> Session<'_, C> {
    async fn run(mut self, inbox: &mut mpsc::UnboundedReceiver<Message>) -> Next {
        // The store may be another one, or may have lost its memory.
        let mut commands = self.leases.releases();
        commands.extend(self.leases.renewals(Instant::now(), true));
        self.send(Vec::new(), commands, Instant::now());
        let mut renewal = interval_at(Instant::now() + RENEW_AFTER, RENEW_AFTER);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut messages = Vec::with_capacity(MAX_BATCH);
        loop {
            let is_open = self.batches.len() < MAX_IN_FLIGHT;
            let deadline = self.batches.front().map(|batch| batch.since + ANSWER_TIMEOUT);
            let failed = tokio::select! {
                biased;
                Some(answer) = self.answers.next() => self.answered(answer),
                () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {
                    ControlFlow::Break(Failure {
                        reason: Unavailable::Timeout,
                        why: format!("it did not answer within {ANSWER_TIMEOUT:?}"),
                    })
                }
                _ = inbox.recv_many(&mut messages, MAX_BATCH), if is_open => {
                    if self.take(messages.drain(..)).is_break() {
                        self.finish().await;
                        return Next::End;
                    }
                    ControlFlow::Continue(())
                }
                now = renewal.tick() => {
                    self.renew(now);
                    ControlFlow::Continue(())
                }
            };
            if let ControlFlow::Break(failure) = failed {
                self.give_up(failure.reason);
                return Next::Reconnect(failure);
            }
        }
    }

    /// Sends what these say. There is no message, or the last of them, at the end.
    fn take(&mut self, messages: impl ExactSizeIterator<Item = Message>) -> ControlFlow<()> {
        let mut has_ended = messages.len() == 0;
        let mut asked = Vec::new();
        let mut since = Instant::now();
        for message in messages {
            match message {
                Message::Ask { call, at, answer } => {
                    since = since.min(at);
                    asked.push((call, answer));
                }
                Message::Opened { key, call } => self.leases.open(key, call, None),
                Message::Closed { key, call } => self.leases.close(key, call),
                Message::End => has_ended = true,
            }
        }
        let releases = self.leases.releases();
        self.send(asked, releases, since);
        if has_ended { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn renew(&mut self, now: Instant) {
        let mut commands = self.leases.renewals(now, false);
        if commands.is_empty() {
            // A connection that is broken is found before a call needs it.
            commands.push(Command::Ping);
        }
        self.send(Vec::new(), commands, now);
    }

    /// Sends the calls behind these `commands`: a call may need the place of one that is
    /// over.
    fn send(&mut self, asked: Vec<(Admit, Asker)>, mut commands: Vec<Command>, since: Instant) {
        if asked.is_empty() && commands.is_empty() {
            return;
        }
        commands.extend(asked.iter().map(|(call, _)| Command::Admit(*call)));
        self.answers.push_back(Box::pin(self.connection.send(&commands)));
        self.batches.push_back(Batch { asked, since });
    }

    /// The oldest batch is answered.
    fn answered(&mut self, answer: Answer) -> ControlFlow<Failure> {
        let Ok(replies) = answer else {
            let why = answer.map_or_else(|BrokenConnection(why)| why, |_| String::new());
            return ControlFlow::Break(Failure { reason: Unavailable::Broken, why });
        };
        let Some(Batch { asked, since }) = self.batches.pop_front() else {
            return ControlFlow::Continue(());
        };
        let mut error = None;
        let (others, of_calls) = replies.split_at(replies.len().saturating_sub(asked.len()));
        for reply in others {
            if let Reply::Failed(why) = reply {
                error.get_or_insert_with(|| why.clone());
            }
        }
        for ((call, asker), reply) in asked.into_iter().zip(of_calls) {
            let verdict = self.verdict(call, reply, since).map_err(|why| {
                error.get_or_insert(why);
                Unavailable::Failed
            });
            // A permit that nobody takes any more is dropped here, and so given back.
            asker.send(verdict).ok();
        }
        match error {
            None => ControlFlow::Continue(()),
            Some(why) => ControlFlow::Break(Failure { reason: Unavailable::Failed, why }),
        }
    }

    /// What is said of a call that was asked for at `since`, or the store's error.
    fn verdict(&mut self, call: Admit, reply: &Reply, since: Instant) -> Result<Verdict, String> {
        match reply {
            Reply::Done => {
                // It lapses no sooner than if the store had been told at once.
                self.leases.open(call.key, call.call, Some(since));
                Ok(Verdict::Admitted(self.shared.permit(call.key, call.call)))
            }
            Reply::ConcurrencyExceeded => Ok(Verdict::ConcurrencyExceeded),
            Reply::SignatureUsed => Ok(Verdict::SignatureUsed),
            Reply::SignatureTooOld => Ok(Verdict::SignatureTooOld),
            Reply::RateExceeded { wait } => Ok(Verdict::RateExceeded(RateExceeded { wait: *wait })),
            Reply::Failed(why) => {
                self.leases.close(call.key, call.call);
                Err(why.clone())
            }
        }
    }

    /// Nobody waits any longer for what was sent. The store may have admitted such calls.
    fn give_up(&mut self, reason: Unavailable) {
        for (call, asker) in self.batches.drain(..).flat_map(|batch| batch.asked) {
            self.leases.close(call.key, call.call);
            asker.send(Err(reason)).ok();
        }
    }

    /// Waits a moment for what was sent last.
    async fn finish(mut self) {
        let all = async { while self.answers.next().await.is_some() {} };
        timeout(LAST_TIMEOUT, all).await.ok();
    }
}
