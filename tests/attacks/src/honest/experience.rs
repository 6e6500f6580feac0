//! What the honest client has met.

use std::time::Duration;

use super::Phase;

/// How its calls went.
#[derive(Debug, Default)]
pub(crate) struct Experience {
    /// How long the calls took that were answered and made beside attackers.
    pub(crate) answered: Vec<Duration>,
    /// How many of them were made while attackers were sending.
    pub(crate) while_sending: usize,
    /// Connections that it had to make again.
    pub(crate) retried: u64,
    /// Why calls were not answered.
    pub(crate) failures: Vec<String>,
}

impl Experience {
    /// How long the fastest calls took of which there are so many of 100.
    pub(crate) fn quantile(&self, of_100: usize) -> Duration {
        let mut sorted = self.answered.clone();
        sorted.sort();
        let place = sorted.len().saturating_sub(1) * of_100 / 100;
        sorted.get(place).copied().unwrap_or_default()
    }

    /// Notes how a call has ended that was begun in this phase: how long it took.
    pub(super) fn note(&mut self, begun: Phase, ended: Result<Duration, String>) {
        match (begun, ended) {
            (_, Err(failure)) => self.failures.push(failure),
            (Phase::Before | Phase::Over, Ok(_)) => {}
            (Phase::Sending | Phase::Holding, Ok(took)) => {
                self.answered.push(took);
                self.while_sending += usize::from(begun == Phase::Sending);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_one_of_the_calls() {
        let ms = |count: u64| Duration::from_millis(count);
        let answered = (1..=100).rev().map(ms).collect();
        let experience = Experience { answered, ..Experience::default() };
        assert_eq!(experience.quantile(50), ms(50));
        assert_eq!(experience.quantile(99), ms(99));
        assert_eq!(experience.quantile(100), ms(100));
        assert_eq!(Experience::default().quantile(99), ms(0));
    }

    #[test]
    fn only_calls_beside_attackers_are_measured_and_all_must_be_answered() {
        let mut experience = Experience::default();
        for phase in [Phase::Before, Phase::Sending, Phase::Holding, Phase::Over] {
            experience.note(phase, Ok(Duration::from_millis(1)));
            experience.note(phase, Err("it was not".to_owned()));
        }
        assert_eq!((experience.answered.len(), experience.while_sending), (2, 1));
        assert_eq!(experience.failures.len(), 4);
    }
}
