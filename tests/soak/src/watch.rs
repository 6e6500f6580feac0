//! Memory, descriptors and threads of a server, second by second.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use soak::process::{self, Sample};
use soak::server::Server;
use tokio::time::{Instant, sleep};

use crate::ledger::PARTS;

const EVERY: Duration = Duration::from_secs(1);
const SECONDS_AN_HOUR: f64 = 3600.0;

/// Samples, each with the seconds since the start.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    samples: Arc<Mutex<Vec<(f64, Sample)>>>,
    duration: Duration,
}

impl Watch {
    /// Of a run that takes so long.
    pub(crate) fn new(duration: Duration) -> Self {
        Self { samples: Arc::default(), duration }
    }

    /// How long the run takes.
    pub(crate) fn duration(&self) -> Duration {
        self.duration
    }

    /// Takes samples until this is dropped, or the server has ended.
    pub(crate) async fn run(self, server: Arc<Server>) {
        let start = Instant::now();
        while let Ok(sample) = server.sample() {
            self.note(start.elapsed().as_secs_f64(), sample);
            sleep(EVERY).await;
        }
    }

    /// A sample was taken so many seconds after the start.
    pub(crate) fn note(&self, at: f64, sample: Sample) {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner).push((at, sample));
    }

    /// The last one.
    pub(crate) fn last(&self) -> Sample {
        let samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        samples.last().map(|(_, sample)| *sample).unwrap_or_default()
    }

    /// The middle one of the memory in this part of the run, in MiB.
    pub(crate) fn memory_mib(&self, part: usize) -> f64 {
        process::median(self.of_part(part).map(|sample| sample.memory_mib))
    }

    /// The most threads in this part of the run.
    pub(crate) fn threads(&self, part: usize) -> u64 {
        self.of_part(part).map(|sample| sample.threads).max().unwrap_or_default()
    }

    /// The most descriptors in this part of the run.
    pub(crate) fn descriptors(&self, part: usize) -> u64 {
        self.of_part(part).map(|sample| sample.descriptors).max().unwrap_or_default()
    }

    /// How much the memory grows in an hour, in MiB, after the first part.
    pub(crate) fn memory_slope(&self) -> f64 {
        let from = self.duration.as_secs_f64() / PARTS as f64;
        let samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        let later = samples.iter().filter(|(at, _)| *at >= from);
        let points: Vec<_> = later.map(|(at, sample)| (*at, sample.memory_mib)).collect();
        process::slope(&points) * SECONDS_AN_HOUR
    }

    fn of_part(&self, part: usize) -> impl Iterator<Item = Sample> + use<> {
        let length = self.duration.as_secs_f64() / PARTS as f64;
        let samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        let of_part =
            move |(at, sample): &(f64, Sample)| ((at / length) as usize == part).then_some(*sample);
        samples.iter().filter_map(of_part).collect::<Vec<_>>().into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grows_by_a_mebibyte_a_second_is_told_by_the_hour() {
        let watch = Watch::new(Duration::from_secs(100));
        for second in 0..100_u64 {
            // What comes with the start is not growth.
            let memory_mib = if second < 10 { 500.0 } else { second as f64 };
            let sample = Sample {
                memory_mib,
                threads: second,
                descriptors: 2 * second,
                ..Sample::default()
            };
            watch.note(second as f64, sample);
        }
        assert!((watch.memory_slope() - SECONDS_AN_HOUR).abs() < 1e-6);
        assert_eq!((watch.memory_mib(0), watch.memory_mib(1)), (500.0, 15.0));
        assert_eq!((watch.threads(0), watch.threads(9)), (9, 99));
        assert_eq!((watch.descriptors(0), watch.descriptors(9)), (18, 198));
        assert_eq!(watch.last().threads, 99);
    }
}
