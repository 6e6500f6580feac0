//! Calls that have come and that nobody has looked at yet.
//!
//! The transport makes a call of each head that it has read. While a connection is
//! read, no call of its thread runs, so that many connections together could make
//! very many. Each holds some KiB before it is so much as refused.

use crate::counted::{Counted, Open};

/// As many as have but one more call be read of each connection.
const MANY: usize = 128;

/// Those of all connections of a network thread.
#[derive(Clone, Debug, Default)]
pub(super) struct UnstartedOfAThread(Open);

impl UnstartedOfAThread {
    /// Whether they are to be looked at before many others come.
    pub(super) fn are_many(&self) -> bool {
        self.0.count() >= MANY
    }

    /// `answer`, which is one of them until it is polled.
    pub(super) fn until_polled<F: Future>(
        &self,
        answer: F,
    ) -> impl Future<Output = F::Output> + use<F> {
        let (unstarted, _others) = Counted::among(&self.0);
        async move {
            drop(unstarted);
            answer.await
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use super::*;

    #[tokio::test]
    async fn calls_are_unstarted_until_they_are_polled_or_dropped() {
        let all = UnstartedOfAThread::default();
        let mut calls: Vec<_> = (0..MANY).map(|n| all.until_polled(ready(n))).collect();
        assert!(all.are_many());
        assert_eq!(calls.pop().expect("one").await, MANY - 1);
        assert!(!all.are_many());
        let _another = all.until_polled(ready(0));
        assert!(all.are_many());
        drop(calls.pop());
        assert!(!all.are_many());
    }
}
