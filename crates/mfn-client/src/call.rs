//! One call, with all its attempts.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use http::uri::PathAndQuery;
use prost::Message;
use tokio::time::{Instant, sleep, sleep_until};
use tonic::client::Grpc;
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

use crate::attempts::{Attempts, Policy};
use crate::endpoints::Endpoints;
use crate::error::Error;
use crate::metadata::SoundChannel;
use crate::signing::Signer;
use crate::transport::ready;

/// The largest answer, with a field of 1024 x 1024 cells, has 8 MiB; a server may send
/// this much at its default.
const MAX_MESSAGE_BYTES: usize = 100 * 1024 * 1024;

/// The shortest time that can be told to a server.
const SHORTEST: Duration = Duration::from_nanos(1);

/// What every call of a client needs.
pub(crate) struct Caller {
    pub(crate) endpoints: Arc<Endpoints>,
    pub(crate) signer: Option<Signer>,
    pub(crate) policy: Policy,
}

/// One attempt.
pub(crate) struct Attempt {
    pub(crate) bounds: Bounds,
    pub(crate) grpc: Grpc<SoundChannel>,
    pub(crate) path: PathAndQuery,
}

/// At which server an attempt is, and until when.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    endpoint: usize,
    deadline: Option<Instant>,
}

impl Caller {
    pub(crate) fn attempts(&self) -> Attempts {
        Attempts::new(self.policy, self.endpoints.len(), Instant::now())
    }

    /// Begins an attempt at the next server.
    pub(crate) fn attempt<M>(
        &self,
        attempts: &Attempts,
        path: &'static str,
        message: M,
    ) -> (Attempt, Request<M>) {
        let endpoint = self.endpoints.next();
        let grpc = Grpc::new(self.endpoints.at(endpoint).channel.clone())
            .max_decoding_message_size(MAX_MESSAGE_BYTES);
        let mut request = Request::new(message);
        let now = Instant::now();
        let timeout = attempts.timeout(now);
        if let Some(timeout) = timeout {
            request.set_timeout(timeout.max(SHORTEST));
        }
        if let Some(signer) = &self.signer {
            signer.sign(request.metadata_mut(), path);
        }
        let deadline = timeout.and_then(|timeout| now.checked_add(timeout));
        let path = PathAndQuery::from_static(path);
        (Attempt { bounds: Bounds { endpoint, deadline }, grpc, path }, request)
    }

    /// Waits until it is time for another attempt.
    ///
    /// # Errors
    /// There is to be none.
    pub(crate) async fn wait_after(
        &self,
        attempts: &mut Attempts,
        error: Error,
    ) -> Result<(), Error> {
        let delay = attempts.delay_after(error, Instant::now(), fastrand::f64())?;
        sleep(delay).await;
        Ok(())
    }

    /// What `work` of an attempt gives, within its time.
    pub(crate) async fn within<T>(
        &self,
        Bounds { endpoint, deadline }: Bounds,
        work: impl Future<Output = Result<T, Status>>,
    ) -> Result<T, Error> {
        let name = &self.endpoints.at(endpoint).name;
        let result = match deadline {
            None => work.await.map_err(|status| Error::from_status(&status, name)),
            Some(deadline) => tokio::select! {
                biased;
                () = sleep_until(deadline) => Err(Error::timed_out(name)),
                result = work => result.map_err(|status| Error::from_status(&status, name)),
            },
        };
        if result.as_ref().is_err_and(|error| self.tells_of_the_server(error)) {
            self.endpoints.leave_out(endpoint);
        }
        result
    }

    /// Whether the next call had better go elsewhere.
    fn tells_of_the_server(&self, error: &Error) -> bool {
        match error.code() {
            Code::Unavailable => true,
            // It may hang. One that merely computes will say that it serves.
            Code::DeadlineExceeded => self.policy.attempt_timeout.is_some(),
            _ => false,
        }
    }
}

/// The answer to a unary call.
pub(crate) async fn unary<M, A>(caller: &Caller, path: &'static str, message: M) -> Result<A, Error>
where
    M: Message + Clone + Default + 'static,
    A: Message + Default + 'static,
{
    let mut attempts = caller.attempts();
    loop {
        let (attempt, request) = caller.attempt(&attempts, path, message.clone());
        let Attempt { bounds, mut grpc, path } = attempt;
        let work = async {
            ready(&mut grpc).await?;
            grpc.unary(request, path, ProstCodec::<M, A>::default()).await
        };
        match caller.within(bounds, work).await {
            Ok(answer) => return Ok(answer.into_inner()),
            Err(error) => caller.wait_after(&mut attempts, error).await?,
        }
    }
}
