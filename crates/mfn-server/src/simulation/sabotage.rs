//! Faults that a server must not have, put into it on purpose: a simulation that does not
//! find them would find nothing.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::permit::Permit;
use crate::reader::Reader;
use crate::shutdown::Phases;

/// How long a permit is held that is given back late, and how long a connection lasts that is
/// not to be closed.
const LATE: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sabotage {
    /// The server is left as it is.
    #[default]
    None,
    /// A disk that does not keep what it has taken.
    LosesLines,
    /// Permits are never given back.
    LeaksPermits,
    /// Permits are given back some time later.
    HoldsPermits,
    /// Calls have no deadline.
    ForgetsDeadlines,
    /// Nobody looks whether a deadline has passed already.
    IgnoresPastDeadlines,
    /// Nobody looks whether an answer is read.
    ForgetsReaders,
    /// A shutdown lets calls go on after its grace.
    CutsNothingOff,
    /// The audit is not told that it is another file that it has opened.
    RotatesUnseen,
    /// A signature may serve more than one call.
    ForgetsSignatures,
    /// Whatever is answered is answered twice.
    AnswersTwice,
    /// Keys lose what they were charged when the file is read again.
    ForgetsCharges,
    /// Calls are told that the server ends, which it does not.
    CutsOffTooSoon,
    /// No call may wait for a worker.
    HasNoQueue,
    /// Connections are closed with their calls.
    LosesConnections,
    /// What serves an answer panics.
    Panics,
}

impl Sabotage {
    /// Changes what the server is told.
    pub(super) fn config(self, config: &mut Config) {
        match self {
            Self::ForgetsSignatures => config.replay_protection = false,
            Self::HasNoQueue => config.queue_depth = 0,
            _ => {}
        }
    }

    /// Serves a connection.
    pub(super) async fn connection(self, served: impl Future<Output = ()>) {
        let longest = if self == Self::LosesConnections { LATE } else { Duration::MAX };
        timeout(longest, served).await.ok();
    }

    /// Changes a request before the layers see it.
    pub(super) fn request<B>(self, request: &mut Request<B>) {
        let headers = request.headers_mut();
        let has_passed = headers.get("grpc-timeout").is_some_and(|timeout| timeout == "0m");
        if self == Self::ForgetsDeadlines || self == Self::IgnoresPastDeadlines && has_passed {
            headers.remove("grpc-timeout");
        }
    }

    /// Does something to a permit that a service is given.
    pub(super) fn permit(self, permit: &Permit) {
        let permit = permit.clone();
        match self {
            Self::LeaksPermits => std::mem::forget(permit),
            Self::HoldsPermits => {
                tokio::spawn(async move {
                    sleep(LATE).await;
                    drop(permit);
                });
            }
            _ => {}
        }
    }

    /// What ends calls at a shutdown.
    pub(super) fn cut_off(self, phases: &Phases) -> CancellationToken {
        let other = CancellationToken::new();
        match self {
            Self::CutsNothingOff => other,
            Self::CutsOffTooSoon => {
                other.cancel();
                other
            }
            _ => phases.cut_off.clone(),
        }
    }

    /// An answer was begun or polled, whose task has not asked yet who reads it.
    pub(super) fn answer(self) {
        if self == Self::ForgetsReaders {
            drop(Reader::begun());
        }
        assert!(self != Self::Panics, "on purpose");
    }

    /// What is sent after `data`.
    pub(super) fn second(self, data: &Bytes) -> Option<Bytes> {
        (self == Self::AnswersTwice).then(|| data.clone())
    }
}
