//! Answers that are computed and not sent yet.
//!
//! To send one wakes the network thread of its connection, which takes a core from a
//! computation, and costs a tenth of what a default call does. So while a thread has
//! one short computation after the other, it sends their answers some at a time.

use std::thread;
use std::time::Duration;

/// Sends one answer to whoever waits for it.
pub(super) type SendAnswer = Box<dyn FnOnce() + Send>;

/// How long an answer waits for others. It is short beside the time for which a call
/// waits in a queue, and nothing waits where there is none.
const GATHERING: Duration = Duration::from_micros(500);

/// Answers in the order in which they were computed.
#[derive(Default)]
pub(super) struct Answers {
    waiting: Vec<SendAnswer>,
    /// When the first of them was computed.
    since: Duration,
}

impl Answers {
    pub(super) fn add(&mut self, answer: SendAnswer, now: Duration) {
        if self.waiting.is_empty() {
            self.since = now;
        }
        self.waiting.push(answer);
    }

    /// Whether one of them has waited long enough.
    pub(super) fn are_due(&self, now: Duration) -> bool {
        !self.waiting.is_empty() && now >= self.since + GATHERING
    }

    /// Sends them, if there are any, and has those run at once who were waiting for them.
    /// The system would else take the core away from this thread milliseconds later, and
    /// the answers would wait for that.
    pub(super) fn send(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        for send in self.waiting.drain(..) {
            send();
        }
        thread::yield_now();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn answers_are_sent_together_in_their_order_when_the_first_has_waited() {
        let (sender, sent) = mpsc::channel();
        let mut answers = Answers::default();
        assert!(!answers.are_due(Duration::MAX), "there is none");
        for (number, since) in [(1, GATHERING), (2, GATHERING.mul_f64(1.9))] {
            let sender = sender.clone();
            answers.add(Box::new(move || sender.send(number).expect("the test waits")), since);
            assert!(!answers.are_due(since));
        }
        assert!(answers.are_due(2 * GATHERING));
        assert_eq!(sent.try_iter().count(), 0, "before they are sent");
        answers.send();
        assert_eq!(sent.try_iter().collect::<Vec<_>>(), [1, 2]);
        assert!(!answers.are_due(Duration::MAX), "none is left");
    }
}
