//! Who is let pass by a store, and until when.

use std::future::ready;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use mfn_access::shared::{PendingVerdict, Question, SharedPermit, Unavailable, Verdict};
use mfn_access::{KeyId, RateExceeded, SharedLimits};
use tonic::Code;
use tower::{ServiceExt as _, service_fn};

use super::*;
use crate::config::{Config, SharedLimitsConfig, SharedLimitsFallback};
use crate::layers::answer_body::code_of;

/// What a store says, whose permits hold this.
type Says = fn(&Arc<()>) -> Result<Verdict, Unavailable>;

/// Counts the questions, and says the same to each.
#[derive(Debug)]
struct Store {
    questions: AtomicUsize,
    says: Says,
    /// Held by every permit of it.
    held: Arc<()>,
}

impl SharedLimits for Store {
    fn admit(&self, _: Question) -> PendingVerdict {
        self.questions.fetch_add(1, Ordering::Relaxed);
        Box::pin(ready((self.says)(&self.held)))
    }

    fn open_unasked(&self, _: &KeyId) -> SharedPermit {
        panic!("a call that cannot be counted is refused")
    }

    fn is_available(&self) -> bool {
        true
    }
}

impl Store {
    fn that_says(says: Says) -> Arc<Self> {
        Arc::new(Self { questions: AtomicUsize::new(0), says, held: Arc::default() })
    }

    fn questions(&self) -> usize {
        self.questions.load(Ordering::Relaxed)
    }

    /// How many of its permits are not given back.
    fn open(&self) -> usize {
        Arc::strong_count(&self.held) - 1
    }
}

/// The limits of a server that asks `store`, and a call of one of its callers.
fn limited_by(store: &Arc<Store>) -> (SharedLimited, Request<()>) {
    let store: Arc<dyn SharedLimits> = Arc::<Store>::clone(store);
    let shared = SharedLimitsConfig { store, fallback: SharedLimitsFallback::Refuse };
    let config = Config { shared_limits: Some(shared), ..Config::default() };
    let access = Arc::new(Access::new(&config).expect("it has no keys"));
    let Either::Left(limited) = limits(&access) else { panic!("limits that are shared") };
    let mut call = Request::new(());
    let key = access.callers().remove(0);
    call.extensions_mut().insert(Identity(Caller { key, once: None, is_anonymous: false }));
    (limited, call)
}

/// Has its permit in a call that was let pass.
async fn answer(limited: &SharedLimited, call: Request<()>) -> (Option<Code>, Permit) {
    let (tell, told) = std::sync::mpsc::channel();
    let service = limited.layer(service_fn(move |call: Request<()>| {
        tell.send(Permit::of(call.extensions())).expect("somebody waits for it");
        ready(Ok(Answer::default()))
    }));
    let answer = service.oneshot(call).await.expect("always an answer");
    (code_of(&answer), told.try_recv().unwrap_or_default())
}

#[tokio::test]
async fn a_call_is_open_in_the_store_until_its_permit_is_given_back() {
    let store = Store::that_says(|held| Ok(Verdict::Admitted(SharedPermit::new(Arc::clone(held)))));
    let (limited, call) = limited_by(&store);
    let (code, permit) = answer(&limited, call).await;
    assert_eq!(code, None);
    assert!(permit.is_charged());
    assert_eq!((store.questions(), store.open()), (1, 1));
    drop(permit);
    assert_eq!(store.open(), 0);
}

#[tokio::test]
async fn a_call_that_the_store_does_not_admit_does_not_pass() {
    let too_often =
        |_: &Arc<()>| Ok(Verdict::RateExceeded(RateExceeded { wait: Duration::from_millis(1) }));
    let away = |_: &Arc<()>| Err(Unavailable::Away);
    let refusals: [(Says, Code); 2] =
        [(too_often, Code::ResourceExhausted), (away, Code::Unavailable)];
    for (says, code) in refusals {
        let (limited, call) = limited_by(&Store::that_says(says));
        let (refused, permit) = answer(&limited, call).await;
        assert_eq!(refused, Some(code));
        assert!(!permit.is_charged());
    }
}

#[tokio::test]
async fn a_call_of_nobody_is_charged_to_nobody() {
    let store = Store::that_says(|_| Err(Unavailable::Away));
    let (limited, _) = limited_by(&store);
    let (code, permit) = answer(&limited, Request::new(())).await;
    assert_eq!((code, permit.is_charged(), store.questions()), (None, false, 0));
}

#[tokio::test]
async fn limits_are_ready_when_what_they_limit_is() {
    /// Is not ready yet.
    #[derive(Clone)]
    struct Busy;

    impl Service<Request<()>> for Busy {
        type Response = Answer;
        type Error = Infallible;
        type Future = std::future::Ready<Result<Answer, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Pending
        }

        fn call(&mut self, _: Request<()>) -> Self::Future {
            panic!("it is not ready")
        }
    }

    let (limited, _) = limited_by(&Store::that_says(|_| Err(Unavailable::Away)));
    assert!(limited.layer(Busy).ready().now_or_never().is_none());
}
