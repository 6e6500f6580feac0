//! A key's calls that are open at once.

use std::time::{Duration, Instant};

use futures_util::future::FutureExt as _;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::time::sleep;

use super::{Decision, NO_PLACE, decision, key, limit_refusal, long_stream, out_of_range};
use crate::case::{Call, Code};
use crate::check::{CheckError, CheckResult, expect};
use crate::client::{Answer, CallError, Exchange};
use crate::procedures::Context;
use crate::procedures::answers::{judged, refusal};
use crate::procedures::calls::{small, with_key};
use crate::procedures::session::{Called, Session};

/// Tries to get a place are so far apart.
const TRY_EVERY: Duration = Duration::from_millis(5);

/// Opens more streams than the limit over several connections, all at once; and gives
/// places back one by one.
pub(in crate::procedures) async fn check(context: &Context<'_>) -> CheckResult {
    let (key, other) = (key(context).await?, context.number("other")? as usize);
    let (limit, extra) = (context.number("limit")? as usize, context.number("extra")? as usize);
    let mut sessions = context.sessions(context.number("connections")?).await?;
    let mut opened = Vec::new();
    for session in sessions.iter().cycle().take(limit + extra) {
        opened.push(session.begin(&long_stream(key)).await?);
    }
    let mut open = Opened::new(opened, context.timeout);
    open.refuse(extra).await?;
    if other != key && other < context.server.keys.len() {
        // Needs no thread, of which the streams may have all.
        let answer = sessions[0].call(&out_of_range(other)).await?.answer;
        judged(&answer, &refusal(Code::InvalidArgument, "PARAMETER_OUT_OF_RANGE"))?;
    }
    open.refuse_no_more(extra)?;
    // Streams beyond the server's threads wait, and have no frame to know them by.
    if context.number("all_have_frames")? != 0 {
        let mut held = open.all_held(limit).await?;
        held.pop();
        held.push(hold(&sessions[0], key).await?);
        let answer = sessions[0].call(&long_stream(key)).await?.answer;
        judged(&answer, &limit_refusal(NO_PLACE))?;
        let last = sessions.pop();
        drop((held, last));
    } else {
        drop(open);
    }
    let called = with_place(&sessions[0], &with_key(key, small())).await?;
    expect(decision(&called.answer)? == Decision::Admitted, "a call with a free place", || {
        "a refusal for its rate".to_owned()
    })
}

/// Streams that were opened all at once.
struct Opened<F> {
    waiting: FuturesUnordered<F>,
    held: Vec<Exchange>,
    refused: Vec<Answer>,
}

impl Opened<()> {
    fn new(
        exchanges: Vec<Exchange>,
        timeout: Duration,
    ) -> Opened<impl Future<Output = Result<(Exchange, Answer), CallError>>> {
        let waiting = exchanges.into_iter().map(|mut exchange| async move {
            let answer = exchange.messages(1, timeout).await?.clone();
            Ok((exchange, answer))
        });
        Opened { waiting: waiting.collect(), held: Vec::new(), refused: Vec::new() }
    }
}

impl<F: Future<Output = Result<(Exchange, Answer), CallError>>> Opened<F> {
    /// Waits until so many have been refused.
    async fn refuse(&mut self, extra: usize) -> CheckResult {
        while self.refused.len() < extra {
            match self.waiting.next().await {
                Some(Ok(come)) => self.take(come)?,
                None | Some(Err(CallError::Silence(_))) => {
                    return self.check_refused(extra);
                }
                Some(Err(error)) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Whether no other has been refused by now.
    fn refuse_no_more(&mut self, extra: usize) -> CheckResult {
        while let Some(Some(come)) = self.waiting.next().now_or_never() {
            self.take(come?)?;
        }
        self.check_refused(extra)
    }

    /// Waits until all that were not refused have a frame.
    async fn all_held(mut self, limit: usize) -> CheckResult<Vec<Exchange>> {
        let refused = self.refused.len();
        while self.held.len() < limit {
            match self.waiting.next().await {
                Some(come) => self.take(come?)?,
                None => break,
            }
            self.check_refused(refused)?;
        }
        Ok(self.held)
    }

    fn take(&mut self, (exchange, answer): (Exchange, Answer)) -> CheckResult {
        if answer.messages.is_empty() {
            judged(&answer, &limit_refusal(NO_PLACE))?;
            self.refused.push(answer);
        } else {
            self.held.push(exchange);
        }
        Ok(())
    }

    fn check_refused(&self, extra: usize) -> CheckResult {
        let (refused, held) = (self.refused.len(), self.held.len());
        expect(refused == extra, format!("{extra} streams refused with {NO_PLACE}"), || {
            format!("{refused}, and {held} with frames")
        })
    }
}

/// Opens a long stream as soon as there is a place for it, and waits for its first
/// frame.
pub(super) async fn hold(session: &Session<'_>, key: usize) -> CheckResult<Exchange> {
    let start = Instant::now();
    loop {
        let mut exchange = session.begin(&long_stream(key)).await?;
        let answer = exchange.messages(1, session.timeout()).await?;
        if !answer.messages.is_empty() {
            return Ok(exchange);
        }
        wait_for_place(answer, start, session.timeout()).await?;
    }
}

/// Calls until the key has a place for it.
pub(super) async fn with_place(session: &Session<'_>, call: &Call) -> CheckResult<Called> {
    let start = Instant::now();
    loop {
        let called = session.call(call).await?;
        if decision(&called.answer)? != Decision::NoPlace {
            return Ok(called);
        }
        wait_for_place(&called.answer, start, session.timeout()).await?;
    }
}

async fn wait_for_place(answer: &Answer, start: Instant, timeout: Duration) -> CheckResult {
    judged(answer, &limit_refusal(NO_PLACE))?;
    if start.elapsed() > timeout {
        return Err(CheckError::not_in_time("a place that was given back", timeout));
    }
    sleep(TRY_EVERY).await;
    Ok(())
}
