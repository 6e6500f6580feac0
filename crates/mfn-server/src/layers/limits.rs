//! How often and how many at once: a call takes a permit of its caller, is charged
//! to the caller's rate, and gives the permit back when its answer is complete and
//! its computation has stopped.

use std::sync::Arc;

use http::{Extensions, Request};

use super::answer_body::Answer;
use super::around::{After, Around, Refusal};
use super::authentication::Identity;
use crate::access::{Access, Caller};
use crate::audit::Observed;
use crate::error::Error;
use crate::origin::Origin;
use crate::permit::Permit;

/// Keeps callers within their limits.
#[derive(Clone, Debug)]
pub(crate) struct Limited(pub(crate) Arc<Access>);

impl Around for Limited {
    type Kept = Admitted;

    fn before<B>(&self, call: &mut Request<B>) -> Result<Admitted, Refusal> {
        let permit = self.admit(call.extensions_mut())?;
        Ok(Admitted::new(permit, call))
    }
}

/// A call that is let pass.
#[derive(Debug)]
pub(crate) struct Admitted {
    permit: Permit,
    observed: Option<Observed>,
}

impl Admitted {
    /// A call that has this permit, which those behind find with it.
    pub(super) fn new<B>(permit: Permit, call: &mut Request<B>) -> Self {
        show_connection(&permit, call.extensions());
        let observed = call.extensions().get::<Observed>().cloned();
        if let Some(observed) = observed.as_ref().filter(|_| permit.is_charged()) {
            observed.account_for_it();
        }
        call.extensions_mut().insert(permit.clone());
        Self { permit, observed }
    }
}

impl After for Admitted {
    fn after(self, answer: &mut Answer) {
        if self.permit.is_charged() {
            answer.body_mut().keep(self.permit, self.observed);
        }
    }
}

impl Limited {
    /// The permit first: a call that gets none is not charged. Then the signature,
    /// if it is to serve once: a replay is not charged either.
    fn admit(&self, extensions: &mut Extensions) -> Result<Permit, Error> {
        let Some(Identity(Caller { key, once, is_anonymous })) = extensions.remove() else {
            return Ok(Permit::default());
        };
        let concurrency = key.acquire().map_err(|_| Error::too_many_at_once(&key))?;
        if let Some(call) = &once {
            call.use_up().map_err(|not_once| Error::not_once(not_once, &key))?;
        }
        if let Err(exceeded) = key.admit(self.0.now()) {
            // The caller is asked to send the call again.
            once.as_ref().inspect(|call| call.give_back());
            return Err(Error::rate_exceeded(exceeded, &key));
        }
        let peer = Origin::of(extensions).filter(|_| is_anonymous).map(Origin::peer);
        Ok(Permit::new(key, peer, concurrency, None))
    }
}

/// A call that passes is a reason for its connection to stay.
fn show_connection(permit: &Permit, extensions: &Extensions) {
    match Origin::of(extensions).map(Origin::candidate) {
        Some(connection) if permit.is_charged() => {
            connection.makes_admitted_call(|| permit.tenant());
        }
        Some(connection) => connection.makes_free_call(),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;
    use std::net::{Ipv4Addr, SocketAddr};

    use bytes::Bytes;
    use futures_util::FutureExt as _;
    use mfn_access::Limits;
    use tonic::Code;
    use tower::{Layer as _, ServiceExt as _, service_fn};

    use super::*;
    use crate::config::Config;
    use crate::eviction::{Candidate, Candidates};
    use crate::free_calls::FreeCalls;
    use crate::layers::answer_body::{AnswerBody, Bound, code_of};
    use crate::layers::around::AroundLayer;
    use crate::tenant::Tenant;

    /// The limits of the one caller of a server.
    fn limited(rps: u32, concurrent: u32) -> Limited {
        let limits = Limits { rps, concurrent, ..Limits::default() };
        let config = Config { limits, ..Config::default() };
        Limited(Arc::new(Access::new(&config).expect("it has no keys")))
    }

    /// A call of its caller, from this connection.
    fn call(limited: &Limited, connection: &Arc<Candidate>) -> Request<()> {
        let mut call = uncharged_call(connection);
        let key = limited.0.callers().remove(0);
        call.extensions_mut().insert(Identity(Caller { key, once: None, is_anonymous: true }));
        call
    }

    /// One of nobody.
    fn uncharged_call(connection: &Arc<Candidate>) -> Request<()> {
        let mut call = Request::new(());
        let free_calls = FreeCalls::default().of_connection();
        Origin::new(peer(), free_calls, Arc::clone(connection)).accompany(&mut call);
        call.extensions_mut().insert(Observed::default());
        call
    }

    fn peer() -> SocketAddr {
        (Ipv4Addr::LOCALHOST, 1).into()
    }

    fn connection() -> Arc<Candidate> {
        Arc::new(Candidates::default().enter())
    }

    /// A message, with the permit of its call.
    async fn answer(limited: &Limited, call: Request<()>) -> Answer {
        let service = AroundLayer(limited.clone()).layer(service_fn(|call: Request<()>| {
            let mut answer = Answer::new(AnswerBody::message(Bytes::from_static(b"message")));
            answer.extensions_mut().insert(Permit::of(call.extensions()));
            ready(Ok(answer))
        }));
        service.oneshot(call).await.expect("always an answer")
    }

    #[tokio::test]
    async fn a_call_is_open_until_its_answer_and_what_works_for_it_have_ended() {
        let (limited, connection) = (limited(0, 1), connection());
        let key = limited.0.callers().remove(0);
        let mut first = answer(&limited, call(&limited, &connection)).await;
        assert_eq!(first.body().bound(), Bound::Permit);
        let permit = first.extensions_mut().remove::<Permit>().expect("a permit");
        assert_eq!(permit.tenant(), Tenant::Connection(Some(peer())));
        assert_eq!(key.open_calls(), 1);

        let second = answer(&limited, call(&limited, &connection)).await;
        assert_eq!(code_of(&second), Some(Code::ResourceExhausted));
        drop(permit);
        assert_eq!(key.open_calls(), 1, "its answer is not sent");
        drop(first);
        assert_eq!(key.open_calls(), 0);
        assert_eq!(code_of(&answer(&limited, call(&limited, &connection)).await), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_one_too_many_in_a_second_is_refused_and_not_open() {
        let (limited, connection) = (limited(1, 0), connection());
        assert_eq!(code_of(&answer(&limited, call(&limited, &connection)).await), None);
        let second = answer(&limited, call(&limited, &connection)).await;
        assert_eq!(code_of(&second), Some(Code::ResourceExhausted));
        assert_eq!(limited.0.callers()[0].open_calls(), 0);
    }

    #[tokio::test]
    async fn a_call_of_nobody_passes_without_a_permit() {
        let (limited, connection) = (limited(1, 1), connection());
        for _ in 0..3 {
            let call = uncharged_call(&connection);
            let observed = call.extensions().get::<Observed>().cloned().expect("it is observed");
            let answer = answer(&limited, call).await;
            assert_eq!((code_of(&answer), answer.body().bound()), (None, Bound::None));
            assert!(!observed.is_accounted_for());
        }
    }

    #[tokio::test]
    async fn a_call_that_passes_is_a_reason_for_its_connection_to_stay() {
        let limited = limited(0, 0);
        let candidates = Candidates::default();
        let [free, idle, admitted] = std::array::from_fn(|_| Arc::new(candidates.enter()));
        let of_caller = call(&limited, &admitted);
        let observed = of_caller.extensions().get::<Observed>().cloned().expect("it is observed");
        answer(&limited, uncharged_call(&free)).await;
        answer(&limited, of_caller).await;
        assert!(observed.is_accounted_for());
        assert!(admitted.is_admitted());
        assert_eq!(admitted.tenant(), Some(&Tenant::Connection(Some(peer()))));
        for next in [&idle, &free] {
            assert!(candidates.evict_one());
            assert!(next.evicted().now_or_never().is_some());
        }
        assert!(!candidates.evict_one(), "the last one has an admitted call");
    }
}
