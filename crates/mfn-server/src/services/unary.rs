//! Unary calls: what was answered before is answered from the cache, the rest is
//! computed, and kept there.

use super::answer;
use crate::cache::{AnswerCache, Key};
use crate::compute::{Compute, Turn};
use crate::demand::Demand;
use crate::encoded::EncodedAnswer;
use crate::error::Error;
use crate::layers::answer_body::Answer;
use crate::layers::one_message::Call;

/// An answer of at most so many bytes is copied behind the id of its call. A longer one
/// is sent from where it is, and the call has to have memory for it until it is sent.
const COPIED_BYTES: usize = 4 * 1024;

/// Answers unary calls.
#[derive(Clone, Debug)]
pub(crate) struct UnaryCalls {
    compute: Compute,
    /// None if answers are not kept.
    cache: Option<AnswerCache>,
}

impl UnaryCalls {
    pub(crate) fn new(compute: Compute, cache: Option<AnswerCache>) -> Self {
        Self { compute, cache }
    }

    /// What `key` asks, which `job` computes: the answer to the `call` that has this
    /// `request_id` in its message.
    ///
    /// # Errors
    /// [`Error::CostTooHigh`], whether the answer is there or not;
    /// [`Error::QueueFull`] and [`Error::Internal`] if it has to be computed.
    pub(super) async fn answer<J, F>(
        &self,
        key: Key,
        demand: Demand,
        (request_id, call): (&str, &Call),
        job: J,
    ) -> Result<Answer, Error>
    where
        J: FnOnce(Turn) -> F,
        F: Future<Output = EncodedAnswer> + Send + 'static,
    {
        let compute = self.compute.with_permit(call.permit.clone());
        compute.check_cost(demand.cost)?;
        let can_be_given = |known: &EncodedAnswer| {
            known.bytes() <= COPIED_BYTES || compute.reserve_for_answer(known.bytes())
        };
        if let Some(cache) = &self.cache
            && let Some(known) = cache.get(&key, can_be_given)
        {
            return Ok(sent(&known, request_id, call));
        }
        let cache = self.cache.clone();
        let job = move |turn: Turn| {
            let answer = job(turn);
            async move {
                let answer = answer.await;
                // On the thread that has computed it: it may take long to make room for
                // one of several MiB.
                if let Some(cache) = cache {
                    cache.put(key, answer.clone());
                }
                answer
            }
        };
        let answer = compute.answer(demand, job).await?;
        Ok(sent(&answer, request_id, call))
    }
}

fn sent(encoded: &EncodedAnswer, request_id: &str, call: &Call) -> Answer {
    if encoded.bytes() <= COPIED_BYTES {
        return answer::whole(encoded.whole(request_id));
    }
    let head = Ok(encoded.head(request_id, false).into());
    let memory = call.permit.memory().cloned();
    let pieces = encoded.pieces().to_vec().into_iter().map(move |piece| match &memory {
        Some(memory) => Ok(memory.until_dropped(piece)),
        None => Ok(piece),
    });
    let pieces = std::iter::once(head).chain(pieces);
    answer::in_pieces(Box::pin(tokio_stream::iter(pieces)), &call.id)
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http_body_util::BodyExt as _;
    use mfn_access::{Key as AccessKey, Limits};
    use mfn_core::{SimulationParams, SimulationSettings};

    use super::*;
    use crate::compute::PoolSize;
    use crate::cost::Cost;
    use crate::memory::{Budget, SMALL_BYTES};
    use crate::permit::Permit;

    const MIB: usize = 1024 * 1024;
    const ANSWER_BYTES: usize = 2 * SMALL_BYTES;

    /// A budget of some size, and unary calls that share it with a cache.
    fn unary() -> (Budget, UnaryCalls) {
        let budget = Budget::with_cache(128 * MIB, 4 * MIB);
        let one = NonZero::<usize>::MIN;
        let size = PoolSize { workers: one, cores: one, queue_depth: 10 };
        let compute = Compute::start(size, &budget).expect("a thread");
        let cache = AnswerCache::new(&budget);
        assert!(cache.is_some());
        (budget, UnaryCalls::new(compute, cache))
    }

    fn key() -> Key {
        let params = SimulationParams::try_from(SimulationSettings::default()).expect("allowed");
        Key::Features(params)
    }

    fn call(max_cost: u32) -> Call {
        let limits = Limits { max_cost, ..Limits::default() };
        Call::for_test(Permit::for_test(Arc::new(AccessKey::anonymous(limits))))
    }

    /// Demands two seconds of a core, and counts in `computed`.
    async fn answer(
        unary: &UnaryCalls,
        call: &Call,
        computed: &Arc<AtomicUsize>,
    ) -> Result<Answer, Error> {
        let demand = Demand::of(Cost::seconds(2)).with_answer(ANSWER_BYTES);
        let computed = Arc::clone(computed);
        let job = move |_: Turn| async move {
            computed.fetch_add(1, Ordering::Relaxed);
            EncodedAnswer::in_pieces(vec![vec![7; SMALL_BYTES].into(); 2])
        };
        unary.answer(key(), demand, ("an-id", call), job).await
    }

    async fn bytes(answer: Answer) -> usize {
        answer.into_body().collect().await.expect("no error").to_bytes().len()
    }

    // shows MFN-CACHE-003
    #[tokio::test]
    async fn what_costs_too_much_for_a_key_is_refused_though_it_is_kept() {
        let (_, unary) = unary();
        let computed = Arc::default();
        let computed_bytes = bytes(answer(&unary, &call(0), &computed).await.expect("one")).await;
        assert!(computed_bytes > ANSWER_BYTES, "it has an id");
        let kept_bytes = bytes(answer(&unary, &call(0), &computed).await.expect("one")).await;
        assert_eq!(kept_bytes, computed_bytes);
        let refused = answer(&unary, &call(1), &computed).await;
        assert!(matches!(refused, Err(Error::CostTooHigh { .. })), "{refused:?}");
        assert_eq!(computed.load(Ordering::Relaxed), 1);
    }

    // shows MFN-MEM-001
    #[tokio::test]
    async fn a_large_answer_that_is_kept_is_memory_of_its_call_until_it_is_sent() {
        let (budget, unary) = unary();
        let computed = Arc::default();
        drop(answer(&unary, &call(0), &computed).await.expect("an answer"));
        assert_eq!(budget.reserved(), 0);
        let call = call(0);
        let kept = answer(&unary, &call, &computed).await.expect("an answer");
        assert_eq!(computed.load(Ordering::Relaxed), 1);
        assert_eq!(budget.reserved(), ANSWER_BYTES);
        assert!(call.permit.holds_much_memory(), "it has to be read in time");
        assert!(bytes(kept).await > ANSWER_BYTES);
        assert_eq!(budget.reserved(), 0);
    }

    #[tokio::test]
    async fn an_answer_for_which_there_is_no_memory_waits_for_it_and_is_computed() {
        let (budget, unary) = unary();
        let computed = Arc::default();
        drop(answer(&unary, &call(0), &computed).await.expect("an answer"));
        let mut others = Vec::new();
        while let Some(one) = budget.reserve(&call(0).permit.tenant(), ANSWER_BYTES) {
            others.push(one);
        }
        let call = call(0);
        let mut waits = Box::pin(answer(&unary, &call, &computed));
        tokio::select! {
            biased;
            _ = &mut waits => panic!("there is no memory for it"),
            () = tokio::task::yield_now() => {}
        }
        let counts = unary.cache.as_ref().expect("there is one").counts();
        assert_eq!((counts.hits, counts.misses), (0, 2));
        others.clear();
        assert!(bytes(waits.await.expect("an answer")).await > ANSWER_BYTES);
        assert_eq!(computed.load(Ordering::Relaxed), 2);
    }
}
